"""Lines that aren't in the language of the book, and the voices of their language that speak them."""

from __future__ import annotations

from funaudio_core.engines.protocols import Synthesizer
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.narration.model import Line, Role


def spoken_by(line: Line, role: Role, language: str, spec: EngineSpec[Synthesizer]) -> tuple[str, str]:
    """Return the language that a line is spoken in, and the id of the voice.

    A line in another language than the book's has a voice of its language and of the role's sex, always the same one
    for a voice of the book; different voices of the book have different ones as far as there are enough. An engine that
    clones voices keeps the role's own. A language that the engine doesn't speak is left to the role's voice.

    Args:
        line: The line.
        role: Its role.
        language: Language of the book.
        spec: The synthesizer.
    """
    if not line.language or line.language not in spec.languages:
        return language, role.voice
    if "voice-clone" in spec.capabilities:
        return line.language, role.voice
    sexes = {voice.preset: voice.sex for voice in spec.voices}
    sex = sexes.get(role.voice, role.sex)
    found = [voice.preset or "" for voice in spec.voices if voice.language == line.language]
    found = [name for name in found if sexes[name] == sex] or found
    if not found:
        return language, role.voice
    alike = [name for name, other in sexes.items() if other == sex]
    place = alike.index(role.voice) if role.voice in alike else 0
    return line.language, found[place % len(found)]
