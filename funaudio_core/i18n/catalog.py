"""The words of the pages in English and Chinese, and phrases said to a visitor. Knows no component and no task.

What stands on a page from the beginning is a word, which the browser translates; what the server says while it works
is a phrase, which is translated here.
"""

from __future__ import annotations

import re

from funaudio_core.i18n.zh import MESSAGES_ZH
from funaudio_core.message import Message

# One choice of an Accept-Language header: the language, and how much it is wanted.
_PREFERENCE = re.compile(r"\s*([A-Za-z*][\w-]*)\s*(?:;\s*q\s*=\s*([01](?:\.\d*)?))?\s*")


def preferred_language(header: str) -> str:
    """The first choice of an Accept-Language header: "zh" for any Chinese, "en" for everything else."""
    choices = [match for match in map(_PREFERENCE.fullmatch, header.split(",")) if match is not None]
    first = max(choices, key=lambda choice: float(choice[2] or 1), default=None)
    return "zh" if first is not None and first[1].lower().split("-")[0] == "zh" else "en"


def translate(message: Message, language: str) -> str:
    """The phrase in "en" or "zh"; what the catalogue lacks stays English."""
    if language != "zh":
        return str(message)
    template = MESSAGES_ZH.get(message.template, message.template)
    if not message.values:
        return template
    return template.format(**{name: _translate_value(value) for name, value in message.values.items()})


def _translate_value(value: object) -> object:
    if isinstance(value, tuple):
        return "、".join(str(_translate_value(item)) for item in value)
    return translate(value, "zh") if isinstance(value, Message) else value
