"""Narration with the lite tier's models: two speakers and a narrator, heard again, at levels that agree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from funaudio_core import audio, settings
from funaudio_core.audio.loudness import LoudnessMeter, PeakMeter
from funaudio_core.books.model import PARAGRAPH, Book, Chapter, Passage
from funaudio_core.engines.kokoro import engine, phonemes
from funaudio_core.narration import states
from funaudio_core.narration.model import NARRATOR, Options
from funaudio_core.tasks import narration as tasks
from funaudio_core.tasks import narration_export as exports
from funaudio_core.tasks import synthesis
from funaudio_core.text.error_rate import wer
from funaudio_core.text.pronunciations import Pronunciation
from funaudio_core.types import Audio

PARAGRAPHS = (
    "The evening was cold, and the road to the harbour was empty. “I have been waiting here for almost an hour,” "
    "said Martha. “The boat leaves at seven, and we still have to buy our tickets.”",
    "“There is plenty of time,” said Henry. “The captain is a friend of mine, and he will not leave without us.” "
    "“Run, the boat is leaving now!” shouted Henry from the end of the pier. “I do not believe a word of it,” "
    "whispered Martha.",
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    weights = settings.read().home
    for name in ("weights", "derived"):
        if (weights / name).exists():
            (tmp_path / name).symlink_to(weights / name)
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path))
    settings.read.cache_clear()
    yield
    settings.read.cache_clear()


def loudness(clip: Audio) -> float:
    meter = LoudnessMeter(clip.rate)
    meter.feed(clip.samples)
    return meter.loudness


@pytest.mark.slow
@pytest.mark.usefixtures("home")
def test_two_speakers_are_understood_and_their_levels_agree() -> None:
    book = Book("B", (), "en", (Chapter("One", tuple(Passage(PARAGRAPH, words) for words in PARAGRAPHS)),))
    plan = tasks.plan_book(book)
    narration = tasks.create(plan, tasks.cast_plan(plan), Options())
    while tasks.make_next_part(narration.id):
        pass
    status, chapter, cast = narration.status(), narration.chapter(0), narration.cast()
    assert (status.state, status.flags) == (states.FINISHED, ())
    assert len({cast.role(name).voice for name in (NARRATOR, "Martha", "Henry")}) == 3
    samples = narration.read(0, 0, chapter.num_samples).astype(np.float32) / np.float32(32768)
    whole = Audio(samples, chapter.rate)
    heard = synthesis.transcribe_take(whole, "en")
    assert heard is not None
    assert wer(" ".join(PARAGRAPHS), heard, "en") <= 0.1
    peaks = PeakMeter()
    peaks.feed(samples)
    assert peaks.decibels <= -2.9
    neutral: dict[str, list[float]] = {}
    level: dict[str, float] = {}
    for row in chapter.lines:
        measured = loudness(whole.slice(row.start, row.end))
        if row.line.is_whispered or row.line.level:
            level["whisper" if row.line.is_whispered else "shout"] = measured
        elif row.end - row.start > 1.5:
            neutral.setdefault(row.line.speaker, []).append(measured)
    means = {name: float(np.mean(values)) for name, values in neutral.items()}
    assert means.keys() == {NARRATOR, "Martha", "Henry"}
    assert max(means.values()) - min(means.values()) <= 1.5
    assert level["whisper"] <= means["Martha"] - 3
    assert level["shout"] >= means["Henry"] + 3
    for kind, most in (("wav", -3.0), ("m4b", -2.0)):
        written = audio.load(exports.export_narration(narration, kind).path)
        assert loudness(written) == pytest.approx(-18, abs=0.5)
        peaks = PeakMeter()
        peaks.feed(written.samples)
        assert peaks.decibels <= most


def sounds(table: tuple[Pronunciation, ...]) -> list[tuple[str, str]]:
    """Return the words of PARAGRAPHS with their phonemes."""
    book = Book("B", (), "en", (Chapter("One", tuple(Passage(PARAGRAPH, words) for words in PARAGRAPHS)),))
    plan = tasks.plan_book(book)
    narration = tasks.create(plan, tasks.cast_plan(plan), Options(table))
    found: list[tuple[str, str]] = []
    while (work := narration.next_work()) is not None:
        for request in work.requests:
            parts, overrides = engine.split_request(request)
            for part in parts:
                words = phonemes.phonemize(part.text, request.language, overrides=overrides)
                found += [(word.text, word.phonemes) for word in words]
        narration.job.save_part({"rate": 1, "lines": []}, {}, work.part.digest, {"samples": 0, "rate": 1, "work": 0})
    return found


@pytest.mark.usefixtures("home")
def test_a_row_of_the_pronunciation_table_changes_exactly_its_words() -> None:
    before = sounds(())
    after = sounds((Pronunciation("Martha", ipa="ˈmɑːθə"), Pronunciation("boat", spoken="bought")))
    assert [text for text, _ in after] == [text for text, _ in before]  # no IPA, no respelling
    changed = [text.strip(".,”") for (text, one), (_, other) in zip(before, after, strict=True) if one != other]
    assert changed == ["Martha", "boat", "boat", "Martha"]
