"""The Recognize page: a clip or the microphone to rich text, a timeline and subtitles. Knows tasks, never engines."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from html import escape
from typing import Any

import gradio as gr

from funaudio_core import audio
from funaudio_core.engines import preload, registry, selection
from funaudio_core.engines.protocols import RECOGNITION_RATE, RecognitionOptions
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.message import Message
from funaudio_core.pipelines.caption_worker import BackgroundCaptions
from funaudio_core.pipelines.chunked_recognition import EMPTY_RESULT, JOB_KIND, RecognitionJob, RecognitionJobOptions
from funaudio_core.runtime.jobs import Job
from funaudio_core.runtime.prefetch import prefetch
from funaudio_core.tasks import cost as task_cost
from funaudio_core.tasks import recognition
from funaudio_core.text import subtitles
from funaudio_core.types import Audio, Span, Transcript
from server.events import QUEUE_OPTIONS, add_endpoint, handler, queued_handler
from server.params import AUTO, parse_language, parse_word_list
from server.request import language as language_of_visitor
from server.request import localize
from tabs.components import resumable, speech_output, timeline
from tabs.components import transcript as transcript_view
from tabs.components.inputs import (
    GradioAudio,
    clip_examples,
    clip_input,
    engine_dropdown,
    from_gradio,
    language_choices,
    language_picker,
    read_clip,
)
from tabs.components.layout import (
    badge,
    badges,
    gpu_note,
    heading,
    loading_text,
    on_page_load,
    progress_text,
    status_line,
)
from tabs.components.outputs import disabled_download, download_buttons, labelled_html, stem
from tabs.components.strings import add_strings, t

NAME = "recognize"
SKIP = gr.skip()
WIDTH = 8  # values of the page: status, text, timeline, table, three files, clip
MOST_HOTWORD_LETTERS = 1000  # in the box
REDRAW_SECONDS = 1.0  # between two drawings of a growing transcript
CAPTIONS_SHOWN = 12
CAPTION_SECONDS = 300  # one visitor's live captions at most; the microphone holds a place in the queue


@queued_handler(width=WIDTH + resumable.WIDTH, status=0)
def on_recognize(
    path: str | None,
    language: str,
    itn: bool,
    words: bool,
    engine: str,
    among: list[str] | None = None,
    hotwords: str | None = None,
) -> Iterator[tuple[Any, ...]]:
    """Everything the page shows, again and again as the transcript grows; downloads come with the last.

    A clip that is too long for one call becomes a job, of which this does the first part.
    """
    clip = read_clip(path, rate=RECOGNITION_RATE)
    options = RecognitionOptions(
        parse_language(language),
        itn,
        words,
        candidate_languages=frozenset(among or ()),
        hotwords=parse_word_list(hotwords),
    )
    how = RecognitionJobOptions(options, selection.resolve(registry.RECOGNIZERS, engine).name, stem(path, "clip"))
    yield (*_emptied(), *resumable.discard(WORK))
    for status in _loading(how):
        yield status, *[SKIP] * (WIDTH - 1), *resumable.NO_CHANGE
    if task_cost.chunk_count(clip.duration) == 1:
        for values in _heard(clip, how):
            yield (*values, *resumable.NO_CHANGE)
        return
    job = recognition.start_recognition_job(clip, how).job
    del clip  # hours of it; what is heard comes from the disk
    yield from resumable.start(job, WORK)


def _emptied() -> tuple[Any, ...]:
    return localize("Transcribing…"), "", "", transcript_view.table_of([]), *[disabled_download()] * 3, SKIP


def _loading(how: RecognitionJobOptions) -> Iterator[str]:
    return loading_text(preload.load_all(selection.resolve(registry.RECOGNIZERS, how.engine)))


def _heard(clip: Audio, how: RecognitionJobOptions) -> Iterator[tuple[Any, ...]]:
    """What the page shows while a clip is heard, and then while its feeling is drawn."""
    wave, shown, found = timeline.waveform(clip.samples), 0.0, EMPTY_RESULT
    results = recognition.transcribe(clip, how.options, how.engine, emotion_timeline=True)
    with closing(prefetch(results)) as heard:
        for result in heard:
            if result is None:  # the transcript is complete, the emotion timeline follows
                break
            found = result
            if time.monotonic() - shown >= REDRAW_SECONDS:
                shown = time.monotonic()
                status = progress_text(transcript_view.until(found.transcript), clip.duration)
                yield status, *_drawn(found.transcript, wave), *[SKIP] * 4
        yield _complete(found.transcript, wave, (), how.file_name)
        for result in heard:
            found = result or found
            if found.emotion_spans and time.monotonic() - shown >= REDRAW_SECONDS:
                shown = time.monotonic()
                yield SKIP, SKIP, timeline.draw(found.transcript, wave, found.emotion_spans), *[SKIP] * 5
    if found.emotion_spans:
        yield SKIP, SKIP, timeline.draw(found.transcript, wave, found.emotion_spans), *[SKIP] * 5


def _part(job: Job) -> Iterator[tuple[Any, ...]]:
    """What the page shows while the next stretch of a long clip is heard: all of the clip so far."""
    clip, shown = RecognitionJob(job), 0.0
    for status in _loading(clip.options):
        yield status, *[SKIP] * (WIDTH - 1)
    wave, number = timeline.waveform(clip.samples), job.completed_parts + 1
    with closing(prefetch(recognition.transcribe_next_chunk(clip))) as findings:
        for found in findings:
            if found is None or time.monotonic() - shown < REDRAW_SECONDS:
                continue
            shown = time.monotonic()
            status = localize(
                "Part {part} of {parts}: transcribed {heard:.0f} of {seconds:.0f} s…",
                part=number,
                parts=job.total_parts,
                heard=max(transcript_view.until(found.transcript), clip.bounds[number - 1]),
                seconds=clip.seconds,
            )
            yield status, *_drawn(clip.as_transcript(found), wave, found.emotion_spans), *[SKIP] * 4
    yield _so_far(job)


def _so_far(job: Job) -> tuple[Any, ...]:
    """What the page shows of a long clip, all of it or its first stretches, to be taken away as well."""
    clip = RecognitionJob(job)
    wave, found = timeline.waveform(clip.samples), clip.partial_result()
    if job.finished:
        return _complete(found.transcript, wave, found.emotion_spans, clip.options.file_name)
    status = localize("Transcribed {done} of {parts} parts.", done=job.completed_parts, parts=job.total_parts)
    name = f"{clip.options.file_name}_{job.completed_parts}_of_{job.total_parts}"
    files = transcript_view.downloads(found.transcript, name) if found.transcript.segments else [SKIP] * 3
    return status, *_drawn(clip.as_transcript(found), wave, found.emotion_spans), *files, SKIP


def _told(job: Job) -> Message:
    length = audio.format_duration(RecognitionJob(job).seconds)
    if job.finished:
        return Message("Your {length} clip is fully transcribed. Press Continue to see it.", length=length)
    return Message(
        "Your {length} clip is partly transcribed: {done} of {parts} parts are done.",
        length=length,
        done=job.completed_parts,
        parts=job.total_parts,
    )


WORK = resumable.ResumableTask(
    page=__name__,
    kind=JOB_KIND,
    width=WIDTH,
    run_part=_part,
    render=_so_far,
    pause_message=_told,
    can_resume=lambda job: RecognitionJob(job).options.engine in registry.available(registry.RECOGNIZERS),
)
on_more, on_continue = resumable.handlers(WORK)


def _complete(transcript: Transcript, wave: str, moods: Sequence[Span], name: str) -> tuple[Any, ...]:
    """What the page shows once everything was heard; without speech there is nothing to take away."""
    drawn = _drawn(transcript, wave, moods)
    if transcript.segments:
        return transcript_view.summary(transcript), *drawn, *transcript_view.downloads(transcript, name), SKIP
    status = localize("No speech detected. The timeline shows the other sounds; try a clip that contains speech.")
    return status, *drawn, *[SKIP] * 4


def _drawn(transcript: Transcript, wave: str, moods: Sequence[Span] = ()) -> tuple[str, str, dict[str, Any]]:
    """Text, timeline and table of what is known so far."""
    table = transcript_view.table_of(transcript_view.rows(transcript))
    return transcript_view.rich_text(transcript), timeline.draw(transcript, wave, moods), table


def cost(path: str | None, engine: str, language: str) -> tuple[float, int]:
    """Seconds of a lent GPU that a clip will take, 0 before there is one, and in how many parts."""
    if not path:
        return 0.0, 1
    return task_cost.estimate_recognition(audio.declared_duration(path), engine, parse_language(language))


def recognize(clip: str, language: str = AUTO, itn: bool = True, engine: str = "") -> tuple[str, dict[str, Any]]:
    """Transcribe speech with language, emotion, sound events and timestamps.

    Args:
        clip: Audio file (WAV, MP3, M4A, OGG, WebM, FLAC), up to two hours.
        language: ISO 639 code of the spoken language, such as "en" or "zh", or "auto".
        itn: Format numbers and punctuation; false gives the plain spoken words.
        engine: Model id, such as "whisper-base" or "sensevoice-small"; empty for the one that suits the language.

    Returns:
        The text, and a structured result: segments with start and end in seconds, language, emotion and events.
    """
    sound = read_clip(clip, rate=RECOGNITION_RATE)
    transcript = recognition.final_transcript(
        recognition.transcribe_long(sound, RecognitionOptions(parse_language(language), itn, words=True), engine)
    )
    return transcript.text, subtitles.to_dict(transcript)


@handler
def on_select(table: list[list[str]], chosen: gr.SelectData) -> Any:
    """Move the player to the segment that was clicked."""
    minutes, seconds = str(table[chosen.index[0]][0]).split(":")
    return gr.Audio(playback_position=int(minutes) * 60 + float(seconds))


@handler
def on_caption(
    chunk: GradioAudio | None, live: BackgroundCaptions | None, language: str
) -> tuple[BackgroundCaptions | None, Any]:
    """Hand over what the microphone gave; show what is certain and, dimmed, what is still being said."""
    if chunk is None:
        return live, gr.skip()
    live = live or recognition.live_captions(parse_language(language))
    live.feed(from_gradio(chunk))
    return live, _captions(live)


@handler
def on_captions_end(live: BackgroundCaptions | None) -> Iterator[Any]:
    """The microphone is off: show the last caption once it is read."""
    if live is None:
        return
    live.close()
    while live.is_busy:
        time.sleep(0.2)
        yield _captions(live)
    yield _captions(live)


def _captions(live: BackgroundCaptions) -> str:
    finished, partial = live.captions()
    said = "<br>".join(escape(segment.text) for segment in finished[-CAPTIONS_SHOWN:])
    return f'<div class="fa-captions">{said} <span class="fa-partial">{escape(partial)}</span></div>'


def on_stop() -> Iterator[tuple[Any, ...]]:
    """End what the visitor has running; a long clip can be gone on with."""
    resumable.pause(WORK)
    for status, _ in speech_output.stopped(__name__):
        yield status, *resumable.NO_CHANGE
    yield SKIP, *resumable.show_paused(WORK)


def on_engine(engine: str, language: str, among: list[str]) -> tuple[Any, ...]:
    """The languages that the chosen engine knows, who else answers, and what is claimed of the emotions.

    A language that was chosen stays where it is among those known; an engine that can't tell it must be told one.
    """
    spec = selection.resolve(registry.RECOGNIZERS, engine)
    known, auto = spec.languages, "language-id" in spec.capabilities
    choices = language_choices(known, auto)
    kept = [code for code in among if code in known and auto]
    return (
        gr.Dropdown(choices, value=language if language in known else choices[0][1]),
        gr.Dropdown(language_choices(known), value=kept, visible=auto),
        gr.Textbox(visible=True) if "hotwords" in spec.capabilities else gr.Textbox("", visible=False),
        badges([spec, *selection.analysis_engines(spec)], language_of_visitor()),
        t(_claim(spec)),
    )


def _claim(spec: EngineSpec[Any]) -> str:
    """Which words say what can't be claimed of the emotions."""
    return "recognize.claim.tags" if "emotion" in spec.capabilities else "recognize.claim"


