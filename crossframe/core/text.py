"""Formatting of numbers and messages, the same in every rendering.

A number may be None, NaN, infinite or pandas' ``NA``; it is then written as a dash, and an interval
with such an end as nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

MISSING = "–"

_CONTROL = re.compile(
    r"\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What a terminal acts on in place of showing it, orders of writing, and halves of characters."""

_ENUMERATION = re.compile(r"((?:[^\s,]+, ){3})(?:[^\s,]+, ){3,}[^\s,]+")


def finite(value: Any) -> float | None:
    """``value`` as a float, or None where it is missing, NaN or infinite."""
    try:
        number = float(value)
    except TypeError:  # None and pandas' NA
        return None
    return number if math.isfinite(number) else None


def visible(text: str) -> str:
    r"""``text`` with control characters as escapes: ``\x1b[2J``. Line ends and tabs stay what they are.

    Names of files and columns are other people's text, and a terminal would carry out what is in them.
    """
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def as_name(text: str) -> str:
    """``text`` as the name of a run and of its folder: without separators of paths or control characters."""
    return "".join(c if c.isprintable() and c not in "/\\" else "_" for c in text)[:100].lstrip(".")


def condense(message: str) -> str:
    """A message on one line, enumerations of more than six items cut after the third.

    H2O names every constant column, in another selection for every draw.
    """
    return re.sub(r"… and \d+ more", "…", _ENUMERATION.sub(r"\1…", " ".join(message.split())))


def duration(seconds: float) -> str:
    """A time as a rough number of seconds, minutes, hours or days."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.0f} h" if seconds < 172_800 else f"{seconds / 86_400:.0f} days"


def sentence(words: str) -> str:
    """``words`` with a capital at the beginning and one full stop at the end."""
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def setting(value: Any) -> str:
    """A setting's value as a user types it: ``0.001``, ``128, 128``, ``True``."""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(setting, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def fixed(value: Any, places: int = 3) -> str:
    """``value`` to a number of decimal places, or a dash."""
    number = finite(value)
    return MISSING if number is None else f"{round(number, places) + 0.0:.{places}f}"


def interval(low: Any, high: Any, places: int = 3, write: Callable[[Any, int], str] = fixed) -> str:
    """``[low, high]``, each end by ``write``; nothing where an end is missing."""
    if finite(low) is None or finite(high) is None:
        return ""
    return f"[{write(low, places)}, {write(high, places)}]"


def signed(value: Any, places: int = 3) -> str:
    """``value`` with its sign; a rounded zero has none."""
    number = finite(value)
    if number is None:
        return MISSING
    return f"{number:+.{places}f}".replace("-", "−") if round(number, places) else f"{0:.{places}f}"


def signed_interval(low: Any, high: Any, places: int = 3) -> str:
    """``[low, high]`` with signs, as for a difference; nothing where an end is missing."""
    return interval(low, high, places, signed)


def spread(low: Any, high: Any, places: int = 3) -> str:
    """``low–high``, ``low to high`` where the low end is negative, or a dash where an end is missing."""
    if finite(low) is None or finite(high) is None:
        return MISSING
    return f"{fixed(low, places)}{'–' if float(low) >= 0 else ' to '}{fixed(high, places)}"


def whole(value: Any) -> str:
    """A count, with spaces between thousands; medians of counts may end in a half."""
    number = finite(value)
    if number is None:
        return MISSING
    if number == round(number):
        text = f"{number:,.0f}"
    else:
        # Three figures of a larger number would have an exponent.
        text = f"{number:.3g}" if abs(number) < 999.5 else f"{number:,.1f}"
    return text.replace(",", " ")


def digits(value: Any) -> str:
    """Digits in which scores agree, to one place; ``identical`` for the same bits, a dash where missing."""
    from crossframe.core.statistics import MAX_DIGITS

    number = finite(value)
    return "identical" if number is not None and number >= MAX_DIGITS else fixed(value, 1)


def agreement(value: Any) -> str:
    """`digits` as a phrase: ``9.4 digits of agreement``, ``identical to the last bit``."""
    written = digits(value)
    return "identical to the last bit" if written == "identical" else f"{written} digits of agreement"


def percent(value: Any) -> str:
    """A share in per cent to the nearest tenth; only none is written as 0, and only a whole as 100."""
    number = finite(value)
    if number is None:
        return MISSING
    if 0 < number < 5e-4:
        return "< 0.1 %"
    if 0.9995 <= number < 1:
        return "> 99.9 %"
    return "100 %" if number == 1 else f"{100 * number:.1f} %"


def small(value: Any) -> str:
    """A positive quantity of any magnitude, to two figures."""
    number = finite(value)
    return MISSING if number is None else f"{number:.2g}"


def quantity(value: Any, figures: int = 4) -> str:
    """A quantity of any unit to a number of figures; of a large one the whole part in full."""
    number = finite(value)
    if number is None:
        return MISSING
    if abs(number) >= 10 ** (figures - 1):
        return f"{number:,.0f}".replace(",", " ")
    return f"{number:#.{figures}g}"


def probability(value: Any) -> str:
    """A p value to three places, ``< 0.001`` below that; a dash where it is missing."""
    number = finite(value)
    if number is None:
        return MISSING
    return "< 0.001" if number < 0.001 else f"{number:.3f}"


def epochs(row: Mapping[str, Any]) -> str:
    """``run / requested`` epochs, of a summary with ``epochs`` and ``epochs_asked``."""
    run, asked = finite(row.get("epochs")), finite(row.get("epochs_asked"))
    if run is None:
        return MISSING
    return whole(run) if asked is None else f"{whole(run)} / {whole(asked)}"


def accuracy(row: Mapping[str, Any], key: str = "accuracy") -> str:
    """Mean accuracy with its 95 % interval, of a summary with ``accuracy_mean``, ``_low`` and ``_high``.

    ``key`` is another metric of which it has these.
    """
    ends = interval(row[f"{key}_low"], row[f"{key}_high"])
    return f"{fixed(row[f'{key}_mean'])} {ends}".strip()


def plural(count: int, noun: str) -> str:
    """A count with its noun, which gets an s unless the count is 1: ``1 fit``, ``2 fits``."""
    return f"{whole(count)} {noun}{'' if count == 1 else 's'}"
