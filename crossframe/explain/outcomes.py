"""What the two sides' own fits report: effective settings, how they ended, and the two beside each other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.text import whole
from crossframe.core.types import Value
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.fits import FitCache
from crossframe.experiment.record import Record
from crossframe.experiment.selection import TIES
from crossframe.experiment.spec import own_settings
from crossframe.explain import several
from crossframe.explain.switches import SELECTION
from crossframe.frameworks.registry import model
from crossframe.report.table import Cell, Table
from crossframe.settings.chosen import chosen_penalty


def effective_settings(fits: FitCache, side: Contestant) -> dict[str, Value]:
    """Canonical settings of a side as its framework reports them, and those of its preparation.

    They are read from the first draw with an answer. What is done with missing features is one of them
    only where there are any. Raises `UsageError` where no draw has an answer.
    """
    records, data = fits.records(side), fits.experiment.dataset
    complete = bool(data.complete.all())
    answered = [r for r in records if r.fields["usable"]]
    if not answered:
        evidence = "; ".join(records[0].fields["evidence"])
        if not complete and not side.preparation.missing:
            rules = "missing=drop, missing=mean or missing=level"
            evidence = f"{evidence.rstrip('.')}; missing features: give {side.name} {rules}"
        raise UsageError(f"{side.name} gave no answer: {records[0].fields['status']}", evidence)
    settings: dict[str, Value] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in answered[0].fields["canonical"].items()
    }
    if model(side.model).convex:
        settings[SELECTION] = "none"
    if data.task == "classes":
        settings["class.order"] = "given"
    if side.selection is not None:
        settings["selection.ties"] = TIES[side.selection.statistic]
    if data.weights is None:
        settings.pop("weights.meaning", None)
    settings |= own_settings(side)
    settings |= several.settings(data, side, settings)
    if data.weights is not None:
        settings.setdefault("weights", "given")
    if data.offset is not None:
        # Rates with weights are the same objective in another form.
        settings["offset"] = "none" if settings.get("offset") == "none" else "given"
    if complete:
        settings = {name: value for name, value in settings.items() if name.split(".")[0] != "missing"}
    return settings


@dataclass(frozen=True)
class FitOutcome:
    """How one side's fits ended.

    Attributes
    ----------
    fits
        Number of them.
    statuses, convergence, messages
        Each with the number of fits that reported it, most frequent first: crossframe's status, the
        framework's own message on convergence, and each of its warnings.
    iterations, updates, epochs, seconds
        Medians over the fits; NaN where the framework reports none. ``seconds`` are those of fitting.
    penalty
        The median of the penalties that a cross-validation chose, as the lambda of an elastic net; NaN: none.
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
    penalty: float = math.nan

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: numbers that do not exist are None."""
        return {
            key: None if isinstance(value, float) and math.isnan(value) else value
            for key, value in asdict(self).items()
        }


def outcome(side: str, records: Sequence[Record]) -> FitOutcome:
    """What the records of a side's own fits report, in one record."""
    fields = [record.fields for record in records]

    def counted(texts: list[str]) -> tuple[tuple[str, int], ...]:
        return tuple(Counter(texts).most_common())

    def median(values: list[Any]) -> float:
        there = [float(v) for v in values if v is not None]
        return float(np.median(there)) if there else math.nan

    return FitOutcome(
        side,
        fits=len(fields),
        statuses=counted([str(f["status"]) for f in fields]),
        convergence=counted([str(f["convergence"]) for f in fields if f.get("convergence")]),
        messages=counted([line for f in fields for line in dict.fromkeys(f["evidence"])]),
        iterations=median([f.get("iterations") for f in fields]),
        updates=median([f.get("updates") for f in fields]),
        epochs=median([f.get("epochs") for f in fields]),
        seconds=median([f.get("timings", {}).get("fit") for f in fields]),
        penalty=median([chosen_penalty(f.get("canonical", {})) for f in fields]),
    )


def aligned(left: FitOutcome, right: FitOutcome) -> Table:
    """Both sides' outcomes as two columns; their warnings line by line."""
    both = (left, right)
    rows = [
        ["status", *(_listed(e.statuses, e.fits) for e in both)],
        ["message", *(_listed(e.convergence, e.fits) or "none given" for e in both)],
        *[
            ["chosen penalty", *("–" if math.isnan(e.penalty) else f"{e.penalty:.6g}" for e in both)]
            for _ in range(any(not math.isnan(e.penalty) for e in both))
        ],
        *[
            [name, *(_count(getattr(e, name)) for e in both)]
            for name in ("iterations", "updates", "epochs")
            if any(not math.isnan(getattr(e, name)) for e in both)
        ],
        ["seconds to fit", *("–" if math.isnan(e.seconds) else f"{e.seconds:.3g}" for e in both)],
    ]
    lines = max(1, *(len(e.messages) for e in both))
    for k in range(lines):
        warnings = [_listed(e.messages[k : k + 1], e.fits) for e in both]
        if k == 0:
            warnings = [words or "no warning" for words in warnings]
        rows.append(["" if k else "warnings", *warnings])
    columns = (("", False, ""), (f"left: {left.side}", False, ""), (f"right: {right.side}", False, ""))
    several = "" if left.fits == 1 else f", medians and counts over {left.fits} fits each"
    cells = [[Cell(text) for text in row] for row in rows]
    return Table(f"as their frameworks report it{several}", columns, cells)


def _listed(counted: Sequence[tuple[str, int]], fits: int) -> str:
    return "; ".join(words if count == fits else f"{count} × {words}" for words, count in counted)


def _count(value: float) -> str:
    return "–" if math.isnan(value) else whole(value)
