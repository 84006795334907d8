"""Recognition of a clip: a transcript with events and emotions that grows segment by segment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from funaudio_core.audio.prosody import NO_BASELINE, Baseline
from funaudio_core.engines.protocols import AudioEventDetector, EmotionClassifier, RecognitionOptions, Recognizer
from funaudio_core.message import Message
from funaudio_core.types import Audio, Emotion, Segment, Span, Transcript

NO_CAPABILITIES: frozenset[str] = frozenset()
MIN_OMISSION_SECONDS = 1.5  # of speech without text that is told; shorter ones are often breaths or laughter
MAX_OMISSION_NOTES = 5
MIN_WEIGHT_SECONDS = 0.1  # of a segment in overall_emotion(), however short it is


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
    """Recognize a clip.

    Args:
        clip: The recording.
        options: Of the recognizer.
        recognizer: Recognizes the text.
        detector: Detects events; if the recognizer has the capability "events", only those between its segments count.
        emotion_classifier: Estimates the emotion, unless the recognizer has the capability "emotion".
        title: Of the recognizer, for the transcript.
        capabilities: Of the recognizer.
        baseline: Of the speaker in earlier audio, if the clip continues a longer recording.

    Yields:
        The transcript so far, first with the events only, then with one more segment each time, and the baseline for
        the audio that follows. The last transcript is complete; it has no segments if there is no speech.
    """
    events = detector.detect(clip)
    segments: list[Segment] = []
    yield build_transcript(segments, events, clip.duration, title, clip.notes), baseline
    for segment in recognizer.transcribe(clip, options):
        if "events" in capabilities:
            events, segment_events = _replace_events(events, segment), segment.events
        else:
            segment_events = _overlapping_events(events, segment)
        emotion = segment.emotion
        if "emotion" not in capabilities:
            spoken = clip.slice(segment.start, segment.end)
            emotion = emotion_classifier.classify(segment.text, segment.language, spoken, baseline.median())
            baseline = baseline.add_clip(spoken)
        segments.append(replace(segment, emotion=emotion, events=segment_events))
        yield build_transcript(segments, events, clip.duration, title, clip.notes), baseline


def _replace_events(events: tuple[Span, ...], segment: Segment) -> tuple[Span, ...]:
    """Return the clip's events with those within a segment, except plain speech, replaced by the segment's own."""
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


def _overlapping_events(events: tuple[Span, ...], segment: Segment) -> tuple[Span, ...]:
    """Return the events other than plain speech that overlap a segment."""
    return tuple(e for e in events if e.label != "speech" and e.start < segment.end and e.end > segment.start)


def build_transcript(
    segments: Sequence[Segment],
    events: tuple[Span, ...],
    duration: float,
    title: str,
    notes: tuple[Message, ...] = (),
) -> Transcript:
    """Return the transcript of `duration` seconds with these segments, events and notes.

    Its language is the one with the most seconds of speech; for its emotion see overall_emotion().
    """
    seconds: dict[str, float] = defaultdict(float)
    for segment in segments:
        seconds[segment.language] += segment.end - segment.start
    language = max(seconds, key=seconds.__getitem__) if seconds else ""
    in_language = [segment for segment in segments if segment.language == language]
    probability = sum(s.language_probability for s in in_language) / len(in_language) if in_language else 0.0
    return Transcript(
        segments=tuple(segments),
        language=language,
        language_probability=probability,
        duration=duration,
        engine=title,
        events=events,
        emotion=overall_emotion(segments),
        notes=notes,
    )


def note_omissions(transcript: Transcript) -> Transcript:
    """Return a complete transcript with its omission_notes()."""
    return replace(transcript, notes=(*transcript.notes, *omission_notes(transcript.segments, transcript.events)))


def omission_notes(segments: Sequence[Segment], events: Sequence[Span]) -> tuple[Message, ...]:
    """Return a note on each stretch of detected speech that no segment covers, at most MAX_OMISSION_NOTES."""
    notes = []
    for event in events:
        if event.label == "speech":
            covered = [(s.start, s.end) for s in segments if s.start < event.end and s.end > event.start]
            edges = [event.start, *(edge for pair in sorted(covered) for edge in pair), event.end]
            for start, end in zip(edges[::2], edges[1::2], strict=True):
                if end - start >= MIN_OMISSION_SECONDS:
                    notes.append(_omission(start, end))
    return tuple(notes[:MAX_OMISSION_NOTES])


def _omission(start: float, end: float) -> Message:
    return Message("Speech from {start:.1f} to {end:.1f} s was not understood and is left out.", start=start, end=end)


def overall_emotion(segments: Sequence[Segment]) -> Emotion | None:
    """Return the emotion with the highest sum of confidence times seconds; None if no segment has one."""
    weights: dict[str, float] = defaultdict(float)
    total = 0.0
    for segment in segments:
        if segment.emotion is not None:
            seconds = max(segment.end - segment.start, MIN_WEIGHT_SECONDS)
            weights[segment.emotion.label] += seconds * segment.emotion.confidence
            total += seconds
    if not weights:
        return None
    label = max(weights, key=weights.__getitem__)
    basis = next(s.emotion.basis for s in segments if s.emotion is not None and s.emotion.label == label)
    return Emotion(label, weights[label] / total, basis=basis)
