"""Training of funaudio_core/engines/kokoro/voice_fit.npz, the regression that voice match inverts.

python -m bench.speech.train_voice_fit generate FOLDER   generate the samples missing in FOLDER (about 1.3 CPU-s each)
python -m bench.speech.train_voice_fit train FOLDER      embed them, fit the regression, print its accuracy, write it

All data is Kokoro's own speech: random mixtures of its preset voices at random pitch. No recording of a person is used.
Samples depend on SEED and their number alone, so an interrupted run can be resumed.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench._options import option_parser
from funaudio_core.audio import prosody
from funaudio_core.engines import ge2e, loader
from funaudio_core.engines.kokoro import model, phonemes, phonemized, voice_match
from funaudio_core.types import Audio
from funaudio_core.weights.catalog import ARTIFACTS

Doubles = NDArray[np.float64]

SEED = 2026
SAMPLES = 650  # held-out cosine .795 with 125 of them, .816 with 225, .830 with 350, .848 with all: still rising
SAMPLES_PER_FILE = 25

_load_kokoro = cache(model.load)  # held: the model lives as long as somebody uses it

SENTENCES = (
    ("en", "The river runs slowly past the old stone mill."),
    ("en", "Could we have a table near the window, please?"),
    ("en", "My neighbour grows tomatoes on her balcony."),
    ("en", "They walked home through the empty streets."),
    ("en", "Winter mornings are cold but wonderfully bright."),
    ("en", "Put the blue cup back on the upper shelf."),
    ("en", "A large brown dog was chasing the ball."),
    ("en", "Our meeting starts at ten past eleven."),
    ("en", "Thanks so much for helping with the boxes."),
    ("en", "He always forgets to phone his sister."),
    ("en", "What a beautiful view from up here!"),
    ("en", "Turn left after the second traffic light."),
    ("es", "El jardín huele a tierra mojada."),
    ("es", "Mañana visitaremos a mis abuelos."),
    ("es", "¿Dónde está la parada del autobús?"),
    ("fr", "Le marché ouvre très tôt le samedi."),
    ("fr", "Nous avons oublié les clés sur la table."),
    ("it", "La finestra della cucina dà sul cortile."),
    ("it", "Domani andiamo insieme al mare."),
    ("pt", "O café da esquina fecha às oito."),
    ("pt", "Ela gosta de caminhar na praia."),
    ("hi", "मुझे एक गिलास पानी चाहिए।"),
    ("zh", "请问附近有没有便宜的超市？"),
    ("zh", "他每天早上都去河边跑步。"),
)

WINDOW_FRAMES = 84  # of 25 ms, decoded of each sentence: 2.1 s, slightly more than one partial of the encoder
PITCH_STD_SEMITONES = 3.0  # of the pitch change
PITCH_LIMITS_HZ = (65.0, 400.0)  # of the median
F0_STD_RANGE = (0.08, 0.35)  # of log F0
GAIN_RANGE = (0.8, 1.6)  # factors on the distance of a mixture from the mean voice
JITTER_STD = 0.15  # added to every axis

# Chosen on held-out samples; the result is flat around them.
COMPONENTS = 64  # principal components of the embedding
NOISE_RATIO = 0.4  # variance of the embedding within a voice over the variance between voices
LENGTH_SCALE = 6.0  # of the Gaussian kernel, in units of the axes
TIMBRE_RELEVANCE = 2.0 * np.arange(1, voice_match.TIMBRE_AXES + 1) ** -0.4  # later axes distinguish speakers less
OTHER_RELEVANCE = np.repeat((0.4, 2.5, 0.7), (voice_match.PROSODY_AXES, 1, 1))  # prosody, pitch, its spread
SCALES = np.concatenate([TIMBRE_RELEVANCE, OTHER_RELEVANCE]) / LENGTH_SCALE


def generate_sample(index: int) -> dict[str, NDArray[Any]]:
    """Generate sample `index`.

    Returns:
        point: Coordinates in voice_match.Basis, float32 (AXES,).
        sound: Audio, int16 (WINDOW_FRAMES * model.FRAME_SAMPLES,).
        sentence: Index in SENTENCES.
    """
    rng = np.random.default_rng([SEED, index])
    point = _random_point(rng)
    sentence = int(rng.integers(len(SENTENCES)))
    language, text = SENTENCES[sentence]
    tokens = phonemized.token_ids(phonemes.phonemize(text, language))
    shift = rng.normal(0.0, PITCH_STD_SEMITONES) * np.log(2) / 12
    spread = rng.uniform(*F0_STD_RANGE)
    style = voice_match.load_basis().pack(point, slice(len(tokens) - 1, len(tokens)))[0]
    prediction = _load_kokoro().predict(tokens, style)
    median = np.clip(
        np.log(np.median(prediction.f0[voice_match.audible_mask(prediction)])) + shift, *np.log(PITCH_LIMITS_HZ)
    )
    f0 = voice_match.retune(prediction, float(np.exp(median)), spread)
    silent_frames, frames = int(prediction.durations[0]), prediction.features.shape[2]
    first = int(rng.integers(silent_frames, max(silent_frames, frames - WINDOW_FRAMES) + 1))
    window, curve_window = slice(first, first + WINDOW_FRAMES), slice(2 * first, 2 * (first + WINDOW_FRAMES))
    audio = _load_kokoro().decode(
        prediction.features[..., window], f0[curve_window], prediction.energy[curve_window], style
    )
    return {
        "point": point.astype(np.float32),
        "sound": np.pad(Audio(audio, model.SAMPLE_RATE).pcm16(), (0, WINDOW_FRAMES * model.FRAME_SAMPLES - len(audio))),
        "sentence": np.array(sentence),
    }


def _random_point(rng: np.random.Generator) -> Doubles:
    """Return a random voice.

    It is a mixture of one to four presets, moved away from or towards the mean voice; half of the samples take their
    prosody from another mixture.
    """
    presets = voice_match.load_basis().presets

    def mixture() -> Doubles:
        count = int(rng.integers(1, 5))
        return rng.dirichlet(np.ones(count)) @ presets[rng.choice(len(presets), count, replace=False)]

    timbre = mixture() * rng.uniform(*GAIN_RANGE)
    prosody = timbre if rng.random() < 0.5 else mixture()
    point = np.concatenate([timbre[: voice_match.TIMBRE_AXES], prosody[voice_match.TIMBRE_AXES :]])
    return point + rng.normal(0.0, JITTER_STD, len(point))


def generate(folder: Path) -> None:
    """Write the sample files missing in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for first in range(0, SAMPLES, SAMPLES_PER_FILE):
        path = folder / f"{first:05d}.npz"
        if path.exists():
            continue
        began = time.process_time()
        rows = [generate_sample(index) for index in range(first, first + SAMPLES_PER_FILE)]
        temporary = folder / "unfinished.npz"
        np.savez(temporary, **{key: np.stack([row[key] for row in rows]) for key in rows[0]})  # type: ignore[arg-type]
        temporary.rename(path)
        cost = (time.process_time() - began) / SAMPLES_PER_FILE
        print(f"{first + SAMPLES_PER_FILE} of {SAMPLES}: {cost:.2f} CPU-s a sample", flush=True)


