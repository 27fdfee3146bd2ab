"""Study ``pixels``: what a single pixel tells.

`jobs` computes, `claims` judges, `figures` draws the page.
"""

from __future__ import annotations

from crossframe.data import load
from crossframe.experiment.shards import independent_parts
from crossframe.studies.lab import Lab
from crossframe.studies.pixels import claims, figures, jobs
from crossframe.studies.study import StudyOutcome


def run(lab: Lab) -> StudyOutcome:
    """See `crossframe.studies.study.Study`."""
    data = load("auto", data_dir=lab.data_dir)
    with independent_parts() as part:
        with part:
            pairs = jobs.every_pair(lab, data.name) if lab.has("sklearn") else {}
            logistic = jobs.logistic(lab, data.name, pairs)
        with part:
            curves = jobs.curves(lab, data)
    findings = (
        claims.centre(data),
        claims.one_like_ten(curves),
        claims.pairs(pairs),
        claims.pairs_accuracy(pairs),
        claims.same_answer(logistic),
    )
    parts = [figures.grid(data, pairs)] if pairs else []
    parts += [figures.curves(curves)] if curves else []
    parts += [figures.table(pairs, logistic)] if pairs else []
    to_explain = (*jobs.ten_pixels(curves, data.name), *jobs.one_pixel(lab, data.name, pairs, logistic))
    return StudyOutcome(findings, tuple(parts), f"{data.name}: {data.source}", to_explain)
