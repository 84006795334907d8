"""Loader: engines on offer, progress of loading, and the memory limit."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from funaudio_core import settings
from funaudio_core.engines import campplus, ge2e, hibari, kokoro, loader, preload, pyannote, registry
from funaudio_core.engines.hibari import model as hibari_model
from funaudio_core.engines.kokoro import model as kokoro_model
from funaudio_core.engines.spec import EngineSpec, register
from funaudio_core.errors import BadInput, Unsupported, WeightsMissing
from funaudio_core.gpu import device, zerogpu
from funaudio_core.text import language_id
from funaudio_core.weights import sources, store
from funaudio_core.weights.catalog import ARTIFACTS, Artifact, File


def spec(
    name: str,
    tier: str,
    load: Callable[[], str] | None = None,
    artifacts: tuple[str, ...] = (),
    *,
    needs_gpu: bool = False,
) -> EngineSpec[str]:
    return EngineSpec(
        name, name, tier, frozenset(), "", "", load or (lambda: name), artifacts=artifacts, needs_gpu=needs_gpu
    )


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Use default settings, an empty loader, and artifacts of a gigabyte each."""
    monkeypatch.delenv("FUNAUDIO_TIER", raising=False)
    monkeypatch.setattr(sys.modules["funaudio_core.engines.loader"], "_loaded", OrderedDict())
    files = (File("model.pt", 1_000_000_000, ""),)
    for name in ("rare-files", "a", "b", "c"):
        monkeypatch.setitem(ARTIFACTS, name, Artifact(name, name, "", "", files))
    settings.read.cache_clear()
    yield
    settings.read.cache_clear()


@pytest.mark.parametrize(
    ("tier", "gpu", "names"),
    [
        ("lite", True, ["small"]),
        ("full", False, ["large", "huge", "small"]),
        ("auto", True, ["large", "huge", "small"]),
        ("auto", False, ["small", "large", "huge"]),
    ],
)
def test_tier_selects_and_orders_engines(
    monkeypatch: pytest.MonkeyPatch, tier: str, gpu: bool, names: list[str]
) -> None:
    monkeypatch.setenv("FUNAUDIO_TIER", tier)
    monkeypatch.setattr(device, "has_gpu", lambda: gpu)
    rows = register(spec("small", "lite"), spec("large", "full"), spec("huge", "full"))
    assert list(registry.available(rows)) == names


@pytest.mark.parametrize(
    ("tier", "gpu", "names"),
    [("auto", False, ["small"]), ("auto", True, ["slow", "small"]), ("full", False, ["slow", "small"])],
)
def test_engine_that_needs_a_gpu_is_hidden_without_one(
    monkeypatch: pytest.MonkeyPatch, tier: str, gpu: bool, names: list[str]
) -> None:
    monkeypatch.setenv("FUNAUDIO_TIER", tier)
    monkeypatch.setattr(device, "has_gpu", lambda: gpu)
    assert list(registry.available(register(spec("small", "lite"), spec("slow", "full", needs_gpu=True)))) == names


def test_table_without_engines_of_the_tier_is_offered_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNAUDIO_TTS_URL", "http://127.0.0.1:8000/v1#model")  # "remote" without a server is refused
    for tier in settings.TIERS:
        monkeypatch.setenv("FUNAUDIO_TIER", tier)
        settings.read.cache_clear()
        assert list(registry.available(register(spec("only", "full")))) == ["only"]
        assert list(registry.available(register(spec("only", "lite")))) == ["only"]


def test_progress_is_reported_until_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    downloads: list[tuple[str, ...]] = []

    def fake_download(names: tuple[str, ...], progress: sources.Progress) -> None:
        downloads.append(names)
        progress(names[0], 30, 100)
        go.wait(180)

    monkeypatch.setattr(store, "download", fake_download)
    monkeypatch.setattr(store, "download_size", lambda _name: 100)
    rare = spec("rare", "full", artifacts=("rare-files",))
    steps = loader.load_with_progress(rare, poll_seconds=0.05)
    while (step := next(steps)).done == 0:
        pass
    assert (step.title, step.done, step.total) == ("rare", 30, 100)
    second = next(loader.load_with_progress(rare, poll_seconds=0.05))  # later callers share the load
    assert (second.done, second.total) == (30, 100)
    assert downloads == [("rare-files",)]
    go.set()
    assert all(later.total == 100 for later in steps)
    assert loader.load(rare) == "rare"
    assert list(loader.load_with_progress(rare)) == []


def test_loading_errors_are_raised() -> None:
    def broken() -> str:
        raise WeightsMissing("Nothing there. Get it.")

    with pytest.raises(WeightsMissing, match="Nothing there"):
        list(loader.load_with_progress(spec("broken", "full", broken)))


def test_system_exit_during_loading_is_raised() -> None:
    def gives_up() -> str:
        raise SystemExit("no driver")

    with pytest.raises(SystemExit, match="no driver"):
        list(loader.load_with_progress(spec("gives-up", "full", gives_up)))


