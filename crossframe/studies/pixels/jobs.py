"""What the study ``pixels`` computes, and the pairs of frameworks that it hands to explain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from crossframe.core.types import FloatArray, IntArray
from crossframe.data import DESIGNS, Dataset, load
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.plan import Experiment
from crossframe.experiment.preparation import Selection
from crossframe.experiment.record import Record
from crossframe.studies.gather import accuracies
from crossframe.studies.lab import Job, Lab
from crossframe.studies.split import HOLDOUT
from crossframe.studies.study import PairToExplain

TITLES = {"liblinear": "scikit-learn liblinear", "glm": "R glm", "h2o": "H2O GLM"}

_SOLVERS: tuple[tuple[str, str, dict[str, float | str]], ...] = (
    ("liblinear", "sklearn.logistic", {"solver": "liblinear", "C": 1e6}),
    ("glm", "r.glm", {}),
    ("h2o", "h2o.glm", {"lambda_": 0.0}),
)
_SPLITS = 10
"""Of the table of one pixel that is handed to ``crossframe explain``."""


@dataclass(frozen=True)
class Labelled:
    """One framework's logistic regression on one pixel, on the same test images as the others'.

    ``labels`` are its own, ``at_half`` those of its probabilities cut at 0.5; ``accuracy`` and
    ``accuracy_half`` belong to them.
    """

    labels: IntArray
    at_half: IntArray
    accuracy: float
    accuracy_half: float


Pairs = Mapping[tuple[int, int], Record]
"""Pair of digits -> outcome of `crossframe.studies.pixels.trainers.every_pixel`."""

Curves = Mapping[tuple[str, int], tuple[FloatArray, FloatArray, float]]
"""(solver, n) -> accuracies per draw of one pixel and of ten, and the overlap of the draws."""

Logistic = Mapping[tuple[int, int], Mapping[str, Labelled]]
"""Pair of digits -> framework -> what it labels."""


def every_pair(lab: Lab, name: str) -> Pairs:
    """Every pixel by itself, for each of the 45 pairs of digits; without those that failed."""
    pairs = list(combinations(range(10), 2))
    place = {"dataset": name, "seed": lab.seed, "data_dir": lab.data_dir if name == "mnist" else None}
    trainer = "crossframe.studies.pixels.trainers:every_pixel"
    records = lab.run([Job(trainer, {**place, "digits": list(pair)}, "sklearn") for pair in pairs])
    return {pair: record for pair, record in zip(pairs, records, strict=True) if record is not None}


def logistic(lab: Lab, name: str, pairs: Pairs) -> Logistic:
    """Labels of logistic regression on each pair's best pixel, by solver."""
    contestants = tuple(
        Contestant(key, TITLES[key], "rule", model, native=native) for key, model, native in _SOLVERS
    )
    experiments = []
    for pair, record in pairs.items():
        one = _alone(load(name, data_dir=lab.data_dir, digits=pair), record)
        experiments.append(Experiment(one, HOLDOUT, (HOLDOUT.pool_size(one),), 1, lab.seed, contestants))
    return {
        pair: {
            key: Labelled(
                r.arrays["labels"].astype(np.int64),
                (r.arrays["score"] > 0.5).astype(np.int64),
                float(r.fields["accuracy"]),
                float(r.fields["accuracy_half"]),
            )
            for (key, _, _), r in records.items()
            if r.fields["usable"]
        }
        for pair, records in zip(pairs, lab.all_fits(experiments), strict=True)
    }


def curves(lab: Lab, data: Dataset) -> Curves:
    """One pixel against ten on the same draws, in every framework."""
    sizes = lab.quick((10, 20, 40, 80), tuple(range(10, 86, 5)))
    draws = lab.quick(20, 40)
    contestants = [
        Contestant(
            f"{key}.{count}", key, "leekasso", model, selection=Selection("welch", count), native=native
        )
        for key, model, native in _SOLVERS
        for count in (1, 10)
    ]
    design = DESIGNS["beam"]
    records = lab.fits(Experiment(data, design, sizes, draws, lab.seed, tuple(contestants)))
    by_cell: dict[tuple[str, int], tuple[FloatArray, FloatArray, float]] = {}
    for key, _, _ in _SOLVERS:
        for n in sizes:
            one, ten = (accuracies(records, f"{key}.{count}", n, draws) for count in (1, 10))
            if not np.isnan(one - ten).all():
                by_cell[key, n] = one, ten, design.overlap(data, n)
    return by_cell


def widest(logistic: Logistic, *, at_half: bool = False) -> tuple[float, tuple[int, int], tuple[str, str]]:
    """The largest share of test images that two frameworks label differently, at which digits, and who."""
    shares = [(0.0, (0, 1), ("", ""))]
    for pair, labelled in logistic.items():
        for a, b in combinations(labelled, 2):
            one, two = (labelled[k].at_half if at_half else labelled[k].labels for k in (a, b))
            shares.append((float(np.mean(one != two)), pair, (a, b)))
    return max(shares, key=lambda share: share[0])


def ten_pixels(curves: Curves, name: str) -> tuple[PairToExplain, ...]:
    """The two frameworks and the n whose accuracies with the same ten pixels lie furthest apart."""
    ten = {key: float(np.nanmean(v[1])) for key, v in curves.items()}
    gaps = {(a, b): abs(ten[a] - ten[b]) for a, b in combinations(ten, 2) if a[1] == b[1]}
    if not gaps:
        return ()
    (left, n), (right, _) = max(gaps, key=gaps.__getitem__)
    draws = len(curves[left, n][1])
    options = {"dataset": name, "design": "beam", "n": n, "draws": draws}
    return (PairToExplain(f"leekasso.welch.{left}", f"leekasso.welch.{right}", options),)


def one_pixel(lab: Lab, name: str, pairs: Pairs, logistic: Logistic) -> tuple[PairToExplain, ...]:
    """The two frameworks that label most images differently, on all images of these digits.

    The study fits once, on the training images; here they are split again and again, since one split
    has no interval.
    """
    share, pair, frameworks = widest(logistic)
    if not share:
        return ()
    data = replace(
        _alone(load(name, data_dir=lab.data_dir, digits=pair), pairs[pair]),
        name=f"pixel-{pair[0]}-v-{pair[1]}",
        test_rows=None,
        max_value=None,
    )
    spelled = {
        key: ":".join((model, ",".join(f"{k}={v}" for k, v in native.items()))).rstrip(":")
        for key, model, native in _SOLVERS
    }
    options = {"design": "stratified", "draws": _SPLITS, "metric": "accuracy"}
    return (PairToExplain(spelled[frameworks[0]], spelled[frameworks[1]], options, data),)


def _alone(data: Dataset, record: Record) -> Dataset:
    """The pair's best pixel and nothing else."""
    pixel = record.fields["by_accuracy"]["pixel"]
    X = np.ascontiguousarray(data.X[:, [pixel]])
    return replace(data, X=X, names=(data.names[pixel],), image_shape=None)
