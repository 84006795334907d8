"""A listening test with votes, without sound."""

from __future__ import annotations

from tests.unit.narration.conftest import fake_engines, home

__all__ = ["fake_engines", "home"]
