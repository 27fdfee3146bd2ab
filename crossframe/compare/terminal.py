"""The tables that ``crossframe compare`` prints: contestants by n, notable pairs, messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crossframe.compare.headlines import cut_short, headlines
from crossframe.compare.per_class import per_class
from crossframe.compare.tables import by_family, error_places
from crossframe.core.text import (
    MISSING,
    digits,
    epochs,
    finite,
    fixed,
    percent,
    plural,
    quantity,
    signed,
    signed_interval,
    whole,
)
from crossframe.experiment.view import Row, View
from crossframe.frameworks.contract import Status
from crossframe.report.document import Document, Part
from crossframe.report.table import Column, Compact, Span

if TYPE_CHECKING:
    from rich.console import Console

    from crossframe.experiment.view import Compared

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
"""Status -> a phrase that fits into a column."""

_STATUSES = {str(status): status for status in Status}
_PAIRS_SHOWN = 6
_MESSAGES_SHOWN = 12
_CLASSES_SHOWN = 5


def show(result: Compared, console: Console | None = None) -> None:
    """Print a run's tables and its headlines; plain without a terminal, no colour under ``NO_COLOR``."""
    view = View(result)
    Document("", "", headlines(view), (), summary=summary(view)).show(console)


def summary(view: View) -> list[Part]:
    """What a terminal shows of a run: contestants by n, notable pairs of the ends, and messages."""
    note = f"{view.metric.words}: mean [95 % interval] over {plural(view.run['draws'], 'draw')}"
    parts = [Part(f"n-{n}", f"n = {n}", body=(_contestants(view, n),), note=note) for n in view.sizes]
    ends = dict.fromkeys((view.sizes[0], view.sizes[-1]))
    if len(view.classes) > 2:
        note = f"recall / precision: means over {plural(view.run['draws'], 'draw')}"
        parts += [
            Part(f"classes-{n}", f"classes, n = {n}", body=(_classes(view, n),), note=note) for n in ends
        ]
    note = "largest differences between frameworks or solvers"
    for n in ends:
        if view.notable(n):
            parts.append(Part(f"pairs-{n}", f"same model, n = {n}", body=(_pairs(view, n),), note=note))
    if messages := view.messages():
        body = (_messages(view, messages),)
        parts.append(Part("messages", "messages of the frameworks", body=body, note="! above"))
    return parts


def _columns(view: View, n: int) -> tuple[Column, ...]:
    loss = Column("loss", 5, right=True)
    errors = (Column("RMSE", 6, right=True), Column("MAE", 6, right=True, wide=True))
    return (
        Column(""),
        Column(view.metric.words, 18 if view.classes else 20),
        Column("p10–p90", 9 if view.classes else 12, wide=True),
        *((loss,) if view.classes else errors),
        Column("train", 5, right=True),
        *((Column("penalty", 7, right=True),) if any("penalty" in row for row in view.at(n)) else ()),
        Column("updates", 7, right=True, wide=True),
        Column("epochs", 7, right=True),
        Column("  status", 16, rest=True),
    )


def _contestants(view: View, n: int) -> Compact:
    rows: list[list[list[Span]]] = []
    sections = []
    for family, contestants in by_family(list(view.contestants.values())).items():
        summaries = [row for c in contestants if (row := view.row(c["name"], n))]
        if rows and summaries:
            sections.append(len(rows))
        for row in summaries:
            rows.append([
                [(view.title(row["contestant"]), "")],
                _mean(view, row),
                [(_spread(view, row), "dim")],
                *([(loss, "")] for loss in _losses(view, row)),
                [(fixed(row[f"train_{view.metric.key}_mean"], 2), "")],
                *([[(quantity(row["penalty"]), "")]] if "penalty" in row else []),
                [(whole(row["updates"] if family == "network" else row["iterations"]), "")],
                [(epochs(row).replace(" ", ""), "yellow" if cut_short(row) else "")],
                _status(view, row),
            ])  # fmt: skip
    return Compact(_columns(view, n), rows, sections)


def _classes(view: View, n: int) -> Compact:
    """Recall and precision of every contestant, a column for each class."""
    shown, hidden = view.classes[:_CLASSES_SHOWN], len(view.classes) - _CLASSES_SHOWN
    rows: list[list[list[Span]]] = []
    means = {(r["contestant"], r["class"]): r for r in per_class(view) if r["n"] == n}
    for name in view.contestants:
        own = [means[name, c] for c in shown]
        pairs = [f"{fixed(r['recall_mean'], 2)} / {fixed(r['precision_mean'], 2)}" for r in own]
        rows.append([[(view.title(name), "")], *([(pair, "")] for pair in pairs)])
    if hidden > 0:
        rows.append([[(f"and {hidden} more classes, in the report", "dim")]])
    return Compact((Column(""), *(Column(c[:14], 11) for c in shown)), rows)


