"""Book of the page: where it comes from, what was read, and which of its chapters are narrated."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from funaudio_core import languages
from funaudio_core.books.model import Book
from funaudio_core.errors import FunAudioError
from funaudio_core.narration.model import Options
from funaudio_core.text.pronunciations import parse_table
from server.events import QUEUE_OPTIONS, handler, queued_handler
from server.request import localize
from server.sessions import track_upload
from server.updates import Inputs, Outputs, Update, connect
from tabs.audiobook import library
from tabs.audiobook.library import Source
from tabs.components import engine_picker
from tabs.components.inputs import language_choices
from tabs.components.layout import notes_html
from tabs.components.outputs import write_file
from tabs.components.strings import t

MAX_COVER_BYTES = 2**21  # shown in the page; a larger one goes into the files alone
_PICTURES = ((b"\xff\xd8\xff", "jpeg"), (b"\x89PNG", "png"), (b"GIF8", "gif"), (b"RIFF", "webp"))
MIN_HOURS_MINUTES = 90  # a longer book is told in hours
MIN_RATE, MAX_RATE = 0.7, 1.4
MIN_PAUSE, MAX_PAUSE = 0.5, 2.0


@dataclass(frozen=True, slots=True)
class BookRequest:
    """Book to narrate, with the visitor's choices.

    Attributes:
        source: The book.
        chapters: Numbers of the chapters, from 0.
        title: Title.
        author: Author.
        language: Code of the language.
        engine: Name of the synthesizer.
        with_notes: Read notes.
        rate: Factor on the narrator's rate.
        pause: Factor on pauses.
        is_checked: Each part is heard again.
        pronunciations: How words are said, one "word = respelling" or "word = /IPA/" a line.
    """

    source: Source | None
    chapters: list[int]
    title: str
    author: str
    language: str
    engine: str
    with_notes: bool
    rate: float
    pause: float
    is_checked: bool
    pronunciations: str

    def is_same_book(self, other: BookRequest) -> bool:
        """Return whether another request differs in options alone, which a narration that has begun can take over."""
        names = ("source", "chapters", "title", "author", "language", "engine", "with_notes")
        return all(getattr(self, name) == getattr(other, name) for name in names)

    @property
    def named_source(self) -> Source | None:
        """Return the source with the title, author and language of the request."""
        return self.source and Source(self.source.path, self.title.strip(), self.author.strip(), self.language)

    @property
    def options(self) -> Options:
        """Return the options of the narration."""
        table = parse_table(self.pronunciations or "")
        return Options(table, self.rate, self.pause, self.is_checked)


@dataclass(frozen=True, slots=True)
class BookControls(Outputs):
    """Components of the panel.

    Attributes:
        source: Source of the book, or None.
        panel: Column with all that follows.
    """

    source: gr.State
    panel: gr.Column
    summary: gr.HTML
    chapter_list: gr.Accordion
    chapters: gr.CheckboxGroup
    title: gr.Textbox
    author: gr.Textbox
    language: gr.Dropdown
    engine: gr.Dropdown
    with_notes: gr.Checkbox
    rate: gr.Slider
    pause: gr.Slider
    is_checked: gr.Checkbox
    pronunciations: gr.Textbox

    def inputs(self) -> Inputs[BookRequest]:
        """Return the components as inputs of a handler."""
        return Inputs.gather(BookRequest, self)


@queued_handler()
def on_file(path: str | None) -> Iterator[Update]:
    """Read the file that was dropped; without one, what is shown stays."""
    if path:
        track_upload(path)
        yield Update(status=localize("Reading the book…"))
        yield show_book(Source(path))


@queued_handler()
def on_paste(text: str) -> Iterator[Update]:
    """Read the pasted text."""
    path = write_file(library.require_pasted(text), f"{localize('Pasted text')}.txt")
    yield show_book(Source(path))


@handler
def on_english_sample() -> Update:
    """Show our story in English."""
    return show_book(library.sample("en"))


@handler
def on_chinese_sample() -> Update:
    """Show our story in Chinese."""
    return show_book(library.sample("zh"))


@queued_handler()
def on_shown(request: BookRequest) -> Iterator[Update]:
    """Plan the book that is shown, so that Listen can begin at once; Listen tells what is wrong with it."""
    with suppress(FunAudioError):
        library.plan(request.named_source, request.chapters, with_notes=request.with_notes)
    yield Update()


@handler
def on_all(source: Source | None) -> list[int]:
    """Tick all chapters."""
    return list(range(len(library.read(source).chapters)))


def show_book(source: Source) -> Update:
    """Return the update that shows a book. Raises BadInput if it can't be read."""
    book = library.read(source)
    chosen = [number for number, chapter in enumerate(book.chapters) if chapter.is_selected]
    spoken = engine_picker.default_synthesizer().languages
    return Update(
        status="" if book.language in spoken else _unspoken_text(book.language),
        source=source,
        panel=gr.Column(visible=True),
        chapter_list=gr.Accordion(open=True),
        summary=summary_html(book),
        chapters=gr.CheckboxGroup(choices=library.chapter_choices(book), value=chosen),
        title=book.title,
        author=", ".join(book.authors),
        language=book.language if book.language in spoken else "en",
    )


