"""Study ``arenas``: where does a network start to win?

`jobs` computes, `tables` makes the two tables, `leads` decides who leads, `claims` judges, `answer` and
`figures` make the page.
"""

from __future__ import annotations

from crossframe.data import load
from crossframe.experiment.shards import independent_parts
from crossframe.studies.arenas import answer, claims, figures, jobs
from crossframe.studies.arenas.leads import leads
from crossframe.studies.lab import Lab
from crossframe.studies.study import StudyOutcome


def run(lab: Lab) -> StudyOutcome:
    """See `crossframe.studies.study.Study`."""
    with independent_parts() as part:
        with part:
            pairs = jobs.every_pair(lab)
        with part:
            depth = jobs.depth(lab)
            longer = jobs.published_epochs(lab, depth)
        with part:
            tables = jobs.both_tables(lab)
    measured = claims.Measured(pairs, leads(pairs), depth, *tables, longer)
    findings = claims.judged(measured)
    draws = jobs.DRAWS[lab.scale].values()
    name = load("auto", data_dir=lab.data_dir).name
    return StudyOutcome(
        findings,
        figures.parts(measured),
        f"{name}: {len(pairs)} pairs of digits with {min(draws)} draws or more at each n; two tables made of "
        "scikit-learn's breast cancer and diabetes data",
        answer=answer.sentences(measured, findings),
        first=figures.FIRST,
    )
