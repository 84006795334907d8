"""Long texts on the speaking pages: spoken stretch by stretch, each an event of its own. Knows no single page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from funaudio_core.engines import registry
from funaudio_core.message import Message
from funaudio_core.pipelines.chunked_synthesis import JOB_KIND, CheckedTake, SynthesisJob
from funaudio_core.runtime.jobs import Job
from funaudio_core.tasks import synthesis
from funaudio_core.types import SpeechRequest
from server import sessions
from server.events import QUEUE_OPTIONS
from server.request import localize
from tabs.components import resumable, speech_output
from tabs.components.player import Playback
from tabs.components.resumable import ResumableTask, ResumeControls
from tabs.components.speech_output import SpeechControls, SpeechOutput

SKIP = gr.skip()
WIDTH = speech_output.WIDTH + resumable.WIDTH  # values of a page that has no outputs but the stage's


@dataclass(frozen=True, slots=True)
class Handlers:
    """What a page does: an order, the next part of a long text, Continue; see resumable."""

    speaks: Callable[..., Any]
    follows: Callable[..., Any]
    resumed: Callable[..., Any]


def wire(
    order: SpeechControls,
    stage: SpeechOutput,
    going: ResumeControls,
    work: ResumableTask,
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
        **QUEUE_OPTIONS,
        api_visibility="undocumented",
    )
    resumable.wire(going, work, handlers.follows, handlers.resumed, stage.all())
    wire_stop(order.stop, stage, going, work)


def wire_stop(stop: gr.Button, stage: SpeechOutput, going: ResumeControls, work: ResumableTask) -> None:
    """As speaking.wire_stop(); a long text that was stopped rests."""

    def on_stop() -> Iterator[tuple[Any, ...]]:
        resumable.pause(work)
        for values in speech_output.stopped(work.page):
            yield *values, *resumable.NO_CHANGE
        yield SKIP, SKIP, *resumable.show_paused(work)

    stop.click(on_stop, None, [stage.status, stage.live, *going.all()], api_visibility="private")


def work_of(page: str) -> ResumableTask:
    """The long work of a page that has no outputs but the stage's. page: the `__name__` of its module."""
    return ResumableTask(
        page, JOB_KIND, speech_output.WIDTH, part, shown, told, lambda job: offers(SynthesisJob(job).engine)
    )


def speak(line: SpeechRequest, engine: str, tries: int, work: ResumableTask) -> Iterator[tuple[Any, ...]]:
    """Values of a page that has no outputs but the stage's: the line, or the first part of one that is long."""
    parts, going = synthesis.split_request(line), resumable.discard(work)
    if len(parts) > 1:
        yield from resumable.start(synthesis.start_synthesis_job(parts, engine, tries).job, work)
        return
    for values in speech_output.synthesize(line, engine, tries):
        yield *values, *going
        going = resumable.NO_CHANGE


def part(job: Job) -> Iterator[tuple[Any, ...]]:
    """Values for SpeechOutput.all(): the next stretch, heard behind those before it; then all that is spoken so far."""
    text, number = SynthesisJob(job), job.completed_parts
    line, kept, playback = text.chunk_request(number), list[CheckedTake](), Playback(job.id, number)
    if number == 0:
        yield *speech_output.cleared(_numbered(speech_output.reading(text.engine), job, number)), line.seed
    for silence in text.pause_before(number):
        playback.add(silence.audio)
    for status, live, _ in speech_output.generate_takes(line, text.engine, text.max_attempts, playback, kept):
        yield (_numbered(status, job, number), live, *[SKIP] * 6)
    text.save(kept[0])
    yield _so_far(text, number)


def shown(job: Job) -> tuple[Any, ...]:
    """Values for SpeechOutput.all(): all that is spoken so far."""
    return _so_far(SynthesisJob(job), job.completed_parts - 1)


def told(job: Job) -> Message:
    """What a page says of a text that rests, also of one that is spoken, but of which not all is shown or compared."""
    if job.finished:
        return Message("Your text is fully spoken. Press Continue to hear it.")
    return Message(
        "Your text is partly spoken: {done} of {total} parts are done.", done=job.completed_parts, total=job.total_parts
    )


def offers(engine: str) -> bool:
    """Whether an engine that a text was ordered from is still there to speak; "" stands for the one offered first."""
    return not engine or engine in registry.available(registry.SYNTHESIZERS)


def _so_far(text: SynthesisJob, number: int) -> tuple[Any, ...]:
    """With the status that the stretch of that number has at its end."""
    line = text.chunk_request(0)
    gone = not offers(text.engine)  # and with it who knows its title
    status = (
        localize("Generated by {engine}.", engine=text.engine) if gone else speech_output.spoken_by_text(text.engine)
    )
    shown = status if text.job.finished else _numbered(status, text.job, number)
    whole = text.final_take()
    files = speech_output.export_take(whole.take, line)
    sessions.rotate_outputs(text.job.id, files)
    return (shown, SKIP, *speech_output.result_values(whole, line, files), line.seed)


def _numbered(status: str, job: Job, number: int) -> str:
    return localize("Part {part} of {parts}: {status}", part=number + 1, parts=job.total_parts, status=status)
