"""Judging the encoding of piecewise-linear curves: section 4 of the publication."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crossframe.claims.claim import Claim, Effect, Finding, Verdict, not_run
from crossframe.claims.judge import every, listed, with_earlier
from crossframe.core.statistics import student_mean
from crossframe.experiment.record import Record
from crossframe.studies.gradient_failures import claims
from crossframe.studies.gradient_failures.jobs import KERAS


def findings(records: Mapping[str, list[Record]]) -> tuple[Finding, ...]:
    """The findings on curves; ``records`` by net."""
    return (
        _reached(records.get("conditioned", [])),
        _late(records.get("conv", [])),
        _stuck(records.get("dense", [])),
        _redrawn(records.get("auto", [])),
    )


def _for_seeds(claim: Claim, shown: list[bool], words: str, effect: Effect) -> Finding:
    """The finding on a mark that each seed meets or not; in part where some do."""
    good, where = sum(shown), ""
    verdict = every(shown)
    if 0 < good < len(shown):
        verdict, where = Verdict.PARTLY, f"for {good} of {len(shown)} seeds"
    return Finding(claim, verdict, words, effect, (KERAS,), where)


def _at(record: Record, updates: int) -> float:
    """Loss at one of the checks."""
    return float(record.arrays["loss"][int(np.flatnonzero(record.arrays["at"] == updates)[0])])


def _below(record: Record, level: float) -> float:
    """Updates at the first check with a smaller loss."""
    hits = np.flatnonzero(record.arrays["loss"] < level)
    return float(record.arrays["at"][hits[0]]) if len(hits) else np.inf


def _settled(record: Record, level: float) -> float:
    """Updates at the check from which on the loss stays smaller."""
    above = np.flatnonzero(record.arrays["loss"] >= level)
    last = int(above[-1]) + 1 if len(above) else 0
    return float(record.arrays["at"][last]) if last < len(record.arrays["at"]) else np.inf


def _updates(count: float) -> str:
    return f"{count:,.0f}" if np.isfinite(count) else "none of the checks"


def _reached(records: list[Record]) -> Finding:
    if not records:
        return not_run(claims.CLAIMS["curves-conditioned"], "keras")
    last = np.array([_at(r, 500) for r in records])
    good = int(np.sum(last < 1e-6))
    reached = np.array([_below(r, 1e-6) < np.inf for r in records])
    words = (
        f"median error {np.median(last):.1e} after 500 updates, below 1e-6 for {good} of {len(last)} "
        f"seeds, worst {last.max():.1e}; at 200 the worst is {max(_at(r, 200) for r in records):.1e}. "
        f"Condition of the windows' second moments {records[0].fields['condition']:.3g}"
    )
    if back := int(np.sum(reached & (last >= 1e-6))):
        words += f"; {back} had been below 1e-6 before: Adam with rate .99 throws them back"
    effect = Effect.of("median error after 500 updates", float(np.median(last)), count=len(last))
    return _for_seeds(claims.CLAIMS["curves-conditioned"], list(last < 1e-6), words, effect)


def _at_two_checks(records: list[Record]) -> Verdict:
    """The verdict of the earlier mark: above 1 after 5,000 updates and below 1 after 25,000."""
    return every(_at(r, 5_000) > 1 > _at(r, 25_000) for r in records)


@with_earlier("curves-convolution", _at_two_checks)
def _late(records: list[Record]) -> Finding:
    if not records:
        return not_run(claims.CLAIMS["curves-convolution"], "keras")
    first, settled = [_below(r, 1.0) for r in records], [_settled(r, 1.0) for r in records]
    end = listed([float(r.arrays["loss"][-1]) for r in records], ".2g")
    words = (
        f"first below 1 after {', '.join(map(_updates, first))} updates, and from there to the end at "
        f"{int(records[0].arrays['at'][-1]):,} after {', '.join(map(_updates, settled))}, by seed (checked "
        f"every 1,000); error at the end {end}; condition {records[0].fields['condition']:.3g}"
    )
    effect = Effect.of("updates until the error first is 1", student_mean(np.array(first)))
    shown = [_at(r, 5_000) > 1 and np.isfinite(done) for r, done in zip(records, settled, strict=True)]
    return _for_seeds(claims.CLAIMS["curves-convolution"], shown, words, effect)


def _stuck(records: list[Record]) -> Finding:
    if not records:
        return not_run(claims.CLAIMS["curves-dense"], "keras")
    share = np.array([_at(r, 10_000) / r.fields["zero"] for r in records])
    end = int(records[0].arrays["at"][-1])
    words = (
        f"error {listed([_at(r, 10_000) for r in records], '.1f')} after 10,000 updates, of "
        f"{records[0].fields['zero']:.1f} for zeros; condition of the curves' matrix "
        f"{records[0].fields['condition']:.3g}"
    )
    if end > 10_000:
        last = [float(r.arrays["loss"][-1]) for r in records]
        words += f"; {listed(last, '.1f')} after {end:,}"
    effect = Effect.of("error after 10,000 updates, share of that of zeros", student_mean(share))
    return Finding(claims.CLAIMS["curves-dense"], every(share >= 0.5), words, effect, (KERAS,))


def _redrawn(records: list[Record]) -> Finding:
    if not records:
        return not_run(claims.CLAIMS["curves-autoencoder"], "keras")
    curve, near, kink = (
        np.array([r.arrays[n][-1] for r in records]) for n in ("curve_error", "near", "kink_error")
    )
    words = (
        f"after {int(records[0].arrays['at'][-1]):,} updates the curve is off by {listed(curve, '.2%')} of "
        f"its mean square, near a knot {listed(near, '.1f')} times as much as elsewhere; its second "
        f"differences are off by {listed(kink, '.0f')} times their mean square"
    )
    shown = (curve <= 0.01) & (near > 2) & (kink > 1)
    effect = Effect.of("error near a knot over elsewhere", student_mean(near))
    return Finding(claims.CLAIMS["curves-autoencoder"], every(shown), words, effect, (KERAS,))
