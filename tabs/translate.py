"""The Translate page: speech in one language to speech in another, stage by stage. Knows tasks, never engines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import gradio as gr

from funaudio_core import languages
from funaudio_core.engines import preload, registry, selection, voice_catalog
from funaudio_core.engines.protocols import Synthesizer, Translator
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.labels import EMOTIONS
from funaudio_core.pipelines.stages import Progress, Recognized, SpeechPiece
from funaudio_core.pipelines.translate import Done, Translated
from funaudio_core.runtime import telemetry
from funaudio_core.runtime.prefetch import prefetch
from funaudio_core.tasks import chat, reference, translation
from funaudio_core.text import subtitles
from funaudio_core.types import Audio, Emotion, Voice
from server.events import QUEUE_OPTIONS, add_endpoint, handler, queued_handler
from server.params import AUTO, parse_language
from server.request import localize
from tabs.components import engine_picker, language_pairs, speech_output
from tabs.components.inputs import TURN_SECONDS, clip_examples, clip_input, engine_dropdown, read_clip
from tabs.components.layout import heading, loading_text, on_page_load, progress_text, status_line
from tabs.components.outputs import (
    disabled_download,
    download_buttons,
    enabled_download,
    labelled_html,
    stem,
    write_file,
    write_wav,
)
from tabs.components.player import SILENT, Playback, build_player
from tabs.components.strings import t

NAME = "translate"
FIRST = "es"  # the target offered at first: the first example clips are English
SKIP = gr.skip()
WIDTH, STATUS = 11, 0  # values that a handler yields, and the place of the status line among them
GLOSSARY = "glossary"  # the capability of translators that keep to one
MAX_GLOSSARY = 10_000  # characters in the box
UNHEARD = Emotion("neutral", 0.0)


@dataclass(frozen=True, eq=False, slots=True)
class Last:
    """What the last translation was made with, to speak an edited one alike."""

    target: str
    voice: Voice
    by: selection.EngineChoice
    emotion: Emotion = UNHEARD


@queued_handler(width=WIDTH, status=STATUS)
def on_translate(
    path: str | None,
    source: str,
    target: str,
    same_voice: bool,
    engine: str,
    translator: str,
    ear: str,
    glossary: str | None,
) -> Iterator[tuple[Any, ...]]:
    """Each stage as soon as it is ready; from a translator that works sentence by sentence, many times in turn."""
    clip = read_clip(path, limit=TURN_SECONDS)
    yield (localize("Transcribing…"), SILENT, "", "", None, "", *[disabled_download()] * 4, None)
    by = selection.EngineChoice(recognizer=ear, translator=translator, synthesizer=engine)
    code, mind = parse_language(source), _translator(by)
    listener = selection.recognizer_for_dialogue(by, code)
    for status in loading_text(preload.load_all(listener, mind, engine_picker.spec_of(engine))):
        yield (status, *[SKIP] * (WIDTH - 1))
    last = Last(target, voice_for(clip, target, same_voice, engine), by)
    terms = (glossary or "") if GLOSSARY in mind.capabilities else ""  # the box tells that it isn't used
    yield from _show(translation.translate_speech(clip, code, target, last.voice, by, terms), last, path, clip.duration)


def _translator(by: selection.EngineChoice) -> EngineSpec[Translator]:
    return selection.resolve(registry.TRANSLATORS, by.translator)


@queued_handler(width=WIDTH, status=STATUS)
def on_respeak(text: str, last: Last | None, path: str | None) -> Iterator[tuple[Any, ...]]:
    """Speak the edited translation with the language, voice and feeling of the last run."""
    if last is None:
        raise BadInput("No translation yet. Translate a clip first, then edit the text and speak it again.")
    yield (localize("Speaking the edited translation…"), SILENT, *[SKIP] * 9)
    for status in loading_text(preload.load_all(engine_picker.spec_of(last.by.synthesizer))):
        yield (status, *[SKIP] * (WIDTH - 1))
    yield from _show(translation.respeak(text, last.target, last.emotion.label, last.voice, last.by), last, path)


def _show(
    events: Iterator[translation.TranslationEvent], last: Last, path: str | None, seconds: float = 0.0
) -> Iterator[tuple[Any, ...]]:
    """The stages as they come. Translations and speech may come before all is heard: seconds of the clip then are."""
    playback = Playback()
    heard: Recognized | None = None
    for event in prefetch(events):
        if isinstance(event, Progress):
            so_far = f'<p class="fa-heard-text">{escape(event.text)}</p>' if event.text else SKIP
            yield (progress_text(event.seconds, seconds), SKIP, so_far, *[SKIP] * 8)
        elif isinstance(event, Recognized):
            heard, last = event, replace(last, emotion=event.emotion)
            yield (
                localize("Translating…"),
                SKIP,
                said(event),
                SKIP,
                SKIP,
                feelings(event.emotion, None),
                *[SKIP] * 4,
                last,
            )
        elif isinstance(event, Translated):
            status = localize("Speaking…") if heard else localize("Translating while transcribing…")
            yield (status, SKIP, SKIP, event.text, *[SKIP] * 6, last)
        elif isinstance(event, SpeechPiece):
            yield (SKIP, playback.add(event.chunk.audio), *[SKIP] * 9)
        else:
            yield _finished(event, heard, last, path)


def _finished(done: Done, heard: Recognized | None, last: Last, path: str | None) -> tuple[Any, ...]:
    telemetry.record_speech(done.take.first_audio, done.take.seconds, done.take.audio.duration)
    text, language = done.translated.text, done.translated.language
    after = chat.classify_emotion(text, language, done.take.audio)
    cues = speech_output.cues(done.take, language)
    name = stem(path, "translation")
    source = SKIP
    if heard is not None:
        original = subtitles.to_srt(subtitles.segment_cues(heard.cues))
        source = enabled_download(write_file(original, f"{name}.{heard.language}.srt"))
    engine = engine_picker.spec_of(last.by.synthesizer).title
    return (
        localize("Done in {seconds:.1f} s. Generated by {engine}.", seconds=done.seconds, engine=engine),
        SKIP,
        SKIP,
        SKIP,
        speech_output.result(done.take, language),
        feelings(last.emotion, after),
        enabled_download(write_wav(done.take.audio, f"{name}.{language}.wav")),
        source,
        enabled_download(write_file(subtitles.to_srt(cues), f"{name}.{language}.srt")),
        enabled_download(write_file(subtitles.to_vtt(cues), f"{name}.{language}.vtt")),
        SKIP,
    )


def voice_for(clip: Audio, target: str, same_voice: bool, engine: str) -> Voice:
    """The speaker's own voice where it is wanted, else the first that speaks the target language."""
    if same_voice:
        return reference.make_voice(clip, None)
    if not voice_catalog.voices_for_language(target, engine):
        raise Unsupported(
            "No voice supports {language}. Choose another language.", language=languages.display_name(target)
        )
    return voice_catalog.get_voice("", engine, target)


