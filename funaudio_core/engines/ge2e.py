"""GE2E speaker encoder of Resemblyzer in NumPy.

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
WINDOW_SAMPLES = 400  # 25 ms
HOP_SAMPLES = 160  # 10 ms
NUM_MELS = 40
PARTIAL_FRAMES = 160  # mel frames in one partial utterance, 1.6 s, as trained
PARTIAL_STEP_FRAMES = round(RATE / 1.3 / HOP_SAMPLES)  # Resemblyzer takes 1.3 partials a second
MIN_COVERAGE = 0.75  # share of the last partial that must be speech, from Resemblyzer
NUM_LAYERS = 3
HIDDEN_SIZE = 256  # of the LSTM and of the embedding
SPEECH_LEVEL_DB = -25.0  # relative to full scale, to which speech is brought; see trim()

BLOCK_SAMPLES = 480  # 30 ms, the resolution of speech trimming
SPEECH_RANGE_DB = 30.0  # below the loud parts (95th percentile) that still counts as speech
SILENCE_DB = -60.0  # relative to full scale; a clip whose loud parts are below it is silent
SMOOTHING_BLOCKS = 8  # averaged before the decision, from Resemblyzer
MARGIN_BLOCKS = 3  # kept on both sides of speech (90 ms), from Resemblyzer
MIN_SPEECH_SECONDS = 0.4  # with less speech the embedding depends more on the phonemes than on the speaker


@dataclass(frozen=True, eq=False, slots=True)
class _Layer:
    """LSTM layer, transposed for row vectors; its gates are in the order input, forget, cell, output."""

    inputs: Floats  # (features, 4 * HIDDEN_SIZE)
    hidden: Floats  # (HIDDEN_SIZE, 4 * HIDDEN_SIZE)
    bias: Floats  # (4 * HIDDEN_SIZE,)


class GE2E:
    """Speaker encoder. Thread-safe: it holds weights only."""

    size = HIDDEN_SIZE

    def __init__(self, path: Path) -> None:
        """Load a checkpoint.

        Raises:
            WeightsMissing: The file is no GE2E checkpoint.
        """
        state = _read_checkpoint(path)
        self._layers = tuple(
            _Layer(
                np.ascontiguousarray(state[f"lstm.weight_ih_l{depth}"].T),
                np.ascontiguousarray(state[f"lstm.weight_hh_l{depth}"].T),
                state[f"lstm.bias_ih_l{depth}"] + state[f"lstm.bias_hh_l{depth}"],
            )
            for depth in range(NUM_LAYERS)
        )
        self._linear: Floats = np.ascontiguousarray(state["linear.weight"].T)
        self._bias: Floats = state["linear.bias"]

    def embed(self, clip: Audio) -> Floats:
        """Return the speaker embedding of a clip; compare two of them with similarity().

        Returns:
            float32 (256,), unit length, no negative entries.

        Raises:
            BadInput: The clip is silent or has less than MIN_SPEECH_SECONDS of speech.
        """
        speech = trim(clip)
        if len(speech) < MIN_SPEECH_SECONDS * RATE:
            raise BadInput(
                "The clip ({seconds:.1f} s) contains only {speech:.1f} s of speech; "
                "a voice needs at least {least} s, ideally 5 to 15 s. "
                "Record a longer clip, closer to the microphone.",
                seconds=clip.duration,
                speech=len(speech) / RATE,
                least=MIN_SPEECH_SECONDS,
            )
        mean = self._embed_partials(_mel_partials(speech)).mean(axis=0)
        unit: Floats = mean / np.linalg.norm(mean)
        return unit

    def _embed_partials(self, partials: Floats) -> Floats:
        """Return embeddings (n, HIDDEN_SIZE) of mel partials (n, PARTIAL_FRAMES, NUM_MELS)."""
        sequence = partials
        for layer in self._layers:
            sequence = _run_layer(layer, sequence)
        raw = np.maximum(sequence[:, -1] @ self._linear + self._bias, 0.0)
        unit: Floats = raw / np.maximum(np.linalg.norm(raw, axis=1, keepdims=True), 1e-6)
        return unit


def similarity(first: Floats, second: Floats) -> float:
    """Return the speaker similarity in [0, 1], the dot product of two embeddings.

    For the twelve recordings (eleven speakers) of bench/recognition/speaker_clips.py, the halves of one recording reach
    .91 (median; least .75), two different speakers .56 (nine tenths below .70, at most .76). Above .8 it is most likely
    one speaker.
    """
    return float(first @ second)


def trim(clip: Audio) -> Samples:
    """Return the speech of a clip without pauses, at SPEECH_LEVEL_DB.

    Resemblyzer raises the level of clips below -30 dB only. The embedding depends on the level, though: 15 dB less
    reduce the similarity of a clip to itself to .84. With one level for all clips it depends on the speaker instead of
    the microphone.

    This replaces the WebRTC detector of Resemblyzer, which needs a compiler. Blocks of 30 ms whose energy is within
    SPEECH_RANGE_DB of the loud parts count as speech; as in Resemblyzer, this is smoothed over SMOOTHING_BLOCKS and
    widened by MARGIN_BLOCKS. Steady noise within that range is kept. For 25 clips the embeddings agree with those of
    the WebRTC detector to .997 (median; least .96).

    Returns:
        float32 (n,) at RATE.

    Raises:
        BadInput: The clip is silent.
    """
    samples = audio.resample(clip, RATE).samples
    blocks = samples[: len(samples) // BLOCK_SAMPLES * BLOCK_SAMPLES].reshape(-1, BLOCK_SAMPLES)
    power = np.square(blocks, dtype=np.float64).mean(axis=1)
    level = 10 * np.log10(power + 1e-12)
    loud = float(np.percentile(level, 95)) if len(level) else -np.inf
    if loud < SILENCE_DB:
        raise silent_clip_error(clip.duration)
    share = np.convolve(level > loud - SPEECH_RANGE_DB, np.ones(SMOOTHING_BLOCKS) / SMOOTHING_BLOCKS, mode="same")
    widened = np.convolve(share > 0.5, np.ones(2 * MARGIN_BLOCKS + 1), mode="same") > 0
    kept = widened[: len(blocks)]
    gain = 10 ** ((SPEECH_LEVEL_DB - 10 * np.log10(power[kept].mean())) / 20) if kept.any() else 1.0
    return np.ascontiguousarray((blocks[kept] * gain).reshape(-1), dtype=np.float32)


def _mel_partials(speech: Samples) -> Floats:
    """Return partials (n, PARTIAL_FRAMES, NUM_MELS) of trimmed speech, zero-padded; a short last one is left out."""
    frames = -(-(len(speech) + 1) // HOP_SAMPLES)
    starts = list(range(0, max(1, frames - PARTIAL_FRAMES + PARTIAL_STEP_FRAMES + 1), PARTIAL_STEP_FRAMES))
    coverage = (len(speech) - starts[-1] * HOP_SAMPLES) / (PARTIAL_FRAMES * HOP_SAMPLES)
    if len(starts) > 1 and coverage < MIN_COVERAGE:
        starts.pop()
    length = (starts[-1] + PARTIAL_FRAMES) * HOP_SAMPLES
    mels = _mel(np.pad(speech[:length], (0, max(0, length - len(speech)))))
    return np.stack([mels[start : start + PARTIAL_FRAMES] for start in starts])


def _mel(samples: Samples) -> Floats:
    """Return the mel power spectrogram (frames, NUM_MELS): Hann window, centred frames, zero-padded, linear."""
    padded = np.pad(samples, WINDOW_SAMPLES // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW_SAMPLES)[::HOP_SAMPLES]
    hann = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW_SAMPLES) / WINDOW_SAMPLES)).astype(np.float32)
    power = np.square(np.abs(np.fft.rfft(frames * hann, axis=1)))
    return np.ascontiguousarray(power @ _filters(), dtype=np.float32)


@cache
def _filters() -> Floats:
    """Return triangular mel filters (WINDOW_SAMPLES // 2 + 1, NUM_MELS) from 0 to RATE / 2, each of unit area.

    The mel scale is that of Slaney's Auditory Toolbox (1998), librosa's default: linear below 1 kHz, logarithmic above.
    """
    linear, corner, step = 200 / 3, 1000.0, np.log(6.4) / 27  # Hz a mel, Hz, log Hz a mel
    corner_mel = corner / linear
    top = corner_mel + np.log(RATE / 2 / corner) / step
    mels = np.linspace(0.0, top, NUM_MELS + 2)
    edges = np.where(mels < corner_mel, mels * linear, corner * np.exp(step * (mels - corner_mel)))
    bins = np.linspace(0, RATE / 2, WINDOW_SAMPLES // 2 + 1)[:, None]
    rise = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    triangles = np.maximum(0.0, np.minimum(rise, fall)) * 2.0 / (edges[2:] - edges[:-2])
    filters: Floats = triangles.astype(np.float32)
    return filters


def _run_layer(layer: _Layer, sequence: Floats) -> Floats:
    """Return all hidden states (n, steps, HIDDEN_SIZE) of an LSTM layer for inputs (n, steps, features)."""
    projected = sequence @ layer.inputs + layer.bias
    hidden = np.zeros((len(sequence), HIDDEN_SIZE), np.float32)
    cell = np.zeros_like(hidden)
    states = np.empty((*sequence.shape[:2], HIDDEN_SIZE), np.float32)
    for step in range(sequence.shape[1]):
        gates = projected[:, step] + hidden @ layer.hidden
        input_gate, forget_gate, output_gate = (
            _sigmoid(gates[:, index * HIDDEN_SIZE : (index + 1) * HIDDEN_SIZE]) for index in (0, 1, 3)
        )
        cell = forget_gate * cell + input_gate * np.tanh(gates[:, 2 * HIDDEN_SIZE : 3 * HIDDEN_SIZE])
        hidden = output_gate * np.tanh(cell)
        states[:, step] = hidden
    return states


def _sigmoid(x: Floats) -> Floats:
    sigmoid: Floats = 0.5 * np.tanh(0.5 * x) + 0.5  # this form can't overflow
    return sigmoid


def _read_checkpoint(path: Path) -> dict[str, Floats]:
    """Return the network's parameters.

    Raises:
        WeightsMissing: The file is no GE2E checkpoint.
    """
    try:
        return state_dict.read_state_dict(path, "model_state")
    except ValueError as error:
        raise WeightsMissing(
            "{path} isn't a GE2E checkpoint ({error}). Delete it and run `{command} ge2e`.",
            path=path,
            error=error,
            command=store.DOWNLOAD_COMMAND,
        ) from error


def load() -> GE2E:
    """Load the encoder."""
    return GE2E(store.artifact_dir("ge2e") / "pretrained.pt")


SPEC: EngineSpec[SpeakerEncoder] = EngineSpec(
    name="ge2e",
    title="GE2E speaker encoder",
    tier="lite",
    languages=frozenset(),  # independent of the language
    licence="Apache-2.0",
    source="resemble-ai/Resemblyzer 0.1.4",
    load=load,
    artifacts=("ge2e",),
)
