"""Download model files: `python -m funaudio_core.weights [ARTIFACT ...]`."""

from __future__ import annotations

import sys

from funaudio_core.errors import WeightsMissing
from funaudio_core.weights.catalog import ARTIFACTS
from funaudio_core.weights.store import default_artifacts, download


def _main(arguments: list[str]) -> int:
    """Download the artifacts named on the command line, or the lite tier's, and return the exit status."""
    from tqdm import tqdm

    unknown = [name for name in arguments if name not in ARTIFACTS]
    if unknown:
        print(f"Unknown artifact {unknown[0]!r}. Choose one of: {', '.join(ARTIFACTS)}.", file=sys.stderr)
        return 2
    for name in arguments or default_artifacts():
        with tqdm(total=ARTIFACTS[name].size, unit="B", unit_scale=True, desc=f"{name:<16}", leave=True) as bar:

            def show(_name: str, done: int, _total: int, bar: tqdm[None] = bar) -> None:
                bar.update(max(0, done - bar.n))

            try:
                download((name,), show)
            except WeightsMissing as error:
                print(f"\n{error}", file=sys.stderr)
                return 1
            bar.update(ARTIFACTS[name].size - bar.n)
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
