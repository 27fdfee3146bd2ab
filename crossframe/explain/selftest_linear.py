"""The linear family's self-test: logistic and least-squares models of scikit-learn, R and H2O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy.special import expit

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Value
from crossframe.data import Dataset
from crossframe.data.designs import WHOLE
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.fits import FitCache
from crossframe.experiment.plan import Experiment
from crossframe.experiment.spec import parse
from crossframe.explain.attribution.measures import largest_difference
from crossframe.explain.explanation import FLOOR
from crossframe.explain.one_sample import OneSample
from crossframe.explain.pipeline import explained
from crossframe.explain.selftest import MIXTURE, Answer, PlantedCase, Planter, Question
from crossframe.explain.switches import centred, switched, tightened
from crossframe.frameworks.registry import model as model_of
from crossframe.optima.linear import solve
from crossframe.optima.problem import Problem, SolutionStatus

Values = dict[str, Value]

SURE = 100 * FLOOR
"""Least change of a score that a planted difference must make, by the certified optima."""
CLEAN = FLOOR / 10
"""Distance from the certified optimum within which a solver counts as run to its end."""

GROUPS: tuple[tuple[str, float, tuple[str, ...], tuple[str, ...]], ...] = (
    ("scikit-learn", 0.35, ("sklearn.logistic",), ("sklearn.logistic",)),
    ("R", 0.25, ("r.glm", "r.glmnet", "r.lm"), ("r.glmnet", "r.glm")),
    ("scikit-learn and R", 0.3, ("sklearn.logistic",), ("r.glm", "r.glmnet", "r.lm")),
    ("H2O and others", 0.1, ("h2o.glm",), ("h2o.glm", "r.glm", "r.glmnet", "sklearn.logistic")),
)
"""Name, share of the cases, and the models of either side."""

SOLVERS = ("lbfgs", "newton-cholesky", "newton-cg", "liblinear", "saga")

_LOOSE: dict[str, tuple[Values, ...]] = {
    "sklearn.logistic": ({"tol": 0.1, "max_iter": 100}, {"tol": 0.01, "max_iter": 100}, {"max_iter": 3}),
    "r.glm": ({"epsilon": 0.1}, {"epsilon": 0.01}, {"maxit": 2}),
    "r.glmnet": ({"thresh": 1e-3}, {"thresh": 1e-4}),
    "h2o.glm": ({"max_iterations": 2}, {"max_iterations": 3}),
}
"""Settings under which a solver stops short."""

_STANDARD = {"r.glmnet": "sd_n", "h2o.glm": "sd_n-1"}


class LinearMixtures(Planter):
    """Two configurations of linear models on one sample."""

    stream = 20260101
    tries = 2000

    def draw(self, rng: np.random.Generator, seed: int, count: int) -> Question | None:
        """A case of two linear models whose solvers reach their optima; ``count`` is not used."""
        group, _, *models = GROUPS[rng.choice(len(GROUPS), p=[g[1] for g in GROUPS])]
        left_model, right_model = (str(rng.choice(m)) for m in models)
        base = base_values(rng)
        changed = base | changes(rng, base)
        sides = [(left_model, _own(base, left_model)), (right_model, _own(changed, right_model))]
        if rng.random() < 0.5:
            sides.reverse()
        data, words = sample(rng, seed)
        try:
            made = [_side(rng, model, values, len(data.y)) for model, values in sides]
        except UsageError:
            return None
        tight, at = list(made), int(rng.integers(2))
        options = _LOOSE.get(sides[at][0], ())
        loose = bool(options) and rng.random() < 0.2
        if loose:
            made[at] = replace(made[at], native={**made[at].native, **options[rng.integers(len(options))]})
        values = [side[1] for side in sides]
        differ = {k for k in values[0] if values[0][k] != values[1][k]}
        if not (values[0]["intercept"] and values[1]["intercept"]):
            differ -= {"penalty.intercept"}
        if not 1 <= len(differ) + loose <= 3:
            return None
        if not _effective(data, values, differ):
            return None
        texts = [_text(c, len(data.y)) for c in made]
        if texts[0] == texts[1]:
            return None
        named = [replace(c, name=t, title=t) for c, t in zip(made, texts, strict=True)]
        experiment = Experiment(data, WHOLE, (len(data.y),), 1, seed, tuple(named), threads=1)
        fits = FitCache(experiment, self.store, pool=self.pool)
        clean = [(replace(c, name=f"{i}, run to its end"), values[i]) for i, c in enumerate(tight)]
        # A solver that cannot reach the other side's optimum would be a cause that was not planted.
        for i, side in enumerate(tight):
            there = _moved(side, values[i], values[1 - i], differ)
            clean += [(replace(there, name=f"{i}, run to the other's"), values[1 - i])] if there else []
        fits.prepare([*named, *(c for c, _ in clean)])
        far = [_far(fits, c, data, v) for c, v in clean]
        if not max(far) <= CLEAN or (loose and not _far(fits, named[at], data, values[at]) > SURE):
            return None
        planted = differ | ({f"solver.tolerance ({('left', 'right')[at]})"} if loose else set())
        case = PlantedCase(seed, group, MIXTURE, texts[0], texts[1], words, frozenset(planted))
        pair = (named[0], named[1])

        def answer() -> Answer:
            explanation = explained(fits, lambda: OneSample(fits, pair, self.pool))
            return explanation.named, str(explanation.verdict)

        return Question(case, answer, pair, data)


def _own(values: Mapping[str, Value], model: str) -> Values:
    """``values`` with the model's own standard deviation, and without penalties that have no effect."""
    scaling = values["features.standardize"]
    own = {**values, "features.standardize": _STANDARD.get(model, "sd") if scaling == "sd" else scaling}
    if not values["intercept"] or not (values["penalty.l2"] or values["penalty.l1"]):
        own["penalty.intercept"] = 0.0
    return own


