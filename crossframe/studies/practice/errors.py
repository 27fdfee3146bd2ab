"""Judging bias and variance of a network and of linear models."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from crossframe.claims.claim import Effect, Finding, Verdict, not_run
from crossframe.claims.judge import (
    Key,
    above,
    below,
    cells_in_words,
    decisive,
    in_words,
    over_cells,
    where_it_holds,
)
from crossframe.core.statistics import Interval, bonferroni, jackknife
from crossframe.core.types import FloatArray, IntArray
from crossframe.studies.practice.claims import CLAIMS
from crossframe.studies.practice.jobs import ERROR_SIZES, KERAS, LINEAR, MLP, SKLEARN, Probabilities


def variance(scores: FloatArray, truth: IntArray) -> float:
    """Variance of the probabilities (draws, images) over the draws, mean over the images."""
    return float(scores.var(axis=0, ddof=1).mean())


def bias(scores: FloatArray, truth: IntArray) -> float:
    """Squared distance of the mean probability from ``truth`` (images,), mean over the images.

    The mean over B draws has a B-th of the variance, which is taken off. With `variance` it adds up to the
    mean squared error of a draw.
    """
    return float(np.mean((scores.mean(axis=0) - truth) ** 2)) - variance(scores, truth) / len(scores)


def usable(scores: FloatArray) -> FloatArray:
    """The draws (draws, images) that gave a fit."""
    kept: FloatArray = scores[~np.isnan(scores).any(axis=1)]
    return kept


def compared(measured: Probabilities, part: Callable[[FloatArray, IntArray], float]) -> dict[Key, Interval]:
    """Network minus linear model by model and size, with intervals for all of them at once."""
    pairs = [(name, n) for name in LINEAR for n in ERROR_SIZES if {(MLP, n), (name, n)} <= {*measured.scores}]
    level = bonferroni(0.95, len(pairs))
    gaps: dict[Key, Interval] = {}
    for name, n in pairs:
        both = np.stack([measured.scores[MLP, n], measured.scores[name, n]])
        whole = both[:, ~np.isnan(both).any(axis=(0, 2))]

        def difference(draws: NDArray[np.int64], whole: FloatArray = whole) -> float:
            return part(whole[0, draws], measured.truth) - part(whole[1, draws], measured.truth)

        if whole.shape[1] > 2:
            gaps[LINEAR[name], n] = jackknife(difference, whole.shape[1], least=-np.inf, level=level)
    return gaps


def finding(measured: Probabilities, key: str) -> Finding:
    """The claim ``net-variance`` or ``net-bias``."""
    part, rule = (variance, above) if key == "net-variance" else (bias, below)
    gaps = compared(measured, part)
    if not gaps:
        return not_run(CLAIMS[key], "keras")
    name = part.__name__
    effects = {k: Effect.of(f"{name}, network - {k[0]}, n = {k[1]}", gap) for k, gap in gaps.items()}
    cells: dict[Key, Verdict] = {k: rule(gap) for k, gap in gaps.items()}
    values = "; ".join(
        f"{title} at n = {n} {part(usable(measured.scores[model, n]), measured.truth):.3f}"
        for model, title in {MLP: "network", **LINEAR}.items()
        for n in ERROR_SIZES
        if (model, n) in measured.scores
    )
    shown = "; ".join(f"less {k[0]} at n = {k[1]} {in_words(gap)}" for k, gap in gaps.items())
    words = f"{name}, {values}; {shown} ({cells_in_words(cells)})"
    effect = decisive(effects, cells)
    return Finding(
        CLAIMS[key], over_cells(cells.values()), words, effect, (KERAS, SKLEARN), where_it_holds(cells)
    )
