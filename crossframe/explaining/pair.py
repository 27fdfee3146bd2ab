"""The explanation of one pair of the linear family on one sample: diagnoses, both directions, costs."""

from __future__ import annotations

import time

import numpy as np

from crossframe.comparison.plan import Requests
from crossframe.engines.base import EvalRows, FloatArray, Target
from crossframe.engines.pool import Pool
from crossframe.errors import UsageError
from crossframe.explaining import diagnoses
from crossframe.explaining.apart import of_effects
from crossframe.explaining.bench import Bench
from crossframe.explaining.diagnoses import Diagnosis
from crossframe.explaining.explanation import Explanation
from crossframe.explaining.growth import growth
from crossframe.explaining.linear import Linear
from crossframe.explaining.path import path
from crossframe.explaining.sides import outcome
from crossframe.models.contestants import Contestant


def explain_pair(
    bench: Bench, left: Contestant, right: Contestant, pool: Pool, *, paths: bool = False
) -> Explanation:
    """Why two models of the linear family give different answers on the sample of ``bench``.

    ``pool`` is the one that the bench takes its engines from; ``paths`` refits both sides under growing
    limits of iterations. Raises `UsageError` for a side that gives no answer.
    """
    begin, fitted, started = time.perf_counter(), bench.seconds, pool.starting
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
    found += diagnoses.of_data(X, y, names, (force[0], force[1]))
    shared: dict[str, float] = {}
    if not any(d.kind == "rank" for d in found):
        pair.idle = ("collinear",)
    elif pair.only_by_coefficients():
        shared = {"scores_apart": pair.measure.apart(bench.records(left)[0], bench.records(right)[0])}
        pair.measure = of_effects(X, y)
    for label, side, told in zip(("left", "right"), (left, right), force, strict=True):
        record = bench.records(side)[0]
        if "coefficients" in record.arrays:
            rows, classes, _ = _rows(bench, side)
            found += diagnoses.of_side(label, told, rows, classes, np.asarray(record.arrays["coefficients"]))
    separated = diagnoses.separated(found)
    pair.endless = ("left" in separated, "right" in separated)
    for label, side, told in zip(("left", "right"), (left, right), force, strict=True):
        if label in separated and (grown := growth(bench, label, side, told)):
            found.append(grown)
    from_left, from_right = pair.direction(0), pair.direction(1)
    short = (pair.shortfall(0), pair.shortfall(1))
    outcomes = tuple(outcome(side.name, bench.records(side)) for side in (left, right))
    gone = (
        [
            path(bench, side, told, *_rows(bench, side)[:2])
            for side, told in zip((left, right), force, strict=True)
        ]
        if paths
        else []
    )
    starting = pool.starting - started
    fits = bench.seconds - fitted
    return Explanation(
        left=left.name,
        right=right.name,
        data={
            "name": e.dataset.name,
            "rows": len(draw.train),
            "scored": len(draw.evaluate),
            "features": X.shape[1],
            "classes": list(e.dataset.classes),
            "measure": pair.measure.words,
            "fingerprint": e.dataset.fingerprint,
            **shared,
        },
        from_left=from_left,
        from_right=from_right,
        diagnoses=tuple(found),
        time={
            "total": time.perf_counter() - begin,
            "fits": fits,
            "engine_start": starting,
        },
        memory=pool.peak_memory,
        shortfalls=short,
        outcomes=outcomes,
        paths=tuple(gone),
    )


def _rows(bench: Bench, side: Contestant) -> tuple[FloatArray, Target, tuple[str, ...]]:
    """Training rows of the first draw as the side gets them."""
    (cell,) = (c for c in bench.experiment.cells() if c.contestant.name == side.name)
    request = Requests(bench.experiment).request(cell)
    if request is None:
        raise UsageError(f"{side.name}: the selection kept no feature", "use more rows")
    assert isinstance(request.evaluation, EvalRows)
    return request.X_train, request.y_train, request.names
