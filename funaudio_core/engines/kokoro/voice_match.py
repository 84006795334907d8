"""Voice match: search for the mixture of Kokoro's preset voices that is most similar to a clip.

A regression trained on Kokoro's own speech (bench/speech/train_voice_fit.py) predicts the GE2E embedding of a mixture
that speaks at a given pitch; gradient ascent searches for the mixture whose embedding is nearest to the clip's. Median
and spread of the clip's F0 are stored in the MatchedVoice and applied when a text is rendered. The result resembles the
speaker; it is not a clone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from funaudio_core.audio import prosody
from funaudio_core.engines import ge2e, loader
from funaudio_core.engines.kokoro.model import Prediction, load_voice
from funaudio_core.errors import BadInput
from funaudio_core.types import Audio, Prosody
from funaudio_core.weights import store

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

STYLE_SIZE = 256  # of a style vector
TIMBRE_SIZE = STYLE_SIZE // 2  # [0:128] is the timbre, [128:256] the prosody
TIMBRE_AXES = 32  # principal axes searched; they hold 96 % of the variance of the preset timbres
PROSODY_AXES = 8  # 70 % of the variance of the preset prosody; the rest is rhythm, which hardly affects embeddings
AXES = TIMBRE_AXES + PROSODY_AXES
COMMON_ROWS = slice(20, 200)  # rows of a voice that sentences use; a voice varies little along them

SPREAD_FACTOR_LIMITS = (0.6, 1.6)  # a predicted melody stretched further sounds sung or chopped
MIN_AUDIBLE_ENERGY = 4.0  # in the unit of the model; vowels reach 5 to 12
EDGE_VALUES = 2  # 25 ms at either end of a voiced stretch, where the curve rises from zero or falls to it
F0_STD_LIMITS = (0.08, 0.35)  # of log F0: from a monotone to a lively reader; the range of the training data
PITCH_SCALING = ((5.1, 0.35), (0.2, 0.08))  # offset and scale of median and spread of log F0 in the regression

# Language -> preset mixed into the match, and its share, which the search accounts for. Without it French and Hindi
# become hard to understand (error rates .42 and .83; the presets .22 and .45), and Chinese and Japanese lose .04. With
# it all stay within .05 of the preset, and similarity falls by .07 at most (three to five sentences, two speakers).
NATIVE_PRESETS = {
    "fr": ("ff_siwis", 0.5),
    "hi": ("hf_alpha", 0.4),
    "ja": ("jf_alpha", 0.3),
    "zh": ("zf_xiaoxiao", 0.3),
}

START_COUNT = 8  # most similar presets, from which the search starts
STEP_COUNT = 120
STEP_SIZE = 0.08  # of Adam, in units of the axes
# Both measured on nine clips that bench/recognition/speaker_clips.py does not hold (actors of hedgewars-data, two
# stories of f5-tts).
PRIOR_WEIGHT = 0.0005  # pull to the mean voice per squared unit of distance; with less, some voices lose their voicing
SIMILARITY_BIAS = 0.12  # the search finds points at which the regression is too high by this much
REGRESSION_FILE = Path(__file__).with_name("voice_fit.npz")


@dataclass(frozen=True, eq=False, slots=True)
class MatchedVoice:
    """Voice that resembles a speaker.

    Attributes:
        pack: float32 (510, 1, 256), see model.load_voice().
        f0_median: Median F0 in Hz.
        f0_std: Standard deviation of log F0.
        similarity: Estimated similarity to the speaker in [0, 1]; ge2e.similarity() measures it in rendered speech.
    """

    pack: Floats
    f0_median: float
    f0_std: float
    similarity: float


def fit(clip: Audio, language: str) -> MatchedVoice:
    """Return the voice that is most similar to the speaker of a clip. Takes about 0.3 CPU-s for 10 s.

    Args:
        clip: Speech of one speaker.
        language: Language that the voice will speak, ISO 639 code.

    Returns:
        The voice.

    Raises:
        BadInput: The clip is silent, too short or without voicing (whispered).
    """
    measured = prosody.measure(clip)
    if math.isnan(measured.f0):
        raise BadInput(
            "The clip contains no voiced speech, so its pitch can't be measured. "
            "Record a sentence in a normal voice, without whispering."
        )
    pitch = to_pitch_vector(measured)
    encoder = loader.load(ge2e.SPEC)  # with whose embeddings the regression was trained
    embedding = encoder.embed(clip).astype(np.float64)
    point, similarity = search(embedding, pitch, NATIVE_PRESETS.get(language))
    return MatchedVoice(load_basis().pack(point), measured.f0, float(pitch[1]), max(0.0, similarity - SIMILARITY_BIAS))


def to_pitch_vector(measured: Prosody) -> Doubles:
    """Return median and standard deviation of log F0, (2,), the latter clamped to F0_STD_LIMITS."""
    return np.array([math.log(measured.f0), np.clip(measured.f0_range * math.log(2) / 12, *F0_STD_LIMITS)])


class Basis:
    """Principal axes of the preset voices. A point (AXES,), in units of their spread, represents a voice.

    Attributes:
        presets: Points of the presets, float64 (n, AXES).
    """

    def __init__(self, names: list[str], voices: Floats) -> None:
        """Compute the axes of preset voices, float32 (n, MAX_TOKENS, 1, STYLE_SIZE), and their names."""
        self._names, self._voices = names, voices
        self._mean_voice: Floats = voices.mean(axis=0)
        styles = voices[:, COMMON_ROWS, 0].mean(axis=1, dtype=np.float64)
        self._mean_style: Doubles = styles.mean(axis=0)
        self._halves = tuple(
            self._axes(styles[:, part] - self._mean_style[part], count)
            for part, count in ((slice(0, TIMBRE_SIZE), TIMBRE_AXES), (slice(TIMBRE_SIZE, STYLE_SIZE), PROSODY_AXES))
        )
        self.presets: Doubles = np.stack([self.point(style) for style in styles])

    @staticmethod
    def _axes(deviations: Doubles, count: int) -> tuple[Doubles, Doubles]:
        """Return the projection to axes (TIMBRE_SIZE, count), and each voice's share per unit of an axis (count, n)."""
        left, scale, right = np.linalg.svd(deviations, full_matrices=False)
        signs = np.sign(right[np.arange(count), np.abs(right[:count]).argmax(axis=1)])  # the SVD leaves signs undefined
        unit = scale[:count] / np.sqrt(len(deviations))
        return (right[:count] * signs[:, None]).T / unit, (left[:, :count] * signs).T / np.sqrt(len(deviations))

    def voice(self, preset: str) -> Floats:
        """Return a preset voice, float32 (MAX_TOKENS, 1, STYLE_SIZE), a view."""
        voice: Floats = self._voices[self._names.index(preset)]
        return voice

    def point(self, style: Doubles) -> Doubles:
        """Return the point (AXES,) of a mean style vector (STYLE_SIZE,)."""
        deviation = style - self._mean_style
        timbre, prosody = deviation[:TIMBRE_SIZE], deviation[TIMBRE_SIZE:]
        return np.concatenate([timbre @ self._halves[0][0], prosody @ self._halves[1][0]])

    def pack(self, point: Doubles, rows: slice = slice(None)) -> Floats:
        """Return the voice at `point` (AXES,), float32 (MAX_TOKENS, 1, STYLE_SIZE), or some of its rows."""
        timbre = point[:TIMBRE_AXES] @ self._halves[0][1]
        prosody = point[TIMBRE_AXES:] @ self._halves[1][1]
        voices, mean_voice = self._voices[:, rows], self._mean_voice[rows]
        pack = mean_voice.copy()
        for shares, part in ((timbre, slice(0, TIMBRE_SIZE)), (prosody, slice(TIMBRE_SIZE, STYLE_SIZE))):
            deviations = voices[..., part] - mean_voice[..., part]
            pack[..., part] += np.tensordot(shares, deviations, axes=1).astype(np.float32)
        return pack


