"""What our loop costs against transformers' own, and how visitors share a model. Random weights: speed, not sense."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from funaudio_core.engines.llm import ChatMessage, reply_parser
from funaudio_core.engines.llm.chat_model import USER
from funaudio_core.engines.qwen.model import QwenModel
from tests import checkpoints_qwen

SIZES = {  # a quarter of Qwen3-0.6B's layers, at its width
    "hidden_size": 1024,
    "intermediate_size": 3072,
    "num_hidden_layers": 7,
    "num_attention_heads": 16,
    "num_key_value_heads": 8,
    "head_dim": 128,
}
TOKENS, ROUNDS, VISITORS = 64, 5, 4
ASKED = (ChatMessage(USER, "The train leaves at nine, so let us have breakfast first. " * 4),)


def _ours(model: QwenModel) -> None:
    for _ in model.generate(ASKED, TOKENS, None):
        pass


def _theirs(model: QwenModel) -> None:
    """The usual way: generate() in a thread of its own, and its streamer of text."""
    import torch
    from transformers import TextIteratorStreamer

    inner: Any = model._model  # noqa: SLF001
    ids = torch.tensor([model._encode(model._render(ASKED))])  # noqa: SLF001
    streamer = TextIteratorStreamer(model._tokenizer, skip_prompt=True)  # noqa: SLF001
    options = {"max_new_tokens": TOKENS, "min_new_tokens": TOKENS, "do_sample": False, "streamer": streamer}
    thread = threading.Thread(target=inner.generate, args=(ids,), kwargs=options)
    thread.start()
    for _ in streamer:
        pass
    thread.join()


def _spent(work: Any, model: QwenModel) -> float:
    began = time.process_time()
    work(model)
    return (time.process_time() - began) / TOKENS * 1000


def _waits(model: QwenModel, visitors: int) -> list[float]:
    """Seconds between two pieces of text, of all visitors."""
    waits: list[float] = []

    def visit(seed: int) -> None:
        last = time.monotonic()
        for _ in model.generate(ASKED, TOKENS, seed):
            now = time.monotonic()
            waits.append(now - last)
            last = now

    threads = [threading.Thread(target=visit, args=(seed,)) for seed in range(visitors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(waits)


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        checkpoints_qwen.files(Path(folder), sizes=SIZES)
        model = QwenModel(Path(folder), "cpu", 1)
    model._eos_ids = frozenset()  # noqa: SLF001  so that both write as many tokens
    _ours(model)
    _theirs(model)
    pairs = [(_spent(_ours, model), _spent(_theirs, model)) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"a token: ours {ours:.1f}, transformers {theirs:.1f} CPU-ms; ratio {ratio:.2f} (n={ROUNDS})")
    text = "Style: happy; warmly\n" + "Well, the train leaves at nine. [laughter] Let us have breakfast first! " * 3
    began = time.process_time()
    for _ in range(50):
        list(reply_parser.parse_reply(text, "en", ("laughter",)))
    print(f"reading a reply of {len(text)} characters: {(time.process_time() - began) / 50 * 1000:.1f} CPU-ms")
    for visitors in (1, VISITORS):
        waits = _waits(model, visitors)
        middle, worst = statistics.median(waits) * 1000, waits[int(0.99 * len(waits))] * 1000
        print(f"{visitors} at once: {middle:.0f} ms between two pieces, {worst:.0f} in the 99th of 100")


if __name__ == "__main__":
    main()
