"""``crossframe.compare``: from options to a result."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from crossframe.compare import again
from crossframe.compare.result import CompareResult
from crossframe.compare.spec import remembered, spec_of
from crossframe.core.activity import doing
from crossframe.core.errors import EngineMissing, NothingToDo, UsageError
from crossframe.core.text import as_name
from crossframe.data import DESIGNS, Dataset, load
from crossframe.experiment import workload
from crossframe.experiment.clusters import on_cluster
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.dispatch import executor
from crossframe.experiment.plan import Experiment, FitCell, parse_sizes
from crossframe.experiment.presets import PRESETS, Preset
from crossframe.experiment.record import Record
from crossframe.experiment.spec import by_formula, engines_named, missing_rule, parse_many
from crossframe.experiment.store import Store, opened
from crossframe.frameworks.contract import Availability
from crossframe.frameworks.h2o.cluster import connected
from crossframe.frameworks.pool import Pool, process_from
from crossframe.frameworks.registry import available, framework

DEFAULT_SIZES = "10,20,40,80"
DEFAULT_DRAWS = 5
DEFAULT_SEED = 12345

MOST_SECONDS = 7 * 86_400.0
"""The longest time limit of a fit."""

_MOST_PROCESSES = 1000


@dataclass(frozen=True)
class Plan:
    """What a ``compare`` will do, given to `Listener.planned` before it starts.

    Attributes
    ----------
    experiment
        Data, design, sizes, draws and contestants.
    cells
        All of them, also those that are stored.
    stored, others
        How many of them are, and how many more belong to other shards.
    forecast
        How long what is left will take, and which framework has most of the work.
    one_class
        n -> draws that hold one class only.
    missing
        Engines that cannot run here, and why.
    skipped
        Contestants that do not apply to the data.
    store
        File of the cells.
    """

    experiment: Experiment
    cells: tuple[FitCell, ...]
    stored: int
    forecast: workload.Forecast
    one_class: dict[int, int]
    missing: dict[str, Availability]
    skipped: tuple[str, ...]
    store: Path
    others: int = 0

    @property
    def todo(self) -> int:
        """How many cells are carried out now."""
        return len(self.cells) - self.stored - self.others


class Listener(Protocol):
    """Receives the plan of a run and each finished cell."""

    def planned(self, plan: Plan) -> None:
        """Called once with the plan, before the first cell is run."""

    def cell(self, cell: FitCell, record: Record, seconds_left: float) -> None:
        """Called after each cell, with the seconds that are left by estimate."""


class _Silent:
    def planned(self, plan: Plan) -> None:
        pass

    def cell(self, cell: FitCell, record: Record, seconds_left: float) -> None:
        pass


def compare(
    n: str | int | Sequence[int] | None = None,
    *,
    draws: int | None = None,
    dataset: str | None = None,
    data: str | os.PathLike[str] | None = None,
    target: str | None = None,
    positive: str | None = None,
    classes: bool = False,
    digits: tuple[int, int] = (0, 1),
    missing: str = "refuse",
    features: Sequence[str] | None = None,
    drop: Sequence[str] = (),
    formula: str | None = None,
    weights: str | None = None,
    offset: str | None = None,
    exposure: str | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    design: str | None = None,
    contestants: Sequence[str] | None = None,
    also: Sequence[str] = (),
    engines: Sequence[str] | None = None,
    preset: str | None = None,
    jobs: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    time_limit: float = 600.0,
    force: bool = False,
    store: Store | str | os.PathLike[str] | None = None,
    h2o_url: str | None = None,
    name: str | None = None,
    command: str = "",
    listener: Listener | None = None,
    pool: Pool | None = None,
    cluster: Any = None,
) -> CompareResult:
    """Run contestants of several frameworks on identical draws of one data set.

    Parameters
    ----------
    n
        Training rows: a number, several, or text like ``"10:80:5"``; by default 10, 20, 40 and 80
        as far as the data reach, and for a user's own table all rows but the test rows.
    draws
        Training samples per size.
    dataset
        ``auto`` (MNIST when a verified copy is here, else scikit-learn's digits; the default
        without a preset), ``mnist``, ``digits``; ignored when ``data`` is given.
    data, target, positive, missing
        A CSV or Parquet file, its target column, of two classes the value that is class 1, and what to do
        with missing values: ``refuse``, ``drop``, or ``framework`` (each framework's own way). A target of
        two values is two classes, one of more numbers is a number to predict, other text is several classes.
    classes
        The numbers in the target are names of classes.
    features, drop
        Columns of the file that are features (default: all but the target), and columns that are not.
    formula
        In place of these and ``target``: ``"y ~ age + C(region) + log(dose)"``.
    weights, offset, exposure
        Columns of the file with the weights of the rows, and a known part of their linear predictor or the
        exposure whose logarithm it is; models that take none are left out, or refused where they are named.
    digits
        The two digits to distinguish; the second is class 1.
    data_dir
        Where to look for MNIST first.
    design
        ``leek``, ``beam``, ``stratified`` (the default for a user's own table) or ``random`` (the default
        where its target holds numbers).
    contestants
        Names, families, ``all``, or names with overrides such as ``leek.h2o.mlp:standardize=false``; by
        default the preset's, or all; see `crossframe.experiment.spec.contestants`.
    also
        More of them.
    engines
        Only contestants of these engines.
    preset
        ``leek-2017`` or ``beam-2017``: sizes, draws, design, contestants and seed as published.
    jobs
        Engine processes that compute at the same time; by default one per core.
    seed, threads, time_limit
        See `Experiment`.
    force
        Compute again what is stored.
    store
        SQLite file for the cells, or a store that is open (that of a shard has its part of the cells
        computed, see `crossframe.experiment.shards`); None: the user's.
    h2o_url
        An H2O cluster to use in place of an own server, see `crossframe.frameworks.h2o.cluster.connected`.
    name
        Of the run, for ``crossframe report``.
    command
        The command line, for the record.
    listener
        Is called with the plan and after every cell.
    pool
        Lends its engines and keeps them started for the next call; None: they end with this one.
    cluster
        Where the cells are carried out in place of this machine: a ``distributed.Client``, the address of a
        scheduler, and others, see `crossframe.experiment.clusters.on_cluster`.

    Returns
    -------
    CompareResult

    Raises
    ------
    UsageError
        For options or data that cannot be used; nothing has been written then.
    EngineMissing
        When an engine that ``contestants`` or ``engines`` names is not installed.
    OtherShards
        When cells of other shards are missing.
    """
    published = _preset(preset)
    folder = Path(data_dir) if data_dir is not None else None
    beside = {"weights": weights, "offset": offset, "exposure": exposure}
    options = (target, positive, features, drop or None, classes or None, formula, *beside.values())
    if data is None and any(option is not None for option in options):
        raise UsageError(
            "--target, --positive, --classes, --formula, --features, --drop, --weights, --offset and "
            "--exposure belong to a file of your own",
            "name it with --data FILE",
        )
    source = os.fspath(data) if data is not None else dataset or (published.dataset if published else "auto")
    usual: Sequence[str] = published.contestants if published else ["all"]
    texts = [*(usual if contestants is None else contestants), *also]
    if missing == "refuse" and any(map(missing_rule, parse_many(texts))):
        missing = "framework"
    loaded = load(
        source, target=target, positive=positive, digits=digits, missing=missing, data_dir=folder,
        numbers=not classes, several=True, features=features, drop=drop, formula=formula,
        weights=weights, offset=offset, exposure=exposure,
    )  # fmt: skip
    own_design = "stratified" if loaded.classes else "random"
    chosen_design = design or (
        published.design if published else "leek" if loaded.image_shape else own_design
    )
    if chosen_design not in DESIGNS:
        raise UsageError.unknown("design", chosen_design, DESIGNS)
    chosen, skipped = _applicable([by_formula(c, loaded) for c in parse_many(texts, loaded)], engines, loaded)
    experiment = Experiment(
        dataset=loaded,
        design=DESIGNS[chosen_design],
        sizes=_sizes(n, published, loaded, chosen_design),
        draws=_positive("--draws", _given(draws, published.draws if published else DEFAULT_DRAWS)),
        seed=_given(seed, published.seed if published else DEFAULT_SEED),
        contestants=tuple(chosen),
        threads=threads if threads is None else _positive("--threads", threads, _MOST_PROCESSES),
        time_limit=time_limit,
        preset=preset,
    )
    if experiment.seed < 0:
        raise UsageError(f"--seed {experiment.seed}: a seed is not negative", "use 0 or more")
    if not 0 < time_limit <= MOST_SECONDS:
        raise UsageError(
            f"--time-limit {time_limit:g}: not a time limit",
            f"give seconds above 0, at most {MOST_SECONDS:.0f} (a week)",
        )
    jobs = os.cpu_count() or 1 if jobs is None else _positive("--jobs", jobs, _MOST_PROCESSES)
    experiment.validate()
    expected = workload.check(experiment, jobs)
    with connected(h2o_url), opened(store) as kept, on_cluster(kept, cluster):
        absent = _missing(chosen, engines_named([*(contestants or ()), *also]) | set(engines or ()))
        return _carry_out(
            experiment, kept, absent, skipped, jobs=jobs, force=force, expected=expected,
            name=name or preset or as_name(f"{loaded.name}-{chosen_design}"), command=command,
            listener=listener or _Silent(), pool=pool,
            loading=again.loading(
                source, target=target, positive=positive, digits=digits, missing=missing, data_dir=folder,
                classes=classes, features=features, drop=drop, formula=formula, beside=beside,
            ),
        )  # fmt: skip


class _Planned(Exception):
    """Ends `compare` before the first cell; ``plan`` is what it would do."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan


class _OnlyPlan(_Silent):
    def planned(self, plan: Plan) -> None:
        raise _Planned(plan)


def planned(**options: Any) -> Plan:
    """The plan of `compare` with the same ``options``; no engine is started, and no run is stored."""
    try:
        compare(**options, listener=_OnlyPlan())
    except _Planned as end:
        return end.plan
    raise AssertionError("every comparison has a plan")


def _carry_out(
    experiment: Experiment,
    store: Store,
    missing: dict[str, Availability],
    skipped: tuple[str, ...],
    *,
    jobs: int,
    force: bool,
    expected: float,
    name: str,
    command: str,
    listener: Listener,
    pool: Pool | None,
    loading: dict[str, Any],
) -> CompareResult:
    cells = experiment.listed(expected)
    with doing("looking up what is stored"):
        done = set() if force else store.done(c.key for c in cells)
    todo = [c for c in cells if c.key not in done]
    mine = [c for c in todo if store.shard is None or store.shard.has(c.key)]
    runnable = [c for c in mine if c.contestant.engine not in missing]
    estimate = workload.Estimate.of(cells, store.seconds(done))
    plan = Plan(
        experiment, cells, len(cells) - len(todo), estimate.plan(runnable, jobs),
        experiment.one_class(), missing, skipped, store.path, len(todo) - len(mine),
    )  # fmt: skip
    listener.planned(plan)
    spec = remembered(store, spec_of(plan, name, command), anew=force)
    spec |= {"loading": loading, "threads": experiment.threads, "time_limit": experiment.time_limit}
    run_id = spec["run"]["id"]
    if todo:
        store.put_run(run_id, name, spec)
        run_cells = executor(store, jobs=jobs, on_progress=listener.cell, process=process_from(pool))
        outcome = run_cells.run(todo, missing)
        run = spec["run"]
        run["wall_seconds"] += outcome.wall_seconds
        run["engine_seconds"] += outcome.engine_seconds
        run["peak_memory"] = max(run["peak_memory"], outcome.peak_memory)
        run["missing_engines"] = [
            {"engine": e, "reason": a.reason, "remedy": a.remedy} for e, a in outcome.missing.items()
        ]
        run["versions"] |= {e: dict(v) for e, v in outcome.versions.items()}
        spec["overheads"] = outcome.overheads.since(spec.get("overheads", {}))
    store.put_run(run_id, name, spec)
    with doing("reading the results"):
        return CompareResult(spec, store.get(c.key for c in cells))


def _preset(name: str | None) -> Preset | None:
    if name is None:
        return None
    if name not in PRESETS:
        raise UsageError.unknown("preset", name, PRESETS)
    return PRESETS[name]


def _given(value: int | None, usual: int) -> int:
    return usual if value is None else value


def _positive(option: str, value: int, most: int | None = None) -> int:
    if value < 1:
        raise UsageError(f"{option} {value}: not a count", "use 1 or more")
    if most is not None and value > most:
        raise UsageError(f"{option} {value:.3g}: too many", f"use at most {most}")
    return value


def _sizes(
    n: str | int | Sequence[int] | None, preset: Preset | None, dataset: Dataset, design: str
) -> tuple[int, ...]:
    if n is not None:
        return parse_sizes(n if isinstance(n, str) else ",".join(map(str, [n] if isinstance(n, int) else n)))
    if preset is not None:
        return parse_sizes(preset.n)
    pool = DESIGNS[design].pool_size(dataset)
    if dataset.image_shape is None:
        return (pool,)
    return tuple(size for size in parse_sizes(DEFAULT_SIZES) if size <= pool) or (pool,)


def _applicable(
    contestants: list[Contestant], engines: Sequence[str] | None, dataset: Dataset
) -> tuple[list[Contestant], tuple[str, ...]]:
    """Contestants that fit the data and the engines asked for, and the names of those that do not."""
    for engine in engines or ():
        framework(engine)
    if engines is not None:
        contestants = [c for c in contestants if c.engine in engines]
    fitting = [c for c in contestants if not (c.images_only and dataset.image_shape is None)]
    if not fitting:
        raise NothingToDo("no contestant is left to run", "see crossframe list models")
    limit = len(dataset.names)
    fitting = [
        replace(c, selection=replace(c.selection, count=limit))
        if c.selection and c.selection.count > limit
        else c
        for c in fitting
    ]
    return fitting, tuple(c.name for c in contestants if c.images_only and dataset.image_shape is None)


def _missing(chosen: Sequence[Contestant], by_name: set[str]) -> dict[str, Availability]:
    """Engines that cannot run here; an error if one was asked for by its or its contestant's name."""
    absent = {e: a for e in sorted({c.engine for c in chosen}) if not (a := available(e)).available}
    wanted = {e: a for e, a in absent.items() if e in by_name}
    if wanted:
        raise EngineMissing(
            "; ".join(f"{e} was asked for but cannot run: {a.reason}" for e, a in wanted.items()),
            "remedy: " + "; ".join(dict.fromkeys(a.remedy for a in wanted.values())),
        )
    return absent
