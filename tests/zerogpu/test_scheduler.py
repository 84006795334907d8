"""Tests of GPU tasks with the real `spaces` package, forks included, and a fake scheduler."""

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

MANY_RUNS = 100  # after them, earlier runs hardly count in the moving average
SPEC: EngineSpec[object] = EngineSpec("large", "Large", "full", frozenset(), "", "", object)


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    """Return the report of tests/zerogpu/errands.py."""
    return run_script("errands")


def run_script(script: str, *arguments: str, **environment: str) -> dict[str, Any]:
    """Run a script of tests/zerogpu, and return its report with its whole output as "log"."""
    command = [sys.executable, "-m", f"tests.zerogpu.{script}", *arguments]
    env = {**os.environ, **environment}
    process = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=1800, check=False)
    lines = [line for line in process.stdout.splitlines() if line.startswith("REPORT ")]
    assert lines, process.stdout[-2000:] + process.stderr[-2000:]
    return dict(json.loads(lines[0].removeprefix("REPORT ")), log=process.stdout + process.stderr)


def test_task_runs_in_one_gpu_process_and_its_items_return_intact(report: dict[str, Any]) -> None:
    spoken = report["spoken"]
    assert len(spoken["pids"]) == 1
    assert report["own_pid"] not in spoken["pids"]
    assert (spoken["texts"], spoken["samples"], spoken["rate"]) == (["one", "two", "three"], [0.25] * 3, 24_000)


def test_requested_seconds_follow_the_estimated_cost(report: dict[str, Any]) -> None:
    count, first = report["schedules"]
    assert count == 1
    assert int(first["durationSeconds"]) == int(
        max(scheduler.MIN_SECONDS, scheduler.SAFETY_FACTOR * 0.2 * len("one two three"))
    )


def test_warm_process_runs_the_next_call(report: dict[str, Any]) -> None:
    assert report["again"] == report["spoken"]["pids"]
    assert report["cold"] != report["again"]


def test_nested_task_requests_no_second_gpu(report: dict[str, Any]) -> None:
    assert report["nested_schedules"] == 1
    assert len(report["nested"]) == 1
    assert report["own_pid"] not in report["nested"]


def test_task_of_the_lite_tier_requests_no_gpu(report: dict[str, Any]) -> None:
    assert (report["lite"], report["lite_schedules"]) == ([report["own_pid"]], 0)


def test_user_errors_are_passed_on_and_other_errors_are_only_logged(report: dict[str, Any]) -> None:
    refused, failed = report["refuse"], report["fail"]
    assert (refused["error"], refused["values"]) == ("BadInput", {"seconds": 0.2})
    assert refused["text"] == "The clip (0.2 s) is too short."
    assert failed["error"] == "RuntimeError"
    assert "a detail for the log alone" not in failed["text"]
    assert "ValueError: a detail for the log alone" in report["log"]


def test_cancellation_reaches_a_task_between_items(report: dict[str, Any]) -> None:
    assert report["stopped"] < 300  # of 600; an idle machine needs half a second


def test_every_gpu_is_released(report: dict[str, Any]) -> None:
    assert report["out"] == 0


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [("quota", "quota is used up"), ("duration", "exceeds the GPU time limit"), ("expired", "GPU session has expired")],
)
def test_refused_gpu_is_a_user_error(report: dict[str, Any], answer: str, sentence: str) -> None:
    result = report["refusals"][answer]
    assert result["error"] == "GpuUnavailable"
    assert sentence in result["text"]


