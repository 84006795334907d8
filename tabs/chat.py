"""The Chat page: speak or type, hear an answer that fits the mood. Knows tasks, never engines."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from funaudio_core import languages
from funaudio_core.engines import preload, registry, selection, voice_catalog
from funaudio_core.engines.protocols import Chatbot
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput
from funaudio_core.languages import LANGUAGES
from funaudio_core.pipelines.chat import Done
from funaudio_core.tasks import chat as chat_tasks
from funaudio_core.tasks import synthesis
from funaudio_core.types import Conversation, Voice
from server import cancellation
from server.events import QUEUE_OPTIONS, add_endpoint, handler, queued_handler
from server.request import localize
from tabs.components import chat_history, engine_picker
from tabs.components.conversation import DEFAULT_LANGUAGE, ChatState, message, run_exchange, sound
from tabs.components.inputs import TURN_SECONDS, GradioAudio, clip_input, engine_dropdown, from_gradio, read_clip
from tabs.components.layout import heading, loading_text, on_page_load, status_line
from tabs.components.outputs import write_wav
from tabs.components.player import SILENT, build_player
from tabs.components.strings import t

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
        cancellation.stop_older(__name__)


@queued_handler(width=WIDTH, status=STATUS, first=_speaks_up)
def on_clip(
    path: str | None,
    talk: ChatState,
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
    by = selection.EngineChoice(recognizer=ear, chatbot=companion, synthesizer=engine)
    said = read_clip(path, limit=TURN_SECONDS)
    yield ([*talk.shown, sound("user", path)], SKIP, SILENT, localize("Transcribing…"), SKIP)
    speaker = yield from _ready(by, voice, clip, transcript, consent, selection.recognizer_for_dialogue(by))
    before = _before(talk, persona, by)
    yield from run_exchange(
        chat_tasks.reply_to_audio(said, before, speaker, talk.baseline, by), talk, engine, path, said
    )


@queued_handler(width=WIDTH, status=STATUS, first=_speaks_up)
def on_text(
    text: str,
    talk: ChatState,
    persona: str,
    engine: str,
    voice: str,
    clip: str | None,
    transcript: str,
    consent: bool,
    companion: str,
) -> Iterator[tuple[Any, ...]]:
    """Answer what was typed. clip, transcript, consent: as for on_clip."""
    by = selection.EngineChoice(chatbot=companion, synthesizer=engine)
    words = synthesis.validate_text(text)
    speaker = yield from _ready(by, voice, clip, transcript, consent)
    before = replace(
        _before(talk, persona, by), language=chat_tasks.reply_language(words, usual(talk.language, by), by)
    )
    turn = chat_tasks.text_turn(words, before.language)
    heard = talk.said(turn, message("user", chat_history.heard(turn)))
    yield (list(heard.shown), heard, SILENT, localize("Thinking…"), "")
    yield from run_exchange(chat_tasks.reply(replace(before, turns=heard.turns), speaker, by), heard, engine)


def _ready(
    by: selection.EngineChoice, voice: str, clip: str | None, transcript: str, consent: bool, *ear: EngineSpec[Any]
) -> Generator[tuple[Any, ...], None, Voice]:
    """How far the engines are, where they must be loaded first; returns the voice."""
    spec = engine_picker.spec_of(by.synthesizer)
    speaker = engine_picker.voice_of(
        voice, engine_picker.supported_language(DEFAULT_LANGUAGE, spec.name), spec.name, clip, transcript, consent
    )
    for status in loading_text(preload.load_all(*ear, selection.resolve(registry.CHATBOTS, by.chatbot), spec)):
        yield (SKIP, SKIP, SKIP, status, SKIP)
    return speaker


def usual(language: str, by: selection.EngineChoice) -> str:
    """The language where there can be a reply in it, else English, else the first of those in which there can be one.

    Raises BadInput where there is none.
    """
    able = voice_catalog.reply_languages(by)
    for code in (language, DEFAULT_LANGUAGE, *LANGUAGES):
        if code in able:
            return code
    raise BadInput(
        "{companion} and {engine} have no language in common. Choose another chat or speech model.",
        companion=selection.resolve(registry.CHATBOTS, by.chatbot).title,
        engine=engine_picker.spec_of(by.synthesizer).title,
    )


def _before(talk: ChatState, persona: str, by: selection.EngineChoice) -> Conversation:
    if len(persona) > MAX_PERSONA:
        raise BadInput(
            "The persona is too long ({count} characters; the limit is {most}). Shorten it.",
            count=len(persona),
            most=MAX_PERSONA,
        )
    return Conversation(talk.turns, persona, usual(talk.language, by))


@handler
def on_listen(chunk: GradioAudio | None, ear: Any, began: int) -> tuple[Any, ...]:
    """Hands-free: tell when the visitor begins, to fall silent, and hand over what they said when they end."""
    if chunk is None:
        return SKIP, SKIP, SKIP
    ear = ear or chat_tasks.utterance_detector()
    overheard = ear.feed(from_gradio(chunk))
    utterance = SKIP
    if overheard.utterance is not None:
        utterance = write_wav(overheard.utterance, "said.wav")
    return ear, (began + 1 if overheard.has_started else SKIP), utterance


def on_interrupt() -> Iterator[tuple[str, str]]:
    """Fall silent; the reply is remembered as far as it was written. Whatever is said next is left alone."""
    halted = cancellation.request_stop(__name__)
    yield SILENT, localize("Interrupted.")
    cancellation.wait_until_stopped(halted)
    if not halted.superseded:
        yield SILENT, localize("Interrupted.")


def on_clear() -> Iterator[tuple[Any, ...]]:
    """Forget the conversation, at once and, unless another one was begun, with what the reply added to it meanwhile."""
    halted = cancellation.request_stop(__name__)
    yield [], ChatState(), SILENT, "", ""
    cancellation.wait_until_stopped(halted)
    if not halted.superseded:
        yield [], ChatState(), SILENT, "", SKIP


def chat(
    text: str, persona: str = PERSONA, voice: str = "", engine: str = "", companion: str = "", language: str = ""
) -> tuple[str, str, dict[str, Any]]:
    """Send a message to the chat model and get a spoken reply.

    Args:
        text: Message, in a language that the chat model supports; the lite one supports English only.
        persona: Who replies, in a sentence or two.
        voice: Voice of the speech model: for kokoro a preset such as "af_heart", for cosyvoice3 an example clip such as
            "en_neutral". Empty for the default, which also replaces a voice that doesn't support the language of the
            reply.
        engine: Id of the speech model, such as "cosyvoice3" or "kokoro"; empty for the default.
        companion: Id of the chat model, such as "qwen-chat" or "smollm2-135m"; empty for the default.
        language: ISO 639 code of the reply, such as "en" or "zh"; empty for the language of the text, if both models
            support it.

    Returns:
        The reply as a WAV file; its text, which may contain tags for sounds, such as [laughter]; and the detected
        emotion with the language, voice and style of the reply.
    """
    by = selection.EngineChoice(chatbot=companion, synthesizer=engine)
    if language:
        mind, speech = selection.resolve(registry.CHATBOTS, companion), engine_picker.spec_of(engine)
        languages.require_language(language, voice_catalog.reply_languages(by), f"{mind.title} + {speech.title}")
    code = language or chat_tasks.reply_language(text, usual(DEFAULT_LANGUAGE, by), by)
    heard = ChatState().said(chat_tasks.text_turn(text, code))
    speaker = voice_catalog.voice_for_language(code, voice_catalog.get_voice(voice, engine, code), by)
    done = None
    for event in chat_tasks.reply(replace(_before(heard, persona, by), language=code), speaker, by):
        if isinstance(event, Done):
            done = event
    if done is None:
        raise BadInput("The model gave no reply. Rephrase your message.")
    user, reply = done.turns
    facts: dict[str, Any] = {"language": done.language, "voice": speaker.preset or str(speaker.name)}
    if user.emotion:
        facts |= {"emotion": user.emotion.label, "confidence": user.emotion.confidence}
    if reply.style:
        facts |= {"spoken": reply.style.emotion, "manner": reply.style.description}
    return write_wav(done.take.audio, "reply.wav"), reply.text, facts


@handler
def on_cast(engine: str, companion: str, ear: str, voice: str) -> tuple[Any, str, str]:
    """Voices, models and claim for those who are to speak, answer and listen."""
    mind, listener = (
        selection.resolve(registry.CHATBOTS, companion),
        selection.recognizer_for_dialogue(selection.EngineChoice(recognizer=ear)),
    )
    able = voice_catalog.reply_languages(selection.EngineChoice(chatbot=companion, synthesizer=engine))
    voices = engine_picker.voices(engine, engine_picker.supported_language(DEFAULT_LANGUAGE, engine), voice, able)
    return voices, engine_picker.models(engine, mind, listener), t(claim_of(mind))


def claim_of(companion: EngineSpec[Chatbot]) -> str:
    """Which words say what can be expected of the reply."""
    return "chat.claim" if companion.tier == "lite" else "chat.claim.large"


def build() -> None:
    """Lay the page out and wire it."""
    first, mind = engine_picker.default_synthesizer(), selection.default(registry.CHATBOTS)
    models, claim = heading(NAME, first, mind, selection.recognizer_for_dialogue(), claim=claim_of(mind))
    talk = gr.State(ChatState(), time_to_live=3600)
    with gr.Row():
        with gr.Column(scale=3):
            history = gr.Chatbot(label=t("chat.history"), height=420, placeholder=t("chat.placeholder"))
            status = status_line()
            live = build_player("fa-live-chat")
        with gr.Column(scale=2):
            clip = clip_input("chat.mic")
            text = gr.Textbox(
                label=t("chat.type"),
                placeholder=t("chat.type.hint"),
                lines=1,
                max_lines=4,
                submit_btn=t("chat.send"),
            )
            gr.Examples([[line] for line in OPENINGS], text, label=t("examples"))
            with gr.Row():
                interrupt = gr.Button(t("chat.interrupt"), variant="stop")
                clear = gr.Button(t("chat.clear"))
            with gr.Accordion(t("more"), open=False):
                persona = gr.Textbox(PERSONA, label=t("chat.persona"), lines=2, max_length=MAX_PERSONA)
                hears = engine_dropdown(selection.auto_detecting_recognizers(), "engine.hears")
                companion = engine_dropdown(registry.available(registry.CHATBOTS), "chat.companion")
                engine = engine_picker.build_engine("engine.speaks")
                usually = engine_picker.supported_language(DEFAULT_LANGUAGE, first.name)
                voice = engine_picker.build_voice(
                    usually, "chat.voice", voice_catalog.reply_languages(), "chat.voice.how"
                )
                own = engine_picker.build_own(voice)
            ear, began, utterance = gr.State(None, time_to_live=3600), gr.State(0), gr.State(None)
            microphone = gr.Audio(
                sources="microphone", streaming=True, label=t("chat.hands_free"), elem_classes="fa-hands-free"
            )
    shown = [history, talk, live, status, text]
    told = [talk, persona, engine, voice, own.clip, own.transcript, own.consent, companion]
    entries = [
        (clip.stop_recording, on_clip, [clip, *told, hears], None),
        (clip.upload, on_clip, [clip, *told, hears], "on_chat"),
        (text.submit, on_text, [text, *told], "on_chat_text"),
        (utterance.change, on_clip, [utterance, *told, hears], None),
    ]
    for listen, respond, inputs, name in entries:
        visibility = "undocumented" if name else "private"
        answered = listen(respond, inputs, shown, api_name=name, api_visibility=visibility, **QUEUE_OPTIONS)
        engine_picker.refresh_voices(answered, engine, voice)
    for picker in (engine, companion, hears):
        picker.change(on_cast, [engine, companion, hears, voice], [voice, models, claim], api_visibility="private")
    if engine_picker.is_dynamic(first, mind, selection.recognizer_for_dialogue()):
        begin = (first.name, mind.name, selection.recognizer_for_dialogue().name, "")
        on_page_load(lambda: on_cast(*begin), [voice, models, claim])
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
    add_endpoint(
        chat,
        [
            gr.Textbox(visible=False),
            gr.Textbox(PERSONA, visible=False),
            *[gr.Textbox("", visible=False) for _ in range(4)],
        ],
        [gr.Audio(type="filepath", visible=False), gr.Textbox(visible=False), gr.JSON(visible=False)],
        NAME,
    )
