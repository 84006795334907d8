"""Long texts: split, spoken in chunks and joined; continued after Stop, errors and a reload."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest
from gradio.context import LocalContext

from funaudio_core import audio, settings, text
from funaudio_core.engines import kokoro, loader, preload, registry, selection
from funaudio_core.engines.kokoro import tags
from funaudio_core.errors import BadInput, FunAudioError, Unsupported
from funaudio_core.gpu import scheduler
from funaudio_core.gpu.zerogpu import GpuUnavailable
from funaudio_core.pipelines import chunked_synthesis
from funaudio_core.pipelines.chunked_synthesis import CheckedTake, SynthesisJob
from funaudio_core.pipelines.self_check import TakeReport
from funaudio_core.pipelines.synthesize import join_chunks
from funaudio_core.runtime import cancellation, jobs
from funaudio_core.tasks import cost, synthesis
from funaudio_core.types import Audio, SpeechChunk, SpeechRequest, Style, Voice, Word
from server import blocks, sessions
from server import cancellation as server_cancellation
from server.updates import SKIP, Update
from tabs import instruct
from tabs.components import resumable, speech_output
from tabs.components.engine_picker import VoiceInput
from tabs.components.reference_voice import ReferenceInput
from tabs.components.resumable import ResumeControls
from tabs.instruct.controls import InstructOutput, InstructRequest
from tests.conftest import little_gpu_time, noise

GPU_SECONDS = "16"  # enough for 97 characters; three chunks of the story
STORY = (
    "The train leaves at nine in the morning. We shall have breakfast first, with tea and bread. "
    "My brother comes along and brings his dog. The dog is old, but it likes to travel. "
    "At noon we reach the lake and swim. In the evening there is music in the village."
)
RATE = 24_000
CHECK = synthesis.self_check
PRESET = Voice("Heart", "en", preset="af_heart")


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the app, with little GPU time for each part of a job."""
    with little_gpu_time(tmp_path_factory.mktemp("long"), GPU_SECONDS) as folder:
        yield folder


@pytest.mark.parametrize("most", [40, 97, 137, 200])
def test_chunks_are_whole_sentences_of_about_equal_length(most: int) -> None:
    long = text.clean(STORY * 3)
    parts = text.split_text(long, "en", most)
    assert parts == text.split_text(long, "en", most)
    assert " ".join(parts).replace(" ", "") == long.replace(" ", "")
    assert max(map(len, parts)) <= most
    assert len(parts) < 2 * len(long) / most + 1
    if most >= 97:  # no sentence is longer
        assert all(part.endswith(".") for part in parts)
        assert min(map(len, parts)) > most / 3


def test_a_text_that_fits_is_not_split() -> None:
    assert text.split_text(" One.\nTwo. ", "en", 11) == (" One.\nTwo. ",)


def test_paragraphs_abbreviations_and_other_scripts() -> None:
    assert text.split_text("A title\nDr. Smith came. He left.", "en", 20) == ("A title", "Dr. Smith came.", "He left.")
    assert text.split_text("今天很好。我们走吧！好吗？", "zh", 8) == ("今天很好。", "我们走吧！好吗？")
    assert text.split_text("字" * 25, "zh", 10) == ("字" * 10, "字" * 10, "字" * 5)


def test_no_chunk_has_only_punctuation() -> None:
    assert text.split_text("Yes.\n***\n***\n***\nNo.", "en", 8) == ("Yes.", "***\n***\n***\nNo.")


def test_tags_open_at_a_split_are_reopened() -> None:
    assert split("<strong>Up. Down</strong>. [whisper]Left. Right. Back.", 20) == [
        "<strong>Up.</strong>",
        "<strong>Down</strong>.",
        "[whisper]Left.[/whisper]",
        "[whisper]Right. Back.[/whisper]",
    ]
    assert (
        split("One more [whisper]Left.[/whisper]\n[/whisper] Back.", 30)[-1] == "[/whisper] Back."
    )  # as wrong as it was


def split(words: str, most: int) -> list[str]:
    return [line.text for line in chunked_synthesis.split_request(SpeechRequest(words, "en", PRESET), most)]


def spoken_words(words: str) -> list[tuple[str, bool]]:
    """Return the words and sounds that the lite voice makes of a text, and whether each is whispered."""
    parts = tags.split_tags(words)
    return [(word, part.whisper) for part in parts for word in (part.text.split() or [part.kind])]


