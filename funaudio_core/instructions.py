"""What a visitor tells the speaker to do, in English or Chinese, as a Style. Pure; knows no engine."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from funaudio_core.types import NEUTRAL, Prosody, Style

# Measured on Kokoro, paired with neutral takes (bench/tts.py): each moves F0, level or rate the right way.
EMOTION_STYLES: dict[str, Style] = {
    "neutral": NEUTRAL,
    "happy": Style(rate=1.08, pitch=1.5, range=1.4, level=1.0, emotion="happy"),
    "sad": Style(rate=0.82, pitch=-1.5, range=0.55, level=-3.0, pause=1.5, emotion="sad"),
    "angry": Style(rate=1.1, pitch=1.0, range=1.35, level=4.0, emotion="angry"),
    "fear": Style(rate=1.15, pitch=3.0, range=0.8, level=-2.0, jitter=0.25, emotion="fear"),
    "surprise": Style(rate=1.12, pitch=3.0, range=1.6, level=2.0, emotion="surprise"),
    "disgust": Style(rate=0.9, pitch=-1.5, range=0.8, level=-1.0, emotion="disgust"),
}
WHISPER = Style(rate=0.95, level=-4.0, whisper=True)
LIMITS = {"rate": (0.5, 2.0), "pitch": (-6.0, 6.0), "range": (0.05, 2.0), "level": (-15.0, 6.0), "pause": (0.3, 4.0)}


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that can be asked for. name: in plain words; pattern: what asks for it, in English or Chinese."""

    name: str
    pattern: str
    style: Style


WISHES: tuple[Wish, ...] = (
    Wish("slower", r"\bslow(?:er|ly)?\b|语速.{0,3}慢|慢(?:一?点|速|慢|些)|太慢|放慢|缓慢", Style(rate=0.78)),
    Wish("faster", r"\b(?:fast(?:er)?|quick(?:er|ly)?|rapid(?:ly)?|hurr(?:y|ied))\b|语速.{0,3}快|快(?:一?点|速|些)|太快|加快", Style(rate=1.28)),
    Wish("higher", r"\bhigh(?:er)?(?:[ -]pitch\w*)?\b|音[调高].{0,3}高|高音|尖(?:细|声)", Style(pitch=4.0)),
    Wish("lower", r"\b(?:low(?:er)?(?:[ -]pitch\w*)?|deep(?:er)?)\b|音[调高].{0,3}低|低音|低沉|深沉", Style(pitch=-4.0)),
    Wish("louder", r"\b(?:loud(?:er|ly)?|shout(?:ing)?|yell(?:ing)?)\b|大声|响亮|喊", Style(level=4.0)),
    Wish("softer", r"\b(?:soft(?:er|ly)?|quiet(?:er|ly)?|gentl[ey])\b|轻声|小声|温柔|柔和", Style(level=-6.0)),
    Wish("monotone", r"\b(?:monoton\w*|flat|robot(?:ic)?)\b|单调|平淡|机器人", Style(range=0.15)),
    Wish("livelier", r"\b(?:lively|livelier|expressive(?:ly)?|animated)\b|生动|抑扬顿挫", Style(range=1.5)),
    Wish("longer pauses", r"\b(?:long(?:er)? pauses?|pausing|with pauses)\b|停顿.{0,2}长|多停顿", Style(pause=2.2)),
    Wish("whisper", r"\bwhisper(?:ing|ed|s)?\b|耳语|悄悄|低语|气声", WHISPER),
    Wish("excited", r"\b(?:excit\w+|enthusias\w+|thrill\w+)\b|兴奋|激动|热情", Style(rate=1.2, pitch=3.0, range=1.6, level=2.5, emotion="happy")),
    Wish("calm", r"\b(?:calm(?:ly)?|relax\w*|sooth\w+|peaceful(?:ly)?)\b|平静|舒缓|冷静|放松", Style(rate=0.9, pitch=-0.5, range=0.75, level=-2.0, pause=1.3)),
    Wish("happy", r"\b(?:happ(?:y|ily|ier)|cheer\w*|joy\w*|glad(?:ly)?|delighted)\b|开心|高兴|愉快|快乐|喜悦", EMOTION_STYLES["happy"]),
    Wish("sad", r"\b(?:sad(?:ly|der)?|sorrow\w*|gloom\w*|depress\w+|melanchol\w+|crying)\b|难过|悲伤|伤心|忧郁", EMOTION_STYLES["sad"]),
    Wish("angry", r"\b(?:angr(?:y|ily)|furious(?:ly)?|mad|annoyed)\b|愤怒|生气|恼火", EMOTION_STYLES["angry"]),
    Wish("fearful", r"\b(?:fear\w*|scared|afraid|nervous(?:ly)?|terrif\w+|frighten\w+|anxious(?:ly)?)\b|害怕|恐惧|紧张|惊恐", EMOTION_STYLES["fear"]),
    Wish("surprised", r"\b(?:surpris\w+|astonish\w+|amazed)\b|惊讶|吃惊|惊喜", EMOTION_STYLES["surprise"]),
    Wish("disgusted", r"\b(?:disgust\w*)\b|厌恶|恶心", EMOTION_STYLES["disgust"]),
    Wish("neutral", r"\b(?:neutral(?:ly)?|normal(?:ly)?)\b|正常|中性", NEUTRAL),
)  # fmt: skip

