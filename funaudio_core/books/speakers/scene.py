"""Memory of a story: who was mentioned where, who spoke last, and whom a pronoun means."""

from __future__ import annotations

from dataclasses import dataclass, field

from funaudio_core.books.speakers.types import FEMALE, MALE, Character, Grammar, Mention

WINDOW_PARAGRAPHS = 14  # a conversation ends after so many paragraphs without speech
WINDOW_TURNS = 8
TURN_DECAY = 0.72  # weight of a turn against the one after it
MENTION_CHARACTERS = 4_000  # a pronoun means nobody mentioned longer ago
NO_ANTECEDENTS = frozenset({"I", "我", "they", "we", "他们", "她们", "我们", "咱们", "众人", "大家", "人们", "有的"})
NOBODY = ""  # key of a subject that Chinese leaves out
_RELATED_SEX = {"wife": FEMALE, "lady": FEMALE, "husband": MALE}


@dataclass(slots=True)
class Trace:
    """Position of a character's last mention in narration, whether as subject, and paragraph of the last speech."""

    position: int = -1
    is_subject: bool = False
    spoke: int = -1


@dataclass(slots=True)
class Scene:
    """Memory of a story while it is read.

    Attributes:
        grammar: Rules of the language.
        turns: Paragraphs and characters of the turns so far, and whether they spoke; others only acted.
        cast: Characters by the key of their mentions.
        paragraph_start: Index of the first character of the paragraph that is read.
    """

    grammar: Grammar
    turns: list[tuple[int, Character, bool]] = field(default_factory=list)
    cast: dict[str, Character] = field(default_factory=dict)
    paragraph_start: int = 0
    _traces: dict[int, Trace] = field(default_factory=dict)

    def character(self, key: str, sex: str = "") -> Character:
        """Return the character of a key, a new one at its first mention."""
        name = self.grammar.canonical(key)
        if name not in self.cast:
            self.cast[name] = Character(name, self.grammar.sex_of(name) or sex)
            self._traces[id(self.cast[name])] = Trace()
        found = self.cast[name]
        found.sex = found.sex or sex
        if key != name:
            found.aliases.add(key)
        return found

    def rename(self, character: Character, name: str) -> None:
        """Give a character that was known by a pronoun or a noun its name."""
        del self.cast[character.name]
        character.aliases.add(character.name)
        character.name = name
        self.cast[name] = character

    def trace(self, character: Character) -> Trace:
        """Return what is remembered of a character."""
        return self._traces[id(character)]

    def note(self, character: Character, position: int, *, is_subject: bool) -> None:
        """Remember a mention."""
        trace = self.trace(character)
        trace.position, trace.is_subject = position, is_subject

    def speak(self, character: Character, paragraph: int) -> None:
        """Remember that a character took a turn."""
        self.trace(character).spoke = paragraph
        if not self.turns or self.turns[-1] != (paragraph, character, True):
            self.turns.append((paragraph, character, True))

    def act(self, character: Character, paragraph: int) -> None:
        """Remember that a character acted between the turns, and so takes part."""
        if not self.turns or self.turns[-1][1] is not character:
            self.turns.append((paragraph, character, False))

    def last_speaker(self, paragraph: int) -> Character | None:
        """Return who spoke last in a paragraph before this one, in the same conversation."""
        for number, character, is_speech in reversed(self.turns):
            if number < paragraph and is_speech:
                return character if paragraph - number <= WINDOW_PARAGRAPHS else None
        return None

    def partner(self, speaker: Character | None, paragraph: int) -> Character | None:
        """Return who else takes part in the conversation of a speaker: who exchanged most words with them lately."""
        recent = self._recent_turns(paragraph)
        scores: dict[int, float] = {}
        people: dict[int, Character] = {}
        for age, (character, is_speech) in enumerate(recent[:WINDOW_TURNS]):
            if character is speaker:
                continue
            neighbours = recent[max(0, age - 1) : age] + recent[age + 1 : age + 2]
            exchanges = sum(neighbour is speaker for neighbour, _ in neighbours)
            people[id(character)] = character
            scores[id(character)] = (
                scores.get(id(character), 0.0) + (0.5 + 0.5 * is_speech + exchanges) * TURN_DECAY**age
            )
        return people[max(scores, key=lambda key: scores[key])] if scores else None

    def _recent_turns(self, paragraph: int) -> list[tuple[Character, bool]]:
        """Return who took the turns before a paragraph, and whether by speech, the latest first."""
        recent: list[tuple[Character, bool]] = []
        for number, character, is_speech in reversed(self.turns):
            if paragraph - number > WINDOW_PARAGRAPHS or len(recent) > WINDOW_TURNS:
                break
            if number < paragraph:
                recent.append((character, is_speech))
        return recent

    def resolve(
        self, mention: Mention, paragraph: int, *, is_speaker: bool = False, hearer: Character | None = None
    ) -> Character | None:
        """Return the character that a mention means.

        Args:
            mention: The mention.
            paragraph: Number of its paragraph.
            is_speaker: The mention says who speaks; then it is seldom the one who spoke in the paragraph before.
            hearer: Character whom a pronoun can't mean.
        """
        if mention.key == NOBODY:
            return self._topic(paragraph)
        if mention.is_pronoun:
            if mention.key == "it":
                return self._thing(mention)
            if mention.key == "i" or mention.sex == "":
                return self.character(self.first_person(mention.key))
            return self._antecedent(mention, paragraph, is_speaker=is_speaker, hearer=hearer)
        if mention.key in ("the other", "the latter"):
            return self.partner(self.last_speaker(paragraph), paragraph)
        if mention.owner:
            return self._relative(mention, paragraph)
        return self.character(mention.key, mention.sex)

    def _topic(self, paragraph: int) -> Character | None:
        """Return the latest subject, or who spoke last."""
        subjects = [character for character in self.cast.values() if self.trace(character).is_subject]
        latest = max(subjects, key=lambda character: self.trace(character).position, default=None)
        return latest or self.last_speaker(paragraph)

    def _thing(self, mention: Mention) -> Character | None:
        """Return the creature or machine that "it" means, or None."""
        things = [character for name, character in self.cast.items() if name.startswith("the ") and not character.sex]
        near = [thing for thing in things if mention.start - self.trace(thing).position < MENTION_CHARACTERS]
        return max(near, key=lambda thing: self.trace(thing).position, default=None)

    def first_person(self, key: str) -> str:
        """Return the name of the narrator for "I", and other pronouns as they are."""
        return "I" if key == "i" else key

    def _antecedent(
        self, mention: Mention, paragraph: int, *, is_speaker: bool, hearer: Character | None = None
    ) -> Character:
        """Return whom a pronoun of the third person means; somebody new if nobody fits."""
        last = self.last_speaker(paragraph) if is_speaker else None
        partner = self.partner(last, paragraph) if last is not None else None
        scores = {
            name: self._score(character, mention, paragraph, last, partner)
            for name, character in self.cast.items()
            if character.sex in ("", mention.sex) and name not in NO_ANTECEDENTS and character is not hearer
        }
        best = max(scores, key=lambda name: scores[name], default="")
        if not best or scores[best] <= -MENTION_CHARACTERS / 500:
            return self.character(mention.words if mention.words in ("他", "她") else mention.key, mention.sex)
        found = self.cast[best]
        found.sex = found.sex or mention.sex
        return found

    def _score(
        self,
        character: Character,
        mention: Mention,
        paragraph: int,
        last: Character | None = None,
        partner: Character | None = None,
    ) -> float:
        """Return how well a character fits a pronoun: recency, subject, and turns.

        Args:
            character: The character.
            mention: The pronoun.
            paragraph: Number of its paragraph.
            last: Who spoke last, if the pronoun says who speaks now.
            partner: Who talks with them.
        """
        trace = self.trace(character)
        distance = mention.start - trace.position if trace.position >= 0 else MENTION_CHARACTERS * 2
        score = -distance / 500 + (0.6 if trace.is_subject else 0.0)
        if trace.spoke >= 0 and paragraph - trace.spoke <= WINDOW_PARAGRAPHS:
            score = max(score, -0.25 * (paragraph - trace.spoke))
        if trace.is_subject and self.paragraph_start <= trace.position < mention.start:
            return score + 2.5
        if last is character and trace.spoke < paragraph and not self._acted_since(character, paragraph):
            score -= 1.5
        if last is not None and last is not character and partner is character:
            score += 0.8
        return score + (0.5 if character.sex else 0.0)

    def _acted_since(self, character: Character, paragraph: int) -> bool:
        """Return whether a character was the last subject of narration after the last speech."""
        positions = [trace.position for trace in self._traces.values() if trace.is_subject]
        trace = self.trace(character)
        return trace.spoke < paragraph - 1 and trace.is_subject and trace.position == max(positions, default=-1)

    def _relative(self, mention: Mention, paragraph: int) -> Character:
        """Return whom "his wife" or "her aunt" means: somebody mentioned lately who may be it, or somebody new."""
        noun = mention.key.split()[-1]
        owner = self._owner(mention, paragraph)
        if noun in _RELATED_SEX and owner is not None:
            words = owner.name.split()
            titles = {"Mr.": "Mrs.", "Mr": "Mrs", "Mrs.": "Mr.", "Mrs": "Mr"}
            if words[0] in titles and (words[0].startswith("Mrs")) == (noun == "husband"):
                return self.character(" ".join([titles[words[0]], *words[1:]]), _RELATED_SEX[noun])
        fitting = [
            character
            for character in self.cast.values()
            if character is not owner
            and mention.sex
            and character.sex == mention.sex
            and self._is_near(character, mention, paragraph)
        ]
        named = [character for character in fitting if not character.name.islower() and character.name[:4] != "the "]
        if named:
            return max(named, key=lambda character: self._score(character, mention, paragraph))
        return self.character(mention.key, mention.sex)

    def _owner(self, mention: Mention, paragraph: int) -> Character | None:
        """Return the possessor of a relative."""
        sexes = {"he": MALE, "she": FEMALE}
        if mention.owner in sexes:
            pronoun = Mention(mention.owner, mention.start, True, sexes[mention.owner])
            return self._antecedent(pronoun, paragraph, is_speaker=False)
        return self.cast.get(mention.owner)

    def _is_near(self, character: Character, mention: Mention, paragraph: int) -> bool:
        trace = self.trace(character)
        is_mentioned = trace.position >= 0 and mention.start - trace.position <= MENTION_CHARACTERS
        return is_mentioned or (trace.spoke >= 0 and paragraph - trace.spoke <= WINDOW_PARAGRAPHS)
