"""The rows that were left out, from the gradient of the loss at printed coefficients.

The gradient of all rows is the sum of the rows' own gradients. Where the printed numbers are the optimum
without some rows, it equals the sum over these: one row, one row that counts twice, a pair, the beginning or
the end of the file or of a column in sorted order, the rows of a level. Each is checked by a fit without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.spatial import cKDTree

from crossframe.core.text import plural
from crossframe.core.types import FloatArray, IntArray
from crossframe.explain.coefficients.designs import Departure, Design, Source
from crossframe.explain.coefficients.stationary import Local
from crossframe.explain.coefficients.terms import levels, spelled

if TYPE_CHECKING:
    import pandas as pd

MOST = 5
"""Sets of rows that are checked by a fit."""
_PAIRED = 4000
"""Rows up to which pairs are searched."""
_NEAR = 3.0
"""Distance in half units of the last digits up to which a set of rows is checked: its own leverage is not
in the Hessian yet."""
_MATCHES = 2000
"""Pairs above which the printed precision does not tell them."""
_LISTED = 8
_SHARE = 0.9
"""Largest share of the rows that may be left out."""


@dataclass(frozen=True, eq=False)
class Omission:
    """Rows that may have been left out: positions in the design, and why in words."""

    positions: IntArray
    departure: Departure
    twice: bool = False


def omissions(source: Source, local: Local, relax: float) -> Iterator[list[Omission]]:
    """Sets of rows without which the printed numbers are stationary, to first order; the likelier first.

    Each list holds sets of one description. Where the table says how many rows it used, only sets that leave
    so many are given.
    """
    if not local.usable or local.deficient:
        return
    design = local.design
    n = len(design.y)
    wanted = None if source.table.rows is None else n - source.table.rows
    moves = _moves(local, relax)
    target = moves.sum(axis=0)
    for kind in (_levels, _single, _ends, _pairs, _blocks):
        sets = [o for o in kind(source, design, moves, target) if _counts(o, wanted, n)]
        sets.sort(key=lambda o: _distance(o, moves, target))
        if sets:
            yield sets[:MOST]


def _moves(local: Local, relax: float) -> FloatArray:
    """(n, q) what each row's own gradient moves the printed numbers by, in half units of their digits."""
    rows = local.Z * (local.shares * local.at.slope)[:, None]
    moved = rows @ local.inverse(np.zeros(len(local.values)))
    tolerances = local.tolerances(relax)
    compared = [j for j in range(local.first, len(local.values)) if np.isfinite(local.printed.tolerances[j])]
    return np.asarray(moved[:, compared] / tolerances[compared])


def _counts(omission: Omission, wanted: int | None, n: int) -> bool:
    count = len(omission.positions) * (-1 if omission.twice else 1)
    return count <= _SHARE * n and (wanted is None or count == wanted)


def _distance(omission: Omission, moves: FloatArray, target: FloatArray) -> float:
    sign = -1 if omission.twice else 1
    return float(np.abs(target - sign * moves[omission.positions].sum(axis=0)).max())


def _near(rest: FloatArray, left: FloatArray | float = 1.0) -> IntArray:
    """Where what remains of the gradient is within the tolerance; ``left``: share of the rows that remain."""
    return np.flatnonzero(np.abs(rest).max(axis=1) <= _NEAR * left).astype(np.int64)


def words(source: Source, design: Design, positions: IntArray) -> str:
    """Rows by their numbers in the user's file, as its other messages count them."""
    numbers = (np.sort(design.rows[positions]) + source.first_row).tolist()
    if len(numbers) > _LISTED and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"rows {numbers[0]} to {numbers[-1]}"
    listed = [*map(str, numbers[:_LISTED])]
    if len(numbers) > _LISTED:
        return f"rows {', '.join(listed)} and {len(numbers) - _LISTED} more"
    return f"row {listed[0]}" if len(listed) == 1 else f"rows {', '.join(listed[:-1])} and {listed[-1]}"


def _left_out(source: Source, design: Design, positions: IntArray) -> Departure:
    was = "was" if len(positions) == 1 else "were"
    return Departure(
        "rows", f"{words(source, design, positions)} of {source.where} {was} left out", "omitted"
    )


