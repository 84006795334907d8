"""Inputs that set up a listening test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from funaudio_core.engines import registry, voice_catalog
from funaudio_core.errors import BadInput
from funaudio_core.evaluation.listening_tests.making import Plan
from funaudio_core.evaluation.listening_tests.model import KINDS, MAX_SYSTEMS, MIN_SYSTEMS, SpeechSystem
from funaudio_core.evaluation.listening_tests.sentences import OWN_SET, SETS, VARIED_SET, own_sentences, ready_sentences
from funaudio_core.tasks import synthesis
from server.events import handler
from server.updates import Inputs, Update, connect
from tabs.components import engine_picker
from tabs.components.inputs import language_choices, parse_engine, voice_choices
from tabs.components.page.page_load import on_page_load
from tabs.components.strings import t

MAX_SEED = 2**31 - 1
SYSTEM_TITLES = ("compare.system.1", "compare.system.2", "compare.system.3", "compare.system.4")


@dataclass(frozen=True, slots=True)
class SystemInput:
    """System as the visitor chooses it."""

    engine: str
    voice: str | None
    speed: float
    instruction: str

    def system(self) -> SpeechSystem:
        """Return the system, without its name."""
        return SpeechSystem("", parse_engine(self.engine), self.voice or "", self.speed, self.instruction.strip())


@dataclass(frozen=True, slots=True)
class TestInput:
    """Listening test as the visitor sets it up.

    Attributes:
        kind: One of KINDS.
        language: ISO 639 code.
        sentences: One of SETS.
        text: The visitor's own sentences, one a line.
        count: Number of systems; the others of the four don't count.
        first: System.
        second: System.
        third: System.
        fourth: System.
        seed: Seed.
        reveals_names: See ListeningTest.
    """

    __test__ = False  # no test of pytest

    kind: str
    language: str
    sentences: str
    text: str
    count: int
    first: SystemInput
    second: SystemInput
    third: SystemInput
    fourth: SystemInput
    seed: float | None
    reveals_names: bool

    def plan(self, creator: str) -> Plan:
        """Return the plan of the test. Raise BadInput if it has no sentences or a wrong seed."""
        seed = int(self.seed or 0)
        if not 0 <= seed <= MAX_SEED:
            raise BadInput("The seed {seed} is out of range. Use 0 to {most}.", seed=seed, most=MAX_SEED)
        is_own = self.sentences == OWN_SET
        sentences = own_sentences(self.text) if is_own else ready_sentences(self.sentences, self.language)
        systems = (self.first, self.second, self.third, self.fourth)[: int(self.count)]
        chosen = tuple(each.system() for each in systems)
        return Plan(self.kind, self.language, sentences, chosen, seed, self.reveals_names, creator)


@dataclass(frozen=True, slots=True)
class SystemControls:
    """Input components of a system, and the group around them."""

    group: gr.Group
    engine: gr.Dropdown
    voice: gr.Dropdown
    speed: gr.Slider
    instruction: gr.Textbox

    def inputs(self) -> Inputs[SystemInput]:
        """Return the components as inputs of a handler."""
        return Inputs.gather(SystemInput, self)


@dataclass(frozen=True, slots=True)
class TestControls:
    """Input components of a test."""

    __test__ = False  # no test of pytest

    kind: gr.Radio
    language: gr.Dropdown
    sentences: gr.Dropdown
    text: gr.Textbox
    count: gr.Radio
    first: SystemControls
    second: SystemControls
    third: SystemControls
    fourth: SystemControls
    seed: gr.Number
    reveals_names: gr.Checkbox

    @property
    def systems(self) -> tuple[SystemControls, ...]:
        """Return the components of all systems."""
        return (self.first, self.second, self.third, self.fourth)

    def inputs(self) -> Inputs[TestInput]:
        """Return the components as inputs of a handler."""
        return Inputs.gather(TestInput, self)


def build_controls() -> TestControls:
    """Add the inputs and connect them with each other."""
    kind = gr.Radio([(str(t(f"compare.kind.{name}")), name) for name in KINDS], value=KINDS[0], label=t("compare.kind"))
    sets = [(str(t(f"compare.sentences.{name}")), name) for name in SETS]
    sentences = gr.Dropdown(sets, value=VARIED_SET, label=t("compare.sentences"))
    text = gr.Textbox(lines=4, label=t("compare.text"), visible=False)
    codes = frozenset().union(*(spec.languages for spec in registry.available(registry.SYNTHESIZERS).values()))
    language = gr.Dropdown(language_choices(codes), value="en", label=t("language"))
    count = gr.Radio(list(range(MIN_SYSTEMS, MAX_SYSTEMS + 1)), value=MIN_SYSTEMS, label=t("compare.count"))
    first, second, third, fourth = (_build_system(number) for number in range(MAX_SYSTEMS))
    with gr.Accordion(t("more"), open=False):
        seed = gr.Number(0, label=t("compare.seed"), precision=0)
        reveals_names = gr.Checkbox(False, label=t("compare.reveals"))
    controls = TestControls(kind, language, sentences, text, count, first, second, third, fourth, seed, reveals_names)
    _wire(controls)
    return controls


def _build_system(number: int) -> SystemControls:
    """Add the inputs of a system; each begins with another voice."""
    with gr.Group(visible=number < MIN_SYSTEMS, elem_classes="fa-system") as group:
        gr.Markdown(t(SYSTEM_TITLES[number]), elem_classes="fa-system-title")
        engine = engine_picker.build_engine()
        with gr.Row(elem_classes="fa-choices"):
            name = engine_picker.default_synthesizer().name
            voice = gr.Dropdown(
                **_voices(name, "en", number), label=t("voice"), min_width=engine_picker.MIN_WIDTH_PIXELS
            )
            on_page_load(lambda: gr.Dropdown(choices=_voices(name, "en", number)["choices"]), voice)
            speed = gr.Slider(synthesis.MIN_RATE, synthesis.MAX_RATE, 1.0, step=0.05, label=t("compare.speed"))
        instruction = gr.Textbox(label=t("compare.instruction"), max_lines=1)
    return SystemControls(group, engine, voice, speed, instruction)


def _voices(engine: str, language: str, number: int) -> dict[str, Any]:
    """Return the choices of a voice picker, and its value: the voice of this number, as far as there are so many."""
    supported = engine_picker.supported_language(language, engine)
    choices = voice_choices(voice_catalog.voices_for_language(supported, engine))
    return {"choices": choices, "value": choices[min(number, len(choices) - 1)][1] if choices else None}


def _wire(controls: TestControls) -> None:
    groups = {f"group{number}": system.group for number, system in enumerate(controls.systems)}
    connect(controls.count.change, on_count, controls.count, groups)
    connect(controls.sentences.change, on_sentences, controls.sentences, {"text": controls.text})
    for number, system in enumerate(controls.systems):
        place = gr.State(number)
        for changed in (system.engine, controls.language):
            inputs = [system.engine, controls.language, place]
            connect(changed.change, on_engine, inputs, {"voice": system.voice}, show_progress="hidden")


def on_count(count: int) -> Update:
    """Show as many systems as are compared."""
    return Update(**{f"group{number}": gr.Group(visible=number < count) for number in range(MAX_SYSTEMS)})


def on_sentences(sentences: str) -> Update:
    """Show the box for the visitor's own sentences."""
    return Update(text=gr.Textbox(visible=sentences == OWN_SET))


@handler
def on_engine(engine: str, language: str, place: int) -> Update:
    """Offer the voices of an engine in a language."""
    return Update(voice=gr.Dropdown(**_voices(parse_engine(engine), language, place)))
