"""What is known of the servers that speak OpenAI's language: how each is told from the others, and what it can do.

A table, of vllm 0.33, vllm-omni 0.30, sglang-omni 0.1.9, funasr 1.4.16 and transformers 5.23; knows no connection.
"""

from __future__ import annotations

from dataclasses import dataclass

CLONE, CROSS, INSTRUCT, PRESETS = "voice-clone", "cross-lingual", "instruct", "presets"
HOTWORDS, LANGUAGE_ID, SEGMENT_TIMES, TO_ENGLISH = "hotwords", "language-id", "segment-times", "to-english"
SPEECH_CAPABILITIES = frozenset(
    {CLONE, CROSS, INSTRUCT, PRESETS}
)  # what a remote engine may be said to do; other names are typos
RECOGNITION_CAPABILITIES = frozenset(
    {HOTWORDS, LANGUAGE_ID, SEGMENT_TIMES, TO_ENGLISH, "word-times", "emotion", "events"}
)


@dataclass(frozen=True, slots=True)
class ServerProfile:
    """A sort of server.

    title: its name. owners: what its /models says in "owned_by". hears, speaks: capabilities where it does that at all.
    streams: fields by which it is made to send samples while it makes them. fields: others for speech, "seed" and
    "language" among them. strict: it refuses fields that OpenAI doesn't have.
    """

    title: str
    owners: tuple[str, ...]
    recognition: frozenset[str]
    speech: frozenset[str]
    stream_fields: tuple[tuple[str, object], ...] = (("stream", True), ("stream_format", "audio"))
    optional_fields: frozenset[str] = frozenset({"seed"})
    strict: bool = False


PROFILES: dict[str, ServerProfile] = {
    # Of its models Fun-CosyVoice 3 is the one meant: three modes, one reference each, no voices of its own.
    "sglang-omni": ServerProfile(
        "SGLang-Omni", ("sglang-omni",), frozenset({LANGUAGE_ID}), frozenset({CLONE, CROSS, INSTRUCT})
    ),
    "sglang": ServerProfile("SGLang", ("sglang",), frozenset({LANGUAGE_ID}), frozenset()),
    # It takes instructions and leaves them unread; a reference without its transcript is an error.
    "vllm-omni": ServerProfile("vLLM-Omni", (), frozenset({HOTWORDS}), frozenset({CLONE})),
    # A language that is not told is taken for English, so it can't be asked to find out.
    "vllm": ServerProfile("vLLM", ("vllm",), frozenset({HOTWORDS}), frozenset()),
    # SenseVoice's tags are stripped before they are sent.
    "funasr": ServerProfile("FunASR", (), frozenset({LANGUAGE_ID, SEGMENT_TIMES}), frozenset()),
    "whisper": ServerProfile("Whisper", (), frozenset({LANGUAGE_ID, SEGMENT_TIMES, TO_ENGLISH}), frozenset()),
    "transformers": ServerProfile("transformers", (), frozenset({LANGUAGE_ID}), frozenset()),
    "openai": ServerProfile(
        "OpenAI",
        ("openai", "openai-internal", "system"),
        frozenset({LANGUAGE_ID}),
        frozenset({PRESETS}),
        stream_fields=(("stream_format", "audio"),),
        optional_fields=frozenset(),
        strict=True,
    ),
    # This app on another machine; its /models tells languages, capabilities and voices of each engine.
    "funaudio": ServerProfile(
        "FunAudio Suite",
        (),
        frozenset({LANGUAGE_ID, SEGMENT_TIMES}),
        frozenset({PRESETS}),
        stream_fields=(("stream", True),),
        optional_fields=frozenset({"seed", "language"}),
    ),
    "any": ServerProfile("", (), frozenset({LANGUAGE_ID}), frozenset({PRESETS}), optional_fields=frozenset()),
}
