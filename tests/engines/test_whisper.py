"""Whisper on the spoken examples: words, languages, times, forms of text, and silence."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest

from funaudio_core import audio
from funaudio_core.engines import kokoro, whisper
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.engines.whisper import Whisper
from funaudio_core.engines.whisper.text_format import format_text, split_characters, to_spoken_form
from funaudio_core.errors import BadInput
from funaudio_core.text import error_rate
from funaudio_core.types import Audio, Segment, SpeechRequest, Voice
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


def transcribe(engine: Whisper, sound: Audio, **options: object) -> list[Segment]:
    return list(engine.transcribe(sound, RecognitionOptions(**options)))  # type: ignore[arg-type]


def text(segments: list[Segment]) -> str:
    return " ".join(segment.text for segment in segments)


@pytest.mark.parametrize(("example", "language"), [(ENGLISH, "en"), (CHINESE, "zh"), (SPANISH, "es")])
def test_language_and_words_are_recognized(engine: Whisper, example: tuple[str, str], language: str) -> None:
    segments = transcribe(engine, clip(example))
    assert {segment.language for segment in segments} == {language}
    assert error_rate.error_rate(example[1], text(segments), language) <= 0.1
    assert engine.detect_language(clip(example))[0] == language


def test_chinese_is_simplified_with_full_width_punctuation(engine: Whisper) -> None:
    written = text(transcribe(engine, clip(CHINESE), language="zh"))
    assert "，" in written
    assert written == error_rate.to_simplified(written)


def test_spoken_form_has_no_digits_capitals_or_punctuation(engine: Whisper) -> None:
    written = text(transcribe(engine, clip(ENGLISH), itn=True))
    assert "9" in written
    assert written.endswith(".")
    spoken = text(transcribe(engine, clip(ENGLISH), itn=False))
    assert spoken == to_spoken_form(ENGLISH[1], "en")


def test_translation_to_english(engine: Whisper) -> None:
    segments = transcribe(engine, clip(SPANISH), translate_to_english=True)
    assert [segment.language for segment in segments] == ["en"]
    assert {"library", "street", "park"} <= set(to_spoken_form(text(segments), "en").split())


def test_word_times_are_inside_the_speech(engine: Whisper) -> None:
    spoken_clip = clip(ENGLISH)
    silence = Audio(np.zeros(2 * spoken_clip.rate, np.float32), spoken_clip.rate)
    (plain,) = transcribe(engine, spoken_clip, words=True)
    (late,) = transcribe(engine, audio.concat([silence, spoken_clip]), words=True)
    assert " ".join(word.text for word in plain.words) == plain.text
    assert all(a.end <= b.start + 1e-6 for a, b in pairwise(plain.words))
    assert plain.start - 0.3 <= plain.words[0].start
    assert plain.words[-1].end <= plain.end + 0.3
    assert late.start == pytest.approx(plain.start + 2, abs=0.15)
    assert [word.start - 2 for word in late.words] == pytest.approx([word.start for word in plain.words], abs=0.25)


def test_chinese_word_times_are_by_character(engine: Whisper) -> None:
    (segment,) = transcribe(engine, clip(CHINESE), words=True, itn=False)
    assert [word.text for word in segment.words] == list(segment.text)


def test_language_change_within_a_clip_is_detected(engine: Whisper) -> None:
    rate = 16_000
    parts = [audio.resample(clip(example), rate) for example in (ENGLISH, CHINESE)]
    segments = transcribe(engine, audio.concat(parts, gaps=1.5))
    assert [segment.language for segment in segments] == ["en", "zh"]
    assert segments[1].start >= parts[0].duration + 1


@pytest.mark.parametrize("pause", [0.3, 0.6])
def test_all_of_three_languages_with_short_pauses_are_recognized(engine: Whisper, pause: float) -> None:
    spoken = (ENGLISH, "en"), (SPANISH, "es"), (CHINESE, "zh")
    parts = [audio.resample(clip(example), 16_000) for example, _ in spoken]
    segments = transcribe(engine, audio.concat(parts, gaps=pause))
    for example, language in spoken:
        heard = " ".join(segment.text for segment in segments if segment.language == language)
        assert error_rate.error_rate(example[1], heard, language) <= 0.2
    assert all(a.end <= b.start for a, b in pairwise(segments))


def test_phrase_that_is_repeated_is_written_about_as_often(engine: Whisper) -> None:
    phrase = audio.resample(clip(ENGLISH), 16_000).slice(0.0, 1.9)  # "The museum opens at nine"
    repeated = audio.concat([audio.fade(phrase, end=0.05)] * 6, gaps=0.45)
    written = to_spoken_form(text(transcribe(engine, repeated, language="en")), "en").split()
    assert 5 <= written.count("museum") <= 7


@pytest.mark.parametrize("level", [0.0, 0.001, 0.3])
def test_silence_and_noise_give_no_segments(engine: Whisper, level: float) -> None:
    noise = np.random.default_rng(1).normal(0, 1, 4 * 16_000).astype(np.float32) * np.float32(level)
    quiet = Audio(noise, 16_000)
    assert transcribe(engine, quiet) == []
    with pytest.raises(BadInput, match="No speech"):
        engine.detect_language(quiet)


def test_long_speech_is_recognized_completely(engine: Whisper) -> None:
    once = clip(ENGLISH)
    segments = transcribe(engine, audio.concat([once] * 5, gaps=0.3), language="en")
    assert len(segments) >= 2
    assert all(segment.end - segment.start <= whisper.MAX_SPEECH_SECONDS for segment in segments)
    assert all(a.end <= b.start for a, b in pairwise(segments))
    assert error_rate.wer(" ".join([ENGLISH[1]] * 5), text(segments), "en") <= 0.05


def test_full_window_does_not_loop(engine: Whisper) -> None:
    full = audio.concat([clip(ENGLISH)] * 5).slice(0, whisper.MAX_SPEECH_SECONDS)
    words = to_spoken_form(text(transcribe(engine, full, language="en")), "en").split()
    assert words.count("museum") <= 5


def test_concurrent_calls_equal_sequential_ones(engine: Whisper) -> None:
    clips = [clip(example) for example in (ENGLISH, CHINESE, SPANISH)]
    with ThreadPoolExecutor(3) as pool:
        concurrent = list(pool.map(lambda sound: transcribe(engine, sound), clips))
    assert concurrent == [transcribe(engine, sound) for sound in clips]


def test_detected_language_is_one_of_the_candidates(engine: Whisper) -> None:
    segments = transcribe(engine, clip(SPANISH), candidate_languages=frozenset({"it", "en"}))
    assert {segment.language for segment in segments} <= {"it", "en"}
    assert all(0 < segment.language_probability <= 1 for segment in segments)
    segments = transcribe(engine, clip(SPANISH), candidate_languages=frozenset({"es", "en"}))
    assert {segment.language for segment in segments} == {"es"}
    with pytest.raises(BadInput, match="doesn't support Cantonese"):
        engine.transcribe(clip(ENGLISH), RecognitionOptions(candidate_languages=frozenset({"en", "yue"})))


def test_previous_language_counts_only_as_a_candidate(engine: Whisper) -> None:
    short = clip(SPANISH).slice(0.0, 1.2)  # too short to be certain
    segments = transcribe(engine, short, candidate_languages=frozenset({"it", "en"}), previous_language="es")
    assert {segment.language for segment in segments} <= {"it", "en"}


def test_unsupported_language_is_rejected_at_once(engine: Whisper) -> None:
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
def test_to_spoken_form(written: str, language: str, expected: str) -> None:
    assert to_spoken_form(written, language) == expected


def test_only_chinese_text_is_converted() -> None:
    assert format_text("這是軟體,好嗎?", "zh", written=True) == "这是软体，好吗？"
    assert format_text(" Hello, there? ", "en", written=True) == "Hello, there?"
    assert split_characters("好了，GPS真好。") == ["好", "了，", "GPS", "真", "好。"]


def test_a_prompt_sets_the_style(engine: Whisper) -> None:
    assert " 9 " in text(transcribe(engine, clip(ENGLISH)))
    prompt = "The shop opens at ten in the morning and closes at six in the evening."
    assert text(transcribe(engine, clip(ENGLISH), prompt=prompt)) == ENGLISH[1]


@pytest.mark.parametrize(
    "given",
    [
        {"hotwords": ("Zanzibar", "Wojciechowski")},
        {"prompt": "The committee met again on Thursday to discuss the annual report. " * 60},
        {"prompt": "The museum opens at nine in the morning and closes at"},  # what is said already isn't left out
        {"prompt": "Este texto está en español."},
    ],
)
def test_a_prompt_loses_no_words(engine: Whisper, given: dict[str, object]) -> None:
    assert error_rate.wer(ENGLISH[1], text(transcribe(engine, clip(ENGLISH), **given)), "en") == 0


def test_hotwords_add_nothing_to_noise(engine: Whisper) -> None:
    sound = np.random.default_rng(1).normal(0, 0.1, 4 * 16_000).astype(np.float32)
    assert transcribe(engine, Audio(sound, 16_000), hotwords=("Zanzibar",), prompt="Zanzibar is an island.") == []


def test_too_many_hotwords_are_refused_with_the_number_that_fits(engine: Whisper) -> None:
    many = tuple(f"Zanzibar{number}" for number in range(100))
    with pytest.raises(
        BadInput, match=r"Too many hotwords \(100; Whisper base \(int8\) accepts at most \d+\)"
    ) as refused:
        transcribe(engine, clip(ENGLISH), hotwords=many)
    most = int(str(refused.value).split("at most ")[1].split(")")[0])
    assert 10 < most < 100
    assert transcribe(engine, clip(ENGLISH), hotwords=many[:most], words=True)[0].words


@pytest.mark.slow
def test_hotwords_correct_rare_names(engine: Whisper) -> None:
    """Check sentences in Kokoro's voice with names that Whisper base misspells."""
    synthesizer = kokoro.SPEC.load()
    errors = {"without": 0.0, "hotwords": 0.0, "prompt": 0.0}
    for sentence, names in (
        ("My name is Xochitl and I live near Llanfair.", ("Xochitl", "Llanfair")),
        ("We deployed FunAudio with CosyVoice and SenseVoice on Tuesday.", ("FunAudio", "CosyVoice", "SenseVoice")),
        ("Please send the contract to Siobhan Nguyen before Friday.", ("Siobhan Nguyen",)),
    ):
        voice = Voice("Heart", "en", preset="af_heart")
        spoken = audio.concat([chunk.audio for chunk in synthesizer.stream(SpeechRequest(sentence, "en", voice))])
        for key, given in (
            ("without", {}),
            ("hotwords", {"hotwords": names}),
            ("prompt", {"prompt": f"Notes about {' and '.join(names)}."}),
        ):
            errors[key] += error_rate.wer(sentence, text(transcribe(engine, spoken, language="en", **given)), "en") / 3
    assert errors["without"] > 0.2
    assert errors["hotwords"] <= 0.05
    assert errors["prompt"] <= 0.05
