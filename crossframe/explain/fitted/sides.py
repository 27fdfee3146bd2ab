"""Two recognised fits as contestants on one table, so that the settings of either can be switched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from crossframe.core.types import FloatArray, Value
from crossframe.data.types import Dataset
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.preparation import Preparation
from crossframe.explain.fitted.alignment import EQUAL, Matched
from crossframe.explain.fitted.ladder import Ladder, classes, weights_of
from crossframe.explain.fitted.result import Side
from crossframe.explain.fitted.rungs import Names
from crossframe.explain.switches import OPTIMUM
from crossframe.frameworks.fitted import FittedModel, Recognised
from crossframe.frameworks.registry import framework, model

_DIVISORS = {"sd_n": 0, "sd_n-1": 1}
"""Values of ``features.standardize`` -> what is subtracted from n in the standard deviation."""


@dataclass(frozen=True)
class Common:
    """One table on which both recognised fits can be made again, and both as contestants."""

    dataset: Dataset
    left: Contestant
    right: Contestant


def recognised(fit: FittedModel) -> Recognised | None:
    """The model of crossframe that a fit is one of, with its settings; None: of none."""
    from importlib import import_module

    from crossframe.core.errors import UsageError

    try:
        module = framework(fit.framework).adopt
    except UsageError:
        return None
    made: Recognised | None = import_module(module).recognised(fit) if module else None
    task = "classes" if classes(fit) else "numbers"
    return _without_intercept(fit, made) if made is not None and task in model(made.model).tasks else None


def _without_intercept(fit: FittedModel, made: Recognised) -> Recognised:
    """A linear fit without an intercept and a penalty, which its model has no setting for, as the certified
    optimum of its objective; any other fit as it is."""
    this = model(made.model)
    if fit.coefficients is None or fit.intercept or any(b.setting == "intercept" for b in this.bindings):
        return made
    link = this.to_canonical(in_force(fit, made), len(fit.y)).get("link")
    if link not in ("identity", "logit") or _penalised(fit, made):
        return made
    settings, native = model(OPTIMUM).split({"link": link, "intercept": False})
    rest = tuple(part for part in made.rest if part != "no intercept")
    return Recognised(OPTIMUM, model(OPTIMUM).to_native(settings, native, len(fit.y)), rest=rest)


def penalised(side: Side) -> bool | None:
    """Whether the settings of a side have a penalty, of known strength or not; None: they are not known."""
    known = side.recognised
    return None if known is None else _penalised(side.fit, known)


def _penalised(fit: FittedModel, known: Recognised) -> bool:
    canonical = model(known.model).to_canonical(in_force(fit, known), len(fit.y))
    return any(canonical.get(penalty, 0.0) != 0.0 for penalty in ("penalty.l2", "penalty.l1"))


def ridge(side: Side) -> float | None:
    """The strength of the ridge penalty in the settings of scikit-learn's models; None: not known.

    R's and H2O's models may penalise standardised columns, which the predictions tell.
    """
    known = side.recognised
    if known is None or not known.model.startswith("sklearn."):
        return None
    size = float(weights_of(side.fit).sum())
    canonical = model(known.model).to_canonical(in_force(side.fit, known), size)
    strength, lasso = canonical.get("penalty.l2"), canonical.get("penalty.l1", 0.0)
    return float(strength) if isinstance(strength, (int, float)) and not lasso else None


def in_force(fit: FittedModel, known: Recognised) -> dict[str, Value]:
    """Every setting of a recognised fit that it reports, in the framework's spelling."""
    given = {b.param: fit.arguments[b.param] for b in model(known.model).bindings if b.param in fit.arguments}
    return {**given, **known.native}


def contestant(name: str, made: Recognised, *, standardize: str = "", swapped: bool = False) -> Contestant:
    """A recognised fit under a name, with what is done to its rows before its framework."""
    rule = Preparation(standardize=standardize, order="reversed" if swapped else "given")
    return Contestant(
        name, name, model(made.model).family, made.model, native=made.native, threshold=made.threshold,
        preparation=rule,
    )  # fmt: skip


def dataset(
    fit: FittedModel, name: str, X: FloatArray | None = None, columns: tuple[str, ...] = ()
) -> Dataset:
    """The rows of a fit, with its features as the model got them or with ``X`` in their place."""
    of_classes = classes(fit)
    target = fit.y.astype(np.int64) if of_classes else fit.y
    spelled = (fit.classes or of_classes) if of_classes else ()
    table = np.ascontiguousarray(fit.X if X is None else X) + 0.0
    return Dataset(
        name, table, target, columns or fit.columns, spelled, f"the rows on which {name} was fitted"
    )


def common(fits: tuple[FittedModel, FittedModel], made: tuple[Recognised, Recognised], ladder: Ladder,
           names: Names) -> Common | None:  # fmt: skip
    """One table on which both can be fitted again; None: their data differ by more than a scale.

    That is the features of either side, or those given to its pipeline, where each side's own features are
    these or these standardised.
    """
    left, right = fits
    rows = ladder.rows
    data = [ladder["rows"], ladder["weights"], *([] if ladder.swapped else [ladder["target"]])]
    if (
        not rows.whole
        or any(rung.differs for rung in data)
        or np.isnan(left.X).any()
        or len(left.y) != len(right.y)
    ):
        return None
    for base, columns in _bases(left, right, rows, ladder):
        rules = _rule(base, left.X), _rule(base, _like_left(right, rows, ladder))
        if rules[0] and rules[1]:
            sides = []
            for name, each, rule, own in zip(names, made, rules, fits, strict=True):
                # The step is part of the model where its framework takes it into the fit.
                step = "" if rule == "none" else rule
                sides.append(
                    contestant(name, each, standardize=step, swapped=ladder.swapped and own is right)
                )
            return Common(dataset(left, "the data of both", base, columns), *sides)
    return None


def _like_left(right: FittedModel, rows: Matched, ladder: Ladder) -> FloatArray:
    """The right side's features with the left one's order of rows and columns."""
    X = right.X[rows.right]
    pairs = ladder.relation.pairs
    if len(pairs) == X.shape[1]:
        X = X[:, [j for _, j in sorted(pairs)]]
    return X


def _bases(
    left: FittedModel, right: FittedModel, rows: Matched, ladder: Ladder
) -> Iterator[tuple[FloatArray, tuple[str, ...]]]:
    yield left.X, left.columns
    yield _like_left(right, rows, ladder), left.columns
    for fit, order in ((left, np.arange(len(left.y))), (right, rows.right)):
        if fit.raw is not None and fit.raw.shape[1] == left.X.shape[1]:
            yield fit.raw[order], fit.raw_columns


def _rule(base: FloatArray, X: FloatArray) -> str:
    """The ``features.standardize`` that makes a table of the base; empty: none does."""
    if base.shape != X.shape or np.isnan(base).any() or np.isnan(X).any():
        return ""
    scale = np.where((sd := X.std(axis=0)) > 0, sd, 1.0)
    if (np.abs(base - X) <= EQUAL * scale).all():
        return "none"
    for name, less in _DIVISORS.items():
        size = base.std(axis=0, ddof=less)
        made = (base - base.mean(axis=0)) / np.where(size > 0, size, 1.0)
        if (np.abs(made - X) <= EQUAL * scale).all():
            return name
    return ""