class Regression:
    """Gaussian process regression from (point, pitch) to speaker embedding."""

    def __init__(self, path: Path) -> None:
        """Load the file that bench/speech/train_voice_fit.py writes."""
        with np.load(path) as stored:
            self._centres: Doubles = stored["centres"].astype(np.float64)  # (samples, AXES + 2), scaled inputs
            self._scales: Doubles = stored["scales"].astype(np.float64)  # (AXES + 2,)
            self._weights: Doubles = stored["weights"].astype(np.float64)  # (samples, parts)
            self._parts: Doubles = stored["parts"].astype(np.float64)  # (parts, 256), orthonormal
            self._mean: Doubles = stored["mean"].astype(np.float64)  # (256,)

    def cosine_and_gradient(self, points: Doubles, pitch: Doubles, target: Doubles) -> tuple[Doubles, Doubles]:
        """Return the cosine between expected and target embeddings, and its gradient.

        Args:
            points: Voices, (n, AXES).
            pitch: Median and standard deviation of log F0, (2,).
            target: Embedding of unit length, (256,).

        Returns:
            The cosine (n,) and the gradient (n, AXES).
        """
        inputs = np.concatenate([points, np.broadcast_to(scale_pitch(pitch), (len(points), 2))], axis=1) * self._scales
        kernel = gaussian_kernel(inputs, self._centres)
        expected = self._mean + kernel @ self._weights @ self._parts
        norm = np.linalg.norm(expected, axis=1, keepdims=True)
        cosine = expected @ target / norm[:, 0]
        slope = (target - cosine[:, None] * expected / norm) / norm
        kernel_slope = kernel * (slope @ self._parts.T @ self._weights.T)
        gradient = (kernel_slope @ self._centres - kernel_slope.sum(axis=1, keepdims=True) * inputs) * self._scales
        return cosine, gradient[:, :AXES]


