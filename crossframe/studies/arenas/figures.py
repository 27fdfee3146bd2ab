"""Figures and tables of the study ``arenas``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from crossframe.claims.judge import in_words
from crossframe.core.statistics import Interval
from crossframe.report.document import Part
from crossframe.report.style import MARKS, Drawing, colour, draw
from crossframe.report.table import Cell, Table
from crossframe.studies.arenas.claims import Measured, averaged
from crossframe.studies.arenas.jobs import LEEKASSO, LOGISTIC, NETS, TITLES
from crossframe.studies.arenas.leads import Lead, Leads, count
from crossframe.studies.plots import beside, intervals

FIRST = 2
"""Parts that stand before the claims: the map and the means over all pairs."""

_LETTERS = {name: title[0].upper() for name, title in TITLES.items()}
_PALE = 0.22
"""Opacity of a lead that is not sure."""


_MODELS = (
    "All four get the raw pixels: scikit-learn's logistic regression with its defaults; logistic regression "
    "(liblinear) on the ten pixels that differ most between the classes, Beam's Leekasso; Beam's Keras MLP "
    "and CNN. A fifth of the training images is scored; the samples are drawn from the others."
)


def parts(measured: Measured) -> tuple[Part, ...]:
    """The page's parts; the first `FIRST` stand before the claims."""
    m = measured
    if not m.leads:
        return ()
    made = [
        Part("map", "Who leads on which digits", (_MODELS,), drawing=_map(m.leads)),
        Part("means", "Net minus linear model, mean over all pairs", drawing=_means(m)),
        Part("three", "4 against 9, and two tables", (_trained(m),), drawing=_three(m)),
        Part("numbers", "Every pair in numbers", folded=(_numbers(m),)),
    ]
    return tuple(made)


def _trained(m: Measured) -> str:
    """How long the CNN is trained, and what its published number of epochs would add."""
    words = "The CNN makes 200 updates, or ten epochs where these are more, not all of Beam's 200 epochs"
    if m.published_epochs is None:
        return f"{words}."
    return f"{words}: on 4 against 9 at n = 100 these change its accuracy by {in_words(m.published_epochs)}."


def _map(leads: Leads) -> Drawing:
    sizes = sorted({n for _, n in leads})
    letters = ", ".join(f"{letter} {TITLES[name]}" for name, letter in _LETTERS.items())

    def paint(figure: Any, width: float) -> None:
        rows = -(-len(sizes) // 2)
        figure.set_size_inches(width, rows * width * 0.46 + (0.7 if width > 5 else 1.1))
        grid = figure.subplots(rows, 2, squeeze=False)
        for n, ax in zip(sizes, grid.flat, strict=False):
            cells = {pair: lead for (pair, at), lead in leads.items() if at == n}
            _triangle(ax, cells, 8.5 if width > 5 else 6)
            ax.set_title(f"n = {n:,}")
        for ax in list(grid.flat)[len(sizes) :]:
            ax.set_visible(False)
        figure.legend(
            handles=_keys(), loc="outside upper left", ncols=2 if width > 5 else 1, title=letters,
            title_fontsize=8.5 if width > 5 else 7, alignment="left",
        )  # fmt: skip

    counts = "; ".join(
        f"n = {n:,}: a net surely on {count(leads, n, net=True)}, a linear model surely on "
        f"{count(leads, n, net=False)}"
        for n in sizes
    )
    caption = (
        f"The most accurate of the four for each pair of digits: {letters}. Full colour, bold letter: surely "
        "ahead of both models of the other sort, by paired differences over draws; of all such cells 5 % are "
        "expected to be wrong at most. Pale: ahead in the mean only. A linear model's cell has a frame."
    )
    return draw("map", "Who leads on which digits, by training images", caption, counts, paint)


def _triangle(ax: Any, cells: Mapping[tuple[int, int], Lead], size: float) -> None:
    """One cell a pair, the smaller digit across and the larger one down; ``size`` of the letters."""
    from matplotlib.patches import Rectangle

    for (a, b), lead in cells.items():
        ax.add_patch(Rectangle((a - 0.45, b - 0.45), 0.9, 0.9, **_shade(lead.net, lead.surely)))
        ax.text(
            a, b, _LETTERS[lead.leader], ha="center", va="center", fontsize=size,
            color=colour("paper" if lead.surely else "ink"), fontweight="bold" if lead.surely else "normal",
        )  # fmt: skip
    ax.set(xlim=(-0.5, 8.5), ylim=(9.5, 0.5), xticks=range(9), yticks=range(1, 10), aspect="equal")
    ax.grid(False)
    for side in ax.spines.values():
        side.set_visible(False)
    ax.tick_params(length=0, labelsize=size)


def _shade(net: bool, surely: bool) -> dict[str, Any]:
    """How a cell is filled, and the frame that tells a linear model's from a net's without any colour."""
    shade = colour("blue" if net else "vermilion"), 1.0 if surely else _PALE
    return {"facecolor": shade, "edgecolor": "none" if net else colour("ink"), "linewidth": 0 if net else 1}


def _keys() -> list[Any]:
    from matplotlib.patches import Patch

    return [
        Patch(**_shade(net, surely), label=f"a {sort} is ahead {'surely' if surely else 'in the mean'}")
        for net, sort in ((True, "net"), (False, "linear model"))
        for surely in (True, False)
    ]


def _means(m: Measured) -> Drawing:
    each = {(net, linear): averaged(m.pairs, net, linear) for linear in (LOGISTIC, LEEKASSO) for net in NETS}

    def paint(figure: Any, width: float) -> None:
        axes = beside(figure, width, 2.9, 4.8, sharex=True, sharey=True)
        for ax, linear in zip(axes, (LOGISTIC, LEEKASSO), strict=True):
            for net in NETS:
                _line(ax, each[net, linear], net)
            ax.axhline(0, color=colour("soft"), linewidth=0.9)
            ax.set_title(f"minus {TITLES[linear]}")
            _sizes(ax, sorted({n for gaps in each.values() for n in gaps}), width)
        axes[0].set_ylabel("difference of accuracies")
        for ax in axes if width > 5 else axes[-1:]:
            ax.set_xlabel("training images")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=2)

    caption = (
        "Accuracy of a net minus that of a linear model, mean over all pairs of digits, with its interval "
        "over draws (95 % for all n at once). Above 0 the net wins."
    )
    described = "; ".join(
        f"{TITLES[net]} minus {TITLES[linear]}: "
        + ", ".join(f"{in_words(g)} at n = {n}" for n, g in gaps.items())
        for (net, linear), gaps in each.items()
    )
    return draw("means", "Where nets start to win, on average", caption, described, paint)


