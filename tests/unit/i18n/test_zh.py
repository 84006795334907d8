"""Tests of the Chinese catalog and of messages in both languages: complete, without unused entries."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from gradio.context import LocalContext
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from funaudio_core.engines import registry
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.i18n import catalog
from funaudio_core.i18n.zh import MESSAGES_ZH
from funaudio_core.labels import EMOTIONS, EVENTS
from funaudio_core.languages import LANGUAGES, display_name
from funaudio_core.message import Message, join_messages
from funaudio_core.pipelines.stages import NO_EMOTION
from funaudio_core.text import instruction_lexicon, instructions
from server import admission, blocks
from server.openai_api import errors as api_errors
from server.request import localize
from tests.conftest import ROOT, example, noise, write


def _errors(kind: type[FunAudioError] = FunAudioError) -> Iterator[str]:
    yield kind.__name__
    for narrower in kind.__subclasses__():
        yield from _errors(narrower)


MODULES = (admission, blocks, api_errors)  # imported for the errors that they define
CONSTRUCTORS = {"Message", "localize", *_errors()}
# Modules whose errors are raised while the app starts, and shown only in the terminal.
TERMINAL_ONLY = {"settings.py", "env_parsers.py", "convert.py", "endpoint.py"}
ZH = "zh-CN,zh;q=0.9,en;q=0.8"


@dataclass(frozen=True)
class Call:
    """Call in the code that makes a message."""

    location: str
    constructor: str
    template: ast.expr
    keywords: frozenset[str]


@cache
def _calls() -> tuple[Call, ...]:
    folders = (ROOT / folder for folder in ("funaudio_core", "server", "tabs"))
    paths = (path for folder in folders for path in sorted(folder.rglob("*.py")) if path.name not in TERMINAL_ONLY)
    return tuple(call for path in paths for call in _calls_in(path))


def _calls_in(path: Path) -> Iterator[Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in CONSTRUCTORS
            and node.args
        ):
            keywords = frozenset(keyword.arg or "**" for keyword in node.keywords)
            yield Call(f"{path.relative_to(ROOT)}:{node.lineno}", node.func.id, node.args[0], keywords)


def _fields(template: str) -> set[tuple[str, str, str]]:
    """Return the placeholders of a template: name, conversion, format."""
    parts = Formatter().parse(template)
    return {(field, conversion or "", form or "") for _, field, form, conversion in parts if field is not None}


def _templates() -> dict[str, str]:
    """Return the location of each literal template in the code."""
    calls = [call for call in _calls() if isinstance(call.template, ast.Constant)]
    return {str(call.template.value): call.location for call in calls if isinstance(call.template, ast.Constant)}


def _table_messages() -> set[str]:
    """Return the messages of tables, which are passed as variables."""
    messages = {wish.name for wish in instruction_lexicon.WISHES} | {
        reason for _, reason in instruction_lexicon.UNSUPPORTED
    }
    messages |= {template for _, template, _ in instructions.STRENGTHS}
    messages |= {label.en for label in (*EMOTIONS.values(), *EVENTS.values())}
    messages |= {text for code, row in LANGUAGES.items() for text in (row.name, display_name(code))}
    messages.add(NO_EMOTION.basis)  # basis of emotions from a recognizer
    voices = [voice for spec in registry.SYNTHESIZERS.values() for voice in spec.voices]
    messages |= {
        str(word) for voice in voices if isinstance(voice.name, Message) for word in voice.name.values.values()
    }
    return messages - {str(voice.name).split(" (")[0] for voice in voices}


def _engine_titles_and_tiers() -> set[str]:
    """Return the titles of engines, whose product names are not translated, and the tiers."""
    tables = [table for table in vars(registry).values() if isinstance(table, dict)]
    specs = [spec for table in tables for spec in table.values() if isinstance(spec, EngineSpec)]
    return {spec.title for spec in specs} | {"lite", "full", "remote"}


def _has_words(template: str) -> bool:
    text = "".join(literal for literal, *_ in Formatter().parse(template))
    return re.search(r"[A-Za-z]", text) is not None and text not in {"Hz", "dB"}


def test_every_template_is_a_literal_with_its_values() -> None:
    """Check that no template is an f-string.

    It would be a new template for every value, and a user's braces would be read as placeholders.
    """
    for call in _calls():
        assert not isinstance(call.template, ast.JoinedStr | ast.BinOp), f"{call.location}: template and values, please"
        if isinstance(call.template, ast.Constant) and (call.keywords or call.constructor != "localize"):
            placeholders = {field for field, _, _ in _fields(str(call.template.value))}
            assert placeholders == call.keywords, call.location


def test_every_message_has_a_translation() -> None:
    missing = {text: place for text, place in _templates().items() if _has_words(text) and text not in MESSAGES_ZH}
    missing |= {text: "in a table" for text in _table_messages() if text not in MESSAGES_ZH}
    assert missing == {}


def test_catalog_has_no_unused_entries() -> None:
    assert sorted(set(MESSAGES_ZH) - set(_templates()) - _table_messages() - _engine_titles_and_tiers()) == []


@pytest.mark.parametrize("english", MESSAGES_ZH)
def test_both_languages_have_the_same_placeholders(english: str) -> None:
    assert _fields(MESSAGES_ZH[english]) == _fields(english)
    assert not re.search(r"[\u4e00-\u9fff]\s*[,.?!:;]|\.\.\.", MESSAGES_ZH[english]), "Chinese has its own punctuation"


def test_error_is_its_english_message() -> None:
    error = BadInput("{file} is longer than {limit}. Cut it into shorter clips.", file="a.wav", limit="2 h")
    assert str(error) == error.message == "a.wav is longer than 2 h. Cut it into shorter clips."
    assert str(FunAudioError(error.message)) == str(error)
    assert catalog.translate(error.message, "zh") == "a.wav 超过 2 h。请剪成较短的音频。"


def test_nested_messages_and_lists_are_translated() -> None:
    choices = (Message("English"), Message("Spanish"))
    message = Message(
        "{who} doesn't support {language}. Choose one of: {choices}.",
        who="X",
        language=display_name("hi"),
        choices=choices,
    )
    assert message == "X doesn't support Hindi · हिन्दी. Choose one of: English, Spanish."
    assert catalog.translate(message, "zh") == "X 不支持印地语。请从中选择：英语、西班牙语。"
    joined = join_messages([Message("Stopped."), Message("Interrupted.")])
    assert (joined, catalog.translate(Message("{words}", words=joined), "zh")) == (
        "Stopped. Interrupted.",
        "已停止。已打断。",
    )


@pytest.mark.parametrize("user_text", ["{0}", "{file.__class__}", "{", "}{", "100%{limit!r}"])
def test_braces_in_user_text_are_not_placeholders(user_text: str) -> None:
    message = Message("File {file} not found. Upload or record the clip again.", file=user_text)
    assert user_text in message
    assert user_text in catalog.translate(message, "zh")
    assert localize(user_text) == user_text


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (ZH, "zh"),
        ("zh", "zh"),
        ("zh-Hant-TW,en", "zh"),
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("en;q=0.3, zh-CN;q=0.7", "zh"),
        ("fr,zh;q=0.9", "en"),
        ("zha", "en"),
        ("*", "en"),
        ("", "en"),
        (";;q=,,zh;q=x", "en"),
    ],
)
def test_preferred_language_is_the_first_choice_of_the_browser(header: str, language: str) -> None:
    assert catalog.preferred_language(header) == language


def test_messages_without_a_request_are_english() -> None:
    assert LocalContext.request.get(None) is None
    assert localize("Stopped.") == "Stopped."


@pytest.fixture(scope="module")
def chinese_client(site: str) -> Client:
    return Client(site, verbose=False, headers={"accept-language": ZH})


def test_errors_are_chinese_for_a_chinese_browser(chinese_client: Client, site: str) -> None:
    with pytest.raises(AppError, match="请勾选"):
        chinese_client.predict(handle_file(example("en").path), "Hello.", "en", "", 1.0, 5, False, api_name="/clone")
    with pytest.raises(AppError, match="Tick the box"):
        Client(site, verbose=False).predict(
            handle_file(example("en").path), "Hello.", "en", "", 1.0, 5, False, api_name="/clone"
        )


OPTIONS: tuple[Any, ...] = ("en", True, False, "whisper-base", [], "", "off")  # of Recognize


def test_results_are_chinese_for_a_chinese_browser(chinese_client: Client, tmp_path: Path) -> None:
    job = chinese_client.submit(
        handle_file(example("en", "happy").path),
        "en",
        True,
        False,
        "whisper-base",
        [],
        "",
        "off",
        api_name="/on_recognize",
    )
    outputs = list(job)
    assert outputs[0][0] == "正在识别……"
    status, text, plot, table, *_ = outputs[-1]
    assert "识别" in status
    assert "高兴" in text
    assert "语音" in plot
    assert table["value"]["headers"] == ["开始", "结束", "语言", "说话人", "情绪", "文本"]
    assert "高兴" in table["value"]["data"][0][4]
    silence = handle_file(write(tmp_path / "noise.wav", noise(2.0)))
    status = chinese_client.predict(
        silence, "en", True, False, "whisper-base", [], "", "off", api_name="/on_recognize"
    )[0]
    assert status.startswith("未检测到语音")
