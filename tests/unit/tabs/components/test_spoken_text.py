"""Tests of the preview below a text and of the pronunciation table of the pages."""

from pathlib import Path

import gradio as gr
import pytest

from funaudio_core.engines.kokoro import engine, phonemes
from funaudio_core.types import SpeechRequest, Voice
from tabs.components import spoken_text


def test_the_preview_shows_what_is_read_and_what_has_no_effect() -> None:
    assert spoken_text.on_text("A plain text.", "en", "") == ""
    assert spoken_text.on_text("It costs $5.", "en", "") == "Read as: It costs five dollars."
    shown = spoken_text.on_text('<speak><voice name="x">5 kg</voice></speak>', "en", "")
    assert "These SSML tags have no effect: voice." in shown
    assert shown.endswith("Read as: five kilograms")
    assert spoken_text.on_text("Hi Nguyen", "en", "Nguyen = win") == "Read as: Hi win"


def test_a_table_changes_how_words_are_spoken_but_not_what_is_shown() -> None:
    text = spoken_text.apply_table("Hi Nguyen, a GIF.", "Nguyen = win\nGIF = /dʒɪf/", "en")
    parts, overrides = engine.split_request(SpeechRequest(text, "en", Voice("Any", "en", preset="af_heart")))
    words = phonemes.phonemize(parts[0].text, "en", overrides=overrides)
    assert [word.text for word in words] == ["Hi", "Nguyen,", "a", "GIF."]
    assert words[1].phonemes == phonemes.phonemize("win", "en")[0].phonemes
    assert words[3].phonemes == "ʤɪf"


def test_a_table_is_imported_and_exported(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("GIF,/dʒɪf/\nNguyen,win\n", encoding="utf-8")
    update = spoken_text.on_import(str(file), "Hi Nguyen", "en", "Nguyen = other")
    assert update["pronunciations"] == "Nguyen,win\nGIF,/dʒɪf/\n"
    assert update["preview"] == "Read as: Hi win"
    assert Path(update["export"].value["path"]).read_text("utf-8") == update["pronunciations"]
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(gr.Error, match="isn't text in UTF-8"):
        spoken_text.on_import(str(file), "", "en", "")
    with pytest.raises(gr.Error, match="isn't an entry"):
        spoken_text.on_table("", "en", "one word")


def test_only_the_beginning_of_a_long_text_is_shown() -> None:
    shown = spoken_text.on_text("12 " * 5000, "en", "")
    assert shown.endswith("…")
    assert shown.count("twelve") == pytest.approx(spoken_text.MAX_PREVIEW_CHARACTERS / 3, abs=1)
