"""Output of the speaking pages: player, take, self-check, subtitles and downloads."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import gradio as gr

from funaudio_core.engines import preload, registry, selection
from funaudio_core.errors import FunAudioError
from funaudio_core.message import Message
from funaudio_core.pipelines.chunked_synthesis import CheckedTake
from funaudio_core.pipelines.self_check import TakeReport
from funaudio_core.pipelines.synthesize import Recorder, Take
from funaudio_core.runtime import telemetry
from funaudio_core.runtime.prefetch import prefetch
from funaudio_core.runtime.time_left import Pace
from funaudio_core.tasks import cost, synthesis
from funaudio_core.text import subtitles
from funaudio_core.types import Segment, SpeechChunk, SpeechRequest
from server import cancellation
from server.request import localize
from server.updates import Outputs, Update, connect
from tabs.components.layout import loading_text, status_line, with_time_left
from tabs.components.outputs import (
    disabled_download,
    download_buttons,
    enabled_download,
    playable,
    safe_name,
    write_file,
    write_wav,
)
from tabs.components.player import SILENT, Playback, build_player
from tabs.components.resumable import ResumableTask
from tabs.components.strings import t

Files = tuple[str, str, str]  # paths of a take's WAV, SRT and VTT


@dataclass(frozen=True, slots=True)
class SpeechOutput(Outputs):
    """Output components of a speaking page."""

    status: gr.HTML
    live: gr.HTML
    result: gr.Audio
    report: gr.HTML
    wav: gr.DownloadButton
    srt: gr.DownloadButton
    vtt: gr.DownloadButton
    seed_used: gr.Number


def build_output(name: str) -> SpeechOutput:
    """Add the output components. name: Element id of the player, unique in the app."""
    live = build_player(name, compares=True)
    status = status_line()
    result = gr.Audio(label=t("result"), interactive=False, type="filepath", elem_classes="fa-take")
    report = gr.HTML(elem_classes="fa-report")
    with gr.Row():
        wav, srt, vtt = download_buttons("wav", "srt", "vtt")
    with gr.Accordion(t("details"), open=False, elem_classes="fa-details"):
        seed_used = gr.Number(label=t("seed_used"), interactive=False, precision=0)
    return SpeechOutput(status, live, result, report, wav, srt, vtt, seed_used)


@dataclass(frozen=True, slots=True)
class SpeechControls:
    """Settings and buttons below the text."""

    speed: gr.Slider
    seed: gr.Number
    max_attempts: gr.Slider
    run: gr.Button
    stop: gr.Button


def build_controls() -> SpeechControls:
    """Add the settings and buttons."""
    with gr.Accordion(t("more"), open=False):
        speed = build_speed()
        seed = gr.Number(-1, label=t("seed"), precision=0)
        max_attempts = gr.Slider(1, 4, 1 if cost.is_metered() else 2, step=1, label=t("zero_shot.retry"))
    run, stop = build_buttons("speak")
    return SpeechControls(speed, seed, max_attempts, run, stop)


def build_buttons(key: str) -> tuple[gr.Button, gr.Button]:
    """Add the button that runs a page, with the label of this key, and the button that stops it."""
    with gr.Row(elem_classes="fa-run"):
        run = gr.Button(t(key), variant="primary")
        stop = gr.Button(t("stop"), variant="stop")
    return run, stop


def build_speed() -> gr.Slider:
    """Add a slider for the speed, x the voice's usual one."""
    return gr.Slider(synthesis.MIN_RATE, synthesis.MAX_RATE, 1.0, step=0.05, label=t("speed"))


def wire_stop(stop: gr.Button, output: Outputs, page: str) -> None:
    """Let a button stop what the visitor runs on a page, without waiting in the queue.

    Args:
        stop: The button.
        output: Outputs of the page, among them `status` and `live`.
        page: The `__name__` of the module of the page's handlers.
    """

    def on_stop() -> Iterator[Update]:
        yield from stop_page(page)

    connect(stop.click, on_stop, None, output.pick("status", "live"))


