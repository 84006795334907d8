"""A translation's transcript and emotions as HTML."""

from __future__ import annotations

from html import escape

from funaudio_core import languages
from funaudio_core.labels import EMOTIONS
from funaudio_core.pipelines.stages import Recognized
from funaudio_core.types import Emotion
from server.request import localize


def transcript_html(recognized: Recognized) -> str:
    """Return a transcript with its language and emotion."""
    label = EMOTIONS[recognized.emotion.label]
    return (
        f"{partial_html(f'{label.emoji} {recognized.text}')}"
        f"<small>{localize(languages.display_name(recognized.language))}</small>"
    )


def partial_html(text: str) -> str:
    """Return a transcript that is still growing."""
    return f'<p class="fa-transcript-line">{escape(text)}</p>'


def emotions_html(before: Emotion, after: Emotion | None) -> str:
    """Return the emotions of the original and of the translation side by side; None is not known yet."""
    cells = f"{_cell(localize('original'), before)}<td>→</td>{_cell(localize('translation'), after)}"
    return f'<table class="fa-check"><tr>{cells}</tr></table>'


def _cell(title: str, emotion: Emotion | None) -> str:
    if emotion is None:
        return f"<td>{title}<br>…</td>"
    label = EMOTIONS[emotion.label]
    name, basis = localize(label.en), localize(emotion.basis)
    return f"<td>{title}<br><b>{label.emoji} {name}</b> {emotion.confidence:.0%}<br><small>{basis}</small></td>"
