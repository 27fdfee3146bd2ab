"""``crossframe.explain``: from two models and a table to an explanation."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from crossframe.comparison.plan import Experiment
from crossframe.comparison.store import Store
from crossframe.data import load
from crossframe.data.designs import DESIGNS, WHOLE, Design
from crossframe.data.types import Dataset
from crossframe.engines.pool import Pool
from crossframe.environment import engine_available
from crossframe.errors import EngineMissing, UsageError
from crossframe.explaining.bench import Bench
from crossframe.explaining.contradictions import contradictions
from crossframe.explaining.drawn import BUDGET, METRICS, explain_drawn
from crossframe.explaining.drawn_record import Drawn
from crossframe.explaining.explanation import Explanation
from crossframe.explaining.kinds import check
from crossframe.explaining.pair import explain_pair
from crossframe.explaining.replicates import Repeated
from crossframe.explaining.switches import LINEAR
from crossframe.models.contestants import Contestant
from crossframe.models.spec import parse, parse_model

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
    store: str | os.PathLike[str] | None = None,
    say: Callable[[str], None] = lambda words: None,
) -> Explanation | Drawn:
    """Why two models give different answers on the same rows, proved by switching settings.

    Two linear models without a selection are compared on one sample, score by score. Networks, models
    with a selection, and any pair for which ``draws``, ``seeds`` or a ``metric`` is asked for are compared
    in that metric over many draws.

    Parameters
    ----------
    left, right
        ``engine.model`` with overrides: ``sklearn.logistic:solver=liblinear,C=10``, ``r.glm``.
    data, target, positive, missing
        A table of one's own, a file or loaded already; see `crossframe.compare`. The target has two
        classes, or numbers for a pair of regressions. On one sample all rows train and are scored;
        over draws n of them (default: 80 %) train and others are scored.
    data_dir
        Where to look for ``mnist.npz`` first.
    dataset, n, draw
        Without a table: n rows (default 80) of a known data set, the draws from number ``draw`` on.
    draws, seeds, design
        Training samples (default 10), seeds of each (default 2, for linear models 1; the
        referee's hybrids get the first), and how samples are drawn (default as in compare: ``leek``,
        and ``stratified`` for a table of one's own).
    metric
        ``accuracy`` (default) or ``logloss``.
    budget
        Hybrids evaluated at most (default 512), where there are too many for all of them.
    contestants
        The names are contestants of ``compare``, with their settings there.
    paths
        Also refit both sides under growing limits of iterations, for the report's figure.
    store
        SQLite file for the fits.
    say
        Told the plan and the progress, a line at a time.

    Raises
    ------
    UsageError
        For a model, setting or table that cannot be used, or models of different kinds.
    EngineMissing
        When a side's framework is not installed.
    """
    left_side, right_side = ((parse if contestants else parse_model)(text) for text in (left, right))
    for text, side in ((left, left_side), (right, right_side)):
        contradictions(text, side)
    check(left_side, right_side)
    for side in (left_side, right_side):
        _check(side)
    own = data is not None
    drawn_by = design or ("stratified" if own else "leek")
    if not own and (target is not None or positive is not None):
        raise UsageError("--target and --positive belong to a file of your own", "name it with --data FILE")
    loaded = data if isinstance(data, Dataset) else load(
        os.fspath(data) if data is not None else dataset,
        target=target, positive=positive, missing=missing, numbers=True, data_dir=data_dir,
    )  # fmt: skip
    pair = (left_side, right_side)
    sampled = draws is not None or seeds is not None or metric is not None or any(map(varies, pair))
    kept = Store(Path(store) if store is not None else None)
    try:
        with Pool() as pool:
            if not sampled:
                if own and (n is not None or draw or design is not None):
                    raise UsageError(
                        "all rows of a file train: --n, --draw and --design belong to samples of it",
                        "leave them out, or compare the two over samples with --draws",
                    )
                size = len(loaded.y) if own else n or 80
                rows = WHOLE if own else _design(drawn_by)
                bench = _bench(loaded, rows, size, 1, draw, pair, kept, pool, say)
                return explain_pair(bench, *pair, pool, paths=paths)
            many = _count("draws", draws, DRAWS)
            again = _count("seeds", seeds, 2 if any(map(stochastic, pair)) else 1)
            if metric not in (None, *METRICS):
                raise UsageError.unknown("metric", str(metric), METRICS)
            if loaded.task != "classes":
                raise UsageError(
                    f"the target of {loaded.name} is numeric: {metric or 'accuracy'} needs two classes",
                    "leave out --draws, --seeds and --metric to compare two regressions on all rows",
                )
            base = _design(drawn_by)
            size = n or (base.pool_size(loaded) if own else 80)
            bench = _bench(loaded, Repeated(base, many), size, many * again, draw, pair, kept, pool, say)
            found = explain_drawn(
                bench, *pair, draws=many, metric=metric or "accuracy",
                budget=_count("budget", budget, BUDGET), say=say,
            )  # fmt: skip
            return replace(found, memory=pool.peak_memory)
    finally:
        kept.close()


def _bench(
    loaded: Dataset,
    design: Design,
    size: int,
    draws: int,
    draw: int,
    pair: tuple[Contestant, Contestant],
    kept: Store,
    pool: Pool,
    say: Callable[[str], None],
) -> Bench:
    unique = tuple({side.name: side for side in pair}.values())
    experiment = Experiment(loaded, design, (size,), draws, _SEED + draw, unique, threads=1)
    experiment.validate()
    return Bench(experiment, kept, pool=pool, say=say)


def _design(name: str) -> Design:
    if name not in DESIGNS:
        raise UsageError.unknown("design", name, DESIGNS)
    return DESIGNS[name]


def _count(name: str, given: int | None, default: int) -> int:
    if given is not None and given < 1:
        raise UsageError(
            f"--{name} {given}: impossible value", f"--{name} takes a whole number of at least 1"
        )
    return default if given is None else given


def varies(side: Contestant) -> bool:
    """Whether one sample says nothing: another seed or another selection gives another model."""
    return side.model not in LINEAR or side.selection is not None or side.threshold is not None


def stochastic(side: Contestant) -> bool:
    """Whether another seed gives another model."""
    return side.model not in LINEAR or side.engine == "keras"


def _check(side: Contestant) -> None:
    there = engine_available(side.engine)
    if not there.available:
        raise EngineMissing(f"{side.engine} cannot run: {there.reason}", f"mend: {there.mend}")
