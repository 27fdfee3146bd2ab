"""The networks' self-test: multilayer perceptrons of scikit-learn, Keras, H2O and the reference trainer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from crossframe.core.types import Value
from crossframe.data import DESIGNS, Dataset
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.fits import FitCache
from crossframe.experiment.plan import Experiment
from crossframe.experiment.spec import parse
from crossframe.explain.attribution.game import FloatArray
from crossframe.explain.bundles import differing, group_of, mixed
from crossframe.explain.outcomes import effective_settings
from crossframe.explain.over_draws import OverDraws
from crossframe.explain.pipeline import explained
from crossframe.explain.reference_network import completed, reference_network
from crossframe.explain.replicates import Repeated, Replicates, measured
from crossframe.explain.selftest import MIXTURE, Answer, PlantedCase, Planter, Question
from crossframe.frameworks.registry import model as model_of

Values = dict[str, Value]

DRAWS = 16
"""Training samples of an explanation, and as many others on which the reference trainer decides."""
SURE = 1.5
"""Half-widths of its 95 % interval that the effect of a planted difference has to be away from 0."""

TRIED = 5
"""Changes that the reference trainer tries; those with an effect can be planted."""

GROUPS: tuple[tuple[str, float, str, bool], ...] = (
    ("scikit-learn", 0.4, "sklearn.mlp", False),
    ("Keras", 0.15, "keras.mlp", False),
    ("scikit-learn and the reference trainer", 0.2, "sklearn.mlp", True),
    ("Keras and the reference trainer", 0.15, "keras.mlp", True),
    ("H2O and the reference trainer", 0.1, "h2o.mlp", True),
)
"""Name, share of the cases, model, and whether the other side is the reference trainer's network."""

_ALWAYS: dict[str, Values] = {
    "sklearn.mlp": {"n_iter_no_change": 10_000},
    "keras.mlp": {"head": "sigmoid1"},
    "h2o.mlp": {
        "reproducible": True, "classification_stop": -1, "stopping_rounds": 0,
        "overwrite_with_best_model": False, "ignore_const_cols": False,
    },
}  # fmt: skip
"""Settings under which nothing is stopped early and H2O is repeatable."""

_INACTIVE: dict[str, dict[str, Values]] = {
    "sklearn.mlp": {"adam": {"momentum": 0.3, "power_t": 0.1}, "sgd": {"beta_1": 0.5, "epsilon": 1e-3}},
    "h2o.mlp": {"sgd": {"rho": 0.5, "epsilon": 1e-3}},
}
"""Settings without effect under an update rule: one side of half of the cases gets them."""


class NetworkMixtures(Planter):
    """Two configurations of networks over draws."""

    stream = 20260102
    tries = 200

    def differences(self, rng: np.random.Generator) -> int:
        """One to three differences, with the probabilities 0.4, 0.35 and 0.25."""
        return int(rng.choice([1, 2, 3], p=[0.4, 0.35, 0.25]))

    def draw(self, rng: np.random.Generator, seed: int, count: int) -> Question | None:
        """A case of two networks whose ``count`` differences all have an effect by the reference trainer."""
        group, _, model, by_reference = GROUPS[rng.choice(len(GROUPS), p=[g[1] for g in GROUPS])]
        variant = training(rng, model)
        data, words = table(rng, seed)
        n = int(rng.integers(60, 121))
        fits, other = (self._fits_on(data, n, s) for s in (2 * seed, 2 * seed + 1))
        base = {**variant.base, **_ALWAYS[model]}
        left = _named(_made(model, base, n), n)
        effective = completed(effective_settings(fits.first(1), left))
        tried = [str(name) for name in rng.choice(list(variant.changes), size=TRIED, replace=False)]
        able = _able(other, effective, variant, tried, count)
        if not able:
            return None
        planted = frozenset(str(name) for name in rng.choice(able, size=count, replace=False))
        right = _named(_made(model, _changed(rng, model, base, variant, planted), n), n)
        pair = [effective, completed(effective_settings(fits.first(1), right))]
        if {b.group for b in differing(*pair)} != planted:
            return None
        if not _effective(other, pair, planted, variant.metric):
            return None
        if by_reference:
            right = _named(reference_network(pair[1], "the reference trainer"), n)
        sides = (left, right) if rng.random() < 0.5 else (right, left)
        about = f"{n} rows, {words}; {variant.metric}"
        case = PlantedCase(seed, group, MIXTURE, sides[0].name, sides[1].name, about, planted)

        def answer() -> Answer:
            compared = partial(OverDraws, fits, sides, draws=DRAWS, metric=variant.metric)
            explanation = explained(fits, compared)
            return frozenset(map(group_of, explanation.causes)), str(explanation.verdict)

        return Question(case, answer)

    def _fits_on(self, data: Dataset, n: int, seed: int) -> FitCache:
        design = Repeated(DESIGNS["stratified"], DRAWS)
        return FitCache(
            Experiment(data, design, (n,), DRAWS, seed, (), threads=1), self.store, pool=self.pool
        )


