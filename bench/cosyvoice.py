"""Speed and memory of CosyVoice at full size, against the plain way on the same random weights in the same run.

    python -m bench.cosyvoice                     version 3, on the GPU where there is one
    python -m bench.cosyvoice --versions 2 3      both
    python -m bench.cosyvoice --public CHECKOUT   and against the public code (see bench._cosyvoice_public)

Every row: milliseconds on the clock of ours and of the plain way (see bench._cosyvoice_baseline), medians, and their
ratio; on a CPU the processor's too, since others may work on the machine. On the GPU both are bfloat16 with 10 s of
sound a piece, on a CPU float32 with 1 s. "streamed" is the flow of an utterance that grows. "first" is what passes
from the order to the first sound, the voice being known. RTF is seconds of work a second of sound.
"""

from __future__ import annotations

import argparse
import copy
import resource
import statistics
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn
from transformers import DynamicCache

from bench import _cosyvoice_baseline as plain
from bench import _cosyvoice_public as public
from funaudio_core import settings
from funaudio_core.engines.cosyvoice import decode, decode_state, pipeline
from funaudio_core.engines.cosyvoice.config import (
    CONFIGS,
    FRAMES_PER_TOKEN,
    NUM_SPEECH_TOKENS,
    SAMPLE_RATE,
    SPEAKER_DIM,
    TOKEN_RATE,
    ModelConfig,
    Version,
)
from funaudio_core.engines.cosyvoice.decode import MAX_TOKEN_RATIO, LMRequest
from funaudio_core.engines.cosyvoice.decode_state import Acquire
from funaudio_core.engines.cosyvoice.flow import Flow, FlowRequest, build
from funaudio_core.engines.cosyvoice.flow_stream import MAX_CACHE_BYTES, MelStream
from funaudio_core.engines.cosyvoice.hift import HiFTGenerator
from funaudio_core.engines.cosyvoice.lm import KVCache, SpeechLanguageModel
from funaudio_core.engines.cosyvoice.pipeline import SpeechPipeline
from funaudio_core.engines.cosyvoice.prompt import Prompt
from funaudio_core.engines.cosyvoice.vocoder import Vocoder

PROMPT_SECONDS = {"cuda": 5, "cpu": 2}
TEXT = 30  # tokens of a transcript
SECONDS = {"cuda": 10.0, "cpu": 1.0}  # of sound a piece
STREAMED = {"cuda": 10.0, "cpu": 4.0}  # seconds of sound that grows
REPEATS = {"cuda": 5, "cpu": 1}
WARM = {"cuda": 3, "cpu": 0}  # runs that are not counted: a GPU records its graphs in them


@dataclass(frozen=True)
class Models:
    """What is measured, and what it is measured against."""

    layout: ModelConfig
    device: str
    language: SpeechLanguageModel
    flow: Flow
    vocoder: Vocoder
    lend: Acquire
    ours: SpeechPipeline
    plain: plain.Plain


@dataclass(frozen=True)
class Spent:
    """Seconds of one run: on the clock, and of the processor."""

    wall: float
    cpu: float

    def told(self, device: str, scale: float = 1.0) -> str:
        """In milliseconds, `scale` of it."""
        busy = f" ({self.cpu * scale * 1e3:.1f} of CPU)" if device == "cpu" else ""
        return f"{self.wall * scale * 1e3:9.2f} ms{busy}"


def _spent(work: Callable[[], object], device: str) -> Spent:
    found = []
    for _ in range(WARM[device] + REPEATS[device]):
        if device == "cuda":
            torch.cuda.synchronize()
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        if device == "cuda":
            torch.cuda.synchronize()
        found.append(Spent(time.perf_counter() - wall, time.process_time() - cpu))
    counted = found[WARM[device] :]
    return Spent(statistics.median(run.wall for run in counted), statistics.median(run.cpu for run in counted))


