"""What the rules of every framework must pass: complete, and borne out by their experiments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import pytest

from crossframe.audit.probe import ProbeExperiment, ProbeOutcome, cells, experiments, outcome
from crossframe.experiment.record import from_result
from crossframe.frameworks.contract import Declared
from crossframe.frameworks.framework import Framework
from crossframe.frameworks.registry import model as registered
from crossframe.settings.binding import Binding, When

MOST = 1
"""Experiments of a parameter that are no slow tests."""


def table(model: str) -> dict[str, Binding]:
    """The binding of each parameter; of several settings that it carries the last."""
    return {b.param: b for b in registered(model).bindings}


def all_experiments(framework: Framework) -> list[ProbeExperiment]:
    """Every experiment of every parameter that has a probe, in the order of the models."""
    return [
        experiment
        for model in framework.all_models()
        for param, binding in table(model.name).items()
        if param in model.probes
        for experiment in experiments(model.name, binding, model.probes[param], model.base)
    ]


def run(process, experiment: ProbeExperiment) -> ProbeOutcome:
    """Make both fits in a running process, or by an engine, nothing stored, and compare them."""
    requests = [cell.request for cell in cells(experiment)]
    first, second = (from_result(request, process.fit(request), None) for request in requests)
    return outcome(experiment, first, second)


def shape(binding: Binding) -> Any:
    """What two rules of one shape have in common: how each condition is tested."""

    def test(condition: When | None) -> Any:
        if condition is None:
            return None
        by_value = (bool(condition.among), condition.above is None, bool(condition.unlike))
        return (*by_value, test(condition.otherwise))

    return bool(binding.never), tuple(test(condition) for condition in binding.active_if)


def cases(framework: Framework, slow: tuple[str, ...] = (), most: int = MOST) -> list[Any]:
    """`all_experiments` for ``parametrize``: fast are the first rule of each shape, and that of each model.

    Of these, the first ``most`` experiments are; of the models ``slow`` none.
    """
    first: dict[Any, tuple[str, str]] = {}
    seen: Counter[tuple[str, str]] = Counter()
    params = []
    for experiment in all_experiments(framework):
        rule = experiment.model, experiment.param
        seen[rule] += 1
        marks = [pytest.mark.slow]
        if experiment.model not in slow:
            of_shape = first.setdefault(shape(table(experiment.model)[experiment.param]), rule)
            of_model = first.setdefault(experiment.model, rule)
            if rule in (of_shape, of_model) and seen[rule] <= most:
                marks = []
        params.append(pytest.param(experiment, id=name_of(experiment), marks=marks))
    return params


def name_of(experiment: ProbeExperiment) -> str:
    """For the test's id."""
    return f"{experiment.model}-{experiment.param}-{experiment.condition or 'acts'}"


def words(seen: ProbeOutcome) -> str:
    """The rule, and what was seen."""
    e = seen.experiment
    return (
        f"{e.model} {e.param}={e.values[0]} or {e.values[1]} under {dict(e.under)}"
        f"{', ' + e.condition if e.condition else ''}: the rule says {e.expected}, "
        f"seen: {seen.effect} (largest change {seen.change}) {seen.words}"
    )


def standing(model: str, declared: tuple[Declared, ...]) -> dict[str, list[str]]:
    """``callable.parameter`` -> the names of the bindings that read it and the patterns outside."""
    found = {}
    for d in declared:
        inside = {b.param for b in registered(model).bindings if b.covers(d.qualified)}
        outside = {p for p in registered(model).outside if fnmatchcase(d.qualified, p)}
        found[d.qualified] = [*sorted(inside), *sorted(outside)]
    return found


def share(found: Mapping[str, list[str]], model: str) -> float:
    """Mapped parameters among those that can change a fitted number."""
    outside = set(registered(model).outside)
    matters = [names for names in found.values() if not (set(names) & outside)]
    return sum(bool(names) for names in matters) / len(matters)
