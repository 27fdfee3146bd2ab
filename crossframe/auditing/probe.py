"""Whether a parameter has an effect, found by experiment: change it and nothing else.

A rule says when a parameter acts (`crossframe.settings.base.Binding`: ``active_if``, ``never``).
Its experiments are made from it and from a `Probe`: with every condition met the two values of the
parameter must give different fits; with one condition broken they must give the same bits. Where a
condition names values of another parameter, every value that this one takes is tried, so that a rule
with a value too many or too few is contradicted.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from crossframe.auditing.samples import SAMPLES
from crossframe.engines.base import EvalRows, FitRequest, FitResult, FloatArray, Status, Value
from crossframe.errors import UsageError
from crossframe.settings import bindings
from crossframe.settings.base import Binding, When


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
        Name of the training sample, see `crossframe.auditing.samples.SAMPLES`.
    refused
        The framework refuses a value where a condition is broken, in place of ignoring it.
    why_not
        Why no experiment can be made of it; empty: one can.
    beside
        (parameter of a condition, its value) -> what this value takes beside it, to be fitted at all
        or to show the effect.
    also
        Further places to try: other parameters on top of ``under``.
    tried
        Parameter of a condition -> the values of it that are tried, where not all of them.
    skip
        (parameter of a condition, its value) -> why this value is not tried.
    """

    values: tuple[Value, Value] = (None, None)
    under: Mapping[str, Value] = field(default_factory=dict)
    broken: tuple[Mapping[str, Value], ...] = ()
    sample: str = "plain"
    refused: bool = False
    why_not: str = ""
    beside: Mapping[tuple[str, Value], Mapping[str, Value]] = field(default_factory=dict)
    also: tuple[Mapping[str, Value], ...] = ()
    tried: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    skip: Mapping[tuple[str, Value], str] = field(default_factory=dict)


class Effect(enum.StrEnum):
    """What changing a parameter did."""

    NONE = "bit-identical"
    DIFFERS = "different"
    REFUSED = "refused"
    FAILED = "no answer"
    """A fit crashed, ran out of time or came back damaged, or the framework is missing."""


@dataclass(frozen=True)
class Experiment:
    """Two fits that differ in ``param`` only: ``values``, with ``under`` in both.

    ``expected`` is what the rule says of them; ``condition`` what is changed for it, in words.
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
        return self.answered and self.effect == self.experiment.expected

    @property
    def answered(self) -> bool:
        """Whether the framework gave an answer, for the rule or against it."""
        return self.effect is not Effect.FAILED

    @property
    def contradicts(self) -> bool:
        """Whether the rule is refuted: there is an answer, and it is another one."""
        return self.answered and not self.holds


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
    made: set[tuple[tuple[str, str], ...]] = set()
    for state, words, broken in _states(model, binding, probe, under):
        key = tuple(sorted((name, repr(value)) for name, value in state.items() if value is not None))
        if key in made:
            continue
        made.add(key)
        idle = bool(binding.never) or broken or any(c.holds(state) is False for c in binding.active_if)
        inert = Effect.REFUSED if probe.refused and words else Effect.NONE
        expected = inert if idle else Effect.DIFFERS
        yield Experiment(model, binding.param, probe.values, state, probe.sample, expected, words)


def _states(
    model: str, binding: Binding, probe: Probe, under: Mapping[str, Value]
) -> Iterator[tuple[Mapping[str, Value], str, bool]]:
    """Where the two fits are made, what is particular there, whether a condition is broken on purpose.

    Some come twice.
    """
    yield under, "", False
    for k, (condition, change) in enumerate(zip(binding.active_if, probe.broken, strict=True)):
        elsewhere = {**under, **change}
        for j, other in enumerate(binding.active_if):
            if other.holds(elsewhere) is (j == k):
                how = "holds" if j == k else "is broken too"
                raise ValueError(f"{model} {binding.param}: under {dict(change)} the condition {other} {how}")
        yield elsewhere, f"without {condition}", True
    for condition, change in zip(binding.active_if, probe.broken, strict=True):
        alternatives = list(_alternatives(condition))
        # What one alternative does shows where the others do not hold.
        starts = [under, {**under, **change}] if len(alternatives) > 1 else [under]
        for start in starts:
            for one in alternatives:
                for value in _tried(model, one, probe):
                    beside = probe.beside.get((one.param, value), {})
                    state = {**start, **beside, one.param: value}
                    yield state, _with(under, state), False
    for change in probe.also:
        state = {**under, **change}
        yield state, _with(under, state), False


def _with(under: Mapping[str, Value], state: Mapping[str, Value]) -> str:
    """What ``state`` has beyond ``under``, in words."""
    more = [f"{name}={value}" for name, value in state.items() if name not in under or under[name] != value]
    return "with " + ", ".join(more) if more else ""


def _alternatives(condition: When) -> Iterator[When]:
    """A condition and what is enough in its place."""
    found: When | None = condition
    while found is not None:
        yield found
        found = found.otherwise


def _tried(model: str, condition: When, probe: Probe) -> Iterator[Value]:
    """The values of a condition's parameter: all that it takes, where it names some of them."""
    if not condition.among:
        return
    options = next((b.kind.options for b in bindings(model) if b.param == condition.param), ())
    tried = probe.tried.get(condition.param, (*condition.among, *options))
    for value in dict.fromkeys(tried):
        if (condition.param, value) not in probe.skip:
            yield value


def run(process: Fitter, experiment: Experiment) -> Outcome:
    """Make both fits and compare them.

    A refusal is an answer; a fit that broke is none (`Effect.FAILED`).
    """
    first, second = (
        process.fit(_request(experiment, {**experiment.under, experiment.param: value}))
        for value in experiment.values
    )
    for effect, fits in (
        (Effect.FAILED, [fit for fit in (first, second) if not fit.status.usable and not _refused(fit)]),
        (Effect.REFUSED, [fit for fit in (first, second) if _refused(fit)]),
    ):
        if fits:
            words = "; ".join(str(word) for word in (fits[0].status, *fits[0].evidence))
            return Outcome(experiment, effect, None, None, words)
    assert first.score is not None
    assert second.score is not None
    effect = Effect.NONE if digest(first) == digest(second) else Effect.DIFFERS
    flipped = float(np.mean(first.labels != second.labels))
    return Outcome(experiment, effect, _largest(first.score - second.score), flipped)


def _refused(fit: FitResult) -> bool:
    """Whether the framework itself said no, or the value cannot be handed to it."""
    if fit.status in (Status.REFUSED, Status.CANNOT_EXPRESS):
        return True
    return fit.status is Status.CRASHED and any(
        word.startswith(f"{UsageError.__name__}:") for word in fit.evidence[:1]
    )


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
