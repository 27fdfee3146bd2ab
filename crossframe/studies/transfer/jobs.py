"""What the study ``transfer`` computes, and the pair of frameworks that it hands to explain."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from crossframe.core.types import FloatArray, IntArray
from crossframe.data import DESIGNS, Dataset, load
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.plan import Experiment
from crossframe.experiment.record import Record
from crossframe.experiment.shards import independent_parts
from crossframe.studies.gather import accuracies, paired, place
from crossframe.studies.lab import Job, Lab
from crossframe.studies.split import Splits
from crossframe.studies.study import PairToExplain
from crossframe.studies.transfer.corpus import WORDS, content, labelled

TRAINED, MOST = 8, 18
"""Labelled sentences to train on: as in the article, and as in its code; the others are scored."""

ORDERS = {
    "as published, text by topic": {"by_topic": True, "across": True},
    "as published, text mixed": {"by_topic": False, "across": True},
    "windows end with the sentence, text mixed": {"by_topic": False, "across": False},
}

FRAMEWORKS = {"scikit-learn": "sklearn.logistic", "R glm": "r.glm", "H2O GLM": "h2o.glm"}
"""Logistic regression with each framework's defaults."""

RANDOM, BAGS = "random vectors", "bag of words"
HEAD, SCRATCH = "Keras head, pre-trained features", "CNN from scratch"
FEATURES, PIXELS = "pre-trained features", "pixels"
WIDTH = 32
"""Features of an image."""

TARGETS: tuple[Digits, ...] = ((4, 9), (3, 5))
"""Pairs of digits to which a network that learned the other eight is transferred."""
EARLIER: Digits = (0, 1)
"""The pair of the marks before; training from scratch is nearly perfect on it."""

Digits = tuple[int, int]

Heads = Mapping[tuple[str, int], tuple[FloatArray, FloatArray]]
"""(kind of vectors, sentences trained on) -> train and test accuracy, (seeds, splits)."""

Plain = dict[tuple[str, str, int], FloatArray]
"""(representation, framework, sentences trained on) -> test accuracy, (splits,)."""

Scores = dict[tuple[str, int], FloatArray]
"""(model, n) -> accuracy per draw, NaN where a draw gave none."""

_DESIGN = DESIGNS["beam"]
_EPOCHS, _HEAD_EPOCHS = 100, 1000
_ROWS = 1000
_SENTENCES = "crossframe.studies.transfer.trainers.sentences"
_IMAGES = "crossframe.studies.transfer.trainers.images"


