"""Cost of an evaluation without its engine: `python -m bench.evaluation [--items 10000]`.

A system that only repeats the reference runs on a data set; its results are scored with alignment and interval. For
comparison jiwer counts the errors of the same words.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import jiwer
import numpy as np
import psutil

from bench._options import option_parser
from funaudio_core.engines import registry, selection
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.evaluation import protocols, running, scoring
from funaudio_core.evaluation.intervals import rate_interval
from funaudio_core.evaluation.items import DataSet, Item
from funaudio_core.evaluation.results import Result
from funaudio_core.types import Audio

WORDS = ("the", "train", "leaves", "at", "nine", "so", "let", "us", "have", "breakfast", "before", "it", "comes")
CORPORA = 1_000
RATE = 0.1
SPREADS = {"utterances alike": 1_000, "rates from 3 to 20 %": 40, "most of the errors in few utterances": 10}
T = TypeVar("T")


class NoisyEcho:
    """System that answers with the reference, in which one word in ten is replaced."""

    name, task = "echo", "recognition"
    settings: dict[str, Any] = {}  # noqa: RUF012  (a protocol's attribute)

    def engine(self) -> EngineSpec[Any]:
        """Return an engine, for the card."""
        return selection.default(registry.RECOGNIZERS)

    def process(self, item: Item, clip: Audio | None) -> tuple[Result, Audio | None]:  # noqa: ARG002
        """Return the result."""
        words = ["word" if hash((item.id, place)) % 10 == 0 else word for place, word in enumerate(item.text.split())]
        return Result(item.id, item.language, item.text, " ".join(words), 4.0, 1.0), None


def main() -> None:
    """Print CPU times and memory."""
    parser = option_parser(__doc__)
    parser.add_argument("--items", type=int, default=10_000)
    count = parser.parse_args().items
    draw = random.Random(0)
    items = tuple(Item(f"u{number}", None, " ".join(draw.choices(WORDS, k=12)), "en") for number in range(count))
    data_set, system, process = DataSet("bench", items), NoisyEcho(), psutil.Process()
    protocol = protocols.protocol("fun-audio-chat")
    protocol.tokenize("warm up", "en")
    before = process.memory_info().rss
    with tempfile.TemporaryDirectory() as folder:
        file = running.open_run(Path(folder) / "results.jsonl", system, data_set)
        seconds, _ = _cpu_seconds(lambda: [None for _ in running.run(file, system, data_set)])
        print(f"run: {1000 * seconds / count:.3f} CPU-ms an item")
        seconds, (score,) = _cpu_seconds(lambda: scoring.score_file(file, protocol))
        print(f"score with alignment and interval: {seconds:.1f} CPU-s for {count:,} items, WER {score.rate:.3f}")
        print(f"memory: +{(process.memory_info().rss - before) / 1e6:.0f} MB")
        pairs = [(row.reference, row.hypothesis) for row in file.results()]
    tokens = [[" ".join(protocol.tokenize(text, "en")) for text in column] for column in zip(*pairs, strict=True)]
    seconds, _ = _cpu_seconds(lambda: jiwer.process_words(tokens[0], tokens[1]))
    print(f"jiwer on the same words, already normalized: {seconds:.1f} CPU-s")
    errors, lengths = [draw.randrange(4) for _ in range(1000)], [12] * 1000
    seconds, _ = _cpu_seconds(lambda: rate_interval(errors, lengths))
    print(f"10,000 resamples of 1,000 utterances: {seconds:.2f} CPU-s")
    for words, strength in SPREADS.items():
        share = _coverage(strength)
        print(f"true rate within the 95 % interval, {words}: {share:.1%} of {CORPORA:,} simulated corpora")


def _coverage(strength: int) -> float:
    """Return the share of simulated corpora of 200 utterances, 5 to 29 words each, whose interval holds the true rate.

    Args:
        strength: Sum of the parameters of the beta distribution, with mean 10 %, of the rates of the utterances.
    """
    draw, held = np.random.default_rng(1), 0
    for seed in range(CORPORA):
        lengths = draw.integers(5, 30, 200)
        errors = draw.binomial(lengths, draw.beta(strength * RATE, strength * (1 - RATE), 200))
        interval = rate_interval(errors, lengths, resamples=1000, seed=seed)
        held += interval is not None and interval.low <= RATE <= interval.high
    return held / CORPORA


def _cpu_seconds(work: Callable[[], T]) -> tuple[float, T]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


if __name__ == "__main__":
    main()
