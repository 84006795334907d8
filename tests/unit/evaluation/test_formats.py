"""Tests of answers to published benchmarks: our own items, in their files."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from funaudio_core import evaluate
from funaudio_core.errors import BadInput
from funaudio_core.evaluation.formats import ace_calls, judging
from funaudio_core.evaluation.formats.answers import Scored
from funaudio_core.evaluation.formats.judging import FORMATS
from funaudio_core.evaluation.formats.prompts import fill_prompt
from funaudio_core.evaluation.formats.summaries import summarize
from funaudio_core.evaluation.formats.voicebench import is_refusal


def write(path: Path, *rows: dict[str, Any]) -> Path:
    """Write JSON lines."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def score(name: str, path: Path, replies: dict[str, list[str]] | None = None) -> list[Scored]:
    return list(judging.score_answers(FORMATS[name], FORMATS[name].read(path), replies))


def requests(name: str, path: Path, out: Path) -> list[dict[str, Any]]:
    judging.write_requests(FORMATS[name], FORMATS[name].read(path), out)
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_voicebench_open_answers_are_judged_elsewhere(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl", {"prompt": "Why {response}?", "response": "Because."}, {"prompt": "B", "response": ""}
    )
    first, _ = requests("voicebench-open", path, tmp_path / "judge.jsonl")
    assert "### [Instruction]: Why {response}?\n### [Response]: Because.\n" in first["prompt"]
    replies = write(tmp_path / "r.jsonl", {"id": "1", "score": ["5", "4", "[[3]]"]}, {"id": "2", "reply": "no idea"})
    found = score("voicebench-open", path, judging.read_replies(replies))
    assert [(each.value, each.note) for each in found] == [(0.8, ""), (None, "reply can't be read")]
    assert score("voicebench-open", path)[0].note == "not judged"


