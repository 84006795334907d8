"""What the Podcast page asks for: a text to make a show of, and a show to play."""

from __future__ import annotations

from dataclasses import dataclass

from tabs.components.engine_picker import VoiceInput
from tabs.components.reference_voice import ReferenceInput

NAMES = {"en": ("Ada", "Ben", "Clara", "Daniel"), "zh": ("小雨", "小林", "小夏", "小川")}


@dataclass(frozen=True, slots=True)
class SourceRequest:
    """Text to make a show of, and its hosts. writer: Name of the chat model that writes, or NO_WRITER."""

    text: str
    file: str | None
    kind: str
    topic: str
    minutes: float
    form: str
    count: float
    engine: str
    writer: str
    name_1: str
    name_2: str
    name_3: str
    name_4: str
    manner_1: str
    manner_2: str
    manner_3: str
    manner_4: str

    def manners(self) -> list[str]:
        """Return the manners of the hosts."""
        return [each or "" for each in (self.manner_1, self.manner_2, self.manner_3, self.manner_4)]

    def names(self, language: str) -> tuple[str, ...]:
        """Return the names of the hosts: those that were chosen, else the usual ones of a language."""
        chosen = [(name or "").strip() for name in (self.name_1, self.name_2, self.name_3, self.name_4)]
        usual = {name for names in NAMES.values() for name in names}
        own = [name if name not in usual else "" for name in chosen]
        names = [name or other for name, other in zip(own, NAMES.get(language, NAMES["en"]), strict=True)]
        return tuple(names[: int(self.count)])


@dataclass(frozen=True, slots=True)
class HostInput:
    """Name of a host, id of the voice, and manner."""

    name: str
    voice: str | None
    manner: str


@dataclass(frozen=True, slots=True)
class PlayRequest:
    """Script with its hosts."""

    table: list[list[str]]
    title: str
    source: str
    language: str
    engine: str
    reference: ReferenceInput
    name_1: str
    name_2: str
    name_3: str
    name_4: str
    voice_1: str | None
    voice_2: str | None
    voice_3: str | None
    voice_4: str | None
    manner_1: str
    manner_2: str
    manner_3: str
    manner_4: str

    @property
    def hosts(self) -> tuple[HostInput, ...]:
        """Return the hosts with a name."""
        names = (self.name_1, self.name_2, self.name_3, self.name_4)
        voices = (self.voice_1, self.voice_2, self.voice_3, self.voice_4)
        manners = (self.manner_1, self.manner_2, self.manner_3, self.manner_4)
        rows = zip(names, voices, manners, strict=True)
        return tuple(
            HostInput(name.strip(), voice, manner or "") for name, voice, manner in rows if (name or "").strip()
        )

    def voice_input(self, host: HostInput) -> VoiceInput:
        """Return the voice of a host as it was chosen."""
        return VoiceInput(host.voice or "", self.reference)
