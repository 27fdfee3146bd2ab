"""Study ``transfer``: does pre-training make small data enough?"""

from __future__ import annotations

import math

import numpy as np

from crossframe.comparison.plan import Experiment
from crossframe.comparison.record import Record
from crossframe.data import Dataset, load
from crossframe.engines.base import FloatArray, IntArray
from crossframe.models.contestants import Contestant
from crossframe.studies import transfer_claims as claims
from crossframe.studies import transfer_figures as figures
from crossframe.studies.claim import Finding
from crossframe.studies.lab import Job, Lab
from crossframe.studies.sentences import WORDS, content, labelled
from crossframe.studies.split import Splits
from crossframe.studies.study import Found
from crossframe.studies.transfer_claims import BAGS, FRAMEWORKS, RANDOM, Heads, Plain
from crossframe.studies.transfer_images import Images, images

TRAINED, MOST = 8, 18
"""Labelled sentences to train on: as in the article, and as in its code; the others are scored."""

ORDERS = {
    "as published, text by topic": {"by_topic": True, "across": True},
    "as published, text mixed": {"by_topic": False, "across": True},
    "windows end with the sentence, text mixed": {"by_topic": False, "across": False},
}


def run(lab: Lab) -> Found:
    """See `crossframe.studies.study.Study`."""
    splits = {n: _splits(lab.seed, n, lab.quick(20, 50)) for n in (TRAINED, MOST)}
    vectors = _vectors(lab) if lab.has("keras") else {}
    heads = _heads(lab, vectors, splits)
    plain = _plain(lab, vectors, splits)
    data = load("auto", data_dir=lab.data_dir)
    found: Images = images(lab, data)
    parameters = _parameters(lab)
    findings: tuple[Finding, ...] = (
        claims.sentences(heads, _separable(vectors)),
        claims.against_words(heads, plain, {n: s.overlap(data, n) for n, s in splits.items()}),
        claims.formula(parameters),
        claims.factor(parameters),
        *found.findings,
        *claims.untested(),
    )
    parts = (figures.sentences(heads, plain), *found.parts)
    where = f"59 sentences to pre-train on and 20 labelled ones, written for this study; {data.source}"
    return Found(findings, parts, where, found.explain)


