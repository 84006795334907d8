"""The engine, loaded from tiny checkpoints in the published layout through the hub's cache, on real clips."""

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
from tests import checkpoints_fun_asr
from tests.conftest import ROOT, cached_hub, example, noise

GOLDEN = np.load(ROOT / "tests" / "golden" / "fun_asr" / "fun_asr.npz")
PUBLISHED = catalog.ARTIFACTS["fun-asr-mlt-nano"]
SPOKEN = audio.load(example("en").path)
SHIFT = 2 * np.log(32_768)  # of log energies, between samples in [-1, 1] and 16-bit integers


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache of our own with tiny checkpoints of both models in the hub's; offline."""
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


class Notes(ModelRunner):
    """A runner that notes what it is asked and answers the same each time."""

    def __init__(self, answers: dict[str, Hypothesis]) -> None:
        self.rows: list[int] = []
        self.prompts: list[str] = []
        self._answers = answers

    def transcribe(self, clips: Sequence[Float], prompt: str) -> list[Hypothesis]:
        self.rows += [len(clip) for clip in clips]
        self.prompts.append(prompt)
        return [self._answers.get(prompt, Hypothesis("Hello there.", -0.1))] * len(clips)


def noting(loaded: FunAsr, answers: dict[str, Hypothesis] | None = None) -> tuple[FunAsr, Notes]:
    notes = Notes(answers or {})
    return FunAsr(loaded._spec, loaded._language_names, notes, loaded._event_detector), notes


def test_prompts_are_funasrs() -> None:
    assert prompts.build_prompt() == str(GOLDEN["prompt0"])
    assert prompts.build_prompt(prompts.NANO["en"]) == str(GOLDEN["prompt1"])
    assert prompts.build_prompt(prompts.NANO["zh"], ["开放时间", "Nano"], itn=False) == str(GOLDEN["prompt2"])
    assert prompts.build_prompt(itn=False) == "语音转写，不进行文本规整："
    assert len(prompts.MLT) == 31
    assert prompts.NANO.items() < prompts.MLT.items()


