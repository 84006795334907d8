"""Profiles of servers with an OpenAI-compatible API: detection and capabilities of each kind.

Checked with sglang-omni 0.1.9, funasr 1.4.16 and transformers 5.23.
"""

from __future__ import annotations

from dataclasses import dataclass

CLONE, CROSS, INSTRUCT, PRESETS = "voice-clone", "cross-lingual", "instruct", "presets"
HOTWORDS, LANGUAGE_ID, SEGMENT_TIMES, TO_ENGLISH = "hotwords", "language-id", "segment-times", "to-english"
# Capabilities that an address may declare; other names are rejected as typing errors.
SPEECH_CAPABILITIES = frozenset({CLONE, CROSS, INSTRUCT, PRESETS})
RECOGNITION_CAPABILITIES = frozenset(
    {HOTWORDS, LANGUAGE_ID, SEGMENT_TIMES, TO_ENGLISH, "word-times", "emotion", "events"}
)


@dataclass(frozen=True, slots=True)
class ServerProfile:
    """Kind of server."""

    title: str  # shown behind the model's name
    owners: tuple[str, ...]  # values of "owned_by" in its model list
    recognition: frozenset[str]  # capabilities
    speech: frozenset[str]  # capabilities
    stream_fields: tuple[tuple[str, object], ...] = (("stream", True), ("stream_format", "audio"))  # of /audio/speech
    optional_fields: frozenset[str] = frozenset({"seed"})  # of /audio/speech: "seed", "language"
    strict: bool = False  # rejects fields that OpenAI does not have


GENERIC = "generic"  # servers that are not in the table
PROFILES: dict[str, ServerProfile] = {
    # Meant for its Fun-CosyVoice 3: three modes with one reference clip each, no voices of its own.
    "sglang-omni": ServerProfile(
        "SGLang-Omni", ("sglang-omni",), frozenset({LANGUAGE_ID}), frozenset({CLONE, CROSS, INSTRUCT})
    ),
    # It strips SenseVoice's tags from the text.
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
    # This app on another machine; its model list has languages, capabilities and voices of each engine.
    "funaudio": ServerProfile(
        "FunAudio Suite",
        (),
        frozenset({LANGUAGE_ID, SEGMENT_TIMES}),
        frozenset({PRESETS}),
        stream_fields=(("stream", True),),
        optional_fields=frozenset({"seed", "language"}),
    ),
    GENERIC: ServerProfile("", (), frozenset({LANGUAGE_ID}), frozenset({PRESETS}), optional_fields=frozenset()),
}
