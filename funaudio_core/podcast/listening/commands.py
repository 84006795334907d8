"""Commands of a listener, in English and Chinese: next topic, skip, repeat, slower, faster, stop, go on, who."""

from __future__ import annotations

import re
import unicodedata

from funaudio_core.podcast.listening.command_words import (
    CHINESE,
    CHINESE_POLITE,
    CHINESE_TRAILING,
    ENGLISH,
    POLITE,
    TRAILING,
)

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
    for host in hosts:
        text = re.sub(rf"(?<!\w){re.escape(host.casefold())}(?!\w)|{re.escape(host)}(?=[，,\s])", " ", text)
    if _HAN.search(text):
        return _match_chinese(re.sub(r"\s+", "", text))
    return _match_english(text)


def _match_english(text: str) -> str | None:
    """Return the command of a text in small letters: that of the whole, else that of its only full part."""
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
    for part in (text, *reversed(clauses)):
        for bare in (part, CHINESE_POLITE.sub("", part)):
            stripped = CHINESE_TRAILING.sub("", bare)
            for name, pattern in _COMPILED["zh"]:
                if pattern.fullmatch(stripped) or pattern.fullmatch(bare):
                    return name
    return None
