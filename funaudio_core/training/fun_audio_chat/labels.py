"""Labels of Fun-Audio-Chat's training: text and speech codes of each position, as published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.cosyvoice.features import Float
from funaudio_core.engines.fun_audio_chat.config import CONTEXT_POSITIONS, GROUP_SIZE
from funaudio_core.errors import BadInput

Int = NDArray[np.int64]
IGNORED = -100  # label of a position that has no part in the loss
NO_TEXT = -1  # instead of a token of text that goes with a sound


@dataclass(frozen=True, slots=True)
class SpecialIds:
    """Ids that labels are made of.

    Attributes:
        audio: Text token that stands for a position of a sound.
        audio_eos: Text token behind a sound.
        silence: Text token that goes with speech beyond its text.
        fillers: Text tokens that become `silence` in the text of a reply: padding and the end of a turn.
        code_pad: Code that fills the last group.
        code_eos: Code that ends speech.
        num_codes: Number of codes with the special ones.
        num_tokens: Number of text tokens.
    """

    audio: int
    audio_eos: int
    silence: int
    fillers: frozenset[int]
    code_pad: int
    code_eos: int
    num_codes: int
    num_tokens: int


@dataclass(frozen=True, eq=False, slots=True)
class ChatSound:
    """Clip that the model hears, or speech of a reply.

    Attributes:
        positions: Positions of the language model that it takes.
        mel: log_mel() of a clip that is heard, float32 (128, frames); None for speech of a reply.
        codes: Codes of the speech of a reply, with those of the delay; () for a clip that is heard.
        text: Tokens of text that go with it; None if it has no text.
    """

    positions: int
    mel: Float | None = None
    codes: tuple[int, ...] = ()
    text: tuple[int, ...] | None = None


@dataclass(frozen=True, eq=False, slots=True)
class ChatItem:
    """Conversation to learn from.

    Attributes:
        name: Name in messages.
        ids: Text tokens, int64 (length,); SpecialIds.audio at each position of a sound.
        is_target: Tokens that the model learns to say, bool (length,).
        sounds: Sounds in order.
    """

    name: str
    ids: Int
    is_target: NDArray[np.bool_]
    sounds: tuple[ChatSound, ...]


@dataclass(frozen=True, eq=False, slots=True)
class ChatLabels:
    """Labels of a conversation.

    Attributes:
        text: Text token to say at each position, IGNORED elsewhere; int64 (length,).
        codes: Codes to say at each position, IGNORED elsewhere; int64 (length, GROUP_SIZE).
        sound_text: Text token that goes with each position of a sound, NO_TEXT elsewhere; int64 (length,).
        groups: Codes of the replies, filled to whole groups, as input; int64 (groups, GROUP_SIZE).
    """

    text: Int
    codes: Int
    sound_text: Int
    groups: Int


def make_labels(item: ChatItem, special: SpecialIds) -> ChatLabels:
    """Return the labels of a conversation.

    At a position of a reply's speech stand its next text token and its next group of codes. Text that is longer than
    the speech is cut off; where it is shorter, silence follows. Codes that a last group lacks have no part in the loss.
    """
    text = np.where(item.is_target, item.ids, IGNORED)
    codes = np.full((len(item.ids), GROUP_SIZE), IGNORED)
    sound_text = np.full(len(item.ids), NO_TEXT)
    groups: list[Int] = []
    for sound, first in sound_places(item, special):
        place = slice(first, first + sound.positions)
        if sound.text is not None:
            sound_text[place] = _fit_text(sound.text, sound.positions, special)
        if sound.mel is None:
            groups.append(_fit_codes(sound, special.code_pad))
        spoken = _fit_codes(sound, IGNORED)
        codes[place] = np.where(item.is_target[place, None], spoken, IGNORED)
        text[place] = np.where(item.is_target[place] & (sound_text[place] != NO_TEXT), sound_text[place], IGNORED)
    codes[item.is_target & (item.ids == special.audio_eos)] = special.code_eos
    empty: Int = np.zeros((0, GROUP_SIZE), np.int64)
    return ChatLabels(text, codes, sound_text, np.concatenate([empty, *groups]))


def sound_places(item: ChatItem, special: SpecialIds) -> Iterator[tuple[ChatSound, int]]:
    """Yield each sound with its first position."""
    places = np.flatnonzero(item.ids == special.audio)
    used = 0
    for sound in item.sounds:
        yield sound, int(places[used])
        used += sound.positions


def check_item(item: ChatItem, special: SpecialIds) -> None:
    """Refuse a conversation on which training would fail.

    Raises:
        BadInput: The message names the conversation and the remedy.
    """
    if len(item.ids) > CONTEXT_POSITIONS:
        raise BadInput(
            "The conversation {name!r} is too long ({count} positions; at most {most}). Shorten it.",
            name=item.name,
            count=len(item.ids),
            most=CONTEXT_POSITIONS,
        )
    if not item.is_target.any():
        raise BadInput("The conversation {name!r} has no reply to learn from. Remove it.", name=item.name)
    for sound in item.sounds:
        if sound.mel is not None and not np.isfinite(sound.mel).all():
            raise BadInput("The conversation {name!r} has an invalid clip. Export it again.", name=item.name)
        if sound.codes and not 0 <= min(sound.codes) <= max(sound.codes) < special.num_codes:
            raise BadInput("The conversation {name!r} has speech codes out of range.", name=item.name)
    ids = [*item.ids.tolist(), *(token for sound in item.sounds for token in sound.text or ())]
    if not 0 <= min(ids) <= max(ids) < special.num_tokens:
        raise BadInput(
            "The conversation {name!r} has tokens that the model doesn't know. Use its own tokenizer.", name=item.name
        )
    if (item.ids == special.audio).sum() != sum(sound.positions for sound in item.sounds):
        raise BadInput("The conversation {name!r} has more or fewer sounds than its text names.", name=item.name)


def _fit_text(text: Sequence[int], positions: int, special: SpecialIds) -> Int:
    """Return the tokens that go with the positions of a sound."""
    fitted = np.full(positions, special.silence)
    cut = [special.silence if token in special.fillers else token for token in text[:positions]]
    fitted[: len(cut)] = cut
    return fitted


def _fit_codes(sound: ChatSound, filler: int) -> Int:
    """Return the codes of a sound in groups, the last one filled up."""
    fitted = np.full(sound.positions * GROUP_SIZE, filler)
    fitted[: len(sound.codes)] = sound.codes
    return fitted.reshape(-1, GROUP_SIZE)
