"""Phenomena 3 and 4: batch normalisation's speed, and many starts."""

from __future__ import annotations

import numpy as np

from crossframe.claims.claim import Effect, Finding, Verdict, not_run
from crossframe.claims.judge import below, between, conjunction, with_earlier
from crossframe.core.statistics import geometric_mean
from crossframe.core.types import FloatArray
from crossframe.report.table import Cell, Table
from crossframe.studies.phenomena import claims
from crossframe.studies.phenomena.jobs import (
    BATCHES,
    MINIMA_LOSS,
    MINIMA_RATES,
    NARROW_UPDATES,
    NETS,
    SPEEDS,
    WIDTHS,
    Computed,
)
from crossframe.studies.phenomena.minima import corners
from crossframe.studies.phenomena.numerics import KERAS, SKLEARN


def at_best(updates: FloatArray) -> tuple[FloatArray, list[int]]:
    """Each seed's updates at the rate that is best for the other seeds, and that rate's number.

    ``updates`` is (rates, seeds). That the seed itself has no say keeps the choice from flattering.
    """
    seeds = np.arange(updates.shape[1])
    best = [int(np.argmin(np.mean(np.delete(updates, s, axis=1), axis=1))) for s in seeds]
    return updates[best, seeds], best


def speeds(computed: Computed, name: str) -> tuple[FloatArray, FloatArray] | None:
    """Updates (rates, seeds) of the network without and with batch normalisation."""
    if any(f"speed.{name}.{norm}" not in computed for norm in (False, True)):
        return None
    return computed[f"speed.{name}.False"]["updates"], computed[f"speed.{name}.True"]["updates"]


def norm_best(computed: Computed) -> Finding:
    """Updates with and without batch normalisation, each at its own best rate."""
    effects: dict[str, Effect] = {}
    parts = []
    for name in NETS:
        both = speeds(computed, name)
        if both is None:
            return not_run(claims.CLAIMS["batch-norm-best"], "keras")
        (plain, plain_at), (norm, norm_at) = (at_best(updates) for updates in both)
        effects[name] = _ratio(f"{name} hidden layers, {_rates(norm_at)} / {_rates(plain_at)}", norm, plain)
        right = [
            np.mean(computed[f"speed.{name}.{kind}"]["accuracy"][at, np.arange(len(at))])
            for kind, at in ((True, norm_at), (False, plain_at))
        ]
        parts.append(
            f"{name} hidden layers: {norm.mean():.0f} updates at {_rates(norm_at)} against "
            f"{plain.mean():.0f} at {_rates(plain_at)}, test accuracy {right[0]:.3f} against {right[1]:.3f}"
        )
    words = (
        f"{'; '.join(parts)}. An update with batch normalisation computes more. It is scored with the "
        "statistics of the training images: after so few updates Keras's moving averages are still mostly "
        "what they began as"
    )
    return Finding(
        claims.CLAIMS["batch-norm-best"],
        conjunction(below(e, 1) for e in effects.values()),
        words,
        _weakest(effects),
        (KERAS,),
    )


def _rates(best: list[int]) -> str:
    """The chosen rates over the seeds."""
    chosen = [f"{SPEEDS[k]:g}" for k in sorted(set(best))]
    return f"rate {chosen[0]}" if len(chosen) == 1 else f"rates {chosen[0]} to {chosen[-1]} by seed"


def norm_common(computed: Computed) -> Finding:
    """Updates with and without it, both at the rate that is best without."""
    effects: dict[str, Effect] = {}
    for name in NETS:
        both = speeds(computed, name)
        if both is None:
            return not_run(claims.CLAIMS["batch-norm-common"], "keras")
        plain, best = at_best(both[0])
        norm = both[1][best, np.arange(len(best))]
        effects[name] = _ratio(f"{name} hidden layers, both at {_rates(best)}", norm, plain)
    words = "; ".join(str(e) for e in effects.values())
    return Finding(
        claims.CLAIMS["batch-norm-common"],
        conjunction(below(e, 1) for e in effects.values()),
        words,
        _weakest(effects),
        (KERAS,),
    )


def _ratio(where: str, norm: FloatArray, plain: FloatArray) -> Effect:
    return Effect.of(f"updates with / without, {where}", geometric_mean(np.log(norm / plain)))


def _weakest(effects: dict[str, Effect]) -> Effect:
    return max(effects.values(), key=lambda e: e.value)


def losses(computed: Computed) -> dict[str, FloatArray]:
    """Final training losses of all starts, by network in words."""
    names = {"starts.keras": "Keras, two hidden layers", "starts.sklearn": "scikit-learn, two hidden layers"}
    by_network = {words: computed[name]["loss"][:, -1] for name, words in names.items() if name in computed}
    narrow = {f"starts.{width}": f"Keras, one hidden layer of {width}" for width in WIDTHS}
    return by_network | {
        words: _final(computed[name]["loss"]) for name, words in narrow.items() if name in computed
    }