def train(folder: Path) -> None:
    """Fit the regression to all samples in `folder`, compare it with simpler ones on held-out data, and write FIT."""
    paths = sorted(folder.glob("[0-9]*.npz"))
    chunks = [dict(np.load(path)) for path in paths]
    points, sounds = (np.concatenate([chunk[key] for chunk in chunks]) for key in ("point", "sound"))
    clips = [Audio(sound.astype(np.float32) / 32767, model.SAMPLE_RATE) for sound in sounds]
    embeddings = np.stack([loader.load(ge2e.SPEC).embed(clip) for clip in clips]).astype(np.float64)
    pitch = np.array([voice_match.to_pitch_vector(prosody.measure(clip)) for clip in clips])
    inputs = np.concatenate([points, voice_match.scale_pitch(pitch)], axis=1)
    print(f"{len(inputs)} samples; cosine between expected and real embedding of held-out samples, median (mean):")
    for name, predict in (
        ("mean embedding", _predict_mean),
        ("linear", _predict_linear),
        ("regression", _predict_regression),
    ):
        cosine = _held_out_cosine(inputs, embeddings, predict)
        print(f"  {name:<16} {np.median(cosine):.3f} ({cosine.mean():.3f})")
    centres, weights, parts, mean = _solve(inputs, embeddings)
    np.savez_compressed(
        voice_match.REGRESSION_FILE,
        centres=centres.astype(np.float32),
        scales=SCALES.astype(np.float32),
        weights=weights.astype(np.float16),
        parts=parts.astype(np.float16),
        mean=mean.astype(np.float32),
        made=np.array(
            [
                f"seed {SEED}, {len(inputs)} samples",
                f"samples {hashlib.sha256(b''.join(path.read_bytes() for path in paths)).hexdigest()}",
                f"kokoro {ARTIFACTS['kokoro'].files[0].sha256}",
                f"ge2e {ARTIFACTS['ge2e'].files[0].sha256}",
            ]
        ),
    )
    print(f"{voice_match.REGRESSION_FILE.name}: {voice_match.REGRESSION_FILE.stat().st_size / 1e3:.0f} kB")


