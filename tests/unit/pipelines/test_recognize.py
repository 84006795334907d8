"""Recognition pipeline: growing transcript, overall emotion and events."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from funaudio_core.engines.protocols import Endpointer, RecognitionOptions
from funaudio_core.message import Message
from funaudio_core.pipelines.recognize import build_transcript, note_omissions, overall_emotion, recognize
from funaudio_core.types import Audio, Emotion, Prosody, Segment, Span
from tabs.components.drawings import timeline

CLIP = Audio(np.sin(np.arange(10 * 16_000) * 0.05).astype(np.float32), 16_000)


class FakeRecognizer:
    def __init__(self, *segments: Segment) -> None:
        self._segments = segments

    def transcribe(self, clip: Audio, options: RecognitionOptions) -> Iterator[Segment]:
        yield from self._segments


class FakeDetector:
    def detect(self, clip: Audio) -> tuple[Span, ...]:
        return (Span("music", 0.0, 2.5, 0.9), Span("speech", 1.0, 9.0, 0.95))

    def endpointer(self) -> Endpointer:
        raise NotImplementedError


class FakeEmotionClassifier:
    def classify(self, text: str, language: str, clip: Audio, baseline: Prosody | None = None) -> Emotion:
        return Emotion("happy" if "good" in text else "sad", 0.8)


SEGMENTS = (
    Segment(1.0, 3.0, "good day", "en", 0.9),
    Segment(3.0, 8.0, "bad <night>", "en", 0.7),
    Segment(8.0, 9.0, "hola", "es", 0.6),
)


def test_transcript_grows_by_segment() -> None:
    steps = list(
        recognize(
            CLIP, RecognitionOptions(), FakeRecognizer(*SEGMENTS), FakeDetector(), FakeEmotionClassifier(), "Test"
        )
    )
    assert [len(transcript.segments) for transcript, _ in steps] == [0, 1, 2, 3]
    assert steps[0][0].events
    last, _ = steps[-1]
    assert (last.language, last.engine, last.duration) == ("en", "Test", 10.0)
    assert last.language_probability == pytest.approx(0.8)
    assert [event.label for event in last.segments[0].events] == ["music"]
    assert last.segments[1].events == ()
    assert last.emotion is not None
    assert last.emotion.label == "sad"


def test_notes_of_the_clip_are_in_every_transcript() -> None:
    note = Message("One channel is inverted. Only the louder one was used.")
    clip = Audio(CLIP.samples, CLIP.rate, (note,))
    grown = list(
        recognize(
            clip, RecognitionOptions(), FakeRecognizer(*SEGMENTS), FakeDetector(), FakeEmotionClassifier(), "Test"
        )
    )
    assert all(step.notes == (note,) for step, _ in grown)


def test_speech_without_a_segment_is_told() -> None:
    speech = Span("speech", 0.0, 6.0), Span("speech", 7.0, 8.0), Span("music", 8.0, 12.0), Span("speech", 12.0, 15.0)
    segments = Segment(2.0, 3.0, "two", "en"), Segment(3.2, 4.0, "three", "en")
    notes = note_omissions(build_transcript(segments, speech, 15.0, "Test")).notes
    assert [str(note) for note in notes] == [
        f"Speech from {start} to {end} s was not understood and is left out."
        for start, end in (("0.0", "2.0"), ("4.0", "6.0"), ("12.0", "15.0"))
    ]
    assert note_omissions(build_transcript((Segment(0.0, 15.0, "all", "en"),), speech, 15.0, "Test")).notes == ()


def test_silence_has_no_segments_and_no_emotion() -> None:
    last, _ = list(
        recognize(CLIP, RecognitionOptions(), FakeRecognizer(), FakeDetector(), FakeEmotionClassifier(), "Test")
    )[-1]
    assert last.segments == ()
    assert last.emotion is None
    assert overall_emotion([]) is None


def test_emotion_and_events_of_recognizer_take_precedence() -> None:
    """Within its segments; between them the detector's events remain."""
    angry = Emotion("angry", 0.7, basis="tags")
    segment = Segment(2.0, 4.0, "good", "en", emotion=angry, events=(Span("laughter", 2.0, 4.0, 0.8),))
    unsure = Segment(8.0, 9.0, "good", "en")
    capabilities = frozenset({"emotion", "events"})
    last, _ = list(
        recognize(
            CLIP,
            RecognitionOptions(),
            FakeRecognizer(segment, unsure),
            FakeDetector(),
            FakeEmotionClassifier(),
            "Test",
            capabilities,
        )
    )[-1]
    assert last.segments == (segment, unsure)
    assert [(event.label, event.start, event.end) for event in last.events] == [
        ("music", 0.0, 2.0),
        ("speech", 1.0, 9.0),
        ("laughter", 2.0, 4.0),
    ]
    assert last.emotion is not None
    assert last.emotion.label == "angry"
    partial, _ = list(
        recognize(
            CLIP,
            RecognitionOptions(),
            FakeRecognizer(segment),
            FakeDetector(),
            FakeEmotionClassifier(),
            "Test",
            frozenset({"emotion"}),
        )
    )[-1]
    assert partial.segments[0].emotion == angry
    assert [event.label for event in partial.segments[0].events] == ["music"]


def test_timeline_has_all_lanes_and_escapes_words() -> None:
    last, _ = list(
        recognize(
            CLIP, RecognitionOptions(), FakeRecognizer(*SEGMENTS), FakeDetector(), FakeEmotionClassifier(), "Test"
        )
    )[-1]
    svg = timeline.draw(last, timeline.waveform(CLIP.samples))
    assert svg.count("<rect") == 2 + 3
    for name in ("Music", "Speech", "Emotion"):
        assert f">{name}</text>" in svg
    assert "bad &lt;night&gt;" in svg
    assert "<night>" not in svg


def test_last_label_of_time_axis_is_within_the_picture() -> None:
    svg = timeline._axis(3.5, 0.0, (timeline.WIDTH - timeline.LEFT) / 3.52)
    assert [anchor for anchor in ("middle", "end") if f'text-anchor="{anchor}">3.5 s' in svg] == ["end"]
    assert 'text-anchor="middle">3 s' in svg
