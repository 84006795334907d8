"""Answers to the four tasks of BIG-Bench Hard in VoiceBench, which have two choices each.

VoiceBench finds them by a list of phrases that models have used, and draws one at random where none fits. Here a stated
answer counts first, then a verdict in the words of the task, then a lone word at the end.
"""

from __future__ import annotations

import re

YES, NO, FIRST, SECOND = "yes", "no", "(a)", "(b)"
TASKS = ("hyperbaton", "navigate", "sports_understanding", "web_of_lies")
_BOXED = re.compile(r"\$|\\boxed|\\text|[{}]")
_MARKS = re.compile(r"[:：*\"',.!?;_\-‘’“”\[\]]")
_NAMED = r"(?:the |option |sentence |choice |answer )*"
_STATING = r"(?:is|are|be|would|should|directly|without any modification|therefore|simply) "
_STATED_LETTER = re.compile(
    rf"\b(?:(?:answer|conclusion) (?:{_STATING}){{0,6}}"
    rf"|(?:option|order|sentence|one|modification|adjective)s? (?:{_STATING}){{1,6}}){_NAMED}"
    r"(?:\(([ab])\)|([ab])(?:\)|(?= |$)))(?! (?:better|more|bit|plausible|correct|clear|few|matter|sentence|logical))"
)
_FAVOURED = re.compile(
    r"\b(?:option|sentence|choice) \(?([ab])\)?(?: (?!option|sentence|incorrect|wrong|not )\w+){0,12}? "
    r"(?:correct|correctly|better|best|proper|properly|logical|closest|closer|accurate|right|natural|appropriate|follows|uses)\b"
)
_LETTER = re.compile(r"\(([ab])\)|\b(?:option|sentence|choice|order for) ([ab])\b|^([ab])(?:\)| |$)")
_STATED = re.compile(
    r"\b(?:answer|conclusion|prefix|question)(?: to \w+(?: \w+){0,4}?)?"
    r"(?: (?:is|would|be|as|without any modification|directly|therefore|simply)){0,4} (yes|no|true|false)\b"
)
_NEGATION = r"(?:not|never|cannot|can t|don t|doesn t|didn t|haven t|won t|isn t|unlikely|incorrect)"
_VERDICTS: dict[str, tuple[re.Pattern[str], re.Pattern[str]]] = {  # of a negative and of a positive answer
    "navigate": (
        re.compile(rf"\b{_NEGATION}\b(?: \w+){{0,7}} (?:start\w*|began|origin\w*)"),
        re.compile(
            r"\b(?:return\w*|back|at|bring\w*|lead\w*|is)\b(?: \w+){0,6} (?:start\w*|began|origin\w*)|back where"
        ),
    ),
    "web_of_lies": (
        re.compile(rf"\b(?:lies|lie|lying|liar)\b|\b{_NEGATION}\b(?: \w+){{0,3}} (?:truth|true)"),
        re.compile(r"\b(?:tells?|told|telling|says?|speaks?|is)(?: \w+){0,2} truth(?:ful)?\b"),
    ),
    "sports_understanding": (
        re.compile(
            rf"\b(?:implausible|unlikely(?: to be \w+)?|impossible|inaccurate)\b"
            rf"|\b{_NEGATION}\b(?: \w+){{0,3}} (?:plausible|possible|likely|accurate|true)"
        ),
        re.compile(r"\b(?:plausible|possible|likely|realistic|makes sense)\b"),
    ),
}


def find_answer(response: str, task: str) -> str:
    """Return YES, NO, FIRST or SECOND; "" if no answer is found. task: One of TASKS."""
    text = " ".join(_MARKS.sub(" ", _BOXED.sub(" ", response.lower())).split())
    if task == "hyperbaton":
        return _find_letter(text.replace("first option", "option (a)").replace("second option", "option (b)"))
    if found := list(_STATED.finditer(text)):
        return YES if found[-1][1] in ("yes", "true") else NO
    words = text.split()
    for word in (words[:1], words[-1:]):
        if word and word[0] in (YES, NO):
            return word[0]
    return _find_verdict(text, task)


def _find_letter(text: str) -> str:
    stated = [found[1] or found[2] for found in _STATED_LETTER.finditer(text)]
    favoured = [found[1] for found in _FAVOURED.finditer(text)]
    named = {found[1] or found[2] or found[3] for found in _LETTER.finditer(text)}
    letter = stated[-1] if stated else favoured[-1] if favoured else named.pop() if len(named) == 1 else ""
    return f"({letter})" if letter else ""


def _find_verdict(text: str, task: str) -> str:
    """Return the answer whose last verdict stands last; a negative one wins where they overlap."""
    negative, positive = _VERDICTS[task]
    denied = [found.span() for found in negative.finditer(text)]
    stated = [
        found.start()
        for found in positive.finditer(text)
        if not any(start < found.end() and found.start() < end for start, end in denied)
    ]
    if not denied and not stated:
        return ""
    last_denied = max((start for start, _ in denied), default=-1)
    return NO if last_denied >= max(stated, default=-1) else YES
