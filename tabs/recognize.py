"""The Recognize page: a clip or the microphone to rich text, a timeline and subtitles. Knows tasks, never engines."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from html import escape
from typing import Any

import gradio as gr

from funaudio_core import audio, languages, subtitles, tasks
from funaudio_core.engines.base import HEARING_RATE, Spec, pick
from funaudio_core.labels import EMOTIONS, EVENTS
from funaudio_core.pipelines.ahead import ahead
from funaudio_core.pipelines.background import BackgroundCaptions
from funaudio_core.types import Emotion, Segment, Span, Transcript
from tabs import common, speaking, timeline
from tabs.words import add, say, word
from tabs.words import language as language_of_visitor

NAME = "recognize"
SKIP = gr.skip()
MOST_HOTWORD_LETTERS = 1000  # in the box
REDRAW_SECONDS = 1.0  # between two drawings of a growing transcript
CAPTIONS_SHOWN = 12
CAPTION_SECONDS = 300  # one visitor's live captions at most; the microphone holds a place in the queue


@common.computes(width=8, status=0)
def on_recognize(
    path: str | None,
    language: str,
    itn: bool,
    words: bool,
    engine: str,
    among: list[str] | None = None,
    hotwords: str | None = None,
) -> Iterator[tuple[Any, ...]]:
    """Everything the page shows, again and again as the transcript grows; downloads come with the last."""
    clip = common.read_clip(path, rate=HEARING_RATE)
    code = common.chosen_language(language)
    asleep = [common.asleep()] * 3
    yield say("Listening…"), "", "", table_of([]), *asleep, SKIP
    for status in common.loading(tasks.prepare(pick(tasks.recognizers(), engine))):
        yield status, *[SKIP] * 7
    wave = timeline.waveform(clip)
    events = tasks.listen(clip, code, itn, words, engine, frozenset(among or ()), common.listed_words(hotwords))
    yield from _shown(events, clip.duration, wave, path)


def _shown(
    events: Iterator[Transcript | Span | None], seconds: float, wave: str, path: str | None
) -> Iterator[tuple[Any, ...]]:
    """What the page shows while a clip of so many seconds is heard, and then while its feeling is drawn."""
    shown, transcript = 0.0, None
    with closing(ahead(events)) as heard:
        for event in heard:
            if not isinstance(event, Transcript):
                break
            transcript = event
            if time.monotonic() - shown >= REDRAW_SECONDS:
                shown = time.monotonic()
                until = transcript.segments[-1].end if transcript.segments else 0.0
                yield common.heard_of(until, seconds), *_drawn(transcript, wave), *[SKIP] * 4
        if transcript is None:
            return
        yield from _complete(transcript, wave, path)
        moods = []
        for event in heard:
            if isinstance(event, Span):
                moods.append(event)
            if moods and time.monotonic() - shown >= REDRAW_SECONDS:
                shown = time.monotonic()
                yield SKIP, SKIP, timeline.draw(transcript, wave, moods), *[SKIP] * 5
    if moods:
        yield SKIP, SKIP, timeline.draw(transcript, wave, moods), *[SKIP] * 5


def _complete(transcript: Transcript, wave: str, path: str | None) -> Iterator[tuple[Any, ...]]:
    """What the page shows once everything was heard; without speech there is nothing to take away."""
    if transcript.segments:
        yield summary(transcript), *_drawn(transcript, wave), *downloads(transcript, path), SKIP
        return
    status = say("Nobody speaks in this clip. The timeline shows what else was heard; try a clip with speech in it.")
    yield status, *_drawn(transcript, wave), *[SKIP] * 4


def _drawn(transcript: Transcript, wave: str) -> tuple[str, str, dict[str, Any]]:
    """Text, timeline and table of what is known so far."""
    return rich_text(transcript), timeline.draw(transcript, wave), table_of(rows(transcript))


def cost(path: str | None, engine: str, language: str) -> float:
    """Seconds of a lent GPU that a clip will take; 0 before there is one."""
    return tasks.gpu_to_listen(audio.seconds(path), engine, common.chosen_language(language)) if path else 0.0


def recognize(clip: str, language: str = common.AUTO, itn: bool = True, engine: str = "") -> tuple[str, dict[str, Any]]:
    """Turn speech into text with language, emotion, sound events and times.

    Args:
        clip: Audio file (WAV, MP3, M4A, OGG, WebM, FLAC), up to two hours.
        language: ISO 639 code of what is spoken, such as "en" or "zh", or "auto".
        itn: Write numbers and punctuation; off gives plain spoken words.
        engine: Model id, such as "whisper-base" or "sensevoice-small"; empty takes the one that fits the language.

    Returns:
        The text, and a structured result: segments with start and end in seconds, language, emotion and events.
    """
    sound = common.read_clip(clip, rate=HEARING_RATE)
    transcript = tasks.whole(tasks.recognize(sound, common.chosen_language(language), itn, True, engine))
    return transcript.text, subtitles.to_dict(transcript)


def rich_text(transcript: Transcript) -> str:
    """The transcript as HTML: marks of emotion and events, colour by emotion."""
    body = "".join(_paragraph(segment) for segment in transcript.segments)
    return f'<div class="fa-transcript">{body}</div>'


def _paragraph(segment: Segment) -> str:
    label = EMOTIONS[segment.emotion.label if segment.emotion else "neutral"]
    events = "".join(f'<span title="{say(EVENTS[e.label].en)}">{EVENTS[e.label].mark}</span>' for e in segment.events)
    confidence = f"{segment.emotion.confidence:.0%}" if segment.emotion else ""
    tip = f"{say(label.en)} {confidence}, {timeline.times(segment.start, segment.end)}"
    return (
        f'<span class="fa-said" style="--fa-emotion:{label.color}" title="{escape(tip)}" lang="{segment.language}">'
        f"{events}{escape(segment.text)} <span>{label.mark}</span></span> "
    )


def rows(transcript: Transcript) -> list[list[str]]:
    """The segment table: times as m:ss.s, language code, emotion with confidence, text."""
    return [
        [
            clock(segment.start),
            clock(segment.end),
            segment.language,
            _feeling(segment.emotion) if segment.emotion else "",
            segment.text,
        ]
        for segment in transcript.segments
    ]


def _feeling(emotion: Emotion) -> str:
    label = EMOTIONS[emotion.label]
    return f"{label.mark} {say(label.en)} {emotion.confidence:.0%}"


def table_of(rows: list[list[str]]) -> dict[str, Any]:
    """The segment table with its headers, which Gradio translates nowhere but here."""
    return {"headers": [say("start"), say("end"), say("language"), say("emotion"), say("text")], "data": rows}


def clock(seconds: float) -> str:
    """Seconds as m:ss.s."""
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"


def summary(transcript: Transcript) -> str:
    """One line on the whole clip: language, emotion, model."""
    sure = f" {transcript.language_probability:.0%}" if transcript.language_probability else ""
    parts = [say(languages.name(transcript.language)) + sure]
    if transcript.emotion is not None:
        label = EMOTIONS[transcript.emotion.label]
        parts.append(f"{label.mark} {say(label.en)} ({say(transcript.emotion.basis)})")
    parts.append(say("{seconds:.1f} s", seconds=transcript.duration))
    parts.append(say("heard by {engine}", engine=transcript.engine))
    return " · ".join(parts)


def downloads(transcript: Transcript, path: str | None) -> tuple[Any, Any, Any]:
    """SRT, VTT and JSON files named after the clip."""
    stem = common.stem(path, "clip")
    cues = subtitles.cues_of(transcript)
    return (
        common.download(common.file_of(subtitles.to_srt(cues), f"{stem}.srt")),
        common.download(common.file_of(subtitles.to_vtt(cues), f"{stem}.vtt")),
        common.download(common.file_of(subtitles.to_json(transcript), f"{stem}.json")),
    )


@common.shows_errors
def on_select(table: list[list[str]], chosen: gr.SelectData) -> Any:
    """Move the player to the segment that was clicked."""
    minutes, seconds = str(table[chosen.index[0]][0]).split(":")
    return gr.Audio(playback_position=int(minutes) * 60 + float(seconds))


@common.shows_errors
def on_caption(
    chunk: common.GradioAudio | None, live: BackgroundCaptions | None, language: str
) -> tuple[BackgroundCaptions | None, Any]:
    """Hand over what the microphone gave; show what is certain and, dimmed, what is still being said."""
    if chunk is None:
        return live, gr.skip()
    live = live or tasks.captions(common.chosen_language(language))
    live.feed(common.from_gradio(chunk))
    return live, _captions(live)


@common.shows_errors
def on_captions_end(live: BackgroundCaptions | None) -> Iterator[Any]:
    """The microphone is off: show the last caption once it is read."""
    if live is None:
        return
    live.close()
    while live.reading:
        time.sleep(0.2)
        yield _captions(live)
    yield _captions(live)


def _captions(live: BackgroundCaptions) -> str:
    finished, partial = live.captions()
    said = "<br>".join(escape(segment.text) for segment in finished[-CAPTIONS_SHOWN:])
    return f'<div class="fa-captions">{said} <span class="fa-partial">{escape(partial)}</span></div>'


def on_stop() -> Iterator[str]:
    """End what the visitor has running."""
    for status, _ in speaking.stopped(__name__):
        yield status


def on_engine(engine: str, language: str, among: list[str]) -> tuple[Any, ...]:
    """The languages that the chosen engine knows, who else answers, and what is claimed of the emotions.

    A language that was chosen stays where it is among those known; an engine that can't tell it must be told one.
    """
    spec = tasks.recognizers()[engine]
    known, auto = spec.languages, "language-id" in spec.capabilities
    choices = common.language_choices(known, auto)
    kept = [code for code in among if code in known and auto]
    return (
        gr.Dropdown(choices, value=language if language in known else choices[0][1]),
        gr.Dropdown(common.language_choices(known), value=kept, visible=auto),
        gr.Textbox(visible=True) if "hotwords" in spec.capabilities else gr.Textbox("", visible=False),
        common.badges([spec, *tasks.listeners(spec)], language_of_visitor()),
        word(_claim(spec)),
    )


def _claim(spec: Spec[Any]) -> str:
    """Which words say what can't be claimed of the emotions."""
    return "recognize.claim.tags" if "emotion" in spec.capabilities else "recognize.claim"


