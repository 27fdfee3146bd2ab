"""Judging the parity of lines' directions, decomposed or end to end: section 3.1 of the publication."""

from __future__ import annotations

import numpy as np

from crossframe.claims.claim import Effect, Finding, Verdict, not_run
from crossframe.claims.judge import every, in_words, listed, over_cells, restricted, with_earlier
from crossframe.core.statistics import student_mean, wilson
from crossframe.core.types import FloatArray
from crossframe.studies.gather import numbers
from crossframe.studies.gradient_failures import claims
from crossframe.studies.gradient_failures.jobs import KERAS, LINES_UPDATES, Cases

_TESTED = 2000
_LOST = 3
"""Images per tuple from which on the end-to-end net is said to fail."""


def findings(learnt: Cases, ratios: Cases) -> tuple[Finding, ...]:
    """The findings on tuples of lines: learning, and the gradients at the start."""
    return (_decomposed(learnt), _end_to_end(learnt), _few(learnt), _signal(ratios), _formula(ratios))


def accuracies_in_words(learnt: Cases, decomposed: bool, least: int, most: int) -> str:
    """Accuracies by seed, for each k from ``least`` to ``most``."""
    return "; ".join(
        f"k = {k} after {int(r[0].arrays['at'][-1]):,} updates: {listed(numbers(r, 'accuracy'))}"
        for (k, how), r in learnt.items()
        if how is decomposed and least <= k <= most
    )


def _all(learnt: Cases, decomposed: bool, least: int, most: int) -> FloatArray:
    parts = [
        numbers(r, "accuracy") for (k, how), r in learnt.items() if how is decomposed and least <= k <= most
    ]
    return np.concatenate(parts) if parts else np.array([])


def _decomposed(learnt: Cases) -> Finding:
    accuracy = _all(learnt, True, 1, 99)
    if not len(accuracy):
        return not_run(claims.CLAIMS["lines-decomposed"], "keras")
    most = max(k for k, how in learnt if how)
    effect = Effect.of(f"accuracy at k = {most}", student_mean(_all(learnt, True, most, most)))
    words, one = accuracies_in_words(learnt, True, 1, 99), _all(learnt, True, 1, 1)
    if len(one) and most > 1:
        limit = (1 + (2 * float(one.mean()) - 1) ** most) / 2
        words += (
            f". {most} images, each recognised as well as the one at k = 1 and erring independently, would "
            f"give (1 + (2a - 1)^{most}) / 2 = {limit:.3f}: what is missing is the recognition of single "
            "lines, some of which leave the image, and not the parity"
        )
    cells = {f"k = {k}": every(_all(learnt, True, k, k) >= 0.9) for k, how in learnt if how}
    verdict = over_cells(cells.values())
    where = restricted(cells, "for") if verdict is Verdict.PARTLY else ""
    return Finding(claims.CLAIMS["lines-decomposed"], verdict, words, effect, (KERAS,), where)


def _end_to_end(learnt: Cases) -> Finding:
    accuracy = _all(learnt, False, _LOST, 99)
    if not len(accuracy):
        return not_run(claims.CLAIMS["lines-end-to-end"], "keras")
    right = round(float(accuracy.sum()) * _TESTED)
    effect = Effect.of("accuracy", wilson(right, _TESTED * len(accuracy)))
    verdict = every(np.abs(accuracy - 0.5) <= 0.05)
    words, few = accuracies_in_words(learnt, False, _LOST, 99), _all(learnt, False, 2, 2)
    if len(few) and few.max() < 0.6:
        words += "; by then it has not learnt from two either, so that this need not be due to the third"
    last = min(int(r[0].arrays["at"][-1]) for (k, how), r in learnt.items() if k >= _LOST and not how)
    return claims.not_yet(claims.CLAIMS["lines-end-to-end"], verdict, words, effect, last, LINES_UPDATES)


