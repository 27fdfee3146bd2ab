"""Explanations of one pair at several sizes: one table and one figure over n, and a page for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from crossframe.attribution.record import Standing
from crossframe.explaining.drawn_record import Drawn
from crossframe.report.document import Document, Part
from crossframe.report.style import MARKS, Drawing, colour, draw
from crossframe.report.tables import Cell, Table
from crossframe.report.text import fixed, percent, signed, signed_interval

_SHOWN = len(MARKS)


def folder(n: int) -> str:
    """Where the page of a size lies."""
    return f"n-{n}"


def document(found: Sequence[Drawn]) -> Document:
    """Over sizes of one pair, in ascending order."""
    first = found[0]
    told = []
    for f in found:
        causes = ", ".join(f"{c.setting} {percent(c.fraction)}" if c.fraction is not None else c.setting
                           for c in (f.attribution.causes if f.attribution else ()))  # fmt: skip
        told.append(
            f"n = {f.data['rows']}: {f.verdict.replace('_', ' ')}" + (f"; {causes}" if causes else "")
        )
    drawing = _figure(found)
    return Document(
        f"Why {first.left} and {first.right} differ in {first.gap.metric}, by sample size",
        f"{first.data['name']}, {first.gap.draws} draws by the design {first.data['design']}",
        tuple(told),
        (Part("sizes", "Over the sizes", tables=(_table(found),), drawing=drawing),),
    )


def _table(found: Sequence[Drawn]) -> Table:
    columns = (
        ("n", True, "training rows; the link leads to the page of this size"),
        ("Left", True, "mean over the draws"),
        ("Right", True, "mean over the draws"),
        ("Left − right [95 %]", True, "paired over the draws"),
        ("Verdict", False, ""),
        ("Causes", False, "settings whose share of the difference is more than its noise"),
        ("Left after the switches", True, "in the frameworks themselves"),
        ("Separable", False, "draws on which the selected columns separate the classes"),
    )
    rows = []
    for f in found:
        causes = f.attribution.causes if f.attribution and f.attributed else ()
        shares = [
            f"{c.setting} {percent(c.fraction)}" if c.fraction is not None else c.setting for c in causes
        ]
        separable = {d.words.partition(" the columns")[0] for d in f.diagnoses if d.kind == "separation"}
        rows.append([
            Cell(str(f.data["rows"]), f.data["rows"], link=f"{folder(f.data['rows'])}/index.html"),
            Cell(fixed(f.gap.left), f.gap.left),
            Cell(fixed(f.gap.right), f.gap.right),
            Cell(_with(f.gap.difference, f.gap.interval), f.gap.difference),
            Cell(f.verdict.replace("_", " ")),
            Cell("; ".join(shares)),
            Cell(_with(f.trial.gap, f.trial.interval) if f.trial else ""),
            Cell("; ".join(sorted(separable))),
        ])  # fmt: skip
    return Table("The difference and its causes", columns, rows)


def _with(value: float, interval: tuple[float, float] | None) -> str:
    return f"{signed(value)} {signed_interval(*interval)}".strip() if interval else signed(value)


def _figure(found: Sequence[Drawn]) -> Drawing | None:
    """The parts of the settings in the difference, in the metric's units, over n."""
    shared = [f for f in found if f.attribution is not None and f.attributed]
    if not shared:
        return None
    size: dict[str, float] = {}
    for f in shared:
        for s in f.attribution.shares if f.attribution else ():
            size[s.setting] = max(size.get(s.setting, 0.0), abs(s.amount))
    names = sorted(size, key=lambda name: -size[name])[:_SHOWN]
    sizes = [f.data["rows"] for f in found]

    def paint(figure: Any, width: float) -> None:
        figure.set_size_inches(width, 3.4 if width > 5 else 4.6)
        ax = figure.subplots()
        gaps = np.array([f.gap.difference for f in found])
        ends = np.array([f.gap.interval or (np.nan, np.nan) for f in found]).T
        places = np.arange(len(sizes), dtype=float)
        ax.errorbar(places - 0.25, gaps, np.abs(ends - gaps), color=colour("ink"), marker="_", linestyle="",
                    capsize=3, label="whole difference")  # fmt: skip
        for i, name in enumerate(names):
            hue, marker, _ = MARKS[i]
            offset = -0.25 + 0.5 * (i + 1) / max(1, len(names))
            for place, f in zip(places, found, strict=True):
                if f not in shared or f.attribution is None:
                    continue
                s = next(s for s in f.attribution.shares if s.setting == name)
                low, high = s.interval or (s.amount, s.amount)
                face = colour(hue) if s.standing is Standing.CAUSE else "none"
                ax.errorbar([place + offset], [s.amount], [[s.amount - low], [high - s.amount]],
                            color=colour(hue), marker=marker, markerfacecolor=face, linestyle="", capsize=2,
                            label=name if f is shared[0] else None)  # fmt: skip
        ax.axhline(0, color=colour("soft"), linewidth=0.8)
        ax.set_xticks(places, [str(n) for n in sizes])
        ax.set(xlabel="training rows", ylabel=f"{found[0].gap.metric}, left − right")
        figure.legend(loc="outside lower left", ncols=3 if width > 5 else 1)

    caption = (
        "At the left of each size the whole difference with its 95 % interval; beside it what each setting "
        "has in it (Shapley share, in the metric's units), filled where its interval leaves out 0. Where "
        "there are no marks the difference is within noise."
    )
    said = "; ".join(
        f"n = {f.data['rows']}: " + ", ".join(f"{s.setting} {s.amount:+.3f}" for s in f.attribution.shares)
        for f in shared
        if f.attribution
    )
    return draw("sizes", "What causes how much, by sample size", caption, said, paint)
