"""Study ``transfer``: does pre-training make small data enough?"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from crossframe.comparison.plan import Experiment
from crossframe.comparison.record import Record
from crossframe.data import DESIGNS, Dataset, load
from crossframe.engines.base import FloatArray, IntArray
from crossframe.models.contestants import Contestant
from crossframe.studies import transfer_claims as claims
from crossframe.studies import transfer_figures as figures
from crossframe.studies.claim import Effect, Finding
from crossframe.studies.intervals import over_draws, over_seeds
from crossframe.studies.lab import Job, Lab
from crossframe.studies.sentences import VOCABULARY, content, labelled
from crossframe.studies.split import Splits
from crossframe.studies.study import Ask, Found
from crossframe.studies.transfer_claims import FEATURES, FRAMEWORKS, PIXELS, SCRATCH

TRAINED = 8
"""Labelled sentences to train on, as in the article; the other 12 are scored."""

ORDERS = {
    "as published, text by topic": {"by_topic": True, "across": True},
    "as published, text mixed": {"by_topic": False, "across": True},
    "windows end with the sentence, text mixed": {"by_topic": False, "across": False},
}
RANDOM = "random vectors"
_WIDTH = 32


def run(lab: Lab) -> Found:
    """See `crossframe.studies.study.Study`."""
    splits = _splits(lab.seed, lab.quick(20, 50))
    vectors = _vectors(lab)
    heads = _heads(lab, vectors, splits)
    plain = _plain(lab, vectors, splits)
    data = load("auto", data_dir=lab.data_dir)
    images, pretraining = _images(lab, data)
    counts = [lab.run([Job("transfer:dense_head", {"inputs": i, "outputs": o}, "keras")])[0]
              for i, o in ((2048, 1), (2048, 2))]  # fmt: skip
    parameters = [int(r.fields["parameters"]) if r else 0 for r in counts]
    findings: tuple[Finding, ...] = (
        claims.sentences(heads, RANDOM),
        claims.against_words(heads, plain),
        claims.formula(parameters),
        claims.factor(parameters[1]),
        claims.images(images, DESIGNS["beam"].overlap(data, min(n for _, n in images))),
        *claims.untested(),
    )
    parts = (figures.sentences(heads, plain), figures.images(images, pretraining))
    where = f"62 sentences to pre-train on and 20 labelled ones, written for this study; {data.source}"
    options = {"contestants": True, "dataset": data.name, "n": TRAINED, "draws": 10}
    explain = Ask("sklearn.logistic", "h2o.glm", options)
    return Found(findings, parts, where, (explain,))


Heads = dict[str, tuple[Effect, Effect, FloatArray]]
"""Kind of vectors -> train and test accuracy over seeds, and the test accuracies per seed."""


def _splits(seed: int, count: int) -> Splits:
    """Half of the training sentences praise, half blame."""
    rng = np.random.default_rng(seed)
    _, labels = labelled()
    classes = [np.flatnonzero(np.array(labels) == k) for k in (0, 1)]
    half = TRAINED // 2
    drawn = [np.concatenate([rng.choice(c, half, replace=False) for c in classes]) for _ in range(count)]
    return Splits(tuple(tuple(int(i) for i in rng.permutation(d)) for d in drawn))


def _vectors(lab: Lab) -> dict[str, list[Record]]:
    seeds, steps = lab.quick(5, 10), lab.quick(3001, 10_001)
    jobs = [
        Job("transfer:word_vectors", {"seed": lab.seed + k, "steps": steps, **order}, "keras")
        for order in ORDERS.values()
        for k in range(seeds)
    ]
    found = lab.run(jobs)
    return {name: [r for r in found[i * seeds : (i + 1) * seeds] if r] for i, name in enumerate(ORDERS)}


def _heads(lab: Lab, vectors: dict[str, list[Record]], splits: Splits) -> Heads:
    """The published head on each kind of vectors, every seed on every split."""
    arrays = {name: [r.arrays["vectors"] for r in records] for name, records in vectors.items()}
    arrays[RANDOM] = [r.arrays["start"] for r in vectors[next(iter(ORDERS))]]
    rows = [list(s) for s in splits.rows]
    jobs = [
        Job(
            "transfer:sentence_heads",
            {"vectors": v.tolist(), "splits": rows, "seed": lab.seed + k, "epochs": 1000},
            "keras",
        )
        for seeds in arrays.values()
        for k, v in enumerate(seeds)
    ]
    found = iter(lab.run(jobs))
    told: Heads = {}
    for name, seeds in arrays.items():
        records = [r for _ in seeds if (r := next(found)) is not None]
        if records:
            train, test = (np.array([r.arrays[k].mean() for r in records]) for k in ("train", "test"))
            told[name] = over_seeds("accuracy", train), over_seeds("accuracy", test), test
    return told


def _plain(lab: Lab, vectors: dict[str, list[Record]], splits: Splits) -> dict[tuple[str, str], Effect]:
    """Logistic regression on bags of words, on pre-trained and on random vectors, in each framework."""
    from crossframe.studies.trainers.transfer import sentence_vectors

    kinds: dict[str, FloatArray] = {"bag of words": _bags()}
    for name, records in vectors.items():
        if records:
            kinds[name] = sentence_vectors(records[0].arrays["vectors"])[0]
            kinds[RANDOM] = sentence_vectors(records[0].arrays["start"])[0]
    labels = np.array(labelled()[1], dtype=np.int64)
    told = {}
    for kind, X in kinds.items():
        data = _dataset(kind, X, labels)
        e = Experiment(data, splits, (TRAINED,), len(splits.rows), lab.seed, _logistics("", ()))
        found = lab.fits(e)
        for framework in FRAMEWORKS:
            accuracy = _accuracy(found, framework, TRAINED, len(splits.rows))
            if not np.isnan(accuracy).all():
                told[kind, framework] = over_draws("accuracy", accuracy, splits.overlap(data, TRAINED))
    return told


def _bags() -> FloatArray:
    sentences, _ = labelled()
    return np.array([[float(word in content(s)) for word in VOCABULARY] for s in sentences])


def _dataset(name: str, X: FloatArray, y: IntArray) -> Dataset:
    names = tuple(f"x{j}" for j in range(X.shape[1]))
    return Dataset(name, np.ascontiguousarray(X), y, names, ("0", "1"), name)


def _logistics(suffix: str, also: tuple[Contestant, ...]) -> tuple[Contestant, ...]:
    plain = (
        Contestant(f"{name}{suffix}", name, "logistic", model, "", "with its defaults")
        for name, model in FRAMEWORKS.items()
    )
    return (*plain, *also)


def _accuracy(found: dict[tuple[str, int, int], Record], name: str, n: int, draws: int) -> FloatArray:
    records = (found.get((name, n, k)) for k in range(draws))
    return np.array([r.fields["accuracy"] if r and r.fields["usable"] else math.nan for r in records])


Images = dict[tuple[str, int], tuple[FloatArray, Effect]]
"""(model, n) -> accuracies per draw and their mean; models are "framework, pixels" and so on."""


def _images(lab: Lab, data: Dataset) -> tuple[Images, Record | None]:
    sizes = lab.quick((8, 20, 80), (8, 12, 20, 40, 80))
    draws = lab.quick(10, 20)
    place = {"dataset": data.name, "data_dir": lab.data_dir if data.name == "mnist" else None}
    many = data.max_value == 255
    (pretrained,) = lab.run([
        Job("transfer:image_features", {**place, "seed": lab.seed, "images": lab.quick(10_000, 60_000),
            "epochs": lab.quick(2, 5) if many else 40, "width": _WIDTH}, "keras")
    ])  # fmt: skip
    design = DESIGNS["beam"]
    told: Images = {}

    def keep(model: str, n: int, accuracy: FloatArray) -> None:
        if not np.isnan(accuracy).all():
            told[model, n] = accuracy, over_draws("accuracy", accuracy, design.overlap(data, n))

    kinds = {PIXELS: data}
    if pretrained is not None:
        X = np.ascontiguousarray(pretrained.arrays["features"])
        names = tuple(f"unit {j}" for j in range(X.shape[1]))
        kinds[FEATURES] = replace(data, X=X, names=names, image_shape=None)
    for kind, kept in kinds.items():
        found = lab.fits(Experiment(kept, design, sizes, draws, lab.seed, _logistics("", ())))
        for n in sizes:
            for framework in FRAMEWORKS:
                keep(f"{framework}, {kind}", n, _accuracy(found, framework, n, draws))
    jobs = []
    for n in sizes:
        rows = [design.draw(data, n, k, lab.seed) for k in range(draws)]
        jobs.append(Job("transfer:from_scratch", {
            **place, "seed": lab.seed, "train": [r.train.tolist() for r in rows],
            "test": rows[0].evaluate.tolist(), "epochs": 100, "width": _WIDTH}, "keras"))  # fmt: skip
    for n, record in zip(sizes, lab.run(jobs), strict=True):
        if record is not None:
            keep(SCRATCH, n, record.arrays["accuracy"])
    return told, pretrained
