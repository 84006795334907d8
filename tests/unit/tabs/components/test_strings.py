"""Every word on the pages is there in both languages, and none is left over."""

from __future__ import annotations

import re

import pytest

from funaudio_core.languages import LANGUAGES
from tabs import TABS
from tabs.components import strings
from tests.conftest import ROOT

WRITTEN = tuple(key for key in strings.STRINGS if not key.startswith("demonstrations."))  # before pages are built
OF_TABLES = {f"language.{code}" for code in LANGUAGES}
OF_EVERY_PAGE = {f"{tab.NAME}.{part}" for tab in TABS for part in ("tab", "about", "claim")}


def test_no_word_is_left_over() -> None:
    sources = [path for path in [ROOT / "app.py", *(ROOT / "tabs").rglob("*.py")] if path.name != "strings.py"]
    code = "".join(path.read_text(encoding="utf-8") for path in sources)
    left = [key for key in WRITTEN if f'"{key}"' not in code and key not in OF_EVERY_PAGE | OF_TABLES]
    assert left == []


@pytest.mark.parametrize("key", WRITTEN)
def test_both_languages_have_it(key: str) -> None:
    english, chinese = strings.STRINGS[key]
    assert english.strip()
    assert re.search(r"[\u4e00-\u9fff]", chinese) or english == chinese


def test_a_wrong_key_fails_at_once() -> None:
    with pytest.raises(KeyError, match=r"strings\.py"):
        strings.t("no such words")


def test_a_page_may_bring_its_own() -> None:
    strings.add_strings({"toy.tab": ("Toy", "玩具")})
    try:
        assert strings.I18N.translations["zh"]["funaudio_toy_tab"] == "玩具"
        strings.t("toy.tab")
    finally:
        del strings.STRINGS["toy.tab"]
