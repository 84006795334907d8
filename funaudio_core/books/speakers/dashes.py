"""Speech of languages without rules for speakers: in quotation marks, or after a dash at the start of a paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator

from funaudio_core.books.speakers.quotations import find_quotations, paragraphs

# Speech after a dash is usual in them; elsewhere a paragraph that begins with one is a list or a signature.
DASH_LANGUAGES = frozenset(
    ("be", "bg", "ca", "cs", "da", "el", "es", "et", "fi", "fr", "gl", "hr", "hu", "it", "lt", "lv", "mk", "nb", "nn")
) | {"no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "tr", "uk"}
_DASH = "(?:[—–―]|--)"
_OPENS = re.compile(rf"\s*{_DASH}\s*(?=[^\W\d_]|[¿¡«“\"'’‘….(])")
_ENDS = re.compile(r"[.!?…,:—–―»”\"')-]\s*$")  # one without is a signature: "— Victor Hugo"
# Between speech and narration: a dash with a space on a side, or a long one before a word in lower case.
_TURN = re.compile(
    rf"(?<!\s)\s+{_DASH}\s*(?=\S)|(?<=\S){_DASH}(?:\s+(?=\S)|(?=[.,;:!?…])|(?<=[—―-])(?=[^\W\d_A-ZÀ-Þ]))"
)
_AFTER_NARRATION = re.compile(r"[.,;:!?…]*\s*")
# "Viens, dit Anne en riant. Vite.": a verb, its subject, and what goes with them. French has no dash before it.
_VERBS = (
    "dis|dit|disait|dirent|fis|fit|firent|cria|criai|criait|crièrent|demanda|demandai|demandait|demandèrent|répondit|"
    "répondis|répondait|répondirent|reprit|repris|répliqua|répliquai|répéta|ajouta|ajoutai|murmura|murmurai|murmurait|"
    "chuchota|souffla|soupira|interrompit|continua|poursuivit|protesta|hurla|balbutia|grogna|gronda|observa|remarqua|"
    "expliqua|déclara|affirma|avoua|conclut|ordonna|pensa|songea|insista|lança|ricana|bégaya|a dit|a demandé|a répondu|"
    "ai dit|ai demandé|[sm]['’](?:écria|exclama|écriai|exclamai|écrièrent)"
)
_PRONOUN = r"-(?:t-)?(?:je|il|elle|on|ils|elles)\b"
_NOUN = r"\s(?:[A-ZÀ-Þ]|l['’]|(?:les?|la|une?|mon|ma|mes|son|sa|ses|notre|votre|leur|ce|cet|cette)\b)"
_ADVERB = r"(?:\s(?:alors|enfin|aussitôt|simplement|doucement))?"
_GOES_ON = r",(?=\s(?:en|d['’]une?|avec|sans|les?|la|une?|toute?|et|puis|qui|son|sa|ses|sur|dans|sous|l['’]air)\b)"
_INSERTION = re.compile(
    rf"(?<=[,!?…»])\s(?:(?:me|lui|nous|leur|se) |[ms]['’])?(?:{_VERBS})(?:{_PRONOUN}|{_ADVERB}{_NOUN})"
    rf"(?:[^,.!?…;:]|{_GOES_ON})*(?:[,.!?…;:]+\s*|$)"
)


def find_speech(text: str, language: str) -> list[tuple[int, int]]:
    """Return start and end of each stretch of speech, in order, with its mark.

    Args:
        text: Text whose lines are paragraphs.
        language: ISO 639 code.
    """
    quoted = find_quotations(text)
    if language not in DASH_LANGUAGES:
        return [(quotation.start, quotation.end) for quotation in quoted]
    by_paragraph: dict[int, list[tuple[int, int]]] = {}
    for quotation in quoted:
        by_paragraph.setdefault(quotation.paragraph, []).append((quotation.start, quotation.end))
    found: list[tuple[int, int]] = []
    for number, (start, end) in enumerate(paragraphs(text)):
        opened = _OPENS.match(text, start, end)
        has_dash = opened is not None and _ENDS.search(text[start:end])
        spans = [(start, end)] if has_dash else by_paragraph.get(number, [])
        if language == "fr":
            spans = [piece for span in spans for piece in _without_insertions(text, *span)]
        elif has_dash and opened:
            spans = list(_between_dashes(text, start, opened.end(), end))
        found += spans
    return found


def _between_dashes(text: str, first: int, position: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the speech of a paragraph without what the narrator says between dashes.

    Args:
        text: The text.
        first: Start of the paragraph.
        position: Index after its first dash.
        end: End of the paragraph.
    """
    is_speech = True
    while turn := _TURN.search(text, position, end):
        position = turn.end()
        if is_speech:
            yield first, turn.start()
        elif turn.group()[0].isspace() and text[turn.end()] not in ".,;:!?…":  # the dash belongs to the speech
            first = turn.end() - len(turn.group().lstrip())
        else:
            first = position = _match_end(_AFTER_NARRATION, text, position, end)
        is_speech = not is_speech
    if is_speech and first < end:
        yield first, end


def _match_end(pattern: re.Pattern[str], text: str, start: int, end: int) -> int:
    match = pattern.match(text, start, end)
    return match.end() if match else start


def _without_insertions(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield French speech without what the narrator says between commas: "Viens, dit Anne. Vite."."""
    for inserted in _INSERTION.finditer(text, start, end):
        if start < inserted.start():
            yield start, inserted.start()
        start = inserted.end()
    if text[start:end].strip(' »”"\u00a0\u202f'):
        yield start, end
