"""The Chat page: speak or type, hear an answer that fits the mood. Knows tasks, never engines."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from funaudio_core import tasks
from funaudio_core.engines.base import Spec
from funaudio_core.errors import BadInput
from funaudio_core.labels import EMOTIONS
from funaudio_core.phrases import Phrase
from funaudio_core.pipelines.ahead import ahead
from funaudio_core.pipelines.chat import Done, Understood, Wrote
from funaudio_core.pipelines.stages import Heard, Listening, Said
from funaudio_core.prosody import Baseline
from funaudio_core.types import Audio, Conversation, Emotion, Turn, Voice
from tabs import choosing, common, speaking
from tabs.player import SILENT, Playback, build_player
from tabs.words import feeling, say, word

NAME = "chat"
LANGUAGE = "en"  # of the reply; the lite tier's model writes English only
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
MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~$])")
Message = dict[str, Any]


@dataclass(frozen=True)
class Talk:
    """One visitor's conversation: what the model remembers, what the page shows, how the visitor usually sounds."""

    turns: tuple[Turn, ...] = ()
    shown: tuple[Message, ...] = ()
    baseline: Baseline = tasks.NO_BASELINE

    def said(self, turn: Turn, *messages: Message) -> Talk:
        """The conversation with one more turn."""
        return replace(self, turns=(*self.turns, turn), shown=(*self.shown, *messages))


@common.shows_errors
def on_clip(
    path: str | None, talk: Talk, persona: str, engine: str, voice: str, *own: Any
) -> Iterator[tuple[Any, ...]]:
    """Answer what was recorded or uploaded. own: the visitor's own clip, its transcript, their consent."""
    if not path:
        return
    common.halt_others(__name__)  # whoever speaks up ends the reply that is under way
    clip = common.read_clip(path, limit=common.TURN_SECONDS)
    yield ([*talk.shown, {"role": "user", "content": {"path": path}}], SKIP, SILENT, say("Listening…"), SKIP)
    speaker = yield from _speaker(engine, voice, *own)
    before, by = _before(talk, persona), tasks.Cast(synthesizer=engine)
    yield from _exchange(tasks.converse(clip, before, speaker, talk.baseline, by), talk, engine, path, clip)


@common.shows_errors
def on_text(text: str, talk: Talk, persona: str, engine: str, voice: str, *own: Any) -> Iterator[tuple[Any, ...]]:
    """Answer what was typed. own: as for on_clip."""
    words = tasks.speakable(text)
    common.halt_others(__name__)
    speaker = yield from _speaker(engine, voice, *own)
    turn = tasks.typed(words, LANGUAGE)
    heard = talk.said(turn, {"role": "user", "content": noted(words, mood(turn.emotion))})
    yield (list(heard.shown), heard, SILENT, say("Thinking…"), "")
    by = tasks.Cast(synthesizer=engine)
    yield from _exchange(tasks.answer(_before(heard, persona), speaker, by), heard, engine)


def _speaker(engine: str, voice: str, *own: Any) -> Generator[tuple[Any, ...], None, Voice]:
    """How far the engine is, where it must be loaded first; returns the voice."""
    speaker = choosing.voice_of(voice, LANGUAGE, engine, *own)
    for status in speaking.loading(engine):
        yield (SKIP, SKIP, SKIP, status, SKIP)
    return speaker


def _before(talk: Talk, persona: str) -> Conversation:
    if len(persona) > MAX_PERSONA:
        raise BadInput(
            "The persona has {count} characters; at most {most} are read. Shorten it.",
            count=len(persona),
            most=MAX_PERSONA,
        )
    return Conversation(talk.turns, persona, LANGUAGE)


