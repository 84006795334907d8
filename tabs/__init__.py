"""The pages, in the order they stand on the screen."""

from __future__ import annotations

from tabs import recognize, zero_shot

TABS = (recognize, zero_shot)
