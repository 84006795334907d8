"""Data types of attribution: quotations, mentions of people, spans and the cast."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

EXPLICIT, PRONOUN, CONTINUED, IMPLICIT, TURN = "explicit", "pronoun", "continued", "implicit", "turn"
NOT_SPEECH, NONE, VOICE = "not speech", "none", "voice"  # VOICE: only a voice is heard; its owner follows
FEMALE, MALE = "female", "male"
UNKNOWN = "?"  # speaker of speech without a guess


@dataclass(frozen=True, slots=True)
class Evidence:
    """Reason for a guess: a kind such as EXPLICIT, and the words of the text that it rests on."""

    kind: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Stretch of a text that one voice speaks.

    Attributes:
        start: Index of the first character, the quotation mark included.
        end: Index after the last character.
        speaker: Name of a character of the cast; UNKNOWN for speech without a guess; None for the narrator.
        emotion: Code of labels.EMOTIONS.
        evidence: Reason for the speaker; None for narration.
        is_quotation: The span stands in quotation marks, spoken or not.
        is_whispered: The narrator says that it is spoken in a whisper or under the breath.
        level: Change of loudness in dB that the narrator describes: shouted, murmured.
    """

    start: int
    end: int
    speaker: str | None = None
    emotion: str = "neutral"
    evidence: Evidence | None = None
    is_quotation: bool = False
    is_whispered: bool = False
    level: float = 0.0


@dataclass(slots=True)
class Character:
    """Member of the cast.

    Attributes:
        name: Name, or the phrase that the text uses: "the inspector".
        sex: FEMALE, MALE or "".
        aliases: Other names that the text uses.
        lines: Number of quotations.
    """

    name: str
    sex: str = ""
    aliases: set[str] = field(default_factory=set)
    lines: int = 0


@dataclass(frozen=True, slots=True)
class Attribution:
    """Result for a text.

    Attributes:
        spans: Spans in order; every character of the text lies in exactly one.
        cast: Characters who speak, those with most lines first.
    """

    spans: tuple[Span, ...]
    cast: tuple[Character, ...]

    @property
    def quotations(self) -> tuple[Span, ...]:
        """Return the spans in quotation marks."""
        return tuple(span for span in self.spans if span.is_quotation)


@dataclass(frozen=True, slots=True)
class Mention:
    """Mention of a person in a text.

    Attributes:
        key: Name, head of a noun phrase, or pronoun, as the character tables spell it.
        start: Index of its first character.
        is_pronoun: It stands for a character mentioned before.
        sex: Sex that the words tell, or "".
        kind: Kind of evidence where it says who speaks.
        words: The words that tell it.
        owner: Possessor of a relative: "his" in "his wife", or a name; "" for none.
    """

    key: str
    start: int
    is_pronoun: bool = False
    sex: str = ""
    kind: str = EXPLICIT
    words: str = ""
    owner: str = ""


@dataclass(slots=True)
class Quotation:
    """Quotation with what stands around it in its paragraph.

    Attributes:
        start: Index of the opening mark in the text.
        end: Index after the closing mark.
        paragraph: Number of its paragraph.
        before: Narration between the previous quotation, or the start of the paragraph, and this one.
        after: Narration up to the next quotation or the end of the paragraph.
        goes_on: It continues the quotation of the paragraph before.
        speaker: Character, or None.
        evidence: Reason for the speaker.
        is_speech: Somebody says it.
        hearer: Character who is addressed, or None.
    """

    start: int
    end: int
    paragraph: int
    before: tuple[int, int]
    after: tuple[int, int]
    goes_on: bool = False
    speaker: Character | None = None
    evidence: Evidence = Evidence(NONE)
    is_speech: bool = True
    hearer: Character | None = None


class Chooser(Protocol):
    """Language model that chooses among given answers."""

    def choose(self, prompt: str, ids: list[str]) -> str:
        """Return one of the ids."""


class Grammar(Protocol):
    """Rules of one language. Positions are indices into the text that the rules were made for.

    Attributes:
        is_run_on: A paragraph may have several speakers.
        nameless: Names of the cast that stand for somebody whose name isn't known yet.
        first_person: Name of the narrator as a character.
    """

    is_run_on: bool
    nameless: frozenset[str]
    first_person: str

    def tag(self, quotation: Quotation) -> Mention | None:
        """Return who is said to speak, by a name, noun or pronoun with a verb of speech."""

    def beat(self, quotation: Quotation) -> Mention | None:
        """Return who acts in the narration around a quotation of the same paragraph."""

    def subject(self, start: int, end: int) -> Mention | None:
        """Return the subject of the last sentence of text[start:end]."""

    def subjects(self, start: int, end: int) -> list[Mention]:
        """Return the subjects of the sentences of text[start:end]."""

    def announced(self, start: int, end: int) -> Mention | None:
        """Return who is said to speak next, by narration that ends with a colon or the like."""

    def mentions(self, start: int, end: int) -> list[Mention]:
        """Return the people that narration mentions, in order."""

    def vocative(self, quotation: Quotation) -> Mention | None:
        """Return who is addressed in a quotation."""

    def changes_speaker(self, quotation: Quotation) -> bool:
        """Return whether an untagged quotation has another speaker than the one before in its paragraph."""

    def reports(self, start: int, end: int) -> bool:
        """Return whether narration tells of an answer, or of silence, in place of a quotation."""

    def is_speech(self, quotation: Quotation) -> bool:
        """Return whether a quotation without a verb of speech is spoken at all."""

    def sex_of(self, key: str) -> str:
        """Return the sex that a name or noun tells, or that the text tells of it, or ""."""

    def canonical(self, key: str) -> str:
        """Return the name under which a key is listed in the cast."""

    def aliases(self, key: str) -> set[str]:
        """Return the other names of a name in the cast."""

    def is_narrated(self, key: str) -> bool:
        """Return whether narration uses a name."""
