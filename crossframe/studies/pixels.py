"""Study ``pixels``: what a single pixel tells."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations

import numpy as np

from crossframe.comparison.plan import Experiment
from crossframe.comparison.record import Record
from crossframe.data import DESIGNS, Dataset, load
from crossframe.engines.base import FloatArray
from crossframe.models.contestants import Contestant, Selection
from crossframe.studies import pixels_claims as claims
from crossframe.studies import pixels_figures as figures
from crossframe.studies.lab import Job, Lab
from crossframe.studies.pixels_claims import TITLES, Curves, Labelled, Logistic, Pairs
from crossframe.studies.split import HOLDOUT
from crossframe.studies.study import Ask, Found

_SOLVERS: tuple[tuple[str, str, dict[str, float | str]], ...] = (
    ("liblinear", "sklearn.logistic", {"solver": "liblinear", "C": 1e6}),
    ("glm", "r.glm", {}),
    ("h2o", "h2o.glm", {"lambda_": 0.0}),
)
_SPLITS = 10
"""Of the table of one pixel that is handed to ``crossframe explain``."""


def run(lab: Lab) -> Found:
    """See `crossframe.studies.study.Study`."""
    data = load("auto", data_dir=lab.data_dir)
    found = _every_pair(lab, data.name) if lab.has("sklearn") else {}
    logistic = _logistic(lab, data.name, found)
    curves = _curves(lab, data)
    findings = (
        claims.centre(data),
        claims.one_like_ten(curves),
        claims.pairs(found),
        claims.pairs_accuracy(found),
        claims.same_answer(logistic),
    )
    parts = [figures.grid(data, found)] if found else []
    parts += [figures.curves(curves)] if curves else []
    parts += [figures.table(found, logistic)] if found else []
    explain = (*_ten_pixels(curves, data.name), *_one_pixel(lab, data.name, found, logistic))
    return Found(findings, tuple(parts), f"{data.name}: {data.source}", explain)


def _ten_pixels(curves: Curves, name: str) -> tuple[Ask, ...]:
    """The two frameworks and the n whose accuracies with the same ten pixels lie furthest apart."""
    ten = {key: float(np.nanmean(v[1])) for key, v in curves.items()}
    apart = {(a, b): abs(ten[a] - ten[b]) for a, b in combinations(ten, 2) if a[1] == b[1]}
    if not apart:
        return ()
    (left, n), (right, _) = max(apart, key=apart.__getitem__)
    draws = len(curves[left, n][1])
    options = {"contestants": True, "dataset": name, "design": "beam", "n": n, "draws": draws}
    return (Ask(f"leekasso.welch.{left}", f"leekasso.welch.{right}", options),)


def _one_pixel(lab: Lab, name: str, found: Pairs, logistic: Logistic) -> tuple[Ask, ...]:
    """The two frameworks that label most images differently, on all images of these digits.

    The study fits once, on the training images; here they are split again and again, since one split
    has no interval.
    """
    share, pair, sides = claims.widest(logistic)
    if not share:
        return ()
    data = replace(
        _alone(load(name, data_dir=lab.data_dir, digits=pair), found[pair]),
        name=f"pixel-{pair[0]}-v-{pair[1]}",
        test_rows=None,
        max_value=None,
    )
    spelled = {
        key: ":".join((model, ",".join(f"{k}={v}" for k, v in native.items()))).rstrip(":")
        for key, model, native in _SOLVERS
    }
    options = {"design": "stratified", "draws": _SPLITS, "metric": "accuracy"}
    return (Ask(spelled[sides[0]], spelled[sides[1]], options, data),)


def _alone(data: Dataset, record: Record) -> Dataset:
    """The pair's best pixel and nothing else."""
    pixel = record.fields["by_accuracy"]["pixel"]
    X = np.ascontiguousarray(data.X[:, [pixel]])
    return replace(data, X=X, names=(data.names[pixel],), image_shape=None)


def _every_pair(lab: Lab, name: str) -> Pairs:
    pairs = list(combinations(range(10), 2))
    place = lab.data_dir if name == "mnist" else None
    jobs = [
        Job(
            "pixels:every_pixel",
            {"dataset": name, "digits": list(pair), "seed": lab.seed, "data_dir": place},
            "sklearn",
        )
        for pair in pairs
    ]
    return {pair: record for pair, record in zip(pairs, lab.run(jobs), strict=True) if record is not None}


def _logistic(lab: Lab, name: str, found: Pairs) -> Logistic:
    """Labels of logistic regression on each pair's best pixel, by solver."""
    contestants = tuple(
        Contestant(key, TITLES[key], "rule", model, native=native) for key, model, native in _SOLVERS
    )
    told: dict[tuple[int, int], dict[str, Labelled]] = {}
    for pair, record in found.items():
        one = _alone(load(name, data_dir=lab.data_dir, digits=pair), record)
        e = Experiment(one, HOLDOUT, (HOLDOUT.pool_size(one),), 1, lab.seed, contestants)
        told[pair] = {
            key: Labelled(
                r.arrays["labels"].astype(np.int64),
                (r.arrays["score"] > 0.5).astype(np.int64),
                float(r.fields["accuracy"]),
                float(r.fields["accuracy_half"]),
            )
            for (key, _, _), r in lab.fits(e).items()
            if r.fields["usable"]
        }
    return told


def _curves(lab: Lab, data: Dataset) -> Curves:
    """One pixel against ten on the same draws, in every framework."""
    sizes = lab.quick((10, 20, 40, 80), tuple(range(10, 86, 5)))
    draws = lab.quick(20, 40)
    contestants = []
    for key, model, native in _SOLVERS:
        for count in (1, 10):
            c = Contestant(f"{key}.{count}", key, "leekasso", model, selection=Selection("welch", count))
            contestants.append(replace(c, native=native))
    design = DESIGNS["beam"]
    records = lab.fits(Experiment(data, design, sizes, draws, lab.seed, tuple(contestants)))
    told: dict[tuple[str, int], tuple[FloatArray, FloatArray, float]] = {}
    for key, _, _ in _SOLVERS:
        for n in sizes:
            one, ten = (_accuracies(records, f"{key}.{count}", n, draws) for count in (1, 10))
            if not np.isnan(one - ten).all():
                told[key, n] = one, ten, design.overlap(data, n)
    return told


def _accuracies(records: dict[tuple[str, int, int], Record], name: str, n: int, draws: int) -> FloatArray:
    found = (records.get((name, n, k)) for k in range(draws))
    return np.array([r.fields["accuracy"] if r and r.fields["usable"] else math.nan for r in found])
