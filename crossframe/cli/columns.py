"""The options that make features of a user's file, which compare and explain share."""

from __future__ import annotations

import csv
from typing import Any


def add(group: Any) -> None:
    """Add ``--formula``, ``--features`` and ``--drop`` to a group of arguments."""
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


def names(text: str | None) -> list[str] | None:
    """The names in a list, which are the fields of a line of CSV: ``a,"b, c"``; None for no list."""
    if text is None:
        return None
    return [name for name in next(csv.reader([text], skipinitialspace=True), []) if name]
