"""Joins of the lite voice's pieces: level and F0 at their borders, against the same sentence made at once.

Run: `python -m bench.speech.tts_joins [PRESET...]`. Both takes have the same predicted prosody, so that they differ in
nothing but the division. A step is the change from just before a border to just behind it, in the divided take less
that in the whole one: 0 means that the border changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bench._options import option_parser
from bench.speech.tts_sentences import LONG_SENTENCE, SENTENCES
from funaudio_core import audio
from funaudio_core.audio import prosody
from funaudio_core.engines.kokoro import model, phonemes, phonemized, render
from funaudio_core.engines.kokoro.voices import file_name
from funaudio_core.types import NEUTRAL, Audio, Samples
from funaudio_core.weights import store

PRESETS = ("af_heart", "am_michael", "bf_emma")
SIDE_SECONDS = 0.1  # on either side of a border
SILENT_DB = -55.0  # a border with less on either side is in a pause, where steps are not heard


@dataclass(frozen=True, slots=True)
class Join:
    """Differences of a divided sentence from the whole one.

    Attributes:
        level: Of the whole sentence, in dB.
        pieces: Of each piece, in dB.
        level_steps: At the borders in speech, in dB.
        f0_steps: At the borders that are voiced on both sides, in semitones.
        jump: Largest difference of neighbouring samples at a border, as a share of the largest in the whole sentence.
    """

    level: float
    pieces: tuple[float, ...]
    level_steps: tuple[float, ...]
    f0_steps: tuple[float, ...]
    jump: float


def measure(kokoro: model.KokoroModel, text: str, preset: str) -> Join | None:
    """Return the differences; None for a sentence that is not divided."""
    accent = phonemes.BRITISH if preset.startswith("b") else phonemes.AMERICAN
    words = phonemized.group_words(phonemes.phonemize(text, "en", accent), model.MAX_TOKENS)[0]
    speaker = render.Speaker(model.load_voice(store.artifact_dir("kokoro-voices") / file_name(preset)))
    vector = speaker.pack[len(phonemized.token_ids(words)) - 1]
    prediction = kokoro.predict(phonemized.token_ids(words), vector)
    f0 = render.edit_f0(prediction, speaker, NEUTRAL, seed=0)
    cuts = list(render.find_cuts(words, np.concatenate([[0], np.cumsum(prediction.durations)])).values())
    if not cuts:
        return None
    inputs = prediction.features, f0, prediction.energy, vector
    whole = render.change_level(kokoro.decode(*inputs), 0.0)
    divided = np.concatenate([render.change_level(piece, 0.0) for piece in kokoro.decode_pieces(*inputs, cuts)])
    borders = [cut * model.FRAME_SAMPLES for cut in cuts]
    spans = list(pairwise((0, *borders, len(whole))))
    return Join(
        level=_decibels(divided) - _decibels(whole),
        pieces=tuple(_decibels(divided[a:b]) - _decibels(whole[a:b]) for a, b in spans),
        level_steps=tuple(_level_steps(divided, whole, borders)),
        f0_steps=tuple(_f0_steps(divided, whole, borders)),
        jump=max(float(np.abs(np.diff(divided[at - 2 : at + 2])).max()) for at in borders)
        / float(np.abs(np.diff(whole)).max()),
    )


def _level_steps(divided: Samples, whole: Samples, borders: list[int]) -> list[float]:
    side = round(SIDE_SECONDS * model.SAMPLE_RATE)
    steps = []
    for at in borders:
        levels = [(_decibels(take[at - side : at]), _decibels(take[at : at + side])) for take in (divided, whole)]
        if min(levels[1]) > SILENT_DB:
            steps.append((levels[0][1] - levels[0][0]) - (levels[1][1] - levels[1][0]))
    return steps


def _f0_steps(divided: Samples, whole: Samples, borders: list[int]) -> list[float]:
    curves = [prosody.f0_curve(Audio(take, model.SAMPLE_RATE)) for take in (divided, whole)]
    steps = []
    for at in borders:
        seconds = at / model.SAMPLE_RATE
        sides = [
            [_median_semitones(*curve, start, start + SIDE_SECONDS) for start in (seconds - SIDE_SECONDS, seconds)]
            for curve in curves
        ]
        (a, b), (c, d) = sides
        if not np.isnan([a, b, c, d]).any():
            steps.append((b - a) - (d - c))
    return steps


def _median_semitones(times: NDArray[np.float64], hertz: NDArray[np.float64], start: float, end: float) -> float:
    """Return the median F0 of the voiced frames in a span; nan without any."""
    voiced = hertz[(times >= start) & (times < end) & ~np.isnan(hertz)]
    return float(np.median(12 * np.log2(voiced))) if len(voiced) else np.nan


def _decibels(samples: Samples) -> float:
    return audio.rms_db(Audio(samples, model.SAMPLE_RATE))


def _print(name: str, unit: str, values: list[float]) -> None:
    """Print the median and the largest of the sizes."""
    sizes = np.abs(values)
    most, mean = sizes.max(), np.mean(values)
    print(f"{name:<26} {len(sizes):>3}: {np.median(sizes):.2f} {unit}, at most {most:.2f}; mean {mean:+.2f}")


def main() -> None:
    """Print the steps of all sentences."""
    options = option_parser(__doc__)
    options.add_argument("presets", nargs="*", default=PRESETS, metavar="PRESET", help="ids of voices of English")
    presets = options.parse_args().presets
    kokoro = model.load()
    texts = [*SENTENCES["en"], LONG_SENTENCE, *(f"{a} And {b}" for a, b in pairwise(SENTENCES["en"]))]
    found = [join for preset in presets for text in texts if (join := measure(kokoro, text, preset))]
    print(f"{len(found)} divided sentences of {', '.join(presets)}")
    _print("level of the sentence", "dB", [join.level for join in found])
    _print("level of the first piece", "dB", [join.pieces[0] for join in found])
    _print("level of later pieces", "dB", [level for join in found for level in join.pieces[1:]])
    _print("step of the level", "dB", [step for join in found for step in join.level_steps])
    _print("step of F0", "st", [step for join in found for step in join.f0_steps])
    _print("jump, share of the largest", "", [join.jump for join in found])


if __name__ == "__main__":
    main()
