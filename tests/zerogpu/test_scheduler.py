"""Tasks on a GPU that is lent: the real `spaces` package, forks and all, with a scheduler of our own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from funaudio_core import settings
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.gpu import scheduler, zerogpu
from funaudio_core.gpu.scheduler import DurationEstimator, gpu_task
from funaudio_core.tasks import cost
from funaudio_core.tasks.cost import gpu_cost
from tests.conftest import ROOT

MANY_RUNS = 100  # after which the moving average has forgotten all before
SPEC: EngineSpec[object] = EngineSpec("large", "Large", "full", frozenset(), "", "", object)


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    """What tests/zerogpu/errands.py found."""
    return told("errands")


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What tests/zerogpu/visit.py found: the tasks of the pages, on tiny checkpoints."""
    return told("visit", str(tmp_path_factory.mktemp("hub")))


def told(script: str, *arguments: str, **environment: str) -> dict[str, Any]:
    """The report of a script in tests/zerogpu, and what else it printed."""
    command = [sys.executable, "-m", f"tests.zerogpu.{script}", *arguments]
    env = {**os.environ, **environment}
    ran = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=600, check=False)
    lines = [line for line in ran.stdout.splitlines() if line.startswith("REPORT ")]
    assert lines, ran.stdout[-2000:] + ran.stderr[-2000:]
    return dict(json.loads(lines[0].removeprefix("REPORT ")), log=ran.stdout + ran.stderr)


def test_a_task_runs_in_one_lent_process_and_its_pieces_come_back_whole(report: dict[str, Any]) -> None:
    spoken = report["spoken"]
    assert len(spoken["pids"]) == 1
    assert report["ours"] not in spoken["pids"]
    assert (spoken["texts"], spoken["samples"], spoken["rate"]) == (["one", "two", "three"], [0.25] * 3, 24_000)


def test_the_seconds_asked_for_are_those_of_the_plan(report: dict[str, Any]) -> None:
    count, first = report["schedules"]
    assert count == 1
    assert int(first["durationSeconds"]) == int(
        max(scheduler.MIN_SECONDS, scheduler.SAFETY_FACTOR * 0.2 * len("one two three"))
    )


def test_a_process_that_has_the_models_serves_the_next_call(report: dict[str, Any]) -> None:
    assert report["again"] == report["spoken"]["pids"]
    assert report["cold"] != report["again"]


def test_a_task_within_a_task_asks_for_nothing_more(report: dict[str, Any]) -> None:
    assert report["nested_schedules"] == 1
    assert len(report["nested"]) == 1
    assert report["ours"] not in report["nested"]


def test_what_needs_no_gpu_asks_for_none(report: dict[str, Any]) -> None:
    assert (report["lite"], report["lite_schedules"]) == ([report["ours"]], 0)


def test_sentences_arrive_with_their_values_and_defects_stay_in_the_log(report: dict[str, Any]) -> None:
    refused, failed = report["refuse"], report["fail"]
    assert (refused["error"], refused["values"]) == ("BadInput", {"seconds": 0.2})
    assert refused["text"] == "The clip (0.2 s) is too short."
    assert failed["error"] == "RuntimeError"
    assert "a detail for the log alone" not in failed["text"]
    assert "ValueError: a detail for the log alone" in report["log"]


def test_stop_reaches_silent_work(report: dict[str, Any]) -> None:
    assert report["stopped"] < 20  # of sixty; a quiet machine needs half a second


def test_every_gpu_is_given_back(report: dict[str, Any]) -> None:
    assert report["out"] == 0


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [("quota", "quota is used up"), ("duration", "exceeds the GPU time limit"), ("expired", "GPU session has expired")],
)
def test_refusals_are_sentences_with_a_remedy(report: dict[str, Any], answer: str, sentence: str) -> None:
    found = report["refusals"][answer]
    assert found["error"] == "GpuUnavailable"
    assert sentence in found["text"]


def test_a_space_offers_what_its_profile_loaded(visit: dict[str, Any]) -> None:
    assert visit["left out"] == []
    assert visit["offered"] == {
        "recognizers": ["sensevoice-small", "whisper-base"],
        "synthesizers": ["cosyvoice3", "kokoro"],
        "companions": ["qwen-chat", "smollm2-135m"],
        "translators": ["qwen-translate", "apertium"],
    }


