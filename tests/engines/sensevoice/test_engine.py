"""SenseVoice engine on real clips, with a tiny checkpoint in the published layout in the hub's cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from funaudio_core import audio, settings
from funaudio_core.engines import registry
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.engines.sanm.frontend import Float
from funaudio_core.engines.sensevoice import SPEC, SenseVoice, engine, prompt
from funaudio_core.engines.sensevoice.ctc import Output, Token
from funaudio_core.errors import BadInput, Unsupported, WeightsMissing
from funaudio_core.types import Audio
from funaudio_core.weights import catalog, store
from tests.checkpoints import sensevoice as checkpoints
from tests.conftest import cached_hub, example, noise

SPOKEN = audio.load(example("en").path)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the app's home, empty, with the tiny checkpoint in the hub's cache; offline."""
    folder = tmp_path_factory.mktemp("sensevoice")
    with cached_hub(folder, checkpoints.sensevoice(folder / "hub")):
        yield folder / "home"


@pytest.fixture(scope="module")
def loaded(home: Path) -> SenseVoice:
    return SPEC.load()


class RecordingRuntime:
    """Runtime that records its inputs and returns one token in the middle of each clip."""

    max_batch_seconds, call_cost_seconds = 20.0, 0.5

    def __init__(self, vocabulary_size: int, id_: int, tags: dict[int, dict[int, float]] | None = None) -> None:
        self.seconds: list[float] = []
        self.prompts: list[tuple[int, ...]] = []
        self._size, self._id, self._tags = vocabulary_size, id_, tags or {}

    def run(self, clips: Sequence[Float], prompts: Sequence[tuple[int, ...]]) -> list[Output]:
        self.seconds += [len(clip) * 0.06 for clip in clips]
        self.prompts += prompts
        tags = np.full((prompt.PROMPT_ROWS, self._size), -9.0, np.float32)
        for row, values in self._tags.items():
            for id_, value in values.items():
                tags[row, id_] = value
        return [Output(tags, (Token(self._id, len(clip) // 2, len(clip) // 2 + 1, 0.9),)) for clip in clips]


def engine_with_recorder(loaded: SenseVoice, **tags: dict[str, float]) -> tuple[SenseVoice, RecordingRuntime]:
    """Return the engine with a recording runtime; tags: logits by row, such as row_0={"zh": 5.0}."""
    vocabulary = loaded._vocabulary
    rows = {int(row[4:]): {vocabulary.tag_ids[tag]: v for tag, v in logits.items()} for row, logits in tags.items()}
    word = next(id_ for id_ in range(40, vocabulary.size) if vocabulary.text([id_]).isalpha())
    runtime = RecordingRuntime(vocabulary.size, word, rows)
    return SenseVoice(loaded._config, loaded._frontend, runtime, vocabulary, loaded._event_detector), runtime


def test_transcribes_clip_with_published_layout(loaded: SenseVoice, home: Path) -> None:
    segments = list(loaded.transcribe(SPOKEN, RecognitionOptions(words=True)))
    assert segments
    for segment in segments:
        assert 0 <= segment.start < segment.end <= SPOKEN.duration
        assert segment.text
        assert "<|" not in segment.text
        assert segment.language in SPEC.languages
        assert segment.words
        assert all(word.start <= word.end <= SPOKEN.duration for word in segment.words)
        assert all(before.start <= after.start for before, after in pairwise(segment.words))
    assert (home / "weights" / engine.ARTIFACT / "model.pt").exists()
    assert len(list((home / "derived").glob(f"{engine.ARTIFACT}-*.onnx"))) == 1


def test_graph_is_exported_once(loaded: SenseVoice, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("funaudio_core.engines.sensevoice.onnx_export.write_fp32", None)
    reloaded = SPEC.load()
    assert [s.text for s in reloaded.transcribe(SPOKEN, RecognitionOptions())] == [
        s.text for s in loaded.transcribe(SPOKEN, RecognitionOptions())
    ]


def test_tampered_checkpoint_is_never_unpickled(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = checkpoints.sensevoice(tmp_path / "hub")
    monkeypatch.setitem(catalog.ARTIFACTS, engine.ARTIFACT, row)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path / "home"))
    settings.read.cache_clear()
    path = next((tmp_path / "hub").rglob("model.pt"))
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    try:
        with pytest.raises(WeightsMissing, match=r"wrong hash of model\.pt"):
            SPEC.load()
    finally:
        monkeypatch.undo()
        settings.read.cache_clear()


def test_silence_and_noise_are_not_run_through_the_model(loaded: SenseVoice) -> None:
    recognizer, runtime = engine_with_recorder(loaded)
    assert list(recognizer.transcribe(noise(3.0, level=1e-4), RecognitionOptions())) == []
    assert list(recognizer.transcribe(Audio(np.zeros(48_000, np.float32), 16_000), RecognitionOptions())) == []
    assert runtime.seconds == []


def test_segment_of_punctuation_only_is_dropped(loaded: SenseVoice) -> None:
    recognizer, runtime = engine_with_recorder(loaded)
    vocabulary = loaded._vocabulary
    runtime._id = next(id_ for id_ in range(vocabulary.size) if vocabulary.text([id_]) == ".")
    assert list(recognizer.transcribe(SPOKEN, RecognitionOptions())) == []


def test_concurrent_calls_agree_with_sequential_ones(loaded: SenseVoice) -> None:
    clips = [audio.concat([audio.load(example(code).path), SPOKEN], 2.0) for code in ("zh", "ja", "en", "es")]
    alone = [list(loaded.transcribe(clip, RecognitionOptions(words=True))) for clip in clips]
    with ThreadPoolExecutor(4) as pool:
        assert (
            list(pool.map(lambda clip: list(loaded.transcribe(clip, RecognitionOptions(words=True))), clips)) == alone
        )


def test_silence_within_clip_is_not_run_through_the_model(loaded: SenseVoice) -> None:
    recognizer, runtime = engine_with_recorder(loaded)
    clip = audio.concat([SPOKEN, SPOKEN], 17.0)
    segments = list(recognizer.transcribe(clip, RecognitionOptions()))
    assert sum(runtime.seconds) < 2 * SPOKEN.duration + 1.0
    assert segments[0].end <= SPOKEN.duration + 0.1
    assert segments[-1].start >= SPOKEN.duration + 17.0 - 0.2


def test_long_clip_is_split_into_ordered_windows(loaded: SenseVoice) -> None:
    recognizer, runtime = engine_with_recorder(loaded)
    clip = audio.concat([SPOKEN] * 50, [0.3, 2.0, 0.5, 1.5, 0.9] * 9 + [0.3] * 4)
    assert clip.duration > 120
    segments = list(recognizer.transcribe(clip, RecognitionOptions(words=True)))
    assert all(before.end <= after.start + 1e-6 for before, after in pairwise(segments))
    assert max(runtime.seconds) <= engine.MAX_WINDOW_SECONDS
    assert all(s.start - 0.25 <= word.start <= word.end <= s.end + 0.25 for s in segments for word in s.words)
    covered = sum(s.end - s.start for s in segments)
    assert covered > 0.8 * 50 * SPOKEN.duration - 50 * 0.5


def test_first_segment_does_not_wait_for_last(loaded: SenseVoice) -> None:
    recognizer, runtime = engine_with_recorder(loaded)
    clip = audio.concat([SPOKEN] * 60, 1.2)
    next(iter(recognizer.transcribe(clip, RecognitionOptions())))
    assert sum(runtime.seconds) < clip.duration / 2


def test_tags_become_emotion_and_events(loaded: SenseVoice) -> None:
    recognizer, _ = engine_with_recorder(loaded, row_0={"ja": 5.0}, row_1={"SURPRISED": 5.0}, row_2={"Laughter": 5.0})
    segment = next(recognizer.transcribe(SPOKEN, RecognitionOptions()))
    assert segment.language == "ja"
    assert segment.emotion is not None
    assert segment.emotion.label == "surprise"
    assert [(event.label, event.start, event.end) for event in segment.events] == [
        ("laughter", segment.start, segment.end)
    ]


def test_chosen_language_is_in_the_prompt(loaded: SenseVoice) -> None:
    recognizer, runtime = engine_with_recorder(loaded, row_0={"zh": 5.0})
    segment = next(recognizer.transcribe(SPOKEN, RecognitionOptions(language="yue", itn=False)))
    assert (segment.language, segment.language_probability) == ("yue", 1.0)
    assert runtime.prompts == [prompt.prompt_rows("yue", False)]


def test_language_other_than_candidates_is_retried(loaded: SenseVoice) -> None:
    recognizer, runtime = engine_with_recorder(loaded, row_0={"zh": 5.0, "ja": 4.0, "en": 3.0})
    segment = next(recognizer.transcribe(SPOKEN, RecognitionOptions(candidate_languages=frozenset({"en", "ja"}))))
    assert segment.language == "ja"
    assert 0.5 < segment.language_probability < 1.0
    assert runtime.prompts == [prompt.prompt_rows(None, True), prompt.prompt_rows("ja", True)]
    recognizer, runtime = engine_with_recorder(loaded, row_0={"zh": 5.0, "ja": 4.0})
    next(recognizer.transcribe(SPOKEN, RecognitionOptions(candidate_languages=frozenset({"zh", "ja"}))))
    assert runtime.prompts == [prompt.prompt_rows(None, True)]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (RecognitionOptions(language="fr"), BadInput),
        (RecognitionOptions(candidate_languages=frozenset({"en", "fr"})), BadInput),
        (RecognitionOptions(translate_to_english=True), Unsupported),
    ],
)
def test_unsupported_options_are_refused_immediately(
    loaded: SenseVoice, options: RecognitionOptions, error: type[Exception]
) -> None:
    with pytest.raises(error):
        loaded.transcribe(SPOKEN, options)


def test_classifies_emotion_of_each_clip(loaded: SenseVoice) -> None:
    recognizer, runtime = engine_with_recorder(loaded, row_1={"ANGRY": 5.0})
    emotions = recognizer.classify([SPOKEN.slice(0, 2), SPOKEN.slice(0, 1), SPOKEN.slice(0, 2)])
    assert [emotion.label if emotion else None for emotion in emotions] == ["angry"] * 3
    assert len(runtime.seconds) == 3
    assert all(emotion is None or emotion.label for emotion in loaded.classify([SPOKEN]))


def test_is_registered_in_full_tier() -> None:
    assert registry.RECOGNIZERS[SPEC.name] is SPEC
    assert registry.SPEECH_EMOTION_RECOGNIZERS[SPEC.name] is SPEC
    assert SPEC.tier == "full"
    assert SPEC.languages == {"zh", "en", "yue", "ja", "ko"}
    assert engine.ARTIFACT not in store.default_artifacts()
