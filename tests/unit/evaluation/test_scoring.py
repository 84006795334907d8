"""Tests of protocols, alignment, intervals and scores."""

from __future__ import annotations

import csv
import io
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
import pytest
from compute_wer import Calculator

from funaudio_core.errors import BadInput
from funaudio_core.evaluation import protocols, scoring, tables
from funaudio_core.evaluation.alignment import ErrorCounts, Kind, Step, align
from funaudio_core.evaluation.intervals import compare_rates, mean_interval, rate_interval, student_quantile
from funaudio_core.evaluation.results import Card, Result, ResultFile
from tests.conftest import ROOT

GOLDEN: dict[str, Any] = json.loads((ROOT / "tests/golden/evaluation/scoring.json").read_text(encoding="utf-8"))
FUN_AUDIO_CHAT = protocols.protocol("fun-audio-chat")
WORDS = {
    "en": ["the", "a", "of", "train", "o'clock", "don't", "21", "Mr.", "naïve", ",", ".", "(maybe)", "$3.50"],
    "zh": [*"今天天气真不错我们去公园散步吧，。？！一二三0 12A", "Google", "3.5"],
}


def count(pair: dict[str, Any], protocol: protocols.ScoringProtocol = FUN_AUDIO_CHAT) -> ErrorCounts:
    """Return the counts of a pair under a protocol."""
    tokens = (protocol.tokenize(pair[name], pair["language"]) for name in ("reference", "hypothesis"))
    return ErrorCounts.of(align(*tokens))


def random_pairs(language: str, number: int) -> list[dict[str, str]]:
    """Return pairs of a random text and a changed copy."""
    draw = random.Random(language)
    gap = " " if language == "en" else ""
    pairs = []
    for _ in range(number):
        reference = draw.choices(WORDS[language], k=draw.randint(0, 20))
        heard = [draw.choice(WORDS[language]) if draw.random() < 0.2 else word for word in reference]
        heard = [word for word in heard if draw.random() > 0.1] + draw.choices(WORDS[language], k=draw.randint(0, 2))
        pairs.append({"language": language, "reference": gap.join(reference), "hypothesis": gap.join(heard)})
    return pairs


@pytest.mark.parametrize("pair", GOLDEN["asr"], ids=lambda pair: f"{pair['language']} {pair['reference'][:12]}")
def test_published_protocol_counts_as_its_packages_do(pair: dict[str, Any]) -> None:
    expected = (pair["equal"], pair["sub"], pair["dele"], pair["ins"])
    found = count(pair)
    assert (found.equal, found.substitutions, found.deletions, found.insertions) == expected


