"""Long clips: split, transcribed in chunks, and joined to the transcript of the whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from funaudio_core import audio
from funaudio_core.audio.prosody import Baseline
from funaudio_core.engines import loader, selection
from funaudio_core.engines.protocols import RECOGNITION_RATE, RecognitionOptions
from funaudio_core.gpu.zerogpu import GpuUnavailable
from funaudio_core.message import Message
from funaudio_core.pipelines import chunked_recognition
from funaudio_core.pipelines.chunked_recognition import PartialResult, RecognitionJob, RecognitionJobOptions
from funaudio_core.pipelines.recognize import build_transcript
from funaudio_core.runtime import jobs
from funaudio_core.tasks import cost, recognition
from funaudio_core.text import error_rate
from funaudio_core.types import Audio, Emotion, Prosody, Segment, Span, Transcript, Word
from funaudio_core.voices.examples import EXAMPLES
from server.updates import Update
from tabs import recognize
from tabs.recognize import transcription
from tabs.recognize.controls import RecognizeRequest
from tests import fakes
from tests.conftest import example, little_gpu_time, noise, write

GPU_SECONDS = "7"  # makes three chunks of a minute
OPTIONS = RecognitionJobOptions(RecognitionOptions(words=True), "whisper-base", "minute")


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the app, with little GPU time for each part of a job."""
    with little_gpu_time(tmp_path_factory.mktemp("long"), GPU_SECONDS) as folder:
        yield folder


@pytest.fixture(scope="module")
def minute() -> Audio:
    """A minute of English, a second of silence after each utterance."""
    said = [audio.resample(audio.load(row.path), RECOGNITION_RATE) for row in EXAMPLES if row.language == "en"]
    return audio.concat(said * 3, 1.0).slice(0, 62)


@pytest.fixture(scope="module")
def whole_transcript(minute: Audio) -> Transcript:
    """The transcript of the minute in one call."""
    return recognition.final_transcript(recognition.transcribe_long(minute, OPTIONS.options, OPTIONS.engine))


@pytest.fixture(scope="module")
def joined_transcript(minute: Audio) -> Transcript:
    """The transcript of the minute in three calls; each loads the job from disk."""
    job = recognition.start_recognition_job([minute], OPTIONS).job
    while not job.finished:
        found = transcribe_next(jobs.get(job.id))
        assert found == RecognitionJob(jobs.get(job.id)).partial_result()
    job.delete()
    return found.transcript


def transcribe_next(job: jobs.Job) -> PartialResult:
    """Return the result of the next part of a job."""
    *_, found = recognition.transcribe_next_chunk(RecognitionJob(job))
    assert found is not None
    return found


def transcript(seconds: float, *segments: Segment, events: tuple[Span, ...] = ()) -> Transcript:
    return Transcript(segments, "en", 1.0, seconds, "Test", events)


def test_a_minute_in_three_parts_gives_the_transcript_of_the_whole(
    whole_transcript: Transcript, joined_transcript: Transcript
) -> None:
    assert error_rate.error_rate(whole_transcript.text, joined_transcript.text, "en") <= 0.02
    assert [segment.language for segment in joined_transcript.segments] == [
        segment.language for segment in whole_transcript.segments
    ]
    words = [
        [word for segment in heard.segments for word in segment.words]
        for heard in (whole_transcript, joined_transcript)
    ]
    assert len(words[0]) == len(words[1]) > 100
    assert max(abs(a.start - b.start) for a, b in zip(*words, strict=True)) < 0.5
    assert (joined_transcript.language, joined_transcript.duration, joined_transcript.engine) == (
        "en",
        whole_transcript.duration,
        whole_transcript.engine,
    )
    assert joined_transcript.emotion is not None
    assert whole_transcript.emotion is not None
    assert joined_transcript.emotion.label == whole_transcript.emotion.label
    assert joined_transcript.emotion.confidence == pytest.approx(whole_transcript.emotion.confidence, abs=0.05)


