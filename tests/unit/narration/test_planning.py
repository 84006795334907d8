"""Tests of plans: every character in one line, speakers, limits of lines, files of plans."""

from __future__ import annotations

import json

import pytest

from funaudio_core import text
from funaudio_core.books.model import HEADING, NOTE, PARAGRAPH, VERSE, Book, Chapter, Note, Passage, spoken_passages
from funaudio_core.errors import BadInput
from funaudio_core.narration import stored
from funaudio_core.narration.model import NARRATOR, UNKNOWN, Plan
from funaudio_core.narration.planning import LINE_CHARACTERS, MAX_SENTENCE_CHARACTERS, plan_book
from tests.unit.narration.books import story


def book(*passages: str | Passage, language: str = "en") -> Book:
    rows = tuple(row if isinstance(row, Passage) else Passage(PARAGRAPH, row) for row in passages)
    return Book("B", (), language, (Chapter("One", rows),))


def check_complete(source: Book, plan: Plan, with_notes: bool = False) -> None:
    for before, after in zip(source.selected, plan.chapters, strict=True):
        spoken = [
            passage.text
            for passage in spoken_passages(before, source.language, with_notes=with_notes)
            if text.is_speakable(passage.text)
        ]
        joined = ["".join(line.text for line in after.lines if line.passage == number) for number in range(len(spoken))]
        assert joined == spoken


def test_each_character_is_in_one_line_with_its_speaker() -> None:
    source = story()
    plan = plan_book(source)
    check_complete(source, plan)
    said = {line.text.strip(" “”"): line for line in plan.chapters[0].lines}
    assert said["Come here,"].speaker == said["You must,"].speaker == "Anna"
    assert said["No!"].speaker == "Tom"
    assert said["You must,"].is_whispered
    assert said["No!"].level > 0 > said["Come here,"].level
    assert said["The River"].speaker == said["said Anna quietly."].speaker == NARRATOR
    assert said["Tom looked at the river. The water had risen, and the old bridge trembled."].follows_break
    assert [(row.name, row.sex) for row in plan.speakers] == [("Anna", "female"), ("Tom", "male")]
    assert plan.speakers[0].chapters == (0, 1)


@pytest.mark.parametrize(
    "passages",
    [
        ["“Unclosed to the end.", "And so on. ” said nobody", "”"],
        ["He read “Exit” on the door and left.", "... “” ...", "“A” “B”"],
        [Passage(VERSE, "One line,\nand another “said” he\nthe third")],
        [Passage(HEADING, "“Perhaps”"), "Text."],
        ["x" * 5000, "word " * 2000, "“" + "long speech. " * 300 + "”"],
    ],
)
def test_odd_passages_are_complete(passages: list[str | Passage]) -> None:
    source = book(*passages)
    plan = plan_book(source)
    check_complete(source, plan)
    assert all(text.is_speakable(line.text) for line in plan.chapters[0].lines)
    assert max(len(line.text) for line in plan.chapters[0].lines) <= MAX_SENTENCE_CHARACTERS[True] + 1


def test_chinese_book_is_complete_and_its_speech_has_speakers() -> None:
    source = book("王熙凤笑道：“我来迟了！”众人都不说话。", "黛玉问道：「你是谁？」", language="zh")
    plan = plan_book(source)
    check_complete(source, plan)
    assert [line.speaker for line in plan.chapters[0].lines if line.is_quotation] == ["王熙凤", "黛玉"]


def test_long_paragraph_is_cut_between_sentences() -> None:
    words = " ".join(f"Sentence number {number} is here." for number in range(60))
    lines = plan_book(book(words)).chapters[0].lines
    assert len(lines) > 5
    assert all(len(line.text) <= LINE_CHARACTERS[True] + 1 and line.text.rstrip().endswith(".") for line in lines)


def test_words_in_quotes_within_a_sentence_stay_in_its_line() -> None:
    lines = plan_book(book("She called it a so-called “miracle” and went home.")).chapters[0].lines
    assert [line.text for line in lines] == ["She called it a so-called “miracle” and went home."]


def test_notes_are_read_after_their_sentence_by_the_narrator() -> None:
    source = book(Passage(PARAGRAPH, "First. “Second,” said Anna. Third.", (Note(6, "A note."),)))
    plan = plan_book(source, with_notes=True)
    check_complete(source, plan, with_notes=True)
    lines = plan.chapters[0].lines
    assert [(line.text.strip(), line.speaker) for line in lines][:3] == [
        ("First.", NARRATOR),
        ("A note.", NARRATOR),
        ("“Second,”", "Anna"),
    ]
    assert lines[1].kind == NOTE


def test_speech_of_other_languages_is_unknown_never_the_narrators() -> None:
    lines = plan_book(book("« Bonjour », dit-elle. Il sourit.", language="fr")).chapters[0].lines
    assert lines[0].speaker == UNKNOWN


def test_chapters_are_chosen_by_number() -> None:
    assert [row.title for row in plan_book(story(), chapters=[1]).chapters] == ["The End"]
    with pytest.raises(BadInput, match="Choose other chapters"):
        plan_book(story(), chapters=[])


def test_plan_survives_its_file_and_a_damaged_file_is_a_sentence() -> None:
    plan = plan_book(story())
    row = json.loads(json.dumps(stored.dump(plan)))
    assert stored.load_plan(row) == plan
    damaged = [
        {**row, "chapters": []},
        {**row, "chapters": [{"title": "x", "lines": [{"text": "a"}]}]},
        {**row, "chapters": [{"title": "x", "lines": [{"text": 1, "passage": 0, "kind": "paragraph"}]}]},
        {**row, "chapters": [{"title": "x", "lines": [{"text": "a", "passage": True, "kind": "paragraph"}]}]},
        {**row, "speakers": [{"name": "A", "rank": 3}]},
        {**row, "chapters": "all"},
        [],
    ]
    for wrong in damaged:
        with pytest.raises(BadInput, match="saved by this app"):
            stored.load_plan(wrong)  # type: ignore[arg-type]