def _few(learnt: Cases) -> Finding:
    shown = {k: bool(np.all(_all(learnt, False, k, k) >= 0.9)) for k in (1, 2) if (k, False) in learnt}
    if len(shown) < 2:
        return not_run(claims.CLAIMS["lines-end-to-end-few"], "keras")
    words = accuracies_in_words(learnt, False, 1, 2)
    effect = Effect.of("accuracy at k = 2", student_mean(_all(learnt, False, 2, 2)))
    last = int(learnt[2, False][0].arrays["at"][-1])
    if all(shown.values()):
        return Finding(claims.CLAIMS["lines-end-to-end-few"], Verdict.HOLDS, words, effect, (KERAS,))
    words += f"; published: {LINES_UPDATES:,} updates, of which these are {last:,}"
    if shown[1] and last < LINES_UPDATES:
        return Finding(
            claims.CLAIMS["lines-end-to-end-few"],
            Verdict.OPEN,
            f"for k = 1 it does; {words}",
            effect,
            (KERAS,),
        )
    verdict = Verdict.OPEN if last < LINES_UPDATES else Verdict.FAILS
    return Finding(claims.CLAIMS["lines-end-to-end-few"], verdict, words, effect, (KERAS,))


def _vanishes(ratios: Cases, ratio: str, share: float) -> Verdict:
    """Whether a signal-to-noise ratio end to end is below ``share`` of the decomposed one, which is kept.

    ``ratio`` is the field of the records: ``labels`` is of the part of the gradient that the labels change,
    ``unbiased`` of the whole.
    """
    decomposed = {k: student_mean(numbers(ratios[k, True], ratio)) for k in (1, 3)}
    end_to_end = student_mean(numbers(ratios[3, False], ratio))
    gone = end_to_end.high < decomposed[3].low * share
    if gone and decomposed[3].value >= decomposed[1].value / 2:
        return Verdict.HOLDS
    lost = end_to_end.low > decomposed[3].high * share or decomposed[3].high < decomposed[1].low / 2
    return Verdict.FAILS if lost else Verdict.OPEN


@with_earlier("lines-signal", lambda ratios: _vanishes(ratios, "unbiased", 1 / 100))
def _signal(ratios: Cases) -> Finding:
    if not {(1, True), (3, True), (3, False)} <= ratios.keys():
        return not_run(claims.CLAIMS["lines-signal"], "keras")
    decomposed = {k: student_mean(numbers(ratios[k, True], "labels")) for k in (1, 3)}
    end_to_end = Effect.of("end-to-end ratio at k = 3", student_mean(numbers(ratios[3, False], "labels")))
    whole = numbers(ratios[3, False], "unbiased")
    words = (
        f"signal / noise of the decomposed gradient {decomposed[1].value:.3f} at k = 1 and "
        f"{decomposed[3].value:.3f} at k = 3, of the end-to-end one {end_to_end.value:.2g} "
        f"[{end_to_end.low:.2g}, {end_to_end.high:.2g}] at k = 3. Of the whole gradient, as published, the "
        f"latter is {listed(whole, '.2g')} by net: where a net's answers pass the hinge its gradient has a "
        f"part that no label changes, and that is no signal of the parity{_at_two(ratios)}"
    )
    verdict = _vanishes(ratios, "labels", 1 / 10)
    return Finding(claims.CLAIMS["lines-signal"], verdict, words, end_to_end, (KERAS,))


def _at_two(ratios: Cases) -> str:
    if (2, False) not in ratios:
        return ""
    e = student_mean(numbers(ratios[2, False], "labels"))
    return f". At k = 2, which is said to be learnt, the end-to-end ratio is {in_words(e, '.2g')}"


def _formula(ratios: Cases) -> Finding:
    if not ratios:
        return not_run(claims.CLAIMS["lines-formula"], "keras")
    quotients = {key: numbers(r, "published") / numbers(r, "corrected") for key, r in ratios.items()}
    off = {key: float(np.mean(values)) for key, values in quotients.items()}
    worst = max(off, key=lambda key: abs(np.log(off[key])))
    effect = Effect.of("published / corrected", student_mean(quotients[worst]))
    words = (
        f"furthest off at k = {worst[0]}, {'decomposed' if worst[1] else 'end to end'}; it is right only "
        "where the squared mean gradient is small or near 1, and the part of it that is noise stays in "
        "both: without any signal either gives 1 / (number of batches)"
    )
    right = all(abs(v - 1) <= 0.01 for v in off.values())
    verdict = Verdict.HOLDS if right else Verdict.FAILS
    return Finding(claims.CLAIMS["lines-formula"], verdict, words, effect, (KERAS,))
