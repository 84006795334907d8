"""Speed of CosyVoice from speech tokens to sound: flow and vocoder, at full size, on random weights.

    python -m bench.cosyvoice_sound --seconds 10 --dtype bfloat16 --compile

Runs on the GPU where there is one; a CPU takes minutes and is not asked for batches. "alone" is one sentence; "of 4"
is each of four in one batch; "first" is what a stream computes before its first sound: the flow on the prompt and
half a second, then the vocoder on that.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch

from funaudio_core.engines.cosyvoice.flow import Request, build
from funaudio_core.engines.cosyvoice.flow_stream import MelStream
from funaudio_core.engines.cosyvoice.hift import Hift
from funaudio_core.engines.cosyvoice.layout import CODES, LAYOUTS, SPEAKER, TOKEN_RATE, Version
from funaudio_core.engines.cosyvoice.prompt import Prompt
from funaudio_core.engines.cosyvoice.vocoder import Vocoder

THREADS = 2  # on the CPU
PROMPT = 125  # tokens: 5 s
SIZE = 64  # frames, see Flow.mel()
BATCH = 4
WARM = 2  # runs on a GPU that are not counted: the first compiles


def _median(work: Callable[[], object], repeats: int, device: str) -> float:
    """Seconds a run takes: of the processor on a CPU, of the clock on a GPU."""
    spent = []
    gpu = device == "cuda"
    clock, warm = (time.perf_counter, WARM) if gpu else (time.process_time, 0)
    for _ in range(warm + repeats):
        if gpu:
            torch.cuda.synchronize()
        start = clock()
        work()
        if gpu:
            torch.cuda.synchronize()
        spent.append(clock() - start)
    return statistics.median(spent[warm:])


def _measure(version: Version, given: argparse.Namespace, device: str) -> dict[str, float]:
    layout, random = LAYOUTS[version], np.random.default_rng(0)
    torch.manual_seed(0)
    flow, network = build(layout.flow).to(device), Hift(layout.vocoder).to(device)
    if given.dtype != "float32":
        flow.lower(getattr(torch, given.dtype))
    if given.compile:
        flow.estimator.compile(dynamic=False)
        network.compile(dynamic=False)
    vocoder = Vocoder(network)
    mel = random.normal(size=(2 * PROMPT, layout.flow.mels)).astype(np.float32)
    voice = Prompt(random.integers(0, CODES, PROMPT), mel, random.normal(size=SPEAKER).astype(np.float32))
    tokens = random.integers(0, CODES, round(given.seconds * TOKEN_RATE)).tolist()
    alone, several = [Request(voice, tokens)], [Request(voice, tokens)] * BATCH
    frames = flow.mel(alone)[0][None]
    begun = tokens[: 2 * TOKEN_RATE]

    def first() -> None:
        vocoder.stream().push(MelStream(flow, voice, SIZE).push(begun)[None])

    works: dict[str, Callable[[], object]] = {
        "flow alone": lambda: flow.mel(alone, size=SIZE),
        "vocoder": lambda: vocoder.wave(frames, [0]),
        "first": first,
    }
    found = {name: _median(work, given.repeats, device) for name, work in works.items()}
    if device == "cuda":
        together = _median(lambda: flow.mel(several, size=SIZE), given.repeats, device)
        found[f"flow of {BATCH}"] = together / BATCH
    return found


def main() -> None:
    """Print seconds, and seconds a second of sound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="of sound")
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16"])
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--versions", type=int, nargs="+", default=[2, 3], choices=[2, 3])
    given = parser.parse_args()
    torch.set_num_threads(THREADS)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    spent = "seconds" if device == "cuda" else f"CPU seconds, {THREADS} threads"
    print(f"{given.seconds:g} s of sound, prompt 5 s, {device}, {given.dtype}, compiled: {given.compile}; {spent}")
    for version in given.versions:
        for name, seconds in _measure(version, given, device).items():
            part = "" if name == "first" else f"  {seconds / given.seconds:.3f} a second"
            print(f"version {version}  {name:<11} {seconds:7.3f}{part}")


if __name__ == "__main__":
    main()
