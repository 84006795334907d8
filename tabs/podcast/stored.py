"""Stored texts of the Podcast page, found by topic for a show without a text."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from funaudio_core.podcast.source import Source, paste_source
from funaudio_core.podcast.terms import terms_of

SAMPLES = Path(__file__).parent / "samples"
_HAN = re.compile(r"[\u3400-\u9fff]+")
_GENERAL = frozenset(terms_of("history story stories show podcast episode introduction facts topic talk", "en"))
_GENERAL_CHINESE = re.compile(r"历史|故事|节目|播客|介绍|知识|关于|一期|一个|制作|的|做|讲|说|聊|谈")


@cache
def stored_sources() -> tuple[Source, ...]:
    """Return the stored texts."""
    return tuple(paste_source(path.read_text(encoding="utf-8")) for path in sorted(SAMPLES.glob("*.md")))


def topic_language(topic: str) -> str:
    """Return the language of a topic, Chinese or English."""
    return "zh" if _HAN.search(topic) else "en"


def stored_titles(language: str) -> tuple[str, ...]:
    """Return the titles of the stored texts in a language."""
    return tuple(source.title for source in stored_sources() if source.language == language)


def find_stored(topic: str) -> Source | None:
    """Return the stored text about a topic: it holds all of its words, and its headings hold one; None without any."""
    language = topic_language(topic)
    if language == "zh":
        words = [word for run in _HAN.findall(topic) for word in _GENERAL_CHINESE.split(run) if word]
    else:
        words = [term for term in terms_of(topic, language) if term not in _GENERAL]
    for source in stored_sources() if words else ():
        if source.language != language:
            continue
        headings = f"{source.title} {' '.join(source.headings)}"
        text = " ".join((headings, *(sentence.text for sentence in source.sentences)))
        if language == "en":
            headings_have, text_has = frozenset(terms_of(headings, "en")), frozenset(terms_of(text, "en"))
            if headings_have.intersection(words) and text_has.issuperset(words):
                return source
        elif any(word in headings for word in words) and all(word in text for word in words):
            return source
    return None
