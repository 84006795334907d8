"""Read-along book: EPUB 3 with media overlays, by the sound and text of a recording."""

from __future__ import annotations

import uuid
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from funaudio_core.narration.export.archive import add_sound, require_archive_room
from funaudio_core.narration.export.cover import jpeg_cover
from funaudio_core.narration.export.files import write_atomically
from funaudio_core.narration.export.levels import LevelTarget, Progress, set_levels
from funaudio_core.narration.export.overlays import ACTIVE_CLASS, chapter_document, smil, to_markup, xhtml_page
from funaudio_core.narration.export.recording import RecordedBook
from funaudio_core.narration.export.samples import ChapterSpan, chapter_spans
from funaudio_core.narration.export.sound import FORMATS, SoundFormat

AUDIO_FORMATS = ("m4a", "mp3")  # core media types of EPUB
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_CONTAINER = (
    f'{_XML}<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>\n'
)
_STYLE = f"""body {{ line-height: 1.5; margin: 1em; }}
h1 {{ font-size: 1.4em; line-height: 1.3; }}
p {{ margin: 0 0 .6em; }}
.verse {{ margin-left: 2em; }}
.cover {{ margin: 0; text-align: center; }}
.cover img {{ max-width: 100%; max-height: 100vh; }}
.{ACTIVE_CLASS} {{ background-color: rgba(255, 200, 0, .35); }}
"""
_LEVEL_SHARE = 0.1  # of the work, for the progress


@dataclass(frozen=True, slots=True)
class _Names:
    """Names of the files of a chapter in the folder `book`, without their endings."""

    number: int

    @property
    def text(self) -> str:
        return f"chapter-{self.number}.xhtml"

    @property
    def overlay(self) -> str:
        return f"chapter-{self.number}.smil"

    def audio(self, form: SoundFormat) -> str:
        return f"audio/chapter-{self.number}{form.suffix}"