TAGGED = {
    "capitals": "One is here. [Whisper]Two is here. Three is here.[/WHISPER] Four is here.",
    "other brackets": "One is here. <whisper>Two is here. Three is here.</whisper> Four is here.",
    "opened twice": "One is here. [whisper]Two is here. [whisper]Three is here.[/whisper] Four is here. Five is here.",
    "closed on a line of its own": "[whisper]One is here.\nTwo is here.\n[/whisper]\nThree is here.\nFour is here.",
    "a sound on a line of its own": "One is here.\n[breath]\nTwo is here.\n[sigh] [pause]\nThree is here.\n[breath]",
    "sounds first": "[breath]\n[sigh]\nOne is here. Two is here. Three is here.",
    "never closed": "One is here. [whisper]Two is here. Three is here. Four is here.",
    "text in brackets": "One is here.\n[Chorus]\nTwo is here.\n[Verse]\nThree is here.\n[Chorus]",
}


@pytest.mark.parametrize("name", TAGGED)
@pytest.mark.parametrize("most", [22, 25, 27, 40])
def test_chunks_together_say_the_text_and_each_can_be_spoken(name: str, most: int) -> None:
    check = kokoro.SPEC.validate
    assert check is not None
    parts = split(TAGGED[name], most)
    assert len(parts) > 1
    for part in parts:
        check(SpeechRequest(part, "en", PRESET))
        assert any(word not in tags.SOUND_TAGS for word, _ in spoken_words(part))  # a sound alone can't be checked
    assert [word for part in parts for word in spoken_words(part)] == spoken_words(TAGGED[name])


def test_no_tag_is_split() -> None:
    assert text.split_text("字" * 8 + "[breath]" + "字" * 8, "zh", 10) == ("字" * 8, "[breath]字字", "字" * 6)
    assert text.split_text("a" * 9 + "[" + "字" * 9, "zh", 10) == ("a" * 9 + "[", "字" * 9)


def test_names_in_brackets_do_not_make_a_chunk_long() -> None:
    assert max(map(len, split("[Hello]\n" * 200, 40))) <= 2 * 40


def test_the_length_of_chunks_depends_on_settings_and_not_on_measured_durations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = SpeechRequest(STORY, "en", PRESET, seed=4)
    parts = [part.text for part in synthesis.split_request(line)]
    assert len(parts) == 3
    for part in parts:
        assert (
            scheduler.SAFETY_FACTOR * (cost.SYNTHESIS_COST[0] + cost.SYNTHESIS_COST[1] * len(part))
            <= settings.read().gpu_max_seconds
        )
    monkeypatch.setattr(scheduler, "DURATIONS", scheduler.DurationEstimator())
    scheduler.DURATIONS.record("speak kokoro", 1.0, 100.0)
    assert [part.text for part in synthesis.split_request(line)] == parts
    assert {part.seed for part in synthesis.split_request(line)} == {4}
    assert [part.text for part in synthesis.split_request(replace(line, text="Good morning."))] == ["Good morning."]


def checked_take(
    seconds: float, said: str, errors: float | None, similarity: float | None, seed: int = 4
) -> CheckedTake:
    """Return a take of two pieces, the second without words, with its report."""
    first, second = noise(seconds, RATE), noise(0.1, RATE)
    pieces = [SpeechChunk(first, said, (Word(said, 0.25, seconds),)), SpeechChunk(second, "")]
    take = join_chunks(pieces, 0.5, 2 * seconds, seed)
    return CheckedTake(take, TakeReport("WER", errors, said.upper(), similarity, 0.5, 2.0, 0.1))


