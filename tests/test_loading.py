"""Which engines are offered, and how their first loading is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from funaudio_core import engines, gpu, settings, weights
from funaudio_core.engines.base import Spec, table
from funaudio_core.errors import WeightsMissing


def spec(
    name: str, tier: str, load: object = None, artifacts: tuple[str, ...] = (), *, needs_gpu: bool = False
) -> Spec[str]:
    return Spec(name, name, tier, frozenset(), "", "", load or (lambda: name), weights=artifacts, gpu=needs_gpu)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("FUNAUDIO_TIER", raising=False)
    settings.read.cache_clear()
    yield
    settings.read.cache_clear()


@pytest.mark.parametrize(
    ("tier", "lent", "names"),
    [
        ("lite", True, ["small"]),
        ("full", False, ["large", "huge", "small"]),
        ("auto", True, ["large", "huge", "small"]),
        ("auto", False, ["small", "large", "huge"]),
    ],
)
def test_the_tier_says_what_is_offered_and_what_comes_first(
    monkeypatch: pytest.MonkeyPatch, tier: str, lent: bool, names: list[str]
) -> None:
    monkeypatch.setenv("FUNAUDIO_TIER", tier)
    monkeypatch.setattr(gpu, "available", lambda: lent)
    rows = table(spec("small", "lite"), spec("large", "full"), spec("huge", "full"))
    assert list(engines.offered(rows)) == names


@pytest.mark.parametrize(
    ("tier", "lent", "names"),
    [("auto", False, ["small"]), ("auto", True, ["slow", "small"]), ("full", False, ["slow", "small"])],
)
def test_what_is_too_slow_without_a_gpu_is_offered_there_only_on_demand(
    monkeypatch: pytest.MonkeyPatch, tier: str, lent: bool, names: list[str]
) -> None:
    monkeypatch.setenv("FUNAUDIO_TIER", tier)
    monkeypatch.setattr(gpu, "available", lambda: lent)
    assert list(engines.offered(table(spec("small", "lite"), spec("slow", "full", needs_gpu=True)))) == names


def test_a_table_of_one_tier_is_offered_whole_whatever_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for tier in settings.TIERS:
        monkeypatch.setenv("FUNAUDIO_TIER", tier)
        settings.read.cache_clear()
        assert list(engines.offered(table(spec("only", "full")))) == ["only"]
        assert list(engines.offered(table(spec("only", "lite")))) == ["only"]


def test_loading_tells_how_far_it_is_and_then_keeps_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    gathered: list[tuple[str, ...]] = []

    def gather(names: tuple[str, ...], progress: weights.Progress) -> None:
        gathered.append(names)
        progress(names[0], 30, 100)
        go.wait(30)

    monkeypatch.setattr(weights, "gather", gather)
    monkeypatch.setattr(weights, "to_fetch", lambda _name: 100)
    rare = spec("rare", "full", artifacts=("rare-files",))
    steps = engines.loading(rare, every=0.05)
    while (step := next(steps)).done == 0:
        pass
    assert (step.title, step.done, step.total) == ("rare", 30, 100)
    second = next(engines.loading(rare, every=0.05))  # whoever comes later watches the same loading
    assert (second.done, second.total) == (30, 100)
    assert gathered == [("rare-files",)]
    go.set()
    assert all(later.total == 100 for later in steps)
    assert engines.load(rare) == "rare"
    assert list(engines.loading(rare)) == []


def test_what_fails_while_loading_reaches_whoever_waits() -> None:
    def broken() -> str:
        raise WeightsMissing("Nothing there. Get it.")

    with pytest.raises(WeightsMissing, match="Nothing there"):
        list(engines.loading(spec("broken", "full", broken)))


def test_what_lies_here_need_not_be_fetched() -> None:
    assert weights.to_fetch("ge2e") == 0
    assert weights.to_fetch("sensevoice-small") == 936_681_768
