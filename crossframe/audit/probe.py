"""Whether a parameter has an effect, by experiment: change it and nothing else.

A rule says when a parameter acts (`crossframe.settings.binding.Binding`: ``active_if``, ``never``).
Its experiments are made from it and from a `Probe`: with every condition met the two values of the
parameter must give different fits; with one condition broken they must give the same bits (or, where a
probe says so, scores that differ by rounding). Where a condition names values of another parameter, every
value that this one takes is tried, so that a rule with a value too many or too few is contradicted.
"""

from __future__ import annotations

import enum
import functools
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from crossframe.audit.samples import SAMPLES, three_classes
from crossframe.core.types import Value
from crossframe.experiment.cells import RequestCell
from crossframe.experiment.record import Record
from crossframe.frameworks.contract import EvalRows, FitRequest, Status
from crossframe.frameworks.registry import model as registered
from crossframe.settings.binding import Binding, When
from crossframe.settings.probe import Probe


class ProbeEffect(enum.StrEnum):
    """What changing a parameter did to the fit; the value is the word that a reader sees."""

    NONE = "bit-identical"
    ROUNDING = "different by rounding"
    DIFFERS = "different"
    REFUSED = "refused"
    FAILED = "no answer"
    """A fit crashed, ran out of time or came back damaged, or the framework is missing."""


@dataclass(frozen=True)
class ProbeExperiment:
    """Two fits that differ in ``param`` only: ``values``, with ``under`` in both.

    ``expected`` is what the rule says of them; ``condition`` what is changed for it, in words;
    ``rounding`` the largest change of a score that counts as rounding; ``classes`` those of the sample.
    """

    model: str
    param: str
    values: tuple[Value, Value]
    under: Mapping[str, Value]
    sample: str
    expected: ProbeEffect
    condition: str = ""
    rounding: float = 0.0
    classes: int = 2


@dataclass(frozen=True)
class ProbeOutcome:
    """What an experiment showed.

    ``change`` is the largest difference between the two fits' scores on the evaluation rows,
    ``flipped`` the share of these rows whose label differs; None where a fit gave none.
    """

    experiment: ProbeExperiment
    effect: ProbeEffect
    change: float | None
    flipped: float | None
    words: str = ""

    @property
    def holds(self) -> bool:
        """Whether there is an answer and it is the one that the rule predicts, but for rounding.

        What the framework refuses for three classes is no answer against a rule.
        """
        effect = ProbeEffect.NONE if self.effect is ProbeEffect.ROUNDING else self.effect
        if self.experiment.classes > 2 and self.experiment.expected is ProbeEffect.REFUSED:
            # It has no effect, whether it is refused there too or ignored.
            return effect in (ProbeEffect.REFUSED, ProbeEffect.NONE)
        return self.out_of_reach or (self.answered and effect == self.experiment.expected)

    @property
    def answered(self) -> bool:
        """Whether the experiment has an answer, for the rule or against it."""
        return self.effect is not ProbeEffect.FAILED

    @property
    def out_of_reach(self) -> bool:
        """Whether the framework refuses such a fit for three classes, so that the rule is of two alone."""
        refused = self.effect is ProbeEffect.REFUSED and self.experiment.expected is not self.effect
        return refused and self.experiment.classes > 2

    @property
    def contradicts(self) -> bool:
        """Whether the rule is refuted: there is an answer, and it is another one."""
        return self.answered and not self.holds


def experiments(
    model: str, binding: Binding, probe: Probe, base: Mapping[str, Value], *, classes: int = 2
) -> Iterator[ProbeExperiment]:
    """The experiments that check the rule of one parameter of ``engine.model``.

    ``base`` holds in every fit of the model: what makes it short and repeatable. With 3 ``classes`` they
    are the same experiments on the samples with three classes, but for those that three classes cannot have
    (`Model.of_two`). Raises ValueError where the probe does not fit the rule.
    """
    if probe.why_not:
        return
    under = {**base, **probe.under, **(probe.of_three if classes > 2 else {})}
    if len(probe.broken) != len(binding.active_if):
        raise ValueError(f"{model} {binding.param}: {len(binding.active_if)} conditions, "
                         f"{len(probe.broken)} ways to break them")  # fmt: skip
    made: set[tuple[tuple[str, str], ...]] = set()
    for given, words, broken in _states(model, binding, probe, under):
        state = given if classes == 2 else _of_three(model, binding, given, broken)
        if state is None:
            continue
        key = tuple(sorted((name, repr(value)) for name, value in state.items() if value is not None))
        if key in made:
            continue
        made.add(key)
        inactive = bool(binding.never) or broken or any(c.holds(state) is False for c in binding.active_if)
        without = ProbeEffect.REFUSED if probe.refused and words else ProbeEffect.NONE
        expected = without if inactive else ProbeEffect.DIFFERS
        yield ProbeExperiment(
            model, binding.param, probe.values, state, probe.sample, expected, words, probe.rounding, classes
        )


