"""Judging where SGD ends in Keras, scikit-learn and H2O."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from crossframe.engines.base import FloatArray
from crossframe.studies.claim import Claim, Effect, Finding, Verdict
from crossframe.studies.intervals import over_seeds
from crossframe.studies.sgd import claims
from crossframe.studies.sgd.plan import BATCHES, CORNERS, EPOCHS, H2O_EPOCHS, H2O_RATES, RATES, TARGET, Got

TITLES = {"keras": "Keras", "sklearn": "scikit-learn", "h2o": "h2o.deeplearning"}
PROTOCOLS = (f"after {EPOCHS} epochs", f"at training loss {TARGET}")
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
        Measure -> (protocols, batches, rates, seeds).
    """

    engine: str
    batches: tuple[int, ...]
    rates: tuple[float, ...]
    values: Mapping[str, FloatArray]

    def logs(self, measure: str) -> FloatArray:
        """Natural logarithms, (protocols, batches, rates, seeds); NaN where the measure is not positive."""
        value = self.values[measure]
        logs: FloatArray = np.log(np.where(value > 0, value, np.nan))
        return logs


def gather(got: Got) -> dict[str, Ends]:
    """By engine, as far as all of its trainings are there."""
    found = {}
    for engine, batches, rates in (("keras", BATCHES, RATES), ("sklearn", *CORNERS)):
        names = [f"ends.{engine}.{batch}" for batch in batches]
        if all(name in got for name in names):
            values = {
                measure: np.stack([got[name].arrays[measure] for name in names], axis=1)
                for measure in got[names[0]].arrays
            }
            found[engine] = Ends(engine, batches, rates, values)
    if "ends.h2o.1" in got:
        arrays = got["ends.h2o.1"].arrays
        found["h2o"] = Ends("h2o", (1,), H2O_RATES, _h2o({k: np.asarray(v) for k, v in arrays.items()}))
    return found


