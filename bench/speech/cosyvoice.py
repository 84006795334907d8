"""Speed and memory of CosyVoice at full size, against a baseline on the same random weights in the same run.

    python -m bench.speech.cosyvoice                     version 3, on the GPU if there is one
    python -m bench.speech.cosyvoice --versions 2 3      both
    python -m bench.speech.cosyvoice --public CHECKOUT   and against the public code, see _cosyvoice_public

Every row gives the median wall milliseconds of ours and of the baseline (bench.speech._cosyvoice_baseline, "plain" in
the output), and their ratio; on a CPU also the CPU time, since the machine may be busy. On the GPU both use bfloat16
and 10 s of audio per chunk, on a CPU float32 and 1 s. "streamed" is the flow over an utterance that grows. "first
sound" is the time from the request to the first audio, with the voice already prepared. RTF is seconds of work per
second of audio.
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

from bench.speech import _cosyvoice_baseline as baseline
from bench.speech import _cosyvoice_public as public
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
TRANSCRIPT_TOKENS = 30
CHUNK_SECONDS = {"cuda": 10.0, "cpu": 1.0}  # of audio
STREAM_SECONDS = {"cuda": 10.0, "cpu": 4.0}  # of audio
REPEATS = {"cuda": 5, "cpu": 1}
WARM_UP_RUNS = {"cuda": 3, "cpu": 0}  # not counted: a GPU records its graphs in them


@dataclass(frozen=True)
class Models:
    """Models under test and the baseline."""

    layout: ModelConfig
    device: str
    language: SpeechLanguageModel
    flow: Flow
    vocoder: Vocoder
    acquire: Acquire
    ours: SpeechPipeline
    plain: baseline.Baseline


@dataclass(frozen=True)
class Timing:
    """Wall and CPU seconds of one run."""

    wall: float
    cpu: float

    def format(self, device: str, scale: float = 1.0) -> str:
        """Return the times multiplied by `scale`, in milliseconds."""
        cpu_time = f" ({self.cpu * scale * 1e3:.1f} of CPU)" if device == "cpu" else ""
        return f"{self.wall * scale * 1e3:9.2f} ms{cpu_time}"


def _time(work: Callable[[], object], device: str) -> Timing:
    """Return the median times of a function after warm-up."""
    runs = []
    for _ in range(WARM_UP_RUNS[device] + REPEATS[device]):
        if device == "cuda":
            torch.cuda.synchronize()
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        if device == "cuda":
            torch.cuda.synchronize()
        runs.append(Timing(time.perf_counter() - wall, time.process_time() - cpu))
    counted = runs[WARM_UP_RUNS[device] :]
    return Timing(statistics.median(run.wall for run in counted), statistics.median(run.cpu for run in counted))


def _build_models(version: Version, device: str, threads: int) -> Models:
    layout = CONFIGS[version]
    if device == "cpu":  # decoding never reads the text table, and memory may be short
        layout = replace(layout, lm=replace(layout.lm, vocab_rows=TRANSCRIPT_TOKENS * 10))
    torch.manual_seed(0)
    language, body = baseline.language_models(layout.lm)
    flow, network = build(layout.flow), HiFTGenerator(layout.vocoder)
    plain_flow = copy.deepcopy(flow) if device == "cuda" else flow  # on a GPU ours replays CUDA graphs
    ours = pipeline.assemble(language, flow, network, layout, device, threads)
    nn.Module.to(body, device, language.head.weight.dtype)
    plain_flow.cast_estimator(flow.dtype)
    plain_flow.to(device)
    vocoder, plain_vocoder, acquire = Vocoder(network), Vocoder(network), decode_state.new_state
    if flow.uses_cuda_graphs:
        vocoder.use_cuda_graphs()
        acquire = decode_state.DecodeStatePool().acquire
    return Models(
        layout,
        device,
        language,
        flow,
        vocoder,
        acquire,
        ours,
        baseline.Baseline(language, body, plain_flow, plain_vocoder),
    )


def _random_prompt(device: str) -> Prompt:
    random, tokens = np.random.default_rng(0), PROMPT_SECONDS[device] * TOKEN_RATE
    mel = random.normal(size=(FRAMES_PER_TOKEN * tokens, 80)).astype(np.float32)
    return Prompt(
        random.integers(0, NUM_SPEECH_TOKENS, tokens), mel, random.normal(size=SPEAKER_DIM).astype(np.float32)
    )


def _requests(count: int, seconds: float, voice: Prompt) -> list[LMRequest]:
    """Return requests whose texts yield so many seconds of audio.

    Random weights always generate up to the maximum length.
    """
    text = tuple(range(round(seconds * TOKEN_RATE / MAX_TOKEN_RATIO)))
    speech = tuple(map(int, voice.tokens))
    return [LMRequest(text, tuple(range(TRANSCRIPT_TOKENS)), speech, seed) for seed in range(count)]


def _print_row(
    name: str,
    ours: Timing,
    theirs: Timing,
    device: str,
    share: float = 1.0,
    their_share: float = 1.0,
    peer: str = "plain",
) -> None:
    ratio = ours.wall * share / (theirs.wall * their_share)
    line = f"{ours.format(device, share)}   {peer} {theirs.format(device, their_share)}   {ratio:.2f}"
    if device == "cpu":
        line += f" ({ours.cpu * share / (theirs.cpu * their_share):.2f} of CPU)"
    print(f"{name:<34}{line}", flush=True)


def _measure_language_model(models: Models, requests: Sequence[LMRequest]) -> None:
    device, steps_per_check = models.device, pipeline.STEPS_PER_CHECK[models.device]
    token_count = sum(1 for _ in models.plain.tokens(requests[0]))
    theirs = _time(lambda: deque(models.plain.tokens(requests[0]), 0), device)
    for batch in (requests[:1], requests):
        work = partial(
            decode.generate, models.language, batch, models.layout.silent_tokens, steps_per_check, models.acquire
        )
        steps = MAX_TOKEN_RATIO * len(batch[0].text) * len(batch)
        _print_row(
            f"language model, a token, {len(batch)} rows",
            _time(work, device),
            theirs,
            device,
            1 / steps,
            1 / token_count,
        )


@torch.inference_mode()
def _max_logit_difference(models: Models, request: LMRequest) -> float:
    """Return the largest difference between the logits of our model and of the baseline."""
    prefix = models.language.embed_prefix((*request.prompt, *request.text), request.speech)
    ours = models.language.prefill([prefix], KVCache(models.layout.lm, 1, len(prefix), prefix))
    theirs = models.plain.logits(prefix[None], DynamicCache(config=models.plain.body.config))
    return float((ours - theirs).abs().max())


def _measure_flow_and_vocoder(models: Models, count: int, seconds: float, voice: Prompt) -> None:
    device, random = models.device, np.random.default_rng(1)
    tokens = random.integers(0, NUM_SPEECH_TOKENS, round(seconds * TOKEN_RATE)).tolist()
    theirs = _time(lambda: models.plain.mel(voice, tokens), device)
    for batch_size in (1, count):
        ours = _time(partial(models.flow.generate, [FlowRequest(voice, tokens)] * batch_size), device)
        _print_row(f"flow, a piece, {batch_size} at once", ours, theirs, device, 1 / batch_size)
    mel = models.flow.generate([FlowRequest(voice, tokens)])[0][None]
    ours = _time(lambda: models.vocoder.synthesize(mel, [0]), device)
    _print_row("vocoder, a piece", ours, _time(lambda: models.plain.vocoder.synthesize(mel, [0]), device), device)


def _measure_streamed_flow(models: Models, voice: Prompt) -> None:
    """Compare the flow of a growing utterance with a cache and with starting over for each chunk."""
    seconds = STREAM_SECONDS[models.device]
    tokens = np.random.default_rng(2).integers(0, NUM_SPEECH_TOKENS, round(seconds * TOKEN_RATE)).tolist()

    def stream(flow: Flow, max_cache_bytes: int) -> None:
        mels = MelStream(flow, voice, max_cache_bytes)
        for token in tokens:
            mels.push([token])
        mels.push((), final=True)

    ours = _time(lambda: stream(models.flow, MAX_CACHE_BYTES), models.device)
    theirs = _time(lambda: stream(models.plain.flow, 0), models.device)
    _print_row(f"flow, streamed, {seconds:g} s", ours, theirs, models.device)


def _measure_speech(models: Models, requests: list[LMRequest], voice: Prompt) -> None:
    device = models.device
    first = _time(lambda: next(models.ours.stream(requests[:1], voice)), device)
    _print_row("first sound", first, _time(lambda: models.plain.begin(requests[0], voice), device), device)
    for batch in (requests[:1], requests):
        our_samples, plain_samples = [0], [0]

        def speak(requests: list[LMRequest] = batch, samples: list[int] = our_samples) -> None:
            samples[0] = sum(len(chunk) for _, chunk in models.ours.stream(requests, voice))

        def speak_plain(requests: list[LMRequest] = batch, samples: list[int] = plain_samples) -> None:
            samples[0] = sum(wave.shape[1] for wave in models.plain.speak(requests, voice))

        ours, theirs = _time(speak, device), _time(speak_plain, device)
        share, their_share = SAMPLE_RATE / our_samples[0], SAMPLE_RATE / plain_samples[0]
        _print_row(f"all of {len(batch)}, a second of sound", ours, theirs, device, share, their_share)
        print(f"  RTF {ours.wall * share:.4f}, plain {theirs.wall * their_share:.4f}", flush=True)


def _measure_public(models: Models, checkout: Path, seconds: float, voice: Prompt) -> None:
    """Compare one request with the public code, which has its own random weights in float32."""
    device = models.device
    peer = public.build(checkout, models.layout.version, device)
    request = _requests(1, seconds, voice)[0]
    token_count = [0]

    def generate() -> None:
        token_count[0] = sum(1 for _ in peer.tokens(request))

    theirs = _time(generate, device)
    ours = partial(
        decode.generate,
        models.language,
        [request],
        models.layout.silent_tokens,
        pipeline.STEPS_PER_CHECK[device],
        models.acquire,
    )
    steps = MAX_TOKEN_RATIO * len(request.text)
    print_row = partial(_print_row, device=device, peer="public")
    print_row(
        "language model, a token", _time(ours, device), theirs, share=1 / steps, their_share=1 / max(token_count[0], 1)
    )
    codes = np.random.default_rng(1).integers(0, NUM_SPEECH_TOKENS, round(seconds * TOKEN_RATE)).tolist()
    generate_mel = partial(models.flow.generate, [FlowRequest(voice, codes)])
    print_row("flow, a piece", _time(generate_mel, device), _time(lambda: peer.mel(voice, codes), device))
    vocoder_input = generate_mel()[0][None]
    print_row(
        "vocoder, a piece",
        _time(lambda: models.vocoder.synthesize(vocoder_input, [0]), device),
        _time(partial(peer.wave, vocoder_input.float()), device),
    )


def main() -> None:
    """Print a table for each version."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--versions", type=int, nargs="+", default=[3], choices=[2, 3])
    parser.add_argument("--seconds", type=float, help="of audio per chunk; default 10 on a GPU, 1 on a CPU")
    parser.add_argument("--public", type=Path, help="a clone of the public code, which is measured in the same run")
    arguments = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    threads = settings.read().threads
    torch.set_num_threads(threads)
    seconds, count, voice = (
        arguments.seconds or CHUNK_SECONDS[device],
        pipeline.BATCH_SIZE[device],
        _random_prompt(device),
    )
    hardware = torch.cuda.get_device_name() if device == "cuda" else f"CPU, {threads} threads"
    for version in arguments.versions:
        models = _build_models(version, device, threads)
        requests = _requests(count, seconds, voice)
        print(
            f"version {version}, {hardware}, pieces of {seconds:g} s, voice of {PROMPT_SECONDS[device]} s", flush=True
        )
        print(f"logits differ from transformers' by {_max_logit_difference(models, requests[0]):.1e}", flush=True)
        _measure_language_model(models, requests)
        _measure_flow_and_vocoder(models, count, seconds, voice)
        _measure_streamed_flow(models, voice)
        _measure_speech(models, requests, voice)
        if arguments.public:
            _measure_public(models, arguments.public, seconds, voice)
        if device == "cuda":
            print(f"memory: {torch.cuda.max_memory_allocated() / 2**30:.2f} GiB at most, both together")
        else:
            print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB, both together")


if __name__ == "__main__":
    main()
