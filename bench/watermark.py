"""How surely the watermark is found, and at what cost: clean, after MP3 at 64 kbit/s, at 16 kHz, in 1-s pieces.

Speech: people, from the Debian packages asterisk-core-sounds-{en,es,fr,it}-g722, and our own synthesizer.
Run: python -m bench.watermark. Targets: 100 % found, none in unmarked speech.
"""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from funaudio_core.audio import concat, from_array, peak, resample
from funaudio_core.engines import loader, perth, registry
from funaudio_core.engines.protocols import Watermarker
from funaudio_core.languages import LANGUAGES
from funaudio_core.types import Audio, SpeechRequest

PROMPTS = Path("/usr/share/asterisk/sounds")  # where Debian puts them
PER_LANGUAGE = 15
SHORTEST = 2.0  # seconds
RATE = 24_000  # Hz, of the lite synthesizer
FOUND = 0.5


def prompts(language: str) -> Iterator[Audio]:
    """Real speech of `language` at RATE, every file long enough until PER_LANGUAGE are found."""
    found = 0
    for path in sorted(PROMPTS.glob(f"{language}_*/**/*.g722")):
        if found == PER_LANGUAGE:
            return
        clip = _ffmpeg(["-f", "g722", "-i", str(path)], b"", RATE)
        if clip.duration >= SHORTEST:
            found += 1
            yield clip


def synthesised() -> Iterator[Audio]:
    """The sample sentence of every language that the first synthesizer speaks, unmarked."""
    spec = next(iter(registry.SYNTHESIZERS.values()))
    for code in sorted(spec.languages):
        voice = next(voice for voice in spec.voices if voice.language == code)
        line = SpeechRequest(LANGUAGES[code].sample, code, voice)
        yield concat([piece.audio for piece in loader.load(spec).stream(line)])


def _ffmpeg(source: list[str], data: bytes, rate: int) -> Audio:
    command = ["ffmpeg", "-v", "error", *source, "-ac", "1", "-ar", str(rate), "-f", "f32le", "-"]
    raw = subprocess.run(command, input=data, capture_output=True, check=True).stdout
    return Audio(np.frombuffer(raw, np.float32), rate)


def through_mp3(clip: Audio) -> Audio:
    """The clip encoded as MP3 at 64 kbit/s and decoded again."""
    pcm = ["-f", "s16le", "-ar", str(clip.rate), "-ac", "1", "-i", "-"]
    command = ["ffmpeg", "-v", "error", *pcm, "-b:a", "64k", "-f", "mp3", "-"]
    coded = subprocess.run(command, input=clip.pcm16().tobytes(), capture_output=True, check=True).stdout
    return _ffmpeg(["-f", "mp3", "-i", "-"], coded, clip.rate)


def in_pieces(marker: Watermarker, clip: Audio) -> list[Audio]:
    """The clip cut into pieces of 1 s (the last 1 to 2 s), each marked alone as a stream is."""
    cuts = [*range(max(1, int(clip.duration))), clip.duration]
    return [marker.mark(clip.slice(start, end)) for start, end in pairwise(cuts)]


def _row(name: str, scores: list[float]) -> None:
    share = sum(score >= FOUND for score in scores) / len(scores)
    spread = f"min {min(scores):.3f}  median {statistics.median(scores):.3f}  max {max(scores):.3f}"
    print(f"{name:34} found {share:7.1%}   {spread}   n {len(scores)}")


def _signal_to_mark(clip: Audio, marked: Audio) -> float:
    gain = float(marked.samples @ clip.samples) / float(clip.samples @ clip.samples)
    rest = marked.samples / gain - clip.samples
    return 10 * float(np.log10(np.square(clip.samples).sum() / np.square(rest).sum()))


def main() -> None:
    """Print one row a condition, then the cost."""
    clips = [clip for language in ("en", "es", "fr", "it") for clip in prompts(language)]
    if not clips:
        raise SystemExit("No speech: apt install asterisk-core-sounds-{en,es,fr,it}-g722")
    clips += synthesised()
    marker = perth.SPEC.load()
    marker.mark(clips[0])
    began = time.process_time()
    marked = [marker.mark(clip) for clip in clips]
    marking = time.process_time() - began
    began = time.process_time()
    plain = [marker.find(clip) for clip in clips]
    finding = time.process_time() - began
    seconds = sum(clip.duration for clip in clips)

    changes: dict[str, Callable[[Audio], Audio]] = {
        "clean": lambda clip: clip,
        "16-bit": lambda clip: from_array(clip.rate, clip.pcm16()),
        "MP3 64 kbit/s": through_mp3,
        "16 kHz": lambda clip: resample(clip, 16_000),
    }
    for name, change in changes.items():
        _row(f"marked, {name}", [marker.find(change(clip)) for clip in marked])
    pieces = [in_pieces(marker, clip) for clip in clips]
    _row("marked in 1-s pieces, one alone", [marker.find(piece) for row in pieces for piece in row])
    _row("marked in 1-s pieces, joined", [marker.find(concat(row)) for row in pieces])
    _row("unmarked", plain)
    for name in ("MP3 64 kbit/s", "16 kHz"):
        _row(f"unmarked, {name}", [marker.find(changes[name](clip)) for clip in clips])
    joined = concat(clips)
    print(f"all clips as one of {joined.duration:.0f} s: unmarked {marker.find(joined):.3f}", end="")
    print(f", marked {marker.find(marker.mark(joined)):.3f}")
    ratios = [_signal_to_mark(clip, done) for clip, done in zip(clips, marked, strict=True)]
    print(f"speech over mark: median {statistics.median(ratios):.1f} dB, least {min(ratios):.1f} dB")
    loud = [Audio(clip.samples / np.float32(peak(clip)), clip.rate) for clip in clips]
    lost = [_turned_down(clip, marker.mark(clip)) for clip in loud]
    print(
        f"turned down so as not to clip, at full scale: median {statistics.median(lost):.2f}, most {max(lost):.2f} dB"
    )
    print(f"CPU a second of audio: mark {marking / seconds:.4f} s, find {finding / seconds:.4f} s; n {seconds:.0f} s")


def _turned_down(clip: Audio, marked: Audio) -> float:
    """DB by which everything above the band of the mark (4 kHz and up) became quieter."""
    band = np.fft.rfftfreq(len(clip.samples), 1 / clip.rate) > 4_000
    before, after = (np.abs(np.fft.rfft(x.samples)[band]) for x in (clip, marked))
    return -20 * float(np.log10(np.sqrt(np.square(after).sum() / np.square(before).sum())))


if __name__ == "__main__":
    main()
