"""Sound tracks of audio and video files, frame by frame, past damaged places."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from funaudio_core.audio.samples import EXPORT_AGAIN, MAX_CHANNELS, sample_type_error, to_float32
from funaudio_core.errors import BadInput
from funaudio_core.types import Samples, check_rate

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

# FFmpeg demuxers of single-file formats. Playlists and scripts are excluded: they could name other files.
CONTAINERS = (
    "wav,w64,aiff,au,caf,flac,mp3,aac,ac3,eac3,amr,ape,wv,tta,ogg,matroska,webm,mov,mp4,m4a,3gp,asf,avi,flv,mpeg,mpegts"
)
# Name endings of these formats, as the accept attribute of a file picker takes them.
SUFFIXES = (
    ".wav,.w64,.aif,.aiff,.aifc,.au,.snd,.caf,.flac,.mp3,.mp2,.aac,.ac3,.eac3,.ec3,.amr,.ape,.wv,.tta,.ogg,.oga,.opus,"
    ".spx,.mka,.mkv,.webm,.mov,.mp4,.m4a,.m4b,.m4v,.3gp,.3g2,.asf,.wma,.wmv,.avi,.flv,.f4v,.mpg,.mpeg,.vob,.ts,.mts,"
    ".m2ts"
)
UNKNOWN_SIZE_BYTES = 0x7FFF_0000  # least size that recorders declare when they write to a pipe
NUM_SPLIT_CHANNELS = 2  # of a file whose channels may hold different speakers
MAX_TRACKS = 8  # compared, so that the time stays bounded
# The first track is used unless another one is this much louder; two speakers of a film differ by less.
QUIETER_TRACK_DB = 15.0
# Power of the mean of the channels over what independent channels would give; identical ones give 2, independent 1.
# Inverted ones give 0, and .2 if one is half as loud.
CANCELLED_SHARE = 0.25
# Two channels with a speaker each, as of a recorded call: their samples are hardly correlated, which rules out a mix,
# nor are their levels over time, which rules out two microphones at one talk; neither is far quieter than the other.
MAX_CORRELATION, MAX_LEVEL_CORRELATION = 0.15, 0.3
QUIETER_CHANNEL_DB = 25.0
COMMON_CORRELATION, COMMON_SECONDS = 0.5, 60.0  # from which two channels are a mix, whatever follows
LEVEL_FLOOR = 1e-6  # mean power, x full scale, below which differences do not count
LEVEL_SECONDS = 0.25  # of a block of which the levels are compared
MIN_LEVELS = 12  # fewer blocks say nothing


class Source(NamedTuple):
    """Part of a file to decode.

    Attributes:
        track: Number of the sound track.
        channel: Number of the channel; None is the mean of all.
        is_split: NUM_SPLIT_CHANNELS channels are kept apart.
    """

    track: int = 0
    channel: int | None = None
    is_split: bool = False


@dataclass(slots=True)
class TrackStatistics:
    """Facts about a track, complete once it is decoded.

    Attributes:
        declared_seconds: Length that the file declares or FFmpeg guesses; 0 if unknown.
        seconds: Length of what was decoded.
        packets: Number of packets.
        damaged: Number of packets that could not be decoded.
        first_damage: Seconds before the first of them.
        rate_change: Seconds before the first change of the sample rate; None without one.
    """

    declared_seconds: float = 0.0
    seconds: float = 0.0
    packets: int = 0
    damaged: int = 0
    first_damage: float = 0.0
    rate_change: float | None = None
    _channel_energy: NDArray[np.float64] = field(default_factory=lambda: np.zeros(MAX_CHANNELS))
    _mean_energy: float = 0.0
    _independent_energy: float = 0.0
    _levels: list[tuple[float, float]] = field(default_factory=list)
    _level_sum: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))

    def add_damage(self) -> None:
        """Count a packet that can't be decoded."""
        if not self.damaged:
            self.first_damage = self.seconds
        self.damaged += 1

    def add_frame(self, channels: Samples, mean: Samples, rate: int) -> None:
        """Count a frame: its channels, shape (channels, n), their mean, shape (n,), and the rate in Hz."""
        count = len(channels)
        energy = np.einsum("ij,ij->i", channels, channels, dtype=np.float64) / rate
        self._channel_energy[: min(count, MAX_CHANNELS)] += energy[:MAX_CHANNELS]
        self._mean_energy += float(np.dot(mean, mean)) / rate
        self._independent_energy += float(energy.sum()) / count**2
        if count == NUM_SPLIT_CHANNELS:
            self._level_sum += (*energy, len(mean) / rate)
            if self._level_sum[2] >= LEVEL_SECONDS:
                self._levels.append(tuple(self._level_sum[:2] / self._level_sum[2]))
                self._level_sum = np.zeros(3)
        self.seconds += len(mean) / rate

    @property
    def channels_cancel(self) -> bool:
        """Return whether the channels cancel each other when they are mixed."""
        return self._mean_energy < CANCELLED_SHARE * self._independent_energy

    @property
    def has_independent_channels(self) -> bool:
        """Return whether there are two channels with a speaker each, see MAX_CORRELATION."""
        energies = self._channel_energy[:NUM_SPLIT_CHANNELS]
        if len(self._levels) < MIN_LEVELS or energies.min() < energies.max() / 10 ** (QUIETER_CHANNEL_DB / 10):
            return False
        product = 2 * self._mean_energy - energies.sum() / 2  # of the two channels
        if abs(product) > MAX_CORRELATION * np.sqrt(energies.prod()):
            return False
        levels = np.log10(np.maximum(np.array(self._levels).T, LEVEL_FLOOR))
        return bool(levels.std(axis=1).min() > 0 and np.corrcoef(levels)[0, 1] < MAX_LEVEL_CORRELATION)

    @property
    def has_common_content(self) -> bool:
        """Return whether the two channels clearly have the same speakers so far, or one of them is silent."""
        energies = self._channel_energy[:NUM_SPLIT_CHANNELS]
        product = 2 * self._mean_energy - energies.sum() / 2
        is_silent = energies.min() < energies.max() / 10 ** (QUIETER_CHANNEL_DB / 10)
        return (
            self.seconds > COMMON_SECONDS and not is_silent and product > COMMON_CORRELATION * np.sqrt(energies.prod())
        )

    @property
    def loudest_channel(self) -> int:
        """Return the number of the channel with the most energy."""
        return int(self._channel_energy.argmax())

    @property
    def power(self) -> float:
        """Return the mean power of the loudest channel; 0 if nothing was decoded."""
        return float(self._channel_energy.max()) / self.seconds if self.seconds else 0.0


