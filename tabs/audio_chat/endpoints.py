"""API endpoints and MCP tools of the page: answer a clip, ask about a clip, call tools for a clip."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from funaudio_core import audio
from funaudio_core.engines.protocols import RECOGNITION_RATE
from funaudio_core.engines.spoken_chat import HEARS, TOOLS, UNDERSTANDS, USER, SpokenTurn
from funaudio_core.errors import BadInput
from funaudio_core.tasks import spoken_chat
from funaudio_core.text import instructions, subtitles
from funaudio_core.tools import mcp_servers, sandbox, sets
from funaudio_core.tools.schema import Tool, find_hotwords, read_tools
from funaudio_core.types import Audio, Transcript
from server.params import AudioPath
from tabs.audio_chat import tool_calls
from tabs.audio_chat.controls import Models
from tabs.audio_chat.exchange import Answer, assistant_turn, conversation_of, follow, require_speech, user_turn
from tabs.audio_chat.manner import check_persona
from tabs.audio_chat.understanding import ask_with_choices, find_choice
from tabs.components.inputs import MAX_TURN_SECONDS, read_clip
from tabs.components.outputs import write_wav


def _hear(clip: Audio, models: Models, *, speakers: bool = False, tools: tuple[Tool, ...] = ()) -> Transcript | None:
    """Return what is heard in a clip; None for a model that hears itself. tools: Those that it may ask for."""
    if HEARS in models.spec.capabilities:
        return None
    *_, heard = spoken_chat.hear(
        audio.resample(clip, RECOGNITION_RATE),
        speakers=speakers,
        languages=models.spec.languages if tools else frozenset(),
        hotwords=find_hotwords(tools),
    )
    return heard


def _facts(models: Models, answer: Answer, heard: Transcript | None) -> dict[str, Any]:
    """Return what else is known about an answer."""
    facts: dict[str, Any] = {"models": [spec.title for spec in spoken_chat.engines_of(models.chatbot, models.speech())]}
    if heard is not None:
        facts["heard"] = heard.text
        if heard.emotion is not None:
            facts["emotion"] = heard.emotion.label
    if answer.style:
        facts["style"] = answer.style
    return facts


def answer_clip(
    clip: AudioPath,
    text: str = "",
    persona: str = "",
    engine: str = "",
    voice: str = "",
    seed: int = 0,
    manner: bool = False,
) -> tuple[AudioPath, str, dict[str, Any]]:
    """Answer a spoken question or request, as a role and in the manner that the speaker asks for.

    Args:
        clip: Recording of the question, up to five minutes.
        text: A typed instruction, in place of the words of the clip for a model that can't hear.
        persona: Who answers, in a sentence or two; empty for no role.
        engine: Id of the conversation model, such as "fun-audio-chat" or "qwen2.5-coder-1.5b"; empty for the default.
        voice: Id of the voice; empty for the default.
        seed: Seed of the sampling.
        manner: The words ask for a manner of speaking, such as "slowly": speak so, with a model that can't by itself.

    Returns:
        The answer as a WAV file, its text, and the models with what was heard.
    """
    models = Models(engine, "", voice, seed)
    sound = read_clip(clip, limit=MAX_TURN_SECONDS)
    heard = _hear(sound, models)
    require_speech(heard)
    wanted = instructions.interpret(((heard.text if heard else "") + " " + text)[: instructions.MAX_LENGTH])
    style = wanted.style if manner and wanted.wishes else None
    turn = user_turn(models, sound, text, heard)
    conversation = conversation_of(models, turn, persona=check_persona(persona))
    answer = Answer()
    for answer, _ in follow(conversation, models, style):  # noqa: B007
        pass
    if answer.audio is None:
        raise BadInput("The model gave no reply. Rephrase your message.")
    facts = _facts(models, answer, heard)
    if style is not None:
        facts["asked"] = [str(wish) for wish in wanted.wishes]
    return write_wav(answer.audio, "answer.wav"), answer.text.strip(), facts


def ask_clip(clip: AudioPath, question: str, choices: str = "", engine: str = "") -> tuple[str, dict[str, Any]]:
    """Answer a question about any recording: speech, speakers, emotions, sounds.

    Args:
        clip: The recording, up to five minutes.
        question: The question, such as "How many people speak?".
        choices: Choices for the answer, one a line; empty for a free answer.
        engine: Id of the conversation model; empty for the default. Small models can't do this.

    Returns:
        The answer, and the evidence: letter of the choice, models, transcript with events, speakers and emotions.
    """
    models = Models(engine)
    models.require(UNDERSTANDS)
    sound = read_clip(clip, limit=MAX_TURN_SECONDS)
    asked = ask_with_choices(question, choices)
    heard = _hear(sound, models, speakers=True)
    answer = Answer()
    for answer, _ in follow(conversation_of(models, user_turn(models, sound, asked, heard), speak=False), models):  # noqa: B007
        pass
    facts = _facts(models, answer, None)
    if choices.strip():
        facts["choice"] = find_choice(answer.text, choices)
    if heard is not None:
        facts["transcript"] = subtitles.to_dict(heard)
    return answer.text.strip(), facts


def _tools(source: str) -> tuple[Tool, ...]:
    """Return the tools of a set, of an MCP server, or of a text."""
    if mcp_servers.is_server(source):
        return mcp_servers.offer_of(source).tools
    return sets.tools_of(source) if source in sets.SETS else read_tools(source)


def call_tools(
    clip: AudioPath, tools: str = "weather_timer", engine: str = "", run: bool = True
) -> tuple[str, dict[str, Any]]:
    """Write the calls of tools that a spoken request needs, and run those of the ready sets in a sandbox.

    Args:
        clip: Recording of the request, up to five minutes.
        tools: A ready set, "weather_timer", "home", "calendar" or "car"; an MCP server that this app's owner offers,
            such as "mcp:weather"; or tools as JSON schemas in OpenAI's form.
        engine: Id of the conversation model; empty for the default. Small models can't do this.
        run: Run the calls and tell the results; weather, home and car are simulated.

    Returns:
        The results in words, empty if nothing was run; and the calls, their results, faults and what was heard.
    """
    models = Models(engine)
    models.require(TOOLS)
    offered = _tools(tools)
    sound = read_clip(clip, limit=MAX_TURN_SECONDS)
    heard = _hear(sound, models, tools=offered)
    require_speech(heard)
    turn = user_turn(models, sound, "", heard)
    *_, attempt = tool_calls.write_calls((turn,), offered, models)
    calls = attempt.reply.calls
    facts = _facts(models, Answer(), heard) | {
        "calls": [{"name": call.name, "arguments": dict(call.arguments)} for call in calls],
        "faults": list(map(str, attempt.reply.faults)),
    }
    if not (run and calls):
        return "", facts
    _, results = tool_calls.run_calls(calls, sandbox.SandboxState(), tools)
    told = SpokenTurn(USER, tool_calls.response_text(calls, results))
    asked = conversation_of(models, turn)
    conversation = replace(asked, turns=(turn, assistant_turn(attempt.written), told), speak=False)
    answer = Answer()
    for answer, _ in follow(conversation, models):  # noqa: B007
        pass
    return answer.text.strip(), facts | {"results": results}
