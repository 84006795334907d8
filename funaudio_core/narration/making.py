"""Making of a part: its lines are spoken, measured and heard again, and doubtful ones spoken once more."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from funaudio_core import audio, text
from funaudio_core.audio.loudness import LoudnessMeter
from funaudio_core.languages import join_sentences
from funaudio_core.narration.delivery import text_of
from funaudio_core.narration.listening import Hearing, hear
from funaudio_core.narration.model import Line, Role
from funaudio_core.runtime import cancellation
from funaudio_core.runtime.jobs import Json
from funaudio_core.text.spoken_form import spoken_form
from funaudio_core.types import Audio, Pcm16, SpeechChunk, SpeechRequest, Word

MIN_MEASURED_SECONDS = 0.8  # of a neutral line, for its loudness to count
UNSPEAKABLE_SECONDS = 0.2  # of silence in place of a line that the engine can't speak
_DASHES = re.compile(r"\s*(?:--+|[—–;；])\s*")
_QUOTES = re.compile('["“”„«»「」『』]')


class Studio(Protocol):
    """Engines that a part is made with."""

    def speak(self, requests: Sequence[SpeechRequest]) -> Iterator[tuple[int, SpeechChunk]]:
        """Yield the chunks of requests with the number of each request; a text that can't be spoken has none."""
        ...

    def listen(self, clip: Audio, language: str) -> str | None:
        """Return what is understood of a clip; None if the language isn't recognized."""
        ...


@dataclass(slots=True)
class _SpokenLine:
    """Line with its chunks, and what was heard of each of its sentences."""

    line: Line
    request: SpeechRequest
    chunks: list[SpeechChunk] = field(default_factory=list)
    hearings: list[Hearing] = field(default_factory=list)

    @property
    def sentences(self) -> list[str]:
        """Return the sentences, as they are said."""
        return [part for part in text.cut_sentences(text_of(self.line)) if text.is_speakable(part)]

    @property
    def errors(self) -> int:
        """Return the number of errors in all sentences."""
        return sum(hearing.errors for hearing in self.hearings)


def make_part(
    lines: Sequence[Line],
    roles: Sequence[Role],
    requests: Sequence[SpeechRequest],
    studio: Studio,
    names: Collection[str] | None,
    *,
    is_awaited: bool = False,
) -> Iterator[tuple[Json, Pcm16, Json]]:
    """Make a part.

    Args:
        lines: Its lines.
        roles: The role of each.
        requests: A request for each.
        studio: The engines.
        names: Words that a recognizer may spell in another way; None not to listen.
        is_awaited: A listener waits for it, so it is heard again only after it was yielded, and not spoken once more.

    Yields:
        The record, the sound of all lines without pauses, and a summary with the number of samples; twice for a part
        that is awaited, the second time the same sound with what was misheard.
    """
    began = time.monotonic()
    spoken = [_SpokenLine(line, request) for line, request in zip(lines, requests, strict=True)]
    _speak(spoken, studio)
    if is_awaited:
        yield _part(spoken, roles, began)
    if names is not None:
        _check(spoken, studio, names, is_repeated=not is_awaited)
    if names is not None or not is_awaited:
        yield _part(spoken, roles, began)


def _part(spoken: Sequence[_SpokenLine], roles: Sequence[Role], began: float) -> tuple[Json, Pcm16, Json]:
    """Return the record, sound and summary of spoken lines. began: Time at which the work on them began."""
    rate = next((row.chunks[0].audio.rate for row in spoken if row.chunks), 24_000)
    rows: list[Json] = []
    sounds: list[Pcm16] = []
    loudness: dict[str, list[float]] = {}
    for row, role in zip(spoken, roles, strict=True):
        clip = _joined(row, rate)
        key = _level_key(row, role)
        rows.append(_record(row, clip) | ({} if key == voice_id(role) else {"voice": key}))
        sounds.append(clip.pcm16())
        if row.line.emotion == "neutral" and not row.line.is_whispered and not row.line.level:
            _measure(loudness, key, clip)
    sound = np.concatenate(sounds)
    flags = sum(hearing.is_flagged for row in spoken for hearing in row.hearings)
    summary = {"samples": len(sound), "rate": rate, "work": time.monotonic() - began, "flags": flags}
    return {"rate": rate, "lines": rows}, sound, {**summary, "loudness": loudness}


def voice_id(role: Role) -> str:
    """Return the key of a role's voice with its pitch, by which levels are kept."""
    return f"{role.voice} {role.pitch:g}"


def _level_key(row: _SpokenLine, role: Role) -> str:
    """Return the key of the voice of a line, which is another one than the role's for a line in another language."""
    if row.line.language == row.request.language and row.request.voice.preset:
        return voice_id(replace(role, voice=row.request.voice.preset))
    return voice_id(role)


def _speak(rows: Sequence[_SpokenLine], studio: Studio) -> None:
    for row in rows:
        row.chunks = []
    for number, chunk in studio.speak([row.request for row in rows]):
        cancellation.raise_if_cancelled()
        rows[number].chunks.append(chunk)


