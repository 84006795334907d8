from functools import cache

import numpy as np
import pytest

from funaudio_core.audio import prosody
from funaudio_core.engines import ge2e
from funaudio_core.engines.kokoro import model, phonemes, phonemized, voice_match
from funaudio_core.errors import BadInput
from funaudio_core.types import Audio
from funaudio_core.weights import store
from funaudio_core.weights.catalog import ARTIFACTS

HEARD, UNSEEN = "The ferry leaves the harbour at noon every day.", "Somebody left an umbrella in the hallway."

PITCH = np.array([np.log(150.0), 0.2])


def say(pack: np.ndarray, text: str, median: float, spread: float) -> Audio:
    tokens = phonemized.ids(phonemes.units(text, "en"))
    style = pack[len(tokens) - 1]
    said = model.load().predict(tokens, style)
    f0 = voice_match.retune(said, median, spread)
    return Audio(model.load().decode(said.features, f0, said.energy, style), model.SAMPLE_RATE)


@cache
def stranger() -> Audio:
    """A voice between three presets and away from all of them, at a pitch that none of them has."""
    presets = voice_match.basis().presets
    names = voice_match.preset_names()
    mixture = np.mean([presets[names.index(name)] for name in ("am_fenrir", "bm_lewis", "em_alex")], axis=0)
    return say(voice_match.basis().pack(1.3 * mixture), HEARD, 150.0, 0.2)


