"""Measurements on the sound of narrations with real models: heard again, levels of voices and chapters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from funaudio_core import audio
from funaudio_core.audio.loudness import LoudnessMeter, PeakMeter
from funaudio_core.books.model import Book
from funaudio_core.books.reading import read_book
from funaudio_core.languages import join_sentences
from funaudio_core.narration.listening import FLAG_RATE, hear
from funaudio_core.narration.model import NARRATOR, ChapterSound, Options, SpokenLine
from funaudio_core.narration.narration import Narration
from funaudio_core.tasks import narration as tasks
from funaudio_core.tasks import narration_export as exports
from funaudio_core.tasks import synthesis
from funaudio_core.text import cut_sentences, is_speakable
from funaudio_core.text.error_rate import error_rate, measure_name
from funaudio_core.text.pronunciations import Pronunciation
from funaudio_core.types import Audio, SpeechRequest
from tests.real_books import fetch_book

ROOT = Path(__file__).parents[2]
STRETCH_SECONDS = 28.0  # heard at once
CHINESE_SHARE = 0.5  # of the minutes in English
OWN_TEXTS = ("examples_audio/stories/the_last_ferry.zh.md", "tabs/podcast/samples/lighthouses_zh.md")
STORIES = ("examples_audio/stories/the_last_ferry.en.md", "examples_audio/stories/the_last_ferry.zh.md")
WORD = Pronunciation("Ogilvy", ipa="ˈoʊɡəlvi")  # of the first chapter of The War of the Worlds
MIN_NEUTRAL_SECONDS = 1.5  # of a line whose loudness is compared
FULL_SCALE = 32767.0


def measure_heard(minutes: float) -> None:
    """Print how much of narrations in English and Chinese is understood, and what a pronunciation changes."""
    _hear_again(read_book(fetch_book("war_of_the_worlds.epub")), minutes, Options(pronunciations=(WORD,)))
    own = [read_book(ROOT / name) for name in OWN_TEXTS]
    chapters = tuple(chapter for book in own for chapter in book.chapters)
    _hear_again(replace(own[0], chapters=chapters), CHINESE_SHARE * minutes, Options())
    _compare_pronunciation()


def _hear_again(book: Book, minutes: float, options: Options) -> None:
    """Narrate the beginning of a book with the check, listen to the finished sound, and print the errors."""
    narration = narrate_minutes(book, minutes, options)
    status, language = narration.status(), narration.plan().language
    flagged = {flag.text for flag in status.flags}
    names = {name for role in narration.cast().roles for name in (role.name, *role.aliases) if name}
    written: list[str] = []
    understood: list[str] = []
    missed: list[str] = []
    for words, clip in _stretches(narration):
        heard = synthesis.transcribe_take(clip, language) or ""
        sentences = [part.strip() for part in cut_sentences(words) if is_speakable(part)]
        found = zip(sentences, hear(sentences, heard, language, names), strict=True)
        missed += [sentence for sentence, hearing in found if hearing.error_rate > FLAG_RATE]
        written.append(words)
        understood.append(heard)
    rate = error_rate(join_sentences(written, language), join_sentences(understood, language), language)
    name = measure_name(language)
    print(f"{book.title}, {status.seconds / 60:.1f} min: {name} {rate:.3f}; {len(status.flags)} sentences flagged")
    unflagged = [sentence for sentence in missed if sentence not in flagged]
    print(f"  over {FLAG_RATE} in the finished sound: {len(missed)}, of which not flagged: {len(unflagged)}")
    for sentence in unflagged:
        print(f"    {sentence}")
    narration.delete()


def _compare_pronunciation() -> None:
    """Print which words sound otherwise with a row of the pronunciation table, by their phonemes."""
    from funaudio_core.engines.kokoro import engine, phonemes

    def words_of(options: Options) -> list[tuple[str, str]]:
        book = read_book(fetch_book("war_of_the_worlds.epub"))
        plan = tasks.plan_book(replace(book, chapters=book.selected[:1]))
        narration = tasks.create(plan, tasks.cast_plan(plan), options)
        found: list[tuple[str, str]] = []
        for request in requests_of(narration):
            parts, overrides = engine.split_request(request)
            for part in parts:
                words = phonemes.phonemize(part.text, request.language, overrides=overrides)
                found += [(word.text, word.phonemes) for word in words]
        return found

    before, after = words_of(Options()), words_of(Options(pronunciations=(WORD,)))
    changed = {one for (one, sound), (_, other) in zip(before, after, strict=True) if sound != other}
    same = [text for text, _ in before] == [text for text, _ in after]
    leaks = sum("/" in text or WORD.ipa in text for text, _ in after)
    print(f"the row {WORD.word} = {WORD.said} changes {sorted(changed)} of {len(before):,} words")
    print(f"  written words {'the same' if same else 'CHANGED'}; IPA among them: {leaks}")


def narrate_minutes(book: Book, minutes: float, options: Options) -> Narration:
    """Narrate the beginning of a book until there are so many minutes of sound, or no more of the book."""
    plan = tasks.plan_book(book)
    narration = tasks.create(plan, tasks.cast_plan(plan), options)
    while narration.status().seconds < 60 * minutes and tasks.make_next_part(narration.id):
        pass
    return narration


def requests_of(narration: Narration) -> list[SpeechRequest]:
    """Return the requests of all lines of a narration, which is deleted."""
    found: list[SpeechRequest] = []
    while (work := narration.next_work()) is not None:
        found += work.requests
        narration.job.save_part({"rate": 1, "lines": []}, {}, work.part.digest, {"samples": 0, "rate": 1, "work": 0})
    narration.delete()
    return found


def _chapters(narration: Narration) -> Iterator[tuple[int, ChapterSound]]:
    """Yield the chapters that have sound, with their numbers."""
    for row in narration.status().chapters:
        if row.parts_done:
            yield row.number, narration.chapter(row.number)


def _stretches(narration: Narration) -> Iterator[tuple[str, Audio]]:
    """Yield the text and the finished sound of lines that follow each other, STRETCH_SECONDS at most unless one."""
    for number, chapter in _chapters(narration):
        lines: list[SpokenLine] = []
        for line in chapter.lines:
            if lines and line.end - lines[0].start > STRETCH_SECONDS:
                yield _stretch(narration, number, chapter, lines)
                lines = []
            lines.append(line)
        if lines:
            yield _stretch(narration, number, chapter, lines)


def _stretch(narration: Narration, number: int, chapter: ChapterSound, lines: list[SpokenLine]) -> tuple[str, Audio]:
    separator = "" if lines[0].line.text[-1:].isspace() else " "
    words = separator.join(line.line.text for line in lines)
    return words, clip_of(narration, number, chapter.rate, lines[0].start, lines[-1].end)


def clip_of(narration: Narration, chapter: int, rate: int, start: float, end: float) -> Audio:
    """Return the finished sound of a chapter from `start` to `end` in seconds."""
    samples = narration.read(chapter, round(start * rate), round(end * rate))
    return Audio(samples.astype(np.float32) / np.float32(FULL_SCALE), rate)


def measure_loudness() -> None:
    """Print levels of chapters, true peaks before and after AAC, and levels of voices, whispers and shouts."""
    for name in STORIES:
        book = read_book(ROOT / name)
        narration = narrate_minutes(book, 60, Options(is_checked=False))
        print(f"{book.title}, {narration.status().seconds / 60:.1f} min")
        for kind in ("wav", "m4b"):
            _print_chapter_levels(narration, kind)
        _print_voice_levels(narration)
        narration.delete()


def _print_chapter_levels(narration: Narration, kind: str) -> None:
    """Print loudness and true peak of each chapter in a file; encoders add silence of milliseconds at most."""
    clip = audio.load(exports.export_narration(narration, kind).path)
    start, levels, peaks = 0, [], []
    for chapter in narration.recording().chapters:
        end = start + round(chapter.total_samples / narration.recording().rate * clip.rate)
        loudness, peak = LoudnessMeter(clip.rate), PeakMeter()
        loudness.feed(clip.samples[start:end])
        peak.feed(clip.samples[start:end])
        levels.append(loudness.loudness)
        peaks.append(peak.decibels)
        start = end
    shown = ", ".join(f"{level:.2f}" for level in levels)
    print(f"  {kind}: chapters {shown} LUFS, true peak {max(peaks):.2f} dB at most")


def _print_voice_levels(narration: Narration) -> None:
    """Print by how much the neutral lines of voices differ, and whispers and shouts from their speaker's."""
    neutral: dict[str, list[float]] = defaultdict(list)
    marked: list[tuple[str, str, float]] = []
    for number, chapter in _chapters(narration):
        for row in chapter.lines:
            meter = LoudnessMeter(chapter.rate)
            meter.feed(clip_of(narration, number, chapter.rate, row.start, row.end).samples)
            if row.line.is_whispered or row.line.level:
                kind = "whisper" if row.line.is_whispered or row.line.level < 0 else "shout"
                marked.append((kind, row.line.speaker, meter.loudness))
            elif row.line.emotion == "neutral" and row.end - row.start > MIN_NEUTRAL_SECONDS:
                neutral[row.line.speaker].append(meter.loudness)
    means = {name: float(np.mean(values)) for name, values in neutral.items()}
    spread = max(means.values()) - min(means.values())
    told = ", ".join(f"{name or 'narrator'} {level:.1f}" for name, level in means.items())
    print(f"  neutral lines differ by {spread:.2f} LU: {told}")
    for kind in ("whisper", "shout"):
        steps = [level - means.get(name, means[NARRATOR]) for found, name, level in marked if found == kind]
        if steps:
            print(f"  {len(steps)} lines of the kind {kind}: {min(steps):+.1f} to {max(steps):+.1f} LU")
