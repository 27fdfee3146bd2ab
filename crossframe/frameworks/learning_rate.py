"""The learning rate of each optimizer: declared, effective, and measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from itertools import pairwise
from typing import Any

import numpy as np

from crossframe.optima.updates import Array

SCHEMA = 1
"""Version of the plain form of `LearningRates`."""

WINDOWS = (1, 10, 100)
"""Numbers of updates from the first, over which the effective rate is averaged."""


@dataclass(frozen=True)
class Path:
    """The distances that weights travel in a training of the framework's own length and stopping.

    Attributes
    ----------
    rows
        Rows trained on.
    updates, epochs
        Number of both that were really done.
    batch
        Rows of an update.
    path
        Sum over the epochs of the Euclidean distance between the weights at successive epoch ends.
    net
        Distance between the first and the last weights.
    ended
        Reason why the training ended.
    """

    rows: int
    updates: int
    epochs: int
    batch: int
    path: float
    net: float
    ended: str


@dataclass(frozen=True)
class LearningRate:
    """One optimizer of one framework.

    Attributes
    ----------
    engine, name
        Framework, and the optimizer by its name there.
    none
        Why there is no learning rate; empty: there is one.
    declared, parameter
        Default value and name of the parameter for the learning rate, read from the framework.
    inactive
        Why that parameter has no effect; empty: it has.
    schedule
        How the rate changes from update to update.
    epsilon, epsilon_enters
        Default of the small constant, and its place in the formula.
    formula, source
        The update rule, and where the framework documents it.
    curve
        Effective rate of each update: Euclidean norm of the change of all parameters by that of the
        gradient; None where the gradient is 0.
    short
        The name for a figure.
    standard
        Whether it is the framework's default.
    disagreement
        Largest |step by the formula - step measured| / |step measured|, the formula being given the
        measured weights and gradients, its result rounded to their precision; None without a formula.
    in_double
        ``disagreement`` of the same training in double precision, where the framework trains in single.
    resolution
        Largest |half a unit in the last place of the weights| / |step|: the relative error of a step.
    textbook
        ``disagreement`` of the rule as published, where the framework's is another one.
    paths
        Trainings of the framework's own length.
    note
        A further remark for the reader.
    """

    engine: str
    name: str
    none: str = ""
    declared: float | None = None
    parameter: str = ""
    inactive: str = ""
    schedule: str = ""
    epsilon: float | None = None
    epsilon_enters: str = ""
    formula: str = ""
    source: str = ""
    curve: tuple[float | None, ...] = ()
    disagreement: float | None = None
    in_double: float | None = None
    resolution: float | None = None
    textbook: float | None = None
    paths: tuple[Path, ...] = ()
    note: str = ""
    short: str = ""
    standard: bool = False

    @property
    def active(self) -> bool:
        """Whether the declared rate has an effect on the training."""
        return not self.none and not self.inactive

    @property
    def agreement(self) -> float | None:
        """``in_double`` where it was measured, because rounding limits the other, else ``disagreement``."""
        return self.disagreement if self.in_double is None else self.in_double

    def mean(self, updates: int) -> float | None:
        """Mean effective rate of the first ``updates`` that have a gradient; None for a shorter curve."""
        known = [value for value in self.curve[:updates] if value is not None]
        return math.fsum(known) / len(known) if known and len(self.curve) >= updates else None


@dataclass(frozen=True)
class LearningRates:
    """The ``rows`` of all optimizers, versions by framework, and ``gaps``: engine -> why it is missing."""

    rows: tuple[LearningRate, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    gaps: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The record as plain JSON values, with its ``schema``; see `from_dict`."""
        return {
            "schema": SCHEMA,
            "versions": dict(self.versions),
            "gaps": dict(self.gaps),
            "rows": [_listed(asdict(row)) for row in self.rows],
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> LearningRates:
        """The record that `to_dict` gave as ``plain``. Raises ValueError for anything else."""
        if plain.get("schema") != SCHEMA:
            raise ValueError(f"learning rates of schema {plain.get('schema')!r}; known: {SCHEMA}")
        try:
            rows = [
                LearningRate(**{
                    **_known(LearningRate, row),
                    "curve": tuple(row["curve"]),
                    "paths": tuple(Path(**_known(Path, path)) for path in row["paths"]),
                })
                for row in plain["rows"]
            ]  # fmt: skip
            return cls(tuple(rows), dict(plain["versions"]), dict(plain["gaps"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a record of learning rates: {error!r}") from error


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    return {k: list(v) if isinstance(v, tuple) else v for k, v in row.items()}


def _known(kind: type, given: Mapping[str, Any]) -> dict[str, Any]:
    names = {f.name for f in fields(kind)}
    if set(given) - names:
        raise TypeError(f"unknown: {', '.join(sorted(set(given) - names))}")
    return dict(given)


class Follower:
    """Collects the effective rate and the agreement of a formula, update by update."""

    def __init__(self) -> None:
        self.curve: list[float | None] = []
        self.disagreement: float | None = None
        self.resolution: float | None = None
        self.textbook: float | None = None

    def follow(
        self,
        old: Sequence[Array],
        new: Sequence[Array],
        gradient: Sequence[Array],
        formula: Sequence[Array] | None = None,
        textbook: Sequence[Array] | None = None,
    ) -> None:
        """Add an update of weights from ``old`` to ``new``; ``formula`` and ``textbook`` predict ``new``."""
        step, slope = norm(difference(new, old)), norm(gradient)
        self.curve.append(step / slope if slope > 0 else None)
        if step > 0:
            half = [np.spacing(np.abs(w)) / 2 for w in new]
            self.resolution = max(self.resolution or 0.0, norm(half) / step)
        self.disagreement = _worst(self.disagreement, formula, new, step)
        self.textbook = _worst(self.textbook, textbook, new, step)

    def measured(self) -> dict[str, Any]:
        """The fields of `LearningRate` that were measured."""
        return {
            "curve": tuple(self.curve),
            "disagreement": self.disagreement,
            "resolution": self.resolution,
            "textbook": self.textbook,
        }


def _worst(
    so_far: float | None, formula: Sequence[Array] | None, new: Sequence[Array], step: float
) -> float | None:
    if formula is None:
        return so_far
    off = norm(difference(formula, new))
    relative = off / step if step > 0 else (0.0 if off == 0 else math.inf)
    return max(so_far or 0.0, relative)


def difference(left: Sequence[Array], right: Sequence[Array]) -> list[Array]:
    """``left - right``, array by array, in double precision."""
    return [a.astype(np.float64) - b.astype(np.float64) for a, b in zip(left, right, strict=True)]


def norm(arrays: Sequence[Array]) -> float:
    """Euclidean norm over all numbers of all arrays."""
    return math.sqrt(math.fsum(float(np.sum(a.astype(np.float64) ** 2)) for a in arrays))


def travelled(ends: Sequence[Sequence[Array]]) -> tuple[float, float]:
    """``(path, net)`` of `Path`, from the weights at the start and at the end of each epoch."""
    steps = [norm(difference(b, a)) for a, b in pairwise(ends)]
    return math.fsum(steps), norm(difference(ends[-1], ends[0]))