def test_a_stored_text_is_loaded_unchanged() -> None:
    clip = Audio(np.random.default_rng(1).uniform(-1, 1, 16_000).astype(np.float32), 16_000)
    voice = Voice("reference", "es", clip=clip, text="Hola.")
    style = Style(rate=1.25, pause=2.0, whisper=True, instruction="softly")
    lines = [SpeechRequest(said, "en", voice, style, 9) for said in ("One.", "Two.", "Three")]
    job = chunked_synthesis.create_job(lines, "kokoro", 2, {"speed": 1.5}).job
    stored = SynthesisJob(jobs.get(job.id))  # as another process would
    assert (stored.engine, stored.max_attempts, stored.extra, stored.job.total_parts) == (
        "kokoro",
        2,
        {"speed": 1.5},
        3,
    )
    for number, line in enumerate(lines):
        again = stored.chunk_request(number)
        assert (again.text, again.language, again.style, again.seed) == (line.text, "en", style, 9)
        assert (again.voice.name, again.voice.language, again.voice.text) == ("reference", "es", "Hola.")
        assert again.voice.clip is not None
        assert np.array_equal(again.voice.clip.samples, clip.samples)
    one, two = checked_take(1.0, "One.", 0.1, 0.9), checked_take(0.5, "Two.", 0.4, 0.7, seed=10)
    for each in (one, two):
        stored.save(each)
    back = SynthesisJob(jobs.get(job.id)).load_take(1)
    assert back.report == two.report
    assert (back.take.seed, back.take.first_audio, back.take.seconds, back.take.words) == (10, 0.5, 1.0, two.take.words)
    assert [(p.text, p.words, len(p.audio.samples)) for p in back.take.pieces] == [
        (p.text, p.words, len(p.audio.samples)) for p in two.take.pieces
    ]
    assert np.array_equal(back.take.audio.pcm16(), two.take.audio.pcm16())


def test_chunks_are_joined_to_one_take_with_one_report() -> None:
    lines = [SpeechRequest(said, "en", PRESET, Style(pause=2.0), 4) for said in ("One", "Sixteen letters.", "Three.")]
    stored = chunked_synthesis.create_job(lines, "kokoro", 1, {})
    stored.save(checked_take(1.0, "One", 0.5, 0.9))
    stored.save(checked_take(2.0, "Sixteen letters.", 0.0, 0.6, seed=5))
    assert stored.final_take().take.audio.duration == pytest.approx(3.2)  # "One" ends no sentence: no pause
    stored.save(checked_take(1.0, "Three.", 0.5, None))
    whole = stored.final_take()
    pause = 2 * chunked_synthesis.PAUSE_SECONDS
    assert whole.take.audio.duration == pytest.approx(4.3 + pause)
    assert [word.start for word in whole.take.words] == pytest.approx([0.25, 1.35, 3.45 + pause])
    assert (whole.take.text, whole.take.seed, whole.take.first_audio) == ("One Sixteen letters. Three.", 4, 0.5)
    assert whole.report.error_rate == pytest.approx(0.5 * 9 / 25)
    assert (whole.report.similarity, whole.report.heard) == (0.6, "ONE SIXTEEN LETTERS. THREE.")
    assert whole.report.rtf == pytest.approx(8.0 / (4.3 + pause))


def test_a_text_passes_only_if_every_chunk_was_checked() -> None:
    stored = chunked_synthesis.create_job(
        [SpeechRequest(said, "en", PRESET) for said in ("One.", "Two.")], "kokoro", 1, {}
    )
    stored.save(checked_take(1.0, "One.", 0.0, None))
    assert stored.final_take().report.is_accurate
    stored.save(checked_take(1.0, "Two.", None, None))
    assert SynthesisJob(jobs.get(stored.job.id)).load_take(1).report.error_rate is None
    assert (stored.final_take().report.error_rate, stored.final_take().report.is_accurate) == (None, False)


