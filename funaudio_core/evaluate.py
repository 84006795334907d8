"""Evaluate engines on a data set: `python -m funaudio_core.evaluate --help`."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from tqdm import tqdm

from funaudio_core.errors import FunAudioError
from funaudio_core.evaluation import example_set, protocols, running, scoring, tables
from funaudio_core.evaluation.items import DataSet
from funaudio_core.evaluation.manifests import read_data_set
from funaudio_core.evaluation.results import ResultFile
from funaudio_core.evaluation.systems import RECOGNITION, TASKS, System, make_system


def main(arguments: list[str]) -> int:
    """Run the command, and return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options, arguments) if options.command == "run" else _score(options)
    except FunAudioError as error:
        print(error, file=sys.stderr)
        return 1


def _run(options: argparse.Namespace, arguments: list[str]) -> int:
    """Run one system for each engine, and print its scores; each goes on where an earlier run stopped."""
    for folder in filter(None, (options.out, options.takes)):
        folder.mkdir(parents=True, exist_ok=True)
    command = shlex.join(["python", "-m", "funaudio_core.evaluate", *arguments])
    files = []
    for engine in options.engine or [""]:
        system = make_system(options.task, engine, options.voice, options.seed, tuple(options.hotwords))
        data_set = _data_set(options, system)
        path = options.out / f"{data_set.name}.{system.task}.{system.engine().name}.jsonl"
        file = running.open_run(path, system, data_set, command)
        with tqdm(total=len(data_set.items), desc=system.name, unit="item") as bar:
            for progress in running.run(file, system, data_set, options.takes):
                bar.update(progress.completed - bar.n)
                bar.set_postfix(failures=progress.failures)
        files.append(file)
    _print_scores(files, options)
    return 0


def _data_set(options: argparse.Namespace, system: System) -> DataSet:
    """Return the data set for a system."""
    if str(options.data) == example_set.NAME:
        return example_set.example_set([system.engine()])
    return read_data_set(options.data, options.language)


def _score(options: argparse.Namespace) -> int:
    """Print the scores of files of results."""
    _print_scores([ResultFile.open(path) for path in options.results], options)
    return 0


def _print_scores(files: list[ResultFile], options: argparse.Namespace) -> None:
    protocol = protocols.protocol(options.protocol)
    rows = [
        tables.Row(file.card, score) for file in files for score in scoring.score_file(file, protocol, options.group_by)
    ]
    print(tables.render(rows, protocol, options.format), end="")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m funaudio_core.evaluate", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    scores = argparse.ArgumentParser(add_help=False)
    scores.add_argument("--protocol", choices=protocols.PROTOCOLS, default=protocols.DEFAULT_PROTOCOL)
    scores.add_argument("--group-by", default="", help="language, length, or a field of the data set")
    scores.add_argument("--format", choices=tables.KINDS, default="markdown")
    run = commands.add_parser("run", parents=[scores], help="run engines on a data set, and score them")
    run.add_argument(
        "data", type=Path, help=".jsonl, .csv, .tsv or .lst file, Kaldi folder, folder of recordings, or examples"
    )
    run.add_argument("--task", choices=TASKS, default=RECOGNITION)
    run.add_argument("--engine", action="append", help="name of an engine; repeat for several")
    run.add_argument("--language", default="", help="language of entries without one; default: detected")
    run.add_argument("--out", type=Path, default=Path("results"), help="folder of the results; default: %(default)s")
    run.add_argument("--hotwords", action="append", default=[], help="name or term; repeat for several")
    run.add_argument("--voice", default="", help="voice of the synthesis")
    run.add_argument("--seed", type=int, default=0)
    run.add_argument("--takes", type=Path, help="folder in which the synthesized takes are kept")
    score = commands.add_parser("score", parents=[scores], help="score files of results without running an engine")
    score.add_argument("results", type=Path, nargs="+", help="files written by run")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