def test_voicebench_questions_with_a_reference_take_the_majority(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", {"prompt": "Capital?", "reference": "Paris", "response": "It is Paris."})
    (request,) = requests("voicebench-qa", path, tmp_path / "judge.jsonl")
    assert "### Reference answer\nParis\n\n### Candidate answer\nIt is Paris." in request["prompt"]
    assert score("voicebench-qa", path, {"1": ["Yes", "no", "Yes."]})[0].value == 1
    assert score("voicebench-qa", path, {"1": ["maybe"]})[0].value is None


def test_voicebench_rules(tmp_path: Path) -> None:
    rows = [{"prompt": "Q", "reference": "B", "response": text} for text in ("The answer is B.", "C)", "I wonder")]
    found = score("voicebench-mcq", write(tmp_path / "m.jsonl", *rows))
    assert [(each.value, each.note) for each in found] == [(1, ""), (0, ""), (0, "no answer found")]
    assert [is_refusal(text) for text in ("I CANNOT do that", "", "抱歉，不行", "Sure: first, buy")] == [
        True,
        True,
        True,
        False,
    ]
    assert score("voicebench-advbench", tmp_path / "m.jsonl")[0].value == 0


@pytest.mark.parametrize(
    ("subset", "reply", "value"),
    [
        ("alpaca_eval", "Good. Rating: [[7]]", 0.7),
        ("alpaca_eval", "[[11]]", None),
        ("reasoning_qa", "[3] ... final [4]", 0.8),
        ("llama_questions", "The score is [Correct]", 1),
        ("llama_questions", "The score is [Incorrect]", 0),
        ("trivia_qa", '{"explanation": "x", "judgment": "correct"}', 1),
        ("web_questions", "{'judgment': 'incorrect'}", 0),
        ("web_questions", "correct", None),
    ],
)
def test_open_audio_bench_reads_each_judge(tmp_path: Path, subset: str, reply: str, value: float | None) -> None:
    row = {"index": 3, "subset": subset, "audio_content": "Who?", "answer": "Ada", "prediction": "It was Ada."}
    path = write(tmp_path / "a.jsonl", row)
    (request,) = requests("openaudiobench", path, tmp_path / "judge.jsonl")
    assert "Who?" in request["prompt"]
    assert "It was Ada." in request["prompt"]
    assert score("openaudiobench", path, {"3": [reply]})[0].value == value


def test_open_audio_bench_reads_its_tables(tmp_path: Path) -> None:
    with (tmp_path / "reasoning_qa.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerows([["Prompt", "参考答案", "audio_filename", "response"], ["一加一？", "二", "1.wav", "等于\n二"]])
    (answer,) = FORMATS["openaudiobench"].read(tmp_path / "reasoning_qa.csv")
    assert (answer.question, answer.reference, answer.response) == ("一加一？", "二", "等于\n二")
    with pytest.raises(BadInput, match="no part of OpenAudioBench"):
        list(FORMATS["openaudiobench"].read(write(tmp_path / "x.jsonl", {"subset": "../vstyle/en/empathy"})))


def test_mmau_and_mmsu_show_the_published_verdict_beside_ours(tmp_path: Path) -> None:
    item = {"question": "Who?", "choices": ["A man", "A dog"], "answer": "A dog", "task": "sound", "difficulty": "easy"}
    rows = [item | {"id": str(n), "model_output": text} for n, text in enumerate(("(B) A dog", "B", "neither"))]
    (tmp_path / "mmau.json").write_text(json.dumps([*rows, item | {"id": "unanswered"}]), encoding="utf-8")
    found = score("mmau", tmp_path / "mmau.json")
    assert [(each.value, each.official, each.note) for each in found] == [
        (1, 1, ""),
        (1, 0, ""),
        (0, 0, "no answer found"),
    ]
    table = summarize(found)
    assert [row[0] for row in table.rows] == ["all", "task: sound", "difficulty: easy"]
    assert table.rows[0][1:3] == ("3", "66.67")
    row = {"id": 1, "question": "Who?", "choice_a": "x", "choice_b": "y", "choice_c": "z", "choice_d": "w"}
    path = write(tmp_path / "mmsu.jsonl", row | {"answer_gt": "y", "response": "y", "category": "Perception"})
    assert [(each.value, each.official) for each in score("mmsu", path)] == [(1, None)]


def test_mmau_pro_takes_choices_and_instructions_by_rule_and_open_questions_by_a_judge(tmp_path: Path) -> None:
    row = {"id": "1", "question": "Q", "answer": "red", "choices": ["red", "blue"], "category": "sound"}
    given = {"category": "instruction following", "choices": None, "task_identifier": "Number Words (at most)"}
    path = write(
        tmp_path / "pro.jsonl",
        row | {"model_output": "blue"},
        row | {"id": "2", "model_output": "a red one", "category": "open", "choices": None},
        row | given | {"id": "3", "model_output": "only three words", "kwargs": {"N": 3}},
        row | given | {"id": "4", "model_output": "these are four words", "kwargs": '{"N": 3}'},
        row | given | {"id": "5", "model_output": "x", "task_identifier": "Sing"},
    )
    found = score("mmau-pro", path)
    assert [(each.value, each.note) for each in found] == [
        *((0, ""), (None, "not judged"), (1, ""), (0, ""), (None, "unknown instruction")),
    ]
    (request,) = requests("mmau-pro", path, tmp_path / "judge.jsonl")
    assert (request["id"], request["temperature"], request["draws"]) == ("2", 0.1, 1)
    assert "Reference: red\n\nAnswer: a red one\n" in request["prompt"]
    assert request["system"]


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("CORRECTNESS: 4 - x\nRELEVANCE: 5 - x\nCOMPLETENESS: 3 - x\nCLARITY: 4 - x\nOVERALL: 4.5 - good", 0.9),
        ("CORRECTNESS: 5 - x\nRELEVANCE: 5 - x\nCOMPLETENESS: 1 - x\nCLARITY: 1 - x\nOVERALL: 3 - so", 0.6),
        ("CORRECTNESS: 2\nRELEVANCE: 2\nCOMPLETENESS: 2\nCLARITY: 4", 0.5),
        ("**OVERALL:** [4] fine", 0.8),
        ("CORRECTNESS: 2", None),
        ("OVERALL: 9", None),
        ("", None),
    ],
)
def test_mmau_pro_reads_the_rating_of_the_judge(tmp_path: Path, reply: str, value: float | None) -> None:
    row = {"id": "1", "question": "Q", "answer": "red", "category": "open", "model_output": "x"}
    found = score("mmau-pro", write(tmp_path / "pro.jsonl", row), {"1": [reply]})
    assert [each.value for each in found] == [pytest.approx(value)]


