"""Types of "my words": what is learned, the clips, the progress and the result. No PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from funaudio_core.types import Audio

# "training": clips to learn from. "held-out": clips with the terms that are only measured. "general": without the
# terms, to learn from, so that nothing else is forgotten. "general-held-out": without the terms, only measured.
Purpose = Literal["training", "held-out", "general", "general-held-out"]
LEARNING_RATE, EPOCHS, MAX_MINUTES = 5e-4, 6, 30.0  # defaults
Phase = Literal["speaking", "features", "training", "checking", "merging"]


@dataclass(frozen=True, slots=True)
class PlannedSentence:
    """Sentence that one of our voices speaks.

    Attributes:
        text: The sentence.
        voice: Preset of the voice.
        purpose: Use of the clip.
        term: The name or term in it; "" if it has none.
    """

    text: str
    voice: str
    purpose: Purpose
    term: str = ""


@dataclass(frozen=True, slots=True)
class WordsPlan:
    """Names and terms to learn, and the sentences that are spoken with them.

    Attributes:
        terms: The names and terms, checked.
        language: Code of the language of the sentences.
        sentences: All sentences, in the order in which they are spoken.
    """

    terms: tuple[str, ...]
    language: str
    sentences: tuple[PlannedSentence, ...]

    @property
    def training(self) -> tuple[PlannedSentence, ...]:
        """Return the sentences to learn from."""
        return tuple(sentence for sentence in self.sentences if not is_held_out(sentence.purpose))

    @property
    def held_out(self) -> tuple[PlannedSentence, ...]:
        """Return the sentences that are only measured; their carriers and voices don't occur in training."""
        return tuple(sentence for sentence in self.sentences if is_held_out(sentence.purpose))


@dataclass(frozen=True, eq=False, slots=True)
class WordsClip:
    """Clip with its words.

    Attributes:
        sound: The clip, of at most MAX_CLIP_SECONDS.
        text: Words that are said, with punctuation.
        name: Name for people.
    """

    sound: Audio
    text: str
    name: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class WordsRequest:
    """Request to train.

    Attributes:
        terms: The names and terms.
        language: Code of the language.
        clips: Clips to learn from, such as spoken sentences that somebody has looked through; None to have all
            sentences of the plan spoken. Held-out sentences are always spoken.
        own_clips: The visitor's own clips, to learn from in addition.
        title: Name of the adapter for people; "" for one made of the terms.
        learning_rate: Of Adam.
        epochs: Passes over the clips, at most.
        max_minutes: Longest training; the best state so far is kept.
        seed: Seed of all random draws.
    """

    terms: tuple[str, ...]
    language: str
    clips: tuple[WordsClip, ...] | None = None
    own_clips: tuple[WordsClip, ...] = ()
    title: str = ""
    learning_rate: float = LEARNING_RATE
    epochs: int = EPOCHS
    max_minutes: float = MAX_MINUTES
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Measures:
    """Measures on held-out clips.

    Attributes:
        names_right: Share of the clips in which the name or term is right, 0 to 1.
        error_rate: Word error rate of the sentences with them (characters in languages without spaces).
        general_error_rate: Error rate of sentences without them.
    """

    names_right: float
    error_rate: float
    general_error_rate: float


@dataclass(frozen=True, slots=True)
class HeldOutText:
    """Held-out sentence with what the base and the adapter recognize.

    Attributes:
        number: Number among WordsPlan.held_out, from 0; its sound is held_out_clip() of it.
        reference: Words that are said.
        before: Recognized by the base.
        after: Recognized with the best adapter so far.
        term: The name or term in it; "" if it has none.
    """

    number: int
    reference: str
    before: str
    after: str
    term: str = ""


@dataclass(frozen=True, slots=True)
class TermResult:
    """Name or term with the number of held-out clips in which it is spoken, and in which it is right."""

    term: str
    spoken: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class WordsResult:
    """Result of a training.

    Attributes:
        engine: Name of the recognizer, "words-" and an unguessable id, for pickers.
        title: Its name for people.
        adapter: Folder of the adapter, which the recognizer is loaded from.
        adapter_bytes: Size of the adapter file.
        before: Measures of the base.
        after: Measures with the adapter.
        terms: Result for each name and term.
        texts: Held-out sentences.
        epochs: Passes over the clips; the best of them is kept.
        date: Day on which it was made, ISO 8601.
    """

    engine: str
    title: str
    adapter: Path
    adapter_bytes: int
    before: Measures
    after: Measures
    terms: tuple[TermResult, ...]
    texts: tuple[HeldOutText, ...]
    epochs: int
    date: str


@dataclass(frozen=True, slots=True)
class WordsProgress:
    """Progress of a training.

    Attributes:
        phase: Current piece of work.
        done: Clips, steps or sentences that are done in this phase.
        total: All of this phase; training may end earlier.
        epoch: Passes over the clips that are done.
        losses: Losses of the last step: "total" and its parts; {} outside of training.
        held_out_loss: Loss of the held-out clips behind an epoch, and before the first; else None.
        measures: Measures at the same times; else None.
        is_best: The state at these measures is the best so far.
        texts: What is recognized at these measures.
        seconds_left: Of all phases together; None while an estimate would be a guess.
        result: The result, in the last progress alone.
    """

    phase: Phase
    done: int
    total: int
    epoch: int = 0
    losses: Mapping[str, float] = field(default_factory=dict)
    held_out_loss: float | None = None
    measures: Measures | None = None
    is_best: bool = False
    texts: tuple[HeldOutText, ...] = ()
    seconds_left: float | None = None
    result: WordsResult | None = None


@dataclass(frozen=True, slots=True)
class WordsCost:
    """Cost of a training before its start.

    Attributes:
        clips: Clips to learn from.
        seconds: Time of everything that is left to do, by the clock, on two idle cores.
        memory_bytes: Memory beyond that of the running app.
        disk_bytes: Disk space of the folder.
    """

    clips: int
    seconds: float
    memory_bytes: int
    disk_bytes: int


def is_held_out(purpose: Purpose) -> bool:
    """Return whether clips of a purpose are only measured."""
    return purpose.endswith("held-out")
