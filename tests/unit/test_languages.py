"""Tests of tags and names of languages."""

from __future__ import annotations

import pytest

from funaudio_core.errors import BadInput
from funaudio_core.languages import LANGUAGES, find_code
from server.params import parse_language


@pytest.mark.parametrize("code", LANGUAGES)
def test_codes_and_names_of_the_table_are_found(code: str) -> None:
    row = LANGUAGES[code]
    assert {find_code(name) for name in (code, code.upper(), row.name, row.native, row.chinese)} == {code}
    assert {find_code(f"{code}-{region}") for region in ("US", "Latn-001", "x-mine")} == {code}


@pytest.mark.parametrize(
    ("written", "code"),
    [
        *(("en-US", "en"), ("en_US", "en"), ("EN", "en"), (" english ", "en"), ("eng", "en"), ("en_US.UTF-8", "en")),
        *(("zh-CN", "zh"), ("zh-Hant-TW", "zh"), ("cmn", "zh"), ("cmn-Hans-CN", "zh"), ("chi", "zh"), ("zho", "zh")),
        *(("Mandarin", "zh"), ("Mandarin Chinese", "zh"), ("Chinese (Simplified)", "zh"), ("zh-yue", "yue")),
        *(("pt-BR", "pt"), ("Brazilian Portuguese", "pt"), ("es-419", "es"), ("Spanish - Mexico", "es")),
        *(("ger", "de"), ("deu", "de"), ("fre", "fr"), ("dut", "nl"), ("cze", "cs"), ("gre", "el"), ("rum", "ro")),
        *(("fil", "tl"), ("tgl", "tl"), ("Filipino", "tl"), ("ms-MY", "ms"), ("arb", "ar"), ("in", "id")),
        *(("de@euro", "de"), ("英文", "en"), ("日文", "ja"), ("日本語", "ja"), ("普通话", "zh")),
    ],
)
def test_tags_and_other_names_are_found(written: str, code: str) -> None:
    assert find_code(written) == code


@pytest.mark.parametrize(
    "written", ["xx", "xx-YY", "q", "Klingon", "tlh", "C", "POSIX", "", "-", "(", "nb", "1", "e" * 99]
)
def test_other_languages_are_unknown(written: str) -> None:
    assert find_code(written) is None


def test_an_undetermined_language_is_detected() -> None:
    assert [parse_language(value) for value in ("auto", "Auto", "und", "mul", "")] == [None] * 5
    with pytest.raises(BadInput, match=r"Unknown language code 'Klingon'\. Choose one of: auto, en, zh"):
        parse_language("Klingon")
