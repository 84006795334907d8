"""SmolLM2 chat, lite tier."""

from funaudio_core.engines.smollm.engine import SPEC

__all__ = ["SPEC"]
