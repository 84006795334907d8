"""Tests of damaged, hostile and odd files: each is a right book or a sentence with a remedy."""

from __future__ import annotations

import struct
import threading
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from funaudio_core.books.chapters import OUT_OF_ORDER, select_chapters
from funaudio_core.books.model import PARAGRAPH, Book, Chapter, Passage
from funaudio_core.books.readers import pdf
from funaudio_core.books.reading import MAX_TEXT_BYTES, read_book
from funaudio_core.errors import BadInput
from funaudio_core.runtime.cancellation import Cancelled, cancellable
from tests.unit.books import samples
from tests.unit.books.samples import (
    NAV_ITEM,
    PROSE,
    SURE,
    archive,
    chapter,
    docx_files,
    docx_paragraph,
    epub_files,
    page,
)

Make = Callable[[Path], Path]
TWO = {"a.xhtml": chapter(1), "b.xhtml": chapter(2)}
BOMB = '<!DOCTYPE html [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
EXTERNAL = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


def _epub(documents: dict[str, str] | None = None, more: Mapping[str, str | bytes] | None = None) -> Make:
    return lambda folder: archive(epub_files(documents or TWO) | dict(more or {}), folder / "book.epub")


def _changed(changes: dict[str, str | bytes | None], documents: dict[str, str] | None = None) -> Make:
    def make(folder: Path) -> Path:
        files = epub_files(documents or TWO) | {name: text for name, text in changes.items() if text is not None}
        return archive(
            {name: text for name, text in files.items() if changes.get(name, "") is not None}, folder / "book.epub"
        )

    return make


def _file(data: bytes, name: str = "book.txt") -> Make:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    return make


def _sparse(size: int, name: str = "book.txt") -> Make:
    def make(folder: Path) -> Path:
        with (folder / name).open("wb") as file:
            file.write(b"Once upon a time. ")
            file.truncate(size)
        return folder / name

    return make


def _cut(make: Make, share: float) -> Make:
    def cut(folder: Path) -> Path:
        path = make(folder)
        data = path.read_bytes()
        path.write_bytes(data[: int(share * len(data))])
        return path

    return cut


def _locked(folder: Path) -> Path:
    """Return an EPUB whose entries are marked as encrypted with a password."""
    path = _epub()(folder)
    data = bytearray(path.read_bytes())
    position = 0
    while (position := data.find(b"PK\x01\x02", position)) >= 0:
        flags = struct.unpack_from("<H", data, position + 8)[0]
        struct.pack_into("<H", data, position + 8, flags | 1)
        position += 4
    path.write_bytes(bytes(data))
    return path


def _lying_size(folder: Path) -> Path:
    """Return an EPUB with a document of 40 MB of zeros that claims to be small."""
    files = epub_files(TWO)
    path = archive(files | {"OPS/a.xhtml": b"<p>" + bytes(40 * 2**20)}, folder / "book.epub")
    data = bytearray(path.read_bytes())
    position = data.rfind(b"PK\x01\x02", 0, data.rfind(b"OPS/a.xhtml"))
    struct.pack_into("<I", data, position + 24, 100)
    path.write_bytes(bytes(data))
    return path


def _encryption(method: str) -> str:
    return (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><enc:EncryptedData '
        f'xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptionMethod Algorithm="{method}"/>'
        '<enc:CipherData><enc:CipherReference URI="OPS/a.xhtml"/></enc:CipherData></enc:EncryptedData></encryption>'
    )


def _pdf(pages: list[list[str]], key: str = "") -> Make:
    return _file(samples.pdf(pages, password=key), "book.pdf")


