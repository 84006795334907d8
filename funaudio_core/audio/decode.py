"""Pure functions on samples: decode, resample, join, measure, save. Knows no model and no page."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from funaudio_core.audio.signal import (
    EXPORT_AGAIN,
    MIN_SECONDS,
    build_audio,
    format_duration,
    sample_type_error,
    to_float32,
)
from funaudio_core.errors import BadInput
from funaudio_core.message import Message
from funaudio_core.runtime import malloc
from funaudio_core.types import Audio, Samples, check_rate

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.container import InputContainer
MAX_DECODED_RATE = 48_000  # Hz of a file that is taken as it is; the rest of a studio file is above all hearing
TRIM_THRESHOLD_SAMPLES = 5_000_000  # samples of a clip of which 20 MB are handed back
MIN_COMPLETE_SHARE = 0.9  # share of the declared length below which a file counts as cut off
UNKNOWN_SIZE_BYTES = 0x7FFF_0000  # bytes; recorders that write to a pipe declare at least this much
# FFmpeg demuxers that hold sound in one file. Playlists and scripts are left out: they could name other files.
CONTAINERS = (
    "wav,w64,aiff,au,caf,flac,mp3,aac,ac3,eac3,amr,ape,wv,tta,ogg,matroska,webm,mov,mp4,m4a,3gp,asf,avi,flv,mpeg,mpegts"
)


def load(path: str | Path, limit_seconds: float | None = None, rate: int | None = None) -> Audio:
    """Decode any common sound or video file to mono float32; channels are averaged.

    rate: Hz, resampled on the way, so that hours of studio sound take no more memory than the result; None keeps the
    file's own up to HIGHEST, above which there is nothing to hear. Decoding stops as soon as `limit_seconds` is passed,
    so a huge file costs no more than that.
    Raises BadInput, with what to do, for a file that is missing, empty, damaged, cut off, silent of any audio
    track, shorter than MIN_SECONDS, longer than the limit, or that holds samples which are not numbers.
    """
    path = Path(path)
    blocks: deque[Samples] = deque()
    count = decoded_rate = 0
    try:
        for decoded_rate, block in _resample_blocks(_decode(path), rate):
            count += len(block)
            if limit_seconds is not None and count > limit_seconds * decoded_rate:
                raise BadInput(
                    "{file} is longer than {limit}. Cut it into shorter clips.",
                    file=path.name,
                    limit=format_duration(limit_seconds),
                )
            blocks.append(block)
        if count < MIN_SECONDS * decoded_rate:
            raise BadInput(
                "{file} is too short ({seconds:.2f} s). Use a clip of at least {least:g} s.",
                file=path.name,
                seconds=count / decoded_rate,
                least=MIN_SECONDS,
            )
        return build_audio(_join_blocks(blocks, count), decoded_rate)
    finally:
        if count > TRIM_THRESHOLD_SAMPLES:  # the C library would keep the room of so many small blocks, whoever needs it next
            blocks.clear()
            malloc.trim()


def declared_duration(path: str | Path) -> float:
    """How long a file says that it is, without decoding it; 0 where it doesn't say or can't be read."""
    import av
    from av.error import FFmpegError

    try:
        with av.open(f"file:{path}", options={"format_whitelist": CONTAINERS}, metadata_errors="replace") as container:
            return _declared_seconds(container) if container.streams.audio else 0.0
    except (FFmpegError, ValueError):
        return 0.0


def _resample_blocks(blocks: Iterator[tuple[int, Samples]], rate: int | None) -> Iterator[tuple[int, Samples]]:
    """The same sound at `rate` Hz, block by block; None: at its own, or at HIGHEST where that is less."""
    import soxr

    stream: Any = None
    target_rate = 0
    for source_rate, block in blocks:
        check_rate(source_rate)
        target_rate = min(source_rate, MAX_DECODED_RATE) if rate is None else rate
        if target_rate == source_rate:
            yield source_rate, block
            continue
        stream = stream or soxr.ResampleStream(source_rate, target_rate, 1, dtype="float32", quality="HQ")
        yield target_rate, stream.resample_chunk(block)
    if stream is not None:
        yield target_rate, stream.resample_chunk(np.zeros(0, np.float32), last=True)


def _join_blocks(blocks: deque[Samples], count: int) -> Samples:
    """The blocks in one array; each is let go as soon as it is copied, so that both never lie in memory whole."""
    whole = np.empty(count, np.float32)
    at = 0
    while blocks:
        block = blocks.popleft()
        whole[at : at + len(block)] = block
        at += len(block)
    return whole


def _decode(path: Path) -> Iterator[tuple[int, Samples]]:
    """(rate, mono block) frame by frame; at least one. Raises BadInput for whatever can't be decoded to its end."""
    import av
    from av.error import FFmpegError

    if not path.is_file():
        raise BadInput("File {file} not found. Upload or record the clip again.", file=path.name)
    if path.stat().st_size == 0:
        raise BadInput("{file} is empty (0 bytes). Upload or record the clip again.", file=path.name)
    try:
        container = av.open(f"file:{path}", options={"format_whitelist": CONTAINERS}, metadata_errors="replace")
    except (FFmpegError, ValueError) as error:
        raise BadInput(
            "{file} isn't a readable audio file, or it is damaged. {remedy}", file=path.name, remedy=EXPORT_AGAIN
        ) from error
    with container:
        if container.format.name == "wav":
            _check_riff_size(path)
        yield from _decode_frames(container, path.name)


