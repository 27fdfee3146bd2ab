"""Figures and tables of the study ``pixels``."""

from __future__ import annotations

from typing import Any

import numpy as np

from crossframe.claims.claim import Effect
from crossframe.claims.judge import in_words
from crossframe.core.statistics import corrected_mean
from crossframe.data import Dataset
from crossframe.report.document import Part
from crossframe.report.style import colour, draw, framework_marks
from crossframe.report.table import Cell, Table
from crossframe.studies.pixels.claims import SAME
from crossframe.studies.pixels.jobs import TITLES, Curves, Logistic, Pairs
from crossframe.studies.plots import intervals

_DIGITS = range(10)
_ENGINES = {"liblinear": "sklearn", "glm": "r", "h2o": "h2o"}
"""Solver -> its framework."""


def grid(data: Dataset, pairs: Pairs) -> Part:
    """All pairs: how well every pixel ranks the two digits, and the accuracy of the best one."""
    shape = data.image_shape or (1, data.X.shape[1])

    def paint(figure: Any, width: float) -> None:
        figure.set_size_inches(width, width)
        figure.get_layout_engine().set(w_pad=0.01, h_pad=0.01, wspace=0, hspace=0)
        axes = figure.subplots(10, 10)
        for row in _DIGITS:
            for column in _DIGITS:
                _pair(axes[row, column], pairs, row, column, shape, width)

    accuracies = [r.fields["by_accuracy"]["accuracy"] for r in pairs.values()]
    low, high = (min(accuracies), max(accuracies)) if accuracies else (np.nan, np.nan)
    caption = (
        "Above the diagonal: area under the ROC curve of every pixel by itself, from 0.5 (white) to 1 "
        "(dark), on the training images; the ring marks the pixel whose best cut is right most often "
        "there. Below: accuracy of that cut on the test images."
    )
    description = (
        f"{len(pairs)} pairs of digits; the best pixel is right in {low:.1%} to {high:.1%} of the cases."
    )
    return Part("grid", "One pixel, every pair of digits", drawing=draw(
        "pairs", "What one pixel tells about each pair of digits", caption, description, paint
    ))  # fmt: skip


def _pair(ax: Any, pairs: Pairs, row: int, column: int, shape: Any, width: float) -> None:
    ax.grid(False)
    ax.set(xticks=[], yticks=[])
    for side in ax.spines.values():
        side.set_visible(False)
    small = 7 if width > 5 else 4.5
    if row == 0:
        ax.set_title(str(column), loc="center", fontsize=small + 2)
    if column == 0:
        ax.set_ylabel(str(row), rotation=0, labelpad=6, va="center", fontsize=small + 2)
    record = pairs.get((min(row, column), max(row, column)))
    if row == column or record is None:
        return
    best = record.fields["by_accuracy"]
    if column > row:
        ax.imshow(
            record.arrays["auc"].reshape(shape), cmap="Blues", vmin=0.5, vmax=1.0, interpolation="nearest"
        )
        y, x = divmod(best["pixel"], shape[1])
        ax.plot(
            [x], [y], "o", markersize=small * 0.8, markerfacecolor="none", markeredgecolor=colour("vermilion")
        )
        return
    share = f"{best['accuracy']:.2f}".removeprefix("0")
    shade = colour("ink") if best["accuracy"] >= 0.9 else colour("vermilion")
    ax.text(
        0.5, 0.5, share, ha="center", va="center", fontsize=small + 1, transform=ax.transAxes, color=shade
    )


