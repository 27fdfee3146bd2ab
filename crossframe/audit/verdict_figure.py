"""The forest plot of the verdicts: every suspicion's effect with its interval, smallest and largest n."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crossframe.audit.effects import SwitchEffect, deciding
from crossframe.claims.setting_effect import SettingEffect
from crossframe.core.text import finite
from crossframe.report.style import WIDE, Drawing, colour, draw

if TYPE_CHECKING:
    from crossframe.audit.verdicts import CheckedSuspicion, Verdicts

_SERIES = (("blue", "o", -0.16), ("vermilion", "s", 0.16))
"""(colour, mark, shift) of the smallest and of the largest n."""


def forest(verdicts: Verdicts) -> Drawing | None:
    """One row per suspicion that was checked; None when none was."""
    sizes = list(verdicts.run["sizes"])
    ends = sizes[:1] if len(sizes) == 1 else [sizes[0], sizes[-1]]
    rows = [f for f in verdicts.suspicions if f.verdict is not SettingEffect.NOT_CHECKED]
    if not rows:
        return None

    def paint(figure: Any, width: float) -> None:
        wide = width == WIDE
        figure.set_size_inches(width, 1.2 + (0.46 if wide else 0.62) * len(rows))
        axes = figure.subplots()
        axes.axvline(0, color=colour("soft"), linewidth=1)
        for n, (hue, mark, shift) in zip(ends, _SERIES, strict=False):
            points = [(y + shift, e) for y, f in enumerate(rows) for e in _at(f, n)]
            for y, e in points:
                low, high = finite(e.low), finite(e.high)
                if low is not None and high is not None:
                    axes.plot([low, high], [y, y], color=colour(hue), linewidth=1.4)
            axes.plot(
                [e.effect for _, e in points],
                [y for y, _ in points],
                marker=mark,
                color=colour(hue),
                linestyle="none",
                label=f"n = {n}",
            )
        labels = [_label(f, wide) for f in rows]
        axes.set_yticks(range(len(rows)), labels, fontsize=8.5 if wide else 7.5)
        axes.tick_params(axis="y", labelcolor=colour("ink"))
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.grid(True, axis="x")
        axes.grid(False, axis="y")
        axes.locator_params(axis="x", nbins=7 if wide else 4)
        axes.xaxis.set_major_formatter(lambda x, _: f"{x:+.2f}".replace("-", "−") if round(x, 9) else "0")
        axes.set_xlabel(
            "accuracy with the change minus accuracy as published" if wide else "change of accuracy"
        )
        handles, names = axes.get_legend_handles_labels()
        figure.legend(handles, names, loc="outside upper left", ncols=2)

    words = "; ".join(
        f"{f.suspicion.title}: " + ", ".join(f"{e.words()} at n = {n}" for n in ends for e in _at(f, n))
        for f in rows
    )
    caption = (
        "Marks right of the line: the model is better without the suspected setting. Lines are "
        f"{100 * float(verdicts.run['level']):g} % intervals over training samples (together over all sizes "
        "of a row); one that crosses 0 proves nothing either way. A mark at 0 without a line: the same "
        "predictions to the last bit, or no sample that showed a difference."
    )
    return draw("suspicions", "What each suspected setting costs", caption, f"{words}.", paint)


def _at(checked: CheckedSuspicion, n: int) -> list[SwitchEffect]:
    return [
        e
        for e in deciding(checked.effects, checked.verdict)
        if e.n == n and e.draws > 0 and finite(e.effect) is not None
    ]


def _label(checked: CheckedSuspicion, wide: bool) -> str:
    title = checked.suspicion.title
    if not wide:
        return title.replace(" in ", "\nin ").replace(" on ", "\non ").replace(" at ", "\nat ")
    basis = deciding(checked.effects, checked.verdict)
    return f"{title}\n{basis[0].switch if basis else checked.suspicion.decisive.change}"
