"""Web and e-mail addresses, file names and telephone numbers."""

from __future__ import annotations

import re
from collections.abc import Callable

from funaudio_core.text.spoken_form import numbers
from funaudio_core.text.spoken_form.aligned import Rule, rule
from funaudio_core.text.spoken_form.lexicon import Lexicon

_WORD_DOMAINS = frozenset(
    ("com", "org", "net", "info", "app", "gov", "co", "me", "dev", "blog", "shop", "online", "site")
)


_DOMAINS = (
    "com|org|net|info|app|gov|edu|io|ai|dev|tv|me|eu|uk|de|fr|es|it|pt|br|in|jp|cn|ca|au|us|mx|ar|ch|nl|ru|kr|co|blog|shop"
    "|online|site|tech|xyz|gg|ly|be|at|se|no|dk|fi|pl|nz|hk|tw|int|mil"
)


_FILES = "pdf|txt|docx?|xlsx?|pptx?|csv|json|xml|html?|css|jpe?g|png|gif|svg|mp[34]|wav|zip|exe|py|js|ts|md|yml|yaml"


def address_rules(lexicon: Lexicon, *, is_ascii: bool = False) -> list[Rule]:
    """Return rules for web and e-mail addresses and file names; is_ascii: other letters may be next to them."""
    words = lexicon.words
    flags = re.ASCII if is_ascii else re.NOFLAG

    def say(match: re.Match[str]) -> str:
        address = match.group().rstrip(".,;:!?)")
        rest = match.group()[len(address) :]
        return say_address(address, lexicon) + rest

    def say_file(match: re.Match[str]) -> str:
        return f"{match[1]} {words['dot']} {_spell_letters(match[2]) if len(match[2]) < 4 else match[2]}"

    return [
        rule(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+", say, flags),
        rule(
            r"(?:https?|ftp)://[^\s<>\"'）】」。，、\u3000-\u9fff]+|\bwww\.[^\s<>\"'）】」。，、\u3000-\u9fff]+",
            say,
            re.IGNORECASE | flags,
        ),
        rule(rf"(?<![\w@.])(?:[a-z0-9-]+\.)+(?:{_DOMAINS})(?:/[\w./?=&%#~+-]*)?(?![\w@]|\.\w)", say, flags),
        rule(rf"(?<![\w.])([A-Za-z][\w-]*)\.({_FILES})(?![\w.])", say_file, flags),
    ]


def say_address(address: str, lexicon: Lexicon) -> str:
    """Return a web or e-mail address in words."""
    words = lexicon.words
    address = re.sub(r"^(?:https?|ftp)://", "", address, flags=re.IGNORECASE).rstrip("/")
    names = {".": "dot", "/": "slash", "@": "at", "-": "dash", "_": "underscore", "?": "question mark"}
    names |= {"=": "equals", "&": "and", "#": "hash", ":": "colon", "+": "plus", "%": "percent"}
    out = []
    tokens = re.findall(r"[^\W\d_]+|\d+|[^\s\w]|_", address)
    for i, token in enumerate(tokens):
        if token.lower() == "www":
            out.append("w w w")
        elif token.isdecimal():
            out.append(
                numbers.integer(token, lexicon.language)
                if len(token) < 3
                else numbers.spell_digits(token, lexicon.language)
            )
        elif token in names:
            out.append(words.get(names[token], names[token]))
        elif len(token) == 2 and i > 1 and tokens[i - 1] == "." and token not in _WORD_DOMAINS:
            out.append(_spell_letters(token))
        elif token.isalpha():
            out.append(token)
    return " ".join(out)


def _spell_letters(word: str) -> str:
    return " ".join(word.upper())


def phone_rules(lexicon: Lexicon, context: str, groups: int = 0) -> list[Rule]:
    """Return rules for telephone numbers; context: pattern of the words before one, groups: digits read at once."""

    def say(match: re.Match[str]) -> str | None:
        written = match.group()
        if not 7 <= sum(char.isdigit() for char in written) <= 15:
            return None
        return say_phone(written, lexicon, groups)

    def say_short(match: re.Match[str]) -> str | None:
        first, second = match[1], match[2]
        is_called = re.search(rf"(?:{context})\W*(?:\w+\W+){{0,2}}$", match.string[: match.start()], re.IGNORECASE)
        return say_phone(match.group(), lexicon, groups) if is_called or first == "555" or second[0] == "0" else None

    return [
        rule(r"\+\d{1,3}(?:[ .\u00a0-]?\(?\d{1,5}\)?){2,6}(?!\d)", say),
        rule(r"(?:(?<![\w.,])1[ -.])?\(\d{2,4}\) ?\d{3,5}[-. ]\d{3,4}(?!\d)", say),
        rule(r"(?<![\w.,-])(?:1[-. ])?\d{3}[-. ]\d{3}[-. ]\d{4}(?![\w-])", say),
        rule(r"(?<![\w.,-])0\d{1,4}(?:[-. \u00a0]\d{2,4}){1,5}(?![\w-])", say),
        rule(r"(?<![\w.,-])(\d{3})-(\d{4})(?![\w-])", say_short),
        rule(
            rf"(?<=[\w.:])(?P<lead>(?:{context})[\w.]*:? (?:[^\W\d]+ )?)(?P<phone>\d[\d -]{{5,16}}\d)(?!\w)",
            _say_called(lexicon, groups),
            re.IGNORECASE,
        ),
        rule(
            rf"\b(?P<lead>(?:{context})[\w.]*:? (?:[^\W\d]+ )?)(?P<phone>\d[\d -]{{5,16}}\d)(?!\w)",
            _say_called(lexicon, groups),
            re.IGNORECASE,
        ),
        rule(
            rf"\b(?P<lead>(?:{context})[\w.]* (?:al |le |il |o |nine )?)(?P<phone>\d{{3}})(?![\w-]|[.,]\d)",
            _say_called(lexicon, 0),
            re.IGNORECASE,
        ),
        rule(r"(?<![\w.,-])\d{4}(?:[ -]\d{4}){2,4}(?![\w-])", lambda m: say_phone(m.group(), lexicon, 0)),
    ]


def _say_called(lexicon: Lexicon, groups: int) -> Callable[[re.Match[str]], str]:
    return lambda match: match["lead"] + say_phone(match["phone"], lexicon, groups)


def say_phone(written: str, lexicon: Lexicon, groups: int = 0) -> str:
    """Return a telephone number in words, group by group; groups: 2 if pairs of digits are read as numbers."""
    parts = []
    for part in re.findall(r"\+?\d+", written):
        sign = f"{lexicon.words['plus']} " if part.startswith("+") else ""
        digits = part.lstrip("+")
        if groups and len(digits) == groups and digits[0] != "0":
            parts.append(sign + numbers.cardinal(int(digits), lexicon.language))
        elif sign and groups:
            parts.append(sign + numbers.integer(digits, lexicon.language))
        else:
            parts.append(sign + numbers.spell_digits(digits, lexicon.language, lexicon.zero))
    return (" " if groups else ", ").join(parts)
