"""Files that anybody may read: the example clips and the stored demonstrations."""

from __future__ import annotations

from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from funaudio_core.voices.examples import FOLDER

EXAMPLES_ROUTE = Mount("/examples", StaticFiles(directory=FOLDER))
