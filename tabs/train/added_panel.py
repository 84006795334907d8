"""Adapters that were trained elsewhere: added from a file, used in all pickers, and compared with their base."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from funaudio_core.engines import preload, registry, selection
from funaudio_core.errors import BadInput
from funaudio_core.evaluation.items import Item
from funaudio_core.evaluation.uploads import read_uploads
from funaudio_core.languages import LANGUAGES
from funaudio_core.training.runs.adapters import delete_engine
from funaudio_core.training.runs.added import AddedAdapter, add_adapter, find_added
from funaudio_core.training.runs.comparison import ANSWERS, RECOGNIZES, SPEAKS, ability, answer, compare_items
from funaudio_core.training.runs.comparison import make_systems as systems_of
from funaudio_core.training.runs.comparison import score as score_both
from server import admission
from server.events import QUEUE_OPTIONS, handler, queued_handler
from server.params import AUTO, parse_language
from server.request import account_id, localize
from server.sessions import track_output, track_upload
from server.updates import Inputs, Outputs, Update, connect
from tabs.components import reference_voice, trained_engines
from tabs.components.confirmation import build_confirmed_button
from tabs.components.inputs import language_picker
from tabs.components.layout import loading_text, status_line
from tabs.components.outputs import new_folder
from tabs.components.page.page_load import page_opened
from tabs.components.reference_voice import ReferenceControls, ReferenceInput
from tabs.components.strings import t
from tabs.train.added_strings import PANEL
from tabs.train.added_view import answers_html, card_html, compared_html

MAX_ITEMS = 20  # of a comparison
TABLES: tuple[dict[str, Any], ...] = (registry.RECOGNIZERS, registry.SYNTHESIZERS, registry.SPOKEN_CHATBOTS)
PAGES = {RECOGNIZES: "recognize", SPEAKS: "zero_shot", ANSWERS: "audio_chat"}
OPEN_JS = "(page) => { if (page) { location.hash = '#' + page; scrollTo(0, 0); } }"


@dataclass(frozen=True, slots=True)
class ComparisonRequest:
    """Comparison that a visitor asks for.

    Attributes:
        choice: Name of the adapter's engine; None without one.
        reference: Clip in whose voice both speak; without one each speaks in its own.
        texts: Texts or questions, one a line.
        recordings: Paths of the uploaded recordings.
        language: Language of the texts, and of recordings without one, or AUTO.
    """

    choice: str | None
    reference: ReferenceInput
    texts: str
    recordings: list[str] | None
    language: str

    def adapter(self) -> AddedAdapter:
        """Return the adapter. Raise BadInput if none is chosen, or it is gone."""
        if not self.choice:
            raise BadInput("There is no adapter yet. Add one first.")
        return find_added(self.choice)

    def lines(self) -> list[str]:
        """Return the texts. Raise BadInput if there are none or too many."""
        found = [line.strip() for line in self.texts.splitlines() if line.strip()]
        if not found:
            raise BadInput("There are no texts yet. Write some that were not trained on, one a line.")
        _require_few(len(found))
        return found

    def items(self) -> list[Item]:
        """Return the texts as items of the evaluation."""
        code = parse_language(self.language) or "en"
        return [Item(str(number), None, text, code) for number, text in enumerate(self.lines(), 1)]

    def recorded_items(self) -> list[Item]:
        """Return the recordings as items of the evaluation. Raise BadInput if there are none or too many."""
        folder, paths = new_folder(), [Path(path) for path in self.recordings or ()]
        for path in paths:
            track_upload(str(path))
        try:
            found = list(read_uploads(paths, folder, parse_language(self.language) or "").items)
            _require_few(len(found))
            return found
        finally:
            for path in folder.rglob("*"):
                if path.is_file():
                    track_output(path)


def _require_few(count: int) -> None:
    """Raise BadInput if there are too many texts or recordings."""
    if count > MAX_ITEMS:
        raise BadInput(
            "There are {count} entries; this page takes {most}. Use fewer, or the command line.",
            count=count,
            most=MAX_ITEMS,
        )


@dataclass(frozen=True, slots=True)
class AddedControls(Outputs):
    """Components of the panel.

    Attributes:
        choice: The adapters of this visitor.
        page: Page to open.
    """

    files: gr.File
    choice: gr.Dropdown
    card: gr.HTML
    actions: gr.Column
    status: gr.HTML
    compared: gr.HTML
    page: gr.State


def own_adapters(remembered: object) -> list[tuple[str, str]]:
    """Return (title, name) pairs of the engines that the browser remembers."""
    found = {name: spec for table in TABLES for name, spec in trained_engines.trained(remembered, table).items()}
    return [(spec.title, name) for name, spec in found.items()]


def _shown(remembered: object, chosen: str | None) -> Update:
    """Return the update that shows the visitor's adapters, one of them with its card."""
    choices = own_adapters(remembered)
    names = [name for _, name in choices]
    value = chosen if chosen in names else next(iter(names), None)
    return Update(
        choice=gr.Dropdown(choices=choices, value=value, visible=bool(choices)),
        card=card_html(find_added(value).card) if value else "",
        actions=gr.Column(visible=bool(choices)),
    )


@handler
def on_add(files: list[str] | None, remembered: object) -> Update:
    """Keep an adapter, and offer it in the pickers of this visitor."""
    admission.check_rate_limit(account_id())
    for path in files or ():
        track_upload(path)
    if not files:
        raise BadInput("No file yet. Choose the ZIP of an adapter, or both of its files.")
    added = add_adapter([Path(path) for path in files])
    names = trained_engines.remember(remembered, added.engine)
    status = localize("{title} is offered wherever you choose such a model.", title=added.title)
    return Update(**_shown(names, added.engine), files=None, status=status, compared="", remembered=names)


