"""Checks that a model's answer is a translation and nothing else."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from funaudio_core.engines.llm.reply_parser import strip_thoughts
from funaudio_core.languages import LANGUAGES
from funaudio_core.text import is_speakable, language_id, markup

MIN_CLASSIFIED_WIDTH = 24.0  # of a text that is long enough for the language classifier
# Width of a letter relative to a Latin one, about the ratios of the samples in LANGUAGES.
WIDTHS = {"zh": 3.0, "yue": 3.0, "ja": 2.0, "ko": 2.0}
MAX_WIDTH_RATIO, EXTRA_WIDTH = 3.0, 30.0  # limit of a translation's width: ratio to the text's, plus a constant
_RELATED_SCRIPTS = {"HIRAGANA": ("KATAKANA", "CJK")}
_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "「": "」", "『": "』", "'": "'", "‘": "’"}
_FENCE = re.compile(r"^[ \t]*`{3,}[\w-]*[ \t]*$", re.MULTILINE)
_INTRODUCTION = re.compile(
    r"(?:(?:sure|certainly|of course|okay|ok)\b[!,.]?\s*)?"
    r"(?:here(?:'s| is| are)[^\n:：]{0,60}|(?:the |my )?(?:\w+ )?(?:translation|translated text)[^\n:：]{0,40}"
    r"|译文|翻译[^\n:：]{0,12})[:：]\s*",
    re.IGNORECASE,
)
_NOTE = re.compile(  # possessive: backtracking over a page of line breaks would take minutes
    r"\n[^\S\n]*+[(（*]*+[^\S\n]*+(?:note|explanation|注|说明|备注)s?\s*+[:：].*", re.IGNORECASE | re.DOTALL
)


def extract_translation(output: str, text: str) -> str:
    """Return the translation in a model's output.

    Thoughts, introductions, notes and markup are removed, and quotation marks around it if `text` has none.
    """
    answer = _FENCE.sub("", "".join(strip_thoughts([output]))).strip()
    answer = _NOTE.sub("", answer.lstrip("*_ ")).rstrip()
    introduction = _INTRODUCTION.match(answer)
    if introduction and not _INTRODUCTION.match(text):
        answer = answer[introduction.end() :]
    answer = markup.strip_markup(answer)
    closing = _QUOTES.get(answer[:1])
    if closing and len(answer) > 1 and answer.endswith(closing) and text.strip()[:1] not in _QUOTES:
        answer = answer[1:-1].strip()
    return answer


def find_fault(text: str, answer: str, source: str, target: str) -> str:
    """Return what is wrong with a translation, as the end of an English sentence for the model; "" for nothing."""
    if not is_speakable(answer):
        return "it holds no words"
    if len(answer.splitlines()) > 1:
        return "it has several lines, and the text has one"
    if not _has_similar_width(_width(answer, target), _width(text, source)):
        return "it is far too long" if _width(answer, target) > _width(text, source) else "it is far too short"
    target_name = LANGUAGES[target].name
    # names may stay as they are
    is_name = _width(answer, target) < MIN_CLASSIFIED_WIDTH and answer.lower() in text.lower()
    if not _is_written_in(answer, target) and _is_written_in(text, source) and not is_name:
        return f"it is not written in {target_name}"
    detected = language_id.detect_language(answer) if _width(answer, target) >= MIN_CLASSIFIED_WIDTH else None
    # The classifier takes some languages for others; its result for the language's sample shows which.
    if detected is not None and detected not in (target, language_id.detect_language(LANGUAGES[target].sample)):
        return f"it is in {LANGUAGES[detected].name}, not in {target_name}"
    return ""


def _has_similar_width(one: float, other: float) -> bool:
    return max(one, other) <= MAX_WIDTH_RATIO * min(one, other) + EXTRA_WIDTH


def _width(text: str, language: str) -> float:
    return len(text) * WIDTHS.get(language, 1.0)


def _letters(text: str) -> int:
    return sum(char.isalpha() for char in text)


def _is_written_in(text: str, language: str) -> bool:
    """Return whether at least half of the letters belong to the language's scripts; True without letters."""
    scripts = _scripts(language)
    return 2 * sum(_script(char) in scripts for char in text if char.isalpha()) >= _letters(text)


@cache
def _scripts(language: str) -> frozenset[str]:
    """Return the scripts of a language's sample and those used with them."""
    scripts = {_script(char) for char in LANGUAGES[language].sample if char.isalpha()}
    return frozenset(scripts).union(*(related for script, related in _RELATED_SCRIPTS.items() if script in scripts))


def _script(char: str) -> str:
    """Return the script of a letter, the first word of its Unicode name."""
    return unicodedata.name(char, "").split(" ", 1)[0]
