"""SenseVoiceSmall in FunASR, run as in its README, for bench.recognition.sensevoice.

Imports funasr and no module of this project.

Arguments: folder of the checkpoint, NPZ file of clips, threads. Then one line per request on standard input, names of
clips; one line of JSON each in return: wall seconds, CPU seconds, texts.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import redirect_stdout
from typing import Any

import numpy as np


def main(folder: str, clips: str, threads: str) -> None:
    """Answer requests until standard input ends."""
    import torch
    from funasr import AutoModel

    torch.set_num_threads(int(threads))
    with redirect_stdout(sys.stderr), np.load(clips) as archive:
        samples = {name: archive[name] for name in archive.files}
        model: Any = AutoModel(model=folder, device="cpu", disable_update=True, disable_pbar=True)
    print("ready", flush=True)
    for line in sys.stdin:
        names = line.split()
        wall, cpu = time.perf_counter(), time.process_time()
        with redirect_stdout(sys.stderr):
            options = {"language": "auto", "use_itn": True, "batch_size": 1}  # 16 at once took 53 times as long
            results = model.generate(input=[samples[name] for name in names], **options)
        times = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        print(json.dumps({**times, "texts": [row["text"] for row in results]}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
