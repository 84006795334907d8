"""Data types of a narration: lines of the plan, roles of the cast, options and status."""

from __future__ import annotations

from dataclasses import dataclass, replace

from funaudio_core.books.speakers.types import UNKNOWN
from funaudio_core.errors import BadInput
from funaudio_core.message import Message
from funaudio_core.text.pronunciations import Pronunciation
from funaudio_core.types import Word

__all__ = ["NARRATOR", "UNKNOWN"]
NARRATOR = ""  # as a speaker, and as the name of the narrator's role


@dataclass(frozen=True, slots=True)
class Line:
    """Stretch of a passage that one voice speaks.

    Attributes:
        text: Text as in the book, with its marks and the white space behind it; the lines of a passage join to it.
        passage: Number of the passage among the spoken passages of the chapter.
        kind: Kind of the passage, see books.model.
        speaker: Name in the cast, NARRATOR, or UNKNOWN for speech without a guess.
        emotion: Code of labels.EMOTIONS.
        is_whispered: Whispered, or said under the breath.
        level: Change of loudness in dB.
        evidence: Kind of evidence for the speaker, see books.speakers.types; "" for narration.
        evidence_words: Words of the text that it rests on.
        is_quotation: It stands in quotation marks, spoken or not.
        follows_break: The scene changes before it.
        manner: Manner in a few words, such as "through her teeth", for engines that take instructions.
        said: Text that is spoken in place of `text`; "" for the text.
        language: ISO 639 code where it isn't that of the book, else "".
        changed: Names of the attributes that the listener has changed.
    """

    text: str
    passage: int
    kind: str
    speaker: str = NARRATOR
    emotion: str = "neutral"
    is_whispered: bool = False
    level: float = 0.0
    evidence: str = ""
    evidence_words: str = ""
    is_quotation: bool = False
    follows_break: bool = False
    manner: str = ""
    said: str = ""
    language: str = ""
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedChapter:
    """Chapter of a plan, with at least one line.

    Attributes:
        title: Title.
        lines: Its lines in order.
        part: Title of the part of the book that it belongs to, or "".
    """

    title: str
    lines: tuple[Line, ...]
    part: str = ""

    @property
    def characters(self) -> int:
        """Return the number of characters."""
        return sum(len(line.text) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Character of the book who speaks.

    Attributes:
        name: Name, or the phrase that the text uses: "the inspector".
        sex: "female", "male" or "".
        aliases: Other names that the text uses.
        lines: Number of quotations.
        chapters: Numbers of the chapters in which the character speaks, from 0.
    """

    name: str
    sex: str = ""
    aliases: tuple[str, ...] = ()
    lines: int = 0
    chapters: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Lines of a book, with the characters who speak them.

    Attributes:
        title: Title of the book.
        authors: Names of the authors.
        language: ISO 639 code.
        chapters: Chapters that are narrated, in order.
        speakers: Characters who speak, those with most lines first; without the narrator.
    """

    title: str
    authors: tuple[str, ...]
    language: str
    chapters: tuple[PlannedChapter, ...]
    speakers: tuple[Speaker, ...] = ()


@dataclass(frozen=True, slots=True)
class Role:
    """Row of the cast.

    Attributes:
        name: Name of the speaker; NARRATOR for the narrator, UNKNOWN for speech without a guess.
        voice: Id of a voice of the engine (engines.voice_catalog), or of a clip kept with the narration.
        voice_name: Name of the voice for people.
        sex: "female", "male" or "".
        aliases: Other names of the speaker, those of merged rows included.
        lines: Number of quotations; 0 for the narrator.
        pitch: Constant shift in semitones, which makes another voice of a preset.
        rate: Constant factor on the speaking rate.
        is_extra: A minor speaker who shares a voice with others.
        is_changed: The listener chose the voice.
    """

    name: str
    voice: str
    voice_name: str = ""
    sex: str = ""
    aliases: tuple[str, ...] = ()
    lines: int = 0
    pitch: float = 0.0
    rate: float = 1.0
    is_extra: bool = False
    is_changed: bool = False


@dataclass(frozen=True, slots=True)
class Cast:
    """Roles with their voices: the narrator first, then UNKNOWN, then those with most lines.

    Attributes:
        engine: Name of the synthesizer.
        language: ISO 639 code.
        roles: The rows.
    """

    engine: str
    language: str
    roles: tuple[Role, ...]

    def role(self, speaker: str) -> Role:
        """Return the role of a speaker by name or alias; that of UNKNOWN for anyone else, never the narrator's."""
        for role in self.roles:
            if role.name == speaker:
                return role
        for role in self.roles:
            if speaker in role.aliases:
                return role
        return next(role for role in self.roles if role.name == UNKNOWN)

    def replace_role(self, changed: Role) -> Cast:
        """Return the cast with another row for a name. Raise BadInput if there is no row of that name."""
        if changed.name not in {role.name for role in self.roles}:
            raise BadInput("Nobody called {name!r} is in the cast. Choose one of its rows.", name=changed.name)
        return replace(self, roles=tuple(changed if role.name == changed.name else role for role in self.roles))

    def merge(self, name: str, into: str) -> Cast:
        """Return the cast with the row `name` merged into another one, which also speaks its lines.

        Raises:
            BadInput: There is no such row, or one of them is the narrator or UNKNOWN.
        """
        rows = {role.name: role for role in self.roles}
        if name == into or {name, into} & {NARRATOR, UNKNOWN} or not {name, into} <= rows.keys():
            raise BadInput(
                "{name!r} and {into!r} can't be merged. Choose two characters of the cast.", name=name, into=into
            )
        gone, kept = rows[name], rows[into]
        aliases = tuple(dict.fromkeys((*kept.aliases, gone.name, *gone.aliases)))
        merged = replace(kept, aliases=aliases, lines=kept.lines + gone.lines)
        return replace(self, roles=tuple(role for role in self.replace_role(merged).roles if role.name != name))


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a narration.

    Attributes:
        pronunciations: Words and how they are said.
        rate: Factor on the rate of narration; quotations keep their own.
        pause: Factor on all pauses.
        is_checked: Each part is heard again by the recognizer.
        seed: Seed of the sampling, for engines that have one.
        date: Date or year of publication, for the files.
        description: A few sentences on the book, for the files.
        series: Title of the series, for the files.
        series_position: Number in the series, for the files.
    """

    pronunciations: tuple[Pronunciation, ...] = ()
    rate: float = 0.96
    pause: float = 1.0
    is_checked: bool = True
    seed: int = 0
    date: str = ""
    description: str = ""
    series: str = ""
    series_position: str = ""


@dataclass(frozen=True, slots=True)
class Flag:
    """Sentence that was not understood when it was heard again.

    Attributes:
        chapter: Number of the chapter, from 0.
        line: Number of the line in the chapter, from 0.
        text: The sentence.
        heard: What the recognizer understood.
        error_rate: Share of wrong words or characters.
        start: Seconds from the start of the line's sound.
        end: Seconds from the start of the line's sound.
    """

    chapter: int
    line: int
    text: str
    heard: str
    error_rate: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class ChapterStatus:
    """Progress of a chapter: its number from 0, title, finished parts, all parts, and seconds of finished sound."""

    number: int
    title: str
    parts_done: int
    parts_total: int
    seconds: float

    @property
    def is_finished(self) -> bool:
        """Return whether all parts are finished."""
        return self.parts_done == self.parts_total


@dataclass(frozen=True, slots=True)
class Status:
    """Progress of a narration.

    Attributes:
        state: RUNNING, PAUSED, FINISHED or FAILED of narration.states.
        chapters: Progress of each chapter.
        parts_done: Finished parts.
        parts_total: All parts.
        seconds: Seconds of finished sound.
        estimated_seconds: Seconds of sound of the whole narration, estimated from what is finished.
        seconds_left: Estimated seconds of work that are left; None before any part is finished.
        flags: Sentences that were not understood.
        message: Reason of a failure; None otherwise.
    """

    state: str
    chapters: tuple[ChapterStatus, ...]
    parts_done: int
    parts_total: int
    seconds: float
    estimated_seconds: float
    seconds_left: float | None
    flags: tuple[Flag, ...] = ()
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """Finished line of a chapter, for a player that follows the text.

    Attributes:
        number: Number of the line in the chapter, from 0.
        line: The line.
        start: Seconds from the start of the chapter.
        end: Seconds from the start of the chapter, without the pause after it.
        words: Words as written, with seconds from the start of the chapter; () if the engine has no word times.
    """

    number: int
    line: Line
    start: float
    end: float
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class ChapterSound:
    """Finished beginning of a chapter: its lines from the first up to the first that is missing.

    Attributes:
        title: Title of the chapter.
        lines: Finished lines in order.
        rate: Sample rate in Hz.
        num_samples: Length in samples, with the pauses after lines.
        is_finished: Nothing is missing.
        version: Changes whenever the sound of these lines changes.
    """

    title: str
    lines: tuple[SpokenLine, ...]
    rate: int
    num_samples: int
    is_finished: bool
    version: str
