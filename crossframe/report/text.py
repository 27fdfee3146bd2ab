"""How numbers are written in every rendering."""

from __future__ import annotations

import math
from typing import Any

from crossframe.report.view import Row, finite

MISSING = "–"


def fixed(value: Any, places: int = 3) -> str:
    """``value`` to a number of decimal places, or a dash."""
    number = finite(value)
    return MISSING if number is None else f"{round(number, places) + 0.0:.{places}f}"


def interval(low: Any, high: Any, places: int = 3) -> str:
    """``[low, high]``, or nothing where an end is missing."""
    if finite(low) is None or finite(high) is None:
        return ""
    return f"[{fixed(low, places)}, {fixed(high, places)}]"


def signed(value: Any, places: int = 3) -> str:
    """``value`` with its sign; a rounded zero has none."""
    number = finite(value)
    if number is None:
        return MISSING
    return f"{number:+.{places}f}".replace("-", "−") if round(number, places) else f"{0:.{places}f}"


def signed_interval(low: Any, high: Any, places: int = 3) -> str:
    """``[low, high]`` of a difference."""
    if finite(low) is None or finite(high) is None:
        return ""
    return f"[{signed(low, places)}, {signed(high, places)}]"


def spread(low: Any, high: Any, places: int = 3) -> str:
    """``low–high``, or a dash."""
    if finite(low) is None or finite(high) is None:
        return MISSING
    return f"{fixed(low, places)}–{fixed(high, places)}"


def whole(value: Any) -> str:
    """A count, with thin spaces between thousands; medians of counts may end in a half."""
    number = finite(value)
    if number is None:
        return MISSING
    text = f"{number:,.0f}" if number == round(number) else f"{number:,.3g}"
    return text.replace(",", " ")


def percent(value: Any) -> str:
    """A share in per cent; a share below one is never written as 100."""
    number = finite(value)
    if number is None:
        return MISSING
    return f"{math.floor(number * 1000) / 10:.1f} %" if number < 1 else "100 %"


def small(value: Any) -> str:
    """A positive quantity of any magnitude, to two figures."""
    number = finite(value)
    return MISSING if number is None else f"{number:.2g}"


def probability(value: Any) -> str:
    """A p value."""
    number = finite(value)
    if number is None:
        return MISSING
    return "< 0.001" if number < 0.001 else f"{number:.3f}"


def epochs(row: Row) -> str:
    """Epochs run of those asked for."""
    run, asked = finite(row.get("epochs")), finite(row.get("epochs_asked"))
    if run is None:
        return MISSING
    return f"{run:.3g} / {asked:g}" if asked is not None else f"{run:.3g}"


def accuracy(row: Row) -> str:
    """Mean accuracy with its 95 % interval."""
    ends = interval(row["accuracy_low"], row["accuracy_high"])
    return f"{fixed(row['accuracy_mean'])} {ends}".strip()


def plural(count: int, noun: str) -> str:
    """``1 fit``, ``2 fits``."""
    return f"{whole(count)} {noun}{'' if count == 1 else 's'}"
