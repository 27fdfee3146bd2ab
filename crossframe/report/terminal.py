"""The table that ``crossframe compare`` prints at its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from crossframe.engines.base import Status
from crossframe.report.headlines import headlines
from crossframe.report.tables import condensed
from crossframe.report.text import MISSING, epochs, fixed, percent, plural, signed, signed_interval, whole
from crossframe.report.view import FAMILIES, Row, View, finite

if TYPE_CHECKING:
    from rich.console import ConsoleOptions, RenderResult

    from crossframe.report.document import Document
    from crossframe.report.tables import Table as ContentTable
    from crossframe.report.view import Compared

SHORT = {
    Status.CONVERGED: "converged",
    Status.COMPLETED: "all epochs",
    Status.STOPPED_EARLY: "stopped early",
    Status.ITERATION_LIMIT: "iteration limit",
    Status.NOT_CONVERGED: "not converged",
    Status.SEPARATED: "separated",
    Status.RANK_DEFICIENT: "rank deficient",
    Status.ONE_CLASS: "one class",
    Status.NO_FEATURES: "no feature",
    Status.CORRUPTED: "corrupted data",
    Status.ENGINE_MISSING: "engine missing",
    Status.CANNOT_EXPRESS: "cannot express",
    Status.REFUSED: "refused",
}
"""Status -> what fits into a column."""

_PAIRS_SHOWN = 6
_MESSAGES_SHOWN = 12


class Terminal:
    """A renderable that fits the width it is given: from 80 columns, best from 100."""

    def __init__(self, result: Compared) -> None:
        self._view = View(result)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Blocks by n, notable pairs, messages, and the sentences that sum it up."""
        view, width = self._view, options.max_width
        for n in view.sizes:
            yield _heading(
                f"n = {n}", f"accuracy: mean [95 % interval] over {plural(view.run['draws'], 'draw')}"
            )
            yield _block(view, n, width)
        for n in dict.fromkeys((view.sizes[0], view.sizes[-1])):
            if view.notable(n):
                yield _heading(f"same recipe, n = {n}", "largest differences between frameworks or solvers")
                yield _pairs(view, n, width)
        if found := view.messages():
            yield _heading("said by the frameworks", "! above")
            yield _messages(view, found, width)
        yield _heading("in short", "")
        yield Group(*(Padding(Text(sentence), (0, 0, 0, 2), expand=False) for sentence in headlines(view)))


def show(result: Compared, console: Console | None = None) -> None:
    """Print it; plain without a terminal, without colour under ``NO_COLOR``."""
    console = console or Console(highlight=False)
    if not console.is_terminal and console.width < 120:
        console.width = 120
    console.print(Terminal(result))


def _heading(title: str, note: str) -> Padding:
    heading = Text.assemble((title, "bold"), ("  " + note if note else "", "dim"))
    return Padding(heading, (1, 0, 0, 0), expand=False)


def _table() -> Table:
    return Table(box=box.SIMPLE_HEAD, padding=0, show_edge=False, pad_edge=False, header_style="dim",
                 expand=False)  # fmt: skip


def _block(view: View, n: int, width: int) -> Table:
    table = _table()
    wide = width >= 100
    left = width - (74 if wide else 56)
    titles = min(left, max(len(view.title(name)) for name in view.contestants))
    table.add_column("", no_wrap=True, overflow="ellipsis", width=titles)
    table.add_column("accuracy", no_wrap=True, width=18)
    if wide:
        table.add_column("p10–p90", no_wrap=True, width=9)
    table.add_column("loss", justify="right", no_wrap=True, width=5)
    table.add_column("train", justify="right", no_wrap=True, width=5)
    if wide:
        table.add_column("updates", justify="right", no_wrap=True, width=7)
    table.add_column("epochs", justify="right", no_wrap=True, width=7)
    table.add_column("  status", no_wrap=True, overflow="ellipsis", width=16 + left - titles)
    for family, rows in _families(view, n):
        if table.row_count:
            table.add_section()
        for row in rows:
            name = row["contestant"]
            cells = [Text(view.title(name))]
            cells.append(_accuracy(row))
            cells += [Text(_spread(row), "dim")] if wide else []
            cells += [Text(_loss(row)), Text(fixed(row["train_accuracy_mean"], 2))]
            cells += [Text(_work(row, family))] if wide else []
            cells += [Text(epochs(row).replace(" ", ""), "yellow" if _short(row) else ""), _status(view, row)]
            table.add_row(*cells)
    return table


def _families(view: View, n: int) -> Iterator[tuple[str, list[Row]]]:
    rows = view.at(n)
    for family in (*FAMILIES, *{c["family"] for c in view.contestants.values()}.difference(FAMILIES)):
        if found := [row for row in rows if view.contestants[row["contestant"]]["family"] == family]:
            yield family, found


def _bare(value: Any) -> str:
    """An accuracy in four characters: ``.985`` or ``1.00``."""
    written = fixed(value)
    return written.removeprefix("0") if written.startswith("0") else written[:4]


def _accuracy(row: Row) -> Text:
    low, high = finite(row["accuracy_low"]), finite(row["accuracy_high"])
    ends = f" [{_bare(low)}, {_bare(high)}]" if low is not None and high is not None else ""
    return Text.assemble((fixed(row["accuracy_mean"]), "bold"), (ends, "dim"))


def _spread(row: Row) -> str:
    low, high = finite(row["accuracy_p10"]), finite(row["accuracy_p90"])
    return f"{_bare(low)}–{_bare(high)}" if low is not None and high is not None else MISSING


