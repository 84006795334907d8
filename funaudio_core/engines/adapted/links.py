"""Names of engines with an adapter: random ones that only their owners know, and those of a folder for everybody."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Collection
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from funaudio_core import settings
from funaudio_core.engines import loader
from funaudio_core.engines.adapted.kinds import PREFIXES, kind_of
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput, Unsupported, WeightsMissing
from funaudio_core.weights import adapters

ID_BYTES = 16  # random, so that an id can't be guessed
_ID = re.compile(rf"[0-9a-f]{{{2 * ID_BYTES}}}")
_SHARED_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")  # of a folder of the owner's
_specs: dict[str, EngineSpec[Any]] = {}  # by name; kept, since the loader knows an engine by its `load`
_guard = Lock()
log = logging.getLogger(__name__)


def publish(folder: Path, name: str = "") -> str:
    """Make an adapter an engine that can be used by its name, and return the name.

    The adapter stays where it is: when its folder is deleted, the engine is gone.

    Args:
        folder: Folder of the adapter.
        name: Name of an earlier call, to be used again; "" for a new one.

    Raises:
        Unsupported: No engine can use it.
        WeightsMissing: The adapter is damaged.
    """
    kind = kind_of(adapters.read_card(folder))
    links = _links_dir()
    links.mkdir(parents=True, exist_ok=True)
    for link in links.iterdir():
        if not link.exists():  # its adapter was deleted
            link.unlink(missing_ok=True)
    made = name or kind.prefix + secrets.token_hex(ID_BYTES)
    with suppress(FileExistsError):
        (links / _id(made)).symlink_to(folder.absolute(), target_is_directory=True)
    return made


def remove(name: str) -> None:
    """Forget an engine of publish() and free its memory; the adapter's folder stays."""
    if _ID.fullmatch(_id(name)):
        (_links_dir() / _id(name)).unlink(missing_ok=True)
    _forget(name)


def is_adapted(name: str) -> bool:
    """Return whether a name is that of an engine with an adapter."""
    return name.startswith(PREFIXES)


def public_title(spec: EngineSpec[Any]) -> str:
    """Return the title of an engine as everybody may see it: that of a visitor's adapter may hold names."""
    if is_adapted(spec.name) and _ID.fullmatch(_id(spec.name)):
        return "Trained by a visitor"
    return spec.title


def folder_of(name: str) -> Path:
    """Return the folder of the adapter of publish(). Raise BadInput if there is none any more."""
    folder = _links_dir() / _id(name)
    if not _ID.fullmatch(_id(name)) or not (folder / adapters.CARD_FILE).is_file():
        _forget(name)
        raise BadInput("This trained model doesn't exist any more. Choose another one, or train it again.")
    return folder


def find(name: str, bases: Collection[str]) -> EngineSpec[Any]:
    """Return the engine of that name, which no list of engines shows.

    Args:
        name: Its name.
        bases: Names of the engines of which it may have one for its base.

    Raises:
        BadInput: It doesn't exist, or not any more, or its base is none of them.
        Unsupported: This server doesn't offer its base.
    """
    folder = folder_of(name)
    kind = kind_of(adapters.read_card(folder))
    if kind.base.name not in bases or not name.startswith(kind.prefix):
        raise BadInput("{name} can't be used here. Choose another model.", name=name)
    if not loader.is_offered(kind.base):
        raise Unsupported(
            "This trained model needs {engine}, which this server doesn't offer. Choose another model.",
            engine=kind.base.title,
        )
    return _spec(name, folder)


def shared(*bases: EngineSpec[Any]) -> tuple[EngineSpec[Any], ...]:
    """Return the engines with one of these bases in FUNAUDIO_ADAPTERS_DIR, which are offered to everybody.

    Raises:
        BadInput: The folder doesn't exist.
    """
    names = {base.name for base in bases}
    found = [(name, folder) for name, folder, base in _shared(settings.read().adapters_dir) if base in names]
    return tuple(_spec(name, folder) for name, folder in found)


@cache
def _shared(root: Path | None) -> list[tuple[str, Path, str]]:
    """Return name, folder and name of the base of the owner's adapters; damaged ones are logged."""
    if root is None:
        return []
    if not root.is_dir():
        raise BadInput("FUNAUDIO_ADAPTERS_DIR is {path}, which is no folder. Create it or unset it.", path=str(root))
    found = []
    for folder in sorted(root.iterdir()):
        if not _SHARED_NAME.fullmatch(folder.name) or not folder.is_dir():
            continue
        try:
            kind = kind_of(adapters.read_card(folder))
            found.append((kind.prefix + folder.name, folder, kind.base.name))
        except (WeightsMissing, Unsupported) as error:
            log.warning("%s", error)
    return found


def _spec(name: str, folder: Path) -> EngineSpec[Any]:
    """Return the specification of an adapter's engine, the same object at each call."""
    with _guard:
        if name not in _specs:
            card = adapters.read_card(folder)
            _specs[name] = kind_of(card).make_spec(name, folder, card)
        return _specs[name]


def _forget(name: str) -> None:
    with _guard:
        spec = _specs.pop(name, None)
    if spec is not None:
        loader.unload(spec)


def _id(name: str) -> str:
    prefix = next((each for each in PREFIXES if name.startswith(each)), "")
    return name.removeprefix(prefix)


def _links_dir() -> Path:
    """Return the folder with a link to each adapter that is known by its id."""
    return settings.read().home / "adapters"