def said(heard: Recognized) -> str:
    """The transcript with its language and emotion."""
    label = EMOTIONS[heard.emotion.label]
    return (
        f'<p class="fa-heard-text">{label.emoji} {escape(heard.text)}</p>'
        f"<small>{localize(languages.display_name(heard.language))}</small>"
    )


def feelings(before: Emotion, after: Emotion | None) -> str:
    """Emotion before and after, side by side."""

    def cell(title: str, emotion: Emotion | None) -> str:
        if emotion is None:
            return f"<td>{title}<br>…</td>"
        label = EMOTIONS[emotion.label]
        name, basis = localize(label.en), localize(emotion.basis)
        found = f"<b>{label.emoji} {name}</b> {emotion.confidence:.0%}<br><small>{basis}</small>"
        return f"<td>{title}<br>{found}</td>"

    cells = f"{cell(localize('original'), before)}<td>→</td>{cell(localize('translation'), after)}"
    return f'<table class="fa-check"><tr>{cells}</tr></table>'


def translate(
    clip: str,
    target: str,
    source: str = AUTO,
    same_voice: bool = False,
    engine: str = "",
    translator: str = "",
    recognizer: str = "",
    glossary: str = "",
) -> tuple[str, str, str, dict[str, Any]]:
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
        The WAV file, the transcript, the translation, and emotion and subtitles of both.
    """
    sound = read_clip(clip, limit=TURN_SECONDS)
    done = None
    voice = voice_for(sound, target, same_voice, engine)
    by = selection.EngineChoice(recognizer=recognizer, translator=translator, synthesizer=engine)
    for event in translation.translate_speech(sound, parse_language(source), target, voice, by, glossary):
        if isinstance(event, Done):
            done = event
    if done is None or done.recognized is None:
        raise BadInput("Nothing was translated. Use a clip with clear speech.")
    facts = {
        "language": done.recognized.language,
        "emotion": done.recognized.emotion.label,
        "source_srt": subtitles.to_srt(subtitles.segment_cues(done.recognized.cues)),
        "target_srt": subtitles.to_srt(speech_output.cues(done.take, target)),
        "engine": engine_picker.spec_of(engine).title,
        "translator": _translator(by).title,
        "recognizer": selection.recognizer_for_dialogue(by).title,
    }
    return write_wav(done.take.audio, "translation.wav"), done.recognized.text, done.translated.text, facts


@handler
def on_cast(engine: str, translator: str, ear: str, source: str, target: str) -> tuple[Any, ...]:
    """What can be spoken and heard, why other targets are missing, models, claim, and whether a glossary is kept to.

    For those who are to speak, translate and listen.
    """
    by = selection.EngineChoice(recognizer=ear, translator=translator, synthesizer=engine)
    choices = language_pairs.sources(by)
    source = language_pairs.among(choices, source) or AUTO
    mind = _translator(by)
    kept = GLOSSARY in mind.capabilities
    note = t("translate.glossary.how" if kept else "translate.glossary.unable")
    return (
        gr.Dropdown(choices, value=source),
        *language_pairs.targets(source, target, by),
        engine_picker.models(engine, mind, selection.recognizer_for_dialogue(by)),
        t(claim_of(engine_picker.spec_of(engine))),
        gr.Textbox(interactive=kept, info=note),
    )


@handler
def on_source(source: str, target: str, engine: str, translator: str, ear: str) -> tuple[Any, str]:
    """Offer the targets that the source can reach, and say why others are missing."""
    return language_pairs.targets(
        source, target, selection.EngineChoice(recognizer=ear, translator=translator, synthesizer=engine)
    )


def claim_of(spec: EngineSpec[Synthesizer]) -> str:
    """Which words say whether a voice that is kept is cloned."""
    return "translate.claim.clone" if engine_picker.CLONES in spec.capabilities else "translate.claim"


def build() -> None:
    """Lay the page out and wire it."""
    mind, first = _translator(selection.DEFAULT_CHOICE), engine_picker.default_synthesizer()
    models, claim = heading(NAME, first, mind, selection.recognizer_for_dialogue(), claim=claim_of(first))
    state = gr.State(None, time_to_live=3600)
    with gr.Row():
        with gr.Column():
            clip = clip_input("clip")
            clip_examples(clip)
            with gr.Row(elem_classes="fa-choices"):
                choices = language_pairs.sources(selection.DEFAULT_CHOICE)
                spoken = language_pairs.among(choices, AUTO) or AUTO
                source = gr.Dropdown(choices, value=spoken, label=t("translate.source"))
                choices = language_pairs.reachable(spoken, selection.DEFAULT_CHOICE)
                target = gr.Dropdown(choices, value=language_pairs.among(choices, FIRST), label=t("translate.target"))
            reasons = gr.HTML(language_pairs.missing(spoken))
            same = gr.Checkbox(False, label=t("translate.same_voice"))
            cast, glossary = _build_cast()
            with gr.Row():
                run = gr.Button(t("translate.run"), variant="primary")
                stop = gr.Button(t("stop"), variant="stop")
        with gr.Column():
            status = status_line()
            live = build_player("fa-live-translate")
            heard = labelled_html("translate.heard")
            text = gr.Textbox(label=t("translate.translation"), lines=2, interactive=True)
            again = gr.Button(t("translate.respeak"))
            result = gr.Audio(label=t("result"), interactive=False)
            emotion = labelled_html("translate.emotion")
            with gr.Row():
                files = download_buttons("wav", "translate.srt_source", "translate.srt_target", "vtt")
    shown = [status, live, heard, text, result, emotion, *files, state]
    run.click(
        on_translate,
        [clip, source, target, same, *cast, glossary],
        shown,
        api_name="on_translate",
        **QUEUE_OPTIONS,
        api_visibility="undocumented",
    )
    again.click(on_respeak, [text, state, clip], shown, api_visibility="private", **QUEUE_OPTIONS)
    speech_output.wire_stop(stop, status, live, __name__)
    source.change(on_source, [source, target, *cast], [target, reasons], api_visibility="private")
    followers = [source, target, reasons, models, claim, glossary]
    for picker in cast:
        picker.change(on_cast, [*cast, source, target], followers, api_visibility="private")
    if engine_picker.is_dynamic(first, mind, selection.recognizer_for_dialogue()):
        begin = (first.name, mind.name, selection.recognizer_for_dialogue().name, spoken, FIRST)
        on_page_load(lambda: on_cast(*begin), followers)
    else:
        on_page_load(lambda: language_pairs.missing(spoken), reasons)
    _expose()


def _build_cast() -> tuple[list[gr.Dropdown], gr.Textbox]:
    """The choice of who speaks, translates and listens, and the glossary; nothing to see where there is no choice."""
    speakers, translators, ears = (
        registry.available(registry.SYNTHESIZERS),
        registry.available(registry.TRANSLATORS),
        engine_picker.recognizers(),
    )
    able = [spec for spec in translators.values() if GLOSSARY in spec.capabilities]
    kept = _translator(selection.DEFAULT_CHOICE) in able
    with gr.Accordion(t("more"), open=False, visible=engine_picker.choice(speakers, translators, ears) or bool(able)):
        hears = engine_dropdown(ears, "engine.hears")
        translator = engine_dropdown(translators, "translate.translator")
        engine = engine_picker.build_engine("engine.speaks")
        glossary = gr.Textbox(
            label=t("translate.glossary"),
            info=t("translate.glossary.how" if kept else "translate.glossary.unable"),
            lines=3,
            max_length=MAX_GLOSSARY,
            interactive=kept,
            visible=bool(able),
        )
    return [engine, translator, hears], glossary


def _expose() -> None:
    add_endpoint(
        translate,
        [
            gr.Audio(type="filepath", visible=False),
            gr.Textbox("en", visible=False),
            gr.Textbox(AUTO, visible=False),
            gr.Checkbox(False, visible=False),
            *[gr.Textbox("", visible=False) for _ in range(4)],
        ],
        [
            gr.Audio(type="filepath", visible=False),
            gr.Textbox(visible=False),
            gr.Textbox(visible=False),
            gr.JSON(visible=False),
        ],
        NAME,
    )