def build() -> None:
    """Lay the page out and wire it."""
    table = tasks.recognizers()
    first = next(iter(table.values()))
    models, claim = common.heading(NAME, first, *tasks.listeners(first), claim=_claim(first))
    known = first.languages
    with gr.Row(elem_classes="fa-choices"):
        language = common.language_picker(known, auto=True)
        engine = common.engine_picker(table)
        itn = gr.Checkbox(True, label=word("recognize.itn"))
        words = gr.Checkbox(False, label=word("recognize.words"))
    with gr.Accordion(word("more"), open=False):
        choices = common.language_choices(known)
        among = gr.Dropdown(choices, value=[], multiselect=True, label=word("recognize.among"))
        hotwords = gr.Textbox(
            label=word("recognize.hotwords"), max_length=MOST_HOTWORD_LETTERS, visible="hotwords" in first.capabilities
        )
    shown = [language, among, hotwords, models, claim]
    engine.change(on_engine, [engine, language, among], shown, api_visibility="private")
    if first.learnt is not None:  # its server may have told more since the page was built
        common.on_arrival(lambda: on_engine(first.name, common.AUTO, []), shown)
    with gr.Tabs():
        with gr.Tab(word("recognize.file")):
            _build_file([language, itn, words, engine, among, hotwords])
        with gr.Tab(word("recognize.live")):
            _build_live(language)


