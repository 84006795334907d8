"""Instruction following: what to say and how, as a role; what was asked beside what the take measures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import gradio as gr

from funaudio_core.audio import prosody
from funaudio_core.engines.llm.audio_chat_prompts import PERSONA
from funaudio_core.engines.spoken_chat import HEARS, TOOLS
from funaudio_core.errors import BadInput
from funaudio_core.tasks import spoken_chat, synthesis
from funaudio_core.text import instructions
from funaudio_core.text.instructions import Interpretation
from funaudio_core.types import Audio, Emotion, Prosody, Transcript
from server.events import QUEUE_OPTIONS, queued_handler
from server.request import localize
from server.updates import Outputs, Update, connect
from tabs.audio_chat.calling import read_request
from tabs.audio_chat.controls import PAGE, ModelControls, Models
from tabs.audio_chat.exchange import conversation_of, follow, listen, made_by, require_speech, user_turn
from tabs.audio_chat.understanding import on_stop
from tabs.components.inputs import clip_input
from tabs.components.layout import status_line
from tabs.components.outputs import labelled_html
from tabs.components.player import SILENT, Playback, build_player
from tabs.components.strings import emotion_text, t

LITE_PERSONA = "You are a good actor. You play the role that the user asks for, in one to three short sentences."
EXAMPLE = "Tell me that we will land in ten minutes, slowly and in a low voice, like a tired pilot."
MAX_PERSONA_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class MannerOutput(Outputs):
    """Output components."""

    status: gr.HTML
    answer: gr.HTML
    live: gr.HTML
    asked: gr.HTML


@dataclass(frozen=True, slots=True)
class MannerInputs(Outputs):
    """Inputs that a demonstration fills in."""

    clip: gr.Audio
    text: gr.Textbox
    persona: gr.Textbox


def default_persona(models: Models) -> str:
    """Return the published role for a model that was trained with it, else a plain one."""
    return PERSONA if HEARS in models.spec.capabilities else LITE_PERSONA


@queued_handler(page=PAGE)
def on_answer(path: str | None, text: str, persona: str, models: Models) -> Iterator[Update]:
    """Answer as the visitor asks, and measure the take."""
    yield Update(status=localize("Listening…"), answer="", asked="", live=SILENT)
    clip, typed = read_request(path, text)
    role = check_persona(persona) or default_persona(models)
    models.require(TOOLS)
    yield from models.load()
    heard = None
    if clip is not None:
        heard = yield from listen(clip)
        require_speech(heard)
    words = typed or (heard.text if heard else "")
    wanted = instructions.interpret(words[: instructions.MAX_LENGTH])
    yield Update(status=localize("Thinking…"), asked=asked_html(wanted, None, None, None))
    conversation = conversation_of(models, user_turn(models, clip, typed, heard), persona=role)
    playback = Playback()
    for answer, sound in follow(conversation, models, wanted.style):
        played = {} if sound is None else {"live": playback.add(sound)}
        yield Update(answer=f"<p>{escape(answer.text.strip())}</p>", status=answer.timing(), **played)
    status = f"{answer.timing()}; {made_by(models)}"
    if (take := answer.audio) is not None:
        plain = neutral_take(answer.text, conversation.language, models)
        taken = yield from listen(take)
        yield Update(asked=asked_html(wanted, take, plain, taken), status=status)


def check_persona(persona: str) -> str:
    """Return a role. Raise BadInput if it is too long."""
    if len(persona) > MAX_PERSONA_CHARACTERS:
        raise BadInput(
            "The persona is too long ({count} characters; the limit is {most}). Shorten it.",
            count=len(persona),
            most=MAX_PERSONA_CHARACTERS,
        )
    return persona.strip()


def neutral_take(text: str, language: str, models: Models) -> Audio | None:
    """Return the same words without any style; None for a model that speaks itself, which can't repeat words."""
    if HEARS in models.spec.capabilities:
        return None
    voice = models.own_voice() or spoken_chat.resolve_voice(models.speech(), language)
    request = synthesis.speech_request(text, language, voice, models.synthesizer, 1.0, models.fixed_seed)
    return synthesis.speak_take(request, models.synthesizer).audio


def asked_html(wanted: Interpretation, take: Audio | None, plain: Audio | None, taken: Transcript | None) -> str:
    """Return what was asked of the voice and what a take measures, beside the same words without style.

    Args:
        wanted: What was understood.
        take: The take; None before it is made.
        plain: Same words without style, if there are any.
        taken: Transcript of the take, with its emotion.
    """
    wishes = tuple(localize(wish) for wish in wanted.wishes) or (localize("nothing about the voice"),)
    lines = [localize("Asked: {wishes}.", wishes=wishes)]
    lines += [localize(reason) for reason in wanted.unsupported]
    html = "".join(f"<p>{escape(line)}</p>" for line in lines)
    if take is None:
        return html
    columns = [measures(take, taken.emotion if taken else None)]
    heads = ["", localize("this take")]
    if plain is not None:
        columns.append(measures(plain, None))
        heads.append(localize("without style"))
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    rows = ""
    for name in columns[0]:
        cells = "".join(f"<td>{escape(column[name])}</td>" for column in columns)
        rows += f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>'
    return f"{html}<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def measures(take: Audio, emotion: Emotion | None) -> dict[str, str]:
    """Return pitch, range, rate, level and emotion of a take in words."""
    found: Prosody = prosody.measure(take)
    voiced = not math.isnan(found.f0)
    none = localize("none")
    return {
        localize("Pitch"): localize("{hertz:.0f} Hz", hertz=found.f0) if voiced else none,
        localize("Pitch range"): localize("{semitones:.1f} semitones", semitones=found.f0_range) if voiced else none,
        localize("Rate"): localize("{count:.1f} syllables/s", count=found.rate),
        localize("Level"): localize("{level:.0f} dB", level=found.level),
        localize("Emotion"): emotion_text(emotion) if emotion else "–",
    }


def build(models: ModelControls) -> tuple[MannerOutput, MannerInputs]:
    """Add the ability and connect it."""
    with gr.Row():
        with gr.Column(scale=2):
            clip = clip_input("audio_chat.manner.clip")
            text = gr.Textbox(EXAMPLE, label=t("audio_chat.manner.type"), lines=2, max_lines=4)
            persona = gr.Textbox(
                "", label=t("audio_chat.persona"), placeholder=LITE_PERSONA, lines=2, max_length=MAX_PERSONA_CHARACTERS
            )
            with gr.Row():
                run = gr.Button(t("audio_chat.run"), variant="primary")
                stop = gr.Button(t("stop"), variant="stop")
        with gr.Column(scale=3, elem_classes="fa-results"):
            status = status_line()
            live = build_player("fa-live-audio-chat-manner")
            answer = labelled_html("audio_chat.answer")
            asked = labelled_html("audio_chat.asked")
    output = MannerOutput(status, answer, live, asked)
    connect(
        run.click,
        on_answer,
        [clip, text, persona, models.inputs()],
        output,
        api_name="on_audio_chat_manner",
        api_visibility="undocumented",
        **QUEUE_OPTIONS,
    )
    connect(stop.click, on_stop, None, output.pick("status"))
    return output, MannerInputs(clip, text, persona)
