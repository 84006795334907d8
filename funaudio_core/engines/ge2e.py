"""The GE2E speaker encoder of Resemblyzer, run with numpy: a clip becomes one vector. Knows no other engine.

The network and its front end are those of "Generalized end-to-end loss for speaker verification" (Wan et al., 2018) as
Resemblyzer published them: 40 mel bands, three LSTM layers of 256, a linear layer, ReLU, unit length.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from funaudio_core import audio
from funaudio_core.engines.protocols import SpeakerEncoder
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput, WeightsMissing, silent_clip_error
from funaudio_core.types import Audio, Samples
from funaudio_core.weights import state_dict, store

Floats = NDArray[np.float32]

RATE = 16_000  # Hz, as trained
WINDOW = 400  # samples, 25 ms
HOP = 160  # samples, 10 ms
BANDS = 40
PARTIAL = 160  # mel frames in one partial, 1.6 s, as trained
PARTIAL_STEP = round(RATE / 1.3 / HOP)  # mel frames; Resemblyzer takes 1.3 partials a second
COVERAGE = 0.75  # least share of the last partial that must be speech, from Resemblyzer
LAYERS = 3
SIZE = 256  # width of the LSTM and of the embedding
LEVEL = -25.0  # dB relative to full scale, of the speech; see trim()

BLOCK = 480  # samples, 30 ms: the grain of speech trimming
SPEECH_RANGE = 30.0  # dB below the loud parts (95th percentile) that still counts as speech
SILENCE = -60.0  # dB relative to full scale; a clip whose loud parts stay below it holds nothing
SMOOTH = 8  # blocks averaged before the decision, from Resemblyzer
REACH = 3  # blocks (90 ms) kept on both sides of speech, from Resemblyzer
SHORTEST = 0.4  # seconds of speech; below it the vector says more about the phoneme than about the speaker


@dataclass(frozen=True, eq=False, slots=True)
class _Layer:
    """One LSTM layer, transposed for row vectors; gates in the order input, forget, cell, output."""

    inputs: Floats  # (features, 4 * SIZE)
    hidden: Floats  # (SIZE, 4 * SIZE)
    bias: Floats  # (4 * SIZE,)


class GE2E:
    """Speaker embeddings. Holds weights only, so that any number of threads may call it at once."""

    def __init__(self, path: Path) -> None:
        state = _read_checkpoint(path)
        self._layers = tuple(
            _Layer(
                np.ascontiguousarray(state[f"lstm.weight_ih_l{depth}"].T),
                np.ascontiguousarray(state[f"lstm.weight_hh_l{depth}"].T),
                state[f"lstm.bias_ih_l{depth}"] + state[f"lstm.bias_hh_l{depth}"],
            )
            for depth in range(LAYERS)
        )
        self._linear: Floats = np.ascontiguousarray(state["linear.weight"].T)
        self._bias: Floats = state["linear.bias"]

    def embed(self, clip: Audio) -> Floats:
        """float32, shape (256,), unit length, no negative entries; similarity() of two says how alike they sound.

        Raises BadInput for a clip that is silent or holds less than SHORTEST seconds of speech.
        """
        speech = trim(clip)
        if len(speech) < SHORTEST * RATE:
            raise BadInput(
                "The clip ({seconds:.1f} s) contains only {speech:.1f} s of speech; "
                "a voice needs at least {least} s, ideally 5 to 15 s. "
                "Record a longer clip, closer to the microphone.",
                seconds=clip.duration,
                speech=len(speech) / RATE,
                least=SHORTEST,
            )
        mean = self._partials(_cut(speech)).mean(axis=0)
        unit: Floats = mean / np.linalg.norm(mean)
        return unit

    def _partials(self, frames: Floats) -> Floats:
        """Embeddings (n, SIZE) of mel partials (n, PARTIAL, BANDS)."""
        sequence = frames
        for layer in self._layers:
            sequence = _run(layer, sequence)
        raw = np.maximum(sequence[:, -1] @ self._linear + self._bias, 0.0)
        unit: Floats = raw / np.maximum(np.linalg.norm(raw, axis=1, keepdims=True), 1e-6)
        return unit


def similarity(first: Floats, second: Floats) -> float:
    """Speaker similarity in [0, 1]: the dot product of two unit vectors.

    On the twelve recordings (eleven speakers) of bench/speakers.py the halves of one reach .91 (median; least .75), two
    of different speakers .56 (nine tenths below .70, at most .76). Above .8 they most likely are one speaker.
    """
    return float(first @ second)


def trim(clip: Audio) -> Samples:
    """The speech of a clip: float32 at RATE, brought to LEVEL, pauses cut out. Raises BadInput for a silent clip.

    Resemblyzer only raises clips below -30 dB. The network hears loudness, though: 15 dB less take a clip to .84 of
    itself. One level for all makes the vector tell the speaker, not the microphone.
    Stands in for the WebRTC detector of Resemblyzer, which needs a compiler: 30-ms blocks whose energy is within
    SPEECH_RANGE of the loud parts count, smoothed over SMOOTH blocks and widened by REACH as there. Steady noise within
    that range is kept. On 25 clips the vectors agree with those behind the WebRTC detector to .997 (median; least .96).
    """
    samples = audio.resample(clip, RATE).samples
    blocks = samples[: len(samples) // BLOCK * BLOCK].reshape(-1, BLOCK)
    power = np.square(blocks, dtype=np.float64).mean(axis=1)
    level = 10 * np.log10(power + 1e-12)
    loud = float(np.percentile(level, 95)) if len(level) else -np.inf
    if loud < SILENCE:
        raise silent_clip_error(clip.duration)
    share = np.convolve(level > loud - SPEECH_RANGE, np.ones(SMOOTH) / SMOOTH, mode="same")
    near = np.convolve(share > 0.5, np.ones(2 * REACH + 1), mode="same") > 0
    kept = near[: len(blocks)]
    gain = 10 ** ((LEVEL - 10 * np.log10(power[kept].mean())) / 20) if kept.any() else 1.0
    return np.ascontiguousarray((blocks[kept] * gain).reshape(-1), dtype=np.float32)


def _cut(speech: Samples) -> Floats:
    """Mel partials (n, PARTIAL, BANDS) of trimmed speech, zeros after its end; a short last one is left out."""
    count = -(-(len(speech) + 1) // HOP)
    starts = list(range(0, max(1, count - PARTIAL + PARTIAL_STEP + 1), PARTIAL_STEP))
    if len(starts) > 1 and (len(speech) - starts[-1] * HOP) / (PARTIAL * HOP) < COVERAGE:
        starts.pop()
    length = (starts[-1] + PARTIAL) * HOP
    bands = _mel(np.pad(speech[:length], (0, max(0, length - len(speech)))))
    return np.stack([bands[start : start + PARTIAL] for start in starts])


def _mel(samples: Samples) -> Floats:
    """Mel power spectrogram (frames, BANDS), not logarithmic: Hann window, centred frames, zeros beyond the ends."""
    padded = np.pad(samples, WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    hann = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
    power = np.square(np.abs(np.fft.rfft(frames * hann, axis=1)))
    return np.ascontiguousarray(power @ _filters(), dtype=np.float32)


@cache
def _filters() -> Floats:
    """Triangular mel filters (WINDOW // 2 + 1, BANDS), 0 to RATE / 2, each of unit area.

    The scale is that of Slaney's Auditory Toolbox (1998), librosa's default: linear below 1 kHz, logarithmic above.
    """
    linear, corner, step = 200 / 3, 1000.0, np.log(6.4) / 27  # Hz a mel, Hz, log Hz a mel
    corner_mel = corner / linear
    top = corner_mel + np.log(RATE / 2 / corner) / step
    mels = np.linspace(0.0, top, BANDS + 2)
    edges = np.where(mels < corner_mel, mels * linear, corner * np.exp(step * (mels - corner_mel)))
    bins = np.linspace(0, RATE / 2, WINDOW // 2 + 1)[:, None]
    rise = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    triangles = np.maximum(0.0, np.minimum(rise, fall)) * 2.0 / (edges[2:] - edges[:-2])
    filters: Floats = triangles.astype(np.float32)
    return filters


def _run(layer: _Layer, sequence: Floats) -> Floats:
    """All hidden states (n, steps, SIZE) of one LSTM layer over (n, steps, features)."""
    driven = sequence @ layer.inputs + layer.bias
    hidden = np.zeros((len(sequence), SIZE), np.float32)
    cell = np.zeros_like(hidden)
    states = np.empty((*sequence.shape[:2], SIZE), np.float32)
    for step in range(sequence.shape[1]):
        gates = driven[:, step] + hidden @ layer.hidden
        enter, forget, leave = (_sigmoid(gates[:, n * SIZE : (n + 1) * SIZE]) for n in (0, 1, 3))
        cell = forget * cell + enter * np.tanh(gates[:, 2 * SIZE : 3 * SIZE])
        hidden = leave * np.tanh(cell)
        states[:, step] = hidden
    return states


def _sigmoid(x: Floats) -> Floats:
    half: Floats = 0.5 * np.tanh(0.5 * x) + 0.5  # this form can't overflow
    return half


def _read_checkpoint(path: Path) -> dict[str, Floats]:
    """Return the network's parameters. Raises WeightsMissing where the file is no such checkpoint."""
    try:
        return state_dict.read_state_dict(path, "model_state")
    except ValueError as error:
        raise WeightsMissing(
            "{path} isn't a GE2E checkpoint ({error}). Delete it and run `{command} ge2e`.",
            path=path,
            error=error,
            command=store.DOWNLOAD_COMMAND,
        ) from error


@cache
def load() -> GE2E:
    """The encoder of this process, read on first use."""
    return GE2E(store.artifact_dir("ge2e") / "pretrained.pt")


SPEC: EngineSpec[SpeakerEncoder] = EngineSpec(
    name="ge2e",
    title="GE2E speaker encoder",
    tier="lite",
    languages=frozenset(),  # hears voices, not words
    licence="Apache-2.0",
    source="resemble-ai/Resemblyzer 0.1.4",
    load=load,
    artifacts=("ge2e",),
)
