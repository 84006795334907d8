"""Speed of QwenModel against transformers' generate(), for one user and for several at once, with random weights."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from bench._options import option_parser
from funaudio_core.engines.llm import ChatMessage, reply_parser
from funaudio_core.engines.llm.chat_model import USER
from funaudio_core.engines.qwen.model import QwenModel
from tests.checkpoints import qwen as checkpoints_qwen

MODEL_SIZES = {  # a quarter of Qwen3-0.6B's layers, at its width
    "hidden_size": 1024,
    "intermediate_size": 3072,
    "num_hidden_layers": 7,
    "num_attention_heads": 16,
    "num_key_value_heads": 8,
    "head_dim": 128,
}
TOKENS, ROUNDS, USERS = 64, 5, 4
MESSAGES = (ChatMessage(USER, "The train leaves at nine, so let us have breakfast first. " * 4),)


def _generate(model: QwenModel) -> None:
    for _ in model.generate(MESSAGES, TOKENS, None):
        pass


def _generate_with_transformers(model: QwenModel) -> None:
    """Generate the usual way: generate() in its own thread, and its text streamer."""
    import torch
    from transformers import TextIteratorStreamer

    inner: Any = model._model  # noqa: SLF001
    ids = torch.tensor([model._encode(model._render(MESSAGES))])  # noqa: SLF001
    streamer = TextIteratorStreamer(model._tokenizer, skip_prompt=True)  # noqa: SLF001
    options = {"max_new_tokens": TOKENS, "min_new_tokens": TOKENS, "do_sample": False, "streamer": streamer}
    thread = threading.Thread(target=inner.generate, args=(ids,), kwargs=options)
    thread.start()
    for _ in streamer:
        pass
    thread.join()


def _cpu_ms_per_token(generate: Any, model: QwenModel) -> float:
    """Return the CPU milliseconds per token."""
    began = time.process_time()
    generate(model)
    return (time.process_time() - began) / TOKENS * 1000


def _gap_seconds(model: QwenModel, users: int) -> list[float]:
    """Return the seconds between two pieces of text, of all users, sorted."""
    gaps: list[float] = []

    def run(seed: int) -> None:
        last = time.monotonic()
        for _ in model.generate(MESSAGES, TOKENS, seed):
            now = time.monotonic()
            gaps.append(now - last)
            last = now

    threads = [threading.Thread(target=run, args=(seed,)) for seed in range(users)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(gaps)


def main() -> None:
    """Print the measurements."""
    with tempfile.TemporaryDirectory() as folder:
        checkpoints_qwen.files(Path(folder), sizes=MODEL_SIZES)
        model = QwenModel(Path(folder), "cpu", 1)
    model._eos_ids = frozenset()  # noqa: SLF001  both then write the same number of tokens
    _generate(model)
    _generate_with_transformers(model)
    pairs = [
        (_cpu_ms_per_token(_generate, model), _cpu_ms_per_token(_generate_with_transformers, model))
        for _ in range(ROUNDS)
    ]
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"a token: ours {ours:.1f}, transformers {theirs:.1f} CPU-ms; ratio {ratio:.2f} (n={ROUNDS})")
    text = "Style: happy; warmly\n" + "Well, the train leaves at nine. [laughter] Let us have breakfast first! " * 3
    began = time.process_time()
    for _ in range(50):
        list(reply_parser.parse_reply(text, "en", ("laughter",)))
    print(f"reading a reply of {len(text)} characters: {(time.process_time() - began) / 50 * 1000:.1f} CPU-ms")
    for users in (1, USERS):
        gaps = _gap_seconds(model, users)
        median_ms, p99_ms = statistics.median(gaps) * 1000, gaps[int(0.99 * len(gaps))] * 1000
        print(f"{users} at once: {median_ms:.0f} ms between two pieces, {p99_ms:.0f} in the 99th of 100")


if __name__ == "__main__":
    option_parser(__doc__).parse_args()
    main()