def test_arousal_continues_across_splits(whole_transcript: Transcript, joined_transcript: Transcript) -> None:
    hints = [
        [segment.emotion and segment.emotion.arousal for segment in each.segments]
        for each in (whole_transcript, joined_transcript)
    ]
    assert [hint is None for hint in hints[1]] == [True, True, *[False] * (len(hints[1]) - 2)]
    assert hints[1][2:] == pytest.approx(hints[0][2:], abs=0.75)


def test_speech_is_found_in_the_same_places(whole_transcript: Transcript, joined_transcript: Transcript) -> None:
    def tenths(heard: Transcript) -> np.ndarray:
        found = np.zeros(int(10 * heard.duration), bool)
        for event in heard.events:
            found[int(10 * event.start) : int(10 * event.end)] |= event.label == "speech"
        return found

    assert tenths(whole_transcript).mean() > 0.5
    assert (tenths(whole_transcript) == tenths(joined_transcript)).mean() >= 0.95


def test_splits_lie_in_pauses_and_no_chunk_is_too_long(minute: Audio) -> None:
    longest = 25.0
    at = chunked_recognition.split_points(minute, longest)
    assert (at[0], at[-1], len(at)) == (
        0.0,
        minute.duration,
        1 + chunked_recognition.chunk_count(minute.duration, longest),
    )
    assert max(np.diff(at)) <= longest
    assert at == chunked_recognition.split_points(minute, longest)
    for cut in at[1:-1]:
        assert audio.rms_db(minute.slice(cut - 0.2, cut + 0.2)) < -60


@pytest.mark.parametrize(("seconds", "parts"), [(0.1, 1), (100, 1), (100.1, 2), (160, 2), (161, 3), (800, 10)])
def test_a_clip_without_pauses_has_as_many_chunks_as_it_needs(seconds: float, parts: int) -> None:
    assert chunked_recognition.chunk_count(seconds, 100) == parts
    assert max(np.diff(chunked_recognition.split_points(noise(seconds), 100))) <= 100


def test_the_length_of_a_gpu_call_gives_the_number_of_chunks() -> None:
    """As lending asks for it by the first guess."""
    seconds = float(GPU_SECONDS) / 1.25
    longest = (seconds - cost.RECOGNITION_COST[0]) / (2 * cost.RECOGNITION_COST[1])
    assert (cost.chunk_count(longest), cost.chunk_count(longest + 0.1)) == (1, 2)
    assert cost.estimate_recognition(3 * longest) == (0.0, 4)  # nobody lends one here


def test_an_event_across_a_split_is_one_event() -> None:
    music = Span("music", 2.0, 9.8, 0.6)
    first = transcript(
        10.0,
        Segment(1.0, 4.0, "One.", "en", events=(music,)),
        events=(Span("speech", 1.0, 4.0), music, Span("speech", 8.0, 9.0)),
    )
    tune = Span("music", 0.1, 4.0, 0.9)
    then = transcript(
        6.0,
        Segment(0.5, 2.0, "Two.", "en", words=(Word("Two.", 0.5, 1.0),), events=(tune,)),
        events=(tune, Span("speech", 0.5, 2.0), Span("music", 5.0, 6.0)),
    )
    both = chunked_recognition.merge(
        PartialResult(first, (Span("sad", 8.0, 9.5, 0.5),)), PartialResult(then, (Span("sad", 0.0, 3.0, 0.8),))
    )
    whole = both.transcript
    assert [(event.label, event.start, event.end) for event in whole.events] == [
        ("speech", 1.0, 4.0),
        ("music", 2.0, 14.0),
        ("speech", 8.0, 9.0),  # more than a breath before the next
        ("speech", 10.5, 12.0),
        ("music", 15.0, 16.0),
    ]
    one = whole.events[1]
    assert one.score == pytest.approx((7.8 * 0.6 + 3.9 * 0.9) / 11.7)
    assert [segment.events for segment in whole.segments] == [(one,), (one,)]
    assert [(word.start, word.end) for word in whole.segments[1].words] == [(10.5, 11.0)]
    assert (whole.text, whole.duration) == ("One. Two.", 16.0)
    assert [(mood.label, mood.start, mood.end) for mood in both.emotion_spans] == [("sad", 8.0, 13.0)]
    again = chunked_recognition.merge(both, PartialResult(then))
    assert [event.end for event in again.transcript.events if event.label == "music"] == [14.0, 20.0, 22.0]


