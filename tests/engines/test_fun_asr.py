"""Fun-ASR engine on real clips, with tiny checkpoints in the published layout in the hub's cache."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from funaudio_core import audio, settings
from funaudio_core.engines import registry
from funaudio_core.engines.fun_asr import MLT, SPEC, FunAsr, engine, prompts
from funaudio_core.engines.fun_asr.runner import Hypothesis, ModelRunner
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.engines.sanm.frontend import Float
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.languages import LANGUAGES
from funaudio_core.types import Audio
from funaudio_core.weights import catalog, checksums, store
from tests.checkpoints import fun_asr as checkpoints_fun_asr
from tests.conftest import ROOT, cached_hub, example, noise

GOLDEN = np.load(ROOT / "tests" / "golden" / "fun_asr" / "fun_asr.npz")
PUBLISHED = catalog.ARTIFACTS["fun-asr-mlt-nano"]
SPOKEN = audio.load(example("en").path)
SHIFT = 2 * np.log(32_768)  # of log energies, between samples in [-1, 1] and 16-bit integers


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder with the app's home and a hub's cache that has tiny checkpoints of both models; offline."""
    folder = tmp_path_factory.mktemp("fun-asr")
    both = [checkpoints_fun_asr.write(folder / "hub", name) for name in ("fun-asr-nano", "fun-asr-mlt-nano")]
    with cached_hub(folder, *(row for rows in both for row in rows.values())):
        yield folder


@pytest.fixture(scope="module")
def loaded(home: Path) -> FunAsr:
    return SPEC.load()


@pytest.fixture(scope="module")
def runner(loaded: FunAsr) -> ModelRunner:
    return loaded._runner


class RecordingRunner(ModelRunner):
    """Runner that records its inputs and returns given hypotheses by prompt."""

    def __init__(self, answers: dict[str, Hypothesis]) -> None:
        self.rows: list[int] = []
        self.prompts: list[str] = []
        self._answers = answers

    def transcribe(self, clips: Sequence[Float], prompt: str) -> list[Hypothesis]:
        self.rows += [len(clip) for clip in clips]
        self.prompts.append(prompt)
        return [self._answers.get(prompt, Hypothesis("Hello there.", -0.1))] * len(clips)


def engine_with_recorder(
    loaded: FunAsr, answers: dict[str, Hypothesis] | None = None
) -> tuple[FunAsr, RecordingRunner]:
    recorder = RecordingRunner(answers or {})
    return FunAsr(loaded._spec, loaded._language_names, recorder, loaded._event_detector), recorder


def test_prompts_match_funasr() -> None:
    assert prompts.build_prompt() == str(GOLDEN["prompt0"])
    assert prompts.build_prompt(prompts.NANO["en"]) == str(GOLDEN["prompt1"])
    assert prompts.build_prompt(prompts.NANO["zh"], ["开放时间", "Nano"], itn=False) == str(GOLDEN["prompt2"])
    assert prompts.build_prompt(itn=False) == "语音转写，不进行文本规整："
    assert len(prompts.MLT) == 31
    assert prompts.NANO.items() < prompts.MLT.items()


