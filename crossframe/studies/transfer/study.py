"""Study ``transfer``: does pre-training make small data enough?

`jobs` computes, `claims` judges sentences and parameters, `images` judges images, `figures` draws the page.
"""

from __future__ import annotations

from crossframe.claims.claim import untested
from crossframe.data import load
from crossframe.studies.lab import Lab
from crossframe.studies.study import StudyOutcome
from crossframe.studies.transfer import claims, figures, images, jobs


def run(lab: Lab) -> StudyOutcome:
    """See `crossframe.studies.study.Study`."""
    splits = {n: jobs.splits(lab.seed, n, lab.quick(20, 50)) for n in (jobs.TRAINED, jobs.MOST)}
    vectors = jobs.vectors(lab) if lab.has("keras") else {}
    heads = jobs.heads(lab, vectors, splits)
    plain = jobs.plain(lab, vectors, splits)
    data = load("auto", data_dir=lab.data_dir)
    pictures = jobs.pictures(lab, data)
    parameters = jobs.parameters(lab)
    which, widest = images.frameworks(pictures)
    findings = (
        claims.sentences(heads, jobs.separable(vectors)),
        claims.against_words(heads, plain, {n: s.overlap(data, n) for n, s in splits.items()}),
        claims.formula(parameters),
        claims.factor(parameters),
        images.against_scratch(pictures),
        which,
        untested(claims.CLAIMS["imagenet"]),
    )
    parts = (figures.sentences(heads, plain), figures.images(pictures))
    where = f"59 sentences to pre-train on and 20 labelled ones, written for this study; {data.source}"
    to_explain = (jobs.to_explain(lab, widest, pictures),) if widest and pictures.features else ()
    return StudyOutcome(findings, parts, where, to_explain)
