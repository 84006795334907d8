"""Short books for tests of narrations."""

from __future__ import annotations

from funaudio_core.books.model import BREAK, HEADING, PARAGRAPH, Book, Chapter, Passage

STORY = (
    "It had rained all night. “Come here,” said Anna quietly.",
    "“No!” shouted Tom. “I will not. You know why I can't.”",
    "“You must,” she whispered to him, “or the boat will leave without us.”",
    "Tom looked at the river. The water had risen, and the old bridge trembled.",
    "“Then we go together,” he said.",
)
ENDING = ("They were gone by noon.", "“Good-bye,” Anna said. “I shall write from the island.”", "Nobody answered her.")


def chapter(title: str, paragraphs: tuple[str, ...], scene_before: int | None = None) -> Chapter:
    """Return a chapter with its title as heading; a change of scene comes before the paragraph of that number."""
    passages = [Passage(HEADING, title)]
    for number, words in enumerate(paragraphs):
        if number == scene_before:
            passages.append(Passage(BREAK, ""))
        passages.append(Passage(PARAGRAPH, words))
    return Chapter(title, tuple(passages))


def story() -> Book:
    """Return a book of two chapters with a woman, a man and a narrator."""
    return Book("The Bridge", ("A. Writer",), "en", (chapter("The River", STORY, 3), chapter("The End", ENDING)))


def long_book(chapters: int, paragraphs: int) -> Book:
    """Return a book in which every paragraph is another one."""
    rows = [
        chapter(
            f"Chapter {number}",
            tuple(
                f"In house {number} of the street of room {place} it was quiet, and the clock struck {place} times. "
                f"“Who is there at door {place}?” asked Anna. “It is only Tom with letter {number},” said Tom."
                for place in range(paragraphs)
            ),
        )
        for number in range(1, chapters + 1)
    ]
    return Book("Long", ("A. Writer",), "en", tuple(rows))
