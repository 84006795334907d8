"""The audiobook page with scripted engines: books, routes of the player, edits, casts and endpoints."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
import soundfile
from starlette.applications import Starlette
from starlette.testclient import TestClient

from funaudio_core.books.model import HEADING
from funaudio_core.engines import voice_catalog
from funaudio_core.errors import BadInput
from funaudio_core.narration import states, stored
from funaudio_core.narration.model import NARRATOR, UNKNOWN
from funaudio_core.narration.narration import Narration
from funaudio_core.tasks import narration as tasks
from funaudio_core.types import Word
from tabs.audiobook import cast_panel, endpoints, library, line_editor, narration_panel, routes
from tabs.audiobook.book_panel import BookRequest, show_book
from tabs.audiobook.library import Source
from tabs.audiobook.line_editor import LineRequest
from tests import fakes

STORY = """# One

The door opened.

"Who is there?" asked Ada.

"Only me," whispered Tom.

# Two

Nobody else came.
"""


@pytest.fixture
def source(tmp_path: Path) -> Source:
    path = tmp_path / "story.md"
    path.write_text(STORY)
    return Source(str(path), "A Story", "Somebody", "en")


@pytest.fixture
def narration(source: Source, fake_engines: None) -> Iterator[Narration]:
    """Yield a finished narration of the story."""
    plan = library.plan(source, [0, 1], with_notes=False)
    made = tasks.narrate_now(plan, tasks.cast_plan(plan))
    yield made
    made.delete()


@pytest.fixture
def web() -> TestClient:
    return TestClient(Starlette(routes=routes.ROUTES))


def request_for(source: Source, chapters: list[int]) -> BookRequest:
    return BookRequest(source, chapters, "A Story", "Somebody", "en", "", False, 1.0, 1.0, False, "")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_sample_story_has_four_characters_with_feelings_and_no_guess(language: str) -> None:
    plan = library.plan(library.sample(language), [0, 1], with_notes=False)
    lines = [line for chapter in plan.chapters for line in chapter.lines]
    assert plan.language == language
    assert len(plan.speakers) >= 4
    assert UNKNOWN not in {line.speaker for line in lines}
    assert len({line.emotion for line in lines if line.speaker != NARRATOR}) >= 4
    assert any(line.is_whispered for line in lines)


def test_chapters_tell_why_they_are_left_out_and_how_they_begin(tmp_path: Path) -> None:
    path = tmp_path / "book.md"
    path.write_text(f"# Copyright\n\nAll rights reserved.\n\n{STORY}")
    update = show_book(Source(str(path)))
    labels = {number: label for label, number in update["chapters"].choices}
    assert update["chapters"].value == [1, 2]
    assert labels[0].startswith("Copyright (1 min) · ")
    assert labels[1] == "One (1 min)\nThe door opened."


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("He opened the door and looked at the road, but there was nobody on it. " * 3, ""),
        (
            "Vanhus istui ikkunan ääressä ja katseli satamaan johtavaa tietä, mutta siellä ei ollut ketään. " * 3,
            "Suomi",
        ),
        ("1984.", "isn't known"),
    ],
)
def test_a_book_whose_language_no_voice_speaks_says_so(tmp_path: Path, text: str, status: str) -> None:
    (tmp_path / "book.txt").write_text(text)
    update = show_book(Source(str(tmp_path / "book.txt")))
    assert update["language"] == "en"
    assert status in update["status"]
    assert bool(update["status"]) == bool(status)


@pytest.mark.parametrize(
    ("source", "error"),
    [(None, "no book yet"), (Source("/nonexistent/book.epub"), "Choose it again")],
)
def test_missing_book_is_a_sentence(source: Source | None, error: str) -> None:
    with pytest.raises(BadInput, match=error):
        library.read(source)


def test_pasted_text_needs_words_and_has_a_limit() -> None:
    with pytest.raises(BadInput, match="Paste the text"):
        library.require_pasted(" \n")
    with pytest.raises(BadInput, match="1,000,001 characters"):
        library.require_pasted("a" * 1_000_001)


def test_words_are_found_in_the_text_in_order() -> None:
    words = (Word("no", 0.0, 0.2), Word(" gone ", 0.2, 0.3), Word("no", 0.5, 0.7))
    assert routes.word_places("“No, no,” I said: no.", words) == [(5, 7, 0.0, 0.2), (18, 20, 0.5, 0.7)]


def test_routes_tell_progress_lines_and_sound(narration: Narration, web: TestClient) -> None:
    status = web.get(f"/narrations/{narration.id}").json()
    assert [(chapter["title"], chapter["done"] == chapter["total"]) for chapter in status["chapters"]] == [
        ("One", True),
        ("Two", True),
    ]
    assert status["roles"][:2] == ["Narrator", "Somebody"]
    found = web.get(f"/narrations/{narration.id}/0/lines", params={"from": 1}).json()
    assert [line["number"] for line in found["lines"]] == list(range(1, found["total"]))
    assert found["finished"]
    ada = next(line for line in found["lines"] if "Who is there" in line["text"])
    assert status["roles"][ada["role"]] == "Ada"
    tom = next(line for line in found["lines"] if "Only me" in line["text"])
    assert tom["manner"] == "whispered"
    ends = [line["end"] for line in found["lines"]]
    assert ends == sorted(ends)
    assert ends[-1] <= found["seconds"]


def test_sound_of_pieces_is_the_sound_of_the_chapter(narration: Narration, web: TestClient) -> None:
    whole = narration.read(0, 0, narration.chapter(0).num_samples)
    cuts = [0, 7_001, 30_000, len(whole)]
    pieces = []
    for start, end in itertools.pairwise(cuts):
        answer = web.get(f"/narrations/{narration.id}/0/sound", params={"start": start, "end": end})
        assert answer.headers["content-type"] == "audio/flac"
        pieces.append(soundfile.read(io.BytesIO(answer.content), dtype="int16")[0])
    assert np.array_equal(np.concatenate(pieces), whole)


def test_piece_is_never_longer_than_the_limit(
    narration: Narration, web: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "MAX_PIECE_SECONDS", 0.5)
    answer = web.get(f"/narrations/{narration.id}/0/sound", params={"start": 0, "end": 10**9})
    assert soundfile.info(io.BytesIO(answer.content)).duration == 0.5


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/narrations/{id}/0/sound?start=99999999", "isn't made yet"),
        ("/narrations/{id}/0/sound?start=-1", "must be a number"),
        ("/narrations/{id}/0/lines?from=x", "must be a number"),
        ("/narrations/{id}/files/m4b", "isn't made yet"),
        ("/narrations/{id}/files/exe", "isn't a format"),
        ("/narrations/0123", "expired"),
        (f"/narrations/{'0' * 32}", "expired"),
    ],
)
def test_wrong_request_of_a_player_is_a_sentence(
    path: str, sentence: str, narration: Narration, web: TestClient
) -> None:
    answer = web.get(path.format(id=narration.id))
    assert answer.status_code == 404
    assert sentence in answer.json()["error"]
    chinese = web.get(path.format(id=narration.id), headers={"accept-language": "zh"})
    assert chinese.json()["error"] != answer.json()["error"]


def test_listening_goes_on_part_by_part_where_gpus_are_lent(
    source: Source,
    fake_engines: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "can_run_in_background", lambda: False)
    begun = list(narration_panel.on_listen(request_for(source, [0, 1]), None, "", None))[-1]
    step = begun["step"]
    assert "quota" in begun["status"]
    while updates := list(narration_panel.on_step(step)):
        if not (step := updates[-1].get("step") if isinstance(updates[-1], dict) else None):
            break
    assert tasks.open_narration(begun["narration"]).state == states.FINISHED


def test_changed_options_are_taken_over_by_the_narration(source: Source, fake_engines: None) -> None:
    request = request_for(source, [0, 1])
    shown = list(narration_panel.on_listen(request, None, "", None))[-1]["narration"]
    changed = replace(request, pronunciations="Ada = Aida")
    again = list(narration_panel.on_listen(changed, None, shown, request))[-1]
    assert again["narration"] == shown
    assert tasks.open_narration(shown).options().pronunciations[0].said == "Aida"
    other = list(narration_panel.on_listen(replace(request, chapters=[1]), None, shown, request))[-1]
    assert other["narration"] != shown


def test_no_chapter_is_no_narration(source: Source) -> None:
    with pytest.raises(Exception, match="Tick at least one"):
        list(narration_panel.on_listen(request_for(source, []), None, "", None))


def test_saving_a_line_makes_only_its_part_again(narration: Narration) -> None:
    lines = narration.planned_chapter(0).lines
    number = next(place for place, line in enumerate(lines) if "Who is there" in line.text)
    line = lines[number]
    same = LineRequest(line.speaker, line.emotion, line.is_whispered, line.level, "", "")
    assert "No part" in line_editor.on_save(narration.id, (0, number), same)["status"]
    angry = LineRequest(line.speaker, "angry", line.is_whispered, line.level, "", "")
    before = narration.status().parts_done
    update = line_editor.on_save(narration.id, (0, number), angry)
    assert "once you go on: 1." in update["status"]
    assert before - narration.status().parts_done == 1
    assert json.loads(update["player"])["id"] == narration.id


def test_edit_is_made_by_the_page_where_gpus_are_lent(narration: Narration, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "can_run_in_background", lambda: False)
    narration.resume()
    line = narration.planned_chapter(1).lines[-1]
    request = LineRequest(line.speaker, "sad", line.is_whispered, line.level, "", "")
    place = (1, len(narration.planned_chapter(1).lines) - 1)
    step = line_editor.on_save(narration.id, place, request)["step"]
    assert narration.status().parts_done < narration.status().parts_total
    list(narration_panel.on_step(step))
    assert narration.status().parts_done == narration.status().parts_total


def test_a_private_link_leaves_alone_what_the_browser_remembers(narration: Narration) -> None:
    own = narration_panel.on_arrival([narration.id], "")
    assert (own["narration"], own["last"]) == (narration.id, [narration.id])
    link = narration_panel.on_arrival([narration.id, "address"], "")
    assert link["narration"] == narration.id
    assert "last" not in link
    assert narration_panel.on_arrival([narration.id, "address"], narration.id) == {}


def test_a_narration_that_was_deleted_is_a_sentence(source: Source, fake_engines: None) -> None:
    plan = library.plan(source, [1], with_notes=False)
    mine, other = (tasks.narrate_now(plan, tasks.cast_plan(plan)) for _ in range(2))
    assert "last" not in narration_panel.on_delete(other.id, [mine.id])
    gone = narration_panel.on_arrival([other.id, "address"], "")
    assert set(gone) == {"status"}
    assert "no longer exists" in gone["status"]
    assert narration_panel.on_arrival([other.id, "address"], mine.id) == {}
    assert narration_panel.on_delete(mine.id, [mine.id])["last"] == []
    forgotten = narration_panel.on_arrival([mine.id], "")
    assert forgotten == {"last": [], "status": gone["status"]}


def test_cast_shows_everyone_and_can_be_carried_on(narration: Narration, tmp_path: Path) -> None:
    update = cast_panel.show_cast(narration.id)
    for name in ("Narrator", "Ada", "Tom"):
        assert f">{name}</button>" in update["table"]
    narration.change_voice("Ada", "bf_emma", 1.5)
    path = tmp_path / "cast.json"
    path.write_bytes(Path(cast_panel.show_cast(narration.id)["download"].value["path"]).read_bytes())
    carried = tasks.cast_plan(narration.plan(), "", cast_panel.read_cast(path)).role("Ada")
    assert (carried.voice, carried.pitch) == ("bf_emma", 1.5)


def test_cast_file_names_whose_voice_it_lacks(narration: Narration, tmp_path: Path) -> None:
    cast = narration.cast()
    roles = tuple(replace(role, voice="clip:0123") if role.name == "Ada" else role for role in cast.roles)
    path = tmp_path / "cast.json"
    path.write_text(json.dumps(stored.dump(replace(cast, roles=roles))), encoding="utf-8")
    for narration_id in ("", narration.id):
        update = cast_panel.on_upload(str(path), narration_id)
        assert "so Ada get other voices" in update["status"]
    assert narration.cast().role("Ada").voice in voice_catalog.voices_for_language("en", "kokoro")
    path.write_text(json.dumps(stored.dump(replace(cast, language="fr"))), encoding="utf-8")
    with pytest.raises(gr.Error, match=r"This cast is for Kokoro-82M \(int8\) in French"):
        cast_panel.on_upload(str(path), narration.id)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"roles": [{"name": 3}]}', "\ud800"])
def test_wrong_cast_file_is_a_sentence(content: str, tmp_path: Path) -> None:
    path = tmp_path / "cast.json"
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(BadInput, match="Save it again"):
        cast_panel.read_cast(path)


def test_sample_of_a_character_is_one_of_its_lines(narration: Narration) -> None:
    assert cast_panel.sample_line(narration, "Ada") == '"Who is there?"'
    assert narration.planned_chapter(0).lines[0].kind == HEADING
    assert cast_panel.sample_line(narration, NARRATOR) == "The door opened."


def test_endpoint_tells_chapters_and_cast(source: Source) -> None:
    plan = endpoints.plan_audiobook(source.path)
    assert [chapter["title"] for chapter in plan["chapters"]] == ["One", "Two"]
    assert {"Narrator", "Ada", "Tom"} <= {role["name"] for role in plan["cast"]}


def test_endpoint_narrates_a_chapter(source: Source, fake_engines: None) -> None:
    path, facts = endpoints.narrate(source.path, chapter=2, format="wav")
    assert fakes.heard(path).split()[-3:] == ["Nobody", "else", "came."]
    assert facts["has_watermark"] is not None
    assert facts["not_understood"] == []


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, "either a file"),
        ({"text": "Word. " * 2000}, "narrate the book on the page"),
        ({"text": "One word.", "chapter": 7}, "Choose 1 to 1"),
        ({"text": "One word.", "language": "xx"}, "Unknown language"),
    ],
)
def test_wrong_request_of_a_script_is_a_sentence(arguments: dict[str, object], error: str) -> None:
    with pytest.raises(BadInput, match=error):
        endpoints.narrate(**arguments)  # type: ignore[arg-type]