def write_epub(
    book: RecordedBook,
    path: Path,
    target: LevelTarget,
    progress: Progress = lambda _: None,
    *,
    audio_format: str = "m4a",
    by_word: bool = False,
) -> RecordedBook:
    """Write a recording as EPUB 3 whose text is highlighted while it is read.

    Args:
        book: The recording.
        path: The file, which appears when it is complete.
        target: Level of each chapter.
        progress: Called with the share that is done.
        audio_format: One of AUDIO_FORMATS, for the sound of each chapter.
        by_word: Highlight words instead of sentences.

    Returns:
        The recording with the gains of its chapters.

    Raises:
        FunAudioError: A part of the recording is missing, or the disk is full.
        Cancelled: The work was cancelled.
    """
    form, num_samples = FORMATS[audio_format], chapter_spans(book)[-1].end
    require_archive_room(book, path.parent, form)
    book = set_levels(book, target, lambda share: progress(_LEVEL_SHARE * share))
    spans, speakers = chapter_spans(book), list(book.voices)
    with write_atomically(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        archive.writestr("META-INF/container.xml", _CONTAINER)
        archive.writestr("book/package.opf", _package(book, spans, form))
        archive.writestr("book/nav.xhtml", _navigation(book, spans))
        archive.writestr("book/cover.xhtml", _cover_page(book))
        archive.writestr("book/cover.jpg", jpeg_cover(book), zipfile.ZIP_STORED)
        archive.writestr("book/style.css", _STYLE)
        for number, span in enumerate(spans, 1):
            names, length = _Names(number), span.end - span.start
            document = chapter_document(span.chapter, book.rate, book.language, speakers, by_word=by_word)
            archive.writestr(f"book/{names.text}", document.xhtml)
            overlay = smil(names.text, names.audio(form), document.fragments, length, book.rate)
            archive.writestr(f"book/{names.overlay}", overlay)
            add_sound(archive, f"book/{names.audio(form)}", book, span, form, target, {})
            progress(_LEVEL_SHARE + (1 - _LEVEL_SHARE) * span.end / num_samples)
    return book


def _package(book: RecordedBook, spans: Sequence[ChapterSpan], form: SoundFormat) -> str:
    """Return the package document."""
    items, references, durations = [], [], []
    for number, span in enumerate(spans, 1):
        names = _Names(number)
        items += [
            f'<item id="c{number}" href="{names.text}" media-type="application/xhtml+xml" media-overlay="o{number}"/>',
            f'<item id="o{number}" href="{names.overlay}" media-type="application/smil+xml"/>',
            f'<item id="a{number}" href="{names.audio(form)}" media-type="{form.media_type}"/>',
        ]
        references.append(f'<itemref idref="c{number}"/>')
        seconds = (span.end - span.start) / book.rate
        durations.append(f'<meta property="media:duration" refines="#o{number}">{seconds:.3f}s</meta>')
    newline = "\n"
    return (
        f'{_XML}<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" '
        f'xml:lang="{book.language}">\n<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f"{newline.join([*_metadata(book, spans[-1].end), *durations])}\n</metadata>\n<manifest>\n"
        '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>\n'
        '<item id="cover" href="cover.xhtml" media-type="application/xhtml+xml"/>\n'
        '<item id="picture" href="cover.jpg" media-type="image/jpeg" properties="cover-image"/>\n'
        f'<item id="style" href="style.css" media-type="text/css"/>\n{newline.join(items)}\n</manifest>\n'
        f'<spine>\n<itemref idref="cover" linear="no"/>\n{newline.join(references)}\n</spine>\n</package>\n'
    )


def _metadata(book: RecordedBook, num_samples: int) -> list[str]:
    """Return the metadata of the whole book."""
    authors = ", ".join(book.authors)
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{book.title}\n{authors}\n{book.language}\n{num_samples}")
    lines = [
        f'<dc:identifier id="id">urn:uuid:{name}</dc:identifier>',
        f"<dc:title>{to_markup(book.title)}</dc:title>",
        f"<dc:language>{book.language}</dc:language>",
        f'<meta property="dcterms:modified">{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}</meta>',
        f'<meta property="media:duration">{num_samples / book.rate:.3f}s</meta>',
        f'<meta property="media:active-class">{ACTIVE_CLASS}</meta>',
        '<meta property="schema:accessMode">textual</meta>',
        '<meta property="schema:accessMode">auditory</meta>',
        '<meta property="schema:accessModeSufficient">textual</meta>',
        '<meta property="schema:accessModeSufficient">auditory</meta>',
        '<meta property="schema:accessibilityFeature">synchronizedAudioText</meta>',
        '<meta property="schema:accessibilityHazard">none</meta>',
        '<meta property="schema:accessibilitySummary">Text and sound are synchronized.</meta>',
    ]
    for number, author in enumerate(book.authors, 1):
        lines.append(f'<dc:creator id="author{number}">{to_markup(author)}</dc:creator>')
        lines.append(f'<meta refines="#author{number}" property="role" scheme="marc:relators">aut</meta>')
    lines += [
        f'<meta property="media:narrator">{to_markup(voice)}</meta>' for voice in dict.fromkeys(book.voices.values())
    ]
    if book.date:
        lines.append(f"<dc:date>{to_markup(book.date)}</dc:date>")
    if book.description:
        lines.append(f"<dc:description>{to_markup(book.description)}</dc:description>")
    if book.series:
        lines.append(f'<meta property="belongs-to-collection" id="series">{to_markup(book.series)}</meta>')
        lines.append('<meta refines="#series" property="collection-type">series</meta>')
        if book.series_position:
            position = to_markup(book.series_position)
            lines.append(f'<meta refines="#series" property="group-position">{position}</meta>')
    return lines


def _navigation(book: RecordedBook, spans: Sequence[ChapterSpan]) -> str:
    """Return the contents: the chapters, those of a part below its title."""
    entries = []
    for part, group in groupby(enumerate(spans, 1), lambda pair: pair[1].chapter.part):
        numbered = [(_Names(number).text, span.chapter.title.strip() or str(number)) for number, span in group]
        links = "\n".join(f'<li><a href="{href}">{to_markup(title)}</a></li>' for href, title in numbered)
        entries.append(f"<li><span>{to_markup(part)}</span>\n<ol>\n{links}\n</ol></li>" if part else links)
    body = (
        f'<nav epub:type="toc" role="doc-toc" id="toc"><h1>{to_markup(book.title)}</h1>\n<ol>\n'
        + "\n".join(entries)
        + '\n</ol></nav>\n<nav epub:type="landmarks" hidden=""><ol>\n'
        '<li><a epub:type="cover" href="cover.xhtml">Cover</a></li>\n'
        '<li><a epub:type="bodymatter" href="chapter-1.xhtml">Text</a></li>\n</ol></nav>'
    )
    return xhtml_page(book.language, f"<title>{to_markup(book.title)}</title>", body)


def _cover_page(book: RecordedBook) -> str:
    head = f'<title>{to_markup(book.title)}</title><link rel="stylesheet" type="text/css" href="style.css"/>'
    body = f'<section epub:type="cover" class="cover"><img src="cover.jpg" alt="{to_markup(book.title)}"/></section>'
    return xhtml_page(book.language, head, body)
