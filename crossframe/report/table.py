"""Tables as data: what a reader sees, what a column sorts by and what it means, without markup."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from crossframe.core.text import MISSING, finite
from crossframe.core.types import Value
from crossframe.settings.vocabulary import titled


class Cell(msgspec.Struct, frozen=True):
    """One cell.

    Attributes
    ----------
    text
        What a reader sees.
    key
        What a numeric column sorts by; None: last.
    mark
        Classes of the page's style: ``weak``, ``warn``, ``bad``, ``tight``, ``code`` for what is to be
        typed, ``yes``, ``no``, ``partly`` and ``open`` for verdicts.
    link
        An address that the text leads to; ``#key`` is a part of the same document.
    hint
        What the text stands for, in words: Markdown has it beside the text, a page shows it when pointed
        at, a terminal where there is room.
    """

    text: str
    key: float | None = None
    mark: str = ""
    link: str = ""
    hint: str = ""


class Table(msgspec.Struct, frozen=True, tag="table"):
    """A table; its first column heads the rows.

    Attributes
    ----------
    caption
        What it shows.
    columns
        (heading, whether it holds numbers, what it means or empty).
    rows
        One cell per column each.
    sortable
        Whether a reader may sort it by a column.
    tall
        Whether it scrolls in a box of its own on a page.
    """

    caption: str
    columns: Sequence[tuple[str, bool, str]]
    rows: Sequence[Sequence[Cell]]
    sortable: bool = True
    tall: bool = False


def condensed(table: Table) -> Table:
    """The table without the columns in which every cell is empty; one without rows as it is."""
    if not table.rows:
        return table
    kept = [k for k in range(len(table.columns)) if any(row[k].text for row in table.rows)]
    columns = [table.columns[k] for k in kept]
    rows = [[row[k] for k in kept] for row in table.rows]
    return msgspec.structs.replace(table, columns=columns, rows=rows)


def setting_cell(name: str, mark: str = "") -> Cell:
    """A cell with the name of a setting, or of several switched together; its hint is their title."""
    title = titled(name, key=False)
    return Cell(name, mark=mark, hint="" if title == name else title)


def number(value: Any, written: str) -> Cell:
    """A cell that shows ``written`` and sorts by ``value``, which may be missing."""
    return Cell(written, finite(value))


_LONG = 60


def shown(value: Value) -> str:
    """A setting's value for a cell: a dash for None, six figures of a float, at most 60 characters."""
    if value is None:
        return MISSING
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, tuple):
        return "x".join(map(str, value)) or "()"
    text = str(value)
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"


def text_columns(*headings: str) -> list[tuple[str, bool, str]]:
    """Columns of text with these headings and without explanations, for `Table`."""
    return [(heading, False, "") for heading in headings]


Span = tuple[str, str]
"""A text and its style in a terminal: empty, ``bold``, ``dim``, ``yellow`` or ``red``."""


class Column(msgspec.Struct, frozen=True):
    """A column of a `Compact` table.

    Attributes
    ----------
    heading
        What stands above it.
    width
        Characters; 0: as many as its content has, as far as there is room.
    right
        Whether it is aligned to the right.
    rest
        Whether it takes what the others leave, ``width`` at least.
    wide
        Whether it is shown from 100 columns on only.
    """

    heading: str
    width: int = 0
    right: bool = False
    rest: bool = False
    wide: bool = False


class Compact(msgspec.Struct, frozen=True, tag="compact"):
    """A table for a terminal alone, one line per row at any width from 80 columns.

    Attributes
    ----------
    columns
        See `Column`.
    rows
        Per column a cell of spans; a row with fewer cells leaves the last ones empty.
    sections
        Positions of the rows above which a rule is drawn.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Sequence[Span]]]
    sections: Sequence[int] = ()