@pytest.mark.parametrize("language", GOLDEN["totals"])
def test_rates_of_a_corpus_equal_the_published_ones(language: str) -> None:
    counts = [count(pair) for pair in GOLDEN["asr"] if pair["language"] == language]
    expected = GOLDEN["totals"][language]
    assert FUN_AUDIO_CHAT.rate(counts) == pytest.approx(expected["corpus"])
    assert replace(FUN_AUDIO_CHAT, averaging=protocols.MEAN).rate(counts) == pytest.approx(
        expected["mean_of_utterances"]
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_random_pairs_have_the_counts_of_compute_wer_and_jiwer(language: str) -> None:
    peer = Calculator(to_char=language == "zh")
    for pair in random_pairs(language, 250):
        tokens = [FUN_AUDIO_CHAT.tokenize(pair[name], language) for name in ("reference", "hypothesis")]
        found = ErrorCounts.of(align(*tokens))
        theirs = peer.calculate(*(" ".join(row) for row in tokens))
        assert (found.equal, found.substitutions, found.deletions, found.insertions) == (
            theirs.equal,
            theirs.replace,
            theirs.delete,
            theirs.insert,
        ), pair
        if tokens[0]:
            output = jiwer.process_words(" ".join(tokens[0]), " ".join(tokens[1]))
            assert found.errors == output.substitutions + output.deletions + output.insertions


def test_alignment_names_each_difference() -> None:
    assert align(["a", "b", "c"], ["a", "x", "c", "d"]) == (
        Step(Kind.EQUAL, "a", "a"),
        Step(Kind.SUBSTITUTION, "b", "x"),
        Step(Kind.EQUAL, "c", "c"),
        Step(Kind.INSERTION, "", "d"),
    )
    assert align(["a"], []) == (Step(Kind.DELETION, "a", ""),)


def test_seed_tts_protocol_takes_the_mean_of_rates_without_punctuation() -> None:
    protocol = protocols.protocol("seed-tts-eval")
    assert protocol.tokenize("Don't stop, now!", "en") == ["don't", "stop", "now"]
    assert protocol.tokenize("你說，好 的！", "zh") == ["你", "说", "好", "的"]
    pairs = [("a b c d", "a b c x"), ("a", "b")]
    counts = [count({"language": "en", "reference": one, "hypothesis": two}, protocol) for one, two in pairs]
    assert protocol.rate(counts) == pytest.approx((0.25 + 1) / 2)


def test_unknown_protocol_is_named_with_those_that_exist() -> None:
    with pytest.raises(BadInput, match="seed-tts-eval"):
        protocols.protocol("wer")


def test_interval_covers_the_true_rate_as_often_as_it_says() -> None:
    generator = np.random.default_rng(1)
    lengths = generator.integers(5, 30, 200)
    covered = 0
    for trial in range(300):
        interval = rate_interval(generator.binomial(lengths, 0.1), lengths, resamples=400, seed=trial)
        covered += interval is not None and interval.low <= 0.1 <= interval.high
    assert 0.90 <= covered / 300 <= 0.985


def test_interval_needs_two_utterances_and_repeats_with_its_seed() -> None:
    assert rate_interval([1], [10]) is None
    assert rate_interval([0, 0], [0, 0]) is None
    assert rate_interval([1, 2, 3], [10, 10, 10]) == rate_interval([1, 2, 3], [10, 10, 10])


def test_paired_comparison_finds_a_small_but_constant_difference() -> None:
    lengths = np.full(300, 20)
    first = np.random.default_rng(2).binomial(lengths, 0.3)
    better = compare_rates(first, np.maximum(first - 1, 0), lengths)
    assert better is not None
    assert better.interval.high < 0
    assert better.p < 0.001
    same = compare_rates(first, first[::-1], lengths)
    assert same is not None
    assert same.p > 0.05


def card(system: str, sha256: str = "1") -> Card:
    """Return a card."""
    return Card(system, "recognition", "set", sha256, system, {}, {}, {}, {}, "", "2026-11-30T00:00:00+00:00")


def write_results(path: Path, system: str, results: list[Result]) -> ResultFile:
    """Return a file with results."""
    file = ResultFile.create(path, card(system))
    writer = file.writer()
    for result in results:
        writer.append(result)
    writer.close()
    return file


def results(wrong: int) -> list[Result]:
    """Return 40 results of ten words, `wrong` of which have one wrong word."""
    text = "word upon word follows the river down to the sea".replace("upon word", "upon line")
    return [
        Result(f"u{number}", "en", text, text.replace("word", "ward") if number < wrong else text, 4.0, 1.0, 0.5)
        for number in range(40)
    ]


def test_score_counts_failures_as_deleted_words(tmp_path: Path) -> None:
    failed = Result("bad", "en", "two words", error="It is silent.")
    file = write_results(tmp_path / "a.jsonl", "A", [*results(10), failed])
    (score,) = scoring.score_file(file, FUN_AUDIO_CHAT)
    assert (score.utterances, score.failures, score.measure) == (41, 1, "WER")
    assert (score.counts.substitutions, score.counts.deletions) == (10, 2)
    assert score.rate == pytest.approx(12 / 402)
    assert score.interval is not None
    assert score.interval.low < 12 / 402 < score.interval.high
    assert score.real_time_factor == pytest.approx(0.25)
    assert score.first_seconds == (0.5, 0.5)


def test_scores_are_grouped(tmp_path: Path) -> None:
    rows = [replace(row, tags={"noise": "loud" if number % 2 else "none"}) for number, row in enumerate(results(20))]
    file = write_results(tmp_path / "a.jsonl", "A", rows)
    scores = {score.group: score for score in scoring.score_file(file, FUN_AUDIO_CHAT, "noise")}
    assert {name: score.utterances for name, score in scores.items()} == {"": 40, "loud": 20, "none": 20}
    assert [score.group for score in scoring.score_file(file, FUN_AUDIO_CHAT, "length")] == ["", "2 to 5 s"]


def test_confusions_are_counted(tmp_path: Path) -> None:
    file = write_results(tmp_path / "a.jsonl", "A", results(7))
    assert scoring.confusions(scoring.score_utterances(file, FUN_AUDIO_CHAT)) == [("WORD", "WARD", 7)]


def test_table_marks_a_winner_only_if_no_interval_overlaps(tmp_path: Path) -> None:
    files = [write_results(tmp_path / f"{name}.jsonl", name, results(wrong)) for name, wrong in (("A", 0), ("B", 30))]
    rows = [tables.Row(file.card, scoring.score_file(file, FUN_AUDIO_CHAT)[0]) for file in files]
    assert [row.card.system for row in tables.best_rows(rows)] == ["A"]
    close = [rows[1], tables.Row(card("C"), replace(rows[1].score, rate=0.05))]
    assert tables.best_rows(close) == []
    assert "**0.00**" in tables.render(rows, FUN_AUDIO_CHAT, "markdown")


def test_tables_are_written_in_every_format(tmp_path: Path) -> None:
    file = write_results(tmp_path / "a.jsonl", "A_1 & 50 %", results(10))
    rows = [tables.Row(file.card, scoring.score_file(file, FUN_AUDIO_CHAT)[0])]
    header, row = csv.reader(io.StringIO(tables.render(rows, FUN_AUDIO_CHAT, "csv")))
    assert dict(zip(header, row, strict=True))["rate %"] == "2.50"
    (value,) = json.loads(tables.render(rows, FUN_AUDIO_CHAT, "json"))
    assert (value["protocol"], value["score"]["counts"]["substitutions"]) == ("fun-audio-chat", 10)
    assert r"A\_1 \& 50 \% & set" in tables.render(rows, FUN_AUDIO_CHAT, "latex")
    with pytest.raises(BadInput, match="latex"):
        tables.render(rows, FUN_AUDIO_CHAT, "xlsx")


def test_files_of_two_systems_are_compared_by_utterance(tmp_path: Path) -> None:
    first = write_results(tmp_path / "a.jsonl", "A", results(30))
    second = write_results(tmp_path / "b.jsonl", "B", results(0)[5:])
    found = scoring.compare_files(first, second, FUN_AUDIO_CHAT)
    assert found is not None
    assert found.value == pytest.approx(-25 / 350)
    assert found.interval.high < 0


@pytest.mark.parametrize(
    ("freedom", "published"),
    [(1, 12.7062), (2, 4.3027), (3, 3.1824), (4, 2.7764), (9, 2.2622), (30, 2.0423), (100_000, 1.96)],
)
def test_quantiles_are_those_of_the_tables_of_student(freedom: int, published: float) -> None:
    assert student_quantile(freedom) == pytest.approx(published, rel=0.0015)


def test_interval_of_few_groups_holds_the_mean() -> None:
    generator = np.random.default_rng(1)
    held = []
    for _ in range(1000):
        counts = generator.integers(4, 8, 5)
        sums = [generator.normal(generator.normal(3, 0.4), 1, count).sum() for count in counts]
        found = mean_interval(sums, counts)
        assert found is not None
        held.append(found.low <= 3 <= found.high)
    assert 0.93 <= np.mean(held) <= 0.97
    assert mean_interval([3], [1]) is None