def _exchange(
    events: Iterator[tasks.Talking], talk: Talk, engine: str, path: str | None = None, clip: Audio | None = None
) -> Iterator[tuple[Any, ...]]:
    """Values for (history, talk, player, status, text box) as the exchange goes on.

    The conversation is handed over at every step, so that an interrupted reply is remembered as far as it was written.
    """
    playback = Playback()
    written = ""
    for event in ahead(events):  # the next piece is made while the page shows the one before
        if isinstance(event, Listening):
            yield (SKIP, SKIP, SKIP, common.heard_of(event.seconds, clip.duration if clip else 0.0), SKIP)
        elif isinstance(event, Heard):
            words = {"role": "user", "content": noted(event.text, mood(event.emotion))}
            sound = [{"role": "user", "content": {"path": path}}] if path else []
            talk = talk.said(Turn("user", event.text, event.emotion), *sound, words)
            yield (list(talk.shown), talk, SKIP, say("Thinking…"), SKIP)
        elif isinstance(event, Understood):
            note = {"role": "user", "content": noted(event.text, say("understood through English"))}
            talk = replace(talk, turns=(*talk.turns[:-1], replace(talk.turns[-1], text=event.text)))
            talk = replace(talk, shown=(*talk.shown, note))
        elif isinstance(event, Wrote):
            written += event.delta
            so_far = talk.said(Turn("assistant", written.strip()), {"role": "assistant", "content": written})
            yield (list(so_far.shown), so_far, SKIP, say("Speaking…"), SKIP)
        elif isinstance(event, Said):
            yield (SKIP, SKIP, playback.add(event.piece.audio), SKIP, SKIP)
        else:
            usual = talk.baseline.heard(clip) if clip else talk.baseline  # measured when nobody waits for it
            yield _finished(event, replace(talk, baseline=usual), choosing.spec_of(engine).title)


def _finished(done: Done, talk: Talk, engine: str) -> tuple[Any, ...]:
    reply = done.turns[1]
    spoken = common.wav_of(done.take.audio, f"reply_{len(talk.turns) // 2 + 1}.wav")
    title = Phrase("first sound after {seconds:.1f} s", seconds=done.first_sound)
    talk = talk.said(
        reply,
        {"role": "assistant", "content": noted(reply.text, say(title))},
        {"role": "assistant", "content": {"path": spoken}},
    )
    status = say(
        "{first_sound}, all in {seconds:.1f} s; spoken by {engine}",
        first_sound=title,
        seconds=done.seconds,
        engine=engine,
    )
    return list(talk.shown), talk, SKIP, status, SKIP


def noted(text: str, note: str) -> str:
    """A message with a small note below it; the visitor's own marks stay what they typed."""
    return MARKDOWN.sub(r"\\\1", text) + f"\n\n*{note}*"


def mood(emotion: Emotion | None) -> str:
    """The emotion as the page shows it."""
    if emotion is None:
        return ""
    return f"{EMOTIONS[emotion.label].mark} {feeling(emotion)}"


@common.shows_errors
def on_listen(chunk: common.GradioAudio | None, ear: Any, began: int) -> tuple[Any, ...]:
    """Hands-free: tell when the visitor begins, to fall silent, and hand over what they said when they end."""
    if chunk is None:
        return SKIP, SKIP, SKIP
    ear = ear or tasks.ear()
    overheard = ear.feed(common.from_gradio(chunk))
    utterance = SKIP
    if overheard.utterance is not None:
        utterance = common.wav_of(overheard.utterance, "said.wav")
    return ear, (began + 1 if overheard.started else SKIP), utterance


def on_interrupt() -> Iterator[tuple[str, str]]:
    """Fall silent; the reply is remembered as far as it was written."""
    common.halt(__name__)
    yield SILENT, say("Interrupted.")
    common.settled(__name__)
    yield SILENT, say("Interrupted.")


def on_clear() -> tuple[Any, ...]:
    """Forget the conversation."""
    common.halt(__name__)
    common.settled(__name__)
    return [], Talk(), SILENT, "", ""


