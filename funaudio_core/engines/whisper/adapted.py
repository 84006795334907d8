"""Recognizers made of Whisper base and an adapter: those of visitors, known by an id, and those of the owner."""

from __future__ import annotations

import logging
import re
import secrets
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Lock

from funaudio_core import settings
from funaudio_core.engines import loader
from funaudio_core.engines.firered import FireRed
from funaudio_core.engines.protocols import Recognizer
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.engines.whisper import SPEC, Whisper
from funaudio_core.engines.whisper.window_decoder import MODEL_FILE, WindowDecoder
from funaudio_core.errors import BadInput, WeightsMissing
from funaudio_core.weights import adapters, store
from funaudio_core.weights.catalog import ARTIFACTS

BASE = "whisper-base"  # artifact
RECIPE = "words"  # of the adapters that are found here
NAME_PREFIX = "words-"
ID_BYTES = 16  # random, so that an id can't be guessed
_ID = re.compile(rf"[0-9a-f]{{{2 * ID_BYTES}}}")
_SHARED_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")  # of a folder of the owner's
_specs: dict[str, EngineSpec[Recognizer]] = {}  # by name; kept, since the loader knows an engine by its `load`
_guard = Lock()
log = logging.getLogger(__name__)


def base_sha256() -> dict[str, str]:
    """Return the SHA-256 of the base's model file, which the cards of adapters name."""
    return {file.name: file.sha256 for file in ARTIFACTS[BASE].files if file.name == MODEL_FILE}


def publish(folder: Path, name: str = "") -> str:
    """Make an adapter a recognizer that can be used by its name, and return the name.

    The adapter stays where it is: when its folder is deleted, the recognizer is gone.

    Args:
        folder: Folder of the adapter.
        name: Name of an earlier call, to be used again; "" for a new one.
    """
    links = _links_dir()
    links.mkdir(parents=True, exist_ok=True)
    for link in links.iterdir():
        if not link.exists():  # its adapter was deleted
            link.unlink(missing_ok=True)
    made = name or NAME_PREFIX + secrets.token_hex(ID_BYTES)
    with suppress(FileExistsError):
        (links / _id(made)).symlink_to(folder.absolute(), target_is_directory=True)
    return made


def remove(name: str) -> None:
    """Forget a recognizer of publish() and free its memory; the adapter's folder stays."""
    if _ID.fullmatch(_id(name)):
        (_links_dir() / _id(name)).unlink(missing_ok=True)
    _forget(name)


def is_adapted(name: str) -> bool:
    """Return whether a name is that of a recognizer with an adapter."""
    return name.startswith(NAME_PREFIX)


def find(name: str) -> EngineSpec[Recognizer]:
    """Return the recognizer of that name, which no list of recognizers shows.

    Raises:
        BadInput: It doesn't exist, or not any more.
    """
    folder = _links_dir() / _id(name)
    if not _ID.fullmatch(_id(name)) or not (folder / adapters.CARD_FILE).is_file():
        _forget(name)
        raise BadInput("This trained recognizer doesn't exist any more. Choose another model, or train it again.")
    return _spec(name, folder)


def shared_recognizers() -> tuple[EngineSpec[Recognizer], ...]:
    """Return the recognizers of FUNAUDIO_ADAPTERS_DIR, which are offered to everybody; damaged ones are logged."""
    root = settings.read().adapters_dir
    if root is None:
        return ()
    if not root.is_dir():
        raise BadInput("FUNAUDIO_ADAPTERS_DIR is {path}, which is no folder. Create it or unset it.", path=str(root))
    found = []
    for folder in sorted(root.iterdir()):
        try:
            if _SHARED_NAME.fullmatch(folder.name) and adapters.read_card(folder).recipe == RECIPE:
                found.append(_spec(NAME_PREFIX + folder.name, folder))
        except WeightsMissing as error:
            log.warning("%s", error)
    return tuple(found)


def _spec(name: str, folder: Path) -> EngineSpec[Recognizer]:
    """Return the specification of an adapter's recognizer, the same object at each call."""
    with _guard:
        if name not in _specs:
            card = adapters.read_card(folder)
            _specs[name] = replace(
                SPEC,
                name=name,
                title=card.name,
                source=f"{SPEC.title} with the adapter {card.name} of {card.date}",
                load=partial(load, folder),
                extra_bytes=_extra_bytes,  # it shares the base's file, but not its memory
                prepare=None,
            )
        return _specs[name]


def load(folder: Path) -> Whisper:
    """Load the base with an adapter.

    Raises:
        BadInput: The adapter was made for another model.
        WeightsMissing: The adapter is damaged.
    """
    adapter = adapters.load(folder)
    adapters.require_base(adapter.card, base_sha256())
    return Whisper(WindowDecoder(store.artifact_dir(BASE), settings.read().threads, adapter), FireRed())


def _extra_bytes() -> int:
    return ARTIFACTS[BASE].size


def _forget(name: str) -> None:
    with _guard:
        spec = _specs.pop(name, None)
    if spec is not None:
        loader.unload(spec)


def _id(name: str) -> str:
    return name.removeprefix(NAME_PREFIX)


def _links_dir() -> Path:
    """Return the folder with a link to each adapter that is known by its id."""
    return settings.read().home / "adapters"