def _changed(
    rng: np.random.Generator, model: str, base: Values, variant: Training, planted: Iterable[str]
) -> Values:
    """The settings of the other side; half of the time with some that its update rule does not use."""
    asked = dict(base)
    for group in sorted(planted):
        values = variant.changes[group]
        asked = {k: v for k, v in asked.items() if "optimizer.rule" not in values or group_of(k) != group}
        asked |= values
    inactive = _INACTIVE.get(model, {}).get(str(asked["optimizer.rule"]), {})
    return {**asked, **inactive} if rng.random() < 0.5 else asked


def _made(model: str, asked: Mapping[str, Value], n: int) -> Contestant:
    """The model with these values."""
    threshold = asked.get("decision.threshold")
    assert threshold is None or isinstance(threshold, float)
    canonical, native = model_of(model).split({k: v for k, v in asked.items() if k != "decision.threshold"})
    return replace(parse(model), settings=canonical, native=native, threshold=threshold)


def _named(side: Contestant, n: int) -> Contestant:
    """The side under the name that it has on the command line, in its framework's spelling."""
    asked: dict[str, Value] = model_of(side.model).to_native(side.settings, side.native, n)
    if side.threshold is not None:
        asked["decision.threshold"] = side.threshold
    words = ",".join(f"{k}={_spelled(v)}" for k, v in asked.items() if v is not None)
    name = f"{side.model}:{words}"
    return replace(side, name=name, title=name)


def _spelled(value: Value) -> str:
    return "x".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _able(
    fits: FitCache, effective: Values, variant: Training, names: Sequence[str], count: int
) -> list[str]:
    """Those changes whose effect exceeds its noise when they are made alone, by the reference trainer.

    Empty as soon as it is certain that there are fewer than ``count``.
    """
    able: list[str] = []
    for k, name in enumerate(names):
        if len(able) + len(names) - k < count:
            return []
        changed = [effective, {**effective, **variant.changes[name]}]
        effect = _switched(fits, changed, [name], variant.metric) - _switched(
            fits, changed, [], variant.metric
        )
        if _sign(fits, effect):
            able.append(name)
    return able if len(able) >= count else []


def _effective(fits: FitCache, pair: list[Values], planted: Iterable[str], metric: str) -> bool:
    """Whether the gap, and each planted difference switched alone, first or last, exceed their noise.

    By the reference trainer, which gives all of them the same rows and random numbers; first and last effect
    must have the same sign.
    """
    groups = sorted(planted)
    left, right = (_switched(fits, pair, taken, metric) for taken in ((), groups))
    if not _sign(fits, right - left):
        return False
    for name in groups:
        first = _switched(fits, pair, [name], metric) - left
        if not (sign := _sign(fits, first)):
            return False
        last = right - _switched(fits, pair, [g for g in groups if g != name], metric)
        if _sign(fits, last) != sign:
            return False
    return True


def _switched(fits: FitCache, pair: list[Values], taken: Iterable[str], metric: str) -> FloatArray:
    """The metric of the reference trainer's network with these bundles switched, shape (DRAWS,)."""
    groups = sorted(taken)
    left, right = pair
    settings = mixed(left, right, groups)
    name = ", ".join(f"{k}={v}" for k, v in settings.items())
    model = reference_network(settings, f"the reference trainer with {name}")
    return measured(fits.records(model), metric)


def _sign(fits: FitCache, effect: FloatArray) -> int:
    """1 or -1 where the mean effect is `SURE` half-widths of its interval away from 0, else 0."""
    if not np.isfinite(effect).all():
        return 0
    mean, interval = Replicates.of(fits.experiment, DRAWS).mean(effect)
    if interval is None:
        return 0
    half = (interval[1] - interval[0]) / 2
    return int(np.sign(mean)) if abs(mean) > SURE * half else 0


