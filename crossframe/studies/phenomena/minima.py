"""Phenomenon 2: shallow and sharp minima, a contested claim and the objection to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crossframe.engines.base import FloatArray
from crossframe.report.tables import Cell, Table
from crossframe.studies.claim import Effect, Finding, Verdict, not_run
from crossframe.studies.intervals import over_seeds
from crossframe.studies.phenomena import claims
from crossframe.studies.phenomena.measures import below
from crossframe.studies.phenomena.numerics import KERAS
from crossframe.studies.phenomena.plan import BATCHES, FACTORS, MINIMA_LOSS, MINIMA_RATES, Got


def grid(got: Got, what: str) -> FloatArray:
    """(batches, rates, seeds); no number where the training loss was not reached."""
    return np.array([got[f"minima.{batch}"][what] for batch in BATCHES])


def correlations(got: Got) -> FloatArray:
    """By seed, Spearman's rank correlation of sharpness and test accuracy over the grid's settings."""
    sharp, right = (
        grid(got, what).reshape(-1, grid(got, what).shape[-1]) for what in ("sharpness", "accuracy")
    )
    found = []
    for seed in range(sharp.shape[1]):
        there = np.isfinite(sharp[:, seed]) & np.isfinite(right[:, seed])
        found.append(np.corrcoef(_ranks(sharp[there, seed]), _ranks(right[there, seed]))[0, 1])
    return np.array(found)


def _ranks(values: FloatArray) -> NDArray[np.float64]:
    from scipy.stats import rankdata

    ranks: NDArray[np.float64] = rankdata(values)
    return ranks


def shallow(got: Got) -> Finding:
    """Reported, not asserted: a correlation over one grid is no cause."""
    if any(f"minima.{batch}" not in got for batch in BATCHES):
        return not_run(claims.SHALLOW, "keras")
    effect = over_seeds("rank correlation, sharpness and accuracy", correlations(got))
    verdict = below([effect], 0.0)
    where = ""
    if verdict is Verdict.HOLDS:
        verdict, where = Verdict.ONLY, "as a correlation over this grid of rates and batch sizes"
    sharp, right = grid(got, "sharpness"), grid(got, "accuracy")
    words = (
        f"at training loss {MINIMA_LOSS:g}, from batch {BATCHES[0]} to {BATCHES[-1]} the mean largest "
        f"eigenvalue goes from {np.nanmean(sharp[0]):.2g} to {np.nanmean(sharp[-1]):.2g} and the mean test "
        f"accuracy from {np.nanmean(right[0]):.4f} to {np.nanmean(right[-1]):.4f}. Rate and batch size move "
        "both, so that this is no evidence that one causes the other; the next row is the objection to it"
    )
    return Finding(claims.SHALLOW, verdict, words, effect, (KERAS,), where)


def corners(got: Got) -> Effect | None:
    """Test accuracy of the noisiest setting minus that of the quietest, at one training loss."""
    if any(f"minima.{batch}" not in got for batch in BATCHES):
        return None
    right = grid(got, "accuracy")
    return over_seeds("accuracy, noisiest - quietest setting", right[0, -1] - right[-1, 0])


def rescaled(got: Got) -> Finding:
    """Dinh's reparametrisation."""
    if "rescaled" not in got:
        return not_run(claims.RESCALED, "keras")
    sharp, apart = got["rescaled"]["sharpness"], got["rescaled"]["difference"]
    ratio = sharp[-1] / sharp[0]
    effect = Effect("eigenvalue after / before, smallest of the seeds", float(ratio.min()), count=len(ratio))
    words = (
        f"first layer times {FACTORS[-1]:g}, second weights divided by it: the largest eigenvalue goes from "
        f"{sharp[0].mean():.3g} to {sharp[-1].mean():.3g}, the largest difference of a probability is "
        f"{apart.max():.1g}"
    )
    holds = ratio.min() >= 100 and apart.max() == 0
    return Finding(claims.RESCALED, Verdict.HOLDS if holds else Verdict.FAILS, words, effect, (KERAS,))


def table(got: Got) -> Table:
    """The grid in numbers."""
    columns = (
        ("Batch", True, ""), ("Rate", True, ""), ("Largest eigenvalue", True, "mean over seeds"),
        ("Test accuracy", True, "mean over seeds"),
        ("Updates", True, "mean over seeds"),
    )  # fmt: skip
    values = [grid(got, what).mean(axis=2) for what in ("sharpness", "accuracy", "updates")]
    rows = [
        [Cell(str(batch)), Cell(f"{rate:g}"), *(Cell(f"{v[i, j]:.4g}") for v in values)]
        for i, batch in enumerate(BATCHES)
        for j, rate in enumerate(MINIMA_RATES)
    ]
    return Table(f"Where the training loss is {MINIMA_LOSS:g}", columns, rows)
