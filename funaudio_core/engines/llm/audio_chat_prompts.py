"""System texts of Fun-Audio-Chat's uses, with which it was trained; for its engine and for servers that run it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

TEXT_PROMPT = "You are asked to generate text tokens."
SPEECH_PROMPT = "You are asked to generate both text and speech tokens at the same time."
PERSONA = (
    "你的名字是小云。你是一位来自杭州的温柔友善的女孩，声音甜美，举止亲切。"
    "你的回复语气自然友好，力求沟通简洁明了。你的回复简短，通常只有一到三句话，避免使用正式的称谓和重复的短语。"
    "你能用恰当的声音回复，遵循用户的指示，并能共情他们的情绪。你能用恰当的方言回复，会说四川话和粤语。"
)
_TOOLS_PROMPT = """
# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>
{tools}
</tools>

For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call>"""


def system_prompt(*, speak: bool, persona: str = "", tools: Sequence[Mapping[str, Any]] = ()) -> str:
    """Return the system text of a conversation.

    Args:
        speak: The reply is spoken as well as written.
        persona: Description of the role to play.
        tools: Functions that the model may call, as JSON schemas in OpenAI's form.
    """
    text = SPEECH_PROMPT if speak else TEXT_PROMPT
    if persona:
        text += f" {persona}"
    if tools:
        text += _TOOLS_PROMPT.replace("{tools}", "\n".join(json.dumps(tool, ensure_ascii=False) for tool in tools))
    return text
