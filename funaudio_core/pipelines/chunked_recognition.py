"""A clip too long for one call: cut into stretches, each heard and kept by itself, joined as if heard at once.

Knows jobs and what is heard, never engines.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from funaudio_core import audio
from funaudio_core.audio import segmentation
from funaudio_core.audio.prosody import NO_BASELINE, Baseline
from funaudio_core.engines.protocols import RECOGNITION_RATE, RecognitionOptions
from funaudio_core.message import Message
from funaudio_core.pipelines.emotion_timeline import HOP_SECONDS
from funaudio_core.pipelines.recognize import build_transcript
from funaudio_core.runtime import jobs
from funaudio_core.runtime.jobs import Job, Json
from funaudio_core.types import Audio, Emotion, Pcm16, Prosody, Segment, Span, Transcript, Word

CUT_TOLERANCE = 0.2  # of the longest stretch: where a cut may lie for the sake of a pause
PAUSE_SECONDS = 0.5  # seconds; between sentences there is one, between words hardly ever
EVENT_MERGE_SECONDS = (
    0.5  # seconds between two events of a kind that are one; detectors close gaps of that size within a clip
)
JOB_KIND = "clip 3"  # version of the stored format; stored jobs of another version are ignored
_CLIP = "clip"  # the array of the order: int16, mono, HEARING_RATE


@dataclass(frozen=True, slots=True)
class RecognitionJobOptions:
    """Options of a recognition job.

    Attributes:
        options: Options of the recognizer.
        engine: Name of the recognizer.
        file_name: Name of the result files, without an extension.
    """

    options: RecognitionOptions
    engine: str
    file_name: str


@dataclass(frozen=True, slots=True)
class PartialResult:
    """What was heard in a clip, or in its first stretches. moods: how the feeling of the voice moves.

    baseline: how whoever speaks sounds as a rule, at its end.
    """

    transcript: Transcript
    emotion_spans: tuple[Span, ...] = ()
    baseline: Baseline = NO_BASELINE

    @property
    def language(self) -> str:
        """The language that was heard last; "" for none."""
        return self.transcript.segments[-1].language if self.transcript.segments else ""


EMPTY_RESULT = PartialResult(Transcript((), "", 0.0, 0.0, ""))


class RecognitionJob:
    """A job that hears a clip, one stretch a part. Nothing of it is in memory but the stretch that is asked for."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.options = _order_of(job.request["how"])
        self.bounds: list[float] = job.request["cuts"]  # seconds at which stretches begin, and last the end of the clip

    @property
    def seconds(self) -> float:
        """Length of the whole clip."""
        return self.bounds[-1]

    @property
    def samples(self) -> Pcm16:
        """The whole clip at HEARING_RATE, read from disk as far as it is looked at."""
        return self.job.load_array(_CLIP)

    def next_chunk(self) -> Audio:
        """The stretch that is to be heard next. Raises BadInput where the job is gone."""
        start, end = (
            round(cut * RECOGNITION_RATE)
            for cut in self.bounds[self.job.completed_parts : self.job.completed_parts + 2]
        )
        return audio.from_array(RECOGNITION_RATE, self.samples[start:end])

    def partial_result(self) -> PartialResult:
        """What was heard in all the stretches that are done. Raises BadInput where the job is gone."""
        whole = EMPTY_RESULT
        for number in range(self.job.completed_parts):
            whole = merge(whole, _findings_of(self.job.load_part(number)[0]))
        return whole

    def as_transcript(self, found: PartialResult) -> Transcript:
        """What was found so far, as of a clip that is not over yet."""
        return replace(found.transcript, duration=self.seconds)

    def save(self, found: PartialResult) -> None:
        """That was heard in the next stretch, in times of its own. Raises BadInput where the job is gone."""
        self.job.save_part(_plain(found), {})


def create_job(clip: Audio, options: RecognitionJobOptions, max_seconds: float) -> RecognitionJob:
    """A job for a clip at HEARING_RATE, in stretches of at most `longest` seconds."""
    at = split_points(clip, max_seconds)
    samples = np.empty(len(clip.samples), np.int16)
    for start, end in pairwise(round(cut * clip.rate) for cut in at):  # as whole, its intermediates took gigabytes
        samples[start:end] = Audio(clip.samples[start:end], clip.rate).pcm16()
    how = asdict(options)
    how["options"]["candidate_languages"] = sorted(options.options.candidate_languages)
    return RecognitionJob(jobs.create({"kind": JOB_KIND, "how": how, "cuts": at}, len(at) - 1, {_CLIP: samples}))


def chunk_count(seconds: float, max_seconds: float) -> int:
    """Of how many stretches, of at most `longest` seconds, a clip of so many seconds consists."""
    return 1 if seconds <= max_seconds else math.ceil(seconds / ((1 - CUT_TOLERANCE) * max_seconds))


