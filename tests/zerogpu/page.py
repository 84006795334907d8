"""The whole app in an emulated ZeroGPU Space, with tiny checkpoints of the full tier.

`python -m tests.zerogpu.page FOLDER`; SPACES_ZERO_DEVICE_API_URL is the address of the scheduler.
"""

from __future__ import annotations

from tests.zerogpu import visit

if __name__ == "__main__":
    visit.write_checkpoints()
    import app

    app.main()
