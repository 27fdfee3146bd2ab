"""``crossframe.audit``: the defaults of what is installed, and what is in force after a fit."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from crossframe.audit.assemble import assemble
from crossframe.audit.check import of_two_alone
from crossframe.audit.record import Audit, Missing, untupled
from crossframe.audit.samples import SAMPLES, digits
from crossframe.audit.samples import three_classes as of_three
from crossframe.core.errors import UsageError
from crossframe.data import DESIGNS, Dataset
from crossframe.experiment.cells import AnyCell, CallCell, Host, MethodCall, answer_alone, fit_code, key_of
from crossframe.experiment.clusters import on_cluster
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.dispatch import executor
from crossframe.experiment.plan import Experiment, FitCell, parse_sizes, resolve
from crossframe.experiment.record import Record
from crossframe.experiment.spec import parse_many
from crossframe.experiment.store import Store, opened
from crossframe.frameworks.contract import Availability, Declared, Status
from crossframe.frameworks.pool import Pool, process_from
from crossframe.frameworks.registry import available, framework, frameworks, model, versions

DEFAULT_ROWS = 40
_PLAIN_ROWS = 48
"""Training rows of the plain sample for a model that refuses the digits; gbm in R needs more than 42."""
_SEED = 1


def audited_engines() -> tuple[str, ...]:
    """Frameworks whose models are audited when none is named."""
    return tuple(name for name, f in frameworks().items() if f.audited)


def audit(
    models: Sequence[str] = (),
    *,
    engines: Sequence[str] | None = None,
    n: int = DEFAULT_ROWS,
    three_classes: bool = False,
    force: bool = False,
    on_progress: Callable[[str], None] = lambda name: None,
    store: Store | str | os.PathLike[str] | None = None,
    pool: Pool | None = None,
    cluster: Any = None,
) -> Audit:
    """Read every default of the installed frameworks, fit once, and say what is in force.

    Each model is fitted once on ``n`` rows of scikit-learn's digits, 0 against 1, with one thread and
    the seed 1; what the framework reports afterwards is the effective value. A model that refuses them,
    because they have more columns than rows, is fitted on 48 rows of four columns. What is stored of the
    same versions and the same code is not asked again. Every engine is started all the same: one that is
    missing, or does not start, is never answered from the store.

    Parameters
    ----------
    models
        ``engine.model``, with overrides after a colon (``h2o.mlp:epochs=20``): the framework's
        defaults but for these. A contestant of ``compare`` (``leek.h2o.mlp``) has its settings there. By
        default every model of every framework.
    engines
        Only models of these engines.
    n
        Training rows of the fits.
    three_classes
        Fit on the digits 0, 1 and 2 in place of 0 and 1; by default the models that take them.
    force
        Ask again what is stored.
    on_progress
        Called with the name of each model that is fitted now.
    store
        Where defaults and fits are kept: a `Store`, or the path of its SQLite file.
    pool
        Lends the engines; by default they are started for this call and ended after it.
    cluster
        Where the cells are carried out in place of this machine: a ``distributed.Client``, the address of a
        scheduler, and others, see `crossframe.experiment.clusters.on_cluster`.

    Raises
    ------
    UsageError
        For a name that is not known, a setting that a model does not take, or with ``three_classes`` a
        model of two classes alone.
    """
    parse_sizes(str(n))
    known = audited_engines()
    for engine in engines or ():
        if engine not in known:
            raise UsageError.unknown("engine", engine, known)
    chosen = [c for c in subjects(models) if engines is None or c.engine in engines]
    if three_classes:
        if models and (not_taking := [c.name for c in chosen if not model(c.model).several]):
            raise of_two_alone(not_taking)
        chosen = [c for c in chosen if model(c.model).several]
    data = digits(three_classes=three_classes)
    fits = {c.name: _fit(c, data, n) for c in chosen}
    defaults = {c.model: _defaults(c.model) for c in chosen}
    names = {cell.key: name for name, cell in fits.items()}
    used = dict.fromkeys(c.engine for c in chosen)
    missing = {e: a for e in used if not (a := available(e)).available}
    # Runtimes that start slowly come first, so that others can run meanwhile.
    cells: list[AnyCell] = sorted(
        [*defaults.values(), *fits.values()], key=lambda c: -framework(c.host.engine).start_seconds
    )

    def ended(cell: AnyCell, record: Record, left: float) -> None:
        if cell.key in names and cell.host.engine not in missing:
            on_progress(names[cell.key])

    with opened(store) as kept, on_cluster(kept, cluster):
        run = executor(kept, jobs=os.cpu_count() or 1, on_progress=ended, process=process_from(pool))
        records, outcome = run.records(cells, missing, force=force)
        refused = {
            c.name: _fit(c, _plain_sample(three_classes), _PLAIN_ROWS)
            for c in chosen
            if (fit := records.get(fits[c.name].key)) is not None and fit.status is Status.REFUSED
        }
        if refused:
            run = executor(kept, jobs=os.cpu_count() or 1, process=process_from(pool))
            records |= run.records([*refused.values()], outcome.missing, force=force)[0]
    gone = dict(outcome.missing)
    audited = []
    for c in chosen:
        cell = refused.get(c.name, fits[c.name])
        declared, fit = (records.get(key) for key in (defaults[c.model].key, cell.key))
        if declared is None or fit is None:
            continue
        if declared.fields["failed"]:
            reason = "; ".join(declared.fields["evidence"])
            gone[c.engine] = Availability(False, reason=reason, remedy="crossframe doctor")
            continue
        defaults_of = [Declared(**untupled(d)) for d in declared.fields["answer"]]
        resolved = resolve(c, cell.experiment.dataset)
        y = cell.experiment.dataset.y[cell.experiment.draw(cell.n, cell.draw).train]
        one = assemble(c.name, resolved, defaults_of, fit, declared.fields["versions"], y, three_classes)
        if c.name in refused:
            sample = f"{cell.n} rows of 4 columns"
            ending = f"{one.ending}; on {sample}, because it refuses the digits"
            one = replace(one, ending=ending, sample=sample)
        audited.append(one)
    not_there = tuple(Missing(e, a.reason, a.remedy) for e, a in gone.items())
    return Audit(tuple(audited), not_there, classes=3 if three_classes else 2)


def subjects(models: Sequence[str]) -> list[Contestant]:
    """What is audited, each once: ``models`` as `audit` takes them, by default every model.

    Raises `UsageError` with all wrong names at once.
    """
    return parse_many(models or [m.name for name in audited_engines() for m in framework(name).all_models()])


def _fit(contestant: Contestant, data: Dataset, n: int) -> FitCell:
    design = DESIGNS["stratified"]
    if not model(contestant.model).fits(contestant.settings, contestant.native, data):
        # Of numbers alone: the classes as the numbers 1 and 2, which every family of numbers takes.
        data, design = replace(data, y=data.y + 1.0, classes=()), DESIGNS["random"]
    experiment = Experiment(data, design, (n,), 1, _SEED, (contestant,), threads=1)
    experiment.validate()
    (cell,) = experiment.cells()
    return cell


def _plain_sample(three_classes: bool) -> Dataset:
    X, y, _ = of_three("plain") if three_classes else SAMPLES["plain"]()
    names = tuple(f"x{column}" for column in range(1, X.shape[1] + 1))
    classes = ("0", "1", "2") if three_classes else ("0", "1")
    return Dataset("plain", X, y, names, classes, f"{len(X)} random rows of {X.shape[1]} columns")


def _defaults(model: str) -> CallCell:
    """Reads the declared defaults of ``engine.model``."""
    engine, _, short = model.partition(".")
    modules = filter(None, (framework(engine).capture, __name__))
    key = key_of(["defaults", model, versions(engine), fit_code(model, *modules)])
    return CallCell(
        key, Host.of(engine), MethodCall("defaults", (short,)), f"defaults of {engine}", keep=_plain
    )


def _plain(declared: Sequence[Declared], reported: Any) -> Record:
    return answer_alone([asdict(d) for d in declared], reported)
