"""Evaluate engines on a data set: `python -m funaudio_core.evaluate --help`."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tqdm import tqdm

from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.evaluation import example_set, protocols, running, scoring, tables
from funaudio_core.evaluation.conditions import catalog
from funaudio_core.evaluation.conditions.systems import under_conditions
from funaudio_core.evaluation.formats import aggregates, judging, remote_judge, summaries
from funaudio_core.evaluation.formats.answers import Answer, AnswerFormat
from funaudio_core.evaluation.items import DataSet
from funaudio_core.evaluation.manifests import read_data_set
from funaudio_core.evaluation.results import ResultFile
from funaudio_core.evaluation.systems import RECOGNITION, TASKS, System, make_system
from funaudio_core.evaluation.views import curves, views

SCORES = "scores"  # the usual view


def main(arguments: list[str]) -> int:
    """Run the command, and return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return _COMMANDS[options.command](options, arguments)
    except FunAudioError as error:
        print(error, file=sys.stderr)
        return 1


def _run(options: argparse.Namespace, arguments: list[str]) -> int:
    """Run one system for each engine, and print its scores; each goes on where an earlier run stopped."""
    systems = [
        make_system(options.task, engine, options.voice, options.seed, tuple(options.hotwords))
        for engine in options.engine or [""]
    ]
    files = _run_systems(systems, options, arguments)
    _print_view(files, options)
    return 0


def _run_under_conditions(options: argparse.Namespace, arguments: list[str]) -> int:
    """Run the recognizers on clips as they are and under each condition, and print the scores."""
    chosen = [
        strength for name in options.condition for strength in catalog.strengths(name, options.strengths, options.seed)
    ]
    systems = [
        each
        for engine in options.engine or [""]
        for each in under_conditions(make_system(RECOGNITION, engine), tuple(chosen))
    ]
    files = _run_systems(systems, options, arguments)
    protocol = protocols.protocol(options.protocol)
    print(tables.render(curves.score_rows(files, protocol), protocol, options.format), end="")
    return 0


def _run_systems(systems: Sequence[System], options: argparse.Namespace, arguments: Sequence[str]) -> list[ResultFile]:
    """Run each system to the end, and return the files of results."""
    takes = getattr(options, "takes", None)
    for folder in filter(None, (options.out, takes)):
        folder.mkdir(parents=True, exist_ok=True)
    command = shlex.join(["python", "-m", "funaudio_core.evaluate", *arguments])
    files = []
    for system in systems:
        data_set = _data_set(options, system)
        file = running.open_run(options.out / _file_name(system, data_set), system, data_set, command)
        with tqdm(total=len(data_set.items), desc=system.name, unit="item") as bar:
            for progress in running.run(file, system, data_set, takes):
                bar.update(progress.completed - bar.n)
                bar.set_postfix(failures=progress.failures)
        files.append(file)
    return files


def _file_name(system: System, data_set: DataSet) -> str:
    """Return the name of the file of a run."""
    strength = catalog.read_strength(system.settings)
    under = f".{strength.condition}.{strength.value:g}" if strength else ""
    return f"{data_set.name}.{system.task}.{system.engine().name}{under}.jsonl"


def _data_set(options: argparse.Namespace, system: System) -> DataSet:
    """Return the data set for a system."""
    if str(options.data) == example_set.NAME:
        return example_set.example_set([system.engine()])
    return read_data_set(options.data, options.language)


def _score(options: argparse.Namespace, _: list[str]) -> int:
    """Print a view of files of results."""
    _print_view([ResultFile.open(path) for path in options.results], options)
    return 0


def _score_answers(options: argparse.Namespace, _: list[str]) -> int:
    """Print the scores of answers to a benchmark, after a judge was asked; or write the requests to one."""
    form = judging.FORMATS[options.benchmark]
    answers = list(form.read(options.answers))
    if options.requests:
        print(judging.write_requests(form, answers, options.requests), "requests", file=sys.stderr)
        return 0
    if options.judge is not None:
        _ask_judge(options, form, answers)
    replies = judging.read_replies(options.replies) if options.replies else {}
    print(summaries.summarize(judging.score_answers(form, answers, replies)).render(options.format), end="")
    return 0


def _ask_judge(options: argparse.Namespace, form: AnswerFormat, answers: list[Answer]) -> None:
    """Ask a judge about the answers that have no replies yet."""
    if not options.replies:
        raise BadInput("Name the file in which the replies of the judge are kept, with --replies.")
    judge = remote_judge.RemoteJudge(options.judge)
    requests = list(judging.judge_requests(form, answers))
    folder, workers = options.answers.parent, max(1, options.judge_workers)
    with tqdm(total=len(requests), desc=judge.model, unit="answer") as bar:
        for progress in remote_judge.judge_answers(judge, requests, options.replies, folder, workers):
            bar.update(progress.done - bar.n)
            bar.set_postfix(refused=progress.refused)


