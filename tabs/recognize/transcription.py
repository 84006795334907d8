"""Transcription of a clip, shown as it grows: at once, or as a job in parts."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from funaudio_core import audio
from funaudio_core.engines import preload, registry, selection
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.message import Message
from funaudio_core.pipelines.chunked_recognition import (
    EMPTY_RESULT,
    JOB_KIND,
    PartialResult,
    RecognitionJob,
    RecognitionJobOptions,
)
from funaudio_core.runtime.jobs import Job
from funaudio_core.runtime.prefetch import prefetch
from funaudio_core.runtime.time_left import Pace
from funaudio_core.tasks import recognition
from funaudio_core.types import Audio
from server.request import localize
from server.updates import Update
from tabs.components import resumable
from tabs.components.drawings import timeline
from tabs.components.layout import loading_text, progress_text, with_time_left
from tabs.recognize import transcript as transcript_view

REDRAW_SECONDS = 1.0  # between two drawings of a growing transcript


def load_engines(options: RecognitionJobOptions) -> Iterator[Update]:
    """Load the engines of a transcription and yield the status meanwhile."""
    specs: list[EngineSpec[Any]] = [selection.resolve(registry.RECOGNIZERS, options.engine)]
    if options.speakers is not None:
        specs += selection.speaker_engines()
    for status in loading_text(preload.load_all(*specs)):
        yield Update(status=status)


def transcribe(channels: Sequence[Audio], options: RecognitionJobOptions) -> Iterator[Update]:
    """Yield updates while a clip is transcribed, and then while its emotion timeline and its speakers are found."""
    clip = channels[0]
    wave, drawn_at, last, is_complete = timeline.waveform(audio.mix(channels).samples), 0.0, EMPTY_RESULT, False
    pace = Pace()
    results = prefetch(
        recognition.transcribe_channels(channels, options.options, options.engine, speakers=options.speakers)
    )
    with closing(results):
        for result in results:
            last = result or last
            if result is None and not is_complete:
                is_complete = True
                yield transcript_view.final_update(last.transcript, wave, (), options.file_name)
                if options.speakers is not None:
                    yield Update(status=localize("Telling the speakers apart…"))
            elif result is not None and time.monotonic() - drawn_at >= REDRAW_SECONDS:
                drawn_at = time.monotonic()
                yield _progress(last, wave, clip.duration, is_complete, pace)
    if not is_complete or last.evidence is not None:
        labelled = last.label_speakers(options.speakers)
        yield transcript_view.final_update(labelled.transcript, wave, last.emotion_spans, options.file_name)
    elif last.emotion_spans:
        yield _progress(last, wave, clip.duration, is_complete)


def _progress(result: PartialResult, wave: str, seconds: float, is_complete: bool, pace: Pace | None = None) -> Update:
    """Return the update with a growing transcript, or with the growing timeline of a complete one."""
    if is_complete:
        return Update(plot=timeline.draw(result.transcript, wave, result.emotion_spans))
    heard = transcript_view.end_of(result.transcript)
    left = pace.seconds_left(heard, seconds) if pace else None
    return Update(
        status=with_time_left(progress_text(heard, seconds), left),
        **transcript_view.content_update(result.transcript, wave),
    )


def _run_part(job: Job) -> Iterator[Update]:
    """Transcribe the next chunk of a long clip; every update shows all of the clip so far."""
    recognition_job, drawn_at = RecognitionJob(job), 0.0
    yield from load_engines(recognition_job.options)
    wave, number, pace = timeline.waveform(recognition_job.samples), job.completed_parts + 1, Pace()
    begin = recognition_job.bounds[number - 1]
    with closing(prefetch(recognition.transcribe_next_chunk(recognition_job))) as results:
        for result in results:
            if result is None or time.monotonic() - drawn_at < REDRAW_SECONDS:
                continue
            drawn_at = time.monotonic()
            heard = max(transcript_view.end_of(result.transcript), begin)
            status = localize(
                "Part {part} of {parts}: transcribed {heard:.0f} of {seconds:.0f} s…",
                part=number,
                parts=job.total_parts,
                heard=heard,
                seconds=recognition_job.seconds,
            )
            left = pace.seconds_left(heard - begin, recognition_job.seconds - begin)
            yield Update(
                status=with_time_left(status, left),
                **transcript_view.content_update(recognition_job.as_transcript(result), wave, result.emotion_spans),
            )
    yield _render(job)


def _render(job: Job) -> Update:
    """Return an update with all finished chunks of a long clip and their files."""
    recognition_job = RecognitionJob(job)
    wave, result = timeline.waveform(recognition_job.samples), recognition_job.partial_result()
    if job.finished:
        transcript = recognition_job.as_transcript(result)
        name = recognition_job.options.file_name
        return transcript_view.final_update(transcript, wave, result.emotion_spans, name)
    status = localize("Transcribed {done} of {parts} parts.", done=job.completed_parts, parts=job.total_parts)
    name = f"{recognition_job.options.file_name}_{job.completed_parts}_of_{job.total_parts}"
    transcript = recognition_job.as_transcript(result)
    files = transcript_view.downloads(transcript, name) if transcript.segments else {}
    return Update(
        status=status,
        **transcript_view.content_update(transcript, wave, result.emotion_spans),
        **files,
    )


def _pause_message(job: Job) -> Message:
    length = audio.format_duration(RecognitionJob(job).seconds)
    if job.finished:
        return Message("Your {length} clip is fully transcribed. Press Continue to see it.", length=length)
    return Message(
        "Your {length} clip is partly transcribed: {done} of {parts} parts are done.",
        length=length,
        done=job.completed_parts,
        parts=job.total_parts,
    )


TASK = resumable.ResumableTask(
    page=__package__ or "",
    kind=JOB_KIND,
    run_part=_run_part,
    render=_render,
    pause_message=_pause_message,
    can_resume=lambda job: selection.is_available(registry.RECOGNIZERS, RecognitionJob(job).options.engine),
)
