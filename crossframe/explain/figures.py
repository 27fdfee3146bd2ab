"""Figures of an explanation: shares of the gap, the gap after each switch, and interactions.

Each function gives a `Drawing` for a page and a phone, light and dark. ``name`` is the file's name
and the prefix of the figure's ids: another one for every figure of a document.
"""

from __future__ import annotations

import math
import textwrap
from typing import Any

from crossframe.explain.attribution.closing import Closing
from crossframe.explain.attribution.record import Attribution, Share, Standing
from crossframe.report.style import WIDE, Drawing, colour, draw
from crossframe.settings.vocabulary import titled

MOST = 12
"""Settings that a figure shows; the others are in the table."""

_VISIBLE = 0.001
"""Share of the gap that a cause has to have for its interactions to be drawn."""

_TITLE = 44
"""Characters of a title that fit beside a row of bars."""

_NARROW = 18
"""Characters of a line of it on a phone."""

_ROW = 0.36
"""Inches of a row of bars."""


def per_cent(share: float | None) -> str:
    """A share of a gap to a tenth of a per cent; a share just below 1 is not written as 100 %."""
    if share is None or not math.isfinite(share):
        return "–"
    if abs(share) < 1e-12:
        return "0"
    if abs(share) < 5e-4:
        return "< 0.1 %" if share > 0 else "> −0.1 %"
    return "> 99.9 %" if 0.9995 <= share < 1 else f"{100 * share:.1f} %".replace("-", "−")


def amount(value: float) -> str:
    """A part of a gap in the gap's units, to three figures, with its sign."""
    return f"{value:+.3g}".replace("-", "−") if value else "0"


def shares(attribution: Attribution, *, towards: str = "", name: str = "shares") -> Drawing | None:
    """Bars of the Shapley shares with their intervals, and marks for switched first and last.

    In per cent of the gap; in its units where the gap is too near to 0 to divide by. None without shares.

    Parameters
    ----------
    towards
        Which side was switched towards which, for the caption.
    """
    live = [s for s in attribution.shares if s.standing is not Standing.INERT][:MOST]
    if not live:
        return None
    # Where the whole gap is too noisy, an amount has an interval and its share in per cent has none.
    known = all(s.fraction is not None and bool(s.fraction_interval) >= bool(s.interval) for s in live)
    intervals = any(s.interval is not None for s in live)

    def paint(figure: Any, width: float) -> None:
        figure.set_size_inches(width, 1.15 + (_ROW if width == WIDE else 1.2 * _ROW) * len(live))
        axes = figure.subplots()
        for y, share in enumerate(live):
            _share(axes, y, share, known)
        axes.axvline(0, color=colour("soft"), linewidth=1)
        _rows(axes, [s.setting for s in live], width)
        axes.set_xlabel("share of the gap, %" if known else "what switching it closes")
        axes.locator_params(axis="x", nbins=8 if width == WIDE else 4)
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=3, handlelength=1.2, columnspacing=1.1)

    listed = [
        f"{titled(s.setting)} {per_cent(s.fraction) if known else amount(s.amount)}{_within(s, known)}"
        for s in live
    ]
    caption = (
        f"{_opened(towards)}Each bar is the Shapley share of a setting, what switching it "
        "closes on average over all orders of switching; the shares add up to what all switches close. "
        "The circle is what it closes when it is switched first, the diamond when it is switched last: where "
        "they differ much, the setting matters only together with others. "
        + (
            f"Lines are intervals, {attribution.method.get('intervals', '')}; paler bars are not attributed."
            if intervals
            else _without_intervals(attribution)
        )
    )
    return draw(name, "What causes how much", caption, "; ".join(listed) + ".", paint)


def _without_intervals(attribution: Attribution) -> str:
    """Why the shares have no intervals."""
    if attribution.method.get("draws"):
        return "There are no intervals: they need more draws."
    _, _, why = str(attribution.method.get("intervals", "")).partition("none: ")
    return f"There are no intervals: {why or 'both sides are deterministic and all orders were evaluated'}."