def test_basis_spans_the_presets() -> None:
    basis = voice_match.basis()
    assert basis.presets.shape == (54, voice_match.AXES)
    np.testing.assert_allclose(basis.presets.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(basis.presets.std(axis=0), 1, atol=1e-3)


def test_a_point_becomes_the_voice_that_stands_there() -> None:
    basis = voice_match.basis()
    point = np.random.default_rng(0).normal(size=voice_match.AXES)
    pack = basis.pack(point)
    assert pack.shape == (510, 1, 256)
    assert pack.dtype == np.float32
    mean = pack[voice_match.COMMON_ROWS, 0].mean(axis=0, dtype=np.float64)
    np.testing.assert_allclose(basis.point(mean), point, atol=1e-3)


def test_rows_can_be_had_alone() -> None:
    point = voice_match.basis().presets[5]
    np.testing.assert_array_equal(
        voice_match.basis().pack(point, slice(40, 41)), voice_match.basis().pack(point)[40:41]
    )


def test_gradient_is_that_of_the_cosine() -> None:
    random = np.random.default_rng(1)
    points, pitch = random.normal(size=(2, voice_match.AXES)), np.array([5.0, 0.2])
    target = np.abs(random.normal(size=256))
    target /= np.linalg.norm(target)
    regression = voice_match.Regression(voice_match.FIT)
    _, gradient = regression.likeness(points, pitch, target)
    step = 1e-5
    for axis in (0, 7, voice_match.AXES - 1):
        moved = np.zeros(voice_match.AXES)
        moved[axis] = step
        above, _ = regression.likeness(points + moved, pitch, target)
        below, _ = regression.likeness(points - moved, pitch, target)
        np.testing.assert_allclose(gradient[:, axis], (above - below) / (2 * step), atol=1e-6)


def test_search_beats_every_preset() -> None:
    embedding = ge2e.load().embed(stranger()).astype(np.float64)
    presets, _ = voice_match.Regression(voice_match.FIT).likeness(voice_match.basis().presets, PITCH, embedding)
    _, reached = voice_match.search(embedding, PITCH)
    assert reached > presets.max() + 0.03


def test_matched_voice_is_nearer_in_sound_and_in_pitch() -> None:
    timbre = voice_match.fit(stranger(), "en")
    spoken = say(timbre.pack, UNSEEN, timbre.f0_median, timbre.f0_std)
    heart = model.load_voice(store.artifact_dir("kokoro-voices") / "af_heart.bin")
    default = say(heart, UNSEEN, 200.0, 0.2)
    target, near, far = (ge2e.load().embed(clip) for clip in (stranger(), spoken, default))
    assert ge2e.similarity(near, target) > 0.75
    assert ge2e.similarity(near, target) > ge2e.similarity(far, target) + 0.15
    assert abs(12 * np.log2(prosody.measure(spoken).f0 / prosody.measure(stranger()).f0)) < 1.0


def test_fit_is_deterministic() -> None:
    first, again = voice_match.fit(stranger(), "en"), voice_match.fit(stranger(), "en")
    np.testing.assert_array_equal(first.pack, again.pack)
    assert (first.f0_median, first.f0_std, first.similarity) == (again.f0_median, again.f0_std, again.similarity)


@pytest.mark.parametrize("language", sorted(voice_match.NATIVE))
def test_native_share_remains(language: str) -> None:
    name, share = voice_match.NATIVE[language]
    embedding = ge2e.load().embed(stranger()).astype(np.float64)
    native = voice_match.basis().presets[voice_match.preset_names().index(name)]
    free, _ = voice_match.search(embedding, PITCH)
    held, _ = voice_match.search(embedding, PITCH, (name, share))
    whole, _ = voice_match.search(embedding, PITCH, (name, 1.0))
    np.testing.assert_allclose(whole, native, atol=1e-9)
    assert np.linalg.norm(held - native) < np.linalg.norm(free - native)


def prediction(f0: np.ndarray, energy: float = 8.0) -> model.Prediction:
    frames = len(f0) // 2
    features = np.zeros((1, 512, frames), np.float32)
    lengths = np.array([frames], np.float32)
    return model.Prediction(
        durations=np.array([frames]),
        lengths=lengths,
        features=features,
        f0=f0,
        energy=np.full(len(f0), energy, np.float32),
    )


def curve() -> np.ndarray:
    melody = 120 + 20 * np.sin(np.linspace(0, 9, 80))
    return np.concatenate([np.zeros(20), melody, np.full(20, -3.0)]).astype(np.float32)


def test_retune_sets_median_and_spread_within_limits() -> None:
    said = prediction(curve())
    heard = voice_match.audible(said)
    spread = float(np.log(said.f0[heard]).std())
    out = voice_match.retune(said, 200.0, 1.5 * spread)
    assert np.median(np.log(out[heard])) == pytest.approx(np.log(200.0), abs=1e-4)
    assert np.log(out[heard]).std() == pytest.approx(1.5 * spread, rel=1e-3)
    np.testing.assert_array_equal(out[~said.voiced], said.f0[~said.voiced])
    wild = voice_match.retune(said, 200.0, 50 * spread)
    assert np.log(wild[heard]).std() == pytest.approx(voice_match.SPREAD_LIMITS[1] * spread, rel=1e-3)


def test_retune_of_a_murmur_or_a_whisper() -> None:
    murmur = prediction(curve(), energy=1.0)
    assert not voice_match.audible(murmur).any()
    assert np.median(voice_match.retune(murmur, 200.0, 0.1)[murmur.voiced]) == pytest.approx(200.0, rel=1e-3)
    whisper = prediction(np.zeros(40, np.float32))
    np.testing.assert_array_equal(voice_match.retune(whisper, 200.0, 0.1), whisper.f0)


def test_whispered_reference_is_refused() -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, 32_000).astype(np.float32)
    with pytest.raises(BadInput, match="without whispering"):
        voice_match.fit(Audio(noise, 16_000), "en")


def test_regression_is_small_and_made_for_these_models() -> None:
    assert voice_match.FIT.stat().st_size < 1_000_000
    with np.load(voice_match.FIT) as stored:
        made = " ".join(stored["made"].tolist())
        assert stored["centres"].shape[1] == voice_match.AXES + 2
    assert ARTIFACTS["kokoro"].files[0].sha256 in made
    assert ARTIFACTS["ge2e"].files[0].sha256 in made
