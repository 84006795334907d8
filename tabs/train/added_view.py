"""HTML of an adapter's card, and of the comparison of an adapter with its base."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

from funaudio_core.audio import encode
from funaudio_core.evaluation.scoring import Score
from funaudio_core.message import Message
from funaudio_core.training.runs.comparison import ComparedItem, ComparedScores
from funaudio_core.types import Audio
from funaudio_core.weights.adapters import AdapterCard
from server.request import localize
from tabs.train.clip_table import play_html
from tabs.train.progress_view import percent, scrolling_table
from tabs.train.result_view import transcript_html

BEST_P = 0.05  # of a difference that isn't by chance


def card_html(card: AdapterCard) -> str:
    """Return what an adapter was made of and for."""
    rows = [(localize("Name"), card.name), (localize("Base"), card.base), (localize("Date"), card.date)]
    rows.append((localize("Data"), ", ".join(f"{name}: {value}" for name, value in card.data.items())))
    rows.append((localize("Consent"), card.consent or "–"))
    rows += [
        (localize("Held-out {measure}", measure=name), f"{value:.3f} → {card.after.get(name, value):.3f}")
        for name, value in card.before.items()
    ]
    body = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{escape(str(value))}</td></tr>' for name, value in rows)
    return scrolling_table(localize("Card of the adapter"), (localize("Adapter"), ""), body)


def compared_html(scores: ComparedScores, compared: Sequence[ComparedItem]) -> str:
    """Return the measures of base and adapter, and each item with both results."""
    rows = [
        (scores.base.measure, _rate(scores.base), _rate(scores.adapter)),
        (localize("Utterances with an error"), percent(scores.base.wrong_share), percent(scores.adapter.wrong_share)),
    ]
    if scores.base.similarity is not None and scores.adapter.similarity is not None:
        similarity = (f"{scores.base.similarity:.3f}", f"{scores.adapter.similarity:.3f}")
        rows.append((localize("Similarity of the voice"), *similarity))
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(base)}</td><td>{escape(adapter)}</td></tr>'
        for name, base, adapter in rows
    )
    titles = (localize("On {count} held-out items", count=len(compared)), localize("Base"), localize("Adapter"))
    table = scrolling_table(localize("Measures"), titles, body)
    return f"{table}<p>{escape(localize(_verdict(scores)))}</p>{_items_html(compared)}"


def answers_html(rows: Sequence[tuple[str, str, str]]) -> str:
    """Return questions with the answers of base and adapter."""
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    titles = (localize("Question"), localize("Base"), localize("Adapter"))
    return scrolling_table(localize("Answers"), titles, body, "fa-clips")


def _rate(score: Score) -> str:
    if score.rate is None:
        return "–"
    if score.interval is None:
        return percent(score.rate)
    return f"{percent(score.rate)} [{percent(score.interval.low)}, {percent(score.interval.high)}]"


def _verdict(scores: ComparedScores) -> Message:
    """Return what the difference of the error rates means."""
    difference = scores.difference
    if difference is None:
        return Message("One item is too few to tell a difference from chance.")
    points = Message("{points:+.1f} points", points=100 * difference.value)
    if difference.p < BEST_P:
        return Message("Adapter less base: {points}, more than chance (p = {p:.3f}).", points=points, p=difference.p)
    return Message("Adapter less base: {points}, which may be chance (p = {p:.3f}).", points=points, p=difference.p)


def _items_html(compared: Sequence[ComparedItem]) -> str:
    titles = (localize("Said"), localize("Base"), localize("Adapter"))
    body = "".join(f"<tr><td>{escape(each.item.text)}</td>{_result_cells(each)}</tr>" for each in compared)
    return scrolling_table(localize("Held-out items"), titles, body, "fa-clips")


def _result_cells(each: ComparedItem) -> str:
    cells = []
    for result, take in zip(each.results, each.takes, strict=True):
        play = "" if take is None else play_html(_sound_url(take), each.item.text)
        text = escape(result.error) or transcript_html(result.reference, result.hypothesis, result.language or "en")
        cells.append(f"<td>{play} {text}</td>")
    return "".join(cells)


def _sound_url(take: Audio) -> str:
    """Return a take as an address, which lives as long as the page that shows it."""
    return f"data:audio/mpeg;base64,{base64.b64encode(encode.encode(take, 'mp3')).decode()}"
