"""Parts of the Audio chat page: what was heard of an answer, and choices."""

from __future__ import annotations

import pytest

from funaudio_core.engines.spoken_chat import ReplyPiece
from funaudio_core.errors import BadInput
from tabs.audio_chat.exchange import Answer, cut_text
from tabs.audio_chat.questions import Talk, keep_heard
from tabs.audio_chat.understanding import ask_with_choices, find_choice
from tests.conftest import noise

STEPS = [(0.0, "One"), (0.2, " two"), (0.4, " three"), (0.6, " four")]  # of a model that speaks itself
SENTENCES = [(0.0, "One two."), (1.0, "Three four five six.")]  # of a synthesizer


@pytest.mark.parametrize(
    ("marks", "heard", "kept"),
    [
        (STEPS, 0.0, ""),
        (STEPS, 0.4, "One two"),
        (STEPS, 0.6, "One two three"),
        (SENTENCES, 0.0, ""),
        (SENTENCES, 1.0, "One two."),
        (SENTENCES, 1.5, "One two. Three"),
        (SENTENCES, 2.0, "One two. Three four five six."),  # what follows it was not spoken yet
        ([(0.0, "你好。"), (1.0, "今天天气很好。")], 1.0, "你好。"),
    ],
)
def test_only_what_was_heard_of_an_answer_is_kept(marks: list[tuple[float, str]], heard: float, kept: str) -> None:
    assert cut_text("One two. Three four five six. Seven.", marks, heard, made_seconds=2.0) == kept
    assert cut_text("One two.\n\nThree four five six.", SENTENCES, 2.0, 2.0) == "One two.\n\nThree four five six."


def test_an_interrupted_answer_is_cut_in_the_conversation() -> None:
    answered = Talk(
        (("user", "Count.", "", None), ("assistant", "One two. Three four five six.", "", None)),
        ({"role": "user", "content": "Count."}, {"role": "assistant", "content": "One two."}),
        tuple(SENTENCES),
        made_seconds=2.0,
    )
    cut = keep_heard(answered, 1.0)
    assert cut.turns[-1][:2] == ("assistant", "One two.")
    assert [message["content"] for message in cut.messages] == ["Count.", "One two. …"]
    assert keep_heard(answered, 0.0).turns == answered.turns[:1]
    assert keep_heard(answered, 2.0) == answered
    assert keep_heard(cut, 0.5) == cut
    assert keep_heard(Talk(), 1.0) == Talk()


def test_times_of_an_answer_are_told() -> None:
    answer = Answer()
    for second, piece in enumerate((ReplyPiece("a", at=0.0), ReplyPiece("b", at=0.2), ReplyPiece(audio=noise(1.0)))):
        answer.add(piece, second + 1.0)
    assert answer.marks == [(0.0, "a"), (0.2, "b")]
    assert answer.timing() == ("first text after 1.0 s, first sound after 3.0 s, 2 steps, 1000 ms each, 3.0 s in total")


def test_choices_have_the_published_form() -> None:
    asked = ask_with_choices(" Who  speaks? ", "A man\n\nA woman\n")
    assert asked == "Who speaks? Choose the correct option from the following options:\n(A)A man\n(B)A woman"
    assert ask_with_choices("Who?", "") == "Who?"
    for question, choices in ((" ", ""), ("x" * 1001, ""), ("Who?", "\n".join("abcdefghijk"))):
        with pytest.raises(BadInput):
            ask_with_choices(question, choices)


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        ("(B)A woman", "B"),
        ("B", "B"),
        ("B.", "B"),
        ("It is a woman who speaks.", "B"),
        ("(A) or (B)", ""),
        ("Nobody.", ""),
        ("", ""),
        ("(C)", ""),
    ],
)
def test_the_choice_is_found_or_not_but_never_guessed(answer: str, letter: str) -> None:
    assert find_choice(answer, "A man\nA woman") == letter