def test_invalid_setting_is_raised_by_each_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_setting_errors", [])

    def invalid_setting() -> tuple[EngineSpec[str], ...]:
        raise BadInput("FUNAUDIO_CHAT_URL isn't a server address.")

    assert registry._from_settings(lambda: (spec("one", "lite"),))[0].name == "one"
    assert registry._from_settings(invalid_setting) == ()
    for _ in range(2):
        with pytest.raises(BadInput, match="FUNAUDIO_CHAT_URL isn't a server address"):
            registry.available(register(spec("one", "lite")))


def test_present_files_are_not_downloaded() -> None:
    assert store.download_size("ge2e") == 0
    assert store.download_size("sensevoice-small") == 936_681_768


def loaded_names() -> list[str]:
    """Return the loaded engines, the least recently used first."""
    return [kept.name for kept in loader.loaded_specs()]


def test_least_recently_used_engine_is_unloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNAUDIO_MODEL_MEMORY_GB", "2.5")
    settings.read.cache_clear()
    a, b, c = (spec(name, "full", artifacts=(name,)) for name in "abc")
    loader.load(a), loader.load(b)
    loader.load(a)
    assert loaded_names() == ["b", "a"]
    loader.load(c)
    assert loaded_names() == ["a", "c"]
    assert loader.size_bytes(c) == 1_000_000_000


def test_memory_beyond_the_files_counts() -> None:
    large = replace(spec("large", "full", artifacts=("a",)), extra_bytes=lambda: 5_000_000_000)
    assert loader.size_bytes(large) == loader.size_bytes(large, large) == 6_000_000_000
    assert loader.size_bytes(large, spec("small", "full", artifacts=("a",))) == 6_000_000_000


def test_engine_larger_than_the_limit_is_loaded_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNAUDIO_MODEL_MEMORY_GB", "0.5")
    settings.read.cache_clear()
    for each in (spec("a", "full", artifacts=("a",)), spec("b", "full", artifacts=("b",))):
        assert loader.load(each) == each.name
    assert loaded_names() == ["b"]


def test_memory_of_engine_being_built_is_reserved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNAUDIO_MODEL_MEMORY_GB", "2.5")
    settings.read.cache_clear()
    order: list[str] = []
    building, go = threading.Event(), threading.Event()

    def slow() -> str:
        order.append("b begins")
        building.set()
        assert go.wait(180)
        order.append("b ends")
        return "b"

    def after() -> str:
        order.append(f"c begins, {' '.join(loaded_names())} in memory")
        return "c"

    both = {f"{name}2": Artifact(name, name, "", "", (File("model.pt", 2_000_000_000, ""),)) for name in "bc"}
    for name, row in both.items():
        monkeypatch.setitem(ARTIFACTS, name, row)
    loader.load(spec("a", "full", artifacts=("a",)))
    specs = spec("b", "full", slow, ("b2",)), spec("c", "full", after, ("c2",))
    first = threading.Thread(target=loader.load, args=specs[:1])
    second = threading.Thread(target=loader.load, args=specs[1:])
    first.start()
    assert building.wait(180)
    assert loaded_names() == []  # a was unloaded
    second.start()
    second.join(0.5)
    assert order == ["b begins"]
    go.set()
    first.join(180)
    second.join(180)
    assert order == ["b begins", "b ends", "c begins,  in memory"]
    assert loaded_names() == ["c"]


def test_failed_load_releases_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNAUDIO_MODEL_MEMORY_GB", "1")
    settings.read.cache_clear()

    def broken() -> str:
        raise WeightsMissing("Nothing there. Get it.")

    for _ in range(2):
        with pytest.raises(WeightsMissing):
            loader.load(spec("a", "full", broken, ("a",)))
    loading = threading.Thread(target=loader.load, args=(spec("b", "full", artifacts=("b",)),), daemon=True)
    loading.start()
    loading.join(180)
    assert loaded_names() == ["b"]


def test_nested_load_does_not_deadlock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNAUDIO_MODEL_MEMORY_GB", "1")
    settings.read.cache_clear()
    inner = spec("b", "full", artifacts=("b",))
    outer = spec("a", "full", lambda: loader.load(inner) + "a", ("a",))
    loading = threading.Thread(target=loader.load, args=(outer,), daemon=True)
    loading.start()
    loading.join(180)
    assert loaded_names() == ["b", "a"]


def test_idle_engines_are_unloaded_and_reloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    built: list[str] = []
    a = spec("a", "full", lambda: built.append("a") or "a")  # type: ignore[func-returns-value]
    b = spec("b", "full")
    loader.load(a)
    now += 50
    loader.load(b)
    now += 20
    assert loader.unload_idle(60) == ("a",)
    assert loaded_names() == ["b"]
    loader.load(a)
    assert built == ["a", "a"]


