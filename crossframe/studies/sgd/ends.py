"""Judging where SGD ends in Keras, scikit-learn and H2O."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from crossframe.claims.claim import Claim, Effect, Finding, Verdict, not_run
from crossframe.claims.judge import (
    below,
    between,
    conjunction,
    over_cells,
    restricted,
    where_settled,
    with_earlier,
)
from crossframe.core.statistics import geometric_mean, jackknife
from crossframe.core.types import FloatArray
from crossframe.studies.sgd import claims
from crossframe.studies.sgd.jobs import BATCHES, CORNERS, EPOCHS, H2O_RATES, RATES, TARGETS, Records
from crossframe.studies.training.descent import at_loss

TITLES = {"keras": "Keras", "sklearn": "scikit-learn", "h2o": "h2o.deeplearning"}
STOPS = (f"after {EPOCHS} epochs", *(f"at training loss {target:g}" for target in TARGETS))
MEASURES = ("sharpness", "rise")
_NAMES = {"sharpness": "eigenvalue", "rise": "loss rise"}


@dataclass(frozen=True)
class Ends:
    """What one framework's trainings ended with.

    Attributes
    ----------
    batches, rates
        The axes.
    values
        Measure -> (stops, batches, rates, seeds), the stops as in `STOPS`.
    """

    engine: str
    batches: tuple[int, ...]
    rates: tuple[float, ...]
    values: Mapping[str, FloatArray]

    def logs(self, measure: str) -> FloatArray:
        """Natural logarithms, (stops, batches, rates, seeds); NaN where the measure is not positive."""
        value = self.values[measure]
        logs: FloatArray = np.log(np.where(value > 0, value, np.nan))
        return logs

    @property
    def judged(self) -> int | None:
        """The number in `STOPS` of the lowest loss that every training reached."""
        values = self.values["sharpness"]
        reached = [k for k in range(1, len(STOPS)) if np.isfinite(values[k]).all()]
        return reached[-1] if reached else None


def gather(records: Records) -> dict[str, Ends]:
    """By engine, as far as all of its trainings are there."""
    made = {}
    for engine, batches, rates in (("keras", BATCHES, RATES), ("sklearn", *CORNERS)):
        names = [f"ends.{engine}.{batch}" for batch in batches]
        if all(name in records for name in names):
            values = {
                measure: np.stack([records[name].arrays[measure] for name in names], axis=1)
                for measure in records[names[0]].arrays
            }
            made[engine] = Ends(engine, batches, rates, values)
    if "ends.h2o.1" in records:
        arrays = records["ends.h2o.1"].arrays
        made["h2o"] = Ends("h2o", (1,), H2O_RATES, _h2o({k: np.asarray(v) for k, v in arrays.items()}))
    return made


def _h2o(arrays: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """At equal losses by interpolation between trainings of several lengths; no equal epochs."""
    made = {}
    for measure, value in arrays.items():
        at = np.full((len(STOPS), 1, *value.shape[1:]), math.nan)
        for k, target in enumerate(TARGETS, start=1):
            for i, j in np.ndindex(*value.shape[1:]):
                at[k, 0, i, j] = at_loss(arrays["loss"][:, i, j], value[:, i, j], target)
        made[measure] = at
    return made


Pairs = Mapping[str, tuple[tuple[int, int], tuple[int, int]]]
"""Line of a grid -> the two (batch, rate) at its ends, the one expected in wider minima first."""


def _by_rate(e: Ends) -> Pairs:
    return {f"batch {b}": ((i, -1), (i, 0)) for i, b in enumerate(e.batches)}


def _by_batch(e: Ends) -> Pairs:
    if len(e.batches) < 2:
        return {}
    return {f"rate {r:g}": ((0, j), (-1, j)) for j, r in enumerate(e.rates)}


def _averaged(ends: Mapping[str, Ends], pairs: Callable[[Ends], Pairs]) -> Verdict:
    """The verdict of the earlier marks: a mean over the lines, after equal epochs and at one loss."""

    def falls(logs: FloatArray, e: Ends) -> Verdict:
        mean = np.mean([logs[wide] - logs[narrow] for wide, narrow in pairs(e).values()], axis=0)
        return below(geometric_mean(mean), 1)

    cells = [
        conjunction(falls(e.logs(m)[k], e) for m in MEASURES)
        for e in ends.values()
        if pairs(e)
        for k in (0, 1)
    ]
    return where_settled(cells, one_refutes=True)


@with_earlier("rate", lambda ends: _averaged(ends, _by_rate))
def rate(ends: Mapping[str, Ends]) -> Finding:
    """Whether the largest rate ends in wider minima than the smallest, batch by batch."""
    return _judged(claims.CLAIMS["rate"], ends, _by_rate, "largest / smallest rate")


@with_earlier("batch", lambda ends: _averaged(ends, _by_batch))
def batch(ends: Mapping[str, Ends]) -> Finding:
    """Whether the smallest batch ends in wider minima than the largest, rate by rate."""
    return _judged(claims.CLAIMS["batch"], ends, _by_batch, "smallest / largest batch")


def _judged(claim: Claim, ends: Mapping[str, Ends], pairs: Callable[[Ends], Pairs], what: str) -> Finding:
    """Every line of every grid by itself: an average could hide one that goes the other way."""
    if not ends:
        return not_run(claim, "keras")
    lines = {
        (e.engine, line): (k, ends_of_line)
        for e in ends.values()
        if (k := e.judged) is not None
        for line, ends_of_line in pairs(e).items()
    }
    if not lines:
        return Finding(claim, Verdict.OPEN, "not every training came down to one training loss")
    effects = {
        (engine, line, m): Effect.of(
            f"{_NAMES[m]}, {what}, {TITLES[engine]}, {line}",
            geometric_mean(ends[engine].logs(m)[k][wide] - ends[engine].logs(m)[k][narrow]),
        )
        for (engine, line), (k, (wide, narrow)) in lines.items()
        for m in MEASURES
    }
    words = "; ".join(
        f"{TITLES[engine]}, {STOPS[k]}, {line}: "
        + ", ".join(_ratio(_NAMES[m], effects[engine, line, m]) for m in MEASURES)
        for (engine, line), (k, _) in lines.items()
    )
    words += (
        ". That is the lowest loss that every training of a framework reached, a place on the way: that "
        f"it is a minimum is not shown. {_epochs(ends)}"
    )
    weakest = max(effects.values(), key=lambda e: (math.isfinite(e.high), e.high))
    engines = tuple(dict.fromkeys(TITLES[engine] for engine, _ in lines))
    # One measure that rises refutes a line; both have to fall for it to hold.
    cells = {
        f"{line} ({TITLES[engine]})": conjunction(below(effects[engine, line, m], 1) for m in MEASURES)
        for engine, line in lines
    }
    verdict = where_settled(cells.values())
    where = restricted(cells, "at", unsettled=True) if verdict is Verdict.PARTLY else ""
    return Finding(claim, verdict, words, weakest, engines, where)


def _ratio(name: str, e: Effect) -> str:
    return f"{name} x {e.value:.2f} [{e.low:.2f}, {e.high:.2f}]"


def _epochs(ends: Mapping[str, Ends]) -> str:
    """Why nothing is judged after equal epochs."""
    if "keras" not in ends:
        return "After equal epochs nothing is judged: there the loss itself differs"
    e = ends["keras"]
    logs = np.nanmean(e.logs("loss")[0], axis=-1), np.nanmean(e.logs("sharpness")[0], axis=-1)
    low, high = (float(np.exp(v)) for v in (np.min(logs[0]), np.max(logs[0])))
    return (
        f"{STOPS[0].capitalize()} nothing is judged: the settings have come down to training losses from "
        f"{low:.2g} to {high:.2g}, and as cross-entropy saturates the eigenvalue falls with the loss (rank "
        f"correlation over Keras's settings {_spearman(*logs):.2f})"
    )


def _spearman(left: FloatArray, right: FloatArray) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(left.ravel(), right.ravel()).statistic)


def blocks(e: Ends) -> list[Effect]:
    """Every two neighbouring batches and rates; none where no loss was reached by all.

    The value is the change of the log eigenvalue along the diagonal of one rate / batch, in units of
    the change that the same factor in rate / batch makes, which is half of that along the other
    diagonal.
    """
    if e.judged is None:
        return []
    logs, shares = e.logs("sharpness")[e.judged], []
    for i, j in np.ndindex(len(e.batches) - 1, len(e.rates) - 1):
        # Larger batch with larger rate minus smaller with smaller: one rate / batch.
        along = logs[i + 1, j + 1] - logs[i, j]
        # Smaller batch with larger rate minus larger with smaller: rate / batch by the factor, twice.
        across = (logs[i, j + 1] - logs[i + 1, j]) / 2
        words = (
            f"batch {e.batches[i]} and {e.batches[i + 1]} with rate {e.rates[j]:g} and {e.rates[j + 1]:g} "
            f"(rate / batch {e.rates[j] / e.batches[i]:.2g})"
        )
        share = jackknife(
            lambda seeds, d=along, h=across: float(np.mean(d[seeds]) / np.mean(h[seeds])),  # type: ignore[misc]
            len(along),
            least=-math.inf,
        )
        shares.append(Effect.of(words, share))
    return shares


def _by_corners(ends: Mapping[str, Ends]) -> Verdict:
    """The verdict of the earlier mark: smallest and largest batch within a factor of 1.2."""
    logs = ends["keras"].logs("sharpness")
    ratios = [geometric_mean(logs[k, 0, 0] - logs[k, -1, -1]) for k in (0, 1)]
    return over_cells(between(ratio, 1 / 1.2, 1.2) for ratio in ratios)


@with_earlier("ratio", _by_corners)
def equal_ratios(ends: Mapping[str, Ends]) -> Finding:
    """The diagonals of Keras's grid, against what rate / batch itself does."""
    if "keras" not in ends:
        return not_run(claims.CLAIMS["ratio"], "keras")
    shares = blocks(ends["keras"])
    if not shares:
        return Finding(
            claims.CLAIMS["ratio"], Verdict.OPEN, "not every training came down to one training loss"
        )
    k = ends["keras"].judged
    assert k is not None
    words = f"{STOPS[k]}, change at one rate / batch over the change by a factor five in it: " + "; ".join(
        f"{e.what} {e.value:+.2f} [{e.low:+.2f}, {e.high:+.2f}]" for e in shares
    )
    words += f". {STOPS[0].capitalize()} one rate / batch is one rate x updates and so about one loss"
    worst = max(shares, key=lambda e: abs(e.value))
    cells = {e.what: between(e, -claims.TOLERATED, claims.TOLERATED) for e in shares}
    verdict = over_cells(cells.values())
    good = [name for name, v in cells.items() if v is Verdict.HOLDS]
    where = f"between {' and between '.join(good)}" if verdict is Verdict.PARTLY else ""
    effect = Effect.of("largest share of a diagonal", worst)
    return Finding(claims.CLAIMS["ratio"], verdict, words, effect, (TITLES["keras"],), where)


def mini_batch(records: Records) -> Finding:
    """Whether another mini_batch_size changes any bit of H2O's predictions."""
    if "mini" not in records:
        return not_run(claims.CLAIMS["h2o-mini-batch"], "h2o")
    fields, scores = records["mini"].fields, records["mini"].arrays["scores"]
    largest, control = (float(np.max(np.abs(scores[k] - scores[0]))) for k in (1, 2))
    same = scores[0].tobytes() == scores[1].tobytes()
    effect = Effect.of("largest difference of a probability, 1 against 32", largest, count=scores.shape[1])
    words = (
        f"{'the same to the last bit' if same else 'they differ'}; the rate larger by a thousandth changes "
        f"a probability by up to {control:.2g}. The model's own parameters say {fields['reported'][1]}, "
        f"and only the server's log tells: '{fields['log'][0] if fields['log'] else 'nothing'}'"
    )
    verdict = Verdict.OPEN if control == 0 else Verdict.FAILS if same else Verdict.HOLDS
    return Finding(claims.CLAIMS["h2o-mini-batch"], verdict, words, effect, (TITLES["h2o"],))
