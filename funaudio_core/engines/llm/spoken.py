"""Any chatbot as a spoken chatbot: it reads a transcript with events, speakers and emotions in place of the clip."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from funaudio_core.engines.llm import evidence
from funaudio_core.engines.llm.call_arguments import drop_invented, note_lengths
from funaudio_core.engines.llm.call_schema import to_call_schema
from funaudio_core.engines.llm.chat_model import ASSISTANT, SYSTEM, USER, ChatMessage, ChatModel
from funaudio_core.engines.llm.chatbot import PromptedChatbot
from funaudio_core.engines.llm.constraint import choose, match_schema
from funaudio_core.engines.llm.prompts import english_name
from funaudio_core.engines.protocols import Chatbot
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.engines.spoken_chat import (
    TOOLS,
    UNDERSTANDS,
    ReplyPiece,
    SpokenChatbot,
    SpokenConversation,
    SpokenTurn,
)
from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.types import Conversation, ReplyStyle, Turn

DELIVERY = "delivery"  # capability of chatbots that are a PromptedChatbot, whose model takes other prompts too
ANSWER_TOKENS, CALL_TOKENS = 200, 300
MAX_ARGUMENT_CHARACTERS, MAX_CALLS = 80, 3
TOOL_RESPONSE = "<tool_response>"  # begins the turn with the results of calls, as in Qwen3's chat format
UNDERSTANDING_PROMPT = """You answer questions about a recording that you can't hear. You get notes of listening \
programs instead: the words, who spoke when, how they sounded, and other sounds. Answer in {language}, in one or two \
short sentences, from these notes alone. If they don't tell the answer, say so. Don't mention the notes."""
RESULT_PROMPT = """You are a voice assistant. The user asked for something, and tools have just done it. Tell the user \
the results below in {language}, each result in a short sentence of its own, as one says it aloud. Use only what is in \
the results. No Markdown, no lists. If a result is marked as simulated, don't mention it."""
CALL_PROMPT = """You are a voice assistant that controls tools. Write the list of calls that do exactly what the user \
asks for, as JSON: [{{"name": ..., "arguments": {{...}}}}]. Write one call for each thing that the user asks for. If \
no tool does what the user asks for, call {no_tool}. Use only what the user said: leave out optional arguments that \
the user did not mention, and copy names in the user's own words.

Tools:
{tools}
- {no_tool}(): anything else; questions, small talk and requests that none of these tools can fulfil"""
NO_TOOL = "no_tool_fits"  # a small model finds a name more easily than an empty list
OUT_OF_REACH = ("Who painted the Mona Lisa?", "Send a bunch of flowers to my aunt.", "你叫什么名字？")
_OPTION = re.compile(r"^\s*(\([A-Z]\).*)$", re.MULTILINE)


class PromptedSpokenChatbot:
    """Spoken chatbot on a chatbot and, for tools and questions about a clip, its chat model. Stateless."""

    def __init__(self, get_chatbot: Callable[[], Chatbot]) -> None:
        """Wrap a chatbot. get_chatbot: Returns it, loaded."""
        self._get_chatbot = get_chatbot

    def converse(self, conversation: SpokenConversation) -> Iterator[ReplyPiece]:
        """Yield the text of the reply; see SpokenChatbot. With tools it is calls, or nothing if no tool fits.

        Raises:
            BadInput: There is no question, no speech in the clip, or the language is not supported.
            FunAudioError: The calls were cut off.
        """
        chatbot = self._get_chatbot()
        if not conversation.turns or conversation.turns[-1].role != USER:
            raise BadInput("There is no question to answer. Record or type one.")
        if isinstance(chatbot, PromptedChatbot):
            if conversation.tools:
                return _write_calls(chatbot.model, conversation)
            if conversation.turns[-1].text.startswith(TOOL_RESPONSE):
                return _tell_results(chatbot.model, conversation)
            if not conversation.speak and conversation.turns[-1].heard is not None:
                return _answer(chatbot.model, conversation)
        return _reply(chatbot, conversation)


def _reply(chatbot: Chatbot, conversation: SpokenConversation) -> Iterator[ReplyPiece]:
    """Yield a reply in conversation, with the style that the chatbot chose."""
    turns = tuple(_to_turn(turn) for turn in conversation.turns)
    if not turns[-1].text:
        raise BadInput("There is nothing to reply to: the last turn must come from the user.")
    written = Conversation(turns, conversation.persona, conversation.language, seed=conversation.seed)
    return (
        ReplyPiece(style=piece) if isinstance(piece, ReplyStyle) else ReplyPiece(piece)
        for piece in chatbot.reply(written)
    )


def _to_turn(turn: SpokenTurn) -> Turn:
    """Return a turn as text, with the emotion and the sounds of its clip."""
    if turn.heard is None:
        return Turn(turn.role, turn.text)
    words = "\n".join(part for part in (turn.heard.text, turn.text) if part.strip())
    events = dict.fromkeys(event.label for event in turn.heard.events if event.label != evidence.SPEECH)
    return Turn(turn.role, words, turn.heard.emotion, tuple(events))