REFUSED: dict[str, tuple[Make, str]] = {
    "DRM": (_epub(more={"META-INF/encryption.xml": _encryption("http://www.w3.org/2001/04/xmlenc#aes128-cbc")}), "DRM"),
    "document of 40 MB that claims to have 100 bytes": (_lying_size, "damaged"),
    "document of 40 MB": (_epub({"a.xhtml": page("<p>" + "a" * (40 * 2**20) + "</p>")}), "unpacks to more than 32 MB"),
    "25,000 files": (_epub(more={f"x/{n}": b"" for n in range(25_000)}), "25,00. files"),
    "password of the archive": (_locked, "password"),
    "no package document": (
        _changed({"OPS/book.opf": None, "META-INF/container.xml": samples.CONTAINER}),
        "package document",
    ),
    "package document that is no XML": (_changed({"OPS/book.opf": "not XML"}), "damaged"),
    "empty spine": (_changed({"OPS/book.opf": samples.opf(TWO, NAV_ITEM, spine="<x/>")}), "lists no text"),
    "spine of unknown items": (
        _changed({"OPS/book.opf": samples.opf(TWO, spine='<itemref idref="x"/>')}),
        "lists no text",
    ),
    "pictures alone": (_epub({"a.xhtml": page('<img src="a.png" alt="Page 1"/>')}), "only pictures"),
    "nothing but footnotes": (
        _epub({"a.xhtml": page('<aside epub:type="footnote"><p>A note.</p></aside>')}),
        "nothing but notes",
    ),
    "cut in half": (_cut(_epub(), 0.5), "damaged"),
    "only the start of an archive": (_file(b"PK\x03\x04 and no more", "book.epub"), "damaged"),
    "archive of something else": (lambda folder: archive({"a.txt": "text"}, folder / "a.zip"), "isn't a book"),
    "DOCX without its text": (
        lambda folder: archive({"word/styles.xml": "<x/>"}, folder / "a.docx"),
        "DOCX is damaged",
    ),
    "DOCX that is no XML": (lambda folder: archive({"word/document.xml": "hello"}, folder / "a.docx"), "damaged"),
    "empty DOCX": (lambda folder: archive(docx_files(""), folder / "a.docx"), "no text"),
    "old Word": (_file(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.doc"), "DOCX"),
    "RTF": (_file(b"{\\rtf1 Hello}", "a.rtf"), "DOCX or TXT"),
    "MOBI": (_file(bytes(60) + b"BOOKMOBI" + bytes(100), "a.mobi"), "Calibre"),
    "FictionBook": (_file(b'<?xml version="1.0"?><FictionBook><body/></FictionBook>', "a.fb2"), "Calibre"),
    "RAR": (_file(b"Rar!\x1a\x07\x00" + bytes(50), "a.cbr"), "Unpack"),
    "picture": (_file(b"\x89PNG\r\n\x1a\n" + bytes(50), "a.png"), "OCR"),
    "sound": (_file(b"ID3\x04" + bytes(500), "a.txt"), "isn't text"),
    "empty file": (_file(b""), "empty"),
    "white space alone": (_file(b" \n\n \t\n"), "no text"),
    "300 MB of text": (_sparse(300 * 2**20), "300 MB"),
    "21 MB of text": (_file(b"word " * (MAX_TEXT_BYTES // 5 + 1)), "limit is 20 MB"),
    "six million characters": (_file(b"word " * 1_200_000), "limit is 5,000,000"),
    "scanned PDF": (_pdf([[] for _ in range(3)]), "OCR"),
    "PDF with a password": (_pdf([[PROSE]], key="x"), "password"),
    "damaged PDF": (_file(b"%PDF-1.7\nnothing", "a.pdf"), "damaged"),
    "HTML without text": (_file(b"<html><script>x</script></html>", "a.html"), "no text"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_no_book_is_a_sentence(tmp_path: Path, name: str) -> None:
    make, words = REFUSED[name]
    with pytest.raises(BadInput, match=words) as caught:
        read_book(make(tmp_path))
    assert str(caught.value).endswith(".")


def test_the_documents_together_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("funaudio_core.books.readers.archive.MAX_TOTAL_BYTES", 2 * 2**20)
    path = _epub({f"{number}.xhtml": page(f"<p>{PROSE * 2_000}</p>") for number in range(5)})(tmp_path)
    with pytest.raises(BadInput, match="unpacks to more than 2 MB"):
        read_book(path)


def _titles(book: Book) -> list[str]:
    return [chapter.title for chapter in book.selected]


def _text(book: Book) -> str:
    return "\n".join(passage.text for chapter in book.selected for passage in chapter.passages)


CHAPTERS = ["Chapter 1", "Chapter 2"]
READ: dict[str, tuple[Make, list[str], str]] = {
    "font obfuscation": (
        _epub(more={"META-INF/encryption.xml": _encryption("http://www.idpf.org/2008/embedding")}),
        CHAPTERS,
        "gulls",
    ),
    "wrong media type": (_changed({"mimetype": "text/plain"}), CHAPTERS, "gulls"),
    "no media type": (_changed({"mimetype": None}), CHAPTERS, "gulls"),
    "no container": (_changed({"META-INF/container.xml": None}), CHAPTERS, "gulls"),
    "names outside of the archive": (_epub(more={"../../evil.xhtml": "x", "/etc/passwd": "x"}), CHAPTERS, "gulls"),
    "junk of other systems": (_epub(more={"__MACOSX/._a": b"\x00", "OPS/.DS_Store": b"\x00"}), CHAPTERS, "gulls"),
    "no nav and no NCX": (_changed({"OPS/book.opf": samples.opf(TWO), "OPS/nav.xhtml": None}), CHAPTERS, "gulls"),
    "nav that lists missing documents": (_changed({"OPS/nav.xhtml": samples.nav(("z.xhtml", "Z"))}), CHAPTERS, "gulls"),
    "nav that is broken": (_changed({"OPS/nav.xhtml": "<nav><ol><li>"}), CHAPTERS, "gulls"),
    "entities that multiply": (
        _changed({"OPS/a.xhtml": BOMB + page(f"<h1>One</h1><p>&c;{PROSE}</p>")}),
        CHAPTERS,
        "gulls",
    ),
    "entities in the package": (_changed({"OPS/book.opf": BOMB + samples.opf(TWO, NAV_ITEM)}), CHAPTERS, "gulls"),
    "external entity": (
        _changed({"OPS/a.xhtml": EXTERNAL + page(f"<h1>One</h1><p>&x;{PROSE}</p>")}),
        CHAPTERS,
        "gulls",
    ),
    "HTML that isn't well-formed": (
        _changed({"OPS/a.xhtml": f"<body><h1>One</h1><p>{PROSE}<p>&nbsp;x<br>"}),
        CHAPTERS,
        "gulls",
    ),
    "markup nested 3,000 deep": (
        _changed({"OPS/a.xhtml": f"<p>{PROSE}</p>" + "<div>" * 3_000 + "deep"}),
        CHAPTERS,
        "gulls",
    ),
    "the same document twice": (
        _changed(
            {
                "OPS/book.opf": samples.opf(
                    TWO, NAV_ITEM, spine='<itemref idref="a.xhtml"/>' * 2 + '<itemref idref="b.xhtml"/>'
                )
            }
        ),
        CHAPTERS,
        "gulls",
    ),
    "another case of the names": (_changed({"OPS/a.xhtml": None, "OPS/A.XHTML": chapter(1)}), CHAPTERS, "gulls"),
    "an empty document": (_changed({"OPS/a.xhtml": ""}), ["Chapter 2"], "gulls"),
    "right-to-left text": (
        _epub({"a.xhtml": page("<h1>פרק א</h1><p>" + "הגשם פסק לפני שהגיעו אל הנמל. " * 4 + "</p>")}),
        ["Chapter 1"],
        "הגשם",
    ),
    "text with NUL": (_file(b"Chapter 1\n\n" + SURE.encode() + b"\n\nA\x01B"), ["Chapter 1"], "quiet morning"),
    "a quotation that never ends": (_file(("“" + SURE + "\n\n").encode() * 50), ["book"], "quiet morning"),
    "text in one line": (_file((SURE * 2_000).encode()), ["book"], "quiet morning"),
    "damaged UTF-8": (_file(("Él dijo: " + SURE).encode() * 40 + b"\xff\xfe"), ["book"], "Él dijo"),
    "PDF without outline": (_pdf([["Chapter 1", SURE], ["Chapter 2", SURE]]), CHAPTERS, "quiet morning"),
    "DOCX without styles": (
        lambda folder: archive(docx_files(docx_paragraph("Chapter 1") + docx_paragraph(PROSE)), folder / "a.docx"),
        ["Chapter 1"],
        "gulls",
    ),
}


@pytest.mark.parametrize("name", READ)
def test_an_odd_file_is_a_right_book(tmp_path: Path, name: str) -> None:
    make, titles, words = READ[name]
    book = read_book(make(tmp_path))
    assert _titles(book) == titles
    assert words in _text(book)
    assert "hahaha" not in _text(book)
    assert "root:" not in _text(book)


def test_nothing_is_written_outside_or_inside_the_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    path = _epub(more={"../evil.txt": "x"})(tmp_path / "in")
    read_book(path)
    assert [file.name for file in tmp_path.rglob("*")] == ["in", "book.epub"]


def test_a_book_whose_chapters_are_all_left_out_is_narrated_all_the_same() -> None:
    left_out = [Chapter(f"Chapter {i}", (Passage(PARAGRAPH, PROSE),)).leave_out(OUT_OF_ORDER) for i in range(1, 4)]
    assert all(chapter.is_selected and chapter.reason is None for chapter in select_chapters(left_out))


def test_two_thousand_chapters(tmp_path: Path) -> None:
    path = _epub({f"c{number}.xhtml": chapter(number) for number in range(1, 2_001)})(tmp_path)
    assert _titles(read_book(path)) == [f"Chapter {number}" for number in range(1, 2_001)]


def test_one_chapter_of_seventy_hours(tmp_path: Path) -> None:
    text = ("It was a quiet morning on the river. " * 10 + "\n\n") * 10_000
    book = read_book(_file(text.encode())(tmp_path))
    assert len(book.selected) == 1
    assert book.selected[0].characters > 3_500_000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("spaces.txt", f"He waited.{' ' * 300_000}She came.\n\n" * 2),
        ("dots.txt", f"Contents {'.' * 300_000} 12\n\nShe came.\n"),
        ("header.md", f"---\ntitle: The{' ' * 300_000}Boat\nauthor:\n---\n\nShe came.\n"),
        ("types.html", f"<html><body><p>She came.</p>{'<!DOCTYPE [' * 100_000}</body></html>"),
    ],
)
def test_long_runs_of_one_character_take_no_quadratic_time(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    book = read_book(tmp_path / name)
    assert "She came." in book.chapters[0].passages[-1].text


def test_a_zip_without_compression_of_its_names_is_read(tmp_path: Path) -> None:
    path = archive(epub_files(TWO), tmp_path / "book.epub", compression=zipfile.ZIP_STORED)
    assert _titles(read_book(path)) == CHAPTERS


def test_a_long_list_of_files_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = samples.archive({"a.txt": "a"}, tmp_path / "book.epub")
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.rfind(b"PK\5\6") + 12, 2**30)
    path.write_bytes(data)
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("read"))
    with pytest.raises(BadInput, match="list of files in the book has 1,024 MB; the limit is 8 MB"):
        read_book(path)


def test_the_same_of_an_archive_beyond_4_gigabytes(tmp_path: Path) -> None:
    end64 = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, 2**31, 0)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, 0, 1)
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path = tmp_path / "book.epub"
    path.write_bytes(b"PK\3\4" + bytes(100) + end64 + locator + end)
    with pytest.raises(BadInput, match="list of files in the book has 2,048 MB"):
        read_book(path)


LINE = "It was a bright cold day in April, and the clocks were striking thirteen."


def test_a_page_that_is_a_drawing_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "book.pdf"
    path.write_bytes(samples.pdf([[LINE], [LINE.upper()] * 100, [LINE]]))
    monkeypatch.setattr(pdf, "MAX_PAGE_BYTES", 2000)
    book = read_book(path)
    assert [str(note) for note in book.notes] == ["Page 2 was left out: it is too complex, perhaps a drawing."]
    assert LINE.upper() not in " ".join(passage.text for chapter in book.chapters for passage in chapter.passages)


def test_reading_a_pdf_can_be_cancelled(tmp_path: Path) -> None:
    path, stop = tmp_path / "book.pdf", threading.Event()
    path.write_bytes(samples.pdf([[LINE]] * 3))
    stop.set()
    with pytest.raises(Cancelled):
        cancellable(stop, read_book)(path)