def _check_riff_size(path: Path) -> None:
    """Raise BadInput where a WAV file is shorter than its header says; FFmpeg itself reads such a file in silence."""
    with path.open("rb") as stream:
        head = stream.read(8)
    declared = int.from_bytes(head[4:8], "little") + 8
    actual = path.stat().st_size
    if head[:4] == b"RIFF" and declared < UNKNOWN_SIZE_BYTES and actual < MIN_COMPLETE_SHARE * declared:
        raise BadInput(
            "{file} is incomplete: it has {actual:,} of {declared:,} bytes. {remedy}",
            file=path.name,
            declared=declared,
            actual=actual,
            remedy=EXPORT_AGAIN,
        )


def _decode_frames(container: InputContainer, name: str) -> Iterator[tuple[int, Samples]]:
    from av.error import FFmpegError

    if not container.streams.audio:
        raise BadInput("{file} has no audio track. Choose a file with sound.", file=name)
    stream = container.streams.audio[0]
    declared = _declared_seconds(container)
    count = rate = 0
    try:
        for frame in container.decode(stream):
            if rate not in (0, frame.sample_rate):
                raise BadInput("The sample rate of {file} changes midway. {remedy}", file=name, remedy=EXPORT_AGAIN)
            rate = frame.sample_rate
            check_rate(rate)  # before it is resampled: one block at 1 Hz would become gigabytes
            block = _to_mono(frame)
            count += len(block)
            yield rate, block
    except FFmpegError as error:
        where = Message("after {seconds:.1f} s", seconds=count / rate) if count else Message("from the start")
        raise BadInput(
            "{file} is damaged {where} and can't be decoded. {remedy}", file=name, where=where, remedy=EXPORT_AGAIN
        ) from error
    if count == 0:
        raise BadInput("{file} contains no audio that can be decoded. {remedy}", file=name, remedy=EXPORT_AGAIN)
    if count / rate < MIN_COMPLETE_SHARE * declared:
        raise BadInput(
            "{file} is incomplete: it has {actual:.1f} of {declared:.1f} s. {remedy}",
            file=name,
            declared=declared,
            actual=count / rate,
            remedy=EXPORT_AGAIN,
        )


def _declared_seconds(container: InputContainer) -> float:
    """How long the first audio track claims to be; 0 where it doesn't say."""
    stream = container.streams.audio[0]
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if container.duration and len(container.streams) == 1:
        return container.duration / 1_000_000  # FFmpeg's AV_TIME_BASE, microseconds
    return 0.0


def _to_mono(frame: AudioFrame) -> Samples:
    """A decoded frame as float32, shape (n,), channels averaged."""
    try:
        array = frame.to_ndarray()
    except ValueError:  # NumPy has no such type, or PyAV doesn't know it
        raise sample_type_error(frame.format.name) from None
    values = to_float32(array)  # planar: (channels, n); packed: (1, n * channels)
    if not frame.format.is_planar:
        values = values.reshape(-1, frame.layout.nb_channels).T
    mono: Samples = values[0] if len(values) == 1 else values.mean(axis=0, dtype=np.float32)
    return mono
