"""Recognizers that hear every clip under a condition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from funaudio_core import audio
from funaudio_core.engines.protocols import RECOGNITION_RATE
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput
from funaudio_core.evaluation.conditions.catalog import Strength
from funaudio_core.evaluation.items import Item
from funaudio_core.evaluation.results import Result
from funaudio_core.evaluation.systems import RECOGNITION, System
from funaudio_core.types import Audio


@dataclass(frozen=True, slots=True)
class ConditionedSystem:
    """Recognizer before which each clip, at RECOGNITION_RATE, is put under a condition."""

    inner: System
    strength: Strength

    @property
    def name(self) -> str:
        """Return the name of the recognizer."""
        return self.inner.name

    @property
    def task(self) -> str:
        """Return the task of the recognizer."""
        return self.inner.task

    @property
    def settings(self) -> dict[str, Any]:
        """Return the options of the recognizer, and the condition."""
        return {**self.inner.settings, "condition": self.strength.settings()}

    def engine(self) -> EngineSpec[Any]:
        """Return the engine of the recognizer."""
        return self.inner.engine()

    def process(self, item: Item, clip: Audio | None) -> tuple[Result, Audio | None]:
        """Transcribe the recording under the condition."""
        if clip is None:
            raise BadInput("{id} has no recording.", id=item.id)
        return self.inner.process(item, self.strength.apply(audio.resample(clip, RECOGNITION_RATE), item.id))


def under_conditions(system: System, strengths: tuple[Strength, ...]) -> tuple[System, ...]:
    """Return a recognizer with clips as they are, then under each condition. Raise BadInput for another task."""
    if system.task != RECOGNITION:
        raise BadInput("Conditions are for recordings. Choose the task {task}.", task=RECOGNITION)
    return system, *(ConditionedSystem(system, strength) for strength in strengths)
