"""The linear family's self-test: logistic and least-squares models of scikit-learn, R and H2O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.special import expit

from crossframe import settings
from crossframe.attribution.measures import largest_difference
from crossframe.comparison.plan import Experiment
from crossframe.comparison.store import Store
from crossframe.data import Dataset
from crossframe.data.designs import WHOLE
from crossframe.engines.base import FloatArray, Value
from crossframe.engines.pool import Pool
from crossframe.errors import UsageError
from crossframe.explaining.bench import Bench
from crossframe.explaining.linear import FLOOR
from crossframe.explaining.pair import explain_pair
from crossframe.explaining.selftest import Case, Family, Session
from crossframe.explaining.selftest_draws import Values, base_values, changes, sample
from crossframe.explaining.switches import centred, switched, tightened
from crossframe.models.contestants import Contestant
from crossframe.models.spec import parse_model
from crossframe.referee.linear import solve
from crossframe.referee.problem import Problem, SolutionStatus

SURE = 100 * FLOOR
"""Change of a score by which a planted difference has to matter, by the referee's optima."""
CLEAN = FLOOR / 10
"""Distance from the referee's optimum within which a solver counts as run to its end."""

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
_TRIES = 2000


@dataclass(frozen=True)
class _Planted:
    case: Case
    bench: Bench
    left: Contestant
    right: Contestant


class _Linear:
    """See `Session`."""

    def __init__(self, folder: Path, pool: Pool) -> None:
        self._store = Store(folder / "store.sqlite")
        self._pool = pool
        self._last: _Planted | None = None

    def plant(self, seed: int) -> Case:
        """See `Session`."""
        rng = np.random.default_rng([20260101, seed])
        for _ in range(_TRIES):
            found = self._draw(rng, seed)
            if found is not None:
                self._last = found
                return found.case
        raise UsageError(f"seed {seed}: no case after {_TRIES} draws")

    def explain(self, case: Case) -> tuple[frozenset[str], str]:
        """See `Session`."""
        assert self._last is not None
        assert self._last.case is case
        found = explain_pair(self._last.bench, self._last.left, self._last.right, self._pool)
        return found.named, str(found.verdict)

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    def _draw(self, rng: np.random.Generator, seed: int) -> _Planted | None:
        """A case, or None where the draw is no good."""
        group, _, *models = GROUPS[rng.choice(len(GROUPS), p=[g[1] for g in GROUPS])]
        left_model, right_model = (str(rng.choice(m)) for m in models)
        base = base_values(rng)
        changed = base | changes(rng, base)
        sides = [(left_model, _own(base, left_model)), (right_model, _own(changed, right_model))]
        if rng.random() < 0.5:
            sides.reverse()
        data, words = sample(rng, seed)
        try:
            made = [_made(rng, model, values, len(data.y)) for model, values in sides]
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
        bench = Bench(experiment, self._store, pool=self._pool)
        clean = [(replace(c, name=f"{i}, run to its end"), values[i]) for i, c in enumerate(tight)]
        # A solver that cannot reach the other side's optimum would be a cause that was not planted.
        for i, side in enumerate(tight):
            there = _moved(side, values[i], values[1 - i], differ)
            clean += [(replace(there, name=f"{i}, run to the other's"), values[1 - i])] if there else []
        bench.prepare([*named, *(c for c, _ in clean)])
        far = [_far(bench, c, data, v) for c, v in clean]
        if not max(far) <= CLEAN or (loose and not _far(bench, named[at], data, values[at]) > SURE):
            return None
        planted = differ | ({f"solver.tolerance ({('left', 'right')[at]})"} if loose else set())
        case = Case(seed, group, texts[0], texts[1], words, frozenset(planted))
        return _Planted(case, bench, named[0], named[1])


def _own(values: Mapping[str, Value], model: str) -> Values:
    """``values`` with the standard deviation that the model divides by, and without what has no effect."""
    scaling = values["features.standardize"]
    found = {**values, "features.standardize": _STANDARD.get(model, "sd") if scaling == "sd" else scaling}
    if not values["intercept"] or not (values["penalty.l2"] or values["penalty.l1"]):
        found["penalty.intercept"] = 0.0
    return found


def _made(rng: np.random.Generator, model: str, values: Values, rows: int) -> Contestant:
    """The model with these values and its solver run to its end; `UsageError` where it lacks one."""
    known = {b.setting for b in settings.bindings(model)}
    always = settings.ALWAYS[model]
    told = dict(values)
    if not (told["penalty.l2"] or told["penalty.l1"]):
        told.pop("penalty.intercept")
    native: Values = {}
    if model == "sklearn.logistic":
        solver = str(rng.choice(SOLVERS))
        native = {"solver": solver}
        started = told.get("penalty.intercept") if told["intercept"] else None
        if (solver == "liblinear") != bool(started) and told["intercept"]:
            raise UsageError("its solver decides whether the intercept is penalised")
        if solver == "liblinear" and bool(told["penalty.l2"]) == bool(told["penalty.l1"]):
            raise UsageError("liblinear takes one penalty")
        if (solver == "saga") != bool(told["penalty.l1"]) and solver != "liblinear":
            raise UsageError("the lasso takes saga")
        if solver != "liblinear" or not told["intercept"]:
            told.pop("penalty.intercept", None)
    for name in [n for n in told if n not in known]:
        if always.get(name, 0.0 if name == "penalty.intercept" else None) != told.pop(name):
            raise UsageError(f"{model} has no {name}")
    canonical, same = settings.split(model, told, native)
    side = replace(parse_model(model), settings=canonical, native={**native, **same})
    force = {**values, "solver.algorithm": native.get("solver")}
    ways = tightened(side, force, rows)
    way = -1 if model == "h2o.glm" else 0
    return replace(side, native={**side.native, **ways[way].native}) if ways else side


def _text(side: Contestant, n: int) -> str:
    """The side as it is written on the command line, in its framework's spelling."""
    arguments = settings.to_native(side.model, side.settings, side.native, n)
    told = ",".join(f"{k}={v}" for k, v in arguments.items() if v is not None)
    return f"{side.model}:{told}" if told else side.model


def _scores(data: Dataset, values: Mapping[str, Value]) -> FloatArray | None:
    """The referee's scores of the rows under these settings; None where no optimum is certified."""
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
    found = solve(problem)
    if found.status is not SolutionStatus.CERTIFIED:
        return None
    eta = found.intercept + data.X @ found.coefficients
    return np.asarray(eta if values["link"] == "identity" else expit(eta), dtype=np.float64)


def _moved(side: Contestant, own: Values, values: Values, differ: set[str]) -> Contestant | None:
    """A side with the other's values, None where its solver does not take them."""
    try:
        force = {**own, "solver.algorithm": side.native.get("solver")}
        made = switched(side, force, {name: values[name] for name in differ})
    except UsageError:
        return None
    same = made.model == side.model and made.native.get("solver") == side.native.get("solver")
    return made if same else None


def _far(bench: Bench, side: Contestant, data: Dataset, values: Mapping[str, Value]) -> float:
    """Largest difference between a side's scores and the referee's; infinite where either has none."""
    scores, best = bench.records(side)[0].arrays.get("score"), _scores(data, values)
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


@contextmanager
def _session(folder: Path) -> Iterator[Session]:
    with Pool() as pool:
        session = _Linear(folder, pool)
        try:
            yield session
        finally:
            session.close()


LINEAR = Family("linear", 200, 0.95, _session)
"""At least 200 cases and 0.95 are what the explainer is held to."""
