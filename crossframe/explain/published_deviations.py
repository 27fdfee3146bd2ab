"""Logistic regressions that Herbold and Tunkel compared between frameworks: each pair run and explained here.

Steffen Herbold and Steffen Tunkel, Differential testing for machine learning: an analysis for classification
algorithms beyond deep learning, Empirical Software Engineering 28 (2023), doi:10.1007/s10664-022-10273-9.
Their figures and configurations are in ``published_deviations.toml``.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, final

import numpy as np

from crossframe.core.types import FloatArray, IntArray
from crossframe.data.types import Dataset, Draw
from crossframe.experiment.fits import FitCache
from crossframe.experiment.plan import Experiment
from crossframe.experiment.spec import parse
from crossframe.experiment.store import Store
from crossframe.explain.api import explain_on
from crossframe.explain.explanation import Explanation
from crossframe.explain.spelling import source
from crossframe.frameworks.pool import Pool

SCORES = 1e-3
"""Difference of a row's scores that they count: so defined, all of their counts follow from their scores."""
DATA = {
    "UNIFORM": "ten features, uniform on [0, 1]; class 1 where one of them is above 0.5^(1/10); one class in "
    "ten is flipped at random",
    "RANDOM": "the features of UNIFORM; the class is a fair coin's",
    "BC": "breast cancer (Wisconsin, diagnostic) of scikit-learn, each feature scaled to [0, 1] over all 569 "
    "rows; split as by train_test_split(test_size=0.5, random_state=42)",
}
"""The data sets that can be made again, and their rules; WINE is in no package in use here."""
ALGORITHMS = {"LR": "no penalty", "LRridge": "ridge", "LRlasso": "lasso"}