@handler
def on_choice(choice: str | None, remembered: object) -> Update:
    """Show the card of an adapter."""
    return Update(**_shown(remembered, choice), compared="")


def on_open(choice: str | None, remembered: object) -> Update:
    """Show the visitor's adapters when the page is opened, or one was trained."""
    return _shown(remembered, choice)


@handler
def on_use(choice: str | None, remembered: object) -> Update:
    """Choose an adapter in the picker of the page that shows it best, and open that."""
    added = find_added(choice or "")
    return Update(page=PAGES[ability(added)], remembered=trained_engines.remember(remembered, added.engine))


@handler
def on_delete(choice: str | None, remembered: object) -> Update:
    """Delete an adapter, and the run that made it if there is one."""
    delete_engine(choice or "")
    names = trained_engines.forget(remembered, choice or "")
    return Update(**_shown(names, None), status=localize("Deleted."), compared="", remembered=names)


@queued_handler()
def on_compare(request: ComparisonRequest) -> Iterator[Update]:
    """Run base and adapter on the same held-out texts or recordings, and show both with their measures."""
    added = request.adapter()
    what = ability(added)
    yield Update(status=localize("Reading the data…"), compared="")
    if what == ANSWERS:
        yield from _compare_answers(added, request.lines())
        return
    items = request.recorded_items() if what == RECOGNIZES else request.items()
    voice = request.reference.voice() if what == SPEAKS and request.reference.clip else None
    systems = systems_of(added, voice)
    for status in loading_text(preload.load_all(*(system.engine() for system in systems))):
        yield Update(status=status)
    compared = []
    for each in compare_items(systems, items):
        compared.append(each)
        yield Update(status=localize("{done} of {total} results…", done=len(compared), total=len(items)))
    folder = new_folder()
    scores = score_both(systems, compared, folder)
    for path in folder.iterdir():
        track_output(path)
    yield Update(status=localize("Finished."), compared=compared_html(scores, compared))


def _compare_answers(added: AddedAdapter, questions: list[str]) -> Iterator[Update]:
    specs = [selection.resolve(registry.SPOKEN_CHATBOTS, name) for name in (added.base, added.engine)]
    for status in loading_text(preload.load_all(*specs)):
        yield Update(status=status)
    rows = []
    for question in questions:
        rows.append((question, answer(added.base, question), answer(added.engine, question)))
        yield Update(status=localize("{done} of {total} results…", done=len(rows), total=len(questions)))
    yield Update(status=localize("Finished."), compared=answers_html(rows))


def build_added() -> tuple[AddedControls, Inputs[ComparisonRequest], dict[str, gr.Button]]:
    """Add the panel; return it with the inputs of a comparison and the buttons by name."""
    with gr.Column(scale=2):
        gr.Markdown(t(PANEL), elem_classes="fa-step")
        gr.Markdown(t("train.added.about"), elem_classes="fa-note")
        files = gr.File(
            file_count="multiple",
            file_types=[".zip", ".safetensors", ".json"],
            type="filepath",
            label=t("train.added.files"),
        )
        add = gr.Button(t("train.added.add"), variant="primary")
        choice = gr.Dropdown([], label=t("train.added.choice"), visible=False)
        card = gr.HTML(elem_classes="fa-report")
        with gr.Column(visible=False) as actions:
            use = gr.Button(t("train.added.use"), size="sm")
            delete = build_confirmed_button("train.added.delete", "train.added.delete_question")
    with gr.Column(scale=3):  # not of the class fa-results, which hides a closed section
        gr.Markdown(t("train.added.listen"), elem_classes="fa-step")
        texts = gr.Textbox(label=t("train.added.texts"), lines=4, max_lines=MAX_ITEMS)
        with gr.Accordion(t("train.added.reference"), open=False):
            reference: ReferenceControls = reference_voice.build_reference(examples=False)
        recordings = gr.File(file_count="multiple", type="filepath", label=t("train.added.recordings"))
        language = language_picker("train-added", frozenset(LANGUAGES), auto=True, value=AUTO)
        compare = gr.Button(t("train.added.compare"), variant="primary")
        status = status_line()
        compared = gr.HTML(elem_classes="fa-report")
    controls = AddedControls(files, choice, card, actions, status, compared, gr.State(""))
    inputs = Inputs(
        ComparisonRequest,
        choice=choice,
        reference=reference.inputs(),
        texts=texts,
        recordings=recordings,
        language=language,
    )
    return controls, inputs, {"add": add, "use": use, "delete": delete, "compare": compare}


def wire_added(controls: AddedControls, inputs: Inputs[ComparisonRequest], buttons: dict[str, gr.Button]) -> None:
    """Connect the panel."""
    memory = trained_engines.memory()
    known, outputs = [controls.choice, memory], (controls, {"remembered": memory})
    connect(buttons["add"].click, on_add, [controls.files, memory], *outputs)
    connect(controls.choice.input, on_choice, known, controls, show_progress="hidden")
    for event in (page_opened, trained_engines.memory_changed):
        connect(event, on_open, known, controls.pick("choice", "card", "actions"))
    used = connect(buttons["use"].click, on_use, known, *outputs, show_progress="hidden")
    used.success(None, controls.page, None, js=OPEN_JS)
    connect(buttons["delete"].click, on_delete, known, *outputs, show_progress="hidden")
    connect(buttons["compare"].click, on_compare, inputs, controls.pick("status", "compared"), **QUEUE_OPTIONS)
