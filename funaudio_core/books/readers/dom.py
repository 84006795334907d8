"""Parsing of XML and HTML from untrusted files: no entities, no network, no external files."""

from __future__ import annotations

import html.entities
import re
from typing import TypeAlias

from lxml import etree
from lxml import html as lxml_html

from funaudio_core.books.readers.encodings import decode_markup
from funaudio_core.errors import BadInput

Element: TypeAlias = etree._Element  # noqa: SLF001 (lxml has no public name for it)
EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"
_DOCTYPE = re.compile(r"<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
_HEAD_CHARACTERS = 16_384  # in which the document type is looked for
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def parse_html(data: bytes) -> Element:
    """Return the root of an XHTML or HTML document; one that isn't well-formed is mended as browsers do.

    Raises:
        BadInput: There is no element.
    """
    text = _prepare(data)
    try:
        return etree.fromstring(text.encode(), _xml_parser(recover=False))
    except etree.XMLSyntaxError:
        pass
    try:
        # Without huge_tree, text inside of more than 255 elements, such as fonts that are never closed, is lost.
        parser = lxml_html.HTMLParser(no_network=True, huge_tree=True, encoding="utf-8")
        return lxml_html.document_fromstring(text.encode(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise BadInput("The file has no text. Choose a book with text.") from error


def parse_xml(data: bytes) -> Element:
    """Return the root of an XML document; small errors are mended.

    Raises:
        BadInput: Nothing of it can be read.
    """
    try:
        root = etree.fromstring(_prepare(data).encode(), _xml_parser(recover=True))
    except etree.XMLSyntaxError:
        root = None
    if root is None:
        raise BadInput("The book is damaged: its XML can't be read. Download or export it again.")
    return root


def _xml_parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=recover, remove_pis=True
    )


def _prepare(data: bytes) -> str:
    """Return the text without declarations, which define entities, and with HTML's named characters."""
    text = _DECLARATION.sub("", _CONTROL.sub("", decode_markup(data)))
    head, body = text[:_HEAD_CHARACTERS], text[_HEAD_CHARACTERS:]
    return _NAMED.sub(_named_character, _DOCTYPE.sub("", head, count=1) + body)


def _named_character(match: re.Match[str]) -> str:
    name = match[1]
    return match[0] if name in _XML_ENTITIES else html.entities.html5.get(f"{name};", match[0])


def tag(element: Element) -> str:
    """Return the name of an element without its namespace, in lower case; "" for comments."""
    name = element.tag
    return name.rpartition("}")[2].lower() if isinstance(name, str) else ""


def children(element: Element, *names: str) -> list[Element]:
    """Return the descendants with one of these names (without namespace), in document order."""
    return [node for node in element.iter() if tag(node) in names]


def text_of(element: Element) -> str:
    """Return the text inside an element, with single spaces."""
    return " ".join("".join(element.itertext()).split())


def roles(element: Element) -> frozenset[str]:
    """Return the roles of an element: the words of epub:type, and those of role without the prefix doc-."""
    words = f"{element.get(EPUB_TYPE) or element.get('epub:type') or ''} {element.get('role') or ''}".split()
    return frozenset(word.lower().removeprefix("doc-").removeprefix("z3998:") for word in words)