def _h2o(arrays: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Both protocols from trainings of several lengths; the second one by interpolation."""
    found = {}
    for measure, value in arrays.items():
        at = np.full(value.shape[1:], math.nan)
        for i in range(value.shape[1]):
            for j in range(value.shape[2]):
                at[i, j] = at_loss(arrays["loss"][:, i, j], value[:, i, j], TARGET)
        found[measure] = np.stack([value[H2O_EPOCHS["mnist"].index(EPOCHS)], at])[:, None]
    return found


def at_loss(loss: FloatArray, value: FloatArray, target: float) -> float:
    """A measure where the training loss first is ``target``, log-log between two lengths of training.

    NaN where the loss does not come down to it, or begins below.
    """
    for k in range(1, len(loss)):
        if loss[k - 1] > target >= loss[k] and min(value[k - 1], value[k]) > 0:
            share = math.log(loss[k - 1] / target) / math.log(loss[k - 1] / loss[k])
            return float(math.exp((1 - share) * math.log(value[k - 1]) + share * math.log(value[k])))
    return math.nan


Lines = Callable[[Ends, FloatArray], dict[str, FloatArray]]
"""(batches, rates, seeds) of logarithms -> line of the grid -> one difference of its ends per seed."""


def _by_rate(ends: Ends, logs: FloatArray) -> dict[str, FloatArray]:
    return {f"batch {b}": logs[k, -1] - logs[k, 0] for k, b in enumerate(ends.batches)}


def _by_batch(ends: Ends, logs: FloatArray) -> dict[str, FloatArray]:
    return {f"rate {r:g}": logs[0, k] - logs[-1, k] for k, r in enumerate(ends.rates)}


def rate(ends: Mapping[str, Ends]) -> Finding:
    """Larger against smaller rates, averaged over the batches."""
    return _judged(claims.RATE, ends, _by_rate, "largest / smallest rate")


def batch(ends: Mapping[str, Ends]) -> Finding:
    """Smaller against larger batches, averaged over the rates."""
    several = {engine: e for engine, e in ends.items() if len(e.batches) > 1}
    return _judged(claims.BATCH, several, _by_batch, "smallest / largest batch")


def _judged(claim: Claim, ends: Mapping[str, Ends], lines: Lines, what: str) -> Finding:
    effects: dict[tuple[str, int, str], Effect] = {}
    other: list[str] = []
    for e in ends.values():
        for k in range(2):
            for measure in MEASURES:
                name = f"{_NAMES[measure]}, {what}, {PROTOCOLS[k]}, {TITLES[e.engine]}:"
                found = lines(e, e.logs(measure)[k])
                effects[e.engine, k, measure] = ratio(name, np.mean(list(found.values()), axis=0))
                other += [
                    f"{TITLES[e.engine]}'s {_NAMES[measure]} at {line} {PROTOCOLS[k]}"
                    for line, logs in found.items()
                    if ratio("", logs).low > 1
                ]
    if not effects:
        return Finding(claim, Verdict.CANNOT_TELL, "no framework could run")
    engines = tuple(TITLES[e] for e in ends)
    holds = {key for key, e in effects.items() if e.high < 1}
    against = {key for key, e in effects.items() if e.low > 1}
    words = "; ".join(
        f"{PROTOCOLS[k]} "
        + ", ".join(
            f"{TITLES[engine]} {_NAMES[m]} "
            + ("not reached" if math.isnan(e.value) else f"x {e.value:.2f} [{e.low:.2f}, {e.high:.2f}]")
            for (engine, at, m), e in effects.items()
            if at == k
        )
        for k in range(2)
    )
    if other:
        words += f". The other way round: {'; '.join(other)}"
    first = effects[next(iter(ends)), 1, "sharpness"]
    if len(holds) == len(effects):
        return Finding(claim, Verdict.HOLDS, words, first, engines)
    whole = {(e, k) for e in ends for k in range(2) if all((e, k, m) in holds for m in MEASURES)}
    if whole:
        where = " and ".join(
            f"{PROTOCOLS[k]} ({', '.join(TITLES[e] for e in ends if (e, k) in whole)})"
            for k in range(2)
            if any((e, k) in whole for e in ends)
        )
        return Finding(claim, Verdict.ONLY, words, first, engines, where)
    verdict = Verdict.FAILS if against else Verdict.CANNOT_TELL
    return Finding(claim, verdict, words, first, engines)


def ratio(what: str, logs: FloatArray) -> Effect:
    """Geometric mean of ratios given by their logarithms, one per seed, with Student's interval."""
    mean = over_seeds(what, logs)
    return Effect(what, math.exp(mean.value), math.exp(mean.low), math.exp(mean.high), count=mean.count)


def equal_ratios(ends: Mapping[str, Ends]) -> Finding:
    """The diagonals of Keras's grid."""
    if "keras" not in ends:
        return Finding(claims.RATIO, Verdict.CANNOT_TELL, "Keras could not run")
    logs = ends["keras"].logs("sharpness")
    effects = [
        ratio(
            f"eigenvalue, batch {BATCHES[0]} / {BATCHES[-1]} at rate / batch {RATES[0] / BATCHES[0]:.2g}, "
            f"{PROTOCOLS[k]}:",
            logs[k, 0, 0] - logs[k, -1, -1],
        )
        for k in range(2)
    ]
    low, high = 1 / claims.TOLERATED, claims.TOLERATED
    alike = [low <= e.low and e.high <= high for e in effects]
    apart = [e.high < low or e.low > high for e in effects]
    words = "; ".join(map(str, effects))
    worst = max(effects, key=lambda e: abs(math.log(e.value)))
    if all(alike):
        return Finding(claims.RATIO, Verdict.HOLDS, words, worst, (TITLES["keras"],))
    if any(alike) and any(apart):
        where = PROTOCOLS[alike.index(True)]
        return Finding(claims.RATIO, Verdict.ONLY, words, worst, (TITLES["keras"],), where)
    verdict = Verdict.FAILS if any(apart) else Verdict.CANNOT_TELL
    return Finding(claims.RATIO, verdict, words, worst, (TITLES["keras"],))


def mini_batch(got: Got) -> Finding:
    """Bits of H2O's predictions."""
    if "mini" not in got:
        return Finding(claims.MINI_BATCH, Verdict.CANNOT_TELL, "H2O could not run")
    fields, scores = got["mini"].fields, got["mini"].arrays["scores"]
    largest, control = (float(np.max(np.abs(scores[k] - scores[0]))) for k in (1, 2))
    same = scores[0].tobytes() == scores[1].tobytes()
    effect = Effect("largest difference of a probability, 1 against 32:", largest, count=scores.shape[1])
    words = (
        f"{'the same to the last bit' if same else 'they differ'}; the rate larger by a thousandth changes a "
        f"probability by up to {control:.2g}. The model's own parameters say "
        f"{fields['told'][1]}, and only the server's log tells: "
        f"'{fields['log'][0] if fields['log'] else 'nothing'}'"
    )
    if control == 0:
        return Finding(claims.MINI_BATCH, Verdict.CANNOT_TELL, words, effect, (TITLES["h2o"],))
    return Finding(
        claims.MINI_BATCH, Verdict.FAILS if same else Verdict.HOLDS, words, effect, (TITLES["h2o"],)
    )
