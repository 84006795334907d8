"""Narration tasks for the page and the API: plan a book, cast it, make it part by part."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence

from funaudio_core import settings
from funaudio_core.engines import loader, registry, selection, voice_catalog
from funaudio_core.errors import BadInput
from funaudio_core.gpu import zerogpu
from funaudio_core.gpu.scheduler import gpu_task
from funaudio_core.languages import is_spaced
from funaudio_core.message import Message
from funaudio_core.narration import documents
from funaudio_core.narration.casting import cast_plan
from funaudio_core.narration.delivery import style_of
from funaudio_core.narration.model import Cast, Line, Options, Plan, Role
from funaudio_core.narration.narration import Narration
from funaudio_core.narration.planning import plan_book
from funaudio_core.narration.states import RUNNING
from funaudio_core.pipelines.synthesize import speak
from funaudio_core.runtime import jobs
from funaudio_core.runtime.background import BackgroundWorker, record_error, wake_workers
from funaudio_core.runtime.cancellation import raise_if_cancelled
from funaudio_core.runtime.jobs import Job
from funaudio_core.runtime.queue import Ticket
from funaudio_core.tasks import synthesis
from funaudio_core.tasks.cost import SYNTHESIS_COST, gpu_cost
from funaudio_core.types import Audio, SpeechChunk, SpeechRequest, Voice

__all__ = ["cast_plan", "plan_book"]
INTERNAL_ERROR = Message(
    "An internal error stopped the narration. What is finished is kept; press Continue to try again."
)
AUDITION = {
    "en": "Nobody believed the story at first. But you and I know that it is true, don't we?",
    "zh": "起初没有人相信这个故事。可是你我都知道，它是真的，对不对？",
}
HOUR_CHARACTERS = {True: 50_000, False: 16_000}  # of an hour of speech, by languages.is_spaced
log = logging.getLogger(__name__)


def create(plan: Plan, cast: Cast, options: Options | None = None, cover: bytes = b"") -> Narration:
    """Store a narration in the state RUNNING; see can_run_in_background().

    Raises:
        BadInput: The narration is longer than FUNAUDIO_NARRATION_HOURS, or the engine isn't available.
        FunAudioError: The disk is full, or the jobs take up all that they may.
    """
    hours = sum(chapter.characters for chapter in plan.chapters) / HOUR_CHARACTERS[is_spaced(plan.language)]
    most = settings.read().narration_hours
    if most and hours > most:
        raise BadInput(
            "These chapters have about {hours:.1f} hours of speech; this server narrates up to {most:g}. "
            "Choose fewer chapters.",
            hours=hours,
            most=most,
        )
    made = Narration(documents.create(plan, cast, options or Options(), cover))
    wake_workers()
    return made


def open_narration(id_: str) -> Narration:
    """Return the narration with this id, whose lifetime starts anew. Raise BadInput if it doesn't exist any more."""
    job = jobs.get(id_)
    if job.request.get("kind") != documents.JOB_KIND:
        raise BadInput("This job has expired. Please start again.")
    job.touch()
    return Narration(job)


def can_run_in_background() -> bool:
    """Return whether narrations go on without the page: everywhere but on ZeroGPU, whose GPUs are lent to visitors.

    There the page calls make_next_part() for one part after the other.
    """
    return not zerogpu.is_zerogpu()


def start_background(join_queue: Callable[[], Ticket]) -> BackgroundWorker | None:
    """Make the narrations in the state RUNNING, those of before a restart too; None if that isn't possible.

    Args:
        join_queue: Returns a ticket of the queue at its lowest place.
    """
    if not can_run_in_background():
        return None
    worker = BackgroundWorker(_running_jobs, _make_next_part, join_queue)
    worker.start()
    return worker


def wake() -> None:
    """Let the background look for work now; a narration that is created, resumed or changed does that by itself."""
    wake_workers()


def make_next_part(id_: str) -> bool:
    """Make and save the next part of a narration in the state RUNNING; return whether there was one to make."""
    job = open_narration(id_).job
    with job.lock():
        return _make_next_part(job)


def narrate_now(plan: Plan, cast: Cast, options: Options | None = None) -> Narration:
    """Store a short narration and make all of it at once; the caller deletes it. See create() for the errors."""
    made = Narration(documents.create(plan, cast, options or Options(), b""))
    made.pause()  # the background leaves it alone
    while (work := made.next_work()) is not None:
        raise_if_cancelled()
        made.make(work, _Engines(cast.engine))
    return made


def audition(role: Role, cast: Cast, words: str = "", voice: Voice | None = None) -> SpeechRequest:
    """Return a request for synthesis.speak() that lets a role be heard.

    Args:
        role: The role.
        cast: Its cast.
        words: Text; "" for a sentence of our own.
        voice: Voice of a clip; None for the role's voice of the engine.
    """
    setting = documents.make_setting(cast.language, cast, Options())
    said = words or AUDITION.get(cast.language, AUDITION["en"])
    line = Line(said, 0, "paragraph", role.name)
    heard = voice or voice_catalog.get_voice(role.voice, setting.spec.name, cast.language)
    return SpeechRequest(said, cast.language, heard, style_of(line, role, setting.options, setting.spec))


def _running_jobs() -> list[Job]:
    found = []
    for job in jobs.find_all(documents.JOB_KIND):
        try:
            if Narration(job).state == RUNNING:
                found.append(job)
        except BadInput:  # deleted meanwhile
            continue
    return found


def _make_next_part(job: Job) -> bool:
    """Make the next part. An error stops the narration, which keeps its reason."""
    narration = Narration(job)
    with record_error(narration.fail, INTERNAL_ERROR):
        if narration.state != RUNNING or (work := narration.next_work()) is None:
            return False
        narration.make(work, _Engines(narration.cast().engine))
    return True


class _Engines:
    """Engines that narrate."""

    def __init__(self, engine: str) -> None:
        self._engine = engine

    def speak(self, requests: Sequence[SpeechRequest]) -> Iterator[tuple[int, SpeechChunk]]:
        """Yield the chunks of several requests, with the number of their request."""
        return speak_lines(tuple(requests), self._engine)

    def listen(self, clip: Audio, language: str) -> str | None:
        """Return what is understood of a clip; None if the language isn't recognized."""
        return synthesis.transcribe_take(clip, language)


@gpu_task(
    lambda of: gpu_cost(
        [selection.resolve(registry.SYNTHESIZERS, of["engine"])],
        SYNTHESIS_COST[0] + SYNTHESIS_COST[1] * sum(len(request.text) for request in of["requests"]),
    )
)
def speak_lines(requests: tuple[SpeechRequest, ...], engine: str = "") -> Iterator[tuple[int, SpeechChunk]]:
    """Yield watermarked speech of several requests, with the number of their request, in one call.

    A text that can't be spoken in its language has no chunks.
    """
    synthesizer = loader.load(selection.resolve(registry.SYNTHESIZERS, engine))
    watermarker = selection.load_default(registry.WATERMARKERS)
    for number, request in enumerate(requests):
        try:
            for chunk in speak(request, synthesizer, watermarker):
                yield number, chunk
        except BadInput as error:
            log.warning("a line was left out: %s", error)