def _models(version: Version, device: str, threads: int) -> Models:
    layout = CONFIGS[version]
    if device == "cpu":  # decoding never reads the text table, and memory may be short
        layout = replace(layout, lm=replace(layout.lm, vocab_rows=TEXT * 10))
    torch.manual_seed(0)
    language, body = plain.language(layout.lm)
    flow, network = build(layout.flow), HiFTGenerator(layout.vocoder)
    bare = copy.deepcopy(flow) if device == "cuda" else flow  # on a GPU ours is to replay recordings
    ours = pipeline.assemble(language, flow, network, layout, device, threads)
    nn.Module.to(body, device, language.head.weight.dtype)
    bare.cast_estimator(flow.dtype)
    bare.to(device)
    vocoder, its, lend = Vocoder(network), Vocoder(network), decode_state.new_state
    if flow.uses_cuda_graphs:
        vocoder.use_cuda_graphs()
        lend = decode_state.DecodeStatePool().acquire
    return Models(layout, device, language, flow, vocoder, lend, ours, plain.Plain(language, body, bare, its))


def _voice(device: str) -> Prompt:
    random, tokens = np.random.default_rng(0), PROMPT_SECONDS[device] * TOKEN_RATE
    mel = random.normal(size=(FRAMES_PER_TOKEN * tokens, 80)).astype(np.float32)
    return Prompt(
        random.integers(0, NUM_SPEECH_TOKENS, tokens), mel, random.normal(size=SPEAKER_DIM).astype(np.float32)
    )


def _pieces(count: int, seconds: float, voice: Prompt) -> list[LMRequest]:
    """Texts as long as make so much sound, for random weights go on to the greatest length."""
    text = tuple(range(round(seconds * TOKEN_RATE / MAX_TOKEN_RATIO)))
    speech = tuple(map(int, voice.tokens))
    return [LMRequest(text, tuple(range(TEXT)), speech, seed) for seed in range(count)]


def _row(
    name: str, ours: Spent, its: Spent, device: str, share: float = 1.0, its_share: float = 1.0, peer: str = "plain"
) -> None:
    ratio = ours.wall * share / (its.wall * its_share)
    told = f"{ours.told(device, share)}   {peer} {its.told(device, its_share)}   {ratio:.2f}"
    if device == "cpu":
        told += f" ({ours.cpu * share / (its.cpu * its_share):.2f} of CPU)"
    print(f"{name:<34}{told}", flush=True)


def _language(models: Models, pieces: Sequence[LMRequest]) -> None:
    device, every = models.device, pipeline.STEPS_PER_CHECK[models.device]
    said = sum(1 for _ in models.plain.tokens(pieces[0]))
    its = _spent(lambda: deque(models.plain.tokens(pieces[0]), 0), device)
    for several in (pieces[:1], pieces):
        work = partial(decode.generate, models.language, several, models.layout.silent_tokens, every, models.lend)
        steps = MAX_TOKEN_RATIO * len(several[0].text) * len(several)
        _row(f"language model, a token, {len(several)} rows", _spent(work, device), its, device, 1 / steps, 1 / said)


@torch.inference_mode()
def _agreement(models: Models, piece: LMRequest) -> float:
    """How far the logits of both are apart."""
    prefix = models.language.embed_prefix((*piece.prompt, *piece.text), piece.speech)
    mine = models.language.prefill([prefix], KVCache(models.layout.lm, 1, len(prefix), prefix))
    its = models.plain.logits(prefix[None], DynamicCache(config=models.plain.body.config))
    return float((mine - its).abs().max())


def _sound(models: Models, count: int, seconds: float, voice: Prompt) -> None:
    device, random = models.device, np.random.default_rng(1)
    tokens = random.integers(0, NUM_SPEECH_TOKENS, round(seconds * TOKEN_RATE)).tolist()
    its = _spent(lambda: models.plain.mel(voice, tokens), device)
    for several in (1, count):
        ours = _spent(partial(models.flow.generate, [FlowRequest(voice, tokens)] * several), device)
        _row(f"flow, a piece, {several} at once", ours, its, device, 1 / several)
    mel = models.flow.generate([FlowRequest(voice, tokens)])[0][None]
    ours = _spent(lambda: models.vocoder.synthesize(mel, [0]), device)
    _row("vocoder, a piece", ours, _spent(lambda: models.plain.vocoder.synthesize(mel, [0]), device), device)


