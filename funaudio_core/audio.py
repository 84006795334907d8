"""Pure functions on samples: decode, resample, join, measure, save. Knows no model and no page."""

from __future__ import annotations

import wave
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from funaudio_core import heap
from funaudio_core.errors import BadInput
from funaudio_core.phrases import Phrase, joined
from funaudio_core.types import Audio, Samples, check_rate

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.container import InputContainer

MIN_SECONDS = 0.1  # shorter than any syllable
HIGHEST = 48_000  # Hz of a file that is taken as it is; the rest of a studio file is above all hearing
MAX_CHANNELS = 64
MANY = 5_000_000  # samples of a clip of which 20 MB are handed back
MAX_PEAK = 16.0  # x full scale; above it, floats are integers that nobody scaled
FLOOR_DB = -120.0  # what silence measures, dB relative to full scale; below 16-bit quantisation noise
SILENCE_DB = -60.0  # dB; a frame quieter than this holds no usable speech
FRAME_SECONDS = 0.02
CUT_SHORT = 0.9  # share of the declared length below which a file counts as cut off
UNKNOWN_SIZE = 0x7FFF_0000  # bytes; recorders that write to a pipe declare at least this much
# FFmpeg demuxers that hold sound in one file. Playlists and scripts are left out: they could name other files.
CONTAINERS = (
    "wav,w64,aiff,au,caf,flac,mp3,aac,ac3,eac3,amr,ape,wv,tta,ogg,matroska,webm,mov,mp4,m4a,3gp,asf,avi,flv,mpeg,mpegts"
)
_AGAIN = Phrase("Export the clip again, for example as 16-bit WAV or MP3.")


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
    count = made = 0
    try:
        for made, block in _resampled(_decode(path), rate):
            count += len(block)
            if limit_seconds is not None and count > limit_seconds * made:
                raise BadInput(
                    "{file} is longer than {limit}. Cut it into shorter clips.",
                    file=path.name,
                    limit=spell(limit_seconds),
                )
            blocks.append(block)
        if count < MIN_SECONDS * made:
            raise BadInput(
                "{file} lasts {seconds:.2f} s; at least {least:g} s are needed. Record a longer clip.",
                file=path.name,
                seconds=count / made,
                least=MIN_SECONDS,
            )
        return _checked(_emptied(blocks, count), made)
    finally:
        if count > MANY:  # the C library would keep the room of so many small blocks, whoever needs it next
            blocks.clear()
            heap.give_back()


def seconds(path: str | Path) -> float:
    """How long a file says that it is, without decoding it; 0 where it doesn't say or can't be read."""
    import av
    from av.error import FFmpegError

    try:
        with av.open(f"file:{path}", options={"format_whitelist": CONTAINERS}, metadata_errors="replace") as container:
            return _declared_seconds(container) if container.streams.audio else 0.0
    except (FFmpegError, ValueError):
        return 0.0


def _resampled(blocks: Iterator[tuple[int, Samples]], rate: int | None) -> Iterator[tuple[int, Samples]]:
    """The same sound at `rate` Hz, block by block; None: at its own, or at HIGHEST where that is less."""
    import soxr

    stream: Any = None
    made = 0
    for given, block in blocks:
        check_rate(given)
        made = min(given, HIGHEST) if rate is None else rate
        if made == given:
            yield given, block
            continue
        stream = stream or soxr.ResampleStream(given, made, 1, dtype="float32", quality="HQ")
        yield made, stream.resample_chunk(block)
    if stream is not None:
        yield made, stream.resample_chunk(np.zeros(0, np.float32), last=True)


def _emptied(blocks: deque[Samples], count: int) -> Samples:
    """The blocks in one array; each is let go as soon as it is copied, so that both never lie in memory whole."""
    whole = np.empty(count, np.float32)
    at = 0
    while blocks:
        block = blocks.popleft()
        whole[at : at + len(block)] = block
        at += len(block)
    return whole


def from_array(rate: int, array: NDArray[Any]) -> Audio:
    """Audio from a NumPy array, shape (n,) or (n, channels); channels are averaged.

    uint8, int16 and int32 are scaled by their full range; floats are taken as they are, nominally in [-1, 1].
    Raises BadInput for an empty array, another shape or type, values that are not numbers or far beyond [-1, 1].
    """
    array = np.asarray(array)
    if array.size == 0:
        raise BadInput("The clip is empty. Record or upload at least a second of sound.")
    if array.ndim == 2 and array.shape[1] > MAX_CHANNELS:
        raise BadInput(
            "An array of shape {shape} has too many channels; give (samples, channels).", shape=str(array.shape)
        )
    if array.ndim not in (1, 2):
        raise BadInput(
            "An array of shape {shape} is no sound; give (samples,) or (samples, channels).", shape=str(array.shape)
        )
    scaled = _scaled(array)
    return _checked(scaled if scaled.ndim == 1 else scaled.mean(axis=1, dtype=np.float32), rate)


