"""Whisper on the spoken examples: words, languages, times, forms of text, and silence."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest

from funaudio_core import audio
from funaudio_core.engines import whisper
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.engines.whisper import Whisper
from funaudio_core.engines.whisper.text_format import finish, split_characters, spoken
from funaudio_core.errors import BadInput
from funaudio_core.text import error_rate
from funaudio_core.types import Audio, Segment
from tests.conftest import ROOT

EXAMPLES = ROOT / "examples_audio"
ENGLISH = "04_en_neutral.flac", "The museum opens at nine in the morning and closes at five in the afternoon."
CHINESE = "06_zh_neutral.flac", "请问附近有没有超市，我想买一些水果和牛奶。"
SPANISH = "10_es_neutral.flac", "La biblioteca está al final de la calle, junto al parque."


@pytest.fixture(scope="module")
def engine() -> Whisper:
    return whisper.load()


def clip(example: tuple[str, str]) -> Audio:
    return audio.load(EXAMPLES / example[0])


def hear(engine: Whisper, sound: Audio, **hearing: object) -> list[Segment]:
    return list(engine.transcribe(sound, RecognitionOptions(**hearing)))  # type: ignore[arg-type]


def text(segments: list[Segment]) -> str:
    return " ".join(segment.text for segment in segments)


@pytest.mark.parametrize(("example", "language"), [(ENGLISH, "en"), (CHINESE, "zh"), (SPANISH, "es")])
def test_language_and_words_are_right(engine: Whisper, example: tuple[str, str], language: str) -> None:
    segments = hear(engine, clip(example))
    assert {segment.language for segment in segments} == {language}
    assert error_rate.error_rate(example[1], text(segments), language) <= 0.1
    assert engine.detect_language(clip(example))[0] == language


def test_chinese_comes_simplified_with_full_width_marks(engine: Whisper) -> None:
    written = text(hear(engine, clip(CHINESE), language="zh"))
    assert "，" in written
    assert written == error_rate.to_simplified(written)


def test_spoken_form_has_no_digits_capitals_or_marks(engine: Whisper) -> None:
    written = text(hear(engine, clip(ENGLISH), itn=True))
    assert "9" in written
    assert written.endswith(".")
    said = text(hear(engine, clip(ENGLISH), itn=False))
    assert said == spoken(ENGLISH[1], "en")


def test_english_while_listening(engine: Whisper) -> None:
    segments = hear(engine, clip(SPANISH), translate_to_english=True)
    assert [segment.language for segment in segments] == ["en"]
    assert {"library", "street", "park"} <= set(spoken(text(segments), "en").split())


def test_words_have_times_inside_the_speech(engine: Whisper) -> None:
    spoken_clip = clip(ENGLISH)
    silence = Audio(np.zeros(2 * spoken_clip.rate, np.float32), spoken_clip.rate)
    (plain,) = hear(engine, spoken_clip, words=True)
    (late,) = hear(engine, audio.concat([silence, spoken_clip]), words=True)
    assert " ".join(word.text for word in plain.words) == plain.text
    assert all(a.end <= b.start + 1e-6 for a, b in pairwise(plain.words))
    assert plain.start - 0.3 <= plain.words[0].start
    assert plain.words[-1].end <= plain.end + 0.3
    assert late.start == pytest.approx(plain.start + 2, abs=0.15)
    assert [word.start - 2 for word in late.words] == pytest.approx([word.start for word in plain.words], abs=0.25)


def test_chinese_words_are_characters(engine: Whisper) -> None:
    (segment,) = hear(engine, clip(CHINESE), words=True, itn=False)
    assert [word.text for word in segment.words] == list(segment.text)


def test_a_clip_that_changes_language_is_heard_in_both(engine: Whisper) -> None:
    rate = 16_000
    parts = [audio.resample(clip(example), rate) for example in (ENGLISH, CHINESE)]
    segments = hear(engine, audio.concat(parts, gaps=1.5))
    assert [segment.language for segment in segments] == ["en", "zh"]
    assert segments[1].start >= parts[0].duration + 1


@pytest.mark.parametrize("level", [0.0, 0.001, 0.3])
def test_silence_and_noise_give_nothing(engine: Whisper, level: float) -> None:
    noise = np.random.default_rng(1).normal(0, 1, 4 * 16_000).astype(np.float32) * np.float32(level)
    quiet = Audio(noise, 16_000)
    assert hear(engine, quiet) == []
    with pytest.raises(BadInput, match="No speech"):
        engine.detect_language(quiet)


def test_long_speech_is_read_in_windows_and_loses_nothing(engine: Whisper) -> None:
    once = clip(ENGLISH)
    segments = hear(engine, audio.concat([once] * 5, gaps=0.3), language="en")
    assert len(segments) >= 2
    assert all(segment.end - segment.start <= whisper.LONGEST for segment in segments)
    assert all(a.end <= b.start for a, b in pairwise(segments))
    assert error_rate.wer(" ".join([ENGLISH[1]] * 5), text(segments), "en") <= 0.05


def test_a_window_without_room_does_not_loop(engine: Whisper) -> None:
    full = audio.concat([clip(ENGLISH)] * 5).slice(0, whisper.LONGEST)
    words = spoken(text(hear(engine, full, language="en")), "en").split()
    assert words.count("museum") <= 5


def test_concurrent_calls_agree_with_calls_one_by_one(engine: Whisper) -> None:
    clips = [clip(example) for example in (ENGLISH, CHINESE, SPANISH)]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda sound: hear(engine, sound), clips))
    assert together == [hear(engine, sound) for sound in clips]


def test_only_languages_that_are_allowed_are_heard(engine: Whisper) -> None:
    heard = hear(engine, clip(SPANISH), candidate_languages=frozenset({"it", "en"}))
    assert {segment.language for segment in heard} <= {"it", "en"}
    assert all(0 < segment.language_probability <= 1 for segment in heard)
    assert {s.language for s in hear(engine, clip(SPANISH), candidate_languages=frozenset({"es", "en"}))} == {"es"}
    with pytest.raises(BadInput, match="doesn't support Cantonese"):
        engine.transcribe(clip(ENGLISH), RecognitionOptions(candidate_languages=frozenset({"en", "yue"})))


def test_a_language_it_lacks_is_refused_at_once(engine: Whisper) -> None:
    with pytest.raises(BadInput, match="Cantonese"):
        engine.transcribe(clip(ENGLISH), RecognitionOptions(language="yue"))


@pytest.mark.parametrize(
    ("written", "language", "expected"),
    [
        ("It's 'fine', isn't it? Well-known.", "en", "it's fine isn't it well known"),
        ("¿Qué alegría, verte!", "es", "qué alegría verte"),
        ("你好，世界。", "zh", "你好世界"),
        ("IŞIK İzmir", "tr", "ışık izmir"),
        ("मौसम अच्छा है।", "hi", "मौसम अच्छा है"),
    ],
)
def test_spoken_form(written: str, language: str, expected: str) -> None:
    assert spoken(written, language) == expected


def test_chinese_is_finished_and_other_languages_are_left_alone() -> None:
    assert finish("這是軟體,好嗎?", "zh", written=True) == "这是软体，好吗？"
    assert finish(" Hello, there? ", "en", written=True) == "Hello, there?"
    assert split_characters("好了，GPS真好。") == ["好", "了，", "GPS", "真", "好。"]
