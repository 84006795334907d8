"""Tests of what a listener says: commands are told from ordinary sentences, questions answered from the source."""

from __future__ import annotations

import pytest

from funaudio_core.podcast.listening.answering import Librarian, is_question
from funaudio_core.podcast.listening.commands import find_command, without_names
from funaudio_core.podcast.source import paste_source
from tabs.podcast.stored import SAMPLES
from tests.unit.podcast import questions
from tests.unit.podcast.steering import COMMANDS, HELD_OUT_COMMANDS, HELD_OUT_ORDINARY, ORDINARY
from tests.unit.podcast.test_arranging import sample


@pytest.mark.parametrize(("utterance", "command"), [*COMMANDS, *HELD_OUT_COMMANDS])
def test_commands_are_understood(utterance: str, command: str) -> None:
    assert find_command(utterance) == command


def test_ordinary_sentences_are_no_commands() -> None:
    assert [text for text in (*ORDINARY, *HELD_OUT_ORDINARY) if find_command(text)] == []


def test_the_name_of_a_host_does_not_hide_a_command() -> None:
    assert find_command("Ada, could you repeat that?", ("Ada", "Ben")) == "repeat"
    for words in ("小雨，请再说一遍。", "小雨再说一遍", "再说一遍小雨。"):
        assert find_command(words, ("小雨",)) == "repeat"
    assert find_command("昨天小雨停了一天", ("小雨",)) is None


@pytest.mark.parametrize(
    "question", ["小林第一部讲茶的书是谁写的", "小林，第一部讲茶的书是谁写的？", "第一部讲茶的书是谁写的？"]
)
def test_the_name_of_a_host_does_not_hide_an_answer(question: str) -> None:
    source = paste_source((SAMPLES / "tea_zh.md").read_text(encoding="utf-8"))
    answer = Librarian(source).answer(without_names(question, ("小雨", "小林")))
    assert any("茶经" in sentence.text for sentence in answer.sentences)


@pytest.mark.parametrize(
    ("language", "rows", "answered"), [("en", questions.ENGLISH, 15), ("zh", questions.CHINESE, 8)]
)
def test_answers_come_from_the_source_or_are_declined(
    language: str, rows: tuple[tuple[str, str], ...], answered: int
) -> None:
    librarian = Librarian(sample(language))
    found = [(librarian.answer(question), words) for question, words in rows]
    right = [answer for answer, words in found if words and any(words in each.text for each in answer.sentences)]
    declined = [answer for answer, words in found if not words and not answer.is_known]
    assert len(right) >= answered
    assert len(declined) >= 0.8 * sum(not words for _, words in rows)


def test_questions_are_told_from_opinions() -> None:
    assert all(is_question(question) for question, _ in (*questions.ENGLISH, *questions.CHINESE))
    for opinion in ("I think that is sad.", "My grandfather was a keeper.", "我不同意这个看法。", "That was brave."):
        assert not is_question(opinion)
