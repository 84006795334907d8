"""Voice match: the mixture of Kokoro's preset voices that comes nearest to a clip. Knows no text and renders nothing.

A regression trained on Kokoro's own speech (bench/train_voice_fit.py) tells the GE2E embedding that a mixture has when
it speaks at a given pitch; gradient ascent searches it for the embedding of the clip. Pitch is not left to the mixture:
the clip's median and spread of F0 go into the Timbre, to be applied as a line is rendered. Nearer to the speaker, no
clone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from funaudio_core.audio import prosody
from funaudio_core.engines import ge2e  # the regression is of this encoder's embeddings: another would not do
from funaudio_core.engines.kokoro.model import Prediction, load_voice
from funaudio_core.errors import BadInput
from funaudio_core.types import Audio, Prosody
from funaudio_core.weights import store

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

STYLE = 256  # numbers in a style vector
HALF = STYLE // 2  # [0:128] is the timbre, [128:256] the prosody
TIMBRE_AXES = 32  # principal axes searched; they hold 96 % of the variance of the preset timbres
PROSODY_AXES = 8  # 70 % of the variance of the preset prosody; the rest is rhythm, which embeddings barely see
AXES = TIMBRE_AXES + PROSODY_AXES
COMMON_ROWS = slice(20, 200)  # rows of a voice that sentences use; a voice drifts little along them

SPREAD_LIMITS = (0.6, 1.6)  # x; stretching a predicted melody further sounds sung or sawn off
AUDIBLE = 4.0  # of the energy curve, in the model's unit; vowels reach 5 to 12
EDGE = 2  # values (25 ms) at either end of a voiced stretch where the curve still climbs from zero or falls to it
F0_STD = (0.08, 0.35)  # of log F0: from a monotone to a lively reader; the range of the training data
PITCH_UNITS = ((5.1, 0.35), (0.2, 0.08))  # middle and scale of median and spread of log F0, as the regression sees them

# Language -> preset mixed into the match, and its share, which the search allows for. Without it French and Hindi turn
# hard to understand (error rates .42 and .83; the presets .22 and .45), Chinese and Japanese lose .04. With it all stay
# within .05 of the preset, and similarity falls by .07 at most (three to five sentences, two speakers).
NATIVE = {"fr": ("ff_siwis", 0.5), "hi": ("hf_alpha", 0.4), "ja": ("jf_alpha", 0.3), "zh": ("zf_xiaoxiao", 0.3)}

STARTS = 8  # of the presets, the most promising ones are climbed from
STEPS = 120
STEP_SIZE = 0.08  # of Adam, in units of the axes
# Both measured on nine clips that bench/speakers.py does not hold (actors of hedgewars-data, two stories of f5-tts).
HOLD = 0.0005  # pull to the mean voice per squared unit of distance; with less, some voices lose their voicing
OPTIMISM = 0.12  # the search finds points where the regression errs upwards, by this much
FIT = Path(__file__).with_name("voice_fit.npz")


@dataclass(frozen=True, eq=False, slots=True)
class Timbre:
    """A voice made to resemble a speaker.

    pack: float32 (510, 1, 256), as a voice file holds it. f0_median: Hz. f0_std: standard deviation of log F0.
    similarity: to the speaker, in [0, 1], estimated before a word is spoken; ge2e.similarity tells how it turned out.
    """

    pack: Floats
    f0_median: float
    f0_std: float
    similarity: float


def fit(clip: Audio, language: str) -> Timbre:
    """The voice nearest to the speaker of `clip` for speaking `language` (ISO 639 code). About 0.3 CPU-s for 10 s.

    Raises BadInput for a clip that is silent, too short or without any voicing (whispered).
    """
    heard = prosody.measure(clip)
    if math.isnan(heard.f0):
        raise BadInput(
            "The clip contains no voiced speech, so its pitch can't be measured. "
            "Record a sentence in a normal voice, without whispering."
        )
    target = pitch(heard)
    embedding = ge2e.load().embed(clip).astype(np.float64)
    point, similarity = search(embedding, target, NATIVE.get(language))
    return Timbre(basis().pack(point), heard.f0, float(target[1]), max(0.0, similarity - OPTIMISM))


def pitch(heard: Prosody) -> Doubles:
    """Median and standard deviation of log F0, (2,), the latter held within F0_STD."""
    return np.array([math.log(heard.f0), np.clip(heard.f0_range * math.log(2) / 12, *F0_STD)])


class Basis:
    """The principal axes of the preset voices: a point (AXES,) in units of their spread stands for a whole voice.

    presets: float64 (n, AXES), where the presets themselves stand.
    """

    def __init__(self, voices: Floats) -> None:
        """voices: float32 (n, MAX_TOKENS, 1, STYLE)."""
        self._voices = voices
        self._middle: Floats = voices.mean(axis=0)
        means = voices[:, COMMON_ROWS, 0].mean(axis=1, dtype=np.float64)
        self._centre: Doubles = means.mean(axis=0)
        self._halves = tuple(
            self._axes(means[:, part] - self._centre[part], count)
            for part, count in ((slice(0, HALF), TIMBRE_AXES), (slice(HALF, STYLE), PROSODY_AXES))
        )
        self.presets: Doubles = np.stack([self.point(mean) for mean in means])

    @staticmethod
    def _axes(spread: Doubles, count: int) -> tuple[Doubles, Doubles]:
        """For one half: analysis (HALF, count), and shares of each voice per unit of each axis (count, n)."""
        left, scale, right = np.linalg.svd(spread, full_matrices=False)
        signs = np.sign(right[np.arange(count), np.abs(right[:count]).argmax(axis=1)])  # SVD leaves the signs open
        unit = scale[:count] / np.sqrt(len(spread))
        return (right[:count] * signs[:, None]).T / unit, (left[:, :count] * signs).T / np.sqrt(len(spread))

    def point(self, style: Doubles) -> Doubles:
        """The point (AXES,) of a mean style vector (STYLE,)."""
        away = style - self._centre
        return np.concatenate([away[:HALF] @ self._halves[0][0], away[HALF:] @ self._halves[1][0]])

    def pack(self, point: Doubles, rows: slice = slice(None)) -> Floats:
        """The voice (MAX_TOKENS, 1, STYLE), or some of its rows, float32, that stands at `point` (AXES,)."""
        timbre = point[:TIMBRE_AXES] @ self._halves[0][1]
        prosody = point[TIMBRE_AXES:] @ self._halves[1][1]
        voices, middle = self._voices[:, rows], self._middle[rows]
        out = middle.copy()
        for share, part in ((timbre, slice(0, HALF)), (prosody, slice(HALF, STYLE))):
            out[..., part] += np.tensordot(share, voices[..., part] - middle[..., part], axes=1).astype(np.float32)
        return out


class Regression:
    """Gaussian process regression from (point, pitch) to speaker embedding, as plain arrays."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as stored:
            self._centres: Doubles = stored["centres"].astype(np.float64)  # (samples, AXES + 2), scaled inputs
            self._scales: Doubles = stored["scales"].astype(np.float64)  # (AXES + 2,)
            self._weights: Doubles = stored["weights"].astype(np.float64)  # (samples, parts)
            self._parts: Doubles = stored["parts"].astype(np.float64)  # (parts, 256), orthonormal
            self._mean: Doubles = stored["mean"].astype(np.float64)  # (256,)

    def likeness(self, points: Doubles, pitch: Doubles, target: Doubles) -> tuple[Doubles, Doubles]:
        """Cosine (n,) between the expected embeddings of `points` (n, AXES) at `pitch` and `target`, and its gradient.

        pitch: (2,), median and spread of log F0. target: (256,), unit length. gradient: (n, AXES).
        """
        inputs = np.concatenate([points, np.broadcast_to(scaled_pitch(pitch), (len(points), 2))], axis=1) * self._scales
        kernel = gaussian(inputs, self._centres)
        expected = self._mean + kernel @ self._weights @ self._parts
        size = np.linalg.norm(expected, axis=1, keepdims=True)
        cosine = expected @ target / size[:, 0]
        slope = (target - cosine[:, None] * expected / size) / size
        pull = kernel * (slope @ self._parts.T @ self._weights.T)
        gradient = (pull @ self._centres - pull.sum(axis=1, keepdims=True) * inputs) * self._scales
        return cosine, gradient[:, :AXES]


