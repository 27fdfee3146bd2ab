"""Judging images: features of a network that never saw them, against training from scratch."""

from __future__ import annotations

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
from crossframe.studies.transfer.jobs import FEATURES, FRAMEWORKS, HEAD, PIXELS, SCRATCH, WIDTH, Pictures

_FITTED = 0.99


def _by_logistic_regression(pictures: Pictures) -> Verdict:
    """The verdict of the earlier mark: each framework's logistic regression on the features, smallest n."""
    scores, n = pictures.scores, min(n for _, n in pictures.scores)
    verdicts = [
        above(corrected_mean(scores[f"{k}, {FEATURES}", n] - scores[SCRATCH, n], pictures.overlap[n]))
        for k in FRAMEWORKS
        if (f"{k}, {FEATURES}", n) in scores and (SCRATCH, n) in scores
    ]
    return where_settled(verdicts, one_refutes=True)


@with_earlier("images", _by_logistic_regression)
def against_scratch(pictures: Pictures) -> Finding:
    """A head on frozen features against the whole network from scratch, at every n."""
    scores, fitted = pictures.scores, pictures.fitted
    sizes = [n for name, n in scores if name == HEAD and (SCRATCH, n) in scores]
    if not sizes:
        return not_run(CLAIMS["images"], "keras")
    gains = {
        ("Keras", n): Effect.of(f"features - scratch, n = {n}", gap)
        for n, gap in _gaps(pictures, HEAD, SCRATCH, sizes).items()
    }
    own = {
        n: min(float(np.nanmean(fitted[k, n])) for k in (HEAD, SCRATCH) if (k, n) in fitted) for n in sizes
    }
    # A model that does not fit its own images says nothing of the features, but of its training.
    cells: dict[Key, Verdict] = {
        key: above(e, 0.0, LITTLE) if own[key[1]] >= _FITTED else Verdict.OPEN for key, e in gains.items()
    }
    means = "; ".join(
        f"n = {n}: {np.nanmean(scores[HEAD, n]):.3f} and {np.nanmean(scores[SCRATCH, n]):.3f}, {in_words(e)}"
        for (_, n), e in gains.items()
    )
    words = (
        "0 against 1, which training from scratch tells nearly perfectly from a few images; head on "
        f"features and CNN from scratch, difference with intervals for all n at once: {means} "
        f"({cells_in_words(cells)}). Each draw has a pre-training of its own; on the training images both "
        f"are right in at least {min(own.values()):.1%}. {_plainly(pictures, sizes)}"
    )
    effect = decisive(gains, cells)
    return Finding(
        CLAIMS["images"], over_cells(cells.values()), words, effect, ("Keras",), where_it_holds(cells)
    )


def _gaps(pictures: Pictures, left: str, right: str, sizes: list[int]) -> dict[int, Interval]:
    """Paired difference of two models' accuracies by n, with intervals for all of them at once."""
    scores, level = pictures.scores, bonferroni(0.95, len(sizes))
    return {
        n: corrected_mean(scores[left, n] - scores[right, n], pictures.overlap[n], level=level) for n in sizes
    }


def _plainly(pictures: Pictures, sizes: list[int]) -> str:
    """How one penalised logistic regression does on the features, and on raw pixels."""
    rows = [
        f"{left} minus {right}: "
        + ", ".join(f"n = {n} {in_words(gap)} {compared(gap)}" for n, gap in gaps.items())
        for left, right, gaps in differences(pictures, sizes)
        if left.startswith("scikit-learn")
    ]
    return f"One penalised logistic regression: {'; '.join(rows)}" if rows else ""


def differences(pictures: Pictures, sizes: list[int]) -> list[tuple[str, str, dict[int, Interval]]]:
    """Each framework's logistic regression on features against the CNN from scratch, pixels against both."""
    rows = []
    for kind, other in ((FEATURES, SCRATCH), (PIXELS, SCRATCH), (PIXELS, FEATURES)):
        for framework in FRAMEWORKS:
            left = f"{framework}, {kind}"
            right = other if other == SCRATCH else f"{framework}, {other}"
            both = [n for n in sizes if (left, n) in pictures.scores and (right, n) in pictures.scores]
            if both:
                rows.append((left, right, _gaps(pictures, left, right, both)))
    return rows


def compared(gap: Interval) -> str:
    """A difference of accuracies in a word: better, no better, worse or open."""
    if gap.high < 0:
        return "worse"
    word = {Verdict.HOLDS: "better", Verdict.FAILS: "no better", Verdict.OPEN: "open"}
    return word[above(gap, 0.0, LITTLE)]


def frameworks(pictures: Pictures) -> tuple[Finding, tuple[str, str, int] | None]:
    """Every two frameworks on the same features; with the two that surely differ most, and at which n."""
    scores = {(k, n): v for (name, n), v in pictures.scores.items() for k in FRAMEWORKS
              if name == f"{k}, {FEATURES}"}  # fmt: skip
    present = [k for k in FRAMEWORKS if any(name == k for name, _ in scores)]
    sizes = sorted({n for _, n in scores})
    pairs = [
        (a, b, n) for a, b in combinations(present, 2) for n in sizes if (a, n) in scores and (b, n) in scores
    ]
    if not pairs:
        missing = next((m.partition(".")[0] for k, m in FRAMEWORKS.items() if k not in present), "keras")
        return not_run(CLAIMS["images-frameworks"], missing if present else "keras"), None
    level = bonferroni(0.95, len(pairs))
    gaps = {
        (a, b, n): Effect.of(
            f"{a} - {b}, n = {n}",
            corrected_mean(scores[a, n] - scores[b, n], pictures.overlap[n], level=level),
        )
        for a, b, n in pairs
    }
    cells: dict[Key, Verdict] = {(f"{a} v {b}", n): close(e, LITTLE) for (a, b, n), e in gaps.items()}
    widest = max(gaps, key=lambda k: abs(gaps[k].value))
    low = float(np.nanmin([np.nanmean(scores[k, n]) for k in present for n in sizes]))
    words = (
        f"{cells_in_words(cells)}. Widest: {gaps[widest].what} {in_words(gaps[widest])}, the worst mean "
        f"accuracy is {low:.3f}. R's glm has no penalty, and at n <= {WIDTH} more coefficients than rows; "
        "scikit-learn and H2O penalise, and H2O labels by a threshold of its own. The features are those "
        "of one pre-training; intervals are over draws, for all comparisons at once"
    )
    finding = Finding(
        CLAIMS["images-frameworks"],
        over_cells(cells.values()),
        words,
        gaps[widest],
        tuple(present),
        where_it_holds(cells),
    )
    settled = cells[f"{widest[0]} v {widest[1]}", widest[2]] is Verdict.FAILS
    return finding, widest if settled else None
