"""PerTh, Resemble AI's neural watermark, in NumPy.

The network works at 32 kHz and changes magnitudes below 2 kHz. Only this change is resampled to the clip's own rate and
added, so the rest of the clip stays identical, apart from a common gain if the sum would clip.
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
FFT_SAMPLES = 2_048  # at RATE, also the length of the window
HOP_SAMPLES = 320  # at RATE, as trained
NUM_BINS = 128  # that the network reads and changes: those below 2 kHz
NUM_LAYERS = 7  # of each stack of convolutions
FLOOR_DB, RANGE_DB = -180, 195  # magnitudes from FLOOR_DB to FLOOR_DB + RANGE_DB are scaled to [0, 1]
LOUD_SHARE = 0.05  # a frame counts if its magnitudes sum to more than this share of the loudest frame's
DECODER_STRETCH = {"slow": 1.25, "normal": 1.0, "fast": 0.75}  # frames that a decoder reads per frame of the clip
WINDOW_SAMPLES = 20 * RATE  # at RATE, processed at a time: bounds the memory (about 100 MB) for clips of any length
# At RATE, on both sides of a window; the network's receptive field is 15 frames and half an FFT (3.2 hops) each way.
CONTEXT_SAMPLES = 64 * HOP_SAMPLES
MIN_SAMPLES = 32 * HOP_SAMPLES  # at RATE; shorter clips are zero-padded
FADE_SECONDS = 0.005  # of the mark's start and end, so that marked pieces join without a click
MAX_PEAK = 0.999  # after marking, unless the clip's own peak is higher

_network_lock = threading.Lock()
# A process that is forked while a thread holds the lock, as on ZeroGPU, could never acquire it.
os.register_at_fork(
    before=_network_lock.acquire, after_in_parent=_network_lock.release, after_in_child=_network_lock.release
)


class PerthWatermarker:
    """PerTh as a Watermarker. Thread-safe: one thread at a time runs the network."""

    def __init__(self, path: Path) -> None:
        """Load a checkpoint."""
        from threadpoolctl import ThreadpoolController

        state = state_dict.read_state_dict(path, "model")
        self._encoder = _read_stack(state, "encoder.layers")
        self._decoders = {speed: _read_stack(state, f"decoder.{speed}_layers") for speed in DECODER_STRETCH}
        self._threads = ThreadpoolController()

    def mark(self, audio: Audio) -> Audio:
        """Return the audio with the mark, at the same rate and length; silence stays silent and has no mark.

        If the peak would exceed MAX_PEAK and the clip's own peak, the level of the whole clip is reduced accordingly
        (real speech at full scale: median .6 dB, at most 1.4 dB).
        """
        if not audio.samples.any():
            return audio
        change = resample(Audio(self._watermark(resample(audio, RATE).samples), RATE), audio.rate).samples
        count = len(audio.samples)
        change = np.pad(change[:count], (0, max(0, count - len(change))))  # rounding when resampling may lose a sample
        marked = audio.samples + fade(Audio(change, audio.rate), FADE_SECONDS, FADE_SECONDS).samples
        max_peak, marked_peak = max(MAX_PEAK, peak(audio)), float(np.abs(marked).max())
        if marked_peak > max_peak:
            marked = marked * np.float32(max_peak / marked_peak)
        return Audio(marked, audio.rate)

    def find(self, audio: Audio) -> float:
        """Return the confidence in [0, 1] that the mark is present, the highest of all windows; .5 or more means yes.

        It is 0 for silence. The mark survives MP3, noise and resampling, but not a change of speed.
        """
        samples = resample(audio, RATE).samples
        starts = range(0, len(samples), WINDOW_SAMPLES)
        # A short window is unreliable, so the last one starts earlier.
        pieces = [samples[max(0, min(start, len(samples) - WINDOW_SAMPLES)) :][:WINDOW_SAMPLES] for start in starts]
        return max((self._confidence(piece) for piece in pieces), default=0.0)

    def _watermark(self, samples: Samples) -> Samples:
        """Return what the network adds to samples at RATE, in their shape."""
        watermark = np.zeros_like(samples)
        for start in range(0, len(samples), WINDOW_SAMPLES):
            first = max(0, start - CONTEXT_SAMPLES)
            piece = samples[first : start + WINDOW_SAMPLES + CONTEXT_SAMPLES]
            if not piece.any():
                continue
            with self._single_threaded():
                piece_watermark = self._encode(piece)
            count = min(WINDOW_SAMPLES, len(samples) - start)
            watermark[start : start + count] = piece_watermark[start - first :][:count]
        return watermark

    @contextmanager
    def _single_threaded(self) -> Iterator[None]:
        """Run the network for one window at a time, on one core.

        Its matrix products are too small for more: with two threads they took twice the CPU time, and longer.
        """
        with _network_lock, self._threads.limit(limits=1, user_api="blas"):
            yield

    def _encode(self, piece: Samples) -> Samples:
        """Return what the network adds to a piece (n0,), float32 (n,); n is n0 rounded up to whole hops."""
        count = max(MIN_SAMPLES, -(-len(piece) // HOP_SAMPLES) * HOP_SAMPLES)
        spectrum = _stft(np.pad(piece, (0, count - len(piece))))
        levels = _levels(spectrum)
        residual = _convolve(self._encoder, levels[:, :NUM_BINS]) * _is_loud(levels)[:, None]
        gain = np.power(np.float32(10), residual * np.float32(RANGE_DB / 20))
        return _istft(spectrum[:, :NUM_BINS] * (gain - 1))

    def _confidence(self, piece: Samples) -> float:
        """Return the confidence in [0, 1] that a piece is marked."""
        if not piece.any():
            return 0.0
        with self._single_threaded():
            levels = _levels(_stft(np.pad(piece, (0, max(0, MIN_SAMPLES - len(piece))))))
            loud, bands = _is_loud(levels), levels[:, :NUM_BINS]
            if not loud.any():
                return 0.0
            decoded = [
                _decode(self._decoders[speed], bands, loud, stretch) for speed, stretch in DECODER_STRETCH.items()
            ]
        attention, confidences = np.transpose(decoded)
        weights = np.exp(attention - attention.max())
        return float(np.clip(weights @ confidences / weights.sum(), 0.0, 1.0))


def _read_stack(state: Mapping[str, Floats], name: str) -> list[Layer]:
    """Return a stack of convolutions of the checkpoint, transposed for products with (frames, inputs)."""
    layers = [f"{name}.{number}.conv" for number in range(NUM_LAYERS)]
    return [
        (np.ascontiguousarray(state[f"{layer}.weight"].transpose(2, 1, 0)), state[f"{layer}.bias"]) for layer in layers
    ]


def _convolve(stack: list[Layer], rows: Floats) -> Floats:
    """Return (frames, outputs) of (frames, inputs), zero-padded at both ends, with leaky ReLUs between the layers."""
    frames = len(rows)
    for number, (taps, bias) in enumerate(stack):
        padded = np.pad(rows, ((len(taps) // 2, len(taps) // 2), (0, 0)))
        rows = padded[:frames] @ taps[0] + bias
        for shift in range(1, len(taps)):
            rows += padded[shift : shift + frames] @ taps[shift]
        if number < len(stack) - 1:
            rows = np.maximum(rows, np.float32(0.01) * rows)
    return rows


def _decode(stack: list[Layer], bands: Floats, loud: NDArray[np.bool_], stretch: float) -> Floats:
    """Return a decoder's attention and confidence (2,) for frames (n, NUM_BINS) resampled to n * stretch frames."""
    count = int(len(bands) * stretch)
    loud = loud[(np.arange(count, dtype=np.float32) * np.float32(len(bands) / count)).astype(int)]  # nearest frames
    if not loud.any():
        return np.array([-np.inf, 0.0], np.float32)
    decoded: Floats = _convolve(stack, _interpolate(bands, count))[loud].mean(axis=0)
    return decoded


