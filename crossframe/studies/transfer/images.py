"""Judging images: features of a network that never saw them, against training from scratch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from crossframe.claims.claim import Effect, Finding, Verdict, not_run
from crossframe.claims.judge import (
    Key,
    above,
    cells_in_words,
    close,
    decisive,
    in_words,
    over_cells,
    where_it_holds,
    where_settled,
    with_earlier,
)
from crossframe.core.statistics import Interval, bonferroni, corrected_mean
from crossframe.studies.transfer.claims import CLAIMS, LITTLE
from crossframe.studies.transfer.jobs import (
    EARLIER,
    FEATURES,
    FRAMEWORKS,
    HEAD,
    PIXELS,
    SCRATCH,
    TARGETS,
    WIDTH,
    Digits,
    Pictures,
    Targets,
)

_FITTED = 0.99


def _by_logistic_regression(targets: Targets) -> Verdict:
    """The verdict of the first mark: each framework's logistic regression on the features, smallest n."""
    pictures = targets[EARLIER]
    scores, n = pictures.scores, min(n for _, n in pictures.scores)
    verdicts = [
        above(corrected_mean(scores[f"{k}, {FEATURES}", n] - scores[SCRATCH, n], pictures.overlap[n]))
        for k in FRAMEWORKS
        if (f"{k}, {FEATURES}", n) in scores and (SCRATCH, n) in scores
    ]
    return where_settled(verdicts, one_refutes=True)


def _on_zero_and_one(targets: Targets) -> Verdict:
    """The verdict of the mark before: the head on features at every n, for 0 against 1."""
    return over_cells(_compared([targets[EARLIER]]).cells.values())


@dataclass(frozen=True)
class _Compared:
    """The head on features minus the network from scratch: difference, verdict and fit, by (digits, n)."""

    gains: Mapping[Key, Effect]
    cells: Mapping[Key, Verdict]
    own: Mapping[Key, float]


def _compared(each: Sequence[Pictures]) -> _Compared:
    """The comparison at every n, with intervals for all of ``each`` at once."""
    both = [(p, n) for p in each for n in p.sizes if {(HEAD, n), (SCRATCH, n)} <= {*p.scores}]
    gains, cells, own = {}, {}, {}
    for p, n in both:
        key = (p.title, n)
        gap = _gap(p, HEAD, SCRATCH, n, len(both))
        gains[key] = Effect.of(f"features - scratch, {p.title}, n = {n}", gap)
        own[key] = min(
            (float(np.nanmean(p.fitted[k, n])) for k in (HEAD, SCRATCH) if (k, n) in p.fitted), default=1.0
        )
        # A model that does not fit its own images says nothing of the features, but of its training.
        cells[key] = above(gap, 0.0, LITTLE) if own[key] >= _FITTED else Verdict.OPEN
    return _Compared(gains, cells, own)


@with_earlier("images", _by_logistic_regression, _on_zero_and_one)
def against_scratch(targets: Targets) -> Finding:
    """A head on frozen features against the whole network from scratch, on every target at every n."""
    each = [targets[digits] for digits in TARGETS if digits in targets]
    measured = _compared(each)
    if not measured.gains:
        return not_run(CLAIMS["images"], "keras")
    means = "; ".join(
        f"{p.title}, n = {n}: {np.nanmean(p.scores[HEAD, n]):.3f} and "
        f"{np.nanmean(p.scores[SCRATCH, n]):.3f}, {in_words(measured.gains[p.title, n])}"
        for p in each
        for n in p.sizes
        if (p.title, n) in measured.gains
    )
    words = (
        f"head on features and CNN from scratch, difference with intervals for all cells at once: {means} "
        f"({cells_in_words(measured.cells)}). Each draw has a pre-training of its own; on the training "
        f"images both are right in at least {min(measured.own.values()):.1%}. "
        + ". ".join(map(_plainly, each))
    )
    effect = decisive(measured.gains, measured.cells)
    verdict, where = over_cells(measured.cells.values()), where_it_holds(measured.cells)
    return Finding(CLAIMS["images"], verdict, words, effect, ("Keras",), where)


def _gap(pictures: Pictures, left: str, right: str, n: int, cases: int) -> Interval:
    """Paired difference of two models' accuracies at n, with an interval for ``cases`` of them at once."""
    scores, level = pictures.scores, bonferroni(0.95, cases)
    return corrected_mean(scores[left, n] - scores[right, n], pictures.overlap[n], level=level)


