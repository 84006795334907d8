"""Recognition of a long clip as a job: it is cut into chunks whose results are kept on disk and merged."""

from __future__ import annotations

import math
from collections.abc import Sequence
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
from funaudio_core.pipelines.speakers.diarize import SpeakerEvidence, find_turns, join_evidence
from funaudio_core.pipelines.speakers.labels import label_segments
from funaudio_core.runtime import jobs
from funaudio_core.runtime.jobs import Arrays, Job, Json
from funaudio_core.types import Audio, Emotion, Pcm16, Prosody, Segment, Span, Transcript, Word

CUT_TOLERANCE = 0.2  # of the maximum length of a chunk; range in which a pause is searched for a cut
PAUSE_SECONDS = 0.5  # of quiet at a cut: usual between sentences, rare between words
EVENT_MERGE_SECONDS = 0.5  # events of one label that are closer are merged, as detectors do within a clip
JOB_KIND = "clip 5"  # version of the stored format; stored jobs of another version are ignored
_CLIP = "clip"  # array of the request: int16 (channels, n) at RECOGNITION_RATE


@dataclass(frozen=True, slots=True)
class RecognitionJobOptions:
    """Options of a recognition job.

    Attributes:
        options: Options of the recognizer.
        engine: Name of the recognizer.
        file_name: Name of the result files, without an extension.
        speakers: Number of speakers; diarize.AUTO to find it, None for no speakers.
    """

    options: RecognitionOptions
    engine: str
    file_name: str
    speakers: int | None = None


@dataclass(frozen=True, slots=True)
class PartialResult:
    """Result of a clip, or of its first chunks.

    Attributes:
        transcript: The transcript.
        emotion_spans: Emotions of the voice over time.
        baseline: Of the speaker, for the next chunk.
        evidence: On the speakers, if they are to be told apart.
    """

    transcript: Transcript
    emotion_spans: tuple[Span, ...] = ()
    baseline: Baseline = NO_BASELINE
    evidence: SpeakerEvidence | None = None

    @property
    def language(self) -> str:
        """Return the code of the last segment's language; "" if there are no segments."""
        return self.transcript.segments[-1].language if self.transcript.segments else ""

    def label_speakers(self, speakers: int | None) -> PartialResult:
        """Return the result with the speakers of its segments as far as there is evidence.

        Args:
            speakers: Number of speakers, diarize.AUTO to find it; None leaves the result as it is.
        """
        if self.evidence is None or speakers is None:
            return self
        turns = find_turns(self.evidence, speakers)
        return replace(
            self, transcript=replace(self.transcript, segments=label_segments(self.transcript.segments, turns))
        )


EMPTY_RESULT = PartialResult(Transcript((), "", 0.0, 0.0, ""))


class RecognitionJob:
    """Job that recognizes a clip, one chunk per part. Chunks are read from disk when they are needed.

    Attributes:
        job: The stored job.
        options: Its options.
        bounds: Start of each chunk in seconds, and the end of the clip.
        notes: Notes of the clip.
    """

    def __init__(self, job: Job) -> None:
        """Wrap a stored job."""
        self.job = job
        self.options = _load_options(job.request["how"])
        self.bounds: list[float] = job.request["cuts"]
        self.notes: tuple[Message, ...] = tuple(map(_load_message, job.request["notes"]))

    @property
    def seconds(self) -> float:
        """Return the length of the whole clip in seconds."""
        return self.bounds[-1]

    @property
    def samples(self) -> Pcm16:
        """Return the whole clip at RECOGNITION_RATE, memory-mapped, shape (channels, n)."""
        return self.job.load_array(_CLIP)

    def next_chunk(self) -> tuple[Audio, ...]:
        """Return the channels of the chunk that is to be recognized next.

        Raises:
            BadInput: The job was deleted.
        """
        number = self.job.completed_parts
        start, end = (round(bound * RECOGNITION_RATE) for bound in self.bounds[number : number + 2])
        return tuple(audio.from_array(RECOGNITION_RATE, channel[start:end]) for channel in self.samples)

    def partial_result(self) -> PartialResult:
        """Return the merged result of all finished chunks.

        Raises:
            BadInput: The job was deleted.
        """
        result = EMPTY_RESULT
        for number in range(self.job.completed_parts):
            result = merge(result, _load_result(*self.job.load_part(number)))
        return result

    def as_transcript(self, found: PartialResult) -> Transcript:
        """Return the transcript of a partial result with its speakers, and the whole clip's duration and notes."""
        labelled = found.label_speakers(self.options.speakers)
        return replace(labelled.transcript, duration=self.seconds, notes=self.notes)

    def save(self, found: PartialResult) -> None:
        """Save the result of the next chunk, whose times count from the chunk's start.

        Raises:
            BadInput: The job was deleted.
        """
        arrays = {} if found.evidence is None else asdict(found.evidence)
        self.job.save_part(_dump_result(found), {name: np.asarray(value) for name, value in arrays.items()})