def split_points(clip: Audio, max_seconds: float) -> list[float]:
    """0, where to cut, and the clip's end, in seconds: about evenly, each cut in the quietest pause thereabouts."""
    stretches = chunk_count(clip.duration, max_seconds)
    even = [clip.duration * number / stretches for number in range(1, stretches)]
    reach = CUT_TOLERANCE / 2 * max_seconds
    return [
        0.0,
        *(segmentation.find_quietest(clip, at - reach, at + reach, PAUSE_SECONDS) for at in even),
        clip.duration,
    ]


def merge(before: PartialResult, after: PartialResult) -> PartialResult:
    """What was heard up to a cut and what was heard after it, in times that begin there, as one.

    What goes on over the cut is one event, also for the segments that it sounds in.
    """
    first, then = before.transcript, after.transcript
    start = first.duration
    segments = [*first.segments, *(segment.shift(start) for segment in then.segments)]
    later = [event.shift(start) for event in then.events]
    one = _meeting(first.events, later, EVENT_MERGE_SECONDS)
    events = {one.get(event, event) for event in (*first.events, *later)}
    if one:
        segments = [
            replace(segment, events=tuple(dict.fromkeys(one.get(event, event) for event in segment.events)))
            for segment in segments
        ]
    moods = [mood.shift(start) for mood in after.emotion_spans]
    same = _meeting(before.emotion_spans, moods, HOP_SECONDS)
    return PartialResult(
        build_transcript(
            segments,
            tuple(sorted(events, key=lambda event: (event.start, event.label))),
            start + then.duration,
            then.engine,
        ),
        tuple(dict.fromkeys(same.get(mood, mood) for mood in (*before.emotion_spans, *moods))),
        after.baseline,
    )


def _meeting(before: tuple[Span, ...], after: list[Span], gap: float) -> dict[Span, Span]:
    """The last span of each label and the first one after the cut, where they are one: each with what they are."""
    last = {span.label: span for span in before}
    one: dict[Span, Span] = {}
    seen: set[str] = set()
    for span in after:
        other = last.get(span.label)
        if other is not None and span.label not in seen and span.start - other.end < gap:
            one[other] = one[span] = _together(other, span)
        seen.add(span.label)
    return one


def _together(first: Span, then: Span) -> Span:
    lengths = first.end - first.start, then.end - then.start
    score = (first.score * lengths[0] + then.score * lengths[1]) / max(sum(lengths), segmentation.FRAME_SECONDS)
    return Span(first.label, first.start, then.end, score)


def _order_of(how: Json) -> RecognitionJobOptions:
    fields = how["options"]
    sets = {"candidate_languages": frozenset(fields["candidate_languages"]), "hotwords": tuple(fields["hotwords"])}
    return RecognitionJobOptions(RecognitionOptions(**{**fields, **sets}), how["engine"], how["file_name"])


def _plain(found: PartialResult) -> Json:
    """What does not follow from the rest."""
    heard = found.transcript
    segments = [asdict(segment) for segment in heard.segments]
    for row in segments:
        if row["emotion"] is not None:
            row["emotion"]["basis"] = _plain_phrase(row["emotion"]["basis"])
    return {
        "segments": segments,
        "events": [asdict(event) for event in heard.events],
        "seconds": heard.duration,
        "engine": heard.engine,
        "moods": [asdict(mood) for mood in found.emotion_spans],
        "turns": [asdict(turn) for turn in found.baseline.turns],
    }


def _findings_of(plain: Json) -> PartialResult:
    segments = [_segment_of(row) for row in plain["segments"]]
    heard = build_transcript(segments, _spans_of(plain["events"]), plain["seconds"], plain["engine"])
    return PartialResult(heard, _spans_of(plain["moods"]), Baseline(tuple(Prosody(**row) for row in plain["turns"])))


def _segment_of(row: Json) -> Segment:
    words = tuple(Word(**word) for word in row["words"])
    emotion = row["emotion"] and Emotion(**{**row["emotion"], "basis": _phrase_of(row["emotion"]["basis"])})
    return Segment(**{**row, "words": words, "events": _spans_of(row["events"]), "emotion": emotion})


def _spans_of(rows: list[Json]) -> tuple[Span, ...]:
    return tuple(Span(**row) for row in rows)


def _plain_phrase(words: Any) -> Any:  # noqa: ANN401 (a phrase, or one of its values)
    """A phrase as JSON keeps it, so that pages can still say it in another language."""
    if isinstance(words, Message):
        return {"template": words.template, "values": {name: _plain_phrase(v) for name, v in words.values.items()}}
    return [_plain_phrase(word) for word in words] if isinstance(words, tuple) else words


def _phrase_of(plain: Any) -> Any:  # noqa: ANN401
    if isinstance(plain, dict):
        return Message(plain["template"], **{name: _phrase_of(value) for name, value in plain["values"].items()})
    return tuple(_phrase_of(word) for word in plain) if isinstance(plain, list) else plain