def _side(rng: np.random.Generator, model: str, values: Values, rows: int) -> Contestant:
    """The model with these values and its solver run to its end; `UsageError` where it lacks a setting."""
    known = {b.setting for b in model_of(model).bindings}
    always = model_of(model).always
    asked = dict(values)
    if not (asked["penalty.l2"] or asked["penalty.l1"]):
        asked.pop("penalty.intercept")
    native: Values = {}
    if model == "sklearn.logistic":
        solver = str(rng.choice(SOLVERS))
        native = {"solver": solver}
        started = asked.get("penalty.intercept") if asked["intercept"] else None
        if (solver == "liblinear") != bool(started) and asked["intercept"]:
            raise UsageError("its solver decides whether the intercept is penalised")
        if solver == "liblinear" and bool(asked["penalty.l2"]) == bool(asked["penalty.l1"]):
            raise UsageError("liblinear takes one penalty")
        if (solver == "saga") != bool(asked["penalty.l1"]) and solver != "liblinear":
            raise UsageError("the lasso takes saga")
        if solver != "liblinear" or not asked["intercept"]:
            asked.pop("penalty.intercept", None)
    for name in [n for n in asked if n not in known]:
        if always.get(name, 0.0 if name == "penalty.intercept" else None) != asked.pop(name):
            raise UsageError(f"{model} has no {name}")
    canonical, same = model_of(model).split(asked, native)
    side = replace(parse(model), settings=canonical, native={**native, **same})
    effective = {**values, "solver.algorithm": native.get("solver")}
    ways = tightened(side, effective, rows)
    way = -1 if model == "h2o.glm" else 0
    return replace(side, native={**side.native, **ways[way].native}) if ways else side


def _text(side: Contestant, n: int) -> str:
    """The side as it is written on the command line, in its framework's spelling."""
    arguments = model_of(side.model).to_native(side.settings, side.native, n)
    words = ",".join(f"{k}={v}" for k, v in arguments.items() if v is not None)
    return f"{side.model}:{words}" if words else side.model


def _scores(data: Dataset, values: Mapping[str, Value]) -> FloatArray | None:
    """The certified optimum's scores of the rows under these settings; None where no optimum is certified."""
    if len(np.unique(data.y)) < 2:
        return None
    weights = None
    if values["class_weight"] == "balanced":
        counts = np.bincount(data.y.astype(np.int64))
        weights = (len(data.y) / (2 * counts))[data.y.astype(np.int64)]
    penalised = bool(values["penalty.l2"] or values["penalty.l1"])
    problem = Problem(
        data.X,
        data.y.astype(np.float64),
        values["link"],  # type: ignore[arg-type]
        l2=float(values["penalty.l2"]),  # type: ignore[arg-type]
        l1=float(values["penalty.l1"]),  # type: ignore[arg-type]
        intercept=bool(values["intercept"]),
        intercept_penalty=float(values["penalty.intercept"]) if penalised else 0.0,  # type: ignore[arg-type]
        standardize=values["features.standardize"],  # type: ignore[arg-type]
        centre=centred(values),
        weights=weights,
    )
    solution = solve(problem)
    if solution.status is not SolutionStatus.CERTIFIED:
        return None
    eta = solution.intercept + data.X @ solution.coefficients
    return np.asarray(eta if values["link"] == "identity" else expit(eta), dtype=np.float64)


