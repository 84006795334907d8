"""Grammar of Chinese dialogue: subjects before 道, 曰 and 说, beats, vocatives."""

from __future__ import annotations

import re

from funaudio_core.books.speakers.chinese_names import ChineseNames
from funaudio_core.books.speakers.chinese_words import (
    BODY_PARTS,
    FEMALE_NOUNS,
    GOVERNING,
    KIN_VOCATIVES,
    LABEL_NOUNS,
    MALE_NOUNS,
    NOT_SPEECH_CUES,
    ONOMATOPOEIA,
    SEEN_SUBJECT,
    VERBS,
)
from funaudio_core.books.speakers.scene import NOBODY
from funaudio_core.books.speakers.types import EXPLICIT, FEMALE, IMPLICIT, MALE, PRONOUN, VOICE, Mention, Quotation

_VERB_TAIL = "(?:道|说|说道|着|了|过|起来|出来|出声来|下去|一声|一句|了一声|了一句|了起来|起|開口|话)"
_VERB_END = re.compile(
    rf"(?:{'|'.join(sorted(VERBS, key=len, reverse=True))}){_VERB_TAIL}{{0,3}}(?:[他她我你它](?:们)?)?$"
)
_STRONG_END = re.compile(r"(?:道|曰|云|说|說|问|問|答|喊|叫|嚷|吼|骂|喝|叹)(?:道|着|了|起来|了起来|一声)?$")
_CLAUSE = re.compile(r"[^，,：:；;。！？!?…—\n]+")
_SENTENCE_END = "。！？!?；;\n…"
_PRONOUNS = {"他": MALE, "她": FEMALE, "我": "", "它": "", "俺": "", "吾": ""}
_GROUPS = ("他们", "她们", "我们", "咱们", "众人", "大家", "人们")
_SPEECH_MARKS = "。，！？…—；、!?,.～~"
_VOICE = re.compile(r"声音|[怪尖喊叫人话]声|嗓音|嗓子")
_BARE_VERB = re.compile(r"[对答]?[曰道云][：:，,]?")  # between two quotations: the other one speaks
_SEEN = re.compile(r"只见|却见|忽见|但见")
_REPORT = re.compile(
    r"(?:没有?|不|未)(?:有)?(?:回答|答话|答应|做声|作声|吭声|吱声|说话|言语|开口|理会|理)|无言以对|不答"
)
_VOCATIVES = (
    re.compile(r"[“「『\"‘](?P<name>[\u4e00-\u9fff]{1,4}?)[，,！!。？?…—]"),
    re.compile(r"[“「『\"‘][^，。！？…“”]{1,3}[，！。…](?P<name>[\u4e00-\u9fff]{1,4}?)[，,！!。？?…—]"),
)
_OWN_NAME = re.compile("姓|我叫|我是|名叫")
_INNER = re.compile(r"[，。！？…](?P<name>[\u4e00-\u9fff]{1,4})(?=[，。！？…”」』])")
_MAX_LABEL = 12  # characters of a quotation inside of a sentence that isn't spoken
_MAX_CLAUSES = 8


