"""How the two sides' own fits ended, in the words of their frameworks, side by side."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from crossframe.comparison.record import Record
from crossframe.report.tables import Cell, Table
from crossframe.report.text import whole


@dataclass(frozen=True)
class Outcome:
    """How one side's fits ended.

    Attributes
    ----------
    fits
        Number of them.
    statuses, convergence, messages
        What was said, with the number of fits that said it, most frequent first: crossframe's
        status, the framework's own word on convergence, and each of its warnings.
    iterations, updates, epochs, seconds
        Medians over the fits; NaN where the framework tells none. ``seconds`` are those of fitting.
    """

    side: str
    fits: int
    statuses: tuple[tuple[str, int], ...]
    convergence: tuple[tuple[str, int], ...]
    messages: tuple[tuple[str, int], ...]
    iterations: float
    updates: float
    epochs: float
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: numbers that do not exist are None."""
        return {
            key: None if isinstance(value, float) and math.isnan(value) else value
            for key, value in asdict(self).items()
        }


def outcome(side: str, records: Sequence[Record]) -> Outcome:
    """What the records of a side's own fits say."""
    fields = [record.fields for record in records]

    def counted(said: list[str]) -> tuple[tuple[str, int], ...]:
        return tuple(Counter(said).most_common())

    def median(values: list[Any]) -> float:
        there = [float(v) for v in values if v is not None]
        return float(np.median(there)) if there else math.nan

    return Outcome(
        side,
        fits=len(fields),
        statuses=counted([str(f["status"]) for f in fields]),
        convergence=counted([str(f["convergence"]) for f in fields if f.get("convergence")]),
        messages=counted([line for f in fields for line in dict.fromkeys(f["evidence"])]),
        iterations=median([f.get("iterations") for f in fields]),
        updates=median([f.get("updates") for f in fields]),
        epochs=median([f.get("epochs") for f in fields]),
        seconds=median([f.get("timings", {}).get("fit") for f in fields]),
    )


def aligned(left: Outcome, right: Outcome) -> Table:
    """Both sides' outcomes as two columns; their warnings line by line."""
    both = (left, right)
    rows = [
        ["how it ended", *(_listed(e.statuses, e.fits) for e in both)],
        ["its own word", *(_listed(e.convergence, e.fits) or "none given" for e in both)],
        *[
            [name, *(_count(getattr(e, name)) for e in both)]
            for name in ("iterations", "updates", "epochs")
            if any(not math.isnan(getattr(e, name)) for e in both)
        ],
        ["seconds to fit", *("–" if math.isnan(e.seconds) else f"{e.seconds:.3g}" for e in both)],
    ]
    lines = max(1, *(len(e.messages) for e in both))
    for k in range(lines):
        said = [_listed(e.messages[k : k + 1], e.fits) for e in both]
        if k == 0:
            said = [words or "no warning" for words in said]
        rows.append(["" if k else "warnings", *said])
    columns = (("", False, ""), (f"left: {left.side}", False, ""), (f"right: {right.side}", False, ""))
    several = "" if left.fits == 1 else f", medians and counts over {left.fits} fits each"
    cells = [[Cell(text) for text in row] for row in rows]
    return Table(f"as their frameworks tell it{several}", columns, cells)


def _listed(said: Sequence[tuple[str, int]], fits: int) -> str:
    return "; ".join(words if count == fits else f"{count} × {words}" for words, count in said)


def _count(value: float) -> str:
    return "–" if math.isnan(value) else whole(value)
