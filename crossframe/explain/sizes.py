"""Explanations of one pair at several sizes: one table and one figure over n, and a page for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from crossframe.core.text import fixed
from crossframe.explain.attribution.record import Standing
from crossframe.explain.explanation import Explanation
from crossframe.explain.report_over_draws import in_words
from crossframe.explain.report_tables import listed_causes, with_interval
from crossframe.report.document import Document, Part
from crossframe.report.style import MARKS, Drawing, colour, draw
from crossframe.report.table import Cell, Table
from crossframe.settings.vocabulary import titled

_SHOWN = len(MARKS)


def folder(n: int) -> str:
    """The name of the folder with the page of size n."""
    return f"n-{n}"


def document(explanations: Sequence[Explanation]) -> Document:
    """The page of explanations of one pair at several sizes, given in ascending order."""
    first = explanations[0]
    left, right = map(in_words, (first.left, first.right))
    lines = []
    for f in explanations:
        causes = ", ".join(_causes(f))
        what = f"{f.gap.metric} within noise, {f.unit} " if f.row_by_row else ""
        lines.append(f"n = {f.data['rows']}: {what}{f.verdict.phrase}{f'; {causes}' if causes else ''}")
    drawing = _figure(explanations)
    return Document(
        f"Why {left} and {right} differ in {first.gap.metric}, by sample size",
        f"{first.data['name']}, {first.gap.draws} draws by the design {first.data['design']}",
        tuple(lines),
        (Part("sizes", "Over the sizes", tables=(_table(explanations),), drawing=drawing),),
    )


def _table(explanations: Sequence[Explanation]) -> Table:
    columns = (
        ("n", True, "training rows; the link leads to the page of this size"),
        ("Left", True, "mean over the draws"),
        ("Right", True, "mean over the draws"),
        ("Left − right [95 %]", True, "paired over the draws"),
        (
            "Explained is",
            False,
            "the difference in the metric, or where that is within noise that of the rows",
        ),
        ("Verdict", False, ""),
        ("Causes", False, "settings whose share of the difference is more than its noise"),
        ("Left after the switches", True, "in the frameworks themselves"),
        ("Separable", False, "draws on which the columns that a side gets separate the classes"),
    )
    rows = []
    for f in explanations:
        rows.append([
            Cell(str(f.data["rows"]), f.data["rows"], link=f"{folder(f.data['rows'])}/index.html"),
            Cell(fixed(f.gap.left), f.gap.left),
            Cell(fixed(f.gap.right), f.gap.right),
            Cell(with_interval(f.gap.difference, f.gap.interval), f.gap.difference),
            Cell(f.unit),
            Cell(f.verdict.phrase),
            Cell("; ".join(_causes(f))),
            Cell(with_interval(f.trial.gap, f.trial.interval) if f.trial else ""),
            Cell(_separable(f)),
        ])  # fmt: skip
    return Table("The difference and its causes", columns, rows)


def _causes(f: Explanation) -> list[str]:
    """The causes with their shares; where no share is distinguishable from 0, what closes together."""
    if (named := listed_causes(f)) or not f.attributed:
        return named
    closing = f.best.closing if f.best else None
    words = "no single setting's share is distinguishable from 0"
    if closing is None or not closing.closed:
        return [words]
    return [f"{words}; closed by {titled(', '.join(closing.settings))} together"]


def _separable(f: Explanation) -> str:
    """In how many draws the columns of a side separate the classes, the left side first."""
    certificates = {
        d.side: d.certificate for d in f.diagnoses if d.kind == "separation" and "share" in d.certificate
    }
    return "; ".join(
        f"{side} {c['complete'] + c['quasi_complete']} of {c['draws']}"
        for side in ("left", "right")
        if (c := certificates.get(side))
    )


def _figure(explanations: Sequence[Explanation]) -> Drawing | None:
    """The share of each setting in the metric's difference over n, where that is what is shared out."""
    shared = [f for f in explanations if f.attribution is not None and f.attributed and not f.row_by_row]
    if not shared:
        return None
    size: dict[str, float] = {}
    for f in shared:
        for s in f.attribution.shares if f.attribution else ():
            size[s.setting] = max(size.get(s.setting, 0.0), abs(s.amount))
    names = sorted(size, key=lambda name: -size[name])[:_SHOWN]
    sizes = [f.data["rows"] for f in explanations]

    def paint(figure: Any, width: float) -> None:
        figure.set_size_inches(width, 3.4 if width > 5 else 4.6)
        ax = figure.subplots()
        gaps = np.array([f.gap.difference for f in explanations])
        ends = np.array([f.gap.interval or (np.nan, np.nan) for f in explanations]).T
        places = np.arange(len(sizes), dtype=float)
        ax.errorbar(places - 0.25, gaps, np.abs(ends - gaps), color=colour("ink"), marker="_", linestyle="",
                    capsize=3, label="whole difference")  # fmt: skip
        labels = {name: titled(name, key=False) for name in names}
        for i, name in enumerate(names):
            hue, marker, _ = MARKS[i]
            offset = -0.25 + 0.5 * (i + 1) / max(1, len(names))
            for place, f in zip(places, explanations, strict=True):
                if f not in shared or f.attribution is None:
                    continue
                s = next((s for s in f.attribution.shares if s.setting == name), None)
                if s is None:
                    # At this size the two do not differ in it.
                    continue
                low, high = s.interval or (s.amount, s.amount)
                face = colour(hue) if s.standing is Standing.CAUSE else "none"
                ax.errorbar([place + offset], [s.amount], [[s.amount - low], [high - s.amount]],
                            color=colour(hue), marker=marker, markerfacecolor=face, linestyle="", capsize=2,
                            label=labels.pop(name, None))  # fmt: skip
        ax.axhline(0, color=colour("soft"), linewidth=0.8)
        ax.set_xticks(places, [str(n) for n in sizes])
        ax.set(xlabel="training rows", ylabel=f"{explanations[0].gap.metric}, left − right")
        figure.legend(loc="outside lower left", ncols=3 if width > 5 else 1)

    caption = (
        "At the left of each size the whole difference with its 95 % interval; beside it the part of each "
        "setting (Shapley share, in the metric's units), filled where its interval excludes 0. Where "
        "there are no marks the difference is within noise."
    )
    words = "; ".join(
        f"n = {f.data['rows']}: "
        + ", ".join(f"{titled(s.setting)} {s.amount:+.3f}" for s in f.attribution.shares)
        for f in shared
        if f.attribution
    )
    return draw("sizes", "What causes how much, by sample size", caption, words, paint)