def _share(axes: Any, y: int, share: Share, known: bool) -> None:
    """One setting's bar, interval and marks."""
    scale = 100.0 if known else 1.0
    value, first, last, ends = (
        (share.fraction, share.fraction_first, share.fraction_last, share.fraction_interval)
        if known
        else (share.amount, share.first, share.last, share.interval)
    )
    named = share.standing is Standing.CAUSE
    axes.barh(y, scale * (value or 0.0), height=0.56, color=colour("blue"), alpha=0.85 if named else 0.3)
    if ends is not None and all(map(math.isfinite, ends)):
        axes.plot([scale * e for e in ends], [y, y], color=colour("ink"), linewidth=1.2)
    for x, mark, label in ((first, "o", "switched first"), (last, "D", "switched last")):
        if x is not None and math.isfinite(x):
            axes.plot(
                scale * x, y, mark, markersize=5.5, markerfacecolor=colour("paper"),
                markeredgecolor=colour("vermilion"), markeredgewidth=1.4, label=label if y == 0 else None,
            )  # fmt: skip


def _within(share: Share, known: bool) -> str:
    ends = share.fraction_interval if known else share.interval
    if ends is None:
        return ""
    low, high = map(per_cent, ends) if known else map(amount, ends)
    return f" [{low}, {high}]"


def waterfall(
    closing: Closing,
    *,
    signed: bool = False,
    unit: str = "accuracy",
    towards: str = "",
    by: str = "",
    name: str = "closing",
) -> Drawing | None:
    """Digits of agreement after each switch of the closing set, or the gap itself where it is signed.

    None where nothing was switched.

    Parameters
    ----------
    unit
        What a signed gap is a difference of.
    by
        Who computes the gap, where that is not the two frameworks themselves.
    """
    steps = closing.steps[: MOST + 1]
    if len(steps) < 2:
        return None
    at = [s.gap if signed else s.digits for s in steps]
    written = ["–" if math.isnan(v) else amount(v) if signed else f"{v + 0.0:.1f}" for v in at]

    def paint(figure: Any, width: float) -> None:
        figure.set_size_inches(width, 0.85 + (_ROW if width == WIDE else 1.2 * _ROW) * len(steps))
        axes = figure.subplots()
        for y, (value, text) in enumerate(zip(at, written, strict=True)):
            before = at[y - 1] if y and not math.isnan(at[y - 1]) else 0.0
            nearer = abs(value) <= abs(before) if signed else value >= before
            hue = "slate" if y == 0 else "green" if nearer else "vermilion"
            axes.barh(y, value - before, left=before, height=0.56, color=colour(hue), alpha=0.85)
            if y:
                axes.plot([before, before], [y - 1 + 0.28, y - 0.28], color=colour("soft"), linewidth=0.8)
            right = before if math.isnan(value) else max(value, before)
            axes.annotate(text, (right, y), xytext=(4, 0), textcoords="offset points", va="center")
        axes.axvline(0, color=colour("soft"), linewidth=1)
        _rows(axes, [s.setting or "as it is" for s in steps], width)
        _room(axes, at, signed)
        axes.set_xlabel(f"difference of {unit}" if signed else "digits of agreement")

    what = f"The difference of {unit}" if signed else "The digits in which the two agree"
    note = "no smaller set does" if closing.smallest else "none of them can be left out"
    result = (
        f"These switches close the gap{f' as {by} computes it' if by else ''} ({note})."
        if closing.closed
        else "No evaluated set closes the gap; these come nearest."
    )
    caption = f"{_opened(towards)}{what} as it is and after each further switch. {result}"
    names = [titled(s.setting) or "as it is" for s in steps]
    words = "; ".join(map(" ".join, zip(names, written, strict=True)))
    return draw(name, "How the gap closes, switch by switch", caption, words + ".", paint)


def _room(axes: Any, at: list[float], signed: bool) -> None:
    """Set limits that leave room for the numbers to the right of the bars."""
    there = [v for v in at if math.isfinite(v)]
    if not signed:
        axes.set_xlim(0, max(16.0, *there) * 1.06)
        return
    low, high = min(0.0, *there), max(0.0, *there)
    axes.set_xlim(low - 0.05 * (high - low), high + 0.2 * (high - low))


