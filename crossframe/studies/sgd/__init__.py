"""Study ``sgd``: where gradient descent ends, by learning rate and batch size, and where it must end.

`plan` names the computations; `ends`, `wells` and `convex` judge them by the marks of `claims`;
`figures` draws the page.
"""

from __future__ import annotations

from crossframe.studies.lab import Lab
from crossframe.studies.sgd import claims, convex, ends, figures, plan, wells
from crossframe.studies.study import Found

_SOURCES = {
    "mnist": "mnist: 1,000 of the training images of the ten digits, all 10,000 test images",
    "digits": "digits: 1,000 of the 8x8 digits that come with scikit-learn, the other 797 as test images",
}


def run(lab: Lab) -> Found:
    """See `crossframe.studies.study.Study`."""
    got = plan.compute(lab)
    grid, walks, solved = ends.gather(got), wells.gather(got), convex.compute(lab)
    findings = (
        ends.rate(grid),
        ends.batch(grid),
        wells.rises(walks),
        wells.follows(walks),
        convex.finding(solved, claims.CONVEX),
        convex.finding(solved, claims.CONVEX_OTHERS),
        convex.machine(solved),
        ends.equal_ratios(grid),
        ends.mini_batch(got),
        convex.finding(solved, claims.DEFAULTS),
        *claims.UNTESTED,
    )
    return Found(findings, figures.parts(grid, walks, solved), _SOURCES[plan.dataset(lab)], solved.asks)
