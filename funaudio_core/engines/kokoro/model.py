"""Kokoro-82M in two steps: tokens to predicted prosody, and prosody to audio, at once or in pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from funaudio_core import settings
from funaudio_core.engines.kokoro import whisper_source
from funaudio_core.engines.kokoro.graph import norms, onnx_split
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
_DECODER_CONTEXT_FRAMES = 11  # on both sides of what the generator reads: the decoder looks no further
_OVERLAP_SAMPLES = 240  # 10 ms in which a piece fades into the next: they are rounded to 8 bits in different steps
_SAMPLE_COUNT, _SAMPLE_FRAMES = 8, 3  # samples of the rest of a sentence, 75 ms each, for the moments of its norms

Float = NDArray[np.float32]
_Span = tuple[int, int]  # first frame, and the one behind the last


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
    """Encoder, decoder, source and generator as ONNX Runtime sessions. Thread-safe: no call leaves any state."""

    def __init__(self, folder: Path, threads: int) -> None:
        """Open the files that onnx_split.split() wrote into `folder`."""
        self._encoder = OnnxSession(folder / onnx_split.ENCODER_FILE, threads)
        self._decoder = OnnxSession(folder / onnx_split.DECODER_FILE, threads)
        self._source = OnnxSession(folder / onnx_split.SOURCE_FILE, threads)
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

        The norms of the decoder and of the generator depend on the whole sequence. In pieces, all use the moments of
        the first piece together with short samples of the rest.

        Args:
            features: float32 (1, 512, F).
            f0: float32 (2F,), Hz; zeros for a whisper.
            energy: float32 (2F,).
            style: Style vector, float32 (1, 256).
            cuts: Frames at which a piece ends and the next one starts, in order; without any this is decode().

        Yields:
            The pieces, len(cuts) + 1, float32; each is generated when it is requested.
        """
        size = features.shape[2]
        source = None if f0.any() else whisper_source.make_source(size * _SPECTRA + 1)
        decoder_moments: Float | None = None
        moments: Float | None = None
        overlap = np.zeros(0, np.float32)  # what the last piece had for the start of this one
        for first, last in pairwise((0, *cuts, size)):
            start, end = max(0, first - _CONTEXT_FRAMES), min(size, last + _CONTEXT_FRAMES)
            spans = [(start, end)]
            if moments is None:
                spans += _sample_spans(end, size)
            hidden, decoder_moments = self._decode(features, f0, energy, style, spans, decoder_moments)
            if source is None and moments is None:  # its phase runs from the start, where the first span is
                spectra = self._make_source(_join_spans(f0[None], spans, _HALF_FRAMES))
            else:
                source = self._make_source(f0[None]) if source is None else source
                spectra = _slice_source(source, spans)
            sound, moments = self._generate(hidden, spectra, style, moments)
            piece = sound[(first - start) * FRAME_SAMPLES :]
            ramp = np.linspace(0, 1, len(overlap), dtype=np.float32)
            piece[: len(overlap)] = ramp * piece[: len(overlap)] + (1 - ramp) * overlap
            length = (last - first) * FRAME_SAMPLES
            overlap = piece[length : length + _OVERLAP_SAMPLES].copy() if last < size else overlap
            yield piece[:length]

    def _decode(
        self, features: Float, f0: Float, energy: Float, style: Float, spans: list[_Span], moments: Float | None
    ) -> tuple[Float, Float]:
        """Decode some spans of frames and return their hidden features, joined, with the moments used."""
        wide = _widen(spans, features.shape[2])
        curves = {"f0": f0, "energy": energy}
        inputs = {
            "features": _join_spans(features, wide),
            **{name: _join_spans(curve[None], wide, _HALF_FRAMES) for name, curve in curves.items()},
            "style": style,
        }
        hidden, used = self._run_with_moments(self._decoder, inputs, "hidden", moments)
        offsets = np.cumsum([0, *(last - first for first, last in wide)])
        inner = []
        for start, end in spans:
            at = next(i for i, (first, last) in enumerate(wide) if first <= start and end <= last)
            shift = int(offsets[at]) - wide[at][0]
            inner.append((start + shift, end + shift))
        return _join_spans(hidden, inner, _HALF_FRAMES), used

    def _make_source(self, f0: Float) -> Float:
        """Return the harmonic source, (1, 22, F * _SPECTRA + 1), of F0 (1, 2F)."""
        (source,) = self._source.run({"f0": f0}, ["source"])
        return source

    def _generate(self, hidden: Float, source: Float, style: Float, moments: Float | None) -> tuple[Samples, Float]:
        """Generate the audio of hidden features and their source, and return it with the moments used.

        With `moments` None these are its own.
        """
        inputs = {"hidden": hidden, "source": source, "style": style}
        sound, used = self._run_with_moments(self._generator, inputs, "audio", moments)
        return sound.ravel(), used

    @staticmethod
    def _run_with_moments(
        session: OnnxSession, inputs: dict[str, Float], output: str, moments: Float | None
    ) -> tuple[Float, Float]:
        """Run a graph with the inputs of graph.norms, and return an output and the moments used."""
        shape = [int(size) for size in session.input_shapes[norms.MOMENTS_INPUT]]
        given = np.zeros(shape, np.float32) if moments is None else moments
        shared = {norms.MOMENTS_INPUT: given, norms.SHARE_INPUT: np.array([moments is None], np.float32)}
        result, used = session.run(inputs | shared, [output, norms.MOMENTS_OUTPUT])
        return result, used


