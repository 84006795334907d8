"""SmolLM2-135M-Instruct, the chatbot of the lite tier."""

from funaudio_core.engines.smollm.engine import SPEC

__all__ = ["SPEC"]
