"""Tables of texts as Markdown, CSV, JSON or LaTeX."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass

from funaudio_core.evaluation.tables import LATEX_ESCAPES

FORMATS = {"markdown": "md", "csv": "csv", "json": "json", "latex": "tex"}  # suffixes of files by name


@dataclass(frozen=True, slots=True)
class Grid:
    """Table.

    Attributes:
        header: Titles of the columns.
        rows: The cells, as many in each row as in the header.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def render(self, kind: str) -> str:
        """Return the table in one of FORMATS."""
        if kind == "csv":
            out = io.StringIO()
            csv.writer(out).writerows([self.header, *self.rows])
            return out.getvalue()
        if kind == "json":
            objects = [dict(zip(self.header, row, strict=True)) for row in self.rows]
            return json.dumps(objects, ensure_ascii=False, indent=2) + "\n"
        return self._latex() if kind == "latex" else self._markdown()

    def _markdown(self) -> str:
        lines = (self.header, ("---",) * len(self.header), *self.rows)
        return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n" for cells in lines)

    def _latex(self) -> str:
        head, *body = (_latex_line(cells) for cells in (self.header, *self.rows))
        lines = "".join(f"{line} \\\\\n" for line in body)
        return f"\\begin{{tabular}}{{{'l' * len(self.header)}}}\n{head} \\\\ \\hline\n{lines}\\end{{tabular}}\n"


def _latex_line(cells: Sequence[str]) -> str:
    return " & ".join(cell.translate(LATEX_ESCAPES) for cell in cells)
