"""Recall and precision of each class, of a comparison of more than two."""

from __future__ import annotations

from typing import Any

import numpy as np

from crossframe.core.statistics import corrected_mean
from crossframe.core.text import accuracy
from crossframe.experiment.view import View
from crossframe.report.table import Cell, Table, number

MEASURES = ("recall", "precision")


def per_class(view: View) -> list[dict[str, Any]]:
    """One row per contestant, n and class: ``recall_mean``, ``_low``, ``_high``, and these of ``precision``.

    Means over the draws on which they exist, see `crossframe.experiment.metrics.class_scores`, with the
    interval of `crossframe.core.statistics.corrected_mean` cut at 0 and 1. Empty for two classes and numbers.
    """
    rows: list[dict[str, Any]] = []
    if len(view.classes) <= 2:
        return rows
    for name in view.contestants:
        for n in view.sizes:
            cells = [cell for cell in view.of(name) if cell["n"] == n and cell["usable"]]
            for k, label in enumerate(view.classes):
                row: dict[str, Any] = {"contestant": name, "n": n, "class": label}
                for measure in MEASURES:
                    values = np.array([cell[measure][k] for cell in cells], dtype=np.float64)
                    mean = corrected_mean(values, float(view.run["overlap"][str(n)]))
                    row |= {
                        f"{measure}_mean": mean.value,
                        f"{measure}_low": float(np.maximum(mean.low, 0.0)),
                        f"{measure}_high": float(np.minimum(mean.high, 1.0)),
                    }
                rows.append(row)
    return rows


def table(view: View, n: int) -> Table:
    """Table of recall and precision at n, a row for each contestant and class."""
    columns = (
        ("Contestant", False, ""),
        ("Class", False, ""),
        ("Recall [95 %]", True, "share of the rows of the class that are labelled so; mean over the draws"),
        (
            "Precision [95 %]",
            True,
            "share of the rows labelled so that are of the class; mean over the draws",
        ),
    )
    rows = [
        [
            Cell(view.title(row["contestant"])),
            Cell(row["class"]),
            *(number(row[f"{measure}_mean"], accuracy(row, measure)) for measure in MEASURES),
        ]
        for row in per_class(view)
        if row["n"] == n
    ]
    return Table(f"Each class at n = {n}", columns, rows, tall=True)
