"""Grammar of English dialogue: tags such as "said the inspector", beats, subjects and vocatives."""

from __future__ import annotations

import re

from funaudio_core.books.speakers.english_names import NAME, EnglishNames
from funaudio_core.books.speakers.english_words import (
    ADVERBS,
    BODY_PARTS,
    FEMALE_NOUNS,
    KIN,
    MALE_NOUNS,
    NOT_SPEECH_CUES,
    PERSON_NOUNS,
    SPEECH_VERBS,
    WEAK_VERBS,
)
from funaudio_core.books.speakers.types import EXPLICIT, FEMALE, IMPLICIT, MALE, PRONOUN, Mention, Quotation

_PRONOUNS = {"he": MALE, "she": FEMALE, "they": "", "i": "", "we": "", "it": ""}
_POSSESSIVES = {"his": "he", "her": "she", "my": "i", "our": "we", "their": "they", "its": "it"}
_DETERMINER = re.compile(
    r"(the other|the|an?|his|her|my|our|their|its|this|that|another|one of (?:the|his|her|my|their)|some|both|two of the)\s+",
    re.IGNORECASE,
)
_SUBJECT_PRONOUN = re.compile(r"(he|she|they|I|we|it)\b(?![’'])", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-zà-ÿ][\w’'-]*")
_LEAD = re.compile(r"[\s,—–-]*")
_SENTENCE = re.compile(r"(?<=[.!?…])[\"”’)]*\s+|\n+")
_ABBREVIATED = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Prof|Rev|Capt|Col|Gen|Lt|Sgt|Messrs)\.$")
_OPENING_WORDS = re.compile(
    r"(?:(?:but|and|then|so|now|yet|still|or|for|at last|at once|at this|again|presently|suddenly|meanwhile|perhaps|even|"
    r"only|soon|finally|instantly|immediately|here|there|in reply|in answer|for answer|after (?:a|that)[\w ]*|"
    r"for a (?:moment|while|minute)|a moment later|with (?:a|an|this|that|these)[^,.]{0,50})\b,?\s*)+",
    re.IGNORECASE,
)
_SPEAKING = re.compile(
    r"\b(?:saying|crying|asking|adding|exclaiming|whispering|muttering|shouting|calling|replying|murmuring|answering|"
    r"singing|remarking|observing|declaring|growling|yelling)\b"
)
_PERSON_PHRASE = re.compile(r"\b(the|an?|my|our) (?:[\w-]+ ){0,3}?(\w+)\b", re.IGNORECASE)
_NOUN_END = re.compile(
    r"(?:who|whom|which|that|with|in|at|to|from|as|and|but|for|of|on|by|after|before|when|while|without|then|again|"
    r"through|over|under|beside|behind|into|upon|between|rather|quite|very|more|[\w-]+ly|\w{2,}ing)$",
    re.IGNORECASE,
)
_VOCATIVE_START = re.compile(
    r"[“\"‘']\W*(?:(?:oh|ah|o|well|no|yes|why|come|now|but|and|dear|hello|hush|please|listen|look|good \w+|my (?:dear(?:est)?|good|"
    r"poor)|thank you|nonsense|really|indeed)\b[,!.]?\s+){0,3}",
    re.IGNORECASE,
)
_VOCATIVE_INNER = re.compile(r"[,!?]\s+(?:(?:my|dear|good|poor|old|you|dearest)\s+){0,3}")
_REPORT = re.compile(
    r"\b(?:replied|answered|said|told|agreed|assented|explained|declared|assured|begged|protested|confessed|owned|admitted|"
    r"asked|inquired|enquired)\s+(?:that|him|her|them|nothing|in|to|if|whether|me|us)\b|\bmade no (?:answer|reply)\b|"
    r"\b(?:said|answered) nothing\b|\bdid not (?:answer|reply|speak)\b|\bwas silent\b|\bnodded\b|\bshook (?:his|her|my) head\b"
)
_CLAUSE_START = re.compile(r"[,;]\s+(?:(?:and|but|then|when|while|as|for|so) )?")
_COORDINATE = re.compile(r"[,;] (?:and|but|while|when|as) ")
_NAMELESS = ("friend", "companion", "stranger", "man", "woman", "voice", "gentleman", "lady", "visitor", "other")
_MAX_NOUN_WORDS = 6
_MAX_FREE_WORDS = 4  # of a noun phrase whose head isn't a known noun
_MAX_TITLE_WORDS = 6  # of a quotation inside of a sentence that isn't spoken
_CUE_CHARACTERS = 90