@pytest.mark.parametrize(
    ("page", "kinds"),
    [
        ("listen", ["PartialResult", "NoneType"]),
        ("first part", ["PartialResult", "NoneType"]),
        ("speak", ["SpeechChunk"]),
        ("convert", ["SpeechChunk"]),
        ("interpret", ["Recognized", "Translated", "SpeechPiece"]),
        ("converse", ["Recognized", "ReplyDelta"]),
    ],
)
def test_every_page_asks_for_a_gpu_once_and_within_the_limit(
    visit: dict[str, Any], page: str, kinds: list[str]
) -> None:
    found = visit[page]
    assert [kind for kind in found["kinds"] if kind != "Progress"] == kinds
    assert found["error"] == ""
    assert len(found["asked"]) == 1
    assert scheduler.MIN_SECONDS <= found["asked"][0] <= settings.read().gpu_max_seconds


def test_a_long_clip_takes_a_call_for_each_stretch(visit: dict[str, Any]) -> None:
    assert visit["long hear"]["error"] == ""
    assert len(visit["long hear"]["asked"]) == 2
    assert [len(visit[part]["asked"]) for part in ("first part", "second part")] == [1, 1]
    assert [visit[part]["done"] for part in ("first part", "refused part", "second part")] == [1, 1, 2]
    assert "quota is used up" in visit["refused part"]["error"]


def test_a_text_that_is_too_long_for_one_call_is_spoken_by_several(visit: dict[str, Any]) -> None:
    found = visit["long speak"]
    assert (found["kinds"], found["error"], len(found["asked"])) == (["SpeechChunk"], "", 2)


def test_what_an_order_will_take_is_told_beforehand(visit: dict[str, Any]) -> None:
    told = visit["told before"]
    assert told["lite"] == 0
    assert int(told["speak"]) == visit["speak"]["asked"][0]
    most = settings.read().gpu_max_seconds
    seconds, calls = told["listen"]
    assert scheduler.MIN_SECONDS <= seconds <= most
    assert calls == 1
    seconds, calls = told["listen long"]
    assert calls * scheduler.MIN_SECONDS <= seconds <= calls * most
    assert calls == cost.chunk_count(3600)


def test_engines_of_the_lite_tier_work_without_a_gpu_or_a_quota(visit: dict[str, Any]) -> None:
    assert visit["lite ear"] == {"kinds": ["PartialResult"], "error": "", "asked": []}
    assert visit["lite voice without quota"] == {"kinds": ["SpeechChunk"], "error": "", "asked": []}
    assert "quota is used up" in visit["quota"]["error"]
    assert visit["out"] == 0


@pytest.mark.parametrize(
    ("page", "last"), [("interpret", "Recognized"), ("converse", "Recognized"), ("answer", "ReplyDelta")]
)
def test_whoever_takes_no_part_needs_no_gpu(visit: dict[str, Any], page: str, last: str) -> None:
    found = visit[f"lite {page}"]
    assert (found["kinds"][-1], found["error"], found["asked"]) == (last, "", [])


@pytest.mark.parametrize(("page", "last"), [("lite ear", "Recognized"), ("lite mind", "ReplyDelta")])
def test_engines_of_the_lite_tier_work_beside_others_in_a_process_that_was_lent_a_gpu(
    visit: dict[str, Any], page: str, last: str
) -> None:
    found = visit[f"{page}, full voice"]
    assert (found["kinds"][-1], found["error"], len(found["asked"])) == (last, "", 1)


def test_captions_are_read_by_an_engine_that_needs_no_gpu(visit: dict[str, Any]) -> None:
    found = visit["captions"]
    assert (found["kinds"], found["asked"]) == (["str"], [])
    assert "Whisper base" in found["error"]  # it is the one that does not know the other language


def test_a_take_is_checked_on_a_gpu_where_only_the_full_tier_knows_its_language(visit: dict[str, Any]) -> None:
    found = visit["check"]
    assert (found["kinds"], found["error"], len(found["asked"])) == (["TakeReport", "float"], "", 1)


def test_a_take_that_nobody_may_check_is_told_to_be_unchecked(visit: dict[str, Any]) -> None:
    found = visit["check without quota"]
    assert (found["kinds"], found["error"]) == (["TakeReport", "NoneType"], "")


def test_elsewhere_a_task_is_the_function_itself() -> None:
    @gpu_task(lambda of: gpu_cost([SPEC], len(of["words"])))
    def twice(words: list[str]) -> Any:
        """Each word twice."""
        return (2 * word for word in words)

    assert list(twice(["a", "b"])) == ["aa", "bb"]
    assert twice.__doc__ == "Each word twice."
    assert scheduler.estimate_seconds("twice", gpu_cost([SPEC], 10)) == 0