def heat_map(attribution: Attribution, *, towards: str = "", name: str = "interactions") -> Drawing | None:
    """The lattice's interactions, pair by pair, with the shares on the diagonal.

    The Shapley interaction index in per cent of the gap: positive where switching both closes more
    than the two close each by itself. None with fewer than two causes that are worth a look, or where
    orders were sampled.
    """
    named = [s for s in attribution.shares if s.standing is not Standing.INERT][:8]
    total = attribution.before
    weighty = [s for s in attribution.causes if abs(s.fraction or 0.0) >= _VISIBLE]
    if len(weighty) < 2 or not attribution.interactions or not total:
        return None
    index = {frozenset(p.settings): p for p in attribution.interactions}
    names = [s.setting for s in named]

    def paint(figure: Any, width: float) -> None:
        wide = width == WIDE
        figure.set_size_inches(width, (0.42 if wide else 0.5) * len(names) + (1.0 if wide else 1.35))
        axes = figure.subplots()
        for i, share in enumerate(named):
            _cell(axes, i, i, share.fraction or 0.0, per_cent(share.fraction), "slate", bold=True, wide=wide)
            for j in range(i):
                pair = index[frozenset((names[i], names[j]))]
                part = pair.index / total
                hue = "blue" if part > 0 else "vermilion"
                _cell(axes, j, i, part, per_cent(part), hue, bold=pair.notable, wide=wide)
        axes.set(xlim=(-0.5, len(names) - 0.5), ylim=(len(names) - 0.5, -0.5))
        axes.set_xticks(
            range(len(names)), names, rotation=35 if wide else 60, ha="right", rotation_mode="anchor",
            fontsize=8 if wide else 7,
        )  # fmt: skip
        axes.set_yticks(range(len(names)), [_broken(n, wide) for n in names], fontsize=8 if wide else 7)
        axes.tick_params(length=0, labelcolor=colour("ink"))
        axes.grid(False)
        for spine in axes.spines.values():
            spine.set_visible(False)

    pairs = [p for p in attribution.interactions if p.notable and {*p.settings} <= {*names}]
    words = "; ".join(f"{' and '.join(map(titled, p.settings))} {per_cent(p.index / total)}" for p in pairs)
    caption = (
        f"{_opened(towards)}On the diagonal the shares, below it the Shapley interaction "
        "index of each pair, in per cent of the gap. Positive (blue): switching both closes more than the "
        "two close separately. Negative (orange): they close partly the same. Bold: notable, more than "
        "half of the smaller of the two shares"
        + (" and not within its noise." if attribution.method.get("draws") else ".")
    )
    return draw(
        name, "Which settings work together", caption,
        f"Notable interactions: {words}." if words else "No interaction is notable.", paint,
    )  # fmt: skip


def _cell(axes: Any, x: int, y: int, part: float, text: str, hue: str, *, bold: bool, wide: bool) -> None:
    """A coloured square with its number, pale enough for text in both colour schemes."""
    from matplotlib.patches import Rectangle

    strength = 0.05 + 0.4 * min(abs(part), 1.0)
    axes.add_patch(
        Rectangle((x - 0.47, y - 0.47), 0.94, 0.94, color=colour(hue), alpha=strength, linewidth=0)
    )
    axes.text(
        x, y, text if wide else text.removesuffix(" %"), ha="center", va="center", color=colour("ink"),
        fontsize=8 if wide else 7, fontweight="bold" if bold else "normal",
    )  # fmt: skip


def _opened(towards: str) -> str:
    return f"{towards}. " if towards else ""


def _rows(axes: Any, names: list[str], width: float) -> None:
    """One row per setting, the first on top."""
    wide = width == WIDE
    axes.set_yticks(range(len(names)), [_broken(n, wide) for n in names], fontsize=8.5 if wide else 7.5)
    axes.tick_params(axis="y", labelcolor=colour("ink"))
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="y", visible=False)
    axes.grid(axis="x", visible=True)


def _broken(setting: str, wide: bool) -> str:
    """A setting's title above its name; on a phone the title alone, on several lines if need be."""
    title = titled(setting, key=False)
    if wide:
        return setting if title == setting or len(title) > _TITLE else f"{title}\n{setting}"
    return textwrap.fill(title, _NARROW)
