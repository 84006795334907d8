"""Choice of a voice for everyone who speaks in a book."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from funaudio_core import languages
from funaudio_core.engines import registry, selection, voice_catalog
from funaudio_core.engines.protocols import Synthesizer
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.narration.model import NARRATOR, UNKNOWN, Cast, Plan, Role, Speaker
from funaudio_core.types import Voice

LEADS = 6  # greatest talkers, who get presets of their own
EXTRA_LINES = 3  # who has fewer quotations shares a voice
FIRST_PERSON = frozenset({"I", "我"})  # the narrator's voice
UNGRADED = 1.0
GRADE_WEIGHT = 0.05  # of a grade, from 0 to 4, against the similarity to voices that are cast already
EXTRAS = {"female": "extras, female", "male": "extras, male"}
# Semitones and factors on the rate that make another voice of a preset, beyond which it sounds unnatural. The first
# is the plain preset, the next are the strongest.
PITCHES = (0.0, -2.5, 2.5, -1.5, 1.5, -3.0, 3.0, -2.0, 2.0)
RATES = (1.0, 0.95, 1.05)


@dataclass(frozen=True, slots=True)
class _Sound:
    """Voice with a constant offset."""

    voice: str
    pitch: float = 0.0
    rate: float = 1.0


@dataclass(slots=True)
class _Stage:
    """Voices, and who has which of them so far.

    Attributes:
        voices: All voices by id.
        spec: The synthesizer.
        taken: Chapters in which a voice with its offset is heard; None stands for all chapters.
        count: Number of roles by voice.
    """

    voices: Mapping[str, Voice]
    spec: EngineSpec[Synthesizer]
    taken: dict[_Sound, set[int] | None] = field(default_factory=dict)
    count: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def take(self, sound: _Sound, chapters: Sequence[int] | None) -> None:
        """Give a sound to somebody who speaks in these chapters."""
        heard = self.taken.get(sound, set())
        self.taken[sound] = None if chapters is None or heard is None else heard | set(chapters)
        self.count[sound.voice] += 1

    def is_free(self, sound: _Sound, chapters: Sequence[int]) -> bool:
        """Return whether nobody has a sound in these chapters."""
        heard = self.taken.get(sound, set())
        return heard is not None and not heard & set(chapters)

    def grade(self, voice: str) -> float:
        """Return the quality of a voice, from 0 to 4."""
        return self.spec.grades.get(voice, UNGRADED)

    def score(self, voice: str, chapters: Sequence[int] | None) -> float:
        """Return how well a voice fits beside those that are heard in these chapters; greater is better."""
        compare = self.spec.similarity
        wanted = None if chapters is None else set(chapters)
        others = [
            sound.voice for sound, heard in self.taken.items() if wanted is None or heard is None or heard & wanted
        ]
        nearest = max((compare(voice, other) for other in others), default=0.0) if compare else 0.0
        return GRADE_WEIGHT * self.grade(voice) - nearest

    def of_sex(self, sex: str) -> list[str]:
        """Return the voices of a sex, or all if there is none of it or it is unknown."""
        return [name for name, voice in self.voices.items() if voice.sex == sex] or list(self.voices)


def cast_plan(plan: Plan, engine: str = "", previous: Cast | None = None) -> Cast:
    """Return a cast with a voice for everyone who speaks.

    The narrator and the greatest talkers get the best voices, which are chosen to be unlike each other. Two who speak
    in one chapter never sound the same; speech without a guess never has the narrator's voice.

    Args:
        plan: The plan.
        engine: Name of the synthesizer; "" for the default one.
        previous: Cast of another volume; who is in it by name or alias keeps that voice.

    Raises:
        BadInput: The engine doesn't speak the language.
    """
    spec = selection.resolve(registry.SYNTHESIZERS, engine)
    languages.require_language(plan.language, spec.languages, spec.title)
    voice_catalog.get_voice("", spec.name, plan.language)  # an engine without a voice for the language is an error
    stage = _Stage(voice_catalog.voices_for_language(plan.language, spec.name), spec)
    kept = _known_roles(plan, previous, stage)
    narrator = _keep(kept, NARRATOR, stage) or _cast_narrator(stage)
    unknown = _keep(kept, UNKNOWN, stage) or _cast_unknown(stage, narrator)
    roles: dict[str, Role] = {}
    for speaker in plan.speakers:
        if (role := kept.get(speaker.name)) is not None:
            stage.take(_Sound(role.voice, role.pitch, role.rate), speaker.chapters)
            roles[speaker.name] = _describe(role, speaker)
    for number, speaker in enumerate(plan.speakers):
        if speaker.name in roles:
            continue
        is_extra = number >= LEADS and speaker.lines < EXTRA_LINES
        sound = (
            _Sound(narrator.voice, narrator.pitch)
            if speaker.name in FIRST_PERSON
            else _choose(stage, speaker, is_extra)
        )
        role = _describe(_role(speaker.name, sound, stage), speaker)
        roles[speaker.name] = replace(role, is_extra=is_extra and speaker.name not in FIRST_PERSON)
    return Cast(spec.name, plan.language, (narrator, unknown, *(roles[speaker.name] for speaker in plan.speakers)))


def _known_roles(plan: Plan, previous: Cast | None, stage: _Stage) -> dict[str, Role]:
    """Return the roles of another volume for those who are in this one, by name; only voices that exist here."""
    if previous is None or (previous.engine, previous.language) != (stage.spec.name, plan.language):
        return {}
    names = {name: role for role in reversed(previous.roles) for name in (*role.aliases, role.name)}
    wanted = [(NARRATOR, ()), (UNKNOWN, ()), *((speaker.name, speaker.aliases) for speaker in plan.speakers)]
    found: dict[str, Role] = {}
    for name, aliases in wanted:
        role = next((names[other] for other in (name, *aliases) if other in names), None)
        if role is not None and role.voice in stage.voices:
            found[name] = replace(role, name=name)
    return found


def _keep(kept: Mapping[str, Role], name: str, stage: _Stage) -> Role | None:
    role = kept.get(name)
    if role is not None:
        stage.take(_Sound(role.voice, role.pitch, role.rate), None)
    return role


def _cast_narrator(stage: _Stage) -> Role:
    sound = _Sound(max(stage.voices, key=stage.grade))
    stage.take(sound, None)
    return _role(NARRATOR, sound, stage)


def _cast_unknown(stage: _Stage, narrator: Role) -> Role:
    """Return the second voice, of the other sex if there is one."""
    others = [name for name in stage.voices if name != narrator.voice]
    sex = "male" if stage.voices[narrator.voice].sex == "female" else "female"
    candidates = [name for name in others if stage.voices[name].sex == sex] or others
    # Not the best of them: those are for the greatest talkers.
    candidates = sorted(candidates, key=stage.grade, reverse=True)[len(candidates) // 2 :]
    sound = (
        _Sound(max(candidates, key=lambda name: stage.score(name, None)))
        if candidates
        else _Sound(narrator.voice, PITCHES[1])
    )
    stage.take(sound, None)
    return _role(UNKNOWN, sound, stage)


def _choose(stage: _Stage, speaker: Speaker, is_extra: bool) -> _Sound:
    """Return the sound of a speaker, who gets it."""
    candidates = stage.of_sex(speaker.sex)
    fresh = [name for name in candidates if not stage.count[name]]
    if is_extra and speaker.sex in EXTRAS and (shared := _extras_voice(stage, candidates)):
        candidates = [shared]
    elif fresh:
        candidates = [max(fresh, key=lambda name: stage.score(name, speaker.chapters))]
    sounds = list(_sounds(sorted(candidates, key=lambda name: (stage.count[name], -stage.grade(name)))))
    free = (sound for sound in sounds if stage.is_free(sound, speaker.chapters))
    sound = next(free, None) or next(
        (sound for sound in _sounds(stage.of_sex(speaker.sex)) if stage.is_free(sound, speaker.chapters)), sounds[-1]
    )
    stage.take(sound, speaker.chapters)
    return sound


def _extras_voice(stage: _Stage, candidates: Sequence[str]) -> str:
    """Return the voice that the extras of a sex share: the one of the lowest grade that isn't a lead's, if any."""
    leads = {sound.voice for sound, chapters in stage.taken.items() if chapters is None}
    return min((name for name in candidates if name not in leads), key=stage.grade, default="")


def _sounds(voices: Sequence[str]) -> Iterator[_Sound]:
    """Yield the voices with all offsets, the plain ones first."""
    for rate in RATES:
        for pitch in PITCHES:
            for voice in voices:
                yield _Sound(voice, pitch, rate)


def _role(name: str, sound: _Sound, stage: _Stage) -> Role:
    voice = stage.voices[sound.voice]
    return Role(name, sound.voice, str(voice.name), voice.sex, pitch=sound.pitch, rate=sound.rate)


def _describe(role: Role, speaker: Speaker) -> Role:
    """Return a role with what the plan knows of its speaker."""
    aliases = tuple(dict.fromkeys((*role.aliases, *speaker.aliases)))
    return replace(role, sex=speaker.sex, aliases=aliases, lines=speaker.lines)
