"""Stored listening tests: a folder for each, with the test, its takes and its votes."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from funaudio_core import audio, settings
from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.evaluation.listening_tests.model import ListeningTest, read_test, take_key
from funaudio_core.evaluation.listening_tests.votes import VoteLog
from funaudio_core.runtime import job_files
from funaudio_core.types import Audio

ID_BYTES = 8  # random, so that a test is found by its link alone
MAX_TESTS = 200  # of a server; one of 12 sentences and 4 systems, 5 s each, takes 12 MB
_ID = re.compile(rf"[0-9a-f]{{{2 * ID_BYTES}}}")
_TEST, _VOTES, _TAKES = "test.json", "votes.jsonl", "takes"
DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class StoredTest:
    """Stored listening test."""

    test: ListeningTest
    folder: Path

    @property
    def votes(self) -> VoteLog:
        """Return the votes."""
        return VoteLog(self.folder / _VOTES)

    def load_take(self, sentence: int, stimulus: str) -> Audio:
        """Return a take. Raise BadInput if the test was deleted."""
        path = self.folder / _TAKES / f"{take_key(sentence, stimulus)}.wav"
        if not path.exists():
            raise _gone()
        return audio.load(path)

    def delete(self) -> None:
        """Delete the test with its takes and votes."""
        shutil.rmtree(self.folder, ignore_errors=True)


def tests_folder() -> Path:
    """Return the folder of all tests."""
    values = settings.read()
    return values.listening_tests_dir or values.home / "listening_tests"


def store(test: ListeningTest, takes: Mapping[str, Audio]) -> StoredTest:
    """Store a test with its takes by take_key(); one that is stored already stays as it is.

    Raises:
        FunAudioError: The disk is full, or there are MAX_TESTS.
    """
    folder = tests_folder() / test.id
    if folder.exists():
        return find(test.id)
    require_room()
    unfinished = folder.with_name(f".{test.id}")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        with job_files.disk_errors():
            (unfinished / _TAKES).mkdir(mode=0o700, parents=True)
            for name, take in takes.items():
                audio.save_wav(take, unfinished / _TAKES / f"{name}.wav")
            content = json.dumps(test.to_dict(is_public=False), ensure_ascii=False, indent=1)
            (unfinished / _TEST).write_text(content, encoding="utf-8")
            unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return StoredTest(test, folder)


def find(id_: str) -> StoredTest:
    """Return the test with this id. Raise BadInput if it doesn't exist any more."""
    folder = tests_folder() / id_
    if not _ID.fullmatch(id_) or not (folder / _TEST).exists():
        raise _gone()
    return StoredTest(read_test(json.loads((folder / _TEST).read_text(encoding="utf-8"))), folder)


def find_all() -> list[StoredTest]:
    """Return all tests, for the process itself: a visitor finds a test by its id alone."""
    return [
        find(path.parent.name) for path in sorted(tests_folder().glob(f"*/{_TEST}")) if _ID.fullmatch(path.parent.name)
    ]


def require_room() -> None:
    """Raise FunAudioError if there are MAX_TESTS."""
    if sum(1 for _ in tests_folder().glob(f"*/{_TEST}")) >= MAX_TESTS:
        raise FunAudioError(
            "This server keeps {most} listening tests, and has no room for more. Try again later.", most=MAX_TESTS
        )


def delete_stale() -> int:
    """Delete the tests without a vote for FUNAUDIO_LISTENING_TEST_DAYS, and return how many; 0 days keep all."""
    days = settings.read().listening_test_days
    if not days:
        return 0
    deleted = 0
    for path in [*tests_folder().glob(f"*/{_TEST}")]:
        files = [path, path.with_name(_VOTES)]
        used = max(file.stat().st_mtime for file in files if file.exists())
        if _ID.fullmatch(path.parent.name) and time.time() - used > days * DAY_SECONDS:
            shutil.rmtree(path.parent, ignore_errors=True)
            deleted += not path.exists()
    return deleted


def _gone() -> BadInput:
    return BadInput("There is no such listening test. It may have expired; ask for a new link.")
