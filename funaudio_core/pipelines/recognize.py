"""A clip to a transcript with events and emotion, growing as it is heard. Knows Protocols, never engines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from funaudio_core.audio.prosody import NO_BASELINE, Baseline
from funaudio_core.engines.protocols import AudioEventDetector, EmotionClassifier, RecognitionOptions, Recognizer
from funaudio_core.types import Audio, Emotion, Segment, Span, Transcript

NO_CAPABILITIES: frozenset[str] = frozenset()


def recognize(
    clip: Audio,
    options: RecognitionOptions,
    recognizer: Recognizer,
    detector: AudioEventDetector,
    emotion_classifier: EmotionClassifier,
    title: str,
    capabilities: frozenset[str] = NO_CAPABILITIES,
    baseline: Baseline = NO_BASELINE,
) -> Iterator[tuple[Transcript, Baseline]]:
    """Yield (transcript, baseline) of the clip so far: first with the events alone, then one more segment each time.

    `title` names the recogniser in the result, `capabilities` are its own. Where "emotion" is among them, it is
    believed about the emotion of what it hears and `reader` is not asked; where "events" is, it is believed about the
    events in its segments, and `detector` tells only what sounds between them.
    The last transcript is complete; it has no segment where nobody speaks. baseline: of whoever speaks, by what was
    said before, where the clip comes after a cut. The last one that is yielded is for whatever comes next.
    """
    events = detector.detect(clip)
    segments: list[Segment] = []
    yield build_transcript(segments, events, clip.duration, title), baseline
    for heard in recognizer.transcribe(clip, options):
        if "events" in capabilities:
            events, around = _told(events, heard), heard.events
        else:
            around = _within(events, heard)
        emotion = heard.emotion
        if "emotion" not in capabilities:
            spoken = clip.slice(heard.start, heard.end)
            emotion = emotion_classifier.classify(heard.text, heard.language, spoken, baseline.median())
            baseline = baseline.add_clip(spoken)
        segments.append(replace(heard, emotion=emotion, events=around))
        yield build_transcript(segments, events, clip.duration, title), baseline


def _told(events: tuple[Span, ...], segment: Segment) -> tuple[Span, ...]:
    """The events of the clip, with those of the segment in place of all that was detected in it but plain speech."""
    kept = list(segment.events)
    for event in events:
        if event.label == "speech" or event.end <= segment.start or event.start >= segment.end:
            kept.append(event)
            continue
        if event.start < segment.start:
            kept.append(replace(event, end=segment.start))
        if event.end > segment.end:
            kept.append(replace(event, start=segment.end))
    return tuple(sorted(kept, key=lambda event: (event.start, event.label)))


def _within(events: tuple[Span, ...], segment: Segment) -> tuple[Span, ...]:
    """Events other than plain speech that overlap the segment."""
    return tuple(e for e in events if e.label != "speech" and e.start < segment.end and e.end > segment.start)


def build_transcript(segments: Sequence[Segment], events: tuple[Span, ...], duration: float, title: str) -> Transcript:
    """The transcript of `duration` seconds with these segments and events: its language is the one that was spoken for
    longest, its emotion the one that weighs most.
    """
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
        duration=duration,
        engine=title,
        events=events,
        emotion=overall_emotion(segments),
    )


def overall_emotion(segments: Sequence[Segment]) -> Emotion | None:
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