def resample(audio: Audio, rate: int) -> Audio:
    """The same sound at `rate` Hz (soxr, high quality); the very same object where nothing changes."""
    if audio.rate == rate:
        return audio
    if len(audio.samples) == 0:
        return Audio(audio.samples, rate)
    import soxr

    return Audio(soxr.resample(audio.samples, audio.rate, rate, quality="HQ"), rate)


def concat(pieces: Sequence[Audio], gaps: float | Sequence[float] = 0.0) -> Audio:
    """The pieces one after another. gaps: seconds of silence between neighbours, one value or one for each join.

    Raises BadInput where nothing is given, rates differ, or the number of gaps does not fit.
    """
    if not pieces:
        raise BadInput("There is nothing to join. Give at least one piece of audio.")
    rates = sorted({piece.rate for piece in pieces})
    if len(rates) > 1:
        raise BadInput("Pieces at {rates} Hz can't be joined. Resample them to one rate first.", rates=tuple(rates))
    joins = len(pieces) - 1
    silences = [gaps] * joins if isinstance(gaps, int | float) else list(gaps)
    if len(silences) != joins:
        raise BadInput(
            "{pieces} pieces have {joins} joins, but {gaps} gaps were given.",
            pieces=len(pieces),
            joins=joins,
            gaps=len(silences),
        )
    parts: list[Samples] = [pieces[0].samples]
    for gap, piece in zip(silences, pieces[1:], strict=True):
        parts += [np.zeros(round(gap * rates[0]), np.float32), piece.samples]
    return Audio(np.concatenate(parts), rates[0])


def save_wav(audio: Audio, path: str | Path) -> Path:
    """Write 16-bit PCM WAV, mono, at the audio's own rate; returns the path."""
    path = Path(path)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(audio.rate)
        out.writeframes(audio.pcm16().astype("<i2").tobytes())
    return path


def fade(audio: Audio, start: float = 0.0, end: float = 0.0) -> Audio:
    """Fade in over `start` and out over `end` seconds with a raised cosine; each at most the whole clip."""
    samples = audio.samples.copy()
    rise = min(len(samples), round(start * audio.rate))
    fall = min(len(samples), round(end * audio.rate))
    if rise:
        samples[:rise] *= _ramp(rise)
    if fall:
        samples[-fall:] *= _ramp(fall)[::-1]
    return Audio(samples, audio.rate)


def peak(audio: Audio) -> float:
    """The largest magnitude, x full scale; 0 for an empty clip."""
    if len(audio.samples) == 0:
        return 0.0
    return float(max(audio.samples.max(), -audio.samples.min()))


def rms_db(audio: Audio) -> float:
    """Root mean square in dB relative to full scale, not below FLOOR_DB."""
    if len(audio.samples) == 0:
        return FLOOR_DB
    return _decibels(float(np.dot(audio.samples, audio.samples)) / len(audio.samples))


def frame_db(audio: Audio, seconds: float = FRAME_SECONDS) -> NDArray[np.float64]:
    """RMS of each whole frame of `seconds`, dB relative to full scale; shape (frames,); at least one frame."""
    size = max(1, round(seconds * audio.rate))
    count = len(audio.samples) // size
    if count == 0:
        return np.array([rms_db(audio)])
    frames = audio.samples[: count * size].reshape(count, size)
    power = np.einsum("ij,ij->i", frames, frames, dtype=np.float64) / size
    levels: NDArray[np.float64] = 10.0 * np.log10(np.maximum(power, 10.0 ** (FLOOR_DB / 10.0)))
    return levels


def is_silent(audio: Audio, threshold_db: float = SILENCE_DB) -> bool:
    """Whether even the loudest 20-ms frame stays below `threshold_db`."""
    return bool(frame_db(audio).max() < threshold_db)


def normalize_level(audio: Audio, target_db: float = -20.0, ceiling: float = 0.98) -> Audio:
    """Scale to an RMS of `target_db`, less where the peak would pass `ceiling`; digital silence stays as it is."""
    top = peak(audio)
    if top == 0.0:
        return audio
    gain = min(10.0 ** ((target_db - rms_db(audio)) / 20.0), ceiling / top)
    return Audio(audio.samples * np.float32(gain), audio.rate)


def spell(seconds: float) -> str:
    """A length of time for people: "45 s", "2 min", "2 min 5 s", "1 h 30 min"."""
    if seconds < 60:
        return Phrase("{count:g} s", count=seconds)
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = (
        (hours, Phrase("{count} h", count=hours)),
        (minutes, Phrase("{count} min", count=minutes)),
        (0 if hours else rest, Phrase("{count:g} s", count=rest)),
    )
    return joined([words for count, words in parts if count])


def _ramp(size: int) -> Samples:
    return (0.5 - 0.5 * np.cos(np.pi * (np.arange(size) + 0.5) / size)).astype(np.float32)


def _decibels(power: float) -> float:
    return max(FLOOR_DB, 10.0 * float(np.log10(max(power, 1e-30))))


