"""Words and a style to samples: edits Kokoro's durations and F0 curve before they become sound. Knows no text rules.

Deterministic: the seed drives only the irregular part of the tremor (Style.jitter); all else has no chance in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.kokoro.model import CURVE_STEP, FRAME, SAMPLE_RATE, KokoroModel, Prediction
from funaudio_core.engines.kokoro.phonemized import PhonemizedWord, ids
from funaudio_core.engines.kokoro.symbols import PAUSES
from funaudio_core.engines.kokoro.voice_match import retune
from funaudio_core.types import Samples, Style, Word

Float = NDArray[np.float32]

# What a Style may ask for; values beyond are held at the limit. Further out Kokoro slurs, squeaks or clips.
RATE = (0.5, 2.0)  # x
PITCH = (-8.0, 8.0)  # semitones
RANGE = (0.0, 2.5)  # x on the spread of log F0
LEVEL = (-24.0, 12.0)  # dB
PAUSE = (0.0, 4.0)  # x
JITTER = (0.0, 1.0)  # semitones

F0_FLOOR, F0_CEILING = 55.0, 600.0  # Hz; what a spoken voice covers
TREMOR = 6.0  # Hz, about the rate of a trembling voice
TREMOR_NOISE = 0.4  # share of the depth that is irregular
CEILING = 0.95  # of full scale; louder moments are turned down
LIMITER_BLOCK = 120  # samples, 5 ms: how fast the limiter follows
QUIET_DB = -50.0  # dB below the loudest moment: what counts as silence at the ends
MARGIN = 720  # samples, 30 ms of silence kept around the speech
ONSET_LEAD = 2 * FRAME / SAMPLE_RATE  # s; a word sounds two frames before its first token (36 pauses, three voices)
RAMP = 120  # samples, 5 ms of fade at a cut


@dataclass(frozen=True, eq=False, slots=True)
class Speaker:
    """Whose voice: its pack, float32 (510, 1, 256), and, for a matched voice, where its pitch lies.

    f0_median: Hz, None to keep the prediction's. f0_std: standard deviation of log F0.
    """

    pack: Float
    f0_median: float | None = None
    f0_std: float = 0.0


def render(
    model: KokoroModel, units: Sequence[PhonemizedWord], speaker: Speaker, style: Style, seed: int
) -> tuple[Samples, tuple[Word, ...]]:
    """Speech of one sentence, float32 (n,) at SAMPLE_RATE without silent ends, and its words' exact times, seconds.

    The sentence must fit the model (units.divide). The times come from the durations that made the sound.
    """
    vector = speaker.pack[len(ids(units)) - 1]
    prediction = _predict(model, units, vector, style)
    f0 = melody(prediction, speaker, style, seed)
    sound = model.decode(prediction.features, f0, prediction.energy, vector)
    starts = np.concatenate([[0], np.cumsum(prediction.durations)]) * FRAME
    first, last = _speech(sound, int(starts[1]))
    words = _times(units, (starts - first) / SAMPLE_RATE, (last - first) / SAMPLE_RATE)
    return louder(_ramped(sound[first:last]), _held(style.level, LEVEL)), words


def melody(prediction: Prediction, speaker: Speaker, style: Style, seed: int) -> Float:
    """The F0 curve to be spoken, float32 (2F,), Hz: the speaker's pitch, then the style's range, shift and tremor.

    0 throughout for a whisper.
    """
    voiced = prediction.voiced
    if style.whisper or not voiced.any():
        return np.zeros_like(prediction.f0) if style.whisper else prediction.f0
    f0 = prediction.f0
    if speaker.f0_median is not None:
        f0 = retune(prediction, speaker.f0_median, speaker.f0_std)
    semitones = 12 * np.log2(f0[voiced])
    middle = np.median(semitones)
    semitones = middle + (semitones - middle) * _held(style.range, RANGE) + _held(style.pitch, PITCH)
    semitones += _held(style.jitter, JITTER) * _tremor(len(f0), seed)[voiced]
    out = f0.copy()
    out[voiced] = np.clip(2 ** (semitones / 12), F0_FLOOR, F0_CEILING)
    return out


def louder(sound: Samples, decibels: float) -> Samples:
    """The sound changed by `decibels`, with moments above CEILING turned down smoothly instead of clipped."""
    scaled = sound * np.float32(10 ** (decibels / 20))
    blocks = np.pad(np.abs(scaled), (0, -len(scaled) % LIMITER_BLOCK)).reshape(-1, LIMITER_BLOCK).max(axis=1)
    allowed = np.minimum(1.0, CEILING / np.maximum(blocks, 1e-9))
    # at each block's edge the lower of its neighbours: interpolated, no sample inside a block exceeds its own
    edges = np.minimum(np.append(allowed[:1], allowed), np.append(allowed, allowed[-1:]))
    gain = np.interp(np.arange(len(scaled)), np.arange(len(edges)) * LIMITER_BLOCK, edges)
    limited: Samples = (scaled * gain).astype(np.float32)
    return limited


def _predict(model: KokoroModel, units: Sequence[PhonemizedWord], vector: Float, style: Style) -> Prediction:
    """The prediction with the style's rate and pauses. The encoder costs 3 % of the decoder, so it may run twice.

    Durations are whole frames of 25 ms, most of them one or two: rounded one by one they would miss the rate. What
    each token gains or loses is carried to the next, so that every word stands where the rate puts it, to half a frame.
    """
    tokens = ids(units)
    neutral = model.predict(tokens, vector)
    rate, pause = _held(style.rate, RATE), _held(style.pause, PAUSE)
    if rate == pause == 1.0:
        return neutral
    wanted = _paced(neutral.lengths, units, pause) / rate
    frames = np.empty_like(neutral.lengths)
    carried = 0.0
    for i, length in enumerate(wanted):
        frames[i] = max(1.0, np.rint(length + carried))
        carried += float(length - frames[i])
    return model.predict(tokens, vector, duration_scale=frames[None] / neutral.lengths)


def _paced(lengths: Float, units: Sequence[PhonemizedWord], pause: float) -> Float:
    """Token lengths, float32 (T + 2,), with every pause `pause` times as long.

    What follows a word's mark pauses with it, but the mark alone changes: the next word's onset already sounds in the
    space before it, which has to keep its length.
    """
    paced = lengths.copy()
    token = 1
    for unit in units:
        after = slice(token + len(unit.phonemes), token + unit.size)
        marks = [after.start + i for i, symbol in enumerate(unit.after) if symbol in PAUSES]
        if marks:
            paced[marks[-1]] += (pause - 1.0) * lengths[after].sum()
        token += unit.size
    return paced


def _tremor(size: int, seed: int) -> NDArray[np.float64]:
    """Unit tremor of an F0 curve, (size,): a sine and, on top, an irregular part drawn from the seed."""
    times = np.arange(size) * CURVE_STEP / SAMPLE_RATE
    noise: NDArray[np.float64] = np.random.default_rng(seed).normal(size=size) * TREMOR_NOISE
    return np.sin(2 * np.pi * TREMOR * times) + noise


def _speech(sound: Samples, first_word: int) -> tuple[int, int]:
    """Where speech begins and ends, samples, margins included. A soft onset is kept: nothing after `first_word` goes.

    The end is where the sound falls silent: by the durations the last phoneme runs on through the silence after it.
    """
    step = LIMITER_BLOCK
    peaks = np.abs(sound[: len(sound) // step * step]).reshape(-1, step).max(axis=1)
    loud = np.flatnonzero(peaks >= peaks.max() * 10 ** (QUIET_DB / 20))
    first = min(int(loud[0]) * step, first_word)
    last = (int(loud[-1]) + 1) * step
    return max(0, first - MARGIN), min(len(sound), last + MARGIN)


def _times(units: Sequence[PhonemizedWord], starts: NDArray[np.float64], duration: float) -> tuple[Word, ...]:
    """Words with their times, held inside the sound; a word in several units (units.divide) counts as one."""
    words: list[Word] = []
    token = 1  # the first is the silent edge
    for unit in units:
        start = float(np.clip(starts[token] - ONSET_LEAD, 0.0, duration))
        end = float(np.clip(starts[token + len(unit.phonemes)], start, duration))
        if unit.text or not words:
            if words:
                words[-1] = replace(words[-1], end=min(words[-1].end, start))
            words.append(Word(unit.text, start, end))
        else:
            words[-1] = replace(words[-1], end=end)
        token += unit.size
    return tuple(word for word in words if word.text)  # the rest of a word that began in another group has no text


def _ramped(sound: Samples) -> Samples:
    ramp = np.linspace(0, 1, RAMP, dtype=np.float32)
    out = sound.copy()
    out[:RAMP] *= ramp[: len(out)]
    out[-RAMP:] *= ramp[::-1][-len(out) :]
    return out


def _held(value: float, limits: tuple[float, float]) -> float:
    return min(max(value, limits[0]), limits[1])
