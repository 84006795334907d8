"""The Translate page: speech in one language becomes speech in another, stage by stage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import gradio as gr

from funaudio_core.engines import preload, registry, selection
from funaudio_core.engines.protocols import Synthesizer, Translator
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.engines.translators import translators_into, used_translators
from funaudio_core.errors import BadInput
from funaudio_core.pipelines.stages import Progress, Recognized, SpeechPiece
from funaudio_core.pipelines.translate import Done, Translated
from funaudio_core.runtime import telemetry
from funaudio_core.runtime.prefetch import prefetch
from funaudio_core.tasks import chat, translation
from funaudio_core.text import subtitles
from funaudio_core.types import Audio, Emotion, Voice
from server.events import QUEUE_OPTIONS, add_endpoint, handler, queued_handler
from server.params import AUTO, parse_language
from server.request import localize
from server.updates import Update, connect
from tabs.components import demonstrations, engine_picker, speech_output
from tabs.components.demonstrations import Demonstration
from tabs.components.inputs import MAX_TURN_SECONDS, read_clip
from tabs.components.layout import heading, loading_text, progress_text
from tabs.components.outputs import (
    disabled_download,
    enabled_download,
    stem,
    write_file,
    write_wav,
)
from tabs.components.page.page_load import on_page_load, page_opened
from tabs.components.player import SILENT, Playback
from tabs.components.strings import t
from tabs.translate import language_pairs, view
from tabs.translate.api import translate, voice_for
from tabs.translate.controls import (
    DEFAULT_TARGET,
    GLOSSARY,
    EnginesInput,
    TranslateControls,
    TranslateRequest,
    build_controls,
    build_output,
    followers,
    glossary_hint,
)

NAME = "translate"
NO_EMOTION = Emotion("neutral", 0.0)


@dataclass(frozen=True, eq=False, slots=True)
class LastTranslation:
    """Settings of the last translation, with which its edited text is spoken."""

    target: str
    voice: Voice
    engines: selection.EngineChoice
    emotion: Emotion = NO_EMOTION


@queued_handler()
def on_translate(request: TranslateRequest) -> Iterator[Update]:
    """Show each stage as soon as it is ready, and the stages of an incremental translator many times in turn."""
    clip = read_clip(request.clip, limit=MAX_TURN_SECONDS)
    empty = {name: disabled_download() for name in ("wav", "source_srt", "target_srt", "vtt")}
    status = localize("Transcribing…")
    yield Update(status=status, live=SILENT, transcript="", text="", result=None, emotions="", last=None, **empty)
    engines, source = request.engines.choice(), parse_language(request.source)
    synthesizer, recognizer = (
        engine_picker.spec_of(engines.synthesizer),
        selection.recognizer_for_dialogue(engines, source),
    )
    translators = translators_into(engines.translator, source, request.target)
    for status in loading_text(preload.load_all(recognizer, *translators, synthesizer)):
        yield Update(status=status)
    voice = voice_for(clip, request.target, request.same_voice, engines.synthesizer)
    last = LastTranslation(request.target, voice, engines)
    # the page says so if the translator doesn't use the glossary
    glossary = (request.glossary or "") if _uses_glossary(translators) else ""
    events = translation.translate_speech(clip, source, request.target, voice, engines, glossary)
    yield from _show(events, last, request.clip, clip)


def _uses_glossary(translators: Sequence[EngineSpec[Translator]]) -> bool:
    """Return whether all translators that may be used keep to a glossary."""
    return all(GLOSSARY in spec.capabilities for spec in translators)


@queued_handler()
def on_respeak(text: str, last: LastTranslation | None, path: str | None) -> Iterator[Update]:
    """Speak the edited translation with the language, voice and emotion of the last one."""
    if last is None:
        raise BadInput("No translation yet. Translate a clip first, then edit the text and speak it again.")
    yield Update(status=localize("Speaking the edited translation…"), live=SILENT)
    yield from speech_output.load_synthesizer(last.engines.synthesizer)
    yield from _show(translation.respeak(text, last.target, last.emotion.label, last.voice, last.engines), last, path)


def _show(
    events: Iterator[translation.TranslationEvent], last: LastTranslation, path: str | None, clip: Audio | None = None
) -> Iterator[Update]:
    """Show the events of a translation.

    Args:
        events: Events of the task; translations and speech may come before the whole clip is transcribed.
        last: Settings of the translation.
        path: Path of the clip.
        clip: The clip, if it is translated.
    """
    playback = Playback()
    recognized: Recognized | None = None
    for event in prefetch(events):
        if isinstance(event, Progress):
            partial = {"transcript": view.partial_html(event.text)} if event.text else {}
            yield Update(status=progress_text(event.seconds, clip.duration if clip else 0.0), **partial)
        elif isinstance(event, Recognized):
            recognized, last = event, replace(last, emotion=event.emotion)
            yield Update(
                status=localize("Translating…"),
                transcript=view.transcript_html(event, (*(clip.notes if clip else ()), *event.notes)),
                emotions=view.emotions_html(event.emotion, None),
                last=last,
            )
        elif isinstance(event, Translated):
            status = localize("Speaking…") if recognized else localize("Translating while transcribing…")
            yield Update(status=status, text=event.text, last=last)
        elif isinstance(event, SpeechPiece):
            yield Update(live=playback.add_speech(event.chunk))
        else:
            yield _finish(event, recognized, last, stem(path, "translation"))


def _finish(done: Done, recognized: Recognized | None, last: LastTranslation, name: str) -> Update:
    """Return the update that shows a finished translation. name: Name of the files."""
    telemetry.record_speech(done.take.first_audio, done.take.seconds, done.take.audio.duration)
    text, language = done.translated.text, done.translated.language
    after = chat.classify_emotion(text, language, done.take.audio)
    cues = speech_output.cues(done.take, language)
    engine = engine_picker.spec_of(last.engines.synthesizer).title
    update = Update(
        status=localize("Done in {seconds:.1f} s. Generated by {engine}.", seconds=done.seconds, engine=engine),
        result=speech_output.audio_update(done.take, language),
        emotions=view.emotions_html(last.emotion, after),
        wav=enabled_download(write_wav(done.take.audio, f"{name}.{language}.wav")),
        target_srt=enabled_download(write_file(subtitles.to_srt(cues), f"{name}.{language}.srt")),
        vtt=enabled_download(write_file(subtitles.to_vtt(cues), f"{name}.{language}.vtt")),
    )
    if recognized is not None:
        original = subtitles.to_srt(subtitles.segment_cues(recognized.cues))
        update["source_srt"] = enabled_download(write_file(original, f"{name}.{recognized.language}.srt"))
    return update


@handler
def on_engines(chosen: EnginesInput, source: str, target: str) -> Update:
    """Update languages, missing directions, badges, note and glossary for the chosen engines."""
    engines = chosen.choice()
    choices = language_pairs.source_choices(engines)
    source = language_pairs.choice_or_first(choices, source) or AUTO
    translators = used_translators(engines.translator)
    uses_glossary = any(GLOSSARY in spec.capabilities for spec in translators)
    recognizer = selection.recognizer_for_dialogue(engines)
    return Update(
        source=gr.Dropdown(choices, value=source),
        target=language_pairs.target_update(source, target, engines),
        missing=language_pairs.missing_html(source, engines),
        badges=engine_picker.badges_html(engines.synthesizer, *translators, recognizer),
        note=t(note_key(engine_picker.spec_of(engines.synthesizer))),
        glossary=gr.Textbox(interactive=uses_glossary, info=glossary_hint(uses_glossary)),
    )


@handler
def on_source(source: str, target: str, chosen: EnginesInput) -> Update:
    """Offer the targets that the source can be translated into, and say why others are missing."""
    engines = chosen.choice()
    return Update(
        target=language_pairs.target_update(source, target, engines),
        missing=language_pairs.missing_html(source, engines),
    )


def note_key(spec: EngineSpec[Synthesizer]) -> str:
    """Return the key of the note on how near a kept voice comes to the speaker's."""
    return "translate.note.clone" if engine_picker.CLONES in spec.capabilities else "translate.note"


