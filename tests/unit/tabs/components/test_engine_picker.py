"""What an engine that is chosen brings to the pages: languages, voices, tags, words that it is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from funaudio_core.engines import preload, registry, voice_catalog
from funaudio_core.engines.loader import LoadProgress
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.languages import LANGUAGES
from funaudio_core.pipelines.self_check import TakeReport
from funaudio_core.pipelines.synthesize import attach_words, join_chunks
from funaudio_core.tasks import synthesis
from funaudio_core.text import instructions
from funaudio_core.types import Audio, Segment, SpeechChunk, Style, Transcript, Word
from funaudio_core.voices.examples import EXAMPLES
from tabs.components import engine_picker, speech_output
from tabs.components.engine_picker import VoiceInput
from tabs.components.reference_voice import ReferenceInput
from tabs.instruct import view

RATE = 24_000
CLONING = ("cosyvoice3", "cosyvoice2")


pytestmark = pytest.mark.usefixtures("full_tier")


def _sound(seconds: float) -> Audio:
    return Audio(np.full(round(seconds * RATE), 0.1, np.float32), RATE)


def test_every_tag_is_made_by_an_engine_and_every_engine_has_its_tags() -> None:
    specs = registry.SYNTHESIZERS.values()
    made = {name for spec in specs for name in spec.capabilities if name.startswith(("event:", "span:"))}
    assert {tag.capability for tag in instructions.EVENT_TAGS} == made
    assert len({(tag.opening, tag.closing) for tag in instructions.EVENT_TAGS}) == len(instructions.EVENT_TAGS)


def test_a_language_stays_where_the_engine_speaks_it() -> None:
    assert engine_picker.supported_language("de", "cosyvoice3") == "de"
    assert engine_picker.supported_language("de", "cosyvoice2") == "en"
    assert engine_picker.sample(LANGUAGES["de"].sample, "ja") == LANGUAGES["ja"].sample
    assert engine_picker.sample("My own words.", "ja") == "My own words."
    with pytest.raises(BadInput, match="Unknown model 'parrot'"):
        engine_picker.spec_of("parrot")


@pytest.mark.parametrize("engine", CLONING)
@pytest.mark.parametrize("language", ["en", "fr", "ko"])
def test_examples_are_voices_of_an_engine_that_clones(engine: str, language: str) -> None:
    """All of them in every language; those in the language first, and of these the neutral one."""
    voices = voice_catalog.voices_for_language(language, engine)
    assert len(voices) == len(EXAMPLES)
    spoken = [voice.language for voice in voices.values()]
    own = spoken.count(language)
    assert spoken[:own] == [language] * own
    assert next(iter(voices)) == (f"{language}_neutral" if own else "en_neutral")
    for voice in voices.values():
        assert voice.clip is not None
        assert 1 < voice.clip.duration < 30
        assert voice.text
    if language in engine_picker.spec_of(engine).languages:
        assert voice_catalog.get_voice("", engine, language) is next(iter(voices.values()))
    else:
        with pytest.raises(BadInput, match="doesn't support French"):
            voice_catalog.get_voice("", engine, language)
    assert engine_picker.voices(engine, language, "ja_happy").value == "ja_happy"
    assert engine_picker.OWN_VOICE in [name for _, name in engine_picker.voices(engine, language).choices]


def test_presets_are_those_of_the_language() -> None:
    assert next(iter(voice_catalog.voices_for_language("en", "kokoro"))) == "af_heart"
    update = engine_picker.voices("kokoro", "ja", "af_heart")
    assert update.value.startswith("j")
    assert engine_picker.OWN_VOICE not in [name for _, name in update.choices]
    own = VoiceInput(engine_picker.OWN_VOICE, ReferenceInput(None, "", consent=True))
    with pytest.raises(Unsupported, match="voice-clone"):
        own.resolve("en", "kokoro")
    with pytest.raises(BadInput, match=r"no voice called 'x'.*af_heart"):
        voice_catalog.get_voice("x", "kokoro")


@pytest.mark.parametrize("engine", CLONING)
def test_words_are_told_as_they_are_and_change_nothing_else(engine: str) -> None:
    wish = "  Twice as fast, very loudly,\n and [laughter]! "
    style = synthesis.style(wish, 1.5, engine)
    assert style == Style(rate=1.5, instruction=wish.strip())
    assert synthesis.instruction_for(style, "en", engine) == "Twice as fast, very loudly, and [laughter]!"
    assert synthesis.instruction_for(Style(), "en", engine) == ""
    assert synthesis.instruction_for(Style(), "yue", engine) == "请用广东话表达。"
    with pytest.raises(BadInput, match="the limit is 500"):
        synthesis.style("x" * 501, 1.0, engine)


def test_an_engine_that_reads_nothing_gets_what_is_understood() -> None:
    style = synthesis.style("20% faster", 1.5, "kokoro")
    assert style.rate == pytest.approx(1.8)
    assert synthesis.instruction_for(style, "en", "kokoro") == ""
    assert synthesis.style("twice as fast", 2.0, "kokoro").rate == instructions.LIMITS["rate"][1]
    assert "speed ×" in view.understood_html("20% faster", "en", engine_picker.spec_of("kokoro"))


@pytest.mark.parametrize("engine", CLONING)
def test_instructions_to_begin_with_are_told_word_for_word(engine: str) -> None:
    spec = engine_picker.spec_of(engine)
    assert spec.instruction_prompt is not None
    assert len({words for _, words in spec.instruction_prompt.presets}) == len(spec.instruction_prompt.presets)
    for label, words in view.preset_choices(spec):
        assert label.endswith(words)
        assert synthesis.instruction_for(synthesis.style(words, engine=engine), "zh", engine) == words
        assert words in view.understood_html(words, "zh", spec)
    assert "<b>" not in view.understood_html("<b>loud</b>", "en", spec)


def test_subtitles_of_an_engine_without_word_times_cover_the_take() -> None:
    """By pieces: a text lasts until the next one begins."""
    pieces = [SpeechChunk(_sound(1), "Good day."), SpeechChunk(_sound(0.5), ""), SpeechChunk(_sound(2), "How are you?")]
    take = join_chunks(pieces, 0.1, 1.0, 0)
    cues = speech_output.cues(take, "en")
    assert " ".join(cue.text for cue in cues) == "Good day. How are you?"
    assert cues[0].start == 0.0
    assert cues[-1].end == pytest.approx(3.5)
    assert [cue.start for cue in cues if "How" in cue.text] == [pytest.approx(1.5)]


def test_a_recording_said_again_keeps_its_words_and_their_times() -> None:
    words = (Word("Good", 0.2, 0.6), Word("day", 0.9, 1.3))
    heard = Transcript((Segment(0.2, 1.3, "Good day", "en", words=words),), "en", 1.0, 1.5, "Test")
    pieces = list(attach_words(iter([SpeechChunk(_sound(0.75), ""), SpeechChunk(_sound(0.75), "")]), heard))
    assert [piece.text for piece in pieces] == ["Good", "day"]
    take = join_chunks(pieces, 0.1, 1.0, 0)
    assert [word.text for word in take.words] == ["Good", "day"]
    assert [time for word in take.words for time in (word.start, word.end)] == pytest.approx([0.2, 0.6, 0.9, 1.3])


def test_loading_is_told_before_the_first_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """How far the engine is, then that it speaks, and at last which one it was."""

    def prepare(*specs: EngineSpec[Any]) -> Iterator[LoadProgress]:
        title = specs[0].title
        yield from (LoadProgress(title, 1_000_000, 5_000_000), LoadProgress(title, 5_000_000, 5_000_000))

    report = TakeReport("WER", 1.0, "", None, 0.1, 0.5, 0.0)
    monkeypatch.setattr(preload, "load_all", prepare)
    monkeypatch.setattr(synthesis, "speak", lambda _line, _engine: iter([SpeechChunk(_sound(1), "Hi.")]))
    monkeypatch.setattr(synthesis, "self_check", lambda _take, _line: report)
    line = synthesis.speech_request("Hi.", "en", voice_catalog.get_voice("", "cosyvoice2"), "cosyvoice2")
    told = [update["status"] for update in speech_output.synthesize(line, "cosyvoice2", 1)]
    loading = told.index("Downloading CosyVoice2-0.5B: 1 of 5 MB (first use only)…")
    assert told[loading + 1 : loading + 3] == ["Loading CosyVoice2-0.5B…", "Generating speech: 1.0 s so far…"]
    assert told[-1] == "Generated by CosyVoice2-0.5B."
