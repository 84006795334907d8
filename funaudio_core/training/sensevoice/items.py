"""Items of SenseVoice's training: features of a clip and its label, and checks before training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from funaudio_core.engines.sanm.frontend import Float
from funaudio_core.engines.sensevoice import ctc, prompt
from funaudio_core.engines.sensevoice.tokens import Vocabulary
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.labels import EMOTIONS, EVENTS
from funaudio_core.languages import display_name
from funaudio_core.training.data.clip_rows import ClipRow
from funaudio_core.training.data.sensevoice_jsonl import SenseVoiceUtterance, text_form_of

UNKNOWN = -1  # instead of the id of a tag that isn't known; it has no part in the loss
MAX_PIECES = 200  # of a text; published training drops longer ones
MAX_ROWS, ROW_SECONDS = 333, 0.06  # of features; as in published training


@dataclass(frozen=True, eq=False, slots=True)
class SenseVoiceItem:
    """Clip with its label.

    Attributes:
        name: Name of the clip in messages.
        features: Normalized features, float32 (rows, row_size); may be memory-mapped.
        tags: Ids of language, emotion, event and text form, each UNKNOWN or a tag of the vocabulary.
        pieces: Ids of the text.
    """

    name: str
    features: Float
    tags: tuple[int, int, int, int]
    pieces: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class QueryRows:
    """Rows of the query embedding by the id of the tag: of languages, and of text forms."""

    languages: Mapping[int, int]
    text_forms: Mapping[int, int]

    @classmethod
    def of(cls, tag_ids: Mapping[str, int]) -> QueryRows:
        """Return the rows for a vocabulary's ids by tag."""
        languages = {**prompt.LANGUAGES, prompt.NO_SPEECH: prompt.NO_SPEECH_ROW}
        return cls(
            {tag_ids[tag]: row for tag, row in languages.items() if tag in tag_ids},
            {tag_ids[tag]: row for tag, row in prompt.TEXT_FORMS.items()},
        )


class ItemMaker:
    """Maker of items for a vocabulary; it refuses those on which training would fail."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Use a vocabulary."""
        self._vocabulary, self._queries = vocabulary, QueryRows.of(vocabulary.tag_ids)

    def from_row(self, row: ClipRow, features: Float) -> SenseVoiceItem:
        """Return the item of a row of the clip table; an emotion that isn't known has no part in the loss.

        Raises:
            BadInput: See check_item().
            Unsupported: The model has no tag for the language.
        """
        if row.language not in prompt.LANGUAGES:
            raise Unsupported(
                "SenseVoice can't learn the language of the clip {name!r} ({language}); it knows {known}. "
                "Give the closest one, such as Chinese for a dialect.",
                name=row.id,
                language=display_name(row.language) if row.language else "?",
                known=tuple(map(display_name, prompt.LANGUAGES)),
            )
        emotion = EMOTIONS[row.emotion].tag if row.emotion else ""
        event = EVENTS[row.events[0]].tag if row.events else EVENTS["speech"].tag
        return self._item(row.id, features, (row.language, emotion, event, text_form_of(row.text)), row.text)

    def from_utterance(self, row: SenseVoiceUtterance, features: Float) -> SenseVoiceItem:
        """Return the item of a line of published training data. Raise BadInput, see check_item()."""
        return self._item(row.key, features, (row.language, row.emotion, row.event, row.text_form), row.target)

    def _item(self, name: str, features: Float, tags: tuple[str, str, str, str], text: str) -> SenseVoiceItem:
        language, emotion, event, form = (self._vocabulary.tag_ids.get(tag, UNKNOWN) for tag in tags)
        item = SenseVoiceItem(name, features, (language, emotion, event, form), self._vocabulary.encode(text))
        check_item(item, self._queries, self._vocabulary.size)
        return item


def count_needed_rows(pieces: Sequence[int]) -> int:
    """Return the rows that CTC needs for a text: one for each piece, and a blank between two equal ones."""
    return len(pieces) + sum(first == second for first, second in pairwise(pieces))


def check_item(item: SenseVoiceItem, queries: QueryRows, vocabulary_size: int) -> None:
    """Refuse an item on which training would fail or that it would skip.

    Raises:
        BadInput: The message names the clip and the remedy.
    """
    rows, needed = len(item.features), count_needed_rows(item.pieces)
    if not np.isfinite(item.features).all():
        raise BadInput("The clip {name!r} has invalid features. Export it again.", name=item.name)
    if rows > MAX_ROWS:
        raise BadInput(
            "The clip {name!r} lasts longer than {most:g} s. Cut it.", name=item.name, most=MAX_ROWS * ROW_SECONDS
        )
    if len(item.pieces) > MAX_PIECES:
        raise BadInput(
            "The text of the clip {name!r} is too long ({count} pieces; at most {most}). Cut the clip.",
            name=item.name,
            count=len(item.pieces),
            most=MAX_PIECES,
        )
    if rows < needed:
        raise BadInput(
            "The clip {name!r} is too short for its text ({rows} rows of features; {needed} are needed). "
            "Correct the text, or remove the clip.",
            name=item.name,
            rows=rows,
            needed=needed,
        )
    if item.tags[3] not in queries.text_forms:
        raise BadInput("The text form of the clip {name!r} is unknown. Use withitn or woitn.", name=item.name)
    if ctc.BLANK in item.pieces:  # the id of unknown letters, too
        raise BadInput(
            "The text of the clip {name!r} has letters that the model doesn't know. Write it in other letters.",
            name=item.name,
        )
    ids = [*item.pieces, *(tag for tag in item.tags if tag != UNKNOWN)]
    if not all(0 <= id_ < vocabulary_size for id_ in ids):
        raise BadInput(
            "The label of the clip {name!r} has ids that the model doesn't know. Use its own vocabulary.",
            name=item.name,
        )
