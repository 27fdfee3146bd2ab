"""Study ``sgd``: where gradient descent ends, by learning rate and batch size, and where it must end.

`jobs` names the computations; `ends`, `wells` and `convex` judge them by the marks of `claims`;
`figures` draws the page.
"""

from __future__ import annotations

from crossframe.experiment.shards import independent_parts
from crossframe.studies.gather import SOURCES, dataset
from crossframe.studies.lab import Lab
from crossframe.studies.sgd import claims, convex, ends, figures, jobs, wells
from crossframe.studies.study import StudyOutcome


def run(lab: Lab) -> StudyOutcome:
    """See `crossframe.studies.study.Study`."""
    with independent_parts() as part:
        with part:
            records = jobs.compute(lab)
        with part:
            solved = convex.compute(lab)
    grid, walks = ends.gather(records), wells.gather(records)
    findings = (
        ends.rate(grid),
        ends.batch(grid),
        wells.rises(walks),
        wells.follows(walks),
        convex.finding(solved, "convex"),
        convex.finding(solved, "convex-others"),
        convex.machine(solved),
        ends.equal_ratios(grid),
        ends.mini_batch(records),
        convex.finding(solved, "convex-defaults"),
        *claims.UNTESTED,
    )
    return StudyOutcome(
        findings, figures.parts(grid, walks, solved), SOURCES[dataset(lab)], solved.to_explain
    )
