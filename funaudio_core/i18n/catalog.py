"""Translation of messages, and the preferred language of a request."""

from __future__ import annotations

import re

from funaudio_core.i18n.zh import MESSAGES_ZH
from funaudio_core.message import Message

# One item of an Accept-Language header: language and quality value.
_PREFERENCE = re.compile(r"\s*([A-Za-z*][\w-]*)\s*(?:;\s*q\s*=\s*([01](?:\.\d*)?))?\s*")


def preferred_language(header: str) -> str:
    """Return the first choice of an Accept-Language header: "zh" for any Chinese, else "en"."""
    choices = [match for match in map(_PREFERENCE.fullmatch, header.split(",")) if match is not None]
    first = max(choices, key=lambda choice: float(choice[2] or 1), default=None)
    return "zh" if first is not None and first[1].lower().split("-")[0] == "zh" else "en"


def translate(message: Message, language: str) -> str:
    """Return the message in "en" or "zh"; English if the catalogue lacks it."""
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
