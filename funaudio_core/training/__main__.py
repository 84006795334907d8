"""Train models: `python -m funaudio_core.training --help`."""

from __future__ import annotations

import argparse
import sys

from funaudio_core.errors import FunAudioError
from funaudio_core.training.words import command as words


def main(arguments: list[str]) -> int:
    """Run the command, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m funaudio_core.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    words.add_parser(commands)
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except FunAudioError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
