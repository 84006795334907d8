"""The Chat page: speak or type, hear an answer that fits the mood. Knows tasks, never engines."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from funaudio_core import languages
from funaudio_core.engines import preload, selection, voice_catalog
from funaudio_core.engines.protocols import Companion
from funaudio_core.engines.spec import Spec
from funaudio_core.errors import BadInput
from funaudio_core.languages import LANGUAGES
from funaudio_core.pipelines.chat import Done
from funaudio_core.tasks import chat as chat_tasks
from funaudio_core.tasks import synthesis
from funaudio_core.types import Conversation, Voice
from server import cancellation
from server.events import HEAVY, computes, expose, shows_errors
from server.request import say
from tabs.components import chat_history, engine_picker
from tabs.components.conversation import USUAL, Talk, exchange, message, sound
from tabs.components.inputs import TURN_SECONDS, GradioAudio, clip_input, engine_dropdown, from_gradio, read_clip
from tabs.components.layout import heading, loading, on_arrival, status_line
from tabs.components.outputs import wav_of
from tabs.components.player import SILENT, build_player
from tabs.components.strings import word

NAME = "chat"
PERSONA = "You are a warm, cheerful friend."
MAX_PERSONA = 500  # characters
STREAM_SECONDS = 0.5  # of a microphone chunk; Gradio loses those that arrive while the one before is being heard
LISTEN_SECONDS = 600  # of one hands-free session
OPENINGS = (
    "I got the job I applied for!",
    "I had a fight with my best friend and I feel awful.",
    "I have an exam tomorrow and I am so nervous.",
)
SKIP = gr.skip()
WIDTH, STATUS = 5, 3  # values that a handler yields: history, talk, player, status, text box


def _speaks_up(given: str | None, *_: Any) -> None:
    """Whoever speaks up ends the reply that is under way, before the new one waits for the place that it holds."""
    if given:
        cancellation.halt_others(__name__)


@computes(width=WIDTH, status=STATUS, first=_speaks_up)
def on_clip(
    path: str | None,
    talk: Talk,
    persona: str,
    engine: str,
    voice: str,
    clip: str | None,
    transcript: str,
    consent: bool,
    companion: str,
    ear: str,
) -> Iterator[tuple[Any, ...]]:
    """Answer what was recorded or uploaded. clip, transcript, consent: for the visitor's own voice."""
    if not path:
        return
    by = selection.Cast(recognizer=ear, companion=companion, synthesizer=engine)
    said = read_clip(path, limit=TURN_SECONDS)
    yield ([*talk.shown, sound("user", path)], SKIP, SILENT, say("Listening…"), SKIP)
    speaker = yield from _ready(by, voice, clip, transcript, consent, selection.recognizer(by))
    before = _before(talk, persona, by)
    yield from exchange(chat_tasks.converse(said, before, speaker, talk.baseline, by), talk, engine, path, said)


@computes(width=WIDTH, status=STATUS, first=_speaks_up)
def on_text(
    text: str,
    talk: Talk,
    persona: str,
    engine: str,
    voice: str,
    clip: str | None,
    transcript: str,
    consent: bool,
    companion: str,
) -> Iterator[tuple[Any, ...]]:
    """Answer what was typed. clip, transcript, consent: as for on_clip."""
    by = selection.Cast(companion=companion, synthesizer=engine)
    words = synthesis.speakable(text)
    speaker = yield from _ready(by, voice, clip, transcript, consent)
    before = replace(_before(talk, persona, by), language=chat_tasks.language_of(words, usual(talk.language, by), by))
    turn = chat_tasks.typed(words, before.language)
    heard = talk.said(turn, message("user", chat_history.heard(turn)))
    yield (list(heard.shown), heard, SILENT, say("Thinking…"), "")
    yield from exchange(chat_tasks.answer(replace(before, turns=heard.turns), speaker, by), heard, engine)


def _ready(
    by: selection.Cast, voice: str, clip: str | None, transcript: str, consent: bool, *ear: Spec[Any]
) -> Generator[tuple[Any, ...], None, Voice]:
    """How far the engines are, where they must be loaded first; returns the voice."""
    spec = engine_picker.spec_of(by.synthesizer)
    speaker = engine_picker.voice_of(voice, engine_picker.kept(USUAL, spec.name), spec.name, clip, transcript, consent)
    for status in loading(preload.prepare(*ear, engine_picker.one_of(selection.companions(), by.companion), spec)):
        yield (SKIP, SKIP, SKIP, status, SKIP)
    return speaker