def build() -> None:
    """Lay the page out and wire it."""
    table = registry.available(registry.RECOGNIZERS)
    first = next(iter(table.values()))
    models, claim = heading(NAME, first, *selection.analysis_engines(first), claim=_claim(first))
    known = first.languages
    with gr.Row(elem_classes="fa-choices"):
        language = language_picker(known, auto=True)
        engine = engine_dropdown(table)
        itn = gr.Checkbox(True, label=t("recognize.itn"))
        words = gr.Checkbox(False, label=t("recognize.words"))
    with gr.Accordion(t("more"), open=False):
        choices = language_choices(known)
        among = gr.Dropdown(choices, value=[], multiselect=True, label=t("recognize.among"))
        hotwords = gr.Textbox(
            label=t("recognize.hotwords"), max_length=MOST_HOTWORD_LETTERS, visible="hotwords" in first.capabilities
        )
    shown = [language, among, hotwords, models, claim]
    engine.change(on_engine, [engine, language, among], shown, api_visibility="private")
    if first.refreshed is not None:  # its server may have told more since the page was built
        on_page_load(lambda: on_engine(first.name, AUTO, []), shown)
    with gr.Tabs():
        with gr.Tab(t("recognize.file")):
            _build_file([language, itn, words, engine, among, hotwords])
        with gr.Tab(t("recognize.live")):
            _build_live(language)


