"""Listening tests: sentences, systems under comparison, and the answers that are asked for."""

from __future__ import annotations

import hashlib
import hmac
import itertools
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from funaudio_core.errors import BadInput
from funaudio_core.message import Message

PREFERENCE, RATING, MUSHRA = "preference", "rating", "mushra"
KINDS = (PREFERENCE, RATING, MUSHRA)
ANCHOR, REFERENCE = "anchor", "reference"  # stimuli that no system made
STIMULUS_NAMES = {ANCHOR: Message("Anchor (3.5 kHz)"), REFERENCE: Message("Hidden reference")}
MIN_SYSTEMS, MAX_SYSTEMS = 2, 4
MAX_SENTENCES, MAX_CHARACTERS = 12, 300
RATING_RANGE = (1.0, 5.0)  # of ITU-T P.800, bad to excellent
MUSHRA_RANGE = (0.0, 100.0)  # of ITU-R BS.1534
_VOTER_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class SpeechSystem:
    """Synthesizer with a voice and settings.

    Attributes:
        name: Name in tables; no two systems of a test have the same.
        engine: Name of the engine, "" in a test that was read from a table.
        voice: Id of the voice, "" for the engine's default.
        speed: Speed, 1 being the voice's usual one.
        instruction: Instruction for the style, "" for none.
    """

    name: str
    engine: str = ""
    voice: str = ""
    speed: float = 1.0
    instruction: str = ""


@dataclass(frozen=True, slots=True)
class ListeningTest:
    """Listening test.

    Attributes:
        id: Random hex string, which is in the link to the test.
        kind: PREFERENCE, RATING or MUSHRA.
        language: ISO 639 code of the sentences.
        sentences: Texts that are spoken.
        systems: Systems under comparison; their stimuli are called "0", "1" and so on.
        seed: Seed of the speech and of the drawn orders.
        reveals_names: Listeners see the names of the systems after each vote, not only in the scores.
        has_reference: A recording of each sentence is a hidden reference.
        created: Time in UTC, ISO 8601.
        creator: Hash of the creator, see hash_voter().
        salt: Key of hash_voter(), which never leaves the server.
        seconds: Length of each take by take_key().
    """

    id: str
    kind: str
    language: str
    sentences: tuple[str, ...]
    systems: tuple[SpeechSystem, ...]
    seed: int = 0
    reveals_names: bool = False
    has_reference: bool = False
    created: str = ""
    creator: str = ""
    salt: str = field(default="", repr=False)
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def system_keys(self) -> tuple[str, ...]:
        """Return the stimuli of the systems."""
        return tuple(map(str, range(len(self.systems))))

    @property
    def stimuli(self) -> tuple[str, ...]:
        """Return all stimuli of a sentence."""
        if self.kind != MUSHRA:
            return self.system_keys
        return (*self.system_keys, ANCHOR, *((REFERENCE,) if self.has_reference else ()))

    @property
    def system_pairs(self) -> tuple[tuple[str, str], ...]:
        """Return all pairs of systems."""
        return tuple(itertools.combinations(self.system_keys, 2))

    def stimulus_name(self, stimulus: str) -> Message:
        """Return the name of a stimulus for people."""
        return STIMULUS_NAMES.get(stimulus) or Message("{name}", name=self.systems[int(stimulus)].name)

    def hash_voter(self, identity: str) -> str:
        """Return the name of a voter in the votes of this test; the identity can't be told from it without the salt."""
        digest = hmac.new(bytes.fromhex(self.salt), identity.encode(), hashlib.sha256)
        return digest.hexdigest()[:_VOTER_CHARACTERS]

    def to_dict(self, *, is_public: bool) -> dict[str, Any]:
        """Return the test as plain values. is_public: Leave out the creator and the salt."""
        values = asdict(self)
        values["seconds"] = dict(self.seconds)
        return {name: value for name, value in values.items() if not (is_public and name in ("creator", "salt"))}


def read_test(values: Mapping[str, Any]) -> ListeningTest:
    """Return a test from plain values, which may come from an upload. Raise BadInput if they aren't those of a test."""
    try:
        test = ListeningTest(
            **{name: str(values.get(name, "")) for name in ("id", "kind", "language", "created", "creator", "salt")},
            sentences=tuple(map(str, values["sentences"])),
            systems=tuple(map(_read_system, values["systems"])),
            seed=int(values["seed"]),
            reveals_names=bool(values["reveals_names"]),
            has_reference=bool(values["has_reference"]),
            seconds={str(name): float(seconds) for name, seconds in values["seconds"].items()},
        )
    except (TypeError, KeyError, ValueError, AttributeError):
        raise _no_test() from None
    names = {system.name for system in test.systems}
    is_sound = test.kind in KINDS and test.sentences and MIN_SYSTEMS <= len(names) == len(test.systems) <= MAX_SYSTEMS
    if not is_sound:
        raise _no_test()
    return test


def _read_system(values: Mapping[str, Any]) -> SpeechSystem:
    texts = {name: str(values[name]) for name in ("name", "engine", "voice", "instruction")}
    return SpeechSystem(**texts, speed=float(values["speed"]))


def _no_test() -> BadInput:
    return BadInput("This isn't a listening test. Choose a file that this page has exported.")


def take_key(sentence: int, stimulus: str) -> str:
    """Return the name of a take: the number of its sentence and its stimulus."""
    return f"{sentence}-{stimulus}"
