"""An explanation as a report: what differs, what causes how much of it, and how to close it."""

from __future__ import annotations

import math
from typing import Any

from crossframe.attribution.measures import digits_of_gap
from crossframe.auditing.tables import shown
from crossframe.engines.base import Value
from crossframe.explaining.explanation import Explanation, Verdict
from crossframe.explaining.linear import Direction
from crossframe.report.document import Document, Part
from crossframe.report.style import MARKS, Drawing, colour, draw
from crossframe.report.tables import Cell, Table
from crossframe.report.text import percent

_MEANT = {
    Verdict.AGREE: "The two agree.",
    Verdict.EXPLAINED: "The difference is explained: switching settings closes it.",
    Verdict.PARTLY: "Switching settings closes most of the difference, not all of it.",
    Verdict.NO_UNIQUE_OPTIMUM: "There is no finite optimum: what each prints is where its solver gave up.",
    Verdict.NOT_CONVERGED: "A solver stopped far from the optimum of its own objective.",
    Verdict.UNEXPLAINED: "No switch of settings closes the difference.",
}


def document(found: Explanation) -> Document:
    """Everything that was found."""
    data, best = found.data, found.best
    headlines = [_MEANT[found.verdict]]
    headlines += [
        d.words[:1].upper() + d.words[1:] + "." for d in found.diagnoses if d.kind in ("separation", "rank")
    ]
    if found.verdict is not Verdict.AGREE:
        causes = best.attribution.causes[:3]
        told = [
            f"{c.setting} ({percent(c.fraction)})"
            for c in causes
            if c.fraction is not None and c.fraction >= 5e-4
        ]
        if told and found.verdict is not Verdict.NO_UNIQUE_OPTIMUM:
            headlines.append(f"Shares of the difference, seen from {best.side}: {', '.join(told)}.")
        headlines += [line for d in (found.from_left, found.from_right) if (line := _recipe(d, found))]
    drawn = _figure(best) if best.attribution.shares else None
    return Document(
        f"Why {found.left} and {found.right} differ" if found.gap else f"{found.left} and {found.right}",
        f"{data['rows']} rows, {data['features']} features of {data['name']}; the largest difference between "
        f"two scores of a row is {found.gap:.3g}",
        tuple(headlines),
        (
            Part("diagnoses", "Diagnoses", tables=(_diagnoses(found),)),
            Part("causes", "Causes", _left_out(best), (_causes(best),), drawing=drawn),
            Part("closing", "Closing it", tables=(_steps(found.from_left), _steps(found.from_right))),
        ),
    )


def _recipe(d: Direction, found: Explanation) -> str:
    other = found.right if d.side == found.left else found.left
    if not d.closing.closed:
        return ""
    if d.model == "reference.optimum":
        return f"{d.side} has no settings that give the answer of {other}; the referee reproduces it."
    told = ", ".join(f"{k}={_exact(v)}" for k, v in d.recipe.items()) or "nothing"
    words = f"To make {d.side} give the answer of {other}: {d.model} with {told}"
    if d.other:
        words += (
            f" (and {other} run to its end with {', '.join(f'{k}={_exact(v)}' for k, v in d.other.items())})"
        )
    return f"{words}; {digits_of_gap(d.closing.gap):.1f} digits."


def _exact(value: Value) -> str:
    """All digits: a recipe with six of them gives six."""
    return repr(value) if isinstance(value, float) else shown(value)


def _left_out(d: Direction) -> tuple[str, ...]:
    said = [f"{name} was not switched: {why}" for name, why in d.cannot.items()]
    if d.by_referee:
        said.append(
            f"{len(d.by_referee)} hybrids that {d.side} cannot express were computed by the referee, as "
            "certified optima."
        )
    return tuple(said)


def _diagnoses(found: Explanation) -> Table:
    columns = (("side", False, ""), ("kind", False, ""), ("finding", False, ""))
    return Table("before anything was switched", columns,
                 [[Cell(d.side), Cell(d.kind), Cell(d.words)] for d in found.diagnoses])  # fmt: skip


def _causes(d: Direction) -> Table:
    columns = (
        ("setting", False, ""),
        ("left", False, ""),
        ("right", False, ""),
        ("share", True, "Shapley share of the gap"),
        ("first in", True, "what switching it alone closes"),
        ("last in", True, "what is left of the gap when it alone is not switched"),
        ("", False, ""),
    )
    rows = [
        [
            Cell(s.setting),
            Cell(shown(s.left)),
            Cell(shown(s.right)),
            *(Cell(_share(v), v) for v in (s.fraction, s.fraction_first, s.fraction_last)),
            Cell("" if s.standing.name == "CAUSE" else str(s.standing), mark="weak"),
        ]
        for s in d.attribution.shares
    ]
    return Table(f"shares of the difference, {d.side} switched towards the other", columns, rows)


def _share(value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return "–"
    return "0" if abs(value) < 1e-12 else f"{100 * value:.3g} %"


def _steps(d: Direction) -> Table:
    columns = (("switched", False, ""), ("largest difference left", True, ""), ("digits", True, ""))
    rows = [[Cell(s.setting or "nothing"), Cell(f"{s.gap:.3g}", s.gap), Cell(f"{s.digits:.1f}", s.digits)]
            for s in d.closing.steps]  # fmt: skip
    ending = "closed" if d.closing.closed else "not closed"
    return Table(f"{d.side}, one switch after the other: {ending}", columns, rows)


def _figure(d: Direction) -> Drawing:
    """Bars of the shares, and the digits gained with each switch."""
    shares = [s for s in d.attribution.shares if s.fraction is not None][:8]
    steps = d.closing.steps

    def paint(figure: Any, width: float) -> None:
        height = 1.2 + 0.3 * max(len(shares), 1) + 0.3 * len(steps) + 0.9
        figure.set_size_inches(width, height)
        top, bottom = figure.subplots(2, 1, height_ratios=[max(len(shares), 1), len(steps)])
        names = [s.setting for s in shares][::-1]
        values = [100 * (s.fraction or 0.0) for s in shares][::-1]
        top.barh(names, values, color=colour(MARKS[0][0]), height=0.6)
        top.axvline(0, color=colour("soft"), linewidth=0.7)
        top.set(title="share of the difference, %")
        labels = [s.setting or "as it is" for s in steps][::-1]
        bottom.barh(labels, [s.digits for s in steps][::-1], color=colour(MARKS[2][0]), height=0.6)
        bottom.set(title="digits of agreement after each switch", xlim=(0, 16))
        for axes in (top, bottom):
            axes.grid(axis="y", visible=False)
            axes.grid(axis="x", visible=True)

    said = "; ".join(f"{s.setting} {_share(s.fraction)}" for s in shares)
    return draw(
        "explanation", "What causes how much, and how it closes",
        "Above, the Shapley share of each setting; below, the digits in which the two agree after each "
        "switch of the smallest set that closes the difference.", said, paint,
    )  # fmt: skip