def _scaled(array: NDArray[Any]) -> Samples:
    """float32 of the same shape, integers divided by their full range."""
    if array.dtype == np.uint8:
        return (array.astype(np.float32) - 128.0) / np.float32(128.0)
    if array.dtype in (np.int16, np.int32):
        return (array / -float(np.iinfo(array.dtype).min)).astype(np.float32)
    if array.dtype.kind == "f":
        return array.astype(np.float32)
    raise _unknown_type(str(array.dtype))


def _unknown_type(name: str) -> BadInput:
    return BadInput("Samples of type {type} are not understood; give uint8, int16, int32 or float.", type=name)


def _checked(samples: Samples, rate: int) -> Audio:
    audio = Audio(np.ascontiguousarray(samples), rate)
    top = peak(audio)
    if top > MAX_PEAK:
        raise BadInput("The samples reach {top:.3g}; floats must lie within [-1, 1]. {remedy}", top=top, remedy=_AGAIN)
    return audio


def _decode(path: Path) -> Iterator[tuple[int, Samples]]:
    """(rate, mono block) frame by frame; at least one. Raises BadInput for whatever can't be decoded to its end."""
    import av
    from av.error import FFmpegError

    if not path.is_file():
        raise BadInput("There is no file {file}. Upload or record the clip again.", file=path.name)
    if path.stat().st_size == 0:
        raise BadInput("{file} is empty (0 bytes). Upload or record the clip again.", file=path.name)
    try:
        container = av.open(f"file:{path}", options={"format_whitelist": CONTAINERS}, metadata_errors="replace")
    except (FFmpegError, ValueError) as error:
        raise BadInput(
            "{file} is not a sound file that can be read, or it is damaged. {remedy}", file=path.name, remedy=_AGAIN
        ) from error
    with container:
        if container.format.name == "wav":
            _check_riff_size(path)
        yield from _frames(container, path.name)


def _check_riff_size(path: Path) -> None:
    """Raise BadInput where a WAV file is shorter than its header says; FFmpeg itself reads such a file in silence."""
    with path.open("rb") as stream:
        head = stream.read(8)
    declared = int.from_bytes(head[4:8], "little") + 8
    actual = path.stat().st_size
    if head[:4] == b"RIFF" and declared < UNKNOWN_SIZE and actual < CUT_SHORT * declared:
        raise BadInput(
            "{file} is cut off: it says {declared:,} bytes but holds {actual:,}. {remedy}",
            file=path.name,
            declared=declared,
            actual=actual,
            remedy=_AGAIN,
        )


def _frames(container: InputContainer, name: str) -> Iterator[tuple[int, Samples]]:
    from av.error import FFmpegError

    if not container.streams.audio:
        raise BadInput("{file} has no audio track. Choose a file with sound.", file=name)
    stream = container.streams.audio[0]
    declared = _declared_seconds(container)
    count = rate = 0
    try:
        for frame in container.decode(stream):
            if rate not in (0, frame.sample_rate):
                raise BadInput("{file} changes its sample rate on the way. {remedy}", file=name, remedy=_AGAIN)
            rate = frame.sample_rate
            check_rate(rate)  # before it is resampled: one block at 1 Hz would become gigabytes
            block = _mono(frame)
            count += len(block)
            yield rate, block
    except FFmpegError as error:
        where = Phrase("after {seconds:.1f} s", seconds=count / rate) if count else Phrase("from its start")
        raise BadInput(
            "{file} is damaged {where} and can't be decoded. {remedy}", file=name, where=where, remedy=_AGAIN
        ) from error
    if count == 0:
        raise BadInput("{file} holds no sound that can be decoded. {remedy}", file=name, remedy=_AGAIN)
    if count / rate < CUT_SHORT * declared:
        raise BadInput(
            "{file} is cut off: it says {declared:.1f} s but holds {actual:.1f} s. {remedy}",
            file=name,
            declared=declared,
            actual=count / rate,
            remedy=_AGAIN,
        )


def _declared_seconds(container: InputContainer) -> float:
    """How long the first audio track claims to be; 0 where it doesn't say."""
    stream = container.streams.audio[0]
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if container.duration and len(container.streams) == 1:
        return container.duration / 1_000_000  # FFmpeg's AV_TIME_BASE, microseconds
    return 0.0


def _mono(frame: AudioFrame) -> Samples:
    """A decoded frame as float32, shape (n,), channels averaged."""
    try:
        array = frame.to_ndarray()
    except ValueError:  # NumPy has no such type, or PyAV doesn't know it
        raise _unknown_type(frame.format.name) from None
    values = _scaled(array)  # planar: (channels, n); packed: (1, n * channels)
    if not frame.format.is_planar:
        values = values.reshape(-1, frame.layout.nb_channels).T
    mono: Samples = values[0] if len(values) == 1 else values.mean(axis=0, dtype=np.float32)
    return mono
