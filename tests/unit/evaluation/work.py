"""Process that works on runs with scripted engines until none is left: `python -m tests.unit.evaluation.work`.

It prints a line when it begins. Tests kill it.
"""

from __future__ import annotations

import time

from funaudio_core.evaluation.runs.background import start_background
from funaudio_core.evaluation.runs.store import find_active
from funaudio_core.runtime.queue import FairQueue
from tests import fakes
from tests.unit.evaluation.budgets import Unlimited


def main() -> None:
    """Run the background until all runs are finished."""
    fakes.install()
    queue = FairQueue(1, 10, 4)
    worker = start_background(lambda: queue.join_in_background("background"), Unlimited())
    assert worker is not None
    print("began", flush=True)
    while find_active():
        time.sleep(0.01)
    worker.stop()


if __name__ == "__main__":
    main()
