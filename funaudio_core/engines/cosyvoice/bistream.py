"""Speech tokens while the text is still being written: in turns, five tokens of text and fifteen of speech.

Knows neither words nor sound. The model was trained on this order beside the one of `decode`, and says the same text
another way in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice.decode import LEAST, MOST, require_numbers
from funaudio_core.engines.cosyvoice.lm import Cache, SpeechLanguageModel
from funaudio_core.engines.cosyvoice.sampler import MEMORY, Chances, allowed, draw
from funaudio_core.engines.cosyvoice.silence_filter import Silences
from funaudio_core.errors import BadInput
from funaudio_core.runtime import cancellation

TEXT, SPEECH = 5, 15  # tokens of each in a turn (CosyVoice's mix ratio)
PATIENCE = 2 * TEXT  # tokens of text that speech may wait for beyond its own
_PLACES = 1024  # that a cache begins with; it is doubled whenever it is full


@dataclass(frozen=True, slots=True)
class PromptPrefix:
    """What stands in front of a text, as ids.

    lead: in front of everything, up to the end of the prompt's instruction. transcript, speech: of a clip, () for none.
    """

    lead: tuple[int, ...] = ()
    transcript: tuple[int, ...] = ()
    speech: tuple[int, ...] = ()

    def soon(self) -> PromptPrefix:
        """The same, without the clip where it would keep its voice silent for more than PATIENCE tokens of text.

        Its speech comes in turns with text as well, three tokens for one, where most languages have about seven: what
        is to be said would be read far ahead before the first of it is spoken.
        """
        ahead = -(-len(self.speech) // SPEECH) * TEXT - len(self.transcript)
        return PromptPrefix(self.lead) if ahead > PATIENCE else self


NOTHING = PromptPrefix()


class _Voice:
    """The model along one growing sequence, with its cache and its draws."""

    def __init__(self, model: SpeechLanguageModel, seed: int) -> None:
        self.said = 0  # speech tokens
        self._model, self._chances = model, Chances(seed)
        self._cache = Cache(model.layout, 1, _PLACES, model.head.weight)
        self._length, self._drawn = 0, 0
        self._recent = torch.full((1, MEMORY), -1, device=model.head.weight.device)
        self._fresh: list[Tensor] = []  # rows that the model has not read

    def text(self, ids: Sequence[int]) -> None:
        self._fresh.append(self._model.text(self._ids(ids)))

    def speech(self, ids: Sequence[int]) -> None:
        self._fresh.append(self._model.speech(self._ids(ids)))

    def mark(self, id_: int) -> None:
        self._fresh.append(self._model.marks(self._ids((id_,))))

    def read(self) -> Tensor:
        """Logits (1, ids) behind everything that was put in."""
        rows = torch.cat(self._fresh)
        self._fresh = []
        begin, self._length = self._length, self._length + len(rows)
        if self._length > self._model.layout.longest:
            raise BadInput(
                "Text and prompt are too long ({count:,} tokens; the limit of CosyVoice is {most:,}). Shorten them.",
                count=self._length,
                most=self._model.layout.longest,
            )
        while self._length > self._cache.places:
            self._cache = self._cache.doubled()
        places = torch.arange(begin, self._length, device=rows.device)[None]
        return self._model.logits(self._model(rows[None], places, self._cache, self._length)[:, -1])

    def draw(self, logits: Tensor, special: int, may: bool) -> int:
        """A speech token, or the special id where it may come."""
        cancellation.raise_if_cancelled()
        require_numbers(logits)
        given = allowed(logits, special, torch.tensor([may], device=logits.device), self._model.layout)
        token = int(draw(given, self._recent, self._chances.next(1).to(logits.device)))
        self.remember(token)
        return token

    def remember(self, token: int) -> None:
        """The token counts as one of the last, drawn or not."""
        self._recent[0, self._drawn % MEMORY] = token
        self._drawn += 1

    def say(self, token: int) -> None:
        self.speech((token,))
        self.said += 1

    def _ids(self, ids: Sequence[int]) -> Tensor:
        return torch.tensor(tuple(ids), dtype=torch.long, device=self._model.head.weight.device)


@torch.inference_mode()
def stream(
    model: SpeechLanguageModel,
    text: Iterable[int],
    before: PromptPrefix = NOTHING,
    seed: int = 0,
    silences: AbstractSet[int] = frozenset(),
) -> Iterator[int]:
    """Speech tokens in [0, codes) as soon as enough of the text has been read from its iterator.

    seed: of the draws. silences: as in decode.stream(). Raises BadInput where the text is empty or too long, what its
    iterator raises, stopping.Stopped between two tokens where nobody waits any more. Thread-safe likewise.
    """
    voice, pauses = _Voice(model, seed), Silences(silences)
    voice.mark(model.layout.start)
    voice.text(before.lead)
    waiting, prompt, written = list(before.transcript), list(before.speech), 0
    room = SPEECH - len(before.speech) % SPEECH  # speech tokens to the end of this turn
    hungry = True  # it lacks text
    for id_ in text:
        waiting.append(id_)
        written += 1
        while len(waiting) >= TEXT and prompt:
            voice.text(waiting[:TEXT])
            voice.speech(prompt[:SPEECH])
            del waiting[:TEXT], prompt[:SPEECH]
            hungry = False
        while not prompt and (not hungry or len(waiting) >= TEXT):
            if hungry:
                voice.text(waiting[:TEXT])
                del waiting[:TEXT]
            yield from filter(pauses.heard, _turn(voice, room, model.layout.fill_token_id))
            room, hungry = SPEECH, True
    if not written:
        raise BadInput("There is no text to speak. Enter some text first.")
    voice.text(waiting)
    voice.mark(model.layout.task_token_id)
    voice.speech(prompt)
    yield from filter(pauses.heard, _rest(voice, written, model.layout.end))


def _turn(voice: _Voice, room: int, fill: int) -> Iterator[int]:
    """At most `room` speech tokens, until the model asks for more text."""
    for _ in range(room):
        token = voice.draw(voice.read(), fill, may=True)
        if token == fill:
            return
        voice.say(token)
        yield token
    voice.read()  # the last token has its place before the text that follows, though nothing is drawn from it
    voice.remember(fill)


def _rest(voice: _Voice, written: int, end: int) -> Iterator[int]:
    """Speech tokens after the last of the text, until the end or the greatest length."""
    while voice.said < MOST * written:
        token = voice.draw(voice.read(), end, may=voice.said >= LEAST * written)
        if token == end:
            return
        voice.say(token)
        yield token
