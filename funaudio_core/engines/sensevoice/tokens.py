"""Vocabulary: token ids to text, words, language, emotion and event."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.sensevoice.ctc import Token
from funaudio_core.engines.sensevoice.prompt import LANGUAGES
from funaudio_core.engines.sensevoice.word_times import merge_pieces
from funaudio_core.labels import EMOTIONS, EVENTS, UNKNOWN_EMOTION_TAGS, UNKNOWN_EVENT_TAGS, Label
from funaudio_core.types import Emotion, Word

_TAG = re.compile(r"<\|([^|<>]*)\|>")
# Rows of the tags' logits. The fourth repeats the requested form of the text.
_LANGUAGE_ROW, _EMOTION_ROW, _EVENT_ROW = range(3)


@dataclass(frozen=True, slots=True)
class Tags:
    """Language, emotion and event of a clip.

    Attributes:
        language: Code.
        language_probability: Among the languages.
        emotion: None if the model can't tell.
        event: Code of labels.EVENTS and its probability; None for plain speech or if the model can't tell.
    """

    language: str
    language_probability: float
    emotion: Emotion | None
    event: tuple[str, float] | None


class Vocabulary:
    """SentencePiece model of a checkpoint. Thread-safe: it only reads.

    Attributes:
        size: Number of pieces.
        tag_ids: Id of each tag, without its brackets.
    """

    def __init__(self, path: Path) -> None:
        """Read a SentencePiece model."""
        from sentencepiece import SentencePieceProcessor

        self._pieces = SentencePieceProcessor(model_file=str(path))
        self.size = int(self._pieces.get_piece_size())
        matches = ((id_, _TAG.fullmatch(self._pieces.id_to_piece(id_))) for id_ in range(self.size))
        self.tag_ids: dict[str, int] = {match[1]: id_ for id_, match in matches if match}
        special = (id_ for id_ in range(self.size) if self._pieces.is_control(id_) or self._pieces.is_unknown(id_))
        self._ids_without_text = frozenset((*self.tag_ids.values(), *special))
        self._languages = self._choices({code: code for code in LANGUAGES}, ())
        self._emotions = self._choices(_codes_by_tag(EMOTIONS), UNKNOWN_EMOTION_TAGS)
        self._events = self._choices(_codes_by_tag(EVENTS), UNKNOWN_EVENT_TAGS)

    def text(self, ids: Iterable[int]) -> str:
        """Return the text of ids, without tags."""
        return _TAG.sub("", str(self._pieces.decode([id_ for id_ in ids if id_ not in self._ids_without_text]))).strip()

    def encode(self, text: str) -> tuple[int, ...]:
        """Return the ids of a text; the brackets of tags in it are removed."""
        return tuple(int(id_) for id_ in self._pieces.encode(_TAG.sub(r"\1", text)))

    def read_tags(self, tag_logits: NDArray[np.float32], candidate_languages: frozenset[str] = frozenset()) -> Tags:
        """Return the most probable tags.

        Args:
            tag_logits: Of the prompt's rows, float32 (PROMPT_ROWS, size).
            candidate_languages: Codes that the language is chosen from; empty for all.
        """
        languages = {
            code: id_ for code, id_ in self._languages.items() if not candidate_languages or code in candidate_languages
        }
        language, language_probability = _most_probable(tag_logits[_LANGUAGE_ROW], languages)
        emotion, emotion_probability = _most_probable(tag_logits[_EMOTION_ROW], self._emotions)
        event, event_probability = _most_probable(tag_logits[_EVENT_ROW], self._events)
        return Tags(
            language,
            language_probability,
            Emotion(emotion, emotion_probability, basis="tags") if emotion in EMOTIONS else None,
            (event, event_probability) if event in EVENTS and event != "speech" else None,
        )

    def words(self, tokens: Iterable[Token], row_seconds: float) -> tuple[Word, ...]:
        """Return the words of a clip, without tags; see merge_pieces()."""
        pieces = [
            (self._pieces.id_to_piece(token.id), token) for token in tokens if token.id not in self._ids_without_text
        ]
        words = ((word, _TAG.sub("", word.text)) for word in merge_pieces(pieces, row_seconds))
        return tuple(replace(word, text=text) for word, text in words if text)

    def _choices(self, codes_by_tag: dict[str, str], unknown_tags: tuple[str, ...]) -> dict[str, int]:
        """Return the id of each code whose tag is in the vocabulary; unknown tags are their own codes."""
        codes = {**codes_by_tag, **{tag: tag for tag in unknown_tags}}
        return {code: self.tag_ids[tag] for tag, code in codes.items() if tag in self.tag_ids}


def _codes_by_tag(labels: dict[str, Label]) -> dict[str, str]:
    return {label.tag: label.code for label in labels.values()}


def _most_probable(logits: NDArray[np.float32], choices: dict[str, int]) -> tuple[str, float]:
    """Return the choice with the highest logit, and its probability among the choices."""
    values = logits[list(choices.values())]
    best = int(values.argmax())
    return list(choices)[best], float(1 / np.exp(values - values[best]).sum())
