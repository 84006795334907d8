"""Scripts of the whole page for what Gradio's components can't do; each file of `scripts/` says what it does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from funaudio_core.audio.container import SUFFIXES
from tabs.components.strings import STRINGS

CLIP_CLASS = "fa-clip"  # of the clip inputs
KEPT_CLASS = "fa-kept"  # of inputs whose values survive a reload of the page; each needs an id
_SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.js"))
# Reasons why a microphone can't be used: the script's own, and names of the browser's errors.
_REASONS = {
    "insecure": "microphone.insecure",
    "NotAllowedError": "microphone.denied",
    "NotFoundError": "microphone.missing",
    "NotReadableError": "microphone.busy",
}


def head(pages: Sequence[str]) -> str:
    """Return the scripts as HTML for the head of the page. pages: Ids of the tabs of the app."""
    constants = {
        "SUFFIXES": SUFFIXES.split(","),
        "REASONS": {reason: STRINGS[key] for reason, key in _REASONS.items()},
        "PAGES": list(pages),
        "CLIP_CLASS": CLIP_CLASS,
        "KEPT_CLASS": KEPT_CLASS,
    }
    lines = [f"const {name} = {json.dumps(value)};" for name, value in constants.items()]
    lines += [path.read_text(encoding="utf-8") for path in _SCRIPTS]
    return "<script>{\n" + "\n".join(lines) + "}</script>"


def keep(page: str, name: str) -> dict[str, Any]:
    """Return the options of a text box or a language picker whose value survives a reload, outside of accordions.

    Gradio adds what an accordion holds when it is opened; until then a kept value would have no effect.

    Args:
        page: Name of the page.
        name: Name of the input, unique on the page.
    """
    return {"elem_id": f"fa-{page}-{name}".replace("_", "-"), "elem_classes": KEPT_CLASS}
