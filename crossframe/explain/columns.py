"""The columns and rows of a user's file, as an explanation shows them first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from crossframe.core.activity import doing
from crossframe.core.errors import DataError
from crossframe.core.text import plural, whole
from crossframe.data.types import Dataset, Feature, FileColumns
from crossframe.report.document import Part
from crossframe.report.table import Cell, Table, text_columns

SIZES = (1e-75, 1e75)
"""Sizes of a feature or a target that can be explained: their fourth powers are within float64's range."""

_SHOWN = 30
"""Names or levels that one line lists."""


def check_sizes(dataset: Dataset) -> None:
    """Raise `DataError` for columns whose largest number in size is not within `SIZES`, or 0; all at once.

    Optima and their certificates are made of products of such numbers.
    """
    columns = [(f"column {name!r}", v) for name, v in zip(dataset.names, dataset.X.T, strict=True)]
    sizes = [
        (name, float(np.max(np.abs(v), where=np.isfinite(v), initial=0.0)))
        for name, v in [*columns, ("the target", dataset.y)]
    ]
    low, high = SIZES
    beyond = [f"{name} ({size:.3g})" for name, size in sizes if size and not low <= size <= high]
    if beyond:
        raise DataError(
            f"{dataset.where or dataset.name}: a largest number in size from {low:g} to {high:g} can be "
            f"explained, which is not that of {_listed(beyond)}",
            "multiply or divide by a constant, or leave a feature out with --drop",
        )


def progress(dataset: Dataset) -> tuple[str, ...]:
    """Lines that say, before anything is fitted, which rows and columns are used and how."""
    lines = [f"data: {dataset.source}", *(f"note: {note}" for note in dataset.notes)]
    if dataset.file and dataset.file.unused:
        listed = "; ".join(f"{_listed(names)} ({why})" for why, names in _by_reason(dataset.file).items())
        lines.append(f"not used: {listed}")
    return tuple(lines)


def checked(dataset: Dataset) -> Dataset:
    """The data set with what R says to its formula; as it is without one."""
    file = dataset.file
    if file is None or file.formula is None:
        return dataset
    # pandas takes half a second to import.
    from crossframe.data.table import formula_sources
    from crossframe.frameworks.r.formula import check

    with doing("asking R for the matrix of the formula"):
        made = dict(zip(dataset.names, dataset.X[dataset.complete].T, strict=True))
        words = check(file.formula, formula_sources(file), made)
    return replace(dataset, file=replace(file, formula=replace(file.formula, check=words)))


_CLASSES = 10
"""Classes that the table lists."""


def part(file: FileColumns, classes: Sequence[str]) -> Part:
    """The first part of a report: the file's rows, target, features with their coding, and other columns."""
    used = whole(file.rows - file.dropped)
    rows = [("formula", file.formula.text)] if file.formula else []
    rows.append(("rows", f"{used} of {whole(file.rows)}" if file.dropped else used))
    if file.dropped:
        listed = _listed([f"{name} {count}" for name, count in file.missing.items()])
        rows.append(("rows left out", f"{whole(file.dropped)}, with missing values ({listed})"))
    coded = [f"{name} is {k}" for k, name in enumerate(classes[:_CLASSES])]
    coded += [f"and {len(classes) - _CLASSES} more"] if len(classes) > _CLASSES else []
    rows.append(("target", f"{file.target}: {', '.join(coded)}" if classes else file.target))
    rows += [("weights of the rows", file.weights)] if file.weights else []
    rows += [("offset", file.offset)] if file.offset else []
    if file.formula and file.formula.check:
        rows.append(("in R", file.formula.check))
    if numbers := [c.name for c in file.features if c.kind == "numbers"]:
        rows.append((plural(len(numbers), "column") + " of numbers", _listed(numbers)))
    rows += [(c.name, _coding(c)) for c in file.features if c.kind != "numbers"]
    rows += [(f"not used: {why}", _listed(names)) for why, names in _by_reason(file).items()]
    name = str(file.to_dict()["file"])
    table = Table(f"what is used of {name}", text_columns("what", "how"), [[*map(Cell, row)] for row in rows])
    return Part("columns", "Columns and rows", tables=(table,))


def _coding(column: Feature) -> str:
    if column.kind == "truth" and not column.columns:
        return f"truth values: {column.levels[0]} is 0, {column.levels[1]} is 1"
    if column.kind == "term":
        return f"{plural(len(column.columns), 'column')}: {_listed(column.columns)}"
    if column.contrasts == "full":
        return f"text, a column of 0 and 1 for each level: {_listed(column.levels)}"
    if column.contrasts != "treatment":
        coded = f"{plural(len(column.columns), 'column')}: {_listed(column.columns)}"
        return f"text, {column.contrasts} contrasts of {_listed(column.levels)}; {coded}"
    ones = column.levels[1:]
    coded = f"{plural(len(ones), 'column')} of 0 and 1: {_listed(ones)}"
    return f"text, reference level {column.levels[0]}; {coded}"


def _by_reason(file: FileColumns) -> dict[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for name, why in file.unused.items():
        reasons.setdefault(why, []).append(name)
    return reasons


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
