"""Token ids to text, words and rich tags. Knows the vocabulary file and nothing of sound or models."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.sensevoice import prompt_rows
from funaudio_core.engines.sensevoice.ctc import Token
from funaudio_core.engines.sensevoice.word_times import merge
from funaudio_core.labels import EMOTIONS, EVENTS, UNKNOWN_EMOTION_TAGS, UNKNOWN_EVENT_TAGS, Label
from funaudio_core.types import Emotion, Word

_TAG = re.compile(r"<\|([^|<>]*)\|>")
_LANGUAGE, _EMOTION, _EVENT = range(3)  # rows of tags; the fourth says written or spoken form, as was asked for


@dataclass(frozen=True, slots=True)
class Tags:
    """What was heard beside the words.

    language: code, with its probability among the languages. event: (code of labels.EVENTS, probability), None for
    plain speech or where the model can't tell; emotion: None likewise.
    """

    language: str
    language_probability: float
    emotion: Emotion | None
    event: tuple[str, float] | None


class Vocabulary:
    """The SentencePiece model of a checkpoint. Thread-safe: it only reads."""

    def __init__(self, path: Path) -> None:
        from sentencepiece import SentencePieceProcessor

        self._pieces = SentencePieceProcessor(model_file=str(path))
        self.size = int(self._pieces.get_piece_size())
        found = ((id_, _TAG.fullmatch(self._pieces.id_to_piece(id_))) for id_ in range(self.size))
        self.tags: dict[str, int] = {tag[1]: id_ for id_, tag in found if tag}
        marks = (id_ for id_ in range(self.size) if self._pieces.is_control(id_) or self._pieces.is_unknown(id_))
        self._silent = frozenset((*self.tags.values(), *marks))
        self._languages = self._choices({code: code for code in prompt_rows.LANGUAGES}, ())
        self._emotions = self._choices(_by_tag(EMOTIONS), UNKNOWN_EMOTION_TAGS)
        self._events = self._choices(_by_tag(EVENTS), UNKNOWN_EVENT_TAGS)

    def text(self, ids: Iterable[int]) -> str:
        """What the ids spell, without any tag."""
        return _TAG.sub("", str(self._pieces.decode([id_ for id_ in ids if id_ not in self._silent]))).strip()

    def read_tags(self, logits: NDArray[np.float32], among: frozenset[str] = frozenset()) -> Tags:
        """The tags behind logits of the query rows, float32 (4, size). among: the only languages to think of."""
        offered = {code: id_ for code, id_ in self._languages.items() if not among or code in among}
        language, sure = _likeliest(logits[_LANGUAGE], offered)
        feeling, confidence = _likeliest(logits[_EMOTION], self._emotions)
        event, score = _likeliest(logits[_EVENT], self._events)
        return Tags(
            language,
            sure,
            Emotion(feeling, confidence, basis="tags") if feeling in EMOTIONS else None,
            (event, score) if event in EVENTS and event != "speech" else None,
        )

    def words(self, tokens: Iterable[Token], row: float) -> tuple[Word, ...]:
        """The words of a clip, in seconds from its start; `row` seconds lie between two rows. Tags are left out."""
        told = [(self._pieces.id_to_piece(token.id), token) for token in tokens if token.id not in self._silent]
        merged = ((word, _TAG.sub("", word.text)) for word in merge(told, row))
        return tuple(replace(word, text=text) for word, text in merged if text)

    def _choices(self, codes: dict[str, str], untold: tuple[str, ...]) -> dict[str, int]:
        """Code -> id for the tags that this vocabulary has; tags without a code stand for themselves."""
        wanted = {**codes, **{tag: tag for tag in untold}}
        return {code: self.tags[tag] for tag, code in wanted.items() if tag in self.tags}


def _by_tag(labels: dict[str, Label]) -> dict[str, str]:
    return {label.tag: label.code for label in labels.values()}


def _likeliest(logits: NDArray[np.float32], choices: dict[str, int]) -> tuple[str, float]:
    """The choice with the highest logit, and its probability among the choices."""
    values = logits[list(choices.values())]
    best = int(values.argmax())
    return list(choices)[best], float(1 / np.exp(values - values[best]).sum())
