"""What the rules of every framework must pass: complete, and borne out by their experiments."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from types import ModuleType

from crossframe import settings
from crossframe.auditing.probe import Experiment, Outcome, experiments
from crossframe.engines.base import Declared
from crossframe.settings.base import Binding


def table(model: str) -> dict[str, Binding]:
    """The binding of each parameter; of several settings that it carries the last."""
    return {b.param: b for b in settings.bindings(model)}


def all_experiments(probes: ModuleType) -> list[Experiment]:
    """Every experiment of every parameter that has a probe, in the order of the models."""
    return [
        experiment
        for model, found in probes.PROBES.items()
        for param, binding in table(model).items()
        if param in found
        for experiment in experiments(model, binding, found[param], probes.BASE[model])
    ]


def name_of(experiment: Experiment) -> str:
    """For the test's id."""
    return f"{experiment.model}-{experiment.param}-{experiment.condition or 'acts'}"


def told(outcome: Outcome) -> str:
    """The rule, and what was seen."""
    e = outcome.experiment
    return (
        f"{e.model} {e.param}={e.values[0]} or {e.values[1]} under {dict(e.under)}"
        f"{', ' + e.condition if e.condition else ''}: the rule says {e.expected}, "
        f"seen: {outcome.effect} (largest change {outcome.change}) {outcome.words}"
    )


def standing(model: str, declared: tuple[Declared, ...]) -> dict[str, list[str]]:
    """``callable.parameter`` -> the names of the bindings that read it and the patterns outside."""
    found = {}
    for d in declared:
        inside = {b.param for b in settings.bindings(model) if b.covers(d.qualified)}
        outside = {p for p in settings.OUTSIDE[model] if fnmatchcase(d.qualified, p)}
        found[d.qualified] = [*sorted(inside), *sorted(outside)]
    return found


def share(found: Mapping[str, list[str]], model: str) -> float:
    """Mapped parameters among those that can change a fitted number."""
    outside = set(settings.OUTSIDE[model])
    matters = [names for names in found.values() if not (set(names) & outside)]
    return sum(bool(names) for names in matters) / len(matters)