class EnglishGrammar:
    """Grammar of one English text; see Grammar."""

    def __init__(self, text: str, narration: list[tuple[int, int]]) -> None:
        self._text = text
        self.names = EnglishNames(text, narration)
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
        noun = key.split()[-1].lower()
        if key.startswith(("the ", "his ", "her ", "my ", "their ", "our ")) or key.islower():
            return FEMALE if noun in FEMALE_NOUNS else MALE if noun in MALE_NOUNS else ""
        return self.names.sex(key)

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
            sentences = self._sentences(start + _blank(self._text, start, end), end)
            found = self._sentence_subject(*sentences[0]) if sentences and self._text[sentences[0][0]].isupper() else None
        return found

    def subject(self, start: int, end: int) -> Mention | None:
        """Return the subject of the last sentence that has a person as subject."""
        for first, last in reversed(self._sentences(start, end)[-2:]):
            found = self._sentence_subject(first, last)
            if found is not None:
                return found
        return None

    def subjects(self, start: int, end: int) -> list[Mention]:
        """Return the subjects of the sentences that have a person as subject."""
        found = []
        for first, last in self._sentences(start, end):
            found.append(self._sentence_subject(first, last))
            found += [self._person(match.end(), last) for match in _COORDINATE.finditer(self._text, first, last)]
        return [subject for subject in found if subject is not None]

    def mentions(self, start: int, end: int) -> list[Mention]:
        """Return names and nouns for people in narration."""
        found = []
        for match in NAME.finditer(self._text, start, end):
            key = self.names.key(match.group())
            if key and not re.match(r"[’']s\b", self._text[match.end() : match.end() + 3]):
                found.append(Mention(key, match.start(), sex=self.sex_of(key)))
        for match in _PERSON_PHRASE.finditer(self._text, start, end):
            owner = _POSSESSIVES.get(match[1].lower(), "")
            if match[2] in PERSON_NOUNS and (not owner or owner == "i"):
                found.append(_noun(match[2], match.start(), owner))
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
                return Mention(key, place, sex=self.sex_of(key), words=match.group())
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
        is_short = len(inner.split()) <= _MAX_TITLE_WORDS and not inner.endswith((".", ",", "!", "?", "—", "-", "…", ";", ":"))
        is_inside = bool(before.strip()) and not before.rstrip().endswith((",", ":", "—", ".", "!", "?", "-", ";"))
        return not (is_short and (is_inside or re.match(r"\s+[a-z]", after)) and not self._tag_after(quotation))

    is_run_on = False  # a paragraph has one speaker, unless tags say otherwise

    def changes_speaker(self, _quotation: Quotation) -> bool:
        """Return whether an untagged quotation has another speaker than the one before in its paragraph: never."""
        return False

    def reports(self, start: int, end: int) -> bool:
        """Return whether narration tells of an answer, or of silence, in place of a quotation."""
        sentences = self._sentences(start, end)
        return bool(sentences) and _REPORT.search(self._text, *sentences[-1]) is not None

    def _tag_after(self, quotation: Quotation) -> Mention | None:
        """Return the speaker by "said X" or "X said" after a quotation."""
        start, end = quotation.after
        position = start + _blank(self._text, start, end)
        word = _WORD.match(self._text, position, end)
        if word is None or self._text[quotation.end - 2 : quotation.end - 1] == "." or "\n" in self._text[start:position]:
            return None
        ends_open = self._text[quotation.end - 2 : quotation.end - 1] in ",!?—-–…;"
        if word.group() in SPEECH_VERBS:
            found = self._person(self._skip_adverbs(word.end(), end), end, is_free=True)
            return self._as_tag(found, position, end) if found and (ends_open or word.group() not in WEAK_VERBS) else None
        found = self._person(position, end) or self._free_noun(position, end)
        if found is None or (word.group()[0].isupper() and found.is_pronoun and found.key != "i"):
            return None
        verb = self._verb_after(found, end)
        return self._as_tag(found, position, end) if verb in SPEECH_VERBS and (ends_open or verb not in WEAK_VERBS) else None

    def _as_tag(self, found: Mention, start: int, end: int) -> Mention:
        stop = re.search(r"(?<!\bMr)(?<!\bMrs)(?<!\bDr)[.;:!?\n]", self._text[start:end])
        words = self._text[start : start + stop.start() if stop else end].strip()[:80]
        kind = PRONOUN if found.is_pronoun and found.key != "i" else EXPLICIT
        return Mention(found.key, found.start, found.is_pronoun, found.sex, kind, words, found.owner)

    def _tag_before(self, start: int, end: int) -> Mention | None:
        """Return the speaker by "X said," before a quotation."""
        if not self._text[start:end].rstrip().endswith((",", ":", "—", "-", "–")):
            return None
        sentences = self._sentences(start, end)
        if not sentences:
            return None
        first, last = sentences[-1]
        verbs = [word for word in _WORD.finditer(self._text, first, last) if word.group() in SPEECH_VERBS]
        verbs = [word for word in verbs if last - word.end() <= _CUE_CHARACTERS]
        is_speaking = _SPEAKING.search(self._text, first, last)
        if not verbs and not is_speaking:
            return None
        if verbs and (nearest := self._person_before(verbs[-1].start(), first)):
            return self._as_tag(nearest, first, last)
        found = self._sentence_subject(first, last)
        return self._as_tag(found, first, last) if found else None

    def _person_before(self, end: int, start: int) -> Mention | None:
        """Return the person directly before a verb, adverbs between."""
        words = list(_WORD.finditer(self._text, start, end))
        while words and (words[-1].group().lower() in ADVERBS or words[-1].group().endswith("ly")):
            words.pop()
        for count in range(1, min(_MAX_NOUN_WORDS, len(words)) + 1):
            place = words[-count].start()
            found = self._person(place, end)
            stop = self._verb_place(found, end) if found else None
            if found and stop is not None and stop >= words[-1].end():
                return found
        return None

    def _verb_place(self, found: Mention, end: int) -> int | None:
        """Return the index after a mention's words."""
        match = NAME.match(self._text, found.start, end) or _SUBJECT_PRONOUN.match(self._text, found.start, end)
        if match and self._text[found.start : match.end()]:
            return match.end()
        words = [word for word in _WORD.finditer(self._text, found.start, end)][:_MAX_NOUN_WORDS]
        head = found.key.split()[-1]
        return next((word.end() for word in words if word.group().lower() == head), None)

    def _verb_after(self, found: Mention, end: int) -> str:
        place = self._verb_place(found, end)
        if place is None:
            return ""
        word = _WORD.match(self._text, self._skip_adverbs(place, end), end)
        return word.group() if word else ""

    def _skip_adverbs(self, position: int, end: int) -> int:
        """Return the index of the next word that is no adverb."""
        for word in _WORD.finditer(self._text, position, end):
            is_adverb = word.group() in ADVERBS or (word.group().endswith("ly") and word.group().islower())
            if not is_adverb or self._text[position : word.start()].strip(" ,"):
                return word.start()
        return end

    def _person(self, position: int, end: int, *, is_free: bool = False) -> Mention | None:
        """Return the person that the words at a position mean."""
        pronoun = _SUBJECT_PRONOUN.match(self._text, position, end)
        if pronoun and (pronoun[1] != "i"):
            key = pronoun[1].lower()
            return Mention(key, position, True, _PRONOUNS[key], PRONOUN)
        match = NAME.match(self._text, position, end)
        named = self._named(match, end) if match else None
        return named or self._described(position, end, is_free=is_free)

    def _named(self, match: re.Match[str], end: int) -> Mention | None:
        key = self.names.key(match.group())
        owned = re.compile(r"[’']s?\s+(?:[\w-]+\s+){0,2}?(\w+)").match(self._text, match.end(), end)
        if owned and owned[1] in KIN:
            return _noun(owned[1], match.start(), key or "")
        if owned:
            return Mention(key, match.start(), sex=self.sex_of(key)) if key and owned[1] in BODY_PARTS else None
        return Mention(key, match.start(), sex=self.sex_of(key)) if key else None

    def _described(self, position: int, end: int, *, is_free: bool) -> Mention | None:
        """Return the person of a noun phrase: "his wife", "the old man", "her voice"."""
        determiner = _DETERMINER.match(self._text, position, end)
        if determiner is None:
            return None
        owner = _POSSESSIVES.get(determiner[1].lower().split()[-1], "")
        words = []
        for word in _WORD.finditer(self._text, determiner.end(), end):
            gap = self._text[words[-1].end() if words else determiner.end() : word.start()]
            if gap.strip() or _NOUN_END.match(word.group()) or len(words) >= _MAX_NOUN_WORDS:
                break
            words.append(word)
            noun = re.sub("[’']s?$", "", word.group().lower())
            if noun in PERSON_NOUNS and noun != word.group().lower():
                owned = _WORD.match(self._text, word.end() + 1, end)
                return _noun(noun, position, owner) if owned and owned.group() in BODY_PARTS else None
            if noun in BODY_PARTS and owner:
                return Mention(owner, position, True, _PRONOUNS[owner], PRONOUN)
            if noun in PERSON_NOUNS and not self._continues_noun(word, end):
                return _noun(noun, position, owner)
        name = NAME.match(self._text, determiner.end(), end)
        if name and (key := self.names.key(name.group())):
            return Mention(key, position, sex=self.sex_of(key))
        if is_free and words and words[-1].group().islower():
            return _noun(words[-1].group().lower(), position, owner)
        return None

    def _continues_noun(self, word: re.Match[str], end: int) -> bool:
        """Return whether another noun for people follows: "the old lady's maid", "the ship captain"."""
        after = _WORD.match(self._text, word.end() + 1, end)
        return after is not None and after.group().lower() in PERSON_NOUNS

    def _free_noun(self, position: int, end: int) -> Mention | None:
        """Return a noun phrase whose verb is one of speech though its noun isn't known to be a person."""
        determiner = _DETERMINER.match(self._text, position, end)
        if determiner is None:
            return None
        words = list(_WORD.finditer(self._text, determiner.end(), min(end, determiner.end() + 60)))[: _MAX_FREE_WORDS + 1]
        for before, verb in zip(words, words[1:], strict=False):
            if verb.group() in SPEECH_VERBS and not self._text[before.end() : verb.start()].strip():
                return _noun(before.group().lower(), position, _POSSESSIVES.get(determiner[1].lower(), ""))
        return None

    def _sentences(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the sentences of text[start:end]."""
        edges, found = [start], []
        for match in _SENTENCE.finditer(self._text, start, end):
            if not _ABBREVIATED.search(self._text, max(start, match.start() - 8), match.start()):
                edges.append(match.end())
        for first, last in zip(edges, [*edges[1:], end], strict=True):
            first += _blank(self._text, first, last)
            if first < last:
                found.append((first, last))
        return found

    def _sentence_subject(self, start: int, end: int) -> Mention | None:
        """Return the person that a sentence begins with, or that follows its first clause."""
        opening = _OPENING_WORDS.match(self._text, start, end)
        places = [opening.end() if opening else start]
        places += [match.end() for match in _CLAUSE_START.finditer(self._text, start, end)]
        for place in places[:3]:
            found = self._person(place, end)
            if found is not None:
                kind = PRONOUN if found.is_pronoun and found.key != "i" else IMPLICIT
                return Mention(found.key, found.start, found.is_pronoun, found.sex, kind, self._text[start:end][:80], found.owner)
        return None


def _noun(noun: str, start: int, owner: str) -> Mention:
    """Return the mention of a noun; a relative keeps whose it is."""
    sex = FEMALE if noun in FEMALE_NOUNS else MALE if noun in MALE_NOUNS else ""
    return Mention(f"the {noun}", start, sex=sex, owner=owner if noun in KIN else "")


def _blank(text: str, start: int, end: int) -> int:
    """Return the number of spaces, commas and dashes at the start."""
    match = _LEAD.match(text, start, end)
    return match.end() - start if match else 0
