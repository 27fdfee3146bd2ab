"""Study ``phenomena``: the six phenomena of "Lessons from Optics" as a scorecard.

`jobs` names the computations; `numerics`, `minima`, `training`, `regular` and `explanations` judge them by
the marks of `claims`; `figures` draws the page.
"""

from __future__ import annotations

import numpy as np

from crossframe.data import Dataset
from crossframe.studies.gather import SOURCES, dataset
from crossframe.studies.lab import Lab
from crossframe.studies.phenomena import explanations, figures, jobs, minima, numerics, regular, training
from crossframe.studies.study import PairToExplain, StudyOutcome
from crossframe.studies.training.images import images

_PAIR = (4, 9)
_PIXELS = 100


def run(lab: Lab) -> StudyOutcome:
    """See `crossframe.studies.study.Study`."""
    computed = jobs.compute(lab)
    findings = (
        numerics.rounding(computed),
        numerics.device(computed),
        numerics.race(computed),
        numerics.step(computed),
        minima.shallow(computed),
        minima.rescaled(computed),
        training.norm_best(computed),
        training.norm_common(computed),
        training.starts(computed),
        training.equally_good(computed),
        explanations.covariate_shift(computed),
        regular.dropout(computed, "dropout"),
        regular.dropout(computed, "dropout-bagging"),
        regular.averaging(computed),
        regular.labels(computed, "random-labels"),
        regular.labels(computed, "true-labels"),
        explanations.large_margin(computed),
    )
    parts = figures.parts(findings, computed)
    return StudyOutcome(findings, parts, SOURCES[dataset(lab)], _to_explain(lab, computed))


def _to_explain(lab: Lab, computed: jobs.Computed) -> tuple[PairToExplain, ...]:
    """H2O's racing threads, where they raced, on the nearest table that can be explained.

    An explanation takes two classes: of the study's images the fours and nines, with the hundred
    pixels that vary most among them.
    """
    if "race" not in computed or not (computed["race"]["labels"][0] != computed["race"]["labels"][1]).any():
        return ()
    name = dataset(lab)
    data = images(name, lab.data_dir if name == "mnist" else None, lab.seed)
    rows = np.isin(data.y, _PAIR)
    X = data.X[rows].astype(np.float64)
    # The stable sort keeps the choice the same where pixels vary alike.
    kept = np.sort(np.argsort(-X.var(axis=0), kind="stable")[:_PIXELS])
    table = Dataset(
        name="race",
        X=np.ascontiguousarray(X[:, kept]),
        y=(data.y[rows] == _PAIR[1]).astype(np.int64),
        names=tuple(f"p{j}" for j in kept),
        classes=tuple(map(str, _PAIR)),
        source=f"the {_PAIR[0]}s and {_PAIR[1]}s of the study's images of {name}, {len(kept)} pixels",
    )
    width = jobs.width(lab)
    left = f"h2o.mlp:activation=Rectifier,hidden={width}x{width},epochs={jobs.RACE_EPOCHS}"
    return (PairToExplain(left, f"{left},reproducible=True", table=table),)