def _interpolate(rows: Floats, count: int) -> Floats:
    """Return `count` rows, interpolated linearly from the first to the last."""
    if count == len(rows):
        return rows
    positions = np.arange(count, dtype=np.float32) * np.float32((len(rows) - 1) / (count - 1))
    before = positions.astype(int)
    share = (positions - before)[:, None].astype(np.float32)
    interpolated: Floats = rows[before] * (1 - share) + rows[np.minimum(before + 1, len(rows) - 1)] * share
    return interpolated


def _levels(spectrum: Spectrum) -> Floats:
    """Return the magnitudes in dB, scaled to the network's range, in the spectrum's shape."""
    magnitude = np.maximum(np.abs(spectrum), np.float32(10 ** (FLOOR_DB / 20)))
    return np.asarray((20 * np.log10(magnitude) - FLOOR_DB) / RANGE_DB, np.float32)


def _is_loud(levels: Floats) -> NDArray[np.bool_]:
    """Return whether each frame is loud enough to be marked and read, (frames,)."""
    sums = levels.sum(axis=1)
    loud: NDArray[np.bool_] = sums > sums.max() * np.float32(LOUD_SHARE)
    return loud


def _hann() -> Floats:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT_SAMPLES) / FFT_SAMPLES)).astype(np.float32)


def _stft(samples: Samples) -> Spectrum:
    """Return (frames, FFT_SAMPLES // 2 + 1) of samples (n,); 1 + n // HOP_SAMPLES centred frames."""
    padded = np.pad(samples, FFT_SAMPLES // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT_SAMPLES)[::HOP_SAMPLES]
    return np.asarray(np.fft.rfft(frames * _hann(), axis=1), np.complex64)


def _istft(spectrum: Spectrum) -> Samples:
    """Return samples ((frames - 1) * HOP_SAMPLES,) of a spectrum (frames, bins); missing bins are zero."""
    window = _hann()
    total = _overlap_add(np.asarray(np.fft.irfft(spectrum, FFT_SAMPLES, axis=1), np.float32) * window)
    weight = _overlap_add(np.broadcast_to(window**2, (len(spectrum), FFT_SAMPLES)))
    inside = slice(FFT_SAMPLES // 2, FFT_SAMPLES // 2 + (len(spectrum) - 1) * HOP_SAMPLES)
    samples: Samples = total[inside] / weight[inside]
    return samples


def _overlap_add(frames: Floats) -> Samples:
    """Return the sum of frames (n, FFT_SAMPLES), each shifted by HOP_SAMPLES against the one before."""
    steps = -(-FFT_SAMPLES // HOP_SAMPLES)
    parts = np.pad(frames, ((0, 0), (0, steps * HOP_SAMPLES - FFT_SAMPLES))).reshape(len(frames), steps, HOP_SAMPLES)
    total = np.zeros((len(frames) + steps - 1, HOP_SAMPLES), np.float32)
    for step in range(steps):
        total[step : step + len(frames)] += parts[:, step]
    return total.reshape(-1)


def _load() -> Watermarker:
    return PerthWatermarker(store.artifact_dir("perth") / "perth_net_250000.pth.tar")


SPEC: EngineSpec[Watermarker] = EngineSpec(
    name="perth",
    title="PerTh",
    tier="lite",
    languages=frozenset(),  # independent of the language
    licence="MIT",
    source="resemble-ai/Perth, as resemble-perth 1.0.1",
    load=_load,
    artifacts=("perth",),
)