def test_the_language_is_the_one_that_was_spoken_for_longest() -> None:
    first = transcript(10.0, Segment(0.0, 4.0, "Good day.", "en", 0.9))
    then = transcript(10.0, Segment(0.0, 6.0, "Buenos días.", "es", 0.7))
    whole = chunked_recognition.merge(PartialResult(first), PartialResult(then))
    assert (whole.transcript.language, whole.transcript.language_probability) == ("es", 0.7)
    assert whole.language == "es"


def test_stored_results_are_loaded_unchanged() -> None:
    basis = Message("no word list for {language}", language=Message("German"))
    emotion = Emotion("neutral", 0.0, -0.5, basis)
    segment = Segment(
        0.5, 2.0, "Grüß „dich“.", "de", 0.9, (Word("Grüß", 0.5, 1.0, 0.7),), emotion, (Span("music", 0, 3),)
    )
    heard = build_transcript([segment], (Span("music", 0.0, 3.0, 0.4),), 5.0, "Test")
    prosody = Prosody(120.0, 2.5, -20.0, 4.0, 0.6)
    found = PartialResult(heard, (Span("sad", 1.0, 2.0, 0.5),), Baseline((prosody, prosody)))
    clip = chunked_recognition.create_job([noise(30)], OPTIONS, 20.0)
    clip.save(found)
    again = RecognitionJob(jobs.get(clip.job.id)).partial_result()
    assert again == found
    kept = again.transcript.segments[0].emotion
    assert kept is not None
    assert isinstance(kept.basis, Message)  # which a Chinese visitor reads in Chinese
    assert (kept.basis.template, kept.basis.values) == (basis.template, basis.values)
    clip.job.delete()


def test_a_stored_clip_is_loaded_unchanged(minute: Audio) -> None:
    options = RecognitionOptions("en", False, True, False, frozenset({"en", "es"}), ("Qwen", "fún"))
    how = RecognitionJobOptions(options, "whisper-base", "a_name", 3)
    clip = RecognitionJob(jobs.get(recognition.start_recognition_job([minute], how).job.id))
    assert (clip.options, clip.seconds) == (how, minute.duration)
    assert isinstance(clip.samples, np.memmap)
    assert clip.samples.shape == (1, len(minute.samples))
    assert np.abs(clip.samples[0] / 32767 - minute.samples).max() < 1e-4
    assert clip.next_chunk()[0].duration == pytest.approx(clip.bounds[1], abs=1e-4)
    clip.job.delete()


def test_speakers_are_the_same_in_all_chunks_and_after_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    tones = [fakes.tones("One_two_three_four", pitch) for pitch in (0.0, 12.0, 12.0, 0.0)]
    said = [audio.resample(Audio(np.tile(tone, 6), fakes.RATE), RECOGNITION_RATE) for tone in tones]
    clip = audio.concat(said, 1.0)

    def listen(clip: Audio, *_args: Any, **_kwargs: Any) -> Iterator[PartialResult]:
        half = clip.duration / 2
        segments = (Segment(0.5, half - 0.6, "One.", "en"), Segment(half + 0.6, clip.duration - 0.5, "Two.", "en"))
        yield PartialResult(transcript(clip.duration, *segments))

    monkeypatch.setattr(recognition, "transcribe", listen)
    engines = fakes.FakeSegmenter(), fakes.FakePitchEncoder()
    monkeypatch.setattr(selection, "speaker_engines", lambda: engines)
    monkeypatch.setattr(loader, "load", lambda engine: engine)
    job = chunked_recognition.create_job([clip], replace(OPTIONS, speakers=0), clip.duration / 1.6).job
    assert job.total_parts == 2
    transcribe_next(job)
    transcribe_next(jobs.get(job.id))
    stored = RecognitionJob(jobs.get(job.id))
    labelled = stored.as_transcript(stored.partial_result())
    assert [segment.speaker for segment in labelled.segments] == ["1", "2", "2", "1"]
    job.delete()


