"""Tests of settings: parsing of environment variables, old names, and the table in the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import pytest

from funaudio_core import settings
from funaudio_core.errors import BadInput, FunAudioError
from tests.conftest import ROOT


@pytest.fixture(autouse=True)
def _clear_cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in settings.OLD_NAMES:
        monkeypatch.delenv(name, raising=False)
    settings.read.cache_clear()
    yield
    settings.read.cache_clear()


def test_values_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNAUDIO_PORT", "8123")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert settings.read().port == 8123
    assert settings.read().hub is False
    assert settings.read().fp32 is False


def test_switch_turns_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNAUDIO_FP32", "yes")
    assert settings.read().fp32 is True


@pytest.mark.parametrize("value", ["many", "0", "1e9"])
def test_error_names_variable_and_range(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("FUNAUDIO_THREADS", value)
    with pytest.raises(BadInput, match=r"FUNAUDIO_THREADS.*1.*64"):
        settings.read()


def test_host_falls_back_to_the_variable_of_a_space(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = []
    for ours, space in (("10.0.0.1", "0.0.0.0"), ("", "0.0.0.0"), ("", "")):  # noqa: S104
        monkeypatch.setenv("FUNAUDIO_HOST", ours)
        monkeypatch.setenv("GRADIO_SERVER_NAME", space)
        settings.read.cache_clear()
        addresses.append(settings.read().host)
    assert addresses == ["10.0.0.1", "0.0.0.0", "127.0.0.1"]  # noqa: S104


def test_preload_is_a_list_of_model_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = []
    for text in ("", "all", "asr, llm"):
        monkeypatch.setenv("FUNAUDIO_PRELOAD", text)
        settings.read.cache_clear()
        groups.append(settings.read().preload)
    assert groups == [("asr", "tts", "llm"), ("asr", "tts", "llm", "audio-chat"), ("asr", "llm")]
    monkeypatch.setenv("FUNAUDIO_PRELOAD", "ears")
    settings.read.cache_clear()
    with pytest.raises(BadInput, match=r"FUNAUDIO_PRELOAD contains 'ears'.*asr, tts, llm, audio-chat"):
        settings.read()


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("", ()),
        ("https://chat.example.org", ("https://chat.example.org",)),
        (" https://Chat.example.org/ , http://10.0.0.2:3000,", ("https://chat.example.org", "http://10.0.0.2:3000")),
        ("*", ("*",)),
        ("http://[::1]:8080, null, app://desktop", ("http://[::1]:8080", "null", "app://desktop")),
    ],
)
def test_origins_are_a_list(monkeypatch: pytest.MonkeyPatch, text: str, origins: tuple[str, ...]) -> None:
    monkeypatch.setenv("FUNAUDIO_CORS_ORIGINS", text)
    assert settings.read().cors_origins == origins


@pytest.mark.parametrize(
    "text", ["chat.example.org", "https://a.example/path", "https://", "https://a.example; https://b"]
)
def test_an_origin_is_a_scheme_and_a_host(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("FUNAUDIO_CORS_ORIGINS", text)
    with pytest.raises(BadInput, match=r"FUNAUDIO_CORS_ORIGINS contains .*https://chat\.example\.org:8443"):
        settings.read()


@pytest.mark.parametrize("old", settings.OLD_NAMES)
def test_old_name_is_an_error_that_gives_the_new_one(monkeypatch: pytest.MonkeyPatch, old: str) -> None:
    monkeypatch.setenv(old, "1")
    with pytest.raises(FunAudioError, match=rf"{old} was renamed to {settings.OLD_NAMES[old]}\."):
        settings.read()
    monkeypatch.setenv(old, "")  # as compose.yaml passes variables that are not set
    settings.read()


def test_old_names_have_no_new_meaning() -> None:
    names = {variable.metadata["variable"] for variable in fields(settings.Settings)}
    assert set(settings.OLD_NAMES.values()) <= names
    assert not names & set(settings.OLD_NAMES)


def test_documentation_has_the_table() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    table = text.split("<!-- settings:begin -->\n")[1].split("\n<!-- settings:end -->")[0]
    assert table == settings.markdown_table(), "Copy the output of `python -m funaudio_core.settings`."
