r"""Spoken forms of written text: share of right readings, and cost.

Run: python -m bench.speech.spoken_forms [FILE...]

A file has rows of language, text as written and its right readings, separated by tabs; `||` stands between readings,
`\n` and `\uXXXX` for characters. A reading is right if its phonemes in the lite voice are those of the text, apart from
punctuation and stress. Without a file, the rows of bench/spoken_forms.tsv are read.
"""

from __future__ import annotations

import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench._options import option_parser
from funaudio_core.engines.kokoro import engine, phonemes, tags
from funaudio_core.engines.kokoro.symbols import PUNCTUATION, STRESS_MARKS
from funaudio_core.text.spoken_form import spoken_form
from funaudio_core.types import SpeechRequest, Voice

ROWS = Path(__file__).with_suffix(".tsv")
MIN_RIGHT_SHARE = 0.95
MAX_MEDIAN_MS = 5.0
_SILENT = frozenset(PUNCTUATION + STRESS_MARKS + " ")


@dataclass(frozen=True, slots=True)
class Row:
    """Text as written, with the ways in which it may be read."""

    language: str
    written: str
    readings: tuple[str, ...]


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a file."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line:
            language, written, readings = line.split("\t")
            rows.append(Row(language, _decode(written), tuple(_decode(readings).split("||"))))
    return rows


def _decode(text: str) -> str:
    return re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), text).replace("\\n", "\n")


def read_aloud(text: str, language: str) -> str:
    """Return the phonemes in which the lite voice reads a text, without punctuation, stress and spaces."""
    request = SpeechRequest(text, language, Voice("Any", language, preset="af_heart"))
    parts, overrides = engine.split_request(request)
    words = [
        word
        for part in parts
        if part.kind == tags.SPEECH
        for word in phonemes.phonemize(part.text, language, overrides=overrides)
    ]
    return "".join(symbol for word in words for symbol in word.phonemes + word.suffix if symbol not in _SILENT)


def is_right(row: Row) -> bool:
    """Return whether a text is read in one of the right ways."""
    return read_aloud(row.written, row.language) in {read_aloud(reading, row.language) for reading in row.readings}


def measure_ms(rows: list[Row]) -> list[float]:
    """Return the CPU time of the spoken form of each row, in milliseconds, grammars loaded."""
    for row in rows:
        spoken_form(row.written, row.language)
    taken = []
    for row in rows:
        start = time.process_time()
        spoken_form(row.written, row.language)
        taken.append(1000 * (time.process_time() - start))
    return taken


def main(paths: Sequence[Path]) -> int:
    """Print wrong rows of the files, shares and cost; return 1 if a bar is missed, else 0."""
    rows = [row for path in paths for row in read_rows(path)]
    wrong = [row for row in rows if not is_right(row)]
    for row in wrong:
        print(f"{row.language}  {row.written!r} is said as {spoken_form(row.written, row.language)!r}")
    total, missed = Counter(row.language for row in rows), Counter(row.language for row in wrong)
    for language, count in total.items():
        print(f"{language}: {count - missed[language]} of {count} right")
    share = 1 - len(wrong) / len(rows)
    taken = measure_ms(rows)
    median = statistics.median(taken)
    print(f"all: {len(rows) - len(wrong)} of {len(rows)} right ({share:.1%})")
    print(f"CPU time of spoken_form(): median {median:.2f} ms, at most {max(taken):.2f} ms")
    return int(share < MIN_RIGHT_SHARE or median > MAX_MEDIAN_MS)


if __name__ == "__main__":
    options = option_parser(__doc__)
    options.add_argument("files", nargs="*", type=Path, default=[ROWS], metavar="FILE")
    sys.exit(main(options.parse_args().files))
