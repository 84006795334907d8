"""Numbers and lengths of time in spoken requests."""

from __future__ import annotations

import pytest

from funaudio_core.text.quantities import find_lengths, find_numbers


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("Set a timer for half an hour.", {"half an hour": 1800}),
        ("Wake me in two hours", {"two hours": 7200}),
        ("90 seconds, please", {"90 seconds": 90}),
        ("an hour and a half", {"an hour and a half": 5400}),
        ("two and a half minutes", {"two and a half minutes": 150}),
        ("a quarter of an hour", {"a quarter of an hour": 900}),
        ("a timer of forty-five minutes", {"forty-five minutes": 2700}),
        ("one hour and ten minutes", {"one hour and ten minutes": 4200}),
        ("1 hour, 30 minutes", {"1 hour, 30 minutes": 5400}),
        ("a 10 minute timer and a 5 minute timer", {"10 minute": 600, "5 minute": 300}),
        ("请设置一个五分钟的倒计时。", {"五分钟": 300}),
        ("半小时后", {"半小时": 1800}),
        ("两个半小时", {"两个半小时": 9000}),
        ("一小时二十分钟", {"一小时二十分钟": 4800}),
        ("三刻钟", {"三刻钟": 2700}),
        ("90秒", {"90秒": 90}),
        ("What is the weather in Paris?", {}),
        ("What is two plus two?", {}),
    ],
)
def test_lengths_of_time_are_found(text: str, lengths: dict[str, float]) -> None:
    assert {length.words: length.seconds for length in find_lengths(text)} == lengths


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("forty percent", {40}),
        ("one hundred and forty four divided by 12", {144, 12}),
        ("two thousand and five", {2005}),
        ("1,500 euros or 2.5", {1500, 2.5}),
        ("dim it to half", {0.5, 50}),
        ("调到二十一度", {21}),
        ("一百零五", {105}),
        ("十五", {15}),
        ("二零二六", {2026}),
        ("Turn on the light.", set()),
    ],
)
def test_numbers_are_found(text: str, numbers: set[float]) -> None:
    assert find_numbers(text) == numbers
