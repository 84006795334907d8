"""Tiny Fun-Audio-Chat of the reference outputs, and its conversations."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from funaudio_core.engines.cosyvoice.features import Float
from funaudio_core.engines.fun_audio_chat import checkpoint, clip_features
from funaudio_core.engines.fun_audio_chat.decode import Decoder
from funaudio_core.engines.fun_audio_chat.model import AudioChatModel
from funaudio_core.engines.fun_audio_chat.prompt_rows import embed_prompt
from funaudio_core.engines.fun_audio_chat.prompts import SYSTEM, USER, ChatMessage, ChatTokenizer
from funaudio_core.engines.fun_audio_chat.reply_state import (
    ControlTokens,
    EmbeddedPrompt,
    ReplyOptions,
    ReplyState,
    Step,
)
from funaudio_core.engines.llm.audio_chat_prompts import SPEECH_PROMPT, TEXT_PROMPT

GOLDEN = Path(__file__).parent / "golden" / "fun_audio_chat"
TINY = GOLDEN / "tiny"
CLIP = "<|audio_bos|><|AUDIO|><|audio_eos|>"


@dataclass(frozen=True, eq=False)
class Scenario:
    """Conversation of the reference outputs with what the model must answer."""

    name: str
    messages: tuple[ChatMessage, ...]
    clips: tuple[Float, ...]
    options: ReplyOptions
    text: list[int]
    speech: list[int]
    prompt_ids: list[int] | None = None
    events: list[Any] | None = None
    decoded: str | None = None


@cache
def model() -> AudioChatModel:
    return checkpoint.load(TINY)


@cache
def tokenizer() -> ChatTokenizer:
    return ChatTokenizer(TINY / "tokenizer.json")


@cache
def control_tokens() -> ControlTokens:
    names = tokenizer()
    return ControlTokens(names.end_id, names.audio_bos_id, names.audio_eos_id, names.silence_id)


def decoder(slots: int = 1) -> Decoder:
    return Decoder(model(), control_tokens(), slots)


def read_json(name: str) -> Any:
    return json.loads((GOLDEN / name).read_text("utf-8"))


def chirp(start: float, slope: float, tone: float, samples: int) -> Float:
    times = np.arange(samples) / 16_000
    sweep = 0.3 * np.sin(2 * np.pi * (start * times + slope * times**2))
    return (sweep + 0.1 * np.sin(2 * np.pi * tone * times) * (times % 0.7 < 0.3)).astype(np.float32)


def wave(index: int, samples: int) -> Float:
    """Return one of the waveforms of more_ids.json."""
    return chirp(120 + 30 * index, 40 - 7 * index, 2500 - 300 * index, samples)


def messages(conversation: Sequence[dict[str, str]], clips: Sequence[Float]) -> tuple[ChatMessage, ...]:
    """Convert a conversation whose clips are placeholders in the text."""
    unused, made = iter(clips), []
    for turn in conversation:
        count = turn["content"].count(CLIP)
        positions = tuple(clip_features.count_positions(len(next(unused))) for _ in range(count))
        made.append(ChatMessage(turn["role"], turn["content"].replace(CLIP, "").removeprefix("\n"), positions))
    return tuple(made)


@cache
def scenarios() -> dict[str, Scenario]:
    """Return all conversations by name."""
    found = {row.name: row for row in (*_first_scenarios(), *_more_scenarios())}
    assert len(found) == 17
    return found


def _first_scenarios() -> list[Scenario]:
    expected, clip = read_json("reference_ids.json"), chirp(150, 40, 2500, 96_000)
    history = [{"role": "assistant", "content": "hi"}, {"role": USER, "content": CLIP}]
    made = []
    for name, row in expected.items():
        is_text = name == "s2t"
        turns = [
            {"role": SYSTEM, "content": TEXT_PROMPT if is_text else SPEECH_PROMPT},
            {"role": USER, "content": CLIP},
        ]
        clips: tuple[Float, ...] = (clip,)
        if name == "s2s_2turn":
            turns, clips = turns + history, (clip, clip[:40_000])
        options = ReplyOptions(
            speak=not is_text, open_speech=not is_text, sample_text=name == "s2s_sampled_text", max_tokens=24
        )
        made.append(Scenario(name, messages(turns, clips), clips, options, row["text"], row["speech"]))
    return made


def _more_scenarios() -> list[Scenario]:
    made = []
    for name, row in read_json("more_ids.json")["scenarios"].items():
        is_demo, turns = name.startswith("demo"), row["conversation"]
        first = 0 if name.startswith("three_turns") else 2 if name == "s2s_audio_and_text" else 1
        clips = tuple(wave(first + index, samples) for index, samples in enumerate(row["samples"]))
        options = ReplyOptions(
            speak=not turns[0]["content"].startswith(TEXT_PROMPT),
            open_speech=name != "not_forced_open",
            sample_text=is_demo or name == "not_forced_open",
            forbid_opening_silence=is_demo,
            max_tokens=40 if is_demo else 24,
            seed=int(name[-1]) if is_demo else 0,
        )
        expected = (row["text"], row["speech"], row["prompt_ids"], row["events"], row["decoded"])
        made.append(Scenario(name, messages(turns, clips), clips, options, *expected))
    return made


def embed(scenario: Scenario) -> EmbeddedPrompt:
    return embed_prompt(model(), tokenizer(), tokenizer().encode_messages(scenario.messages), scenario.clips)


def run(scenario: Scenario, on: Decoder | None = None) -> list[Step]:
    """Return the steps of a reply, decoded alone."""
    state, step = (decoding := on or decoder()).start(embed(scenario), scenario.options)
    steps = [step]
    while not steps[-1].is_last:
        steps += decoding.step([state])
    decoding.release(state)
    return steps


def run_together(scenarios: Sequence[Scenario], on: Decoder) -> list[list[Step]]:
    """Return the steps of replies that are decoded in one batch."""
    started = [on.start(embed(scenario), scenario.options) for scenario in scenarios]
    replies: list[tuple[ReplyState, list[Step]]] = [(state, [step]) for state, step in started]
    while active := [(state, steps) for state, steps in replies if not steps[-1].is_last]:
        for (_, steps), step in zip(active, on.step([state for state, _ in active]), strict=True):
            steps.append(step)
    return [steps for _, steps in replies]


def ids(steps: Sequence[Step]) -> tuple[list[int], list[int]]:
    """Return text and speech ids."""
    return [step.text for step in steps], [code for step in steps for code in step.codes]


def events(prompt_length: int, steps: Sequence[Step]) -> list[Any]:
    """Return the steps in the order in which the reference code streams them."""
    streamed: list[Any] = [["prompt", prompt_length]]
    for step in steps:
        streamed.append(["text", step.chosen_text])
        if step.codes:
            streamed.append(["speech", list(step.codes)])
    return [*streamed, ["end"]]
