"""Systems under evaluation: an engine with its options, which turns an item into a result."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Protocol

from funaudio_core.engines import registry, selection, voice_catalog
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput
from funaudio_core.evaluation.items import Item
from funaudio_core.evaluation.results import Result
from funaudio_core.tasks import recognition, synthesis
from funaudio_core.types import Audio, Transcript, Voice

RECOGNITION, SYNTHESIS = "recognition", "synthesis"
TASKS = (RECOGNITION, SYNTHESIS)


class System(Protocol):
    """System under evaluation."""

    @property
    def name(self) -> str:
        """Name in tables."""

    @property
    def task(self) -> str:
        """Name of the task."""

    @property
    def settings(self) -> dict[str, Any]:
        """Options as plain values."""

    def engine(self) -> EngineSpec[Any]:
        """Return the engine. Raise BadInput if there is none of that name."""

    def process(self, item: Item, clip: Audio | None) -> tuple[Result, Audio | None]:
        """Return the result for an item, and the take if the system speaks.

        Args:
            item: The item.
            clip: Its recording, decoded; None for an item without one.

        Raises:
            FunAudioError: The item can't be processed.
        """


@dataclass(frozen=True, slots=True)
class RecognitionSystem:
    """Recognizer, by its name in the registry; "" for the default."""

    engine_name: str = ""
    hotwords: tuple[str, ...] = ()
    task: str = field(default=RECOGNITION, init=False)

    @property
    def name(self) -> str:
        """Return the title of the engine."""
        return self.engine().title

    @property
    def settings(self) -> dict[str, Any]:
        """Return the options."""
        return {"hotwords": list(self.hotwords)}

    def engine(self) -> EngineSpec[Any]:
        """Return the engine."""
        return selection.resolve(registry.RECOGNIZERS, self.engine_name)

    def process(self, item: Item, clip: Audio | None) -> tuple[Result, Audio | None]:
        """Transcribe the recording; a recording without speech has an empty transcript."""
        if clip is None:
            raise BadInput("{id} has no recording.", id=item.id)
        options = RecognitionOptions(language=item.language or None, hotwords=self.hotwords)
        start, first, found = time.perf_counter(), None, None
        for found in recognition.transcribe_long(clip, options, self.engine().name):
            if first is None and found.segments:
                first = time.perf_counter() - start
        seconds = time.perf_counter() - start
        result = Result(
            id=item.id,
            language=item.language or _language(found),
            reference=item.text,
            hypothesis=found.text if found and found.segments else "",
            audio_seconds=clip.duration,
            compute_seconds=seconds,
            first_seconds=first,
            emotion=found.emotion.label if found and found.emotion else "",
            tags=item.result_tags,
        )
        return result, None


@dataclass(frozen=True, slots=True)
class SynthesisSystem:
    """Synthesizer with a voice, by their names; "" for the default.

    Attributes:
        clip: Voice of a clip, in place of one with a name.
    """

    engine_name: str = ""
    voice: str = ""
    seed: int = 0
    clip: Voice | None = None
    task: str = field(default=SYNTHESIS, init=False)

    @property
    def name(self) -> str:
        """Return the title of the engine, and the voice if it isn't the default."""
        title = self.engine().title
        return f"{title} ({self.voice})" if self.voice else title

    @property
    def settings(self) -> dict[str, Any]:
        """Return the options."""
        return {"voice": self.voice, "seed": self.seed}

    def engine(self) -> EngineSpec[Any]:
        """Return the engine."""
        return selection.resolve(registry.SYNTHESIZERS, self.engine_name)

    def process(self, item: Item, clip: Audio | None) -> tuple[Result, Audio | None]:  # noqa: ARG002  (not needed)
        """Speak the text, and hear it again with the recognizer of the self-check."""
        language = item.language or "en"
        engine = self.engine().name
        voice = self.clip or voice_catalog.get_voice(self.voice, engine, language)
        request = synthesis.speech_request(item.text, language, voice, engine, seed=self.seed)
        take = synthesis.speak_take(request, engine)
        report = synthesis.self_check(take, request)
        if report.error_rate is None:
            raise BadInput("No recognizer could check the speech of {id}.", id=item.id)
        result = Result(
            id=item.id,
            language=language,
            reference=item.text,
            hypothesis=report.heard,
            audio_seconds=take.audio.duration,
            compute_seconds=take.seconds,
            first_seconds=take.first_audio,
            similarity=report.similarity,
            tags=item.result_tags,
        )
        return result, take.audio


def make_system(task: str, engine: str, voice: str = "", seed: int = 0, hotwords: tuple[str, ...] = ()) -> System:
    """Return the system of a task. Raise BadInput for another task."""
    if task == RECOGNITION:
        return RecognitionSystem(engine, hotwords)
    if task == SYNTHESIS:
        return SynthesisSystem(engine, voice, seed)
    raise BadInput("There is no task {task!r}. Choose one of: {tasks}.", task=task, tasks=TASKS)


def _language(transcript: Transcript | None) -> str:
    return transcript.language if transcript and transcript.segments else ""