class ChineseGrammar:
    """Grammar of one Chinese text; see Grammar."""

    is_run_on = True  # a paragraph may have several speakers

    def __init__(self, text: str, quotations: list[Quotation]) -> None:
        self._text = text
        self.names = ChineseNames(text, quotations)
        self.nameless = frozenset({"他", "她"})
        self.first_person = "我"

    def canonical(self, key: str) -> str:
        """Return the name of the cast."""
        return self.names.canonical(key)

    def aliases(self, key: str) -> set[str]:
        """Return the other names of a key."""
        return self.names.aliases(key)

    def is_narrated(self, key: str) -> bool:
        """Return whether narration uses a name."""
        return self.names.is_narrated(key)

    def sex_of(self, key: str) -> str:
        """Return the sex that a name or a noun tells."""
        return self.names.sex(key)

    def tag(self, quotation: Quotation) -> Mention | None:
        """Return who is said to speak before the quotation, or after it."""
        return self._tag_before(*quotation.before) or self._tag_after(quotation)

    def announced(self, start: int, end: int) -> Mention | None:
        """Return who speaks next by narration that ends with a colon."""
        words = self._text[start:end].rstrip()
        if not words.endswith(("：", ":")):
            return None
        return self._tag_before(start, end) or self.subject(start, end)

    def beat(self, quotation: Quotation) -> Mention | None:
        """Return the subject of the narration before a quotation in its paragraph, or after it."""
        found = self.subject(*quotation.before)
        if found is None:
            start, end = quotation.after
            ending = self._text[start:end].rstrip()[-1:]
            is_next = ending in ("：", ":") or (ending in "，," and self._is_adjacent(quotation))
            if is_next and not self._has_sentence(start, end):
                return None
            found = self._first_subject(self._clauses(start, end)[:2], IMPLICIT)
        return found

    def subject(self, start: int, end: int) -> Mention | None:
        """Return the subject of the last sentence that has one."""
        for sentence in reversed(self._sentence_clauses(start, end)[-2:]):
            found = self._seen_subject(sentence) or self._first_subject(sentence, IMPLICIT)
            if found is not None:
                return found
        return None

    def subjects(self, start: int, end: int) -> list[Mention]:
        """Return the subjects of the sentences that have one."""
        sentences = self._sentence_clauses(start, end)
        found = (self._seen_subject(sentence) or self._first_subject(sentence, IMPLICIT) for sentence in sentences)
        return [subject for subject in found if subject is not None]

    def _seen_subject(self, clauses: list[tuple[int, int]]) -> Mention | None:
        """Return the person who comes into sight in a sentence: 却见一个女人站在门口."""
        start, end = clauses[0][0], clauses[-1][1]
        seen = _SEEN.search(self._text, start, end)
        if seen is None:
            return None
        found = self._chain_subject(self._clauses(seen.end(), end)[::-1])
        return found if found is not None and found.key != "我" else None

    def mentions(self, start: int, end: int) -> list[Mention]:
        """Return names and nouns for people in narration."""
        found = []
        for first, last, key in self.names.find(start, end):
            if not self._text.startswith("的", last):
                found.append(Mention(key, first, sex=self.sex_of(key)))
        return found

    def vocative(self, quotation: Quotation) -> Mention | None:
        """Return who is addressed at the start of a quotation, or between its marks."""
        for pattern in _VOCATIVES:
            match = pattern.match(self._text, quotation.start, quotation.end)
            if match and self._is_address(match["name"]):
                return Mention(match["name"], match.start("name"), sex=self.sex_of(match["name"]), words=match["name"])
        for inner in _INNER.finditer(self._text, quotation.start, quotation.end):
            is_own = _OWN_NAME.search(self._text, quotation.start, inner.start())
            if self.names.is_name(inner["name"]) and not is_own:
                return Mention(inner["name"], inner.start("name"), sex=self.sex_of(inner["name"]), words=inner["name"])
        return None

    def _is_address(self, word: str) -> bool:
        return self.names.is_name(word) or word in KIN_VOCATIVES or self.names.looks_like_name(word)

    def is_speech(self, quotation: Quotation) -> bool:
        """Return whether a quotation is spoken: not an inscription, a name, a sound or a word in inverted commas."""
        inner = self._text[quotation.start + 1 : quotation.end - 1].strip()
        before = self._text[slice(*quotation.before)].rstrip()
        after = self._text[slice(*quotation.after)].lstrip()
        bare = inner.rstrip(_SPEECH_MARKS)
        if bare and all(char in ONOMATOPOEIA for char in bare):
            return False
        is_ended = inner.endswith(tuple(_SPEECH_MARKS))
        if before.rstrip("：:，, ").endswith(NOT_SPEECH_CUES) or (after.startswith(LABEL_NOUNS) and not is_ended):
            return False
        is_inside = bool(before) and "\u4e00" <= before[-1] <= "\u9fff"
        runs_on = bool(after) and "\u4e00" <= after[0] <= "\u9fff"
        if is_ended or len(inner) > _MAX_LABEL or before.endswith(("：", ":")):
            return True
        return not (is_inside or (before and runs_on)) or bool(_STRONG_END.search(before))

    def changes_speaker(self, quotation: Quotation) -> bool:
        """Return whether the narration since the quotation before tells of somebody else in its last sentence."""
        sentences = self._sentence_clauses(*quotation.before)
        if not sentences or _BARE_VERB.fullmatch(self._text[slice(*quotation.before)].strip()):
            return True
        if len(sentences) < 2 or self._text[slice(*quotation.before)].rstrip()[-1:] not in _SENTENCE_END:
            return False
        first, last = (self._first_subject(sentence, IMPLICIT) for sentence in (sentences[0], sentences[-1]))
        return first is not None and last is not None and first.key != last.key and not last.is_pronoun

    def reports(self, start: int, end: int) -> bool:
        """Return whether narration tells of an answer, or of silence, in place of a quotation."""
        sentences = self._sentence_clauses(start, end)
        return bool(sentences) and any(_REPORT.search(self._text, *clause) for clause in sentences[-1])

    def _clauses(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the clauses of text[start:end]."""
        found = []
        for match in _CLAUSE.finditer(self._text, start, end):
            first, last = match.span()
            while first < last and self._text[first].isspace():
                first += 1
            if first < last:
                found.append((first, last))
        return found

    def _sentence_clauses(self, start: int, end: int) -> list[list[tuple[int, int]]]:
        """Return the clauses of each sentence."""
        sentences: list[list[tuple[int, int]]] = [[]]
        for first, last in self._clauses(start, end):
            sentences[-1].append((first, last))
            if self._text[last : last + 1] and self._text[last] in _SENTENCE_END:
                sentences.append([])
        return [sentence for sentence in sentences if sentence]

    def _has_sentence(self, start: int, end: int) -> bool:
        return any(self._text[position] in _SENTENCE_END for position in range(start, end))

    def _is_adjacent(self, quotation: Quotation) -> bool:
        """Return whether a quotation follows another one without a word between."""
        before = self._text[max(0, quotation.start - 1) : quotation.start]
        return quotation.before[0] == quotation.start and before in ("”", "」", "』", '"')

    def _tag_before(self, start: int, end: int) -> Mention | None:
        """Return the speaker by narration that ends with a verb of speech: its subject may stand clauses before."""
        words = self._text[start:end].rstrip()
        sentences = self._sentence_clauses(start, end)
        if _BARE_VERB.fullmatch(words) and start and self._text[start - 1] in "”」』":
            return None
        if not sentences or (not words.endswith(("：", ":", "，", ",")) and not _STRONG_END.search(words)):
            return None
        clauses = sentences[-1][-_MAX_CLAUSES:]
        first, last = clauses[-1]
        if not words.endswith(("：", ":")) and not _VERB_END.search(self._text[first:last]):
            return None
        if (
            not _VERB_END.search(self._text[first:last])
            and len(clauses) == 1
            and len(sentences) == 1
            and last - first > 14
        ):
            return None
        found = self._chain_subject(clauses)
        if found is None and _VERB_END.search(self._text[first:last]):
            found = Mention(NOBODY, first, True, kind=PRONOUN)
        return self._as_tag(found, clauses[0][0], last) if found else None

    def _chain_subject(self, clauses: list[tuple[int, int]]) -> Mention | None:
        """Return the subject of the last clause that has one."""
        for first, last in reversed(clauses):
            found = self._clause_subject(first, last)
            if found is not None:
                return found
        return None

    def _tag_after(self, quotation: Quotation) -> Mention | None:
        """Return the speaker by narration after a quotation, such as 阿秀小声说."""
        start, end = quotation.after
        if start < end and self._text[start] == "\n":
            return None
        sentences = self._sentence_clauses(start, end)
        if not sentences:
            return None
        is_next = self._text[start:end].rstrip().endswith(("：", ":")) and len(sentences) == 1
        clauses = sentences[0][:3]
        if is_next or (
            self._is_adjacent(quotation) and len(sentences) == 1 and self._text[start:end].rstrip()[-1:] in "，,"
        ):
            return None
        for index, (first, last) in enumerate(clauses):
            if _VERB_END.search(self._text[first:last]):
                found = self._first_subject(clauses[: index + 1], EXPLICIT)
                if found is None and _VOICE.search(self._text[clauses[0][0] : last]):
                    return Mention("", first, kind=VOICE, words=self._text[clauses[0][0] : last])
                return self._as_tag(found, clauses[0][0], last) if found else None
        return None

    def _as_tag(self, found: Mention, start: int, end: int) -> Mention:
        kind = PRONOUN if found.is_pronoun and found.key != "i" else EXPLICIT
        return Mention(found.key, found.start, found.is_pronoun, found.sex, kind, self._text[start:end][-60:])

    def _first_subject(self, clauses: list[tuple[int, int]], kind: str) -> Mention | None:
        for first, last in clauses:
            found = self._clause_subject(first, last)
            if found is not None:
                words = self._text[clauses[0][0] : clauses[-1][1]][:60]
                return Mention(found.key, found.start, found.is_pronoun, found.sex, kind, words)
        return None

    def _clause_subject(self, start: int, end: int) -> Mention | None:
        """Return the first person of a clause that no preposition or verb governs."""
        position = start
        while position < end:
            found = self._person(position, end)
            if found is None:
                position += 1
                continue
            mention, after = found
            before = self._text[start:position]
            is_governed = before.endswith(tuple(GOVERNING)) and not before.endswith(SEEN_SUBJECT)
            if not is_governed and mention is not None:
                return mention
            position = after
        return None

    def _person(self, position: int, end: int) -> tuple[Mention | None, int] | None:
        """Return the person at a position and the index after it; a possessor counts only with a body part or voice."""
        name = self.names.match(position, end)
        char = self._text[position]
        if (
            char == "人"
            and position
            and self._text[position - 1] == "的"
            and not self._text.startswith("的", position + 1)
        ):
            return Mention("那人", position), position + 1
        if name is None and char not in _PRONOUNS:
            return None
        group = next((word for word in _GROUPS if self._text.startswith(word, position)), "")
        after = position + len(group or name or char)
        if group:
            return Mention(group, position), after
        if name is None and (kin := self.names.match(after, end)) and kin in FEMALE_NOUNS | MALE_NOUNS:
            return Mention(kin, position, sex=self.sex_of(kin)), after + len(kin)
        if self._text.startswith("的", after):
            kin = self.names.match(after + 1, end)
            if kin:
                return Mention(kin, position, sex=self.sex_of(kin)), after + 1 + len(kin)
            if not self._text.startswith(BODY_PARTS, after + 1):
                return None, after
        if name is not None:
            return Mention(name, position, sex=self.sex_of(name)), after
        if char in "我俺吾":
            return Mention("我", position), after
        return (Mention(char, position, True, _PRONOUNS[char], PRONOUN, char), after) if char != "它" else (None, after)
