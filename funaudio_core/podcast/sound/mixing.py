"""Mix of a show: voices, a jingle, and a bed that is turned down under speech; block by block, from disk to disk."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from funaudio_core.audio.limiter import Limiter
from funaudio_core.audio.loudness import LoudnessMeter, PeakMeter
from funaudio_core.runtime import cancellation
from funaudio_core.types import Samples

TARGET_LUFS, PEAK_DBTP = -16.0, -1.0
ATTACK_SECONDS, RELEASE_SECONDS = 0.08, 0.6
UNDER_SPEECH_LU, BETWEEN_LU = -16.0, -9.0  # loudness of the bed relative to the voices
JINGLE_LU = -3.0
FADE_SECONDS = 0.005  # at both ends of each sentence, so that no join clicks
BED_FADE_SECONDS = 1.5  # at both ends of the show
BLOCK_SECONDS = 5.0
PASSES = 3  # of the loudness: the limiter takes some of what the gain gives
TOLERANCE_LU = 0.3


@dataclass(frozen=True, slots=True)
class Clip:
    """Speech in the mix.

    Attributes:
        start: Sample of the mix at which it begins.
        length: Length in samples.
        read: Returns its samples `start` to `end`, float32.
    """

    start: int
    length: int
    read: Callable[[int, int], Samples]


@dataclass(frozen=True, slots=True)
class MixReport:
    """Measurements of a mix.

    Attributes:
        loudness: Integrated loudness in LUFS.
        peak: True peak in dB relative to full scale.
        voice_loudness: That of the voices alone, as they are in the mix.
        bed_loudness: That of the bed under speech, as it is in the mix; -inf without a bed.
    """

    loudness: float
    peak: float
    voice_loudness: float
    bed_loudness: float


class Mix:
    """Voices and music of a show."""

    def __init__(
        self,
        clips: Sequence[Clip],
        length: int,
        rate: int,
        bed: Samples | None = None,
        jingles: Sequence[tuple[int, Samples]] = (),
    ) -> None:
        """Place the sounds.

        Args:
            clips: Speech in order, without overlaps.
            length: Length of the mix in samples.
            rate: Sample rate of everything in Hz.
            bed: Music that is repeated under the show, float32 (n,); None without.
            jingles: Start in samples and sound of each jingle.
        """
        self._clips, self.length, self._rate = clips, length, rate
        self._bed, self._jingles = bed, jingles
        meter = LoudnessMeter(rate)
        for clip in clips:
            meter.feed(_faded(clip, 0, clip.length, rate))
        self._voice = meter.loudness
        self._curve = self._duck_curve()
        self._bed_gain = self._gain_to(bed, 0.0)
        self._jingle_gain = self._gain_to(jingles[0][1], JINGLE_LU) if jingles else 0.0

    def _gain_to(self, music: Samples | None, relative: float) -> float:
        """Return the factor that gives music a loudness relative to the voices."""
        if music is None:
            return 0.0
        meter = LoudnessMeter(self._rate)
        meter.feed(music)
        reference = self._voice if math.isfinite(self._voice) else TARGET_LUFS
        return float(10 ** ((reference + relative - meter.loudness) / 20)) if math.isfinite(meter.loudness) else 0.0

    def _duck_curve(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return places in samples and the bed's level there, in dB relative to the voices.

        The bed sinks within ATTACK_SECONDS before speech and rises for RELEASE_SECONDS after it.
        """
        attack, release = ATTACK_SECONDS * self._rate, RELEASE_SECONDS * self._rate
        places, levels = [0.0], [BETWEEN_LU]
        end = -release  # of the speech before
        for clip in self._clips:
            gap = clip.start - end
            if gap > attack:
                risen = min(1.0, (gap - attack) / release)
                top = UNDER_SPEECH_LU + risen * (BETWEEN_LU - UNDER_SPEECH_LU)
                places += [end + risen * release, clip.start - attack, float(clip.start)]
                levels += [top, top, UNDER_SPEECH_LU]
            end = clip.start + clip.length
            places.append(float(end))
            levels.append(UNDER_SPEECH_LU)
        places += [end + release, float(self.length)]
        levels += [BETWEEN_LU, BETWEEN_LU]
        order = np.maximum.accumulate(np.array(places))
        return order, np.array(levels)

    def blocks(self) -> Iterator[tuple[Samples, Samples]]:
        """Yield (voices and jingles, bed) of each block, float32."""
        size = round(BLOCK_SECONDS * self._rate)
        for start in range(0, self.length, size):
            cancellation.raise_if_cancelled()
            end = min(start + size, self.length)
            yield self._voices(start, end), self._bed_block(start, end)

    def _voices(self, start: int, end: int) -> Samples:
        block = np.zeros(end - start, np.float32)
        for clip in self._clips:
            first, last = max(start, clip.start), min(end, clip.start + clip.length)
            if first < last:
                block[first - start : last - start] += _faded(clip, first - clip.start, last - clip.start, self._rate)
        for place, sound in self._jingles:
            first, last = max(start, place), min(end, place + len(sound))
            if first < last:
                block[first - start : last - start] += (
                    np.float32(self._jingle_gain) * sound[first - place : last - place]
                )
        return block

    def _bed_block(self, start: int, end: int) -> Samples:
        if self._bed is None:
            return np.zeros(end - start, np.float32)
        places = np.arange(start, end)
        levels = np.interp(places, *self._curve)
        fade = BED_FADE_SECONDS * self._rate
        edges = np.clip(np.minimum(places, self.length - places) / fade, 0.0, 1.0)
        gain = (self._bed_gain * 10 ** (levels / 20) * edges).astype(np.float32)
        block: Samples = gain * self._bed[places % len(self._bed)]
        return block

    def write(self, path: Path) -> MixReport:
        """Write the mix as a `.npy` file, int16 (length,), at TARGET_LUFS and at most PEAK_DBTP.

        Returns:
            Measurements of what was written.
        """
        gain_db = TARGET_LUFS - self._measure(lambda voices, bed: voices + bed)
        report = None
        for _ in range(PASSES):
            report = self._write(path, 10 ** (gain_db / 20))
            if not math.isfinite(report.loudness) or abs(report.loudness - TARGET_LUFS) <= TOLERANCE_LU:
                break
            gain_db += TARGET_LUFS - report.loudness
        assert report is not None
        return report

    def _measure(self, choose: Callable[[Samples, Samples], Samples]) -> float:
        """Return the loudness of what is chosen of each block, TARGET_LUFS for silence."""
        meter = LoudnessMeter(self._rate)
        for voices, bed in self.blocks():
            meter.feed(choose(voices, bed))
        return meter.loudness if math.isfinite(meter.loudness) else TARGET_LUFS

    def _write(self, path: Path, gain: float) -> MixReport:
        limiter, loudness, peak = Limiter(self._rate, PEAK_DBTP), LoudnessMeter(self._rate), PeakMeter()
        voice, under = LoudnessMeter(self._rate), LoudnessMeter(self._rate)
        out = np.lib.format.open_memmap(path, "w+", np.int16, (self.length,))
        position = start = 0

        def keep(samples: Samples) -> None:
            nonlocal position
            loudness.feed(samples)
            peak.feed(samples)
            out[position : position + len(samples)] = np.clip(np.rint(samples * 32767.0), -32768, 32767)
            position += len(samples)

        for voices, bed in self.blocks():
            keep(limiter.feed(np.float32(gain) * (voices + bed)))
            is_under = np.interp(np.arange(start, start + len(bed)), *self._curve) <= UNDER_SPEECH_LU + 0.01
            voice.feed(np.float32(gain) * voices[is_under])
            under.feed(np.float32(gain) * bed[is_under])
            start += len(bed)
        keep(limiter.close())
        out.flush()
        return MixReport(loudness.loudness, peak.decibels, voice.loudness, under.loudness)


def _faded(clip: Clip, start: int, end: int, rate: int) -> Samples:
    """Return a part of a clip, faded where it begins and ends."""
    samples = clip.read(start, end)
    size = max(1, round(FADE_SECONDS * rate))
    places = np.arange(start, end)
    edge = np.clip(np.minimum(places, clip.length - 1 - places) / size, 0.0, 1.0)
    faded: Samples = samples * (0.5 - 0.5 * np.cos(np.pi * edge)).astype(np.float32)
    return faded
