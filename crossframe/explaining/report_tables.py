"""The tables of an explanation's report."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from crossframe.attribution.record import Share
from crossframe.auditing.tables import shown
from crossframe.explaining import figures
from crossframe.explaining.diagnoses import Diagnosis
from crossframe.explaining.explanation import Explanation
from crossframe.explaining.linear import Direction
from crossframe.report.tables import Cell, Table
from crossframe.report.text import whole

OWN_RULE = "its own rule"
"""Value of a solver that is not run to its end."""

_SHORT = 24
"""Characters of a side's name that fit the head of a column."""


def other_side(d: Direction, found: Explanation) -> str:
    """The side that ``d`` goes to."""
    return found.right if d is found.from_left else found.left


def towards(d: Direction, found: Explanation) -> str:
    """A direction in words."""
    return f"{d.side} switched towards {other_side(d, found)}"


def causes(d: Direction, found: Explanation) -> tuple[Table, ...]:
    """Shares of one direction; none where nothing was switched."""
    columns = (
        ("setting", False, ""),
        *((name, False, "its value on this side") for name in _named(found)),
        ("share", True, "Shapley share of the gap"),
        ("first in", True, "what switching it alone closes"),
        ("last in", True, "what is left of the gap when it alone is not switched"),
        ("", False, ""),
    )
    rows = [
        [
            Cell(s.setting),
            *map(Cell, _values(s)),
            *(Cell(figures.per_cent(v), v) for v in (s.fraction, s.fraction_first, s.fraction_last)),
            Cell("" if s.standing.name == "CAUSE" else str(s.standing), mark="weak"),
        ]
        for s in d.attribution.shares
    ]
    return (Table(f"shares of the difference, {towards(d, found)}", columns, rows),) if rows else ()


def _named(found: Explanation) -> tuple[str, str]:
    """The sides as headings of columns."""
    both = (found.left, found.right)
    return both if max(map(len, both)) <= _SHORT and len(set(both)) == 2 else ("left", "right")


def _values(share: Share) -> tuple[str, str]:
    """A setting's value on the left and the right side; of a solver run to its end, on its own side."""
    values = str(share.left), str(share.right)
    for label, other in (("(left)", 0), ("(right)", 1)):
        if share.setting.endswith(label):
            rule, end = values if values[0] == OWN_RULE else values[::-1]
            told = f"{rule}, then {end}"
            return (told, "") if other == 0 else ("", told)
    return shown(share.left), shown(share.right)


def steps(d: Direction, found: Explanation) -> Table:
    """The gap after each switch of the closing set."""
    columns = (
        ("switched", False, ""),
        ("gap left", True, str(found.data["measure"])),
        ("digits", True, ""),
    )
    rows = [
        [Cell(s.setting or "nothing"), Cell(f"{s.gap:.3g}", s.gap), Cell(f"{s.digits + 0.0:.1f}", s.digits)]
        for s in d.closing.steps
    ]
    ending = "closed" if d.closing.closed else "not closed"
    return Table(f"{towards(d, found)}, one switch after the other: {ending}", columns, rows)


def diagnoses(found: Explanation) -> tuple[Table, ...]:
    """Findings, whom they are about first."""
    columns = (("about", False, ""), ("finding", False, ""))
    rows = [[Cell(f"{d.kind}, {_side(d, found)}"), Cell(d.words)] for d in found.diagnoses]
    return (Table("before anything was switched", columns, rows),) if rows else ()


def _side(d: Diagnosis, found: Explanation) -> str:
    return {"left": found.left, "right": found.right}.get(d.side, d.side)


def certificate(d: Diagnosis, found: Explanation) -> Table:
    """The numbers that a finding can be checked by, one a row."""
    columns = (("quantity", False, ""), ("value", False, ""))
    rows = [
        [Cell(name), Cell(value)]
        for key, told in d.certificate.items()
        for name, value in _flat(key.replace("_", " "), told)
    ]
    return Table(f"certificate: {d.kind}, {_side(d, found)}", columns, rows)


def _flat(name: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, Mapping):
        return [(f"{name}: {key}", _number(inner)) for key, inner in value.items()]
    if isinstance(value, (list, tuple)):
        return [(name, ", ".join(map(_number, value)))]
    return [(name, _number(value))]


def _number(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "not checked"}[value]
    if isinstance(value, float):
        return f"{value:.6g}" if math.isfinite(value) else "none"
    return str(value)


def data(found: Explanation) -> Table:
    """What the two were fitted on, and what the explanation took."""
    about = found.data
    rows = [
        ("data", str(about["name"])),
        *([("sample", str(about["sample"]))] if "sample" in about else []),
        ("rows trained on, scored", f"{whole(about['rows'])}, {whole(about['scored'])}"),
        ("features", whole(about["features"])),
        ("target", f"classes {', '.join(map(str, about['classes']))}" if about["classes"] else "numbers"),
        ("fingerprint", f"SHA-256 {about['fingerprint']}"),
        *((f"seconds, {name.replace('_', ' ')}", f"{value:.3g}") for name, value in found.time.items()),
        *((f"peak memory, {name}", f"{value / 2**20:.0f} MiB") for name, value in found.memory.items()),
    ]
    columns = (("what", False, ""), ("value", False, ""))
    return Table(
        "what was fitted, and what the explanation took",
        columns,
        [[Cell(name), Cell(value)] for name, value in rows],
    )
