"""Computing time of owners in tests."""

from __future__ import annotations

from collections import defaultdict


class Unlimited:
    """Budget that never ends, and keeps what was charged."""

    def __init__(self) -> None:
        self.used: dict[str, float] = defaultdict(float)

    def seconds_to_wait(self, owner: str) -> float:
        return 0.0

    def charge(self, owner: str, seconds: float) -> None:
        self.used[owner] += seconds


class UsedUp(Unlimited):
    """Budget of which some owners have nothing left."""

    def __init__(self, *owners: str) -> None:
        super().__init__()
        self.owners = owners

    def seconds_to_wait(self, owner: str) -> float:
        return 60.0 if owner in self.owners else 0.0
