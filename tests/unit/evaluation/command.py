"""The command with scripted engines: `python -m tests.unit.evaluation.command run examples`. Tests kill it."""

from __future__ import annotations

import sys

from funaudio_core import evaluate
from tests import fakes

if __name__ == "__main__":
    fakes.install()
    sys.exit(evaluate.main(sys.argv[1:]))
