"""Phenomenon 2: shallow and sharp minima, a contested claim and the objection to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crossframe.claims.claim import Effect, Finding, Verdict, not_run
from crossframe.claims.judge import below
from crossframe.core.statistics import student_mean
from crossframe.core.types import FloatArray
from crossframe.report.table import Cell, Table
from crossframe.studies.phenomena import claims
from crossframe.studies.phenomena.jobs import BATCHES, FACTORS, MINIMA_LOSS, MINIMA_RATES, Computed
from crossframe.studies.phenomena.numerics import KERAS


def grid(computed: Computed, what: str) -> FloatArray:
    """(batches, rates, seeds); no number where the training loss was not reached."""
    return np.array([computed[f"minima.{batch}"][what] for batch in BATCHES])


def correlations(computed: Computed) -> FloatArray:
    """By seed, Spearman's rank correlation of sharpness and test accuracy over the grid's settings."""
    sharp, right = (
        grid(computed, what).reshape(-1, grid(computed, what).shape[-1]) for what in ("sharpness", "accuracy")
    )
    by_seed = []
    for seed in range(sharp.shape[1]):
        there = np.isfinite(sharp[:, seed]) & np.isfinite(right[:, seed])
        by_seed.append(np.corrcoef(_ranks(sharp[there, seed]), _ranks(right[there, seed]))[0, 1])
    return np.array(by_seed)


def _ranks(values: FloatArray) -> NDArray[np.float64]:
    from scipy.stats import rankdata

    ranks: NDArray[np.float64] = rankdata(values)
    return ranks


def shallow(computed: Computed) -> Finding:
    """Whether accuracy falls with sharpness; a correlation over one grid shows no cause."""
    if any(f"minima.{batch}" not in computed for batch in BATCHES):
        return not_run(claims.CLAIMS["shallow-minima"], "keras")
    effect = Effect.of("rank correlation, sharpness and accuracy", student_mean(correlations(computed)))
    verdict = below(effect)
    where = ""
    if verdict is Verdict.HOLDS:
        verdict, where = Verdict.PARTLY, "as a correlation over this grid of rates and batch sizes"
    sharp, right = grid(computed, "sharpness"), grid(computed, "accuracy")
    words = (
        f"at training loss {MINIMA_LOSS:g}, from batch {BATCHES[0]} to {BATCHES[-1]} the mean largest "
        f"eigenvalue goes from {np.nanmean(sharp[0]):.2g} to {np.nanmean(sharp[-1]):.2g} and the mean test "
        f"accuracy from {np.nanmean(right[0]):.4f} to {np.nanmean(right[-1]):.4f}. Rate and batch size move "
        "both, so that this is no evidence that one causes the other; the next row is the objection to it"
    )
    return Finding(claims.CLAIMS["shallow-minima"], verdict, words, effect, (KERAS,), where)


def corners(computed: Computed) -> Effect | None:
    """Test accuracy of the noisiest setting minus that of the quietest, at one training loss."""
    if any(f"minima.{batch}" not in computed for batch in BATCHES):
        return None
    right = grid(computed, "accuracy")
    gap = student_mean(right[0, -1] - right[-1, 0])
    return Effect.of("accuracy, noisiest - quietest setting", gap)


def rescaled(computed: Computed) -> Finding:
    """Whether rescaled layers compute the same and are sharper (Dinh et al. 2017)."""
    if "rescaled" not in computed:
        return not_run(claims.CLAIMS["sharpness-is-a-choice"], "keras")
    sharp, changed = computed["rescaled"]["sharpness"], computed["rescaled"]["difference"]
    ratio = sharp[-1] / sharp[0]
    effect = Effect.of(
        "eigenvalue after / before, smallest of the seeds", float(ratio.min()), count=len(ratio)
    )
    words = (
        f"first layer times {FACTORS[-1]:g}, second weights divided by it: the largest eigenvalue goes "
        f"from {sharp[0].mean():.3g} to {sharp[-1].mean():.3g}, the largest difference of a probability is "
        f"{changed.max():.1g}"
    )
    holds = ratio.min() >= 100 and changed.max() == 0
    return Finding(
        claims.CLAIMS["sharpness-is-a-choice"],
        Verdict.HOLDS if holds else Verdict.FAILS,
        words,
        effect,
        (KERAS,),
    )


def table(computed: Computed) -> Table:
    """Eigenvalue, accuracy and updates for each batch size and rate."""
    columns = (
        ("Batch", True, ""), ("Rate", True, ""), ("Largest eigenvalue", True, "mean over seeds"),
        ("Test accuracy", True, "mean over seeds"),
        ("Updates", True, "mean over seeds"),
    )  # fmt: skip
    values = [grid(computed, what).mean(axis=2) for what in ("sharpness", "accuracy", "updates")]
    rows = [
        [Cell(str(batch)), Cell(f"{rate:g}"), *(Cell(f"{v[i, j]:.4g}") for v in values)]
        for i, batch in enumerate(BATCHES)
        for j, rate in enumerate(MINIMA_RATES)
    ]
    return Table(f"Where the training loss is {MINIMA_LOSS:g}", columns, rows)
