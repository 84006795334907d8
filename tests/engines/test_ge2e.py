import io
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from funaudio_core.audio import resample
from funaudio_core.engines import ge2e
from funaudio_core.engines.kokoro import model, phonemes, phonemized
from funaudio_core.errors import BadInput, WeightsMissing
from funaudio_core.types import Audio
from funaudio_core.weights import store

FIRST, SECOND = "The kettle is already on the stove.", "My uncle sold his bicycle last week."

load_kokoro = cache(model.load)  # held: the model lives as long as somebody uses it


@cache
def synthesize(preset: str, text: str) -> Audio:
    voice = model.load_voice(store.artifact_dir("kokoro-voices") / f"{preset}.bin")
    tokens = phonemized.token_ids(phonemes.phonemize(text, "en"))
    style = voice[len(tokens) - 1]
    prosody = load_kokoro().predict(tokens, style)
    return Audio(load_kokoro().decode(prosody.features, prosody.f0, prosody.energy, style), model.SAMPLE_RATE)


def embed(clip: Audio) -> np.ndarray:
    return ge2e.SPEC.load().embed(clip)


def test_embedding_is_unit_vector_of_256() -> None:
    vector = embed(synthesize("af_heart", FIRST))
    assert vector.shape == (256,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)


def test_same_speaker_is_more_similar() -> None:
    heart, again, other = (
        embed(synthesize(*arguments)) for arguments in (("af_heart", FIRST), ("af_heart", SECOND), ("am_onyx", FIRST))
    )
    assert ge2e.similarity(heart, again) > 0.8
    assert ge2e.similarity(heart, other) < 0.65


@pytest.mark.parametrize("rate", [16_000, 22_050, 48_000])
def test_sample_rate_does_not_matter(rate: int) -> None:
    clip = synthesize("af_heart", FIRST)
    assert ge2e.similarity(embed(clip), embed(resample(clip, rate))) > 0.99


def test_quiet_recordings_and_long_pauses_do_not_matter() -> None:
    clip = synthesize("af_heart", FIRST)
    quiet = Audio(clip.samples * np.float32(0.02), clip.rate)
    loud = Audio(clip.samples * np.float32(0.04), clip.rate)
    assert ge2e.similarity(embed(quiet), embed(loud)) > 0.999
    pause = np.zeros(2 * clip.rate, np.float32)
    padded = Audio(np.concatenate([pause, clip.samples, pause]), clip.rate)
    assert ge2e.similarity(embed(clip), embed(padded)) > 0.98


def test_trimming_keeps_speech_and_drops_silence() -> None:
    clip = synthesize("af_heart", FIRST)
    pause = np.zeros(3 * clip.rate, np.float32)
    alone = len(ge2e.trim(clip)) / ge2e.RATE
    padded = len(ge2e.trim(Audio(np.concatenate([pause, clip.samples, pause]), clip.rate))) / ge2e.RATE
    assert padded == pytest.approx(alone, abs=0.15)
    assert 0.5 * clip.duration < alone <= clip.duration


@pytest.mark.parametrize("seconds", [0.0, 0.2, 2.0])
def test_silent_and_short_clips_are_refused(seconds: float) -> None:
    silence = Audio(np.zeros(round(16_000 * seconds), np.float32), 16_000)
    with pytest.raises(BadInput, match="silent"):
        embed(silence)
    with pytest.raises(BadInput, match="contains only"):
        embed(synthesize("af_heart", FIRST).slice(0.6, 0.9))


def test_network_agrees_with_torch() -> None:
    torch = pytest.importorskip("torch")
    path = store.artifact_dir("ge2e") / "pretrained.pt"
    state = torch.load(path, map_location="cpu", weights_only=True)["model_state"]
    lstm, linear = torch.nn.LSTM(40, 256, 3, batch_first=True), torch.nn.Linear(256, 256)
    lstm.load_state_dict({key[5:]: value for key, value in state.items() if key.startswith("lstm.")})
    linear.load_state_dict({key[7:]: value for key, value in state.items() if key.startswith("linear.")})
    frames = np.random.default_rng(0).exponential(0.1, (3, ge2e.PARTIAL_FRAMES, ge2e.NUM_MELS)).astype(np.float32)
    with torch.no_grad():
        raw = torch.relu(linear(lstm(torch.from_numpy(frames))[1][0][-1]))
        expected = (raw / raw.norm(dim=1, keepdim=True)).numpy()
    np.testing.assert_allclose(ge2e.load()._embed_partials(frames), expected, atol=2e-5)


def test_mel_filters_agree_with_librosa() -> None:
    librosa = pytest.importorskip("librosa")
    expected = librosa.filters.mel(sr=ge2e.RATE, n_fft=ge2e.WINDOW_SAMPLES, n_mels=ge2e.NUM_MELS)
    np.testing.assert_allclose(ge2e._filters().T, expected, atol=1e-6)


def test_concurrent_calls_agree() -> None:
    clips = [synthesize("af_heart", FIRST), synthesize("am_onyx", FIRST)] * 3
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(embed, clips))
    for clip, vector in zip(clips, together, strict=True):
        np.testing.assert_allclose(vector, embed(clip), atol=1e-6)


class CodePickle:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("code in a checkpoint ran",)


def test_checkpoint_with_code_in_it_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pretrained.pt"
    stream = io.BytesIO()
    items: tuple[object, ...] = (1, 2, 3, CodePickle(), [])
    for item in items:
        pickle.dump(item, stream, protocol=2)
    path.write_bytes(stream.getvalue())
    with pytest.raises(WeightsMissing, match="isn't a GE2E checkpoint"):
        ge2e.GE2E(path)
    assert capsys.readouterr().out == ""


def test_runs_without_torch() -> None:
    code = "import sys; from funaudio_core.engines import ge2e; ge2e.load(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