def create_job(channels: Sequence[Audio], options: RecognitionJobOptions, max_seconds: float) -> RecognitionJob:
    """Create a job for the channels of a clip at RECOGNITION_RATE, in chunks of at most `max_seconds`."""
    clip = channels[0]
    bounds = split_points(audio.mix(channels), max_seconds)
    samples = np.empty((len(channels), len(clip.samples)), np.int16)
    for start, end in pairwise(round(bound * clip.rate) for bound in bounds):  # at once it would need gigabytes
        for row, channel in zip(samples, channels, strict=True):
            row[start:end] = Audio(channel.samples[start:end], channel.rate).pcm16()
    stored_options = asdict(options)
    stored_options["options"]["candidate_languages"] = sorted(options.options.candidate_languages)
    notes = [_dump_message(note) for note in clip.notes]
    request = {"kind": JOB_KIND, "how": stored_options, "cuts": bounds, "notes": notes}
    return RecognitionJob(jobs.create(request, len(bounds) - 1, {_CLIP: samples}))


def chunk_count(seconds: float, max_seconds: float) -> int:
    """Return the number of chunks, of at most `max_seconds` each, of a clip."""
    return 1 if seconds <= max_seconds else math.ceil(seconds / ((1 - CUT_TOLERANCE) * max_seconds))


def split_points(clip: Audio, max_seconds: float) -> list[float]:
    """Return bounds in seconds, from 0 to the clip's end: about evenly spaced, each cut in the quietest pause."""
    count = chunk_count(clip.duration, max_seconds)
    even = [clip.duration * number / count for number in range(1, count)]
    tolerance = CUT_TOLERANCE / 2 * max_seconds
    cuts = [segmentation.find_quietest(clip, time - tolerance, time + tolerance, PAUSE_SECONDS) for time in even]
    return [0.0, *cuts, clip.duration]


def merge(before: PartialResult, after: PartialResult) -> PartialResult:
    """Return the results of two adjacent parts of a clip as one; the times of `after` count from the cut.

    An event or emotion that continues over the cut becomes one span, also in the segments that it occurs in.
    """
    offset = before.transcript.duration
    segments = [*before.transcript.segments, *(segment.shift(offset) for segment in after.transcript.segments)]
    later_events = [event.shift(offset) for event in after.transcript.events]
    merged_events = _merge_at_cut(before.transcript.events, later_events, EVENT_MERGE_SECONDS)
    events = {merged_events.get(event, event) for event in (*before.transcript.events, *later_events)}
    if merged_events:
        segments = [
            replace(segment, events=tuple(dict.fromkeys(merged_events.get(event, event) for event in segment.events)))
            for segment in segments
        ]
    later_emotions = [span.shift(offset) for span in after.emotion_spans]
    merged_emotions = _merge_at_cut(before.emotion_spans, later_emotions, HOP_SECONDS)
    emotions = (merged_emotions.get(span, span) for span in (*before.emotion_spans, *later_emotions))
    return PartialResult(
        build_transcript(
            segments,
            tuple(sorted(events, key=lambda event: (event.start, event.label))),
            offset + after.transcript.duration,
            after.transcript.engine,
        ),
        tuple(dict.fromkeys(emotions)),
        after.baseline,
        _join_evidence(before.evidence, after.evidence, offset),
    )


