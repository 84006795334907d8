"""Real recordings for measurements: Debian's Asterisk prompts (CC BY-SA) with their texts, and its music on hold."""

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
FEWEST_WORDS = 8
_INSTALL = "Install them with: apt-get install " + " ".join(f"asterisk-core-sounds-{code}-g722" for code in LANGUAGES)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A recorded sentence and what its speaker was given to read."""

    name: str
    language: str
    text: str
    path: Path

    def clip(self) -> Audio:
        """The recording, 16 kHz."""
        return read_g722(self.path)


def prompts(language: str, count: int) -> list[Prompt]:
    """`count` prompts of at least FEWEST_WORDS words, spread evenly over the sorted list: the same ones every time.

    Raises BadInput that names the packages where they are not installed.
    """
    texts = Path(TEXTS.format(language))
    if not texts.is_file() or not (SOUNDS / language).is_dir():
        raise BadInput(f"The {language} prompts are not on this machine. {_INSTALL}")
    found = []
    for line in gzip.decompress(texts.read_bytes()).decode("utf-8-sig").splitlines():
        name, _, text = line.partition(": ")
        path = SOUNDS / language / f"{name}.g722"
        # brackets describe sounds that nobody speaks
        if len(text.split()) >= FEWEST_WORDS and not set("[(") & set(text) and path.is_file():
            found.append(Prompt(name, language, text, path))
    found.sort(key=lambda prompt: prompt.name)
    return [found[index * len(found) // count] for index in range(count)]


def music() -> list[Path]:
    """The pieces of music on hold. Raises BadInput that names the package where there are none."""
    pieces = sorted(MUSIC.glob("*.g722"))
    if not pieces:
        raise BadInput("No music on hold on this machine. apt-get install asterisk-moh-opsound-g722")
    return pieces


def read_g722(path: Path) -> Audio:
    """A headerless G.722 file, 16 kHz mono."""
    import av

    with av.open(str(path), format="g722") as container:
        blocks = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    return Audio((np.concatenate(blocks) / 32768.0).astype(np.float32), 16_000)