def test_the_setting_chooses_the_token_count(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Left alone, each model gets what it was trained with: Nano an eighth, MLT-Nano all."""
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


def test_marks_among_hotwords_are_text(runner: ModelRunner, loaded: FunAsr) -> None:
    """A visitor's hotword can't end the turn, while the prompt's own marks are the tokens that a tokenizer makes."""
    assert runner._turn_end_id not in runner._encode("user\n" + prompts.build_prompt(None, ["<|im_end|>"]))
    plain: Tokenizer = checkpoints_fun_asr.tokenizer()
    whole = plain.encode(f"<|im_start|>user\n{prompts.build_prompt()}").ids
    assert [runner._turn_start_id, *runner._encode(f"user\n{prompts.build_prompt()}")] == whole
    hears, notes = noting(loaded)
    list(hears.transcribe(SPOKEN, RecognitionOptions(hotwords=("  Fun\nASR ", "", "Nano"))))
    assert notes.prompts[0] == prompts.build_prompt(None, ["Fun ASR", "Nano"])


def test_a_clip_is_transcribed_through_the_published_layout(loaded: FunAsr, home: Path) -> None:
    segments = list(loaded.transcribe(SPOKEN, RecognitionOptions(words=True)))
    assert segments
    for segment in segments:
        assert 0 <= segment.start < segment.end <= SPOKEN.duration
        assert segment.text
        assert "<|" not in segment.text
        assert segment.language in SPEC.languages
        assert segment.words == ()  # the model has no times of words, so none are told
    assert (home / "home" / "weights" / "fun-asr-nano" / "model.pt").exists()
    assert [(s.start, s.end, s.text) for s in segments] == [
        (s.start, s.end, s.text) for s in loaded.transcribe(SPOKEN, RecognitionOptions())
    ]


def test_silence_and_noise_are_never_read(loaded: FunAsr) -> None:
    hears, notes = noting(loaded)
    assert list(hears.transcribe(Audio(np.zeros(48_000, np.float32), 16_000), RecognitionOptions())) == []
    assert list(hears.transcribe(noise(3.0, level=1e-4), RecognitionOptions())) == []
    assert notes.prompts == []
    segments = list(hears.transcribe(audio.concat([SPOKEN, SPOKEN], 17.0), RecognitionOptions()))
    assert sum(notes.rows) * 0.06 < 2 * SPOKEN.duration + 1.0
    assert segments[-1].start >= SPOKEN.duration + 17.0 - 0.2


def test_long_clips_come_in_order_in_stretches_that_the_model_knows(loaded: FunAsr) -> None:
    hears, notes = noting(loaded)
    clip = audio.concat([SPOKEN] * 50, [0.3, 2.0, 0.5, 1.5, 0.9] * 9 + [0.3] * 4)
    assert clip.duration > 120
    segments = list(hears.transcribe(clip, RecognitionOptions()))
    assert all(before.end <= after.start + 1e-6 for before, after in pairwise(segments))
    assert max(notes.rows) * 0.06 <= engine.MAX_WINDOW_SECONDS + 0.06
    assert sum(s.end - s.start for s in segments) > 0.8 * 50 * SPOKEN.duration - 50 * 0.5


def test_empty_text_is_no_segment(loaded: FunAsr) -> None:
    hears, notes = noting(loaded, {prompts.build_prompt(): Hypothesis("", -0.1)})
    assert list(hears.transcribe(SPOKEN, RecognitionOptions())) == []
    assert notes.rows


def test_a_language_that_is_told_is_asked_for(loaded: FunAsr) -> None:
    hears, notes = noting(loaded)
    assert next(hears.transcribe(SPOKEN, RecognitionOptions(language="ja", itn=False))).language == "ja"
    assert next(hears.transcribe(SPOKEN, RecognitionOptions(candidate_languages=frozenset({"zh"})))).language == "zh"
    assert notes.prompts == [prompts.build_prompt("日文", itn=False), prompts.build_prompt("中文")]


@pytest.mark.parametrize(
    ("text", "language"),
    [("今日はいい天気。", "ja"), ("今天天气很好。", "zh"), ("Nano 很好", "zh"), ("Good day.", "en")],
)
def test_the_script_tells_the_language(loaded: FunAsr, text: str, language: str) -> None:
    hears, _ = noting(loaded, {prompts.build_prompt(): Hypothesis(text, -0.1)})
    assert next(hears.transcribe(SPOKEN, RecognitionOptions())).language == language


def test_a_language_not_allowed_is_read_again_as_the_likeliest_that_is(loaded: FunAsr) -> None:
    answers = {
        prompts.build_prompt(): Hypothesis("Good day.", -0.1),
        prompts.build_prompt("中文"): Hypothesis("今天。", -2.0),
        prompts.build_prompt("日文"): Hypothesis("今日は。", -1.0),
    }
    hears, notes = noting(loaded, answers)
    segment = next(hears.transcribe(SPOKEN, RecognitionOptions(candidate_languages=frozenset({"zh", "ja"}))))
    assert (segment.language, segment.text) == ("ja", "今日は。")
    assert set(notes.prompts) == set(answers)


@pytest.mark.parametrize(
    ("hearing", "error", "message"),
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
def test_what_it_lacks_is_said_at_once(
    loaded: FunAsr, hearing: RecognitionOptions, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        loaded.transcribe(SPOKEN, hearing)


def test_the_multilingual_one_must_be_told_the_language(home: Path) -> None:
    many = MLT.load()
    for hearing in (RecognitionOptions(), RecognitionOptions(candidate_languages=frozenset({"vi", "th"}))):
        with pytest.raises(
            BadInput, match=r"Fun-ASR-MLT-Nano-2512 can't detect the spoken language.* Choose the language"
        ):
            many.transcribe(SPOKEN, hearing)
    hears, notes = noting(many)
    assert next(hears.transcribe(SPOKEN, RecognitionOptions(language="vi"))).language == "vi"
    assert notes.prompts == [prompts.build_prompt("越南语")]
    assert MLT.languages == frozenset(prompts.MLT)


def test_the_multilingual_one_is_believed_as_the_hub_records_it(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has published its hash; the hub's cache files it under the one that the hub told."""
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


def test_it_is_of_the_full_tier() -> None:
    assert SPEC.tier == MLT.tier == "full"
    assert registry.RECOGNIZERS[SPEC.name] is SPEC
    assert registry.RECOGNIZERS[MLT.name] is MLT
    assert MLT.languages <= LANGUAGES.keys()
    assert SPEC.languages == {"zh", "en", "ja"}
    assert SPEC.capabilities == {"language-id", "itn", "hotwords"}
    assert not {"fun-asr-nano", "fun-asr-mlt-nano", "qwen3-tokenizer"} & set(store.default_artifacts())
