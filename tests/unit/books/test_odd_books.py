"""Tests of more hostile and odd files, from the file to the lines that are narrated: a right book, or a sentence."""

from __future__ import annotations

import gzip
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from funaudio_core import text
from funaudio_core.books.model import Book, spoken_passages
from funaudio_core.books.reading import read_book
from funaudio_core.errors import BadInput
from funaudio_core.narration.planning import plan_book
from tests.unit.books import samples
from tests.unit.books.samples import PROSE, SURE, archive, chapter, docx_files, docx_paragraph, epub_files, page
from tests.unit.books.test_bad_books import READ

Make = Callable[[Path], Path]
TWO = {"a.xhtml": chapter(1), "b.xhtml": chapter(2)}
DEEP = 5_000  # elements in each other
NOTES_IN_A_CIRCLE = (
    f'<h1>One</h1><p>{PROSE}<a epub:type="noteref" href="#n">1</a></p>'
    '<aside epub:type="footnote" id="n"><p>See <a epub:type="noteref" href="#m">2</a></p></aside>'
    '<aside epub:type="footnote" id="m"><p>See <a epub:type="noteref" href="#n">1</a></p></aside>'
)
LONG = 400_000  # characters of a stretch without an end


def _file(data: bytes | str, name: str = "book.txt") -> Make:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
        return folder / name

    return make


def _zip(files: dict[str, str | bytes], name: str = "book.epub") -> Make:
    return lambda folder: archive(files, folder / name)


def _epub(documents: dict[str, str] | None = None) -> Make:
    return _zip(epub_files(documents or TWO))


def _changed(changes: Mapping[str, str | bytes]) -> Make:
    """Return an EPUB with other files, by name."""
    return _zip(epub_files(TWO) | dict(changes))


def _renamed(rename: Callable[[str], str]) -> Make:
    return _zip({rename(name): content for name, content in epub_files(TWO).items()})


def _patched(offset: int, form: str, value: int) -> Make:
    """Return an EPUB with another value in the list of files, in the entry of its first document."""

    def make(folder: Path) -> Path:
        path = _epub()(folder)
        data = bytearray(path.read_bytes())
        position = data.rfind(b"PK\x01\x02", 0, data.rfind(b"OPS/a.xhtml"))
        struct.pack_into(form, data, position + offset, value)
        path.write_bytes(bytes(data))
        return path

    return make


def _nested_nav(depth: int) -> str:
    return page('<nav epub:type="toc">' + '<ol><li><a href="a.xhtml">A</a>' * depth + "</li></ol>" * depth + "</nav>")


def _looping_pdf(folder: Path) -> Path:
    """Return a PDF whose tree of pages contains itself."""
    path = folder / "book.pdf"
    data = samples.pdf([[SURE]])
    start = data.index(b"/Kids [")
    end = data.index(b"]", start)
    loop = b"/Kids [ 1 0 R 1 0 R".ljust(end - start)[: end - start]
    path.write_bytes(data[:start] + loop + data[end:])
    return path


def _owned_pdf(folder: Path) -> Path:
    """Return a PDF that opens without a password but has one of its owner."""
    from pypdf import PdfWriter

    writer = PdfWriter(clone_from=_file(samples.pdf([[SURE] * 8]), "book.pdf")(folder))
    writer.encrypt("", "owner", algorithm="RC4-128")
    writer.write(folder / "book.pdf")
    return folder / "book.pdf"


