"""A document on a terminal: what fits a line at any width from 80 columns; figures are left to the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from crossframe.report import document as model
from crossframe.report.style import Drawing
from crossframe.report.table import Compact, Span, Table, condensed

_LEAST = 8
"""Characters that a column of words has even where there is no room; the first has three times that."""

_STYLES = {"weak": "dim", "warn": "yellow", "bad": "red",
           "yes": "green", "no": "red", "partly": "yellow", "open": "dim"}  # fmt: skip
"""Class of a cell or kind of a verdict -> how a terminal shows it."""

_WIDE = 100
"""Columns of a terminal from which on a compact table shows all of its own."""


def show(content: model.Document, console: Console | None = None) -> None:
    """Print it; plain without a terminal, without colour under ``NO_COLOR``."""
    console = console or Console(highlight=False)
    if not console.is_terminal and console.width < 120:
        console.width = 120
    console.print(Terminal(content))


class Terminal:
    """A document as a renderable that fits the width it is given."""

    def __init__(self, content: model.Document) -> None:
        self._content = content

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Title and parts; the headlines come last, where the reader's eye is."""
        content, width = self._content, options.max_width
        if content.title:
            yield _heading(content.title)
            yield Padding(Text(content.facts, "dim"), (0, 0, 0, 2))
        for part in content.summary or content.parts:
            shown = [line for block in part.blocks() for line in _block(block, width)]
            if shown:
                yield _heading(part.heading, part.note)
                yield from shown
        if content.headlines:
            yield _heading("in short")
            yield from map(_indented, content.headlines)


def _block(block: model.Block, width: int) -> Iterator[RenderableType]:
    match block:
        case str():
            yield _indented(block)
        case model.Rich(text):
            yield _indented("".join(words for _, words, _ in model.inline(text)))
        case model.Heading(text):
            yield Padding(Text(text, "bold"), (1, 0, 0, 2), expand=False)
        case model.Items(items):
            yield from (_indented(f"- {item}") for item in items)
        case model.Terms(pairs):
            yield from (_indented(f"{term}: {meaning}") for term, meaning in pairs)
        case model.VerdictLine(kind, text):
            line = Text.assemble("Verdict: ", (text, _STYLES.get(kind, "")))
            yield Padding(line, (0, 0, 0, 2), expand=False)
        case model.Claims(claims):
            yield from (_indented(f"{c.verdict}: {c.text}. {c.measured}") for c in claims)
        case model.SourceText(text=text):
            yield _indented(text.rstrip())
        case Table():
            yield _table(condensed(block), width)
        case Compact():
            yield _compact(block, width)
        case Drawing() | model.Fold():
            return


def _heading(title: str, note: str = "") -> Padding:
    heading = Text.assemble((title, "bold"), ("  " + note if note else "", "dim"))
    return Padding(heading, (1, 0, 0, 0), expand=False)


def _indented(words: str) -> Padding:
    return Padding(Text(words), (0, 0, 0, 2), expand=False)


def _empty() -> RichTable:
    return RichTable(box=box.SIMPLE_HEAD, padding=0, show_edge=False, pad_edge=False, header_style="dim",
                     expand=False)  # fmt: skip


def _table(content: Table, width: int) -> RichTable:
    """A table that fits ``width``: numbers are never broken over lines, words are where there is no room."""
    made = _empty()
    made.title, made.title_justify, made.title_style = Text(content.caption), "left", "dim"
    made.padding = (0, 1, 0, 0)
    longest = [
        max([len(name), *(len(row[k].text) for row in content.rows)])
        for k, (name, *_) in enumerate(content.columns)
    ]
    least = [
        n if numeric else min(n, _LEAST if k else 3 * _LEAST)
        for k, (n, (_, numeric, _)) in enumerate(zip(longest, content.columns, strict=True))
    ]
    for (name, numeric, _), share in zip(content.columns, _shares(longest, least, width), strict=True):
        made.add_column(Text(name), justify="right" if numeric else "left", overflow="fold", width=share)
    for row in content.rows:
        made.add_row(*(Text(cell.text, _STYLES.get(cell.mark.removeprefix("tight "), "")) for cell in row))
    return made


def _shares(longest: list[int], least: list[int], width: int) -> list[int]:
    """Characters by column: at least ``least``, and what is left goes evenly to those that want more."""
    shares = list(least)
    left = width - 2 * len(shares) - sum(shares)
    while left > 0 and (wanting := [k for k, n in enumerate(longest) if shares[k] < n]):
        for k in wanting[:left]:
            shares[k] += 1
            left -= 1
    return shares


def _compact(content: Compact, width: int) -> RichTable:
    """A table with one line per row: what does not fit ends in an ellipsis."""
    kept = [k for k, column in enumerate(content.columns) if width >= _WIDE or not column.wide]
    columns = [content.columns[k] for k in kept]
    room = width - (len(columns) - 1) - sum(column.width for column in columns)
    flexible = [k for k, column in zip(kept, columns, strict=True) if not column.width]
    made = _empty()
    left = room
    widths = {}
    for k in flexible:
        longest = max((_length(row[k]) for row in content.rows if len(row) > k), default=0)
        longest = max(longest, len(content.columns[k].heading))
        widths[k] = min(longest, max(room // len(flexible), 2 * _LEAST))
        left -= widths[k]
    for k, column in zip(kept, columns, strict=True):
        size = widths.get(k, column.width) + (max(left, 0) if column.rest else 0)
        made.add_column(column.heading, justify="right" if column.right else "left", no_wrap=True,
                        overflow="ellipsis", width=size)  # fmt: skip
    for place, row in enumerate(content.rows):
        if place in content.sections:
            made.add_section()
        made.add_row(*(Text.assemble(*row[k]) for k in kept if k < len(row)))
    return made


def _length(cell: Sequence[Span]) -> int:
    return sum(len(words) for words, _ in cell)
