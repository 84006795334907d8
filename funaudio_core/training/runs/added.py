"""Adapters that visitors add from a file: kept as jobs, each an engine whose name only its visitor knows."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from funaudio_core.engines import loader
from funaudio_core.engines.adapted import links
from funaudio_core.engines.adapted.kinds import kind_of
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.runtime import jobs
from funaudio_core.runtime.jobs import Job
from funaudio_core.training.runs.stored_run import LIFETIME_SECONDS
from funaudio_core.weights import adapters
from funaudio_core.weights.adapters import CARD_FILE, TENSORS_FILE, AdapterCard

JOB_KIND = "adapter 1"  # version of the stored format
MAX_BYTES = 4 * 10**9  # of an adapter's tensors
_ENGINE = "engine"  # document
_BLOCK_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class AddedAdapter:
    """Adapter that a visitor added.

    Attributes:
        engine: Name of its engine.
        title: Name of the engine for people.
        base: Name of the engine of its base.
        card: Its card.
    """

    engine: str
    title: str
    base: str
    card: AdapterCard


def add_adapter(paths: Sequence[Path]) -> AddedAdapter:
    """Keep an adapter and make it an engine.

    Args:
        paths: The ZIP of the page, or both files of an adapter.

    Raises:
        BadInput: They are no adapter, or one for another base than that of this server.
        FunAudioError: The disk is full, or the jobs take up all that they may.
        Unsupported: This server doesn't offer the base.
        WeightsMissing: The adapter is damaged.
    """
    job = jobs.create({"kind": JOB_KIND}, 0, lifetime_seconds=LIFETIME_SECONDS)
    try:
        folder = job.file_path("adapter")
        folder.mkdir()
        _copy_files(paths, job, folder)
        card = adapters.load(folder).card
        kind = kind_of(card)
        kind.require_known_base(card)
        if not loader.is_offered(kind.base):
            raise Unsupported(
                "This trained model needs {engine}, which this server doesn't offer. Choose another model.",
                engine=kind.base.title,
            )
        name = links.publish(folder)
        job.save_document(_ENGINE, {"name": name})
    except BaseException:
        job.delete()
        raise
    return find_added(name)


def find_added(engine: str) -> AddedAdapter:
    """Return an adapter that was added, or trained, by the name of its engine.

    Raises:
        BadInput: It doesn't exist any more.
        Unsupported: This server doesn't offer the base.
    """
    folder = links.folder_of(engine)
    card = adapters.read_card(folder)
    base = kind_of(card).base
    return AddedAdapter(engine, links.find(engine, (base.name,)).title, base.name, card)


def delete_added(engine: str) -> None:
    """Delete an adapter that was added; do nothing if there is none of that name."""
    for job in _jobs_of((engine,)):
        links.remove(engine)
        job.delete()


def keep_added(engines: Collection[str]) -> None:
    """Start the lifetime of added adapters anew."""
    for job in _jobs_of(engines):
        job.touch()


def _jobs_of(engines: Collection[str]) -> Iterator[Job]:
    for job in jobs.find_all(JOB_KIND) if engines else ():
        try:
            if job.load_document(_ENGINE)["name"] in engines:
                yield job
        except BadInput:  # deleted meanwhile
            continue


def _copy_files(paths: Sequence[Path], job: Job, folder: Path) -> None:
    """Copy both files of an adapter, and no others."""
    try:
        for path in paths:
            if path.suffix.lower() == ".zip":
                _unpack(path, job, folder)
            elif path.name in (TENSORS_FILE, CARD_FILE):
                _write(folder / path.name, iter([path.read_bytes()]), job)
    except (FileNotFoundError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError):
        raise BadInput("The file can't be read. Choose the ZIP that this page or the command made.") from None
    missing = tuple(name for name in (CARD_FILE, TENSORS_FILE) if not (folder / name).is_file())
    if missing:
        raise BadInput("{files} is missing. Choose the ZIP of an adapter, or both of its files.", files=missing)


def _unpack(path: Path, job: Job, folder: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            name = PurePosixPath(entry.filename).name
            if name in (TENSORS_FILE, CARD_FILE):
                with archive.open(entry) as file:
                    _write(folder / name, iter(lambda: file.read(_BLOCK_BYTES), b""), job)


def _write(target: Path, blocks: Iterator[bytes], job: Job) -> None:
    """Write a file; raise BadInput if it is too large."""
    size = 0
    with target.open("wb") as file:
        for block in blocks:
            size += len(block)
            if size > MAX_BYTES:
                raise BadInput("The adapter is larger than {most:.0f} GB. Use a smaller one.", most=MAX_BYTES / 1e9)
            file.write(block)
            if size % (64 * _BLOCK_BYTES) < len(block):
                job.count_files()
    job.count_files()
