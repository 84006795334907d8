"""Result of a run: measures before and after, each name and term, and the held-out clips with both transcripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from funaudio_core.evaluation.alignment import Kind, Step, align
from funaudio_core.languages import is_spaced
from funaudio_core.message import Message
from funaudio_core.training.words.model import HeldOutText, Measures, TermResult, WordsResult
from server.request import localize
from tabs.components.drawings.alignment import steps_html
from tabs.train.clip_table import play_html
from tabs.train.progress_view import percent, scrolling_table


def result_html(result: WordsResult, language: str, sound_of: Callable[[HeldOutText], str]) -> str:
    """Return the whole result.

    Args:
        result: The result.
        language: Code of the language of the sentences.
        sound_of: Returns the address of the sound of a held-out clip.
    """
    return (
        measures_html(result.before, result.after)
        + terms_html(result.terms)
        + texts_html(result.texts, language, sound_of)
    )


def measures_html(before: Measures, after: Measures) -> str:
    """Return the measures before and after."""
    rows = (
        (localize("Names and terms right"), before.names_right, after.names_right),
        (localize("Errors in sentences with them"), before.error_rate, after.error_rate),
        (localize("Errors in other sentences"), before.general_error_rate, after.general_error_rate),
    )
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{percent(first)}</td><td>{percent(then)}</td></tr>'
        for name, first, then in rows
    )
    titles = (localize("On clips that were not trained on"), localize("before"), localize("after"))
    return scrolling_table(localize("Measures"), titles, body)


def terms_html(terms: Sequence[TermResult]) -> str:
    """Return a row for each name and term with a verdict."""
    body = "".join(
        f'<tr><th scope="row">{escape(each.term)}</th><td>{each.before} / {each.spoken}</td>'
        f"<td>{each.after} / {each.spoken}</td><td>{escape(localize(verdict(each)))}</td></tr>"
        for each in terms
    )
    titles = (localize("Name or term"), localize("right before"), localize("right after"), localize("Verdict"))
    return scrolling_table(localize("Names and terms"), titles, body)


def verdict(term: TermResult) -> Message:
    """Return the verdict on a name or term."""
    if term.after < term.before:
        return Message("✗ worse than before")
    if term.after == term.spoken:
        return Message("✓ known before") if term.before == term.spoken else Message("✓ learned")
    return Message("◐ learned in part") if term.after > term.before else Message("✗ not learned")


def texts_html(texts: Sequence[HeldOutText], language: str, sound_of: Callable[[HeldOutText], str]) -> str:
    """Return the held-out clips with both transcripts, errors in colors."""
    before, after = localize("Recognized before"), localize("Recognized after")
    body = "".join(
        f"<tr><td>{play_html(sound_of(each), each.reference)}</td><td>{escape(each.reference)}</td>"
        f'<td data-label="{escape(before)}">{transcript_html(each.reference, each.before, language)}</td>'
        f'<td data-label="{escape(after)}">{transcript_html(each.reference, each.after, language)}</td></tr>'
        for each in texts
    )
    titles = ("", localize("Said"), before, after)
    return scrolling_table(localize("Held-out clips"), titles, body, "fa-clips")


def transcript_html(reference: str, heard: str, language: str) -> str:
    """Return a transcript aligned with its reference; case and punctuation don't count as errors."""
    separator = " " if is_spaced(language) else ""
    said, recognized = _words(reference, language), _words(heard, language)
    steps = align([key for key, _ in said], [key for key, _ in recognized])
    if all(step.kind is Kind.EQUAL for step in steps):
        return f"✓ {escape(heard)}"
    written = (iter([word for _, word in said]), iter([word for _, word in recognized]))
    shown = [
        Step(step.kind, next(written[0]) if step.reference else "", next(written[1]) if step.hypothesis else "")
        for step in steps
    ]
    return steps_html(shown, separator)


def _words(text: str, language: str) -> list[tuple[str, str]]:
    """Return (word to compare, word as written) pairs; characters in languages without spaces."""
    words = text.split() if is_spaced(language) else [char for char in text if not char.isspace()]
    pairs = [("".join(filter(str.isalnum, word.casefold())), word) for word in words]
    return [(key, word) for key, word in pairs if key]