def gaussian_kernel(first: Doubles, second: Doubles) -> Doubles:
    """Return exp(-d^2 / 2), (n, m), for the distances d between all rows of `first` (n, k) and `second` (m, k)."""
    squares = np.square(first).sum(axis=1)[:, None] + np.square(second).sum(axis=1) - 2 * first @ second.T
    kernel: Doubles = np.exp(-0.5 * np.maximum(squares, 0.0))
    return kernel


def scale_pitch(pitch: Doubles) -> Doubles:
    """Return median and standard deviation of log F0, (..., 2), in the units of the regression."""
    offset, scale = np.array(PITCH_SCALING).T
    scaled: Doubles = (pitch - offset) / scale
    return scaled


def search(embedding: Doubles, pitch: Doubles, native: tuple[str, float] | None = None) -> tuple[Doubles, float]:
    """Search for the voice whose expected embedding is most similar to an embedding.

    Args:
        embedding: Target embedding, (256,).
        pitch: Median and standard deviation of log F0, (2,).
        native: A preset and the share of it that the voice must contain.

    Returns:
        The point of the voice, (AXES,), and its expected cosine.
    """
    axes, regression = load_basis(), _load_regression()
    if native is None:
        anchor, share = np.zeros(AXES), 0.0
    else:
        anchor, share = axes.presets[preset_names().index(native[0])], native[1]
    points = axes.presets
    cosine, _ = regression.cosine_and_gradient((1 - share) * points + share * anchor, pitch, embedding)
    points = points[np.argsort(-cosine)[:START_COUNT]]
    first, second = np.zeros_like(points), np.zeros_like(points)  # moments of Adam (Kingma & Ba, 2015)
    for step in range(1, STEP_COUNT + 1):
        _, gradient = regression.cosine_and_gradient((1 - share) * points + share * anchor, pitch, embedding)
        gradient = (1 - share) * gradient - 2 * PRIOR_WEIGHT * points
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * np.square(gradient)
        rate = STEP_SIZE * math.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        points = points + rate * first / (np.sqrt(second) + 1e-8)
    points = (1 - share) * points + share * anchor
    cosine, _ = regression.cosine_and_gradient(points, pitch, embedding)
    best = int(np.argmax(cosine - PRIOR_WEIGHT * np.square(points).sum(axis=1)))
    return points[best], float(cosine[best])


def retune(prediction: Prediction, median: float, spread: float) -> Floats:
    """Move the F0 curve of a prediction to another median and spread.

    Only voiced values change.

    Args:
        prediction: Prediction of F frames.
        median: Median F0 in Hz.
        spread: Standard deviation of log F0; it changes by a factor within SPREAD_FACTOR_LIMITS.

    Returns:
        The curve, float32 (2F,), Hz; unchanged if nothing is voiced.
    """
    voiced, audible = prediction.voiced, audible_mask(prediction)
    if not voiced.any():
        return prediction.f0
    log_f0 = np.log(prediction.f0[audible if audible.any() else voiced])
    old_median = np.median(log_f0)
    factor = np.clip(spread / max(float(log_f0.std()), 1e-3), *SPREAD_FACTOR_LIMITS)
    retuned = prediction.f0.copy()
    retuned[voiced] = np.exp((np.log(prediction.f0[voiced]) - old_median) * factor + np.log(median))
    return retuned


def audible_mask(prediction: Prediction) -> NDArray[np.bool_]:
    """Return a mask of the F0 values that determine the perceived pitch, bool (2F,): loud, and away from the edges.

    Median and spread over these agree with Praat's measurements of the audio (within 0.34 semitones and 7 %, eight
    presets); over all voiced values they are up to 2 semitones too low and half as wide again.
    """
    mask = prediction.voiced
    for _ in range(EDGE_VALUES):
        mask = mask & np.append(False, mask[:-1]) & np.append(mask[1:], False)
    return mask & (prediction.energy > MIN_AUDIBLE_ENERGY)


def preset_names() -> list[str]:
    """Return the ids of the published preset voices, in the order of Basis.presets."""
    return sorted(path.stem for path in store.artifact_dir("kokoro-voices").glob("*.bin"))


def load() -> None:
    """Load the encoder and the data of the search, so that the first clip need not wait for them."""
    loader.load(ge2e.SPEC)
    load_basis()
    _load_regression()


@cache
def load_basis() -> Basis:
    """Return the basis of the published preset voices, computed once."""
    folder, names = store.artifact_dir("kokoro-voices"), preset_names()
    return Basis(names, np.stack([load_voice(folder / f"{name}.bin") for name in names]))


@cache
def _load_regression() -> Regression:
    return Regression(REGRESSION_FILE)
