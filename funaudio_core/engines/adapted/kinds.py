"""Kinds of adapters: the base of each, and how an engine is made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from funaudio_core import settings
from funaudio_core.engines import cosyvoice, fun_audio_chat, sensevoice, whisper
from funaudio_core.engines.cosyvoice import adapted as voices
from funaudio_core.engines.fun_audio_chat import adapted as assistants
from funaudio_core.engines.sensevoice import adapted as recognizers
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.engines.whisper import adapted as words
from funaudio_core.errors import Unsupported
from funaudio_core.weights.adapters import TENSORS_FILE, AdapterCard, require_base
from funaudio_core.weights.catalog import ARTIFACTS

MAX_TITLE = 80  # characters


@dataclass(frozen=True, slots=True)
class Kind:
    """Kind of adapters.

    Attributes:
        prefix: Start of the names of its engines.
        base: Engine of the base.
        load: Returns the engine of an adapter's folder.
    """

    prefix: str
    base: EngineSpec[Any]
    load: Callable[[Path], Any]

    @property
    def is_merged(self) -> bool:
        """Return whether an engine has a copy of the base; the one of Whisper always has."""
        return self.base is whisper.SPEC or settings.read().merge_adapters

    def require_known_base(self, card: AdapterCard) -> None:
        """Raise BadInput if an adapter was made for another base, as far as that is known before the base is loaded."""
        files = (file for name in self.base.artifacts for file in ARTIFACTS[name].files if file.sha256)
        published = {file.name: file.sha256 for file in files}
        require_base(card, {name: published.get(name, sha256) for name, sha256 in card.base_sha256.items()})

    def make_spec(self, name: str, folder: Path, card: AdapterCard) -> EngineSpec[Any]:
        """Return the specification of an adapter's engine."""
        title = " ".join(card.name.split())[:MAX_TITLE]
        return replace(
            self.base,
            name=name,
            title=title if self.base.title.split()[0] in title else f"{title} ({self.base.title})",
            source=f"{self.base.title} with the adapter {title} of {card.date}",
            load=partial(self.load, folder),
            extra_bytes=self._copy_bytes if self.is_merged else partial(_tensor_bytes, folder),
            shares=None if self.is_merged else self.base,
            prepare=None,
        )

    def _copy_bytes(self) -> int:
        """Return the memory of a copy of the base, which shares its files."""
        files = sum(ARTIFACTS[name].memory_bytes or ARTIFACTS[name].size for name in self.base.artifacts)
        return files + (self.base.extra_bytes() if self.base.extra_bytes is not None else 0)


def _tensor_bytes(folder: Path) -> int:
    """Return the memory of an adapter's tensors; 0 if it was deleted."""
    path = folder / TENSORS_FILE
    return path.stat().st_size if path.is_file() else 0


KINDS: dict[str, Kind] = {  # by recipe
    words.RECIPE: Kind("words-", whisper.SPEC, words.load),
    "sensevoice": Kind("recognizer-", sensevoice.SPEC, recognizers.load),
    "cosyvoice2-lm": Kind("voice-", cosyvoice.SPEC_V2, partial(voices.load, 2, "lm")),
    "cosyvoice2-flow": Kind("voice-", cosyvoice.SPEC_V2, partial(voices.load, 2, "flow")),
    "cosyvoice3-lm": Kind("voice-", cosyvoice.SPEC_V3, partial(voices.load, 3, "lm")),
    "cosyvoice3-flow": Kind("voice-", cosyvoice.SPEC_V3, partial(voices.load, 3, "flow")),
    "fun-audio-chat": Kind("assistant-", fun_audio_chat.SPEC, assistants.load),
}
PREFIXES = tuple(dict.fromkeys(kind.prefix for kind in KINDS.values()))


def kind_of(card: AdapterCard) -> Kind:
    """Return the kind of an adapter. Raise Unsupported if its recipe is unknown."""
    if card.recipe not in KINDS:
        raise Unsupported(
            "No model here can use the adapter {adapter}, which was trained by {recipe!r}. Known are: {known}.",
            adapter=card.name,
            recipe=card.recipe,
            known=tuple(KINDS),
        )
    return KINDS[card.recipe]
