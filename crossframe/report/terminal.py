"""A document on a terminal: what fits a line at any width from 80 columns; figures are left to the page."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Literal

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from crossframe.core import terminal
from crossframe.report import document as model
from crossframe.report import wrapping
from crossframe.report.style import Drawing
from crossframe.report.table import Cell, Compact, Table, condensed

_NAME = 14
"""Cells that a column of words has at least, where its words are shorter."""

_TALL = 4
"""Lines of a row up to which a table is surely readable in columns."""

_STYLES = {"weak": "dim", "warn": "yellow", "bad": "red",
           "yes": "green", "no": "red", "partly": "yellow", "open": "dim"}  # fmt: skip
"""Class of a cell or kind of a verdict -> how a terminal shows it."""

_WIDE = 100
"""Columns of a terminal from which on a compact table shows all of its own."""

_PIPED = 120
"""Columns where the output is no terminal and the environment has no ``COLUMNS``."""


def console(piped: int = _PIPED) -> Console:
    """Where results are printed: as wide as the terminal, as ``COLUMNS``, or else as ``piped``."""
    made = terminal.console(highlight=False)
    if not made.is_terminal and not os.environ.get("COLUMNS"):
        made.width = max(made.width, piped)
    return made


def show(content: model.Document, target: Console | None = None) -> None:
    """Print it; plain without a terminal, without colour under ``NO_COLOR``."""
    (target or console()).print(Terminal(content))


class Terminal:
    """A document as a renderable that fits the width it is given."""

    def __init__(self, content: model.Document) -> None:
        self._content = content

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Title, answer and parts; all headlines come last, where the reader's eye is."""
        content, width = self._content, options.max_width
        if content.title:
            yield _heading(content.title, width)
            yield _indented(content.facts, width, "dim")
        yield from (_indented(words, width) for words in content.headlines[: content.answer])
        for part in content.summary or content.parts:
            shown = [line for block in part.blocks() for line in _block(block, width)]
            if shown:
                yield _heading(part.heading, width, part.note)
                yield from shown
        if content.headlines:
            yield _heading("in short", width)
            yield from (_indented(words, width) for words in content.headlines)


def _block(block: model.Block, width: int) -> Iterator[RenderableType]:
    match block:
        case str():
            yield _indented(block, width)
        case model.Rich(text):
            yield _indented("".join(words for _, words, _ in model.inline(text)), width)
        case model.Heading(text):
            yield Padding(wrapping.wrapped(Text(text, "bold"), width - 2), (1, 0, 0, 2), expand=False)
        case model.Items(items):
            yield from (_indented(f"- {item}", width) for item in items)
        case model.Terms(pairs):
            yield from (_indented(f"{term}: {meaning}", width) for term, meaning in pairs)
        case model.VerdictLine(kind, text):
            line = Text.assemble("Verdict: ", (text, _STYLES.get(kind, "")))
            yield Padding(wrapping.wrapped(line, width - 2), (0, 0, 0, 2), expand=False)
        case model.Claims(claims):
            yield from (_indented(f"{c.verdict}: {c.text}. {c.measured}", width) for c in claims)
        case model.SourceText(text=text):
            yield _indented(text.rstrip(), width)
        case Table():
            yield from table(block, width)
        case Compact():
            yield _compact(block, width)
        case Drawing() | model.Fold():
            return


def _heading(title: str, width: int, note: str = "") -> Padding:
    heading = Text.assemble((title, "bold"), ("  " + note if note else "", "dim"))
    return Padding(wrapping.wrapped(heading, width), (1, 0, 0, 0), expand=False)


def _indented(words: str, width: int, style: str = "") -> Padding:
    return Padding(wrapping.wrapped(Text(words, style), width - 2), (0, 0, 0, 2), expand=False)


def table(content: Table, width: int) -> Iterator[RenderableType]:
    """The caption and the rows: in columns, or one row after the other where these were too narrow."""
    content = condensed(content)
    if content.caption:
        yield wrapping.wrapped(Text(content.caption, "dim"), width)
    names = [Text(name) for name, *_ in content.columns]
    rows = [
        [Text(cell.text, _STYLES.get(cell.mark.removeprefix("tight "), "")) for cell in row]
        for row in content.rows
    ]
    room = width - 2 * (len(names) - 1)
    explained = [_with_hints(row, cells) for row, cells in zip(rows, content.rows, strict=True)]
    held = _by_column([names, *explained], len(names))
    if sum(max(cell_len(line) for text in column for line in text.split("\n")) for column in held) <= room:
        rows = explained
    texts = [[name.plain, *held] for name, held in zip(names, _by_column(rows, len(names)), strict=True)]
    for longest_word in (wrapping.WORD, _NAME):
        sizes = _sizes(texts, room, longest_word)
        if len(names) == 1 or (sum(sizes) <= room and _readable(rows, sizes)):
            right = [numeric for _, numeric, _ in content.columns]
            yield _grid(names, right, rows, sizes, gap=2)
            return
    yield from _one_by_one(names, rows, [row[0].hint for row in content.rows], width)


