"""Listening tests of this server: `python -m funaudio_core.evaluation.listening_tests --help`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.evaluation.listening_tests import exports, stored_tests
from funaudio_core.evaluation.listening_tests.exports import TestVotes


def main(arguments: list[str]) -> int:
    """Run the command, and return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        print(options.run(options))
    except FunAudioError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _list(_options: argparse.Namespace) -> str:
    """Return a line for each test."""
    lines = []
    for stored in stored_tests.find_all():
        test = stored.test
        names = ", ".join(system.name for system in test.systems)
        lines.append(f"{test.id}  {test.created[:10]}  {test.kind}  {len(stored.votes.read())} votes  {names}")
    return "\n".join(lines) or "no tests"


def _export(options: argparse.Namespace) -> str:
    """Return a test with its votes."""
    stored = stored_tests.find(options.test)
    found = TestVotes(stored.test, tuple(stored.votes.read()))
    return exports.to_csv(found) if options.format == "csv" else exports.to_json(found)


def _import(options: argparse.Namespace) -> str:
    """Add the votes of an exported file to the test that they belong to."""
    found = exports.read_export(options.file)
    stored = stored_tests.find(found.test.id)
    if [system.name for system in found.test.systems] != [system.name for system in stored.test.systems]:
        raise BadInput("This vote doesn't belong to the test. Open its link again.")
    return f"{stored.votes.merge(found.votes)} of {len(found.votes)} votes were new"


def _delete(options: argparse.Namespace) -> str:
    """Delete a test with its takes and votes."""
    stored_tests.find(options.test).delete()
    return "deleted"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m funaudio_core.evaluation.listening_tests", description=__doc__)
    commands = parser.add_subparsers(required=True)
    commands.add_parser("list", help="list the tests").set_defaults(run=_list)
    export = commands.add_parser("export", help="print a test with its votes")
    export.add_argument("test")
    export.add_argument("--format", choices=("json", "csv"), default="json")
    export.set_defaults(run=_export)
    importing = commands.add_parser("import", help="add the votes of an exported file to their test")
    importing.add_argument("file", type=Path)
    importing.set_defaults(run=_import)
    delete = commands.add_parser("delete", help="delete a test with its takes and votes")
    delete.add_argument("test")
    delete.set_defaults(run=_delete)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
