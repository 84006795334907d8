"""Speed of SenseVoiceSmall against FunASR: one clip, 16 of mixed lengths, a long recording; random weights, full size.

The peer has its own Python, because its packages and ours exclude each other; without it only our figures are printed:

    python -m venv PEER && PEER/bin/pip install funasr==1.4.16 torch==2.11.0 torchaudio==2.11.0
    python -m bench.sensevoice --peer PEER/bin/python

`--minutes 60` adds a recording of an hour with pauses, searched for speech and read in batches, without the peer. On a
GPU the engine is measured there, beside the peer on the CPU. Both read the same files, in two processes that take
turns; FunASR reads clip by clip, which is its fastest here.
Writing the weights and exporting the graphs takes some minutes first. Random weights all but tie in many rows, so
texts differ more than they would after training.
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
from tests import checkpoints

THREADS = 2
RATE = 16_000  # Hz
ALONE = 10.0  # seconds
MIXED = (2.1, 3.4, 4.2, 5.0, 5.7, 6.3, 6.9, 7.6, 8.2, 9.1, 9.9, 10.8, 12.0, 13.5, 15.2, 18.0)  # seconds
REPEATS = 5
PAUSE = 1.5  # seconds between two clips of the long recording
PIECES = 25_055


@dataclass(frozen=True)
class Spent:
    """One run. wall, cpu: seconds. texts: what was heard."""

    wall: float
    cpu: float
    texts: list[str]


def _clips() -> dict[str, Audio]:
    """Spoken examples one after the other, cut to length."""
    sounds = [audio.resample(audio.load(row.path), RATE) for row in EXAMPLES]
    long = audio.concat(list(islice(cycle(sounds), 60)), 0.2)
    edges = np.cumsum((0.0, *MIXED))
    return {"alone": long.slice(0, ALONE)} | {f"mixed{i}": long.slice(*cut) for i, cut in enumerate(pairwise(edges))}


def _vocabulary() -> bytes:
    """As many pieces as the published one has: the tags, and one character each."""
    chars = [chr(code) for code in [*range(0x4E00, 0x9FA6), *range(0xAC00, 0xD7A4)]]
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter("".join(chars[start : start + 500]) for start in range(0, len(chars), 500)),
        model_writer=written,
        model_type="char",
        vocab_size=PIECES,
        character_coverage=1.0,
        user_defined_symbols=[f"<|{tag}|>" for tag in checkpoints.TAGS],
        minloglevel=2,
    )
    return written.getvalue()


def _checkpoint(folder: Path) -> Path:
    """Random weights in the published sizes and layout, told to the table of artifacts; the folder that holds them."""
    config = checkpoints.sensevoice_config(50, 20, 512, 4, 2048)
    config["frontend_conf"]["dither"] = 0.0  # the peer adds noise to the sound unless it is told not to
    row = checkpoints.sensevoice(folder, config, _vocabulary())
    catalog.ARTIFACTS[engine.ARTIFACT] = row
    snapshot = next(folder.rglob("model.pt")).parent
    paths = {"tokenizer_conf": {"bpemodel": row.files[3].name}, "frontend_conf": {"cmvn_file": "am.mvn"}}
    (snapshot / "configuration.json").write_text(
        json.dumps({"file_path_metas": {"init_param": "model.pt", "config": "config.yaml", **paths}})
    )
    return snapshot


def _ours(folder: Path, exact: bool) -> SenseVoice:
    os.environ.update(FUNAUDIO_THREADS=str(THREADS), FUNAUDIO_FP32=str(int(exact)), HF_HUB_OFFLINE="1")
    os.environ.update(FUNAUDIO_WEIGHTS_DIR=str(folder), FUNAUDIO_HOME=str(folder / "home"))
    settings.read.cache_clear()
    return SPEC.load()


def _run(sense: SenseVoice, clips: list[Audio]) -> Spent:
    wall, cpu = time.perf_counter(), time.process_time()
    texts = sense.transcribe_utterances(clips, RecognitionOptions())
    return Spent(time.perf_counter() - wall, time.process_time() - cpu, texts)


@contextmanager
def _peer(python: str, snapshot: Path, clips: dict[str, Audio]) -> Iterator[subprocess.Popen[str]]:
    sounds = snapshot / "clips.npz"
    samples: dict[str, Any] = {name: clip.samples for name, clip in clips.items()}
    np.savez(sounds, **samples)
    script = Path(__file__).with_name("_funasr_peer.py")
    command = [python, str(script), str(snapshot), str(sounds), str(THREADS)]
    with subprocess.Popen(command, stdin=-1, stdout=-1, stderr=subprocess.DEVNULL, text=True) as process:
        if _piped(process.stdout).readline() != "ready\n":
            raise SystemExit(f"{python} can't run FunASR: try `{' '.join(command)}`.")
        try:
            yield process
        finally:
            process.kill()


def _ask(peer: subprocess.Popen[str], names: list[str]) -> Spent:
    _piped(peer.stdin).write(" ".join(names) + "\n")
    _piped(peer.stdin).flush()
    answer = json.loads(_piped(peer.stdout).readline())
    return Spent(answer["wall"], answer["cpu"], [re.sub(r"<\|[^|]*\|>", "", text).strip() for text in answer["texts"]])


def _piped(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


def _show(title: str, seconds: float, runs: list[Spent], rival: list[Spent]) -> None:
    wall, cpu = (statistics.median(getattr(run, part) for run in runs) for part in ("wall", "cpu"))
    print(f"  {title:<6} {wall:6.2f} s, {cpu:6.2f} CPU-s, real-time factor {wall / seconds:.3f}", flush=True)
    if not rival:
        return
    pairs = list(zip(runs, rival, strict=True))
    by_clock, of_processor = (
        statistics.median(getattr(theirs, part) / getattr(ours, part) for ours, theirs in pairs)
        for part in ("wall", "cpu")
    )
    texts = zip(rival[0].texts, runs[0].texts, strict=True)
    differ = statistics.mean(error_rate.error_rate(theirs, ours, "zh") for theirs, ours in texts)
    print(f"         FunASR takes x {by_clock:.2f} by the clock, x {of_processor:.2f} of the processor", flush=True)
    print(f"         characters that differ from FunASR's: {differ:.1%}", flush=True)


def _hardware() -> str:
    """What the engine runs on."""
    if device.has_gpu():
        import torch

        return str(torch.cuda.get_device_name())
    facts = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*:\s*(.+)", facts.read_text()) if facts.exists() else None
    return f"{model[1] if model else platform.processor()}, {THREADS} threads"


def _measure_long(kind: str, sense: SenseVoice, minutes: float) -> None:
    """Print the cost of one long recording."""
    import psutil

    sounds = [audio.resample(audio.load(row.path), RATE) for row in EXAMPLES]
    count = round(minutes * 60 / (sum(sound.duration + PAUSE for sound in sounds) / len(sounds)))
    clip = audio.concat(list(islice(cycle(sounds), count)), PAUSE)
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
    for title, names in (("one clip", ["alone"]), ("16 mixed", [f"mixed{i}" for i in range(len(MIXED))])):
        sounds = [clips[name] for name in names]
        seconds = sum(clip.duration for clip in sounds)
        rounds: dict[str, list[Spent]] = {kind: [] for kind in (*engines, "peer")}
        for turn in range(REPEATS + 1):
            found = {kind: _run(sense, sounds) for kind, sense in engines.items()}
            if peer is not None:
                found["peer"] = _ask(peer, names)
            if turn:  # the first one warms up
                for kind, spent in found.items():
                    rounds[kind].append(spent)
        print(f"{title}, {seconds:.0f} s of sound, {THREADS} threads, median of {REPEATS}:")
        for kind in engines:
            _show(kind, seconds, rounds[kind], rounds["peer"])


def _main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--peer", help="the Python that has funasr")
    options.add_argument("--minutes", type=float, default=0.0, help="length of the long recording")
    given = options.parse_args()
    peer, clips = given.peer, _clips()
    print(_hardware())
    with tempfile.TemporaryDirectory() as folder:
        snapshot = _checkpoint(Path(folder) / "hub")
        (Path(folder) / engine.ARTIFACT).symlink_to(snapshot)
        kinds = ("torch",) if device.has_gpu() else ("int8", "fp32")
        engines = {kind: _ours(Path(folder), kind == "fp32") for kind in kinds}
        if given.minutes:
            for kind, sense in engines.items():
                _measure_long(kind, sense, given.minutes)
        if peer is None:
            _measure(engines, clips, None)
            return
        with _peer(peer, snapshot, clips) as process:
            _measure(engines, clips, process)


if __name__ == "__main__":
    _main()
