"""The Translate page: speech in one language to speech in another, stage by stage. Knows tasks, never engines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import gradio as gr

from funaudio_core import languages, subtitles, tasks
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.labels import EMOTIONS
from funaudio_core.languages import LANGUAGES
from funaudio_core.phrases import Phrase
from funaudio_core.pipelines.ahead import ahead
from funaudio_core.pipelines.stages import Heard, Listening, Said
from funaudio_core.pipelines.translate import Done, Translated
from funaudio_core.types import Audio, Emotion, Voice
from tabs import choosing, common, speaking
from tabs.player import SILENT, Playback, build_player
from tabs.words import say, word

NAME = "translate"
FIRST = "en"  # the target offered at first
SKIP = gr.skip()
UNHEARD = Emotion("neutral", 0.0)


@dataclass(frozen=True, eq=False, slots=True)
class Last:
    """What the last translation was made with, to speak an edited one alike."""

    target: str
    voice: Voice
    engine: str
    emotion: Emotion = UNHEARD

    @property
    def cast(self) -> tasks.Cast:
        """The engine, as tasks take it."""
        return tasks.Cast(synthesizer=self.engine)


@common.shows_errors
def on_translate(
    path: str | None, source: str, target: str, same_voice: bool, engine: str
) -> Iterator[tuple[Any, ...]]:
    """Each stage as soon as it is ready."""
    clip = common.read_clip(path, limit=common.TURN_SECONDS)
    yield (say("Listening…"), SILENT, "", "", None, "", *[common.asleep()] * 4, None)
    last = Last(target, voice_for(clip, target, same_voice, engine), engine)
    for status in speaking.loading(engine):
        yield (status, *[SKIP] * 10)
    events = tasks.interpret(clip, common.chosen_language(source), target, last.voice, last.cast)
    yield from _show(events, last, path, clip.duration)


@common.shows_errors
def on_respeak(text: str, last: Last | None, path: str | None) -> Iterator[tuple[Any, ...]]:
    """Speak the edited translation with the language, voice and feeling of the last run."""
    if last is None:
        raise BadInput("There is no translation yet. Translate a clip first, then edit the text and speak it again.")
    yield (say("Speaking the edited translation…"), SILENT, *[SKIP] * 9)
    yield from _show(tasks.respeak(text, last.target, last.emotion.label, last.voice, last.cast), last, path)


def _show(
    events: Iterator[tasks.Translating], last: Last, path: str | None, seconds: float = 0.0
) -> Iterator[tuple[Any, ...]]:
    playback = Playback()
    heard: Heard | None = None
    for event in ahead(events):
        if isinstance(event, Listening):
            so_far = f'<p class="fa-heard-text">{escape(event.text)}</p>' if event.text else SKIP
            yield (common.heard_of(event.seconds, seconds), SKIP, so_far, *[SKIP] * 8)
        elif isinstance(event, Heard):
            heard, last = event, replace(last, emotion=event.emotion)
            yield (say("Translating…"), SKIP, said(event), SKIP, SKIP, feelings(event.emotion, None), *[SKIP] * 4, last)
        elif isinstance(event, Translated):
            yield (say("Speaking…"), SKIP, SKIP, event.text, *[SKIP] * 7)
        elif isinstance(event, Said):
            yield (SKIP, playback.add(event.piece.audio), *[SKIP] * 9)
        else:
            yield _finished(event, heard, last, path)


def _finished(done: Done, heard: Heard | None, last: Last, path: str | None) -> tuple[Any, ...]:
    text, language = done.translated.text, done.translated.language
    after = tasks.feel(text, language, done.take.audio)
    cues = speaking.cues(done.take, language)
    stem = common.stem(path, "translation")
    source = SKIP
    if heard is not None:
        original = subtitles.to_srt(subtitles.cues_of_segments(heard.cues))
        source = common.download(common.file_of(original, f"{stem}.{heard.language}.srt"))
    engine = choosing.spec_of(last.engine).title
    return (
        say("Done in {seconds:.1f} s; spoken by {engine}.", seconds=done.seconds, engine=engine),
        SKIP,
        SKIP,
        SKIP,
        speaking.result(done.take, language),
        feelings(last.emotion, after),
        common.download(common.wav_of(done.take.audio, f"{stem}.{language}.wav")),
        source,
        common.download(common.file_of(subtitles.to_srt(cues), f"{stem}.{language}.srt")),
        common.download(common.file_of(subtitles.to_vtt(cues), f"{stem}.{language}.vtt")),
        SKIP,
    )


def voice_for(clip: Audio, target: str, same_voice: bool, engine: str) -> Voice:
    """The speaker's own voice where it is wanted, else the first that speaks the target language."""
    if same_voice:
        return tasks.voice_of(clip, None)
    if not tasks.voices(target, engine):
        raise Unsupported("No voice here speaks {language}. Choose another language.", language=languages.name(target))
    return tasks.preset("", engine, target)


