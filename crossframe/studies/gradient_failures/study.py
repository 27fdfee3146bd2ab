"""Study ``gradient-failures``: where gradient-based learning is said to fail, by experiment.

Settings are those of the publication's own programs: S. Shalev-Shwartz, O. Shamir, S. Shammah,
Failures of Gradient-Based Deep Learning, arXiv:1703.07950, 2017. `jobs` computes, the module of a part judges
it by the marks of `claims`, `figures` draws the page.
"""

from __future__ import annotations

from crossframe.experiment.shards import independent_parts
from crossframe.studies.gradient_failures import curves, figures, flat, jobs, lines, parity, periodic, stocks
from crossframe.studies.lab import Lab
from crossframe.studies.study import StudyOutcome


def _parity(lab: Lab) -> StudyOutcome:
    subsets = jobs.subsets(lab)
    with independent_parts() as part:
        with part:
            learnt, slopes = jobs.parities(lab)
        with part:
            others = jobs.parity_elsewhere(lab)
        with part:
            waves, gradients = jobs.periodic(lab)
    parts = (
        figures.parity(learnt),
        figures.parity_signal(slopes),
        figures.parity_table(learnt, others, subsets),
    )
    findings = (*parity.findings(learnt, slopes, others, subsets), *periodic.findings(waves, gradients))
    return StudyOutcome(findings, (*parts, periodic.table(waves, gradients)))


def _lines(lab: Lab) -> StudyOutcome:
    learnt, ratios = jobs.lines(lab)
    parts = (figures.lines(learnt, jobs.lines_batch(lab)), figures.lines_signal(ratios))
    return StudyOutcome(lines.findings(learnt, ratios), parts)


def _stocks(lab: Lab) -> StudyOutcome:
    learnt, noise = jobs.stocks(lab)
    return StudyOutcome(stocks.findings(learnt, noise), (figures.stocks(learnt),))


def _curves(lab: Lab) -> StudyOutcome:
    records = jobs.curves(lab)
    return StudyOutcome(curves.findings(records), (figures.curves(records), figures.rebuilt(records)))


def _flat(lab: Lab) -> StudyOutcome:
    records = jobs.flat(lab)
    parts = (figures.flat(records), figures.flat_answers(records), figures.flat_table(records))
    return StudyOutcome(flat.findings(records), parts)


PARTS = {"parity": _parity, "lines": _lines, "stocks": _stocks, "curves": _curves, "flat": _flat}
"""See `crossframe.studies.study.Study`."""


def run(lab: Lab) -> StudyOutcome:
    """See `crossframe.studies.study.Study`."""
    outcomes = []
    with independent_parts() as part:
        for name, of_study in PARTS.items():
            if lab.wants(name):
                with part:
                    outcomes.append(of_study(lab))
    findings = tuple(finding for outcome in outcomes for finding in outcome.findings)
    # Where nothing could be computed there is no figure to show.
    parts = tuple(
        p
        for outcome in outcomes
        for p in outcome.parts
        if p.drawing is not None or any(table.rows for table in p.tables)
    )
    return StudyOutcome(findings, parts, "data drawn by the experiments themselves")
