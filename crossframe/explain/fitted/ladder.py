"""What two fits have in common, without knowing their models: rows, target, columns, weights, predictions.

One question after the other, each with an answer of its own, so that what differs in the data is not blamed
on a setting.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from crossframe.core.text import percent, plural
from crossframe.core.types import FloatArray, IntArray
from crossframe.explain.attribution.measures import digits_of_gap
from crossframe.explain.explanation import FLOOR
from crossframe.explain.fitted import coefficients, columns
from crossframe.explain.fitted.alignment import EQUAL, Matched, Relation, matched, merged, related
from crossframe.explain.fitted.rungs import Names, Rung, RungVerdict
from crossframe.frameworks.fitted import FittedModel

_LISTED = 8
"""Rows or columns that a sentence lists."""


@dataclass(frozen=True, eq=False)
class Ladder:
    """The answers about two fits.

    Attributes
    ----------
    rungs
        In the order in which they are asked.
    rows
        The rows in common.
    relation
        The columns of the right side as combinations of the left one's, on the common rows.
    swapped
        Whether the scores are of unlike classes.
    gap
        Largest difference of two scores of a common row, the class of the score made the same; of numbers in
        standard deviations of the target. NaN: a side gives no scores, or there are no common rows.
    alike
        Share of the common rows that both label alike; NaN: a side gives no labels.
    """

    rungs: tuple[Rung, ...]
    rows: Matched
    relation: Relation
    swapped: bool
    gap: float
    alike: float

    def __getitem__(self, rung: str) -> Rung:
        return next(each for each in self.rungs if each.rung == rung)

    @property
    def alike_in_all(self) -> bool:
        """Whether the predictions were compared, and no question has an answer that differs."""
        compared = self["predictions"].verdict is RungVerdict.SAME
        return compared and not any(rung.differs for rung in self.rungs if rung.rung != "coefficients")

    @property
    def coefficients(self) -> Rung | None:
        """The answer about coefficients; None: they cannot be compared."""
        return next((each for each in self.rungs if each.rung == "coefficients"), None)

    @property
    def data(self) -> Rung | None:
        """The first rung on which the data differ so that predictions may; None: there is none."""
        asked = [self["rows"], self["target"], self["weights"]]
        if self.relation.kind not in ("identical", "order"):
            asked.append(self["columns"])
        return next((rung for rung in asked if rung.differs), None)


def ladder(left: FittedModel, right: FittedModel, names: Names) -> Ladder:
    """Ask every question about two fits, which ``names`` call in the sentences."""
    rows = matched(left, right)
    relation = _relation(left, right, rows)
    target, swapped = _target(left, right, rows, names)
    gap, labels, alike = (
        _gap(left, right, rows, swapped),
        _labels(left, right, rows, names),
        _alike(left, right, rows),
    )
    weights, repeated = _weights(left, right, rows, names), _repeated(left, right)
    linear = coefficients.rung(left, right, rows, relation, names, gap)
    rungs = (
        _rows(left, right, rows, names, repeated),
        target,
        columns.rung(left, right, rows, relation, names),
        weights if not repeated else Rung("weights", RungVerdict.SAME, _repeated_words(left, names)),
        _predictions(gap, rows, unit(left)),
        labels,
        *([linear] if linear else []),
    )
    return Ladder(rungs, rows, relation, swapped, gap, alike)


def _relation(left: FittedModel, right: FittedModel, rows: Matched) -> Relation:
    """Of the features that the models themselves got."""
    return related(left.X[rows.left], right.X[rows.right], left.columns, right.columns)


def _rows(left: FittedModel, right: FittedModel, rows: Matched, names: Names, repeated: bool) -> Rung:
    n, m = len(left.y), len(right.y)
    numbers = {"left": n, "right": m, "common": len(rows.left), "by": rows.by}
    if repeated and n != m:
        return Rung(
            "rows", RungVerdict.SAME, f"The same {plural(len(merged(left) or ()), 'distinct row')}.", numbers
        )
    if not rows.by:
        words = (
            f"{names[0]} trains on {n:,} rows, {names[1]} on {m:,}; no columns tell which rows are the same."
        )
        verdict = RungVerdict.DIFFERS if n != m else RungVerdict.NOT_COMPARED
        return Rung("rows", verdict, words, numbers)
    if rows.whole:
        order = "" if rows.in_order else ", in another order"
        return Rung("rows", RungVerdict.SAME, f"Both train on the same {n:,} rows{order}.", numbers)
    sides = zip((left, right), (rows.only_left, rows.only_right), names, strict=True)
    only = [_only(fit, positions, name) for fit, positions, name in sides if len(positions)]
    counts = f"{names[0]} trains on {n:,} rows, {names[1]} on {m:,}"
    return Rung("rows", RungVerdict.DIFFERS, f"{counts}: {'; '.join(only)}.", numbers)


def _only(fit: FittedModel, positions: IntArray, name: str) -> str:
    if fit.rows:
        which = ", ".join(fit.rows[i] for i in positions[:_LISTED])
        listed = f"row names {which}" if fit.framework == "r" else f"index {which}, counted from 0"
    else:
        listed = f"number {', '.join(str(i + 1) for i in positions[:_LISTED])}"
    more = " and others" if len(positions) > _LISTED else ""
    twice = _twice(fit, positions)
    return f"{name} alone has {plural(len(positions), 'row')} ({listed}{more}{twice})"


def _twice(fit: FittedModel, positions: IntArray) -> str:
    """A remark where these rows repeat other rows of the same side."""
    rest = {row.tobytes() for row in np.delete(fit.X, positions, axis=0)}
    again = sum(fit.X[i].tobytes() in rest for i in positions)
    return f"; {again:,} of them repeat other rows" if again else ""


def _repeated(left: FittedModel, right: FittedModel) -> bool:
    """Whether the rows of one side, repeated, are the weights of the other."""
    if len(left.y) == len(right.y) or left.X.shape[1] != right.X.shape[1]:
        return False
    one, other = merged(left), merged(right)
    if one is None or other is None or one.keys() != other.keys():
        return False
    return all(math.isclose(one[row], other[row], rel_tol=EQUAL) for row in one)


def _repeated_words(left: FittedModel, names: Names) -> str:
    """A sentence on weights that stand for repeated rows."""
    weighted, repeating = names if left.weights is not None else names[::-1]
    return f"The weights of {weighted} are the numbers of times that {repeating} repeats a row."


def classes(fit: FittedModel) -> tuple[str, ...]:
    """The classes as they are spelled; those of a target of the numbers 0 and 1 too."""
    if fit.classes:
        return tuple(_spelled(c) for c in fit.classes)
    return ("0", "1") if set(np.unique(fit.y).tolist()) <= {0.0, 1.0} else ()


def _spelled(name: str) -> str:
    """A class as it is compared: 1, 1.0 and True are what a table's true may be read as."""
    text = name.strip().lower()
    return {"true": "1", "false": "0"}.get(text, text.removesuffix(".0"))


