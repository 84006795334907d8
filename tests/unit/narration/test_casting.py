"""Tests of casts: who gets which voice, distances, extras, the next volume, merged rows."""

from __future__ import annotations

import json
from itertools import combinations

import pytest

from funaudio_core.engines.kokoro.voices import VOICES, similarity
from funaudio_core.errors import BadInput
from funaudio_core.narration import stored
from funaudio_core.narration.casting import LEADS, cast_plan
from funaudio_core.narration.model import NARRATOR, UNKNOWN, Cast, Line, Plan, PlannedChapter, Role, Speaker

pytestmark = pytest.mark.usefixtures("home")


def plan(*speakers: Speaker, language: str = "en", chapters: int = 3) -> Plan:
    rows = tuple(PlannedChapter(f"{number}", (Line("Text.", 0, "paragraph"),)) for number in range(chapters))
    return Plan("B", (), language, rows, speakers)


def sound(role: Role) -> tuple[str, float, float]:
    return role.voice, role.pitch, role.rate


def crowd(count: int, lines: int = 9, chapters: int = 3) -> list[Speaker]:
    return [
        Speaker(
            f"P{number}",
            ("female", "male", "")[number % 3],
            (),
            lines + count - number,
            tuple(range(number % 2, chapters)),
        )
        for number in range(count)
    ]


def check_distinct(cast: Cast, speakers: list[Speaker]) -> None:
    """Check that no two who speak in one chapter sound the same, nor anyone like the narrator or the second voice."""
    for one, other in combinations(speakers, 2):
        if set(one.chapters) & set(other.chapters):
            assert sound(cast.role(one.name)) != sound(cast.role(other.name)), (one.name, other.name)
    for speaker in speakers:
        assert sound(cast.role(speaker.name)) not in {sound(cast.role(NARRATOR)), sound(cast.role(UNKNOWN))}


@pytest.mark.parametrize(("language", "count"), [("en", 60), ("zh", 40), ("fr", 8), ("ja", 30)])
def test_nobody_sounds_like_somebody_else_of_the_chapter(language: str, count: int) -> None:
    speakers = crowd(count)
    cast = cast_plan(plan(*speakers, language=language))
    check_distinct(cast, speakers)
    assert cast.roles[0].name == NARRATOR
    assert cast.roles[1].name == UNKNOWN
    assert sound(cast.roles[0]) != sound(cast.roles[1])


def test_narrator_and_leads_have_the_best_presets_of_their_sex() -> None:
    speakers = crowd(20)
    cast = cast_plan(plan(*speakers))
    assert cast.role(NARRATOR).voice == "af_heart"
    leads = [cast.role(speaker.name) for speaker in speakers[:LEADS]]
    assert len({role.voice for role in leads}) == LEADS
    assert all(role.pitch == 0 and role.rate == 1 for role in leads)
    sexes = {voice.preset: voice.sex for voice in VOICES}
    assert all(sexes[role.voice] == role.sex for role in leads if role.sex)


def test_leads_are_far_apart() -> None:
    cast = cast_plan(plan(*crowd(LEADS)))
    voices = [role.voice for role in cast.roles]
    worst = max(similarity(a, b) for a, b in combinations(voices, 2))
    assert worst < 0.8  # the most similar two have 1.06


def test_beyond_the_presets_voices_are_shifted_a_little() -> None:
    speakers = [Speaker(f"P{number}", "female", (), 50, (0,)) for number in range(30)]
    shifted = [role for role in cast_plan(plan(*speakers)).roles if role.pitch or role.rate != 1]
    assert shifted
    assert all(abs(role.pitch) <= 3 and 0.94 <= role.rate <= 1.06 for role in shifted)


def test_minor_speakers_share_a_voice_by_sex() -> None:
    minor = [Speaker(f"M{number}", "male", (), 1, (number,)) for number in range(5)]
    cast = cast_plan(plan(*crowd(8), *minor, chapters=6))
    roles = [cast.role(speaker.name) for speaker in minor]
    assert all(role.is_extra for role in roles)
    assert len({role.voice for role in roles}) == 1
    assert not any(role.is_extra for role in cast.roles if role.lines > 2)


def test_first_person_speaks_with_the_narrators_voice() -> None:
    cast = cast_plan(plan(Speaker("I", "", (), 20, (0,)), Speaker("Anna", "female", (), 9, (0,))))
    assert sound(cast.role("I")) == sound(cast.role(NARRATOR))
    assert cast.role("Anna").voice != cast.role(NARRATOR).voice


def test_cast_of_one_volume_goes_on_in_the_next() -> None:
    first = cast_plan(plan(*crowd(10), Speaker("Mr. Darcy", "male", ("Darcy",), 5, (0,))))
    chosen = first.replace_role(Role("P3", "bm_lewis", sex="female", pitch=1.5, is_changed=True))
    loaded = stored.load_cast(json.loads(json.dumps(stored.dump(chosen))))
    second_speakers = [
        Speaker("Fitzwilliam Darcy", "male", ("Darcy",), 50, (0, 1)),
        Speaker("New", "male", (), 40, (0, 1)),
        *crowd(5),
    ]
    second = cast_plan(plan(*second_speakers), previous=loaded)
    for name, before in (("Fitzwilliam Darcy", "Mr. Darcy"), ("P3", "P3"), ("P0", "P0"), (NARRATOR, NARRATOR)):
        assert sound(second.role(name)) == sound(chosen.role(before))
    check_distinct(second, second_speakers)
    other = cast_plan(plan(*crowd(3), language="zh"), previous=loaded)
    assert other.role("P0").voice.startswith("z")


def test_cast_without_narrator_and_language_without_voice_are_sentences() -> None:
    row = stored.dump(cast_plan(plan()))
    with pytest.raises(BadInput, match="saved by this app"):
        stored.load_cast({**row, "roles": row["roles"][1:]})
    with pytest.raises(BadInput, match="doesn't"):
        cast_plan(plan(language="sv"))