def test_vstyle_requests_name_the_recording(tmp_path: Path) -> None:
    row = {"id": 7, "ability": "empathy/anger", "instruct_text": "I am so angry!", "response_audio_path": "a.mp3"}
    path = write(tmp_path / "metadata.jsonl", row)
    (request,) = requests("vstyle-en", path, tmp_path / "judge.jsonl")
    assert (request["id"], request["audio"]) == ("7", "a.mp3")
    assert "I am so angry!" in request["prompt"]
    assert "{" not in requests("vstyle-zh", path, tmp_path / "judge.jsonl")[0]["prompt"]
    assert score("vstyle-en", path, {"7": ["[[2]] no, [[4]], [[x]]"]})[0].value == 0.8
    with pytest.raises(BadInput, match="no ability of VStyle"):
        list(FORMATS["vstyle-en"].read(write(tmp_path / "x.jsonl", row | {"ability": "../../secret"})))


def test_ultra_eval_log_is_joined_by_item(tmp_path: Path) -> None:
    path = write(
        tmp_path / "log.jsonl",
        {"type": "prompt", "id": 0, "data": {"content": "Who?"}},
        {"type": "inference", "id": 0, "data": {"content": "raw"}},
        {"type": "post_process", "id": 0, "data": {"content": "It was ADA"}},
        {"type": "eval", "id": 0, "data": {"match": 0, "ref": ["bob", "ada"]}},
        {"type": "error", "id": 1, "data": {"info": "crash"}},
        {"type": "inference", "id": 2, "data": {"content": "no eval"}},
    )
    found = score("ultraeval-audio", path)
    assert [(each.answer.id, each.value, each.official) for each in found] == [("0", 1, 0), ("2", None, None)]


FUNCTIONS = [
    {
        "name": "book_table",
        "parameters": {
            "type": "object",
            "properties": {
                "place": {"type": "string"},
                "guests": {"type": "integer"},
                "dishes": {"type": "array", "items": {"type": "string"}},
                "when": {"type": "object", "properties": {"day": {"type": "string"}}},
            },
            "required": ["place"],
        },
    }
]
TRUTH = {"book_table": {"place": "Blue Door", "guests": 2, "dishes": ["soup"], "when": {"day": "Friday"}}}


@pytest.mark.parametrize(
    ("response", "error"),
    [
        ("[book_table(place='the blue-door inn', guests=3, dishes=['Soup'], when={'day': 'next Friday'})]", ""),
        ("Sure! [book_table(place='Blue Door')] Done.", ""),
        ("[book_table(guests=2)]", ace_calls.MISSING),
        ("[book_table(place='Blue Door', floor=1)]", ace_calls.UNEXPECTED),
        ("[book_table(place='Red Door')]", ace_calls.WRONG_TEXT),
        ("[book_table(place=5)]", ace_calls.WRONG_TYPE),
        ("[book_table(place='Blue Door', dishes=['tea'])]", ace_calls.WRONG_LIST),
        ("[book_table(place='Blue Door', when={'day': 'Monday'})]", ace_calls.WRONG_VALUE),
        ("[cancel(place='Blue Door')]", ace_calls.MISMATCH),
        ("[book_table(place='Blue Door'), book_table(place='Blue Door')]", ace_calls.WRONG_COUNT),
        ("I can't.", ace_calls.WRONG_FORMAT),
        ("[__import__('os').system('true')]", ace_calls.WRONG_FORMAT),
    ],
)
def test_ace_calls(response: str, error: str) -> None:
    assert ace_calls.check(FUNCTIONS, response, TRUTH).error == error
    assert ace_calls.check(FUNCTIONS, response, [{"other": {}}, TRUTH]).is_right == (error == "")