def _show_demonstration(demonstration: Demonstration) -> Update:
    given, texts, facts = demonstration.inputs, demonstration.texts, demonstration.facts
    subtitle_files = {
        name: enabled_download(write_file(facts[name], f"{demonstration.name}-{language}.srt"))
        for name, language in (("source_srt", facts["language"]), ("target_srt", given["target"]))
    }
    return demonstrations.speech_update(
        demonstration,
        clip=demonstrations.clip_value(demonstration),
        source=given["source"],
        target=given["target"],
        transcript=view.partial_html(texts["transcript"]),
        text=texts["translation"],
        emotions="",
        vtt=disabled_download(),
        last=None,
        **subtitle_files,
    )


def build() -> None:
    """Add the page and connect it."""
    translators, synthesizer = used_translators(), engine_picker.default_synthesizer()
    recognizer = selection.recognizer_for_dialogue()
    badge_line, note = heading(NAME, synthesizer, *translators, recognizer, note=note_key(synthesizer))
    buttons = demonstrations.build(NAME)
    with gr.Row():
        with gr.Column():
            controls = build_controls()
            run, stop = speech_output.build_buttons("translate.run")
        with gr.Column(elem_classes="fa-results"):
            output, respeak = build_output()
    connect(
        run.click,
        on_translate,
        controls.inputs(),
        output,
        api_name="on_translate",
        api_visibility="undocumented",
        **QUEUE_OPTIONS,
    )
    connect(respeak.click, on_respeak, [output.text, output.last, controls.clip], output, **QUEUE_OPTIONS)
    speech_output.wire_stop(stop, output, __name__)
    _wire_controls(controls, badge_line, note)
    spoken = str(controls.source.value)
    offered = registry.available(registry.TRANSLATORS).values()
    if engine_picker.is_dynamic(synthesizer, *translators, recognizer) or any(spec.preferred for spec in offered):
        names = EnginesInput(synthesizer.name, AUTO, recognizer.name)

        def on_open() -> Update:
            return on_engines(names, spoken, DEFAULT_TARGET)

        connect(page_opened, on_open, None, followers(controls, badge_line, note))
    else:
        on_page_load(lambda: language_pairs.missing_html(spoken), controls.missing)
    filled = {"clip": controls.clip, "source": controls.source, "target": controls.target}
    demonstrations.wire(NAME, buttons, _show_demonstration, output, filled)
    add_endpoint(translate, __name__)


def _wire_controls(controls: TranslateControls, badge_line: gr.HTML, note: gr.Markdown) -> None:
    source, target, engines = controls.source, controls.target, controls.engines()
    outputs = followers(controls, badge_line, note)
    for picker in (controls.synthesizer, controls.translator, controls.recognizer):
        connect(picker.change, on_engines, [engines, source, target], outputs)
    changed = {"target": target, "missing": controls.missing}
    connect(source.change, on_source, [source, target, engines], changed)
