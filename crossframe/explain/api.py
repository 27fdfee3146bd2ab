"""``crossframe.explain``: from two models and a table to an explanation."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.data import load
from crossframe.data.designs import DESIGNS, WHOLE
from crossframe.data.types import Dataset
from crossframe.experiment import workload
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.fits import FitCache
from crossframe.experiment.plan import Experiment
from crossframe.experiment.spec import parse, parse_model
from crossframe.experiment.store import Store, opened
from crossframe.explain import columns
from crossframe.explain.bundles import THRESHOLD, given, same
from crossframe.explain.diagnoses import Diagnosis
from crossframe.explain.explanation import Conclusion, Explanation
from crossframe.explain.hybrids import Sides
from crossframe.explain.one_sample import OneSample
from crossframe.explain.over_draws import METRICS, OverDraws
from crossframe.explain.paired import LABELS, races, row_distances
from crossframe.explain.pairs import check_pair
from crossframe.explain.pipeline import BUDGET, explained
from crossframe.explain.replicates import Repeated
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
    missing: str = "refuse",
    features: Sequence[str] | None = None,
    drop: Sequence[str] = (),
    dataset: str = "digits",
    n: int | None = None,
    draw: int = 0,
    draws: int | None = None,
    seeds: int | None = None,
    design: str | None = None,
    metric: str | None = None,
    budget: int | None = None,
    contestants: bool = False,
    paths: bool = False,
    threads: int | None = None,
    store: str | os.PathLike[str] | None = None,
    pool: Pool | None = None,
    on_progress: Callable[[str], None] = lambda line: None,
) -> Explanation:
    """Why two models give different answers on the same rows, proved by switching settings.

    Two linear models without a selection are compared on one sample, score by score. Networks, forests,
    models with a selection, and any pair for which ``draws``, ``seeds`` or a ``metric`` is asked for are
    compared in that metric over many draws. The result and its document are stored as a result of the kind
    ``explain``, under the name that `result_name` gives.

    Parameters
    ----------
    left, right
        ``framework.model`` with overrides: ``sklearn.logistic:solver=liblinear,C=10``, ``r.glm``.
    data, target, positive, missing
        A table of one's own, a file or loaded already; see `crossframe.compare`. The target has two
        classes, or numbers for a pair of regressions. On one sample all rows train and are scored;
        over draws n of them (default: 80 %) train and others are scored.
    features, drop
        Columns of the table that are features (default: all but the target), and columns that are not.
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
        Hybrids evaluated at most (default 512), where there are too many for all of them.
    contestants
        The names are contestants of ``compare``, with their settings there.
    paths
        Also refit both sides under growing limits of iterations, for the report's figure.
    threads
        Of each framework. None: one, or for a call whose threads race as many as the framework takes.
    store
        SQLite file for the fits and the result.
    pool
        Running frameworks to use; None: those that are shared, or new ones that end with this.
    on_progress
        Gets the plan and the progress, a line at a time.

    Raises
    ------
    UsageError
        For a model, setting or table that cannot be used, or models of different families.
    EngineMissing
        When a side's framework is not installed.
    """
    if draw < 0:
        raise UsageError(f"--draw {draw}: samples are counted from 0", "use 0 or more")
    read = parse if contestants else parse_model
    sides = (read(left), read(right))
    for text, side in zip((left, right), sides, strict=True):
        _check_contradictions(text, side)
    check_pair(*sides)
    for side in sides:
        require(side.engine)
    own = data is not None
    design_name = design or ("stratified" if own else "leek")
    if not own and (target is not None or positive is not None or features is not None or drop):
        raise UsageError(
            "--target, --positive, --features and --drop belong to a file of your own",
            "name it with --data FILE",
        )
    loaded = data if isinstance(data, Dataset) else load(
        os.fspath(data) if data is not None else dataset,
        target=target, positive=positive, missing=missing, numbers=True, data_dir=data_dir,
        features=features, drop=drop,
    )  # fmt: skip
    if loaded.file:
        for line in columns.progress(loaded):
            on_progress(line)
    with opened(store) as kept, borrowed(pool) as frameworks:
        over_draws = any(v is not None for v in (draws, seeds, metric)) or any(map(varies, sides))
        if design_name not in DESIGNS:
            raise UsageError.unknown("design", design_name, DESIGNS)
        base = DESIGNS[design_name]
        if not over_draws:
            if own and (n is not None or draw or design is not None):
                raise UsageError(
                    "all rows of a file train: --n, --draw and --design belong to samples of it",
                    "leave them out"
                    + (", or compare the two over samples with --draws" if loaded.task == "classes" else ""),
                )
            base, size, many = (WHOLE, len(loaded.y), 1) if own else (base, n or 80, 1)
        else:
            many = _count("draws", draws, DRAWS)
            if metric not in (None, *METRICS):
                raise UsageError.unknown("metric", str(metric), METRICS)
            if loaded.task != "classes":
                given = {"--draws": draws, "--seeds": seeds, "--metric": metric}
                asked = [option for option, value in given.items() if value is not None]
                where = f"{target} of {loaded.name}" if target else loaded.name
                varied = [side.name for side in sides if varies(side)]
                raise UsageError(
                    f"the target {where} holds numbers; {metric or 'accuracy'} over draws needs two classes",
                    f"{', '.join(varied)}: give a target with two classes; two regressions of a number are "
                    "compared on all rows: crossframe explain sklearn.linear r.lm"
                    if varied
                    else f"leave out {', '.join(asked)} to compare the two on all rows",
                )
            size = n or (base.pool_size(loaded) if own else 80)
        unique = tuple({side.name: side for side in sides}.values())
        explanation = explain_on(
            Experiment(
                loaded, base, (size,), many, _SEED + draw, unique, threads=_threads(threads, sides)
            ),
            sides, kept, frameworks,
            over_draws=over_draws, seeds=_count("seeds", seeds, usual_seeds(sides)), paths=paths,
            metric=metric or "accuracy", budget=_count("budget", budget, BUDGET), on_progress=on_progress,
        )  # fmt: skip
        if not explanation.time["fits"]:
            on_progress("no fit was made now: all of them are stored, and no framework was started for them")
        keep(explanation, kept)
    return explanation


def explain_on(
    experiment: Experiment,
    sides: Sides,
    store: Store,
    pool: Pool,
    *,
    over_draws: bool,
    seeds: int = 1,
    metric: str = "accuracy",
    budget: int = BUDGET,
    paths: bool = False,
    on_progress: Callable[[str], None] = lambda line: None,
) -> Explanation:
    """Why two sides differ on the samples of an experiment with one size.

    ``over_draws``: in a metric over all of its draws, each with ``seeds`` seeds; else score by score on the
    first. The other parameters, and what is raised, are those of `explain`.
    """
    columns.check_sizes(experiment.dataset)
    file = experiment.dataset.file
    if not over_draws:
        experiment = replace(experiment, draws=1)
        experiment.validate()
        fits = FitCache(experiment, store, pool=pool, on_progress=on_progress)
        made = explained(fits, lambda: OneSample(fits, sides, pool, paths=paths))
        if found := _labels(fits, sides):
            if made.verdict is Conclusion.AGREE:
                # The scores leave nothing to explain; the labels do.
                made = explained(fits, lambda: OverDraws(fits, sides, draws=1))
            elif found.certificate["rules_differ"]:
                made = replace(made, diagnoses=(*made.diagnoses, found))
        return replace(made, memory=pool.peak_memory, file=file)
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


def _labels(fits: FitCache, sides: Sides) -> Diagnosis | None:
    """That the two label rows differently on the first draw, and by which rules; None where they do not."""
    both = [fits.records(side)[0] for side in sides]
    share = float(np.nan_to_num(row_distances(both[:1], both[1:], LABELS)[0]))
    if not share:
        return None
    rules = [record.fields["canonical"].get(THRESHOLD) for record in both]
    words = f"the two label {share:.1%} of the rows differently; {THRESHOLD} is {rules[0]} and {rules[1]}"
    unlike = not same(THRESHOLD, rules[0], rules[1])
    return Diagnosis("labels", "both", words, {"share": share, "rules": rules, "rules_differ": unlike})


def usual_seeds(sides: Sides) -> int:
    """Seeds on each sample where no number is given: 2 where another seed can give another model.

    A side that is given its seed does not get another one.
    """

    def varied(side: Contestant) -> bool:
        pinned = any(setting == "seed" for setting, _ in given(side).values())
        return model(side.model).stochastic and (not pinned or races(side))

    return 2 if any(map(varied, sides)) else 1


def keep(explanation: Explanation, store: Store) -> None:
    """Store an explanation and its document, over an earlier one of the same question."""
    from crossframe.explain.report import document

    e = explanation
    asked = [e.left, e.right, dict(e.data), e.gap.metric, e.gap.draws, e.gap.seeds]
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


def _count(name: str, given: int | None, default: int) -> int:
    if given is not None and given < 1:
        raise UsageError(
            f"--{name} {given}: impossible value", f"--{name} takes a whole number of at least 1"
        )
    return default if given is None else given


def varies(side: Contestant) -> bool:
    """Whether one sample is not enough: another seed or another selection gives another model."""
    return not model(side.model).convex or side.selection is not None or side.threshold is not None


def _check_contradictions(text: str, side: Contestant) -> None:
    """Raise `UsageError` for a side whose settings cannot hold together; all problems at once.

    A setting given twice, or once in either spelling, has no single value. Other contradictions,
    such as a solver and a penalty that it does not take, are checked by the model itself.

    Parameters
    ----------
    text
        The side as it was written.
    side
        What it was read as.
    """
    given = [part.partition("=")[0].strip() for part in text.partition(":")[2].split(",") if part.strip()]
    errors = [
        UsageError(f"{text}: {name} is given {count} times", "give it once")
        for name, count in Counter(given).items()
        if count > 1
    ]
    params = {b.setting: b.param for b in model(side.model).bindings}
    errors += [
        UsageError(f"{text}: {name} and {params[name]} are two spellings of one setting", "give one of them")
        for name in dict.fromkeys(given)
        if name in params and params[name] != name and params[name] in given
    ]
    if not errors:
        this = model(side.model)
        arguments = this.to_native(side.settings, side.native, 1)
        if wrong := this.contradictions(arguments, side.native):
            what, remedy = wrong
            errors.append(UsageError(f"{text}: {what}", remedy))
    if errors:
        raise UsageError.many(errors)
