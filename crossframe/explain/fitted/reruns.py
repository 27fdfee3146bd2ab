"""What running two scripts again, as they are, changes: the spread of either side beside their difference."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from crossframe.core.text import plural
from crossframe.experiment.record import Record
from crossframe.explain.fitted.result import Side
from crossframe.explain.fitted.rungs import Rung, RungVerdict
from crossframe.explain.spread import LEVEL, SEEDS, spread
from crossframe.frameworks.fitted import FittedModel

_AS_FAR = 1.25
"""Multiple of the distance of two runs up to which a fit is one of the same script's."""


def rung(left: Side, right: Side, on_progress: Callable[[str], None]) -> Rung | None:
    """Whether the two differ by more than either does from itself when it is run again; None: they cannot be.

    A script whose second run gives the same scores repeats itself and is not run further.
    """
    fits = [_fits(side, on_progress) for side in (left, right)]
    if not all(fits):
        return None
    names = (left.name, right.name)
    if all(len(each) == 1 for each in fits):
        fixed = [side.name for side in (left, right) if side.fit.seeded]
        if fixed:
            fix = f"{' and '.join(fixed)} {'fix' if len(fixed) > 1 else 'fixes'} a seed"
            words = f"Run again, both scripts give the same predictions, because {fix}; "
            return Rung(
                "rerun", RungVerdict.NOT_COMPARED, f"{words}what another seed changes is not measured."
            )
        words = "Run again, both scripts give the same predictions: the difference is no chance."
        return Rung("rerun", RungVerdict.DIFFERS, words, {"own": [0.0, 0.0]})
    runs = max(map(len, fits))
    records = [[_record(fit) for fit in (each if len(each) > 1 else each * runs)] for each in fits]
    measured = spread(records[0], records[1], "score")
    own = [float(value) for value in measured.own]
    each = ", ".join(
        f"{name} differs from itself by {value:.3g}" for name, value in zip(names, own, strict=True)
    )
    words = f"In {plural(runs, 'run')} of each script, as they are: {each}, the two from each other by "
    words += f"{measured.between:.3g} (p = {measured.p:.2g})."
    # A script that repeats itself is one draw of the other one's, if it is as far from it as two runs are.
    one_draw = min(own) == 0 and measured.between <= _AS_FAR * max(own)
    verdict = RungVerdict.SAME if measured.p > LEVEL or one_draw else RungVerdict.DIFFERS
    return Rung("rerun", verdict, words, {"own": own, "between": measured.between, "p": measured.p})


def _fits(side: Side, on_progress: Callable[[str], None]) -> list[FittedModel]:
    """The fit and those of further runs; the fit alone where a second run gives the same; none: no script."""
    if side.again is None or side.fit.score is None:
        return []
    fits = [side.fit]
    while len(fits) < SEEDS:
        on_progress(f"running {side.name} again ({len(fits)} of at most {SEEDS - 1})")
        again = side.again(None)
        if again.score is None or again.score.shape != side.fit.score.shape:
            return []
        if len(fits) == 1 and np.array_equal(again.score, side.fit.score):
            return fits
        fits.append(again)
    return fits


def _record(fit: FittedModel) -> Record:
    assert fit.score is not None
    return Record({}, {"score": fit.score})