def test_a_single_answer_takes_one_call_per_chunk_on_zerogpu(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[str] = []

    def speak(line: SpeechRequest, engine: str = "") -> Iterator[SpeechChunk]:
        calls.append(line.text)
        yield SpeechChunk(noise(0.5, RATE), line.text)

    monkeypatch.setattr(synthesis, "speak", speak)
    line = SpeechRequest(STORY, "en", PRESET, seed=4)
    assert len(list(synthesis.speak_long(line))) == len(calls) == 1
    calls.clear()
    monkeypatch.setattr(scheduler, "estimate_seconds", lambda name, plan: plan.seconds)
    take = synthesis.speak_take(line)
    assert calls == [part.text for part in synthesis.split_request(line)]
    assert len(calls) == 3
    assert take.audio.duration == pytest.approx(1.5 + 2 * chunked_synthesis.PAUSE_SECONDS)
    seconds, parts = cost.estimate_synthesis(STORY, "en")
    assert parts == 3
    assert seconds == pytest.approx(sum(cost.SYNTHESIS_COST[0] + cost.SYNTHESIS_COST[1] * len(part) for part in calls))


def test_a_refused_chunk_is_found_before_any_call(monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = (SpeechRequest(words, "en", PRESET) for words in ("One is here.", "Two is here.[/whisper]"))
    monkeypatch.setattr(synthesis, "speak", lambda *_: pytest.fail("spoke"))
    monkeypatch.setattr(synthesis, "split_request", lambda _: (good, bad))
    monkeypatch.setattr(scheduler, "estimate_seconds", lambda name, plan: plan.seconds)
    with pytest.raises(BadInput, match="has no matching opening tag"):
        synthesis.speak_take(good)
    with pytest.raises(BadInput, match="has no matching opening tag"):
        synthesis.start_synthesis_job((good, bad), "kokoro", 1)
    assert kept_jobs() == []


REFUSED = {
    "kokoro": (
        ("Ha! [laughter] Good one.", "full tier"),
        ("Hush.[/whisper]", "has no matching opening tag"),
        ("?! [whisper]!", "only symbols"),
        ("ꠀ", "can't be spoken in English"),
    ),
    "cosyvoice3": (("Well [pause] yes.", r"doesn't support \[pause\]"), ("[laughter]", "only symbols and tags")),
    "cosyvoice2": (("Well [Whisper] yes.", r"doesn't support \[Whisper\]"),),
}


@pytest.mark.parametrize(
    ("engine", "words", "message"), [(name, *row) for name, rows in REFUSED.items() for row in rows]
)
def test_a_text_that_an_engine_refuses_is_refused_without_loading_it(
    engine: str, words: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "available", lambda table: table)
    monkeypatch.setattr(loader, "load", lambda _: pytest.fail("loaded"))
    assert synthesis.speech_request("Good morning.", "en", PRESET, engine).text == "Good morning."
    with pytest.raises(FunAudioError, match=message):
        synthesis.speech_request(words, "en", PRESET, engine)


def test_a_text_beyond_the_limit_is_not_split_for_an_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "estimate_seconds", lambda name, plan: plan.seconds)
    assert cost.estimate_synthesis("Yes. " * 999, "en")[1] > 1
    monkeypatch.setattr(text, "split_text", lambda *_: pytest.fail("cut it"))
    assert cost.estimate_synthesis("Yes. " * 1001, "en") == (0.0, 0)


class Reader:
    """A synthesizer that makes noise.

    Attributes:
        spoken: Text of each request.
        errors: Errors to raise, by the number of the request.
        on_chunk: Called after each chunk.
    """

    def __init__(self) -> None:
        self.spoken: list[str] = []
        self.errors: dict[int, Exception] = {}
        self.on_chunk: Callable[[], None] = lambda: None

    def speak(self, line: SpeechRequest, engine: str = "") -> Iterator[SpeechChunk]:
        self.spoken.append(line.text)
        if (error := self.errors.pop(len(self.spoken), None)) is not None:
            raise error
        for sentence in text.split_sentences(line.text, line.language):
            yield SpeechChunk(noise(0.5, RATE), sentence)
            self.on_chunk()

    def check(self, take: Any, line: SpeechRequest) -> TakeReport:
        return TakeReport("WER", 0.0, line.text, None, 0.1, 0.5, 0.0)


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Reader:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    one = Reader()
    monkeypatch.setattr(synthesis, "speak", one.speak)
    monkeypatch.setattr(synthesis, "self_check", one.check)
    monkeypatch.setattr(preload, "load_all", lambda *_: iter(()))
    return one


@pytest.fixture
def become() -> Iterator[Callable[[str], None]]:
    """Yield a function that makes the test act for another session; the first is "ann"."""
    token = LocalContext.request.set(None)

    def become(name: str) -> None:
        LocalContext.request.set(SimpleNamespace(session_hash=name))  # type: ignore[arg-type]

    become("ann")
    yield become
    LocalContext.request.reset(token)
    for name in ("ann", "bob"):
        sessions.STORE._sessions.pop(name, None)


OUTPUTS = {field.name for kind in (InstructOutput, ResumeControls) for field in fields(kind)}


def request(words: str = STORY, compare: bool = False) -> InstructRequest:
    voice = VoiceInput("af_heart", ReferenceInput(None, "", False))
    return InstructRequest(words, "", "en", voice, 1.0, 4, compare, "kokoro")


class Page:
    """The Instruct page in a browser: the values of its outputs, and the step of the event that follows.

    Attributes:
        shown: Values of the outputs by name.
        step: The step that starts the next part, None if no part follows.
    """

    def __init__(self) -> None:
        self.shown = Update(status="")
        self.step: resumable.Step | None = None
        self.on_next, self.on_continue = resumable.handlers(instruct.TASK)

    def take(self, updates: Iterator[Update]) -> None:
        """Show all updates of a handler."""
        self.step = None
        for update in updates:
            assert self.step is None  # the next event begins when this one ends, and never before
            if update != SKIP:  # stopped before the first update
                assert update.keys() <= OUTPUTS
                self.shown |= update
                self.step = update.get("step")

    def speak(self, words: str = STORY, compare: bool = False) -> None:
        """Press Speak; the following events are up to the test."""
        self.take(instruct.on_speak(request(words, compare)))

    def follow(self) -> None:
        """Run the event that the last step starts."""
        assert self.step is not None
        self.take(self.on_next(self.step))

    def finish(self) -> None:
        """Run events until none follows."""
        while self.step:
            self.follow()

    def open(self, last_job: list[str]) -> None:
        """Open the page in a browser that remembers a job."""
        self.shown |= {"last_job": last_job, **instruct.TASK.offer(last_job)}

    def go_on(self) -> None:
        """Press Continue."""
        self.take(self.on_continue(self.last_job))

    @property
    def status(self) -> str:
        return str(self.shown["status"])

    @property
    def last_job(self) -> list[str]:
        return list(self.shown["last_job"])

    @property
    def job(self) -> jobs.Job:
        return jobs.get(self.last_job[0])

    @property
    def offer(self) -> str:
        """The message beside Continue, "" while both are invisible."""
        note, resume = self.shown["note"], self.shown["resume"]
        assert note.visible == resume.visible
        return str(note.value) if note.visible else ""

    def path(self, name: str) -> Path:
        """The file in a player or of a download button."""
        return Path(self.shown[name].value["path"])

    @property
    def seconds(self) -> float:
        """Length of the WAV file for download."""
        return audio.declared_duration(self.path("wav"))


@pytest.fixture
def page(reader: Reader, become: Callable[[str], None]) -> Page:
    return Page()


def parts_of(words: str = STORY) -> list[str]:
    return list(text.split_text(words, "en", cost.max_chunk_characters()))


def kept_jobs() -> list[str]:
    place = settings.read().home / "jobs"
    return sorted(folder.name for folder in place.iterdir()) if place.exists() else []


@pytest.fixture(autouse=True)
def no_jobs() -> None:
    shutil.rmtree(settings.read().home / "jobs", ignore_errors=True)


def test_each_part_is_an_event_and_finished_parts_can_be_downloaded(page: Page, reader: Reader) -> None:
    page.speak()
    assert reader.spoken == parts_of()[:1]
    assert page.step == (page.job.id, 1)
    assert page.offer == ""
    first = page.seconds
    page.follow()
    assert page.step == (page.job.id, 2)
    assert page.seconds > first
    assert page.status.startswith("Part 2 of 3: Generated by")
    page.follow()
    assert page.step is None
    assert (page.offer, page.status[:9]) == ("", "Generated")
    assert reader.spoken == parts_of()
    sentences = len(text.split_sentences(STORY, "en"))
    assert page.seconds == pytest.approx(0.5 * sentences + 2 * chunked_synthesis.PAUSE_SECONDS, abs=0.01)
    assert kept_jobs() == page.last_job


def test_one_file_is_played_and_downloaded_and_earlier_files_are_deleted(page: Page, tmp_path: Path) -> None:
    def written() -> set[Path]:
        return {path for path in (tmp_path / "cache").rglob("*") if path.is_file()}

    def shown() -> set[Path]:
        assert page.path("result") == page.path("wav")
        return {page.path(name) for name in ("wav", "srt", "vtt")}

    page.speak()
    first = shown()
    assert written() == first
    page.follow()
    second = shown()
    assert written() == first | second  # the browser shows the first ones until the second ones arrive
    page.follow()
    assert written() == second | shown()
    assert {file for session in sessions.STORE._sessions.values() for file in session.files} == second | shown()


def test_a_take_is_written_once(page: Page, tmp_path: Path) -> None:
    page.speak("Good morning.")
    assert page.path("result") == page.path("wav")
    assert len([path for path in (tmp_path / "cache").rglob("*") if path.is_file()]) == 3


def test_a_refused_tag_in_the_last_sentence_is_reported_before_any_speech(page: Page, reader: Reader) -> None:
    with pytest.raises(gr.Error, match="full tier"):
        page.speak(f"{STORY} [laughter]")
    assert reader.spoken == []
    assert kept_jobs() == []


def test_the_player_continues_with_the_next_part(page: Page, reader: Reader) -> None:
    first = list(instruct.on_speak(request()))
    page.take(iter(first))
    step = first[-1]["step"]
    sounds, more = (
        [update["live"] for update in updates if "live" in update] for updates in (first, page.on_next(step))
    )
    assert sounds[0] == ""  # silent at the start
    assert "" not in more
    assert sounds[-1].split("+")[0] == more[0].split("+")[0] == step[0]
    assert (sounds[-1].split("|")[0][-2:], more[0].split("|")[0][-2:]) == ("+0", "+1")


def test_a_text_that_fits_one_call_creates_no_job(page: Page, reader: Reader) -> None:
    page.speak("Good morning.")
    assert (reader.spoken, page.step, page.offer) == (["Good morning."], None, "")
    assert kept_jobs() == []
    assert page.status.startswith("Generated by")


def test_after_an_error_only_unfinished_parts_are_spoken(page: Page, reader: Reader) -> None:
    reader.errors[2] = GpuUnavailable("Your GPU quota is used up.")
    page.speak()
    seconds = page.seconds
    with pytest.raises(gr.Error, match="is used up"):
        page.follow()
    assert "1 of 3 parts" in page.offer
    assert page.status == ""  # the status no longer shows the last step
    assert page.seconds == seconds
    page.go_on()
    page.finish()
    assert reader.spoken == [parts_of()[0], parts_of()[1], *parts_of()[1:]]
    assert kept_jobs() == page.last_job


def test_a_take_that_can_not_be_checked_is_kept_and_spoken_once(
    page: Page, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(language: str) -> None:
        raise Unsupported("For {language} there is no recogniser here.", language=language)

    monkeypatch.setattr(synthesis, "self_check", CHECK)
    monkeypatch.setattr(selection, "check_recognizer", refuses)
    page.speak()
    while page.step:
        assert "not verified" in page.shown["report"]
        page.follow()
    assert "not verified" in page.shown["report"]
    assert "passed" not in page.shown["report"]
    assert page.status.startswith("Generated by")
    assert reader.spoken == parts_of()
    reader.spoken.clear()
    for _ in speech_output.synthesize(SpeechRequest("Good morning.", "en", PRESET), "kokoro", 3):
        pass
    assert reader.spoken == ["Good morning."]  # another take could not be compared


def test_stop_within_a_part_and_then_continue(page: Page, reader: Reader) -> None:
    page.speak()
    reader.on_chunk = lambda: press_stop(page)
    page.follow()
    assert page.step is None
    assert "1 of 3 parts" in page.offer
    reader.on_chunk = lambda: None
    page.go_on()
    page.finish()
    assert reader.spoken == [parts_of()[0], parts_of()[1], *parts_of()[1:]]
    assert page.offer == ""


def press_stop(page: Page) -> None:
    """Press Stop, without the wait for the end of the part."""
    instruct.TASK.pause()
    server_cancellation.request_stop(instruct.__name__)
    page.shown |= instruct.TASK.show()


def test_stop_between_two_parts_holds_the_next_one(page: Page, reader: Reader) -> None:
    page.speak()
    before = page.step
    press_stop(page)  # the browser asks for the next part all the same
    page.follow()
    assert (reader.spoken, page.step) == (parts_of()[:1], None)
    assert "1 of 3 parts" in page.offer
    page.go_on()
    assert (page.step, before) == ((page.job.id, 2), (page.job.id, 1))


def test_a_new_request_replaces_the_job(page: Page, reader: Reader) -> None:
    page.speak()
    late, old = page.step, page.job
    page.speak(STORY.replace("dog", "cat"))
    assert kept_jobs() == [page.job.id] != [old.id]
    assert late is not None
    assert list(page.on_next(late)) == [SKIP]  # the browser may still ask for it
    page.speak("Good morning.")
    assert (kept_jobs(), page.offer) == ([], "")


def test_a_refused_request_leaves_the_job(page: Page, reader: Reader) -> None:
    page.speak()
    with pytest.raises(gr.Error, match="no text"):
        page.speak(" ")
    assert kept_jobs() == [page.job.id]


def test_a_reloaded_page_continues_once_the_session_before_is_closed(
    page: Page, reader: Reader, become: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    page.speak()
    assert page.step is not None
    running = page.on_next(page.step)
    while reader.spoken != parts_of()[:2]:
        page.shown |= next(running)
    become("bob")
    again = Page()
    again.open(page.last_job)
    assert "1 of 3 parts are done. It is open in another tab." in again.offer
    with pytest.raises(gr.Error, match="open in another tab"):
        again.go_on()
    assert "1 of 3 parts" in again.offer
    sessions.STORE.close("ann")
    rest: list[Update] = []

    def meanwhile(_: float) -> None:  # the first page's part is asked to end, and the second page waits for that
        become("ann")
        rest.extend(running)
        become("bob")

    monkeypatch.setattr(cancellation, "sleep", meanwhile)
    again.go_on()
    again.finish()
    assert {update["status"] for update in rest} == {"This job is now open in another tab."}
    page.take(iter(rest))
    assert page.step is None
    assert page.offer == ""
    assert again.status.startswith("Generated by")
    assert reader.spoken == [*parts_of()[:2], *parts_of()[1:]]
    assert kept_jobs() == again.last_job


def test_a_job_outlives_its_session_until_its_browser_returns(
    page: Page, reader: Reader, become: Callable[[str], None]
) -> None:
    pages = blocks.SessionBlocks()
    pages.state_holder = gr.state_holder.StateHolder()  # type: ignore[no-untyped-call]
    page.speak()
    last_job = page.last_job
    become("bob")
    instruct.TASK.offer(last_job)
    pages._remove("ann")
    pages._remove("bob")
    assert kept_jobs() == last_job
    become("ann")
    again = Page()
    again.open(last_job)
    assert "1 of 3 parts" in again.offer
    assert "another tab" not in again.offer
    again.go_on()
    again.finish()
    assert again.status.startswith("Generated by")
    assert kept_jobs() == last_job


def test_a_deleted_job_is_reported_and_not_offered_again(page: Page, reader: Reader) -> None:
    page.speak()
    page.job.delete()
    with pytest.raises(gr.Error, match="Please start again"):
        page.go_on()
    assert page.offer == ""
    page.shown["last_job"] = ["../../etc"]
    with pytest.raises(gr.Error, match="Please start again"):
        page.go_on()


def test_the_neutral_take_is_one_of_the_first_chunk(page: Page, reader: Reader) -> None:
    page.speak(compare=True)
    page.finish()
    assert reader.spoken == [*parts_of(), parts_of()[0]]
    assert "median F0" in page.shown["change"]
    assert page.status.startswith("Generated by")


def test_time_left_follows_the_pace_of_the_finished_parts(page: Page, reader: Reader) -> None:
    page.speak()
    job = SynthesisJob(page.job)
    first, *others = map(len, parts_of())
    job.save(job.load_take(0), 20.0 * sum(map(len, parts_of()[:2])) / first)
    worked = job.job.load_part(0)[0]["work_seconds"] + job.job.load_part(1)[0]["work_seconds"]
    left = worked * others[1] / (first + others[0])
    assert job.seconds_left() == pytest.approx(left)
    assert left > 1
    statuses = [update["status"] for update in instruct.TASK.run_part(page.job) if "status" in update]
    generating = [status for status in statuses if status.startswith("Part 3 of 3: Generating speech: ")]
    assert generating
    assert all(re.search(r"\(about \d+ s left\)$", status) for status in generating)
    assert job.seconds_left() == 0


def test_finished_parts_that_were_not_shown_are_shown(page: Page, reader: Reader) -> None:
    page.speak()
    page.follow()
    whole = SynthesisJob(page.job)
    whole.save(whole.load_take(1))
    press_stop(page)  # or the app was killed, just now
    assert "Press Continue" in page.offer
    page.go_on()
    assert reader.spoken == parts_of()[:2]
    assert page.status.startswith("Generated by")
    assert (page.step, page.offer, kept_jobs()) == (None, "", page.last_job)
