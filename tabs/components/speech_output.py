"""The stage that every speaking page shares: player, take, self-check, subtitles. Knows no single page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import gradio as gr

from funaudio_core.engines import preload, selection
from funaudio_core.engines.spec import pick
from funaudio_core.errors import FunAudioError
from funaudio_core.message import Phrase
from funaudio_core.pipelines.chunked_synthesis import Finished
from funaudio_core.pipelines.self_check import TakeReport
from funaudio_core.pipelines.synthesize import Recorder, Take
from funaudio_core.runtime import telemetry
from funaudio_core.runtime.prefetch import ahead
from funaudio_core.tasks import cost, synthesis
from funaudio_core.text import subtitles
from funaudio_core.types import Line, Segment, Spoken
from server import cancellation
from server.request import say
from tabs.components.layout import loading, status_line
from tabs.components.outputs import asleep, download, download_buttons, file_of, playable, safe_name, wav_of
from tabs.components.player import SILENT, Playback, build_player
from tabs.components.strings import word


@dataclass(frozen=True, slots=True)
class Stage:
    """The output components, in the order in which perform() yields their values."""

    status: gr.HTML
    live: gr.HTML
    result: gr.Audio
    report: gr.HTML
    wav: gr.DownloadButton
    srt: gr.DownloadButton
    vtt: gr.DownloadButton
    seed: gr.Number

    def all(self) -> list[Any]:
        """The components as a list of outputs."""
        return [self.status, self.live, self.result, self.report, self.wav, self.srt, self.vtt, self.seed]


def build_stage(name: str) -> Stage:
    """Lay the stage out. name: element id of its player, unique on the page."""
    status = status_line()
    live = build_player(name)
    result = gr.Audio(label=word("result"), interactive=False, type="filepath")
    report = gr.HTML(elem_classes="fa-report")
    with gr.Row():
        wav, srt, vtt = download_buttons("wav", "srt", "vtt")
    with gr.Accordion(word("details"), open=False):
        seed = gr.Number(label=word("seed_used"), interactive=False, precision=0)
    return Stage(status, live, result, report, wav, srt, vtt, seed)


@dataclass(frozen=True, slots=True)
class Order:
    """The inputs below the text: how to speak, and the buttons."""

    speed: gr.Slider
    seed: gr.Number
    tries: gr.Slider
    run: gr.Button
    stop: gr.Button


def build_order() -> Order:
    """Lay the settings and buttons out."""
    with gr.Accordion(word("more"), open=False):
        speed = build_speed()
        seed = gr.Number(-1, label=word("seed"), precision=0)
        tries = gr.Slider(1, 4, 1 if cost.lent() else 2, step=1, label=word("zero_shot.retry"))
    with gr.Row():
        run = gr.Button(word("speak"), variant="primary")
        stop = gr.Button(word("stop"), variant="stop")
    return Order(speed, seed, tries, run, stop)


def build_speed() -> gr.Slider:
    """How fast to speak, x the voice's own pace."""
    return gr.Slider(synthesis.MIN_SPEED, synthesis.MAX_SPEED, 1.0, step=0.05, label=word("speed"))


def wire_stop(stop: gr.Button, status: gr.HTML, live: gr.HTML, page: str) -> None:
    """Let the button end what the visitor has running on the page and silence the player, without waiting in line.

    page: the `__name__` of the module that its handlers stand in.
    """

    def on_stop() -> Iterator[tuple[str, str]]:
        yield from stopped(page)

    stop.click(on_stop, None, [status, live], api_visibility="private")


def stopped(page: str) -> Iterator[tuple[str, str]]:
    """End what the visitor has running on a page: silent at once, "Stopped." when the step under way is over.

    Nothing more is said once the page shows what they have ordered since.
    """
    halted = cancellation.halt(page)
    yield say("Stopping…"), SILENT
    while not cancellation.settled(halted):
        yield say("Stopping…"), SILENT
    if not halted.followed:
        yield say("Stopped."), SILENT


SKIP = gr.skip()
WIDTH = 8  # values of Stage.all()
Files = tuple[str, str, str]  # paths of a take's WAV, SRT and VTT


def says(status: str) -> tuple[Any, ...]:
    """A change of the status line alone, in the visitor's language."""
    return (status, *[SKIP] * (WIDTH - 1))


def spoken_by(engine: str) -> str:
    """The status line of a finished take."""
    return say("Spoken by {engine}.", engine=pick(selection.synthesizers(), engine).title)


def load_synthesizer(engine: str) -> Iterator[str]:
    """The status until an engine can speak, where it was not loaded yet."""
    return loading(preload.prepare(pick(selection.synthesizers(), engine)))


def perform(
    line: Line,
    engine: str,
    tries: int,
    finished: list[Finished] | None = None,
    pieces: Iterator[Spoken] | None = None,
) -> Iterator[tuple[Any, ...]]:
    """Speak the line: the first take is heard while it is made, further ones only where the self-check asks for it.

    Yields values for Stage.all(). `finished`, if given, receives the take that was kept. pieces: of the first take,
    where they are made of something else than the line.
    """
    yield *emptied(reading(engine)), line.seed
    kept: list[Finished] = [] if finished is None else finished
    first: Take | None = None
    files: Files = ("", "", "")
    for status, live, take in takes(line, engine, tries, Playback(), kept, pieces):
        if take is None:
            yield (status, live, *[SKIP] * 6)
        else:
            first, files = take, written(take, line)
            yield (status, live, *_taken(take, line, files, SKIP), take.seed)
    best = kept[-1].take
    files = files if best is first else written(best, line)
    yield (spoken_by(engine), SKIP, *outcome(kept[-1], line, files), best.seed)


