"""Rules of activity against experiments in what is installed here: ``crossframe audit --check``."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from crossframe.audit.probe import ProbeExperiment, ProbeOutcome, cells, experiments, outcome
from crossframe.core.errors import UsageError
from crossframe.experiment.cells import RequestCell
from crossframe.experiment.dispatch import executor
from crossframe.experiment.record import Record
from crossframe.experiment.store import Store, opened
from crossframe.frameworks.pool import Pool, process_from
from crossframe.frameworks.registry import available, require
from crossframe.frameworks.registry import model as registered
from crossframe.settings.binding import Binding


@dataclass(frozen=True)
class Checked:
    """The rule of one parameter, and what its experiments showed.

    ``why_not`` says why no experiment can be made of it; then there are no outcomes.
    """

    model: str
    param: str
    setting: str
    rule: str
    outcomes: tuple[ProbeOutcome, ...] = ()
    why_not: str = ""

    @property
    def holds(self) -> bool:
        """Whether every experiment had the outcome that the rule predicts."""
        return all(outcome.holds for outcome in self.outcomes)

    @property
    def contradicted(self) -> bool:
        """Whether an experiment had another outcome; an experiment without an answer does not count."""
        return any(outcome.contradicts for outcome in self.outcomes)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, with ``holds`` and ``contradicted``."""
        return {**asdict(self), "holds": self.holds, "contradicted": self.contradicted}


def rule(binding: Binding) -> str:
    """The rule of a binding as a phrase: ``always``, ``never: WHY`` or ``with CONDITION and CONDITION``."""
    if binding.never:
        return f"never: {binding.never}"
    return "with " + " and ".join(map(str, binding.active_if)) if binding.active_if else "always"


def of_two_alone(models: Sequence[str]) -> UsageError:
    """The error of an audit with three classes of models that do not take them."""
    return UsageError(
        f"{', '.join(models)}: no model of three classes",
        "take one that is, such as sklearn.logistic, r.multinom, r.glmnet, h2o.glm and keras.mlp",
    )


def check(
    model: str,
    params: Sequence[str] | None = None,
    *,
    three_classes: bool = False,
    force: bool = False,
    on_progress: Callable[[str], None] = lambda name: None,
    store: Store | str | os.PathLike[str] | None = None,
    pool: Pool | None = None,
) -> tuple[Checked, ...]:
    """Make the experiments of ``engine.model``'s parameters, of all or of ``params``.

    Each takes two or more fits with one thing changed between them; many share a fit, and what is stored
    of the same versions and code is not made again unless ``force`` asks for it. A parameter that carries
    several settings is checked once. With ``three_classes`` they are made on samples with three classes, and
    what the framework refuses for these is no answer against a rule. ``on_progress`` is called with the model
    and each parameter of which a fit is made; ``store`` and ``pool`` as in `crossframe.audit.audit.audit`.

    Raises
    ------
    UsageError
        For a parameter without a rule, and with ``three_classes`` for a model of two classes alone.
    EngineMissing
        When the engine cannot run here; with the reason and what fixes it.
    """
    of = registered(model)
    if three_classes and not of.several:
        raise of_two_alone([model])
    table = {b.param: b for b in of.bindings}
    unknown = set(params or ()) - set(table)
    if unknown:
        raise UsageError.unknown(f"parameter of {model}", sorted(unknown)[0], table)
    chosen = [param for param in table if params is None or param in params]
    made: dict[str, list[ProbeExperiment]] = {
        param: list(
            experiments(model, table[param], of.probes[param], of.base, classes=3 if three_classes else 2)
        )
        for param in chosen
    }
    fits = {(param, k): cells(e) for param, several in made.items() for k, e in enumerate(several)}
    first: dict[str, str] = {}
    for (param, _), pair in fits.items():
        for cell in pair:
            first.setdefault(cell.key, param)
    named: set[str] = set()

    def ended(cell: RequestCell, record: Record, left: float) -> None:
        param = first[cell.key]
        if param not in named:
            named.add(param)
            on_progress(f"{model} {param}")

    there = available(of.framework)
    with opened(store) as kept:
        run = executor(kept, jobs=os.cpu_count() or 1, on_progress=ended, process=process_from(pool))
        wanted = list({cell.key: cell for pair in fits.values() for cell in pair}.values())
        records, done = run.records(wanted, {} if there.available else {of.framework: there}, force=force)
    for engine, why in done.missing.items():
        require(engine, why)
    return tuple(
        Checked(
            model,
            param,
            table[param].setting,
            rule(table[param]),
            tuple(
                outcome(e, *(records[cell.key] for cell in fits[param, k])) for k, e in enumerate(made[param])
            ),
            of.probes[param].why_not,
        )
        for param in chosen
    )
