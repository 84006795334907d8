"""The Instruct page: a text, told how to be spoken. Knows tasks, never engines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from funaudio_core import instructions, tasks
from funaudio_core.languages import LANGUAGES
from funaudio_core.types import NEUTRAL, Line
from tabs import common, speaking
from tabs.words import word

NAME = "instruct"
TEXT_ID = "fa-instruct-text"
FIRST_INSTRUCTION = "Speak slowly and very happily."
# Puts a tag where the cursor is and tells the page that the text has changed.
INSERT = """() => {
  const area = document.querySelector('#%s textarea');
  const [from, to] = [area.selectionStart, area.selectionEnd];
  area.setRangeText(%r, from, to, 'end');
  area.dispatchEvent(new Event('input', {bubbles: true}));
  area.focus();
}"""
