"""Parser of free instructions in English and Chinese into a Style."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

from funaudio_core.errors import BadInput
from funaudio_core.labels import EMOTIONS
from funaudio_core.message import Message
from funaudio_core.text.instruction_lexicon import (
    EMOTION_STYLES,
    EVENT_TAGS,
    GRAMMAR_EN,
    GRAMMAR_ZH,
    LIMITS,
    NUMBERS,
    PRESETS,
    UNSUPPORTED,
    WISHES,
    EventTag,
    Preset,
    Wish,
)
from funaudio_core.types import Prosody, Style

__all__ = [
    "EMOTION_STYLES",
    "EVENT_TAGS",
    "LIMITS",
    "PRESETS",
    "Change",
    "Interpretation",
    "Preset",
    "compare_prosody",
    "describe",
]
__all__ += ["EventTag", "apply_speed", "interpret", "validate"]

MAX_LENGTH = 500  # characters of an instruction
OPPOSITE_STRENGTH = 0.5  # "not too fast" means a little slower, not slow
# (strength, template of the wish's name, pattern of the intensifier)
STRENGTHS: tuple[tuple[float, str, re.Pattern[str]], ...] = (
    (
        1.8,
        "extremely {wish}",
        re.compile(r"\b(?:extremely|incredibly|utterly)\b|\bas [\w ]+ as (?:possible|you can)\b|极|尽可能|尽量|最"),
    ),
    (
        0.5,
        "slightly {wish}",
        re.compile(r"\b(?:slightly|a (?:little|bit|touch|tad)|somewhat)\b|有点|有些|稍|略|一点点"),
    ),
    (
        1.4,
        "very {wish}",
        re.compile(r"\b(?:very|really|much|so|quite|a lot|far|super)\b|非常|很|十分|特别|相当|超|得多"),
    ),
)
_NEGATION = re.compile(r"\b(?:not|don't|dont|never|without|no|less|isn't|avoid|stop)\b|(?<!特)别|不|勿|没")
_CLAUSE_MARK = re.compile(r"[,;.!?，。；！？、:：\n]|\bbut\b|但")
_TRAILING_MODIFIER = re.compile(r"\s*(?:as possible|as you can|a lot|a (?:little|bit)|very much|一点点|得多|极了)")
_CONJUNCTION = re.compile(r"\s*(?:or|nor|或者?|也)\s*")


@dataclass(frozen=True, slots=True)
class Interpretation:
    """Result of parsing an instruction.

    Attributes:
        style: Style to speak with, within LIMITS.
        wishes: Recognized wishes, for people.
        unsupported: Reasons why other wishes can't be fulfilled.
        unknown: Words and numbers that were not recognized.
    """

    style: Style
    wishes: tuple[Message, ...]
    unsupported: tuple[Message, ...]
    unknown: tuple[str, ...]


def validate(instruction: str) -> str:
    """Return the instruction. Raise BadInput if it has more than MAX_LENGTH characters."""
    if len(instruction) > MAX_LENGTH:
        raise BadInput(
            "The instruction is too long ({count:,} characters; the limit is {most}). Shorten it.",
            count=len(instruction),
            most=MAX_LENGTH,
        )
    return instruction


def interpret(instruction: str) -> Interpretation:
    """Parse an instruction: several wishes, intensifiers, negation and numbers, English and Chinese mixed.

    Factors multiply, shifts add up, and a repeated wish counts once. "not too fast" means OPPOSITE_STRENGTH times the
    opposite; "not sad" and "don't whisper" mean nothing.

    Raises:
        BadInput: The instruction is too long.
    """
    text = _to_digits(unicodedata.normalize("NFKC", validate(instruction)).lower().replace("’", "'"))
    text, style, wishes = _read_numbers(text, Style(instruction=instruction.strip()))
    unsupported: list[Message] = []
    matches = _find(text)
    for match in matches:
        if isinstance(match.meaning, str):
            if not match.negated and match.meaning not in unsupported:
                unsupported.append(Message(match.meaning))
            continue
        named = match.named(match.meaning)
        if named in wishes:
            continue
        wishes.append(named)
        style = _apply_wish(style, match.meaning, match.strength, match.negated)
    rest = _blank(text, [(found.start, found.end) for found in matches])
    return Interpretation(_clamp(style), tuple(wishes), tuple(unsupported), _unknown(rest))


@dataclass(frozen=True, slots=True)
class _Match:
    """Wish, or the reason why one is unsupported, at text[start:end]."""

    meaning: Wish | str
    start: int
    end: int
    strength: float = 1.0
    negated: bool = False

    def named(self, wish: Wish) -> Message:
        """Return the name of the wish, for people."""
        if self.negated:
            return Message("not {wish}", wish=Message(wish.name))
        for value, template, _ in STRENGTHS:
            if value == self.strength:
                return Message(template, wish=Message(wish.name))
        return Message(wish.name)


def _find(text: str) -> list[_Match]:
    """Return all matches in order; of two that overlap, the longer one."""
    spans: list[_Match] = []
    for wish in WISHES:
        pattern = rf"(?<![\w'])(?:{wish.en})(?![\w'])|(?:{wish.zh})"
        spans += [_Match(wish, match.start(), match.end()) for match in re.finditer(pattern, text, re.ASCII)]
    for pattern, reason in UNSUPPORTED:
        spans += [_Match(reason, match.start(), match.end()) for match in re.finditer(pattern, text, re.ASCII)]
    kept: list[_Match] = []
    for span in sorted(spans, key=lambda span: (span.start - span.end, span.start)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    kept.sort(key=lambda span: span.start)
    return _apply_modifiers(text, kept)


def _apply_modifiers(text: str, spans: list[_Match]) -> list[_Match]:
    """Return the matches with strength and negation, read from the clause before, the match and the words after."""
    out: list[_Match] = []
    for span in spans:
        between = text[out[-1].end if out else 0 : span.start]
        before = _CLAUSE_MARK.split(between)[-1]
        after = _TRAILING_MODIFIER.match(text, span.end)
        around = before + text[span.start : span.end] + (after.group() if after else "")
        strength = next((value for value, _, pattern in STRENGTHS if pattern.search(around)), 1.0)
        inherited = bool(out) and out[-1].negated and _CONJUNCTION.fullmatch(between) is not None
        out.append(replace(span, strength=strength, negated=inherited or _NEGATION.search(before) is not None))
    return out


def _apply_wish(style: Style, wish: Wish, strength: float, negated: bool) -> Style:
    """Return the style with a wish added."""
    if negated:
        opposites = [other for other in WISHES if other.name == wish.opposite]
        return _apply_wish(style, opposites[0], OPPOSITE_STRENGTH, negated=False) if opposites else style
    asked = wish.style
    return replace(
        style,
        rate=style.rate * asked.rate**strength,
        pitch=style.pitch + asked.pitch * strength,
        range=style.range * asked.range**strength,
        level=style.level + asked.level * strength,
        pause=style.pause * asked.pause**strength,
        jitter=style.jitter + asked.jitter * strength,
        whisper=style.whisper or asked.whisper,
        emotion=style.emotion if asked.emotion == "neutral" else asked.emotion,
    )


def _read_numbers(text: str, style: Style) -> tuple[str, Style, list[Message]]:
    """Parse the wishes with a number.

    Returns:
        The text without them, the style with them, and their names.
    """
    named: list[Message] = []
    for kind, pattern in NUMBERS:
        matches = list(re.finditer(pattern, text))
        for match in matches:
            groups = match.groupdict()
            number = float(groups.get("n") or groups.get("m") or 0)
            sign = -1 if groups.get("down") or groups.get("low") else 1
            style, words = _NUMBER_RULES[kind](style, number, sign)
            named.append(words)
        text = _blank(text, [match.span() for match in matches])
    return text, style, named


def _with_speed(style: Style, factor: float) -> tuple[Style, Message]:
    faster = replace(style, rate=style.rate * max(factor, LIMITS["rate"][0]))
    return faster, Message("speed ×{factor}", factor=f"{factor:g}")


def _with_pitch(style: Style, semitones: float) -> tuple[Style, Message]:
    higher = replace(style, pitch=style.pitch + semitones)
    return higher, Message("pitch {semitones} semitones", semitones=f"{semitones:+g}")


def _with_level(style: Style, decibels: float) -> tuple[Style, Message]:
    return replace(style, level=style.level + decibels), Message("volume {decibels} dB", decibels=f"{decibels:+g}")


_NUMBER_RULES: dict[str, Callable[[Style, float, int], tuple[Style, Message]]] = {
    "percent": lambda style, number, sign: _with_speed(style, 1 + sign * number / 100),
    "share": lambda style, number, _sign: _with_speed(style, number / 100),
    "factor": lambda style, number, _sign: _with_speed(style, number),
    "double": lambda style, _number, sign: _with_speed(style, 2.0**sign),
    "semitones": lambda style, number, sign: _with_pitch(style, sign * number),
    "octave": lambda style, _number, sign: _with_pitch(style, 12.0 * sign),
    "decibels": lambda style, number, sign: _with_level(style, sign * number),
}


def _to_digits(text: str) -> str:
    """Convert Chinese numbers below a hundred to digits where they count percent, semitones, decibels or times."""

    def value(match: re.Match[str]) -> str:
        tens, ten, ones = match["tens"] or "", match["ten"] or "", match["ones"] or ""
        digit = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"两": 2, "": 0}
        return str((digit[tens] or 1) * 10 + digit[ones] if ten else digit[ones or tens])

    number = "(?P<tens>[一二两三四五六七八九])?(?P<ten>十)?(?P<ones>[零一二三四五六七八九])?"
    text = re.sub(rf"(?<=百分之)(?=[一二两三四五六七八九十]){number}", value, text)
    return re.sub(rf"(?<![快慢])(?=[一二两三四五六七八九十]){number}(?=个半音|分贝|倍)", value, text)


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    """Replace the spans by spaces, so that all other indices stay valid."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _unknown(rest: str) -> tuple[str, ...]:
    words = re.findall(r"[a-zà-ÿ][a-zà-ÿ']+|\d+(?:\.\d+)?\s*%?", rest)
    known = frozenset(GRAMMAR_EN.split())
    unknown = [word.strip() for word in words if word not in known]
    unknown += re.findall("[\u4e00-\u9fff]+", re.sub(GRAMMAR_ZH, " ", rest))
    return tuple(dict.fromkeys(unknown))


