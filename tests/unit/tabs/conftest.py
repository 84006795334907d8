"""Fixtures of narrations, for the pages that have one made."""

from __future__ import annotations

from tests.unit.narration.conftest import fake_engines, home

__all__ = ["fake_engines", "home"]