def _unspoken_text(language: str) -> str:
    """Return the status of a book in a language without a voice, or in none that is known."""
    if not language:
        return localize("The language of the book isn't known. Choose it in the options.")
    return localize(
        "{engine} doesn't speak the language of the book ({language}). It would be read as English.",
        engine=engine_picker.default_synthesizer().title,
        language=languages.display_name(language),
    )


def summary_html(book: Book) -> str:
    """Return title, author, language, length and the reader's notes, with the cover."""
    kind = next((kind for start, kind in _PICTURES if book.cover.startswith(start)), "")
    cover = ""
    if kind and len(book.cover) <= MAX_COVER_BYTES:
        data = base64.b64encode(book.cover).decode()
        cover = f'<img src="data:image/{kind};base64,{data}" alt="{escape(localize("Cover"))}">'
    minutes = sum(library.minutes(chapter, book.language) for chapter in book.selected)
    hours = localize("about {hours:.1f} h", hours=minutes / 60)
    facts = [
        localize(languages.display_name(book.language)) if book.language in languages.LANGUAGES else "",
        localize("chapters: {count}", count=len(book.selected)),
        hours if minutes >= MIN_HOURS_MINUTES else localize("about {minutes:.0f} min", minutes=max(1.0, minutes)),
    ]
    return (
        f'<div class="fa-book">{cover}<div><h2>{escape(book.title)}</h2><p>{escape(", ".join(book.authors))}</p>'
        f"<p>{escape(' · '.join(filter(None, facts)))}</p>{notes_html(book.notes)}</div></div>"
    )


def build_book() -> BookControls:
    """Add the panel; what it says of the book appears once there is one."""
    with gr.Column(visible=False, elem_classes="fa-book-panel") as panel:
        summary = gr.HTML()
        with gr.Accordion(t("audiobook.chapters"), open=True) as chapter_list:
            with gr.Row(elem_classes="fa-tags"):
                tick_all = gr.Button(t("audiobook.all"), size="sm")
                tick_none = gr.Button(t("audiobook.none"), size="sm")
            chapters = gr.CheckboxGroup([], label=t("audiobook.chapters"), show_label=False, elem_classes="fa-chapters")
        with gr.Accordion(t("audiobook.options"), open=False):
            with gr.Row():
                title = gr.Textbox(label=t("audiobook.title"), max_lines=1)
                author = gr.Textbox(label=t("audiobook.author"), max_lines=1)
            with gr.Row():
                spoken = engine_picker.default_synthesizer().languages
                language = gr.Dropdown(language_choices(spoken), value="en", label=t("audiobook.language"))
                engine = engine_picker.build_engine()
            with gr.Row():
                rate = gr.Slider(MIN_RATE, MAX_RATE, Options().rate, step=0.02, label=t("audiobook.rate"))
                pause = gr.Slider(MIN_PAUSE, MAX_PAUSE, Options().pause, step=0.1, label=t("audiobook.pause"))
            with_notes = gr.Checkbox(False, label=t("audiobook.notes"))
            is_checked = gr.Checkbox(True, label=t("audiobook.check"))
            pronunciations = gr.Textbox(
                label=t("audiobook.pronunciations"), placeholder="Nguyen = win", lines=2, max_lines=8
            )
    source = gr.State(None)
    tick_all.click(on_all, source, chapters, api_visibility="private", show_progress="hidden")
    tick_none.click(list, None, chapters, api_visibility="private", show_progress="hidden")
    return BookControls(
        source,
        panel,
        summary,
        chapter_list,
        chapters,
        title,
        author,
        language,
        engine,
        with_notes,
        rate,
        pause,
        is_checked,
        pronunciations,
    )


def build_sources() -> dict[str, Any]:
    """Add the inputs of a book; return them by name, for wire_sources()."""
    file = gr.File(label=t("audiobook.file"), type="filepath", height=140)  # the reader says why it takes no other
    with gr.Row(elem_classes="fa-tags"):
        english = gr.Button(t("audiobook.sample.en"), size="sm", elem_id="fa-sample-en")
        chinese = gr.Button(t("audiobook.sample.zh"), size="sm", elem_id="fa-sample-zh")
    with gr.Accordion(t("audiobook.paste"), open=False):
        text = gr.Textbox(label=t("text"), lines=6, max_lines=12)
        take = gr.Button(t("audiobook.take"), size="sm")
    return {"file": file, "english": english, "chinese": chinese, "text": text, "take": take}


def wire_sources(sources: dict[str, Any], book: BookControls, status: gr.HTML) -> None:
    """Show the book that a visitor brings."""
    outputs = ({"status": status}, book)
    quiet: dict[str, Any] = {"show_progress": "hidden"}
    file = connect(sources["file"].upload, on_file, sources["file"], *outputs, **quiet, **QUEUE_OPTIONS)
    text = connect(sources["take"].click, on_paste, sources["text"], *outputs, **quiet, **QUEUE_OPTIONS)
    for event in (file, text):
        connect(event.then, on_shown, book.inputs(), {"status": status}, **quiet, **QUEUE_OPTIONS)
    connect(sources["english"].click, on_english_sample, None, *outputs, **quiet)
    connect(sources["chinese"].click, on_chinese_sample, None, *outputs, **quiet)
