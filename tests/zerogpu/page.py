"""The whole app as on a ZeroGPU Space, on tiny checkpoints of the full tier. Knows no test.

`python -m tests.zerogpu.page FOLDER`; SPACES_ZERO_DEVICE_API_URL names the scheduler.
"""

from __future__ import annotations

from tests.zerogpu import visit

if __name__ == "__main__":
    visit.write()
    import app

    app.main()
