"""Tests of the rules that score responses without a judge: each verdict in both ways."""

from __future__ import annotations

from typing import Any

import pytest

from funaudio_core.evaluation.formats.rules import bbh, ifeval, mmau_pro

CASES: tuple[tuple[str, dict[str, Any], str, str], ...] = (  # instruction, parameters, a response that follows, one not
    ("keywords:existence", {"keywords": ["fox", "Dog"]}, "The FOX and the dog.", "The fox."),
    ("keywords:frequency", {"keyword": "a+(", "frequency": 2, "relation": "less than"}, "a+( once", "a+( a+("),
    ("keywords:forbidden_words", {"forbidden_words": ["cat"]}, "A category.", "A Cat."),
    ("keywords:letter_frequency", {"letter": "E", "let_frequency": 2, "let_relation": "at least"}, "eel", "elm"),
    ("language:response_language", {"language": "de"}, "Das Haus am See ist sehr schön.", "The house is very nice."),
    ("length_constraints:number_sentences", {"num_sentences": 2, "relation": "at least"}, "One. Two!", "Mr. Pike went"),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "*** a *** b", "a *** *** b"),
    ("length_constraints:number_words", {"num_words": 3, "relation": "less than"}, "two words", "now three words"),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "then"},
        "First this.\n\n'Then, that.",
        "First this.\n\nThen that.\n\nEnd.",
    ),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, "[a] and [b]", "[a] and (b)"),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, "Text. p. p.s also", "Text. P.S. also"),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "* a\n- b", "** a **\n- b"),
    ("detectable_format:constrained_response", {}, "Well: My answer is maybe.", "My answer is perhaps."),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, "*a* and *b*", "*a* and **"),
    (
        "detectable_format:multiple_sections",
        {"section_spliter": "Section", "num_sections": 2},
        "Section 1 a Section 2 b",
        "Section 1 a Section b",
    ),
    ("detectable_format:json_format", {}, "```json\n{}\n```", "{a: 1}"),
    ("detectable_format:title", {}, "<<Title>>\ntext", "<< >>"),
    ("combination:two_responses", {}, "a ****** b", "a ****** a"),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Say it. "}, "say it. Yes", "Yes. Say it."),
    ("startend:end_checker", {"end_phrase": "The End"}, 'So "the end"', "The end. So"),
    ("startend:quotation", {}, ' "quoted" ', '"'),
    ("change_case:capital_word_frequency", {"capital_frequency": 2, "capital_relation": "at least"}, "A B c", "A b c"),
    ("change_case:english_capital", {}, "THIS IS ALL ABOUT A HOUSE", "This is"),
    ("change_case:english_lowercase", {}, "this is all about a house", "das haus am see ist sehr schön"),
    ("punctuation:no_comma", {}, "no comma", "a, b"),
)


def test_each_instruction_of_ifeval_has_a_case() -> None:
    assert {name for name, *_ in CASES} == set(ifeval.RULES)


@pytest.mark.parametrize(("name", "values", "right", "wrong"), CASES, ids=[name for name, *_ in CASES])
def test_instruction_is_verified(name: str, values: dict[str, Any], right: str, wrong: str) -> None:
    given = ifeval.Instruction(name, values, "")
    assert given.is_followed(right)
    assert not given.is_followed(wrong)
    assert not given.is_followed(" ")


def test_loose_verdict_forgives_a_first_line_a_last_line_and_asterisks() -> None:
    given = [ifeval.Instruction("startend:quotation", {}, "")]
    for response in ('Here it is:\n"text"', '"text"\nIs that fine?', 'Here:\n*"text"*\nFine?'):
        assert ifeval.follow_strictly(given, response) == [False]
        assert ifeval.follow_loosely(given, response) == [True]
    assert ifeval.follow_loosely(given, "text") == [False]


