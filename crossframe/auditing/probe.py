"""Whether a parameter has an effect, found by experiment: change it and nothing else.

A rule says when a parameter acts (`crossframe.settings.base.Binding`: ``active_if``, ``never``).
Its experiments are made from it and from a `Probe`: with every condition met the two values of the
parameter must give different fits; with one condition broken they must give the same bits.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from crossframe.engines.base import EvalRows, FitRequest, FitResult, FloatArray, IntArray, Value
from crossframe.settings import bindings
from crossframe.settings.base import Binding


@dataclass(frozen=True)
class Probe:
    """Where, and by which two values, the effect of a parameter shows.

    Attributes
    ----------
    values
        Two values in the framework's spelling.
    under
        Other parameters, the same in both fits, under which the rule's conditions hold.
    broken
        For each condition of the rule, in order: other parameters that break it and no other.
    sample
        Name of the training sample, see `SAMPLES`.
    refused
        The framework refuses a value where a condition is broken, in place of ignoring it.
    why_not
        Why no experiment can be made of it; empty: one can.
    """

    values: tuple[Value, Value] = (None, None)
    under: Mapping[str, Value] = field(default_factory=dict)
    broken: tuple[Mapping[str, Value], ...] = ()
    sample: str = "plain"
    refused: bool = False
    why_not: str = ""


class Effect(enum.StrEnum):
    """What changing a parameter did."""

    NONE = "bit-identical"
    DIFFERS = "different"
    REFUSED = "refused"


@dataclass(frozen=True)
class Experiment:
    """Two fits that differ in ``param`` only: ``values``, with ``under`` in both.

    ``expected`` is what the rule says of them; ``condition`` the one that is broken, in words.
    """

    model: str
    param: str
    values: tuple[Value, Value]
    under: Mapping[str, Value]
    sample: str
    expected: Effect
    condition: str = ""


@dataclass(frozen=True)
class Outcome:
    """What an experiment showed.

    ``change`` is the largest difference between the two fits' scores on the evaluation rows,
    ``flipped`` the share of these rows whose label differs; None where a fit gave none.
    """

    experiment: Experiment
    effect: Effect
    change: float | None
    flipped: float | None
    words: str = ""

    @property
    def holds(self) -> bool:
        """Whether the rule is borne out."""
        return self.effect == self.experiment.expected


class Fitter(Protocol):
    """What can fit: an engine's process."""

    def fit(self, request: FitRequest) -> FitResult:
        """See `crossframe.engines.base.Engine`."""


def experiments(
    model: str, binding: Binding, probe: Probe, base: Mapping[str, Value]
) -> Iterator[Experiment]:
    """The experiments that check the rule of one parameter of ``engine.model``.

    ``base`` holds in every fit of the model: what makes it short and repeatable. Raises ValueError
    where the probe does not fit the rule.
    """
    if probe.why_not:
        return
    under = {**base, **probe.under}
    if len(probe.broken) != len(binding.active_if):
        raise ValueError(f"{model} {binding.param}: {len(binding.active_if)} conditions, "
                         f"{len(probe.broken)} ways to break them")  # fmt: skip
    one = Experiment(model, binding.param, probe.values, under, probe.sample, Effect.DIFFERS)
    yield replace(one, expected=Effect.NONE) if binding.never else one
    for k, (condition, change) in enumerate(zip(binding.active_if, probe.broken, strict=True)):
        elsewhere = {**under, **change}
        for j, other in enumerate(binding.active_if):
            if other.holds(elsewhere) is (j == k):
                state = "holds" if j == k else "is broken too"
                raise ValueError(
                    f"{model} {binding.param}: under {dict(change)} the condition {other} {state}"
                )
        expected = Effect.REFUSED if probe.refused else Effect.NONE
        yield replace(one, under=elsewhere, expected=expected, condition=f"without {condition}")


