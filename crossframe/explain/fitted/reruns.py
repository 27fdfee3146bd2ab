"""What another run of two scripts with other random numbers changes, beside what the two differ by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from crossframe.core.text import plural
from crossframe.core.types import IntArray
from crossframe.experiment.record import Record
from crossframe.explain.fitted.alignment import Matched
from crossframe.explain.fitted.result import Side
from crossframe.explain.fitted.rungs import Rung, RungVerdict
from crossframe.explain.spread import SEEDS, spread
from crossframe.frameworks import reseeding
from crossframe.frameworks.fitted import FittedModel

_AS_FAR = 1.25
"""Multiple of the distance of two runs up to which a fit is one of the same script's."""
_FIRST = 100_003
"""The first of the other seeds: none that a script is likely to have itself."""
_KNOWN = ("sklearn", "statsmodels", "keras", "h2o", "r")
"""Frameworks whose models take random numbers from seeds and generators that are known alone."""


@dataclass(frozen=True)
class _Runs:
    """A fit and those of further runs: none where a run with another seed gives the same scores.

    ``why`` says why they are no measure of chance; empty: they are one.
    """

    fits: tuple[FittedModel, ...]
    why: str = ""


def rung(
    left: Side, right: Side, on_progress: Callable[[str], None], rows: Matched | None = None
) -> Rung | None:
    """Whether the two differ by more than either does from itself with another seed; None: not known.

    ``rows`` are those in common (None: all, in one order). Every run has a seed of its own. A script whose
    second run gives the same scores is not run further.
    """
    if any(side.again is None or side.fit.score is None for side in (left, right)):
        return None
    made = [_runs(side, k, on_progress) for k, side in enumerate((left, right))]
    if unlike := " ".join(f"{each.why}." for each in made if each.why):
        return Rung("rerun", RungVerdict.NOT_COMPARED, f"{unlike} What another seed changes is not measured.")
    fits = [each.fits for each in made]
    if all(len(each) == 1 for each in fits):
        words = "Run again with another seed, both scripts give the same predictions: "
        return Rung("rerun", RungVerdict.DIFFERS, f"{words}the difference is no chance.", {"own": [0.0, 0.0]})
    runs = max(map(len, fits))
    common: tuple[IntArray | slice, IntArray | slice] = (
        (rows.left, rows.right) if rows is not None else (slice(None), slice(None))
    )
    records = [
        [_record(fit, at) for fit in (each if len(each) > 1 else each * runs)]
        for each, at in zip(fits, common, strict=True)
    ]
    measured = spread(records[0], records[1], "score")
    own, names = [float(value) for value in measured.own], (left.name, right.name)
    each = ", ".join(
        f"{name} differs from itself by {value:.3g}" for name, value in zip(names, own, strict=True)
    )
    words = f"In {plural(runs, 'run')} of each script, each with another seed: {each}, the two "
    words += f"from each other by {measured.between:.3g} (p = {measured.p:.2g})."
    # A script that repeats itself is one draw of the other one's, if it is as far from it as two runs are.
    far = max(own) if min(own) else _AS_FAR * max(own)
    same = not measured.larger or measured.between <= far
    if same and measured.larger:
        words += f" Still the two do not vary alike: {names[int(np.argmin(own))]} varies less."
    certificate = {"own": own, "between": measured.between, "p": measured.p}
    return Rung("rerun", RungVerdict.SAME if same else RungVerdict.DIFFERS, words, certificate)


def _runs(side: Side, number: int, on_progress: Callable[[str], None]) -> _Runs:
    """The fit and those of further runs of its script, with seeds that no run of the other side has."""
    assert side.again is not None
    assert side.fit.score is not None
    fits, first = [side.fit], _FIRST + number * SEEDS
    while len(fits) < SEEDS:
        on_progress(f"running {side.name} with another seed ({len(fits)} of at most {SEEDS - 1})")
        seed = first + len(fits)
        again = side.again(None, seed)
        if again.score is None or again.X.shape != side.fit.X.shape or not _same_rows(again, side.fit):
            return _Runs((side.fit,), f"With another seed, {side.name} fits other rows")
        if len(fits) == 1 and np.array_equal(again.score, side.fit.score):
            return _Runs((side.fit,), _unproved(side.name, again, seed))
        fits.append(again)
    return _Runs(tuple(fits))


def _same_rows(one: FittedModel, other: FittedModel) -> bool:
    return np.array_equal(one.X, other.X, equal_nan=True) and np.array_equal(one.y, other.y)


def _unproved(name: str, again: FittedModel, seed: int) -> str:
    """Why the same scores in a run that was to have another seed do not show that no seed matters."""
    same = f"Run again, {name} gives the same predictions"
    if again.framework == "keras" or seed in map(again.arguments.get, reseeding.ARGUMENTS):
        return ""
    if again.seeded:
        return f"{same}, because it fixes a seed"
    if "Wts" in again.arguments:
        return f"{same}, because it makes the weights itself at which the fit begins"
    return "" if again.framework in _KNOWN else f"{same}; where it takes random numbers is not known"


def _record(fit: FittedModel, rows: IntArray | slice) -> Record:
    assert fit.score is not None
    return Record({}, {"score": fit.score[rows]})
