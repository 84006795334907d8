"""CosyVoice 2 and 3 share most code: the quick tests cover version 3 and a few of version 2, `make test-all` both."""

from __future__ import annotations

import pytest

SMOKE_OF_VERSION_2 = (
    "test_mels_are_the_references[full-61-False-2]",
    "test_lines_at_once_are_what_each_is_alone[2]",
    "test_the_network_is_one_graph[2]",
    "test_the_language_model_is_told_what_the_mode_needs[2]",
)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark other tests of version 2 as slow."""
    call = getattr(item, "callspec", None)
    if call and call.params.get("version") == 2 and item.name not in SMOKE_OF_VERSION_2:
        item.add_marker("slow")
