"""Book files that the tests make."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
    '<rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
PROSE = "The rain had stopped before they reached the harbour, and the gulls were loud above the empty quay. " * 3
SURE = "It was a quiet morning, and nobody in the whole village had yet opened a door or a window. "


def page(body: str, head: str = "<title>Sample</title>") -> str:
    """Return an XHTML document."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml" '
        f'xmlns:epub="http://www.idpf.org/2007/ops"><head>{head}</head><body>{body}</body></html>'
    )


def chapter(number: int, text: str = PROSE) -> str:
    """Return a document with a heading and a paragraph."""
    return page(f"<h1>Chapter {number}</h1><p>{text}</p>")


def nav(*titles: tuple[str, str]) -> str:
    """Return a navigation document of (document, title)."""
    lines = "".join(f'<li><a href="{name}">{title}</a></li>' for name, title in titles)
    return page(f'<nav epub:type="toc"><ol>{lines}</ol></nav>')


def ncx(*titles: tuple[str, str]) -> str:
    """Return an NCX of (document, title)."""
    points = "".join(
        f'<navPoint id="n{index}"><navLabel><text>{title}</text></navLabel><content src="{name}"/></navPoint>'
        for index, (name, title) in enumerate(titles)
    )
    return f'<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>{points}</navMap></ncx>'


def opf(documents: Iterable[str], extra: str = "", spine: str = "", metadata: str = "") -> str:
    """Return a package document whose spine has the documents in order, unless `spine` is given."""
    names = list(documents)
    items = "".join(f'<item id="{name}" href="{name}" media-type="application/xhtml+xml"/>' for name in names)
    order = spine or "".join(f'<itemref idref="{name}"/>' for name in names)
    return (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Sample</dc:title><dc:creator>A. Writer</dc:creator>'
        f"<dc:language>en</dc:language>{metadata}</metadata><manifest>{items}{extra}</manifest>"
        f"<spine>{order}</spine></package>"
    )


NAV_ITEM = '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
NCX_ITEM = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'


def archive(files: dict[str, str | bytes], path: Path, *, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write a ZIP archive and return its path."""
    with zipfile.ZipFile(path, "w", compression) as out:
        for name, content in files.items():
            out.writestr(name, content)
    return path


def epub_files(documents: dict[str, str]) -> dict[str, str | bytes]:
    """Return the files of an EPUB 3 with a navigation document that lists every document."""
    titles = [(name, f"Chapter {index}") for index, name in enumerate(documents, 1)]
    return {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OPS/book.opf": opf(documents, NAV_ITEM),
        "OPS/nav.xhtml": nav(*titles),
        **{f"OPS/{name}": text for name, text in documents.items()},
    }


def docx_files(body: str, **extra: str) -> dict[str, str | bytes]:
    """Return the files of a DOCX with styles Heading1 and Normal."""
    word = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    styles = (
        f'<w:styles {word}><w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style>'
        f'<w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style></w:styles>'
    )
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": f"<w:document {word}><w:body>{body}</w:body></w:document>",
        "word/styles.xml": styles,
    }
    return files | {name: f"<w:{kind} {word}>{text}</w:{kind}>" for (name, kind), text in _named(extra)}


def _named(extra: dict[str, str]) -> Iterable[tuple[tuple[str, str], str]]:
    for kind, text in extra.items():
        yield (f"word/{kind}.xml", kind), text


def docx_paragraph(text: str, style: str = "", runs: str = "") -> str:
    """Return a paragraph of a DOCX."""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r>{runs}</w:p>"


def pdf(pages: list[list[str]], outline: dict[str, int] | None = None, password: str = "") -> bytes:
    """Return a PDF of pages of lines, with an outline of titles and page numbers, protected if there is a password."""
    from pypdf import PdfWriter
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for lines in pages:
        sheet = writer.add_blank_page(595, 842)
        sheet[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
        )
        shown = " T* ".join(f"({line.translate({40: None, 41: None})}) Tj" for line in lines)
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 11 Tf 14 TL 60 780 Td {shown} ET".encode("latin-1") if lines else b"")
        sheet[NameObject("/Contents")] = writer._add_object(stream)
    for title, number in (outline or {}).items():
        writer.add_outline_item(title=title, page_number=number)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
