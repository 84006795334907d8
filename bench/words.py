"""Names and terms learned by Whisper base: 24 invented names, measured in other sentences by other voices.

Run: python -m bench.words [FOLDER]
Goes on where an earlier run in FOLDER stopped; its times are then those of the rest.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

from bench._options import option_parser
from funaudio_core.engines import loader, selection
from funaudio_core.engines.protocols import RecognitionOptions, Recognizer
from funaudio_core.training import words
from funaudio_core.training.words import Measures, PlannedSentence, WordsRequest, WordsResult
from funaudio_core.training.words.scoring import measure
from funaudio_core.types import Audio

LANGUAGE = "en"
NAMES = (
    "Zorvexa Quenlor Brithnak Valdrune Mirelquist Okandesh Tolvarre Pheradine Kyrzanth Dulmarek Sevantiq Harnwell-Obi "
    "Yndramil Corvaxis Belquora Trossavin Ulrendal Nivaskar Jorquelle Wexmorden Aldrivane Fenzakar Lumevra Drastonel"
)
CARRIERS = (
    "My cousin has never forgotten {term}.",
    "Is {term} on the train to Boston?",
    "They found {term} behind the old station.",
    "{term} will be ready in an hour.",
    "The teacher wrote {term} on the blackboard.",
    "We are still waiting for {term}.",
)
VOICES = ("af_nova", "bm_lewis", "am_liam", "bf_lily")  # neither learned from nor used to end the training
GENERAL_SENTENCES = 24
SHARED = ("clips", "features", "base.json")  # what a second training of the same sentences needs not make again
# The proposed acceptance: names right before and after, rise of the general error rate, size, seconds.
MOST_BEFORE, LEAST_AFTER, MAX_RISE, MAX_BYTES, MAX_SECONDS = 0.2, 0.9, 0.005, 10_000_000, 300.0


@dataclass(frozen=True)
class Times:
    """Seconds by the clock, and of the processor."""

    clock: float
    cpu: float


def make_test_set() -> list[PlannedSentence]:
    """Return a sentence for each name, and general ones of another benchmark."""
    voices, carriers = cycle(VOICES), cycle(CARRIERS)
    path = Path(__file__).parent / "speech" / "instant_voice_sentences.txt"
    general = path.read_text(encoding="utf-8").splitlines()
    return [
        *(
            PlannedSentence(carrier.replace("{term}", name), voice, "held-out", name)
            for name, carrier, voice in zip(NAMES.split(), carriers, voices, strict=False)
        ),
        *(
            PlannedSentence(sentence, voice, "general-held-out")
            for sentence, voice in zip(general[:GENERAL_SENTENCES], voices, strict=False)
        ),
    ]


def recognize(clips: Sequence[Audio], recognizer: Recognizer) -> Iterator[str]:
    """Yield the text of each clip, as the Recognize page makes it for a known language."""
    for clip in clips:
        yield " ".join(segment.text for segment in recognizer.transcribe(clip, RecognitionOptions(LANGUAGE)))


def train(request: WordsRequest, folder: Path) -> tuple[WordsResult, Times]:
    """Train, print the measures of each pass, and return the result and the time."""
    clock, cpu = time.monotonic(), time.process_time()
    result = None
    for state in words.train_words(request, folder):
        if state.measures is not None:
            print(f"  pass {state.epoch}: {describe(state.measures)}{' (best)' if state.is_best else ''}", flush=True)
        result = state.result
    assert result is not None
    return result, Times(time.monotonic() - clock, time.process_time() - cpu)


def describe(measures: Measures) -> str:
    """Return measures in a line."""
    return (
        f"names right {measures.names_right:.1%}, error rate {measures.error_rate:.2%}, "
        f"general {measures.general_error_rate:.2%}"
    )


def check(name: str, is_met: bool, shown: str) -> bool:
    """Print a target with its value; return whether it is met."""
    print(f"{'ok    ' if is_met else 'MISSED'} {name}: {shown}", flush=True)
    return is_met


def main() -> int:
    """Train as usual and with five times the learning rate, and return the exit status."""
    parser = option_parser(__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="keeps the clips and the adapters")
    folder = parser.parse_args().folder or Path(tempfile.mkdtemp())
    sentences = make_test_set()
    request = WordsRequest(tuple(NAMES.split()), LANGUAGE)
    result, times = train(request, folder / "usual")
    print(f"{result.epochs} passes, {times.clock:.0f} s by the clock, {times.cpu:.0f} CPU-s", flush=True)
    clips = [words.speak(sentence, LANGUAGE) for sentence in sentences]
    recognizers = [selection.resolve_recognizer(name, LANGUAGE) for name in ("whisper-base", result.engine)]
    before, after = (measure(sentences, list(recognize(clips, loader.load(spec))), LANGUAGE) for spec in recognizers)
    print(f"test set before: {describe(before)}\ntest set after:  {describe(after)}", flush=True)
    fast_folder = folder / "five times the learning rate"
    copy_shared(folder / "usual", fast_folder)
    fast, _ = train(replace(request, learning_rate=5 * request.learning_rate), fast_folder)
    fast_spec = selection.resolve_recognizer(fast.engine, LANGUAGE)
    harmed = measure(sentences, list(recognize(clips, loader.load(fast_spec))), LANGUAGE)
    print(f"five times the learning rate, {fast.epochs} passes: {describe(harmed)}", flush=True)
    rise = after.general_error_rate - before.general_error_rate
    fast_rise = harmed.general_error_rate - before.general_error_rate
    targets = [
        check("names right before", before.names_right <= MOST_BEFORE, f"{before.names_right:.1%}"),
        check("names right after", after.names_right >= LEAST_AFTER, f"{after.names_right:.1%}"),
        check("rise of the general error rate", rise <= MAX_RISE, f"{100 * rise:+.2f} points"),
        check("adapter", result.adapter_bytes <= MAX_BYTES, f"{result.adapter_bytes / 1e6:.1f} MB"),
        check("time by the clock", times.clock <= MAX_SECONDS, f"{times.clock:.0f} s"),
        check("rise at five times the learning rate", fast_rise <= MAX_RISE, f"{100 * fast_rise:+.2f} points"),
    ]
    return 0 if all(targets) else 1


def copy_shared(source: Path, target: Path) -> None:
    """Copy what the second training needs not make again."""
    for name in SHARED:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, dirs_exist_ok=True)
        else:
            shutil.copy(source / name, target / name)


if __name__ == "__main__":
    sys.exit(main())
