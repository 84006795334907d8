"""Speed of SenseVoiceSmall against FunASR: one clip, 16 of mixed lengths, a long recording; random weights, full size.

The peer has its own Python, because its packages and ours exclude each other; without it only our figures are printed:

    python -m venv PEER && PEER/bin/pip install funasr==1.4.16 torch==2.11.0 torchaudio==2.11.0
    python -m bench.recognition.sensevoice --peer PEER/bin/python

`--minutes 60` adds a recording of an hour with pauses, which is searched for speech and recognized in batches, without
the peer. On a GPU the engine runs there and the peer on the CPU. Both read the same files, in two processes that take
turns; FunASR reads clip by clip, which is its fastest here.
Writing the weights and exporting the graphs takes some minutes first. With random weights the best two tokens often
almost tie, so texts differ more than they would after training.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice, pairwise
from pathlib import Path
from typing import IO, Any

import numpy as np
import sentencepiece

from funaudio_core import audio, settings
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.engines.sensevoice import SPEC, SenseVoice, engine
from funaudio_core.gpu import device
from funaudio_core.text import error_rate
from funaudio_core.types import Audio
from funaudio_core.voices.examples import EXAMPLES
from funaudio_core.weights import catalog
from tests.checkpoints import sensevoice as checkpoints

THREADS = 2
RATE_HZ = 16_000
SINGLE_CLIP_SECONDS = 10.0
MIXED_CLIP_SECONDS = (2.1, 3.4, 4.2, 5.0, 5.7, 6.3, 6.9, 7.6, 8.2, 9.1, 9.9, 10.8, 12.0, 13.5, 15.2, 18.0)
REPEATS = 5
PAUSE_SECONDS = 1.5  # between two clips of the long recording
VOCABULARY_SIZE = 25_055


@dataclass(frozen=True)
class Run:
    """Measurements of one run.

    Attributes:
        wall: Seconds.
        cpu: CPU seconds.
        texts: Recognized texts.
    """

    wall: float
    cpu: float
    texts: list[str]


def _clips() -> dict[str, Audio]:
    """Return examples joined and cut to the measured lengths, by name."""
    examples = [audio.resample(audio.load(row.path), RATE_HZ) for row in EXAMPLES]
    long = audio.concat(list(islice(cycle(examples), 60)), 0.2)
    edges = np.cumsum((0.0, *MIXED_CLIP_SECONDS))
    return {"alone": long.slice(0, SINGLE_CLIP_SECONDS)} | {
        f"mixed{i}": long.slice(*cut) for i, cut in enumerate(pairwise(edges))
    }


def _vocabulary() -> bytes:
    """Return a SentencePiece model of the published size: the tags, and one character per piece."""
    chars = [chr(code) for code in [*range(0x4E00, 0x9FA6), *range(0xAC00, 0xD7A4)]]
    buffer = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter("".join(chars[start : start + 500]) for start in range(0, len(chars), 500)),
        model_writer=buffer,
        model_type="char",
        vocab_size=VOCABULARY_SIZE,
        character_coverage=1.0,
        user_defined_symbols=[f"<|{tag}|>" for tag in checkpoints.TAGS],
        minloglevel=2,
    )
    return buffer.getvalue()


def _checkpoint(folder: Path) -> Path:
    """Write random weights in the published sizes and layout, register them, and return their folder."""
    config = checkpoints.sensevoice_config(50, 20, 512, 4, 2048)
    config["frontend_conf"]["dither"] = 0.0  # the peer adds noise to the audio by default
    artifact = checkpoints.sensevoice(folder, config, _vocabulary())
    catalog.ARTIFACTS[engine.ARTIFACT] = artifact
    snapshot = next(folder.rglob("model.pt")).parent
    paths = {"tokenizer_conf": {"bpemodel": artifact.files[3].name}, "frontend_conf": {"cmvn_file": "am.mvn"}}
    (snapshot / "configuration.json").write_text(
        json.dumps({"file_path_metas": {"init_param": "model.pt", "config": "config.yaml", **paths}})
    )
    return snapshot


def _load_engine(folder: Path, fp32: bool) -> SenseVoice:
    os.environ.update(FUNAUDIO_THREADS=str(THREADS), FUNAUDIO_FP32=str(int(fp32)), HF_HUB_OFFLINE="1")
    os.environ.update(FUNAUDIO_WEIGHTS_DIR=str(folder), FUNAUDIO_HOME=str(folder / "home"))
    settings.read.cache_clear()
    return SPEC.load()


def _run(sense: SenseVoice, clips: list[Audio]) -> Run:
    wall, cpu = time.perf_counter(), time.process_time()
    texts = sense.transcribe_utterances(clips, RecognitionOptions())
    return Run(time.perf_counter() - wall, time.process_time() - cpu, texts)


@contextmanager
def _start_peer(python: str, snapshot: Path, clips: dict[str, Audio]) -> Iterator[subprocess.Popen[str]]:
    clips_path = snapshot / "clips.npz"
    samples: dict[str, Any] = {name: clip.samples for name, clip in clips.items()}
    np.savez(clips_path, **samples)
    script = Path(__file__).with_name("_funasr_peer.py")
    command = [python, str(script), str(snapshot), str(clips_path), str(THREADS)]
    with subprocess.Popen(command, stdin=-1, stdout=-1, stderr=subprocess.DEVNULL, text=True) as process:
        if _open_pipe(process.stdout).readline() != "ready\n":
            raise SystemExit(f"{python} can't run FunASR: try `{' '.join(command)}`.")
        try:
            yield process
        finally:
            process.kill()


def _run_peer(peer: subprocess.Popen[str], names: list[str]) -> Run:
    _open_pipe(peer.stdin).write(" ".join(names) + "\n")
    _open_pipe(peer.stdin).flush()
    answer = json.loads(_open_pipe(peer.stdout).readline())
    return Run(answer["wall"], answer["cpu"], [re.sub(r"<\|[^|]*\|>", "", text).strip() for text in answer["texts"]])


def _open_pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


def _print_runs(kind: str, seconds: float, runs: list[Run], peer_runs: list[Run]) -> None:
    wall, cpu = (statistics.median(getattr(run, part) for run in runs) for part in ("wall", "cpu"))
    print(f"  {kind:<6} {wall:6.2f} s, {cpu:6.2f} CPU-s, real-time factor {wall / seconds:.3f}", flush=True)
    if not peer_runs:
        return
    pairs = list(zip(runs, peer_runs, strict=True))
    wall_ratio, cpu_ratio = (
        statistics.median(getattr(theirs, part) / getattr(ours, part) for ours, theirs in pairs)
        for part in ("wall", "cpu")
    )
    texts = zip(peer_runs[0].texts, runs[0].texts, strict=True)
    difference = statistics.mean(error_rate.error_rate(theirs, ours, "zh") for theirs, ours in texts)
    print(f"         FunASR takes x {wall_ratio:.2f} by the clock, x {cpu_ratio:.2f} of the processor", flush=True)
    print(f"         characters that differ from FunASR's: {difference:.1%}", flush=True)


def _hardware() -> str:
    """Return the name of the device that the engine runs on."""
    if device.has_gpu():
        import torch

        return str(torch.cuda.get_device_name())
    facts = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*:\s*(.+)", facts.read_text()) if facts.exists() else None
    return f"{model[1] if model else platform.processor()}, {THREADS} threads"


def _measure_long(kind: str, sense: SenseVoice, minutes: float) -> None:
    """Print the cost of one long recording."""
    import psutil

    sounds = [audio.resample(audio.load(row.path), RATE_HZ) for row in EXAMPLES]
    count = round(minutes * 60 / (sum(sound.duration + PAUSE_SECONDS for sound in sounds) / len(sounds)))
    clip = audio.concat(list(islice(cycle(sounds), count)), PAUSE_SECONDS)
    process = psutil.Process()
    before = peak = process.memory_info().rss
    wall, cpu, first, segments = time.perf_counter(), time.process_time(), 0.0, 0
    for _ in sense.transcribe(clip, RecognitionOptions()):
        segments += 1
        first = first or time.perf_counter() - wall
        peak = max(peak, process.memory_info().rss)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(
        f"{clip.duration / 60:.0f} minutes, {kind}: {segments} segments, {wall:.1f} s, {cpu:.0f} CPU-s, "
        f"real-time factor {wall / clip.duration:.4f}, first segment after {first:.2f} s, "
        f"memory {before / 1e6:.0f} -> {peak / 1e6:.0f} MB",
        flush=True,
    )


def _measure(engines: dict[str, SenseVoice], clips: dict[str, Audio], peer: subprocess.Popen[str] | None) -> None:
    for title, names in (("one clip", ["alone"]), ("16 mixed", [f"mixed{i}" for i in range(len(MIXED_CLIP_SECONDS))])):
        sounds = [clips[name] for name in names]
        seconds = sum(clip.duration for clip in sounds)
        rounds: dict[str, list[Run]] = {kind: [] for kind in (*engines, "peer")}
        for turn in range(REPEATS + 1):
            results = {kind: _run(sense, sounds) for kind, sense in engines.items()}
            if peer is not None:
                results["peer"] = _run_peer(peer, names)
            if turn:  # the first one warms up
                for kind, run in results.items():
                    rounds[kind].append(run)
        print(f"{title}, {seconds:.0f} s of sound, {THREADS} threads, median of {REPEATS}:")
        for kind in engines:
            _print_runs(kind, seconds, rounds[kind], rounds["peer"])


def _main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--peer", help="the Python that has funasr")
    options.add_argument("--minutes", type=float, default=0.0, help="length of the long recording")
    arguments = options.parse_args()
    peer, clips = arguments.peer, _clips()
    print(_hardware())
    with tempfile.TemporaryDirectory() as folder:
        snapshot = _checkpoint(Path(folder) / "hub")
        (Path(folder) / engine.ARTIFACT).symlink_to(snapshot)
        kinds = ("torch",) if device.has_gpu() else ("int8", "fp32")
        engines = {kind: _load_engine(Path(folder), kind == "fp32") for kind in kinds}
        if arguments.minutes:
            for kind, sense in engines.items():
                _measure_long(kind, sense, arguments.minutes)
        if peer is None:
            _measure(engines, clips, None)
            return
        with _start_peer(peer, snapshot, clips) as process:
            _measure(engines, clips, process)


if __name__ == "__main__":
    _main()
