"""Cost of the replies of SmolLM2 and Qwen2.5-Coder, and the replies themselves, for a person to judge.

Qwen is left out unless its file is there (python -m funaudio_core.weights qwen2.5-coder-1.5b).

Run: python -m bench.assistants.chat
"""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from bench._options import option_parser
from bench._processes import child_seconds
from funaudio_core import settings
from funaudio_core.engines import llama_cpp, loader
from funaudio_core.engines.llama_cpp import LlamaModel
from funaudio_core.engines.llm import ChatMessage, ChatModel, Constraint, PromptedChatbot
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


PROMPTS_ZH = (
    ("sad", "今天考试没考好，心里很难受。"),
    ("happy", "我找到工作了！"),
    ("fear", "我明天要去面试，有点紧张。"),
    ("neutral", "法国的首都是哪里？"),
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
    if not loader.download_size(llama_cpp.CHATBOT):
        _measure_qwen()
    process = multiprocessing.get_context("spawn").Process(target=_convert)
    process.start()
    process.join()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    units_per_gigabyte = 1e9 if sys.platform == "darwin" else 1e6  # macOS counts bytes, Linux kilobytes
    print(
        f"conversion: {usage.ru_utime + usage.ru_stime:.1f} CPU-s, peak {usage.ru_maxrss / units_per_gigabyte:.2f} GB"
    )


class _TimedModel:
    """Chat model that notes the CPU time of each token."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model
        self.seconds: list[float] = []

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        return self._model.count_tokens(messages)

    def generate(
        self, messages: Sequence[ChatMessage], max_tokens: int, seed: int | None, constraint: Constraint | None = None
    ) -> Iterator[str]:
        self.seconds = [child_seconds()]
        for piece in self._model.generate(messages, max_tokens, seed, constraint):
            self.seconds.append(child_seconds())
            yield piece


def _measure_qwen() -> None:
    """Print Qwen's replies, the CPU time to the first token, tokens per CPU second after that, and its memory."""
    path = next(store.artifact_dir(llama_cpp.ARTIFACT).glob("*.gguf"))
    model = _TimedModel(LlamaModel(path, "Qwen", settings.read().threads))
    chatbot = PromptedChatbot(model, "Qwen", llama_cpp.CHAT_LANGUAGES, examples=True)
    first_seconds, rates = [], []
    for language, (emotion, text) in (*(("en", row) for row in PROMPTS), *(("zh", row) for row in PROMPTS_ZH)):
        turn = Turn("user", text, Emotion(emotion, 1.0))
        style, *reply = chatbot.reply(Conversation((turn,), "You are a warm, cheerful friend.", language))
        began, first, *_, last = model.seconds
        first_seconds.append(first - began)
        rates.append((len(model.seconds) - 2) / (last - first))
        print(f"    [{emotion}] {text} -> {style} {''.join(map(str, reply)).strip()}", flush=True)
    (process,) = psutil.Process().children()
    memory = process.memory_full_info()
    print(
        f"Qwen: first token {first_seconds[0]:.2f}, then median {statistics.median(first_seconds[1:]):.2f} CPU-s; "
        f"{statistics.median(rates):.1f} tokens per CPU-s; {memory.rss / 1e9:.2f} GB, of these {memory.uss / 1e9:.2f} "
        f"GB private"
    )


def _convert() -> None:
    """Convert the weights into a temporary folder."""
    from funaudio_core.engines.smollm.convert import convert

    with tempfile.TemporaryDirectory() as scratch:
        convert(next(store.artifact_dir("smollm2").glob("*.gguf")), Path(scratch) / "model")


if __name__ == "__main__":
    option_parser(__doc__).parse_args()
    main()
