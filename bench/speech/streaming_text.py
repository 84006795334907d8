"""Time to the first audio of a sentence: spoken while it is written, against spoken after it is written.

    python -m bench.speech.streaming_text                      version 3, on the GPU if there is one
    python -m bench.speech.streaming_text --pace 1 2 4         for writers of so many tokens per second

CosyVoice at full size with random weights, and a voice without a transcript, as for a reply with a style instruction.
The benchmark does not wait for the writer: it adds up the time that is computed (on a CPU the CPU time of one thread,
since the machine may be busy) and the time until a token that is not written yet would be there. A slow-down of the
writer by the voice, or of the voice by the writer, is not modelled. Random weights never ask for text early, so each
turn has the maximum length.
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

SENTENCE_TOKENS = 24  # about 18 English words
INSTRUCTION_TOKENS = 12
PROMPT_SECONDS = {"cuda": 5, "cpu": 2}
PACES = {"cuda": (20.0, 40.0, 80.0), "cpu": (1.0, 2.0)}  # tokens per second; a 4B model may write so fast
WARM_UP_RUNS = {"cuda": 3, "cpu": 0}  # not counted: a GPU records its graphs in them


class Clock:
    """Clock of computed and skipped time, in seconds since the writer began."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self._timer, self._began = timer, timer()
        self._skipped = 0.0

    @property
    def now(self) -> float:
        """Return the seconds computed and skipped so far."""
        return self._timer() - self._began + self._skipped

    def reach(self, moment: float) -> None:
        """Skip to a moment if it is in the future."""
        self._skipped += max(0.0, moment - self.now)


def speak_while_writing(voice: SpeechPipeline, prompt: Prompt, pace: float, timer: Callable[[], float]) -> float:
    """Return the seconds to the first audio of a sentence that is spoken while it is written."""
    clock = Clock(timer)

    def write() -> Iterator[int]:
        for index in range(SENTENCE_TOKENS):
            clock.reach((index + 1) / pace)
            yield index

    next(voice.stream_text(write(), PromptPrefix(tuple(range(INSTRUCTION_TOKENS))), prompt, seed=0))
    return clock.now


def speak_after_writing(voice: SpeechPipeline, prompt: Prompt, pace: float, timer: Callable[[], float]) -> float:
    """Return the seconds to the first audio of a sentence that is spoken after it is written."""
    clock = Clock(timer)
    clock.reach(SENTENCE_TOKENS / pace)
    next(voice.stream([LMRequest(tuple(range(SENTENCE_TOKENS)), tuple(range(INSTRUCTION_TOKENS)))], prompt))
    return clock.now


def build_pipeline(version: Version, device: str) -> SpeechPipeline:
    """Return a pipeline with random weights at full size, except for a text table with only the rows used."""
    layout = CONFIGS[version]
    layout = replace(layout, lm=replace(layout.lm, vocab_rows=max(SENTENCE_TOKENS, INSTRUCTION_TOKENS)))
    torch.manual_seed(0)
    language = SpeechLanguageModel(layout.lm).requires_grad_(requires_grad=False)
    for name, weight in language.named_parameters():
        nn.init.normal_(weight, mean=float("norm" in name or "before" in name), std=0.02)
    return pipeline.assemble(language, build(layout.flow), HiFTGenerator(layout.vocoder), layout, device, threads=1)


def random_prompt(device: str) -> Prompt:
    """Return a prompt of noise."""
    random, tokens = np.random.default_rng(0), PROMPT_SECONDS[device] * TOKEN_RATE
    mel = random.normal(size=(FRAMES_PER_TOKEN * tokens, 80)).astype(np.float32)
    return Prompt(
        random.integers(0, NUM_SPEECH_TOKENS, tokens), mel, random.normal(size=SPEAKER_DIM).astype(np.float32)
    )


def main() -> None:
    """Print a row for each pace."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", type=int, default=3, choices=[2, 3])
    parser.add_argument("--pace", type=float, nargs="+", default=PACES[device], help="tokens written per second")
    arguments = parser.parse_args()
    timer = time.perf_counter if device == "cuda" else time.process_time
    voice, prompt = build_pipeline(arguments.version, device), random_prompt(device)
    for _ in range(WARM_UP_RUNS[device]):
        speak_while_writing(voice, prompt, 1e6, timer)
        speak_after_writing(voice, prompt, 1e6, timer)
    print(
        f"version {arguments.version} on {device}, first sound of {SENTENCE_TOKENS} tokens of text, "
        "seconds from their first on"
    )
    for pace in arguments.pace:
        streamed_seconds, whole_seconds = (
            speak_while_writing(voice, prompt, pace, timer),
            speak_after_writing(voice, prompt, pace, timer),
        )
        ratio = streamed_seconds / whole_seconds
        times = f"{streamed_seconds:.2f} while they are written, {whole_seconds:.2f} once they are: {ratio:.2f}"
        print(f"{pace:g} a second: {times}", flush=True)


if __name__ == "__main__":
    main()
