"""Tiny random recognizer, chatbot and synthesizer of the full tier.

`python -m tests.checkpoints.full_tier FOLDER SCRIPT [ARGUMENT...]` runs a script of this project with SenseVoice, Qwen3
and CosyVoice 3 in the hub cache at FOLDER, beside the lite tier; HF_HUB_CACHE must be FOLDER too, since the hub's
client reads it when it is imported.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from funaudio_core.engines.cosyvoice.config import CONFIGS
from funaudio_core.weights import store
from funaudio_core.weights.catalog import ARTIFACTS
from tests.checkpoints import cosyvoice as checkpoints_cosyvoice
from tests.checkpoints import qwen as checkpoints_qwen
from tests.checkpoints import sensevoice as checkpoints


def run(folder: Path, script: str, arguments: Sequence[str] = ()) -> None:
    """Run a script in this process as if the tiny checkpoints were the published ones."""
    chatbot = checkpoints_qwen.write(folder)
    synthesizer, CONFIGS[3] = checkpoints_cosyvoice.publish(folder, 3)
    ARTIFACTS.update({chatbot.name: chatbot, synthesizer.name: synthesizer})
    checkpoints_cosyvoice.remove_other_engines(
        {*store.default_artifacts(), "sensevoice-small", chatbot.name, synthesizer.name}
    )
    checkpoints.run(folder, script, arguments)


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
