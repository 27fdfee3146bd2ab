"""Two linear models of more than two classes: what either minimises, how near it is, and separation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.text import agreement
from crossframe.core.types import FloatArray, Target, Value
from crossframe.data.types import Dataset
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.record import Record
from crossframe.explain.diagnoses import Diagnosis
from crossframe.explain.switches import free, reference_optimum
from crossframe.frameworks.registry import model
from crossframe.optima.diagnoses.classes import shortfall_of
from crossframe.optima.diagnoses.stationarity import agreement as digits_of
from crossframe.optima.multinomial import SETTINGS, ClassesSolution, Multinomial, solve_classes
from crossframe.optima.problem import SolutionStatus

Terms = tuple[tuple[str, float, float], ...]
"""Terms with the left and the right estimate."""


def settings(data: Dataset, side: Contestant, own: Mapping[str, Value]) -> dict[str, Value]:
    """The settings that hold of more than two classes alone; empty for two, and for numbers.

    The parametrisation is one of them where there is a penalty: without one it changes no probability.
    """
    if len(data.classes) <= 2:
        return {}
    this = model(side.model)
    made = dict(this.of_several)
    if this.convex:
        made["penalty.grouped"] = own.get("penalty.grouped", False)
        if free(own):
            made.pop("class.parametrization", None)
    return {name: value for name, value in made.items() if name not in own}


@dataclass(frozen=True, eq=False)
class ClassesObjective:
    """The objective of a side on its rows; None, and why, where it is not that of a softmax regression."""

    problem: Multinomial | None
    why_not: str = ""

    @classmethod
    def of(
        cls,
        effective: Mapping[str, Value],
        X: FloatArray,
        y: Target,
        classes: int,
        weights: FloatArray | None,
    ) -> ClassesObjective:
        """The objective that effective settings describe, on ``X`` (n, k) and ``y`` (n,)."""
        try:
            side = reference_optimum(effective, "problem")
            size = len(y) if weights is None else float(weights.sum())
            native = {**model(side.model).passed}
            native |= model(side.model).to_native(side.settings, side.native, size)
            scheme, reference = native.pop("scheme"), native.pop("parametrization") == "reference"
            if scheme != "multinomial":
                return cls(
                    None, "each class has a regression of its own, which is certified with the recipes"
                )
            native = {name: native[name] for name in SETTINGS}
            return cls(Multinomial.of(X, y, classes, reference=reference, weights=weights, **native))
        except (UsageError, ValueError) as error:
            return cls(None, str(error))

    @cached_property
    def optimum(self) -> ClassesSolution | None:
        """The certified optimum, computed once; None without an objective."""
        try:
            return None if self.problem is None else solve_classes(self.problem)
        except ValueError:
            return None


def findings(
    objectives: Sequence[ClassesObjective],
    effective: Sequence[Mapping[str, Value]],
    records: Sequence[Record],
) -> list[Diagnosis]:
    """Separation of classes, and how near either side is to the optimum of its own objective."""
    labels = ("left", "right")
    separated = {
        label: own.optimum.reason
        for label, own, settings in zip(labels, objectives, effective, strict=True)
        if own.optimum and free(settings) and "separate" in own.optimum.reason
    }
    made = []
    for words in dict.fromkeys(separated.values()):
        sides = [label for label, own in separated.items() if own == words]
        made.append(
            Diagnosis(
                "separation", sides[0] if len(sides) == 1 else "both",
                f"{words}; without a penalty there is no finite optimum", {"reason": words},
            )
        )  # fmt: skip
    for label, own, record in zip(labels, objectives, records, strict=True):
        table = record.arrays.get("class_coefficients")
        if own.problem is None:
            words = f"the reference model cannot express its objective: {own.why_not}"
            made.append(Diagnosis("stationarity", label, words))
        elif own.optimum and own.optimum.status is SolutionStatus.CERTIFIED and table is not None:
            made.append(_near(label, own.problem, own.optimum, table))
    return made


def _near(side: str, problem: Multinomial, optimum: ClassesSolution, table: FloatArray) -> Diagnosis:
    best = np.vstack([optimum.intercept, optimum.coefficients])
    sizes = np.concatenate([[1.0], problem.problem.X.std(axis=0)])
    pairs = zip(table.T, best.T, strict=True)
    digits = min(digits_of(mine, own, sizes) for mine, own in pairs)
    largest, relative = shortfall_of(problem, table[0], table[1:])
    return Diagnosis(
        "stationarity",
        side,
        f"{agreement(digits)} with the certified optimum of its own objective; the gradient is {largest:.1e}",
        {"gradient": largest, "relative_gradient": relative, "digits": digits,
         "distance": float(np.abs(table - best).max()), "certified_digits": optimum.digits},
    )  # fmt: skip


def coefficients(records: Sequence[Record], names: Sequence[Sequence[str]], classes: Sequence[str]) -> Terms:
    """Both sides' estimates by term and class, relative to the mean of the classes; empty without any."""
    tables = [record.arrays.get("class_coefficients") for record in records]
    if any(table is None for table in tables):
        return ()
    both = [
        {
            f"{term} [{label}]": float(value)
            for term, line in zip(("intercept", *own), table, strict=True)
            for label, value in zip(classes, line, strict=True)
        }
        for table, own in zip(tables, names, strict=True)
        if table is not None
    ]
    terms = dict.fromkeys([*both[0], *both[1]])
    return tuple((term, both[0].get(term, math.nan), both[1].get(term, math.nan)) for term in terms)