def _of_three(
    model: str, binding: Binding, state: Mapping[str, Value], broken: bool
) -> Mapping[str, Value] | None:
    """The parameters of an experiment on two classes as they are with three; None: it has no counterpart."""
    made = dict(state)
    for name, (two, three) in registered(model).of_two.items():
        if name == binding.param or state.get(name, two) not in (two, three):
            return None
        made[name] = three
    restored = broken and all(condition.holds(made) for condition in binding.active_if)
    return None if restored else made


def _states(
    model: str, binding: Binding, probe: Probe, under: Mapping[str, Value]
) -> Iterator[tuple[Mapping[str, Value], str, bool]]:
    """(parameters of both fits, what is particular to them, whether a condition is broken on purpose).

    A state may come twice.
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
        # The effect of one alternative is visible only where the others do not hold.
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
    """A condition and its alternatives, each of which is sufficient."""
    one: When | None = condition
    while one is not None:
        yield one
        one = one.otherwise


def _tried(model: str, condition: When, probe: Probe) -> Iterator[Value]:
    """The values of a condition's parameter: all that it takes, where it names some of them."""
    if not condition.among:
        return
    options = next((b.kind.options for b in registered(model).bindings if b.param == condition.param), ())
    tried = probe.tried.get(condition.param, (*condition.among, *options))
    for value in dict.fromkeys(tried):
        if (condition.param, value) not in probe.skip:
            yield value


def cells(experiment: ProbeExperiment) -> tuple[RequestCell, RequestCell]:
    """The two fits of an experiment, for the executor. Raises ValueError for an unknown parameter."""
    first, second = (
        RequestCell(experiment.model, _request(experiment, {**experiment.under, experiment.param: value}))
        for value in experiment.values
    )
    return first, second


def outcome(experiment: ProbeExperiment, first: Record, second: Record) -> ProbeOutcome:
    """The outcome of an experiment from the records of its two fits.

    A refusal is an answer; a fit that broke is none (`ProbeEffect.FAILED`).
    """
    fits = (first, second)
    broken = [fit for fit in fits if not fit.status.usable and fit.status not in _REFUSALS]
    refused = [fit for fit in fits if fit.status in _REFUSALS]
    if broken or refused:
        fit = (broken or refused)[0]
        words = "; ".join([str(fit.status), *fit.fields["evidence"]])
        return ProbeOutcome(
            experiment, ProbeEffect.FAILED if broken else ProbeEffect.REFUSED, None, None, words
        )
    flipped = None
    if all("labels" in fit.arrays for fit in fits):
        flipped = float(np.mean(first.arrays["labels"] != second.arrays["labels"]))
    change = float(np.nanmax(np.abs(first.arrays["score"] - second.arrays["score"]), initial=0.0))
    if first.fields["digest"] == second.fields["digest"]:
        effect = ProbeEffect.NONE
    else:
        rounded = experiment.rounding > 0 and change <= experiment.rounding
        effect = ProbeEffect.ROUNDING if rounded else ProbeEffect.DIFFERS
    return ProbeOutcome(experiment, effect, change, flipped)


_REFUSALS = (Status.REFUSED, Status.CANNOT_EXPRESS)
"""The framework itself refuses a value, or it cannot be handed to it."""


@functools.cache
def _on(sample: str, classes: int) -> FitRequest:
    """A request on a sample, without model and settings."""
    X, y, X_eval = SAMPLES[sample]() if classes == 2 else three_classes(sample)
    names = tuple(f"x{j}" for j in range(X.shape[1]))
    evaluation = EvalRows(hashlib.sha256(X_eval.tobytes()).hexdigest(), X_eval, names)
    shape = (8, 8) if X.shape[1] == 64 else None
    return FitRequest("", {}, {}, X, y, names, evaluation, image_shape=shape, classes=classes)


def _request(experiment: ProbeExperiment, native: Mapping[str, Value]) -> FitRequest:
    model = registered(experiment.model)
    unknown = set(native) - model.parameters
    if unknown:
        raise ValueError(f"{experiment.model} has no parameter {', '.join(sorted(unknown))}")
    given = {k: v for k, v in native.items() if v is not None}
    made = replace(_on(experiment.sample, experiment.classes), model=model.short, native=given)
    if "classes" not in model.tasks:
        # 1 and 2, which a model of positive numbers takes.
        made = replace(made, y_train=made.y_train + 1.0, task="numbers")
    return made
