"""Attribution of a text: who speaks each quotation, and with what feeling."""

from __future__ import annotations

from dataclasses import replace

from dataclasses import replace

from funaudio_core.books.speakers.chinese import ChineseGrammar
from funaudio_core.books.speakers.english import EnglishGrammar
from funaudio_core.books.speakers.feelings import feel
from funaudio_core.books.speakers.quotations import find_quotations, paragraphs
from funaudio_core.books.speakers.scene import NO_ANTECEDENTS, Scene
from funaudio_core.books.speakers.types import (
    CONTINUED,
    IMPLICIT,
    NONE,
    NOT_SPEECH,
    TURN,
    UNKNOWN,
    VOICE,
    Attribution,
    Character,
    Chooser,
    Evidence,
    Mention,
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
    quotations = find_quotations(text)
    if language == "zh" and (simple := _simplified(text)) is not None:
        return _restore(attribute(simple, language, chooser), text, simple)
    if language not in LANGUAGES:
        spans = [Span(q.start, q.end, UNKNOWN, evidence=Evidence(NONE), is_quotation=True) for q in quotations]
        return Attribution(_cover(text, spans), ())
    narration = _narration(text, quotations)
    grammar = EnglishGrammar(text, narration) if language == "en" else ChineseGrammar(text, quotations)
    reader = _Reader(text, quotations, grammar)
    reader.read()
    if chooser is not None:
        _choose(text, quotations, reader.scene, chooser)
    spans = [_span(quotation) for quotation in quotations]
    spans = feel(text, language, quotations, spans)
    return Attribution(_cover(text, spans), _cast(quotations, grammar))


def _simplified(text: str) -> str | None:
    """Return Traditional Chinese as Simplified of the same length, or None if nothing changes."""
    import zhconv

    simple = "".join(zhconv.convert(char, "zh-hans") if char > "\u3400" else char for char in text)
    return simple if simple != text and len(simple) == len(text) else None


def _restore(found: Attribution, text: str, simple: str) -> Attribution:
    """Return the result for a simplified text with the names as the text writes them."""

    def written(name: str) -> str:
        position = simple.find(name)
        return text[position : position + len(name)] if position >= 0 else name

    cast = tuple(
        Character(written(person.name), person.sex, set(map(written, person.aliases)), person.lines) for person in found.cast
    )
    spans = tuple(replace(span, speaker=written(span.speaker)) if span.speaker else span for span in found.spans)
    return Attribution(spans, cast)


def _line_start(text: str, position: int) -> int:
    """Return the index of the first character of the line at a position."""
    return text.rfind("\n", 0, position) + 1


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


class _Reader:
    """Reader of a text from its start to its end, paragraph by paragraph."""

    def __init__(self, text: str, quotations: list[Quotation], grammar: EnglishGrammar | ChineseGrammar) -> None:
        self._text = text
        self._grammar = grammar
        self.scene = Scene(grammar)
        self._quotations = quotations
        self._by_paragraph: dict[int, list[Quotation]] = {}
        for quotation in quotations:
            self._by_paragraph.setdefault(quotation.paragraph, []).append(quotation)
        self._announced: Mention | None = None  # speaker named at the end of the paragraph before
        self._subject: Character | None = None  # subject of the narration since the last quotation
        self._subject_words = ""
        self._has_reported = False  # that narration tells of an answer
        self._last: Quotation | None = None

    def read(self) -> None:
        """Give every quotation its speaker."""
        for number, (start, end) in enumerate(paragraphs(self._text)):
            self.scene.paragraph_start = start
            found = self._by_paragraph.get(number)
            if found:
                self._read_dialogue(number, found)
            else:
                self._read_narration(number, start, end)
        self._fill_gaps()

    def _read_narration(self, number: int, start: int, end: int) -> None:
        self._note(start, end, number)
        if self._last is not None and self._last.speaker is None and self._last.evidence.kind == VOICE:
            self._introduce(start, end, number)
        for subject in self._grammar.subjects(start, end):
            character = self.scene.resolve(subject, number)
            if character is not None:
                self.scene.note(character, subject.start, is_subject=True)
                self._subject, self._subject_words = character, subject.words
        if self._subject is not None:
            self.scene.act(self._subject, number)
        self._announced = self._grammar.announced(start, end)
        self._has_reported = self._grammar.reports(start, end)
        if self._has_reported and self._subject is not None:
            self.scene.speak(self._subject, number)

    def _introduce(self, start: int, end: int, number: int) -> None:
        """Give a voice to the person whom the narration after it introduces."""
        people = (self.scene.resolve(mention, number) for mention in self._grammar.mentions(start, end))
        person = next((character for character in people if character and character.name not in NO_ANTECEDENTS), None)
        if person is not None and self._last is not None:
            self._set(self._last, person, IMPLICIT)

    def _note(self, start: int, end: int, number: int) -> None:
        """Remember the people that narration mentions."""
        for mention in self._grammar.mentions(start, end):
            character = self.scene.resolve(mention, number)
            if character is not None:
                self.scene.note(character, mention.start, is_subject=False)

    def _read_dialogue(self, number: int, quotations: list[Quotation]) -> None:
        """Attribute the quotations of a paragraph."""
        speaker: Character | None = None
        tags = [self._grammar.tag(quotation) for quotation in quotations]
        for index, (quotation, tag) in enumerate(zip(quotations, tags, strict=True)):
            self._note(*quotation.before, number)
            self._note_subject(quotation, number, is_first=index == 0)
            quotation.is_speech = tag is not None or self._grammar.is_speech(quotation)
            if not quotation.is_speech:
                continue
            vocative = self._grammar.vocative(quotation)
            quotation.hearer = self._hearer(vocative, number) if vocative else None
            if tag is not None and tag.kind == VOICE:
                quotation.evidence = Evidence(VOICE, tag.words)
            elif tag is not None:
                self._set(quotation, self.scene.resolve(tag, number, is_speaker=True, hearer=quotation.hearer), tag.kind, tag.words)
            elif quotation.goes_on and self._last is not None:
                self._set(quotation, self._last.speaker, CONTINUED)
            elif speaker is not None and not self._grammar.changes_speaker(quotation):
                self._set(quotation, speaker, CONTINUED)
            else:
                self._guess(quotation, number, self._later_tag(quotations, tags, index))
            speaker = quotation.speaker
            self._last = quotation
            self._subject, self._announced, self._has_reported = None, None, False
        self._note(*quotations[-1].after, number)
        self._end_dialogue(number, quotations[-1])

    def _note_subject(self, quotation: Quotation, number: int, *, is_first: bool) -> None:
        """Remember the subject of the narration before a quotation of the same paragraph."""
        subjects = self._grammar.subjects(*quotation.before) if is_first or self._grammar.is_run_on else []
        for subject in subjects:
            character = self.scene.resolve(subject, number)
            if character is not None:
                self.scene.note(character, max(subject.start, self.scene.trace(character).position), is_subject=True)

    def _hearer(self, vocative: Mention, number: int) -> Character | None:
        """Return who is addressed; somebody known by a pronoun alone gets the name."""
        last = self.scene.last_speaker(number)
        is_new = self._grammar.canonical(vocative.key) not in self.scene.cast
        first_person = self.scene.cast.get(self._grammar.first_person)
        if is_new and first_person is not None and not self._grammar.is_narrated(vocative.key):
            return first_person  # a name that only others use is the narrator's
        is_nameless = last is not None and last.name in self._grammar.nameless
        if is_new and last is not None and is_nameless and (not vocative.sex or vocative.sex == last.sex):
            self.scene.rename(last, vocative.key)
            return last
        hearer = self.scene.resolve(vocative, number)
        if hearer is not None:
            self.scene.note(hearer, vocative.start, is_subject=False)
        return hearer

    def _end_dialogue(self, number: int, last: Quotation) -> None:
        """Keep what the end of a paragraph says about the next speaker."""
        self._announced = self._grammar.announced(*last.after)
        if last.speaker is not None:
            self.scene.note(last.speaker, last.end, is_subject=True)

    def _later_tag(self, quotations: list[Quotation], tags: list[Mention | None], index: int) -> Mention | None:
        """Return the tag of a later quotation of the paragraph, if the narration between is only a beat."""
        return None if self._grammar.is_run_on else next((tag for tag in tags[index + 1 :] if tag is not None), None)

    def _set(self, quotation: Quotation, speaker: Character | None, kind: str, words: str = "") -> None:
        quotation.speaker, quotation.evidence = speaker, Evidence(kind if speaker else NONE, words)
        if speaker is not None:
            self.scene.speak(speaker, quotation.paragraph)
            self.scene.note(speaker, quotation.end, is_subject=True)

    def _guess(self, quotation: Quotation, number: int, later: Mention | None) -> None:
        """Attribute a quotation without a tag: by the end of the narration before, a beat, or the turn."""
        beat = self._grammar.beat(quotation)
        is_first = not self._text[slice(*quotation.before)].strip()
        if self._announced is not None and is_first:
            self._set(quotation, self.scene.resolve(self._announced, number, is_speaker=True, hearer=quotation.hearer), IMPLICIT, self._announced.words)
        elif beat is not None and (later is None or beat.kind == IMPLICIT):
            self._set(quotation, self.scene.resolve(beat, number, is_speaker=True, hearer=quotation.hearer), IMPLICIT, beat.words)
        elif later is not None:
            self._set(quotation, self.scene.resolve(later, number, is_speaker=True, hearer=quotation.hearer), later.kind, later.words)
        else:
            speaker, kind = self._next_speaker(quotation, number)
            self._set(quotation, speaker, kind, self._subject_words if kind == IMPLICIT else "")

    def _next_speaker(self, quotation: Quotation, number: int) -> tuple[Character | None, str]:
        """Return who speaks next: the subject of the narration since the last quotation, or whose turn it is."""
        if self._grammar.is_run_on and quotation.before[0] != _line_start(self._text, quotation.start):
            number += 1  # turns of the same paragraph count
        last = self.scene.last_speaker(number)
        subject = self._subject
        other = self.scene.partner(last, number)
        if self._last is not None and self._last.hearer is not None and number - self._last.paragraph <= 2:
            other = self._last.hearer if self._last.hearer is not last else other
        if last is not None and other is None:
            other = self._bystander(last, quotation)
        if subject is not None and subject is not last and not self._has_reported and subject is not quotation.hearer:
            return subject, IMPLICIT
        if other is not None and other is quotation.hearer:
            third = self._bystander(other, quotation)
            other = last if last is not other else third
        if subject is not None and (subject is last or last is None) and self.scene.partner(last, number) is None:
            return subject, IMPLICIT
        return other, TURN

    def _bystander(self, speaker: Character, quotation: Quotation) -> Character | None:
        """Return somebody else who was mentioned lately."""
        near = [
            character
            for character in self.scene.cast.values()
            if character is not speaker and 0 <= quotation.start - self.scene.trace(character).position < _CONTEXT_CHARACTERS
        ]
        return max(near, key=lambda character: self.scene.trace(character).position, default=None)

    def _fill_gaps(self) -> None:
        """Attribute what is left by the speakers that follow: turns alternate backwards too."""
        spoken = [quotation for quotation in self._quotations if quotation.is_speech]
        for index in range(len(spoken) - 1, -1, -1):
            quotation = spoken[index]
            if quotation.speaker is not None:
                continue
            later = [other for other in spoken[index + 1 : index + 9] if other.speaker is not None]
            before = [other for other in spoken[max(0, index - 8) : index] if other.speaker is not None]
            follower = later[0].speaker if later else None
            near = [other.speaker for other in (*later, *reversed(before))]
            other = next((speaker for speaker in near if speaker is not follower), None)
            if follower is not None and later[0].paragraph == quotation.paragraph:
                other = follower
            quotation.speaker = other or (quotation.hearer and None)
            if quotation.speaker is not None:
                quotation.evidence = Evidence(TURN)


def label_quotations(text: str, language: str) -> list[tuple[int, int, str | None, str]]:
    """Return start, end, speaker (None for what isn't speech) and emotion of each quotation."""
    spans = attribute(text, language).quotations
    return [(span.start, span.end, span.speaker, span.emotion) for span in spans]


