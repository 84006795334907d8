"""Tests of the choice of a translator for each direction: the preferred one once its file is here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from funaudio_core import settings
from funaudio_core.engines import llama_cpp, loader, registry
from funaudio_core.engines.protocols import NO_CONTEXT, RecognitionOptions, TranslationContext
from funaudio_core.engines.selection import EngineChoice
from funaudio_core.engines.translators import (
    DirectedTranslator,
    translator_for,
    translators_by_direction,
    translators_into,
    used_translators,
)
from funaudio_core.errors import FunAudioError, Unsupported
from funaudio_core.pipelines.translation_routes import Route
from funaudio_core.tasks import recognition, translation
from funaudio_core.types import Audio, Segment, Transcript
from funaudio_core.weights.catalog import ARTIFACTS
from server.params import AUTO
from tabs.components.inputs import engine_choices, parse_engine
from tests.checkpoints import gguf as checkpoints_gguf

APERTIUM_PAIRS = frozenset({("en", "es"), ("es", "en"), ("es", "fr")})
CLIP = Audio(np.zeros(3 * 16_000, np.float32), 16_000)


class Echo:
    """Translator that returns its name with the text, and records the contexts."""

    def __init__(self, name: str, pairs: frozenset[tuple[str, str]]) -> None:
        self.name, self.pairs = name, pairs
        self.contexts: list[TranslationContext] = []

    def directions(self) -> frozenset[tuple[str, str]]:
        return self.pairs

    def translate(self, text: str, source: str, target: str, context: TranslationContext = NO_CONTEXT) -> str:
        if (source, target) not in self.pairs:
            raise Unsupported("{who} doesn't do that.", who=self.name)
        if text == "unusable":
            raise FunAudioError("No answer.")
        self.contexts.append(context)
        return f"{self.name}: {text}"


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Echo]]:
    """Put recording translators in place of both of the lite tier, whose file counts as absent; yield them by name."""
    rows = {name: registry.TRANSLATORS[name] for name in ("apertium", llama_cpp.ARTIFACT)}
    made = {name: Echo(name, spec.directions or APERTIUM_PAIRS) for name, spec in rows.items()}
    for name, spec in rows.items():
        row = replace(spec, load=partial(made.__getitem__, name), preferred=spec.on_demand)
        monkeypatch.setitem(registry.TRANSLATORS, name, row)
    monkeypatch.setenv("FUNAUDIO_TIER", "lite")
    settings.read.cache_clear()
    yield made
    settings.read.cache_clear()


@pytest.fixture
def present(engines: dict[str, Echo], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Echo]:
    """Let the tiny model be on this machine."""
    artifact = checkpoints_gguf.write(tmp_path / "weights")
    monkeypatch.setitem(ARTIFACTS, artifact.name, artifact)
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path))
    settings.read.cache_clear()
    assert not loader.download_size(registry.TRANSLATORS[llama_cpp.ARTIFACT])
    return engines


@pytest.fixture
def absent(engines: dict[str, Echo], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Echo]:
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path))
    monkeypatch.delenv("FUNAUDIO_WEIGHTS_DIR", raising=False)
    settings.read.cache_clear()
    return engines


def test_the_default_translates_everything_until_the_better_one_is_here(absent: dict[str, Echo]) -> None:
    assert [spec.name for spec in used_translators()] == ["apertium"]
    assert set(translators_by_direction()) == APERTIUM_PAIRS
    route = translation.directions()["es", "en"]
    assert route == Route(via_recognizer=True, text_pair=None)


def test_the_better_one_is_used_in_its_directions_once_it_is_here(present: dict[str, Echo]) -> None:
    owners = translators_by_direction()
    assert {pair for pair, spec in owners.items() if spec.name == llama_cpp.ARTIFACT} == llama_cpp.DIRECTIONS
    assert owners["es", "fr"].name == "apertium"
    assert translator_for("", "es", "en").name == llama_cpp.ARTIFACT
    assert translator_for("", "hi", "ko").name == "apertium"  # which says why not
    assert [spec.name for spec in translators_into("", None, "fr")] == [llama_cpp.ARTIFACT, "apertium"]
    assert [spec.name for spec in translators_into("", "es", "fr")] == ["apertium"]
    routes = translation.directions()
    assert routes["es", "en"] == Route(via_recognizer=False, text_pair=("es", "en"))
    assert routes["en", "zh"] == Route(via_recognizer=False, text_pair=("en", "zh"))
    assert translation.gist_targets("en") == {"ja"}


def test_a_chosen_translator_is_used_alone(present: dict[str, Echo]) -> None:
    assert [spec.name for spec in used_translators("apertium")] == ["apertium"]
    assert translation.directions(EngineChoice(translator="apertium"))["es", "en"] == Route(True, None)


def test_each_text_goes_to_the_engine_of_its_direction(present: dict[str, Echo]) -> None:
    translator = DirectedTranslator()
    context = TranslationContext(previous=(("a", "b"),))
    assert translator.translate("Hola", "es", "en", context) == f"{llama_cpp.ARTIFACT}: Hola"
    assert translator.translate("Hola", "es", "fr", context) == "apertium: Hola"
    assert present[llama_cpp.ARTIFACT].contexts == [context]
    assert present["apertium"].contexts == [TranslationContext()]  # which takes none
    assert ("es", "fr") not in translator.directions_with("incremental")
    with pytest.raises(Unsupported, match="apertium doesn't do that"):
        translator.translate("", "hi", "ko")


def test_the_picker_offers_the_automatic_choice(engines: dict[str, Echo]) -> None:
    assert engine_choices(registry.available(registry.TRANSLATORS))[0][1] == AUTO
    assert AUTO not in [name for _, name in engine_choices(registry.available(registry.CHATBOTS))]
    assert (parse_engine(AUTO), parse_engine("apertium")) == ("", "apertium")


# speech into English, of the API


def heard(*segments: Segment) -> Transcript:
    return Transcript(segments, segments[0].language if segments else "", 1.0, 3.0, "Somebody")


def english_of(monkeypatch: pytest.MonkeyPatch, *segments: Segment) -> tuple[Transcript, list[RecognitionOptions]]:
    """Return the English of a clip, and the options of the recognizer's runs."""
    asked: list[RecognitionOptions] = []

    def transcribe(_clips: object, options: RecognitionOptions, *_: object) -> Iterator[Transcript]:
        asked.append(options)
        if options.translate_to_english:
            yield heard(Segment(0.0, 1.0, "by ear", "en"))
            return
        for count in range(len(segments) + 1):
            yield heard(*segments[:count])

    monkeypatch.setattr(recognition, "transcribe_conversation", transcribe)
    monkeypatch.setattr(recognition, "transcribe_long", transcribe)
    *_, last = translation.translate_to_english([CLIP], RecognitionOptions(translate_to_english=True), "whisper-base")
    return last, asked


