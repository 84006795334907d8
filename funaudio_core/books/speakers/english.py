"""Grammar of English dialogue: tags such as "said the inspector", beats, subjects and vocatives."""

from __future__ import annotations

import re

from funaudio_core.books.speakers.english_names import NAME, EnglishNames
from funaudio_core.books.speakers.english_phrases import POSSESSIVES, WORD, EnglishPhrases, blank_length, noun_mention
from funaudio_core.books.speakers.english_words import (
    NOT_SPEECH_CUES,
    PERSON_NOUNS,
    SPEECH_VERBS,
    WEAK_VERBS,
)
from funaudio_core.books.speakers.types import EXPLICIT, PRONOUN, Mention, Quotation

_SPEAKING = re.compile(
    r"\b(?:saying|crying|asking|adding|exclaiming|whispering|muttering|shouting|calling|replying|murmuring|answering|"
    r"singing|remarking|observing|declaring|growling|yelling)\b"
)
_PERSON_PHRASE = re.compile(r"\b(the|an?|my|our) (?:[\w-]+ ){0,3}?(\w+)\b", re.IGNORECASE)
_VOCATIVE_START = re.compile(
    r"[“\"‘']\W*(?:(?:oh|ah|o|well|no|yes|why|come|now|but|and|dear|hello|hush|please|listen|look|good \w+|"
    r"my (?:dear(?:est)?|good|poor)|thank you|nonsense|really|indeed)\b[,!.]?\s+){0,3}",
    re.IGNORECASE,
)
_VOCATIVE_INNER = re.compile(r"[,!?]\s+(?:(?:my|dear|good|poor|old|you|dearest)\s+){0,3}")
_REPORT = re.compile(
    r"\b(?:replied|answered|said|told|agreed|assented|explained|declared|assured|begged|protested|confessed|"
    r"owned|admitted|asked|inquired|enquired)\s+(?:that|him|her|them|nothing|in|to|if|whether|me|us|who|what|why|how|where|when)\b|"
    r"\bmade no (?:answer|reply)\b|\b(?:said|answered) nothing\b|\bdid not (?:answer|reply|speak)\b|\bwas silent\b|"
    r"\bnodded\b|\bshook (?:his|her|my) head\b"
)
_COORDINATE = re.compile(r"[,;] (?:and|but|while|when|as) ")
_NAMELESS = ("friend", "companion", "stranger", "man", "woman", "voice", "gentleman", "lady", "visitor", "other")
_MAX_TITLE_WORDS = 6  # of a quotation inside of a sentence that isn't spoken
_CUE_CHARACTERS = 90