@contextmanager
def open_container(path: Path) -> Iterator[InputContainer]:
    """Open a file. Raise BadInput if it is missing, empty, of no supported format or without a sound track."""
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
        if not container.streams.audio:
            raise BadInput("{file} has no audio track. Choose a file with sound.", file=path.name)
        yield container


def declared_duration(path: str | Path) -> float:
    """Return the duration in seconds that a file declares, without decoding it; 0 if unknown or unreadable."""
    try:
        with open_container(Path(path)) as container:
            return _declared_seconds(container, container.streams.audio[0])
    except BadInput:
        return 0.0


def missing_bytes(path: Path) -> tuple[int, int]:
    """Return the bytes of a WAV file and those its header declares, which FFmpeg ignores; (0, 0) if that is unknown."""
    with path.open("rb") as stream:
        head = stream.read(8)
    declared = int.from_bytes(head[4:8], "little") + 8
    return (path.stat().st_size, declared) if head[:4] == b"RIFF" and declared < UNKNOWN_SIZE_BYTES else (0, 0)


def count_tracks(path: Path) -> int:
    """Return the number of sound tracks of a file; raise BadInput if it can't be read."""
    with open_container(path) as container:
        return len(container.streams.audio)


def count_channels(path: Path, track: int) -> int:
    """Return the number of channels of a sound track; raise BadInput if the file can't be read."""
    with open_container(path) as container:
        return container.streams.audio[track].codec_context.layout.nb_channels


def find_track(path: Path, tracks: int, limit_seconds: float | None) -> int:
    """Return the number of the first of several tracks, or of the loudest one if the first is much quieter.

    Args:
        path: The file.
        tracks: Number of its sound tracks; at most MAX_TRACKS are compared.
        limit_seconds: Length that is compared.
    """
    powers = []
    for track in range(min(tracks, MAX_TRACKS)):
        found = TrackStatistics()
        with closing(read_frames(path, Source(track), found)) as frames:
            for _ in frames:
                if limit_seconds is not None and found.seconds > limit_seconds:
                    break
        powers.append(found.power)
    loudest = int(np.argmax(powers))
    return loudest if powers[0] < powers[loudest] / 10 ** (QUIETER_TRACK_DB / 10) else 0


def read_frames(path: Path, source: Source, found: TrackStatistics) -> Generator[tuple[int, Samples], None, None]:
    """Yield (rate, block) for each frame, and add to the statistics. Packets that are damaged are left out.

    A block is mono, float32 (n,), or of a split source float32 (n, NUM_SPLIT_CHANNELS).

    Raises:
        BadInput: The file can't be read, or a sample rate or type is not supported.
    """
    from av.error import FFmpegError

    with open_container(path) as container:
        stream = container.streams.audio[source.track]
        found.declared_seconds = _declared_seconds(container, stream)
        packets = container.demux(stream)
        rate = 0
        while True:
            try:
                packet = next(packets, None)
                frames = packet.decode() if packet is not None else []
            except FFmpegError:
                found.packets += 1
                found.add_damage()
                continue  # an error of the demuxer ends the iterator
            if packet is None:
                return
            found.packets += 1
            for frame in frames:
                check_rate(frame.sample_rate)  # before resampling: a block at 1 Hz would become gigabytes
                if rate not in (0, frame.sample_rate) and found.rate_change is None:
                    found.rate_change = found.seconds
                rate = frame.sample_rate
                yield rate, _to_block(frame, source, found)


def _declared_seconds(container: InputContainer, stream: AudioStream) -> float:
    """Return the declared duration of a sound track; 0 if unknown."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if container.duration and len(container.streams) == 1:
        return container.duration / 1_000_000  # FFmpeg's AV_TIME_BASE, microseconds
    return 0.0


def _to_block(frame: AudioFrame, source: Source, found: TrackStatistics) -> Samples:
    """Return a decoded frame as read_frames() yields it, and add it to the statistics."""
    try:
        array = frame.to_ndarray()
    except ValueError:  # the sample type is unknown to NumPy or PyAV
        raise sample_type_error(frame.format.name) from None
    values = to_float32(array)  # planar: (channels, n); packed: (1, n * channels)
    if not frame.format.is_planar:
        values = values.reshape(-1, frame.layout.nb_channels).T
    mono: Samples = values[0] if len(values) == 1 else values.mean(axis=0, dtype=np.float32)
    found.add_frame(values, mono, frame.sample_rate)
    if source.is_split:  # a file may change its channels on the way
        rows = values if len(values) == NUM_SPLIT_CHANNELS else np.stack([mono] * NUM_SPLIT_CHANNELS)
        return rows.T
    return mono if source.channel is None or source.channel >= len(values) else values[source.channel]
