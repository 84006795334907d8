"""Tests of narrations with scripted engines: parts, edits, levels, checks, errors, the background."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from funaudio_core import settings
from funaudio_core.books.model import Book
from funaudio_core.engines import registry
from funaudio_core.engines.cosyvoice.instruction import EMOTION_INSTRUCTIONS, instruction_prompt
from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.narration import documents, states
from funaudio_core.narration.model import NARRATOR, Options
from funaudio_core.narration.narration import Narration
from funaudio_core.runtime import jobs
from funaudio_core.runtime.background import BackgroundWorker
from funaudio_core.runtime.queue import FairQueue
from funaudio_core.tasks import narration as tasks
from funaudio_core.tasks import synthesis
from funaudio_core.text.pronunciations import Pronunciation
from funaudio_core.types import Audio, SpeechChunk, SpeechRequest, Voice
from tests.fakes import RATE, FakeSynthesizer, heard
from tests.unit.narration.books import long_book, story

pytestmark = pytest.mark.usefixtures("fake_engines")


def begin(book: Book | None = None, **options: Any) -> Narration:
    plan = tasks.plan_book(book or story())
    return tasks.create(plan, tasks.cast_plan(plan), Options(**options))


def finish(narration: Narration) -> Narration:
    while tasks.make_next_part(narration.id):
        pass
    return narration


def part_files(narration: Narration, home: Path) -> dict[str, bytes]:
    folder = home / "jobs" / narration.id
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.sound.npy"))}


def clip_of(samples: np.ndarray) -> Audio:
    return Audio(samples.astype(np.float32) / np.float32(32767), RATE)


def sound_of(narration: Narration, chapter: int = 0) -> np.ndarray:
    return narration.read(chapter, 0, narration.chapter(chapter).num_samples)


def test_parts_are_made_in_order_until_the_book_is_finished() -> None:
    narration = begin()
    status = narration.status()
    assert (status.state, status.parts_done, status.seconds, status.seconds_left) == (states.RUNNING, 0, 0.0, None)
    assert narration.chapter(0).lines == ()
    assert tasks.make_next_part(narration.id)
    first = narration.status()
    assert (first.parts_done, first.chapters[0].parts_done, first.chapters[1].parts_done) == (1, 1, 0)
    assert 0 < len(narration.chapter(0).lines) < len(narration.planned_chapter(0).lines)
    finish(narration)
    done = tasks.open_narration(narration.id).status()
    assert (done.state, done.parts_done, done.seconds_left, done.flags) == (states.FINISHED, done.parts_total, 0.0, ())
    assert all(row.is_finished for row in done.chapters)


def test_sound_has_each_line_where_its_words_say() -> None:
    narration = finish(begin())
    chapter = narration.chapter(0)
    assert chapter.is_finished
    samples = sound_of(narration)
    assert samples.dtype == np.int16
    for row in chapter.lines:
        clip = clip_of(samples[round(row.start * RATE) : round(row.end * RATE)])
        written = row.line.text.strip().rstrip(".,")
        assert heard(clip).rstrip(".,") == written
        assert [word.text for word in row.words] == row.line.text.split()
        assert row.start <= row.words[0].start < row.words[-1].end <= row.end
    gaps = [after.start - before.end for before, after in zip(chapter.lines, chapter.lines[1:], strict=False)]
    scene = next(number for number, row in enumerate(chapter.lines) if row.line.follows_break)
    assert gaps[0] == pytest.approx(1.0, abs=0.001)
    assert gaps[scene - 1] == pytest.approx(1.4, abs=0.001)
    assert min(gaps) == pytest.approx(0.12, abs=0.001)
    for start, end in ((12_345, 23_456), (300_000, 300_100), (len(samples) - 9, len(samples)), (40_000, 200_000)):
        assert np.array_equal(narration.read(0, start, end), samples[start:end])


def test_recording_has_finished_chapters_and_the_texts_of_passages() -> None:
    narration = begin(date="1898", series="Rivers")
    with pytest.raises(BadInput, match="No chapter is finished"):
        narration.recording()
    narration.resume(first_chapter=1)
    while not narration.status().chapters[1].is_finished:
        tasks.make_next_part(narration.id)
    assert [chapter.title for chapter in narration.recording().chapters] == ["The End"]
    book = finish(narration).recording(cover=b"jpeg")
    assert (book.title, book.date, book.series, book.cover, book.rate) == (
        "The Bridge",
        "1898",
        "Rivers",
        b"jpeg",
        RATE,
    )
    assert book.voices[NARRATOR] == book.narrator
    assert len(set(book.voices.values())) == len(book.voices)
    for number, chapter in enumerate(book.chapters):
        segments = list(chapter.segments)
        assert len(chapter.segments) == len(segments)
        assert chapter.total_samples == narration.chapter(number).num_samples
        for row in segments:
            assert len(row.read()) == row.num_samples
            assert "".join(row.text[mark.text_start : mark.text_end] for mark in row.sentences) == row.text


def test_an_edit_makes_exactly_the_counted_parts_again(home: Path) -> None:
    narration = finish(begin(long_book(2, 6)))
    before = part_files(narration, home)
    line = next(number for number, row in enumerate(narration.planned_chapter(1).lines) if row.is_quotation)
    edits: list[tuple[int, Callable[[], int]]] = [
        (1, lambda: narration.change_line(1, line, emotion="angry")),
        (1, lambda: narration.change_line(1, line, speaker="Tom")),
        (0, lambda: narration.change_line(1, line, speaker="Tom")),
        (1, lambda: narration.set_pronunciations([Pronunciation("4", "seven-ish")])),
        (len(before), lambda: narration.change_voice(NARRATOR, "bf_isabella")),
    ]
    for expected, edit in edits:
        count = edit()
        assert count == expected or (expected == 1 and 1 <= count <= 3)
        status = narration.status()
        assert status.parts_total - status.parts_done == count
        assert status.state == (states.RUNNING if count else states.FINISHED)
        kept = part_files(narration, home)
        assert len(kept) == status.parts_done
        assert all(before[name] == data for name, data in kept.items())
        finish(narration)
        after = part_files(narration, home)
        assert len(after.keys() - kept.keys()) == count
        assert {name: after[name] for name in kept} == kept
        before = after


def test_merged_role_speaks_the_lines_of_both() -> None:
    narration = finish(begin())
    tom = narration.cast().role("Tom")
    assert narration.merge_roles("Anna", "Tom") > 0
    cast = narration.cast()
    assert cast.role("Anna").voice == tom.voice
    assert cast.role("Anna").lines > tom.lines
    assert cast.role("nobody").name == "?"
    with pytest.raises(BadInput, match="can't be merged"):
        narration.merge_roles("Tom", NARRATOR)


def test_voice_of_a_clip_is_kept_with_the_narration() -> None:
    narration = finish(begin())
    clip = Audio((0.1 * np.sin(np.arange(24_000) / 20)).astype(np.float32), 24_000)
    count = narration.change_voice("Tom", Voice("My voice", "en", clip=clip, text="Hello."))
    assert 0 < count <= narration.status().parts_total
    reopened = tasks.open_narration(narration.id)
    finish(reopened)
    assert reopened.recording().voices["Tom"] == "My voice"
    works = reopened.cast().role("Tom").voice
    assert works.startswith(documents.CLIP_PREFIX)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"speaker": "Zoe"}, "in the cast"),
        ({"emotion": "bored"}, "Unknown emotion"),
        ({"level": 40.0}, "isn't possible"),
        ({"said": "***"}, "only symbols"),
        ({"text": "new"}, "Only these can be changed"),
        ({"manner": "x" * 999}, "too long"),
    ],
)
def test_wrong_changes_are_sentences_and_change_nothing(changes: dict[str, object], message: str) -> None:
    narration = begin()
    before = narration.planned_chapter(0)
    with pytest.raises(BadInput, match=message):
        narration.change_line(0, 1, **changes)
    with pytest.raises(BadInput, match="no line"):
        narration.change_line(0, 999, emotion="sad")
    with pytest.raises(BadInput, match="no chapter"):
        narration.change_line(9, 0, emotion="sad")
    assert narration.planned_chapter(0) == before


def test_said_text_is_spoken_in_place_of_the_written_one() -> None:
    narration = finish(begin())
    assert narration.change_line(0, 0, said="Another heading") == 1
    row = finish(narration).chapter(0).lines[0]
    clip = clip_of(sound_of(narration)[: round(row.end * RATE)])
    assert heard(clip) == "Another heading"
    assert row.line.text == "The River"
    assert row.line.changed == ("said",)


def test_paused_narration_waits_and_failed_one_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    narration = begin()
    narration.pause()
    assert not tasks.make_next_part(narration.id)
    narration.resume()

    def fail(self: FakeSynthesizer, line: SpeechRequest) -> Iterator[SpeechChunk]:
        raise FunAudioError(
            "The server disk is full, so jobs with several parts can't be saved. "
            "Try again later, or use a shorter input."
        )

    with monkeypatch.context() as patch:
        patch.setattr(FakeSynthesizer, "stream", fail)
        with pytest.raises(FunAudioError):
            tasks.make_next_part(narration.id)
    status = narration.status()
    assert status.state == states.FAILED
    assert "disk is full" in str(status.message)
    assert not tasks.make_next_part(narration.id)
    narration.resume()
    assert narration.status().message is None
    finish(narration)
    assert narration.status().state == states.FINISHED


def test_full_quota_stops_with_a_sentence_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    narration = begin(long_book(1, 12))
    for _ in range(2):
        tasks.make_next_part(narration.id)
    monkeypatch.setenv("FUNAUDIO_JOBS_GB", "0.0001")
    settings.read.cache_clear()
    with pytest.raises(FunAudioError, match="Delete what you no longer need"):
        tasks.make_next_part(narration.id)
    assert (narration.state, narration.status().parts_done) == (states.FAILED, 2)
    monkeypatch.setenv("FUNAUDIO_JOBS_GB", "1")
    settings.read.cache_clear()
    narration.resume()
    finish(narration)
    assert narration.status().state == states.FINISHED


class MumblingSynthesizer(FakeSynthesizer):
    """Synthesizer that mumbles a word unless the quotes are left out, and always another one."""

    def stream(self, line: SpeechRequest) -> Iterator[SpeechChunk]:
        words = line.text
        if "You must" in words and "“" in words:
            words = words.replace("You must", "Mumble mumble")
        return super().stream(replace(line, text=words.replace("Nobody answered", "Grumble grumble")))


def test_misheard_line_is_spoken_again_and_flagged_if_that_does_not_help(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = registry.SYNTHESIZERS["kokoro"]
    monkeypatch.setitem(registry.SYNTHESIZERS, "kokoro", replace(spec, load=lambda: MumblingSynthesizer(spec)))
    narration = finish(begin())
    flags = narration.status().flags
    assert [(flag.chapter, flag.text) for flag in flags] == [(1, "Nobody answered her.")]
    assert flags[0].heard.startswith("grumble")
    assert flags[0].error_rate > 0.5
    assert flags[0].end > flags[0].start
    line = next(row for row in narration.chapter(0).lines if "You must" in row.line.text)
    assert [word.text.strip(",“”") for word in line.words] == ["You", "must"]
    unchecked = finish(begin(is_checked=False))
    assert unchecked.status().flags == ()


def test_first_part_can_be_played_before_it_is_heard_again(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    narration = begin()
    sounds: list[dict[str, bytes]] = []

    def mishear(clip: Audio, language: str) -> str:
        sounds.append(part_files(narration, home))
        return "something else"

    monkeypatch.setattr(synthesis, "transcribe_take", mishear)
    tasks.make_next_part(narration.id)
    assert len(sounds) == 1  # it isn't spoken once more
    assert len(sounds[0]) == narration.status().parts_done == 1
    assert part_files(narration, home) == sounds[0]
    assert narration.status().flags


def test_the_background_goes_on_by_itself_and_leaves_other_jobs_alone() -> None:
    first, second = begin(), begin(long_book(1, 2))
    second.pause()
    other = jobs.create({"kind": "clip 5"}, 2)
    queue = FairQueue(1, 10, 4)
    worker = BackgroundWorker(tasks._running_jobs, tasks._make_next_part, lambda: queue.join_in_background("b"))
    while worker.run_round():
        pass
    assert (first.state, second.state) == (states.FINISHED, states.PAUSED)
    assert (second.status().parts_done, other.completed_parts) == (0, 0)


def test_started_background_is_woken_by_an_edit() -> None:
    queue = FairQueue(1, 10, 4)
    worker = tasks.start_background(lambda: queue.join_in_background("b"))
    assert worker is not None
    try:
        narration = begin()
        for _ in range(2):
            deadline = time.monotonic() + 20
            while narration.state != states.FINISHED and time.monotonic() < deadline:
                time.sleep(0.05)
            assert narration.state == states.FINISHED
            assert narration.change_line(0, 1, emotion="sad") in (0, 1)
    finally:
        worker.stop()


def test_no_background_where_gpus_are_lent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACES_ZERO_GPU", "1")
    assert not tasks.can_run_in_background()
    assert tasks.start_background(lambda: FairQueue(1, 1, 1).join_in_background("b")) is None


def test_deleted_or_foreign_job_is_no_narration() -> None:
    narration = begin()
    narration.delete()
    for id_ in (narration.id, jobs.create({"kind": "text 2"}, 1).id, "x"):
        with pytest.raises(BadInput, match="start again"):
            tasks.open_narration(id_)
    with pytest.raises(BadInput, match="start again"):
        narration.status()


def test_layout_left_behind_by_a_kill_is_made_anew() -> None:
    narration = finish(begin())
    job = jobs.get(narration.id)
    row = job.load_document("lines_0")
    row["lines"][1]["emotion"] = "sad"
    job.save_document("lines_0", row)  # then the process is killed, before the layout is saved
    documents._is_verified.cache_clear()
    status = tasks.open_narration(narration.id).status()
    assert status.parts_total - status.parts_done == 1


def test_long_narrations_can_be_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNAUDIO_NARRATION_HOURS", "0.1")
    settings.read.cache_clear()
    begin()
    with pytest.raises(BadInput, match="Choose fewer chapters"):
        begin(long_book(4, 40))


def test_role_can_be_heard_before_anything_is_narrated() -> None:
    plan = tasks.plan_book(story())
    cast = tasks.cast_plan(plan)
    request = tasks.audition(cast.role("Tom"), cast)
    assert request.voice.preset == cast.role("Tom").voice
    assert list(synthesis.speak(request))


def test_engine_with_instructions_gets_the_manner_of_each_line(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = registry.SYNTHESIZERS["kokoro"]
    told: dict[str, str] = {}

    class Instructed(FakeSynthesizer):
        def stream(self, line: SpeechRequest) -> Iterator[SpeechChunk]:
            told[line.text.strip("“” ,.")] = instruction_prompt(3).render(line.style, line.language)
            return super().stream(line)

    changed = replace(spec, load=lambda: Instructed(spec), instruction_prompt=instruction_prompt(3))
    monkeypatch.setitem(registry.SYNTHESIZERS, "kokoro", changed)
    narration = begin()
    lines = narration.planned_chapter(1).lines
    number = next(number for number, line in enumerate(lines) if "Good-bye" in line.text)
    narration.change_line(1, number, emotion="sad", manner="through her tears")
    finish(narration)
    assert told["Good-bye"] == "Please say a sentence in a sad voice, through her tears."
    assert told["No!"] == EMOTION_INSTRUCTIONS["angry"]
    assert "whispering" in told["You must"]
    assert told["They were gone by noon"] == ""


def test_marks_of_the_book_are_never_taken_for_tags() -> None:
    book = story()
    odd = replace(book.chapters[1].passages[1], text="He wrote [laughter] and <break> and *stars*.")
    narration = begin(replace(book, chapters=(replace(book.chapters[1], passages=(odd,)),)))
    work = narration.next_work()
    assert work is not None
    assert [request.text for request in work.requests] == ["He wrote (laughter) and ‹break› and  stars ."]
