"""Measurement of the voices of a cast: their distances, and what another volume makes of them."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from funaudio_core import audio
from funaudio_core.books.reading import read_book
from funaudio_core.engines import registry, selection
from funaudio_core.narration import stored
from funaudio_core.narration.casting import LEADS
from funaudio_core.narration.model import NARRATOR, UNKNOWN, Cast, Plan, Role
from funaudio_core.tasks import narration as tasks
from tests.real_books import fetch_book

NOVEL = "pride_and_prejudice.txt"
CHARACTERS = 12  # greatest talkers, beside the narrator
LINE_CHARACTERS = range(60, 220)  # of a line that is compared: 4 to 14 s
Embedding = NDArray[np.float32]


def measure_voices() -> None:
    """Print similarities of the voices of a cast by GE2E, the presets of the leads, and the cast of another volume."""
    book = read_book(fetch_book(NOVEL))
    plan = tasks.plan_book(book)
    cast = tasks.cast_plan(plan)
    leads = [cast.role(speaker.name) for speaker in plan.speakers[:LEADS]]
    print(f"{len({role.voice for role in leads})} presets of the {LEADS} greatest talkers:")
    print("  " + ", ".join(f"{role.name} {role.voice}" for role in leads))
    _print_similarities(plan, cast)
    _print_second_volume(plan)


def _print_similarities(plan: Plan, cast: Cast) -> None:
    """Print how alike each character is to itself in another chapter, and to those who talk in the same one."""
    chapters = {speaker.name: set(speaker.chapters) for speaker in plan.speakers[:CHARACTERS]}
    chapters |= {name: set(range(len(plan.chapters))) for name in (NARRATOR, UNKNOWN)}
    found = {name: _embeddings(plan, cast, cast.role(name)) for name in chapters}
    found = {name: pair for name, pair in found.items() if len(pair) == 2}
    same = {name: float(first @ second) for name, (first, second) in found.items()}
    least = min(same, key=lambda name: same[name])
    print(f"{len(found)} characters, each in two chapters: least {same[least]:.2f} ({least or 'narrator'})")
    pairs = {(a, b): float(found[a][0] @ found[b][1]) for a, b in combinations(found, 2) if chapters[a] & chapters[b]}
    values = list(pairs.values())
    print(f"{len(pairs)} pairs who talk in one chapter: median {np.median(values):.2f}, most {max(values):.2f}")
    for a, b in sorted(pairs, key=lambda pair: -pairs[pair])[:5]:
        told = " and ".join(f"{name or 'narrator'} {_sound(cast.role(name))}" for name in (a, b))
        print(f"  {told}: {pairs[a, b]:.2f}")


def _sound(role: Role) -> str:
    return f"({role.voice} {role.pitch:+g} st, rate {role.rate:g})"


def _embeddings(plan: Plan, cast: Cast, role: Role) -> list[Embedding]:
    """Return the embeddings of a line of a role in its first and in its last chapter; a sentence each without lines."""
    encoder = selection.load_default({"ge2e": registry.SPEAKER_ENCODERS["ge2e"]})
    lines = [
        (number, line.text)
        for number, chapter in enumerate(plan.chapters)
        for line in chapter.lines
        if line.speaker == role.name and len(line.text) in LINE_CHARACTERS
    ]
    if not lines:
        lines = [(0, tasks.AUDITION["en"]), (1, plan.chapters[0].lines[-1].text)]
    if lines[0][0] == lines[-1][0]:
        return []
    embeddings = []
    for _, words in (lines[0], lines[-1]):
        chunks = tasks.speak_lines((tasks.audition(role, cast, words),), cast.engine)
        embeddings.append(encoder.embed(audio.concat([chunk.audio for _, chunk in chunks])))
    return embeddings


def _print_second_volume(plan: Plan) -> None:
    """Print whether those who are in both halves of the book have the same voices with the cast file of the first."""
    book = read_book(fetch_book(NOVEL))
    middle = len(plan.chapters) // 2
    halves = [
        tasks.plan_book(replace(book, chapters=part)) for part in (book.selected[:middle], book.selected[middle:])
    ]
    first = tasks.cast_plan(halves[0])
    carried = stored.load_cast(json.loads(json.dumps(stored.dump(first))))
    second = tasks.cast_plan(halves[1], "", carried)
    known = {role.name: role for role in first.roles}
    both = [(known[role.name], role) for role in second.roles if role.name in known]
    same = sum(_sound(one) == _sound(other) for one, other in both)
    print(f"second volume with the cast file of the first: {same} of {len(both)} in both have the same voice")