ROWS = 5000
"""Rows of a table: a fifth of them is scored, training samples are drawn from the others."""


@dataclass(frozen=True)
class Training:
    """A training, and how another one may differ from it.

    Attributes
    ----------
    base
        Canonical settings in common.
    changes
        Leading setting of a bundle -> the canonical settings that another side has in its place.
    metric
        What the two are compared in.
    """

    base: Values
    changes: Mapping[str, Values]
    metric: str


def training(rng: np.random.Generator, model: str) -> Training:
    """A small network of ``model``, and what can be changed."""
    base = _base(rng, model)
    changes = _others(rng, base, model)
    changes["decision.threshold"] = {"decision.threshold": float(rng.choice([0.1, 0.2, 0.8, 0.9]))}
    return Training(base, changes, str(rng.choice(["logloss", "accuracy"], p=[0.65, 0.35])))


def _base(rng: np.random.Generator, model: str) -> Values:
    """The settings of a small training that fits its data: a few hundred updates at a suitable rate."""
    rule = "sgd" if model == "h2o.mlp" or rng.random() < 0.4 else "adam"
    size = 1 if model == "h2o.mlp" else int(rng.choice([8, 16]))
    base: Values = {
        "architecture.hidden": (int(rng.integers(6, 17)),),
        "architecture.activation": str(rng.choice(["relu", "tanh"])),
        "optimizer.rule": rule,
        "optimizer.learning_rate": 0.01 if size == 1 else 0.1 if rule == "sgd" else 0.01,
        "batch.size": size,
        "epochs": int(rng.integers(12, 25)),
        "penalty.l2": 0.0,
    }
    if rule == "sgd":
        base["optimizer.momentum"] = 0.0
    if model == "h2o.mlp":
        base["schedule.decay"] = 0.0
    if model != "sklearn.mlp":
        base |= {"features.standardize": "none", "dropout.hidden": 0.0}
    return base


def _others(rng: np.random.Generator, base: Mapping[str, Value], model: str) -> dict[str, Values]:
    """Other values by bundle, most of which make the training worse."""
    rate, epochs, size = (base[n] for n in ("optimizer.learning_rate", "epochs", "batch.size"))
    assert isinstance(rate, float)
    assert isinstance(epochs, int)
    assert isinstance(size, int)
    others: dict[str, Values] = {
        "epochs": {"epochs": epochs // 6},
        "architecture.hidden": {"architecture.hidden": (1,) if rng.random() < 0.5 else (64, 16)},
        "penalty.l2": {"penalty.l2": float(rng.choice([0.1, 0.3]))},
        "optimizer.rule": {"optimizer.learning_rate": rate / 10},
    }
    if base["optimizer.rule"] == "adam" and rng.random() < 0.5:
        rule: Values = {"optimizer.rule": "sgd", "optimizer.learning_rate": rate, "optimizer.momentum": 0.0}
        others["optimizer.rule"] = rule
    if model != "h2o.mlp":
        others["batch.size"] = {"batch.size": size * 8}
    if model != "sklearn.mlp":
        others["features.standardize"] = {"features.standardize": "sd_n-1"}
        others["dropout.hidden"] = {"dropout.hidden": 0.5}
    if model == "keras.mlp":
        others["init.weights"] = {"init.weights": "normal", "init.scale": 2.0}
    return others


def table(rng: np.random.Generator, seed: int) -> tuple[Dataset, str]:
    """Two classes: a cloud each, or two clouds each at opposite corners (XOR); columns of unequal scale."""
    p = int(rng.integers(4, 11))
    crossed = bool(rng.random() < 0.4)
    y = rng.integers(0, 2, ROWS)
    X = rng.standard_normal((ROWS, p))
    if crossed:
        corner = rng.integers(0, 2, ROWS)
        X[:, 0] += 3.0 * corner
        X[:, 1] += 3.0 * (corner ^ y)
    else:
        X += (y * 2.0 - 1.0)[:, None] * rng.normal(0, 1.6 / np.sqrt(p), p)
    X = np.ascontiguousarray(X * np.exp(rng.normal(0, 0.7, p)) + rng.normal(0, 1.0, p))
    names = tuple(f"x{j + 1}" for j in range(p))
    layout = "two clouds to a class (XOR)" if crossed else "a cloud to each class"
    data = Dataset(f"planted-{seed}", X, y.astype(np.int64), names, ("0", "1"), "random clouds")
    return data, f"{p} columns, {layout}"
