"""Coefficients of a model without a finite optimum, measured under growing limits of iterations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np

from crossframe import settings
from crossframe.engines.base import Value
from crossframe.errors import UsageError
from crossframe.explaining.bench import Bench
from crossframe.explaining.diagnoses import Diagnosis
from crossframe.explaining.switches import switched, tightened
from crossframe.models.contestants import Contestant

LIMITS: dict[str, tuple[int, ...]] = {
    "solver.max_iterations": (2, 4, 8, 16, 32, 64),
    "epochs": (50, 100, 200, 400, 800),
}
"""What is limited, by setting; the second for models that are trained by epochs."""


def growth(bench: Bench, side: str, model: Contestant, in_force: Mapping[str, Value]) -> Diagnosis | None:
    """\\|beta\\|, Euclidean, without the intercept, after so many iterations, tolerances out of the way.

    None for a model whose iterations cannot be limited, or that tells no coefficients.
    """
    known = {b.setting for b in settings.bindings(model.model)}
    setting = next((name for name in LIMITS if name in known), None)
    if setting is None:
        return None
    # The side's own optimizer where it has epochs: it is the growth of its own training that is measured.
    ways = tightened(model, in_force, bench.experiment.sizes[0]) if setting != "epochs" else ()
    start = ways[0] if ways else model
    try:
        trials = {k: switched(start, {}, {setting: k}) for k in LIMITS[setting]}
    except UsageError:
        return None
    trials = {k: replace(c, name=f"{model.name}[{setting}={k}]") for k, c in trials.items()}
    bench.prepare(list(trials.values()))
    norms: dict[int, float] = {}
    for limit, trial in trials.items():
        record = bench.records(trial)[0]
        if not record.fields["usable"] or "coefficients" not in record.arrays:
            continue
        # glmnet gives up the whole path at the limit, and has no coefficients then.
        if size := float(np.linalg.norm(np.nan_to_num(record.arrays["coefficients"][1:]))):
            norms[limit] = size
    if len(norms) < 2:
        return None
    sizes = list(norms.values())
    steps = sum(b > a for a, b in pairwise(sizes))
    told = ", ".join(f"{size:.3g} after {limit}" for limit, size in norms.items())
    what = "epochs" if setting == "epochs" else "iterations"
    ending = "at every step" if steps == len(sizes) - 1 else f"at {steps} of {len(sizes) - 1} steps"
    words = f"the length of the coefficients is {told} {what}: it grows {ending}"
    certificate = {"setting": setting, "limits": list(norms), "norms": sizes, "grew": steps}
    return Diagnosis("growth", side, words, certificate)