def _with_hints(row: Sequence[Text], cells: Sequence[Cell]) -> list[Text]:
    """The texts of a row, each with its hint beside it."""
    return [
        Text.assemble(text, (f"  {cell.hint}", "dim")) if cell.hint else text
        for text, cell in zip(row, cells, strict=True)
    ]


def _sizes(texts: Sequence[Sequence[str]], room: int, longest_word: int) -> list[int]:
    longest = [max(cell_len(line) for text in held for line in text.split("\n")) for held in texts]
    least = [
        max(min(n, _NAME), *(wrapping.least(text, longest_word) for text in held))
        for n, held in zip(longest, texts, strict=True)
    ]
    return wrapping.shares(longest, least, room)


def _readable(rows: Sequence[Sequence[Text]], sizes: Sequence[int]) -> bool:
    """Whether the rows are low in columns of these sizes, or lower than with a line for each cell."""
    heights = [
        max(len(wrapping.lines(cell.plain, n)) for cell, n in zip(row, sizes, strict=True)) for row in rows
    ]
    cells = sum(bool(cell.plain) for row in rows for cell in row)
    return max(heights, default=1) <= _TALL or sum(heights) <= 0.75 * cells


def _one_by_one(
    names: Sequence[Text], rows: Sequence[Sequence[Text]], hints: Sequence[str], width: int
) -> Iterator[RenderableType]:
    """Every row as a heading, its first cell with its hint; below, a line for each other one with content."""
    label = min(max(cell_len(name.plain) for name in names[1:]), width // 3)
    for (first, *others), hint in zip(rows, hints, strict=True):
        first.stylize("bold")
        yield wrapping.wrapped(Text.assemble(first, (f"  {hint}" if hint else "", "dim")), width)
        for name, cell in zip(names[1:], others, strict=True):
            if not cell.plain:
                continue
            left = wrapping.wrapped(Text(name.plain, "dim"), label).split("\n")
            right = wrapping.wrapped(cell, width - label - 4).split("\n")
            for start, rest in zip_longest(left, right, fillvalue=Text()):
                gap = " " * (label + 2 - cell_len(start.plain))
                yield Text.assemble("  ", start, gap, rest)


def _grid(
    names: Sequence[Text],
    right: Sequence[bool],
    rows: Sequence[Sequence[Text]],
    sizes: Sequence[int],
    *,
    gap: int,
    sections: Sequence[int] = (),
) -> RichTable:
    """Rows of cells under their headings, each wrapped to its column; ``gap`` cells between two columns."""
    made = RichTable(box=box.SIMPLE_HEAD, padding=(0, gap - 1, 0, 0), show_edge=False, pad_edge=False,
                     header_style="dim", expand=False)  # fmt: skip
    for name, aligned, size in zip(names, right, sizes, strict=True):
        justify: Literal["right", "left"] = "right" if aligned else "left"
        made.add_column(wrapping.wrapped(name, size), justify=justify, no_wrap=True, width=size)
    for place, row in enumerate(rows):
        if place in sections:
            made.add_section()
        made.add_row(*(wrapping.wrapped(cell, size) for cell, size in zip(row, sizes, strict=False)))
    return made


def _compact(content: Compact, width: int) -> RichTable:
    """A table with columns of given widths; the names take what is left of the line, or several lines."""
    kept = [k for k, column in enumerate(content.columns) if width >= _WIDE or not column.wide]
    columns = [content.columns[k] for k in kept]
    rows = [[Text.assemble(*row[k]) for k in kept if k < len(row)] for row in content.rows]
    texts = [[c.heading, *held] for c, held in zip(columns, _by_column(rows, len(columns)), strict=True)]
    longest = [
        max(map(wrapping.least, held), default=0) if column.width else max(map(cell_len, held))
        for column, held in zip(columns, texts, strict=True)
    ]
    longest = [max(pair) for pair in zip(longest, (column.width for column in columns), strict=True)]
    least = [
        n if column.width else min(n, max([_NAME, *map(wrapping.least, held)]))
        for n, column, held in zip(longest, columns, texts, strict=True)
    ]
    room = width - (len(columns) - 1)
    sizes = wrapping.shares(longest, least, room)
    rest = next((j for j, column in enumerate(columns) if column.rest), None)
    if rest is not None:
        sizes[rest] += max(room - sum(sizes), 0)
    names = [Text(column.heading) for column in columns]
    return _grid(names, [c.right for c in columns], rows, sizes, gap=1, sections=content.sections)


def _by_column(rows: Sequence[Sequence[Text]], count: int) -> list[list[str]]:
    """The texts of each of ``count`` columns; the last cells of a row may be missing."""
    return [[row[k].plain for row in rows if k < len(row)] for k in range(count)]
