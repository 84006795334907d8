"""Training data of SenseVoice: JSON lines as FunASR's training code reads them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from funaudio_core.message import Message
from funaudio_core.training.data.json_lines import JsonLine, read_unique, write_json_lines

FRAME_SECONDS = 0.01  # unit of source_len
WITH_ITN, WITHOUT_ITN = "withitn", "woitn"
# Tags that FunASR takes for fields that are missing.
_DEFAULTS = {"text_language": "zh", "emo_target": "NEUTRAL", "event_target": "Speech", "with_or_wo_itn": WITHOUT_ITN}
_TAG = re.compile(r"<\|([^|<>\s]+)\|>")


@dataclass(frozen=True, slots=True)
class SenseVoiceUtterance:
    """Utterance; tags are without their brackets.

    Attributes:
        key: Unique id.
        source: Path of the sound file.
        target: Transcript.
        language: Tag of the language, such as "zh".
        emotion: Tag of the emotion, such as "NEUTRAL".
        event: Tag of the event, such as "Speech".
        text_form: WITH_ITN for text with punctuation and digits, WITHOUT_ITN for text as it is spoken.
        source_frames: Length of the sound in units of FRAME_SECONDS.
        target_length: Length of the transcript in words or characters.
    """

    key: str
    source: str
    target: str
    language: str = _DEFAULTS["text_language"]
    emotion: str = _DEFAULTS["emo_target"]
    event: str = _DEFAULTS["event_target"]
    text_form: str = WITHOUT_ITN
    source_frames: int = 1
    target_length: int = 0


def read_sensevoice_jsonl(path: Path) -> tuple[SenseVoiceUtterance, ...]:
    """Read a file.

    Raises:
        BadInput: A line can't be used; the message names it.
    """
    return read_unique(path, _parse, lambda row: row.key)


def write_sensevoice_jsonl(rows: Sequence[SenseVoiceUtterance], path: Path) -> None:
    """Write a file; one that is there is replaced as a whole."""
    write_json_lines(
        (
            {
                "key": row.key,
                "text_language": f"<|{row.language}|>",
                "emo_target": f"<|{row.emotion}|>",
                "event_target": f"<|{row.event}|>",
                "with_or_wo_itn": f"<|{row.text_form}|>",
                "target": row.target,
                "source": row.source,
                "target_len": row.target_length,
                "source_len": row.source_frames,
            }
            for row in rows
        ),
        path,
    )


def text_form_of(text: str) -> str:
    """Return WITH_ITN for a text with punctuation or digits, else WITHOUT_ITN."""
    is_written = any(not (char.isalpha() or char.isspace() or char in "'’-") for char in text)
    return WITH_ITN if is_written else WITHOUT_ITN


def _parse(found: JsonLine) -> SenseVoiceUtterance:
    row = SenseVoiceUtterance(
        key=found.text("key"),
        source=found.text("source"),
        target=found.text("target"),
        language=_tag(found, "text_language"),
        emotion=_tag(found, "emo_target"),
        event=_tag(found, "event_target"),
        text_form=_tag(found, "with_or_wo_itn"),
        source_frames=int(found.number("source_len", 1)),
        target_length=int(found.number("target_len", 0)),
    )
    if not row.key or not row.source:
        raise found.line.error(Message("The id or the path of the recording is empty."))
    if row.text_form not in (WITH_ITN, WITHOUT_ITN):
        raise found.line.error(
            Message("{value!r} isn't one of {choices}.", value=row.text_form, choices=(WITH_ITN, WITHOUT_ITN))
        )
    return row


def _tag(found: JsonLine, name: str) -> str:
    """Return a tag without brackets, or the default of a missing one."""
    written = found.text(name, f"<|{_DEFAULTS[name]}|>")
    match = _TAG.fullmatch(written)
    if match is None:
        raise found.line.error(
            Message("The field {name!r} must be a tag such as {example}.", name=name, example=f"<|{_DEFAULTS[name]}|>")
        )
    return match[1]
