"""Tests of text normalization and error rates."""

from __future__ import annotations

import pytest

from funaudio_core.errors import BadInput
from funaudio_core.text import error_rate


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        (
            "en",
            "I'm 25; it is 3.5% of 1,250!",
            "i am twenty-five it is three point five percent of one thousand two hundred fifty",
        ),
        ("en", "the 21st of May 1984", "The twenty-first of May, nineteen eighty four"),
        ("en", "call 007", "call zero zero seven"),
        ("en", "205 trains", "two hundred and five trains"),
        ("es", "3,5 % de 1.250 años", "tres punto cinco por ciento de mil doscientos cincuenta años"),
        ("fr", "l’ami a 21 ans", "L'ami a vingt-et-un ans"),
        ("it", "il 25% dell'anno", "il venticinque percento dell'anno"),
        ("pt", "9999 dias", "nove mil novecentos e noventa e nove dias"),
        ("zh", "我在1984年有25%的３０５個蘋果", "我在一九八四年有百分之二十五的三百零五个苹果。"),
        ("zh", "10010, 110000, 12", "一万零一十，十一万，十二"),
        ("zh", "2百", "两百"),
        ("ja", "今日は１１月21日、105円", "今日は十一月二十一日百五円"),
        ("de", "21 Züge", "einundzwanzig züge"),
    ],
)
def test_digits_equal_number_words(language: str, written: str, spoken: str) -> None:
    assert error_rate.normalize(written, language) == error_rate.normalize(spoken, language)
    assert error_rate.error_rate(spoken, written, language) == 0.0


def test_normalize_keeps_letters_and_digits() -> None:
    assert error_rate.normalize("  Él  está… ¿AQUÍ?  😀", "es") == "él está aquí"
    assert error_rate.normalize("मेरे पास २५ किताबें हैं।", "hi") == "मेरे पास 25 किताबें हैं"
    assert error_rate.normalize("カタカナと ひらがな。", "ja") == "カタカナとひらがな"


def test_wer_counts_wrong_missing_and_extra_words() -> None:
    assert error_rate.wer("the train is late", "The train was late!", "en") == pytest.approx(0.25)
    assert error_rate.wer("the train is late", "", "en") == 1.0
    assert error_rate.wer("late", "it is very late", "en") == pytest.approx(3.0)


def test_error_rate_counts_characters_for_languages_without_spaces() -> None:
    assert error_rate.error_rate("今天天气很好", "今天天氣真好", "zh") == pytest.approx(1 / 6)
    assert error_rate.measure_name("zh") == "CER"
    assert error_rate.measure_name("fr") == "WER"


@pytest.mark.parametrize("reference", ["", " … ", "!?"])
def test_reference_without_words_is_refused(reference: str) -> None:
    with pytest.raises(BadInput, match="needs a reference"):
        error_rate.error_rate(reference, "anything", "en")


@pytest.mark.parametrize(
    ("contracted", "long_form"),
    [
        ("I'm sure it's fine", "I am sure it is fine"),
        ("We won’t; they can't.", "we will not they can not"),
        ("Let's go, you're late and we've lost", "let us go you are late and we have lost"),
    ],
)
def test_english_contractions_equal_their_long_forms(contracted: str, long_form: str) -> None:
    assert error_rate.wer(contracted, long_form, "en") == 0.0


def test_possessive_is_not_a_contraction() -> None:
    assert error_rate.wer("my brother's dog", "my brother is dog", "en") > 0.0
