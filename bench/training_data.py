"""Training clips from a recording of five minutes: two speakers, music, silence and a stretch of both at once.

python -m bench.training_data    speakers in the clips that are kept, their lengths, their text, and the cost
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import jiwer
import numpy as np

from bench.speech.voice_match import say_with_preset
from funaudio_core import audio
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.podcast.sound import music
from funaudio_core.tasks import recognition
from funaudio_core.text import error_rate
from funaudio_core.training.data.clip_rows import ClipRow
from funaudio_core.training.data.preparation import PreparationOptions, find_recordings, prepare_clips
from funaudio_core.types import Audio, Samples
from funaudio_core.weights import store

RATE = 24_000  # Hz
VOICES = ("af_heart", "am_michael")
SENTENCES = (Path(__file__).parent / "speech" / "instant_voice_sentences.txt").read_text("utf-8").splitlines()
SECONDS = 300.0
SPEECH_DB, NOISE_DB = -24.0, -60.0
PAUSE_SECONDS = 0.35  # between two sentences of a turn
MIN_OVERLAP_SECONDS = 0.5  # of a sentence with the clip that it belongs to
WHOLE_SHARE = 0.95  # of a sentence in a clip, from which it counts as whole
EDGE_SECONDS = 0.2  # of sound around a sentence that is recognized by itself
FRAME_SECONDS = 0.01
MIN_PURITY = 0.98
Float = Samples


@dataclass(frozen=True, slots=True)
class Sentence:
    """Sentence in the recording."""

    speaker: str
    start: float
    end: float
    text: str


@dataclass(slots=True)
class Recorded:
    """Recording that grows."""

    samples: Float = field(default_factory=lambda: np.zeros(round((SECONDS + 30) * RATE), np.float32))
    sentences: list[Sentence] = field(default_factory=list)
    now: float = 0.0

    def say(self, number: int, speaker: str) -> None:
        """Add a sentence."""
        clip = audio.normalize_level(sentence_clip(speaker, number), SPEECH_DB)
        self._mix(clip.samples)
        self.sentences.append(Sentence(speaker, self.now, self.now + clip.duration, SENTENCES[number]))
        self.now += clip.duration + PAUSE_SECONDS

    def play(self, seconds: float, gain: float = 1.0) -> None:
        """Mix music in from now on; the time stays."""
        bed = music.bed("calm", RATE)
        self._mix(np.float32(gain) * np.resize(bed, round(seconds * RATE)))

    def _mix(self, samples: Float) -> None:
        first = round(self.now * RATE)
        self.samples[first : first + len(samples)] += samples


def sentence_clip(speaker: str, number: int) -> Audio:
    """Return a sentence in a preset voice, synthesized on first use, without silence around it."""

    def write(path: Path) -> None:
        audio.save_wav(say_with_preset(speaker, SENTENCES[number], "en"), path)

    clip = audio.load(store.cached(f"bench-training-{speaker}-{number}.wav", write))
    loud = np.flatnonzero(np.abs(clip.samples) > 0.01 * audio.peak(clip))
    return Audio(clip.samples[loud[0] : loud[-1] + 1], clip.rate)


def make_recording() -> Recorded:
    """Return the recording: turns of one to four sentences, with music, silence, and once both voices together."""
    recorded = Recorded(now=4.0)
    random = np.random.default_rng(0)
    number = turn = 0
    while recorded.now < SECONDS - 12 and number < len(SENTENCES):
        for _ in range(int(random.integers(1, 5))):
            recorded.say(number, VOICES[turn % 2])
            number += 1
        turn += 1
        recorded.now += float(random.uniform(0.0, 0.8))
        if turn % 8 == 2:  # music alone
            recorded.play(10.0)
            recorded.now += 10.5
        elif turn % 8 == 4:  # silence
            recorded.now += 9.0
        elif turn % 8 == 6:  # music under the next turn
            recorded.play(9.0, 0.5)
        elif turn == 9:  # the other voice begins within this one's last sentence
            recorded.now -= 2.5
    noise = random.normal(size=len(recorded.samples)) * 10 ** (NOISE_DB / 20)
    recorded.samples = (recorded.samples + noise)[: round((recorded.now + 2) * RATE)].astype(np.float32)
    return recorded


def purity(rows: Sequence[ClipRow], sentences: Sequence[Sentence]) -> float:
    """Return the share of the speech in clips that is of the clip's main speaker."""
    main = total = 0.0
    for row in rows:
        seconds = [
            sum(
                max(0.0, min(row.end, each.end) - max(row.start, each.start))
                for each in sentences
                if each.speaker == name
            )
            for name in VOICES
        ]
        main += max(seconds)
        total += sum(seconds)
    return main / max(total, FRAME_SECONDS)


