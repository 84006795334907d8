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
from funaudio_core.pipelines.speakers.labels import name_speakers, speakers_of
from funaudio_core.text import subtitles
from funaudio_core.types import Emotion, Segment, Span, Transcript
from server.events import handler
from server.request import localize
from server.updates import Outputs, Update, connect
from tabs.components.drawings import timeline
from tabs.components.layout import notes_html
from tabs.components.outputs import disabled_download, download_buttons, enabled_download, labelled_html, write_file
from tabs.components.strings import t

STATE_SECONDS = 3600  # until the transcript of a closed page is deleted
MAX_NAME_CHARACTERS = 60  # of a speaker


@dataclass(frozen=True, slots=True)
class TranscriptOutput(Outputs):
    """Output components of a transcript."""

    status: gr.HTML
    text: gr.HTML
    plot: gr.HTML
    table: gr.Dataframe
    names: gr.Dataframe
    shown: gr.State
    srt: gr.DownloadButton
    vtt: gr.DownloadButton
    json: gr.DownloadButton


@dataclass(frozen=True, slots=True)
class ShownTranscript:
    """Complete transcript on the page, whose speakers can be renamed.

    Attributes:
        transcript: Its speakers are numbers.
        wave: Result of timeline.waveform().
        emotion_spans: See timeline.draw().
        file_name: Name of the result files.
    """

    transcript: Transcript
    wave: str
    emotion_spans: tuple[Span, ...]
    file_name: str


def build_output(status: gr.HTML) -> TranscriptOutput:
    """Add the components below a status line."""
    text = labelled_html("recognize.text")
    plot = labelled_html("recognize.timeline")
    table = gr.Dataframe(
        type="array",
        label=t("recognize.segments"),
        visible=False,
        interactive=False,
        wrap=True,
        max_height=300,
        column_widths=["10%", "10%", "12%", "16%", "16%", "36%"],
    )
    names = gr.Dataframe(
        names_value([]),
        type="array",
        label=t("recognize.names"),
        interactive=True,
        static_columns=[0],
        visible=False,
    )
    shown = gr.State(None, time_to_live=STATE_SECONDS)
    with gr.Row():
        srt, vtt, json = download_buttons("srt", "vtt", "json")
    return TranscriptOutput(status, text, plot, table, names, shown, srt, vtt, json)


def empty_update(status: str) -> Update:
    """Return the update at the start of a request: the status, and no results."""
    downloads = {name: disabled_download() for name in ("srt", "vtt", "json")}
    hidden = gr.Dataframe(names_value([]), visible=False)
    return Update(status=status, text="", plot="", table=table_update([]), names=hidden, shown=None, **downloads)


def content_update(transcript: Transcript, wave: str, emotion_spans: Sequence[Span] = ()) -> Update:
    """Return the update with text, timeline and table of a transcript, see timeline.draw().

    Speakers that are still numbers get their default names.
    """
    return _content(name_speakers(transcript, default_names(transcript)), wave, emotion_spans)


def _content(transcript: Transcript, wave: str, emotion_spans: Sequence[Span]) -> Update:
    return Update(
        text=rich_text(transcript),
        plot=timeline.draw(transcript, wave, emotion_spans),
        table=table_update(rows(transcript)),
    )


def final_update(transcript: Transcript, wave: str, emotion_spans: Sequence[Span], name: str) -> Update:
    """Return the update for a whole clip; without speech there is nothing to download. name: Name of the files."""
    transcript = note_omissions(transcript)
    update = content_update(transcript, wave, emotion_spans)
    notes = notes_html(transcript.notes)
    if transcript.segments:
        if names := default_names(transcript):
            update["names"] = gr.Dataframe(names_value([[each, each] for each in names.values()]), visible=True)
            update["shown"] = ShownTranscript(transcript, wave, tuple(emotion_spans), name)
        return Update(status=summary(transcript) + notes, **update, **downloads(transcript, name))
    status = localize("No speech detected. The timeline shows the other sounds; try a clip that contains speech.")
    return Update(status=status + notes, **update)


def wire_names(output: TranscriptOutput) -> None:
    """Rename the speakers when their table is edited."""
    renamed = output.pick("text", "plot", "table", "srt", "vtt", "json")
    connect(output.names.input, on_rename, [output.names, output.shown], renamed, show_progress="hidden")


