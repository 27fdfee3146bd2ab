"""Which rows two fits have in common, and how the columns of one are combinations of those of the other."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from crossframe.core.types import FloatArray, IntArray
from crossframe.frameworks.fitted import FittedModel

EQUAL = 1e-6
"""Difference, in standard deviations of a column, up to which two columns hold the same values: those of a
float64 and of its float32 do."""
_DIGITS = (10, 6)
"""Significant digits by which a row is recognised in the other table; the fewer for single precision."""
_LEVELS = 12
"""Values that a column of a coded factor takes at most."""


@dataclass(frozen=True, eq=False)
class Matched:
    """The rows that two fits have in common.

    Attributes
    ----------
    left, right
        (m,) positions of the common rows on either side, in the left one's order.
    only_left, only_right
        Positions of the other rows.
    by
        ``position``, ``names`` or ``values``; empty: the rows could not be matched.
    """

    left: IntArray
    right: IntArray
    only_left: IntArray
    only_right: IntArray
    by: str

    @property
    def whole(self) -> bool:
        """Whether either side has exactly the other one's rows."""
        return bool(self.by) and not (len(self.only_left) or len(self.only_right))

    @property
    def in_order(self) -> bool:
        """Whether the common rows have the same order on both sides."""
        return bool((np.diff(self.right) > 0).all())


def matched(left: FittedModel, right: FittedModel) -> Matched:
    """The rows in common: by position where the columns fit together, else by values, else by names."""
    n, m = len(left.y), len(right.y)
    if n == m and _fit_together(left, right):
        every = np.arange(n)
        return Matched(every, every, every[:0], every[:0], "position")
    candidates = [*_by_values(left, right), *_by_names(left, right)]
    return max(candidates, key=lambda c: len(c.left), default=_unmatched(n, m))


def _unmatched(n: int, m: int) -> Matched:
    none = np.arange(0)
    return Matched(none, none, np.arange(n), np.arange(m), "")


def tables(fit: FittedModel) -> Iterator[tuple[FloatArray, tuple[str, ...]]]:
    """The features as they were given to a pipeline, and those that the model itself got."""
    if fit.raw is not None:
        yield fit.raw, fit.raw_columns
    yield fit.X, fit.columns


def _fit_together(left: FittedModel, right: FittedModel) -> bool:
    """Whether a column of three values or more of one side is a combination of the other's, row by row."""
    for A, _ in tables(left):
        for B, _ in tables(right):
            if np.isnan(A).any() or np.isnan(B).any():
                if any(len(np.unique(A[:, i])) > 2 for i, _ in equal_columns(A, B)):
                    return True
                continue
            for one, other in ((A, B), (B, A)):
                many = [j for j in range(other.shape[1]) if len(np.unique(other[:, j])) > 2]
                columns = other[:, many or slice(None)]
                if (
                    columns.shape[1]
                    and len(one) > one.shape[1] + 1
                    and (_left_over(one, columns) < EQUAL).any()
                ):
                    return True
    return False


def _by_values(left: FittedModel, right: FittedModel) -> Iterator[Matched]:
    for A, names in tables(left):
        for B, others in tables(right):
            pairs = same_names(names, others)
            if not pairs and A.shape[1] == B.shape[1]:
                pairs = [(j, j) for j in range(A.shape[1])]
            if not pairs:
                continue
            common = [T[:, list(js)] for T, js in zip((A, B), zip(*pairs, strict=True), strict=True)]
            for digits in _DIGITS:
                positions = _matched(*(_keys(T, digits) for T in common))
                if 2 * len(positions[0]) >= min(len(A), len(B)):
                    yield _made(*positions, len(A), len(B), "values")


def _by_names(left: FittedModel, right: FittedModel) -> Iterator[Matched]:
    if not (left.rows and right.rows):
        return
    for shift in (0, 1, -1):
        moved = [_shifted(name, shift) for name in left.rows]
        if all(moved):
            positions = _matched(moved, right.rows)
            if len(positions[0]) == min(len(left.y), len(right.y)):
                yield _made(*positions, len(left.y), len(right.y), "names")


def _shifted(name: str, by: int) -> str:
    """A row name; R counts rows from 1, pandas from 0."""
    return name if not by else str(int(name) + by) if re.fullmatch(r"-?\d+", name) else ""


def _keys(table: FloatArray, digits: int = _DIGITS[0]) -> list[bytes]:
    """The rows, rounded to significant digits, as bytes that can be compared."""
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(table == 0, 1.0, 10.0 ** np.floor(np.log10(np.abs(table))))
        rounded = np.round(table / size, digits - 1) * size
    rounded[np.isnan(rounded)] = np.inf
    return [row.tobytes() for row in np.ascontiguousarray(rounded)]