def stop_page(page: str) -> Iterator[Update]:
    """Stop what the visitor runs on a page: silence the player at once, say "Stopped." after the current step.

    Nothing more is shown once the page shows a newer request.
    """
    request = cancellation.request_stop(page)
    yield Update(status=localize("Stopping…"), live=SILENT)
    while not cancellation.wait_until_stopped(request):
        yield Update(status=localize("Stopping…"), live=SILENT)
    if not request.superseded:
        yield Update(status=localize("Stopped."), live=SILENT)


def stop_task(task: ResumableTask) -> Iterator[Update]:
    """Stop what the visitor runs on a page without a player; its long work is paused."""
    task.pause()
    for update in stop_page(task.page):
        yield Update(status=update["status"])
    yield task.show()


def load_synthesizer(engine: str) -> Iterator[Update]:
    """Load a synthesizer and yield the status meanwhile."""
    for status in loading_text(preload.load_all(selection.resolve(registry.SYNTHESIZERS, engine))):
        yield Update(status=status)


def synthesize(
    request: SpeechRequest,
    engine: str,
    max_attempts: int,
    chunks: Iterator[SpeechChunk] | None = None,
    playback: Playback | None = None,
) -> Generator[Update, None, CheckedTake]:
    """Speak a request and check the take; the first take plays while it is made.

    Args:
        request: Request to speak.
        engine: Name of the synthesizer.
        max_attempts: Maximum number of takes; further ones are made only if the self-check fails.
        chunks: The first take, if it is not made from the request.
        playback: Player of a longer text that this request is a part of; its caller shows the result.

    Yields:
        Updates of SpeechOutput.

    Returns:
        The best take.
    """
    is_whole = playback is None
    playback = playback or Playback()
    if is_whole:
        yield Update(seed_used=request.seed, **empty_update(generating_text(engine)))
    yield from load_synthesizer(engine)
    recorder, pace, spoken = Recorder(request.seed), Pace(), 0
    for chunk in recorder.record(prefetch(chunks or synthesis.speak(request, engine))):
        spoken += len(chunk.text)
        status = localize("Generating speech: {seconds:.1f} s so far…", seconds=recorder.seconds)
        left = pace.seconds_left(spoken, len(request.text)) if is_whole else None
        yield Update(status=with_time_left(status, left), live=playback.add_speech(chunk))
    first = recorder.take()
    telemetry.record_speech(first.first_audio, first.seconds, first.audio.duration)
    checking = Update(status=localize("Running the self-check…"))
    files: Files = export_take(first, request) if is_whole else ("", "", "")
    yield Update(**checking, **take_update(first, request, files)) if is_whole else checking
    best = yield from _check_and_retry(first, request, engine, max_attempts)
    if is_whole:
        better = {} if best.take is first else {"live": waiting_take(best.take)}
        files = files if best.take is first else export_take(best.take, request)
        yield Update(status=generated_text(engine), **better, **result_update(best, request, files))
    return best


def waiting_take(take: Take) -> str:
    """Return the value of the player that offers a take other than the one that was played."""
    playback = Playback(is_waiting=True)
    return [playback.add_speech(chunk) for chunk in take.pieces][-1]


def _check_and_retry(
    first: Take, request: SpeechRequest, engine: str, max_attempts: int
) -> Generator[Update, None, CheckedTake]:
    """Return the best of the first take and those made while the self-check fails; yield the status meanwhile."""
    with suppress(FunAudioError):  # the self-check then reports that no recognizer was available
        for status in loading_text(preload.load_all(selection.check_recognizer(request.language))):
            yield Update(status=status)
    best, report = first, synthesis.self_check(first, request)
    for number in range(2, max_attempts + 1):
        if report.is_good_enough:
            break
        yield Update(
            status=localize("Self-check failed. Trying again ({number} of {tries})…", number=number, tries=max_attempts)
        )
        recorder = Recorder(request.seed + number - 1)
        for _ in recorder.record(synthesis.speak(replace(request, seed=request.seed + number - 1), engine)):
            status = localize(
                "Attempt {number} of {tries}: {seconds:.1f} s generated…",
                number=number,
                tries=max_attempts,
                seconds=recorder.seconds,
            )
            yield Update(status=status)
        take = recorder.take()
        best, report = synthesis.better_take((best, report), (take, synthesis.self_check(take, request)))
    return CheckedTake(best, report)