def test_estimates_follow_the_moving_average_of_runs_within_the_limits() -> None:
    durations = DurationEstimator()
    assert durations.estimate("speak", 0.1) == scheduler.MIN_SECONDS
    assert durations.estimate("speak", 16) == pytest.approx(16 * scheduler.SAFETY_FACTOR)
    durations.record("speak", 16, 30)
    assert durations.estimate("speak", 16) == pytest.approx(30 * scheduler.SAFETY_FACTOR)
    durations.record("speak", 16, 34)
    average = (1 - scheduler.LATEST_WEIGHT) * 30 + scheduler.LATEST_WEIGHT * 34
    assert durations.estimate("speak", 16) == pytest.approx(average * scheduler.SAFETY_FACTOR)
    assert durations.estimate("speak", 1600) == settings.read().gpu_max_seconds
    for _ in range(MANY_RUNS):
        durations.record("speak", 16, 4)
    assert durations.estimate("speak", 32) == pytest.approx(8 * scheduler.SAFETY_FACTOR)
    assert durations.estimate("speak", 0.1) == scheduler.MIN_SECONDS
    assert durations.estimate("another", 16) == pytest.approx(16 * scheduler.SAFETY_FACTOR)


@pytest.mark.parametrize("guess", [0.0, 0.01, 1, 16, 10_000])
@pytest.mark.parametrize("ratio", [0.0, 0.001, 1, 1000])
def test_estimates_stay_within_the_limits_after_any_runs(guess: float, ratio: float) -> None:
    durations = DurationEstimator()
    for _ in range(3):
        durations.record("speak", guess, ratio * guess)
        assert scheduler.MIN_SECONDS <= durations.estimate("speak", guess) <= settings.read().gpu_max_seconds
        durations.record_timeout("speak", guess, durations.estimate("speak", guess))
        assert scheduler.MIN_SECONDS <= durations.estimate("speak", guess) <= settings.read().gpu_max_seconds


def test_a_timeout_at_the_limit_of_the_settings_never_lowers_the_estimate() -> None:
    durations = DurationEstimator()
    durations.record("speak", 1, 100)
    longest = durations.estimate("speak", 1600)
    assert longest == settings.read().gpu_max_seconds
    before = durations.estimate("speak", 0.1)
    durations.record_timeout("speak", 1600, longest)
    assert durations.estimate("speak", 0.1) >= before


@pytest.mark.parametrize("fitted", [0, 1, MANY_RUNS])
def test_more_is_requested_after_a_timeout_however_many_runs_fitted(fitted: int) -> None:
    durations = DurationEstimator()
    for _ in range(fitted):
        durations.record("speak", 16, 12)
    asked = durations.estimate("speak", 16)
    durations.record_timeout("speak", 16, asked)
    assert durations.estimate("speak", 16) >= scheduler.TIMEOUT_FACTOR * asked
    assert durations.estimate("speak", 1600) == settings.read().gpu_max_seconds
    for _ in range(MANY_RUNS):
        durations.record("speak", 16, 12)
    assert durations.estimate("speak", 16) == pytest.approx(12 * scheduler.SAFETY_FACTOR)


class Clock:
    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.mark.parametrize(("after", "asks"), [(0.95, scheduler.TIMEOUT_FACTOR * scheduler.SAFETY_FACTOR), (0.5, 1.0)])
def test_a_process_that_is_killed_at_the_end_of_its_time_was_given_too_little(
    monkeypatch: pytest.MonkeyPatch, after: float, asks: float
) -> None:
    clock, plan = Clock(), gpu_cost([SPEC], 16)

    def lent(_name: str, asked: float, _given: object) -> Iterator[scheduler._Reply]:
        yield scheduler._Reply(value=("piece",))
        clock.now += after * asked
        raise zerogpu.GpuPreempted("The GPU was reclaimed before the job finished.")

    monkeypatch.setattr(scheduler, "time", clock)
    monkeypatch.setattr(scheduler, "_replies", lent)
    monkeypatch.setattr(scheduler, "DURATIONS", DurationEstimator())
    with pytest.raises(zerogpu.GpuPreempted):
        list(scheduler._run_on_gpu("speak", plan, (), {}))
    assert scheduler.DURATIONS.estimate(scheduler._key("speak", plan), 16) == pytest.approx(
        16 * scheduler.SAFETY_FACTOR * asks
    )
