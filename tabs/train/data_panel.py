"""Step 1: names and terms, the sentences that are spoken with them, and the visitor's own recordings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from funaudio_core import audio, settings
from funaudio_core.errors import BadInput
from funaudio_core.training.runs.model import RunPlan, Upload
from funaudio_core.training.runs.trainer import words_trainer
from funaudio_core.training.words import LANGUAGES
from funaudio_core.training.words.model import PlannedSentence, WordsPlan
from server.events import handler
from server.params import parse_language
from server.sessions import track_upload
from server.updates import Inputs, Outputs, Update, connect
from tabs.components.inputs import language_choices
from tabs.components.strings import t
from tabs.train.page_strings import CONSENT

DEFAULT_LANGUAGE = "en"
MAX_SENTENCES, MAX_SENTENCE_CHARACTERS = 200, 200
MAX_RECORDINGS, MAX_RECORDED_SECONDS = 20, 600.0
TEXT_SUFFIX = ".txt"


@dataclass(frozen=True, slots=True)
class WordsRequest:
    """Names and terms to learn, as the visitor enters them.

    Attributes:
        terms: One a line.
        language: Code of the language of the sentences.
        sentences: One a line; empty to have them written.
        files: Paths of uploaded recordings, and of texts of the same name.
        consent: The visitor confirms that they may train with the recordings.
    """

    terms: str | None
    language: str
    sentences: str | None = ""
    files: list[str] | None = None
    consent: bool = False

    def plan(self, *, has_review: bool) -> RunPlan:
        """Return the plan. Raise BadInput if there is nothing to learn, too much, or a term in no sentence."""
        planned = plan_words(self.terms, self.language)
        sentences = _choose_voices(_lines(self.sentences), planned)
        _require_number(sentences, MAX_SENTENCES)
        words = "\n".join(sentence.text for sentence in sentences).casefold()
        if missing := tuple(term for term in planned.terms if term.casefold() not in words):
            raise BadInput("No sentence contains {terms}. Add one, or have the sentences written again.", terms=missing)
        return RunPlan(planned.terms, planned.language, sentences, settings.read().training_minutes, has_review)

    def uploads(self) -> list[Upload]:
        """Return the recordings. Raise BadInput without consent, or if they are too many."""
        paths = [Path(path) for path in self.files or ()]
        for path in paths:
            track_upload(path)
        texts = {path.stem: path for path in paths if path.suffix.lower() == TEXT_SUFFIX}
        recordings = [path for path in paths if path.suffix.lower() != TEXT_SUFFIX]
        if recordings and not self.consent:
            raise BadInput(
                "Consent is required. Tick the box to confirm that the voice is yours or that you have the "
                "speaker's permission."
            )
        _require_short(recordings)
        return [Upload(path, path.name, _read_text(texts.get(path.stem))) for path in recordings]


@dataclass(frozen=True, slots=True)
class DataControls(Outputs):
    """Input components of the step."""

    terms: gr.Textbox
    language: gr.Dropdown
    sentences: gr.Textbox
    files: gr.File
    consent: gr.Checkbox

    def inputs(self) -> Inputs[WordsRequest]:
        """Return the components as inputs of a handler."""
        return Inputs.gather(WordsRequest, self)


def plan_words(terms: str | None, language: str) -> WordsPlan:
    """Return the sentences for names and terms, one a line. Raise BadInput if there are none or too many."""
    return words_trainer().plan(_lines(terms), parse_language(language) or DEFAULT_LANGUAGE)


def _lines(written: str | None) -> list[str]:
    return [" ".join(line.split()) for line in (written or "").splitlines() if line.strip()]


def _choose_voices(lines: Sequence[str], planned: WordsPlan) -> tuple[PlannedSentence, ...]:
    """Return the visitor's sentences, each with its voice; those of the plan without any."""
    if not lines:
        return planned.training
    by_text = {sentence.text: sentence for sentence in planned.training}
    voices = list(dict.fromkeys(sentence.voice for sentence in planned.training))
    return tuple(
        by_text.get(line) or PlannedSentence(line, voices[number % len(voices)], "training")
        for number, line in enumerate(lines)
    )


def _require_number(sentences: Sequence[PlannedSentence], most: int) -> None:
    """Raise BadInput if there are too many sentences, or one is too long."""
    if len(sentences) > most:
        raise BadInput(
            "There are {count} sentences; a run takes {most}. Leave some out.", count=len(sentences), most=most
        )
    for number, sentence in enumerate(sentences, 1):
        if len(sentence.text) > MAX_SENTENCE_CHARACTERS:
            raise BadInput(
                "Sentence {number} has {count} characters; at most {most} are allowed. Shorten it.",
                number=number,
                count=len(sentence.text),
                most=MAX_SENTENCE_CHARACTERS,
            )


def _require_short(recordings: Sequence[Path]) -> None:
    """Raise BadInput if there are too many recordings, or they are too long."""
    if len(recordings) > MAX_RECORDINGS:
        raise BadInput(
            "There are {count} recordings; a run takes {most}. Leave some out.",
            count=len(recordings),
            most=MAX_RECORDINGS,
        )
    seconds = sum(map(audio.declared_duration, recordings))
    if seconds > MAX_RECORDED_SECONDS:
        raise BadInput(
            "The recordings have {minutes:.0f} minutes; a run takes {most:.0f}. Leave some out.",
            minutes=seconds / 60,
            most=MAX_RECORDED_SECONDS / 60,
        )


def _read_text(path: Path | None) -> str:
    """Return the words of a recording; "" without a file of them."""
    return " ".join(path.read_text(encoding="utf-8", errors="replace").split()) if path else ""


@handler
def on_write(terms: str, language: str) -> Update:
    """Write sentences with the names and terms, in place of those that are there."""
    return Update(sentences="\n".join(sentence.text for sentence in plan_words(terms, language).training))


def build_data(*, can_train: bool) -> tuple[DataControls, dict[str, gr.Button]]:
    """Add the inputs; return them with the buttons "write", "prepare" and "run".

    Args:
        can_train: Visitors can train here, so that the buttons work.
    """
    gr.Markdown(t("train.data"), elem_classes="fa-step")
    terms = gr.Textbox(label=t("train.terms"), placeholder=t("train.terms.example"), lines=5, max_lines=12)
    with gr.Row():
        language = gr.Dropdown(language_choices(LANGUAGES), value=DEFAULT_LANGUAGE, label=t("train.language"))
        write = gr.Button(t("train.write"), interactive=can_train)
    sentences = gr.Textbox(label=t("train.sentences"), lines=6, max_lines=12)
    with gr.Accordion(t("train.own"), open=False):
        types = ["audio", "video", TEXT_SUFFIX]
        files = gr.File(file_count="multiple", file_types=types, type="filepath", label=t("train.own.files"))
        consent = gr.Checkbox(False, label=t(CONSENT))
    with gr.Row(elem_classes="fa-run"):
        prepare = gr.Button(t("train.prepare"), variant="primary", interactive=can_train)
        run = gr.Button(t("train.run"), interactive=can_train)
    controls = DataControls(terms, language, sentences, files, consent)
    return controls, {"write": write, "prepare": prepare, "run": run}


def wire_data(controls: DataControls, write: gr.Button, options: dict[str, Any]) -> None:
    """Connect the button that writes the sentences."""
    connect(write.click, on_write, [controls.terms, controls.language], controls.pick("sentences"), **options)