def _clamp(style: Style) -> Style:
    """Return the style within LIMITS."""
    return replace(style, **{axis: min(max(getattr(style, axis), low), high) for axis, (low, high) in LIMITS.items()})


def apply_speed(style: Style, speed: float) -> Style:
    """Return the style at `speed` times its rate, within LIMITS."""
    return _clamp(replace(style, rate=style.rate * speed))


def describe(style: Style) -> tuple[Message, ...]:
    """Describe the style's changes for people; () for the neutral style."""
    parts = (
        (abs(style.rate - 1) > 0.01, Message("speed ×{factor}", factor=f"{style.rate:.2f}")),
        (abs(style.pitch) > 0.05, Message("pitch {semitones} semitones", semitones=f"{style.pitch:+.1f}")),
        (abs(style.range - 1) > 0.01, Message("intonation ×{factor:.2f}", factor=style.range)),
        (abs(style.level) > 0.05, Message("volume {decibels} dB", decibels=f"{style.level:+.1f}")),
        (abs(style.pause - 1) > 0.01, Message("pauses ×{factor:.1f}", factor=style.pause)),
        (style.jitter > 0, Message("trembling voice")),
        (style.whisper, Message("whispered")),
        (style.emotion != "neutral", Message("emotion: {emotion}", emotion=Message(EMOTIONS[style.emotion].en))),
    )
    return tuple(words for changed, words in parts if changed)


@dataclass(frozen=True, slots=True)
class Change:
    """Measured property before and after, both in `unit`."""

    name: Message
    unit: Message
    before: float
    after: float


def compare_prosody(before: Prosody, after: Prosody) -> tuple[Change, ...]:
    """Return the measured changes from the neutral to the instructed take; nan where nothing was voiced."""
    return (
        Change(Message("Pitch (median F0)"), Message("Hz"), before.f0, after.f0),
        Change(Message("Intonation (F0 spread)"), Message("semitones"), before.f0_range, after.f0_range),
        Change(Message("Volume"), Message("dB"), before.level, after.level),
        Change(Message("Speaking rate"), Message("onsets/s"), before.rate, after.rate),
        Change(Message("Voiced frames"), Message("fraction"), before.voiced, after.voiced),
    )
