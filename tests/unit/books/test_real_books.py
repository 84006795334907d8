"""Tests of the readers on whole books out of packages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from funaudio_core.books.model import NOTE, spoken_passages
from funaudio_core.books.reading import read_book
from tests.real_books import lunyu, real_book
from tests.unit.books import samples

NOVELS = {
    "pride_and_prejudice": 61,
    "emma": 55,
    "mansfield_park": 48,
    "northanger_abbey": 31,
    "persuasion": 24,
    "sense_and_sensibility": 50,
}


def test_moby_dick_has_135_chapters_and_the_epilogue() -> None:
    book = read_book(real_book("moby_dick.epub"))
    titles = [chapter.title for chapter in book.selected]
    assert titles[:2] == ["Chapter 1. Loomings.", "Chapter 2. The Carpet-Bag."]
    assert [int(number[1]) for title in titles[:-1] if (number := re.match(r"Chapter (\d+)\.", title))] == list(
        range(1, 136)
    )
    assert titles[135:] == ["Epilogue"]
    assert (book.title, book.authors, book.language) == ("Moby-Dick", ("Herman Melville",), "en")
    notes = [
        passage
        for chapter in book.chapters
        for passage in spoken_passages(chapter, "en", with_notes=True)
        if passage.kind == NOTE
    ]
    assert len(notes) == 1
    assert book.cover.startswith(b"\xff\xd8")


def test_the_war_of_the_worlds_has_27_chapters_in_two_parts() -> None:
    book = read_book(real_book("war_of_the_worlds.epub"))
    parts = [chapter.part for chapter in book.selected]
    assert [parts.count(part) for part in dict.fromkeys(parts)] == [17, 10]
    assert book.selected[0].title == "Chapter 1 - The Eve of the War"
    assert book.selected[0].passages[0].text.endswith("The Coming of the Martians")
    assert any(passage.text.startswith("No one would have believed") for passage in book.selected[0].passages)


@pytest.mark.parametrize(("name", "count"), NOVELS.items())
def test_chapters_of_austen(name: str, count: int) -> None:
    book = read_book(real_book(f"{name}.txt"))
    assert len(book.selected) == count
    assert book.language == "en"


def test_the_analects_as_text_with_titles_alone_and_as_an_epub(tmp_path: Path) -> None:
    chapters = lunyu()
    names = [name for name, _ in chapters]
    (tmp_path / "论语.txt").write_text(
        "".join(f"{name}\n\n" + "".join(f"\u3000\u3000{line}\n" for line in lines) + "\n" for name, lines in chapters),
        encoding="gb18030",
    )
    book = read_book(tmp_path / "论语.txt")
    assert [chapter.title for chapter in book.selected] == names
    assert book.language == "zh"
    documents = {
        f"c{number}.xhtml": samples.page(f"<h2>{name}</h2>" + "".join(f"<p>{line}</p>" for line in lines))
        for number, (name, lines) in enumerate(chapters)
    }
    files = samples.epub_files(documents)
    files["OPS/nav.xhtml"] = samples.nav(*zip(documents, names, strict=True))
    book = read_book(samples.archive(files, tmp_path / "论语.epub"))
    assert [chapter.title for chapter in book.selected] == names
