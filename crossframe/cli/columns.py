"""The options that make features of a user's file, which compare and explain share."""

from __future__ import annotations

import argparse
import csv
from typing import Any


def add(group: Any) -> None:
    """Add ``--formula``, ``--features``, ``--drop`` and the columns of the rows to a group of arguments."""
    group.add_argument(
        "--formula",
        metavar="F",
        help="target and features in one, in place of --target: 'y ~ age + C(region) + log(dose)'",
    )
    group.add_argument(
        "--features",
        metavar="LIST",
        help="columns of --data that are features, comma separated (default all but the target)",
    )
    group.add_argument("--drop", metavar="LIST", help="columns of --data that are not features")
    group.add_argument("--weights", metavar="COLUMN", help="column of --data with the weights of the rows")
    group.add_argument(
        "--offset", metavar="COLUMN", help="column with a known part of the linear predictor of each row"
    )
    group.add_argument(
        "--exposure", metavar="COLUMN", help="column of exposures: the offset is their logarithm"
    )


def given(a: argparse.Namespace) -> dict[str, Any]:
    """The options as arguments of `crossframe.compare` and `crossframe.explain`."""
    return {
        "formula": a.formula, "features": names(a.features), "drop": names(a.drop) or (),
        "weights": a.weights, "offset": a.offset, "exposure": a.exposure,
    }  # fmt: skip


def names(text: str | None) -> list[str] | None:
    """The names in a list, which are the fields of a line of CSV: ``a,"b, c"``; None for no list."""
    if text is None:
        return None
    return [name for name in next(csv.reader([text], skipinitialspace=True), []) if name]
