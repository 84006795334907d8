"""Detection rate and cost of the watermark: clean, after MP3 at 64 kbit/s, at 16 kHz, in 1-s chunks.

The clips are real speech from the Debian packages asterisk-core-sounds-{en,es,fr,it}-g722 and our synthesizer's.
Run: python -m bench.speech.watermark. Targets: 100 % detected, none in unmarked speech.
"""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from bench._options import option_parser
from funaudio_core.audio import concat, from_array, peak, resample
from funaudio_core.engines import loader, perth, registry
from funaudio_core.engines.protocols import Watermarker
from funaudio_core.languages import LANGUAGES
from funaudio_core.types import Audio, SpeechRequest

PROMPTS = Path("/usr/share/asterisk/sounds")  # where Debian puts them
PROMPTS_PER_LANGUAGE = 15
MIN_SECONDS = 2.0
RATE_HZ = 24_000  # of the lite synthesizer
DETECTION_THRESHOLD = 0.5


def prompts(language: str) -> Iterator[Audio]:
    """Yield real speech in `language` at RATE_HZ, up to PROMPTS_PER_LANGUAGE files of at least MIN_SECONDS."""
    count = 0
    for path in sorted(PROMPTS.glob(f"{language}_*/**/*.g722")):
        if count == PROMPTS_PER_LANGUAGE:
            return
        clip = _ffmpeg(["-f", "g722", "-i", str(path)], b"", RATE_HZ)
        if clip.duration >= MIN_SECONDS:
            count += 1
            yield clip


def synthesized() -> Iterator[Audio]:
    """Yield the sample sentence of every language of the first synthesizer, unmarked."""
    spec = next(iter(registry.SYNTHESIZERS.values()))
    for code in sorted(spec.languages):
        voice = next(voice for voice in spec.voices if voice.language == code)
        request = SpeechRequest(LANGUAGES[code].sample, code, voice)
        yield concat([piece.audio for piece in loader.load(spec).stream(request)])


def _ffmpeg(source: list[str], data: bytes, rate: int) -> Audio:
    command = ["ffmpeg", "-v", "error", *source, "-ac", "1", "-ar", str(rate), "-f", "f32le", "-"]
    raw = subprocess.run(command, input=data, capture_output=True, check=True).stdout
    return Audio(np.frombuffer(raw, np.float32), rate)


def encode_as_mp3(clip: Audio) -> Audio:
    """Return the clip encoded as MP3 at 64 kbit/s and decoded again."""
    pcm = ["-f", "s16le", "-ar", str(clip.rate), "-ac", "1", "-i", "-"]
    command = ["ffmpeg", "-v", "error", *pcm, "-b:a", "64k", "-f", "mp3", "-"]
    encoded = subprocess.run(command, input=clip.pcm16().tobytes(), capture_output=True, check=True).stdout
    return _ffmpeg(["-f", "mp3", "-i", "-"], encoded, clip.rate)


def mark_in_chunks(marker: Watermarker, clip: Audio) -> list[Audio]:
    """Return the clip in chunks of 1 s (the last of 1 to 2 s), each marked alone as in a stream."""
    cuts = [*range(max(1, int(clip.duration))), clip.duration]
    return [marker.mark(clip.slice(start, end)) for start, end in pairwise(cuts)]


def _print_row(name: str, scores: list[float]) -> None:
    share = sum(score >= DETECTION_THRESHOLD for score in scores) / len(scores)
    spread = f"min {min(scores):.3f}  median {statistics.median(scores):.3f}  max {max(scores):.3f}"
    print(f"{name:34} found {share:7.1%}   {spread}   n {len(scores)}")


def _signal_to_mark_db(clip: Audio, marked: Audio) -> float:
    gain = float(marked.samples @ clip.samples) / float(clip.samples @ clip.samples)
    mark = marked.samples / gain - clip.samples
    return 10 * float(np.log10(np.square(clip.samples).sum() / np.square(mark).sum()))


def main() -> None:
    """Print one row for each condition, then the cost."""
    clips = [clip for language in ("en", "es", "fr", "it") for clip in prompts(language)]
    if not clips:
        raise SystemExit("No speech: apt install asterisk-core-sounds-{en,es,fr,it}-g722")
    clips += synthesized()
    marker = perth.SPEC.load()
    marker.mark(clips[0])
    began = time.process_time()
    marked = [marker.mark(clip) for clip in clips]
    mark_seconds = time.process_time() - began
    began = time.process_time()
    unmarked_scores = [marker.find(clip) for clip in clips]
    find_seconds = time.process_time() - began
    total_seconds = sum(clip.duration for clip in clips)

    conversions: dict[str, Callable[[Audio], Audio]] = {
        "clean": lambda clip: clip,
        "16-bit": lambda clip: from_array(clip.rate, clip.pcm16()),
        "MP3 64 kbit/s": encode_as_mp3,
        "16 kHz": lambda clip: resample(clip, 16_000),
    }
    for name, convert in conversions.items():
        _print_row(f"marked, {name}", [marker.find(convert(clip)) for clip in marked])
    chunks = [mark_in_chunks(marker, clip) for clip in clips]
    _print_row("marked in 1-s pieces, one alone", [marker.find(piece) for row in chunks for piece in row])
    _print_row("marked in 1-s pieces, joined", [marker.find(concat(row)) for row in chunks])
    _print_row("unmarked", unmarked_scores)
    for name in ("MP3 64 kbit/s", "16 kHz"):
        _print_row(f"unmarked, {name}", [marker.find(conversions[name](clip)) for clip in clips])
    joined = concat(clips)
    print(f"all clips as one of {joined.duration:.0f} s: unmarked {marker.find(joined):.3f}", end="")
    print(f", marked {marker.find(marker.mark(joined)):.3f}")
    ratios = [_signal_to_mark_db(clip, marked_clip) for clip, marked_clip in zip(clips, marked, strict=True)]
    print(f"speech over mark: median {statistics.median(ratios):.1f} dB, least {min(ratios):.1f} dB")
    full_scale = [Audio(clip.samples / np.float32(peak(clip)), clip.rate) for clip in clips]
    losses = [_gain_loss_db(clip, marker.mark(clip)) for clip in full_scale]
    median_loss, max_loss = statistics.median(losses), max(losses)
    print(f"turned down so as not to clip, at full scale: median {median_loss:.2f}, most {max_loss:.2f} dB")
    mark_cost, find_cost = mark_seconds / total_seconds, find_seconds / total_seconds
    print(f"CPU a second of audio: mark {mark_cost:.4f} s, find {find_cost:.4f} s; n {total_seconds:.0f} s")


def _gain_loss_db(clip: Audio, marked: Audio) -> float:
    """Return by how many dB everything above the band of the mark (4 kHz and up) became quieter."""
    band = np.fft.rfftfreq(len(clip.samples), 1 / clip.rate) > 4_000
    before, after = (np.abs(np.fft.rfft(x.samples)[band]) for x in (clip, marked))
    return -20 * float(np.log10(np.sqrt(np.square(after).sum() / np.square(before).sum())))


if __name__ == "__main__":
    option_parser(__doc__).parse_args()
    main()
