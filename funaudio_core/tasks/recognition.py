"""Recognition tasks for the pages and the API."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
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
from funaudio_core.pipelines.caption_worker import BackgroundCaptions
from funaudio_core.pipelines.captions import LiveCaptions
from funaudio_core.pipelines.chunked_recognition import PartialResult, RecognitionJob, RecognitionJobOptions
from funaudio_core.pipelines.emotion_timeline import emotion_timeline
from funaudio_core.pipelines.recognize import recognize as _recognize
from funaudio_core.tasks.cost import RECOGNITION_COST, gpu_cost, max_chunk_seconds, recognition_cost
from funaudio_core.types import Audio, Span, Transcript

log = logging.getLogger(__name__)
ANY_LANGUAGE: frozenset[str] = frozenset()
NO_BASELINE = Baseline()


@gpu_task(
    lambda of: gpu_cost(
        [selection.resolve_recognizer(of["engine"], of["language"])],
        RECOGNITION_COST[0] + RECOGNITION_COST[1] * of["clip"].duration,
    )
)
def transcribe(
    clip: Audio,
    language: str | None,
    itn: bool,
    words: bool,
    engine: str = "",
    candidate_languages: frozenset[str] = ANY_LANGUAGE,
    hotwords: tuple[str, ...] = (),
    previous_language: str = "",
) -> Iterator[Transcript]:
    """Yield growing transcripts of a clip.

    Args:
        clip: Clip to transcribe.
        language: Language code, or None to detect it.
        itn: Write numbers as digits.
        words: Add times of words.
        engine: Name of the recognizer; "" selects the first that supports the language.
        candidate_languages: Codes to detect the language among; empty for any.
        hotwords: Rare words that may occur.
        previous_language: Language of the previous chunk of a longer clip.

    Raises:
        Unsupported: If the engine does not support hotwords.
    """
    hearing = RecognitionOptions(
        language=language,
        itn=itn,
        words=words,
        candidate_languages=candidate_languages,
        hotwords=hotwords,
        previous_language=previous_language,
    )
    return _transcribe(clip, hearing, engine, NO_BASELINE)


def _transcribe(
    clip: Audio, hearing: RecognitionOptions, engine: str, baseline: Baseline
) -> Generator[Transcript, None, tuple[Transcript, Baseline]]:
    spec = selection.resolve_recognizer(engine, hearing.language)
    if hearing.hotwords:
        spec.require("hotwords")
    detector, reader = selection.load_default(registry.DETECTORS), selection.load_default(registry.EMOTION_CLASSIFIERS)
    return _recognize(clip, hearing, loader.load(spec), detector, reader, spec.title, spec.capabilities, baseline)


@gpu_task(lambda of: recognition_cost(of["clip"].duration, of["engine"], of["language"]))
def analyze(
    clip: Audio,
    language: str | None,
    itn: bool,
    words: bool,
    engine: str,
    candidate_languages: frozenset[str] = ANY_LANGUAGE,
    hotwords: tuple[str, ...] = (),
    previous_language: str = "",
    baseline: Baseline = NO_BASELINE,
) -> Iterator[Transcript | Baseline | Span | None]:
    """Yield growing transcripts as `transcribe` does, then the speaker's baseline, then the emotion timeline.

    The timeline needs an engine that supports it. None marks a step without a result, at which work can be cancelled.
    baseline: The speaker's baseline of the previous chunk.
    """
    hearing = RecognitionOptions(
        language=language,
        itn=itn,
        words=words,
        candidate_languages=candidate_languages,
        hotwords=hotwords,
        previous_language=previous_language,
    )
    transcript, usual = yield from _transcribe(clip, hearing, engine, baseline)
    yield usual
    if transcript.segments:
        yield from _emotion_spans(clip, transcript, engine)


def transcribe_long(
    clip: Audio,
    language: str | None,
    itn: bool,
    words: bool,
    engine: str = "",
    hotwords: tuple[str, ...] = (),
) -> Iterator[Transcript]:
    """Yield growing transcripts as `transcribe` does; on ZeroGPU, split a long clip into one call per chunk.

    The speaker's baseline starts over with each chunk.
    """
    if not scheduler.estimate_seconds("transcribe", recognition_cost(clip.duration, engine, language)):
        yield from transcribe(clip, language, itn, words, engine, ANY_LANGUAGE, hotwords)
        return
    found = chunked_recognition.EMPTY_RESULT
    for start, end in pairwise(chunked_recognition.split_points(clip, max_chunk_seconds())):
        before, part = found, clip.slice(start, end)
        for transcript in transcribe(part, language, itn, words, engine, ANY_LANGUAGE, hotwords, before.language):
            found = chunked_recognition.merge(before, PartialResult(transcript))
            yield found.transcript


def analyze_next_chunk(job: RecognitionJob) -> Iterator[PartialResult | None]:
    """Analyze the next chunk of a job, yield the growing result of the clip, and store the chunk at the end.

    Yields None at steps without a new result.

    Raises:
        BadInput: If the job was deleted. Errors of `analyze` pass through; only this chunk is lost.
    """
    before, how = job.partial_result(), job.options
    found = chunked_recognition.EMPTY_RESULT
    events = analyze(
        job.next_chunk(),
        how.language,
        how.itn,
        how.words,
        how.engine,
        how.candidate_languages,
        how.hotwords,
        before.language,
        before.baseline,
    )
    for event in events:
        if isinstance(event, Transcript):
            found = replace(found, transcript=event)
        elif isinstance(event, Baseline):
            found = replace(found, baseline=event)
        elif isinstance(event, Span):
            found = replace(found, emotion_spans=(*found.emotion_spans, event))
        yield None if event is None else chunked_recognition.merge(before, found)
    job.save(found)


def start_recognition_job(clip: Audio, options: RecognitionJobOptions) -> RecognitionJob:
    """Create a job that analyzes a clip in chunks, one for each call of `analyze_next_chunk`."""
    return chunked_recognition.create_job(clip, options, max_chunk_seconds())


def _emotion_spans(clip: Audio, transcript: Transcript, engine: str) -> Iterator[Span | None]:
    scanners = registry.available(registry.SPEECH_EMOTION_RECOGNIZERS)
    if engine not in scanners:
        return iter(())
    speech = [event for event in transcript.events if event.label == "speech"]
    return emotion_timeline(clip, speech, loader.load(scanners[engine]))


def final_transcript(transcripts: Iterator[Transcript]) -> Transcript:
    """Return the last, complete transcript. Raises BadInput if it contains no speech."""
    transcript = None
    for transcript in transcripts:  # noqa: B007  (only the last is needed)
        pass
    if transcript is None or not transcript.segments:
        raise BadInput("No speech detected. Upload a clip that contains speech.")
    return transcript


def live_captions(language: str | None) -> BackgroundCaptions:
    """Return live captions for one microphone stream."""
    detector, spec = selection.load_default(registry.DETECTORS), selection.cpu_recognizer()
    if language is not None:
        languages.require_language(language, spec.languages, spec.title)
    live = LiveCaptions(loader.load(spec), detector.endpointer(), RecognitionOptions(language=language))
    return BackgroundCaptions(live)
