import subprocess
from functools import cache

import pytest

from funaudio_core.engines import apertium
from funaudio_core.engines.apertium import Apertium, find_routes, parse_modes
from funaudio_core.errors import FunAudioError, Unsupported

LISTING = """
  cat-fra
  eco-es-fr
  eng-cat
  eng-cat_valencia
  eng-spa
  es-fr
  es-pt
  es-pt_BR
  spa-eng
  spa-eng_US
"""


@cache
def engine() -> Apertium:
    return Apertium()


def test_modes_are_mapped_to_our_codes() -> None:
    modes = parse_modes(LISTING)
    assert modes == {
        ("ca", "fr"): "cat-fra",
        ("en", "ca"): "eng-cat",
        ("en", "es"): "eng-spa",
        ("es", "fr"): "es-fr",
        ("es", "pt"): "es-pt_BR",
        ("es", "en"): "spa-eng",
    }


def test_routes_are_short_and_go_through_other_languages() -> None:
    found = find_routes(parse_modes(LISTING))
    assert found["en", "es"] == ("eng-spa",)
    assert found["en", "pt"] == ("eng-spa", "es-pt_BR")
    assert found["en", "fr"] == ("eng-cat", "cat-fra")
    assert not any("ca" in pair for pair in found)
    assert all(source != target for source, target in found)
    assert all(len(chain) <= apertium.MAX_STEPS for chain in found.values())


def test_translates_into_spanish() -> None:
    assert engine().translate("I need a doctor.", "en", "es") == "Necesito un doctor."


@pytest.mark.parametrize("target", ["fr", "it", "pt"])
def test_translates_through_another_language(target: str) -> None:
    if ("en", target) not in engine().directions():
        pytest.skip(f"the pair for {target} is not installed")
    words = {"fr": "livre", "it": "libro", "pt": "livro"}
    assert words[target] in engine().translate("This book is very interesting.", "en", target)


def test_unknown_words_have_no_error_marks() -> None:
    out = engine().translate("I zorbled the frobnicator at the station.", "en", "es")
    assert "zorbled" in out
    assert not set("*@#^$") & set(out)


def test_marks_of_the_source_are_kept() -> None:
    out = engine().translate("My number is #1 and my mail is user@example.org ^a$ [b] {c} \\ d/e.", "en", "es")
    assert "#1" in out
    assert "user@example.org" in out
    assert "[b] {c} \\ d/e" in out


def test_lines_sentences_and_punctuation_are_kept() -> None:
    out = engine().translate("Good morning! How are you?\nI have a dog.", "en", "es")
    first, second = out.split("\n")
    assert first.count("¡") == first.count("!") == 1
    assert first.count("¿") == first.count("?") == 1
    assert second == "Tengo un perro."


def test_opening_marks_are_removed_in_other_languages() -> None:
    if ("es", "it") not in engine().directions():
        pytest.skip("the pair es-it is not installed")
    assert "¿" not in engine().translate("¿Dónde está el baño?", "es", "it")


def test_please_is_translated_as_por_favor() -> None:
    assert "complacer" not in engine().translate("Please close the door.", "en", "es").lower()
    assert "por favor" in engine().translate("Please close the door.", "en", "es").lower()


def test_empty_text_is_empty() -> None:
    assert engine().translate(" \n ", "en", "es") == ""


def test_text_is_never_a_command_or_an_option() -> None:
    assert "perro" in engine().translate("-l; echo $(whoami) dog", "en", "es")


def test_unknown_direction_lists_supported_languages() -> None:
    with pytest.raises(Unsupported, match=r"Japanese.*English, Spanish"):
        engine().translate("Hello", "en", "ja")


def test_missing_program_has_no_directions_and_names_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    without_program = Apertium()
    assert without_program.directions() == frozenset()
    with pytest.raises(Unsupported, match="apt install apertium apertium-eng-spa"):
        without_program.translate("Hello", "en", "es")


def test_slow_program_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(command: list[str], timeout: float, **_: object) -> None:
        raise subprocess.TimeoutExpired(command, timeout)

    ready = engine()
    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(FunAudioError, match="Shorten the text"):
        ready.translate("Hello", "en", "es")
