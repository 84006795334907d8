"""Decoding of audio and video files to mono, with notes on what was mended or ignored."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from funaudio_core.audio.container import (
    NUM_SPLIT_CHANNELS,
    Source,
    TrackStatistics,
    count_channels,
    count_tracks,
    find_track,
    missing_bytes,
    read_frames,
)
from funaudio_core.audio.samples import EXPORT_AGAIN, build_audio
from funaudio_core.audio.signal import format_duration, raise_level
from funaudio_core.errors import BadInput
from funaudio_core.message import Message
from funaudio_core.runtime import malloc
from funaudio_core.types import Audio, Samples

MIN_SECONDS = 0.1  # shorter than any syllable
MAX_DECODED_RATE = 48_000  # Hz; higher rates are resampled, since the rest is inaudible
TRIM_THRESHOLD_SAMPLES = 5_000_000  # clips above it (20 MB) return their freed memory to the system
MIN_COMPLETE_SHARE = 0.9  # of the declared length; less is told
MAX_DAMAGED_SHARE = 0.5  # of the packets; of a file with more, little can be understood


def load(path: str | Path, limit_seconds: float | None = None, rate: int | None = None) -> Audio:
    """Decode an audio or video file to mono float32.

    Channels are averaged, unless they cancel each other. What was mended or ignored is in the notes of the result.

    Args:
        path: The file, in any format of container.CONTAINERS.
        limit_seconds: Maximum duration; decoding stops when it is exceeded.
        rate: Sample rate of the result in Hz; None keeps the file's, up to MAX_DECODED_RATE.

    Raises:
        BadInput: The file is missing, empty or damaged, has no audio track or invalid samples, is shorter than
            MIN_SECONDS, or longer than the limit.
    """
    return load_channels(path, limit_seconds, rate, split=False)[0]


def load_channels(
    path: str | Path, limit_seconds: float | None = None, rate: int | None = None, split: bool = True
) -> tuple[Audio, ...]:
    """Decode a file like load(), but each channel by itself if the two of them hold different speakers, as of a call.

    Args:
        path: See load().
        limit_seconds: See load().
        rate: See load().
        split: False to mix the channels always.

    Returns:
        One clip, or two of equal length, each with the notes.

    Raises:
        BadInput: See load().
    """
    path = Path(path)
    notes: list[Message] = []
    source = Source()
    if (tracks := count_tracks(path)) > 1:
        source = Source(find_track(path, tracks, limit_seconds))
        notes.append(_track_note(source.track, tracks))
    if split and count_channels(path, source.track) == NUM_SPLIT_CHANNELS:
        source = source._replace(is_split=True)
    found = TrackStatistics()
    samples, decoded_rate = _decode(path, source, found, limit_seconds, rate)
    if found.channels_cancel:
        if samples.ndim == 1:
            source, found = source._replace(channel=found.loudest_channel), TrackStatistics()
            samples, decoded_rate = _decode(path, source, found, limit_seconds, rate)
        else:
            samples = samples[found.loudest_channel].copy()
        notes.append(Message("One channel is inverted. Only the louder one was used."))
    notes += _length_notes(path, found)
    is_call = samples.ndim > 1 and found.has_independent_channels
    if is_call:
        notes.append(Message("The two channels hold different speakers. Each was transcribed by itself."))
    elif samples.ndim > 1:
        samples = samples.mean(axis=0)
    clips = [build_audio(row, decoded_rate) for row in (samples if is_call else [samples])]
    return tuple(raise_level(Audio(each.samples, each.rate, tuple(notes))) for each in clips)


def _decode(
    path: Path, source: Source, found: TrackStatistics, limit_seconds: float | None, rate: int | None
) -> tuple[Samples, int]:
    """Decode a track; see load().

    Returns:
        The samples, float32 (n,), or (NUM_SPLIT_CHANNELS, n) of a split source that may be a call, and their rate.
    """
    blocks: deque[Samples] = deque()
    count = decoded_rate = 0
    is_split = source.is_split
    try:
        for decoded_rate, block in _resample_blocks(read_frames(path, source, found), rate):
            count += len(block)
            if limit_seconds is not None and count > limit_seconds * decoded_rate:
                raise BadInput(
                    "{file} is longer than {limit}. Cut it into shorter clips.",
                    file=path.name,
                    limit=format_duration(limit_seconds),
                )
            if is_split and found.has_common_content:  # half of the memory from here on
                is_split, blocks = False, deque(each.mean(axis=1) for each in blocks)
            blocks.append(block if is_split or block.ndim == 1 else block.mean(axis=1))
        _check_content(path.name, found)
        return _join_blocks(blocks, count), decoded_rate
    finally:
        if count > TRIM_THRESHOLD_SAMPLES:  # glibc would keep the memory of so many small blocks
            blocks.clear()
            malloc.trim()


def _check_content(name: str, found: TrackStatistics) -> None:
    """Raise BadInput if there is too little sound in a file."""
    if found.seconds == 0:
        raise BadInput("{file} contains no audio that can be decoded. {remedy}", file=name, remedy=EXPORT_AGAIN)
    if found.damaged > MAX_DAMAGED_SHARE * found.packets:
        raise BadInput(
            "{file} is damaged after {seconds:.1f} s and can't be decoded. {remedy}",
            file=name,
            seconds=found.first_damage,
            remedy=EXPORT_AGAIN,
        )
    if found.seconds < MIN_SECONDS:
        raise BadInput(
            "{file} is too short ({seconds:.2f} s). Use a clip of at least {least:g} s.",
            file=name,
            seconds=found.seconds,
            least=MIN_SECONDS,
        )


def _track_note(track: int, tracks: int) -> Message:
    """Return the note on the choice among several sound tracks."""
    if track:
        return Message(
            "The file has {tracks} sound tracks, and the first is silent or quiet. Track {track} was used.",
            tracks=tracks,
            track=track + 1,
        )
    return Message("The file has {tracks} sound tracks. The first was used.", tracks=tracks)


def _length_notes(path: Path, found: TrackStatistics) -> list[Message]:
    """Return notes on damage, and on a length that differs from the declared one."""
    notes = []
    if found.rate_change is not None:
        notes.append(Message("The sample rate changes after {seconds:.1f} s.", seconds=found.rate_change))
    if found.damaged:
        notes.append(
            Message("The file is damaged after {seconds:.1f} s. What follows was read.", seconds=found.first_damage)
            if found.seconds - found.first_damage > MIN_SECONDS
            else Message("The file breaks off after {seconds:.1f} s.", seconds=found.first_damage)
        )
    actual, declared = missing_bytes(path)
    if actual < MIN_COMPLETE_SHARE * declared:
        notes.append(
            Message(
                "The file is unfinished: it has {actual:,} of {declared:,} bytes. The {seconds:.1f} s in it were read.",
                actual=actual,
                declared=declared,
                seconds=found.seconds,
            )
        )
    elif found.seconds < MIN_COMPLETE_SHARE * found.declared_seconds:
        notes.append(
            Message(
                "The file holds {actual:.1f} s of sound, not {declared:.1f} s: it has no index, or its end is missing.",
                actual=found.seconds,
                declared=found.declared_seconds,
            )
        )
    return notes


def _resample_blocks(blocks: Iterator[tuple[int, Samples]], rate: int | None) -> Iterator[tuple[int, Samples]]:
    """Yield (rate, block) with the audio at `rate` Hz; if None, at its first rate, up to MAX_DECODED_RATE."""
    import soxr

    stream: Any = None
    stream_rate = target_rate = 0
    for source_rate, block in blocks:
        target_rate = target_rate or (min(source_rate, MAX_DECODED_RATE) if rate is None else rate)
        if stream is not None and source_rate != stream_rate:
            yield target_rate, stream.resample_chunk(block[:0], last=True)
            stream = None
        if target_rate == source_rate:
            yield source_rate, block
            continue
        if stream is None:
            channels = block.shape[1] if block.ndim > 1 else 1
            stream = soxr.ResampleStream(source_rate, target_rate, channels, dtype="float32", quality="HQ")
            stream_rate, empty = source_rate, block[:0]
        yield target_rate, stream.resample_chunk(block)
    if stream is not None:
        yield target_rate, stream.resample_chunk(empty, last=True)


def _join_blocks(blocks: deque[Samples], count: int) -> Samples:
    """Return blocks, (n,) or (n, channels), as one array, (count,) or (channels, count).

    Each block is freed after copying, so that memory never holds the clip twice.
    """
    joined = np.empty((*(blocks[0].shape[1:] if blocks else ()), count), np.float32)
    offset = 0
    while blocks:
        block = blocks.popleft()
        joined[..., offset : offset + len(block)] = block.T
        offset += len(block)
    return joined