def _splits(seed: int, trained: int, count: int) -> Splits:
    """Half of the training sentences praise, half blame; no split comes twice."""
    rng = np.random.default_rng([seed, trained])
    _, labels = labelled()
    classes = [np.flatnonzero(np.array(labels) == k) for k in (0, 1)]
    drawn: dict[frozenset[int], tuple[int, ...]] = {}
    while len(drawn) < count:
        rows = np.concatenate([rng.choice(c, trained // 2, replace=False) for c in classes])
        drawn.setdefault(frozenset(rows.tolist()), tuple(int(i) for i in rng.permutation(rows)))
    return Splits(tuple(drawn.values()), len(labels))


def _vectors(lab: Lab) -> dict[str, list[Record]]:
    seeds, steps = lab.quick(10, 20), lab.quick(3001, 10_001)
    jobs = [
        Job("transfer:word_vectors", {"seed": lab.seed + k, "steps": steps, **order}, "keras")
        for order in ORDERS.values()
        for k in range(seeds)
    ]
    found = lab.run(jobs)
    kept = {name: [r for r in found[i * seeds : (i + 1) * seeds] if r] for i, name in enumerate(ORDERS)}
    return {name: records for name, records in kept.items() if records}


def _heads(lab: Lab, vectors: dict[str, list[Record]], splits: dict[int, Splits]) -> Heads:
    """The published head on each kind of vectors, every seed on every split."""
    arrays = {name: [r.arrays["vectors"] for r in records] for name, records in vectors.items()}
    if vectors:
        arrays[RANDOM] = [r.arrays["start"] for r in next(iter(vectors.values()))]
    cells = [(name, n, k, v) for name, seeds in arrays.items() for n in splits for k, v in enumerate(seeds)]
    jobs = [
        Job(
            "transfer:sentence_heads",
            {
                "vectors": v.tolist(),
                "splits": [list(s) for s in splits[n].rows],
                "seed": lab.seed + k,
                "epochs": 1000,
            },
            "keras",
        )
        for _, n, k, v in cells
    ]
    told: dict[tuple[str, int], list[Record]] = {}
    for (name, n, _, _), record in zip(cells, lab.run(jobs), strict=True):
        if record is not None:
            told.setdefault((name, n), []).append(record)
    return {key: (_stacked(records, "train"), _stacked(records, "test")) for key, records in told.items()}


def _stacked(records: list[Record], name: str) -> FloatArray:
    return np.stack([r.arrays[name] for r in records])


def _separable(vectors: dict[str, list[Record]]) -> dict[str, float]:
    """Share of seeds whose 20 labelled sentences a plane separates, by kind of vectors."""
    from scipy.optimize import linprog

    from crossframe.studies.trainers.transfer import sentence_vectors

    def separated(words: FloatArray) -> bool:
        X, y = sentence_vectors(words)
        signed = (2 * y - 1)[:, None] * np.column_stack([np.ones(len(y)), X])
        # A plane with every sentence at least 1 on its own side exists just where some plane separates.
        return bool(
            linprog(np.zeros(signed.shape[1]), -signed, -np.ones(len(y)), bounds=(None, None)).status == 0
        )

    told = {k: float(np.mean([separated(r.arrays["vectors"]) for r in v])) for k, v in vectors.items()}
    if vectors:
        told[RANDOM] = float(np.mean([separated(r.arrays["start"]) for r in next(iter(vectors.values()))]))
    return told


def _plain(lab: Lab, vectors: dict[str, list[Record]], splits: dict[int, Splits]) -> Plain:
    """Logistic regression on bags of words, on pre-trained and on random vectors, in each framework."""
    from crossframe.studies.trainers.transfer import sentence_vectors

    kinds: dict[tuple[str, int], FloatArray] = {(BAGS, n): _bags() for n in splits}
    for name, records in vectors.items():
        kinds[name, TRAINED] = sentence_vectors(records[0].arrays["vectors"])[0]
        kinds[RANDOM, TRAINED] = sentence_vectors(records[0].arrays["start"])[0]
    labels = np.array(labelled()[1], dtype=np.int64)
    told: Plain = {}
    for (kind, n), X in kinds.items():
        count = len(splits[n].rows)
        found = lab.fits(
            Experiment(_dataset(kind, X, labels), splits[n], (n,), count, lab.seed, _logistics())
        )
        for framework in FRAMEWORKS:
            records_ = (found.get((framework, n, k)) for k in range(count))
            scores = [r.fields["accuracy"] if r and r.fields["usable"] else math.nan for r in records_]
            if not np.isnan(scores).all():
                told[kind, framework, n] = np.array(scores)
    return told


def _bags() -> FloatArray:
    """Which of the 14 words are in a sentence, (20, 14): what the vectors' averages are made of."""
    sentences, _ = labelled()
    return np.array([[float(word in content(s)) for word in WORDS] for s in sentences])


def _dataset(name: str, X: FloatArray, y: IntArray) -> Dataset:
    names = tuple(f"x{j}" for j in range(X.shape[1]))
    return Dataset(name, np.ascontiguousarray(X), y, names, ("0", "1"), name)


def _logistics() -> tuple[Contestant, ...]:
    return tuple(
        Contestant(name, name, "logistic", model, "", "with its defaults")
        for name, model in FRAMEWORKS.items()
    )


def _parameters(lab: Lab) -> list[int]:
    """Parameters of Keras layers on 2,048 features with one unit and with two; empty if Keras cannot say."""
    jobs = [Job("transfer:dense_head", {"inputs": 2048, "outputs": k}, "keras") for k in (1, 2)]
    found = lab.run(jobs) if lab.has("keras") else []
    counts = [int(r.fields["parameters"]) for r in found if r]
    return counts if len(counts) == len(jobs) else []