def test_the_channels_of_a_call_are_transcribed_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def listen(clip: Audio, *_args: Any, **_kwargs: Any) -> Iterator[PartialResult]:
        start = float(np.abs(clip.samples).argmax()) / clip.rate
        yield PartialResult(transcript(clip.duration, Segment(start, start + 1, f"From {start:.0f}.", "en")))

    monkeypatch.setattr(recognition, "transcribe", listen)
    channels = [
        Audio(np.roll(np.eye(1, 20 * 16_000, dtype=np.float32)[0], shift), 16_000) for shift in (48_000, 16_000)
    ]
    job = chunked_recognition.create_job(channels, OPTIONS, 30.0).job
    heard = transcribe_next(job).transcript
    assert [(segment.speaker, segment.text) for segment in heard.segments] == [("2", "From 1."), ("1", "From 3.")]
    job.delete()


def test_only_a_failed_part_is_transcribed_again(minute: Audio, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[float] = []

    def listen(clip: Audio, *_args: Any, **_kwargs: Any) -> Iterator[PartialResult]:
        heard.append(clip.duration)
        yield PartialResult(transcript(clip.duration))
        yield PartialResult(transcript(clip.duration, Segment(0.0, 1.0, f"Part {len(heard)}.", "en")))
        if len(heard) == 2:
            raise GpuUnavailable(
                "The GPU was reclaimed before the job finished. Try again with a shorter text or clip."
            )

    monkeypatch.setattr(recognition, "transcribe", listen)
    clip = recognition.start_recognition_job([minute], OPTIONS)
    first, second, third = np.diff(clip.bounds)
    assert transcribe_next(clip.job).transcript.text == "Part 1."
    with pytest.raises(GpuUnavailable):
        transcribe_next(clip.job)
    stopped = recognition.transcribe_next_chunk(RecognitionJob(clip.job))
    next(stopped)
    stopped.close()  # type: ignore[attr-defined]
    assert clip.job.completed_parts == 1
    transcribe_next(clip.job)
    assert transcribe_next(clip.job).transcript.text == "Part 1. Part 4. Part 5."
    assert clip.job.finished
    assert heard == pytest.approx([first, second, second, second, third], abs=1e-3)
    clip.job.delete()


@pytest.mark.parametrize(("seconds", "language"), [(0.6, "es"), (1.3, "en")])
def test_a_short_utterance_after_a_split_takes_the_language_before_it_unless_its_own_is_certain(
    seconds: float, language: str
) -> None:
    """As it does where nothing was cut."""
    brief = audio.resample(audio.load(example("en", "happy").path), RECOGNITION_RATE).slice(0, seconds)
    before = PartialResult(transcript(3.0, Segment(0.0, 3.0, "Buenos días.", "es")))
    *_, alone = recognition.transcribe(brief, RecognitionOptions(), OPTIONS.engine)
    *_, after = recognition.transcribe(brief, RecognitionOptions(), OPTIONS.engine, before)
    assert alone is not None
    assert after is not None
    assert (alone.transcript.language, after.transcript.language) == ("en", language)


def test_a_clip_of_one_chunk_creates_no_job(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunked_recognition, "create_job", None)  # would raise TypeError
    before = set((home / "jobs").glob("*"))
    path = example("en", "happy").path
    shown = Update()
    for update in recognize.on_recognize(RecognizeRequest(str(path), "auto", True, True, OPTIONS.engine, [], None)):
        shown |= update
    assert "transcribed by Whisper" in shown["status"]
    assert shown.keys().isdisjoint({"step", "last_job"})
    assert not shown["note"].visible
    assert not shown["resume"].visible
    assert set((home / "jobs").glob("*")) == before


def test_a_long_clip_without_speech_is_reported_at_its_end(tmp_path: Path) -> None:
    path = write(tmp_path / "hush.wav", noise(40, RECOGNITION_RATE, 1e-3))
    job = recognition.start_recognition_job([audio.load(path)], OPTIONS).job
    run_part = transcription.TASK.run_part
    assert list(run_part(job))[-1]["status"] == "Transcribed 1 of 2 parts."
    assert list(run_part(job))[-1]["status"].startswith("No speech detected.")
    job.delete()
