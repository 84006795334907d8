"""Train models: `python -m funaudio_core.training --help`."""

from __future__ import annotations

import argparse
import importlib
import logging
import sys

from funaudio_core.errors import FunAudioError
from funaudio_core.training import words
from funaudio_core.training.data import command as data_command
from funaudio_core.training.words import command as words_command

# Modules of the other commands, which import PyTorch.
_TORCH_COMMANDS = (
    "funaudio_core.training.cosyvoice.command",
    "funaudio_core.training.sensevoice.command",
    "funaudio_core.training.fun_audio_chat.command",
)


def main(arguments: list[str]) -> int:
    """Run the command, and return the exit status."""
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # it warns of a kernel that training doesn't use
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except FunAudioError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m funaudio_core.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    data_command.add_parser(commands)
    words_command.add_parser(commands)
    if not words.has_packages():
        parser.epilog = "Without PyTorch, nothing can be trained and some commands are not listed."
        return parser
    for name in _TORCH_COMMANDS:
        importlib.import_module(name).add_parser(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