def _answer(model: ChatModel, conversation: SpokenConversation) -> Iterator[ReplyPiece]:
    """Yield the answer to a question about a clip: an option if the question lists any as (A), (B) and so on."""
    prompt = UNDERSTANDING_PROMPT.format(language=english_name(conversation.language))
    messages = [ChatMessage(SYSTEM, prompt), *map(_to_message, conversation.turns)]
    if options := _OPTION.findall(conversation.turns[-1].text):
        yield ReplyPiece(choose(model, messages, [option.strip() for option in options]))
        return
    for piece in model.generate(messages, min(ANSWER_TOKENS, conversation.max_tokens), None):
        yield ReplyPiece(piece)


def _to_message(turn: SpokenTurn) -> ChatMessage:
    if turn.heard is None:
        return ChatMessage(turn.role, turn.text)
    return ChatMessage(turn.role, f"Notes:\n{evidence.describe(turn.heard)}\n\nQuestion: {turn.text}".strip())


def _write_calls(model: ChatModel, conversation: SpokenConversation) -> Iterator[ReplyPiece]:
    """Yield the calls, each as soon as the list is complete; the grammar allows nothing but calls of these tools."""
    functions = [tool.get("function", tool) for tool in conversation.tools]
    prompt = CALL_PROMPT.format(tools="\n".join(map(_describe_tool, functions)), no_tool=NO_TOOL)
    messages = [ChatMessage(SYSTEM, prompt), *_examples()]
    turns = [ChatMessage(turn.role, _words(turn)) for turn in conversation.turns]
    turns[-1] = replace(turns[-1], text=note_lengths(turns[-1].text, functions))
    messages += turns
    request = "\n".join(turn.text for turn in turns if turn.role == USER)
    schema = to_call_schema([*functions, {"name": NO_TOOL}], MAX_CALLS, MAX_ARGUMENT_CHARACTERS)
    reply = "".join(model.generate(messages, CALL_TOKENS, None, match_schema(schema)))
    try:
        calls = json.loads(reply)
    except ValueError:
        raise FunAudioError(
            "The answer of the chat model was cut off after {count} tokens. Shorten the text and try again.",
            count=CALL_TOKENS,
        ) from None
    for call in calls:
        if call["name"] != NO_TOOL:
            written = json.dumps(drop_invented(call, functions, request), ensure_ascii=False)
            yield ReplyPiece(f"<tool_call>\n{written}\n</tool_call>\n")


def _words(turn: SpokenTurn) -> str:
    """Return what was said and typed in a turn."""
    return "\n".join(part for part in (turn.heard.text if turn.heard else "", turn.text) if part.strip())


def _describe_tool(function: Mapping[str, Any]) -> str:
    """Return a tool as one line: name, arguments with "?" for optional ones, and its use."""
    parameters = function.get("parameters", {})
    required = parameters.get("required", [])
    arguments = []
    for name, schema in parameters.get("properties", {}).items():
        kind = "|".join(map(str, schema["enum"])) if "enum" in schema else str(schema.get("type", "any"))
        note = f", {schema['description']}" if schema.get("description") else ""
        arguments.append(f"{name}{'' if name in required else '?'}: {kind}{note}")
    return f"- {function['name']}({'; '.join(arguments)}): {function.get('description', '')}"


def _examples() -> list[ChatMessage]:
    """Return exchanges in which no tool fits; without them, a small model always finds a tool."""
    refusal = json.dumps([{"name": NO_TOOL, "arguments": {}}])
    return [
        message for asked in OUT_OF_REACH for message in (ChatMessage(USER, asked), ChatMessage(ASSISTANT, refusal))
    ]


def _tell_results(model: ChatModel, conversation: SpokenConversation) -> Iterator[ReplyPiece]:
    """Yield the results of calls in words."""
    prompt = RESULT_PROMPT.format(language=english_name(conversation.language))
    request = next((_words(turn) for turn in reversed(conversation.turns[:-1]) if turn.role == USER), "")
    results = conversation.turns[-1].text
    messages = [ChatMessage(SYSTEM, prompt), ChatMessage(USER, f"Request: {request}\nResults:\n{results}")]
    for piece in model.generate(messages, min(ANSWER_TOKENS, conversation.max_tokens), None):
        yield ReplyPiece(piece)


def spoken_spec(spec: EngineSpec[Chatbot], get_chatbot: Callable[[], Chatbot]) -> EngineSpec[SpokenChatbot]:
    """Return the specification of a chatbot as a spoken chatbot.

    Args:
        spec: Specification of the chatbot.
        get_chatbot: Returns the chatbot, loaded.
    """

    def load() -> SpokenChatbot:
        get_chatbot()
        return PromptedSpokenChatbot(get_chatbot)

    def convert(current: EngineSpec[Chatbot]) -> EngineSpec[SpokenChatbot]:
        able = frozenset((TOOLS, UNDERSTANDS)) if DELIVERY in current.capabilities else frozenset[str]()
        refresh = current.refresh
        as_spoken: Any = replace(current, capabilities=able)  # replace() can't change the type of the engine
        return replace(
            as_spoken, load=load, refresh=None if refresh is None else lambda: convert(refresh()), prepare=None
        )

    return convert(spec)