# What this tier can't do, with the reason that the page shows.
BEYOND: tuple[tuple[str, str], ...] = (
    (r"\blaugh\w*\b|\bgiggl\w*\b|\bchuckl\w*\b|笑声|大笑|笑着", "laughter needs the full tier"),
    (r"\b(?:dialect|cantonese|sichuan\w*|accent)\b|方言|四川话|粤语|广东话|口音", "dialects and accents need the full tier"),
    (r"\b(?:sing|singing|song)\b|唱", "singing is not offered"),
    (r"\b(?:child|kid|old man|old woman|elderly|baby|male|female|man's|woman's)\b|小孩|儿童|老人|老爷爷|男声|女声", "age and sex come with the voice: choose another one"),
    (r"\b(?:role|character|peppa|pirate|robot voice)\b|角色|扮演|小猪佩奇", "roles need the full tier"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """An instruction to pick from a list."""

    en: str
    zh: str


KNOWN: tuple[Known, ...] = (
    Known("Speak slowly.", "请慢一点说。"),
    Known("Speak very fast.", "请非常快速地说。"),
    Known("Speak in a higher pitch.", "请用更高的音调说，音调高一点。"),
    Known("Speak in a deep, low voice.", "请用低沉的声音说。"),
    Known("Speak loudly.", "请大声说。"),
    Known("Speak softly.", "请轻声说。"),
    Known("Whisper.", "请用耳语说。"),
    Known("Sound happy.", "请开心地说。"),
    Known("Sound very excited.", "请非常兴奋地说。"),
    Known("Sound sad.", "请悲伤地说。"),
    Known("Sound angry.", "请愤怒地说。"),
    Known("Sound afraid.", "请害怕地说。"),
    Known("Sound surprised.", "请惊讶地说。"),
    Known("Stay calm, with long pauses.", "请平静地说，停顿长一点。"),
    Known("Speak like a robot, in a monotone.", "请像机器人一样单调地说。"),
)


@dataclass(frozen=True, slots=True)
class EventTag:
    """A tag to put into the text. lite: whether the lite tier makes the sound."""

    tag: str
    en: str
    zh: str
    lite: bool


EVENT_TAGS: tuple[EventTag, ...] = (
    EventTag("[pause]", "pause", "停顿", lite=True),
    EventTag("[breath]", "breath", "呼吸", lite=True),
    EventTag("[sigh]", "sigh", "叹气", lite=True),
    EventTag("[laughter]", "laughter", "笑声", lite=False),
    EventTag("[cough]", "cough", "咳嗽", lite=False),
)

_STRENGTHS = (
    (r"\b(?:extremely|incredibly|as \w+ as possible)\b|极其|极为|特别特别", 1.8),
    (r"\b(?:very|really|much|so|quite|a lot)\b|非常|很|十分|特别", 1.4),
    (r"\b(?:slightly|a (?:little|bit|touch)(?: bit)?|somewhat)\b|有点|稍微|略微|稍|一点点", 0.5),
)
_NOT = re.compile(r"\b(?:not|don't|do not|never|without|no|less)\b|不要|别|不用|不|没有", re.IGNORECASE)
_TOO = re.compile(r"\btoo\b|太", re.IGNORECASE)
_CLAUSES = re.compile(r"[,;.!?，；。！？、]+|\b(?:and|but|then)\b|但是?|而且|并且|同时|和")
# Grammar that asks for nothing by itself.
_FILLER = re.compile(
    r"\b(?:please|speak|say|read|talk|sound|stay|be|it|this|the|a|an|in|with|of|to|like|as|if|you|are|is|were|and|but|your|"
    r"voice|tone|pitch|speed|pace|way|manner|style|more|very|really|much|so|quite|lot|too|not|don't|do|never|without|no|less|"
    r"slightly|little|bit|touch|somewhat|extremely|incredibly|possible|pauses?|long|percent|semitones?|times?|emotion|"
    r"feeling|x|by|at|than|normal|usual|something|sentence|text|db|would|make|me|us|i|can|could|then|on|use|using)\b|"
    r"[请用以像一样的地得说读讲念语速音调声音情绪感觉语气点些更要别不没有很太十分非常特别稍微略极其把带着长停顿分之百倍个半句话这段我你来]|[\d.%×+-]+",
    re.IGNORECASE,
)
_NUMBERS = (
    (re.compile(r"(\d+(?:\.\d+)?)\s*(?:%|percent|％)\s*(slower|faster|quicker)", re.IGNORECASE), "percent_after"),
    (re.compile(r"(加快|放慢|减慢|快|慢)[^\d]{0,3}(?:百分之)?(\d+(?:\.\d+)?)\s*[%％]?"), "percent_zh"),
    (re.compile(r"(\d+(?:\.\d+)?)\s*(?:semitones?|st)\s*(higher|lower|up|down)", re.IGNORECASE), "semitones"),
    (re.compile(r"(升高|提高|降低)[^\d]{0,2}(\d+(?:\.\d+)?)\s*个?半音"), "semitones_zh"),
    (re.compile(r"(\d+(?:\.\d+)?)\s*(?:x\b|×|倍速?|times (?:the )?speed)", re.IGNORECASE), "factor"),
)


@dataclass(frozen=True, slots=True)
class Understood:
    """What an instruction came to.

    style: to speak with. wishes: what was understood, in plain words. beyond: what can't be honoured, with the reason.
    unknown: words that meant nothing here.
    """

    style: Style
    wishes: tuple[str, ...]
    beyond: tuple[str, ...]
    unknown: tuple[str, ...]


def understand(instruction: str) -> Understood:
    """Read a free instruction: several wishes, intensifiers, negation and numbers, English and Chinese mixed."""
    rest = instruction.strip()
    style, wishes = Style(instruction=instruction.strip()), []
    rest, style, named = _numbers(rest, style)
    wishes += named
    beyond = tuple(reason for pattern, reason in BEYOND if re.search(pattern, rest, re.IGNORECASE))
    for pattern, _ in BEYOND:
        rest = re.sub(pattern, " ", rest, flags=re.IGNORECASE)
    unknown: list[str] = []
    for clause in _CLAUSES.split(rest):
        if not clause or not clause.strip():
            continue
        found, left = _wishes(clause)
        for wish, strength in found:
            if _named(wish, strength) in wishes:
                continue  # said twice is meant once
            style = _added(style, wish, strength)
            wishes.append(_named(wish, strength))
        unknown += re.findall(r"[^\W\d_]{2,}", _FILLER.sub(" ", left))
    return Understood(_held(style), tuple(wishes), beyond, tuple(unknown))


def _wishes(clause: str) -> tuple[list[tuple[Wish, float]], str]:
    """The wishes in one clause with their strength (negative: the opposite), and what is left of it."""
    found = []
    left = clause
    for wish in WISHES:
        match = re.search(wish.pattern, left, re.IGNORECASE)
        if match is None:
            continue
        before = left[: match.start()]
        strength = next((value for pattern, value in _STRENGTHS if re.search(pattern, left, re.IGNORECASE)), 1.0)
        if _NOT.search(before):
            strength = -0.4 if _TOO.search(before) else -0.6
        left = left[: match.start()] + " " + left[match.end() :]
        found.append((wish, strength))
    return found, left


def _added(style: Style, wish: Wish, strength: float) -> Style:
    """`style` with a wish on top: factors multiply, shifts add up."""
    if strength < 0 and (wish.style.whisper or wish.style.emotion != "neutral"):
        return style  # "don't whisper", "not sad": nothing to add
    asked = wish.style
    emotion = asked.emotion if asked.emotion != "neutral" else style.emotion
    return replace(
        style,
        rate=style.rate * asked.rate**strength,
        pitch=style.pitch + asked.pitch * strength,
        range=style.range * asked.range**strength,
        level=style.level + asked.level * strength,
        pause=style.pause * asked.pause**strength,
        jitter=style.jitter + asked.jitter * max(strength, 0.0),
        whisper=style.whisper or asked.whisper,
        emotion=emotion,
    )


def _named(wish: Wish, strength: float) -> str:
    if strength < 0:
        return f"not {wish.name}"
    return {0.5: "slightly ", 1.4: "very ", 1.8: "extremely "}.get(strength, "") + wish.name


def _numbers(text: str, style: Style) -> tuple[str, Style, list[str]]:
    """Wishes that give a number; they are taken out of the text."""
    named = []
    for pattern, kind in _NUMBERS:
        match = pattern.search(text)
        if match is None:
            continue
        first, second = match.group(1), match.group(2) if match.lastindex == 2 else ""
        if kind.startswith("percent"):
            number, word = (first, second) if kind == "percent_after" else (second, first)
            sign = -1 if word.lower() in ("slower", "放慢", "减慢", "慢") else 1
            style = replace(style, rate=style.rate * max(0.1, 1 + sign * float(number) / 100))
        elif kind.startswith("semitones"):
            number, word = (first, second) if kind == "semitones" else (second, first)
            sign = -1 if word.lower() in ("lower", "down", "降低") else 1
            style = replace(style, pitch=style.pitch + sign * float(number))
        else:
            style = replace(style, rate=style.rate * float(first))
        named.append(match.group(0).strip())
        text = text[: match.start()] + " " + text[match.end() :]
    return text, style, named


def _held(style: Style) -> Style:
    """The style within LIMITS, beyond which speech falls apart."""
    values = {name: min(max(getattr(style, name), low), high) for name, (low, high) in LIMITS.items()}
    return replace(style, **values)


def describe(style: Style) -> tuple[str, ...]:
    """The style in plain words, nothing for what stays as it is."""
    parts = []
    if abs(style.rate - 1) > 0.01:
        parts.append(f"speed ×{style.rate:.2f}")
    if abs(style.pitch) > 0.05:
        parts.append(f"pitch {style.pitch:+.1f} semitones")
    if abs(style.range - 1) > 0.01:
        parts.append(f"melody ×{style.range:.2f}")
    if abs(style.level) > 0.05:
        parts.append(f"level {style.level:+.1f} dB")
    if abs(style.pause - 1) > 0.01:
        parts.append(f"pauses ×{style.pause:.1f}")
    if style.jitter > 0:
        parts.append("a trembling voice")
    if style.whisper:
        parts.append("whispered")
    if style.emotion != "neutral":
        parts.append(f"emotion: {style.emotion}")
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class Change:
    """One measured property before and after. unit: of both values."""

    name: str
    unit: str
    before: float
    after: float


def changes(before: Prosody, after: Prosody) -> tuple[Change, ...]:
    """What really changed between the neutral and the instructed take."""
    return (
        Change("pitch (median F0)", "Hz", before.f0, after.f0),
        Change("melody (spread of F0)", "semitones", before.f0_range, after.f0_range),
        Change("level", "dB", before.level, after.level),
        Change("rate", "onsets/s", before.rate, after.rate),
        Change("voiced frames", "share", before.voiced, after.voiced),
    )
