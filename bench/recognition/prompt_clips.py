"""Recordings for measurements: Debian's Asterisk prompts (CC BY-SA) with their texts, and its music on hold."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from funaudio_core.errors import BadInput
from funaudio_core.types import Audio

SOUNDS = Path("/usr/share/asterisk/sounds")
MUSIC = Path("/usr/share/asterisk/moh")
TEXTS = "/usr/share/doc/asterisk-core-sounds-{0}/core-sounds-{0}.txt.gz"
LANGUAGES = ("en", "es", "fr", "it")
MIN_WORDS = 8
_INSTALL_HINT = "Install them with: apt-get install " + " ".join(
    f"asterisk-core-sounds-{code}-g722" for code in LANGUAGES
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """Recorded sentence with its text."""

    name: str
    language: str
    text: str
    path: Path

    def clip(self) -> Audio:
        """Return the recording at 16 kHz."""
        return read_g722(self.path)


def prompts(language: str, count: int) -> list[Prompt]:
    """Return `count` prompts of at least MIN_WORDS words, spread evenly over the sorted list, always the same.

    Raises:
        BadInput: The packages are not installed.
    """
    texts = Path(TEXTS.format(language))
    if not texts.is_file() or not (SOUNDS / language).is_dir():
        raise BadInput(f"The {language} prompts are not on this machine. {_INSTALL_HINT}")
    available = []
    for line in gzip.decompress(texts.read_bytes()).decode("utf-8-sig").splitlines():
        name, _, text = line.partition(": ")
        path = SOUNDS / language / f"{name}.g722"
        # brackets describe noises, not words
        if len(text.split()) >= MIN_WORDS and not set("[(") & set(text) and path.is_file():
            available.append(Prompt(name, language, text, path))
    available.sort(key=lambda prompt: prompt.name)
    return [available[index * len(available) // count] for index in range(count)]


def music() -> list[Path]:
    """Return the files of music on hold.

    Raises:
        BadInput: The package is not installed.
    """
    files = sorted(MUSIC.glob("*.g722"))
    if not files:
        raise BadInput("No music on hold on this machine. apt-get install asterisk-moh-opsound-g722")
    return files


def read_g722(path: Path) -> Audio:
    """Load a headerless G.722 file, 16 kHz mono."""
    import av

    with av.open(str(path), format="g722") as container:
        blocks = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    return Audio((np.concatenate(blocks) / 32768.0).astype(np.float32), 16_000)
