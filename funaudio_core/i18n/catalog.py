"""Translation of messages, and the preferred language of a request."""

from __future__ import annotations

import re

from funaudio_core.i18n import po_files
from funaudio_core.i18n.zh import MESSAGES_ZH
from funaudio_core.message import Message

# One item of an Accept-Language header: language and quality value.
_PREFERENCE = re.compile(r"\s*([A-Za-z*][\w-]*)\s*(?:;\s*q\s*=\s*([01](?:\.\d*)?))?\s*")


def preferred_language(header: str) -> str:
    """Return the first choice of an Accept-Language header as a language of the interface; "en" if it has none."""
    choices = [match for match in map(_PREFERENCE.fullmatch, header.split(",")) if match is not None]
    first = max(choices, key=lambda choice: float(choice[2] or 1), default=None)
    if first is None:
        return "en"
    codes = {code.lower(): code for code in po_files.language_codes()}
    tag = first[1].lower()
    return codes.get(tag) or codes.get(tag.split("-")[0], "en")


def translate(message: Message, language: str) -> str:
    """Return the message in a language of the interface; English if its catalogue lacks it."""
    if language == "en":
        return str(message)
    if language == "zh":
        template = MESSAGES_ZH.get(message.template, message.template)
    else:
        template = po_files.translate_template(message.template, language, message.values)
    if not message.values:
        return template
    return template.format(**{name: _translate_value(value, language) for name, value in message.values.items()})


def _translate_value(value: object, language: str) -> object:
    if isinstance(value, tuple):
        return ("、" if language == "zh" else ", ").join(str(_translate_value(item, language)) for item in value)
    return translate(value, language) if isinstance(value, Message) else value
