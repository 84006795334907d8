"""Step 4: the result of the run, and what to do with the adapter."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import Any

import gradio as gr

from funaudio_core.training.runs.stored_run import StoredRun, open_run
from funaudio_core.training.words.model import HeldOutText, WordsResult
from server.events import handler
from server.request import localize
from server.updates import Outputs, Update, connect
from tabs.components import trained_engines
from tabs.components.confirmation import build_confirmed_button
from tabs.components.outputs import safe_name, write_file
from tabs.components.strings import t
from tabs.train.result_view import result_html
from tabs.train.routes import HELD_OUT, sound_url

OPEN_JS = "() => { location.hash = '#recognize'; scrollTo(0, 0); }"


@dataclass(frozen=True, slots=True)
class AdapterControls(Outputs):
    """Components of the step.

    Attributes:
        result_later: Note on what comes here.
        result: Measures, terms and held-out clips.
        actions: The buttons.
        download: Download of the adapter with its card.
    """

    result_later: gr.Markdown
    result: gr.HTML
    actions: gr.Column
    download: gr.DownloadButton
    use: gr.Button


def show_adapter(run: StoredRun) -> Update:
    """Return the update that shows the result of a run, if it has one; any run can be deleted."""
    result = run.result()
    if result is None:
        return Update(**{**hide_adapter(), "actions": gr.Column(visible=True)})

    file = f"{safe_name(result.title, 'adapter')}.zip"

    def sound_of(text: HeldOutText) -> str:
        return sound_url(run.id, HELD_OUT, text.number)

    return Update(
        result_later=gr.Markdown(visible=False),
        result=result_html(result, run.plan.language, sound_of),
        actions=gr.Column(visible=True),
        download=gr.DownloadButton(value=write_file(pack_adapter(result), file), visible=True),
        use=gr.Button(visible=True),
    )


def pack_adapter(result: WordsResult) -> bytes:
    """Return the adapter and its card as a ZIP."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(result.adapter.iterdir()):
            if path.suffix in (".json", ".safetensors"):
                archive.write(path, path.name)
    return out.getvalue()


def hide_adapter() -> Update:
    """Return the update that empties the step."""
    return Update(
        result_later=gr.Markdown(visible=True),
        result="",
        actions=gr.Column(visible=False),
        download=gr.DownloadButton(value=None, visible=False),
        use=gr.Button(visible=False),
    )


@handler
def on_use(shown: Any, remembered: object) -> Update:
    """Offer the recognizer in the pickers of this visitor, and choose it on Recognize."""
    result = open_run(shown[0]).result() if shown else None
    if result is None:
        return Update()
    status = localize("{title} is offered wherever you choose a recognition model.", title=result.title)
    return Update(status=status, remembered=trained_engines.remember(remembered, result.engine))


def build_adapter() -> tuple[AdapterControls, gr.Button]:
    """Add the step; return it with the button that deletes the run."""
    gr.Markdown(t("train.listen"), elem_classes="fa-step")
    later = gr.Markdown(t("train.listen.later"), elem_classes="fa-note")
    result = gr.HTML(elem_classes="fa-report")
    with gr.Column(visible=False) as actions:
        with gr.Row():
            use = gr.Button(t("train.use"), variant="primary", visible=False)
            download = gr.DownloadButton(t("train.download"), visible=False)
        delete = build_confirmed_button("train.delete", "train.delete_question")
    return AdapterControls(later, result, actions, download, use), delete


def wire_adapter(adapter: AdapterControls, shown: gr.State, status: gr.HTML) -> None:
    """Connect the button that uses the recognizer.

    Args:
        adapter: The step.
        shown: State with the id of the run.
        status: The status line.
    """
    memory = trained_engines.memory()
    outputs = {"status": status, "remembered": memory}
    used = connect(adapter.use.click, on_use, [shown, memory], outputs, show_progress="hidden")
    used.success(None, None, None, js=OPEN_JS)
