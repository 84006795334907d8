"""Cost of the replies of SmolLM2, and the replies themselves, for a person to judge.

Run: python -m bench.chat
"""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

from bench._options import option_parser
from funaudio_core.engines.smollm.engine import SPEC
from funaudio_core.types import Conversation, Emotion, Turn
from funaudio_core.weights import store

PROMPTS = (
    ("sad", "I lost my job today."),
    ("sad", "My dog died last night."),
    ("sad", "I feel so lonely in this city."),
    ("happy", "I passed my final exam!"),
    ("happy", "My sister is having a baby!"),
    ("angry", "My roommate ate all my food again."),
    ("angry", "The bus was late and I missed my meeting."),
    ("fear", "I have a job interview tomorrow and I can't sleep."),
    ("fear", "There is a big storm coming tonight."),
    ("surprise", "My best friend just moved into my street!"),
    ("neutral", "I'm learning to play the guitar."),
    ("neutral", "What's the capital of France?"),
)


def main() -> None:
    """Print every reply, the CPU time to its first two sentences and to its end, and the cost of conversion."""
    started = time.process_time()
    chatbot = SPEC.load()
    print(f"load {time.process_time() - started:.2f} CPU-s (converted once before that)")
    first_sentence_seconds, two_sentence_seconds, reply_seconds = [], [], []
    for emotion, text in PROMPTS:
        began = time.process_time()
        pieces, piece_seconds = [], []
        for piece in chatbot.reply(Conversation((Turn("user", text, Emotion(emotion, 1.0)),))):
            pieces.append(piece)
            piece_seconds.append(time.process_time() - began)
        first_sentence_seconds.append(piece_seconds[0])
        two_sentence_seconds.append(piece_seconds[min(1, len(piece_seconds) - 1)])
        reply_seconds.append(time.process_time() - began)
        print(f"    [{emotion}] {text} -> {''.join(map(str, pieces)).strip()}")
    for label, values in (
        ("first sentence", first_sentence_seconds),
        ("first two", two_sentence_seconds),
        ("whole reply", reply_seconds),
    ):
        print(f"{label}: median {statistics.median(values):.2f}, most {max(values):.2f} CPU-s (n={len(values)})")
    process = multiprocessing.get_context("spawn").Process(target=_convert)
    process.start()
    process.join()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    units_per_gigabyte = 1e9 if sys.platform == "darwin" else 1e6  # macOS counts bytes, Linux kilobytes
    print(
        f"conversion: {usage.ru_utime + usage.ru_stime:.1f} CPU-s, peak {usage.ru_maxrss / units_per_gigabyte:.2f} GB"
    )


def _convert() -> None:
    """Convert the weights into a temporary folder."""
    from funaudio_core.engines.smollm.convert import convert

    with tempfile.TemporaryDirectory() as scratch:
        convert(next(store.artifact_dir("smollm2").glob("*.gguf")), Path(scratch) / "model")


if __name__ == "__main__":
    option_parser(__doc__).parse_args()
    main()
