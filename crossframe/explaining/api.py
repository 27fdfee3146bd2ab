"""``crossframe.explain``: from two models and a table to an explanation."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from crossframe.comparison.plan import Experiment, Requests
from crossframe.comparison.store import Store
from crossframe.data import load
from crossframe.data.designs import DESIGNS, WHOLE
from crossframe.engines.base import EvalRows
from crossframe.environment import engine_available
from crossframe.errors import EngineMissing, UsageError
from crossframe.explaining import diagnoses
from crossframe.explaining.bench import Bench
from crossframe.explaining.diagnoses import Diagnosis
from crossframe.explaining.explanation import Explanation
from crossframe.explaining.linear import Linear
from crossframe.explaining.switches import LINEAR
from crossframe.models.contestants import Contestant
from crossframe.models.spec import parse, parse_model

_SEED = 12345


def explain(
    left: str,
    right: str,
    *,
    data: str | os.PathLike[str] | None = None,
    target: str | None = None,
    positive: str | None = None,
    missing: str = "refuse",
    dataset: str = "digits",
    n: int | None = None,
    draw: int = 0,
    contestants: bool = False,
    store: str | os.PathLike[str] | None = None,
) -> Explanation:
    """Why two linear models give different answers on the same rows, proved by switching settings.

    Parameters
    ----------
    left, right
        ``engine.model`` with overrides: ``sklearn.logistic:solver=liblinear,C=10``, ``r.glm``.
    data, target, positive, missing
        A table of one's own; see `crossframe.compare`. All rows train and are scored.
    dataset, n, draw
        Without a table: one draw of n rows (default 80) of a known data set, by the design
        ``stratified``.
    contestants
        The names are contestants of ``compare``, with their settings there.
    store
        SQLite file for the fits.

    Raises
    ------
    UsageError
        For a model, setting or table that cannot be used, or models that are not of the linear
        family.
    EngineMissing
        When a side's framework is not installed.
    """
    sides = [(parse if contestants else parse_model)(text) for text in (left, right)]
    for side in sides:
        _check(side)
    own = data is not None
    loaded = load(
        os.fspath(data) if data is not None else dataset, target=target, positive=positive, missing=missing
    )
    size = len(loaded.y) if own else n or 80
    design = WHOLE if own else DESIGNS["stratified"]
    unique = tuple({side.name: side for side in sides}.values())
    experiment = Experiment(loaded, design, (size,), 1, _SEED + draw, unique, threads=1)
    experiment.validate()
    kept = Store(Path(store) if store is not None else None)
    try:
        return _explain(Bench(experiment, kept), sides[0], sides[1])
    finally:
        kept.close()


def _check(side: Contestant) -> None:
    if side.model not in LINEAR:
        raise UsageError(
            f"{side.name} is not of the linear family", f"explain takes {', '.join(LINEAR)} so far"
        )
    there = engine_available(side.engine)
    if not there.available:
        raise EngineMissing(f"{side.engine} cannot run: {there.reason}", f"mend: {there.mend}")


def _explain(bench: Bench, left: Contestant, right: Contestant) -> Explanation:
    pair = Linear(bench, left, right)
    for side in (left, right):
        record = bench.records(side)[0]
        if not record.fields["usable"]:
            said = "; ".join(record.fields["evidence"])
            raise UsageError(f"{side.name} gave no answer: {record.fields['status']}", said)
    e = bench.experiment
    draw = e.draw(e.sizes[0], 0)
    X, y, names = _rows(bench, left)
    found: list[Diagnosis] = []
    force = [pair.in_force(0), pair.in_force(1)]
    free = [not (f.get("penalty.l2") or f.get("penalty.l1")) and f.get("link") == "logit" for f in force]
    side_without = "both" if all(free) else "left" if free[0] else "right" if free[1] else ""
    found += diagnoses.of_data(X, y, names, unpenalised=side_without)
    if not any(d.kind == "rank" for d in found):
        pair.idle = ("collinear",)
    for label, side, told in zip(("left", "right"), (left, right), force, strict=True):
        record = bench.records(side)[0]
        if "coefficients" in record.arrays:
            rows, classes, _ = _rows(bench, side)
            found += diagnoses.of_side(label, told, rows, classes, np.asarray(record.arrays["coefficients"]))
    return Explanation(
        left=left.name,
        right=right.name,
        data={
            "name": e.dataset.name,
            "rows": len(draw.train),
            "scored": len(draw.evaluate),
            "features": X.shape[1],
            "classes": list(e.dataset.classes),
            "fingerprint": e.dataset.fingerprint,
        },
        from_left=pair.direction(0),
        from_right=pair.direction(1),
        diagnoses=tuple(found),
    )


def _rows(bench: Bench, side: Contestant) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Training rows of the first draw as the side gets them."""
    (cell,) = (c for c in bench.experiment.cells() if c.contestant.name == side.name)
    request = Requests(bench.experiment).request(cell)
    if request is None:
        raise UsageError(f"{side.name}: the selection kept no feature", "use more rows")
    assert isinstance(request.evaluation, EvalRows)
    return request.X_train, request.y_train, request.names
