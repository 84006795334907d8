"""Rendering of phonemized words in a style, by editing the durations and the F0 curve that Kokoro predicts.

The prosody of a sentence is predicted as a whole; its audio can be made in pieces, so that the first starts soon.
Deterministic: the seed affects only the irregular part of the tremor (Style.jitter).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.kokoro.model import CURVE_STEP_SAMPLES, FRAME_SAMPLES, SAMPLE_RATE, KokoroModel, Prediction
from funaudio_core.engines.kokoro.phonemized import PhonemizedWord, token_ids
from funaudio_core.engines.kokoro.symbols import PAUSE_MARKS
from funaudio_core.engines.kokoro.timing import speech_end, speech_start, time_words
from funaudio_core.engines.kokoro.voice_match import retune
from funaudio_core.types import Samples, Style, Word

Float = NDArray[np.float32]

# Limits of a Style; values are clamped to them. Beyond them Kokoro slurs, squeaks or clips.
RATE_LIMITS = (0.5, 2.0)  # factor
PITCH_LIMITS_SEMITONES = (-8.0, 8.0)
RANGE_LIMITS = (0.0, 2.5)  # factor on the spread of log F0
LEVEL_LIMITS_DB = (-24.0, 12.0)
PAUSE_LIMITS = (0.0, 4.0)  # factor
JITTER_LIMITS_SEMITONES = (0.0, 1.0)

WHISPER_DB = -5.5  # beside what the model generates: 6 dB below the plain voice
MIN_F0_HZ, MAX_F0_HZ = 55.0, 600.0  # range of spoken voices
TREMOR_HZ = 6.0  # about the rate of a trembling voice
TREMOR_NOISE_RATIO = 0.4  # irregular share of the depth
MAX_AMPLITUDE = 0.95  # of full scale; louder moments are turned down
LIMITER_BLOCK_SAMPLES = 120  # 5 ms: how fast the limiter follows
ONSET_LEAD_FRAMES = 2  # a word sounds that long before its first token (measured at 36 pauses, three voices)
ONSET_LEAD_SECONDS = ONSET_LEAD_FRAMES * FRAME_SAMPLES / SAMPLE_RATE
FADE_SAMPLES = 120  # 5 ms at either end of a sentence

MIN_DIVIDED_FRAMES = 120  # 3 s, silent ends included; a shorter sentence is not divided: its first piece costs as much
FIRST_PIECE_FRAMES = 28  # 0.7 s; the least length of the first piece if no pause ends it earlier
EARLIEST_PAUSE = 0.75  # of that length: a pause behind it ends the piece
PIECE_GROWTH = 2  # from one piece to the next, which is made while it plays
LAST_PIECE_FRAMES = 24  # the least length of the last piece


@dataclass(frozen=True, eq=False, slots=True)
class Piece:
    """Piece of a rendered sentence.

    Attributes:
        samples: float32 (n,) at SAMPLE_RATE.
        words: The words that start in it, with times in seconds from its start.
        is_last: It ends the sentence.
    """

    samples: Samples
    words: tuple[Word, ...]
    is_last: bool


@dataclass(frozen=True, eq=False, slots=True)
class Speaker:
    """Voice to render with.

    Attributes:
        pack: float32 (510, 1, 256), see model.load_voice().
        f0_median: Median F0 of a matched voice in Hz; None to keep the predicted F0.
        f0_std: Standard deviation of log F0 of a matched voice.
    """

    pack: Float
    f0_median: float | None = None
    f0_std: float = 0.0


def render(
    model: KokoroModel,
    words: Sequence[PhonemizedWord],
    speaker: Speaker,
    style: Style,
    seed: int,
    *,
    in_pieces: bool = False,
) -> Iterator[Piece]:
    """Render one sentence.

    Args:
        model: The model.
        words: The sentence, at most MAX_TOKENS tokens, see phonemized.group_words().
        speaker: The voice.
        style: The style, clamped to the limits above.
        seed: Seed of the tremor.
        in_pieces: Divide the sentence between words into pieces that fit together, the first about .7 s long.

    Yields:
        The pieces, together without silent ends. The times are exact: they come from the durations that the audio was
        generated with.
    """
    vector = speaker.pack[len(token_ids(words)) - 1]
    prediction = _predict(model, words, vector, style)
    f0 = edit_f0(prediction, speaker, style, seed)
    starts = np.concatenate([[0], np.cumsum(prediction.durations)])  # frames of the tokens
    cuts = find_cuts(words, starts) if in_pieces else {}
    sounds = model.decode_pieces(prediction.features, f0, prediction.energy, vector, list(cuts.values()))
    token, peak = 0, 0.0
    bounds = pairwise((0, *cuts.values(), int(starts[-1])))
    for sound, (start, end), group in zip(sounds, bounds, _divide(words, list(cuts)), strict=True):
        peak = max(peak, float(np.abs(sound).max()))
        is_first, is_last = start == 0, end == starts[-1]
        first = speech_start(sound, int(starts[1]) * FRAME_SAMPLES) if is_first else 0
        last = speech_end(sound, peak) if is_last else len(sound)
        offset = start * FRAME_SAMPLES + first
        times = (starts[token:] * FRAME_SAMPLES - offset) / SAMPLE_RATE
        timed_words = time_words(group, times, (last - first) / SAMPLE_RATE, ONSET_LEAD_SECONDS)
        token += sum(word.token_count for word in group)
        faded = _fade_ends(sound[first:last], at_start=is_first, at_end=is_last)
        level = clamp(style.level, LEVEL_LIMITS_DB) + (WHISPER_DB if style.whisper else 0.0)
        yield Piece(change_level(faded, level), timed_words, is_last)


def find_cuts(words: Sequence[PhonemizedWord], starts: NDArray[np.int64]) -> dict[int, int]:
    """Choose where to divide a sentence into pieces, at pauses if possible.

    Args:
        words: The sentence.
        starts: Frames at which its tokens start, edges and end included, (T + 3,).

    Returns:
        Index of the first word of a piece -> frame at which it starts; nothing for a short sentence.
    """
    cuts: dict[int, int] = {}
    begin, length = int(starts[1]), float(FIRST_PIECE_FRAMES)
    token = 1
    if starts[-1] < MIN_DIVIDED_FRAMES:
        return cuts
    for i, word in enumerate(words):
        frame = int(starts[token]) - ONSET_LEAD_FRAMES
        if starts[-2] - frame < LAST_PIECE_FRAMES:
            break
        is_behind_pause = i > 0 and any(symbol in PAUSE_MARKS for symbol in words[i - 1].suffix)
        if word.text and frame - begin >= length * (EARLIEST_PAUSE if is_behind_pause else 1.0):
            cuts[i] = begin = frame
            length *= PIECE_GROWTH
        token += word.token_count
    return cuts


def _divide(words: Sequence[PhonemizedWord], cuts: Sequence[int]) -> list[Sequence[PhonemizedWord]]:
    return [words[first:last] for first, last in pairwise((0, *cuts, len(words)))]


def edit_f0(prediction: Prediction, speaker: Speaker, style: Style, seed: int) -> Float:
    """Return the F0 curve with the speaker's pitch and the style's range, shift and tremor.

    Args:
        prediction: Prediction of F frames.
        speaker: The voice.
        style: The style.
        seed: Seed of the tremor.

    Returns:
        float32 (2F,), Hz; zeros for a whisper.
    """
    voiced = prediction.voiced
    if style.whisper or not voiced.any():
        return np.zeros_like(prediction.f0) if style.whisper else prediction.f0
    f0 = prediction.f0
    if speaker.f0_median is not None:
        f0 = retune(prediction, speaker.f0_median, speaker.f0_std)
    semitones = 12 * np.log2(f0[voiced])
    median = np.median(semitones)
    shift = clamp(style.pitch, PITCH_LIMITS_SEMITONES)
    semitones = median + (semitones - median) * clamp(style.range, RANGE_LIMITS) + shift
    semitones += clamp(style.jitter, JITTER_LIMITS_SEMITONES) * _make_tremor(len(f0), seed)[voiced]
    edited = f0.copy()
    edited[voiced] = np.clip(2 ** (semitones / 12), MIN_F0_HZ, MAX_F0_HZ)
    return edited


def change_level(sound: Samples, decibels: float) -> Samples:
    """Return the sound changed by `decibels`; moments above MAX_AMPLITUDE are turned down smoothly, not clipped."""
    scaled = sound * np.float32(10 ** (decibels / 20))
    padding = -len(scaled) % LIMITER_BLOCK_SAMPLES
    blocks = np.pad(np.abs(scaled), (0, padding)).reshape(-1, LIMITER_BLOCK_SAMPLES).max(axis=1)
    allowed = np.minimum(1.0, MAX_AMPLITUDE / np.maximum(blocks, 1e-9))
    # The gain at a block's edge is the lower one of its neighbours, so that interpolated gains never exceed a block's.
    edges = np.minimum(np.append(allowed[:1], allowed), np.append(allowed, allowed[-1:]))
    gain = np.interp(np.arange(len(scaled)), np.arange(len(edges)) * LIMITER_BLOCK_SAMPLES, edges)
    limited: Samples = (scaled * gain).astype(np.float32)
    return limited


def _predict(model: KokoroModel, words: Sequence[PhonemizedWord], vector: Float, style: Style) -> Prediction:
    """Predict with the style's rate and pauses. The encoder costs 3 % of the decoder, so it may run twice.

    Durations are whole frames of 25 ms, most of them one or two, so that rounding each by itself would miss the rate.
    Rounding errors are carried over to the next token, which keeps every word within half a frame of its place.
    """
    tokens = token_ids(words)
    neutral = model.predict(tokens, vector)
    rate, pause = clamp(style.rate, RATE_LIMITS), clamp(style.pause, PAUSE_LIMITS)
    if rate == pause == 1.0:
        return neutral
    lengths = _scale_pauses(neutral.lengths, words, pause) / rate
    frames = np.empty_like(neutral.lengths)
    error = 0.0
    for i, length in enumerate(lengths):
        frames[i] = max(1.0, np.rint(length + error))
        error += float(length - frames[i])
    return model.predict(tokens, vector, duration_scale=frames[None] / neutral.lengths)


def _scale_pauses(lengths: Float, words: Sequence[PhonemizedWord], pause: float) -> Float:
    """Return token lengths, float32 (T + 2,), with every pause `pause` times as long.

    The mark and the space behind it make the pause, but only the mark's length changes: the onset of the next word
    already sounds in the space, which has to keep its length.
    """
    scaled = lengths.copy()
    token = 1
    for word in words:
        suffix = slice(token + len(word.phonemes), token + word.token_count)
        marks = [suffix.start + i for i, symbol in enumerate(word.suffix) if symbol in PAUSE_MARKS]
        if marks:
            scaled[marks[-1]] += (pause - 1.0) * lengths[suffix].sum()
        token += word.token_count
    return scaled


def _make_tremor(size: int, seed: int) -> NDArray[np.float64]:
    """Return a tremor of unit depth for an F0 curve, (size,): a sine plus noise."""
    times = np.arange(size) * CURVE_STEP_SAMPLES / SAMPLE_RATE
    noise: NDArray[np.float64] = np.random.default_rng(seed).normal(size=size) * TREMOR_NOISE_RATIO
    return np.sin(2 * np.pi * TREMOR_HZ * times) + noise


def _fade_ends(sound: Samples, *, at_start: bool, at_end: bool) -> Samples:
    ramp = np.linspace(0, 1, FADE_SAMPLES, dtype=np.float32)
    faded = sound.copy()
    if at_start:
        faded[:FADE_SAMPLES] *= ramp[: len(faded)]
    if at_end:
        faded[-FADE_SAMPLES:] *= ramp[::-1][-len(faded) :]
    return faded


def clamp(value: float, limits: tuple[float, float]) -> float:
    """Return the value within limits."""
    return min(max(value, limits[0]), limits[1])
