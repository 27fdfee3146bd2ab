"""Study ``leek-beam``: who was right in 2017, Leek or Beam, and why?

`runs` computes, `remedy` looks for settings that make h2o's net good, `claims` judges, `answer` and
`figures` make the page.
"""

from __future__ import annotations

from functools import partial

from crossframe.experiment.shards import independent_parts
from crossframe.studies.lab import Lab
from crossframe.studies.leek_beam import claims, figures, remedy, runs
from crossframe.studies.leek_beam.answer import Answer
from crossframe.studies.study import PairToExplain, StudyOutcome


def run(lab: Lab) -> StudyOutcome:
    """See `crossframe.studies.study.Study`."""
    comparisons = [
        *(partial(runs.run, lab, design) for design in runs.DESIGNS),
        partial(runs.larger, lab),
        partial(runs.training, lab),
        partial(runs.remedied, lab, remedy.contestants()),
    ]
    views = []
    with independent_parts() as part:
        for comparison in comparisons:
            with part:
                views.append(comparison())
        with part:
            parameters = runs.parameters(lab)
    leek, beam, larger, training, remedied = views
    findings = claims.judged(leek, beam, larger, training, remedied, parameters)
    data = beam.run["dataset"]
    return StudyOutcome(
        findings,
        figures.parts(findings, leek, beam, larger, training, remedied),
        f"{data['name']}: {data['source']}",
        _to_explain(lab, data["name"]),
        Answer(findings, leek, beam).sentences(),
        first=figures.FIRST,
    )


def _to_explain(lab: Lab, name: str) -> tuple[PairToExplain, ...]:
    """The pairs that the answer speaks of, at ten images."""
    options = {"dataset": name, "n": 10, "draws": lab.quick(4, 40)}
    linear = (
        PairToExplain(runs.LM, "leekasso.f.liblinear", {**options, "design": "leek"}),
        PairToExplain(runs.GLM, runs.LIBLINEAR, {**options, "design": "beam"}),
    )
    # Hundreds of hybrids of two nets on each draw.
    nets = PairToExplain(runs.H2O, runs.MLP, {**options, "draws": 12, "design": "beam"})
    return linear if lab.scale == "quick" else (nets, *linear)