def _target(left: FittedModel, right: FittedModel, rows: Matched, names: Names) -> tuple[Rung, bool]:
    one, other = classes(left), classes(right)
    y, z = left.y[rows.left], right.y[rows.right]
    if shapes := _shapes(left, names[0]) + _shapes(right, names[1]):
        return Rung("target", RungVerdict.DIFFERS, " ".join(shapes)), False
    if bool(one) != bool(other):
        numbers, of_classes = names if not one else names[::-1]
        words = f"{numbers} predicts numbers, {of_classes} classes."
        return Rung("target", RungVerdict.DIFFERS, words), False
    if not one:
        return _numbers(y, z, names), False
    if sorted(one) == sorted(other):
        place = np.array([one.index(c) for c in other])
        if (y == place[z.astype(np.int64)]).all():
            return _same_classes(left, right, names, one != other)
        z = place[z.astype(np.int64)].astype(float)
    elif (y == z).all():
        words = (
            f"The same classes, spelled {', '.join(left.classes or one)} in {names[0]} and "
            f"{', '.join(right.classes or other)} in {names[1]}."
        )
        return Rung("target", RungVerdict.SAME, words), False
    if len(one) == len(other) == 2 and len(y) and (y == 1 - z).all():
        words = (
            f"The classes are swapped: where {names[0]} has {(left.classes or one)[1]!r}, {names[1]} has "
            f"{(right.classes or other)[0]!r}."
        )
        return Rung("target", RungVerdict.DIFFERS, words, {"swapped": True}), True
    unlike = int((y != z).sum())
    return _other_values(y, z, unlike, "class", names), False


def _shapes(fit: FittedModel, name: str) -> list[str]:
    """A sentence where a network's loss gets a target of another shape than its output."""
    target, output = (tuple(fit.arguments.get(what) or ()) for what in ("y.shape", "output.shape"))
    coded = str(fit.arguments.get("loss", "")).startswith("sparse")
    if "loss.as_given" in fit.arguments and fit.score is not None:
        as_given, by_rows = (fit.arguments[f"loss.{which}"] for which in ("as_given", "by_rows"))
        return [
            f"{name} gives its loss a target of shape {target} beside an output of shape {output}, which "
            f"broadcast to every output against every row's target: the loss is {as_given:.4g}, and "
            f"{by_rows:.4g} of each row's output and its own target. The outputs have a standard deviation "
            f"of {fit.score.std():.2g}, the target has one of {fit.y.std():.2g}."
        ]
    if len(target) != len(output) or target == output or coded:
        return []
    return [
        f"{name} trains an output of shape {output} on a target of shape {target}: the loss compares every "
        "column of the target with the same output."
    ]