def chat(text: str, persona: str = PERSONA, voice: str = "", engine: str = "") -> tuple[str, str, dict[str, Any]]:
    """Say something to the companion and hear its answer.

    Args:
        text: What you say, in English.
        persona: Who answers, in a sentence or two.
        voice: A voice of the model that speaks: of kokoro such as "af_heart", of cosyvoice3 an example clip such as
            "en_neutral". Empty takes the first.
        engine: Id of the model that speaks, such as "cosyvoice3" or "kokoro"; empty takes the one offered first.

    Returns:
        The answer as a WAV file, its text, and the emotion that was understood.
    """
    done = None
    heard = Talk().said(tasks.typed(text, LANGUAGE))
    speaker = tasks.preset(voice, engine, LANGUAGE)
    for event in tasks.answer(_before(heard, persona), speaker, tasks.Cast(synthesizer=engine)):
        if isinstance(event, Done):
            done = event
    if done is None:
        raise BadInput("There was no answer. Say it in other words.")
    user, reply = done.turns
    emotion = {"emotion": user.emotion.label, "confidence": user.emotion.confidence} if user.emotion else {}
    return common.wav_of(done.take.audio, "reply.wav"), reply.text, emotion


@common.shows_errors
def on_engine(engine: str, voice: str) -> tuple[Any, str]:
    """Voices and models for the engine that is to speak."""
    return choosing.voices(engine, LANGUAGE, voice), choosing.models(engine, *_others())


def _others() -> tuple[Spec[Any], ...]:
    """Who answers and listens, beside the one who speaks."""
    return next(iter(tasks.companions().values())), tasks.recognizer()


def build() -> None:
    """Lay the page out and wire it."""
    models, _ = common.heading(NAME, choosing.first(), *_others(), claim=f"{NAME}.claim")
    talk = gr.State(Talk(), time_to_live=3600)
    with gr.Row():
        with gr.Column(scale=3):
            history = gr.Chatbot(label=word("chat.history"), height=420, placeholder=word("chat.placeholder"))
            status = common.status_line()
            live = build_player("fa-live-chat")
        with gr.Column(scale=2):
            clip = common.clip_input("chat.mic")
            text = gr.Textbox(label=word("chat.type"), lines=1, max_lines=4, submit_btn=word("chat.send"))
            with gr.Row():
                interrupt = gr.Button(word("chat.interrupt"), variant="stop")
                clear = gr.Button(word("chat.clear"))
            with gr.Accordion(word("more"), open=False):
                persona = gr.Textbox(PERSONA, label=word("chat.persona"), lines=2, max_length=MAX_PERSONA)
                engine = choosing.build_engine("engine.speaks")
                voice = choosing.build_voice(LANGUAGE, "chat.voice")
                own = choosing.build_own(voice)
            ear, began, utterance = gr.State(None, time_to_live=3600), gr.State(0), gr.State(None)
            microphone = gr.Audio(sources="microphone", streaming=True, label=word("chat.hands_free"))
    shown = [history, talk, live, status, text]
    said = [talk, persona, engine, voice, own.clip, own.transcript, own.consent]
    entries = [
        (clip.stop_recording, on_clip, clip, None),
        (clip.upload, on_clip, clip, "on_chat"),
        (text.submit, on_text, text, "on_chat_text"),
        (utterance.change, on_clip, utterance, None),
    ]
    for listen, handler, given, name in entries:
        visibility = "undocumented" if name else "private"
        answered = listen(handler, [given, *said], shown, api_name=name, api_visibility=visibility, **common.HEAVY)
        choosing.refresh(answered, engine, voice)
    engine.change(on_engine, [engine, voice], [voice, models], api_visibility="private")
    gr.Examples([[line] for line in OPENINGS], text, label=word("examples"))
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
        interrupted(on_interrupt, None, [live, status], api_visibility="private")
    clear.click(on_clear, None, shown, api_visibility="private")
    common.expose(
        chat,
        [
            gr.Textbox(visible=False),
            gr.Textbox(PERSONA, visible=False),
            gr.Textbox("", visible=False),
            gr.Textbox("", visible=False),
        ],
        [gr.Audio(type="filepath", visible=False), gr.Textbox(visible=False), gr.JSON(visible=False)],
        NAME,
    )
