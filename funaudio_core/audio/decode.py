"""Decoding of audio and video files."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from funaudio_core.audio.samples import EXPORT_AGAIN, build_audio, sample_type_error, to_float32
from funaudio_core.audio.signal import format_duration
from funaudio_core.errors import BadInput
from funaudio_core.message import Message
from funaudio_core.runtime import malloc
from funaudio_core.types import Audio, Samples, check_rate

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.container import InputContainer
MIN_SECONDS = 0.1  # shorter than any syllable
MAX_DECODED_RATE = 48_000  # Hz; higher rates are resampled, since the rest is inaudible
TRIM_THRESHOLD_SAMPLES = 5_000_000  # clips above it (20 MB) return their freed memory to the system
MIN_COMPLETE_SHARE = 0.9  # of the declared length; a shorter file is incomplete
UNKNOWN_SIZE_BYTES = 0x7FFF_0000  # least size that recorders declare when they write to a pipe
# FFmpeg demuxers of single-file formats. Playlists and scripts are excluded: they could name other files.
CONTAINERS = (
    "wav,w64,aiff,au,caf,flac,mp3,aac,ac3,eac3,amr,ape,wv,tta,ogg,matroska,webm,mov,mp4,m4a,3gp,asf,avi,flv,mpeg,mpegts"
)


def load(path: str | Path, limit_seconds: float | None = None, rate: int | None = None) -> Audio:
    """Decode an audio or video file to mono float32; channels are averaged.

    Args:
        path: The file, in any format of CONTAINERS.
        limit_seconds: Maximum duration; decoding stops when it is exceeded.
        rate: Sample rate of the result in Hz; None keeps the file's, up to MAX_DECODED_RATE.

    Raises:
        BadInput: The file is missing, empty, damaged or incomplete, has no audio track or invalid samples, is
            shorter than MIN_SECONDS, or longer than the limit.
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
        if count > TRIM_THRESHOLD_SAMPLES:  # glibc would keep the memory of so many small blocks
            blocks.clear()
            malloc.trim()


def declared_duration(path: str | Path) -> float:
    """Return the duration in seconds that a file declares, without decoding it; 0 if unknown or unreadable."""
    import av
    from av.error import FFmpegError

    try:
        with av.open(f"file:{path}", options={"format_whitelist": CONTAINERS}, metadata_errors="replace") as container:
            return _declared_seconds(container) if container.streams.audio else 0.0
    except (FFmpegError, ValueError):
        return 0.0


def _resample_blocks(blocks: Iterator[tuple[int, Samples]], rate: int | None) -> Iterator[tuple[int, Samples]]:
    """Yield (rate, block) with the audio at `rate` Hz; if None, at its own rate up to MAX_DECODED_RATE."""
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
    """Return the blocks as one array, freeing each after copying, so that memory never holds the clip twice."""
    joined = np.empty(count, np.float32)
    offset = 0
    while blocks:
        block = blocks.popleft()
        joined[offset : offset + len(block)] = block
        offset += len(block)
    return joined


def _decode(path: Path) -> Iterator[tuple[int, Samples]]:
    """Yield (rate, mono block) for each frame, at least one. Raise BadInput if the file can't be decoded to its end."""
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
    """Raise BadInput if a WAV file is shorter than its header declares; FFmpeg ignores that."""
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
    """Yield (rate, mono block) of the first audio track. Raise BadInput if it is damaged or incomplete."""
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
            check_rate(rate)  # before resampling: a block at 1 Hz would become gigabytes
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
    """Return the declared duration of the first audio track; 0 if unknown."""
    stream = container.streams.audio[0]
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if container.duration and len(container.streams) == 1:
        return container.duration / 1_000_000  # FFmpeg's AV_TIME_BASE, microseconds
    return 0.0


def _to_mono(frame: AudioFrame) -> Samples:
    """Return a decoded frame as float32, shape (n,), channels averaged."""
    try:
        array = frame.to_ndarray()
    except ValueError:  # the sample type is unknown to NumPy or PyAV
        raise sample_type_error(frame.format.name) from None
    values = to_float32(array)  # planar: (channels, n); packed: (1, n * channels)
    if not frame.format.is_planar:
        values = values.reshape(-1, frame.layout.nb_channels).T
    mono: Samples = values[0] if len(values) == 1 else values.mean(axis=0, dtype=np.float32)
    return mono
