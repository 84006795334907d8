"""Runs SenseVoiceSmall in FunASR, as its README does, for bench.sensevoice. Needs funasr and nothing of ours.

Arguments: folder of the checkpoint, NPZ file of clips, threads. Then one line per request on standard input, names of
clips; one line of JSON each in return: seconds by the clock, seconds of processor time, texts.
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
    with redirect_stdout(sys.stderr), np.load(clips) as held:
        sounds = {name: held[name] for name in held.files}
        model: Any = AutoModel(model=folder, device="cpu", disable_update=True, disable_pbar=True)
    print("ready", flush=True)
    for line in sys.stdin:
        names = line.split()
        wall, cpu = time.perf_counter(), time.process_time()
        with redirect_stdout(sys.stderr):
            asked = {"language": "auto", "use_itn": True, "batch_size": 1}  # 16 at once took 53 times as long
            found = model.generate(input=[sounds[name] for name in names], **asked)
        spent = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        print(json.dumps({**spent, "texts": [row["text"] for row in found]}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