def _final(loss: FloatArray) -> FloatArray:
    """Mean over the last tenth of the looks, (seeds,): a narrow network's descent has no last loss."""
    final: FloatArray = loss[:, -max(1, loss.shape[1] // 10) :].mean(axis=1)
    return final


def settled(loss: FloatArray) -> bool:
    """Whether no start's loss, (seeds, looks), still falls by more than `claims.STILL` in the last half.

    Compared are the means of the third and of the fourth quarter.
    """
    quarter = loss.shape[1] // 4
    fall = loss[:, -2 * quarter : -quarter].mean(axis=1) - loss[:, -quarter:].mean(axis=1)
    return bool(np.max(np.abs(fall)) <= claims.STILL)


def _wide(computed: Computed) -> list[str]:
    return [name for name in ("starts.keras", "starts.sklearn") if name in computed]


def _by_last_losses(computed: Computed) -> Verdict:
    """The verdict of the earlier mark: every last loss counts, also of a network that still moves."""
    ends = np.concatenate([computed[name]["loss"][:, -1] for name in _wide(computed)])
    narrow = [computed[f"starts.{w}"]["loss"][:, -1] for w in WIDTHS if f"starts.{w}" in computed]
    if np.ptp(ends) > claims.NEAR:
        return Verdict.FAILS
    return Verdict.PARTLY if any(np.ptp(last) > claims.NEAR for last in narrow) else Verdict.HOLDS


@with_earlier("many-starts", _by_last_losses)
def starts(computed: Computed) -> Finding:
    """Whether the final training losses of many starts lie close together."""
    wide = _wide(computed)
    if not wide:
        return not_run(claims.CLAIMS["many-starts"], "keras")
    ends = np.concatenate([computed[name]["loss"][:, -1] for name in wide])
    right = np.concatenate([computed[name]["accuracy"] for name in wide])
    words = (
        f"{len(ends)} starts end between {ends.min():.4f} and {ends.max():.4f}, with test accuracies from "
        f"{right.min():.4f} to {right.max():.4f}"
    )
    near = ["with two hidden layers"]
    far: list[str] = []
    moving: list[str] = []
    for width in WIDTHS:
        if f"starts.{width}" not in computed:
            continue
        loss = computed[f"starts.{width}"]["loss"]
        final, there = _final(loss), f"with one hidden layer of {width}"
        rest = settled(loss)
        (near if np.ptp(final) <= claims.NEAR else far if rest else moving).append(there)
        words += f"; {there}, {len(final)} starts end between {final.min():.2g} and {final.max():.2g}" + (
            "" if rest else f" and still move after {NARROW_UPDATES:,} updates"
        )
    effect = Effect.of("range of the final training losses", float(np.ptp(ends)), count=len(ends))
    engines = tuple({"starts.keras": KERAS, "starts.sklearn": SKLEARN}[name] for name in wide)
    if np.ptp(ends) > claims.NEAR:
        return Finding(claims.CLAIMS["many-starts"], Verdict.FAILS, words, effect, engines)
    if not far and not moving:
        return Finding(claims.CLAIMS["many-starts"], Verdict.HOLDS, words, effect, engines)
    where = " and ".join(near)
    if moving:
        where += f"; {' and '.join(moving)} training has not come to rest and nothing can be told"
    return Finding(claims.CLAIMS["many-starts"], Verdict.PARTLY, words, effect, engines, where)


def equally_good(computed: Computed) -> Finding:
    """All local minima: by their training loss, and by their test accuracy at one training loss."""
    gap = corners(computed)
    if "starts.keras" not in computed or gap is None:
        return not_run(claims.CLAIMS["equal-minima"], "keras")
    ends = computed["starts.keras"]["loss"][:, -1]
    loss = bool(np.ptp(ends) <= claims.NEAR)
    words = (
        f"from {len(ends)} starts the training losses end within {np.ptp(ends):.2g}; at training loss "
        f"{MINIMA_LOSS:g} the test accuracy at batch {BATCHES[0]} with rate {MINIMA_RATES[-1]:g} minus "
        f"that at batch {BATCHES[-1]} with rate {MINIMA_RATES[0]:g} is {gap.value:+.4f} [{gap.low:+.4f}, "
        f"{gap.high:+.4f}]. The networks have come to that loss; that they are at minima is not shown"
    )
    where = ""
    if not loss:
        verdict = Verdict.FAILS
    elif gap.low > 0 or gap.high < 0:
        verdict, where = Verdict.PARTLY, "by training loss, not by test accuracy"
    else:
        alike = between(gap, -claims.ALIKE, claims.ALIKE)
        verdict = Verdict.HOLDS if alike is Verdict.HOLDS else Verdict.OPEN
    return Finding(claims.CLAIMS["equal-minima"], verdict, words, gap, (KERAS,), where)


def table(computed: Computed) -> Table:
    """Updates to the training loss by rate, with and without batch normalisation."""
    columns = (
        ("Hidden layers", False, ""), ("Batch normalisation", False, ""),
        *((f"Rate {rate:g}", True, "mean updates to the training loss; with how many seeds if not all")
          for rate in SPEEDS),
    )  # fmt: skip
    rows = []
    for name in NETS:
        for norm, updates in zip(("without", "with"), speeds(computed, name) or (), strict=False):
            rows.append([Cell(name), Cell(norm), *(_reached(row) for row in updates)])
    return Table("Updates to the same training loss", columns, rows)


def _reached(row: FloatArray) -> Cell:
    there = row[np.isfinite(row)]
    if not len(there):
        return Cell("not reached")
    return Cell(f"{there.mean():.0f}" + (f" ({len(there)} of {len(row)})" if len(there) < len(row) else ""))
