"""Podcasts: arranged scripts, answers, commands, cost of an answer, first sound, and how fast the hosts fall silent.

Run: `python -m bench.podcast [arranged] [answers] [commands] [cost] [speed] [silence]`; without names, all but
`silence`, which drives Chromium against scripted engines.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median

from bench._options import option_parser
from funaudio_core.engines import preload, voice_catalog
from funaudio_core.podcast.arranging import ArrangeOptions, arrange
from funaudio_core.podcast.listening.answering import Librarian
from funaudio_core.podcast.listening.commands import find_command
from funaudio_core.podcast.pace import count_words, is_spaced, spoken_seconds
from funaudio_core.podcast.pieces import ACKNOWLEDGEMENT, ANSWER, SCRIPT
from funaudio_core.podcast.show import Position, Scheduled
from funaudio_core.podcast.source import Source, paste_source, read_source
from funaudio_core.tasks import podcast, synthesis
from funaudio_core.tasks.podcast import Studio
from funaudio_core.types import SpeechRequest
from tabs import podcast as page
from tests import real_books
from tests.unit.podcast import questions, steering

SAMPLES = Path(page.__file__).parent / "samples"
HOSTS = ("Ada", "Ben")
BOOK = "war_of_the_worlds.epub"
QUESTIONS = ("Who built the first tower?", "When was the tower on Pharos finished?", "Who invented the new lens?")
SILENCE_ROUNDS = 20


def main() -> None:
    """Print the measurements."""
    parser = option_parser(__doc__)
    measures = {
        "arranged": _arranged,
        "answers": _answers,
        "commands": _commands,
        "cost": _cost,
        "speed": _speed,
        "silence": _silence,
    }
    parser.add_argument("what", nargs="*", choices=[*measures, []])
    chosen = parser.parse_args().what or [name for name in measures if name != "silence"]
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


def _studio(language: str = "en") -> Studio:
    source = _sample(language)
    lines = arrange(source, ArrangeOptions(HOSTS, 3.0))
    return Studio(lines, language, podcast.fill_cast(lines, language, "", {}), source=source)


def _next(studio: Studio) -> Scheduled:
    """Make the next sentence of a show and hand it out."""
    piece = studio.show.peek()
    assert piece is not None
    return studio.show.hand_out(studio.make(piece).length / studio.tape.rate)


def _cost() -> None:
    """Print the CPU time from the end of a spoken question to the acknowledgement and to the answer."""
    preload.preload()
    studio = _studio()
    for piece in studio.hosts.stock():
        studio.make(piece)
    voice = list(voice_catalog.voices_for_language("en").values())[3]
    acknowledged: list[float] = []
    answered: list[float] = []
    for question in QUESTIONS:
        clip = synthesis.speak_take(SpeechRequest(question, "en", voice)).audio
        entry = _next(studio)
        began = time.process_time()
        studio.show.interrupt(Position(entry.id, entry.seconds))
        utterance = studio.hosts.understand(podcast.hear(clip, "en"))
        studio.hosts.react(utterance, studio.hosts.acknowledge(utterance, studio.is_made))
        while (waiting := studio.show.peek()) and waiting.kind != SCRIPT:
            made = _next(studio)
            spent = time.process_time() - began
            if made.piece.kind == ACKNOWLEDGEMENT:
                acknowledged.append(spent)
            elif made.piece.kind == ANSWER and len(answered) < len(acknowledged):
                answered.append(spent)
        print(f"{question} heard as {utterance.words!r}: {utterance.kind}")
    print(
        f"to the acknowledgement: median {median(acknowledged):.2f} CPU-s; to the answer: {median(answered):.2f} CPU-s"
    )


def _speed() -> None:
    """Print the cost of the first sound of a script, and the pace at which Kokoro really speaks."""
    preload.preload()
    for language in ("en", "zh"):
        studio = _studio(language)
        began = time.process_time()
        studio.make(studio.show.pieces[0])
        print(f"{language}: first sentence of a script: {time.process_time() - began:.2f} CPU-s")
        words = seconds = 0.0
        for piece in studio.show.pieces[:12]:
            words += count_words(piece.text, language)
            seconds += studio.make(piece).length / studio.tape.rate + 0.3
        print(f"{language}: {words / seconds:.2f} words (Chinese: characters) a second with the gaps between sentences")


def _silence() -> None:
    """Print how long the player sounds after a listener presses Talk."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import CHROMIUM, FLAGS
    from tests.browser.test_podcast import PLAYER, SCRIPT
    from tests.browser.visitor import Visitor
    from tests.conftest import serve

    with (
        tempfile.TemporaryDirectory() as folder,
        serve(["-m", "tests.fakes"], Path(folder) / "log.txt") as site,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        visitor = Visitor(chromium.new_context(permissions=["microphone"]).new_page())
        visitor.page.goto(site)
        panel = visitor.open_tab("Podcast")
        panel.get_by_label("Text, web page (HTML) or finished script").fill(SCRIPT)
        panel.get_by_label("A finished script").check()
        panel.get_by_role("button", name="Make the script", exact=True).click()
        visitor.wait(panel, ".fa-status", r"\d lines")
        times = []
        for _ in range(SILENCE_ROUNDS):
            panel.get_by_role("button", name="Play the show", exact=True).click()
            panel.locator(".fa-show .fa-now").wait_for()
            times.append(
                float(
                    visitor.page.evaluate(
                        f"""() => new Promise((resolve) => {{
                          const start = performance.now(), talk = document.querySelector('.fa-talk');
                          talk.dispatchEvent(new PointerEvent('pointerdown', {{ bubbles: true, button: 0 }}));
                          const timer = setInterval(() => {{
                            if ({PLAYER}.position()) return;
                            clearInterval(timer);
                            document.dispatchEvent(new PointerEvent('pointerup', {{ bubbles: true }}));
                            resolve(performance.now() - start);
                          }}, 2);
                        }})"""
                    )
                )
            )
            visitor.wait(panel, ".fa-show", re.escape("You"))
        chromium.close()
    times.sort()
    print(f"silent after Talk: median {median(times):.0f} ms, p95 {times[round(0.95 * len(times)) - 1]:.0f} ms")


if __name__ == "__main__":
    main()
