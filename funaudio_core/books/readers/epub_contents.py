"""Package and contents of an EPUB: spine, metadata, and the titles of its navigation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from funaudio_core.books.readers.archive import Archive, join_name
from funaudio_core.books.readers.dom import Element, children, parse_html, parse_xml, roles, tag, text_of
from funaudio_core.errors import BadInput

CONTAINER, ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"
_FONT_OBFUSCATION = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_DOCUMENT_TYPES = ("html", "xml", "dtbook")  # parts of media types of documents that are read
MAX_DOCUMENTS = 10_000
MAX_DEPTH = 20  # of the contents; what is nested deeper is left out


@dataclass(frozen=True, slots=True)
class Entry:
    """Line of the contents.

    Attributes:
        title: Title.
        document: Entry of the archive.
        fragment: Id in the document, or "".
        depth: 0 for the outermost level.
        has_children: Lines below belong to it.
    """

    title: str
    document: str
    fragment: str
    depth: int
    has_children: bool


@dataclass(slots=True)
class Package:
    """Facts of the package document.

    Attributes:
        title: Title of the book, or "".
        authors: Names of the authors.
        language: Language tag, or "".
        spine: Documents in reading order, and whether each is part of it (linear).
        entries: Lines of the contents; empty without usable contents.
        landmarks: Roles of documents by the landmarks and the guide.
        cover: Entry of the cover's image, or "".
    """

    title: str = ""
    authors: tuple[str, ...] = ()
    language: str = ""
    spine: list[tuple[str, bool]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    landmarks: dict[str, set[str]] = field(default_factory=dict)
    cover: str = ""


def check_rights(archive: Archive) -> None:
    """Raise BadInput if the book's documents are encrypted; obfuscated fonts don't matter."""
    if archive.find(ENCRYPTION) is None and archive.find("META-INF/rights.xml") is None:
        return
    methods = []
    if archive.find(ENCRYPTION) is not None:
        root = parse_xml(archive.read(ENCRYPTION))
        for data in children(root, "encrypteddata"):
            methods += [method.get("Algorithm") or "" for method in children(data, "encryptionmethod")[:1]]
    if any(method not in _FONT_OBFUSCATION for method in methods):
        raise BadInput("The book is protected against copying (DRM). Choose an edition without protection.")


def read_package(archive: Archive) -> Package:
    """Read the package document, and the contents from the navigation document or the NCX.

    Raises:
        BadInput: There is no package or no document to read.
    """
    name = _package_name(archive)
    root = parse_xml(archive.read(name))
    items = {item.get("id") or "": item for item in children(root, "item")}
    package = Package()
    _read_metadata(root, items, name, package)
    for reference in children(root, "itemref"):
        item = items.get(reference.get("idref") or "")
        document = archive.find(join_name(name, item.get("href") or "")[0]) if item is not None else None
        if item is not None and document and _is_document(item):
            package.spine.append((document, reference.get("linear") != "no"))
    package.spine = list(dict(reversed(package.spine[:MAX_DOCUMENTS])).items())[::-1]  # each document once
    if not package.spine:
        raise BadInput("The book lists no text to read. Export it again, for example with Calibre.")
    _read_contents(archive, root, items, name, package)
    return package


def _package_name(archive: Archive) -> str:
    """Return the name of the package document."""
    names = []
    if archive.find(CONTAINER) is not None:
        root = parse_xml(archive.read(CONTAINER))
        names = [archive.find(file.get("full-path") or "") for file in children(root, "rootfile")]
    names += [name for name in archive.names if name.lower().endswith(".opf")]
    found = next((name for name in names if name), None)
    if found is None:
        raise BadInput("The file isn't a complete EPUB: its package document is missing. Export the book again.")
    return found


def _is_document(item: Element) -> bool:
    kind = (item.get("media-type") or "").lower()
    href = (item.get("href") or "").lower()
    is_named = href.endswith((".xhtml", ".html", ".htm"))
    return is_named or (any(word in kind for word in _DOCUMENT_TYPES) and "svg" not in kind)


def _read_metadata(root: Element, items: dict[str, Element], base: str, package: Package) -> None:
    metadata = next(iter(children(root, "metadata")), root)
    package.title = next((text for node in children(metadata, "title") if (text := text_of(node))), "")
    package.authors = tuple(dict.fromkeys(text for node in children(metadata, "creator") if (text := text_of(node))))
    package.language = next((text for node in children(metadata, "language") if (text := text_of(node))), "")
    named = [node.get("content") or "" for node in children(metadata, "meta") if node.get("name") == "cover"]
    covers = [item for item in items.values() if "cover-image" in (item.get("properties") or "").split()]
    covers += [items[name] for name in named if name in items]
    covers += [item for key, item in items.items() if re.search("cover", key, re.IGNORECASE)]
    images = [item for item in covers if (item.get("media-type") or "").startswith("image/")]
    package.cover = join_name(base, images[0].get("href") or "")[0] if images else ""


def _read_contents(archive: Archive, root: Element, items: dict[str, Element], base: str, package: Package) -> None:
    """Fill the entries and the landmarks; contents that can't be read are as none."""
    for reference in children(root, "reference"):
        document, _ = join_name(base, reference.get("href") or "")
        package.landmarks.setdefault(document, set()).add((reference.get("type") or "").lower())
    navigation = [item for item in items.values() if "nav" in (item.get("properties") or "").split()]
    for item in navigation:
        name = join_name(base, item.get("href") or "")[0]
        if archive.find(name) is not None:
            _read_navigation(parse_html(archive.read(name)), name, package)
    if package.entries:
        return
    for item in items.values():
        name = join_name(base, item.get("href") or "")[0]
        if (item.get("media-type") or "") == "application/x-dtbncx+xml" and archive.find(name) is not None:
            points = children(parse_xml(archive.read(name)), "navmap")
            package.entries = [entry for nav_map in points[:1] for entry in _ncx_entries(nav_map, name, 0)]


def _read_navigation(root: Element, name: str, package: Package) -> None:
    for nav in children(root, "nav"):
        found = roles(nav)
        lists = [child for child in nav if tag(child) == "ol"]
        if "landmarks" in found:
            for link in children(nav, "a"):
                document, _ = join_name(name, link.get("href") or "")
                package.landmarks.setdefault(document, set()).update(roles(link))
        elif "toc" in found or (not found and not package.entries):
            package.entries = [entry for outer in lists[:1] for entry in _nav_entries(outer, name, 0)]


def _nav_entries(outer: Element, base: str, depth: int) -> Iterator[Entry]:
    for line in outer:
        inner = [child for child in line if tag(child) == "ol"]
        label = next((child for child in line.iter() if tag(child) in ("a", "span")), None)
        if label is not None:
            document, fragment = join_name(base, label.get("href") or "") if label.get("href") else ("", "")
            yield Entry(text_of(label), document, fragment, depth, bool(inner))
        for below in inner if depth < MAX_DEPTH else ():
            yield from _nav_entries(below, base, depth + 1)


def _ncx_entries(outer: Element, base: str, depth: int) -> Iterator[Entry]:
    for point in outer:
        if tag(point) != "navpoint":
            continue
        label = next((text_of(child) for child in point if tag(child) == "navlabel"), "")
        source = next((child.get("src") or "" for child in point if tag(child) == "content"), "")
        document, fragment = join_name(base, source) if source else ("", "")
        yield Entry(label, document, fragment, depth, any(tag(child) == "navpoint" for child in point))
        if depth < MAX_DEPTH:
            yield from _ncx_entries(point, base, depth + 1)
