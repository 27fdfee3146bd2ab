"""``crossframe.explain``: from two models and a table to an explanation."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from crossframe.core.errors import UsageError
from crossframe.data import load
from crossframe.data.designs import DESIGNS, WHOLE
from crossframe.data.types import Dataset
from crossframe.experiment import workload
from crossframe.experiment.clusters import on_cluster
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.fits import FitCache
from crossframe.experiment.plan import Experiment
from crossframe.experiment.shards import independent_parts
from crossframe.experiment.spec import by_formula, missing_rule, parse
from crossframe.experiment.store import Store, opened
from crossframe.explain import columns, labels
from crossframe.explain.bundles import THRESHOLD, given
from crossframe.explain.explanation import FLOOR, Conclusion, Explanation
from crossframe.explain.hybrids import Sides
from crossframe.explain.one_sample import OneSample
from crossframe.explain.over_draws import METRICS, OverDraws
from crossframe.explain.paired import freed, races
from crossframe.explain.pairs import check_pair
from crossframe.explain.pipeline import explained
from crossframe.explain.prepared import comparable
from crossframe.explain.replicates import Repeated
from crossframe.explain.same_rows import SameRows, on_one_draw
from crossframe.frameworks.pool import Pool, borrowed
from crossframe.frameworks.registry import model, require

_SEED = 12345
DRAWS = 10
"""Training samples where a gap is compared over draws."""


def explain(
    left: str,
    right: str,
    *,
    data: str | os.PathLike[str] | Dataset | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    target: str | None = None,
    positive: str | None = None,
    classes: bool = False,
    missing: str = "refuse",
    features: Sequence[str] | None = None,
    drop: Sequence[str] = (),
    formula: str | None = None,
    weights: str | None = None,
    offset: str | None = None,
    exposure: str | None = None,
    dataset: str = "digits",
    n: int | None = None,
    draw: int = 0,
    draws: int | None = None,
    seeds: int | None = None,
    design: str | None = None,
    metric: str | None = None,
    budget: int | None = None,
    paths: bool = False,
    threads: int | None = None,
    store: Store | str | os.PathLike[str] | None = None,
    pool: Pool | None = None,
    cluster: Any = None,
    on_progress: Callable[[str], None] = lambda line: None,
) -> Explanation:
    """Why two models give different answers on the same rows, proved by switching settings.

    The two are compared on one sample, score by score: why do these fits differ? Where ``draws``, ``seeds``
    or a ``metric`` is asked for, also in that metric over many draws: does it matter? The result and its
    document are stored as a result of the kind ``explain``, under the name that `result_name` gives.

    Parameters
    ----------
    left, right
        ``framework.model`` with overrides: ``sklearn.logistic:solver=liblinear,C=10``, ``r.glm``; or a
        contestant of ``compare``: ``leekasso.f.lm``.
    data, target, positive, missing
        A table of one's own, a file or loaded already; see `crossframe.compare`. With ``missing=drop``,
        ``mean`` or ``level`` of a side, missing features are left to the sides. The target has
        classes, or numbers for a pair of regressions. On one sample all rows train and are scored;
        over draws n of them (default: 80 %) train and others are scored.
    classes
        The numbers in the target are names of classes.
    features, drop
        Columns of the table that are features (default: all but the target), and columns that are not.
    formula
        In place of these and ``target``: ``"y ~ age + C(region) + log(dose)"``. Linear models have an
        intercept where it has one (not with ``- 1``), unless they are given ``intercept``.
    weights, offset, exposure
        Columns of the table with the weights of the rows, and a known part of their linear predictor or the
        exposure whose logarithm it is. A side without one is given ``weights=none`` or ``offset=none``.
    data_dir
        Where to look for ``mnist.npz`` first.
    dataset, n, draw
        Without a table: n rows (default 80) of a known data set, the draws from number ``draw`` on.
    draws, seeds, design
        Training samples (default 10), seeds of each (default 2, for deterministic models 1; the
        hybrids of a reference trainer get the first), and how samples are drawn (default as in compare:
        ``leek``, and ``stratified`` for a table of one's own).
    metric
        ``accuracy`` (default) or ``logloss``.
    budget
        Hybrids evaluated at most (default 128, over draws 512), where there are too many for all of them.
    paths
        Also refit both sides under growing limits of iterations, for the report's figure.
    threads
        Of each framework. None: one, or for a call whose threads race as many as the framework takes.
    store
        SQLite file for the fits and the result, or a store that is open, also that of a shard, see
        `crossframe.experiment.shards`.
    pool
        Running frameworks to use; None: those that are shared, or new ones that end with this.
    cluster
        Where the cells are carried out in place of this machine: a ``distributed.Client``, the address of a
        scheduler, and others, see `crossframe.experiment.clusters.on_cluster`.
    on_progress
        Gets the plan and the progress, a line at a time.

    Raises
    ------
    UsageError
        For a model, setting or table that cannot be used, or models of different families.
    EngineMissing
        When a side's framework is not installed.
    OtherShards
        When fits of other shards are missing.
    """
    if draw < 0:
        raise UsageError(f"--draw {draw}: samples are counted from 0", "use 0 or more")
    sides = (parse(left), parse(right))
    for text, side in zip((left, right), sides, strict=True):
        _check_contradictions(text, side)
    check_pair(*sides)
    for side in sides:
        require(side.engine)
    own = data is not None
    design_name = design or ("stratified" if own else "leek")
    options = (target, positive, features, drop or None, classes or None, formula, weights, offset, exposure)
    if not own and any(option is not None for option in options):
        raise UsageError(
            "--target, --positive, --classes, --formula, --features, --drop, --weights, --offset and "
            "--exposure belong to a file of your own",
            "name it with --data FILE",
        )
    if missing == "refuse" and any(map(missing_rule, sides)):
        missing = "framework"
    loaded = data if isinstance(data, Dataset) else load(
        os.fspath(data) if data is not None else dataset,
        target=target, positive=positive, missing=missing, numbers=not classes, several=True,
        data_dir=data_dir,
        features=features, drop=drop, formula=formula, weights=weights, offset=offset, exposure=exposure,
    )  # fmt: skip
    loaded, sides = columns.checked(loaded), (by_formula(sides[0], loaded), by_formula(sides[1], loaded))
    if loaded.file:
        for line in columns.progress(loaded):
            on_progress(line)
    with opened(store) as kept, on_cluster(kept, cluster), borrowed(pool) as frameworks:
        if design_name not in DESIGNS:
            raise UsageError.unknown("design", design_name, DESIGNS)
        base = DESIGNS[design_name]
        over_draws = any(v is not None for v in (draws, seeds, metric))
        if over_draws:
            _check_over_draws(loaded, draws, seeds, metric)
        elif own and (n is not None or draw or design is not None):
            raise UsageError(
                "all rows of a file train: --n, --draw and --design belong to samples of it",
                "leave them out"
                + (", or compare the two over samples with --draws" if loaded.task == "classes" else ""),
            )
        unique = tuple({side.name: side for side in sides}.values())
        rows = Experiment(
            loaded, WHOLE if own else base, (len(loaded.y) if own else n or 80,), 1, _SEED + draw, unique,
            threads=_threads(threads, sides),
        )  # fmt: skip
        with independent_parts() as part:
            with part:
                explanation = explain_on(
                    rows, sides, kept, frameworks,
                    over_draws=False, paths=paths, metric=metric, budget=_given("budget", budget),
                    on_progress=on_progress,
                )  # fmt: skip
            if over_draws:
                size = n or (base.pool_size(loaded) if own else 80)
                many = replace(rows, design=base, sizes=(size,), draws=_given("draws", draws) or DRAWS)
                with part:
                    samples = explain_on(
                        many, sides, kept, frameworks,
                        over_draws=True, seeds=_given("seeds", seeds) or usual_seeds(sides), metric=metric,
                        budget=_given("budget", budget), on_progress=on_progress,
                    )  # fmt: skip
        if over_draws:
            explanation = replace(samples, same_rows=explanation)
        if not explanation.time["fits"]:
            on_progress("no fit was made now: all of them are stored, and no framework was started for them")
        keep(explanation, kept, rows.seed, design_name)
    return explanation


def explain_on(
    experiment: Experiment,
    sides: Sides,
    store: Store,
    pool: Pool,
    *,
    over_draws: bool,
    seeds: int = 1,
    metric: str | None = None,
    budget: int | None = None,
    paths: bool = False,
    on_progress: Callable[[str], None] = lambda line: None,
) -> Explanation:
    """Why two sides differ on the samples of an experiment with one size.

    ``over_draws``: in a metric over all of its draws, each with ``seeds`` seeds; else score by score on the
    first. The other parameters, and what is raised, are those of `explain`.
    """
    metric = metric or ("accuracy" if experiment.dataset.task == "classes" else "mean_squared_error")
    columns.check_sizes(experiment.dataset)
    experiment, sides = comparable(experiment, sides)
    file = experiment.dataset.file
    if not over_draws:
        experiment = replace(experiment, draws=1)
        experiment.validate()
        if any(map(varies, sides)):
            runs = FitCache(on_one_draw(experiment), store, pool=pool, on_progress=on_progress)
            made = explained(runs, lambda: SameRows(
                runs, sides, metric=metric, budget=budget, on_progress=on_progress
            ))  # fmt: skip
            return replace(_with_labels(made, runs.first(1), sides), memory=pool.peak_memory, file=file)
        fits = FitCache(experiment, store, pool=pool, on_progress=on_progress)
        made = explained(fits, lambda: OneSample(fits, sides, pool, paths=paths))
        agree = made.verdict is Conclusion.AGREE and made.gap.difference <= FLOOR
        if agree and labels.diagnosis(fits, sides):
            # The scores leave nothing to explain; the labels do.
            runs = FitCache(on_one_draw(experiment), store, pool=pool, on_progress=on_progress)
            made = explained(runs, lambda: SameRows(runs, sides))
        return replace(_with_labels(made, fits, sides), memory=pool.peak_memory, file=file)
    draws = experiment.draws
    repeated = replace(experiment, design=Repeated(experiment.design, draws), draws=draws * seeds)
    repeated.validate()
    # The two sides and one hybrid at least.
    workload.check(repeated, os.cpu_count() or 1, "--draws" if seeds == 1 else "--draws x --seeds")
    many = FitCache(repeated, store, pool=pool, on_progress=on_progress)
    made = explained(many, lambda: OverDraws(
        many, sides, draws=draws, metric=metric, budget=budget, on_progress=on_progress
    ))  # fmt: skip
    return replace(made, memory=pool.peak_memory, file=file)


def _with_labels(made: Explanation, fits: FitCache, sides: Sides) -> Explanation:
    """An explanation of scores with the finding on labels, where the rules for labels differ."""
    if THRESHOLD in made.named or not (finding := labels.diagnosis(fits, sides)):
        return made
    unlike = finding.certificate["rules_differ"]
    if made.gap.spread is not None:
        each = [fits.first(made.gap.spread.seeds).records(freed(side)) for side in sides]
        unlike = unlike and labels.by_rule(*each)
    return replace(made, diagnoses=(*made.diagnoses, finding)) if unlike else made


def usual_seeds(sides: Sides) -> int:
    """Seeds on each sample where no number is given: 2 where another seed can give another model.

    A side that is given its seed does not get another one.
    """

    def varied(side: Contestant) -> bool:
        pinned = any(setting == "seed" for setting, _ in given(side).values())
        return model(side.model).stochastic and (not pinned or races(side))

    return 2 if any(map(varied, sides)) else 1


def keep(explanation: Explanation, store: Store, seed: int, design: str) -> None:
    """Store an explanation and its document, over an earlier one of the same question.

    ``seed`` and ``design`` are those by which the rows were drawn.
    """
    from crossframe.explain.report import document

    e = explanation
    asked = [e.left, e.right, dict(e.data), e.gap.metric, e.gap.draws, e.gap.seeds, seed, design]
    digest = hashlib.sha256(json.dumps(asked, default=str).encode()).hexdigest()[:12]
    store.put_result(f"explain-{digest}", "explain", result_name(e), e.to_dict(), document(e).to_json())


def result_name(explanation: Explanation) -> str:
    """The name under which an explanation is stored: LEFT--RIGHT."""
    return f"{explanation.left}--{explanation.right}"


def _threads(asked: int | None, sides: Sides) -> int | None:
    """One thread for each framework; where a call races, those that the framework takes by itself."""
    if asked is not None:
        return _count("threads", asked, 1)
    return None if any(map(races, sides)) else 1


def _check_over_draws(data: Dataset, draws: int | None, seeds: int | None, metric: str | None) -> None:
    """Raise `UsageError` for an unknown metric, and for a target that has none over draws."""
    if metric not in (None, *METRICS):
        raise UsageError.unknown("metric", str(metric), METRICS)
    if data.task == "classes":
        return
    given = {"--draws": draws, "--seeds": seeds, "--metric": metric}
    asked = [option for option, value in given.items() if value is not None]
    raise UsageError(
        f"the target of {data.name} holds numbers; {metric or 'accuracy'} over draws needs two classes",
        f"leave out {', '.join(asked)} to compare the two on all rows",
    )


def _given(name: str, given: int | None) -> int | None:
    """A number of an option, checked; None where it is not given."""
    return None if given is None else _count(name, given, 1)


def _count(name: str, given: int | None, default: int) -> int:
    if given is not None and given < 1:
        raise UsageError(
            f"--{name} {given}: impossible value", f"--{name} takes a whole number of at least 1"
        )
    return default if given is None else given


def varies(side: Contestant) -> bool:
    """Whether another seed can give another model."""
    return not model(side.model).convex


def _check_contradictions(text: str, side: Contestant) -> None:
    """Raise `UsageError` for a side whose settings cannot hold together, such as a solver and a penalty.

    ``text`` is the side as it was written.
    """
    this = model(side.model)
    if wrong := this.contradictions(this.to_native(side.settings, side.native, 1), side.native):
        what, remedy = wrong
        raise UsageError(f"{text}: {what}", remedy)
