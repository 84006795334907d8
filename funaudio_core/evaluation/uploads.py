"""Data sets from files that a visitor uploads: a ZIP, or a list with its recordings."""

from __future__ import annotations

import os
import shutil
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from funaudio_core.books.readers.archive import MAX_DIRECTORY_BYTES, directory_bytes
from funaudio_core.errors import BadInput
from funaudio_core.evaluation.items import DataSet
from funaudio_core.evaluation.manifests import SOUND_SUFFIXES, TEXT_SUFFIXES, read_data_set

MAX_FILES = 1_000
MAX_UNPACKED_BYTES = 1_000 * 2**20
LIST_SUFFIXES = (".jsonl", ".csv", ".tsv", ".lst")
_BLOCK_BYTES = 2**18


def read_uploads(paths: Sequence[Path], folder: Path, language: str = "") -> DataSet:
    """Read uploaded files as a data set.

    Args:
        paths: A ZIP; or one list and the recordings it names; or recordings, each with a transcript of the same name.
        folder: Empty folder that the files are put into, which must live as long as the data set.
        language: Language of entries without one; "" to detect it.

    Raises:
        BadInput: They are no data set, or too much; the message names the remedy.
    """
    if not paths:
        raise BadInput("No files yet. Upload a ZIP, or a list together with its recordings.")
    archives = [path for path in paths if path.suffix.lower() == ".zip"]
    if archives and len(paths) > 1:
        raise BadInput("Upload one ZIP alone, or files without a ZIP.")
    if archives:
        _unpack(archives[0], folder)
    else:
        _link(paths, folder)
    return read_data_set(_find_list(folder), language, is_confined=True)


def _find_list(folder: Path) -> Path:
    """Return the list of a data set, or its folder if it has none."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in LIST_SUFFIXES and path.is_file())
    scripts = sorted(folder.rglob("wav.scp"))
    if len(found) + len(scripts) > 1:
        names = tuple(path.name for path in (*found, *scripts)[:5])
        raise BadInput("There are several lists: {names}. Upload one at a time.", names=names)
    return found[0] if found else scripts[0].parent if scripts else folder


def _link(paths: Sequence[Path], folder: Path) -> None:
    """Put files into the folder, without copying them where the file system allows."""
    if len(paths) > MAX_FILES:
        raise BadInput("There are {count:,} files; the limit is {most:,}.", count=len(paths), most=MAX_FILES)
    for path in paths:
        target = folder / path.name
        if target.exists():
            raise BadInput("Two files are called {name!r}. Rename one of them.", name=path.name)
        try:
            os.link(path, target)
        except OSError:
            shutil.copyfile(path, target)


def _unpack(path: Path, folder: Path) -> None:
    """Unpack the recordings and lists of an archive.

    Names that lead out of the folder, links, and other kinds of files are left out.
    """
    if (size := directory_bytes(path)) > MAX_DIRECTORY_BYTES:  # zipfile reads the list of entries as a whole
        raise BadInput(
            "The list of files in the ZIP has {size:,} MB; the limit is {most} MB. Divide it.",
            size=size >> 20,
            most=MAX_DIRECTORY_BYTES >> 20,
        )
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if _is_wanted(entry)]
            if len(entries) > MAX_FILES:
                raise BadInput("There are {count:,} files; the limit is {most:,}.", count=len(entries), most=MAX_FILES)
            if any(entry.flag_bits & 1 for entry in entries):
                raise BadInput("The archive has a password. Unpack it and pack it again without one.")
            rest = MAX_UNPACKED_BYTES
            for entry in entries:
                rest -= _unpack_entry(archive, entry, folder, rest)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise BadInput("The ZIP is damaged and can't be unpacked. Pack it again.") from error


def _is_wanted(entry: zipfile.ZipInfo) -> bool:
    """Return whether an entry is a recording, a transcript or a list, with a path inside the archive."""
    name = PurePosixPath(entry.filename.replace("\\", "/"))
    is_inside = not name.is_absolute() and ".." not in name.parts and name.parts[:1] != ("__MACOSX",)
    kinds = SOUND_SUFFIXES.union(TEXT_SUFFIXES, LIST_SUFFIXES, (".scp",))
    is_known = name.suffix.lower() in kinds or name.name in ("text", "utt2spk", "utt2lang", "segments")
    return is_inside and is_known and not entry.is_dir() and not name.name.startswith(".")


def _unpack_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, limit: int) -> int:
    """Unpack an entry, and return its bytes. Raise BadInput if there are more than `limit`."""
    target = folder / PurePosixPath(entry.filename.replace("\\", "/"))
    target.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with archive.open(entry) as source, target.open("xb") as out:
        while block := source.read(_BLOCK_BYTES):
            size += len(block)
            if size > limit:
                raise BadInput("The ZIP unpacks to more than {most} MB. Divide it.", most=MAX_UNPACKED_BYTES >> 20)
            out.write(block)
    return size