def _build_file(chosen: list[Any]) -> None:
    with gr.Row():
        with gr.Column(scale=2):
            clip = common.clip_input("clip")
            with gr.Row():
                run = gr.Button(word("recognize.run"), variant="primary")
                stop = gr.Button(word("stop"), variant="stop")
            common.gpu_note([clip.change, chosen[3].change], cost, [clip, chosen[3], chosen[0]])
            common.clip_examples(clip)
        with gr.Column(scale=3):
            status = common.status_line()
            text = common.boxed("recognize.text")
            plot = common.boxed("recognize.timeline")
            table = gr.Dataframe(
                table_of([]),
                type="array",
                label=word("recognize.segments"),
                interactive=False,
                wrap=True,
                max_height=300,
                column_widths=["12%", "12%", "12%", "20%", "44%"],
            )
            with gr.Row():
                files = common.download_buttons("srt", "vtt", "json")
    common.on_arrival(lambda: table_of([]), table)
    shown = [status, text, plot, table, *files, clip]
    run.click(
        on_recognize,
        [clip, *chosen],
        shown,
        api_name="on_recognize",
        **common.HEAVY,
        api_visibility="undocumented",
    )
    stop.click(on_stop, None, status, api_visibility="private")
    table.select(on_select, table, clip, api_visibility="private")
    common.expose(
        recognize,
        [
            gr.Audio(type="filepath", visible=False),
            gr.Textbox(common.AUTO, visible=False),
            gr.Checkbox(True, visible=False),
            gr.Textbox("", visible=False),
        ],
        [gr.Textbox(visible=False), gr.JSON(visible=False)],
        NAME,
    )


def _build_live(language: gr.Dropdown) -> None:
    captions = gr.State(None, time_to_live=3600)
    english, chinese = (common.badge(tasks.polyglot(), language) for language in ("en", "zh"))
    add({"recognize.live.model": (english, chinese)})
    gr.HTML(word("recognize.live.model"), elem_classes="fa-models")
    microphone = gr.Audio(sources="microphone", streaming=True, type="numpy", label=word("recognize.live.mic"))
    shown = gr.HTML('<div class="fa-captions"></div>')
    microphone.stream(
        on_caption,
        [microphone, captions, language],
        [captions, shown],
        stream_every=0.5,
        time_limit=CAPTION_SECONDS,
        api_visibility="private",
        show_progress="hidden",
    )
    microphone.start_recording(lambda: (None, ""), None, [captions, shown], api_visibility="private")
    microphone.stop_recording(on_captions_end, captions, shown, show_progress="hidden", api_visibility="private")