def usual(language: str, by: selection.Cast) -> str:
    """The language where there can be a reply in it, else English, else the first of those in which there can be one.

    Raises BadInput where there is none.
    """
    able = voice_catalog.answered(by)
    for code in (language, USUAL, *LANGUAGES):
        if code in able:
            return code
    raise BadInput(
        "{companion} writes no language that {engine} speaks. Choose another model for one of them.",
        companion=engine_picker.one_of(selection.companions(), by.companion).title,
        engine=engine_picker.spec_of(by.synthesizer).title,
    )


def _before(talk: Talk, persona: str, by: selection.Cast) -> Conversation:
    if len(persona) > MAX_PERSONA:
        raise BadInput(
            "The persona has {count} characters; at most {most} are read. Shorten it.",
            count=len(persona),
            most=MAX_PERSONA,
        )
    return Conversation(talk.turns, persona, usual(talk.language, by))


@shows_errors
def on_listen(chunk: GradioAudio | None, ear: Any, began: int) -> tuple[Any, ...]:
    """Hands-free: tell when the visitor begins, to fall silent, and hand over what they said when they end."""
    if chunk is None:
        return SKIP, SKIP, SKIP
    ear = ear or chat_tasks.ear()
    overheard = ear.feed(from_gradio(chunk))
    utterance = SKIP
    if overheard.utterance is not None:
        utterance = wav_of(overheard.utterance, "said.wav")
    return ear, (began + 1 if overheard.started else SKIP), utterance


def on_interrupt() -> Iterator[tuple[str, str]]:
    """Fall silent; the reply is remembered as far as it was written. Whatever is said next is left alone."""
    halted = cancellation.halt(__name__)
    yield SILENT, say("Interrupted.")
    cancellation.settled(halted)
    if not halted.followed:
        yield SILENT, say("Interrupted.")


def on_clear() -> Iterator[tuple[Any, ...]]:
    """Forget the conversation, at once and, unless another one was begun, with what the reply added to it meanwhile."""
    halted = cancellation.halt(__name__)
    yield [], Talk(), SILENT, "", ""
    cancellation.settled(halted)
    if not halted.followed:
        yield [], Talk(), SILENT, "", SKIP


def chat(
    text: str, persona: str = PERSONA, voice: str = "", engine: str = "", companion: str = "", language: str = ""
) -> tuple[str, str, dict[str, Any]]:
    """Say something to the companion and hear its answer.

    Args:
        text: What you say, in a language that the companion knows: the small one of the lite tier only English.
        persona: Who answers, in a sentence or two.
        voice: A voice of the model that speaks: of kokoro such as "af_heart", of cosyvoice3 an example clip such as
            "en_neutral". Empty takes the first; so does an answer in a language that the voice doesn't speak.
        engine: Id of the model that speaks, such as "cosyvoice3" or "kokoro"; empty takes the one offered first.
        companion: Id of the model that answers, such as "qwen-chat" or "smollm2-135m"; empty takes the one offered
            first.
        language: ISO 639 code of the answer, such as "en" or "zh"; empty answers in the language of the text where
            companion and voice know it.

    Returns:
        The answer as a WAV file; its text, which may hold tags such as [laughter] for the sounds in it; and the emotion
        that was understood, with the language of the answer, by which voice and how it is spoken.
    """
    by = selection.Cast(companion=companion, synthesizer=engine)
    if language:
        mind, speech = engine_picker.one_of(selection.companions(), companion), engine_picker.spec_of(engine)
        languages.require(language, voice_catalog.answered(by), f"{mind.title} + {speech.title}")
    code = language or chat_tasks.language_of(text, usual(USUAL, by), by)
    heard = Talk().said(chat_tasks.typed(text, code))
    speaker = voice_catalog.voice_in(code, voice_catalog.preset(voice, engine, code), by)
    done = None
    for event in chat_tasks.answer(replace(_before(heard, persona, by), language=code), speaker, by):
        if isinstance(event, Done):
            done = event
    if done is None:
        raise BadInput("There was no answer. Say it in other words.")
    user, reply = done.turns
    facts: dict[str, Any] = {"language": done.language, "voice": speaker.preset or str(speaker.name)}
    if user.emotion:
        facts |= {"emotion": user.emotion.label, "confidence": user.emotion.confidence}
    if reply.delivery:
        facts |= {"spoken": reply.delivery.emotion, "manner": reply.delivery.manner}
    return wav_of(done.take.audio, "reply.wav"), reply.text, facts


