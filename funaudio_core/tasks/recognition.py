"""Recognition tasks for the pages and the API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from funaudio_core import languages
from funaudio_core.audio.prosody import Baseline
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


def transcribe_next_chunk(job: RecognitionJob) -> Iterator[PartialResult | None]:
    """Transcribe the next chunk of a job with its emotion timeline, and store the result at the end.

    Yields:
        Growing results of the whole clip; None at steps without a new result.

    Raises:
        BadInput: If the job was deleted. Errors of `transcribe` pass through; only this chunk is lost.
    """
    previous, order = job.partial_result(), job.options
    found = EMPTY_RESULT
    for result in transcribe(job.next_chunk(), order.options, order.engine, previous, emotion_timeline=True):
        if result is None:
            yield None
        else:
            found = result
            yield chunked_recognition.merge(previous, found)
    job.save(found)


def start_recognition_job(clip: Audio, options: RecognitionJobOptions) -> RecognitionJob:
    """Create a job that transcribes a clip in chunks, one for each call of `transcribe_next_chunk`."""
    return chunked_recognition.create_job(clip, options, max_chunk_seconds())


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