def _single(source: Source, design: Design, moves: FloatArray, target: FloatArray) -> Iterator[Omission]:
    for i in _near(target - moves):
        at = np.array([i])
        yield Omission(at, _left_out(source, design, at))
    for i in _near(target + moves):
        at = np.array([i])
        text = f"{words(source, design, at)} of {source.where} counts twice"
        yield Omission(at, Departure("rows", text, "twice"), twice=True)


def _levels(source: Source, design: Design, moves: FloatArray, target: FloatArray) -> Iterator[Omission]:
    """The rows of one value of a column, or all but these."""
    for name in map(str, source.frame.columns):
        column: pd.Series[Any] = source.frame[name].iloc[design.rows]
        if name == source.target or not 1 < len(levels(column)) <= 30:
            continue
        for value in levels(column):
            mine = (column == value).to_numpy(dtype=bool, na_value=False)
            for mask, how in ((mine, "="), (~mine, "≠"))[: 1 if len(levels(column)) == 2 else 2]:
                at = np.flatnonzero(mask)
                rest = target - moves[at].sum(axis=0)
                if 1 < len(at) < len(mine) and len(_near(rest[None], 1 - len(at) / len(mine))):
                    text = f"the {plural(len(at), 'row')} with {name} {how} {spelled(value)} were left out"
                    yield Omission(at, Departure("rows", text, "omitted"))


def _orders(source: Source, design: Design) -> Iterator[tuple[str, IntArray, FloatArray | None]]:
    """The file's own order, and that of every column of numbers, with its sorted values."""
    yield "", np.arange(len(design.y)), None
    for name in map(str, source.frame.columns):
        column = source.frame[name].iloc[design.rows]
        if column.dtype.kind in "iuf" and not column.isna().any():
            values = column.to_numpy(dtype=np.float64)
            order = np.argsort(values, kind="stable")
            yield name, order, values[order]


def _ends(source: Source, design: Design, moves: FloatArray, target: FloatArray) -> Iterator[Omission]:
    """The first or the last rows of an order; of a column's all rows below or above a value."""
    n = len(design.y)
    for name, order, values in _orders(source, design):
        sums = np.cumsum(moves[order], axis=0)
        cuts = np.arange(1, n) if values is None else np.flatnonzero(np.diff(values) > 0) + 1
        for at_end in (False, True):
            gone = target - sums[cuts - 1] if at_end else sums[cuts - 1]
            left = cuts / n if at_end else 1 - cuts / n
            for k in _near(target - gone, left):
                cut = int(cuts[k])
                at = order[cut:] if at_end else order[:cut]
                if len(at) < 2:
                    continue
                if values is None:
                    what = f"the {'last' if at_end else 'first'} {plural(len(at), 'row')} of {source.where}"
                else:
                    edge = spelled(float(values[cut - 1] if at_end else values[cut]))
                    what = f"the {plural(len(at), 'row')} with {name} {'>' if at_end else '<'} {edge}"
                yield Omission(at, Departure("rows", f"{what} were left out", "omitted"))


def _pairs(source: Source, design: Design, moves: FloatArray, target: FloatArray) -> Iterator[Omission]:
    if len(moves) > _PAIRED:
        return
    for i, j in _matches(moves, target - moves, _NEAR):
        if j > i:
            at = np.array([i, j])
            yield Omission(at, _left_out(source, design, at))


def _blocks(source: Source, design: Design, moves: FloatArray, target: FloatArray) -> Iterator[Omission]:
    """Rows that follow each other in the file."""
    sums = np.concatenate([np.zeros((1, moves.shape[1])), np.cumsum(moves, axis=0)])
    for i, j in _matches(sums, sums + target, _NEAR / 2):
        if j > i + 2:
            at = np.arange(i, j)
            yield Omission(at, _left_out(source, design, at))


def _matches(points: FloatArray, wanted: FloatArray, distance: float) -> Iterator[tuple[int, int]]:
    """Pairs (i, j) with point j near ``wanted[i]``; none where there are so many that they show nothing."""
    tree = cKDTree(points)
    if tree.query_ball_point(wanted, distance, p=np.inf, return_length=True).sum() > _MATCHES:
        return
    for i, near in enumerate(tree.query_ball_point(wanted, distance, p=np.inf)):
        for j in near:
            yield i, j
