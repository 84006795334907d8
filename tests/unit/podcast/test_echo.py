"""Tests of telling the echo of a show from what a listener says about it."""

from __future__ import annotations

import pytest

from funaudio_core.podcast.listening.hosting import is_echo

PLAYED = {
    "en": (
        "Oil lamps with mirrors lost most of their light on the way.",
        "In 1822 the French physicist Augustin Fresnel showed a new kind of lens.",
        "What is in it? Would you say a sailor could see it?",
    ),
    "zh": (
        "宋代人把茶磨成细末，放进碗里，用竹制的茶筅搅打。",
        "一八二二年，法国物理学家菲涅耳展示了一种新的透镜。",
        "这一部分讲了什么？",
    ),
}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "In 1822, the French physicist Augustin Fresnel showed a new kind of lens."),
        ("en", "French physicist, August in Fresnel showed a new kind"),
        ("en", "most of their light on the way in eighteen twenty-two the French"),
        ("en", "Kind of lens."),
        ("en", "What is in it?"),
        ("en", "Would you say a sailor can see it?"),
        ("zh", "法国物理学家飞聂耳展示了一种新的透镜"),
        ("zh", "的茶筅搅打一八二二年法国"),
        ("zh", "这一部分讲了什么"),
    ],
)
def test_a_repeated_stretch_is_an_echo(language: str, words: str) -> None:
    assert is_echo(words, PLAYED[language], language)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Who was Fresnel?"),
        ("en", "Who was Augustin Fresnel?"),
        ("en", "Did Augustin Fresnel show a new kind of lens?"),
        ("en", "How did the new lens work?"),
        ("en", "Why did oil lamps lose most of their light on the way?"),
        ("en", "I think lamps with mirrors look nicer."),
        ("en", "Go on."),
        ("en", ""),
        ("zh", "菲涅耳是谁"),
        ("zh", "法国物理学家菲涅耳是谁？"),
        ("zh", "为什么要把茶磨成细末？"),
        ("zh", "我觉得茶很好喝"),
        ("zh", "再说一遍"),
    ],
)
def test_what_a_listener_says_about_it_is_none(language: str, words: str) -> None:
    assert not is_echo(words, PLAYED[language], language)
