"""Tables of engines, in the order of the pages within a tier."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from funaudio_core.engines import (
    apertium,
    campplus,
    cosyvoice,
    firered,
    fun_asr,
    fun_audio_chat,
    ge2e,
    hibari,
    kokoro,
    llama_cpp,
    loader,
    perth,
    pyannote,
    qwen,
    remote,
    sensevoice,
    whisper,
)
from funaudio_core.engines.adapted import links
from funaudio_core.engines.emotion_words import engine as emotion_words
from funaudio_core.engines.llm.spoken import spoken_spec
from funaudio_core.engines.protocols import (
    AudioEventDetector,
    Chatbot,
    EmotionClassifier,
    Recognizer,
    SpeakerEncoder,
    SpeakerSegmenter,
    SpeechEmotionRecognizer,
    Synthesizer,
    Translator,
    VoiceConverter,
    Watermarker,
)
from funaudio_core.engines.smollm import engine as smollm
from funaudio_core.engines.spec import EngineSpec, get_spec, register
from funaudio_core.engines.spoken_chat import SpokenChatbot
from funaudio_core.errors import FunAudioError

_Engine = TypeVar("_Engine")
_setting_errors: list[FunAudioError] = []  # of settings that name engines; available() raises them


def _from_settings(build: Callable[[], tuple[EngineSpec[_Engine], ...]]) -> tuple[EngineSpec[_Engine], ...]:
    """Return the engines that settings name, or none if these are invalid; available() raises the error then.

    Raised here, during the import, it would end in a traceback.
    """
    try:
        return build()
    except FunAudioError as error:
        _setting_errors.append(error)
        return ()


def available(rows: dict[str, EngineSpec[_Engine]]) -> dict[str, EngineSpec[_Engine]]:
    """Return the engines of a table that this process offers; see loader.available().

    Raises:
        FunAudioError: A setting that names an engine is invalid.
    """
    for error in _setting_errors:
        raise type(error)(error.message)
    return loader.available(rows)


def find(rows: dict[str, EngineSpec[_Engine]], name: str) -> EngineSpec[_Engine]:
    """Return an engine of a table by name: one of available(), or one that somebody has trained.

    Raises:
        BadInput: There is none; the message lists the choices.
        Unsupported: This process doesn't offer the base of a trained one.
    """
    offered = available(rows)
    if name not in offered and links.is_adapted(name):
        return links.find(name, rows)
    return get_spec(offered, name)


def _getter(name: str) -> Callable[[], Chatbot]:
    """Return a function that loads the chatbot of that name."""
    return lambda: loader.load(CHATBOTS[name])


_recognizers: tuple[EngineSpec[Recognizer], ...] = (whisper.SPEC, sensevoice.SPEC, fun_asr.SPEC, fun_asr.MLT)
_synthesizers: tuple[EngineSpec[Synthesizer], ...] = (kokoro.SPEC, hibari.SPEC, cosyvoice.SPEC_V3, cosyvoice.SPEC_V2)

RECOGNIZERS: dict[str, EngineSpec[Recognizer]] = register(
    *_recognizers,
    *_from_settings(lambda: remote.recognizers(_recognizers)),
    *_from_settings(lambda: links.shared(*_recognizers)),
)
DETECTORS: dict[str, EngineSpec[AudioEventDetector]] = register(firered.SPEC)
EMOTION_CLASSIFIERS: dict[str, EngineSpec[EmotionClassifier]] = register(emotion_words.SPEC)
SPEECH_EMOTION_RECOGNIZERS: dict[str, EngineSpec[SpeechEmotionRecognizer]] = register(sensevoice.SPEC)
SYNTHESIZERS: dict[str, EngineSpec[Synthesizer]] = register(
    *_synthesizers,
    *_from_settings(lambda: remote.synthesizers(_synthesizers)),
    *_from_settings(lambda: links.shared(*_synthesizers)),
)
VOICE_CONVERTERS: dict[str, EngineSpec[VoiceConverter]] = register(
    cosyvoice.SPEC_V3,
    cosyvoice.SPEC_V2,
    *_from_settings(lambda: links.shared(cosyvoice.SPEC_V3, cosyvoice.SPEC_V2)),
)
CHATBOTS: dict[str, EngineSpec[Chatbot]] = register(
    smollm.SPEC, llama_cpp.CHATBOT, *_from_settings(qwen.chatbots), *_from_settings(remote.chatbots)
)
SPOKEN_CHATBOTS: dict[str, EngineSpec[SpokenChatbot]] = register(
    fun_audio_chat.SPEC,
    *_from_settings(remote.spoken_chatbots),
    *_from_settings(lambda: links.shared(fun_audio_chat.SPEC)),
    *(spoken_spec(spec, _getter(name)) for name, spec in CHATBOTS.items()),
)
TRANSLATORS: dict[str, EngineSpec[Translator]] = register(
    apertium.SPEC, llama_cpp.TRANSLATOR, *_from_settings(qwen.translators), *_from_settings(remote.translators)
)
SPEAKER_ENCODERS: dict[str, EngineSpec[SpeakerEncoder]] = register(campplus.SPEC, ge2e.SPEC)
SPEAKER_SEGMENTERS: dict[str, EngineSpec[SpeakerSegmenter]] = register(pyannote.SPEC)
WATERMARKERS: dict[str, EngineSpec[Watermarker]] = register(perth.SPEC)
