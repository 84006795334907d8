"""PerTh, Resemble AI's neural watermark, run with numpy.

The network works at 32 kHz and changes magnitudes below 2 kHz. Only that change is carried back to the clip's own rate,
so that the rest of the clip stays as it is, bit for bit apart from a common gain where the sum would clip.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from funaudio_core.audio import fade, peak, resample
from funaudio_core.engines.protocols import Watermarker
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.types import Audio, Samples
from funaudio_core.weights import state_dict, store

Floats = NDArray[np.float32]
Spectrum = NDArray[np.complex64]
Layer = tuple[Floats, Floats]  # weights (taps, inputs, outputs), bias (outputs,)

RATE = 32_000  # Hz, of the network
FFT = 2_048  # samples at RATE, also the length of the window
HOP = 320  # samples at RATE between frames, as trained
BINS = 128  # that the network reads and changes: those below 2 kHz
LAYERS = 7  # of each stack of convolutions
FLOOR_DB, SPAN_DB = -180, 195  # magnitudes from FLOOR_DB to FLOOR_DB + SPAN_DB are scaled to [0, 1]
LOUD = 0.05  # a frame counts where its magnitudes sum to more than this share of the loudest frame's
SPEEDS = {"slow": 1.25, "normal": 1.0, "fast": 0.75}  # at which the decoder reads: frames per frame
WINDOW = 20 * RATE  # samples at RATE worked on at once: bounds the memory (about 100 MB) whatever the clip's length
CONTEXT = 64 * HOP  # samples at RATE around a window; the network sees 15 frames and half an FFT (3.2 hops) each way
SHORTEST = 32 * HOP  # samples at RATE; shorter clips are padded with zeros up to it
FADE = 0.005  # seconds over which the mark begins and ends, so that marked pieces join without a click
CEILING = 0.999  # highest peak that marking may leave behind

_turn = threading.Lock()
# A process forked while a thread holds the lock, as on ZeroGPU, would never get it.
os.register_at_fork(before=_turn.acquire, after_in_parent=_turn.release, after_in_child=_turn.release)


class PerthWatermarker:
    """Watermarker for any number of threads; the network works for one of them at a time."""

    def __init__(self, path: Path) -> None:
        from threadpoolctl import ThreadpoolController

        state = state_dict.read_state_dict(path, "model")
        self._encoder = _stack(state, "encoder.layers")
        self._decoders = {speed: _stack(state, f"decoder.{speed}_layers") for speed in SPEEDS}
        self._threads = ThreadpoolController()

    def mark(self, audio: Audio) -> Audio:
        """Return the same sound with the mark in it: same rate, same length, no sample beyond [-1, 1] that was not.

        Where the mark would raise the peak past both CEILING and the clip's own peak, the whole clip is turned down
        just enough (real speech at full scale: median .6 dB, at most 1.4 dB). Digital silence stays silent, unmarked.
        """
        if not audio.samples.any():
            return audio
        change = resample(Audio(self._change(resample(audio, RATE).samples), RATE), audio.rate).samples
        count = len(audio.samples)
        change = np.pad(change[:count], (0, max(0, count - len(change))))  # rounding of the rates may lose a sample
        marked = audio.samples + fade(Audio(change, audio.rate), FADE, FADE).samples
        limit, top = max(CEILING, peak(audio)), float(np.abs(marked).max())
        return Audio(marked * np.float32(limit / top) if top > limit else marked, audio.rate)

    def find(self, audio: Audio) -> float:
        """Return the confidence in [0, 1] that the mark is there, of the best window; at least .5 means found.

        0 for digital silence. The mark survives MP3, noise and resampling, not a change of speed.
        """
        samples = resample(audio, RATE).samples
        starts = range(0, len(samples), WINDOW)
        # a short rest says little; the last window reaches back instead
        pieces = [samples[max(0, min(start, len(samples) - WINDOW)) :][:WINDOW] for start in starts]
        return max((self._score(piece) for piece in pieces), default=0.0)

    def _change(self, samples: Samples) -> Samples:
        """Return what the network adds to samples at RATE; same shape."""
        change = np.zeros_like(samples)
        for start in range(0, len(samples), WINDOW):
            first = max(0, start - CONTEXT)
            piece = samples[first : start + WINDOW + CONTEXT]
            if not piece.any():
                continue
            with self._alone():
                added = self._added(piece)
            count = min(WINDOW, len(samples) - start)
            change[start : start + count] = added[start - first :][:count]
        return change

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold numpy to one window at a time on one core.

        Its products are too small to share: with two threads they took twice the CPU time, and longer.
        """
        with _turn, self._threads.limit(limits=1, user_api="blas"):
            yield

    def _added(self, piece: Samples) -> Samples:
        """Return what the network adds, float32 (n,), n a whole number of hops that covers the piece (n0,)."""
        count = max(SHORTEST, -(-len(piece) // HOP) * HOP)
        spectrum = _stft(np.pad(piece, (0, count - len(piece))))
        levels = _levels(spectrum)
        residual = _convolve(self._encoder, levels[:, :BINS]) * _is_loud(levels)[:, None]
        gain = np.power(np.float32(10), residual * np.float32(SPAN_DB / 20))
        return _istft(spectrum[:, :BINS] * (gain - 1))

    def _score(self, piece: Samples) -> float:
        if not piece.any():
            return 0.0
        with self._alone():
            levels = _levels(_stft(np.pad(piece, (0, max(0, SHORTEST - len(piece))))))
            loud, bands = _is_loud(levels), levels[:, :BINS]
            if not loud.any():
                return 0.0
            read = [_read(self._decoders[name], bands, loud, speed) for name, speed in SPEEDS.items()]
        attention, marks = np.transpose(read)
        shares = np.exp(attention - attention.max())
        return float(np.clip(shares @ marks / shares.sum(), 0.0, 1.0))


def _stack(state: Mapping[str, Floats], name: str) -> list[Layer]:
    """Return a stack of convolutions of the checkpoint, laid out for products of (frames, inputs)."""
    layers = [f"{name}.{number}.conv" for number in range(LAYERS)]
    return [
        (np.ascontiguousarray(state[f"{layer}.weight"].transpose(2, 1, 0)), state[f"{layer}.bias"]) for layer in layers
    ]


def _convolve(stack: list[Layer], rows: Floats) -> Floats:
    """Return (frames, outputs) of (frames, inputs); zeros beyond both ends, leaky ReLU between the layers."""
    frames = len(rows)
    for number, (taps, bias) in enumerate(stack):
        padded = np.pad(rows, ((len(taps) // 2, len(taps) // 2), (0, 0)))
        rows = padded[:frames] @ taps[0] + bias
        for shift in range(1, len(taps)):
            rows += padded[shift : shift + frames] @ taps[shift]
        if number < len(stack) - 1:
            rows = np.maximum(rows, np.float32(0.01) * rows)
    return rows


def _read(stack: list[Layer], bands: Floats, loud: NDArray[np.bool_], speed: float) -> Floats:
    """Return the attention and the mark (2,) that a decoder finds in frames (n, BINS), read at another speed."""
    count = int(len(bands) * speed)
    nearest = loud[(np.arange(count, dtype=np.float32) * np.float32(len(bands) / count)).astype(int)]
    if not nearest.any():
        return np.array([-np.inf, 0.0], np.float32)
    found: Floats = _convolve(stack, _stretched(bands, count))[nearest].mean(axis=0)
    return found


def _stretched(rows: Floats, count: int) -> Floats:
    """Return `count` rows, interpolated linearly from the first to the last."""
    if count == len(rows):
        return rows
    places = np.arange(count, dtype=np.float32) * np.float32((len(rows) - 1) / (count - 1))
    before = places.astype(int)
    share = (places - before)[:, None].astype(np.float32)
    stretched: Floats = rows[before] * (1 - share) + rows[np.minimum(before + 1, len(rows) - 1)] * share
    return stretched


def _levels(spectrum: Spectrum) -> Floats:
    """Return magnitudes in dB on the network's scale, same shape."""
    magnitude = np.maximum(np.abs(spectrum), np.float32(10 ** (FLOOR_DB / 20)))
    return np.asarray((20 * np.log10(magnitude) - FLOOR_DB) / SPAN_DB, np.float32)


def _is_loud(levels: Floats) -> NDArray[np.bool_]:
    """Return whether each frame is marked and read, (frames,)."""
    sums = levels.sum(axis=1)
    loud: NDArray[np.bool_] = sums > sums.max() * np.float32(LOUD)
    return loud


def _hann() -> Floats:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT) / FFT)).astype(np.float32)


def _stft(samples: Samples) -> Spectrum:
    """Return (frames, FFT // 2 + 1) of samples (n,): centred frames, reflected ends, 1 + n // HOP frames."""
    padded = np.pad(samples, FFT // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT)[::HOP]
    return np.asarray(np.fft.rfft(frames * _hann(), axis=1), np.complex64)


def _istft(spectrum: Spectrum) -> Samples:
    """Return samples ((frames - 1) * HOP,) of a spectrum (frames, bins); bins that are left out are zeros."""
    window = _hann()
    total = _overlapped(np.asarray(np.fft.irfft(spectrum, FFT, axis=1), np.float32) * window)
    weight = _overlapped(np.broadcast_to(window**2, (len(spectrum), FFT)))
    inside = slice(FFT // 2, FFT // 2 + (len(spectrum) - 1) * HOP)
    samples: Samples = total[inside] / weight[inside]
    return samples


def _overlapped(frames: Floats) -> Samples:
    """Return the sum of frames (n, FFT) that begin HOP samples apart."""
    steps = -(-FFT // HOP)
    parts = np.pad(frames, ((0, 0), (0, steps * HOP - FFT))).reshape(len(frames), steps, HOP)
    total = np.zeros((len(frames) + steps - 1, HOP), np.float32)
    for step in range(steps):
        total[step : step + len(frames)] += parts[:, step]
    return total.reshape(-1)


def _load() -> Watermarker:
    return PerthWatermarker(store.artifact_dir("perth") / "perth_net_250000.pth.tar")


SPEC: EngineSpec[Watermarker] = EngineSpec(
    name="perth",
    title="PerTh",
    tier="lite",
    languages=frozenset(),  # marks sound, not words
    licence="MIT",
    source="resemble-ai/Perth, as resemble-perth 1.0.1",
    load=_load,
    artifacts=("perth",),
)
