"""Function calling: tools as JSON schemas, the calls of a request, and their results in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from funaudio_core.engines.spoken_chat import HEARS, TOOLS, USER, SpokenTurn
from funaudio_core.errors import BadInput
from funaudio_core.message import Message, join_messages
from funaudio_core.tools import mcp_servers, sandbox, sets
from funaudio_core.tools.calls import Call, CallReply
from funaudio_core.tools.schema import find_hotwords, find_tools, read_tools
from funaudio_core.types import Audio
from server.events import QUEUE_OPTIONS, handler, queued_handler
from server.request import language as language_of_visitor
from server.request import localize
from server.sessions import track_upload
from server.updates import Outputs, Update, connect
from tabs.audio_chat import tool_calls
from tabs.audio_chat.controls import PAGE, ModelControls, Models
from tabs.audio_chat.exchange import assistant_turn, conversation_of, follow, listen, made_by, require_speech, user_turn
from tabs.audio_chat.understanding import on_stop
from tabs.components.inputs import MAX_TURN_SECONDS, clip_input, read_clip
from tabs.components.layout import status_line
from tabs.components.outputs import labelled_html
from tabs.components.page.page_load import page_opened
from tabs.components.player import SILENT, Playback, build_player
from tabs.components.strings import t

MAX_DOCUMENT_BYTES = 2_000_000
FIRST_SET = "weather_timer"
STATE_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Order:
    """Calls that were written and wait to be run.

    Attributes:
        turns: The request and the calls, as the model gets them again with the results.
        calls: The calls.
        state: State of the tools of the session.
        source: Set that the tools come from.
    """

    turns: tuple[SpokenTurn, ...] = ()
    calls: tuple[Call, ...] = ()
    state: sandbox.SandboxState = field(default_factory=sandbox.SandboxState)
    source: str = FIRST_SET


@dataclass(frozen=True, slots=True)
class CallingOutput(Outputs):
    """Output components."""

    status: gr.HTML
    calls: gr.HTML
    reply: gr.HTML
    answer: gr.HTML
    live: gr.HTML
    order: gr.State
    execute: gr.Button


@dataclass(frozen=True, slots=True)
class CallingInputs(Outputs):
    """Inputs that a demonstration fills in."""

    clip: gr.Audio
    text: gr.Textbox
    tool_set: gr.Dropdown
    tools: gr.Code


@handler
def on_set(name: str) -> Update:
    """Fill the editor with a set, described in the visitor's language, or with the tools of an MCP server."""
    if not mcp_servers.is_server(name):
        return Update(tools=sets.to_json(name, language_of_visitor()))
    offer = mcp_servers.offer_of(name)
    if offer.faults:
        gr.Warning(localize(join_messages(offer.faults)), title=localize("Warning"))
    return Update(tools=sets.write_json(offer.tools))


@handler
def on_edit(written: str | None) -> Update:
    """Check the tools while they are typed."""
    tools, faults = find_tools(written or "")
    if faults:
        items = "".join(f"<li>{escape(localize(fault))}</li>" for fault in faults)
        return Update(faults=f'<ul class="fa-notes" role="alert">{items}</ul>')
    names = tuple(tool.name for tool in tools) or (Message("none"),)
    return Update(faults=escape(localize("{count} tools: {names}", count=len(tools), names=names)))


@queued_handler(page=PAGE)
def on_call(path: str | None, text: str, written: str, source: str, order: Order, models: Models) -> Iterator[Update]:
    """Write the calls for a request. A broken call is repaired once."""
    empty = Update(calls="", reply="", answer="", live=SILENT, execute=gr.Button(interactive=False))
    yield Update(**{**empty, "status": localize("Listening…")})
    tools = read_tools(written or "")
    clip, typed = read_request(path, text)
    models.require(TOOLS)
    yield from models.load()
    heard = None
    if clip is not None and HEARS not in models.spec.capabilities:
        heard = yield from listen(clip, languages=models.spec.languages, hotwords=find_hotwords(tools))
        require_speech(heard)
    turn = user_turn(models, clip, typed, heard)
    yield Update(status=localize("Thinking…"))
    for attempt in tool_calls.write_calls((turn,), tools, models):
        yield Update(
            reply=f"<pre>{escape(attempt.written.strip() or '–')}</pre>",
            calls=calls_html(attempt.reply, None),
            status=attempt.timing,
        )
    found = attempt.reply
    order = replace(order, turns=(turn, assistant_turn(attempt.written)), calls=found.calls, source=source)
    status = f"{attempt.timing}; {made_by(models)}"
    if attempt.is_repaired:
        status += f"; {localize('a broken call was repaired')}"
    yield Update(order=order, execute=gr.Button(interactive=bool(found.calls)), status=status)


def read_request(path: str | None, text: str) -> tuple[Audio | None, str]:
    """Return the clip and the text of a request. Raise BadInput if there is neither."""
    typed = " ".join(text.split())
    if not path and not typed:
        raise BadInput("There is no request. Record or type one.")
    return (None if typed or not path else read_clip(path, limit=MAX_TURN_SECONDS)), typed


