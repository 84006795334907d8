"""Podcasts: arranged scripts, answers, commands, cost of an answer, first sound, mix, memory, links by a chat model.

Run: `python -m bench.shows.podcast [arranged] [answers] [commands] [cost] [speed] [mix] [memory] [links]`; without
names, all but `links`, which needs Qwen2.5-Coder-1.5B. What is heard in a browser is measured by
bench.shows.podcast_live.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from statistics import median

import numpy as np
import psutil

from bench._options import option_parser
from funaudio_core import audio
from funaudio_core.engines import preload, voice_catalog
from funaudio_core.podcast.arranging import ArrangeOptions, arrange
from funaudio_core.podcast.listening.answering import Librarian
from funaudio_core.podcast.listening.commands import find_command
from funaudio_core.podcast.pace import count_words, is_spaced, spoken_seconds
from funaudio_core.podcast.pieces import ACKNOWLEDGEMENT, BRIDGE
from funaudio_core.podcast.show import Position
from funaudio_core.podcast.sound import music
from funaudio_core.podcast.source import Source, paste_source, read_source
from funaudio_core.tasks import podcast, synthesis
from funaudio_core.tasks.episodes import NO_MUSIC, Episode, finish_episode, search_watermark
from funaudio_core.tasks.podcast import Studio
from funaudio_core.tasks.podcast_scripts import write_script
from funaudio_core.text.error_rate import error_rate
from funaudio_core.types import Audio, SpeechRequest
from tabs.podcast.stored import SAMPLES
from tabs.podcast.studios import LiveShow
from tests import fakes, real_books
from tests.unit.podcast import questions, steering

HOSTS = ("Ada", "Ben")
BOOK = "war_of_the_worlds.epub"
QUESTIONS = ("Who built the first tower?", "When was the tower on Pharos finished?", "Who invented the new lens?")
MEMORY_MINUTES, MEMORY_QUESTIONS = 30.0, 20
FAKE_PACE = 2.0  # the fake voice speaks about twice as slowly
WRITER = "qwen2.5-coder-1.5b"


def main() -> None:
    """Print the measurements."""
    parser = option_parser(__doc__)
    measures = {
        "arranged": _arranged,
        "answers": _answers,
        "commands": _commands,
        "cost": _cost,
        "speed": _speed,
        "mix": _mix,
        "memory": _memory,
        "links": _links,
    }
    parser.add_argument("what", nargs="*", choices=[*measures, []])
    chosen = parser.parse_args().what or [name for name in measures if name != "links"]
    for name in chosen:
        measures[name]()


def _sample(language: str) -> Source:
    return paste_source((SAMPLES / f"lighthouses_{language}.md").read_text(encoding="utf-8"))


def _arranged() -> None:
    """Print how scripts keep to the source, the hosts' shares, the length asked for, and their cost."""
    sources = [_sample("en"), _sample("zh"), read_source(real_books.fetch_book(BOOK))]
    for source in sources:
        for minutes in (2.0, 3.0, 10.0):
            if source.count_words() < 150 * minutes:
                continue
            began = time.process_time()
            lines = arrange(source, ArrangeOptions(HOSTS, minutes))
            seconds = time.process_time() - began
            joint = " " if is_spaced(source.language) else ""
            verbatim = [
                line.text == joint.join(source.sentences[number - 1].text for number in line.sources)
                for line in lines
                if line.sources
            ]
            words = Counter[str]()
            for line in lines:
                words[line.speaker] += count_words(line.text, source.language)
            length = sum(spoken_seconds(line.text, source.language) for line in lines) / 60
            print(
                f"{source.title!r}, {source.count_words():,} words, {minutes:g} min asked: {length:.2f} by its words, "
                f"{sum(verbatim)} of {len(verbatim)} turns verbatim, "
                f"smaller share {min(words.values()) / sum(words.values()):.2f}, {seconds:.2f} CPU-s"
            )


