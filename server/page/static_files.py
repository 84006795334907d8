"""Files of a folder, served by the app's own routes."""

from __future__ import annotations

import posixpath

from starlette.staticfiles import StaticFiles
from starlette.types import Scope


class FolderFiles(StaticFiles):
    """Files of a folder below a Mount, also behind a proxy that removes the prefix of `root_path` from paths.

    Starlette finds the rest only of a path that starts with `root_path`; it would look for the whole path otherwise.
    """

    def get_path(self, scope: Scope) -> str:
        """Return the path below the folder (overrides StaticFiles)."""
        root = scope.get("app_root_path", "")
        path: str = scope["path"].removeprefix(root).removeprefix(scope["root_path"].removeprefix(root))
        return posixpath.normpath(path.lstrip("/"))