def _moved(side: Contestant, own: Values, values: Values, differ: set[str]) -> Contestant | None:
    """A side with the other's values; None where its solver does not take them."""
    try:
        effective = {**own, "solver.algorithm": side.native.get("solver")}
        made = switched(side, effective, {name: values[name] for name in differ})
    except UsageError:
        return None
    same = made.model == side.model and made.native.get("solver") == side.native.get("solver")
    return made if same else None


def _far(fits: FitCache, side: Contestant, data: Dataset, values: Mapping[str, Value]) -> float:
    """Largest difference between a side's scores and the optimum's; infinite where either has none."""
    scores, best = fits.records(side)[0].arrays.get("score"), _scores(data, values)
    return np.inf if scores is None or best is None else largest_difference(scores, best)


def _effective(data: Dataset, values: list[Values], differ: set[str]) -> bool:
    """Whether each planted difference changes the optimum, switched first or last."""
    left, right = values
    ends = [_scores(data, left), _scores(data, right)]
    if any(scores is None for scores in ends):
        return False
    for name in differ:
        first, last = _scores(data, left | {name: right[name]}), _scores(data, right | {name: left[name]})
        if first is None or last is None:
            return False
        assert ends[0] is not None
        assert ends[1] is not None
        if max(largest_difference(first, ends[0]), largest_difference(last, ends[1])) <= SURE:
            return False
    return True


def base_values(rng: np.random.Generator) -> Values:
    """Random canonical settings that both sides share."""
    penalty = rng.choice(["free", "ridge", "lasso", "net"], p=[0.3, 0.4, 0.2, 0.1])
    return {
        "link": "logit",
        "penalty.l2": _strength(rng) if penalty in ("ridge", "net") else 0.0,
        "penalty.l1": _strength(rng) / 3 if penalty in ("lasso", "net") else 0.0,
        "penalty.intercept": float(penalty != "free" and rng.random() < 0.25),
        "intercept": bool(rng.random() < 0.85),
        "features.standardize": "sd" if rng.random() < 0.3 else "none",
        "class_weight": "balanced" if rng.random() < 0.1 else "none",
    }


def _strength(rng: np.random.Generator) -> float:
    return float(f"{10 ** rng.uniform(-2.5, -0.7):.3g}")


def changes(rng: np.random.Generator, base: Mapping[str, Value]) -> Values:
    """Other values for up to three of the settings in ``base``, chosen at random."""
    count = int(rng.integers(0, 4))
    others: Values = {
        "link": "identity",
        "penalty.l2": 0.0 if base["penalty.l2"] and rng.random() < 0.4 else _strength(rng),
        "penalty.l1": 0.0 if base["penalty.l1"] and rng.random() < 0.4 else _strength(rng) / 3,
        "penalty.intercept": 1.0 - float(base["penalty.intercept"]),  # type: ignore[arg-type]
        "intercept": not base["intercept"],
        "features.standardize": "none" if base["features.standardize"] == "sd" else "sd",
        "class_weight": "none" if base["class_weight"] == "balanced" else "balanced",
    }
    chosen = rng.choice(list(others), size=count, replace=False)
    return {name: others[name] for name in chosen}


def sample(rng: np.random.Generator, seed: int) -> tuple[Dataset, str]:
    """A sample that a logistic model with a modest signal draws; half of them with correlated columns."""
    n, p = int(rng.integers(60, 401)), int(rng.integers(2, 9))
    correlation = float(rng.choice([0.0, 0.5, 0.9], p=[0.5, 0.25, 0.25]))
    common = rng.standard_normal((n, 1))
    X = np.sqrt(1 - correlation) * rng.standard_normal((n, p)) + np.sqrt(correlation) * common
    effects = rng.normal(0, 1.5 / np.sqrt(p), p)
    y = (rng.random(n) < expit(X @ effects + rng.normal(0, 0.7))).astype(np.int64)
    X = np.ascontiguousarray(X * np.exp(rng.normal(0, 0.5, p)) + rng.normal(0, 0.7, p))
    names = tuple(f"x{j + 1}" for j in range(p))
    data = Dataset(f"planted-{seed}", X, y, names, ("0", "1"), "random rows of a logistic model")
    return data, f"{n} rows, {p} columns, correlation {correlation:g}"