@shows_errors
def on_cast(engine: str, companion: str, ear: str, voice: str) -> tuple[Any, str, str]:
    """Voices, models and claim for those who are to speak, answer and listen."""
    mind, listener = (
        engine_picker.one_of(selection.companions(), companion),
        engine_picker.one_of(selection.ears(), ear),
    )
    able = voice_catalog.answered(selection.Cast(companion=companion, synthesizer=engine))
    voices = engine_picker.voices(engine, engine_picker.kept(USUAL, engine), voice, able)
    return voices, engine_picker.models(engine, mind, listener), word(claim_of(mind))


def claim_of(companion: Spec[Companion]) -> str:
    """Which words say what can be expected of the reply."""
    return "chat.claim" if companion.tier == "lite" else "chat.claim.large"


def build() -> None:
    """Lay the page out and wire it."""
    first, mind = engine_picker.first(), next(iter(selection.companions().values()))
    models, claim = heading(NAME, first, mind, selection.recognizer(), claim=claim_of(mind))
    talk = gr.State(Talk(), time_to_live=3600)
    with gr.Row():
        with gr.Column(scale=3):
            history = gr.Chatbot(label=word("chat.history"), height=420, placeholder=word("chat.placeholder"))
            status = status_line()
            live = build_player("fa-live-chat")
        with gr.Column(scale=2):
            clip = clip_input("chat.mic")
            text = gr.Textbox(
                label=word("chat.type"),
                placeholder=word("chat.type.hint"),
                lines=1,
                max_lines=4,
                submit_btn=word("chat.send"),
            )
            gr.Examples([[line] for line in OPENINGS], text, label=word("examples"))
            with gr.Row():
                interrupt = gr.Button(word("chat.interrupt"), variant="stop")
                clear = gr.Button(word("chat.clear"))
            with gr.Accordion(word("more"), open=False):
                persona = gr.Textbox(PERSONA, label=word("chat.persona"), lines=2, max_length=MAX_PERSONA)
                hears = engine_dropdown(selection.ears(), "engine.hears")
                companion = engine_dropdown(selection.companions(), "chat.companion")
                engine = engine_picker.build_engine("engine.speaks")
                usually = engine_picker.kept(USUAL, first.name)
                voice = engine_picker.build_voice(usually, "chat.voice", voice_catalog.answered(), "chat.voice.how")
                own = engine_picker.build_own(voice)
            ear, began, utterance = gr.State(None, time_to_live=3600), gr.State(0), gr.State(None)
            microphone = gr.Audio(
                sources="microphone", streaming=True, label=word("chat.hands_free"), elem_classes="fa-hands-free"
            )
    shown = [history, talk, live, status, text]
    told = [talk, persona, engine, voice, own.clip, own.transcript, own.consent, companion]
    entries = [
        (clip.stop_recording, on_clip, [clip, *told, hears], None),
        (clip.upload, on_clip, [clip, *told, hears], "on_chat"),
        (text.submit, on_text, [text, *told], "on_chat_text"),
        (utterance.change, on_clip, [utterance, *told, hears], None),
    ]
    for listen, handler, inputs, name in entries:
        visibility = "undocumented" if name else "private"
        answered = listen(handler, inputs, shown, api_name=name, api_visibility=visibility, **HEAVY)
        engine_picker.refresh(answered, engine, voice)
    for picker in (engine, companion, hears):
        picker.change(on_cast, [engine, companion, hears, voice], [voice, models, claim], api_visibility="private")
    if engine_picker.learning(first, mind, selection.recognizer()):
        begin = (first.name, mind.name, selection.recognizer().name, "")
        on_arrival(lambda: on_cast(*begin), [voice, models, claim])
    microphone.stream(
        on_listen,
        [microphone, ear, began],
        [ear, began, utterance],
        stream_every=STREAM_SECONDS,
        time_limit=LISTEN_SECONDS,
        show_progress="hidden",
        api_visibility="private",
    )
    microphone.start_recording(lambda: None, None, ear, api_visibility="private")
    for interrupted in (interrupt.click, began.change):
        # each at once: one that waited for the one before would end the reply that has begun meanwhile
        interrupted(on_interrupt, None, [live, status], trigger_mode="multiple", api_visibility="private")
    clear.click(on_clear, None, shown, api_visibility="private")
    expose(
        chat,
        [
            gr.Textbox(visible=False),
            gr.Textbox(PERSONA, visible=False),
            *[gr.Textbox("", visible=False) for _ in range(4)],
        ],
        [gr.Audio(type="filepath", visible=False), gr.Textbox(visible=False), gr.JSON(visible=False)],
        NAME,
    )
