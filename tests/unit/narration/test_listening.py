"""Tests of the comparison of sentences with what was heard."""

from __future__ import annotations

import pytest

from funaudio_core.narration.listening import hear

SENTENCES = ["The river had risen in the night.", "Anna crossed it.", "Nobody else dared to."]


def test_sentences_heard_as_written_have_no_errors() -> None:
    found = hear(SENTENCES, "the river had risen in the night Anna crossed it nobody else dared to", "en")
    assert [row.error_rate for row in found] == [0, 0, 0]
    assert not any(row.is_doubtful for row in found)


def test_errors_belong_to_their_sentence() -> None:
    found = hear(SENTENCES, "The river had risen in the night. Hannah lost a bit. Nobody else dared to.", "en")
    assert [row.is_flagged for row in found] == [False, True, False]
    assert found[1].heard == "hannah lost a bit"


def test_lost_words_in_a_row_are_flagged_even_in_a_long_sentence() -> None:
    long = "It was the first day of the long voyage and all of the passengers stood at the rail and waved."
    found = hear([long], "It was the first day of the long voyage and all stood at the rail and waved.", "en")
    assert (found[0].lost_run, found[0].is_flagged) == (3, False)
    found = hear([long], "It was the first day of the long voyage and at the rail and waved.", "en")
    assert found[0].is_flagged
    assert found[0].error_rate < 0.3


def test_names_may_be_spelled_in_another_way() -> None:
    heard = "hannah crossed it"
    assert hear(["Anna crossed it."], heard, "en")[0].errors == 1
    assert hear(["Anna crossed it."], heard, "en", ["Anna"])[0].errors == 0
    assert hear(["Mr. Nguyen crossed it."], "mister win went crossed it", "en", ["Mr. Nguyen"])[0].errors == 0


def test_numbers_count_as_written_or_as_spoken() -> None:
    found = hear(["It cost $3.50 in 1898."], "it cost three dollars and fifty cents in eighteen ninety eight", "en")
    assert found[0].error_rate <= 0.2


@pytest.mark.parametrize("heard", ["", "完全不同的话语在这里"])
def test_chinese_is_compared_by_characters(heard: str) -> None:
    assert hear(["他走过了那座旧桥。"], "他走过了那座旧桥", "zh")[0].errors == 0
    assert hear(["他走过了那座旧桥。"], heard, "zh")[0].is_flagged
