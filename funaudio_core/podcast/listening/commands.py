"""Commands of a listener, in English and Chinese: next topic, skip, repeat, slower, faster, stop, go on, who."""

from __future__ import annotations

import re
import unicodedata

from funaudio_core.podcast.listening.command_words import (
    CHINESE,
    CHINESE_HOLD,
    CHINESE_POLITE,
    CHINESE_TRAILING,
    ENGLISH,
    HOLD,
    POLITE,
    STOP,
    TRAILING,
)
from funaudio_core.text.error_rate import to_simplified

_SPACED_MARKS = re.compile(r"[^\w\s',]+")
_COMPILED = {
    "en": [(name, re.compile(pattern)) for name, pattern in ENGLISH],
    "zh": [(name, re.compile(pattern)) for name, pattern in CHINESE],
}
_HAN = re.compile(r"[\u3400-\u9fff]")


def find_command(utterance: str, hosts: tuple[str, ...] = ()) -> str | None:
    """Return the command that a whole utterance is, one of COMMANDS, or None.

    Politeness and the names of the hosts around it don't matter; a sentence that only holds the words of a command is
    none.
    """
    text = unicodedata.normalize("NFKC", utterance).casefold().replace("’", "'")
    text = without_names(text, hosts)
    if _HAN.search(text):
        return _match_chinese(to_simplified(re.sub(r"\s+", "", text)))
    return _match_english(text)


def without_names(text: str, hosts: tuple[str, ...]) -> str:
    """Return an utterance without the names of the hosts whom it addresses.

    A name is a word of its own; one in Chinese characters stands before a mark, or at an end of the utterance.
    """
    for host in hosts:
        name = re.escape(host)
        pattern = rf"(?<!\w){name}(?!\w)"
        if _HAN.search(host):
            pattern = rf"^\s*{name}|{name}(?=\s*[，,。！!？?\s]*$)|{name}(?=[，,\s])"
        text = re.sub(pattern, " ", text, flags=re.IGNORECASE)
    return text


def _match_english(text: str) -> str | None:
    """Return the command of a text in small letters: that of the whole, else that of its only full part."""
    if HOLD.fullmatch(" ".join(_SPACED_MARKS.sub(" ", text).replace(",", " ").split())):
        return STOP
    for part in (text, *reversed([part for part in re.split(r"[.!?;]+", text) if part.strip()][:3])):
        bare = " ".join(_SPACED_MARKS.sub(" ", part).split()).strip(" ,")
        bare = TRAILING.sub("", POLITE.sub("", f"{bare} ").strip(" ,")).strip(" ,")
        bare = bare.replace(",", "")
        for name, pattern in _COMPILED["en"]:
            if pattern.fullmatch(bare):
                return name
        if len(text.split()) > 14:
            return None
    return None


def _match_chinese(text: str) -> str | None:
    """Return the command of a text without spaces: that of the whole, else that of one of its clauses."""
    clauses = [part for part in re.split(r"[，,。！!？?；;、]+", text) if part]
    if len(clauses) > 3:
        return None
    if CHINESE_HOLD.fullmatch(CHINESE_TRAILING.sub("", text)) or CHINESE_HOLD.fullmatch(text.rstrip("。！!，,")):
        return STOP
    for part in (text, *reversed(clauses)):
        for bare in (part, CHINESE_POLITE.sub("", part)):
            stripped = CHINESE_TRAILING.sub("", bare)
            for name, pattern in _COMPILED["zh"]:
                if pattern.fullmatch(stripped) or pattern.fullmatch(bare):
                    return name
    return None
