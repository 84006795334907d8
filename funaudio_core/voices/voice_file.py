"""Saved voices: WAV files with an extra RIFF chunk of JSON for name, language and transcript.

Reading one runs no code: it has no pickle, no archive and no paths.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np

from funaudio_core.errors import BadInput
from funaudio_core.languages import LANGUAGES
from funaudio_core.text import clean
from funaudio_core.types import MAX_RATE, MIN_RATE, Audio, Voice

SUFFIX = ".wav"
CHUNK_ID = b"fvox"  # RIFF chunk with the metadata
VERSION = 1
MAX_BYTES = 20 * 2**20  # a minute at 96 kHz is 11.5 MB
MAX_SECONDS = 60.0
MAX_NAME_LENGTH, MAX_TEXT_LENGTH = 60, 2_000  # characters
MAX_METADATA_BYTES = 64 * 2**10  # bytes of JSON
_PCM = 1  # WAVE_FORMAT_PCM


def save(voice: Voice, path: Path) -> None:
    """Write a reference voice to a file. Raise BadInput for a preset, and for a clip longer than MAX_SECONDS."""
    if voice.clip is None:
        raise BadInput("{name} is a preset voice; only voices made from a clip can be saved.", name=voice.name)
    if voice.clip.duration > MAX_SECONDS:
        raise _too_long_error(voice.clip.duration)
    metadata = {"version": VERSION, "name": voice.name, "language": voice.language, "text": voice.text}
    encoded = json.dumps(metadata, ensure_ascii=False).encode()
    rate = voice.clip.rate
    chunks = (
        (b"fmt ", struct.pack("<HHIIHH", _PCM, 1, rate, rate * 2, 2, 16)),
        (CHUNK_ID, encoded),
        (b"data", voice.clip.pcm16().astype("<i2").tobytes()),
    )
    body = b"".join(
        name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2) for name, content in chunks
    )
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body)


def load(path: Path) -> Voice:
    """Read a voice file. Raise BadInput if it is no voice file, too large, damaged or of another version."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise BadInput(
            "The file is too large ({size:.0f} MB). A saved voice can have at most {most} MB.",
            size=size / 2**20,
            most=MAX_BYTES // 2**20,
        )
    chunks = _read_chunks(path.read_bytes())
    if CHUNK_ID not in chunks or b"fmt " not in chunks or b"data" not in chunks:
        raise BadInput("This isn't a voice file saved by this app. To clone another clip, upload it as the reference.")
    metadata = _parse_metadata(chunks[CHUNK_ID])
    clip = _parse_clip(chunks[b"fmt "], chunks[b"data"])
    return Voice(metadata["name"], metadata["language"], clip=clip, text=metadata["text"])


def _read_chunks(content: bytes) -> dict[bytes, bytes]:
    """Return the first RIFF chunk of each name; none if the content is no WAV file."""
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        return {}
    chunks: dict[bytes, bytes] = {}
    offset = 12
    while offset + 8 <= len(content):
        name, size = content[offset : offset + 4], struct.unpack_from("<I", content, offset + 4)[0]
        if offset + 8 + size > len(content):
            raise BadInput("The voice file is incomplete. Download it again from where it was saved.")
        chunks.setdefault(name, content[offset + 8 : offset + 8 + size])
        offset += 8 + size + size % 2
    return chunks


def _parse_metadata(chunk: bytes) -> dict[str, str]:
    try:
        metadata = json.loads(chunk[:MAX_METADATA_BYTES])
    except (ValueError, RecursionError):
        raise _damaged_error() from None
    if not isinstance(metadata, dict) or metadata.get("version") != VERSION:
        raise BadInput("The voice file was saved by another version of this app. Save the voice again from its clip.")
    name, language, text = metadata.get("name"), metadata.get("language"), metadata.get("text")
    if not (isinstance(name, str) and isinstance(text, str) and isinstance(language, str) and language in LANGUAGES):
        raise BadInput(
            "The voice file is missing its name, language or transcript. Save the voice again from its clip."
        )
    return {
        "name": clean(name)[:MAX_NAME_LENGTH] or "voice",
        "language": language,
        "text": clean(text)[:MAX_TEXT_LENGTH],
    }


def _parse_clip(fmt: bytes, data: bytes) -> Audio:
    if len(fmt) < 16:
        raise _damaged_error()
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", fmt)
    if (kind, channels, bits) != (_PCM, 1, 16) or not MIN_RATE <= rate <= MAX_RATE or len(data) % 2:
        raise BadInput("The voice file was modified by another program. Save the voice again from its clip.")
    samples = np.frombuffer(data, "<i2").astype(np.float32) / 32768.0
    if not 0 < len(samples) <= MAX_SECONDS * rate:
        raise _too_long_error(len(samples) / rate)
    return Audio(samples, rate)


def _too_long_error(seconds: float) -> BadInput:
    return BadInput(
        "A saved voice can contain up to {most:.0f} s of audio; this one contains {seconds:.0f} s.",
        most=MAX_SECONDS,
        seconds=seconds,
    )


def _damaged_error() -> BadInput:
    return BadInput("The voice file is damaged. Download it again from where it was saved.")
