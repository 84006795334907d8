"""What is known of the servers that speak OpenAI's language: how each is told from the others, and what it can do.

A table, of vllm 0.33, vllm-omni 0.30, sglang-omni 0.1.9, funasr 1.4.16 and transformers 5.23; knows no connection.
"""

from __future__ import annotations

from dataclasses import dataclass

CLONE, CROSS, INSTRUCT, PRESETS = "voice-clone", "cross-lingual", "instruct", "presets"
HOTWORDS, IDENTIFIES, TIMES, TO_ENGLISH = "hotwords", "language-id", "segment-times", "to-english"
SPEAKS = frozenset({CLONE, CROSS, INSTRUCT, PRESETS})  # what a remote engine may be said to do; other names are typos
HEARS = frozenset({HOTWORDS, IDENTIFIES, TIMES, TO_ENGLISH, "word-times", "emotion", "events"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of server.

    title: its name. owners: what its /models says in "owned_by". hears, speaks: capabilities where it does that at all.
    streams: fields by which it is made to send samples while it makes them. fields: others for speech, "seed" and
    "language" among them. strict: it refuses fields that OpenAI doesn't have.
    """

    title: str
    owners: tuple[str, ...]
    hears: frozenset[str]
    speaks: frozenset[str]
    streams: tuple[tuple[str, object], ...] = (("stream", True), ("stream_format", "audio"))
    fields: frozenset[str] = frozenset({"seed"})
    strict: bool = False


KINDS: dict[str, Kind] = {
    # Of its models Fun-CosyVoice 3 is the one meant: three modes, one reference each, no voices of its own.
    "sglang-omni": Kind("SGLang-Omni", ("sglang-omni",), frozenset({IDENTIFIES}), frozenset({CLONE, CROSS, INSTRUCT})),
    "sglang": Kind("SGLang", ("sglang",), frozenset({IDENTIFIES}), frozenset()),
    # It takes instructions and leaves them unread; a reference without its transcript is an error.
    "vllm-omni": Kind("vLLM-Omni", (), frozenset({HOTWORDS}), frozenset({CLONE})),
    # A language that is not told is taken for English, so it can't be asked to find out.
    "vllm": Kind("vLLM", ("vllm",), frozenset({HOTWORDS}), frozenset()),
    # SenseVoice's tags are stripped before they are sent.
    "funasr": Kind("FunASR", (), frozenset({IDENTIFIES, TIMES}), frozenset()),
    "whisper": Kind("Whisper", (), frozenset({IDENTIFIES, TIMES, TO_ENGLISH}), frozenset()),
    "transformers": Kind("transformers", (), frozenset({IDENTIFIES}), frozenset()),
    "openai": Kind(
        "OpenAI",
        ("openai", "openai-internal", "system"),
        frozenset({IDENTIFIES}),
        frozenset({PRESETS}),
        streams=(("stream_format", "audio"),),
        fields=frozenset(),
        strict=True,
    ),
    # This app on another machine; its /models tells languages, capabilities and voices of each engine.
    "funaudio": Kind(
        "FunAudio Suite",
        (),
        frozenset({IDENTIFIES, TIMES}),
        frozenset({PRESETS}),
        streams=(("stream", True),),
        fields=frozenset({"seed", "language"}),
    ),
    "any": Kind("", (), frozenset({IDENTIFIES}), frozenset({PRESETS}), fields=frozenset()),
}
