"""Command lines of the benchmarks."""

from __future__ import annotations

import argparse


def option_parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser that shows the docstring of a benchmark under --help. description: Its `__doc__`."""
    return argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
