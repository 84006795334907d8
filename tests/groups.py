"""Division of the tests among the processes of pytest-xdist: tests that share an app stay together, long ones begin."""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# Tests of several files that use one server, by the start of their names; all others are grouped by file.
SHARED_SERVERS = {
    "tests/zerogpu/test_pages.py": "space",
    "tests/zerogpu/test_scheduler.py": "space",
    "tests/app/test_walk.py": "real_site",
    "tests/browser/test_smoke.py": "real_site",
    "tests/app/test_pages_cosyvoice.py": "cosyvoice_site",
    "tests/browser/test_full_tier.py::test_cosyvoice": "cosyvoice_site",
    "tests/app/test_pages_full_tier.py": "full_tier_site",
    "tests/browser/test_full_tier.py::test_language_model": "full_tier_site",
}
LONGEST_FIRST = ("real", "zerogpu", "browser", "slow")  # markers; the short groups at the end fill what time remains


class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Scheduler that gives a process one group at a time, in the order of collection."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # groups with few tests are not short: those in a browser take longest

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


def group(nodeid: str) -> str:
    """Return the group of a test."""
    shared = (name for start, name in SHARED_SERVERS.items() if nodeid.startswith(start))
    return next(shared, nodeid.split("::", maxsplit=1)[0])


def rank(item: pytest.Item) -> int:
    """Return the place of a test in the order in which tests run."""
    places = (place for place, name in enumerate(LONGEST_FIRST) if item.get_closest_marker(name) is not None)
    return next(places, len(LONGEST_FIRST))
