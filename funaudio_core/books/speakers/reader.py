"""Reading of a story in order: each quotation gets its speaker."""

from __future__ import annotations

from funaudio_core.books.speakers.quotations import paragraphs
from funaudio_core.books.speakers.scene import NO_ANTECEDENTS, Scene
from funaudio_core.books.speakers.types import (
    CONTINUED,
    IMPLICIT,
    NONE,
    TURN,
    VOICE,
    Character,
    Evidence,
    Grammar,
    Mention,
    Quotation,
)

_NEAR_CHARACTERS = 800  # somebody mentioned within them may speak


class StoryReader:
    """Reader of a text from its start to its end, paragraph by paragraph."""

    def __init__(self, text: str, quotations: list[Quotation], grammar: Grammar) -> None:
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
                self._set_by(tag, tag.kind, quotation)
            elif quotation.goes_on and self._last is not None:
                self._set(quotation, self._last.speaker, CONTINUED)
            elif speaker is not None and not self._grammar.changes_speaker(quotation):
                self._set(quotation, speaker, CONTINUED)
            else:
                self._guess(quotation, number, self._later_tag(tags, index))
            speaker = quotation.speaker
            self._last = quotation
            self._subject, self._announced, self._has_reported = None, None, False
        self._note(*quotations[-1].after, number)
        self._end_dialogue(quotations[-1])

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

    def _end_dialogue(self, last: Quotation) -> None:
        """Keep what the end of a paragraph says about the next speaker."""
        self._announced = self._grammar.announced(*last.after)
        if last.speaker is not None:
            self.scene.note(last.speaker, last.end, is_subject=True)

    def _later_tag(self, tags: list[Mention | None], index: int) -> Mention | None:
        """Return the tag of a later quotation of the paragraph, if the narration between is only a beat."""
        return None if self._grammar.is_run_on else next((tag for tag in tags[index + 1 :] if tag is not None), None)

    def _set(self, quotation: Quotation, speaker: Character | None, kind: str, words: str = "") -> None:
        quotation.speaker, quotation.evidence = speaker, Evidence(kind if speaker else NONE, words)
        if speaker is not None:
            self.scene.speak(speaker, quotation.paragraph)
            self.scene.note(speaker, quotation.end, is_subject=True)

    def _set_by(self, mention: Mention, kind: str, quotation: Quotation) -> None:
        """Give a quotation the speaker that a mention means."""
        speaker = self.scene.resolve(mention, quotation.paragraph, is_speaker=True, hearer=quotation.hearer)
        self._set(quotation, speaker, kind, mention.words)

    def _guess(self, quotation: Quotation, number: int, later: Mention | None) -> None:
        """Attribute a quotation without a tag: by the end of the narration before, a beat, or the turn."""
        beat = self._grammar.beat(quotation)
        is_first = not self._text[slice(*quotation.before)].strip()
        if self._announced is not None and is_first:
            self._set_by(self._announced, IMPLICIT, quotation)
        elif beat is not None and (later is None or beat.kind == IMPLICIT):
            self._set_by(beat, IMPLICIT, quotation)
        elif later is not None:
            self._set_by(later, later.kind, quotation)
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
            if character is not speaker
            and 0 <= quotation.start - self.scene.trace(character).position < _NEAR_CHARACTERS
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
            quotation.speaker = other
            if quotation.speaker is not None:
                quotation.evidence = Evidence(TURN)


def _line_start(text: str, position: int) -> int:
    """Return the index of the first character of the line at a position."""
    return text.rfind("\n", 0, position) + 1