def test_speech_is_translated_by_text_where_that_is_better(
    present: dict[str, Echo], monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken = Segment(0.0, 1.0, "Hola", "es"), Segment(1.0, 2.0, "Hello", "en"), Segment(2.0, 3.0, "Salut", "fr")
    last, asked = english_of(monkeypatch, *spoken)
    assert [s.text for s in last.segments] == [f"{llama_cpp.ARTIFACT}: Hola", "Hello", "by ear"]
    assert [(s.start, s.end) for s in last.segments] == [(0.0, 1.0), (1.0, 2.0), (2.0, 3.0)]
    assert (last.language, {s.language for s in last.segments}) == ("en", {"en"})
    assert [options.translate_to_english for options in asked] == [False, True]  # the French segment alone


def test_the_recognizer_translates_other_languages_at_once(
    present: dict[str, Echo], monkeypatch: pytest.MonkeyPatch
) -> None:
    last, asked = english_of(monkeypatch, Segment(0.0, 1.0, "Salut", "fr"), Segment(1.0, 2.0, "Hola", "es"))
    assert last.text == "by ear"
    assert [options.translate_to_english for options in asked] == [False, True]


def test_the_recognizer_translates_what_the_translator_cannot(
    present: dict[str, Echo], monkeypatch: pytest.MonkeyPatch
) -> None:
    last, _ = english_of(monkeypatch, Segment(0.0, 1.0, "unusable", "es"))
    assert last.text == "by ear"


def test_the_recognizer_translates_until_the_better_one_is_here(
    absent: dict[str, Echo], monkeypatch: pytest.MonkeyPatch
) -> None:
    last, asked = english_of(monkeypatch, Segment(0.0, 1.0, "Hola", "es"))
    assert last.text == "by ear"
    assert [options.translate_to_english for options in asked] == [True]
