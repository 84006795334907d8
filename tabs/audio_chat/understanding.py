"""Audio understanding: a question about any recording, with the timeline of what was heard as evidence."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import gradio as gr

from funaudio_core.engines.spoken_chat import HEARS, UNDERSTANDS
from funaudio_core.errors import BadInput
from funaudio_core.labels import EMOTIONS
from funaudio_core.pipelines.speakers.labels import name_speakers, speakers_of
from funaudio_core.types import Audio, Transcript
from server import cancellation
from server.events import QUEUE_OPTIONS, queued_handler
from server.request import localize
from server.updates import Outputs, Update, connect
from tabs.audio_chat.controls import PAGE, ModelControls, Models
from tabs.audio_chat.exchange import conversation_of, follow, listen, made_by, user_turn
from tabs.components.drawings import timeline
from tabs.components.inputs import MAX_TURN_SECONDS, clip_examples, clip_input, read_clip
from tabs.components.layout import status_line
from tabs.components.outputs import labelled_html
from tabs.components.strings import t

MAX_QUESTION_CHARACTERS, MAX_CHOICES = 1000, 10
CHOICES = "{question} Choose the correct option from the following options:\n{options}"  # as published
TRANSCRIBE = "Please help me transcribe the audio."  # as published
PRESETS = (
    "How many people speak, and what about?",
    "How does the speaker feel?",
    "What sounds are there besides speech?",
    TRANSCRIBE,
)
_LETTER = re.compile(r"\(?\b([A-J])\)")


def ask_with_choices(question: str, choices: str) -> str:
    """Return a question with its choices in the form that the model was evaluated with.

    Raises:
        BadInput: There is no question, it is too long, or there are too many choices.
    """
    question = " ".join(question.split())
    if not question:
        raise BadInput("There is no question to answer. Record or type one.")
    options = [line.strip() for line in choices.splitlines() if line.strip()]
    if len(question) + len(choices) > MAX_QUESTION_CHARACTERS or len(options) > MAX_CHOICES:
        raise BadInput(
            "The question is too long. Use at most {most} characters and {count} choices.",
            most=MAX_QUESTION_CHARACTERS,
            count=MAX_CHOICES,
        )
    if not options:
        return question
    lettered = (f"({letter}){option}" for letter, option in zip(string.ascii_uppercase, options, strict=False))
    return CHOICES.format(question=question, options="\n".join(lettered))


def find_choice(answer: str, choices: str) -> str:
    """Return the letter of the choice that an answer names, by letter or by its text; "" if none or several."""
    options = [line.strip() for line in choices.splitlines() if line.strip()]
    letters = {letter for letter in _LETTER.findall(answer) if string.ascii_uppercase.index(letter) < len(options)}
    if not letters and (alone := answer.strip().rstrip(".")) in string.ascii_uppercase[: len(options)]:
        letters = {alone} if alone else set()
    if not letters:
        named = [place for place, option in enumerate(options) if option.casefold() in answer.casefold()]
        letters = {string.ascii_uppercase[place] for place in named}
    return letters.pop() if len(letters) == 1 else ""


@dataclass(frozen=True, slots=True)
class UnderstandingOutput(Outputs):
    """Output components."""

    status: gr.HTML
    answer: gr.HTML
    heard: gr.HTML


@queued_handler(page=PAGE)
def on_ask(path: str | None, question: str, choices: str, models: Models) -> Iterator[Update]:
    """Answer a question about a recording; what was heard is shown beside it."""
    yield Update(status=localize("Listening…"), answer="", heard="")
    clip = read_clip(path, limit=MAX_TURN_SECONDS)
    asked = ask_with_choices(question, choices)
    models.require(UNDERSTANDS)
    yield from models.load()
    heard = None
    if HEARS not in models.spec.capabilities:
        heard = yield from listen(clip, speakers=True)
        yield Update(heard=evidence_html(heard, clip), status=localize("Thinking…"))
    conversation = conversation_of(models, user_turn(models, clip, asked, heard), speak=False)
    for answer, _ in follow(conversation, models):
        yield Update(answer=answer_html(answer.text, choices), status=answer.timing())
    status = f"{answer.timing()}; {made_by(models)}"
    yield Update(answer=answer_html(answer.text, choices, is_complete=True), status=status)
    if heard is None:  # the model heard by itself; listening programs show what there was to hear
        heard = yield from listen(clip, speakers=True)
        yield Update(heard=evidence_html(heard, clip), status=status)


def answer_html(text: str, choices: str, *, is_complete: bool = False) -> str:
    """Return an answer, with the choice that it names once it is complete."""
    shown = f"<p>{escape(text.strip())}</p>"
    if is_complete and choices.strip():
        letter = find_choice(text, choices)
        note = localize("Choice: {letter}", letter=letter) if letter else localize("No choice was found in the answer.")
        shown += f'<p class="fa-note">{escape(note)}</p>'
    return shown


def evidence_html(heard: Transcript, clip: Audio) -> str:
    """Return the timeline of what was heard in a clip, and its words with speakers and emotions."""
    numbers = speakers_of(heard)
    heard = name_speakers(heard, {number: localize("Speaker {number}", number=number) for number in numbers})
    lines = []
    for segment in heard.segments:
        mood = localize(EMOTIONS[segment.emotion.label].en) if segment.emotion else ""
        notes = ", ".join(note for note in (timeline.times(segment.start, segment.end), segment.speaker, mood) if note)
        lines.append(f"<li>{escape(notes)}: {escape(segment.text)}</li>")
    words = f'<ul class="fa-notes">{"".join(lines)}</ul>' if lines else f"<p>{localize('Nobody speaks.')}</p>"
    return timeline.draw(heard, timeline.waveform(clip.samples)) + words


def on_stop() -> Iterator[Update]:
    """Stop the answer."""
    request = cancellation.request_stop(PAGE)
    yield Update(status=localize("Stopping…"))
    cancellation.wait_until_stopped(request)
    if not request.superseded:
        yield Update(status=localize("Stopped."))


@dataclass(frozen=True, slots=True)
class UnderstandingInputs(Outputs):
    """Inputs that a demonstration fills in."""

    clip: gr.Audio
    question: gr.Textbox
    choices: gr.Textbox


def build(models: ModelControls) -> tuple[UnderstandingOutput, UnderstandingInputs]:
    """Add the ability and connect it."""
    with gr.Row():
        with gr.Column(scale=2):
            clip = clip_input("audio_chat.understanding.clip")
            clip_examples(clip)
            question = gr.Textbox(PRESETS[0], label=t("audio_chat.question"), lines=2)
            gr.Examples([[preset] for preset in PRESETS], question, label=t("examples"))
            choices = gr.Textbox("", label=t("audio_chat.choices"), lines=2)
            with gr.Row():
                run = gr.Button(t("audio_chat.run"), variant="primary")
                stop = gr.Button(t("stop"), variant="stop")
        with gr.Column(scale=3, elem_classes="fa-results"):
            status = status_line()
            answer = labelled_html("audio_chat.answer")
            heard = labelled_html("audio_chat.heard")
    output = UnderstandingOutput(status, answer, heard)
    connect(
        run.click,
        on_ask,
        [clip, question, choices, models.inputs()],
        output,
        api_name="on_audio_chat_ask",
        api_visibility="undocumented",
        **QUEUE_OPTIONS,
    )
    connect(stop.click, on_stop, None, output.pick("status"))
    return output, UnderstandingInputs(clip, question, choices)
