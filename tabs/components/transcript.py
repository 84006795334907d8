"""A transcript as its page shows it: marked text, a table, a line on the whole, files. Knows no page."""

from __future__ import annotations

from html import escape
from typing import Any

from funaudio_core import languages
from funaudio_core.labels import EMOTIONS, EVENTS
from funaudio_core.text import subtitles
from funaudio_core.types import Emotion, Segment, Transcript
from server.request import localize
from tabs.components import timeline
from tabs.components.outputs import enabled_download, write_file


def rich_text(transcript: Transcript) -> str:
    """The transcript as HTML: marks of emotion and events, colour by emotion."""
    body = "".join(_paragraph(segment) for segment in transcript.segments)
    return f'<div class="fa-transcript">{body}</div>'


def _paragraph(segment: Segment) -> str:
    label = EMOTIONS[segment.emotion.label if segment.emotion else "neutral"]
    events = "".join(
        f'<span title="{localize(EVENTS[e.label].en)}">{EVENTS[e.label].emoji}</span>' for e in segment.events
    )
    confidence = f"{segment.emotion.confidence:.0%}" if segment.emotion else ""
    tip = f"{localize(label.en)} {confidence}, {timeline.times(segment.start, segment.end)}"
    return (
        f'<span class="fa-said" style="--fa-emotion:{label.color}" title="{escape(tip)}" lang="{segment.language}">'
        f"{events}{escape(segment.text)} <span>{label.emoji}</span></span> "
    )


def rows(transcript: Transcript) -> list[list[str]]:
    """The segment table: times as m:ss.s, language code, emotion with confidence, text."""
    return [
        [
            clock(segment.start),
            clock(segment.end),
            segment.language,
            _feeling(segment.emotion) if segment.emotion else "",
            segment.text,
        ]
        for segment in transcript.segments
    ]


def _feeling(emotion: Emotion) -> str:
    label = EMOTIONS[emotion.label]
    return f"{label.emoji} {localize(label.en)} {emotion.confidence:.0%}"


def table_of(rows: list[list[str]]) -> dict[str, Any]:
    """The segment table with its headers, which Gradio translates nowhere but here."""
    return {
        "headers": [localize("Start"), localize("End"), localize("Language"), localize("Emotion"), localize("Text")],
        "data": rows,
    }


def until(transcript: Transcript) -> float:
    """The end of what was said so far, in seconds."""
    return transcript.segments[-1].end if transcript.segments else 0.0


def clock(seconds: float) -> str:
    """Seconds as m:ss.s."""
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"


def summary(transcript: Transcript) -> str:
    """One line on the whole clip: language, emotion, model."""
    sure = f" {transcript.language_probability:.0%}" if transcript.language_probability else ""
    parts = [localize(languages.display_name(transcript.language)) + sure]
    if transcript.emotion is not None:
        label = EMOTIONS[transcript.emotion.label]
        parts.append(f"{label.emoji} {localize(label.en)} ({localize(transcript.emotion.basis)})")
    parts.append(localize("{seconds:.1f} s", seconds=transcript.duration))
    parts.append(localize("transcribed by {engine}", engine=transcript.engine))
    return " · ".join(parts)


def downloads(transcript: Transcript, stem: str) -> tuple[Any, Any, Any]:
    """SRT, VTT and JSON files of that name."""
    cues = subtitles.transcript_cues(transcript)
    return (
        enabled_download(write_file(subtitles.to_srt(cues), f"{stem}.srt")),
        enabled_download(write_file(subtitles.to_vtt(cues), f"{stem}.vtt")),
        enabled_download(write_file(subtitles.to_json(transcript), f"{stem}.json")),
    )