def _answers() -> None:
    """Print how many questions are answered by the right sentence, and how many are rightly declined."""
    for language, rows in (("en", questions.ENGLISH), ("zh", questions.CHINESE)):
        librarian = Librarian(_sample(language))
        found = [(librarian.answer(question), words) for question, words in rows]
        asked = [answer for answer, words in found if words]
        right = sum(any(words in each.text for each in answer.sentences) for answer, words in found if words)
        declined = sum(not answer.is_known for answer, words in found if not words)
        print(f"{language}: {right} of {len(asked)} answered, {declined} of {len(found) - len(asked)} declined")


def _commands() -> None:
    """Print how many commands are understood, and how many ordinary sentences are taken for one."""
    for label, rows, ordinary in (
        ("worked on", steering.COMMANDS, steering.ORDINARY),
        ("held out, then corrected on", steering.HELD_OUT_COMMANDS, steering.HELD_OUT_ORDINARY),
    ):
        understood = sum(find_command(text) == command for text, command in rows)
        false = sum(find_command(text) is not None for text in ordinary)
        print(f"{label}: {understood} of {len(rows)} understood, {false} of {len(ordinary)} false")


def _links() -> None:
    """Print how many lines of a chat model pass the check, its cost, and the lines."""
    for language in ("en", "zh"):
        began = time.perf_counter()
        *_, draft = write_script(_sample(language), ArrangeOptions(HOSTS, 3.0), WRITER)
        seconds = time.perf_counter() - began
        count = draft.accepted + len(draft.faults)
        length = sum(spoken_seconds(line.text, language) for line in draft.lines) / 60
        print(f"{language}: {draft.accepted} of {count} links pass, {length:.2f} min, {seconds:.0f} s")
        print(f"  refused: {dict(Counter(draft.faults))}")
        for line in draft.lines:
            print(f"  {line.speaker}{'' if line.sources else ' *'}: {line.text[:100]}")


def _studio(language: str = "en", minutes: float = 3.0) -> Studio:
    source = _sample(language)
    lines = arrange(source, ArrangeOptions(HOSTS, minutes))
    return Studio(lines, language, podcast.fill_cast(lines, language, "", {}), source=source)


def _cost() -> None:
    """Print the CPU time from the end of a spoken question to the first sound of the answer's parts."""
    preload.preload()
    studio = _studio()
    live = LiveShow(studio)
    for piece in studio.hosts.stock():
        studio.make(piece)
    voice = list(voice_catalog.voices_for_language("en").values())[3]
    spent: dict[str, list[float]] = {"acknowledgement": [], "opening": [], "sentence": [], "whole answer": []}
    for question in QUESTIONS:
        clip = synthesis.speak_take(SpeechRequest(question, "en", voice)).audio
        list(live.advance(live.epoch, batch_seconds=1.0))
        live.interrupt(None)
        began = time.process_time()
        utterance = studio.hosts.understand(podcast.hear(clip, "en"))
        studio.hosts.react(utterance, studio.hosts.acknowledge(utterance, studio.is_made))
        times: dict[str, float] = {}
        for _, is_new in live.advance(live.epoch, batch_seconds=100.0):
            if not is_new:
                continue
            row = live.rows[-1]
            if row.number >= 0 or row.kind == BRIDGE:
                times.setdefault("whole answer", time.process_time() - began)
                break
            part = "acknowledgement" if row.kind == ACKNOWLEDGEMENT else "sentence" if row.sources else "opening"
            times.setdefault(part, time.process_time() - began)
        for part, seconds in times.items():
            spent[part].append(seconds)
        print(f"{question} heard as {utterance.words!r}: {utterance.kind}")
    for part, values in spent.items():
        print(f"from the end of the question to the {part}: median {median(values):.2f} CPU-s")


def _speed() -> None:
    """Print the cost of the first sound of a script, and the pace at which Kokoro really speaks."""
    preload.preload()
    for language in ("en", "zh"):
        studio = _studio(language)
        began = time.process_time()
        next(studio.stream(studio.show.pieces[0]))
        print(f"{language}: first sound of a script: {time.process_time() - began:.2f} CPU-s")
        words = seconds = 0.0
        for piece in studio.show.pieces[:12]:
            words += count_words(piece.text, language)
            seconds += studio.make(piece).length / studio.tape.rate + 0.3
        print(f"{language}: {words / seconds:.2f} words (Chinese: characters) a second with the gaps between sentences")


