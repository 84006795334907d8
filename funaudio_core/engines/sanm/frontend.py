"""Features of FunASR's encoders: Kaldi's log mel filter bank, stacked and normalized, in NumPy."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.sanm.config import SanmConfig
from funaudio_core.errors import BadInput, WeightsMissing
from funaudio_core.types import Samples

Float = NDArray[np.float32]

# Kaldi's compute-fbank-feats with the options of FunASR's WavFrontend (snip-edges=true, dither=0).
SAMPLE_SCALE = 32768.0  # Kaldi reads 16-bit integers
PREEMPHASIS = 0.97
MIN_FREQUENCY_HZ = 20.0  # edge of the first mel filter; the last one ends at half the sample rate
MIN_ENERGY = float(np.finfo(np.float32).eps)  # floor before the logarithm


class Frontend:
    """Feature extractor of one model. Thread-safe: it only reads its tables."""

    def __init__(self, config: SanmConfig, statistics: Path | None) -> None:
        """Create the extractor.

        Args:
            config: Sizes of the features.
            statistics: am.mvn, by which rows are normalized; None for a model that takes them as they are.

        Raises:
            WeightsMissing: The statistics don't fit the config.
        """
        self._config = config
        self._shift: Float = np.zeros(config.row_size, np.float32)
        self._scale: Float = np.ones(config.row_size, np.float32)
        if statistics is not None:
            self._shift = _read_statistics(statistics, "AddShift", config.row_size)
            self._scale = _read_statistics(statistics, "Rescale", config.row_size)

    def features(self, samples: Samples) -> Float:
        """Return the features of a clip; one shorter than a frame gives one row.

        Args:
            samples: float32 (n,) in [-1, 1], at the config's sample rate.

        Returns:
            float32 (rows, row_size), one row each row_seconds.

        Raises:
            BadInput: The clip has no samples.
        """
        if not len(samples):
            raise BadInput("The clip contains no samples. Record a longer clip.")
        return (self._stack(self._log_mels(samples)) + self._shift) * self._scale

    def _log_mels(self, samples: Samples) -> Float:
        """Return the natural logarithms of the mel energies (frames, num_mels)."""
        frame_length, hop = len(self._window), round(self._config.shift_ms * self._config.rate / 1000)
        padded = np.pad(samples, (0, max(0, frame_length - len(samples)))) * np.float32(SAMPLE_SCALE)
        frames = np.lib.stride_tricks.sliding_window_view(padded, frame_length)[::hop]
        frames = frames - frames.mean(axis=1, keepdims=True, dtype=np.float32)
        emphasized = frames.copy()
        emphasized[:, 1:] -= np.float32(PREEMPHASIS) * frames[:, :-1]
        emphasized[:, 0] *= np.float32(1 - PREEMPHASIS)  # Kaldi repeats the first sample in front of the frame
        spectrum = np.fft.rfft(emphasized * self._window, 2 * len(self._filters))[:, :-1]
        power = spectrum.real**2 + spectrum.imag**2
        mels: Float = np.log(np.maximum(power @ self._filters, np.float32(MIN_ENERGY)))
        return mels

    def _stack(self, mels: Float) -> Float:
        """Return rows of `stacked_frames` frames around every `frame_stride`-th one; edge frames are repeated."""
        count, stride = self._config.stacked_frames, self._config.frame_stride
        rows = -(-len(mels) // stride)
        index = np.arange(rows)[:, None] * stride + np.arange(count) - (count - 1) // 2
        stacked: Float = mels[index.clip(0, len(mels) - 1)].reshape(rows, -1)
        return stacked

    @cached_property
    def _window(self) -> Float:
        length = round(self._config.window_ms * self._config.rate / 1000)
        return np.hamming(length).astype(np.float32)

    @cached_property
    def _filters(self) -> Float:
        """Triangular filters (bins, num_mels), evenly spaced on the mel scale. Kaldi leaves out the Nyquist bin."""
        fft_size = 1 << (len(self._window) - 1).bit_length()  # the next power of two
        edges = np.linspace(_mel(MIN_FREQUENCY_HZ), _mel(self._config.rate / 2), self._config.num_mels + 2)
        bins = _mel(np.arange(fft_size // 2) * self._config.rate / fft_size)[:, None]
        rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
        falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
        return np.maximum(0, np.minimum(rising, falling)).astype(np.float32)


def _mel(hertz: float | NDArray[np.float64]) -> NDArray[np.float64]:
    return 1127.0 * np.log1p(np.asarray(hertz, np.float64) / 700.0)


def _read_statistics(path: Path, tag: str, size: int) -> Float:
    """Return the `size` values in brackets behind <tag> of a Kaldi nnet in text form.

    Raises:
        WeightsMissing: There are more or fewer values.
    """
    match = re.search(rf"<{tag}>[^\[]*\[([^\]]*)\]", path.read_text(encoding="ascii"))
    values = np.array(match.group(1).split() if match else [], np.float32)
    if len(values) != size:
        raise WeightsMissing(
            "{path} has {count} values under <{tag}> instead of {width}. Download the published am.mvn.",
            path=str(path),
            count=len(values),
            tag=tag,
            width=size,
        )
    return values
