"""Token ids of a text that is still being written, each as soon as nothing that follows can change it.

Both text normalization (see text) and byte-pair encoding (see tokenizer) depend on what follows. The ids equal those
of the whole text. Measured with simulated writers on a CPU only; nobody has measured it on a GPU yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from funaudio_core.engines.cosyvoice import control_tokens
from funaudio_core.engines.cosyvoice.config import Version
from funaudio_core.engines.cosyvoice.text import CHARACTER_LANGUAGES, normalize, one_line, with_final_stop
from funaudio_core.engines.cosyvoice.text_normalizer import is_stable

if TYPE_CHECKING:
    from funaudio_core.engines.cosyvoice.tokenizer import Tokenizer

_NEXT_WORD = "so"  # stands in for the word that follows white space; it is part of no number
_OPEN_CONTROL = re.compile(r"[\[<][^\]>\s]*$")  # possibly a control token without its end
_KANA_BOUNDARIES = "、。？！"  # Japanese is converted to katakana independently behind these


@dataclass(frozen=True, slots=True)
class EncodedPart:
    """Next part of a normalized text.

    Attributes:
        text: Its words.
        ids: Their token ids.
    """

    text: str
    ids: tuple[int, ...]


def stream_parts(pieces: Iterable[str], language: str, version: Version, tokenizer: Tokenizer) -> Iterator[EncodedPart]:
    """Normalize and encode a text that arrives in pieces, with a final stop at its end.

    If the end of a text changes how its beginning is normalized, the rest follows as it reads on its own.

    Args:
        pieces: The text, in pieces of any size.
        language: Language code.
        version: CosyVoice's version.
        tokenizer: Its tokenizer.

    Yields:
        Parts with at least one id.
    """
    text, num_tried = "", 0  # ends before num_tried need not be tried again
    done_text, num_ids = "", 0  # returned so far
    pending, raw_end = "", 0  # stable text that has no ids yet, and where the raw text behind it starts
    for piece in pieces:
        text += piece
        stable = _stable_prefix(text, num_tried, language, version)
        num_tried = max(len(text) - _in_katakana(language, version), 0)
        if stable is None:
            continue
        stable_end, stable_text = stable
        if not stable_text.startswith(done_text):
            continue
        length = tokenizer.stable_length(stable_text)
        ids = tokenizer.encode(stable_text[:length])
        if length > len(done_text) and len(ids) > num_ids:
            yield EncodedPart(stable_text[len(done_text) : length], ids[num_ids:])
            done_text, num_ids, pending, raw_end = stable_text[:length], len(ids), stable_text[length:], stable_end
    whole = with_final_stop(normalize(text, language, version), language)
    if whole.startswith(done_text):
        last = EncodedPart(whole[len(done_text) :], tokenizer.encode(whole)[num_ids:])
    else:
        rest = with_final_stop(pending + normalize(text[raw_end:], language, version), language)
        last = EncodedPart(rest, tokenizer.encode(rest))
    if last.ids:
        yield last


def _stable_prefix(text: str, num_tried: int, language: str, version: Version) -> tuple[int, str] | None:
    """Find the longest prefix longer than `num_tried` that what follows cannot change.

    In scripts without spaces the last character may still change.

    Returns:
        Its length and the prefix normalized, or None if there is no new one.
    """
    kana = _in_katakana(language, version)
    for end in range(len(text), num_tried, -1):
        previous, following = text[end - 1], text[end : end + 1]
        if kana:
            is_candidate = previous in _KANA_BOUNDARIES and following.isalpha()
        else:
            is_candidate = previous.isalpha() if language in CHARACTER_LANGUAGES else previous.isspace()
        if not is_candidate or _OPEN_CONTROL.search(text[:end]):
            continue
        word = "" if language in CHARACTER_LANGUAGES else _NEXT_WORD
        prefix = f"{text[:end]}{word}"
        words = [
            part
            for part, is_control in control_tokens.split_controls(one_line(prefix, language), version)
            if not is_control
        ]
        if kana or (words and is_stable(words[-1].removesuffix(word), language)):
            return end, normalize(prefix, language, version).removesuffix(word)
    return None


def _in_katakana(language: str, version: Version) -> bool:
    """Return whether the text is converted to katakana; then a boundary depends on the next character as well."""
    return language == "ja" and version == 3