PRO_CASES: tuple[tuple[str, dict[str, Any], str, str], ...] = (
    ("Include Keywords", {"keywords": "fox, dog"}, "Dog and fox", "fox"),
    ("Keyword Frequency", {"keyword": "Fox", "N": 1}, "one fox, two foxes", "fox fox"),
    ("Forbidden Words", {"forbidden_words": "cat, cow"}, "dog", "Cow"),
    ("Number Paragraphs", {"N": 2}, "a *** b", "a b"),
    ("Number Words (at least)", {"N": 2}, "a b", "a"),
    ("Number Words (at most)", {"N": 2}, "a b", "a b c"),
    ("Number Words (range)", {"N1": 2, "N2": 3}, "a b", "a"),
    ("Number Sentences (at least)", {"N": 2}, "One. Two.", "One."),
    ("Number Sentences (at most)", {"N": 1}, "One.", "One. Two."),
    ("Number Sentences (range)", {"N1": 1, "N2": 1}, "One.", "One. Two."),
    ("Postscript", {"postscript_marker": "P.S."}, "text p.s. more", "text"),
    ("Number Placeholder", {"N": 1}, "[name]", "name"),
    ("Number Bullets", {"N": 2}, "* a\n* b", "* a"),
    ("Title", {}, "<<t>>", "<>"),
    ("Minimum Number Highlighted Section", {"N": 1}, "*a*", "a"),
    ("Multiple Sections", {"N": 2, "section_splitter": "++"}, "a ++ b", "a"),
    ("Repeat Prompt", {}, "say IT: yes", "yes"),
    ("Two Responses", {}, "a******b", "a******A"),
    ("All Uppercase", {}, "ABC", "ABc"),
    ("All Lowercase", {}, "abc", "aBc"),
    ("All-capital Words (at least)", {"N": 2}, "A B", "A b"),
    ("All-capital Words (at most)", {"N": 1}, "A b", "A B"),
    ("All-capital Words (range)", {"N1": 1, "N2": 1}, "A b", "a b"),
    ("Start Checker", {"start_phrase": "Dear all,"}, "dear all: hello", "hello dear all"),
    ("End Checker", {"end_phrase": "the end."}, "This is the end", "the end is near"),
    ("Quotation", {}, '"a"', "a"),
    ("No Commas", {}, "a b", "a, b"),
)


@pytest.mark.parametrize(("name", "values", "right", "wrong"), PRO_CASES, ids=[name for name, *_ in PRO_CASES])
def test_instruction_of_mmau_pro_is_verified(name: str, values: dict[str, Any], right: str, wrong: str) -> None:
    assert mmau_pro.is_followed(name, values, "Say it", right)
    assert not mmau_pro.is_followed(name, values, "Say it", wrong)


@pytest.mark.parametrize(
    ("task", "response", "answer"),
    [
        ("hyperbaton", "b", "(b)"),
        ("hyperbaton", "Option (A) has a better adjective order than option (B).", "(a)"),
        ("hyperbaton", "The correct adjective order is in the second option.", "(b)"),
        ("hyperbaton", "Option A sounds odd, so the answer is: **(B)**", "(b)"),
        ("hyperbaton", "Both sentences are a matter of taste.", ""),
        ("navigate", "Yes, you do.", "yes"),
        ("navigate", "After these steps you are not back at the starting point.", "no"),
        ("navigate", "You take 4 steps and then return to where you started.", "yes"),
        ("navigate", "The answer is \\boxed{\\text{False}}.", "no"),
        ("web_of_lies", "Delfina says Sima lies. So Delfina does tell the truth.", "yes"),
        ("web_of_lies", "Therefore, Maria must be lying.", "no"),
        ("web_of_lies", "Maria doesn't tell the truth.", "no"),
        ("sports_understanding", "It seems unlikely to be plausible.", "no"),
        ("sports_understanding", "Considering these points, the sentence is plausible.", "yes"),
        ("sports_understanding", "Basketball is a game.", ""),
    ],
)
def test_answer_of_two_choices_is_found(task: str, response: str, answer: str) -> None:
    assert bbh.find_answer(response, task) == answer