def _streamed(models: Models, voice: Prompt) -> None:
    """The flow of one growing utterance, what was computed kept or begun anew for each stretch."""
    seconds = STREAMED[models.device]
    tokens = np.random.default_rng(2).integers(0, NUM_SPEECH_TOKENS, round(seconds * TOKEN_RATE)).tolist()

    def stream(flow: Flow, most: int) -> None:
        mels = MelStream(flow, voice, most)
        for token in tokens:
            mels.push([token])
        mels.push((), final=True)

    ours = _spent(lambda: stream(models.flow, MAX_CACHE_BYTES), models.device)
    its = _spent(lambda: stream(models.plain.flow, 0), models.device)
    _row(f"flow, streamed, {seconds:g} s", ours, its, models.device)


def _whole(models: Models, pieces: list[LMRequest], voice: Prompt) -> None:
    device = models.device
    first = _spent(lambda: next(models.ours.stream(pieces[:1], voice)), device)
    _row("first sound", first, _spent(lambda: models.plain.begin(pieces[0], voice), device), device)
    for several in (pieces[:1], pieces):
        made, theirs = [0], [0]

        def speak(told: list[LMRequest] = several, made: list[int] = made) -> None:
            made[0] = sum(len(stretch) for _, stretch in models.ours.stream(told, voice))

        def say(told: list[LMRequest] = several, made: list[int] = theirs) -> None:
            made[0] = sum(wave.shape[1] for wave in models.plain.speak(told, voice))

        ours, its = _spent(speak, device), _spent(say, device)
        share, its_share = SAMPLE_RATE / made[0], SAMPLE_RATE / theirs[0]
        _row(f"all of {len(several)}, a second of sound", ours, its, device, share, its_share)
        print(f"  RTF {ours.wall * share:.4f}, plain {its.wall * its_share:.4f}", flush=True)


def _public(models: Models, checkout: Path, seconds: float, voice: Prompt) -> None:
    """Ours, one piece, against the public code, which has random weights of its own; float32 there."""
    device = models.device
    its = public.build(checkout, models.layout.version, device)
    piece = _pieces(1, seconds, voice)[0]
    said = [0]

    def tokens() -> None:
        said[0] = sum(1 for _ in its.tokens(piece))

    theirs = _spent(tokens, device)
    work = partial(
        decode.generate,
        models.language,
        [piece],
        models.layout.silent_tokens,
        pipeline.STEPS_PER_CHECK[device],
        models.lend,
    )
    steps = MAX_TOKEN_RATIO * len(piece.text)
    row = partial(_row, device=device, peer="public")
    row("language model, a token", _spent(work, device), theirs, share=1 / steps, its_share=1 / max(said[0], 1))
    codes = np.random.default_rng(1).integers(0, NUM_SPEECH_TOKENS, round(seconds * TOKEN_RATE)).tolist()
    mel = partial(models.flow.generate, [FlowRequest(voice, codes)])
    row("flow, a piece", _spent(mel, device), _spent(lambda: its.mel(voice, codes), device))
    made = mel()[0][None]
    row(
        "vocoder, a piece",
        _spent(lambda: models.vocoder.synthesize(made, [0]), device),
        _spent(partial(its.wave, made.float()), device),
    )


def main() -> None:
    """Print a table a version."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--versions", type=int, nargs="+", default=[3], choices=[2, 3])
    parser.add_argument("--seconds", type=float, help="of sound a piece; default 10 on a GPU, 1 on a CPU")
    parser.add_argument("--public", type=Path, help="a clone of the public code, to be measured in the same run")
    given = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    threads = settings.read().threads
    torch.set_num_threads(threads)
    seconds, count, voice = given.seconds or SECONDS[device], pipeline.BATCH_SIZE[device], _voice(device)
    where = torch.cuda.get_device_name() if device == "cuda" else f"CPU, {threads} threads"
    for version in given.versions:
        models = _models(version, device, threads)
        pieces = _pieces(count, seconds, voice)
        print(f"version {version}, {where}, pieces of {seconds:g} s, voice of {PROMPT_SECONDS[device]} s", flush=True)
        print(f"logits differ from transformers' by {_agreement(models, pieces[0]):.1e}", flush=True)
        _language(models, pieces)
        _sound(models, count, seconds, voice)
        _streamed(models, voice)
        _whole(models, pieces, voice)
        if given.public:
            _public(models, given.public, seconds, voice)
        if device == "cuda":
            print(f"memory: {torch.cuda.max_memory_allocated() / 2**30:.2f} GiB at most, both together")
        else:
            print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB, both together")


if __name__ == "__main__":
    main()
