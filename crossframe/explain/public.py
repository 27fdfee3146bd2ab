"""``crossframe.explain``: of two models by name, two scripts, or two fitted objects."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from crossframe.core.errors import UsageError
from crossframe.experiment.store import opened
from crossframe.explain import api
from crossframe.explain.explanation import Explanation
from crossframe.explain.fitted import brought, objects, sides
from crossframe.explain.fitted.api import SEED, explain_sides, explain_texts
from crossframe.explain.fitted.result import FittedExplanation, Side
from crossframe.explain.scripts.given import is_script
from crossframe.explain.scripts.record import to_stderr
from crossframe.frameworks.pool import Pool, borrowed


def explain(
    left: Any,
    right: Any,
    X: Any = None,
    y: Any = None,
    *,
    data: Any = None,
    threads: int | None = None,
    time_limit: float | None = None,
    store: str | os.PathLike[str] | None = None,
    pool: Pool | None = None,
    on_progress: Callable[[str], None] = lambda line: None,
    **options: Any,
) -> Explanation | FittedExplanation:
    """Why two models give different answers, proved by switching settings.

    In a notebook the result, as the value of a cell, is shown as a page.

    Parameters
    ----------
    left, right
        Two models by name, ``"sklearn.logistic:C=10"`` and ``"r.glm"``. Or two scripts, ``"left.py"`` and
        ``"right.R"``, which are run, with your rights; ``"left.py::name"`` is another fit than the last one.
        Or two fitted objects: estimators and pipelines of scikit-learn, compiled models of Keras, estimators
        of H2O, objects of R through rpy2, anything with ``predict`` or ``predict_proba``; an estimator that
        is not fitted is fitted, as a copy. A model by name beside a script or an object gets its data.
    X, y
        The rows to which the objects were fitted: (n, p) features and (n,) target.
    data
        For models by name a table, see `crossframe.explain.api.explain`; for scripts a table that they find
        under its file name.
    threads
        Of each framework; None: one, or for a call whose threads race as many as the framework takes.
    time_limit
        Seconds for one run of a script (default 600).
    store, pool, on_progress
        SQLite file for the fits and the result; running frameworks; gets the progress, a line at a time.
    options
        For models by name: ``target``, ``n``, ``draws`` and others of `crossframe.explain.api.explain`.

    Raises
    ------
    UsageError
        For sides that cannot be compared, or options that have no effect on them.
    """
    scripts = [is_script(str(side)) for side in (left, right) if isinstance(side, (str, Path))]
    if len(scripts) == 2 and not any(scripts) and X is None and y is None:
        return api.explain(
            str(left), str(right), data=data, threads=threads, store=store, pool=pool,
            on_progress=on_progress, **options,
        )  # fmt: skip
    if options:
        raise UsageError(
            f"{', '.join(options)}: without effect beside a script or an object, which has its own rows",
            "leave it out",
        )
    if len(scripts) == 2 and X is None and y is None:
        runner = brought.Runner(None if data is None else Path(data), time_limit, to_stderr)
        return explain_texts(
            str(left), str(right), runner, store=store, pool=pool, threads=threads or 1,
            on_progress=on_progress,
        )  # fmt: skip
    return _objects(left, right, X, y, store, pool, threads or 1, on_progress)


def _objects(
    left: Any, right: Any, X: Any, y: Any, store: str | os.PathLike[str] | None, pool: Pool | None,
    threads: int, on_progress: Callable[[str], None],
) -> FittedExplanation:  # fmt: skip
    if X is None or y is None:
        raise UsageError(
            "fitted objects do not keep the rows that they were fitted to",
            "give them: crossframe.explain(left, right, X, y)",
        )
    fits = [None if isinstance(side, str) else objects.fitted(side, X, y) for side in (left, right)]
    calls = [str(side) if fit is None else fit.call for side, fit in zip((left, right), fits, strict=True)]
    names = brought.distinct(calls[0], calls[1])
    there = next(fit for fit in fits if fit is not None)
    with opened(store) as kept, borrowed(pool) as frameworks:
        both = [
            Side(name=name, fit=fit, recognised=sides.recognised(fit))
            if fit is not None
            else brought.of_model(str(side), there, kept, frameworks, SEED)
            for side, fit, name in zip((left, right), fits, names, strict=True)
        ]
        return explain_sides(both[0], both[1], kept, frameworks, threads=threads, on_progress=on_progress)
