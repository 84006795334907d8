"""Attribution of a text: who speaks each quotation, and with what feeling."""

from __future__ import annotations

from dataclasses import replace

from funaudio_core.books.speakers.chinese import ChineseGrammar
from funaudio_core.books.speakers.dashes import find_speech
from funaudio_core.books.speakers.english import EnglishGrammar
from funaudio_core.books.speakers.feelings import feel
from funaudio_core.books.speakers.quotations import find_quotations
from funaudio_core.books.speakers.reader import StoryReader
from funaudio_core.books.speakers.scene import Scene
from funaudio_core.books.speakers.types import (
    NONE,
    NOT_SPEECH,
    TURN,
    UNKNOWN,
    Attribution,
    Character,
    Chooser,
    Evidence,
    Quotation,
    Span,
)

LANGUAGES = frozenset({"en", "zh"})  # others have quotations, and no speakers
CHOSEN = "chosen"  # evidence: by a language model
_CONTEXT_CHARACTERS = 800


def attribute(text: str, language: str, chooser: Chooser | None = None) -> Attribution:
    """Find the quotations of a text, who speaks them and with what feeling.

    Args:
        text: Text of one or more chapters; each line is a paragraph.
        language: ISO 639 code; of languages other than LANGUAGES, no speaker is known.
        chooser: Language model that decides where the rules only guess.
    """
    if language == "zh" and (simple := _simplified(text)) is not None:
        return _restore(attribute(simple, language, chooser), text, simple)
    if language not in LANGUAGES:
        speech = find_speech(text, language)
        spans = [Span(start, end, UNKNOWN, evidence=Evidence(NONE), is_quotation=True) for start, end in speech]
        return Attribution(_cover(text, spans), ())
    quotations = find_quotations(text)
    narration = _narration(text, quotations)
    grammar = EnglishGrammar(text, narration) if language == "en" else ChineseGrammar(text, quotations)
    reader = StoryReader(text, quotations, grammar)
    reader.read()
    if chooser is not None:
        _choose(text, quotations, reader.scene, chooser)
    spans = [_span(quotation) for quotation in quotations]
    spans = feel(text, language, quotations, spans)
    return Attribution(_cover(text, spans), _cast(quotations, grammar))


def _simplified(text: str) -> str | None:
    """Return Traditional Chinese as Simplified of the same length, or None if nothing changes."""
    import zhconv

    table = {ord(char): zhconv.convert(char, "zh-hans") for char in set(text) if char > "\u3400"}
    simple = text.translate(table)
    return simple if simple != text and len(simple) == len(text) else None


def _restore(found: Attribution, text: str, simple: str) -> Attribution:
    """Return the result for a simplified text with the names as the text writes them."""

    def written(name: str) -> str:
        position = simple.find(name)
        return text[position : position + len(name)] if position >= 0 else name

    cast = tuple(
        Character(written(person.name), person.sex, set(map(written, person.aliases)), person.lines)
        for person in found.cast
    )
    spans = tuple(replace(span, speaker=written(span.speaker)) if span.speaker else span for span in found.spans)
    return Attribution(spans, cast)


def _narration(text: str, quotations: list[Quotation]) -> list[tuple[int, int]]:
    """Return the stretches of text outside of quotations."""
    edges = [0, *(edge for quotation in quotations for edge in (quotation.start, quotation.end)), len(text)]
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end]


def _span(quotation: Quotation) -> Span:
    speaker = quotation.speaker.name if quotation.speaker else UNKNOWN
    evidence = quotation.evidence
    if not quotation.is_speech:
        return Span(quotation.start, quotation.end, None, evidence=Evidence(NOT_SPEECH), is_quotation=True)
    return Span(quotation.start, quotation.end, speaker, evidence=evidence, is_quotation=True)


def _cover(text: str, spans: list[Span]) -> tuple[Span, ...]:
    """Return the spans with narration between them, so that they join to the text."""
    covered: list[Span] = []
    position = 0
    for span in spans:
        if position < span.start:
            covered.append(Span(position, span.start))
        covered.append(span)
        position = span.end
    return (*covered, Span(position, len(text))) if position < len(text) else tuple(covered)


def _cast(quotations: list[Quotation], grammar: EnglishGrammar | ChineseGrammar) -> tuple[Character, ...]:
    speakers: dict[int, Character] = {}
    for quotation in quotations:
        if quotation.speaker is not None and quotation.is_speech:
            speakers[id(quotation.speaker)] = quotation.speaker
            quotation.speaker.lines += 1
    for speaker in speakers.values():
        speaker.aliases |= grammar.aliases(speaker.name)
    return tuple(sorted(speakers.values(), key=lambda character: -character.lines))


def _choose(text: str, quotations: list[Quotation], scene: Scene, chooser: Chooser) -> None:
    """Let a language model choose the speaker of quotations that only have a guess by turns, or none."""
    for index, quotation in enumerate(quotations):
        if not quotation.is_speech or quotation.evidence.kind not in (TURN, NONE):
            continue
        near = [other.speaker for other in quotations[max(0, index - 12) : index + 12] if other.speaker is not None]
        names = list(dict.fromkeys(character.name for character in near))
        if len(names) < 2:
            continue
        context = text[max(0, quotation.start - _CONTEXT_CHARACTERS) : quotation.end + _CONTEXT_CHARACTERS // 2]
        answer = chooser.choose(f"{context}\n\nWho says {text[quotation.start : quotation.end]}?", names)
        if answer in names:
            quotation.speaker, quotation.evidence = scene.cast[answer], Evidence(CHOSEN, answer)


def label_quotations(text: str, language: str) -> list[tuple[int, int, str | None, str]]:
    """Return start, end, speaker (None for what isn't speech) and emotion of each quotation."""
    spans = attribute(text, language).quotations
    return [(span.start, span.end, span.speaker, span.emotion) for span in spans]
