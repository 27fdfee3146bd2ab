"""Figures of training: accuracy on training against scored rows, and updates done against requested."""

from __future__ import annotations

from typing import Any

from crossframe.compare.curves import below, framework_legend, lower_end, row_labels
from crossframe.core.text import fixed, whole
from crossframe.experiment.view import View
from crossframe.report.style import WIDE, Drawing, colour, draw, framework_colour, row_height


def fitting(view: View) -> Drawing | None:
    """Accuracy or R² on the training and on the scored rows at the smallest n, one row per contestant."""
    n, metric = view.sizes[0], view.metric
    rows = [
        (name, train, test)
        for name in view.contestants
        if (train := view.value(name, n, f"train_{metric.key}_mean")) is not None
        and (test := view.value(name, n, f"{metric.key}_mean")) is not None
    ]
    if not rows:
        return None

    def paint(figure: Any, width: float) -> None:
        labels = row_labels(view, [name for name, *_ in rows], width)
        figure.set_size_inches(width, row_height(labels) * len(rows) + 1.3)
        axes = figure.subplots()
        for y, (name, train, test) in enumerate(rows):
            hue = framework_colour(view.contestants[name]["engine"])
            axes.plot([train, test], [y, y], color=hue, linewidth=1.4, alpha=0.6, zorder=2)
            axes.plot(
                [train],
                [y],
                marker="o",
                color=hue,
                markerfacecolor=colour("paper"),
                markersize=6,
                linestyle="none",
                zorder=3,
            )
            axes.plot(
                [test],
                [y],
                marker="o",
                color=hue,
                markersize=6,
                linestyle="none",
                zorder=4,
            )
        axes.set_yticks(range(len(rows)), labels, fontsize=8 if width == WIDE else 7)
        axes.tick_params(axis="y", labelcolor=colour("ink"))
        axes.set_ylim(len(rows) - 0.4, -0.6)
        shown = [value for row in rows for value in row[1:] if value >= lower_end(view)]
        axes.set_xlim(min(0.5, min(shown, default=0.5) - 0.02), 1.01)
        axes.grid(True, axis="x")
        axes.set_xlabel(f"mean {metric.words}")
        handles = [
            axes.plot(
                [], [], marker="o", color=colour("ink"), markerfacecolor=face, linestyle="none", label=words
            )[0]
            for face, words in ((colour("paper"), "training rows"), (colour("ink"), "scored rows"))
        ]
        figure.legend(handles=handles, loc="outside upper left", ncols=2)
        framework_legend(figure, axes, [view.contestants[name]["engine"] for name, *_ in rows], width)

    worst = min(rows, key=lambda r: r[1])
    description = (
        f"Lowest {metric.words} on its own training rows: {view.title(worst[0])}, {fixed(worst[1])}; "
        f"{fixed(worst[2])} scored."
    )
    caption = (
        f"Hollow: {metric.words} on the training rows. Filled: on the scored rows. The line is the "
        "difference. Neither end shows how far training has come: for that the training loss has to be seen "
        "at several lengths of training."
    )
    if not view.classes:
        caption += below(view, [value for row in rows for value in row[1:]])
    return draw("fitting", f"Training rows against scored rows at n = {n}", caption, description, paint)


def updates(view: View) -> Drawing | None:
    """Gradient updates done against those that the epochs asked for would have taken."""
    rows = []
    for name in view.contestants:
        for n in sorted({view.sizes[0], view.sizes[-1]}):
            done, run, asked = (view.value(name, n, c) for c in ("updates", "epochs", "epochs_asked"))
            if done and run and asked:
                rows.append((name, n, done, done * asked / run))
    if not rows:
        return None

    from matplotlib.ticker import LogLocator

    def paint(figure: Any, width: float) -> None:
        titles = row_labels(view, [name for name, *_ in rows], width)
        labels = [f"{title}, n = {n}" for title, (_, n, *_) in zip(titles, rows, strict=True)]
        figure.set_size_inches(width, row_height(labels) * len(rows) + 1.3)
        axes = figure.subplots()
        for y, (name, _, done, asked) in enumerate(rows):
            short = done < 0.999 * asked
            hue = framework_colour(view.contestants[name]["engine"])
            axes.plot(
                [asked],
                [y],
                marker="o",
                markersize=8,
                markerfacecolor="none",
                color=colour("soft"),
                linestyle="none",
                label="asked for" if y == 0 else None,
            )
            if short:
                axes.plot([done, asked], [y, y], color=hue, linewidth=1, linestyle=(0, (1, 1.5)))
            axes.plot([done], [y], marker="s" if short else "o", markersize=4.5, color=hue, linestyle="none")
        axes.plot(
            [], [], marker="o", markersize=4.5, color=colour("ink"), linestyle="none", label="done, all"
        )
        axes.plot(
            [],
            [],
            marker="s",
            markersize=4.5,
            color=colour("ink"),
            linestyle="none",
            label="done, fewer",
        )
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
        axes.xaxis.set_major_formatter(lambda value, _: whole(value))
        axes.xaxis.set_minor_formatter("")
        axes.set_yticks(range(len(rows)), labels, fontsize=8 if width == WIDE else 7)
        axes.tick_params(axis="y", labelcolor=colour("ink"))
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.grid(True, axis="x")
        axes.set_xlabel("gradient updates (median, logarithmic)")
        handles, names = axes.get_legend_handles_labels()
        figure.legend(handles, names, loc="outside upper left", ncols=3)
        framework_legend(figure, axes, [view.contestants[name]["engine"] for name, *_ in rows], width)

    fewest = min(rows, key=lambda r: r[2] / r[3])
    description = (
        f"Furthest from what was asked: {view.title(fewest[0])} at n = {fewest[1]}, {whole(fewest[2])} "
        f"of {whole(fewest[3])}."
    )
    caption = (
        "Hollow: the updates of the requested epochs, at the contestant's own updates per epoch. "
        "Filled: the updates done."
    )
    return draw("updates", "Updates done against asked", caption, description, paint)
