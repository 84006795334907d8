"""Inputs of the Evaluate page, and the data set and systems that they name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from funaudio_core.engines import registry
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput
from funaudio_core.evaluation.example_set import example_set
from funaudio_core.evaluation.items import DataSet
from funaudio_core.evaluation.protocols import DEFAULT_PROTOCOL, PROTOCOLS
from funaudio_core.evaluation.runs.store import create_run
from funaudio_core.evaluation.runs.stored_run import StoredRun
from funaudio_core.evaluation.systems import RECOGNITION, TASKS, System, make_system
from funaudio_core.evaluation.uploads import read_uploads
from funaudio_core.languages import LANGUAGES
from server.params import AUTO, parse_language
from server.request import owner_id
from server.sessions import track_output, track_upload
from server.updates import Inputs
from tabs.components.inputs import engine_choices, language_picker
from tabs.components.outputs import new_folder
from tabs.components.strings import add_strings, t
from tabs.components.trained_engines import offered_engines

EXAMPLE_DATA, FILES_DATA = "examples", "files"
GROUPS = ("", "language", "length", "emotion")
MAX_ENGINES = 4
MAX_ITEMS = 200  # on the page; the command line has no limit
MAX_SECONDS = 1800.0  # of all recordings together, on the page

add_strings(
    {
        "evaluate.tab": ("Evaluate", "评测"),
        "evaluate.about": (
            "Measure the models on your own recordings or texts, with the scoring rules of published evaluations.",
            "用您自己的录音或文本评测模型，评分规则与公开评测一致。",
        ),
        "evaluate.task": ("Task", "任务"),
        "evaluate.task.recognition": ("Recognition: error rate of the transcripts", "语音识别：转写的错误率"),
        "evaluate.task.synthesis": (
            "Synthesis: error rate of the speech when it is heard again",
            "语音合成：合成语音再识别的错误率",
        ),
        "evaluate.engines": ("Models to compare", "要比较的模型"),
        "evaluate.data": ("Data", "数据"),
        "evaluate.data.examples": ("Example clips", "示例音频"),
        "evaluate.data.files": ("My files", "我的文件"),
        "evaluate.files": (
            "ZIP, or a list (JSONL, CSV, TSV) with its recordings, or recordings with transcripts (.txt); "
            "or results of an earlier run",
            "ZIP，或列表（JSONL、CSV、TSV）及其录音，或录音及同名转写（.txt）；也可上传先前的结果",
        ),
        "evaluate.language": ("Language of entries without one", "未注明语言的条目的语言"),
        "evaluate.protocol": ("Scoring rules", "评分规则"),
        "evaluate.group": ("Group by", "分组"),
        "evaluate.group.none": ("No groups", "不分组"),
        "evaluate.group.language": ("Language", "语言"),
        "evaluate.group.length": ("Length", "时长"),
        "evaluate.group.emotion": ("Emotion", "情绪"),
        "evaluate.run": ("Evaluate", "开始评测"),
        "evaluate.section.scores": ("Error rates", "错误率"),
        "evaluate.section.robustness": ("Robustness", "鲁棒性"),
        "evaluate.section.compare": ("Compare by listening", "盲听比较"),
        "evaluate.scores": ("Scores", "得分"),
        "evaluate.utterances": (
            "Utterances, most errors first: click one to see and hear it",
            "逐条结果（错误多的在前）：点击可查看和试听",
        ),
        "evaluate.alignment": ("Alignment", "对齐"),
        "evaluate.confusions": ("Most frequent confusions", "最常见的混淆"),
        "evaluate.latency": ("Latency", "延迟"),
        "evaluate.emotions": ("Emotions", "情绪"),
        "evaluate.views": ("Latency and emotions (ZIP)", "延迟与情绪（ZIP）"),
        "evaluate.sound": ("Sound", "音频"),
        "evaluate.results": ("Results (ZIP)", "结果（ZIP）"),
        "evaluate.markdown": ("Markdown", "Markdown"),
        "evaluate.csv": ("CSV", "CSV"),
        "evaluate.latex": ("LaTeX", "LaTeX"),
    }
)


@dataclass(frozen=True, slots=True)
class EvaluateRequest:
    """Evaluation that a visitor asks for.

    Attributes:
        task: RECOGNITION or SYNTHESIS.
        engines: Names of the engines.
        data: EXAMPLE_DATA or FILES_DATA.
        files: Paths of the uploaded files.
        language: Language of entries without one, or AUTO.
        protocol: Name of the scoring protocol.
        group_by: See scoring.score_file().
    """

    task: str
    engines: list[str]
    data: str
    files: list[str] | None
    language: str
    protocol: str
    group_by: str

    def systems(self) -> list[System]:
        """Return the systems. Raises BadInput for none, too many, or an unknown one."""
        if not self.engines:
            raise BadInput("No model is selected. Select at least one.")
        if len(self.engines) > MAX_ENGINES:
            raise BadInput(
                "{count} models are selected; the limit is {most}.", count=len(self.engines), most=MAX_ENGINES
            )
        systems = [make_system(self.task, engine) for engine in self.engines]
        for system in systems:
            system.engine()
        return systems

    def uploads(self) -> list[Path]:
        """Return the uploaded files, which are deleted with the session."""
        for path in self.files or ():
            track_upload(path)
        return [Path(path) for path in self.files or ()]

    def data_set(self) -> DataSet:
        """Return the data set. Raises BadInput if the files are none, or too many."""
        if self.data == EXAMPLE_DATA:
            return example_set([system.engine() for system in self.systems()])
        found = self._read_files()
        if len(found.items) > MAX_ITEMS:
            raise BadInput(
                "There are {count} entries; this page takes {most}. Use fewer, or the command line.",
                count=len(found.items),
                most=MAX_ITEMS,
            )
        return found

    def create_run(self) -> StoredRun:
        """Store the run, counted for the visitor. Raises BadInput if an input is missing or unknown."""
        systems, data_set = self.systems(), self.data_set()
        return create_run(data_set, systems, MAX_SECONDS, self.protocol, self.group_by, owner=owner_id())

    def _read_files(self) -> DataSet:
        folder = new_folder()
        try:
            return read_uploads(self.uploads(), folder, parse_language(self.language) or "")
        finally:
            for path in folder.rglob("*"):
                if path.is_file():
                    track_output(path)


@dataclass(frozen=True, slots=True)
class EvaluateControls:
    """Input components of the page."""

    task: gr.Radio
    engines: gr.Dropdown
    data: gr.Radio
    files: gr.File
    language: gr.Dropdown
    protocol: gr.Dropdown
    group_by: gr.Dropdown

    def inputs(self) -> Inputs[EvaluateRequest]:
        """Return the components as inputs of a handler."""
        return Inputs.gather(EvaluateRequest, self)


def table_of(task: str) -> dict[str, EngineSpec[Any]]:
    """Return the table of the registry with the engines of a task."""
    rows: dict[str, Any] = registry.RECOGNIZERS if task == RECOGNITION else registry.SYNTHESIZERS
    return rows


def engines_of(task: str) -> dict[str, EngineSpec[Any]]:
    """Return the engines of a task that everybody is offered."""
    return registry.available(table_of(task))


def offered_names(task: str, remembered: object) -> list[tuple[str, str]]:
    """Return (label, name) pairs of the models for a task, among them those that the visitor trained.

    Args:
        task: RECOGNITION or SYNTHESIS.
        remembered: Value of trained_engines.memory().
    """
    return engine_choices(offered_engines(remembered, table_of(task)))


def build_controls() -> EvaluateControls:
    """Add the inputs."""
    tasks = [(str(t(f"evaluate.task.{task}")), task) for task in TASKS]
    task = gr.Radio(tasks, value=RECOGNITION, label=t("evaluate.task"))
    names = engine_choices(engines_of(RECOGNITION))
    engines = gr.Dropdown(names, value=[names[0][1]], multiselect=True, label=t("evaluate.engines"))
    kinds = [(str(t(f"evaluate.data.{kind}")), kind) for kind in (EXAMPLE_DATA, FILES_DATA)]
    data = gr.Radio(kinds, value=EXAMPLE_DATA, label=t("evaluate.data"))
    files = gr.File(file_count="multiple", label=t("evaluate.files"), visible=False)
    with gr.Row(elem_classes="fa-choices"):
        protocols = [(each.title, each.name) for each in PROTOCOLS.values()]
        protocol = gr.Dropdown(protocols, value=DEFAULT_PROTOCOL, label=t("evaluate.protocol"))
        groups = [(str(t(f"evaluate.group.{group or 'none'}")), group) for group in GROUPS]
        group_by = gr.Dropdown(groups, value="", label=t("evaluate.group"))
    with gr.Accordion(t("more"), open=False):
        language = language_picker("evaluate", frozenset(LANGUAGES), auto=True, value=AUTO, key="evaluate.language")
    return EvaluateControls(task, engines, data, files, language, protocol, group_by)