def curves(accuracies: Curves) -> Part:
    """One pixel minus ten over n, in each framework."""
    solvers = list(dict.fromkeys(key for key, _ in accuracies))
    marks = framework_marks([_ENGINES[key] for key in solvers])
    gaps = {
        (key, n): Effect.of(f"{TITLES[key]}, n = {n}", corrected_mean(one - ten, overlap))
        for (key, n), (one, ten, overlap) in accuracies.items()
    }

    def paint(figure: Any, width: float) -> None:
        figure.set_size_inches(width, 3.0)
        ax = figure.subplots()
        for i, key in enumerate(solvers):
            effects = [(n, e) for (k, n), e in gaps.items() if k == key]
            name, marker, line = marks[i]
            at = np.array([n for n, _ in effects]) * (1 + 0.02 * (i - 1))
            style = {"marker": marker, "linestyle": line, "label": TITLES[key]}
            intervals(ax, at, [e for _, e in effects], name, **style)
        ax.axhspan(-SAME, SAME, color=colour("soft"), alpha=0.2, linewidth=0)
        ax.axhline(0, color=colour("soft"), linewidth=0.8)
        ax.set_xscale("log")
        sizes = sorted({n for _, n in accuracies})
        ax.set_xticks(sizes if width > 5 else sizes[:: max(1, len(sizes) // 4)])
        ax.xaxis.set_major_formatter(lambda v, _: f"{v:.0f}")
        ax.minorticks_off()
        ax.set(xlabel="training images", ylabel="accuracy, one pixel - ten")
        figure.legend(loc="outside upper left", ncols=3 if width > 5 else 1)

    caption = (
        "Mean difference of test accuracy over draws, with its 95 % interval (corrected for the overlap "
        "of the draws). Above 0 the single best pixel does better than ten; the band is what counts as "
        "almost identical."
    )
    worst = max(gaps.values(), key=lambda e: abs(e.value))
    drawing = draw("curves", "The Leekasso with one pixel against ten", caption,
                   f"Largest: {worst.what}, {in_words(worst)}", paint)  # fmt: skip
    columns = (
        ("Solver", False, ""), ("n", True, "training images"), ("One pixel", True, "mean accuracy"),
        ("Ten", True, "mean accuracy"), ("One - ten [95 %]", True, ""),
        ("Draws", True, "that both could fit"),
    )  # fmt: skip
    rows = [
        [
            Cell(TITLES[key]),
            Cell(str(n), n),
            Cell(f"{np.nanmean(one):.3f}"),
            Cell(f"{np.nanmean(ten):.3f}"),
            Cell(in_words(e), e.value),
            Cell(str(e.count), e.count),
        ]
        for (key, n), e in gaps.items()
        for one, ten, _ in (accuracies[key, n],)
    ]
    return Part("curves", "One pixel against ten", drawing=drawing,
                tables=(Table("One pixel against ten, by framework", columns, rows),))  # fmt: skip


def table(pairs: Pairs, logistic: Logistic) -> Part:
    """Every pair in numbers, in every framework."""
    columns = [
        ("Pair", False, ""),
        ("Pixel", True, "number of the pixel that is best by accuracy on the training images"),
        ("Rule", True, "test accuracy of its best cut"),
        ("By AUC", True, "test accuracy of the best cut of the pixel with the largest training AUC"),
        ("AUC", True, "of that pixel on the test images"),
        ("Stump", True, "scikit-learn's decision tree of depth 1, which splits by Gini impurity"),
        *((TITLES[key], True, "logistic regression on the pixel, with its own labels") for key in TITLES),
        ("H2O at 0.5", True, "H2O's probabilities, labelled by > 0.5"),
    ]
    rows = [
        [
            Cell(f"{a} v {b}"),
            Cell(str(r.fields["by_accuracy"]["pixel"]), r.fields["by_accuracy"]["pixel"]),
            *(Cell(f"{r.fields[k]['accuracy']:.3f}") for k in ("by_accuracy", "by_auc")),
            Cell(f"{r.fields['by_auc']['auc']:.3f}"),
            Cell(f"{r.fields['stump']['accuracy']:.3f}"),
            *(Cell(f"{labelled[key].accuracy:.3f}" if key in labelled else "") for key in TITLES),
            Cell(f"{labelled['h2o'].accuracy_half:.3f}" if "h2o" in labelled else ""),
        ]
        for (a, b), r in pairs.items()
        for labelled in (logistic[a, b],)
    ]
    shown = Table("Test accuracy with one pixel", columns, rows)
    return Part("pairs-table", "Every pair in every framework", folded=(shown,))