def _loss(row: Row) -> str:
    loss = finite(row["logloss_mean"])
    return fixed(loss, 3 if loss is not None and loss < 10 else 1)


def _work(row: Row, family: str) -> str:
    return whole(row["updates"] if family == "network" else row["iterations"])


def _short(row: Row) -> bool:
    run, asked = finite(row["epochs"]), finite(row["epochs_asked"])
    return run is not None and asked is not None and run < 0.99 * asked


def _status(view: View, row: Row) -> Text:
    found = view.statuses(row["contestant"], int(row["n"]))
    words = [
        SHORT.get(Status(status), status) + (f" {count}" if len(found) > 1 else "") for status, count in found
    ]
    failed = any(Status(status).failed for status, _ in found)
    calm = {Status.CONVERGED, Status.COMPLETED}
    style = "red" if failed else "" if {Status(s) for s, _ in found} <= calm else "yellow"
    text = Text("! " if row["evidence"] else "  ", "yellow")
    return text.append(", ".join(words), style)


def _pairs(view: View, n: int, width: int) -> Table:
    table = _table()
    for title in ("left", "right"):
        table.add_column(title, no_wrap=True, overflow="ellipsis", max_width=max(16, (width - 40) // 2))
    table.add_column("left − right", no_wrap=True, min_width=23)
    table.add_column("alike", justify="right", no_wrap=True, min_width=6)
    table.add_column("digits", justify="right", no_wrap=True, min_width=6)
    pairs = view.notable(n)
    for pair in pairs[:_PAIRS_SHOWN]:
        low, high = finite(pair["low"]), finite(pair["high"])
        sure = low is not None and high is not None and (low > 0 or high < 0)
        gap = Text(f"{signed(pair['difference'])} ", "bold" if sure else "")
        gap.append(signed_interval(pair["low"], pair["high"]), "dim")
        names = (Text(view.title(pair["left"])), Text(view.title(pair["right"])))
        table.add_row(*names, gap, percent(pair["alike"]), fixed(pair["digits"], 1))
    if len(pairs) > _PAIRS_SHOWN:
        table.add_row(Text(f"and {len(pairs) - _PAIRS_SHOWN} more, in the report", "dim"))
    return table


def _messages(view: View, found: list[tuple[str, str, int, int]], width: int) -> Table:
    counts: dict[tuple[str, str], int] = {}
    for name, message, count, _ in found:
        key = (view.engine(name), message)
        counts[key] = counts.get(key, 0) + count
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    table = _table()
    table.add_column("framework", no_wrap=True, width=13)
    table.add_column("fits", justify="right", no_wrap=True, width=5)
    table.add_column("message", no_wrap=True, overflow="ellipsis", width=width - 21)
    for (engine, message), count in ranked[:_MESSAGES_SHOWN]:
        table.add_row(Text(engine), whole(count), Text(message))
    if len(ranked) > _MESSAGES_SHOWN:
        table.add_row("", "", Text(f"and {len(ranked) - _MESSAGES_SHOWN} more, in the report", "dim"))
    return table


def document(content: Document, width: int) -> Group:
    """A `Document` for a console of ``width`` columns; a column that is too wide is folded."""
    blocks: list[Any] = [_heading(content.title, ""), Padding(Text(content.facts, "dim"), (0, 0, 0, 2))]
    for part in content.parts:
        if not part.paragraphs and not part.tables:
            continue  # a figure alone: that is for the page
        blocks.append(_heading(part.heading, ""))
        blocks += [Padding(Text(words), (0, 0, 0, 2), expand=False) for words in part.paragraphs]
        blocks += [_content(condensed(table), width) for table in part.tables]
    if content.headlines:
        blocks.append(_heading("in short", ""))
        blocks += [Padding(Text(words), (0, 0, 0, 2), expand=False) for words in content.headlines]
    return Group(*blocks)


def _content(content: ContentTable, width: int) -> Table:
    """A table that fits ``width``: numbers are never broken, words are where there is no room."""
    table = _table()
    table.title, table.title_justify, table.title_style = Text(content.caption), "left", "dim"
    table.padding = (0, 1, 0, 0)
    longest = [
        max([len(name), *(len(row[k].text) for row in content.rows)])
        for k, (name, *_) in enumerate(content.columns)
    ]
    least = [
        n if numeric else min(n, _LEAST if k else 3 * _LEAST)
        for k, (n, (_, numeric, _)) in enumerate(zip(longest, content.columns, strict=True))
    ]
    for (name, numeric, _), share in zip(content.columns, _shares(longest, least, width), strict=True):
        table.add_column(Text(name), justify="right" if numeric else "left", overflow="fold", width=share)
    for row in content.rows:
        table.add_row(*(Text(cell.text, _STYLES.get(cell.mark.removeprefix("tight "), "")) for cell in row))
    return table


def _shares(longest: list[int], least: list[int], width: int) -> list[int]:
    """Characters by column: at least ``least``, and what is left goes evenly to those that want more."""
    shares = list(least)
    left = width - 2 * len(shares) - sum(shares)
    while left > 0 and (wanting := [k for k, n in enumerate(longest) if shares[k] < n]):
        for k in wanting[:left]:
            shares[k] += 1
            left -= 1
    return shares


_LEAST = 8
"""Characters that a column of words has even where there is no room; the first has three times that."""

_STYLES = {"weak": "dim", "warn": "yellow", "bad": "red"}
"""Class of a cell -> how a terminal shows it."""
