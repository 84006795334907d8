"""A transcript as text, timeline, table and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from funaudio_core import languages
from funaudio_core.labels import EMOTIONS, EVENTS
from funaudio_core.pipelines.recognize import note_omissions
from funaudio_core.text import subtitles
from funaudio_core.types import Emotion, Segment, Span, Transcript, Word
from server.request import localize
from server.updates import Outputs, Update
from tabs.components.layout import notes_html
from tabs.components.outputs import disabled_download, download_buttons, enabled_download, labelled_html, write_file
from tabs.components.strings import t
from tabs.recognize import timeline


@dataclass(frozen=True, slots=True)
class TranscriptOutput(Outputs):
    """Output components of a transcript."""

    status: gr.HTML
    text: gr.HTML
    plot: gr.HTML
    table: gr.Dataframe
    srt: gr.DownloadButton
    vtt: gr.DownloadButton
    json: gr.DownloadButton


def build_output(status: gr.HTML) -> TranscriptOutput:
    """Add the components below a status line."""
    text = labelled_html("recognize.text")
    plot = labelled_html("recognize.timeline")
    table = gr.Dataframe(
        table_value([]),
        type="array",
        label=t("recognize.segments"),
        interactive=False,
        wrap=True,
        max_height=300,
        column_widths=["12%", "12%", "12%", "20%", "44%"],
    )
    with gr.Row():
        srt, vtt, json = download_buttons("srt", "vtt", "json")
    return TranscriptOutput(status, text, plot, table, srt, vtt, json)


def empty_update(status: str) -> Update:
    """Return the update at the start of a request: the status, and no results."""
    downloads = {name: disabled_download() for name in ("srt", "vtt", "json")}
    return Update(status=status, text="", plot="", table=table_value([]), **downloads)


def content_update(transcript: Transcript, wave: str, emotion_spans: Sequence[Span] = ()) -> Update:
    """Return the update with text, timeline and table of a transcript, see timeline.draw()."""
    return Update(
        text=rich_text(transcript),
        plot=timeline.draw(transcript, wave, emotion_spans),
        table=table_value(rows(transcript)),
    )


def final_update(transcript: Transcript, wave: str, emotion_spans: Sequence[Span], name: str) -> Update:
    """Return the update for a whole clip; without speech there is nothing to download. name: Name of the files."""
    transcript = note_omissions(transcript)
    update = content_update(transcript, wave, emotion_spans)
    notes = notes_html(transcript.notes)
    if transcript.segments:
        return Update(status=summary(transcript) + notes, **update, **downloads(transcript, name))
    status = localize("No speech detected. The timeline shows the other sounds; try a clip that contains speech.")
    return Update(status=status + notes, **update)


def from_dict(values: dict[str, Any]) -> Transcript:
    """Return the transcript that subtitles.to_dict() made plain values of, without its notes."""
    segments = [
        Segment(
            **{
                **segment,
                "emotion": Emotion(**segment["emotion"]) if segment["emotion"] else None,
                "events": tuple(Span(**event) for event in segment["events"]),
                "words": tuple(Word(**word) for word in segment["words"]),
            }
        )
        for segment in values["segments"]
    ]
    return Transcript(
        tuple(segments),
        values["language"],
        values["language_probability"],
        values["duration"],
        values["engine"],
        tuple(Span(**event) for event in values["events"]),
        Emotion(**values["emotion"]) if values["emotion"] else None,
    )


def rich_text(transcript: Transcript) -> str:
    """Return a transcript as HTML, colored by emotion, with marks of emotions and events."""
    body = "".join(_paragraph(segment) for segment in transcript.segments)
    return f'<div class="fa-transcript">{body}</div>'


def _paragraph(segment: Segment) -> str:
    label = EMOTIONS[segment.emotion.label if segment.emotion else "neutral"]
    events = "".join(
        f'<span title="{localize(EVENTS[e.label].en)}">{EVENTS[e.label].emoji}</span>' for e in segment.events
    )
    confidence = f"{segment.emotion.confidence:.0%}" if segment.emotion else ""
    tip = f"{localize(label.en)} {confidence}, {timeline.times(segment.start, segment.end)}"
    return (
        f'<span class="fa-segment" style="--fa-emotion:{label.color}" title="{escape(tip)}" lang="{segment.language}">'
        f"{events}{escape(segment.text)} <span>{label.emoji}</span></span> "
    )


def rows(transcript: Transcript) -> list[list[str]]:
    """Return the rows of the segment table: times as m:ss.s, language code, emotion with confidence, text."""
    return [
        [
            clock(segment.start),
            clock(segment.end),
            segment.language,
            _emotion(segment.emotion) if segment.emotion else "",
            segment.text,
        ]
        for segment in transcript.segments
    ]


def _emotion(emotion: Emotion) -> str:
    label = EMOTIONS[emotion.label]
    return f"{label.emoji} {localize(label.en)} {emotion.confidence:.0%}"


def table_value(rows: list[list[str]]) -> dict[str, Any]:
    """Return the value of the segment table with headers in the visitor's language."""
    return {
        "headers": [localize("Start"), localize("End"), localize("Language"), localize("Emotion"), localize("Text")],
        "data": rows,
    }


def end_of(transcript: Transcript) -> float:
    """Return the end of the last segment in seconds."""
    return transcript.segments[-1].end if transcript.segments else 0.0


def clock(seconds: float) -> str:
    """Return seconds as m:ss.s."""
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"


def summary(transcript: Transcript) -> str:
    """Return one line about the whole clip: language, emotion, length and model."""
    probability = f" {transcript.language_probability:.0%}" if transcript.language_probability else ""
    parts = [localize(languages.display_name(transcript.language)) + probability]
    if transcript.emotion is not None:
        label = EMOTIONS[transcript.emotion.label]
        parts.append(f"{label.emoji} {localize(label.en)} ({localize(transcript.emotion.basis)})")
    parts.append(localize("{seconds:.1f} s", seconds=transcript.duration))
    parts.append(localize("transcribed by {engine}", engine=transcript.engine))
    return " · ".join(parts)


def downloads(transcript: Transcript, stem: str) -> Update:
    """Return the update of the download buttons `srt`, `vtt` and `json`. stem: Name of the files."""
    cues = subtitles.transcript_cues(transcript)
    return Update(
        srt=enabled_download(write_file(subtitles.to_srt(cues), f"{stem}.srt")),
        vtt=enabled_download(write_file(subtitles.to_vtt(cues), f"{stem}.vtt")),
        json=enabled_download(write_file(subtitles.to_json(transcript), f"{stem}.json")),
    )
