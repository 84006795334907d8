"""Kokoro-82M in two steps: tokens to predicted prosody, and prosody to audio, at once or in pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from funaudio_core import settings
from funaudio_core.engines.kokoro import whisper_source
from funaudio_core.engines.kokoro.graph import generator, onnx_split
from funaudio_core.engines.onnx_session import OnnxSession
from funaudio_core.errors import BadInput
from funaudio_core.types import Samples
from funaudio_core.weights import conversion, store

SAMPLE_RATE = 24_000  # Hz
FRAME_SAMPLES = 600  # one unit of duration, i.e. 25 ms
CURVE_STEP_SAMPLES = FRAME_SAMPLES // 2  # between two values of F0 or energy, which have twice the frame rate
MAX_TOKENS = 510  # per call; the rows of a voice, hexgrad/Kokoro-82M
VOICED_THRESHOLD_HZ = 40.0  # the F0 curve is lower, even negative, where nothing is voiced
_EDGE_TOKEN = 0  # at the start and end of every sequence

_HALF_FRAMES = 2  # of hidden features in a frame
_SPECTRA = 120  # of the harmonic source in a frame
_CONTEXT_FRAMES = 6  # on both sides of a piece: the generator looks no further
_OVERLAP_SAMPLES = 240  # 10 ms in which a piece fades into the next: they are rounded to 8 bits in different steps
_SAMPLE_COUNT, _SAMPLE_FRAMES = 5, 8  # samples of the rest of a sentence, of 0.2 s each, for the moments of its norms

Float = NDArray[np.float32]


@dataclass(frozen=True, eq=False, slots=True)
class Prediction:
    """Predicted prosody of T tokens.

    Attributes:
        durations: int64 (T + 2,), frames of FRAME_SAMPLES samples per token; the first and last are the silent edges.
        lengths: float32 (T + 2,), durations before duration_scale and rounding.
        features: float32 (1, 512, F), F = sum of durations.
        f0: float32 (2F,), Hz, voiced where above VOICED_THRESHOLD_HZ.
        energy: float32 (2F,), in the unit of the model, from about 0 (silence) to 15.
    """

    durations: NDArray[np.int64]
    lengths: Float
    features: Float
    f0: Float
    energy: Float

    @property
    def voiced(self) -> NDArray[np.bool_]:
        """Return a mask of the voiced values of F0, bool (2F,)."""
        return self.f0 > VOICED_THRESHOLD_HZ


class KokoroModel:
    """Encoder, decoder and generator as ONNX Runtime sessions. Thread-safe: no state is kept between calls."""

    def __init__(self, folder: Path, threads: int) -> None:
        """Open the files that onnx_split.split() wrote into `folder`."""
        self._encoder = OnnxSession(folder / onnx_split.ENCODER_FILE, threads)
        self._decoder = OnnxSession(folder / onnx_split.DECODER_FILE, threads)
        self._generator = OnnxSession(folder / onnx_split.GENERATOR_FILE, threads, folds_constants=False)

    def predict(
        self, tokens: list[int], style: Float, speed: float = 1.0, duration_scale: Float | None = None
    ) -> Prediction:
        """Predict durations, F0 and energy.

        Args:
            tokens: T token ids, without the edges.
            style: Style vector, float32 (1, 256).
            speed: Divides every duration.
            duration_scale: Factors on the durations, float32 (1, T + 2), edges included.

        Returns:
            The prediction.

        Raises:
            BadInput: There are no tokens, or more than MAX_TOKENS.
        """
        if not 0 < len(tokens) <= MAX_TOKENS:
            raise BadInput(
                "Kokoro accepts 1 to {most} phonemes at a time; got {count}. Split the text.",
                most=MAX_TOKENS,
                count=len(tokens),
            )
        if duration_scale is None:
            duration_scale = np.ones((1, len(tokens) + 2), np.float32)
        durations, lengths, features, f0, energy = self._encoder.run(
            {
                "tokens": np.array([[_EDGE_TOKEN, *tokens, _EDGE_TOKEN]], np.int64),
                "style": style,
                "speed": np.array([speed], np.float32),
                "duration_scale": duration_scale,
            },
            ["durations", "lengths", "features", "f0", "energy"],
        )
        frames = durations.ravel().astype(np.int64)
        return Prediction(frames, lengths.ravel(), features, f0.ravel(), energy.ravel())

    def decode(self, features: Float, f0: Float, energy: Float, style: Float) -> Samples:
        """Generate the audio of a prediction, which may have been edited.

        Args:
            features: float32 (1, 512, F).
            f0: float32 (2F,), Hz; zeros for a whisper.
            energy: float32 (2F,).
            style: Style vector, float32 (1, 256); its first half is the timbre.

        Returns:
            float32 (F * FRAME_SAMPLES,) at SAMPLE_RATE.
        """
        return next(self.decode_pieces(features, f0, energy, style, ()))

    def decode_pieces(
        self, features: Float, f0: Float, energy: Float, style: Float, cuts: Sequence[int]
    ) -> Iterator[Samples]:
        """Generate the audio in pieces that fit together without a seam.

        The norms of the generator depend on the whole sequence. In pieces, all use the mean and the deviation of the
        first piece together with short samples of the rest.

        Args:
            features: float32 (1, 512, F).
            f0: float32 (2F,), Hz; zeros for a whisper.
            energy: float32 (2F,).
            style: Style vector, float32 (1, 256).
            cuts: Frames at which a piece ends and the next one starts, in order; without any this is decode().

        Yields:
            The pieces, len(cuts) + 1, float32; each is generated when it is requested.
        """
        inputs = {"features": features, "f0": f0[None], "energy": energy[None], "style": style}
        hidden, source = self._decoder.run(inputs, ["hidden", "source"])
        if not f0.any():
            source = whisper_source.make_source(source.shape[2])
        size = features.shape[2]
        moments: Float | None = None
        overlap = np.zeros(0, np.float32)  # what the last piece had for the start of this one
        for first, last in pairwise((0, *cuts, size)):
            start, end = max(0, first - _CONTEXT_FRAMES), min(size, last + _CONTEXT_FRAMES)
            spans = [(start, end)]
            if moments is None:
                spans += _sample_spans(end, size)
            sound, moments = self._generate(hidden, source, style, spans, moments)
            piece = sound[(first - start) * FRAME_SAMPLES :]
            ramp = np.linspace(0, 1, len(overlap), dtype=np.float32)
            piece[: len(overlap)] = ramp * piece[: len(overlap)] + (1 - ramp) * overlap
            length = (last - first) * FRAME_SAMPLES
            overlap = piece[length : length + _OVERLAP_SAMPLES].copy() if last < size else overlap
            yield piece[:length]

    def _generate(
        self, hidden: Float, source: Float, style: Float, spans: list[tuple[int, int]], moments: Float | None
    ) -> tuple[Samples, Float]:
        """Generate the audio of some spans of frames, joined, and return it with the moments used."""
        last = spans[-1][1] * _SPECTRA
        spectra = [source[..., start * _SPECTRA : end * _SPECTRA] for start, end in spans]
        inputs = {
            "hidden": np.concatenate([hidden[..., a * _HALF_FRAMES : b * _HALF_FRAMES] for a, b in spans], axis=2),
            "source": np.concatenate([*spectra, source[..., last : last + 1]], axis=2),
            "style": style,
            generator.MOMENTS_INPUT: np.zeros((2, generator.MOMENTS), np.float32) if moments is None else moments,
            generator.SHARE_INPUT: np.array([moments is None], np.float32),
        }
        sound, used = self._generator.run(inputs, ["audio", generator.MOMENTS_OUTPUT])
        return sound.ravel(), used


def _sample_spans(start: int, end: int) -> list[tuple[int, int]]:
    """Return short spans that are spread evenly over the frames from `start` to `end`, or all of a few frames."""
    if end - start <= _SAMPLE_COUNT * _SAMPLE_FRAMES:
        return [(start, end)] if end > start else []
    firsts = np.linspace(start, end - _SAMPLE_FRAMES, _SAMPLE_COUNT).astype(int)
    return [(int(first), int(first) + _SAMPLE_FRAMES) for first in firsts]


@cache
def load() -> KokoroModel:
    """Load the model, once per process. The first load splits the graph (three seconds) and caches the result."""

    def split(folder: Path) -> None:
        conversion.run(onnx_split.split, store.artifact_dir("kokoro") / "kokoro-v1.0.int8.onnx", folder)

    folder = store.cached(f"kokoro-{onnx_split.SPLIT_VERSION}", split)
    return KokoroModel(folder, settings.read().threads)


def load_voice(path: Path) -> Float:
    """Load a voice file.

    Args:
        path: The file.

    Returns:
        float32 (MAX_TOKENS, 1, 256): one style vector per number of tokens, row T - 1 for T tokens. In each vector
        [0:128] is the timbre (decoder) and [128:256] the prosody (encoder).
    """
    return np.fromfile(path, np.float32).reshape(MAX_TOKENS, 1, 256)