def _mix() -> None:
    """Print loudness, peak, level of the bed and joins of a mixed show, and its error rate against the dry voices."""
    preload.preload()
    for language in ("en", "zh"):
        studio = _studio(language, minutes=1.0)
        rates = {}
        for style in (NO_MUSIC, *music.STYLES):
            episode = next(step for step in finish_episode(studio, style) if isinstance(step, Episode))
            report = episode.report
            with tempfile.TemporaryDirectory() as folder:
                sound = audio.load(episode.write("wav", Path(folder) / "mix.wav"))
                watermark = search_watermark(episode.write("mp3", Path(folder) / "mix.mp3")).confidence
            heard = podcast.hear(sound, language)
            spoken = " ".join(heard_piece.piece.words for heard_piece in studio.show.episode() if heard_piece.piece)
            rates[style] = error_rate(spoken, heard, language)
            under = report.voice_loudness - report.bed_loudness
            print(
                f"{language}, {style}: {report.loudness:.1f} LUFS, {report.peak:.1f} dBTP, bed {under:.1f} LU lower, "
                f"greatest step at a join {_join_step(episode, sound):.3f}, watermark {watermark:.2f}, "
                f"error rate {rates[style]:.3f} ({rates[style] - rates[NO_MUSIC]:+.3f})"
            )
            episode.close()
        studio.close()


def _join_step(episode: Episode, sound: Audio) -> float:
    """Return the greatest step between two samples within 2 ms of where a sentence begins."""
    place, steps = 0, [0.0]
    for chapter in episode.book.chapters:
        for segment in chapter.segments:
            near = sound.samples[max(0, place - round(0.002 * sound.rate)) : place + round(0.002 * sound.rate)]
            steps.append(float(np.abs(np.diff(near)).max(initial=0.0)))
            place += segment.num_samples + segment.pause_samples
    return max(steps)


def _memory() -> None:
    """Print the memory that a show of MEMORY_MINUTES with MEMORY_QUESTIONS questions takes, and what is made ahead."""
    with fakes.installed():
        lines = arrange(_sample("en"), ArrangeOptions(HOSTS, 3.0))
        lines = lines * round(MEMORY_MINUTES / 3 * FAKE_PACE)
        source = _sample("en")
        live = LiveShow(Studio(lines, "en", podcast.fill_cast(lines, "en", "", {}), source=source))
        process, random = psutil.Process(), Random(1)
        played = most_ahead = 0.0
        start: int | None = None
        asked = [question for question, _ in questions.ENGLISH]
        every = 60 * MEMORY_MINUTES / MEMORY_QUESTIONS
        show, next_question = live.studio.show, every / 2
        while show.peek() is not None and played < 60 * MEMORY_MINUTES:
            for _ in live.advance(live.epoch):
                pass
            most_ahead = max(most_ahead, show.seconds_ahead())
            start = process.memory_info().rss if start is None and played > 30 else start
            before, place = show.seconds_ahead(), Position(live.rows[-1].id - random.randint(1, 3), 0.0)
            played += before - show.seconds_ahead(place)
            if played > next_question:
                next_question += every
                live.interrupt(Position(place.id, 0.3))
                utterance = live.studio.hosts.understand(asked.pop(0))
                live.studio.hosts.react(utterance, live.studio.hosts.acknowledge(utterance))
                live.add_listener(utterance.words)
        grown = (process.memory_info().rss - (start or 0)) / 1e6
        questions_asked = sum(row.kind == "listener" for row in live.rows)
        live.studio.close()
    print(
        f"{played / 60:.1f} min of show with {questions_asked} questions: {grown:+.1f} MB, "
        f"at most {most_ahead:.0f} s of sound made ahead"
    )


if __name__ == "__main__":
    main()
