"""Voice match: the search, the basis and the regression behind it, and the F0 of the result."""

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

SPOKEN, UNSEEN = "The ferry leaves the harbour at noon every day.", "Somebody left an umbrella in the hallway."

load_kokoro = cache(model.load)  # held: the model lives as long as somebody uses it

PITCH = np.array([np.log(150.0), 0.2])


def synthesize(pack: np.ndarray, text: str, median: float, spread: float) -> Audio:
    tokens = phonemized.token_ids(phonemes.phonemize(text, "en"))
    style = pack[len(tokens) - 1]
    prediction = load_kokoro().predict(tokens, style)
    f0 = voice_match.retune(prediction, median, spread)
    return Audio(load_kokoro().decode(prediction.features, f0, prediction.energy, style), model.SAMPLE_RATE)


@cache
def unknown_speaker() -> Audio:
    """Return speech in a voice between three presets and away from all of them, at a pitch that none of them has."""
    presets = voice_match.load_basis().presets
    names = voice_match.preset_names()
    mixture = np.mean([presets[names.index(name)] for name in ("am_fenrir", "bm_lewis", "em_alex")], axis=0)
    return synthesize(voice_match.load_basis().pack(1.3 * mixture), SPOKEN, 150.0, 0.2)


def test_preset_points_are_standardized() -> None:
    basis = voice_match.load_basis()
    assert basis.presets.shape == (54, voice_match.AXES)
    np.testing.assert_allclose(basis.presets.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(basis.presets.std(axis=0), 1, atol=1e-3)


def test_point_and_pack_are_inverse() -> None:
    basis = voice_match.load_basis()
    point = np.random.default_rng(0).normal(size=voice_match.AXES)
    pack = basis.pack(point)
    assert pack.shape == (510, 1, 256)
    assert pack.dtype == np.float32
    mean = pack[voice_match.COMMON_ROWS, 0].mean(axis=0, dtype=np.float64)
    np.testing.assert_allclose(basis.point(mean), point, atol=1e-3)


def test_pack_returns_selected_rows() -> None:
    point = voice_match.load_basis().presets[5]
    np.testing.assert_array_equal(
        voice_match.load_basis().pack(point, slice(40, 41)), voice_match.load_basis().pack(point)[40:41]
    )


def test_gradient_equals_finite_differences() -> None:
    random = np.random.default_rng(1)
    points, pitch = random.normal(size=(2, voice_match.AXES)), np.array([5.0, 0.2])
    target = np.abs(random.normal(size=256))
    target /= np.linalg.norm(target)
    regression = voice_match.Regression(voice_match.REGRESSION_FILE)
    _, gradient = regression.cosine_and_gradient(points, pitch, target)
    step = 1e-5
    for axis in (0, 7, voice_match.AXES - 1):
        moved = np.zeros(voice_match.AXES)
        moved[axis] = step
        above, _ = regression.cosine_and_gradient(points + moved, pitch, target)
        below, _ = regression.cosine_and_gradient(points - moved, pitch, target)
        np.testing.assert_allclose(gradient[:, axis], (above - below) / (2 * step), atol=1e-6)


def test_search_exceeds_every_preset() -> None:
    embedding = ge2e.load().embed(unknown_speaker()).astype(np.float64)
    presets, _ = voice_match.Regression(voice_match.REGRESSION_FILE).cosine_and_gradient(
        voice_match.load_basis().presets, PITCH, embedding
    )
    _, reached = voice_match.search(embedding, PITCH)
    assert reached > presets.max() + 0.03


def test_matched_voice_is_more_similar_than_the_default() -> None:
    matched = voice_match.fit(unknown_speaker(), "en")
    spoken = synthesize(matched.pack, UNSEEN, matched.f0_median, matched.f0_std)
    heart = model.load_voice(store.artifact_dir("kokoro-voices") / "af_heart.bin")
    default = synthesize(heart, UNSEEN, 200.0, 0.2)
    target, near, far = (ge2e.load().embed(clip) for clip in (unknown_speaker(), spoken, default))
    assert ge2e.similarity(near, target) > 0.75
    assert ge2e.similarity(near, target) > ge2e.similarity(far, target) + 0.15
    assert abs(12 * np.log2(prosody.measure(spoken).f0 / prosody.measure(unknown_speaker()).f0)) < 1.0


def test_fit_is_deterministic() -> None:
    first, second = voice_match.fit(unknown_speaker(), "en"), voice_match.fit(unknown_speaker(), "en")
    np.testing.assert_array_equal(first.pack, second.pack)
    assert (first.f0_median, first.f0_std, first.similarity) == (second.f0_median, second.f0_std, second.similarity)


@pytest.mark.parametrize("language", sorted(voice_match.NATIVE_PRESETS))
def test_native_share_is_included(language: str) -> None:
    name, share = voice_match.NATIVE_PRESETS[language]
    embedding = ge2e.load().embed(unknown_speaker()).astype(np.float64)
    native = voice_match.load_basis().presets[voice_match.preset_names().index(name)]
    free, _ = voice_match.search(embedding, PITCH)
    mixed, _ = voice_match.search(embedding, PITCH, (name, share))
    whole, _ = voice_match.search(embedding, PITCH, (name, 1.0))
    np.testing.assert_allclose(whole, native, atol=1e-9)
    assert np.linalg.norm(mixed - native) < np.linalg.norm(free - native)


def make_prediction(f0: np.ndarray, energy: float = 8.0) -> model.Prediction:
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


def f0_curve() -> np.ndarray:
    melody = 120 + 20 * np.sin(np.linspace(0, 9, 80))
    return np.concatenate([np.zeros(20), melody, np.full(20, -3.0)]).astype(np.float32)


def test_retune_sets_median_and_spread_within_limits() -> None:
    prediction = make_prediction(f0_curve())
    audible = voice_match.audible_mask(prediction)
    spread = float(np.log(prediction.f0[audible]).std())
    retuned = voice_match.retune(prediction, 200.0, 1.5 * spread)
    assert np.median(np.log(retuned[audible])) == pytest.approx(np.log(200.0), abs=1e-4)
    assert np.log(retuned[audible]).std() == pytest.approx(1.5 * spread, rel=1e-3)
    np.testing.assert_array_equal(retuned[~prediction.voiced], prediction.f0[~prediction.voiced])
    extreme = voice_match.retune(prediction, 200.0, 50 * spread)
    assert np.log(extreme[audible]).std() == pytest.approx(voice_match.SPREAD_FACTOR_LIMITS[1] * spread, rel=1e-3)


def test_retune_of_quiet_speech_and_whisper() -> None:
    quiet = make_prediction(f0_curve(), energy=1.0)
    assert not voice_match.audible_mask(quiet).any()
    assert np.median(voice_match.retune(quiet, 200.0, 0.1)[quiet.voiced]) == pytest.approx(200.0, rel=1e-3)
    whisper = make_prediction(np.zeros(40, np.float32))
    np.testing.assert_array_equal(voice_match.retune(whisper, 200.0, 0.1), whisper.f0)


def test_whispered_reference_is_rejected() -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, 32_000).astype(np.float32)
    with pytest.raises(BadInput, match="without whispering"):
        voice_match.fit(Audio(noise, 16_000), "en")


def test_regression_file_is_small_and_made_for_these_models() -> None:
    assert voice_match.REGRESSION_FILE.stat().st_size < 1_000_000
    with np.load(voice_match.REGRESSION_FILE) as stored:
        provenance = " ".join(stored["made"].tolist())
        assert stored["centres"].shape[1] == voice_match.AXES + 2
    assert ARTIFACTS["kokoro"].files[0].sha256 in provenance
    assert ARTIFACTS["ge2e"].files[0].sha256 in provenance
