"""Command `words` of `python -m funaudio_core.training`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from funaudio_core import audio
from funaudio_core.errors import BadInput
from funaudio_core.evaluation.manifests import read_data_set
from funaudio_core.training import words
from funaudio_core.training.words import WordsClip, WordsProgress, WordsRequest, WordsResult
from funaudio_core.training.words.model import EPOCHS, LEARNING_RATE, MAX_MINUTES


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of a parser."""
    parser = commands.add_parser(
        "words",
        help="teach Whisper base names and terms",
        description="Teach Whisper base names and terms, from sentences that Kokoro's voices speak.",
    )
    parser.add_argument("terms", nargs="*", help="names and terms")
    parser.add_argument("--file", type=Path, help="file with a name or term in each line")
    parser.add_argument("--language", choices=sorted(words.LANGUAGES), default="en")
    parser.add_argument("--recordings", type=Path, help="own recordings: a data set as of funaudio_core.evaluate")
    parser.add_argument("--out", type=Path, default=Path("my-words"), help="folder; default: %(default)s")
    parser.add_argument("--title", default="", help="name of the recognizer for people")
    parser.add_argument("--learning-rate", type=float, default=LEARNING_RATE)
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="passes over the clips, at most")
    parser.add_argument("--minutes", type=float, default=MAX_MINUTES, help="longest time")
    parser.add_argument("--seed", type=int, default=0)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Train, go on with a training in the same folder, or show its result."""
    request = WordsRequest(
        terms=(*options.terms, *(_read_lines(options.file) if options.file else ())),
        language=options.language,
        own_clips=tuple(_read_clips(options.recordings, options.language)) if options.recordings else (),
        title=options.title,
        learning_rate=options.learning_rate,
        epochs=options.epochs,
        max_minutes=options.minutes,
        seed=options.seed,
    )
    result = _show_progress(words.train_words(request, options.out))
    if result is not None:
        print(make_table(result))


def make_table(result: WordsResult) -> str:
    """Return the measures before and after, those of each name, and how to use the recognizer."""
    before, after = result.before, result.after
    wrong = [row for row in result.terms if row.after < row.spoken]
    lines = [
        "| held-out sentences | Whisper base | trained |",
        "|---|---|---|",
        f"| names and terms right | {before.names_right:.0%} | {after.names_right:.0%} |",
        f"| error rate | {before.error_rate:.1%} | {after.error_rate:.1%} |",
        f"| error rate of other sentences | {before.general_error_rate:.1%} | {after.general_error_rate:.1%} |",
        "",
        *(f"{row.term}: right in {row.after} of {row.spoken}" for row in wrong),
        f"Adapter: {result.adapter} ({result.adapter_bytes / 1e6:.1f} MB)",
        f"Recognizer on this machine: {result.engine}",
        "To offer it to everybody, copy the adapter's folder into the folder FUNAUDIO_ADAPTERS_DIR.",
    ]
    return "\n".join(lines)


def _show_progress(progress: Iterable[WordsProgress]) -> WordsResult | None:
    """Show the progress, and return the result."""
    from tqdm import tqdm

    result, phase = None, ""
    with tqdm(unit="piece") as bar:
        for state in progress:
            if state.phase != phase:
                phase = state.phase
                bar.reset(state.total)
                bar.set_description(phase)
            bar.update(state.done - bar.n)
            if state.measures is not None:
                bar.set_postfix(epoch=state.epoch, names_right=f"{state.measures.names_right:.0%}")
            result = state.result or result
    return result


def _read_lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        raise BadInput("There is no file or folder {path!r}.", path=path.name) from None
    except UnicodeDecodeError:
        raise BadInput("{file} isn't UTF-8. Save it as UTF-8.", file=path.name) from None


def _read_clips(path: Path, language: str) -> Iterable[WordsClip]:
    for item in read_data_set(path, language).items:
        if item.audio is not None:
            yield WordsClip(audio.load(item.audio), item.text, item.id)
