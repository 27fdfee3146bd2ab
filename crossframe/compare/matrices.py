"""Agreement between every two linear contestants, as a matrix."""

from __future__ import annotations

from typing import Any

from crossframe.core import text
from crossframe.core.text import finite, percent
from crossframe.experiment.view import View
from crossframe.report.style import WIDE, Drawing, colour, drawing, finish, label

_DIGITS_FULL = 16.0


def _cell(axes: Any, x: int, y: int, share: float, text: str, hue: str) -> None:
    from matplotlib.patches import Rectangle

    strength = 0.06 + 0.9 * min(max(share, 0.0), 1.0)
    axes.add_patch(
        Rectangle((x - 0.47, y - 0.47), 0.94, 0.94, color=colour(hue), alpha=strength, linewidth=0)
    )
    ink = colour("paper") if strength > 0.6 else colour("ink")
    axes.text(x, y, text, ha="center", va="center", color=ink, fontsize=7.5)


def agreement(view: View) -> Drawing | None:
    """Digits of agreement (below the diagonal) and rows labelled alike (above) at the largest n."""
    from matplotlib.figure import Figure

    n = view.sizes[-1]
    names = [m for m, c in view.contestants.items() if c["family"] in ("leekasso", "logistic", "linear")]
    names = [m for m in names if any(view.pair(m, other, n) for other in names)]
    if len(names) < 3:
        return None
    title = f"Agreement of the linear contestants at n = {n}"
    best: tuple[float, str] = (-1.0, "")
    with drawing("agreement"):
        side = len(names)
        labels = [label(name, WIDE, 30) for name in names]
        figure = Figure(figsize=(WIDE, 0.39 * side + 1.9), layout="constrained")
        axes = figure.subplots()
        for i, low in enumerate(names):
            for j, high in enumerate(names[:i]):
                pair = view.pair(low, high, n)
                if pair is None:
                    continue
                digits, alike = finite(pair["digits"]), finite(pair["alike"])
                if digits is not None:
                    _cell(
                        axes,
                        j,
                        i,
                        digits / _DIGITS_FULL,
                        text.digits(digits).replace("identical", "="),
                        "blue",
                    )
                    best = max(best, (digits, f"{view.title(low)} and {view.title(high)}"))
                if alike is not None and view.classes:
                    _cell(axes, i, j, (alike - 0.8) / 0.2, percent(alike).removesuffix(" %"), "green")
        axes.set_xlim(-0.5, side - 0.5)
        axes.set_ylim(side - 0.5, -0.5)
        axes.set_xticks(range(side), labels, rotation=40, ha="right", rotation_mode="anchor", fontsize=7.5)
        axes.set_yticks(range(side), labels, fontsize=7.5)
        axes.tick_params(length=0)
        axes.grid(False)
        for spine in axes.spines.values():
            spine.set_visible(False)
        both = "% of scored rows labelled alike (above)  /  digits of agreement (below)"
        axes.set_title(both if view.classes else "digits of agreement", fontsize=8.5)
        description = (
            f"Matrix of {side} linear contestants at n = {n}. The closest scores: {best[1]}, "
            f"{text.agreement(best[0])}."
            if best[1]
            else f"Matrix of {side} linear contestants at n = {n}."
        )
        svg = finish(figure, "agreement", title, description)
    caption = (
        "Above the diagonal: per cent of the scored rows that both label alike, mean over the draws. Below: "
        "digits on which the scores agree, median over the draws. Stronger colour, closer agreement."
        if view.classes
        else "Digits on which the predictions agree, median over the draws. Stronger colour: closer."
    )
    return Drawing("agreement", title, caption, description, svg)
