"""Study ``phenomena``: the six phenomena of "Lessons from Optics" as a scorecard.

`plan` names the computations; `numerics`, `minima`, `training` and `regular` judge them by the marks
of `claims`; `figures` draws the page.
"""

from __future__ import annotations

import numpy as np

from crossframe.data import Dataset
from crossframe.studies.lab import Lab
from crossframe.studies.phenomena import claims, figures, minima, numerics, plan, regular, training
from crossframe.studies.study import Ask, Found
from crossframe.studies.trainers.phenomena_data import images

_PAIR = (4, 9)
_PIXELS = 100
_ROWS = 100
"""Training rows of each of the explanation's draws."""

_SOURCES = {
    "mnist": "mnist: 1,000 of the training images of the ten digits, all 10,000 test images",
    "digits": "digits: 1,000 of the 8x8 digits that come with scikit-learn, the other 797 as test images",
}


def run(lab: Lab) -> Found:
    """See `crossframe.studies.study.Study`."""
    got = plan.compute(lab)
    findings = (
        numerics.rounding(got),
        numerics.device(got),
        numerics.race(got),
        numerics.step(got),
        minima.shallow(got),
        minima.rescaled(got),
        training.norm_best(got),
        training.norm_common(got),
        training.starts(got),
        training.equally_good(got),
        claims.SHIFT_FINDING,
        regular.dropout(got, claims.DROPOUT),
        regular.dropout(got, claims.DROPOUT_BAGGING),
        regular.averaging(got),
        regular.labels(got, "random"),
        regular.labels(got, "true"),
        claims.MARGIN_FINDING,
    )
    return Found(findings, figures.parts(findings, got), _SOURCES[plan.dataset(lab)], _asks(lab, got))


def _asks(lab: Lab, got: plan.Got) -> tuple[Ask, ...]:
    """H2O's racing threads, where they raced, on the nearest table that can be explained.

    An explanation takes two classes: of the study's images the fours and nines, with the hundred
    pixels that vary most among them.
    """
    if "race" not in got or not (got["race"]["labels"][0] != got["race"]["labels"][1]).any():
        return ()
    name = plan.dataset(lab)
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
    width = plan.width(lab)
    left = f"h2o.mlp:activation=Rectifier,hidden={width}x{width},epochs={plan.RACE_EPOCHS}"
    return (Ask(left, f"{left},reproducible=True", {"n": _ROWS}, table),)
