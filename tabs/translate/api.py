"""The endpoint and tool of the Translate page, and the voice of a translation."""

from __future__ import annotations

from typing import Any

from funaudio_core import languages
from funaudio_core.engines import selection, voice_catalog
from funaudio_core.engines.translators import translator_for
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.pipelines.translate import Done
from funaudio_core.tasks import reference, synthesis, translation
from funaudio_core.text import subtitles
from funaudio_core.types import Audio, Voice
from server.params import AUTO, AudioPath, parse_language
from tabs.components import engine_picker, speech_output
from tabs.components.inputs import MAX_TURN_SECONDS, read_clip
from tabs.components.outputs import write_wav


def voice_for(clip: Audio, target: str, same_voice: bool, engine: str) -> Voice:
    """Return the speaker's own voice if it is to be kept, else the first voice of the target language."""
    if same_voice:
        return reference.make_voice(clip, None)
    if not voice_catalog.voices_for_language(target, engine):
        raise Unsupported(
            "No voice supports {language}. Choose another language.", language=languages.display_name(target)
        )
    return voice_catalog.get_voice("", engine, target)


def translate(
    clip: AudioPath,
    target: str = "en",
    source: str = AUTO,
    same_voice: bool = False,
    engine: str = "",
    translator: str = "",
    recognizer: str = "",
    glossary: str = "",
) -> tuple[AudioPath, str, str, dict[str, Any]]:
    """Translate speech into speech in another language, keeping emotion and, optionally, voice.

    Args:
        clip: Audio file with speech.
        target: ISO 639 code of the target language, such as "en" or "es"; the choice depends on the tier.
        source: ISO 639 code of the spoken language, or "auto".
        same_voice: Keep the speaker's voice; true confirms that it is yours or that you have the speaker's permission.
        engine: Id of the speech model, such as "cosyvoice3" or "kokoro"; empty for the default.
        translator: Id of the translation model, such as "qwen-translate" or "apertium"; empty for the default.
        recognizer: Id of the recognition model, such as "whisper-base" or "sensevoice-small"; empty for the default.
        glossary: One "term = translation" per line; only for translation models that support glossaries, such as
            "qwen-translate".

    Returns:
        The WAV file, the transcript, the translation, emotion and subtitles of both, and the spoken words with their
        times.
    """
    audio = read_clip(clip, limit=MAX_TURN_SECONDS)
    done = None
    voice = voice_for(audio, target, same_voice, engine)
    engines = selection.EngineChoice(recognizer=recognizer, translator=translator, synthesizer=engine)
    for event in translation.translate_speech(audio, parse_language(source), target, voice, engines, glossary):
        if isinstance(event, Done):
            done = event
    if done is None or done.recognized is None:
        raise BadInput("Nothing was translated. Use a clip with clear speech.")
    facts = {
        "language": done.recognized.language,
        "emotion": done.recognized.emotion.label,
        "source_srt": subtitles.to_srt(subtitles.segment_cues(done.recognized.cues)),
        "target_srt": subtitles.to_srt(speech_output.cues(done.take, target)),
        "words": synthesis.word_table(done.take),
        "engine": engine_picker.spec_of(engine).title,
        "translator": translator_for(translator, done.recognized.language, target).title,
        "recognizer": selection.recognizer_for_dialogue(engines).title,
        "notes": [str(note) for note in (*audio.notes, *done.recognized.notes)],
    }
    return write_wav(done.take.audio, "translation.wav"), done.recognized.text, done.translated.text, facts
