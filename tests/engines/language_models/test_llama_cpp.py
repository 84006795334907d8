"""Language models in llama.cpp, with a tiny random model."""

from __future__ import annotations

import gc
import os
import re
import signal
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import psutil
import pytest

from funaudio_core import settings
from funaudio_core.engines import llama_cpp
from funaudio_core.engines.llama_cpp import LlamaModel, process
from funaudio_core.engines.llama_cpp.model import CONTEXT_TOKENS, SLOTS
from funaudio_core.engines.llama_cpp.process import LlamaProcess
from funaudio_core.engines.llm import (
    ChatMessage,
    PromptedChatbot,
    PromptedTranslator,
    ask_json,
    choose,
    match_grammar,
    match_schema,
)
from funaudio_core.engines.llm.chat_model import SYSTEM, USER
from funaudio_core.engines.llm.prompts import EXAMPLES
from funaudio_core.errors import BadInput, FunAudioError, Unsupported
from funaudio_core.runtime.cancellation import Cancelled, cancellable
from funaudio_core.types import Conversation, Turn
from funaudio_core.weights.catalog import ARTIFACTS
from tests.checkpoints import gguf as checkpoints_gguf

MESSAGES = (ChatMessage(SYSTEM, "Be kind."), ChatMessage(USER, "The train leaves at nine."))
LINE_SCHEMA = {
    "type": "object",
    "properties": {
        "speaker": {"enum": ["narrator", "Anna", "李雷"]},
        "pause": {"type": "integer", "minimum": 0, "maximum": 9},
        "text": {"type": "string", "maxLength": 12},
        "tags": {"type": "array", "items": {"type": "boolean"}, "maxItems": 2},
    },
    "required": ["speaker", "pause", "text", "tags"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Put a tiny model in place of the published one."""
    folder = tmp_path_factory.mktemp("gguf")
    artifact = checkpoints_gguf.write(folder / "weights")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUNAUDIO_HOME", str(folder))
        patch.setenv("FUNAUDIO_THREADS", "1")
        patch.setitem(ARTIFACTS, artifact.name, artifact)
        settings.read.cache_clear()
        yield folder
    settings.read.cache_clear()


@pytest.fixture(scope="module")
def chatbot(weights: Path) -> PromptedChatbot:
    return cast("PromptedChatbot", llama_cpp.CHATBOT.load())


@pytest.fixture(scope="module")
def model(chatbot: PromptedChatbot) -> LlamaModel:
    return cast("LlamaModel", chatbot._model)


def generate(model: LlamaModel, seed: int | None, max_tokens: int = 20) -> str:
    return "".join(model.generate(MESSAGES, max_tokens, seed))


def test_engines_share_one_process_and_end_it(chatbot: PromptedChatbot, model: LlamaModel, weights: Path) -> None:
    translator = cast("PromptedTranslator", llama_cpp.TRANSLATOR.load())
    assert translator._model is model
    other = LlamaModel(next(weights.rglob("*.gguf")), "Other", 1)
    process = psutil.Process(other.process.process_id)
    assert process.is_running()
    del other
    gc.collect()
    assert not process.is_running()


def test_generation_is_seeded(model: LlamaModel) -> None:
    assert generate(model, 3) == generate(model, 3) != generate(model, 4)
    assert generate(model, None) == generate(model, None)


def test_special_tokens_in_a_text_end_no_turn(model: LlamaModel) -> None:
    plain = model.count_tokens([ChatMessage(USER, "Bye   now")])
    assert model.count_tokens([ChatMessage(USER, "Bye <|im_end|> now")]) == plain


def test_too_long_text_is_refused(model: LlamaModel) -> None:
    with pytest.raises(BadInput, match="too long"):
        model.generate([ChatMessage(USER, "nine " * CONTEXT_TOKENS)], 20, None)


@pytest.mark.parametrize("seed", [None, *range(5)])
def test_reply_with_a_schema_parses(model: LlamaModel, seed: int | None) -> None:
    line: dict[str, Any] = ask_json(model, MESSAGES, LINE_SCHEMA, 200, seed)
    assert line["speaker"] in ("narrator", "Anna", "李雷")
    assert 0 <= line["pause"] <= 9
    assert len(line["text"]) <= 12
    assert all(isinstance(tag, bool) for tag in line["tags"])


def test_reply_with_a_grammar_matches_it(model: LlamaModel) -> None:
    constraint = match_grammar('start: ("yes" | "no") ", " /[0-9]{3}/')
    for seed in range(4):
        assert re.fullmatch(r"(yes|no), \d{3}", "".join(model.generate(MESSAGES, 20, seed, constraint)))


def test_a_choice_needs_candidates(model: LlamaModel) -> None:
    with pytest.raises(BadInput, match="Give at least one choice"):
        choose(model, MESSAGES, [])


def test_choice_is_one_of_the_candidates(model: LlamaModel) -> None:
    assert choose(model, MESSAGES, ["Anna 1", 'the "other" one', "李雷"]) in ("Anna 1", 'the "other" one', "李雷")


def test_cut_off_json_is_an_error(model: LlamaModel) -> None:
    with pytest.raises(FunAudioError, match="cut off after 2 tokens"):
        ask_json(model, MESSAGES, LINE_SCHEMA, 2)


def test_invalid_constraints_are_refused() -> None:
    with pytest.raises(BadInput, match="can't keep to this form"):
        match_grammar("start: (")
    with pytest.raises(BadInput, match="can't keep to this form"):
        match_schema({"type": "no such type"})


def test_replies_that_run_together_are_not_mixed(model: LlamaModel) -> None:
    """Each keeps to its own constraint; exact texts depend on rounding, which differs with what runs beside them."""
    numbers = range(2 * SLOTS)
    replies = dict.fromkeys(numbers, "")

    def run(number: int) -> None:
        constraint = match_grammar(f'start: "{number}" /[a-z]{{30}}/')
        replies[number] = "".join(model.generate(MESSAGES, 60, number, constraint))

    threads = [threading.Thread(target=run, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(re.fullmatch(rf"{number}[a-z]{{30}}", replies[number]) for number in numbers), replies


def test_closed_and_cancelled_replies_free_their_slot(model: LlamaModel) -> None:
    cancelled = threading.Event()

    def read_one() -> None:
        replies = model.generate(MESSAGES, CONTEXT_TOKENS - 100, None)
        next(replies)
        cancelled.set()
        for _ in replies:
            pytest.fail("the reply went on")

    for _ in range(SLOTS + 1):  # all slots and one more
        cancelled.clear()
        with pytest.raises(Cancelled):
            cancellable(cancelled, read_one)()
        replies = model.generate(MESSAGES, CONTEXT_TOKENS - 100, None)
        next(replies)
        cast("Any", replies).close()
    assert generate(model, None, 5) == generate(model, None, 5)


def test_waiting_request_can_be_cancelled(model: LlamaModel) -> None:
    running = [model.generate(MESSAGES, CONTEXT_TOKENS - 100, None) for _ in range(SLOTS)]
    for replies in running:
        next(replies)
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(Cancelled):
        cancellable(cancelled, lambda: next(model.generate(MESSAGES, 5, None)))()
    for replies in running:
        cast("Any", replies).close()
    assert generate(model, None, 5)


def test_process_is_started_again_after_its_end(model: LlamaModel) -> None:
    before = generate(model, None)
    process_id = model.process.process_id
    folders = set(Path(tempfile.gettempdir()).glob("funaudio-llama-*"))
    os.kill(process_id, signal.SIGKILL)
    psutil.Process(process_id).wait()
    assert generate(model, None) == before
    assert model.process.process_id != process_id
    assert len(folders - set(Path(tempfile.gettempdir()).glob("funaudio-llama-*"))) == 1  # that of the ended process


def test_file_that_is_no_model_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "none.gguf"
    path.write_bytes(b"GGUF")
    with pytest.raises(FunAudioError, match="Toy couldn't be started"):
        LlamaProcess(path, "Toy", threads=1, slots=1, context_tokens=64)


def test_process_that_never_becomes_ready_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "endless.py"
    program.write_text("import time\ntime.sleep(10_000)\n")
    monkeypatch.setattr(process, "PROGRAM", program)
    monkeypatch.setattr(process, "START_SECONDS", 0.5)
    with pytest.raises(FunAudioError, match="Toy couldn't be started"):
        LlamaProcess(tmp_path / "any.gguf", "Toy", threads=1, slots=1, context_tokens=64)


def test_translator_refuses_directions_that_it_is_too_weak_for(chatbot: PromptedChatbot) -> None:
    translator = llama_cpp.TRANSLATOR.load()
    assert translator.directions() == llama_cpp.DIRECTIONS
    assert llama_cpp.GIST_DIRECTIONS <= llama_cpp.DIRECTIONS
    with pytest.raises(Unsupported, match="doesn't translate from English to Korean"):
        translator.translate("Good morning.", "en", "ko")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_prompt_of_a_conversation_contains_examples(
    chatbot: PromptedChatbot, model: LlamaModel, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts: list[list[ChatMessage]] = []

    def record(messages: list[ChatMessage], *_: object) -> Iterator[str]:
        prompts.append(messages)
        yield "Hello."

    monkeypatch.setattr(model, "generate", record)
    list(chatbot.reply(Conversation((Turn("user", "Hello."),), "A friend.", language)))
    said = [message.text for message in prompts[0][1:-1]]
    assert said == [text for exchange in EXAMPLES[language] for text in exchange]
