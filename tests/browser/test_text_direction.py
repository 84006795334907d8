"""Arabic and Hebrew text runs from right to left, in an interface that runs from left to right."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.browser.visitor import Visitor

TEXTS = {"ar": "مرحبا بالعالم.", "he": "שלום עולם."}


def side_of_ink(element: Any) -> str:
    """Return on which side of an element its text is drawn."""
    picture = np.asarray(Image.open(io.BytesIO(element.screenshot())).convert("L"), np.float32)
    ink = np.abs(picture - np.median(picture))[6:-6, 16:-16].sum(axis=0)  # without the border
    return "right" if ink[ink.size // 2 :].sum() > ink[: ink.size // 2].sum() else "left"


@pytest.mark.parametrize("language", TEXTS)
def test_boxes_show_text_in_its_direction(visitor: Visitor, language: str) -> None:
    panel = visitor.open_tab("Instruct")
    box = panel.locator("#fa-instruct-text textarea")
    box.fill("Hello world.")
    box.blur()
    assert side_of_ink(box) == "left"
    box.fill(TEXTS[language])
    box.blur()
    assert side_of_ink(box) == "right"
    line = panel.get_by_label("Instruction (English or Chinese)")
    line.fill(TEXTS[language])
    line.blur()
    assert side_of_ink(line) == "right"


@pytest.mark.parametrize("language", TEXTS)
def test_replies_show_text_in_its_direction(visitor: Visitor, language: str) -> None:
    panel = visitor.open_tab("Chat")
    panel.get_by_label("Or type").fill(f"{TEXTS[language]} {TEXTS[language]}")
    panel.get_by_label("Or type").press("Enter")
    message = panel.locator(".message.user p, .user .prose p, .user p").first
    message.wait_for()
    assert message.evaluate("(text) => getComputedStyle(text).unicodeBidi") == "plaintext"