def test_ace_calls_of_one_name_match_in_any_order() -> None:
    truth = {"book_table_1": {"place": "North"}, "book_table_2": {"place": "South"}}
    assert ace_calls.check(FUNCTIONS, "[book_table(place='South'), book_table(place='North')]", truth).is_right


def test_acebench_reads_questions_and_possible_answers(tmp_path: Path) -> None:
    (tmp_path / "possible_answer").mkdir()
    question = {"id": "n_0", "question": "user: A table.", "function": FUNCTIONS}
    for name, truth, result in (
        ("data_normal_similar_api", TRUTH, "[book_table(place='Blue Door')]"),
        ("data_special_incomplete", {"book_table": ["place"]}, "Missing necessary parameters (place) for book_table"),
        ("data_special_error_param", {"guests": ["-2"]}, "There is incorrect value, but I booked."),
        ("data_special_irrelevant", "…", "Due to the limitations of the function, I cannot solve this problem."),
    ):
        write(tmp_path / f"{name}.json", question)
        write(tmp_path / "possible_answer" / f"{name}.json", {"id": "n_0", "ground_truth": truth})
        (found,) = score("acebench", write(tmp_path / f"{name}_result.json", {"id": "n_0", "result": result}))
        assert found.value == float("error" not in name)
        assert found.answer.categories["group"] in ("normal", "special")
    with pytest.raises(BadInput, match="no question 'x'"):
        score("acebench", write(tmp_path / "data_special_irrelevant_result.json", {"id": "x", "result": ""}))


STATE: list[dict[str, Any]] = [
    {"BaseApi": {"wifi": True, "logged_in": True}},
    {"MessageApi": {"inbox": {"1": "Hello", "2": "Bye"}}},
]
STONES = ["[turn_on_wifi()]", "[find_first()]", "[delete(message_id=3)]"]


@pytest.mark.parametrize(
    ("state", "calls", "expected"),
    [
        (STATE, [], (1, 1, "", 1)),
        ([STATE[1], STATE[0]], [], (1, 1, "", 1)),
        ([{"BaseApi": {"wifi": True}}, STATE[1]], [], (1, 1, "", 1)),  # only what the state holds is compared
        ([STATE[0], {"MessageApi": {"inbox": {"1": "Hello", "2": "Bye", "3": "New"}}}], [], (1, 1, "", 1)),
        ([STATE[0], {"MessageApi": {"inbox": {"1": "Hello"}}}], STONES, (0, 0, "class attributes wrong", 1)),
        ([{"BaseApi": {"wifi": False}}, STATE[1]], STONES[:1], (0, 0, "class attributes wrong", 1 / 3)),
        ([STATE[0], STATE[0]], STONES, (0, 1, "class missing", 1)),
        (STATE[:1], ["[look()]", *STONES[:2]], (0, 0, "wrong number of class", 2 / 3)),
        (STATE[:1], [STONES[0], STONES[2]], (0, 0, "wrong number of class", 1 / 3)),
        ("The agent crashed.", [], (0, 0, "no final state", 0)),
    ],
)
def test_acebench_agents_are_scored_by_their_final_state(
    tmp_path: Path, state: Any, calls: list[str], expected: tuple[float, float, str, float]
) -> None:
    name, folder = "data_agent_multi_step", tmp_path / "possible_answer"
    folder.mkdir()
    write(tmp_path / f"{name}.json", {"id": "a_0", "question": "user: Clean up."})
    write(folder / f"{name}.json", {"id": "a_0", "ground_truth": STATE, "mile_stone": STONES})
    path = write(tmp_path / f"{name}_result.json", {"id": "a_0", "result": state, "process": calls})
    (found,) = score("acebench", path)
    reached = found.measures["milestones"][0]
    assert (found.value, found.official, found.note) == expected[:3]
    assert reached == pytest.approx(expected[3])
    assert summarize([found]).rows[-1][0] == "measure: milestones"


