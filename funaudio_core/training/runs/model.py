"""Types of a run besides those of `training.words`: its plan, the clips, the stored progress and the state."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from funaudio_core.message import Message
from funaudio_core.training.words.model import Measures, PlannedSentence

# States. SPEAKING and TRAINING are those in which the background works.
SPEAKING = "speaking"  # the clips are made
REVIEW = "review"  # the clips are made, and the visitor looks at them
TRAINING = "training"
STOPPED = "stopped"  # by the visitor
FINISHED = "finished"
FAILED = "failed"  # by an error
ACTIVE_STATES = (SPEAKING, TRAINING)

BY_VISITOR = "visitor"  # reason for which a clip isn't kept, besides those of clip_rows.REASONS


@dataclass(frozen=True, slots=True)
class RunPlan:
    """Names and terms to learn, and the sentences that are spoken with them.

    Attributes:
        terms: The names and terms.
        language: Code of the language of the sentences.
        sentences: Sentences to learn from, each with its voice.
        max_minutes: Longest training.
        has_review: The run waits between the clips and the training until it is told to go on.
    """

    terms: tuple[str, ...]
    language: str
    sentences: tuple[PlannedSentence, ...]
    max_minutes: float
    has_review: bool = True

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        """Return the plan that dataclasses.asdict() made a row of."""
        sentences = tuple(PlannedSentence(**each) for each in row["sentences"])
        return cls(**{**row, "terms": tuple(row["terms"]), "sentences": sentences})


@dataclass(frozen=True, slots=True)
class Upload:
    """Recording that the visitor uploaded.

    Attributes:
        path: Its file.
        name: Name of the file for people.
        text: Words that are said; "" to have them recognized.
    """

    path: Path
    name: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Clip:
    """Clip of a run.

    Attributes:
        number: Number in the run, from 0.
        text: Words that are said.
        source: Name of the voice, or of the visitor's file.
        is_own: It is of a recording of the visitor's.
        seconds: Length.
        is_kept: It is used for training.
        reason: Key of clip_rows.REASONS or BY_VISITOR for a clip that isn't kept, or "".
    """

    number: int
    text: str
    source: str
    is_own: bool
    seconds: float
    is_kept: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Epoch:
    """State after a pass over the clips; number 0 is before the training.

    Attributes:
        number: Number of the pass.
        step: Steps so far.
        held_out_loss: Loss of the held-out clips.
        measures: Measures on them.
        is_best: The best state so far.
    """

    number: int
    step: int
    held_out_loss: float
    measures: Measures
    is_best: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a training.

    Attributes:
        phase: Current piece of work, see words.model.Phase; "" before the first.
        done: Clips, steps or sentences that are done in this phase.
        total: All of this phase; training may end earlier.
        losses: (step, loss) of the training clips.
        epochs: Epochs so far.
        seconds_left: Estimated time by the clock; None if it is unknown.
    """

    phase: str = ""
    done: int = 0
    total: int = 0
    losses: tuple[tuple[int, float], ...] = ()
    epochs: tuple[Epoch, ...] = ()
    seconds_left: float | None = None

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        """Return the progress that dataclasses.asdict() made a row of."""
        losses = tuple((int(step), float(loss)) for step, loss in row["losses"])
        epochs = tuple(Epoch(**{**each, "measures": Measures(**each["measures"])}) for each in row["epochs"])
        return cls(**{**row, "losses": losses, "epochs": epochs})


@dataclass(frozen=True, slots=True)
class RunStatus:
    """State of a run for a page.

    Attributes:
        state: One of the states.
        message: Reason for FAILED, else "".
        clips: Clips that are made.
        total_clips: All clips, without those of recordings.
        progress: Progress of the training.
        is_waiting: The run waits until others are done.
    """

    state: str
    message: Message
    clips: int
    total_clips: int
    progress: Progress = field(default_factory=Progress)
    is_waiting: bool = False