@handler
def on_rename(table: Sequence[Sequence[str]], shown: ShownTranscript | None) -> Update:
    """Rename the speakers of the shown transcript, in the files, too. table: Rows of (default name, new name)."""
    if shown is None:
        return Update()
    written = {row[0]: " ".join(str(row[1] or "").split())[:MAX_NAME_CHARACTERS] for row in table}
    names = {number: written.get(old) or old for number, old in default_names(shown.transcript).items()}
    named = name_speakers(shown.transcript, names)
    return Update(**_content(named, shown.wave, shown.emotion_spans), **_files(named, shown.file_name))


def default_names(transcript: Transcript) -> dict[str, str]:
    """Return the default name of each speaker that is still a number, in the visitor's language."""
    numbers = sorted((name for name in speakers_of(transcript) if name.isdecimal()), key=int)
    return {number: localize("Speaker {number}", number=number) for number in numbers}


def names_value(rows: list[list[str]]) -> dict[str, Any]:
    """Return the value of the table of names with headers in the visitor's language."""
    return {"headers": [localize("Speaker"), localize("Name")], "data": rows}


def rich_text(transcript: Transcript) -> str:
    """Return a transcript as HTML, colored by emotion, with marks of emotions, events and changes of the speaker."""
    colors = timeline.speaker_colors(transcript)
    body, last = "", ""
    for segment in transcript.segments:
        if segment.speaker not in ("", last):
            color = colors[segment.speaker]
            body += f'<span class="fa-speaker" style="--fa-speaker:{color}">{escape(segment.speaker)}</span>'
            last = segment.speaker
        body += _paragraph(segment)
    return f'<div class="fa-transcript" dir="auto">{body}</div>'


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
    """Return the rows of the segment table: times as m:ss.s, language, speaker, emotion and its confidence, text."""
    return [
        [
            clock(segment.start),
            clock(segment.end),
            segment.language,
            segment.speaker,
            _emotion(segment.emotion) if segment.emotion else "",
            segment.text,
        ]
        for segment in transcript.segments
    ]


def _emotion(emotion: Emotion) -> str:
    label = EMOTIONS[emotion.label]
    return f"{label.emoji} {localize(label.en)} {emotion.confidence:.0%}"


def table_update(rows: list[list[str]]) -> Any:
    """Return the update of the segment table, with headers in the visitor's language; without rows it is hidden."""
    headers = [localize("Start"), localize("End"), localize("Language")]
    headers += [localize("Speaker"), localize("Emotion"), localize("Text")]
    return gr.Dataframe({"headers": headers, "data": rows}, visible=bool(rows))


def end_of(transcript: Transcript) -> float:
    """Return the end of the last segment in seconds."""
    return transcript.segments[-1].end if transcript.segments else 0.0


def clock(seconds: float) -> str:
    """Return seconds as m:ss.s."""
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"


def summary(transcript: Transcript) -> str:
    """Return one line about the whole clip: language, speakers, emotion, length and model."""
    probability = f" {transcript.language_probability:.0%}" if transcript.language_probability else ""
    parts = [localize(languages.display_name(transcript.language)) + probability]
    if speakers := len(speakers_of(transcript)):
        parts.append(localize("1 speaker") if speakers == 1 else localize("{count} speakers", count=speakers))
    if transcript.emotion is not None:
        label = EMOTIONS[transcript.emotion.label]
        parts.append(f"{label.emoji} {localize(label.en)} ({localize(transcript.emotion.basis)})")
    parts.append(localize("{seconds:.1f} s", seconds=transcript.duration))
    parts.append(localize("transcribed by {engine}", engine=transcript.engine))
    return " · ".join(parts)


def downloads(transcript: Transcript, stem: str) -> Update:
    """Return the update of the download buttons `srt`, `vtt` and `json`. stem: Name of the files."""
    return _files(name_speakers(transcript, default_names(transcript)), stem)


def _files(transcript: Transcript, stem: str) -> Update:
    cues = subtitles.transcript_cues(transcript)
    return Update(
        srt=enabled_download(write_file(subtitles.to_srt(cues), f"{stem}.srt")),
        vtt=enabled_download(write_file(subtitles.to_vtt(cues), f"{stem}.vtt")),
        json=enabled_download(write_file(subtitles.to_json(transcript), f"{stem}.json")),
    )
