"""Clips of a training before the encoder: which there are, where their sound is, and whether they can be used."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from funaudio_core.audio import is_silent
from funaudio_core.errors import BadInput
from funaudio_core.training.words import clips
from funaudio_core.training.words.model import PlannedSentence, WordsClip, WordsPlan, WordsRequest, is_held_out
from funaudio_core.types import Audio

CLIPS_FOLDER = "clips"  # with the spoken sentences
MIN_CLIP_SECONDS, MAX_CLIP_SECONDS = 0.5, 14.0  # a window of the recognizer has 15 s, with a blank second at its end


@dataclass(frozen=True, eq=False, slots=True)
class ClipSource:
    """Clip to learn from or to measure.

    Attributes:
        name: Unique name, also of its files.
        text: Words that are said.
        title: Name for people.
        sentence: The sentence, if one of our voices speaks it.
        sound: The sound, if it was given.
    """

    name: str
    text: str
    title: str
    sentence: PlannedSentence | None = None
    sound: Audio | None = None

    @property
    def is_held_out(self) -> bool:
        """Return whether it is only measured."""
        return self.sentence is not None and is_held_out(self.sentence.purpose)

    def load(self, folder: Path) -> Audio:
        """Return the sound. folder: Folder of the spoken sentences."""
        return self.sound if self.sound is not None else clips.load_sound(self.sound_path(folder))

    def sound_path(self, folder: Path) -> Path:
        """Return the file of the spoken sentence."""
        return folder / f"{self.name}.npy"


def list_sources(plan: WordsPlan, request: WordsRequest) -> list[ClipSource]:
    """Return all clips of a training, those that are spoken first.

    Raises:
        BadInput: A given clip can't be used.
    """
    spoken = plan.training if request.clips is None else ()
    return [
        *_spoken("training", spoken),
        *_spoken("held-out", plan.held_out),
        *_given("clip", request.clips or ()),
        *_given("own", request.own_clips),
    ]


def held_out_name(number: int) -> str:
    """Return the name of a held-out clip."""
    return f"held-out-{number:03}"


def digest(plan: WordsPlan, request: WordsRequest) -> str:
    """Return a hash of everything that decides the result of a training, except for its time limit."""
    given = [
        (clip.text, hashlib.sha256(clip.sound.samples.tobytes()).hexdigest(), clip.sound.rate)
        for clip in (*(request.clips or ()), *request.own_clips)
    ]
    course = [asdict(plan), given, request.learning_rate, request.epochs, request.seed]
    return hashlib.sha256(json.dumps(course, sort_keys=True).encode()).hexdigest()


def _spoken(kind: str, sentences: Sequence[PlannedSentence]) -> Iterator[ClipSource]:
    for number, sentence in enumerate(sentences):
        yield ClipSource(f"{kind}-{number:03}", sentence.text, sentence.text, sentence)


def _given(kind: str, given: Sequence[WordsClip]) -> Iterator[ClipSource]:
    for number, clip in enumerate(given):
        title = clip.name or f"{kind} {number + 1}"
        if not MIN_CLIP_SECONDS <= clip.sound.duration <= MAX_CLIP_SECONDS:
            raise BadInput(
                "{clip} has {seconds:.1f} s. A clip to learn from has {least:g} to {most:g} s. Cut it or leave it out.",
                clip=title,
                seconds=clip.sound.duration,
                least=MIN_CLIP_SECONDS,
                most=MAX_CLIP_SECONDS,
            )
        if not clip.text.strip() or is_silent(clip.sound):
            raise BadInput("{clip} is silent or has no words. Write what is said, or leave it out.", clip=title)
        yield ClipSource(f"{kind}-{number:03}", clip.text.strip(), title, sound=clip.sound)
