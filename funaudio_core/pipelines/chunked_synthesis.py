"""A text too long for one call: spoken stretch by stretch, each kept by itself, joined as if spoken at once.

Knows jobs and what is spoken, never engines.
"""

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
from funaudio_core.text.instruction_lexicon import EVENT_TAGS
from funaudio_core.types import Audio, Samples, SpeechChunk, SpeechRequest, Style, Voice, Word

PAUSE_SECONDS = 0.3  # seconds between two stretches, x Style.pause, as the lite voice leaves behind a sentence
MAX_PAUSE_FACTOR = 4.0  # x, of Style.pause; no engine goes beyond it
JOB_KIND = "text 2"  # version of the stored format; stored jobs of another version are ignored
_CLIP, _SOUND = "clip", "sound"  # arrays: of the order, float32, as the voice came; of a part, int16, as it is played
_AROUND = (  # as those read them who make them: the lite voice in either brackets, in capitals too, CosyVoice as here
    re.compile(r"[\[<](/?)whisper[\]>]", re.IGNORECASE),
    *(re.compile(f"<(/?){tag.name}>") for tag in EVENT_TAGS if tag.is_span),
)
_FULL_SCALE = 32767  # as Audio.pcm16() has it


@dataclass(frozen=True, eq=False, slots=True)
class CheckedTake:
    """The take that was kept of a line and how it did."""

    take: Take
    report: TakeReport


class SynthesisJob:
    """A job that speaks a text, one stretch a part. engine, tries, extra: as they were given to begin()."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.engine: str = job.request["engine"]
        self.max_attempts: int = job.request["max_attempts"]
        self.extra: Json = job.request["extra"]

    def chunk_request(self, number: int) -> SpeechRequest:
        """A stretch, from 0, as a line. Raises BadInput where the job is gone."""
        order, told = self.job.request, self.job.request["voice"]
        clip = Audio(np.array(self.job.load_array(_CLIP)), told["rate"]) if told["rate"] else None
        voice = Voice(told["name"], told["language"], told["preset"], clip, told["text"])
        return SpeechRequest(order["texts"][number], order["language"], voice, Style(**order["style"]), order["seed"])

    def save(self, finished: CheckedTake) -> None:
        """That came of the next stretch. Raises BadInput where the job is gone."""
        take = finished.take
        pieces = [
            {"samples": len(piece.audio.samples), "text": piece.text, "words": [asdict(word) for word in piece.words]}
            for piece in take.pieces
        ]
        facts = {"first_audio": take.first_audio, "seconds": take.seconds, "seed": take.seed}
        self.job.save_part(
            {"rate": take.audio.rate, "pieces": pieces, "take": facts, "report": asdict(finished.report)},
            {_SOUND: take.audio.pcm16()},
        )

    def load_take(self, number: int) -> CheckedTake:
        """What came of a stretch that is done, from 0. Raises BadInput where the job is gone."""
        of, arrays = self.job.load_part(number)
        return CheckedTake(join_chunks(_pieces(of, arrays[_SOUND]), **of["take"]), TakeReport(**of["report"]))

    def pause_before(self, number: int) -> tuple[SpeechChunk, ...]:
        """What is to be heard between a stretch and the one before it, which is done; nothing before the first."""
        return pause_after(self.chunk_request(number - 1), self.job.load_part(number - 1)[0]["rate"]) if number else ()

    def final_take(self) -> CheckedTake:
        """All stretches that are done, at least one, as a single take with a single report.

        Raises BadInput where the job is gone.
        """
        spoken = [self.load_take(number) for number in range(self.job.completed_parts)]
        pieces = list(spoken[0].take.pieces)
        for number, finished in enumerate(spoken[1:], 1):
            pieces += [*self.pause_before(number), *finished.take.pieces]
        seconds = sum(finished.take.seconds for finished in spoken)
        take = join_chunks(pieces, spoken[0].take.first_audio, seconds, self.job.request["seed"])
        return CheckedTake(take, _summed_up(spoken, take, self.job.request["language"]))


def create_job(requests: Sequence[SpeechRequest], engine: str, max_attempts: int, extra: Json) -> SynthesisJob:
    """A job for lines that differ in nothing but their texts. extra: what else its page must know at the end."""
    first = requests[0]
    voice, clip = first.voice, first.voice.clip
    told = {"name": str(voice.name), "language": voice.language, "preset": voice.preset, "text": voice.text}
    order = {
        "kind": JOB_KIND,
        "texts": [line.text for line in requests],
        "language": first.language,
        "style": asdict(first.style),
        "seed": first.seed,
        "voice": {**told, "rate": clip.rate if clip else 0},
        "engine": engine,
        "max_attempts": max_attempts,
        "extra": extra,
    }
    return SynthesisJob(jobs.create(order, len(requests), {_CLIP: clip.samples} if clip else {}))


def split_request(request: SpeechRequest, max_characters: int) -> tuple[SpeechRequest, ...]:
    """The line in stretches of at most so many characters, as text.stretches cuts it; the same ones every time."""
    return tuple(
        replace(request, text=part) for part in text.split_text(request.text, request.language, max_characters, _AROUND)
    )


def pause_after(before: SpeechRequest, rate: int) -> tuple[SpeechChunk, ...]:
    """The silence behind a stretch that another one follows, at a rate in Hz; none within a sentence."""
    seconds = PAUSE_SECONDS * min(max(before.style.pause, 0.0), MAX_PAUSE_FACTOR)
    if not seconds or not text.ends_sentence(before.text):
        return ()
    return (SpeechChunk(Audio(np.zeros(round(seconds * rate), np.float32), rate), ""),)


def _pieces(of: Json, sound: NDArray[Any]) -> list[SpeechChunk]:
    samples: Samples = sound.astype(np.float32) / np.float32(_FULL_SCALE)
    pieces, start = [], 0
    for row in of["pieces"]:
        words = tuple(Word(**word) for word in row["words"])
        part = samples[start : start + row["samples"]]
        pieces.append(SpeechChunk(Audio(part, of["rate"]), row["text"], words))
        start += row["samples"]
    return pieces


def _summed_up(spoken: Sequence[CheckedTake], take: Take, language: str) -> TakeReport:
    """One report: errors by the length of what was to be said, and the least similar stretch, which is what to hear.

    It is checked where every stretch was.
    """
    reports = [finished.report for finished in spoken]
    lengths = [len(finished.take.text) for finished in spoken]
    rates = [report.error_rate for report in reports if report.error_rate is not None]
    checked = len(rates) == len(reports)
    errors = sum(rate * length for rate, length in zip(rates, lengths, strict=True)) if checked else None
    similar = [report.similarity for report in reports if report.similarity is not None]
    return TakeReport(
        measure=reports[0].measure,
        error_rate=None if errors is None else errors / max(sum(lengths), 1),
        heard=languages.join_sentences([report.heard for report in reports], language),
        similarity=min(similar, default=None),
        first_audio=reports[0].first_audio,
        rtf=telemetry.real_time_factor(take.seconds, take.audio.duration),
        leading_silence=reports[0].leading_silence,
    )
