"""Typed requests from inputs, and updates of outputs by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from server.events import add_endpoint
from server.params import AudioPath
from server.updates import SKIP, Inputs, Outputs, Update, connect, values_of


@dataclass(frozen=True, slots=True)
class Voice:
    name: str
    consent: bool


@dataclass(frozen=True, slots=True)
class Request:
    text: str
    voice: Voice
    speed: float


@dataclass(frozen=True, slots=True)
class Page(Outputs):
    status: gr.HTML
    result: gr.Textbox


class Event:
    """An event listener that keeps what it is given."""

    def __call__(self, function: Callable[..., Any], inputs: Any, outputs: Any, **options: Any) -> Event:
        self.function, self.inputs, self.outputs, self.options = function, inputs, outputs, options
        return self


@pytest.fixture
def page() -> Iterator[Page]:
    with gr.Blocks():
        yield Page(gr.HTML(), gr.Textbox())


def test_values_are_passed_as_a_typed_request(page: Page) -> None:
    requests: list[tuple[Request, int]] = []

    def on_click(request: Request, number: int) -> Update:
        requests.append((request, number))
        return Update(result=request.voice.name)

    text, name, consent, number = gr.Textbox(), gr.Textbox(), gr.Checkbox(), gr.Number()
    speed = gr.Slider()
    inputs = Inputs(Request, text=text, voice=Inputs(Voice, name=name, consent=consent), speed=speed)
    event: Event = connect(Event(), on_click, [inputs, number], page, queue=False)
    assert event.inputs == [text, name, consent, speed, number]
    assert list(inspect.signature(event.function).parameters) == ["text", "name", "consent", "speed", "number"]
    assert event.options == {"api_visibility": "private", "queue": False}
    assert event.outputs == [page.status, page.result]
    assert event.function("Hello.", "Heart", True, 1.5, 3) == [SKIP, "Heart"]
    assert requests == [(Request("Hello.", Voice("Heart", True), 1.5), 3)]


def test_inputs_are_gathered_by_the_names_of_the_fields(page: Page) -> None:
    text, name, consent, speed = gr.Textbox(), gr.Textbox(), gr.Checkbox(), gr.Slider()
    voice = SimpleNamespace(inputs=lambda: Inputs(Voice, name=name, consent=consent))
    inputs = Inputs.gather(Request, SimpleNamespace(text=text, voice=voice), speed=speed)
    assert inputs.flatten() == [("text", text), ("name", name), ("consent", consent), ("speed", speed)]
    with pytest.raises(AttributeError, match="speed"):
        Inputs.gather(Request, SimpleNamespace(text=text, voice=voice))


def test_a_generator_stays_one_and_is_closed(page: Page) -> None:
    closed: list[bool] = []

    def on_click() -> Iterator[Any]:
        try:
            yield Update(status="first")
            yield gr.skip()
        finally:
            closed.append(True)

    event: Event = connect(Event(), on_click, None, page.pick("status"), {"other": gr.HTML()})
    assert inspect.isgeneratorfunction(event.function)
    assert list(event.function()) == [["first", SKIP], SKIP]
    running = event.function()
    next(running)
    running.close()
    assert closed == [True, True]


def test_one_output_gets_a_value_of_its_own() -> None:
    assert values_of(Update(status=["a"]), ["status"]) == ["a"]
    assert values_of(Update(), ["status"]) == SKIP
    assert values_of(Update(), ["status", "result"]) == [SKIP, SKIP]


def test_a_wrong_name_is_an_error(page: Page) -> None:
    with pytest.raises(KeyError, match="reslut"):
        values_of(Update(reslut=""), ["status", "result"])
    for wrong in ({"text": 1}, {"text": 1, "voice": 2, "pitch": 3}):
        with pytest.raises(TypeError, match="Request and its inputs differ"):
            Inputs(Request, **wrong)
    with pytest.raises(ValueError, match="same name"):
        connect(Event(), lambda: Update(), None, page, {"status": gr.HTML()})


def test_an_endpoint_takes_its_types_from_the_annotations() -> None:
    def shout(clip: AudioPath, text: str = "Hi", loud: bool = True, seed: int = -1) -> tuple[AudioPath, dict[str, Any]]:
        """Shout a text."""
        return clip, {"text": text, "loud": loud, "seed": seed}

    with gr.Blocks() as app:
        add_endpoint(shout)
    (event,) = app.fns.values()
    assert (event.api_name, event.api_visibility) == ("shout", "public")
    assert [(type(each), each.value) for each in event.inputs] == [
        (gr.Audio, None),
        (gr.Textbox, "Hi"),
        (gr.Checkbox, True),
        (gr.Number, -1),
    ]
    assert [type(each) for each in event.outputs] == [gr.Audio, gr.JSON]

    def whisper(text: list[str]) -> tuple[str, str]:
        """Whisper."""
        return "", str(text)

    def hum(text: str) -> tuple[str]:
        """Hum."""
        return (text,)

    for unsupported in (whisper, hum):
        with gr.Blocks(), pytest.raises(KeyError):
            add_endpoint(unsupported)


def test_equal_names_of_nested_requests_are_told_apart(page: Page) -> None:
    @dataclass(frozen=True, slots=True)
    class Pair:
        first: Voice
        second: Voice
        name: str

    def on_click(pair: Pair) -> Update:
        return Update(result=f"{pair.first.name} {pair.second.name} {pair.name}")

    first, second = (Inputs(Voice, name=gr.Textbox(), consent=gr.Checkbox()) for _ in range(2))
    event = connect(Event(), on_click, Inputs(Pair, first=first, second=second, name=gr.Textbox()), page)
    names = list(inspect.signature(event.function).parameters)
    assert names == ["first_name", "first_consent", "second_name", "second_consent", "name"]
    assert event.function("a", True, "b", False, "c") == [SKIP, "a b c"]
