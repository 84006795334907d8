"""Tests of the interpretation of English and Chinese instructions."""

from __future__ import annotations

import pytest

from funaudio_core.errors import BadInput
from funaudio_core.labels import EMOTIONS
from funaudio_core.text import instructions
from funaudio_core.text.instructions import interpret
from funaudio_core.types import NEUTRAL


@pytest.mark.parametrize(
    ("text", "field", "sign"),
    [
        ("Speak slowly.", "rate", -1),
        ("please talk much faster", "rate", 1),
        ("请慢一点说。", "rate", -1),
        ("语速快一点", "rate", 1),
        ("in a higher pitch", "pitch", 1),
        ("a deep voice", "pitch", -1),
        ("用低沉的声音", "pitch", -1),
        ("louder", "level", 1),
        ("请轻声说", "level", -1),
        ("like a robot", "range", -1),
        ("with long pauses", "pause", 1),
        ("not too fast", "rate", -1),
        ("不要太快", "rate", -1),
        ("don't speak so loudly", "level", -1),
        ("特别快", "rate", 1),
        ("尽可能慢", "rate", -1),
        ("speed up a little", "rate", 1),
        ("声音小一点", "level", -1),
        ("音量大一点", "level", 1),
        ("音调非常高", "pitch", 1),
        ("not loudly or fast", "rate", -1),
        ("with shorter pauses", "pause", -1),
    ],
)
def test_change_has_the_right_sign(text: str, field: str, sign: int) -> None:
    change = getattr(interpret(text).style, field) - getattr(NEUTRAL, field)
    assert change * sign > 0


def test_stronger_intensifiers_change_more() -> None:
    rates = [
        interpret(f"Speak {intensifier}fast").style.rate for intensifier in ("slightly ", "", "very ", "extremely ")
    ]
    assert rates == sorted(rates)
    assert len(set(rates)) == 4
    pitches = [interpret(text).style.pitch for text in ("音调稍微高一点", "音调高一点", "音调非常高")]
    assert pitches == sorted(pitches)


@pytest.mark.parametrize(
    ("text", "rate", "pitch"),
    [
        ("20% faster", 1.2, 0.0),
        ("25 percent slower", 0.75, 0.0),
        ("2 semitones higher", 1.0, 2.0),
        ("1.5x", 1.5, 0.0),
        ("语速加快20%", 1.2, 0.0),
        ("降低3个半音", 1.0, -3.0),
        ("raise the pitch by 2.5 semitones", 1.0, 2.5),
        ("-2 semitones, speed 0.8", 0.8, -2.0),
        ("slow down by 30%", 0.7, 0.0),
        ("at 80% speed", 0.8, 0.0),
        ("half speed", 0.5, 0.0),
        ("以1.5倍速说，音调升高两个半音", 1.5, 2.0),
        ("语速放慢百分之二十", 0.8, 0.0),
        ("速度快一倍", 2.0, 0.0),
    ],
)
def test_numbers_are_applied_exactly(text: str, rate: float, pitch: float) -> None:
    style = interpret(text).style
    assert style.rate == pytest.approx(rate)
    assert style.pitch == pytest.approx(pitch)


def test_decibels_are_applied_exactly() -> None:
    assert interpret("3 dB louder").style.level == pytest.approx(3.0)
    assert interpret("降低4分贝").style.level == pytest.approx(-4.0)


def test_words_that_contain_other_words_are_told_apart() -> None:
    assert interpret("说得愉快些").wishes == ("happy",)
    assert interpret("他很快乐").wishes == ("very happy",)
    assert interpret("不高兴地说").style.emotion == "sad"
    assert interpret("unhappy").style.emotion == "sad"
    assert interpret("speak highly of breakfast").wishes == ()
    assert interpret("as if you were happy").wishes == ("happy",)


def test_intensifiers_and_negation_apply_to_their_own_wish() -> None:
    assert interpret("a bit slower, but very loud").wishes == ("slightly slow", "very loud")
    assert interpret("低沉 and very slow").wishes == ("low", "very slow")
    assert interpret("don't be sad, be happy").wishes == ("not sad", "happy")


def test_several_wishes_are_combined() -> None:
    interpretation = interpret("Speak slowly, softly and very sadly")
    assert interpretation.style.emotion == "sad"
    assert interpretation.style.rate < interpret("slowly").style.rate
    assert interpretation.style.level < interpret("softly").style.level
    assert interpretation.wishes[:2] == ("slow", "soft")


@pytest.mark.parametrize("text", ["don't whisper", "不要耳语", "not sad"])
def test_negated_wish_changes_nothing(text: str) -> None:
    style = interpret(text).style
    assert not style.whisper
    assert style.emotion == "neutral"
    assert style.level == 0


def test_whisper_and_emotions() -> None:
    assert interpret("whisper it").style.whisper
    assert interpret("请用耳语说").style.whisper
    for text, emotion in (("开心地说", "happy"), ("sound furious", "angry"), ("害怕", "fear"), ("惊讶地", "surprise")):
        assert interpret(text).style.emotion == emotion


def test_unsupported_wishes_are_reported() -> None:
    assert "Laughter requires the full tier" in interpret("laugh while speaking").unsupported
    assert interpret("用四川话说").unsupported
    assert interpret("in Shandong dialect, like a child").unknown == ()
    assert len(interpret("唱歌，像小孩一样，咳嗽").unsupported) == 3
    assert interpret("speak slowly, don't laugh").unsupported == ()


def test_unknown_words_are_reported() -> None:
    assert "purple" in interpret("speak in a purple way").unknown
    assert interpret("慢一点，紫色").unknown == ("紫色",)
    assert interpret("add 7 to it").unknown == ("add", "7")
    assert interpret("Please speak very slowly.").unknown == ()


def test_styles_stay_within_the_limits() -> None:
    style = interpret("extremely fast, 3x, extremely high, extremely loud").style
    for name, (low, high) in instructions.LIMITS.items():
        assert low <= getattr(style, name) <= high


@pytest.mark.parametrize("text", ["", "   ", "!!!", "😀", "x" * 500])
def test_text_without_a_wish_changes_nothing(text: str) -> None:
    style = interpret(text).style
    assert instructions.describe(style) == ()


@pytest.mark.parametrize("preset", instructions.PRESETS, ids=lambda preset: preset.en)
def test_presets_mean_the_same_in_both_languages(preset: instructions.Preset) -> None:
    english, chinese = interpret(preset.en), interpret(preset.zh)
    assert english.wishes
    assert english.unknown == ()
    assert english.wishes == chinese.wishes


def test_every_emotion_has_a_style() -> None:
    assert set(instructions.EMOTION_STYLES) == set(EMOTIONS)
    assert all(style.emotion == code for code, style in instructions.EMOTION_STYLES.items())


def test_too_long_instruction_is_refused() -> None:
    with pytest.raises(BadInput, match="the limit is 500"):
        interpret("慢" * 100_000)