def test_space_offers_the_preloaded_engines(visit: dict[str, Any]) -> None:
    assert visit["unloaded"] == ["fun-audio-chat"]  # 18.8 GB; only if it is named
    assert visit["offered"] == {
        "recognizers": ["sensevoice-small", "whisper-base"],
        "synthesizers": ["cosyvoice3", "kokoro", "hibari"],
        "chatbots": ["qwen-chat", "smollm2-135m"],
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
def test_every_page_requests_a_gpu_once_and_within_the_limit(
    visit: dict[str, Any], page: str, kinds: list[str]
) -> None:
    result = visit[page]
    assert [kind for kind in result["kinds"] if kind != "Progress"] == kinds
    assert result["error"] == ""
    assert len(result["requested"]) == 1
    assert scheduler.MIN_SECONDS <= result["requested"][0] <= settings.read().gpu_max_seconds


def test_long_clip_needs_one_call_per_chunk(visit: dict[str, Any]) -> None:
    assert visit["long listen"]["error"] == ""
    assert len(visit["long listen"]["requested"]) == 2
    assert [len(visit[part]["requested"]) for part in ("first part", "second part")] == [1, 1]
    assert [visit[part]["done"] for part in ("first part", "refused part", "second part")] == [1, 1, 2]
    assert "quota is used up" in visit["refused part"]["error"]


def test_long_text_is_spoken_in_several_calls(visit: dict[str, Any]) -> None:
    result = visit["long speak"]
    assert (result["kinds"], result["error"], len(result["requested"])) == (["SpeechChunk"], "", 2)


def test_estimates_equal_the_requested_seconds(visit: dict[str, Any]) -> None:
    estimates = visit["estimates"]
    assert estimates["lite"] == 0
    assert int(estimates["speak"]) == visit["speak"]["requested"][0]
    max_seconds = settings.read().gpu_max_seconds
    seconds, calls = estimates["listen"]
    assert scheduler.MIN_SECONDS <= seconds <= max_seconds
    assert calls == 1
    seconds, calls = estimates["listen long"]
    assert calls * scheduler.MIN_SECONDS <= seconds <= calls * max_seconds
    assert calls == cost.chunk_count(3600)


def test_lite_engines_work_without_a_gpu_or_a_quota(visit: dict[str, Any]) -> None:
    assert visit["lite recognizer"] == {"kinds": ["PartialResult"], "error": "", "requested": []}
    assert visit["lite synthesizer without quota"] == {"kinds": ["SpeechChunk"], "error": "", "requested": []}
    assert "quota is used up" in visit["quota"]["error"]
    assert visit["out"] == 0


@pytest.mark.parametrize(
    ("page", "last_kind"), [("interpret", "Recognized"), ("converse", "Recognized"), ("answer", "ReplyDelta")]
)
def test_pages_with_lite_engines_alone_request_no_gpu(visit: dict[str, Any], page: str, last_kind: str) -> None:
    result = visit[f"lite {page}"]
    assert (result["kinds"][-1], result["error"], result["requested"]) == (last_kind, "", [])


@pytest.mark.parametrize(("page", "last_kind"), [("lite recognizer", "Recognized"), ("lite chatbot", "ReplyDelta")])
def test_lite_engines_work_with_others_in_a_gpu_process(visit: dict[str, Any], page: str, last_kind: str) -> None:
    result = visit[f"{page}, full synthesizer"]
    assert (result["kinds"][-1], result["error"], len(result["requested"])) == (last_kind, "", 1)


def test_captions_use_an_engine_that_needs_no_gpu(visit: dict[str, Any]) -> None:
    result = visit["captions"]
    assert (result["kinds"], result["requested"]) == (["str"], [])
    assert "Whisper base" in result["error"]  # the recognizer that lacks the second language


def test_take_in_a_language_of_the_full_tier_is_checked_on_a_gpu(visit: dict[str, Any]) -> None:
    result = visit["check"]
    assert (result["kinds"], result["error"], len(result["requested"])) == (["TakeReport", "float"], "", 1)


def test_take_without_an_available_checker_is_reported_as_unchecked(visit: dict[str, Any]) -> None:
    result = visit["check without quota"]
    assert (result["kinds"], result["error"]) == (["TakeReport", "NoneType"], "")


def test_task_outside_zerogpu_is_the_function_itself() -> None:
    @gpu_task(lambda of: gpu_cost([SPEC], len(of["words"])))
    def double(words: list[str]) -> Any:
        """Return each word doubled."""
        return (2 * word for word in words)

    assert list(double(["a", "b"])) == ["aa", "bb"]
    assert double.__doc__ == "Return each word doubled."
    assert scheduler.estimate_seconds("double", gpu_cost([SPEC], 10)) == 0


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


def test_timeout_at_the_limit_never_lowers_the_estimate() -> None:
    durations = DurationEstimator()
    durations.record("speak", 1, 100)
    max_estimate = durations.estimate("speak", 1600)
    assert max_estimate == settings.read().gpu_max_seconds
    before = durations.estimate("speak", 0.1)
    durations.record_timeout("speak", 1600, max_estimate)
    assert durations.estimate("speak", 0.1) >= before


@pytest.mark.parametrize("runs", [0, 1, MANY_RUNS])
def test_timeout_raises_the_request_after_any_number_of_runs(runs: int) -> None:
    durations = DurationEstimator()
    for _ in range(runs):
        durations.record("speak", 16, 12)
    requested = durations.estimate("speak", 16)
    durations.record_timeout("speak", 16, requested)
    assert durations.estimate("speak", 16) >= scheduler.TIMEOUT_FACTOR * requested
    assert durations.estimate("speak", 1600) == settings.read().gpu_max_seconds
    for _ in range(MANY_RUNS):
        durations.record("speak", 16, 12)
    assert durations.estimate("speak", 16) == pytest.approx(12 * scheduler.SAFETY_FACTOR)


class Clock:
    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.mark.parametrize(("share", "factor"), [(0.95, scheduler.TIMEOUT_FACTOR * scheduler.SAFETY_FACTOR), (0.5, 1.0)])
def test_process_killed_near_the_end_of_its_time_counts_as_a_timeout(
    monkeypatch: pytest.MonkeyPatch, share: float, factor: float
) -> None:
    clock, cost_ = Clock(), gpu_cost([SPEC], 16)

    def reply_and_fail(_name: str, seconds: float, _arguments: object) -> Iterator[scheduler._Reply]:
        yield scheduler._Reply(value=("piece",))
        clock.now += share * seconds
        raise zerogpu.GpuPreempted("The GPU was reclaimed before the job finished.")

    monkeypatch.setattr(scheduler, "time", clock)
    monkeypatch.setattr(scheduler, "_replies", reply_and_fail)
    monkeypatch.setattr(scheduler, "DURATIONS", DurationEstimator())
    with pytest.raises(zerogpu.GpuPreempted):
        list(scheduler._run_on_gpu("speak", cost_, (), {}))
    assert scheduler.DURATIONS.estimate(scheduler._key("speak", cost_), 16) == pytest.approx(
        16 * scheduler.SAFETY_FACTOR * factor
    )