def _same_classes(left: FittedModel, right: FittedModel, names: Names, swapped: bool) -> tuple[Rung, bool]:
    if not swapped:
        return Rung("target", RungVerdict.SAME, "Every common row has the same class on both sides."), False
    one, other = (fit.classes or classes(fit) for fit in (left, right))
    if len(one) > 2:
        return Rung("target", RungVerdict.SAME, "The same classes, in another order."), False
    words = (
        f"The same rows have the same class, but scores are of unlike classes: those of {names[0]} of "
        f"{one[1]!r}, those of {names[1]} of {other[1]!r}. The classes are swapped."
    )
    return Rung("target", RungVerdict.DIFFERS, words, {"swapped": True}), True


def _numbers(y: FloatArray, z: FloatArray, names: Names) -> Rung:
    scale = float(y.std()) if len(y) else 1.0
    unlike = np.abs(y - z) > EQUAL * (scale or 1.0)
    if not unlike.any():
        return Rung("target", RungVerdict.SAME, "Every common row has the same target on both sides.")
    line = related(y[:, None], z[:, None])
    if line.kind == "scale" and len(y) > 2:
        words = f"The target of {names[1]} is {line.factors[0]:.6g} times that of {names[0]}"
        words += f" plus {line.shifts[0]:.6g}" if abs(line.shifts[0]) > EQUAL * float(z.std()) else ""
        return Rung("target", RungVerdict.DIFFERS, f"{words}.", {"factor": line.factors[0]})
    return _other_values(y, z, int(unlike.sum()), "target", names)


def _other_values(y: FloatArray, z: FloatArray, unlike: int, what: str, names: Names) -> Rung:
    words = f"{unlike:,} of {len(y):,} common rows have another {what}"
    permuted = Counter(y.tolist()) == Counter(z.tolist())
    if permuted and unlike > 0.1 * len(y):
        words += f": {names[1]} has the same values in another order, as if they had been shuffled"
    return Rung("target", RungVerdict.DIFFERS, f"{words}.", {"unlike": unlike, "shuffled": permuted})


def weights_of(fit: FittedModel) -> FloatArray:
    """What every row counts, shape (n,): its own weight times that of its class.

    Their sum is the n by which a penalty beside the summed loss becomes one beside the mean loss.
    """
    weights = np.ones(len(fit.y)) if fit.weights is None else fit.weights
    given, number = fit.arguments.get("class_weight"), len(classes(fit))
    if not number or not (given == "balanced" or isinstance(given, Mapping)):
        return weights
    of_row = fit.y.astype(np.int64)
    if isinstance(given, Mapping):
        of_class = weights_by_class(fit, given)
    else:
        counts = np.bincount(of_row, weights=weights, minlength=number)
        of_class = weights.sum() / (number * np.where(counts > 0, counts, 1.0))
    weighted: FloatArray = weights * of_class[of_row]
    return weighted


def weights_by_class(fit: FittedModel, given: Mapping[str, float]) -> FloatArray:
    """(k,) weights of the classes of a fit; a class that ``given`` does not name has 1."""
    spelled = {_spelled(name): float(weight) for name, weight in given.items()}
    return np.array([spelled.get(name, 1.0) for name in classes(fit)])


def _weights(left: FittedModel, right: FittedModel, rows: Matched, names: Names) -> Rung:
    fits, at = (left, right), (rows.left, rows.right)
    if any(fit.offset is not None for fit in fits):
        a, b = (
            np.zeros(len(k)) if fit.offset is None else fit.offset[k] for fit, k in zip(fits, at, strict=True)
        )
        if not np.allclose(a, b, rtol=EQUAL, atol=0):
            alone = [name for name, fit in zip(names, fits, strict=True) if fit.offset is not None]
            words = f"{alone[0]} alone has an offset." if len(alone) == 1 else "The rows have other offsets."
            return Rung("weights", RungVerdict.DIFFERS, words, {"what": "offset"})
    given = [name for name, fit in zip(names, fits, strict=True) if fit.weights is not None]
    if not given:
        of_classes = any(fit.arguments.get(n) for fit in fits for n in ("class_weight", "classwt"))
        words = "No row has a weight of its own." if of_classes else "Every row counts once on both sides."
        return Rung("weights", RungVerdict.SAME, words)
    a, b = (weights_of(fit)[k] for fit, k in zip(fits, at, strict=True))
    if np.allclose(a, b, rtol=EQUAL, atol=0):
        words = "Every common row has the same weight"
        words += f": those of {given[0]} are the other side's class weights." if len(given) == 1 else "."
        return Rung("weights", RungVerdict.SAME, words)
    words = f"{given[0]} alone weights its rows" if len(given) == 1 else "The rows have other weights"
    ratio = b / np.where(a != 0, a, np.nan)
    if np.allclose(ratio, ratio[:1], rtol=EQUAL, atol=0):
        words += f", all of them {ratio[0]:.6g} times those of {names[0]}"
    return Rung("weights", RungVerdict.DIFFERS, f"{words}.", {"what": "weights"})