def _three(m: Measured) -> Drawing:
    panels = {"4 against 9": m.depth, "more columns than rows": m.wide, "plain table": m.plain}
    shown = {title: arena for title, arena in panels.items() if arena.scores}

    def paint(figure: Any, width: float) -> None:
        figure.set_size_inches(width, 3.0 if width > 5 else 2.4 * len(shown) + 0.6)
        grid = (1, len(shown)) if width > 5 else (len(shown), 1)
        axes = np.atleast_1d(figure.subplots(*grid))
        for ax, (title, arena) in zip(axes.flat, shown.items(), strict=True):
            for name in TITLES:
                known = {n: arena.mean(name, n) for n in arena.sizes if name in arena.at(n)}
                if known:
                    _line(ax, known, name)
            ax.set_title(title)
            _sizes(ax, arena.sizes, width)
            ax.set_xlabel("training rows")
        axes.flat[0].set_ylabel("accuracy")
        figure.legend(
            *axes.flat[0].get_legend_handles_labels(), loc="outside upper left", ncols=4 if width > 5 else 2
        )

    caption = (
        "Mean accuracy over draws with its 95 % interval. On tables the ten features are the ten best "
        "columns (all of the plain one's) and there is no CNN; columns are standardised by the training rows."
    )
    described = "; ".join(f"{title}: {arena.at_most()}" for title, arena in shown.items())
    return draw("three", "Accuracy by number of training rows", caption, described, paint)


def _line(ax: Any, each: Mapping[int, Interval], name: str) -> None:
    place = list(TITLES).index(name)
    shade, marker, dashes = MARKS[place]
    # Side by side, so that no interval hides another.
    at = np.array(list(each)) * 1.03 ** (place - 1.5)
    style = {"marker": marker, "linestyle": dashes, "label": TITLES[name]}
    intervals(ax, at, each.values(), shade, **style)


def _sizes(ax: Any, sizes: Sequence[int], width: float) -> None:
    ax.set_xscale("log")
    shown = sizes if len(sizes) <= 5 else [n for n in sizes if str(n).strip("0") in ("1", "3")]
    ax.set_xticks(shown)
    ax.xaxis.set_major_formatter(lambda v, _: f"{v:,.0f}")
    ax.minorticks_off()


def _numbers(m: Measured) -> Table:
    columns = (
        ("Digits", False, ""), ("n", True, "training images"),
        *((TITLES[name], True, "mean accuracy") for name in TITLES),
        ("Leader", False, "surely: ahead of both models of the other sort"),
        ("Against", False, "the model of the other sort that it is least surely ahead of"),
        ("Difference", True, "with its interval, corrected for the number of pairs and sizes"),
    )  # fmt: skip
    rows = []
    for ((a, b), n), lead in sorted(m.leads.items(), key=lambda item: (item[0][1], item[0][0])):
        arena = m.pairs[a, b]
        means = {name: arena.mean(name, n).value for name in arena.at(n)}
        rows.append([
            Cell(f"{a} v {b}"), Cell(f"{n:,}", n),
            *(Cell(f"{means[k]:.3f}", means[k]) if k in means else Cell("") for k in TITLES),
            Cell(f"{TITLES[lead.leader]}{', surely' if lead.surely else ''}"),
            Cell(TITLES[lead.rival]),
            Cell(in_words(lead.gap), lead.gap.value),
        ])  # fmt: skip
    return Table("Every pair of digits and n", columns, rows)
