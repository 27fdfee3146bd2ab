"""Study ``practice``: do the texts' rules of practice hold?

`jobs` names the computations; `sizes`, `tuning`, `errors` and `fooling` judge them by the marks of `claims`;
`figures` draws the page.
"""

from __future__ import annotations

from crossframe.experiment.shards import independent_parts
from crossframe.studies.gather import SOURCES, dataset
from crossframe.studies.lab import Lab
from crossframe.studies.practice import errors, figures, fooling, jobs, sizes, tuning
from crossframe.studies.study import StudyOutcome


def run(lab: Lab) -> StudyOutcome:
    """See `crossframe.studies.study.Study`."""
    with independent_parts() as part:
        with part:
            computed = jobs.compute(lab)
        with part:
            measured = jobs.probabilities(lab)
    findings = (
        sizes.data_for_size(computed),
        sizes.data_for_complexity(computed),
        tuning.optimiser(computed),
        tuning.search(computed),
        tuning.low_budget(computed),
        errors.finding(measured, "net-variance"),
        errors.finding(measured, "net-bias"),
        fooling.imperceptible(computed),
        fooling.linear(computed),
        fooling.noise(computed),
    )
    first, second = jobs.DIGITS
    where = f"{SOURCES[dataset(lab)]}; for bias and variance {first} against {second}"
    return StudyOutcome(findings, figures.parts(computed, measured), where)