def said(heard: Heard) -> str:
    """The transcript with its language and emotion."""
    label = EMOTIONS[heard.emotion.label]
    return (
        f'<p class="fa-heard-text">{label.mark} {escape(heard.text)}</p>'
        f"<small>{say(languages.name(heard.language))}</small>"
    )


def feelings(before: Emotion, after: Emotion | None) -> str:
    """Emotion before and after, side by side."""

    def cell(title: str, emotion: Emotion | None) -> str:
        if emotion is None:
            return f"<td>{title}<br>…</td>"
        label = EMOTIONS[emotion.label]
        found = f"<b>{label.mark} {say(label.en)}</b> {emotion.confidence:.0%}<br><small>{say(emotion.basis)}</small>"
        return f"<td>{title}<br>{found}</td>"

    cells = f"{cell(say('original'), before)}<td>→</td>{cell(say('translation'), after)}"
    return f'<table class="fa-check"><tr>{cells}</tr></table>'


def translate(
    clip: str, target: str, source: str = common.AUTO, same_voice: bool = False, engine: str = ""
) -> tuple[str, str, str, dict[str, Any]]:
    """Translate speech into speech in another language, keeping voice and emotion.

    Args:
        clip: Audio file with speech.
        target: ISO 639 code to translate into: en, es and others, as far as the tier reaches.
        source: ISO 639 code of what is spoken, or "auto".
        same_voice: Keep the speaker's voice; true states that it is yours or that its owner agrees.
        engine: Id of the model that speaks, such as "cosyvoice3" or "kokoro"; empty takes the one offered first.

    Returns:
        The WAV file, the transcript, the translation, and emotion and subtitles of both.
    """
    sound = common.read_clip(clip, limit=common.TURN_SECONDS)
    done = None
    voice = voice_for(sound, target, same_voice, engine)
    by = tasks.Cast(synthesizer=engine)
    for event in tasks.interpret(sound, common.chosen_language(source), target, voice, by):
        if isinstance(event, Done):
            done = event
    if done is None or done.heard is None:
        raise BadInput("Nothing was translated. Give a clip with clear speech in it.")
    facts = {
        "language": done.heard.language,
        "emotion": done.heard.emotion.label,
        "source_srt": subtitles.to_srt(subtitles.cues_of_segments(done.heard.cues)),
        "target_srt": subtitles.to_srt(speaking.cues(done.take, target)),
        "engine": choosing.spec_of(engine).title,
    }
    return common.wav_of(done.take.audio, "translation.wav"), done.heard.text, done.translated.text, facts


def reachable(source: str, engine: str) -> list[tuple[str, str]]:
    """The targets that the source can be translated into and the engine speaks, as (label, code)."""
    routes = tasks.directions(tasks.Cast(synthesizer=engine))
    sources = LANGUAGES if source == common.AUTO else [source]
    reached = {b for (a, b), route in routes.items() if a in sources and not isinstance(route, str)}
    return common.language_choices(frozenset(reached))