def _print_overall(options: argparse.Namespace, _: list[str]) -> int:
    """Print the overall score of a benchmark from those of its parts."""
    scores: dict[str, float] = {}
    for each in options.scores:
        name, _, written = each.partition("=")
        try:
            scores[name] = float(written)
        except ValueError:
            raise BadInput("{written!r} isn't a score. Write it as name=number.", written=each) from None
    print(f"{aggregates.AGGREGATES[options.benchmark].overall(scores):.2f}")
    return 0


def _print_view(files: list[ResultFile], options: argparse.Namespace) -> None:
    """Print the table of scores, or that of another view."""
    if options.view == SCORES:
        protocol = protocols.protocol(options.protocol)
        rows = [
            tables.Row(file.card, score)
            for file in files
            for score in scoring.score_file(file, protocol, options.group_by)
        ]
        print(tables.render(rows, protocol, options.format), end="")
    else:
        print(views.build(options.view, files).render(options.format), end="")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m funaudio_core.evaluate", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    scores = argparse.ArgumentParser(add_help=False)
    scores.add_argument("--protocol", choices=protocols.PROTOCOLS, default=protocols.DEFAULT_PROTOCOL)
    scores.add_argument("--format", choices=tables.KINDS, default="markdown")
    chosen = argparse.ArgumentParser(add_help=False)
    chosen.add_argument("--group-by", default="", help="language, length, or a field of the data set")
    chosen.add_argument("--view", choices=(SCORES, *views.VIEWS), default=SCORES)
    runs = _run_options()
    run = commands.add_parser("run", parents=[scores, chosen, runs], help="run engines on a data set, and score them")
    run.add_argument("--task", choices=TASKS, default=RECOGNITION)
    run.add_argument("--hotwords", action="append", default=[], help="name or term; repeat for several")
    run.add_argument("--voice", default="", help="voice of the synthesis")
    run.add_argument("--takes", type=Path, help="folder in which the synthesized takes are kept")
    lab = commands.add_parser("robustness", parents=[scores, runs], help="run recognizers under noise, in rooms, ...")
    lab.add_argument("--condition", action="append", required=True, choices=catalog.CONDITIONS)
    lab.add_argument("--strengths", type=float, nargs="+", default=(), help="default: the usual ones of the condition")
    score = commands.add_parser("score", parents=[scores, chosen], help="score files of results without an engine")
    score.add_argument("results", type=Path, nargs="+", help="files written by run or robustness")
    answers = commands.add_parser("answers", help="score answers to a benchmark, in its own files")
    answers.add_argument("benchmark", choices=judging.FORMATS)
    answers.add_argument("answers", type=Path, help="file of answers")
    answers.add_argument("--requests", type=Path, help="file to write with requests to a judge, JSON lines")
    answers.add_argument("--replies", type=Path, help="file with the replies of the judge, JSON lines")
    answers.add_argument(
        "--judge",
        nargs="?",
        const="",
        metavar="URL#MODEL",
        help="ask this judge, or that of FUNAUDIO_CHAT_URL, and keep its replies in the file of --replies",
    )
    answers.add_argument("--judge-workers", type=int, default=1, help="requests at a time; default: %(default)s")
    answers.add_argument("--format", choices=tables.KINDS, default="markdown")
    overall = commands.add_parser("overall", help="overall score of a benchmark from those of its parts")
    overall.add_argument("benchmark", choices=aggregates.AGGREGATES)
    overall.add_argument("scores", nargs="+", metavar="PART=SCORE", help="in %%, or a rating from 1 to 5")
    return parser


def _run_options() -> argparse.ArgumentParser:
    """Return the options of the commands that run engines."""
    runs = argparse.ArgumentParser(add_help=False)
    runs.add_argument(
        "data", type=Path, help=".jsonl, .csv, .tsv or .lst file, Kaldi folder, folder of recordings, or examples"
    )
    runs.add_argument("--engine", action="append", help="name of an engine; repeat for several")
    runs.add_argument("--language", default="", help="language of entries without one; default: detected")
    runs.add_argument("--out", type=Path, default=Path("results"), help="folder of the results; default: %(default)s")
    runs.add_argument("--seed", type=int, default=0)
    return runs


_COMMANDS: dict[str, Callable[[argparse.Namespace, list[str]], int]] = {
    "run": _run,
    "robustness": _run_under_conditions,
    "score": _score,
    "answers": _score_answers,
    "overall": _print_overall,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