def splits(seed: int, trained: int, count: int) -> Splits:
    """Half of the training sentences praise, half blame; no split comes twice."""
    rng = np.random.default_rng([seed, trained])
    _, labels = labelled()
    classes = [np.flatnonzero(np.array(labels) == k) for k in (0, 1)]
    different: dict[frozenset[int], tuple[int, ...]] = {}
    while len(different) < count:
        rows = np.concatenate([rng.choice(c, trained // 2, replace=False) for c in classes])
        different.setdefault(frozenset(rows.tolist()), tuple(int(i) for i in rng.permutation(rows)))
    return Splits(tuple(different.values()), len(labels))


def vectors(lab: Lab) -> dict[str, list[Record]]:
    """Word vectors of every order of the text, by seed; without the seeds that failed in one of them."""
    seeds, steps = lab.quick(10, 20), lab.quick(3001, 10_001)
    jobs = {
        name: [
            Job(f"{_SENTENCES}:word_vectors", {"seed": lab.seed + k, "steps": steps, **order}, "keras")
            for k in range(seeds)
        ]
        for name, order in ORDERS.items()
    }
    return paired(lab, jobs)


def heads(lab: Lab, vectors: dict[str, list[Record]], splits: dict[int, Splits]) -> Heads:
    """The published head on each kind of vectors, every seed on every split.

    Without the seeds that failed in one of them.
    """
    arrays = {name: [r.arrays["vectors"] for r in records] for name, records in vectors.items()}
    if vectors:
        arrays[RANDOM] = [r.arrays["start"] for r in next(iter(vectors.values()))]
    jobs = {
        (name, n): [
            Job(
                f"{_SENTENCES}:sentence_heads",
                {
                    "vectors": v.tolist(),
                    "splits": [list(s) for s in splits[n].rows],
                    "seed": lab.seed + k,
                    "epochs": 1000,
                },
                "keras",
            )
            for k, v in enumerate(seeds)
        ]
        for name, seeds in arrays.items()
        for n in splits
    }
    return {
        cell: (np.stack([r.arrays["train"] for r in records]), np.stack([r.arrays["test"] for r in records]))
        for cell, records in paired(lab, jobs).items()
    }


def separable(vectors: dict[str, list[Record]]) -> dict[str, float]:
    """Share of seeds whose 20 labelled sentences a plane separates, by kind of vectors."""
    from scipy.optimize import linprog

    from crossframe.studies.transfer.trainers.sentences import sentence_vectors

    def separated(words: FloatArray) -> bool:
        X, y = sentence_vectors(words)
        signed = (2 * y - 1)[:, None] * np.column_stack([np.ones(len(y)), X])
        # A plane with every sentence at least 1 on its own side exists just where some plane separates.
        return bool(
            linprog(np.zeros(signed.shape[1]), -signed, -np.ones(len(y)), bounds=(None, None)).status == 0
        )

    shares = {k: float(np.mean([separated(r.arrays["vectors"]) for r in v])) for k, v in vectors.items()}
    if vectors:
        first = next(iter(vectors.values()))
        shares[RANDOM] = float(np.mean([separated(r.arrays["start"]) for r in first]))
    return shares


def plain(lab: Lab, vectors: dict[str, list[Record]], splits: dict[int, Splits]) -> Plain:
    """Logistic regression on bags of words, on pre-trained and on random vectors, in each framework."""
    from crossframe.studies.transfer.trainers.sentences import sentence_vectors

    inputs: dict[tuple[str, int], FloatArray] = {(BAGS, n): _bags() for n in splits}
    for name, records in vectors.items():
        inputs[name, TRAINED] = sentence_vectors(records[0].arrays["vectors"])[0]
        inputs[RANDOM, TRAINED] = sentence_vectors(records[0].arrays["start"])[0]
    labels = np.array(labelled()[1], dtype=np.int64)
    experiments = [
        Experiment(
            dataset(kind, X, labels), splits[n], (n,), len(splits[n].rows), lab.seed, _logistics()
        )
        for (kind, n), X in inputs.items()
    ]  # fmt: skip
    by_cell: Plain = {}
    for (kind, n), made in zip(inputs, lab.all_fits(experiments), strict=True):
        for framework in FRAMEWORKS:
            scores = accuracies(made, framework, n, len(splits[n].rows))
            if not np.isnan(scores).all():
                by_cell[kind, framework, n] = scores
    return by_cell


def _bags() -> FloatArray:
    """Which of the 14 words are in a sentence, (20, 14): what the vectors' averages are made of."""
    sentences, _ = labelled()
    return np.array([[float(word in content(s)) for word in WORDS] for s in sentences])


def dataset(name: str, X: FloatArray, y: IntArray) -> Dataset:
    """A data set of the inputs ``X`` (rows, p) and labels ``y`` (rows,)."""
    names = tuple(f"x{j}" for j in range(X.shape[1]))
    return Dataset(name, np.ascontiguousarray(X), y, names, ("0", "1"), name)


def _logistics() -> tuple[Contestant, ...]:
    return tuple(
        Contestant(name, name, "logistic", model, "", "with its defaults")
        for name, model in FRAMEWORKS.items()
    )


def parameters(lab: Lab) -> list[int]:
    """Parameters of Keras layers on 2,048 features with one unit and with two; empty without Keras."""
    jobs = [Job(f"{_IMAGES}:dense_head", {"inputs": 2048, "outputs": k}, "keras") for k in (1, 2)]
    records = lab.run(jobs) if lab.has("keras") else []
    counts = [int(r.fields["parameters"]) for r in records if r]
    return counts if len(counts) == len(jobs) else []


@dataclass(frozen=True)
class Pictures:
    """What the experiments on images gave.

    Attributes
    ----------
    digits
        The two classes.
    scores, fitted
        Accuracy on the test images, and on the images that were trained on.
    overlap
        n -> overlap of the draws.
    draws
        Draws per n.
    features
        Images of the two digits as features of the first pre-training; None without Keras.
    pretraining
        The outcome of that pre-training.
    """

    digits: Digits
    sizes: tuple[int, ...]
    draws: int
    overlap: Mapping[int, float]
    scores: Scores = field(default_factory=dict)
    fitted: Scores = field(default_factory=dict)
    features: Dataset | None = None
    pretraining: Record | None = None

    @property
    def title(self) -> str:
        """The two digits as in ``4 v 9``."""
        return f"{self.digits[0]} v {self.digits[1]}"


Targets = Mapping[Digits, Pictures]
"""What the experiments gave on each pair of digits: `TARGETS` and `EARLIER`."""


def targets(lab: Lab) -> dict[Digits, Pictures]:
    """`pictures` of each pair of digits."""
    made = {}
    with independent_parts() as part:
        for digits in (*TARGETS, EARLIER):
            with part:
                made[digits] = pictures(lab, digits)
    return made


def pictures(lab: Lab, digits: Digits) -> Pictures:
    """Heads on pre-trained features, CNNs from scratch, and logistic regressions on features and pixels."""
    data = load("auto", data_dir=lab.data_dir, digits=digits)
    sizes = lab.quick((8, 20, 80), (8, 12, 20, 40, 80))
    made = Pictures(digits, sizes, lab.quick(10, 20), {n: _DESIGN.overlap(data, n) for n in sizes})
    first = _keras(lab, data, made) if lab.has("keras") else None
    inputs = {PIXELS: data}
    if first is not None:
        X = np.ascontiguousarray(first.arrays["features"])
        names = tuple(f"unit {j}" for j in range(X.shape[1]))
        inputs[FEATURES] = replace(
            data, name=f"features-{digits[0]}v{digits[1]}", X=X, names=names, image_shape=None, max_value=None
        )
    experiments = [
        Experiment(table, _DESIGN, sizes, made.draws, lab.seed, _logistics()) for table in inputs.values()
    ]
    for kind, records in zip(inputs, lab.all_fits(experiments), strict=True):
        for framework in FRAMEWORKS:
            for n in sizes:
                scores = accuracies(records, framework, n, made.draws)
                if not np.isnan(scores).all():
                    made.scores[f"{framework}, {kind}", n] = scores
    return replace(made, features=inputs.get(FEATURES), pretraining=first)


def _keras(lab: Lab, data: Dataset, into: Pictures) -> Record | None:
    """Heads on features, each draw with a pre-training of its own, and the CNN trained from scratch.

    Adds to the scores of ``into`` and returns the first pre-training: the frameworks get its features only.
    """
    where = {**place(lab), "digits": list(into.digits)}
    many = data.max_value == 255
    rows = {n: [_DESIGN.draw(data, n, k, lab.seed) for k in range(into.draws)] for n in into.sizes}
    test = rows[into.sizes[0]][0].evaluate.tolist()
    settings = {"images": lab.quick(10_000, 60_000), "epochs": lab.quick(2, 5) if many else 40,
                "head_epochs": _HEAD_EPOCHS, "width": WIDTH, "test": test}  # fmt: skip
    jobs = [
        Job(f"{_IMAGES}:image_features", {
            **where, **settings, "seed": lab.seed + k, "keep": k == 0,
            "train": [rows[n][k].train.tolist() for n in into.sizes]}, "keras")
        for k in range(into.draws)
    ]  # fmt: skip
    scratch = [
        Job(f"{_IMAGES}:from_scratch", {
            **where, "seed": lab.seed, "train": [r.train.tolist() for r in rows[n]], "test": test,
            "epochs": _EPOCHS, "width": WIDTH}, "keras")
        for n in into.sizes
    ]  # fmt: skip
    records = lab.run([*jobs, *scratch])
    heads, whole = records[: into.draws], records[into.draws :]
    nothing = np.full(len(into.sizes), math.nan)
    for key, scores in (("accuracy", into.scores), ("fitted", into.fitted)):
        table = np.stack([r.arrays[key] if r else nothing for r in heads])
        for i, n in enumerate(into.sizes):
            if not np.isnan(table[:, i]).all():
                scores[HEAD, n] = table[:, i]
            if (record := whole[i]) is not None:
                scores[SCRATCH, n] = record.arrays[key]
    return heads[0]


def to_explain(lab: Lab, left: str, right: str, n: int, pictures: Pictures) -> PairToExplain:
    """Two frameworks at n for ``crossframe explain``: same features, design, size and number of draws.

    A random thousand of the rows, without a test set of their own: what a file can hand on.
    """
    assert pictures.features is not None
    data = pictures.features
    rows = np.random.default_rng(lab.seed).permutation(len(data.y))[:_ROWS]
    table = replace(data, X=data.X[rows], y=data.y[rows], test_rows=None)
    options = {"design": _DESIGN.name, "n": n, "draws": pictures.draws, "metric": "accuracy"}
    return PairToExplain(FRAMEWORKS[left], FRAMEWORKS[right], options, table)