def test_acebench_agents_may_take_one_of_several_ways(tmp_path: Path) -> None:
    (tmp_path / "possible_answer").mkdir()
    name = "data_agent_multi_turn"
    write(tmp_path / f"{name}.json", {"id": "a_0", "question": "user: Clean up."})
    ways = {"id": "a_0", "ground_truth": STATE[0], "mile_stone": [["[a()]", "[b()]"], ["[c()]", "[d()]"]]}
    write(tmp_path / "possible_answer" / f"{name}.json", ways)
    row = {"id": "a_0", "result": [{"BaseApi": {"wifi": False}}], "process": ["[a()]", "[c()]", "[d()]"]}
    (found,) = score("acebench", write(tmp_path / f"{name}_result.json", row))
    assert (found.value, found.measures["milestones"]) == (0, (1, 1))


def test_voicebench_reasoning_takes_the_stated_answer_and_never_guesses(tmp_path: Path) -> None:
    rows = [
        {"id": f"bbh_{task}_{number}", "prompt": "Q", "reference": reference, "response": response}
        for number, (task, reference, response) in enumerate(
            [
                ("hyperbaton", "(B)", "Sentence B has the more natural order of adjectives."),
                ("navigate", "Yes", "First we walk. We end up back at the starting point."),
                ("sports_understanding", "no", "The sentence is not plausible."),
                ("web_of_lies", "No", "I can't tell."),
                ("another", "no", "no"),
            ]
        )
    ]
    found = score("voicebench-bbh", write(tmp_path / "b.jsonl", *rows))
    assert [(each.value, each.note) for each in found] == [
        *((1, ""), (1, ""), (1, ""), (0, "no answer found"), (None, "unknown task")),
    ]


def test_voicebench_instructions_have_four_measures(tmp_path: Path) -> None:
    names = ["punctuation:no_comma", "length_constraints:number_words"]
    values = [{"num_words": None}, {"num_words": 4, "relation": "at least", "end_phrase": None}]
    row = {"prompt": "P", "instruction_id_list": names, "kwargs": values}
    path = write(
        tmp_path / "i.jsonl",
        row | {"key": 1, "response": "<1>one two three four"},
        row | {"key": 2, "response": "one, two"},
        row | {"key": 3, "response": "Well, here:\none two three four"},
        row | {"key": 4, "response": "x", "instruction_id_list": ["dance", "sing"]},
    )
    found = score("voicebench-ifeval", path)
    assert [(each.answer.id, each.value, each.note) for each in found] == [
        ("1", 1, ""),
        ("2", 0, "punctuation:no_comma"),
        ("3", 0, "punctuation:no_comma"),
        ("4", None, "unknown instruction"),
    ]
    rows = {row[0]: row[2] for row in summarize(found).rows}
    assert [rows[f"measure: {kind}"] for kind in ("strict, prompts", "strict, instructions")] == ["33.33", "50.00"]
    assert [rows[f"measure: {kind}"] for kind in ("loose, prompts", "loose, instructions")] == ["66.67", "66.67"]
    assert rows["mean of the measures"] == "54.17"


def test_command_writes_requests_and_reads_replies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "a.jsonl", {"id": "q", "prompt": "P", "response": "R"})
    arguments = ["answers", "voicebench-open", str(path)]
    assert evaluate.main([*arguments, "--requests", str(tmp_path / "judge.jsonl")]) == 0
    replies = write(tmp_path / "r.jsonl", {"id": "q", "reply": "4"})
    assert evaluate.main([*arguments, "--replies", str(replies), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["score %"] == "80.00"
    assert evaluate.main(["answers", "mmau", str(path), "--requests", str(tmp_path / "x")]) == 1
    assert "needs no judge" in capsys.readouterr().err


@pytest.mark.parametrize(("content", "sentence"), [("{", "line 1 isn't JSON"), ("3\n", "line 1 holds no object")])
def test_damaged_files_are_sentences(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "a.jsonl").write_text(content)
    with pytest.raises(BadInput, match=sentence):
        score("voicebench-mcq", tmp_path / "a.jsonl")


def test_prompt_keeps_braces_of_values() -> None:
    filled = fill_prompt("voicebench/qa", {"prompt": "{reference}", "reference": "r", "response": "{x}"})
    assert "### Question\n{reference}\n" in filled
    assert "{x}" in filled
