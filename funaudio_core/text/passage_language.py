"""Language of a document with a tag, and of a passage that isn't in the language of its book, such as a quotation."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from funaudio_core.languages import LANGUAGES, find_code, primary_tag
from funaudio_core.text.language_id import detect_any_language, detect_language

MIN_SCRIPT_LETTERS = 2  # in another script; one may be a symbol
MIN_SCRIPT_SHARE = 0.7  # of the letters
MIN_KANA_SHARE = 0.15  # of Japanese; names in Chinese books have none
MIN_LATIN_WORDS = 3  # in a book in another script, where a word or two are part of its language
MIN_WORDS = 5  # in a book in Latin script
MIN_FUNCTION_WORDS = 3
MIN_FUNCTION_SHARE = 0.25  # of the words; prose has .3 to .5
MAX_FOREIGN_SHARE = 0.2  # of frequent words of a language in a text that is in another one
SAMPLE_CHARACTERS = 4_000  # of a document without a tag
WINDOWS = 4  # stretches of a document that must all contradict its tag
WINDOW_CHARACTERS = 1_000
MIN_WINDOW_LETTERS = 20  # to contradict a tag by their script
MIN_CLASSIFIED_LETTERS = 120  # to contradict a tag within a script
_NO_LANGUAGES = frozenset({"und", "mul", "zxx", "mis"})
_CHINESE_JAPANESE = frozenset({"CJK", "HIRAGANA", "KATAKANA"})
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ɏ]+")
_LETTER = re.compile(r"[^\W\d_]")
_HAN, _KANA = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]"), re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_SCRIPTS = {  # of one language each
    "ko": re.compile("[\u1100-\u11ff\uac00-\ud7a3]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "th": re.compile("[\u0e01-\u0e4e]"),
    "": re.compile("[\u0370-\u08ff]"),  # Greek, Cyrillic, Hebrew, Arabic: the classifier tells the language
}
_OTHER_SCRIPT = re.compile("[\u0370-\u1cff\u3041-\ud7a3]")
# Frequent words without meaning of their own. Those that two languages share decide nothing between them.
_FUNCTION_WORDS = {
    "en": "the and of to a in that he she it was is i you for on with as his her at by not but be this had have from "
    "they which or an were are we been me my no so if what who there him do your said will would when them one",
    "es": "el la de que y a en un una los las se del no con por su para es lo como más pero sus le ya o este sí porque "
    "esta cuando muy sin sobre mi me hay qué yo está son tu te nos usted él ella",
    "fr": "le la les de des du et un une à est que qui dans en pour pas ne ce il elle je vous nous au aux sur avec se "
    "plus mais on tout cette son sa ses était sont y mon ma mes tu te me leur bien où",
    "it": "il lo la i gli le di che e un una è in non per con si del della dei delle da come più ma al alla sono mi "
    "ti ho ha questo quella anche se io tu lui lei noi voi nel nella",
    "pt": "o a os as de que e do da dos das em um uma para com não por se na no mais é como mas ao ele ela eu você "
    "seu sua ou quando muito já também só pelo pela isso este está são",
    "de": "der die das und ist nicht ein eine ich du er sie es wir ihr zu den dem mit auf für von im sich auch so aber "
    "wie noch nach bei aus wenn nur war haben hat sein mein dein kein wird",
    "nl": "de het een en van is niet ik je jij hij zij wij dat die in op te met voor aan er maar om ook als dan naar "
    "nog wel bij uit was heeft hebben mijn zijn",
    "la": "et in est non ad cum ut sed qui quae quod si de ex ab nec per sunt esse hic haec hoc atque enim",
}
_FUNCTION_WORD_SETS = {code: frozenset(words.split()) for code, words in _FUNCTION_WORDS.items()}
_OWN_WORD = {
    code: re.compile(
        rf"\b(?:{'|'.join(sorted(own.difference(*(w for c, w in _FUNCTION_WORD_SETS.items() if c != code))))})\b",
        re.IGNORECASE,
    )
    for code, own in _FUNCTION_WORD_SETS.items()
}
_KNOWN = frozenset((*_FUNCTION_WORD_SETS, "zh", "ja", "ko", "hi", "th"))


def document_language(text: str, tag: str) -> str:
    """Return the ISO 639 code of a document's language, or "" if neither its tag nor its text tells it.

    The tag decides, unless all samples of the text are clearly in one other language: many programs write "en" into
    any file.

    Args:
        text: Its text.
        tag: What the document says: a tag of BCP 47, a code of ISO 639-1 or -2, a name, or "".
    """
    tagged = find_code(tag) or primary_tag(tag.strip().replace("_", "-"))
    if len(tagged) not in (2, 3) or tagged in _NO_LANGUAGES:
        start = max(0, (len(text) - SAMPLE_CHARACTERS) // 2)
        return detect_language(text[start : start + SAMPLE_CHARACTERS]) or ""
    count = min(WINDOWS, len(text) // WINDOW_CHARACTERS) or 1
    first = ""
    for start in (len(text) * number // count for number in range(count)):
        found = _contradicting_language(text[start : start + WINDOW_CHARACTERS], tagged)
        if not found or found != (first or found):
            return tagged
        first = found
    return first or tagged


def _contradicting_language(text: str, tagged: str) -> str:
    """Return the language of a text that is clearly not in the one of its tag, else ""."""
    letters = "".join(_LETTER.findall(text))
    words = [word.lower() for word in _LATIN_WORD.findall(text)]
    if len(letters) < MIN_WINDOW_LETTERS or _by_function_words(words) == tagged:
        return ""
    found = detect_language(text)
    if found is None or found == tagged:
        return ""
    if tagged in LANGUAGES and _script(LANGUAGES[tagged].sample) != (script := _script(letters)):
        return found if script == _script(LANGUAGES[found].sample) else ""
    if len(letters) < MIN_CLASSIFIED_LETTERS or (tagged in LANGUAGES and _is_confused(tagged, found)):
        return ""
    if found in _FUNCTION_WORD_SETS:
        is_clear = _by_function_words(words) == found
    else:
        is_clear = sum(word in _FUNCTION_WORD_SETS.get(tagged, ()) for word in words) <= MAX_FOREIGN_SHARE * len(words)
    return found if is_clear and (tagged in LANGUAGES or detect_any_language(text) == found) else ""


def _is_confused(tagged: str, found: str) -> bool:
    """Return whether the classifier takes one language for another on purpose, such as Cantonese for Chinese."""
    return detect_language(LANGUAGES[tagged].sample) == found


def _script(text: str) -> str:
    """Return the script of most letters, as Unicode names it, or "" if there are several."""
    names = (unicodedata.name(char, "").split(" ")[0].split("-")[0] for char in text if char.isalpha())
    counts = Counter("CJK" if name in _CHINESE_JAPANESE else name for name in names)
    (best, most), *_ = counts.most_common(1) or [("", 0)]
    return best if most >= MIN_SCRIPT_SHARE * counts.total() else ""


def passage_language(text: str, language: str) -> str:
    """Return the ISO 639 code of a passage that is surely in another language than its book, else "".

    Args:
        text: A sentence or more.
        language: Language of the book.
    """
    if language not in _KNOWN:
        return ""
    if _OTHER_SCRIPT.search(text):
        found = _language_of_script(text, language)
        return "" if found == language else found
    words = _LATIN_WORD.findall(text)
    if language not in _FUNCTION_WORD_SETS:  # Latin letters are in another language
        return (_by_function_words(words) or "en") if len(words) >= MIN_LATIN_WORDS else ""
    if len(words) < MIN_WORDS or _OWN_WORD[language].search(text):
        return ""
    found = _by_function_words(words)
    return "" if found == language else found


def _language_of_script(text: str, language: str) -> str:
    """Return the language of the script that most letters have, or ""."""
    counts = {code: len(pattern.findall(text)) for code, pattern in _SCRIPTS.items()}
    han, kana = len(_HAN.findall(text)), len(_KANA.findall(text))
    is_japanese = kana >= MIN_KANA_SHARE * (han + kana) or language == "ja"
    counts["ja" if is_japanese else "zh"] = han + kana
    best = max(counts, key=lambda code: counts[code])
    if counts[best] < max(MIN_SCRIPT_LETTERS, MIN_SCRIPT_SHARE * len(_LETTER.findall(text))):
        return ""
    return best or detect_language(text) or ""


def _by_function_words(words: list[str]) -> str:
    """Return the language with most of the frequent words; "" if they are too few, or two languages have as many."""
    lower = [word.lower() for word in words]
    counts = Counter({code: sum(word in known for word in lower) for code, known in _FUNCTION_WORD_SETS.items()})
    (best, most), (_, second) = counts.most_common(2)
    is_sure = most >= MIN_FUNCTION_WORDS and most >= MIN_FUNCTION_SHARE * len(words) and most > second
    return best if is_sure else ""
