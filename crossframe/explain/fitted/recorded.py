"""An explanation of fits that are recorded already: what a session of R gives to ``crossframe_explain``."""

from __future__ import annotations

import os
from pathlib import Path

from crossframe.core.errors import UsageError
from crossframe.experiment.store import opened
from crossframe.explain.fitted import brought, sides
from crossframe.explain.fitted.api import SEED, explain_sides
from crossframe.explain.fitted.result import FittedExplanation, Side
from crossframe.frameworks import fitted
from crossframe.frameworks.pool import borrowed


def explain_recorded(
    left: str | Path,
    right: str | Path,
    names: tuple[str, str],
    *,
    store: str | os.PathLike[str] | None = None,
    threads: int = 1,
) -> FittedExplanation:
    """Why two fits differ, each of them the last one of a recording's folder or a model of crossframe.

    ``names`` are what sentences call them. A model, as in ``sklearn.logistic:C=1``, is fitted to the data of
    the other side. Raises `UsageError` where neither side is a recording.
    """
    made = [_side(Path(one), name) for one, name in zip((left, right), names, strict=True)]
    there = next((side for side in made if side is not None), None)
    if there is None:
        raise UsageError("none of the two is a fit of this session", "crossframe.explain compares two models")
    with opened(store) as kept, borrowed(None) as pool:
        both = [
            side or brought.of_model(str(text), there.fit, kept, pool, SEED)
            for side, text in zip(made, (left, right), strict=True)
        ]
        return explain_sides(both[0], both[1], kept, pool, threads=threads)


def _side(folder: Path, name: str) -> Side | None:
    """The last fit of a folder; None: it is none."""
    if not (folder / fitted.FITS).is_file():
        return None
    fit = fitted.read(folder)[1][-1]
    return Side(name=name, fit=fit, recognised=sides.recognised(fit))