def test_zerogpu_offers_preloaded_engines_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zerogpu, "is_zerogpu", lambda: True)
    monkeypatch.setattr(device, "has_gpu", lambda: True)
    rows = register(spec("small", "lite"), spec("large", "full"), spec("huge", "full"))
    assert list(registry.available(rows)) == ["small"]
    loader.load(rows["huge"])
    assert list(registry.available(rows)) == ["huge", "small"]


def test_start_prepares_the_default_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared: list[str] = []
    monkeypatch.setenv("FUNAUDIO_TIER", "lite")
    monkeypatch.setattr(loader, "load", lambda _spec: None)
    monkeypatch.setattr(language_id, "load", lambda: prepared.append("languages"))
    default_engines = (
        (registry.RECOGNIZERS, "whisper-base"),
        (registry.SYNTHESIZERS, "kokoro"),
        (registry.CHATBOTS, "smollm2-135m"),
    )
    for table, name in default_engines:
        row: EngineSpec[Any] = table[name]
        assert row.prepare is not None
        monkeypatch.setitem(table, name, replace(row, prepare=partial(prepared.append, name)))
    preload.preload()
    assert prepared == ["whisper-base", "kokoro", "smollm2-135m", "languages"]


@pytest.fixture
def on_demand(monkeypatch: pytest.MonkeyPatch) -> EngineSpec[str]:
    """Return an engine whose gigabyte is not on this machine."""
    monkeypatch.setattr(store, "download_size", lambda _: 1_000_000_000)
    return replace(spec("asked", "lite", artifacts=("a",)), on_demand=True)


def test_engine_on_demand_is_never_downloaded_unasked(
    on_demand: EngineSpec[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for load in (loader.load, lambda spec: next(loader.load_with_progress(spec))):
        with pytest.raises(Unsupported, match=r"1\.0 GB to download.*python -m funaudio_core\.weights a"):
            load(on_demand)
    monkeypatch.setattr(store, "download_size", lambda _: 0)
    assert loader.load(on_demand) == "asked"


@pytest.mark.parametrize(
    ("downloads", "is_zerogpu", "is_there", "is_offered"),
    [("on", False, False, True), ("off", False, False, False), ("off", False, True, True), ("on", True, True, False)],
)
def test_engine_on_demand_is_offered_where_it_may_come(
    on_demand: EngineSpec[str],
    monkeypatch: pytest.MonkeyPatch,
    downloads: str,
    is_zerogpu: bool,
    is_there: bool,
    is_offered: bool,
) -> None:
    monkeypatch.setenv("FUNAUDIO_DOWNLOADS", downloads)
    monkeypatch.setattr(zerogpu, "is_zerogpu", lambda: is_zerogpu)
    if is_there:
        monkeypatch.setattr(store, "download_size", lambda _: 0)
    assert ("asked" in registry.available(register(spec("small", "lite"), on_demand))) == is_offered


@pytest.mark.parametrize("engine", [campplus.SPEC, pyannote.SPEC, hibari.SPEC, kokoro.SPEC])
def test_unloaded_engines_are_freed(engine: EngineSpec[object], monkeypatch: pytest.MonkeyPatch) -> None:
    class Session:
        """ONNX session that holds nothing."""

        def __init__(self, *_: object, **__: object) -> None:
            self.input_shapes: dict[str, list[int]] = {}

    opened: list[weakref.ref[Session]] = []

    def open_session(*_: object, **__: object) -> Session:
        session = Session()
        opened.append(weakref.ref(session))
        return session

    monkeypatch.setattr(store, "cached", lambda *_: Path("graph.onnx"))
    monkeypatch.setattr(store, "artifact_dir", lambda _: Path())
    for module in (campplus, pyannote, kokoro_model):
        monkeypatch.setattr(module, "OnnxSession", open_session)
    monkeypatch.setattr(hibari_model, "_open_session", open_session)
    assert loader.load(engine)
    assert opened[0]() is not None
    assert loader.unload_idle(-1.0) == (engine.name,)
    gc.collect()
    assert opened[0]() is None


def test_unloaded_encoder_of_voice_match_is_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Encoder:
        """Encoder without weights."""

        def __init__(self, *_: object) -> None: ...

    monkeypatch.setattr(store, "artifact_dir", lambda _: Path())
    monkeypatch.setattr(ge2e, "GE2E", Encoder)
    encoder = weakref.ref(loader.load(ge2e.SPEC))
    assert loader.load(ge2e.SPEC) is encoder()
    assert loader.unload_idle(-1.0) == ("ge2e",)
    gc.collect()
    assert encoder() is None


def test_memory_of_a_model_may_exceed_its_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ARTIFACTS, "b", replace(ARTIFACTS["b"], memory_bytes=1_500_000_000))
    first, second = spec("first", "lite", artifacts=("a", "b")), spec("second", "lite", artifacts=("b",))
    assert loader.size_bytes(first, second) == 2_500_000_000