@common.shows_errors
def on_source(source: str, target: str, engine: str) -> tuple[Any, str]:
    """Offer the targets that the source can reach, and say why others are missing."""
    choices = reachable(source, engine)
    reached = {code for _, code in choices}
    value = target if target in reached else (choices[0][1] if choices else None)
    return gr.Dropdown(choices=choices, value=value), missing(source, engine)


@common.shows_errors
def on_engine(engine: str, source: str, target: str) -> tuple[Any, str, str]:
    """Targets, reasons and models for the engine that is to speak."""
    others = (tasks.recognizer(), next(iter(tasks.translators().values())))
    return *on_source(source, target, engine), choosing.models(engine, *others)


def missing(source: str, engine: str) -> str:
    """The directions that this tier lacks, each reason once."""
    if source == common.AUTO:
        source = "en"
    spoken = choosing.spec_of(engine).languages
    routes = tasks.directions(tasks.Cast(synthesizer=engine))
    refused = {b: route for (a, b), route in routes.items() if a == source and isinstance(route, str)}
    refused = {code: reason for code, reason in refused.items() if code in spoken}
    if not refused:
        return ""
    summary = say(
        "Not offered from {source}: {targets}",
        source=Phrase(LANGUAGES[source].name),
        targets=tuple(Phrase(LANGUAGES[code].name) for code in refused),
    )
    items = "".join(f"<li>{escape(say(reason))}</li>" for reason in refused.values())
    return f"<details><summary>{summary}</summary><ul>{items}</ul></details>"


def build() -> None:
    """Lay the page out and wire it."""
    recognizer, spec = tasks.recognizer(), choosing.first()
    models, _ = common.heading(NAME, spec, recognizer, next(iter(tasks.translators().values())))
    state = gr.State(None, time_to_live=3600)
    with gr.Row():
        with gr.Column():
            clip = common.clip_input("clip")
            common.clip_examples(clip)
            with gr.Row():
                source = common.language_picker(recognizer.languages, auto=True, key="translate.source")
                choices = reachable(common.AUTO, spec.name)
                target = gr.Dropdown(choices, value=FIRST, label=word("translate.target"))
            reasons = gr.HTML(missing(common.AUTO, spec.name))
            common.on_arrival(lambda: missing(common.AUTO, spec.name), reasons)
            engine = choosing.build_engine("engine.speaks")
            same = gr.Checkbox(False, label=word("translate.same_voice"))
            with gr.Row():
                run = gr.Button(word("translate.run"), variant="primary")
                stop = gr.Button(word("stop"), variant="stop")
        with gr.Column():
            status = common.status_line()
            live = build_player("fa-live-translate")
            heard = common.boxed("translate.heard")
            text = gr.Textbox(label=word("translate.translation"), lines=2, interactive=True)
            again = gr.Button(word("translate.respeak"))
            result = gr.Audio(label=word("result"), interactive=False)
            emotion = common.boxed("translate.emotion")
            with gr.Row():
                files = common.download_buttons("wav", "translate.srt_source", "translate.srt_target", "vtt")
    shown = [status, live, heard, text, result, emotion, *files, state]
    run.click(
        on_translate,
        [clip, source, target, same, engine],
        shown,
        api_name="on_translate",
        **common.HEAVY,
        api_visibility="undocumented",
    )
    again.click(on_respeak, [text, state, clip], shown, api_visibility="private", **common.HEAVY)
    speaking.wire_stop(stop, status, live, __name__)
    source.change(on_source, [source, target, engine], [target, reasons], api_visibility="private")
    engine.change(on_engine, [engine, source, target], [target, reasons, models], api_visibility="private")
    common.expose(
        translate,
        [
            gr.Audio(type="filepath", visible=False),
            gr.Textbox(FIRST, visible=False),
            gr.Textbox(common.AUTO, visible=False),
            gr.Checkbox(False, visible=False),
            gr.Textbox("", visible=False),
        ],
        [
            gr.Audio(type="filepath", visible=False),
            gr.Textbox(visible=False),
            gr.Textbox(visible=False),
            gr.JSON(visible=False),
        ],
        NAME,
    )
