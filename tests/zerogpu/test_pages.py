"""Tests of several concurrent users on the pages of an emulated ZeroGPU Space; see tests/zerogpu/space.py."""

from __future__ import annotations

import re

import pytest

from tests.zerogpu.space import COMPLETED, REQUESTS, Results, is_page_process


@pytest.mark.parametrize("name", COMPLETED)
def test_concurrent_answers_equal_the_answers_alone(results: Results, name: str) -> None:
    assert isinstance(results.together[name], list), results.together[name]
    assert results.together[name] == results.alone[name]


def test_all_answers_differ(results: Results) -> None:
    assert len({str(results.alone[name]) for name in COMPLETED}) == len(COMPLETED)


def test_each_click_requests_a_gpu_once_if_it_needs_one(results: Results) -> None:
    assert results.request_counts == {name: int(name != "recognize without a GPU") for name in REQUESTS}


def test_killed_process_is_an_error_and_a_leaving_user_frees_everything(results: Results) -> None:
    assert "The GPU was reclaimed before the job finished" in results.together["killed"]
    assert isinstance(results.together["leave"], str)  # an error of the client, which has no answer
    assert results.lent_count == 0
    assert results.later == results.alone["instruct"]
    assert (results.health["active"], results.health["queued"]) == (0, 0)


def test_waiting_user_sees_the_position_in_the_queue(results: Results) -> None:
    assert re.search(r"In queue: \d+ ahead of you", results.killed_outputs)


def test_gpu_processes_end_with_the_app(results: Results) -> None:
    assert len(set(results.processes)) >= 2  # one for each GPU
    assert not any(map(is_page_process, results.processes))
