"""Synthesis of a long text as a job: it is split into chunks whose speech is kept on disk and joined."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funaudio_core import languages, text
from funaudio_core.pipelines.self_check import TakeReport
from funaudio_core.pipelines.synthesize import Take, join_chunks
from funaudio_core.runtime import jobs, telemetry
from funaudio_core.runtime.jobs import Job, Json
from funaudio_core.text import speech_markup
from funaudio_core.text.instruction_lexicon import EVENT_TAGS
from funaudio_core.text.marked_chunks import split_marked_text
from funaudio_core.types import Audio, SpeechChunk, SpeechRequest, Style, Voice, Word

PAUSE_SECONDS = 0.3  # between two chunks, times Style.pause, as after a sentence of the lite voice
MAX_PAUSE_FACTOR = 4.0  # upper limit of Style.pause, that of all engines
JOB_KIND = "text 2"  # version of the stored format; stored jobs of another version are ignored
# Arrays: the reference clip of the request, float32 at its own rate; the audio of a part, int16.
_CLIP, _SOUND = "clip", "sound"
# Tags that enclose text and must not be split, as the engines accept them: the lite voice reads both kinds of brackets
# and capitals too, CosyVoice the exact tags only.
_SPAN_TAGS = (
    re.compile(r"[\[<](/?)whisper[\]>]", re.IGNORECASE),
    *(re.compile(f"<(/?){tag.name}>") for tag in EVENT_TAGS if tag.is_span),
)


@dataclass(frozen=True, eq=False, slots=True)
class CheckedTake:
    """Take with the report of its self-check."""

    take: Take
    report: TakeReport


class SynthesisJob:
    """Job that speaks a text, one chunk per part; engine, max_attempts and extra: see create_job()."""

    def __init__(self, job: Job) -> None:
        """Wrap a stored job."""
        self.job = job
        self.engine: str = job.request["engine"]
        self.max_attempts: int = job.request["max_attempts"]
        self.extra: Json = job.request["extra"]

    def chunk_request(self, number: int) -> SpeechRequest:
        """Return the request of a chunk, counted from 0.

        Raises:
            BadInput: The job was deleted.
        """
        request, voice_row = self.job.request, self.job.request["voice"]
        clip = Audio(np.array(self.job.load_array(_CLIP)), voice_row["rate"]) if voice_row["rate"] else None
        voice = Voice(voice_row["name"], voice_row["language"], voice_row["preset"], clip, voice_row["text"])
        style = Style(**request["style"])
        return SpeechRequest(request["texts"][number], request["language"], voice, style, request["seed"])

    def save(self, finished: CheckedTake, work_seconds: float = 0.0) -> None:
        """Save the speech of the next chunk.

        Args:
            finished: The speech.
            work_seconds: Time that it took with all attempts and checks.

        Raises:
            BadInput: The job was deleted.
        """
        take = finished.take
        pieces = [
            {"samples": len(piece.audio.samples), "text": piece.text, "words": [asdict(word) for word in piece.words]}
            for piece in take.pieces
        ]
        take_row = {"first_audio": take.first_audio, "seconds": take.seconds, "seed": take.seed}
        self.job.save_part(
            {
                "rate": take.audio.rate,
                "pieces": pieces,
                "take": take_row,
                "report": asdict(finished.report),
                "work_seconds": work_seconds,
            },
            {_SOUND: take.audio.pcm16()},
        )

    def seconds_left(self) -> float | None:
        """Return the time that the other chunks take at the pace of the finished ones; None if that is unknown.

        Raises:
            BadInput: The job was deleted.
        """
        done, sizes = self.job.completed_parts, [len(chunk) for chunk in self.job.request["texts"]]
        seconds = sum(self.job.load_part(number)[0].get("work_seconds", 0.0) for number in range(done))
        return seconds * sum(sizes[done:]) / sum(sizes[:done]) if seconds else None

    def load_take(self, number: int) -> CheckedTake:
        """Return the speech of a finished chunk, counted from 0.

        Raises:
            BadInput: The job was deleted.
        """
        row, arrays = self.job.load_part(number)
        return CheckedTake(join_chunks(_load_pieces(row, arrays[_SOUND]), **row["take"]), TakeReport(**row["report"]))

    def pause_before(self, number: int) -> tuple[SpeechChunk, ...]:
        """Return the pause between a chunk and the finished one before it; () before the first."""
        return pause_after(self.chunk_request(number - 1), self.job.load_part(number - 1)[0]["rate"]) if number else ()

    @property
    def has_later_attempts(self) -> bool:
        """Return whether an attempt other than the first was kept of any finished chunk."""
        rows = (self.job.load_part(number)[0] for number in range(self.job.completed_parts))
        return any(row["take"]["seed"] != self.job.request["seed"] for row in rows)

    def final_take(self) -> CheckedTake:
        """Return all finished chunks, at least one, as a single take with a single report.

        Raises:
            BadInput: The job was deleted.
        """
        chunks = [self.load_take(number) for number in range(self.job.completed_parts)]
        pieces = list(chunks[0].take.pieces)
        for number, chunk in enumerate(chunks[1:], 1):
            pieces += [*self.pause_before(number), *chunk.take.pieces]
        seconds = sum(chunk.take.seconds for chunk in chunks)
        take = join_chunks(pieces, chunks[0].take.first_audio, seconds, self.job.request["seed"])
        return CheckedTake(take, _merge_reports(chunks, take, self.job.request["language"]))


def create_job(requests: Sequence[SpeechRequest], engine: str, max_attempts: int, extra: Json) -> SynthesisJob:
    """Create a job.

    Args:
        requests: Chunks, which differ in their texts only.
        engine: Name of the synthesizer.
        max_attempts: Takes of each chunk, of which the best is kept.
        extra: Data for the page, as JSON.
    """
    first = requests[0]
    voice, clip = first.voice, first.voice.clip
    voice_row = {"name": str(voice.name), "language": voice.language, "preset": voice.preset, "text": voice.text}
    request = {
        "kind": JOB_KIND,
        "texts": [chunk.text for chunk in requests],
        "language": first.language,
        "style": asdict(first.style),
        "seed": first.seed,
        "voice": {**voice_row, "rate": clip.rate if clip else 0},
        "engine": engine,
        "max_attempts": max_attempts,
        "extra": extra,
    }
    return SynthesisJob(jobs.create(request, len(requests), {_CLIP: clip.samples} if clip else {}))


def split_request(request: SpeechRequest, max_characters: int) -> tuple[SpeechRequest, ...]:
    """Split a request into chunks of at most so many characters; see split_marked_text()."""
    parts = split_marked_text(request.text, request.language, max_characters, _SPAN_TAGS)
    return tuple(replace(request, text=part) for part in parts)


def pause_after(before: SpeechRequest, rate: int) -> tuple[SpeechChunk, ...]:
    """Return the silence between a chunk and the next one, at a rate in Hz; () within a sentence."""
    seconds = PAUSE_SECONDS * min(max(before.style.pause, 0.0), MAX_PAUSE_FACTOR)
    if not seconds or not text.ends_sentence(speech_markup.strip(before.text)):
        return ()
    return (SpeechChunk(Audio(np.zeros(round(seconds * rate), np.float32), rate), ""),)


def _load_pieces(row: Json, sound: NDArray[Any]) -> list[SpeechChunk]:
    samples = Audio.from_pcm16(sound, row["rate"]).samples
    pieces, start = [], 0
    for piece_row in row["pieces"]:
        words = tuple(Word(**word) for word in piece_row["words"])
        part = samples[start : start + piece_row["samples"]]
        pieces.append(SpeechChunk(Audio(part, row["rate"]), piece_row["text"], words))
        start += piece_row["samples"]
    return pieces


def _merge_reports(chunks: Sequence[CheckedTake], take: Take, language: str) -> TakeReport:
    """Return one report: error rates weighted by the length of the texts, and the lowest similarity.

    It has an error rate only if each chunk has.
    """
    reports = [chunk.report for chunk in chunks]
    lengths = [len(chunk.take.text) for chunk in chunks]
    rates = [report.error_rate for report in reports if report.error_rate is not None]
    is_checked = len(rates) == len(reports)
    errors = sum(rate * length for rate, length in zip(rates, lengths, strict=True)) if is_checked else None
    similarities = [report.similarity for report in reports if report.similarity is not None]
    return TakeReport(
        measure=reports[0].measure,
        error_rate=None if errors is None else errors / max(sum(lengths), 1),
        heard=languages.join_sentences([report.heard for report in reports], language),
        similarity=min(similarities, default=None),
        first_audio=reports[0].first_audio,
        rtf=telemetry.real_time_factor(take.seconds, take.audio.duration),
        leading_silence=reports[0].leading_silence,
    )
