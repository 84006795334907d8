"""Process that narrates with scripted engines until nothing is left: `python -m tests.unit.narration.narrate ID`.

It prints a line at the start, and makes a part for each line that it reads. Tests kill it.
"""

from __future__ import annotations

import sys

from funaudio_core.narration import states
from funaudio_core.runtime.background import BackgroundWorker
from funaudio_core.runtime.queue import FairQueue
from funaudio_core.tasks import narration
from tests import fakes


def main(id_: str) -> int:
    """Run the background until the narration is finished."""
    fakes.install()
    queue = FairQueue(1, 10, 4)
    worker = BackgroundWorker(
        narration._running_jobs, narration._make_next_part, lambda: queue.join_in_background("background")
    )
    print("began", flush=True)
    while sys.stdin.readline() and narration.open_narration(id_).state == states.RUNNING:
        worker.run_round()
        print(narration.open_narration(id_).status().parts_done, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
