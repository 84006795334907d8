"""A tiny random one of each full-tier kind that talks: ear, mind and voice. Knows no test.

Run as `python -m tests.checkpoints_minds FOLDER SCRIPT [ARGUMENT...]` it runs a script of this project with SenseVoice,
Qwen3 and CosyVoice 3 in the hub's cache at FOLDER, beside the lite tier; HF_HUB_CACHE must name FOLDER too, since the
hub's client reads it when it is imported.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from funaudio_core.engines.cosyvoice.config import CONFIGS
from funaudio_core.weights import store
from funaudio_core.weights.catalog import ARTIFACTS
from tests import checkpoints, checkpoints_cosyvoice, checkpoints_qwen


def run(folder: Path, script: str, arguments: Sequence[str] = ()) -> None:
    """Run a script in this process as if the tiny checkpoints were the published ones."""
    mind = checkpoints_qwen.write(folder)
    voice, CONFIGS[3] = checkpoints_cosyvoice.publish(folder, 3)
    ARTIFACTS.update({mind.name: mind, voice.name: voice})
    checkpoints_cosyvoice.leave_out_all_but({*store.default_artifacts(), "sensevoice-small", mind.name, voice.name})
    checkpoints.run(folder, script, arguments)


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
