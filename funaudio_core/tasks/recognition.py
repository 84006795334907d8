"""Recognition tasks for the pages and the API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from funaudio_core import languages
from funaudio_core.audio.prosody import NO_BASELINE, Baseline
from funaudio_core.engines import loader, registry, selection
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.errors import BadInput
from funaudio_core.gpu import scheduler
from funaudio_core.gpu.scheduler import gpu_task
from funaudio_core.pipelines import chunked_recognition
from funaudio_core.pipelines import emotion_timeline as timelines
from funaudio_core.pipelines.caption_worker import BackgroundCaptions
from funaudio_core.pipelines.captions import LiveCaptions
from funaudio_core.pipelines.chunked_recognition import (
    EMPTY_RESULT,
    PartialResult,
    RecognitionJob,
    RecognitionJobOptions,
)
from funaudio_core.pipelines.recognize import note_omissions, recognize
from funaudio_core.pipelines.speakers import diarize
from funaudio_core.pipelines.speakers.channels import merge_channels
from funaudio_core.tasks.cost import max_chunk_seconds, recognition_cost
from funaudio_core.types import Audio, Transcript


@gpu_task(
    lambda of: recognition_cost(
        of["clip"].duration, of["engine"], of["options"].language, emotion_timeline=of["emotion_timeline"]
    )
)
def transcribe(
    clip: Audio,
    options: RecognitionOptions,
    engine: str = "",
    previous: PartialResult = EMPTY_RESULT,
    emotion_timeline: bool = False,
) -> Iterator[PartialResult | None]:
    """Transcribe a clip.

    Args:
        clip: Clip to transcribe.
        options: Options of the recognizer; `previous_language` is taken from `previous` if it has one.
        engine: Name of the recognizer; "" selects the first that supports the language.
        previous: Result of the previous chunks of a longer clip; its language and baseline are used.
        emotion_timeline: Add the emotion timeline, if the named engine supports it and there is speech.

    Yields:
        Growing results of this clip; the last one carries the speaker's baseline. None marks a step of the emotion
        timeline without a new result, at which work can be cancelled; the first one follows the complete transcript.

    Raises:
        Unsupported: If the engine does not support hotwords or a prompt, or needs a download that was not requested.
    """
    spec = selection.resolve_recognizer(engine, options.language)
    if options.hotwords:
        spec.require("hotwords")
    if options.prompt:
        spec.require("prompt")
    detector = selection.load_default(registry.DETECTORS)
    classifier = selection.load_default(registry.EMOTION_CLASSIFIERS)
    transcripts = recognize(
        clip,
        replace(options, previous_language=previous.language or options.previous_language),
        loader.load(spec),
        detector,
        classifier,
        spec.title,
        spec.capabilities,
        previous.baseline,
    )
    return _results(clip, transcripts, engine if emotion_timeline else "")


def _results(
    clip: Audio, transcripts: Iterator[tuple[Transcript, Baseline]], timeline_engine: str
) -> Iterator[PartialResult | None]:
    """Yield results with growing transcripts, then with a growing emotion timeline if the engine supports it."""
    result = EMPTY_RESULT
    for transcript, baseline in transcripts:
        result = PartialResult(transcript, (), baseline)
        yield result
    recognizers = registry.available(registry.SPEECH_EMOTION_RECOGNIZERS)
    if timeline_engine not in recognizers or not result.transcript.segments:
        return
    yield None
    speech = [event for event in result.transcript.events if event.label == "speech"]
    for span in timelines.emotion_timeline(clip, speech, loader.load(recognizers[timeline_engine])):
        if span is None:
            yield None
        else:
            result = replace(result, emotion_spans=(*result.emotion_spans, span))
            yield result


@gpu_task(
    lambda of: recognition_cost(
        sum(clip.duration for clip in of["clips"]), of["engine"], of["options"].language, emotion_timeline=False
    )
)
def transcribe_clips(clips: Sequence[Audio], options: RecognitionOptions, engine: str = "") -> Iterator[Transcript]:
    """Yield the complete transcript of each clip of a group that fits one call, see max_chunk_seconds().

    Args:
        clips: The clips.
        options: See transcribe().
        engine: See transcribe().
    """
    for clip in clips:
        result = EMPTY_RESULT
        for step in transcribe(clip, options, engine):
            result = step or result
        yield result.transcript


def transcribe_long(clip: Audio, options: RecognitionOptions, engine: str = "") -> Iterator[Transcript]:
    """Yield growing transcripts of a clip; on ZeroGPU, split a long clip into one call of `transcribe` per chunk.

    For the API; pages run a long clip as a job, see `start_recognition_job`.
    """
    call_cost = recognition_cost(clip.duration, engine, options.language, emotion_timeline=False)
    if not scheduler.estimate_seconds("transcribe", call_cost):
        yield from (result.transcript for result in transcribe(clip, options, engine) if result is not None)
        return
    merged = EMPTY_RESULT
    for start, end in pairwise(chunked_recognition.split_points(clip, max_chunk_seconds())):
        previous, chunk = merged, clip.slice(start, end)
        for result in transcribe(chunk, options, engine, previous):
            if result is not None:
                merged = chunked_recognition.merge(previous, result)
                yield replace(merged.transcript, notes=clip.notes)


def transcribe_channels(
    channels: Sequence[Audio],
    options: RecognitionOptions,
    engine: str = "",
    previous: PartialResult = EMPTY_RESULT,
    speakers: int | None = None,
) -> Iterator[PartialResult | None]:
    """Transcribe a clip with the evidence on its speakers, or each channel of a call, and join the transcripts.

    Args:
        channels: One clip, or the channels of a call, of equal length.
        options: See transcribe().
        engine: See transcribe().
        previous: See transcribe().
        speakers: None if the speakers of a single clip are not to be told apart, else any number.

    Yields:
        As transcribe(), with the emotion timeline of a single clip.
    """
    if len(channels) == 1:
        result = EMPTY_RESULT
        for step in transcribe(channels[0], options, engine, previous, emotion_timeline=True):
            result = step or result
            yield step
        if speakers is not None and result.transcript.segments:
            yield from _add_evidence(channels[0], result)
        return
    transcripts = [EMPTY_RESULT.transcript] * len(channels)
    for number, channel in enumerate(channels):
        for step in transcribe(channel, options, engine, replace(previous, baseline=NO_BASELINE)):
            if step is not None:
                transcripts[number] = step.transcript
                yield PartialResult(merge_channels(transcripts[: number + 1]))


def _add_evidence(clip: Audio, result: PartialResult) -> Iterator[PartialResult | None]:
    """Yield None after each step, and at the end the result with the evidence on its speakers."""
    segmenter, encoder = selection.speaker_engines()
    for evidence in diarize.collect_evidence(clip, loader.load(segmenter), loader.load(encoder)):
        yield None if evidence is None else replace(result, evidence=evidence)


def transcribe_conversation(
    channels: Sequence[Audio], options: RecognitionOptions, engine: str = "", speakers: int | None = None
) -> Iterator[Transcript]:
    """Yield growing transcripts like transcribe_long(), and at the end one with the speakers.

    While the speakers of a single clip are told apart, the transcript is repeated, so that work can be stopped.

    Args:
        channels: One clip, or the channels of a call, of equal length, whose speakers are always told.
        options: See transcribe().
        engine: See transcribe().
        speakers: Number of speakers of a single clip; diarize.AUTO to find it, None not to tell them apart.
    """
    transcripts: list[Transcript] = []
    for channel in channels:
        found = EMPTY_RESULT.transcript
        for found in transcribe_long(channel, options, engine):
            yield found if len(channels) == 1 else merge_channels([*transcripts, found])
        transcripts.append(found)
    if len(channels) == 1 and speakers is not None and transcripts[0].segments:
        for result in _add_evidence(channels[0], PartialResult(transcripts[0])):
            yield transcripts[0] if result is None else result.label_speakers(speakers).transcript


def transcribe_next_chunk(job: RecognitionJob) -> Iterator[PartialResult | None]:
    """Transcribe the next chunk of a job with its emotion timeline and speakers, and store the result at the end.

    Yields:
        Growing results of the whole clip, whose speakers RecognitionJob.as_transcript() adds; None at steps without a
        new result.

    Raises:
        BadInput: If the job was deleted. Errors of `transcribe` pass through; only this chunk is lost.
    """
    previous, order = job.partial_result(), job.options
    found = EMPTY_RESULT
    for result in transcribe_channels(job.next_chunk(), order.options, order.engine, previous, order.speakers):
        if result is None:
            yield None
        else:
            found = result
            yield chunked_recognition.merge(previous, found)
    job.save(found)


def start_recognition_job(channels: Sequence[Audio], options: RecognitionJobOptions) -> RecognitionJob:
    """Create a job that transcribes the channels of a clip in chunks, one for each call of transcribe_next_chunk()."""
    return chunked_recognition.create_job(channels, options, max_chunk_seconds())


def final_transcript(transcripts: Iterator[Transcript]) -> Transcript:
    """Return the last, complete transcript, see note_omissions(). Raises BadInput if it contains no speech."""
    transcript = None
    for transcript in transcripts:  # noqa: B007  (only the last is needed)
        pass
    if transcript is None or not transcript.segments:
        raise BadInput("No speech detected. Upload a clip that contains speech.")
    return note_omissions(transcript)


def live_captions(language: str | None) -> BackgroundCaptions:
    """Return live captions for one microphone stream."""
    detector, spec = selection.load_default(registry.DETECTORS), selection.cpu_recognizer()
    if language is not None:
        languages.require_language(language, spec.languages, spec.title)
    live = LiveCaptions(loader.load(spec), detector.endpointer(), RecognitionOptions(language=language))
    return BackgroundCaptions(live)