def _gap(left: FittedModel, right: FittedModel, rows: Matched, swapped: bool) -> float:
    if left.score is None or right.score is None or not len(rows.left):
        return math.nan
    a, b = left.score[rows.left], right.score[rows.right]
    if a.ndim == 2 and a.shape == b.shape:
        one, other = classes(left), classes(right)
        b = b[:, [other.index(c) for c in one]] if sorted(one) == sorted(other) else b
    elif a.ndim == 2 or b.ndim == 2:
        return math.nan
    elif swapped:
        b = 1 - b
    return gap_of(a, b, left)


def gap_of(a: FloatArray, b: FloatArray, fit: FittedModel) -> float:
    """Largest difference of two scores; of numbers in standard deviations of the target of ``fit``."""
    scale = 1.0 if classes(fit) else float(fit.y.std()) or 1.0
    return float(np.abs(a - b).max()) / scale


def unit(fit: FittedModel) -> str:
    """What is written behind a number of `gap_of`; empty for probabilities, which have no unit."""
    return "" if classes(fit) else ", in standard deviations of the target"


def _predictions(gap: float, rows: Matched, of_gap: str) -> Rung:
    if math.isnan(gap):
        why = "a side gives no scores" if len(rows.left) else "there are no common rows"
        return Rung("predictions", RungVerdict.NOT_COMPARED, f"Not compared: {why}.")
    digits = digits_of_gap(gap)
    if not gap:
        return Rung(
            "predictions",
            RungVerdict.SAME,
            "The predictions are identical to the last bit.",
            {"digits": None},
        )
    words = f"the predictions for the common rows differ by up to {gap:.3g}{of_gap}"
    certificate = {"gap": gap, "digits": digits}
    if gap <= FLOOR:
        return Rung(
            "predictions", RungVerdict.SAME, f"To {digits:.0f} digits the same: {words}.", certificate
        )
    return Rung("predictions", RungVerdict.DIFFERS, f"{words[0].upper()}{words[1:]}.", certificate)


def _alike(left: FittedModel, right: FittedModel, rows: Matched) -> float:
    if left.labels is None or right.labels is None or not len(rows.left):
        return math.nan
    a, b = left.labels[rows.left], right.labels[rows.right]
    one, other = classes(left), classes(right)
    if one != other and sorted(one) == sorted(other):
        b = np.array([one.index(c) for c in other])[b.astype(np.int64)]
    return float((a == b).mean())


def _labels(left: FittedModel, right: FittedModel, rows: Matched, names: Names) -> Rung:
    alike = _alike(left, right, rows)
    if math.isnan(alike):
        return Rung("labels", RungVerdict.NOT_COMPARED, "Not compared: a side gives no labels.")
    if alike == 1:
        return Rung(
            "labels", RungVerdict.SAME, "Every common row has the same predicted label.", {"alike": 1.0}
        )
    words = f"{percent(1 - alike)} of the common rows get another label: "
    one, other = _threshold(left), _threshold(right)
    if one and other and (one[1] <= other[0] or other[1] <= one[0]):
        each = [
            f"{name} labels a row {_second(fit)!r} above a score between {low:.3g} and {high:.3g}"
            for name, fit, (low, high) in zip(names, (left, right), (one, other), strict=True)
        ]
        certificate = {"alike": alike, "thresholds": [one, other], "by_threshold": True}
        return Rung(
            "labels", RungVerdict.DIFFERS, f"{words}another threshold, {' and '.join(each)}.", certificate
        )
    shares = [
        float((fit.labels == len(classes(fit)) - 1).mean()) for fit in (left, right) if fit.labels is not None
    ]
    words += f"{names[0]} labels {percent(shares[0])} of its rows as the last class, "
    words += f"{names[1]} {percent(shares[1])}"
    return Rung("labels", RungVerdict.DIFFERS, f"{words}.", {"alike": alike})


def _second(fit: FittedModel) -> str:
    return (fit.classes or classes(fit))[1]


def _threshold(fit: FittedModel) -> tuple[float, float] | None:
    """Between which scores the label of two classes changes; None: the score alone does not decide it."""
    if fit.score is None or fit.labels is None or fit.score.ndim == 2 or len(classes(fit)) != 2:
        return None
    below, above = fit.score[fit.labels == 0], fit.score[fit.labels == 1]
    low, high = float(below.max(initial=0.0)), float(above.min(initial=1.0))
    return (low, high) if low <= high else None
