"""The whole app in an emulated ZeroGPU Space, with tiny checkpoints of the full tier.

`python -m tests.zerogpu.page FOLDER REPORT` runs the tasks of all pages and writes the results to the file REPORT as
JSON, then serves the app; SPACES_ZERO_DEVICE_API_URL is the address of the scheduler.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.zerogpu import visit

if __name__ == "__main__":
    visit.write_checkpoints()
    Path(sys.argv[2]).write_text(json.dumps(visit.visit()))
    import app

    app.main()
