"""Making of the takes of a listening test, as a job on disk: one part for each sentence and system."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from funaudio_core import audio
from funaudio_core.engines import registry, selection, voice_catalog
from funaudio_core.engines.protocols import Synthesizer
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput
from funaudio_core.evaluation.listening_tests import stored_tests
from funaudio_core.evaluation.listening_tests.levels import RATE, make_anchor, match_loudness
from funaudio_core.evaluation.listening_tests.model import (
    ANCHOR,
    KINDS,
    MAX_SYSTEMS,
    MIN_SYSTEMS,
    MUSHRA,
    REFERENCE,
    ListeningTest,
    SpeechSystem,
    read_test,
    take_key,
)
from funaudio_core.evaluation.listening_tests.sentences import Sentence
from funaudio_core.evaluation.listening_tests.stored_tests import StoredTest
from funaudio_core.runtime import jobs
from funaudio_core.runtime.jobs import Job
from funaudio_core.tasks import synthesis
from funaudio_core.types import Audio, SpeechRequest

JOB_KIND = "listening test 1"  # version of the stored format
_TAKE = "take"  # array of a part, int16
_SALT_BYTES = 16
MAX_RECORDING_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Test that a visitor sets up.

    Attributes:
        kind: See ListeningTest.
        language: ISO 639 code.
        sentences: The sentences.
        systems: The systems; their names are made by name_system().
        seed: See ListeningTest.
        reveals_names: See ListeningTest.
        creator: Who sets it up, as hash_voter() takes it.
    """

    kind: str
    language: str
    sentences: tuple[Sentence, ...]
    systems: tuple[SpeechSystem, ...]
    seed: int = 0
    reveals_names: bool = False
    creator: str = ""


class UnfinishedTest:
    """Listening test of which the takes are made, kept as a job."""

    def __init__(self, job: Job) -> None:
        """Wrap a stored job."""
        self.job = job
        self.test = read_test(job.request["test"])

    def next_engine(self) -> EngineSpec[Synthesizer]:
        """Return the engine of the next part."""
        return selection.resolve(registry.SYNTHESIZERS, self._next_system().engine)

    def make_next(self) -> None:
        """Speak the next sentence. Raise BadInput if the job was deleted."""
        sentence = self.job.completed_parts // len(self.test.systems)
        system = self._next_system()
        take = synthesis.speak_take(speech_request(self.test, self.test.sentences[sentence], system), system.engine)
        clip = audio.resample(take.audio, RATE)
        self.job.save_part({"seconds": clip.duration}, {_TAKE: clip.pcm16()})

    def store(self) -> StoredTest:
        """Store the test once all parts are finished, or return it if it is stored already."""
        takes: dict[str, Audio] = {}
        for number in range(len(self.test.sentences)):
            takes |= self._match_sentence(number)
        seconds = {name: round(take.duration, 2) for name, take in takes.items()}
        return stored_tests.store(replace(self.test, seconds=seconds), takes)

    def _next_system(self) -> SpeechSystem:
        return self.test.systems[self.job.completed_parts % len(self.test.systems)]

    def _match_sentence(self, number: int) -> Mapping[str, Audio]:
        """Return the takes of a sentence at equal loudness, with the anchor and the reference of a MUSHRA test."""
        size = len(self.test.systems)
        stimuli = {
            key: Audio.from_pcm16(self.job.load_part(number * size + place)[1][_TAKE], RATE)
            for place, key in enumerate(self.test.system_keys)
        }
        if self.test.has_reference:
            stimuli[REFERENCE] = Audio.from_pcm16(self.job.load_array(f"recording{number}"), RATE)
        if self.test.kind == MUSHRA:  # without a reference, the systems are degraded in turn
            stimuli[ANCHOR] = make_anchor(stimuli[REFERENCE if self.test.has_reference else str(number % size)])
        matched = match_loudness(list(stimuli.values()))
        return {take_key(number, key): take for key, take in zip(stimuli, matched, strict=True)}


def start_test(plan: Plan) -> UnfinishedTest:
    """Store a test without takes as a job.

    Raises:
        BadInput: The systems are too few, too many or equal, or one can't speak one of the sentences.
        FunAudioError: There is no room for another test.
    """
    stored_tests.require_room()
    test = _make_test(plan)
    for system in test.systems:
        for sentence in test.sentences:
            speech_request(test, sentence, system)
    recordings = {
        f"recording{number}": audio.load(sentence.recording, MAX_RECORDING_SECONDS, RATE).pcm16()
        for number, sentence in enumerate(plan.sentences)
        if test.has_reference and sentence.recording
    }
    request = {"kind": JOB_KIND, "test": test.to_dict(is_public=False)}
    return UnfinishedTest(jobs.create(request, len(test.sentences) * len(test.systems), recordings))


def speech_request(test: ListeningTest, sentence: str, system: SpeechSystem) -> SpeechRequest:
    """Return the request for a sentence by a system. Raise BadInput or Unsupported if it can't be spoken."""
    voice = voice_catalog.get_voice(system.voice, system.engine, test.language)
    return synthesis.speech_request(
        sentence, test.language, voice, system.engine, system.speed, test.seed, system.instruction
    )


def name_system(system: SpeechSystem) -> str:
    """Return the name of a system in tables: its engine, and what isn't the default."""
    spec = selection.resolve(registry.SYNTHESIZERS, system.engine)
    parts = [spec.title, system.voice, "" if system.speed == 1 else f"x {system.speed:g}"]
    parts.append(f"“{system.instruction}”" if system.instruction else "")
    return " · ".join(filter(None, parts))


def _make_test(plan: Plan) -> ListeningTest:
    if not MIN_SYSTEMS <= len(plan.systems) <= MAX_SYSTEMS:
        raise BadInput(
            "{given} systems can't be compared. Choose {low} to {high}.",
            given=len(plan.systems),
            low=MIN_SYSTEMS,
            high=MAX_SYSTEMS,
        )
    if plan.kind not in KINDS:
        raise BadInput("There is no kind of test {kind!r}. Choose one of: {kinds}.", kind=plan.kind, kinds=KINDS)
    systems = tuple(replace(system, name=name_system(system)) for system in plan.systems)
    if len({system.name for system in systems}) < len(systems):
        raise BadInput("Two systems are the same. Choose another model, voice, speed or instruction for one of them.")
    test = ListeningTest(
        id=secrets.token_hex(stored_tests.ID_BYTES),
        kind=plan.kind,
        language=plan.language,
        sentences=tuple(sentence.text for sentence in plan.sentences),
        systems=systems,
        seed=plan.seed,
        reveals_names=plan.reveals_names,
        has_reference=plan.kind == MUSHRA and all(sentence.recording for sentence in plan.sentences),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        salt=secrets.token_hex(_SALT_BYTES),
    )
    return replace(test, creator=test.hash_voter(plan.creator))
