"""Long texts on the speaking pages: spoken stretch by stretch, each an event of its own. Knows no single page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from funaudio_core.engines import selection
from funaudio_core.message import Phrase
from funaudio_core.pipelines.chunked_synthesis import KIND, Finished, LongText
from funaudio_core.runtime.jobs import Job
from funaudio_core.tasks import synthesis
from funaudio_core.types import Line
from server import sessions
from server.events import HEAVY
from server.request import say
from tabs.components import resumable, speech_output
from tabs.components.player import Playback
from tabs.components.resumable import GoingOn, Work
from tabs.components.speech_output import Order, Stage

SKIP = gr.skip()
WIDTH = speech_output.WIDTH + resumable.WIDTH  # values of a page that has no outputs but the stage's


@dataclass(frozen=True, slots=True)
class Handlers:
    """What a page does: an order, the next part of a long text, Continue; see going_on."""

    speaks: Callable[..., Any]
    follows: Callable[..., Any]
    resumed: Callable[..., Any]


def wire(
    order: Order,
    stage: Stage,
    going: GoingOn,
    work: Work,
    handlers: Handlers,
    inputs: list[Any],
    consent: gr.Checkbox,
    engine: gr.Dropdown,
    name: str,
) -> None:
    """Let the button call handlers.speaks(*inputs, speed, seed, tries, consent, engine), a part follow a part, and Stop
    end them. name: of the event.
    """
    order.run.click(
        handlers.speaks,
        [*inputs, order.speed, order.seed, order.tries, consent, engine],
        [*stage.all(), *going.all()],
        api_name=name,
        **HEAVY,
        api_visibility="undocumented",
    )
    resumable.wire(going, work, handlers.follows, handlers.resumed, stage.all())
    wire_stop(order.stop, stage, going, work)


def wire_stop(stop: gr.Button, stage: Stage, going: GoingOn, work: Work) -> None:
    """As speaking.wire_stop(); a long text that was stopped rests."""

    def on_stop() -> Iterator[tuple[Any, ...]]:
        resumable.rest(work)
        for values in speech_output.stopped(work.page):
            yield *values, *resumable.SAME
        yield SKIP, SKIP, *resumable.resting(work)

    stop.click(on_stop, None, [stage.status, stage.live, *going.all()], api_visibility="private")


def work_of(page: str) -> Work:
    """The long work of a page that has no outputs but the stage's. page: the `__name__` of its module."""
    return Work(page, KIND, speech_output.WIDTH, part, shown, told, lambda job: offers(LongText(job).engine))


def speak(line: Line, engine: str, tries: int, work: Work) -> Iterator[tuple[Any, ...]]:
    """Values of a page that has no outputs but the stage's: the line, or the first part of one that is long."""
    parts, going = synthesis.stretched(line), resumable.anew(work)
    if len(parts) > 1:
        yield from resumable.begun(synthesis.long_text(parts, engine, tries).job, work)
        return
    for values in speech_output.perform(line, engine, tries):
        yield *values, *going
        going = resumable.SAME


def part(job: Job) -> Iterator[tuple[Any, ...]]:
    """Values for Stage.all(): the next stretch, heard behind those before it; then all that is spoken so far."""
    text, number = LongText(job), job.done
    line, kept, playback = text.line(number), list[Finished](), Playback(job.id, number)
    if number == 0:
        yield *speech_output.emptied(_numbered(speech_output.reading(text.engine), job, number)), line.seed
    for silence in text.silence(number):
        playback.add(silence.audio)
    for status, live, _ in speech_output.takes(line, text.engine, text.tries, playback, kept):
        yield (_numbered(status, job, number), live, *[SKIP] * 6)
    text.keep(kept[0])
    yield _so_far(text, number)


def shown(job: Job) -> tuple[Any, ...]:
    """Values for Stage.all(): all that is spoken so far."""
    return _so_far(LongText(job), job.done - 1)


def told(job: Job) -> Phrase:
    """What a page says of a text that rests, also of one that is spoken, but of which not all is shown or compared."""
    if job.finished:
        return Phrase("A text is spoken to its end: Continue shows all of it.")
    return Phrase("A text was not finished: {done} of {total} parts are spoken.", done=job.done, total=job.total)


def offers(engine: str) -> bool:
    """Whether an engine that a text was ordered from is still there to speak; "" stands for the one offered first."""
    return not engine or engine in selection.synthesizers()


def _so_far(text: LongText, number: int) -> tuple[Any, ...]:
    """With the status that the stretch of that number has at its end."""
    line = text.line(0)
    gone = not offers(text.engine)  # and with it who knows its title
    status = say("Spoken by {engine}.", engine=text.engine) if gone else speech_output.spoken_by(text.engine)
    shown = status if text.job.finished else _numbered(status, text.job, number)
    whole = text.whole()
    files = speech_output.written(whole.take, line)
    sessions.shows(text.job.id, files)
    return (shown, SKIP, *speech_output.outcome(whole, line, files), line.seed)


def _numbered(status: str, job: Job, number: int) -> str:
    return say("Part {part} of {parts}: {status}", part=number + 1, parts=job.total, status=status)
