"""Waveform to rows for FunASR's encoders: Kaldi's log mels, stacked, normalised. NumPy only; knows no model."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.sanm.config import Layout
from funaudio_core.errors import BadInput, WeightsMissing
from funaudio_core.types import Samples

Float = NDArray[np.float32]

# Kaldi's compute-fbank-feats as FunASR's WavFrontend calls it (frames that fit whole, dither off).
SCALE = 32768.0  # Kaldi reads 16-bit integers
PREEMPHASIS = 0.97
LOWEST = 20.0  # Hz, edge of the first mel filter; the last one ends at half the rate
FLOOR = float(np.finfo(np.float32).eps)  # least energy, before the logarithm


class Frontend:
    """Features of one clip at a time. Thread-safe: it only reads its tables."""

    def __init__(self, layout: Layout, statistics: Path | None) -> None:
        """statistics: am.mvn, by which rows are normalised; None for a model that reads them as they are."""
        self._layout = layout
        self._shift: Float = np.zeros(layout.width, np.float32)
        self._gain: Float = np.ones(layout.width, np.float32)
        if statistics is not None:
            self._shift = _block(statistics, "AddShift", layout.width)
            self._gain = _block(statistics, "Rescale", layout.width)

    def features(self, samples: Samples) -> Float:
        """float32, (rows, width): one row each row_seconds, of samples float32 (n,) in [-1, 1] at the layout's rate.

        A clip shorter than one frame gives one row. Raises BadInput for a clip without samples.
        """
        if not len(samples):
            raise BadInput("The clip contains no samples. Record a longer clip.")
        return (self._stacked(self._log_mels(samples)) + self._shift) * self._gain

    def _log_mels(self, samples: Samples) -> Float:
        """(frames, mels): natural logarithms."""
        length, hop = len(self._window), round(self._layout.shift * self._layout.rate / 1000)
        padded = np.pad(samples, (0, max(0, length - len(samples)))) * np.float32(SCALE)
        frames = np.lib.stride_tricks.sliding_window_view(padded, length)[::hop]
        frames = frames - frames.mean(axis=1, keepdims=True, dtype=np.float32)
        emphasised = frames.copy()
        emphasised[:, 1:] -= np.float32(PREEMPHASIS) * frames[:, :-1]
        emphasised[:, 0] *= np.float32(1 - PREEMPHASIS)  # the first sample stands before itself
        spectrum = np.fft.rfft(emphasised * self._window, 2 * len(self._filters))[:, :-1]
        power = spectrum.real**2 + spectrum.imag**2
        mels: Float = np.log(np.maximum(power @ self._filters, np.float32(FLOOR)))
        return mels

    def _stacked(self, mels: Float) -> Float:
        """Each row holds `stack` frames around every `skip`-th one; edges repeat the first and the last frame."""
        stack, skip = self._layout.stack, self._layout.skip
        rows = -(-len(mels) // skip)
        index = np.arange(rows)[:, None] * skip + np.arange(stack) - (stack - 1) // 2
        stacked: Float = mels[index.clip(0, len(mels) - 1)].reshape(rows, -1)
        return stacked

    @cached_property
    def _window(self) -> Float:
        length = round(self._layout.window * self._layout.rate / 1000)
        return np.hamming(length).astype(np.float32)

    @cached_property
    def _filters(self) -> Float:
        """(bins, mels): triangles, even on the mel scale. Kaldi leaves out the bin at half the rate."""
        size = 1 << (len(self._window) - 1).bit_length()  # the power of two that holds a frame
        edges = np.linspace(_mel(LOWEST), _mel(self._layout.rate / 2), self._layout.mels + 2)
        bins = _mel(np.arange(size // 2) * self._layout.rate / size)[:, None]
        rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
        falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
        return np.maximum(0, np.minimum(rising, falling)).astype(np.float32)


def _mel(hertz: float | NDArray[np.float64]) -> NDArray[np.float64]:
    return 1127.0 * np.log1p(np.asarray(hertz, np.float64) / 700.0)


def _block(path: Path, tag: str, width: int) -> Float:
    """The numbers in brackets behind <tag> of a Kaldi nnet in text form; `width` of them or WeightsMissing."""
    found = re.search(rf"<{tag}>[^\[]*\[([^\]]*)\]", path.read_text(encoding="ascii"))
    values = np.array(found.group(1).split() if found else [], np.float32)
    if len(values) != width:
        raise WeightsMissing(
            "{path} has {count} values under <{tag}> instead of {width}. Download the published am.mvn.",
            path=str(path),
            count=len(values),
            tag=tag,
            width=width,
        )
    return values