def _check(rows: Sequence[_SpokenLine], studio: Studio, names: Collection[str], *, is_repeated: bool) -> None:
    """Listen to the lines. Those that were not understood are spoken again in simpler marks, with another seed.

    Args:
        rows: The lines.
        studio: The engines.
        names: Words that a recognizer may spell in another way.
        is_repeated: Speak lines again.
    """
    _hear(rows, studio, names)
    doubtful = [row for row in rows if is_repeated and any(hearing.is_doubtful for hearing in row.hearings)]
    retries = [_SpokenLine(row.line, _simplified(row.request)) for row in doubtful]
    if not retries:
        return
    _speak(retries, studio)
    for row, retry in zip(doubtful, retries, strict=True):
        _hear([retry], studio, names)
        if retry.chunks and retry.errors < row.errors:
            row.chunks, row.hearings = retry.chunks, retry.hearings


def _hear(rows: Sequence[_SpokenLine], studio: Studio, names: Collection[str]) -> None:
    """Compare the lines with what is understood of all of them in one language together."""
    for language in dict.fromkeys(row.request.language for row in rows):
        _hear_language([row for row in rows if row.request.language == language], language, studio, names)


def _hear_language(rows: Sequence[_SpokenLine], language: str, studio: Studio, names: Collection[str]) -> None:
    clips = [chunk.audio for row in rows for chunk in row.chunks]
    heard = studio.listen(audio.concat(clips), language) if clips else ""
    if heard is None:
        return
    found = iter(hear([sentence for row in rows for sentence in row.sentences], heard, language, names))
    for row in rows:
        row.hearings = [next(found) for _ in row.sentences]


def _simplified(request: SpeechRequest) -> SpeechRequest:
    """Return a request that is likely to be spoken in another way: without quotes and dashes, with numbers spelled."""
    words = _DASHES.sub(", ", _QUOTES.sub("", request.text))
    if "<" not in words:  # marks of pronunciation must stay as they are
        words = spoken_form(words, request.language)
    return replace(request, text=words if text.is_speakable(words) else request.text, seed=request.seed + 1)


def _joined(row: _SpokenLine, rate: int) -> Audio:
    """Return the sound of a line."""
    if not row.chunks:
        return Audio(np.zeros(round(UNSPEAKABLE_SECONDS * rate), np.float32), rate)
    return audio.concat([audio.resample(chunk.audio, rate) for chunk in row.chunks])


def _measure(loudness: dict[str, list[float]], key: str, clip: Audio) -> None:
    """Add the seconds of a neutral line, and its mean power times these, to those of its voice."""
    meter = LoudnessMeter(clip.rate)
    meter.feed(clip.samples)
    if clip.duration >= MIN_MEASURED_SECONDS and np.isfinite(meter.loudness):
        seconds, power = loudness.get(key, [0.0, 0.0])
        loudness[key] = [seconds + clip.duration, power + clip.duration * 10 ** (meter.loudness / 10)]


def _record(row: _SpokenLine, clip: Audio) -> Json:
    """Return the record of a line: length, words, sentences by their place in the text, and what was misheard."""
    words: list[Word] = []
    groups: list[tuple[str, float, float]] = []
    start = 0.0
    for chunk in row.chunks:
        end = start + chunk.audio.duration
        words += (word.shift(start) for word in chunk.words)
        if chunk.text or not groups:
            groups.append((chunk.text, start, end))
        else:
            groups[-1] = (groups[-1][0], groups[-1][1], end)
        start = end
    words = _restore_mark(words, row.line)
    flags: list[Any] = [
        [number, round(hearing.error_rate, 3), hearing.heard]
        for number, hearing in enumerate(row.hearings)
        if hearing.is_flagged
    ]
    return {
        "samples": len(clip.samples),
        "words": [[word.text, round(word.start, 4), round(word.end, 4)] for word in words],
        "sentences": _sentence_marks(row.line, groups),
        "flags": flags,
    }


def _restore_mark(words: list[Word], line: Line) -> list[Word]:
    """Return the words with the mark at the end that the line has, of which a comma was made for the melody."""
    mark = line.text.rstrip()[-1:]
    if line.said or not words or not words[-1].text.endswith((",", "，")) or mark not in (".", "。"):
        return words
    return [*words[:-1], replace(words[-1], text=words[-1].text[:-1] + mark)]


def _sentence_marks(line: Line, groups: Sequence[tuple[str, float, float]]) -> list[list[float]]:
    """Return start and end in the text, and in seconds, of each spoken sentence; [] if the texts don't agree."""
    letters = [index for index, char in enumerate(line.text) if char.isalnum()]
    counts = [sum(char.isalnum() for char in spoken) for spoken, _, _ in groups]
    if line.said or sum(counts) != len(letters) or 0 in counts:
        return []
    marks: list[list[float]] = []
    position, first = 0, 0
    for count, (_, start, end) in zip(counts, groups, strict=True):
        position += count
        after = (
            len(line.text)
            if position == len(letters)
            else _start_of_next(line.text, letters[position - 1] + 1, letters[position])
        )
        marks.append([first, after, round(start, 4), round(end, 4)])
        first = after
    return marks


def _start_of_next(words: str, end: int, following: int) -> int:
    """Return the index at which the next sentence starts: behind the white space between two letters, or before one."""
    space = next((index for index in range(end, following) if words[index].isspace()), None)
    return following if space is None else space + 1


def sentence_of(line: Line, number: int, language: str) -> str:
    """Return a sentence of a line by the number in its flags."""
    sentences = [part.strip() for part in text.cut_sentences(text_of(line)) if text.is_speakable(part)]
    return sentences[number] if number < len(sentences) else join_sentences(sentences, language)