def emptied(status: str) -> tuple[Any, ...]:
    """Values for Stage.all() but the last, at the beginning of an order."""
    return (status, SILENT, None, "", *[asleep()] * 3)


def outcome(finished: Finished, line: Line, files: Files) -> tuple[Any, ...]:
    """Values for result, report and downloads of what is kept. files: those of its take, as written() made them."""
    return _taken(finished.take, line, files, show(finished.report))


def written(take: Take, line: Line) -> Files:
    """A take as files that are named after the line; the WAV is both played and downloaded."""
    stem, shown = safe_name(line.text, "speech"), cues(take, line.language)
    return (
        wav_of(take.audio, f"{stem}.wav"),
        file_of(subtitles.to_srt(shown), f"{stem}.srt"),
        file_of(subtitles.to_vtt(shown), f"{stem}.vtt"),
    )


def _taken(take: Take, line: Line, files: Files, report: Any) -> tuple[Any, ...]:
    return _played(files[0], take, line.language), report, *map(download, files)


def reading(engine: str) -> str:
    """The status before the first sound."""
    return say("{engine} is reading…", engine=pick(selection.synthesizers(), engine).title)


def takes(
    line: Line,
    engine: str,
    tries: int,
    playback: Playback,
    finished: list[Finished],
    pieces: Iterator[Spoken] | None = None,
) -> Iterator[tuple[str, Any, Take | None]]:
    """Status, what plays and, once it is there, the first take; `finished` receives the one that was kept.

    pieces: as perform() has them.
    """
    for step in load_synthesizer(engine):
        yield step, SKIP, None
    recorder = Recorder(line.seed)
    for piece in recorder.keep(ahead(pieces or synthesis.speak(line, engine))):
        yield say("Speaking: {seconds:.1f} s made…", seconds=recorder.seconds), playback.add(piece.audio), None
    best = recorder.take()
    telemetry.spoke(best.first_audio, best.seconds, best.audio.duration)
    yield say("Checking the take…"), SKIP, best
    with suppress(FunAudioError):  # tasks.check() says then that nobody could
        for step in loading(preload.prepare(selection.checker(line.language))):
            yield step, SKIP, None
    report = synthesis.check(best, line)
    for number in range(2, tries + 1):
        if report.good_enough:
            break
        yield say("The self-check asks for another take: {number} of {tries}…", number=number, tries=tries), SKIP, None
        again = Recorder(line.seed + number - 1)
        for _ in again.keep(synthesis.speak(replace(line, seed=line.seed + number - 1), engine)):
            seconds = again.seconds
            status = say("Take {number} of {tries}: {seconds:.1f} s made…", number=number, tries=tries, seconds=seconds)
            yield status, SKIP, None
        other = again.take()
        best, report = synthesis.better((best, report), (other, synthesis.check(other, line)))
    finished.append(Finished(best, report))


def cues(take: Take, language: str) -> tuple[subtitles.Cue, ...]:
    """Subtitles of a take: by its words where their times are known, else by the stretches of its pieces."""
    if take.words:
        return subtitles.cues_of_words(take.words, language)
    said: list[Segment] = []
    end = 0.0
    for piece in take.pieces:
        start, end = end, end + piece.audio.duration
        if piece.text or not said:
            said.append(Segment(start, end, piece.text, language))
        else:  # one more stretch of the same words
            said[-1] = replace(said[-1], end=end)
    return subtitles.cues_of_segments(said)


def result(take: Take, language: str) -> Any:
    """The update that shows a take with its subtitles."""
    return _played(playable(take.audio), take, language)


def _played(path: str, take: Take, language: str) -> Any:
    shown = [{"text": cue.text, "timestamp": [cue.start, cue.end]} for cue in cues(take, language)]
    return gr.Audio(value=path, subtitles=shown or None)


def show(report: TakeReport) -> str:
    """The self-check as a small table."""
    if report.error_rate is None:
        errors = "–", say("a recogniser that knows the language can't be used here, or not for all of it")
        verdict = say("Self-check: – not checked whether the words are understood")
    else:
        errors = f"{report.error_rate:.0%}", say("heard again as: {heard}", heard=report.heard or Phrase("(nothing)"))
        verdict = (
            say("Self-check: ✓ passes")
            if report.passes
            else say("Self-check: ⚠ not passed; try other words or a cleaner clip")
        )
    rows = [
        (say("Word error rate") if report.measure == "WER" else say("Character error rate"), *errors),
        (
            say("First audio"),
            say("{seconds:.2f} s", seconds=report.first_audio),
            say("from the order to the first sentence, without the examination of the reference"),
        ),
        (say("Real-time factor"), f"{report.rtf:.2f}", say("below 1 is faster than real time")),
    ]
    if report.similarity is not None:
        rows.insert(1, (say("Similarity"), f"{report.similarity:.2f}", say("voice against the reference")))
    body = "".join(f"<tr><th>{a}</th><td>{b}</td><td>{escape(c)}</td></tr>" for a, b, c in rows)
    return f'<table class="fa-check"><caption>{verdict}</caption>{body}</table>'