def _overlap(row: ClipRow, sentence: Sentence) -> float:
    return max(0.0, min(row.end, sentence.end) - max(row.start, sentence.start))


def word_errors(reference: str, heard: str) -> tuple[int, int]:
    """Return the number of wrong words and of words."""
    expected, found = (error_rate.normalize(text, "en") for text in (reference, heard))
    if not expected:
        return 0, 0
    out = jiwer.process_words(expected, found)
    return out.substitutions + out.deletions + out.insertions, len(expected.split())


def main() -> None:
    """Prepare the recording, and print the measures."""
    recorded = make_recording()
    whole = Audio(recorded.samples, RATE)
    with tempfile.TemporaryDirectory() as folder:
        path = audio.save_wav(whole, Path(folder) / "talk.wav")
        began = time.process_time()
        *_, last = prepare_clips(find_recordings([path]), PreparationOptions(language="en"))
        cost = time.process_time() - began
    kept = [row for row in last.rows if row.kept]
    print(f"{whole.duration:.0f} s, {len(recorded.sentences)} sentences; {len(last.rows)} clips, {len(kept)} kept")
    for row in last.rows:
        if not row.kept:
            print(f"  {row.start:6.1f} to {row.end:6.1f} s not kept: {row.reason}")
    lengths = [row.duration for row in kept]
    print(f"length of the clips kept: {min(lengths):.2f} to {max(lengths):.2f} s")
    print(f"speech of the main speaker in them: {purity(kept, recorded.sentences):.4f}")
    speech = sum(each.end - each.start for each in recorded.sentences)
    print(f"share of all speech in them: {sum(lengths) / speech:.2f}; cost: {cost / whole.duration:.3f} CPU-s a second")
    print_text(kept, recorded, whole)
    assert purity(kept, recorded.sentences) >= MIN_PURITY
    assert 1 <= min(lengths) <= max(lengths) <= 15


def print_text(kept: Sequence[ClipRow], recorded: Recorded, whole: Audio) -> None:
    """Print the error rate of the clips' text, and that of the same sentences recognized one by one.

    A clip with a part of a sentence, where both voices speak, isn't compared: the words of a part aren't known.
    """
    errors = words = own_errors = compared = 0
    for row in kept:
        inside = [each for each in recorded.sentences if _overlap(row, each) > MIN_OVERLAP_SECONDS]
        if any(_overlap(row, each) < WHOLE_SHARE * (each.end - each.start) for each in inside):
            continue
        compared += 1
        wrong, count = word_errors(" ".join(each.text for each in inside), row.text)
        errors, words = errors + wrong, words + count
        for each in inside:
            clip = whole.slice(each.start - EDGE_SECONDS, each.end + EDGE_SECONDS).copy()
            (heard,) = recognition.transcribe_clips([clip], RecognitionOptions(language="en"))
            own_errors += word_errors(each.text, heard.text)[0]
    print(f"{compared} clips of whole sentences: {errors} of {words} words wrong; the sentences alone: {own_errors}")


if __name__ == "__main__":
    main()