class EnglishGrammar:
    """Grammar of one English text; see Grammar."""

    def __init__(self, text: str, narration: list[tuple[int, int]]) -> None:
        self._text = text
        self.names = EnglishNames(text, narration)
        self._phrases = EnglishPhrases(text, self.names)
        self.nameless = frozenset({"he", "she"} | {f"the {noun}" for noun in _NAMELESS})
        self.first_person = "I"

    def canonical(self, key: str) -> str:
        """Return the name of the cast."""
        return key

    def aliases(self, key: str) -> set[str]:
        """Return the other names of a key."""
        return self.names.aliases(key)

    def is_narrated(self, key: str) -> bool:
        """Return whether narration uses a name."""
        return key in self.names.narrated

    def sex_of(self, key: str) -> str:
        """Return the sex that a name or a noun tells."""
        return self._phrases.sex_of(key)

    def tag(self, quotation: Quotation) -> Mention | None:
        """Return who is said to speak by a verb of speech after the quotation, or before it."""
        return self._tag_after(quotation) or self._tag_before(*quotation.before)

    def announced(self, start: int, end: int) -> Mention | None:
        """Return who speaks next by narration that ends with a verb of speech or a colon."""
        found = self._tag_before(start, end)
        if found is None and self._text[start:end].rstrip().endswith((":", ":—", ":--")):
            found = self.subject(start, end)
        return found

    def beat(self, quotation: Quotation) -> Mention | None:
        """Return the subject of the sentence before a quotation in its paragraph, or after it."""
        before = self._text[slice(*quotation.before)]
        found = self.subject(*quotation.before) if before.strip() else None
        if found is None:
            start, end = quotation.after
            sentences = self._phrases.sentences(start + blank_length(self._text, start, end), end)
            found = (
                self._phrases.sentence_subject(*sentences[0])
                if sentences and self._text[sentences[0][0]].isupper()
                else None
            )
        return found

    def subject(self, start: int, end: int) -> Mention | None:
        """Return the subject of the last sentence that has a person as subject."""
        for first, last in reversed(self._phrases.sentences(start, end)[-2:]):
            found = self._phrases.sentence_subject(first, last)
            if found is not None:
                return found
        return None

    def subjects(self, start: int, end: int) -> list[Mention]:
        """Return the subjects of the sentences that have a person as subject."""
        found = []
        for first, last in self._phrases.sentences(start, end):
            found.append(self._phrases.sentence_subject(first, last))
            found += [
                self._phrases.person(match.end(), last) for match in _COORDINATE.finditer(self._text, first, last)
            ]
        return [subject for subject in found if subject is not None]

    def mentions(self, start: int, end: int) -> list[Mention]:
        """Return names and nouns for people in narration."""
        found = []
        for match in NAME.finditer(self._text, start, end):
            key = self.names.key(match.group())
            if key and not re.match(r"[’']s\b", self._text[match.end() : match.end() + 3]):
                found.append(Mention(key, match.start(), sex=self._phrases.sex_of(key)))
        for match in _PERSON_PHRASE.finditer(self._text, start, end):
            owner = POSSESSIVES.get(match[1].lower(), "")
            if match[2] in PERSON_NOUNS and (not owner or owner == "i"):
                found.append(noun_mention(match[2], match.start(), owner))
        return sorted(found, key=lambda mention: mention.start)

    def vocative(self, quotation: Quotation) -> Mention | None:
        """Return who is addressed by name at the start of a quotation, or between commas."""
        begin = _VOCATIVE_START.match(self._text, quotation.start, quotation.end)
        places = [begin.end()] if begin else []
        places += [match.end() for match in _VOCATIVE_INNER.finditer(self._text, quotation.start, quotation.end)]
        for place in places:
            match = NAME.match(self._text, place, quotation.end)
            follows = self._text[match.end() : match.end() + 1] if match else ""
            if match and follows in (",", ".", "!", "?", ";", "—", "-") and (key := self.names.key(match.group())):
                return Mention(key, place, sex=self._phrases.sex_of(key), words=match.group())
        return None

    def is_speech(self, quotation: Quotation) -> bool:
        """Return whether a quotation is spoken: not a sign, a title or a word that is only named."""
        inner = self._text[quotation.start + 1 : quotation.end - 1].strip()
        before = self._text[slice(*quotation.before)]
        after = self._text[slice(*quotation.after)]
        clause = before[-_CUE_CHARACTERS:].lower()
        words = set(re.findall(r"[a-z-]+", re.split(r"[.!?]\s", clause)[-1]))
        if before.strip() and words & NOT_SPEECH_CUES and not before.rstrip().endswith((".", "!", "?")):
            return bool(words & (SPEECH_VERBS - WEAK_VERBS - {"said", "says"}))
        if re.match(r"\s*(?:was|were) (?:written|painted|carved|printed|engraved|the (?:words?|title|motto))\b", after):
            return False
        is_short = len(inner.split()) <= _MAX_TITLE_WORDS and not inner.endswith(
            (".", ",", "!", "?", "—", "-", "…", ";", ":")
        )
        is_inside = bool(before.strip()) and not before.rstrip().endswith((",", ":", "—", ".", "!", "?", "-", ";"))
        return not (is_short and (is_inside or re.match(r"\s+[a-z]", after)) and not self._tag_after(quotation))

    is_run_on = False  # a paragraph has one speaker, unless tags say otherwise

    def changes_speaker(self, _quotation: Quotation) -> bool:
        """Return whether an untagged quotation has another speaker than the one before in its paragraph: never."""
        return False

    def reports(self, start: int, end: int) -> bool:
        """Return whether narration tells of an answer, or of silence, in place of a quotation."""
        sentences = self._phrases.sentences(start, end)
        return bool(sentences) and _REPORT.search(self._text, *sentences[-1]) is not None

    def _tag_after(self, quotation: Quotation) -> Mention | None:
        """Return the speaker by "said X" or "X said" after a quotation."""
        start, end = quotation.after
        position = start + blank_length(self._text, start, end)
        word = WORD.match(self._text, position, end)
        if (
            word is None
            or self._text[quotation.end - 2 : quotation.end - 1] == "."
            or "\n" in self._text[start:position]
        ):
            return None
        ends_open = self._text[quotation.end - 2 : quotation.end - 1] in ",!?—-–…;"
        if word.group() in SPEECH_VERBS:
            found = self._phrases.person(self._phrases.skip_adverbs(word.end(), end), end, is_free=True)
            return (
                self._as_tag(found, position, end) if found and (ends_open or word.group() not in WEAK_VERBS) else None
            )
        found = self._phrases.person(position, end) or self._phrases.free_noun(position, end)
        if found is None or (word.group()[0].isupper() and found.is_pronoun and found.key != "i"):
            return None
        verb = self._phrases.verb_after(found, end)
        return (
            self._as_tag(found, position, end)
            if verb in SPEECH_VERBS and (ends_open or verb not in WEAK_VERBS)
            else None
        )

    def _as_tag(self, found: Mention, start: int, end: int) -> Mention:
        stop = re.search(r"(?<!\bMr)(?<!\bMrs)(?<!\bDr)[.;:!?\n]", self._text[start:end])
        words = self._text[start : start + stop.start() if stop else end].strip()[:80]
        kind = PRONOUN if found.is_pronoun and found.key != "i" else EXPLICIT
        return Mention(found.key, found.start, found.is_pronoun, found.sex, kind, words, found.owner)

    def _tag_before(self, start: int, end: int) -> Mention | None:
        """Return the speaker by "X said," before a quotation."""
        if not self._text[start:end].rstrip().endswith((",", ":", "—", "-", "–")):
            return None
        sentences = self._phrases.sentences(start, end)
        if not sentences:
            return None
        first, last = sentences[-1]
        verbs = [word for word in WORD.finditer(self._text, first, last) if word.group() in SPEECH_VERBS]
        verbs = [word for word in verbs if last - word.end() <= _CUE_CHARACTERS]
        is_speaking = _SPEAKING.search(self._text, first, last)
        if not verbs and not is_speaking:
            return None
        if verbs and (nearest := self._phrases.person_before(verbs[-1].start(), first)):
            return self._as_tag(nearest, first, last)
        found = self._phrases.sentence_subject(first, last)
        return self._as_tag(found, first, last) if found else None