def generating_text(engine: str) -> str:
    """Return the status before the first sound."""
    return localize("Generating speech with {engine}…", engine=selection.resolve(registry.SYNTHESIZERS, engine).title)


def generated_text(engine: str) -> str:
    """Return the status of a finished take."""
    return localize("Generated by {engine}.", engine=selection.resolve(registry.SYNTHESIZERS, engine).title)


def empty_update(status: str) -> Update:
    """Return the update at the start of a request: the status, and no results."""
    downloads = {name: disabled_download() for name in ("wav", "srt", "vtt")}
    return Update(status=status, live=SILENT, result=None, report="", **downloads)


def result_update(checked: CheckedTake, request: SpeechRequest, files: Files) -> Update:
    """Return the update that shows a checked take. files: Result of export_take()."""
    return Update(report=report_html(checked.report), **take_update(checked.take, request, files))


def take_update(take: Take, request: SpeechRequest, files: Files) -> Update:
    """Return the update that shows a take, without its self-check."""
    downloads = dict(zip(("wav", "srt", "vtt"), map(enabled_download, files), strict=True))
    return Update(result=_subtitled(files[0], take, request.language), seed_used=take.seed, **downloads)


def export_take(take: Take, request: SpeechRequest) -> Files:
    """Write a take to files that are named after its text; the WAV is both played and downloaded."""
    stem, take_cues = safe_name(request.text, "speech"), cues(take, request.language)
    return (
        write_wav(take.audio, f"{stem}.wav"),
        write_file(subtitles.to_srt(take_cues), f"{stem}.srt"),
        write_file(subtitles.to_vtt(take_cues), f"{stem}.vtt"),
    )


def cues(take: Take, language: str) -> tuple[subtitles.Cue, ...]:
    """Return the subtitles of a take: by word if the times of words are known, else by chunk."""
    if take.words:
        return subtitles.word_cues(take.words, language)
    segments: list[Segment] = []
    end = 0.0
    for chunk in take.pieces:
        start, end = end, end + chunk.audio.duration
        if chunk.text or not segments:
            segments.append(Segment(start, end, chunk.text, language))
        else:  # more audio of the same text
            segments[-1] = replace(segments[-1], end=end)
    return subtitles.segment_cues(segments)


def audio_update(take: Take, language: str) -> Any:
    """Return the update of gr.Audio that shows a take with its subtitles."""
    return _subtitled(playable(take.audio), take, language)


def _subtitled(path: str, take: Take, language: str) -> Any:
    shown = [{"text": cue.text, "timestamp": [cue.start, cue.end]} for cue in cues(take, language)]
    return gr.Audio(value=path, subtitles=shown or None)


def report_html(report: TakeReport) -> str:
    """Return the self-check as a table."""
    if report.error_rate is None:
        errors = "–", localize("not checked: no recognition model is available for this language")
        verdict = localize("Self-check: – words not verified")
    else:
        errors = (
            f"{report.error_rate:.0%}",
            localize("recognized as: {heard}", heard=report.heard or Message("(nothing)")),
        )
        verdict = (
            localize("Self-check: ✓ passed")
            if report.is_accurate
            else localize("Self-check: ⚠ failed; rephrase the text or use a cleaner clip")
        )
    rows = [
        (localize("Word error rate") if report.measure == "WER" else localize("Character error rate"), *errors),
        (
            localize("First audio"),
            localize("{seconds:.2f} s", seconds=report.first_audio),
            localize("time to the first sentence, not counting the reference check"),
        ),
        (localize("Real-time factor"), f"{report.rtf:.2f}", localize("below 1 is faster than real time")),
    ]
    if report.similarity is not None:
        rows.insert(
            1, (localize("Similarity"), f"{report.similarity:.2f}", localize("voice compared with the reference"))
        )
    body = "".join(f"<tr><th>{a}</th><td>{b}</td><td>{escape(c)}</td></tr>" for a, b, c in rows)
    return f'<table class="fa-check"><caption>{verdict}</caption>{body}</table>'
