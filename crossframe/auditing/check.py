"""Rules of activity against experiments in what is installed here: ``crossframe audit --check``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any

from crossframe import settings
from crossframe.auditing.assemble import captured_by
from crossframe.auditing.probe import Outcome, experiments, run
from crossframe.engines.host import EngineProcess
from crossframe.errors import UsageError
from crossframe.settings.base import Binding


@dataclass(frozen=True)
class Checked:
    """The rule of one parameter, and what its experiments showed.

    ``why_not`` says why no experiment can be made of it; then there are no outcomes.
    """

    model: str
    param: str
    setting: str
    rule: str
    outcomes: tuple[Outcome, ...] = ()
    why_not: str = ""

    @property
    def holds(self) -> bool:
        """Whether no experiment contradicts the rule."""
        return all(outcome.holds for outcome in self.outcomes)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "holds": self.holds}


def rule(binding: Binding) -> str:
    """When a parameter acts, in words."""
    if binding.never:
        return f"never: {binding.never}"
    return "with " + " and ".join(map(str, binding.active_if)) if binding.active_if else "always"


def check(
    model: str, params: Sequence[str] | None = None, heard: Callable[[str], None] = lambda name: None
) -> tuple[Checked, ...]:
    """Make the experiments of ``engine.model``'s parameters, of all or of ``params``.

    Each takes two or more fits with one thing changed between them. A parameter that carries several
    settings is checked once.

    Raises
    ------
    UsageError
        For a parameter without a rule.
    EngineDied
        When the engine cannot be started or ends.
    """
    engine = model.partition(".")[0]
    probes = import_module(f"crossframe.auditing.probes.{captured_by(engine)}")
    table = {b.param: b for b in settings.bindings(model)}
    unknown = set(params or ()) - set(table)
    if unknown:
        raise UsageError.unknown(f"parameter of {model}", sorted(unknown)[0], table)
    process = EngineProcess(engine)
    found = []
    try:
        for param, binding in table.items():
            if params is not None and param not in params:
                continue
            probe = probes.PROBES[model][param]
            heard(f"{model} {param}")
            outcomes = tuple(
                run(process, e) for e in experiments(model, binding, probe, probes.BASE.get(model, {}))
            )
            found.append(Checked(model, param, binding.setting, rule(binding), outcomes, probe.why_not))
    finally:
        process.close()
    return tuple(found)
