"""Tests of the names of models and voices, for engines of every tier."""

from __future__ import annotations

import pytest

from funaudio_core.engines import registry
from funaudio_core.errors import BadInput
from server.openai_api import names
from server.openai_api.errors import ModelNotFound
from server.openai_api.names import OPENAI_VOICES, find_engine, find_voice

pytestmark = pytest.mark.usefixtures("full_tier")


@pytest.fixture(params=["cosyvoice3", "cosyvoice2"])
def cloning_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize(
    ("model", "engine"),
    [
        *(("kokoro", "kokoro"), ("Kokoro-82M", "kokoro"), ("cosyvoice2", "cosyvoice2"), ("CosyVoice", "cosyvoice3")),
        *(("FunAudioLLM/CosyVoice2-0.5B", "cosyvoice2"), ("iic/CosyVoice2-0.5B", "cosyvoice2")),
        *(("FunAudioLLM/Fun-CosyVoice3-0.5B-2512", "cosyvoice3"), ("tts-1", None), ("default", None), ("", None)),
        *(("gpt-4o-mini-tts", None), ("openai/gpt-4o-mini-tts", None), (" TTS-1-HD ", None)),
    ],
)
def test_synthesizers(model: str, engine: str | None) -> None:
    found = find_engine(registry.SYNTHESIZERS, model)
    assert (found.name if found else None) == engine


@pytest.mark.parametrize(
    ("model", "engine"),
    [
        *(("FunAudioLLM/SenseVoiceSmall", "sensevoice-small"), ("iic/SenseVoiceSmall", "sensevoice-small")),
        *(
            ("sensevoice", "sensevoice-small"),
            ("Fun-ASR-Nano-2512", "fun-asr-nano"),
            ("whisper-base.en", "whisper-base"),
        ),
        *(("FunAudioLLM/Fun-ASR-MLT-Nano-2512", "fun-asr-mlt-nano"), ("whisper-large-v3-turbo", None)),
        *(("gpt-4o-transcribe-diarize", None), ("whisper-1", None), ("whisper", None)),
    ],
)
def test_recognizers(model: str, engine: str | None) -> None:
    found = find_engine(registry.RECOGNIZERS, model)
    assert (found.name if found else None) == engine


@pytest.mark.parametrize("model", ["parrot", "gpt-4o", "base", "k", "small", "o"])
def test_other_names_are_unknown(model: str) -> None:
    with pytest.raises(ModelNotFound, match="Choose one of: whisper-base"):
        find_engine(registry.RECOGNIZERS, model)


@pytest.mark.parametrize("name", OPENAI_VOICES)
@pytest.mark.parametrize("language", ["en", "es", "zh", "ja", "fr", "pt"])
def test_a_voice_of_openai_keeps_its_sex_where_kokoro_has_it(name: str, language: str) -> None:
    key, voice = find_voice(name, "kokoro", language)
    assert (voice.preset, voice.language) == (key, language)
    has_it = any(
        other.sex == OPENAI_VOICES[name].sex
        for other in registry.SYNTHESIZERS["kokoro"].voices
        if other.language == language
    )  # French has one voice
    assert voice.sex == OPENAI_VOICES[name].sex or not has_it
    assert "santa" not in key


@pytest.mark.parametrize("name", OPENAI_VOICES)
@pytest.mark.parametrize(
    ("language", "female", "male"), [("en", "en_happy", "en_neutral"), ("zh", "zh_happy", "zh_neutral")]
)
def test_an_engine_that_imitates_clips_uses_the_plainest_example(
    cloning_engine: str, name: str, language: str, female: str, male: str
) -> None:
    key, voice = find_voice(names.canonical_voice(name.upper(), cloning_engine), cloning_engine, language)
    assert key == (female if OPENAI_VOICES[name].sex == "female" else male)
    assert voice.clip is not None


def test_an_unknown_voice_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadInput, match=r"no voice called 'nobody'\. Choose one of: af_heart"):
        names.canonical_voice("nobody", "kokoro")