@queued_handler(page=PAGE)
def on_run(order: Order, document: str | None, models: Models) -> Iterator[Update]:
    """Run the calls in the sandbox, or on the MCP server that their tools come from, and speak the results."""
    if not order.calls:
        raise BadInput("There are no calls to run. Write the calls first.")
    state = replace(order.state, document=read_document(document)) if document else order.state
    if mcp_servers.is_server(order.source):
        yield Update(status=localize("Waiting for {name}…", name=mcp_servers.title(order.source)))
    state, results = tool_calls.run_calls(order.calls, state, order.source)
    shown = calls_html(CallReply(order.calls, (), ""), results)
    order = replace(order, state=state)
    yield Update(calls=shown, order=order, live=SILENT, status=localize("Thinking…"))
    yield from models.load()
    turns = (*order.turns, SpokenTurn(USER, tool_calls.response_text(order.calls, results)))
    conversation = replace(conversation_of(models, *turns), language=conversation_of(models, order.turns[0]).language)
    playback = Playback()
    for answer, sound in follow(conversation, models):
        played = {} if sound is None else {"live": playback.add(sound)}
        yield Update(answer=f"<p>{escape(answer.text.strip())}</p>", status=answer.timing(), **played)
    status = f"{answer.timing()}; {made_by(models)}"
    if mcp_servers.is_server(order.source):
        status += f"; {localize('run by {name}', name=mcp_servers.title(order.source))}"
    yield Update(status=status)


def read_document(path: str) -> str:
    """Return the text of an uploaded file.

    Raises:
        BadInput: It is too large or no text.
    """
    track_upload(path)
    content = Path(path).read_bytes()
    if len(content) > MAX_DOCUMENT_BYTES:
        raise BadInput("The text is too large. Upload at most {most} MB.", most=MAX_DOCUMENT_BYTES // 1_000_000)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput("The file is no text in UTF-8. Save it as a text file and upload it again.") from None


def calls_html(reply: CallReply, results: Sequence[dict[str, Any]] | None) -> str:
    """Return the calls as a table, with results if they were run, then faults, or that no tool fits."""
    faults = "".join(f"<li>{escape(localize(fault))}</li>" for fault in reply.faults)
    told = f'<ul class="fa-notes" role="alert">{faults}</ul>' if faults else ""
    if not reply.calls:
        refusal = f"<p>{escape(localize('No tool fits this request, so nothing is called.'))}</p>"
        return told or refusal + (f"<p>{escape(reply.words)}</p>" if reply.words else "")
    heads = [localize("Tool"), localize("Arguments"), *([localize("Result")] if results is not None else [])]
    rows = []
    for number, call in enumerate(reply.calls):
        cells = [call.name, _to_words(call.arguments), *([_to_words(results[number])] if results is not None else [])]
        rows.append("".join(f"<td>{escape(cell)}</td>" for cell in cells))
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{told}"


def _to_words(values: Any) -> str:
    """Return a JSON object as a line of names and values."""
    return ", ".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in dict(values).items()
    )


def build(models: ModelControls) -> tuple[CallingOutput, CallingInputs]:
    """Add the ability and connect it."""
    choices = [(str(t(f"audio_chat.set.{name}")), name) for name in sets.SETS]
    choices += [(f"MCP: {mcp_servers.title(name)}", name) for name in mcp_servers.names()]
    with gr.Row():
        with gr.Column(scale=2):
            clip = clip_input("audio_chat.calling.clip")
            text = gr.Textbox("", label=t("audio_chat.type"), max_lines=3)
            tool_set = gr.Dropdown(choices, value=FIRST_SET, label=t("audio_chat.set"))
            tools = gr.Code(
                sets.to_json(FIRST_SET), language="json", label=t("audio_chat.tools"), lines=8, max_lines=14,
                wrap_lines=True,
            )  # fmt: skip
            faults = gr.HTML(elem_classes="fa-note")
            document = gr.File(label=t("audio_chat.document"), file_types=[".txt", ".md"], height=160)
        with gr.Column(scale=3, elem_classes="fa-results"):
            with gr.Row():
                run = gr.Button(t("audio_chat.call"), variant="primary")
                execute = gr.Button(t("audio_chat.execute"), interactive=False)
                stop = gr.Button(t("stop"), variant="stop")
            status = status_line()
            calls = labelled_html("audio_chat.calls")
            answer = labelled_html("audio_chat.answer")
            live = build_player("fa-live-audio-chat-calls")
            with gr.Accordion(t("audio_chat.reply"), open=False, elem_classes="fa-written-reply"):
                reply = gr.HTML()
    order = gr.State(Order(), time_to_live=STATE_SECONDS)
    output = CallingOutput(status, calls, reply, answer, live, order, execute)
    inputs = CallingInputs(clip, text, tool_set, tools)
    public = {"api_visibility": "undocumented", **QUEUE_OPTIONS}
    connect(tool_set.input, on_set, tool_set, {"tools": tools})
    connect(page_opened, on_set, tool_set, {"tools": tools})
    connect(tools.change, on_edit, tools, {"faults": faults}, show_progress="hidden")
    connect(
        run.click,
        on_call,
        [clip, text, tools, tool_set, order, models.inputs()],
        output,
        api_name="on_audio_chat_call",
        **public,
    )
    connect(execute.click, on_run, [order, document, models.inputs()], output, api_name="on_audio_chat_run", **public)
    connect(stop.click, on_stop, None, output.pick("status"))
    return output, inputs
