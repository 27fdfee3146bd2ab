"""Study ``phenomena``: the six phenomena of "Lessons from Optics" as a scorecard.

`plan` names the computations; `numerics`, `minima`, `training` and `regular` judge them by the marks
of `claims`; `figures` draws the page.
"""

from __future__ import annotations

from crossframe.studies.lab import Lab
from crossframe.studies.phenomena import claims, figures, minima, numerics, plan, regular, training
from crossframe.studies.study import Ask, Found

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
        regular.dropout(got),
        regular.averaging(got),
        regular.labels(got, "random"),
        regular.labels(got, "true"),
        claims.MARGIN_FINDING,
    )
    raced = "race" in got and bool((got["race"]["labels"][0] != got["race"]["labels"][1]).any())
    explain = (Ask("h2o.mlp", "h2o.mlp:reproducible=True"),) if raced else ()
    return Found(findings, figures.parts(findings, got), _SOURCES[plan.dataset(lab)], explain)