def _build_file(chosen: list[Any]) -> None:
    with gr.Row():
        with gr.Column(scale=2):
            clip = clip_input("clip")
            with gr.Row():
                run = gr.Button(t("recognize.run"), variant="primary")
                stop = gr.Button(t("stop"), variant="stop")
            gpu_note([clip.change, chosen[3].change], cost, [clip, chosen[3], chosen[0]])
            clip_examples(clip)
        with gr.Column(scale=3):
            status = status_line()
            going = resumable.build(NAME)
            text = labelled_html("recognize.text")
            plot = labelled_html("recognize.timeline")
            table = gr.Dataframe(
                transcript_view.table_of([]),
                type="array",
                label=t("recognize.segments"),
                interactive=False,
                wrap=True,
                max_height=300,
                column_widths=["12%", "12%", "12%", "20%", "44%"],
            )
            with gr.Row():
                files = download_buttons("srt", "vtt", "json")
    on_page_load(lambda: transcript_view.table_of([]), table)
    shown = [status, text, plot, table, *files, clip]
    resumable.wire(going, WORK, on_more, on_continue, shown)
    run.click(
        on_recognize,
        [clip, *chosen],
        [*shown, *going.all()],
        api_name="on_recognize",
        **QUEUE_OPTIONS,
        api_visibility="undocumented",
    )
    stop.click(on_stop, None, [status, *going.all()], api_visibility="private")
    table.select(on_select, table, clip, api_visibility="private")
    add_endpoint(
        recognize,
        [
            gr.Audio(type="filepath", visible=False),
            gr.Textbox(AUTO, visible=False),
            gr.Checkbox(True, visible=False),
            gr.Textbox("", visible=False),
        ],
        [gr.Textbox(visible=False), gr.JSON(visible=False)],
        NAME,
    )


def _build_live(language: gr.Dropdown) -> None:
    captions = gr.State(None, time_to_live=3600)
    english, chinese = (badge(selection.cpu_recognizer(), language) for language in ("en", "zh"))
    add_strings({"recognize.live.model": (english, chinese)})
    gr.HTML(t("recognize.live.model"), elem_classes="fa-models")
    microphone = gr.Audio(sources="microphone", streaming=True, type="numpy", label=t("recognize.live.mic"))
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