def gaussian(first: Doubles, second: Doubles) -> Doubles:
    """exp(-d^2 / 2) for the distances d between all rows of `first` (n, k) and `second` (m, k): (n, m)."""
    squares = np.square(first).sum(axis=1)[:, None] + np.square(second).sum(axis=1) - 2 * first @ second.T
    kernel: Doubles = np.exp(-0.5 * np.maximum(squares, 0.0))
    return kernel


def scaled_pitch(pitch: Doubles) -> Doubles:
    """Median and spread of log F0, (..., 2), in the units of the regression."""
    middle, scale = np.array(PITCH_UNITS).T
    units: Doubles = (pitch - middle) / scale
    return units


def search(embedding: Doubles, pitch: Doubles, native: tuple[str, float] | None = None) -> tuple[Doubles, float]:
    """The point whose voice should sound most like `embedding` (256,) at that pitch, and the cosine expected of it.

    pitch: (2,), median and standard deviation of log F0. native: a preset and the share of it that must remain.
    """
    rows, regression = basis(), _regression()
    anchor, share = (rows.presets[preset_names().index(native[0])], native[1]) if native else (np.zeros(AXES), 0.0)
    points = rows.presets
    cosine, _ = regression.likeness((1 - share) * points + share * anchor, pitch, embedding)
    points = points[np.argsort(-cosine)[:STARTS]]
    first, second = np.zeros_like(points), np.zeros_like(points)  # Adam's moments; Kingma & Ba, 2015
    for step in range(1, STEPS + 1):
        _, gradient = regression.likeness((1 - share) * points + share * anchor, pitch, embedding)
        gradient = (1 - share) * gradient - 2 * HOLD * points
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * np.square(gradient)
        rate = STEP_SIZE * math.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        points = points + rate * first / (np.sqrt(second) + 1e-8)
    points = (1 - share) * points + share * anchor
    cosine, _ = regression.likeness(points, pitch, embedding)
    best = int(np.argmax(cosine - HOLD * np.square(points).sum(axis=1)))
    return points[best], float(cosine[best])


