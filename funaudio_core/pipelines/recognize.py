"""A clip to a transcript with events and emotion, growing as it is heard. Knows Protocols, never engines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from funaudio_core.engines.base import Detector, EmotionReader, Hearing, Recognizer
from funaudio_core.errors import BadInput
from funaudio_core.prosody import Baseline, measure
from funaudio_core.types import Audio, Emotion, Segment, Span, Transcript


def recognize(
    clip: Audio, hearing: Hearing, recognizer: Recognizer, detector: Detector, reader: EmotionReader, title: str
) -> Iterator[Transcript]:
    """Transcripts of the clip so far: first with the events alone, then one more segment each time.

    `title` names the recogniser in the result. The last one is complete; it has no segment where nobody speaks.
    """
    events = detector.detect(clip)
    segments: list[Segment] = []
    baseline = Baseline()  # of whoever speaks: what went before in the clip
    yield _transcript(segments, events, clip, title)
    for segment in recognizer.transcribe(clip, hearing):
        spoken = clip.cut(segment.start, segment.end)
        emotion = reader.read(segment.text, segment.language, spoken, baseline.usual())
        baseline = _habit(baseline, spoken)
        segments.append(replace(segment, emotion=emotion, events=_within(events, segment)))
        yield _transcript(segments, events, clip, title)


def _habit(baseline: Baseline, spoken: Audio) -> Baseline:
    try:
        return baseline.add(measure(spoken))
    except BadInput:  # too short to measure
        return baseline


def _within(events: tuple[Span, ...], segment: Segment) -> tuple[Span, ...]:
    """Events other than plain speech that overlap the segment."""
    return tuple(e for e in events if e.label != "speech" and e.start < segment.end and e.end > segment.start)


def _transcript(segments: list[Segment], events: tuple[Span, ...], clip: Audio, title: str) -> Transcript:
    seconds: dict[str, float] = defaultdict(float)
    for segment in segments:
        seconds[segment.language] += segment.end - segment.start
    language = max(seconds, key=seconds.__getitem__) if seconds else ""
    spoken = [segment for segment in segments if segment.language == language]
    probability = sum(s.language_probability for s in spoken) / len(spoken) if spoken else 0.0
    return Transcript(
        segments=tuple(segments),
        language=language,
        language_probability=probability,
        duration=clip.duration,
        engine=title,
        events=events,
        emotion=overall_emotion(segments),
    )


def overall_emotion(segments: list[Segment]) -> Emotion | None:
    """The emotion that weighs most, by confidence times seconds; None where nothing was said."""
    weights: dict[str, float] = defaultdict(float)
    total = 0.0
    for segment in segments:
        if segment.emotion is not None:
            weight = max(segment.end - segment.start, 0.1)
            weights[segment.emotion.label] += weight * segment.emotion.confidence
            total += weight
    if not weights:
        return None
    label = max(weights, key=weights.__getitem__)
    basis = next(s.emotion.basis for s in segments if s.emotion is not None and s.emotion.label == label)
    return Emotion(label, weights[label] / total, basis=basis)
