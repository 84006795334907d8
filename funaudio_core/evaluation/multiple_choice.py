"""Multiple choice: the published instruction, and the answer found in a response.

Published scorers disagree on the same responses: MMAU wants the text of the choice, MMSU the letter, and VoiceBench
draws a letter where it finds none. find_choice() accepts letter and text, and counts an answer that isn't found as
wrong; the published verdicts are given beside it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import ascii_uppercase

_INSTRUCTION = "Choose the correct option from the following options:"
_THOUGHTS = re.compile(r"<think>.*?(?:</think>|$)", re.DOTALL | re.IGNORECASE)
_WORD = re.compile(r"\b\w+\b")
_DECORATION = re.compile(r"[*_`#\"“”‘’「」]|\\(?:boxed|text|textbf|mathbf)|[{}\\$]")
# A letter that a response announces: "The answer is (B)", "Option B:", "答案是B".
_ANNOUNCED = re.compile(
    r"(?:\b(?:answer|option|choice|choose|select|pick)|答案|选项|选择|应选|选)"
    r"(?:\s+(?:is|would be|should be|option|letter))*"
    r"\s*(?:是|为|应该是|就是|选项)?\s*[:：]?\s*\(?([A-Z])(?![A-Za-z'’]|\s+[a-z])",
    re.IGNORECASE,
)
_LEADING = re.compile(r"\(?([A-Za-z])(?:[).:：、,]|\s*$)")
_BRACKETED = re.compile(r"\(([A-Z])\)")
_NEGATION = re.compile(
    r"(?:\b(?:not|n't|isn't|never|rather than|instead of)|不是|并非|而非)\s*(?:a|an|the)?\s*$", re.IGNORECASE
)


def instruction(question: str, choices: Sequence[str]) -> str:
    """Return the question with its choices in the form of the Fun-Audio-Chat README."""
    options = "\n".join(f"({letter}){choice}" for letter, choice in zip(ascii_uppercase, choices, strict=False))
    return f"{question} {_INSTRUCTION}\n{options}"


def find_choice(response: str, choices: Sequence[str]) -> int | None:
    """Return the index of the choice that a response names, by letter or text; None if it names none or several."""
    text = _DECORATION.sub("", _THOUGHTS.sub("", response)).strip()
    whole = _find_whole(text, choices)
    if whole is not None:
        return whole
    for pattern in (_LEADING.match, _ANNOUNCED.search, _only_bracketed):
        found = pattern(text)
        letter = found[1].upper() if found else ""
        if letter and ascii_uppercase.index(letter) < len(choices):
            return ascii_uppercase.index(letter)
    return _find_text(text, choices)


def _find_whole(text: str, choices: Sequence[str]) -> int | None:
    """Return the choice whose text is the whole response, but for case and punctuation."""
    words = _words(text)
    matches = [index for index, choice in enumerate(choices) if words and _words(choice) == words]
    exact = [index for index in matches if choices[index].strip() == text]  # choices that differ by case alone
    return next(iter(exact or matches), None)


def _only_bracketed(text: str) -> re.Match[str] | None:
    """Return the only letter in brackets."""
    found = list(_BRACKETED.finditer(text))
    return found[0] if len(found) == 1 else None


def _find_text(text: str, choices: Sequence[str]) -> int | None:
    """Return the only choice whose text stands in the response and isn't negated."""
    named: set[int] = set()
    rest = text.lower()
    for index in sorted(range(len(choices)), key=lambda index: -len(choices[index])):  # "very sad" before "sad"
        pattern = _text_pattern(choices[index])
        for found in pattern.finditer(rest) if pattern else ():
            if not _NEGATION.search(rest[: found.start()]):
                named.add(index)
        rest = pattern.sub(lambda found: " " * len(found[0]), rest) if pattern else rest
    return named.pop() if len(named) == 1 else None


def _text_pattern(choice: str) -> re.Pattern[str] | None:
    """Return a pattern of the words of a choice; None if it has none."""
    words = _words(choice)
    return re.compile(r"(?<!\w)" + r"\W+".join(map(re.escape, words)) + r"(?!\w)") if words else None


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def is_right_by_mmau(response: str, choices: Sequence[str], answer: str) -> bool:
    """Return the verdict of MMAU's scorer: all words of the answer, and none that only a wrong choice has."""
    given, expected = set(_words(response)), set(_words(answer))
    others = [words for words in (set(_words(choice)) for choice in choices) if words != expected]
    return bool(given) and expected <= given and not given & (set().union(*others) - expected)


def is_right_by_mmsu(response: str, choices: Sequence[str], answer: str) -> bool | None:
    """Return the verdict of MMSU's script; None if it drops the response from the count.

    It reads the first character, or the last but one ("The answer is A."), as a letter, and knows four choices only.
    """
    if len(choices) != 4:
        return None
    text = response.strip().replace("\n", "")
    places = [text[:1], text[-2:-1] if len(text) > 1 else ""]
    letter = next((place for place in places if place and place in "ABCD"), None)
    if letter is None or text == "None":
        return None
    return choices["ABCD".index(letter)] == answer


def letter_by_voicebench(response: str) -> str | None:
    """Return the letter that VoiceBench's scorer finds; None where it draws one at random.

    It looks for phrases around each letter in turn; of its 160 phrases, those that differ in effect.
    """
    text = re.sub(r"^<[123]>\s*", "", response.lower())
    for phrase in _VOICEBENCH_PHRASES:
        for letter in "abcd":
            if phrase.format(letter) in text:
                return letter.upper()
    return next((letter.upper() for letter in "abcd" if text == letter or text[:2] in _marked(letter)), None)


def _marked(letter: str) -> tuple[str, ...]:
    return tuple(letter + mark for mark in ".,:)")


_VOICEBENCH_PHRASES = (
    *("答案是{}", "答案是 {}", "答案是选项{}", "答案应该是{}", "答案选{}", "{}是正确"),
    *("answer is: **{}", "answer is **{}", "the answer is {}", "the correct answer is {}"),
    *("would select {}", "would choose {}", "would be {}", "would be option {}"),
    *('is "{}"', "is **{}", "is: **{}", "is ({})", "is: {}", "is {}:", "is {}.", "is {},", "option {}:"),
    *(" {}.", " {},", " {}:", " {})", "**{}.", "**{})", '"{}.', '"{},', '"{}:', "({})", '"{}"'),
)