REFUSED: dict[str, tuple[Make, str]] = {
    "OpenDocument": (
        _zip({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"}, "book.odt"),
        "Save the book as DOCX",
    ),
    "Pages": (_zip({"Index/Document.iwa": b"x", "preview.jpg": b"x"}, "book.pages"), "Export the book as EPUB"),
    "spreadsheet": (_zip({"xl/workbook.xml": "<x/>"}, "book.xlsx"), "Save its text as DOCX"),
    "slides": (_zip({"ppt/presentation.xml": "<x/>"}, "book.pptx"), "Save its text as DOCX"),
    "comic": (_zip({"001.jpg": b"x", "002.PNG": b"x"}, "book.cbz"), "text recognition"),
    "packed FictionBook": (_zip({"book.fb2": "<FictionBook/>"}, "book.fb2.zip"), "Convert the book to EPUB"),
    "an EPUB in an archive": (_zip({"book.epub": b"PK"}, "book.zip"), "Unpack it"),
    "DjVu": (_file(b"AT&TFORM\x00\x00\x10\x00DJVMDIRM" + bytes(99), "book.djvu"), "text recognition"),
    "packed text": (_file(gzip.compress(SURE.encode()), "book.txt.gz"), "Unpack"),
    "program": (_file(b"\x7fELF\x02\x01\x01" + bytes(999)), "isn't text"),
    "film": (_file(b"\x00\x00\x00\x20ftypisom" + bytes(999), "book.mp4"), "isn't text"),
    "data behind the text": (_file(SURE.encode() * 9 + bytes(999)), "isn't text"),
    "symbols alone": (_file("*** --- !!! ??? … «» 🙂 ❤️\n" * 40), "no text"),
    "header alone": (_file("---\ntitle: The Boat\n---\n", "book.md"), "no text"),
    "comment alone": (_file("<!DOCTYPE html><html><!-- She came. --></html>", "book.html"), "no text"),
    "broken list of encrypted files": (_changed({"META-INF/encryption.xml": "<<<"}), "damaged"),
    "Apple's protection": (
        _changed(
            {
                "META-INF/sinf.xml": "<x/>",
                "META-INF/encryption.xml": '<encryption><EncryptedData><EncryptionMethod Algorithm="'
                'http://itunes.apple.com/dataenc"/></EncryptedData></encryption>',
            }
        ),
        "DRM",
    ),
    "unknown compression": (_patched(10, "<H", 9), "can't be unpacked"),
    "wrong checksum": (_patched(16, "<I", 1), "can't be unpacked"),
    "place outside of the file": (_patched(42, "<I", 2**31), "can't be unpacked|can't be opened"),
    "numbers alone": (_file("12\n\n345\n\n6789\n"), "no text"),
    "headings alone": (_file("".join(f"Chapter {number}\n\n" for number in range(1, 40))), "no text"),
    "PDF cut behind its pages": (
        _file(samples.pdf([["Chapter 1", *[SURE] * 8], ["Chapter 2", *[SURE] * 8]])[:-200], "book.pdf"),
        "damaged",
    ),
    "PDF without pages": (_file(samples.pdf([]), "book.pdf"), "OCR|damaged"),
    "PDF whose pages contain themselves": (_looping_pdf, "damaged|OCR"),
    "PDF of 5,001 pages": (_file(samples.pdf([[]] * 5_001), "book.pdf"), "limit is 5,000"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_no_book_is_a_sentence_with_a_remedy(tmp_path: Path, name: str) -> None:
    make, words = REFUSED[name]
    with pytest.raises(BadInput, match=words) as caught:
        read_book(make(tmp_path))
    assert str(caught.value).endswith(".")


ODD: dict[str, tuple[Make, str]] = {
    "contents nested too deeply": (_changed({"OPS/nav.xhtml": _nested_nav(DEEP)}), "gulls"),
    "tables nested too deeply": (
        _zip(docx_files("<w:tbl>" * 200 + docx_paragraph(PROSE)), "book.docx"),
        "gulls",
    ),
    "top folder around everything": (_renamed(lambda name: f"My book/{name}"), "gulls"),
    "backslashes in names": (_renamed(lambda name: name.replace("/", "\\")), "gulls"),
    "names in capitals": (_renamed(str.upper), "gulls"),
    "files without compression": (
        lambda folder: archive(epub_files(TWO), folder / "a.epub", compression=zipfile.ZIP_STORED),
        "gulls",
    ),
    "files in another compression": (
        lambda folder: archive(epub_files(TWO), folder / "a.epub", compression=zipfile.ZIP_LZMA),
        "gulls",
    ),
    "names with spaces and letters of Chinese": (
        _zip(
            epub_files({"chapter%20one.xhtml": chapter(1), "第二章.xhtml": chapter(2)})
            | {"OPS/chapter one.xhtml": chapter(1)}
        ),
        "gulls",
    ),
    "documents in UTF-16": (
        _changed({"OPS/a.xhtml": chapter(1).replace('"utf-8"', '"utf-16"').encode("utf-16")}),
        "gulls",
    ),
    "documents in Windows-1251": (
        _changed(
            {
                "OPS/a.xhtml": chapter(1, "Он вышел из дома рано утром и долго шёл вдоль реки.")
                .replace('"utf-8"', '"windows-1251"')
                .encode("cp1251")
            }
        ),
        "вышел",
    ),
    "package that names a missing document": (
        _changed({"OPS/book.opf": samples.opf(["z.xhtml", *TWO], samples.NAV_ITEM)}),
        "gulls",
    ),
    "container that names a missing package": (
        _changed({"META-INF/container.xml": samples.CONTAINER.replace("OPS/book.opf", "x/y.opf")}),
        "gulls",
    ),
    "no part in the reading order": (
        _changed(
            {
                "OPS/book.opf": samples.opf(
                    TWO,
                    samples.NAV_ITEM,
                    spine='<itemref idref="a.xhtml" linear="no"/><itemref idref="b.xhtml" linear="no"/>',
                )
            }
        ),
        "gulls",
    ),
    "rights without encryption": (_changed({"META-INF/rights.xml": "<rights/>"}), "gulls"),
    "text without paragraphs": (_epub({"a.xhtml": page(f"{PROSE}<br/><br/>{PROSE}")}), "gulls"),
    "notes that refer to each other": (_epub({"a.xhtml": page(NOTES_IN_A_CIRCLE)}), "gulls"),
    "HTML of a word processor": (
        _file(
            b"<html><head><meta charset=windows-1252><!--[if gte mso 9]><xml>x</xml><![endif]--></head>"
            b"<body><p class=MsoNormal>\x93Come here,\x94 said Anna.<o:p>&nbsp;</o:p></p></body></html>",
            "book.htm",
        ),
        "“Come here,”",
    ),
    "HTML of 5,000 lines": (_file("<html><body><p>" + f"{SURE}<br>" * 5_000, "book.html"), "quiet morning"),
    "spans nested deeply": (_file("<html><body>" + "<span>" * 1_500 + PROSE, "book.html"), "gulls"),
    "line ends of old Macs": (_file(f"Chapter 1\r\r{SURE}\r\rChapter 2\r\r{SURE}"), "quiet morning"),
    "UTF-32": (_file(SURE.encode("utf-32")), "quiet morning"),
    "Shift JIS": (_file(("今日はとても天気がいいので、公園を散歩しましょう。\n" * 20).encode("shift_jis")), "公園"),
    "EUC-KR": (_file(("오늘은 날씨가 아주 좋으니 공원에 산책하러 갑시다.\n" * 20).encode("euc_kr")), "공원"),
    "KOI8-R": (_file(("Он вышел из дома рано утром и долго шёл вдоль реки.\n" * 20).encode("koi8_r")), "вышел"),
    "one word": (_file("Hello"), "Hello"),
    "one letter": (_file("A"), "A"),
    "one word without an end": (_file("a" * LONG), "aaaa"),
    "one sentence without an end": (_file("word and " * (LONG // 9)), "word and"),
    "one Chinese sentence without an end": (_file("他走了很远的路" * (LONG // 7)), "很远的路"),
    "marks of quotation without an end": (_file("“" * LONG + "Come here." + '"' * LONG), "Come here"),
    "quotations in each other": (_file("“He said ‘" * 20_000 + "no’”" * 20_000), "He said"),
    "brackets without an end": (_file(f"{SURE}{'(' * LONG}"), "quiet morning"),
    "marks of notes alone": (_file(f"{SURE}{'[1]' * 50_000}"), "quiet morning"),
    "scene breaks alone between words": (_file("One.\n\n" + "***\n\n" * 20_000 + "Two.\n"), "Two"),
    "empty lines": (_file(f"{SURE}{chr(10) * LONG}{SURE}"), "quiet morning"),
    "marks of direction and joiners": (_file("\u202e\u200f" + "H\u200de\u200cl\ufefflo there. " * 40), "there"),
    "letters under piles of marks": (_file(("Z" + "\u0300" * 60 + "algo was here. ") * 400), "was here"),
    "name that isn't UTF-8": (_file(samples.pdf([[SURE] * 20]), "\udce9 book.pdf"), "quiet morning"),
    "PDF that only its owner may change": (_owned_pdf, "quiet morning"),
    "outline that leads nowhere": (
        _file(samples.pdf([[SURE] * 8], {"One": 0, "Two": 0}), "book.pdf"),
        "quiet morning",
    ),
}


def _check_plan(book: Book) -> None:
    """Check that every character of the chosen chapters is in one line."""
    plan = plan_book(book)
    for before, after in zip(book.selected, plan.chapters, strict=True):
        passages = spoken_passages(before, book.language)
        spoken = [passage.text for passage in passages if text.is_speakable(passage.text)]
        joined = ["".join(line.text for line in after.lines if line.passage == number) for number in range(len(spoken))]
        assert joined == spoken


@pytest.mark.parametrize("name", ODD)
def test_an_odd_file_is_a_right_book_with_a_plan(tmp_path: Path, name: str) -> None:
    make, words = ODD[name]
    book = read_book(make(tmp_path))
    assert words in "\n".join(passage.text for chapter in book.selected for passage in chapter.passages)
    assert book.title.encode()
    _check_plan(book)


@pytest.mark.parametrize("name", READ)
def test_odd_books_have_a_plan(tmp_path: Path, name: str) -> None:
    _check_plan(read_book(READ[name][0](tmp_path)))


def test_a_whole_book_in_a_quotation_that_never_ends_has_a_plan(tmp_path: Path) -> None:
    paragraphs = (f"“{SURE}Nobody knew door {number}." for number in range(5_000))
    _check_plan(read_book(_file("\n\n".join(paragraphs))(tmp_path)))