def _solve(inputs: Doubles, embeddings: Doubles) -> tuple[Doubles, Doubles, Doubles, Doubles]:
    """Return centres, weights, parts and mean of voice_match.Regression.

    This is kernel ridge regression on the embeddings' principal components.
    """
    mean = embeddings.mean(axis=0)
    parts = np.linalg.svd(embeddings - mean, full_matrices=False)[2][:COMPONENTS]
    centres = inputs * SCALES
    kernel = voice_match.gaussian_kernel(centres, centres) + NOISE_RATIO * np.eye(len(centres))
    return centres, np.linalg.solve(kernel, (embeddings - mean) @ parts.T), parts, mean


def _predict_mean(_inputs: Doubles, embeddings: Doubles, unseen: Doubles) -> Doubles:
    return np.tile(embeddings.mean(axis=0), (len(unseen), 1))


def _predict_linear(inputs: Doubles, embeddings: Doubles, unseen: Doubles) -> Doubles:
    design, unseen_design = (np.c_[np.ones(len(rows)), rows] for rows in (inputs, unseen))
    weights = np.linalg.solve(design.T @ design + 30 * np.eye(design.shape[1]), design.T @ embeddings)
    expected: Doubles = unseen_design @ weights
    return expected


def _predict_regression(inputs: Doubles, embeddings: Doubles, unseen: Doubles) -> Doubles:
    centres, weights, parts, mean = _solve(inputs, embeddings)
    expected: Doubles = mean + voice_match.gaussian_kernel(unseen * SCALES, centres) @ weights @ parts
    return expected


def _held_out_cosine(inputs: Doubles, embeddings: Doubles, predict: Callable[..., Doubles], folds: int = 5) -> Doubles:
    """Return the cosine (n,) between embeddings and their predictions by cross-validation."""
    cosine = np.empty(len(inputs))
    for fold in range(folds):
        held_out = np.arange(len(inputs)) % folds == fold
        expected = predict(inputs[~held_out], embeddings[~held_out], inputs[held_out])
        cosine[held_out] = np.sum(expected * embeddings[held_out], axis=1) / np.linalg.norm(expected, axis=1)
    return cosine


if __name__ == "__main__":
    steps = {"generate": generate, "train": train}
    options = option_parser(__doc__)
    options.add_argument("step", choices=steps)
    options.add_argument("folder", type=Path, metavar="FOLDER")
    arguments = options.parse_args()
    steps[arguments.step](arguments.folder)
