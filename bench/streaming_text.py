"""How much sooner a sentence is heard that is spoken while it is being written, than one that is first written.

    python -m bench.streaming_text                      version 3, on the GPU where there is one
    python -m bench.streaming_text --pace 1 2 4         for writers of so many tokens a second

CosyVoice at full size with random weights; a voice known by its sound, as where a reply is told how to be spoken. The
writer is not waited for: time is what is computed (on a CPU the processor's, with one thread, since others may work on
the machine) and, where a token is not written yet, a jump to when it is. That the writer may be slowed down by the
voice, or the voice by the writer, is left out. Random weights never ask for text early, so each turn has its most.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from funaudio_core.engines.cosyvoice import pipeline
from funaudio_core.engines.cosyvoice.bistream import PromptPrefix
from funaudio_core.engines.cosyvoice.config import (
    CONFIGS,
    FRAMES_PER_TOKEN,
    NUM_SPEECH_TOKENS,
    SPEAKER_DIM,
    TOKEN_RATE,
    Version,
)
from funaudio_core.engines.cosyvoice.decode import LMRequest
from funaudio_core.engines.cosyvoice.flow import build
from funaudio_core.engines.cosyvoice.hift import HiFTGenerator
from funaudio_core.engines.cosyvoice.lm import SpeechLanguageModel
from funaudio_core.engines.cosyvoice.pipeline import SpeechPipeline
from funaudio_core.engines.cosyvoice.prompt import Prompt

TOKENS = 24  # of the sentence: about 18 English words
LEAD = 12  # tokens that tell how to speak
PROMPT_SECONDS = {"cuda": 5, "cpu": 2}
PACES = {"cuda": (20.0, 40.0, 80.0), "cpu": (1.0, 2.0)}  # tokens a second that a model of 4B may write
WARM = {"cuda": 3, "cpu": 0}  # runs that are not counted: a GPU records its graphs in them


class Clock:
    """Seconds since the writer began."""

    def __init__(self, spent: Callable[[], float]) -> None:
        self._spent, self._began = spent, spent()
        self._skipped = 0.0

    @property
    def now(self) -> float:
        """What was computed and what was skipped."""
        return self._spent() - self._began + self._skipped

    def reach(self, moment: float) -> None:
        """Skip to a moment that has not come yet."""
        self._skipped += max(0.0, moment - self.now)


def followed(voice: SpeechPipeline, prompt: Prompt, pace: float, spent: Callable[[], float]) -> float:
    """Seconds to the first sound of a sentence that is spoken while it is written."""
    clock = Clock(spent)

    def written() -> Iterator[int]:
        for place in range(TOKENS):
            clock.reach((place + 1) / pace)
            yield place

    next(voice.stream_text(written(), PromptPrefix(tuple(range(LEAD))), prompt, seed=0))
    return clock.now


def whole(voice: SpeechPipeline, prompt: Prompt, pace: float, spent: Callable[[], float]) -> float:
    """The same where it is first written."""
    clock = Clock(spent)
    clock.reach(TOKENS / pace)
    next(voice.stream([LMRequest(tuple(range(TOKENS)), tuple(range(LEAD)))], prompt))
    return clock.now


def networks(version: Version, device: str) -> SpeechPipeline:
    """Random weights at full size, but for a text table that holds no more than is read."""
    layout = CONFIGS[version]
    layout = replace(layout, lm=replace(layout.lm, vocab_rows=max(TOKENS, LEAD)))
    torch.manual_seed(0)
    language = SpeechLanguageModel(layout.lm).requires_grad_(requires_grad=False)
    for name, weight in language.named_parameters():
        nn.init.normal_(weight, mean=float("norm" in name or "before" in name), std=0.02)
    return pipeline.assemble(language, build(layout.flow), HiFTGenerator(layout.vocoder), layout, device, threads=1)


def reference(device: str) -> Prompt:
    """A clip of noise."""
    random, tokens = np.random.default_rng(0), PROMPT_SECONDS[device] * TOKEN_RATE
    mel = random.normal(size=(FRAMES_PER_TOKEN * tokens, 80)).astype(np.float32)
    return Prompt(
        random.integers(0, NUM_SPEECH_TOKENS, tokens), mel, random.normal(size=SPEAKER_DIM).astype(np.float32)
    )


def main() -> None:
    """Print a row a writer."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", type=int, default=3, choices=[2, 3])
    parser.add_argument("--pace", type=float, nargs="+", default=PACES[device], help="tokens that are written a second")
    given = parser.parse_args()
    spent = time.perf_counter if device == "cuda" else time.process_time
    voice, prompt = networks(given.version, device), reference(device)
    for _ in range(WARM[device]):
        followed(voice, prompt, 1e6, spent)
        whole(voice, prompt, 1e6, spent)
    print(f"version {given.version} on {device}, first sound of {TOKENS} tokens of text, seconds from their first on")
    for pace in given.pace:
        sooner, later = followed(voice, prompt, pace, spent), whole(voice, prompt, pace, spent)
        told = f"{sooner:.2f} while they are written, {later:.2f} once they are: {sooner / later:.2f}"
        print(f"{pace:g} a second: {told}", flush=True)


if __name__ == "__main__":
    main()