def _plainly(pictures: Pictures) -> str:
    """How one penalised logistic regression does on the features, and on raw pixels."""
    rows = [
        f"{left} minus {right}: "
        + ", ".join(f"n = {n} {in_words(gap)} {compared(gap)}" for n, gap in gaps.items())
        for left, right, gaps in differences(pictures)
        if left.startswith("scikit-learn")
    ]
    return f"One penalised logistic regression, {pictures.title}: {'; '.join(rows)}" if rows else ""


def differences(pictures: Pictures) -> list[tuple[str, str, dict[int, Interval]]]:
    """Each framework's logistic regression on features against the CNN from scratch, pixels against both.

    The intervals of a row are for its sizes at once.
    """
    rows = []
    for kind, other in ((FEATURES, SCRATCH), (PIXELS, SCRATCH), (PIXELS, FEATURES)):
        for framework in FRAMEWORKS:
            left = f"{framework}, {kind}"
            right = other if other == SCRATCH else f"{framework}, {other}"
            both = [n for n in pictures.sizes if {(left, n), (right, n)} <= {*pictures.scores}]
            if both:
                gaps = {n: _gap(pictures, left, right, n, len(both)) for n in both}
                rows.append((left, right, gaps))
    return rows


def compared(gap: Interval) -> str:
    """A difference of accuracies in a word: better, no better, worse or open."""
    if gap.high < 0:
        return "worse"
    word = {Verdict.HOLDS: "better", Verdict.FAILS: "no better", Verdict.OPEN: "open"}
    return word[above(gap, 0.0, LITTLE)]


Pair = tuple[Digits, str, str, int]
"""Digits, two frameworks, and training images."""


def _between_frameworks(each: Sequence[Pictures]) -> dict[Pair, Effect]:
    """Every two frameworks on the same features, with intervals for all of them at once."""
    pairs = [
        (p, a, b, n)
        for p in each
        for a, b in combinations(FRAMEWORKS, 2)
        for n in p.sizes
        if {(f"{a}, {FEATURES}", n), (f"{b}, {FEATURES}", n)} <= {*p.scores}
    ]
    return {
        (p.digits, a, b, n): Effect.of(
            f"{a} - {b}, {p.title}, n = {n}",
            _gap(p, f"{a}, {FEATURES}", f"{b}, {FEATURES}", n, len(pairs)),
        )
        for p, a, b, n in pairs
    }


def _alike_on_zero_and_one(targets: Targets) -> Verdict:
    """The verdict of the mark before: every two frameworks at every n, for 0 against 1."""
    return over_cells(close(e, LITTLE) for e in _between_frameworks([targets[EARLIER]]).values())


@with_earlier("images-frameworks", _alike_on_zero_and_one)
def frameworks(targets: Targets) -> Finding:
    """Every two frameworks on the same features, on every target."""
    each = [targets[digits] for digits in TARGETS if digits in targets]
    present = [k for k in FRAMEWORKS if any(name == f"{k}, {FEATURES}" for p in each for name, _ in p.scores)]
    gaps = _between_frameworks(each)
    if not gaps:
        missing = next((m.partition(".")[0] for k, m in FRAMEWORKS.items() if k not in present), "keras")
        return not_run(CLAIMS["images-frameworks"], missing if present else "keras")
    cells: dict[Key, Verdict] = {
        (f"{a} v {b}, {digits[0]} v {digits[1]}", n): close(e, LITTLE)
        for (digits, a, b, n), e in gaps.items()
    }
    widest = max(gaps.values(), key=lambda e: abs(e.value))
    low = min(
        float(np.nanmean(v)) for p in each for (name, _), v in p.scores.items() if name.endswith(FEATURES)
    )
    words = (
        f"{cells_in_words(cells)}. Widest: {widest.what} {in_words(widest)}, the worst mean "
        f"accuracy is {low:.3f}. R's glm has no penalty, and at n <= {WIDTH} more coefficients than rows; "
        "scikit-learn and H2O penalise, and H2O labels by a threshold of its own. The features are those "
        "of one pre-training for each pair of digits; intervals are over draws, for all comparisons at once"
    )
    verdict, where = over_cells(cells.values()), where_it_holds(cells)
    return Finding(CLAIMS["images-frameworks"], verdict, words, widest, tuple(present), where)


def furthest(targets: Targets) -> Pair | None:
    """The two frameworks that differ most, and on what; None where they do not surely differ."""
    gaps = _between_frameworks([targets[digits] for digits in TARGETS if digits in targets])
    if not gaps:
        return None
    pair = max(gaps, key=lambda key: abs(gaps[key].value))
    return pair if close(gaps[pair], LITTLE) is Verdict.FAILS else None
