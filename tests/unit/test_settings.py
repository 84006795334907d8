"""The environment is read once and checked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from funaudio_core import settings
from funaudio_core.errors import BadInput


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    settings.read.cache_clear()
    yield
    settings.read.cache_clear()


def test_values_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNAUDIO_PORT", "8123")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert settings.read().port == 8123
    assert settings.read().hub is False
    assert settings.read().exact is False


def test_a_switch_is_on_where_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNAUDIO_EXACT", "yes")
    assert settings.read().exact is True


@pytest.mark.parametrize("value", ["many", "0", "1e9"])
def test_a_bad_value_names_variable_and_range(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("FUNAUDIO_THREADS", value)
    with pytest.raises(BadInput, match=r"FUNAUDIO_THREADS.*1.*64"):
        settings.read()


def test_the_address_is_ours_first_then_what_a_space_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = []
    for ours, space in (("10.0.0.1", "0.0.0.0"), ("", "0.0.0.0"), ("", "")):  # noqa: S104
        monkeypatch.setenv("FUNAUDIO_HOST", ours)
        monkeypatch.setenv("GRADIO_SERVER_NAME", space)
        settings.read.cache_clear()
        addresses.append(settings.read().host)
    assert addresses == ["10.0.0.1", "0.0.0.0", "127.0.0.1"]  # noqa: S104