def _join_spans(values: Float, spans: Sequence[_Span], rate: int = 1) -> Float:
    """Return some spans of frames, joined, of values (..., F * rate)."""
    return np.concatenate([values[..., start * rate : end * rate] for start, end in spans], axis=-1)


def _slice_source(source: Float, spans: Sequence[_Span]) -> Float:
    """Return some spans of frames, joined, of a source, which has a spectrum more than its frames."""
    last = spans[-1][1] * _SPECTRA
    return np.concatenate([_join_spans(source, spans, _SPECTRA), source[..., last : last + 1]], axis=-1)


def _widen(spans: Sequence[_Span], size: int) -> list[_Span]:
    """Return spans with the context that the decoder needs, within `size` frames; those that touch become one."""
    wide: list[_Span] = []
    for start, end in spans:
        first, last = max(0, start - _DECODER_CONTEXT_FRAMES), min(size, end + _DECODER_CONTEXT_FRAMES)
        if wide and first <= wide[-1][1]:
            first, _ = wide.pop()
        wide.append((first, last))
    return wide


def _sample_spans(start: int, end: int) -> list[_Span]:
    """Return short spans that are spread evenly over the frames from `start` to `end`, or all of a few frames."""
    if end - start <= _SAMPLE_COUNT * _SAMPLE_FRAMES:
        return [(start, end)] if end > start else []
    firsts = np.linspace(start, end - _SAMPLE_FRAMES, _SAMPLE_COUNT).astype(int)
    return [(int(first), int(first) + _SAMPLE_FRAMES) for first in firsts]


_in_use: WeakValueDictionary[Path, KokoroModel] = WeakValueDictionary()


def load() -> KokoroModel:
    """Load the model, or return the one that somebody uses; nothing keeps it behind its last user.

    The first load splits the graph (three seconds) and keeps the result on disk.
    """

    def split(folder: Path) -> None:
        conversion.run(onnx_split.split, store.artifact_dir("kokoro") / "kokoro-v1.0.int8.onnx", folder)

    folder = store.cached(f"kokoro-{onnx_split.SPLIT_VERSION}", split)
    model = _in_use.get(folder)
    if model is None:
        model = _in_use[folder] = KokoroModel(folder, settings.read().threads)
    return model


def load_voice(path: Path) -> Float:
    """Load a voice file.

    Args:
        path: The file.

    Returns:
        float32 (MAX_TOKENS, 1, 256): one style vector per number of tokens, row T - 1 for T tokens. In each vector
        [0:128] is the timbre (decoder) and [128:256] the prosody (encoder).
    """
    return np.fromfile(path, np.float32).reshape(MAX_TOKENS, 1, 256)
