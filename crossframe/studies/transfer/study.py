"""Study ``transfer``: does pre-training make small data enough?

`jobs` computes, `claims` judges sentences and parameters, `images` judges images, `reuse` layers,
`figures` draws the page.
"""

from __future__ import annotations

from crossframe.claims.claim import untested
from crossframe.data import load
from crossframe.experiment.shards import independent_parts
from crossframe.studies.lab import Lab
from crossframe.studies.study import PairToExplain, StudyOutcome
from crossframe.studies.transfer import claims, figures, images, jobs, reuse


def run(lab: Lab) -> StudyOutcome:
    """See `crossframe.studies.study.Study`."""
    splits = {n: jobs.splits(lab.seed, n, lab.quick(20, 50)) for n in (jobs.TRAINED, jobs.MOST)}
    data = load("auto", data_dir=lab.data_dir)
    with independent_parts() as part:
        with part:
            vectors = jobs.vectors(lab) if lab.has("keras") else {}
            with independent_parts() as of_vectors:
                with of_vectors:
                    heads = jobs.heads(lab, vectors, splits)
                with of_vectors:
                    plain = jobs.plain(lab, vectors, splits)
        with part:
            targets = jobs.targets(lab)
        with part:
            parameters = jobs.parameters(lab)
        with part:
            reused = reuse.compute(lab)
    findings = (
        claims.sentences(heads, jobs.separable(vectors)),
        claims.against_words(heads, plain, {n: s.overlap(data, n) for n, s in splits.items()}),
        claims.formula(parameters),
        claims.factor(parameters),
        images.against_scratch(targets),
        images.frameworks(targets),
        untested(claims.CLAIMS["imagenet"]),
        *reuse.findings(reused),
        untested(claims.CLAIMS["difficulties-left"]),
    )
    parts = (figures.sentences(heads, plain), *map(figures.images, targets.values()), *reuse.table(reused))
    where = (
        f"59 sentences to pre-train on and 20 labelled ones, written for this study; {data.name}, digits "
        f"{', '.join(pictures.title for pictures in targets.values())}"
    )
    return StudyOutcome(findings, parts, where, _to_explain(lab, targets))


def _to_explain(lab: Lab, targets: jobs.Targets) -> tuple[PairToExplain, ...]:
    """The two frameworks that differ most on the features of a pair of digits, where they surely do."""
    pair = images.furthest(targets)
    if pair is None or targets[pair[0]].features is None:
        return ()
    digits, left, right, n = pair
    return (jobs.to_explain(lab, left, right, n, targets[digits]),)