def _bare(value: Any) -> str:
    """An accuracy or R² in four characters if possible: ``.985``, ``1.00``, ``-.21``, ``-12.5``."""
    written = fixed(value)
    if written.startswith("-"):
        return fixed(value, 2 if written.startswith("-0") else 1).replace("0.", ".", 1)
    return written.removeprefix("0") if written.startswith("0") else written[:4]


def _mean(view: View, row: Row) -> list[Span]:
    low, high, mean = (row[f"{view.metric.key}_{name}"] for name in ("low", "high", "mean"))
    low, high = finite(low), finite(high)
    ends = f" [{_bare(low)}, {_bare(high)}]" if low is not None and high is not None else ""
    return [(fixed(mean), "bold"), (ends, "dim")]


def _spread(view: View, row: Row) -> str:
    low, high = (finite(row[f"{view.metric.key}_{name}"]) for name in ("p10", "p90"))
    between = " to " if low is not None and low < 0 else "–"
    return f"{_bare(low)}{between}{_bare(high)}" if low is not None and high is not None else MISSING


def _losses(view: View, row: Row) -> list[str]:
    if not view.classes:
        return [quantity(row[f"{loss}_mean"]) for loss in view.metric.losses]
    loss = finite(row["logloss_mean"])
    return [fixed(loss, 3 if loss is not None and loss < 10 else 1)]


def _status(view: View, row: Row) -> list[Span]:
    counts = view.statuses(row["contestant"], int(row["n"]))
    # A run stored by another version may have a status that this one does not know.
    statuses = {status: _STATUSES.get(status) for status, _ in counts}
    words = [
        (SHORT.get(known, status) if (known := statuses[status]) else status)
        + (f" {count}" if len(counts) > 1 else "")
        for status, count in counts
    ]
    failed = any(status is not None and status.failed for status in statuses.values())
    calm = set(statuses.values()) <= {Status.CONVERGED, Status.COMPLETED}
    style = "red" if failed else "" if calm else "yellow"
    return [("! " if row["evidence"] else "  ", "yellow"), (", ".join(words), style)]


def _pairs(view: View, n: int) -> Compact:
    columns = (
        Column("left"), Column("right"), Column("left − right", 23),
        Column("alike" if view.classes else "RMSE", 6, right=True), Column("digits", 6, right=True),
    )  # fmt: skip
    rows: list[list[list[Span]]] = []
    pairs = view.notable(n)
    for pair in pairs[:_PAIRS_SHOWN]:
        low, high = finite(pair["low"]), finite(pair["high"])
        sure = low is not None and high is not None and (low > 0 or high < 0)
        rows.append([
            [(view.title(pair["left"]), "")],
            [(view.title(pair["right"]), "")],
            [(f"{signed(pair['difference'])} ", "bold" if sure else ""),
             (signed_interval(pair["low"], pair["high"]), "dim")],
            [(percent(pair["alike"]) if view.classes else _error(view, pair), "")],
            [(digits(pair["digits"]), "")],
        ])  # fmt: skip
    if len(pairs) > _PAIRS_SHOWN:
        rows.append([[(f"and {len(pairs) - _PAIRS_SHOWN} more, in the report", "dim")]])
    return Compact(columns, rows)


def _error(view: View, pair: Row) -> str:
    return signed(pair["rmse_difference"], error_places(view, pair))


def _messages(view: View, messages: list[tuple[str, str, int, int]]) -> Compact:
    counts: dict[tuple[str, str], int] = {}
    for name, message, count, _ in messages:
        key = (view.engine(name), message)
        counts[key] = counts.get(key, 0) + count
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    rows: list[list[list[Span]]] = [
        [[(engine, "")], [(whole(count), "")], [(message, "")]]
        for (engine, message), count in ranked[:_MESSAGES_SHOWN]
    ]
    if len(ranked) > _MESSAGES_SHOWN:
        rows.append([[], [], [(f"and {len(ranked) - _MESSAGES_SHOWN} more, in the report", "dim")]])
    return Compact(
        (Column("framework", 13), Column("fits", 5, right=True), Column("message", 10, rest=True)), rows
    )
