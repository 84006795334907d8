"""Checks of a text before it is spoken: its language, words and tags."""

from __future__ import annotations

import re
from typing import Any

from funaudio_core import languages, settings, text
from funaudio_core.engines.cosyvoice import control_tokens
from funaudio_core.engines.cosyvoice.config import Version
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import Unsupported
from funaudio_core.types import SpeechRequest

EVENTS = ("breath", "quick_breath", "laughter", "cough", "sigh", "clucking", "hissing", "lipsmack")
SPANS = ("strong", "laughter")  # tags around words: emphasis, laughing speech
_UNSUPPORTED_TAGS = re.compile(r"\[/?(?:pause|whisper)\]", re.IGNORECASE)  # of the lite tier; read aloud here


def check_text(request: SpeechRequest, spec: EngineSpec[Any], version: Version) -> str:
    """Return the cleaned text of a request; raise the errors of CosyVoice.stream() about its language and text."""
    languages.require_language(request.language, spec.languages, spec.title)
    cleaned = text.require_speakable(request.text, settings.read().max_characters)
    require_tags(cleaned, spec.title)
    control_tokens.require_words(cleaned, version)
    return cleaned


def require_tags(written: str, title: str) -> None:
    """Raise Unsupported if a text has a tag that CosyVoice would read aloud. title: Of the engine."""
    tag = _UNSUPPORTED_TAGS.search(written)
    if tag is not None:
        raise Unsupported(
            "{engine} doesn't support {tag}. Remove it, or use one of {tags}.",
            engine=title,
            tag=tag.group(),
            tags=tuple(f"[{event}]" for event in EVENTS),
        )