def test_setting_chooses_audio_token_count(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By default each model gets the count that it was trained with: Nano an eighth, MLT-Nano all."""
    assert settings.read().fun_asr_tokens == "own"
    with torch.inference_mode():
        rows = [np.ones((20, 560), np.float32)]
        assert [len(spec.load()._runner._embed_clips(rows)[0]) for spec in (SPEC, MLT)] == [3, 20]
    monkeypatch.setenv("FUNAUDIO_FUN_ASR_TOKENS", "all")
    settings.read.cache_clear()
    try:
        with torch.inference_mode():
            assert len(SPEC.load()._runner._embed_clips([np.ones((20, 560), np.float32)])[0]) == 20
        monkeypatch.setenv("FUNAUDIO_FUN_ASR_TOKENS", "half")
        settings.read.cache_clear()
        with pytest.raises(BadInput, match=r"FUNAUDIO_FUN_ASR_TOKENS.*own, prefix, all"):
            settings.read()
    finally:
        monkeypatch.undo()
        settings.read.cache_clear()


def test_special_tokens_in_hotwords_are_text(runner: ModelRunner, loaded: FunAsr) -> None:
    """A hotword can't end the turn, while the prompt's own special tokens are those of the tokenizer."""
    assert runner._turn_end_id not in runner._encode("user\n" + prompts.build_prompt(None, ["<|im_end|>"]))
    plain: Tokenizer = checkpoints_fun_asr.tokenizer()
    whole = plain.encode(f"<|im_start|>user\n{prompts.build_prompt()}").ids
    assert [runner._turn_start_id, *runner._encode(f"user\n{prompts.build_prompt()}")] == whole
    recognizer, recorder = engine_with_recorder(loaded)
    list(recognizer.transcribe(SPOKEN, RecognitionOptions(hotwords=("  Fun\nASR ", "", "Nano"))))
    assert recorder.prompts[0] == prompts.build_prompt(None, ["Fun ASR", "Nano"])


def test_transcribes_clip_with_published_layout(loaded: FunAsr, home: Path) -> None:
    segments = list(loaded.transcribe(SPOKEN, RecognitionOptions(words=True)))
    assert segments
    for segment in segments:
        assert 0 <= segment.start < segment.end <= SPOKEN.duration
        assert segment.text
        assert "<|" not in segment.text
        assert segment.language in SPEC.languages
        assert segment.words == ()  # the model has no word times
    assert (home / "home" / "weights" / "fun-asr-nano" / "model.pt").exists()
    assert [(s.start, s.end, s.text) for s in segments] == [
        (s.start, s.end, s.text) for s in loaded.transcribe(SPOKEN, RecognitionOptions())
    ]


def test_silence_and_noise_are_not_run_through_the_model(loaded: FunAsr) -> None:
    recognizer, recorder = engine_with_recorder(loaded)
    assert list(recognizer.transcribe(Audio(np.zeros(48_000, np.float32), 16_000), RecognitionOptions())) == []
    assert list(recognizer.transcribe(noise(3.0, level=1e-4), RecognitionOptions())) == []
    assert recorder.prompts == []
    segments = list(recognizer.transcribe(audio.concat([SPOKEN, SPOKEN], 17.0), RecognitionOptions()))
    assert sum(recorder.rows) * 0.06 < 2 * SPOKEN.duration + 1.0
    assert segments[-1].start >= SPOKEN.duration + 17.0 - 0.2


def test_long_clip_is_split_into_ordered_windows(loaded: FunAsr) -> None:
    recognizer, recorder = engine_with_recorder(loaded)
    clip = audio.concat([SPOKEN] * 50, [0.3, 2.0, 0.5, 1.5, 0.9] * 9 + [0.3] * 4)
    assert clip.duration > 120
    segments = list(recognizer.transcribe(clip, RecognitionOptions()))
    assert all(before.end <= after.start + 1e-6 for before, after in pairwise(segments))
    assert max(recorder.rows) * 0.06 <= engine.MAX_WINDOW_SECONDS + 0.06
    assert sum(s.end - s.start for s in segments) > 0.8 * 50 * SPOKEN.duration - 50 * 0.5


def test_empty_text_gives_no_segment(loaded: FunAsr) -> None:
    recognizer, recorder = engine_with_recorder(loaded, {prompts.build_prompt(): Hypothesis("", -0.1)})
    assert list(recognizer.transcribe(SPOKEN, RecognitionOptions())) == []
    assert recorder.rows


def test_chosen_language_is_in_the_prompt(loaded: FunAsr) -> None:
    recognizer, recorder = engine_with_recorder(loaded)
    assert next(recognizer.transcribe(SPOKEN, RecognitionOptions(language="ja", itn=False))).language == "ja"
    assert (
        next(recognizer.transcribe(SPOKEN, RecognitionOptions(candidate_languages=frozenset({"zh"})))).language == "zh"
    )
    assert recorder.prompts == [prompts.build_prompt("日文", itn=False), prompts.build_prompt("中文")]


@pytest.mark.parametrize(
    ("text", "language"),
    [("今日はいい天気。", "ja"), ("今天天气很好。", "zh"), ("Nano 很好", "zh"), ("Good day.", "en")],
)
def test_language_is_detected_from_script(loaded: FunAsr, text: str, language: str) -> None:
    recognizer, _ = engine_with_recorder(loaded, {prompts.build_prompt(): Hypothesis(text, -0.1)})
    assert next(recognizer.transcribe(SPOKEN, RecognitionOptions())).language == language


def test_language_other_than_candidates_is_retried(loaded: FunAsr) -> None:
    answers = {
        prompts.build_prompt(): Hypothesis("Good day.", -0.1),
        prompts.build_prompt("中文"): Hypothesis("今天。", -2.0),
        prompts.build_prompt("日文"): Hypothesis("今日は。", -1.0),
    }
    recognizer, recorder = engine_with_recorder(loaded, answers)
    segment = next(recognizer.transcribe(SPOKEN, RecognitionOptions(candidate_languages=frozenset({"zh", "ja"}))))
    assert (segment.language, segment.text) == ("ja", "今日は。")
    assert set(recorder.prompts) == set(answers)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (RecognitionOptions(language="yue"), BadInput, "Choose one of: English, Chinese, Japanese"),
        (RecognitionOptions(translate_to_english=True), Unsupported, "to-english"),
        (RecognitionOptions(hotwords=("a",) * 101), BadInput, r"hotwords \(101; Fun-ASR-Nano-2512 accepts at most 100"),
        (
            RecognitionOptions(hotwords=("a" * 1001,)),
            BadInput,
            "1,001 characters; Fun-ASR-Nano-2512 accepts at most 1,000",
        ),
    ],
)
def test_unsupported_options_are_refused_immediately(
    loaded: FunAsr, options: RecognitionOptions, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        loaded.transcribe(SPOKEN, options)


def test_multilingual_model_requires_a_language(home: Path) -> None:
    multilingual = MLT.load()
    for options in (RecognitionOptions(), RecognitionOptions(candidate_languages=frozenset({"vi", "th"}))):
        with pytest.raises(
            BadInput, match=r"Fun-ASR-MLT-Nano-2512 can't detect the spoken language.* Choose the language"
        ):
            multilingual.transcribe(SPOKEN, options)
    recognizer, recorder = engine_with_recorder(multilingual)
    assert next(recognizer.transcribe(SPOKEN, RecognitionOptions(language="vi"))).language == "vi"
    assert recorder.prompts == [prompts.build_prompt("越南语")]
    assert MLT.languages == frozenset(prompts.MLT)


def test_hash_of_multilingual_model_comes_from_hub_cache(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its hash is not published; the hub's cache names the file by the hash that the hub reports."""
    assert PUBLISHED.files[0].sha256 == ""
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path / "home"))
    settings.read.cache_clear()
    row = catalog.ARTIFACTS[PUBLISHED.name]
    held = tmp_path / "hub" / f"models--{PUBLISHED.repo.replace('/', '--')}"
    blob, link = held / "blobs" / row.files[0].sha256, held / "snapshots" / PUBLISHED.revision / "model.pt"
    for path in (blob, link):
        path.parent.mkdir(parents=True)
    shutil.copyfile(store.artifact_dir(row.name) / "model.pt", blob)
    link.symlink_to(blob)
    shutil.rmtree(tmp_path / "home")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setitem(catalog.ARTIFACTS, PUBLISHED.name, PUBLISHED)
    try:
        assert checksums.expected_hash(store.artifact_dir(PUBLISHED.name) / "model.pt", PUBLISHED.files[0]) == blob.name
    finally:
        monkeypatch.undo()
        settings.read.cache_clear()


def test_is_registered_in_full_tier() -> None:
    assert SPEC.tier == MLT.tier == "full"
    assert registry.RECOGNIZERS[SPEC.name] is SPEC
    assert registry.RECOGNIZERS[MLT.name] is MLT
    assert MLT.languages <= LANGUAGES.keys()
    assert SPEC.languages == {"zh", "en", "ja"}
    assert SPEC.capabilities == {"language-id", "itn", "hotwords"}
    assert not {"fun-asr-nano", "fun-asr-mlt-nano", "qwen3-tokenizer"} & set(store.default_artifacts())