@functools.cache
def published() -> dict[str, Any]:
    """Their figures and configurations: ``labels``, ``scores``, ``deviations`` and ``models``."""
    text = files("crossframe.explain").joinpath("published_deviations.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def published_data(name: str) -> Dataset:
    """The rows of a data set of `DATA`, the training rows first; ``test_rows`` are the others."""
    if name == "BC":
        from sklearn.datasets import load_breast_cancer

        bunch = load_breast_cancer()
        order = np.random.RandomState(42).permutation(569)
        # The first 285 are the test rows of that function.
        order = np.concatenate([order[285:], order[:285]])
        low, high = bunch.data.min(axis=0), bunch.data.max(axis=0)
        X, y = ((bunch.data - low) / (high - low))[order], bunch.target[order]
        names, trained = tuple(n.replace(" ", "_") for n in bunch.feature_names), 284
    else:
        parts = [_generated(seed, informative=name == "UNIFORM") for seed in (1, 2)]
        X, y = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        names, trained = tuple(f"feature_{j}" for j in range(10)), 100
    X, y = np.ascontiguousarray(X, dtype=np.float64), y.astype(np.int64)
    return Dataset(name, X, y, names, ("0", "1"), DATA[name], test_rows=np.arange(trained, len(y)))


def _generated(seed: int, *, informative: bool) -> tuple[FloatArray, IntArray]:
    """100 rows of ten features by the generator of their tool, atoml: two streams of the same seed."""
    features, flips = _well19937c(seed), _well19937c(seed)
    # Each row takes an eleventh number, which is not used.
    X = np.array([[next(features) for _ in range(11)][:10] for _ in range(100)])
    flipped = np.array([next(flips) < (0.1 if informative else 0.5) for _ in range(100)])
    above = (X > 0.5**0.1).any(axis=1) & informative
    return X, (above != flipped).astype(np.int64)


def _well19937c(seed: int) -> Iterator[float]:
    """Uniform numbers on [0, 1) with 52 bits, as Apache Commons Math 3.6 draws them from a seed below 2^31.

    L'Ecuyer, Panneton and Matsumoto, Improved long-period generators based on linear recurrences modulo
    2, ACM Transactions on Mathematical Software 32 (2006), 1-16.
    """
    size, full = 624, 0xFFFFFFFF
    v = [0, seed]
    for i in range(2, size):
        last = v[i - 2] - (v[i - 2] >> 31 << 32)
        v.append((1812433253 * (last ^ last >> 30) + i) & full)
    i = high = 0
    for count in range(1, 2**62):
        before = (i - 1) % size
        m1, m2, m3 = (v[(i + m) % size] for m in (70, 179, 449))
        z0 = 0x80000000 & v[before] | 0x7FFFFFFF & v[(i - 2) % size]
        z1 = (v[i] ^ v[i] << 25 ^ m1 ^ m1 >> 27) & full
        z2 = m2 >> 9 ^ m3 ^ m3 >> 1
        v[i] = z1 ^ z2
        z = v[before] = (z0 ^ z1 ^ z1 << 9 ^ z2 ^ z2 << 21 ^ v[i] ^ v[i] >> 21) & full
        i = before
        z ^= z << 7 & 0xE46E1700
        z ^= z << 15 & 0x9B868000
        if count % 2:
            high = z >> 6
        else:
            yield (high << 26 | z >> 6) * 2.0**-52


@final
@dataclass(frozen=True)
class _AsPublished:
    """The training rows train, and all rows are scored."""

    name: str = "published"
    describe: str = "The published training rows train; these and the published test rows are scored."

    def pool_size(self, dataset: Dataset) -> int:
        assert dataset.test_rows is not None
        return int(dataset.test_rows[0])

    def draw(self, dataset: Dataset, n: int | None, index: int, seed: int) -> Draw:
        n = self.pool_size(dataset)
        return Draw(n, index, np.arange(n), np.arange(len(dataset.y)))

    def overlap(self, dataset: Dataset, n: int | None) -> float:
        return 0.0


def _fits(data: Dataset, models: Iterable[str], store: Store, pool: Pool) -> FitCache:
    n = _AsPublished().pool_size(data)
    sides = tuple(parse(model.format(l2=0.2 / n, tol=1e-4 / n)) for model in models)
    return FitCache(Experiment(data, _AsPublished(), (n,), 1, 1, sides, threads=1), store, pool=pool)


def from_published_scores(data: Dataset, store: Store, pool: Pool) -> list[dict[str, Any]]:
    """For each model with scores: the largest distance from its first ten published scores of test rows.

    Also for the settings under ``then``, with which today's version gives the scores of that time.
    """
    rows = []
    for key, scores in published()["scores"].items():
        model = published()["models"][key]
        for which in [name for name in ("model", "then") if name in model]:
            fits = _fits(data, [model[which]], store, pool)
            (side,) = fits.experiment.contestants
            here = fits.records(side)[0].arrays["score"][fits.experiment.sizes[0] :][:10]
            distance = float(np.max(np.abs(here - scores[data.name])))
            rows.append({"data": data.name, "published": key, "which": which, "distance": distance})
    return rows


def explained_pairs(
    data: Dataset, store: Store, pool: Pool, on_progress: Callable[[str], None] = lambda line: None
) -> list[dict[str, Any]]:
    """Every published pair on a data set: published deviations, those measured here, and the explanation."""
    rows = []
    for pair, figures in published()["deviations"].items():
        algorithm, *frameworks = pair.split()
        keys = [f"{algorithm} {framework}" for framework in frameworks]
        fits = _fits(data, [published()["models"][key]["model"] for key in keys], store, pool)
        left, right = fits.experiment.contestants
        on_progress(f"{data.name}: {left.name} and {right.name}")
        e = explain_on(fits.experiment, (left, right), store, pool, over_draws=False)
        scored = all(key in published()["scores"] for key in keys)
        rows.append(
            {"data": data.name, "algorithm": algorithm, "left": frameworks[0], "right": frameworks[1],
             "models": [left.name, right.name], "published": figures[data.name],
             "here": _deviations(fits, scored), **_answer(e)}
        )  # fmt: skip
    return rows


def _deviations(fits: FitCache, scored: bool) -> list[list[int]]:
    """Of training, and of test rows: how many labels differ, and how many scores (-1: no scores)."""
    left, right = (fits.records(side)[0].arrays for side in fits.experiment.contestants)
    labels, scores = left["labels"] != right["labels"], np.abs(left["score"] - right["score"]) > SCORES
    parts = np.split(np.stack([labels, scores]), [fits.experiment.sizes[0]], axis=1)
    return [[int(part[0].sum()), int(part[1].sum()) if scored else -1] for part in parts]


def _answer(e: Explanation) -> dict[str, Any]:
    """Verdict, causes with their shares, and a recipe that closes: of a framework, where there is one."""
    closed = [
        (d.recipe.by_reference, not d.recipe.arguments, d.left_over, d.recipe)
        for d in e.directions
        if d.closed and d.recipe
    ]
    by_reference, _, left_after, recipe = min(closed, key=lambda c: c[:3], default=(True, True, None, None))
    words = ""
    if recipe is not None and e.gap.difference > e.floor:
        passed = source(recipe.model, recipe.arguments)
        words = "by the certified optimum" if by_reference else f"{recipe.model}: {passed}"
    record = e.to_dict()
    return {
        "largest_difference": e.gap.difference,
        "digits_before": record["digits_before"],
        "verdict": str(e.verdict),
        "causes": [
            {key: c[key] for key in ("setting", "share", "first_in", "last_in")} for c in record["causes"]
        ],
        "recipe": words,
        "left_after": left_after,
    }
