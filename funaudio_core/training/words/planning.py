"""Check of the names and terms, and the sentences that are spoken with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from funaudio_core import languages, text
from funaudio_core.engines import kokoro
from funaudio_core.errors import BadInput
from funaudio_core.text import error_rate
from funaudio_core.training.words.carriers import CARRIERS, SLOT
from funaudio_core.training.words.general_sentences import GENERAL_SENTENCES
from funaudio_core.training.words.model import PlannedSentence, Purpose, WordsPlan
from funaudio_core.types import SpeechRequest, Voice

LANGUAGES = frozenset(CARRIERS)
MIN_TERMS, MAX_TERMS = 2, 50
MAX_TERM_CHARACTERS = 40
_MARKUP = "[]<>{}|"  # would be read as tags
# Sentences for each term: this many divided by the terms, within limits.
TRAINING_SENTENCES, MIN_TRAINING, MAX_TRAINING = 96, 3, 6
HELD_OUT_SENTENCES, MAX_HELD_OUT = 24, 4


def check_terms(terms: Sequence[str], language: str) -> tuple[str, ...]:
    """Return the names and terms without doubles and empty ones.

    Raises:
        BadInput: There are too few or too many, one of them can't be used, or the language has no sentences.
    """
    if language not in LANGUAGES:
        raise BadInput(
            "There are no sentences in {language} yet. Choose one of: {choices}.",
            language=languages.display_name(language),
            choices=tuple(languages.display_name(code) for code in languages.LANGUAGES if code in LANGUAGES),
        )
    unique: dict[str, str] = {}
    for term in filter(None, map(text.clean, terms)):
        unique.setdefault(_require_usable(term, language), term)
    if not MIN_TERMS <= len(unique) <= MAX_TERMS:
        raise BadInput(
            "{least} to {most} names and terms can be learned at a time; got {given}.",
            least=MIN_TERMS,
            most=MAX_TERMS,
            given=len(unique),
        )
    return tuple(unique.values())


def plan(terms: Sequence[str], language: str) -> WordsPlan:
    """Return the plan for some names and terms; see check_terms() for the errors.

    Sentences and voices take turns in such a way that each term gets several of both, and that a term's sentences don't
    follow each other.
    """
    checked = check_terms(terms, language)
    carriers = CARRIERS[language]
    training = min(max(TRAINING_SENTENCES // len(checked), MIN_TRAINING), MAX_TRAINING)
    held_out = min(-(-HELD_OUT_SENTENCES // len(checked)), MAX_HELD_OUT)
    general = GENERAL_SENTENCES[language]
    sentences = [
        *_fill(checked, carriers.training, carriers.training_voices, training, "training"),
        *_assign(general.training, carriers.training_voices, "general"),
        *_fill(checked, carriers.held_out, carriers.held_out_voices, held_out, "held-out"),
        *_assign(general.held_out, carriers.held_out_voices, "general-held-out"),
    ]
    return WordsPlan(checked, language, tuple(sentences))


def _require_usable(term: str, language: str) -> str:
    """Return a term as it is compared. Raise BadInput if it is too long or can't be spoken."""
    if len(term) > MAX_TERM_CHARACTERS:
        raise BadInput(
            "{term!r} is too long ({length} characters; at most {most}). Shorten it.",
            term=term,
            length=len(term),
            most=MAX_TERM_CHARACTERS,
        )
    compared = error_rate.normalize(term, language)
    if not compared or any(mark in term for mark in _MARKUP):
        raise BadInput("{term!r} can't be learned. Write a name or term in letters, as it is spoken.", term=term)
    voice = Voice(CARRIERS[language].training_voices[0], language, preset=CARRIERS[language].training_voices[0])
    if kokoro.SPEC.validate is not None:
        kokoro.SPEC.validate(SpeechRequest(term, language, voice))
    return compared


def _fill(
    terms: Sequence[str], carriers: Sequence[str], voices: Sequence[str], each: int, purpose: Purpose
) -> Iterator[PlannedSentence]:
    """Yield `each` sentences with every term.

    The voice moves on by one with each term, so that a sentence isn't tied to a voice.
    """
    for turn in range(each):
        for number, term in enumerate(terms):
            carrier = carriers[(number + turn) % len(carriers)]
            voice = voices[(2 * number + turn) % len(voices)]
            yield PlannedSentence(carrier.replace(SLOT, term), voice, purpose, term)


def _assign(sentences: Sequence[str], voices: Sequence[str], purpose: Purpose) -> Iterator[PlannedSentence]:
    """Yield sentences without terms, by voices that take turns."""
    for number, sentence in zip(count(), sentences, strict=False):
        yield PlannedSentence(sentence, voices[number % len(voices)], purpose)
