"""Rules of activity against experiments in what is installed here: ``crossframe audit --check``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any

from crossframe import settings
from crossframe.auditing.assemble import captured_by
from crossframe.auditing.probe import Outcome, experiments, run
from crossframe.engines.base import FitRequest, FitResult
from crossframe.engines.host import EngineDied, EngineProcess
from crossframe.errors import EngineMissing, UsageError
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
        """Whether every experiment bears the rule out."""
        return all(outcome.holds for outcome in self.outcomes)

    @property
    def contradicted(self) -> bool:
        """Whether an experiment had another outcome; one without an answer says nothing."""
        return any(outcome.contradicts for outcome in self.outcomes)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "holds": self.holds, "contradicted": self.contradicted}


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
    EngineMissing
        When the engine cannot run here; with the reason and what mends it.
    """
    engine = model.partition(".")[0]
    probes = import_module(f"crossframe.auditing.probes.{captured_by(engine)}")
    table = {b.param: b for b in settings.bindings(model)}
    unknown = set(params or ()) - set(table)
    if unknown:
        raise UsageError.unknown(f"parameter of {model}", sorted(unknown)[0], table)
    process = EngineProcess(engine)
    fitter = _Remembering(process)
    found = []
    try:
        _require(process)
        for param, binding in table.items():
            if params is not None and param not in params:
                continue
            probe = probes.PROBES[model][param]
            heard(f"{model} {param}")
            outcomes = tuple(
                run(fitter, e) for e in experiments(model, binding, probe, probes.BASE.get(model, {}))
            )
            found.append(Checked(model, param, binding.setting, rule(binding), outcomes, probe.why_not))
    finally:
        process.close()
    return tuple(found)


class _Remembering:
    """An engine's process that is asked once for each fit: many experiments share one of theirs."""

    def __init__(self, process: EngineProcess) -> None:
        self._process = process
        self._known: dict[tuple[str, str, tuple[tuple[str, str], ...]], FitResult] = {}

    def fit(self, request: FitRequest) -> FitResult:
        """The fit, and the same one for the same request; a broken one is tried again."""
        native = tuple(sorted((name, repr(value)) for name, value in request.native.items()))
        key = (request.model, request.fingerprint, native)
        if key not in self._known:
            fit = self._process.fit(request)
            if fit.status.failed:
                return fit
            self._known[key] = fit
        return self._known[key]


def _require(process: EngineProcess) -> None:
    """Raise `EngineMissing` unless the engine can run."""
    try:
        probed = process.call("probe")
    except EngineDied as death:
        last = death.log.strip().splitlines()[-1:]
        reason = ": ".join((death.reason, *last))
        raise EngineMissing(f"{process.engine} cannot run: {reason}", "mend: crossframe doctor") from None
    if not probed.available:
        raise EngineMissing(f"{process.engine} cannot run: {probed.reason}", f"mend: {probed.mend}")
