"""Inputs of the section Robustness, and the run that they name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from funaudio_core.engines import registry
from funaudio_core.engines.protocols import RECOGNITION_RATE
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput
from funaudio_core.evaluation.conditions.catalog import CONDITIONS, Condition, condition, strengths
from funaudio_core.evaluation.conditions.systems import under_conditions
from funaudio_core.evaluation.example_set import example_set
from funaudio_core.evaluation.items import DataSet, Item
from funaudio_core.evaluation.protocols import DEFAULT_PROTOCOL, PROTOCOLS
from funaudio_core.evaluation.runs.store import create_run
from funaudio_core.evaluation.runs.stored_run import ROBUSTNESS_SECTION, StoredRun
from funaudio_core.evaluation.systems import RECOGNITION, System, make_system
from funaudio_core.i18n.catalog import translate
from funaudio_core.languages import LANGUAGES
from server.params import AUTO, parse_language
from server.request import localize
from server.updates import Inputs
from tabs.components.inputs import clip_examples, clip_input, engine_choices, language_picker, read_clip
from tabs.components.strings import add_computed_strings, add_strings, t
from tabs.components.trained_engines import offered_engines

CLIP_DATA, EXAMPLE_DATA = "clip", "examples"
CLIP_ID = "clip"  # of the visitor's clip, which also chooses its noise
MAX_ENGINES = 3
MAX_SECONDS = 60.0  # of the clip
MAX_SET_SECONDS = 300.0  # of the recordings of a run
STEPS = 100  # of a slider at most

add_strings(
    {
        "robustness.about": (
            "How the error rate grows under noise, in rooms, through codecs, at other levels and speeds. "
            "Equal seeds give equal sound.",
            "测量噪声、混响、编解码、音量与语速变化下错误率如何上升。种子相同，声音即相同。",
        ),
        "robustness.clip": ("Clip (up to 60 s)", "音频（最长 60 秒）"),
        "robustness.condition": ("Condition", "条件"),
        "robustness.strength": ("Strength", "强度"),
        "robustness.heard": ("Clip under the condition", "该条件下的音频"),
        "robustness.text": ("Said in the clip (reference)", "音频中所说内容（参考文本）"),
        "robustness.data": ("Recordings of the curve", "曲线所用录音"),
        "robustness.data.clip": ("The clip", "上面的音频"),
        "robustness.data.examples": ("Example clips", "示例音频"),
        "robustness.run": ("Measure the curve", "测量曲线"),
        "robustness.curve": ("Error rate by strength, with 95 % intervals", "各强度下的错误率及 95% 置信区间"),
        "robustness.table": ("Scores", "得分"),
    }
)
add_computed_strings({f"robustness.{row.name}": partial(translate, row.title) for row in CONDITIONS.values()})


@dataclass(frozen=True, slots=True)
class CurveRequest:
    """Curve that a visitor asks for.

    Attributes:
        engines: Names of the recognizers.
        condition: Name of the condition.
        data: CLIP_DATA or EXAMPLE_DATA.
        clip: Path of the clip.
        text: Reference of the clip.
        language: Language of the clip, or AUTO.
        protocol: Name of the scoring protocol.
    """

    engines: list[str]
    condition: str
    data: str
    clip: str | None
    text: str
    language: str
    protocol: str

    def first_engine(self) -> EngineSpec[Any]:
        """Return the engine that is needed first. Raise BadInput if there are none, or too many."""
        if not self.engines:
            raise BadInput("No model is selected. Select at least one.")
        if len(self.engines) > MAX_ENGINES:
            raise BadInput(
                "{count} models are selected; the limit is {most}.", count=len(self.engines), most=MAX_ENGINES
            )
        return make_system(RECOGNITION, self.engines[0]).engine()

    def create_run(self, owner: str) -> StoredRun:
        """Store the run. Raise BadInput if an input is missing or unknown. owner: See store.create_run()."""
        self.first_engine()
        chosen = strengths(self.condition)
        plain = [make_system(RECOGNITION, engine) for engine in self.engines]
        systems = [each for system in plain for each in under_conditions(system, chosen)]
        data_set = self._data_set(plain)
        return create_run(data_set, systems, MAX_SET_SECONDS, self.protocol, section=ROBUSTNESS_SECTION, owner=owner)

    def _data_set(self, systems: list[System]) -> DataSet:
        if self.data == EXAMPLE_DATA:
            return example_set([system.engine() for system in systems])
        read_clip(self.clip, limit=MAX_SECONDS, rate=RECOGNITION_RATE)
        if not self.text.strip():
            raise BadInput("The reference is missing. Enter what is said in the clip.")
        item = Item(CLIP_ID, Path(self.clip or ""), self.text.strip(), parse_language(self.language) or "")
        return DataSet(CLIP_ID, (item,))


@dataclass(frozen=True, slots=True)
class CurveControls:
    """Input components of the section."""

    engines: gr.Dropdown
    condition: gr.Dropdown
    strength: gr.Slider
    data: gr.Radio
    clip: gr.Audio
    text: gr.Textbox
    language: gr.Dropdown
    protocol: gr.Dropdown

    def inputs(self) -> Inputs[CurveRequest]:
        """Return the components as inputs of a handler."""
        return Inputs.gather(CurveRequest, self)


def build_controls() -> CurveControls:
    """Add the inputs."""
    clip = clip_input("robustness.clip")
    clip_examples(clip)
    first = next(iter(CONDITIONS.values()))
    choices = [(str(t(f"robustness.{row.name}")), row.name) for row in CONDITIONS.values()]
    chosen = gr.Dropdown(choices, value=first.name, label=t("robustness.condition"))
    slider, middle = _slider(first), middle_strength(first)
    strength = gr.Slider(slider.low, slider.high, middle, step=slider.step, label=t("robustness.strength"))
    data = gr.Radio(
        [(str(t(f"robustness.data.{kind}")), kind) for kind in (EXAMPLE_DATA, CLIP_DATA)],
        value=EXAMPLE_DATA,
        label=t("robustness.data"),
    )
    text = gr.Textbox(label=t("robustness.text"), visible=False)
    language = language_picker("robustness", frozenset(LANGUAGES), auto=True, value=AUTO, key="evaluate.language")
    names = offered_names([])
    engines = gr.Dropdown(names, value=[names[0][1]], multiselect=True, label=t("evaluate.engines"))
    protocols = [(each.title, each.name) for each in PROTOCOLS.values()]
    protocol = gr.Dropdown(protocols, value=DEFAULT_PROTOCOL, label=t("evaluate.protocol"))
    return CurveControls(engines, chosen, strength, data, clip, text, language, protocol)


def offered_names(remembered: object) -> list[tuple[str, str]]:
    """Return (label, name) pairs of the recognizers, among them those that the visitor trained."""
    return engine_choices(offered_engines(remembered, registry.RECOGNIZERS))


def strength_update(name: str) -> Any:
    """Return the update of the slider for a condition, set to its middle strength."""
    row = condition(name)
    slider = _slider(row)
    return gr.Slider(
        slider.low,
        slider.high,
        middle_strength(row),
        step=slider.step,
        label=localize("Strength ({unit})", unit=row.unit),
    )


def middle_strength(row: Condition) -> float:
    """Return the middle one of the usual strengths."""
    return row.strengths[len(row.strengths) // 2]


@dataclass(frozen=True, slots=True)
class _Range:
    """Range of the slider: that of the usual strengths."""

    low: float
    high: float
    step: float


def _slider(row: Condition) -> _Range:
    low, high = min(row.strengths), max(row.strengths)
    return _Range(low, high, next(step for step in (0.05, 0.1, 0.5, 1.0) if (high - low) / step <= STEPS))