def _join_evidence(
    before: SpeakerEvidence | None, after: SpeakerEvidence | None, offset: float
) -> SpeakerEvidence | None:
    """Return the evidence of two parts of a clip of which the second starts at `offset` seconds, if there is any."""
    if after is None:
        return before
    later = after.shift(offset)
    return later if before is None else join_evidence([before, later])


def _merge_at_cut(before: tuple[Span, ...], after: list[Span], max_gap: float) -> dict[Span, Span]:
    """Return the merged span of each pair of spans of one label on both sides of the cut that are close enough."""
    last_by_label = {span.label: span for span in before}
    merged: dict[Span, Span] = {}
    seen_labels: set[str] = set()
    for span in after:
        last = last_by_label.get(span.label)
        if last is not None and span.label not in seen_labels and span.start - last.end < max_gap:
            merged[last] = merged[span] = _merge_spans(last, span)
        seen_labels.add(span.label)
    return merged


def _merge_spans(first: Span, second: Span) -> Span:
    seconds = first.end - first.start, second.end - second.start
    score = (first.score * seconds[0] + second.score * seconds[1]) / max(sum(seconds), segmentation.FRAME_SECONDS)
    return Span(first.label, first.start, second.end, score)


def _load_options(stored: Json) -> RecognitionJobOptions:
    fields = stored["options"]
    sets = {"candidate_languages": frozenset(fields["candidate_languages"]), "hotwords": tuple(fields["hotwords"])}
    return RecognitionJobOptions(**{**stored, "options": RecognitionOptions(**{**fields, **sets})})


def _dump_result(result: PartialResult) -> Json:
    """Return a result as JSON, without what build_transcript() derives."""
    transcript = result.transcript
    segments = [asdict(segment) for segment in transcript.segments]
    for row in segments:
        if row["emotion"] is not None:
            row["emotion"]["basis"] = _dump_message(row["emotion"]["basis"])
    return {
        "segments": segments,
        "events": [asdict(event) for event in transcript.events],
        "seconds": transcript.duration,
        "engine": transcript.engine,
        "moods": [asdict(span) for span in result.emotion_spans],
        "turns": [asdict(turn) for turn in result.baseline.turns],
    }


def _load_result(stored: Json, arrays: Arrays) -> PartialResult:
    segments = [load_segment(row) for row in stored["segments"]]
    transcript = build_transcript(segments, load_spans(stored["events"]), stored["seconds"], stored["engine"])
    baseline = Baseline(tuple(Prosody(**row) for row in stored["turns"]))
    evidence = None
    if arrays:
        fields: dict[str, Any] = {**arrays, "frame_seconds": float(arrays["frame_seconds"])}
        evidence = SpeakerEvidence(**fields)
    return PartialResult(transcript, load_spans(stored["moods"]), baseline, evidence)


def load_segment(row: Json) -> Segment:
    """Return the segment that dataclasses.asdict() made plain values of."""
    words = tuple(Word(**word) for word in row["words"])
    emotion = row["emotion"] and Emotion(**{**row["emotion"], "basis": _load_message(row["emotion"]["basis"])})
    return Segment(**{**row, "words": words, "events": load_spans(row["events"]), "emotion": emotion})


def load_spans(rows: list[Json]) -> tuple[Span, ...]:
    """Return the spans that dataclasses.asdict() made plain values of."""
    return tuple(Span(**row) for row in rows)


def _dump_message(value: Any) -> Any:  # noqa: ANN401 (a message, or one of its values)
    """Return a message as JSON with its template and values, so that pages can still translate it."""
    if isinstance(value, Message):
        return {"template": value.template, "values": {name: _dump_message(v) for name, v in value.values.items()}}
    return [_dump_message(item) for item in value] if isinstance(value, tuple) else value


def _load_message(stored: Any) -> Any:  # noqa: ANN401
    if isinstance(stored, dict):
        return Message(stored["template"], **{name: _load_message(value) for name, value in stored["values"].items()})
    return tuple(_load_message(item) for item in stored) if isinstance(stored, list) else stored