def run(process: Fitter, experiment: Experiment) -> Outcome:
    """Make both fits and compare them."""
    first, second = (
        process.fit(_request(experiment, {**experiment.under, experiment.param: value}))
        for value in experiment.values
    )
    refused = [fit for fit in (first, second) if not fit.status.usable]
    if refused:
        words = "; ".join(str(word) for word in (refused[0].status, *refused[0].evidence))
        return Outcome(experiment, Effect.REFUSED, None, None, words)
    assert first.score is not None
    assert second.score is not None
    effect = Effect.NONE if digest(first) == digest(second) else Effect.DIFFERS
    flipped = float(np.mean(first.labels != second.labels))
    return Outcome(experiment, effect, _largest(first.score - second.score), flipped)


def digest(fit: FitResult) -> str:
    """SHA-256 of the bits of a fit: scores and labels of both sets of rows, and coefficients."""
    parts = [fit.score, fit.labels, fit.train_score, fit.train_labels]
    if fit.coefficients is not None:
        parts += [np.array([fit.coefficients.intercept]), fit.coefficients.values]
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(b"-" if part is None else np.ascontiguousarray(part).tobytes())
    return hashed.hexdigest()


def _largest(difference: FloatArray) -> float:
    return float(np.nanmax(np.abs(difference), initial=0.0))


def _request(experiment: Experiment, native: Mapping[str, Value]) -> FitRequest:
    X, y, X_eval = SAMPLES[experiment.sample]()
    names = tuple(f"x{j}" for j in range(X.shape[1]))
    unknown = set(native) - {b.param for b in bindings(experiment.model)}
    if unknown:
        raise ValueError(f"{experiment.model} has no parameter {', '.join(sorted(unknown))}")
    return FitRequest(
        model=experiment.model.partition(".")[2],
        settings={},
        native={k: v for k, v in native.items() if v is not None},
        X_train=X,
        y_train=y,
        names=names,
        evaluation=EvalRows(hashlib.sha256(X_eval.tobytes()).hexdigest(), X_eval, names),
        image_shape=(8, 8) if X.shape[1] == 64 else None,
    )


Sample = tuple[FloatArray, IntArray, FloatArray]
"""Training rows (n, k), their classes (n,), evaluation rows (m, k)."""


def _plain() -> Sample:
    """60 rows of 4 features, of which two matter; no plane separates the classes."""
    rng = np.random.default_rng(7)
    X = rng.normal(size=(100, 4)) * (1.0, 3.0, 0.5, 1.0) + (0.5, -1.0, 0.0, 2.0)
    y = (X[:, 0] + X[:, 1] / 3 + rng.normal(size=100) > 0.4).astype(np.int64)
    return np.ascontiguousarray(X[:60]), y[:60], np.ascontiguousarray(X[60:])


def _missing() -> Sample:
    """The plain sample without one value in each of five training rows."""
    X, y, X_eval = _plain()
    X = X.copy()
    X[[3, 11, 25, 40, 52], [0, 1, 2, 3, 0]] = np.nan
    return X, y, X_eval


def _constant() -> Sample:
    """The plain sample, one column of which is constant in the training rows."""
    X, y, X_eval = _plain()
    X = X.copy()
    X[:, 2] = 1.5
    return X, y, X_eval


def _collinear() -> Sample:
    """The plain sample, with a fifth column that is the sum of the first two."""
    X, y, X_eval = _plain()
    X, X_eval = (np.column_stack([part, part[:, 0] + part[:, 1]]) for part in (X, X_eval))
    return X, y, X_eval


def _image() -> Sample:
    """24 digits, 0 and 1, of 8 x 8 pixels between 0 and 16, and 40 others."""
    from crossframe.data import load

    data = load("digits")
    return data.X[:24], data.y[:24], data.X[24:64]


SAMPLES: dict[str, Callable[[], Sample]] = {
    "plain": _plain,
    "missing": _missing,
    "constant": _constant,
    "collinear": _collinear,
    "image": _image,
}
"""Small fixed samples by name."""
