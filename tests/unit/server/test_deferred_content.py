"""Content that browsers get when it is first shown: what the page has at first, and what the server then sends."""

from __future__ import annotations

import asyncio
from typing import Any

import gradio as gr
import pytest

from server.blocks import SessionBlocks

Config = dict[str, Any]


def shout(text: str) -> str:
    """Return a text in capitals."""
    return text.upper()


@pytest.fixture
def app() -> SessionBlocks:
    """Return an app with one tab that is sent at once and one that is deferred."""
    app: SessionBlocks
    with SessionBlocks() as app, gr.Tabs():
        with gr.Tab("first"):
            gr.Textbox("at once", label="greeting")
        with gr.Tab("second"), app.defer("Opening…"):
            given, shown = gr.Textbox(label="given"), gr.Textbox(label="shown")
            filled = gr.Textbox("a value", label="filled")
            gr.Button("run").click(shout, given, shown, api_visibility="private")
            app.load(lambda: "loaded", None, filled, api_visibility="private")
            gr.Button(visible=False).click(
                shout, gr.Textbox(visible=False), gr.Textbox(visible=False), api_name="shout"
            )
    return app


def first_config(app: SessionBlocks) -> Config:
    """Return what the page has at first, as Gradio's server selects it."""
    config: Any = app.get_config_file()
    page = config["page"][""]
    return {
        "components": [each for each in config["components"] if each["id"] in page["components"]],
        "dependencies": [each for each in config["dependencies"] if each["id"] in page["dependencies"]],
        "layout": page["layout"],
    }


def labels(config: Config) -> list[str]:
    return [each["props"]["label"] for each in config["components"] if each["type"] == "textbox"]


def ids(node: Config) -> set[int]:
    return {node["id"], *(number for child in node.get("children", ()) for number in ids(child))}


def deliver(app: SessionBlocks) -> Config:
    """Return what the placeholder's call brings."""
    app.get_config_file()
    (number,) = app._deferred
    output = asyncio.run(app.process_api(app.fns[number], [], root_path="https://example.org/app"))
    return dict(output["render_config"])


def test_page_has_a_placeholder_instead_of_the_content(app: SessionBlocks) -> None:
    config = first_config(app)
    assert labels(config) == ["greeting"]
    placeholder = next(each for each in config["components"] if each["type"] == "html")
    assert placeholder["props"]["value"] == "Opening…"
    assert ids(config["layout"]) - {config["layout"]["id"]} == {each["id"] for each in config["components"]}


def test_clients_without_a_browser_get_everything(app: SessionBlocks) -> None:
    config: Any = app.get_config_file()
    assert {"greeting", "given", "shown", "filled"} <= {each["props"].get("label") for each in config["components"]}
    assert {each["api_name"] for each in config["dependencies"]} >= {"shout", "shout_1"}


def test_public_functions_stay_on_the_page_without_their_components(app: SessionBlocks) -> None:
    config, content = first_config(app), deliver(app)
    assert [each["api_name"] for each in config["dependencies"] if each["api_visibility"] == "public"] == ["shout_1"]
    known = {each["id"] for each in (*config["components"], *content["components"])}
    public = next(fn for fn in app.fns.values() if fn.api_visibility == "public")
    assert known.isdisjoint(block._id for block in (*public.inputs, *public.outputs))


def test_call_brings_the_content(app: SessionBlocks) -> None:
    content = deliver(app)
    assert labels(content) == ["given", "shown", "filled"]
    assert ids(content["layout"]) == {each["id"] for each in content["components"]}
    events = {event for each in content["dependencies"] for _, event in each["targets"]}
    assert events == {"click", "load"}
    first = {each["id"] for each in first_config(app)["dependencies"]}
    assert first.isdisjoint(each["id"] for each in content["dependencies"])


def test_outputs_take_no_input(app: SessionBlocks) -> None:
    boxes = {each["props"]["label"]: each["props"] for each in deliver(app)["components"] if each["type"] == "textbox"}
    assert {label: props["interactive"] for label, props in boxes.items()} == {
        "given": True,
        "shown": False,
        "filled": False,
    }


def test_files_of_the_content_have_the_address_of_the_app(tmp_path: Any) -> None:
    path = tmp_path / "note.txt"
    path.write_text("hello")
    app: SessionBlocks
    with SessionBlocks() as app, app.defer("Opening…"):
        gr.File(str(path), label="note")
    note = next(each for each in deliver(app)["components"] if each["type"] == "file")
    assert note["props"]["value"]["url"].startswith("https://example.org/app/gradio_api/file=")


def test_other_functions_bring_no_content(app: SessionBlocks) -> None:
    number = next(number for number, fn in app.fns.items() if fn.fn is shout)
    output = asyncio.run(app.process_api(app.fns[number], ["hello"]))
    assert (output["data"], output["render_config"]) == (["HELLO"], None)