def retune(said: Prediction, median: float, spread: float) -> Floats:
    """The F0 curve of a prediction, (2F,), Hz, moved to `median` Hz and the standard deviation `spread` of log F0.

    Only voiced values move; the spread changes by a factor within SPREAD_LIMITS. A curve without any comes back as is.
    """
    voiced, sounding = said.voiced, audible(said)
    if not voiced.any():
        return said.f0
    log_f0 = np.log(said.f0[sounding if sounding.any() else voiced])
    middle = np.median(log_f0)
    factor = np.clip(spread / max(float(log_f0.std()), 1e-3), *SPREAD_LIMITS)
    out = said.f0.copy()
    out[voiced] = np.exp((np.log(said.f0[voiced]) - middle) * factor + np.log(median))
    return out


def audible(said: Prediction) -> NDArray[np.bool_]:
    """Where, bool (2F,), a listener takes a pitch from the F0 curve: loud enough, away from the slopes at its edges.

    Median and spread over these agree with what Praat measures in the sound (within 0.34 semitones and 7 %, eight
    presets); over all voiced values they are up to 2 semitones too low and half as wide again.
    """
    inner = said.voiced
    for _ in range(EDGE):
        inner = inner & np.append(False, inner[:-1]) & np.append(inner[1:], False)
    return inner & (said.energy > AUDIBLE)


def preset_names() -> list[str]:
    """Ids of the published preset voices, in the order of Basis.presets."""
    return sorted(path.stem for path in store.artifact_dir("kokoro-voices").glob("*.bin"))


@cache
def basis() -> Basis:
    """The axes of the published preset voices."""
    folder = store.artifact_dir("kokoro-voices")
    return Basis(np.stack([load_voice(folder / f"{name}.bin") for name in preset_names()]))


@cache
def _regression() -> Regression:
    return Regression(FIT)