def _matched(left: Sequence[str | bytes], right: Sequence[str | bytes]) -> tuple[list[int], list[int]]:
    """Positions of equal names, of a repeated one the first with the first, and so on."""
    free: dict[str | bytes, list[int]] = defaultdict(list)
    for j in reversed(range(len(right))):
        free[right[j]].append(j)
    pairs = [(i, free[name].pop()) for i, name in enumerate(left) if free.get(name)]
    return [i for i, _ in pairs], [j for _, j in pairs]


def _made(left: list[int], right: list[int], n: int, m: int, by: str) -> Matched:
    return Matched(
        np.array(left, dtype=np.int64), np.array(right, dtype=np.int64),
        np.setdiff1d(np.arange(n), left), np.setdiff1d(np.arange(m), right), by,
    )  # fmt: skip


def same_names(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """Positions of the columns of one name, whose spelling may differ: ``sex_male``, ``sexmale``."""
    there = {_bare(name): j for j, name in enumerate(right)}
    return [(i, there[_bare(name)]) for i, name in enumerate(left) if _bare(name) in there]


def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()


def merged(fit: FittedModel) -> Counter[bytes] | None:
    """The distinct rows with their target -> the sum of their weights; None with a missing weight."""
    weights = np.ones(len(fit.y)) if fit.weights is None else fit.weights
    total: Counter[bytes] = Counter()
    for key, weight in zip(_keys(np.column_stack([fit.X, fit.y])), weights.tolist(), strict=True):
        total[key] += weight
    return total if np.isfinite(weights).all() else None


@dataclass(frozen=True, eq=False)
class Relation:
    """How the columns of the right table follow from those of the left one.

    Attributes
    ----------
    kind
        ``identical``, ``order`` (the same columns in another order), ``scale`` (each is a column of the other
        one times a factor, plus a constant), ``coding``, ``orthogonal`` or ``combinations`` (both span the
        same space, with a constant), ``different``.
    pairs
        The left and the right column where they correspond one to one.
    factors, shifts
        Of ``scale``: right column = factor x left column + shift.
    map
        Of a common space: (p + 1, q + 1) with [1, right] = [1, left] @ map.
    only_left, only_right
        Of ``different``: columns that the other table does not determine.
    """

    kind: str
    pairs: tuple[tuple[int, int], ...] = ()
    factors: FloatArray = field(default_factory=lambda: np.empty(0))
    shifts: FloatArray = field(default_factory=lambda: np.empty(0))
    map: FloatArray | None = None
    only_left: tuple[int, ...] = ()
    only_right: tuple[int, ...] = ()

    @property
    def same_space(self) -> bool:
        """Whether a linear model with an intercept and without a penalty can give the same predictions."""
        return self.kind != "different"


def related(A: FloatArray, B: FloatArray, names: Sequence[str] = (), others: Sequence[str] = ()) -> Relation:
    """The relation of two tables of the same rows, (n, p) and (n, q)."""
    if A.shape == B.shape and _same(A, B):
        return Relation("identical", tuple((j, j) for j in range(A.shape[1])))
    if np.isnan(A).any() or np.isnan(B).any():
        return _by_column(A, B, names, others)
    if A.shape[1] == B.shape[1] and (single := _one_to_one(A, B, names, others)) is not None:
        return single
    left_over, right_over = _left_over(B, A), _left_over(A, B)
    only = (
        tuple(np.flatnonzero(left_over > EQUAL).tolist()),
        tuple(np.flatnonzero(right_over > EQUAL).tolist()),
    )
    if only[0] or only[1]:
        return Relation("different", tuple(same_names(names, others)), only_left=only[0], only_right=only[1])
    one, other = (np.column_stack([np.ones(len(T)), T]) for T in (A, B))
    mapped = np.linalg.lstsq(one, other, rcond=None)[0]
    return Relation(_kind(A, B), tuple(equal_columns(A, B)), map=mapped)


def _same(A: FloatArray, B: FloatArray) -> bool:
    scale = np.nanstd(A, axis=0) if len(A) else np.ones(A.shape[1])
    near = np.abs(A - B) <= EQUAL * np.where(scale > 0, scale, 1.0)
    return bool((near | (np.isnan(A) & np.isnan(B))).all())


def _by_column(A: FloatArray, B: FloatArray, names: Sequence[str], others: Sequence[str]) -> Relation:
    """Of tables with missing values: which columns of one name differ."""
    pairs = same_names(names, others) or [(j, j) for j in range(min(A.shape[1], B.shape[1]))]
    unlike = [(i, j) for i, j in pairs if not _same(A[:, [i]], B[:, [j]])]
    only_left = {i for i, _ in unlike} | set(range(A.shape[1])) - {i for i, _ in pairs}
    only_right = {j for _, j in unlike} | set(range(B.shape[1])) - {j for _, j in pairs}
    if not (only_left or only_right):
        return Relation("order", tuple(pairs))
    return Relation(
        "different", tuple(pairs), only_left=tuple(sorted(only_left)), only_right=tuple(sorted(only_right))
    )


def equal_columns(A: FloatArray, B: FloatArray) -> Iterator[tuple[int, int]]:
    """Positions of columns of A (n, p) and of B (n, q) that hold the same values, each once."""
    free = set(range(B.shape[1]))
    for i in range(A.shape[1]):
        for j in sorted(free, key=lambda j: j != i):
            if _same(A[:, [i]], B[:, [j]]):
                free.remove(j)
                yield i, j
                break


def _one_to_one(A: FloatArray, B: FloatArray, names: Sequence[str], others: Sequence[str]) -> Relation | None:
    """Each column of B a column of A, or one of A times a factor plus a constant; None: not so."""
    equal = list(equal_columns(A, B))
    if len(equal) == A.shape[1]:
        return Relation("order", tuple(equal), np.ones(len(equal)), np.zeros(len(equal)))
    named = dict(same_names(names, others))
    free, pairs, factors, shifts = set(range(B.shape[1])), [], [], []
    for i in range(A.shape[1]):
        for j in sorted(free, key=lambda j: (named.get(i) != j, i != j)):
            if (line := _line(A[:, i], B[:, j])) is not None:
                free.remove(j)
                pairs.append((i, j))
                factors.append(line[0])
                shifts.append(line[1])
                break
        else:
            return None
    return Relation("scale", tuple(pairs), np.array(factors), np.array(shifts))


def _line(a: FloatArray, b: FloatArray) -> tuple[float, float] | None:
    """factor and shift with b = factor x a + shift; None: there are none."""
    spread, other = float(a.std()), float(b.std())
    if not (spread > 0 and other > 0):
        return (1.0, float(b[0] - a[0])) if len(a) and spread == other == 0 else None
    factor = float(((a - a.mean()) @ (b - b.mean())) / ((a - a.mean()) @ (a - a.mean())))
    shift = float(b.mean() - factor * a.mean())
    return (factor, shift) if np.abs(factor * a + shift - b).max() <= EQUAL * other * 10 else None


def _left_over(A: FloatArray, B: FloatArray) -> FloatArray:
    """What [1, A] leaves of each column of B, in parts of its size, shape (q,)."""
    design = np.column_stack([np.ones(len(A)), A])
    design = design / np.where((size := np.linalg.norm(design, axis=0)) > 0, size, 1.0)
    size = np.linalg.norm(B, axis=0)
    unit = B / np.where(size > 0, size, 1.0)
    u, s, _ = np.linalg.svd(design, full_matrices=False)
    basis = u[:, s > s.max(initial=0.0) * max(design.shape) * np.finfo(float).eps * 10]
    left: FloatArray = np.linalg.norm(unit - basis @ (basis.T @ unit), axis=0)
    return left


def _kind(A: FloatArray, B: FloatArray) -> str:
    """What sort of combinations the columns are in which two tables of one space differ."""
    equal = list(equal_columns(A, B))
    own = [np.delete(T, [pair[side] for pair in equal], axis=1) for side, T in enumerate((A, B))]
    if all(len(np.unique(T[:, j])) <= _LEVELS for T in own for j in range(T.shape[1])):
        return "coding"
    if any(_orthogonal(T) for T in own):
        return "orthogonal"
    return "combinations"


def _orthogonal(T: FloatArray) -> bool:
    """Whether two columns or more are centred and uncorrelated, as those of poly() and of a PCA are."""
    if T.shape[1] < 2:
        return False
    products = T.T @ T
    sizes = np.sqrt(np.diag(products))
    if not (sizes > 0).all() or np.abs(T.mean(axis=0)).max() > 1e-6 * sizes.max() / math.sqrt(len(T)):
        return False
    return bool(np.abs(products / np.outer(sizes, sizes) - np.eye(len(sizes))).max() < 1e-6)
