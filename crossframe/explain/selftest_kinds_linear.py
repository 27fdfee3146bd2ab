"""The kinds of differences that are planted in linear models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from crossframe.core.types import FloatArray, Target
from crossframe.data import Dataset
from crossframe.explain.selftest_kinds import Difference, Frame, Kind
from crossframe.explain.selftest_linear import sample


def _dataset(seed: int, X: FloatArray, y: Target, words: str) -> tuple[Dataset, str]:
    names = tuple(f"x{j + 1}" for j in range(X.shape[1]))
    classes = () if y.dtype.kind == "f" else ("0", "1")
    data = Dataset(f"planted-{seed}", np.ascontiguousarray(X), y, names, classes, "random rows")
    return data, f"{len(y)} rows, {X.shape[1]} columns, {words}"


def nearly_collinear(rng: np.random.Generator, seed: int) -> tuple[Dataset, str]:
    """The second column is the first but for its last bits, which the target follows."""
    n, power = int(rng.integers(40, 120)), int(rng.integers(26, 29))
    a, e = np.round(rng.normal(size=n) * 2**10) / 2**10, rng.integers(-4, 5, n).astype(float)
    X = np.column_stack([a, a + e * 2.0**-power, rng.normal(size=(n, 2))])
    y = 3 * a + rng.uniform(1, 3) * e + X[:, 2] + 0.3 * rng.normal(size=n) + rng.normal(0, 5)
    return _dataset(seed, X, y, f"the second is the first up to 2^-{power}")


def dummies(rng: np.random.Generator, seed: int) -> tuple[Dataset, str]:
    """A 0/1 column for every level of a factor, which add up to the intercept's."""
    levels, n = int(rng.integers(3, 6)), int(rng.integers(60, 200))
    level, x = np.arange(n) % levels, rng.normal(size=n)
    y = (level - levels / 2 + x + rng.logistic(size=n) > 0).astype(np.int64)
    X = np.column_stack([*((level == k).astype(float) for k in range(levels)), x])
    return _dataset(seed, X, y, f"all {levels} dummies of a factor")


def unlike_scales(rng: np.random.Generator, seed: int) -> tuple[Dataset, str]:
    """Columns in units that differ by factors of a million or more, the first far from zero."""
    n, large = int(rng.integers(100, 250)), 10 ** rng.uniform(4.5, 5.5)
    X = rng.normal(size=(n, 3))
    y = (X @ rng.normal(0, 1, 3) + rng.logistic(size=n) > 0).astype(np.int64)
    return _dataset(seed, X * [large / 5, 1e-3, 1.0] + [large, 0, 0], y, f"scales {large:.0e}, 1e-3 and 1")


def rare(rng: np.random.Generator, seed: int) -> tuple[Dataset, str]:
    """Classes of unequal size, so that the intercept is far from zero."""
    n, p = int(rng.integers(80, 300)), int(rng.integers(2, 6))
    X = rng.normal(size=(n, p)) + rng.normal(0, 1, p)
    y = (X @ rng.normal(0, 1, p) + rng.uniform(1, 2) + rng.logistic(size=n) > 0).astype(np.int64)
    return _dataset(seed, X, y, "unequal classes")


def incomplete(rng: np.random.Generator, seed: int) -> tuple[Dataset, str]:
    """A sample of `sample` with missing features, in columns that the target follows."""
    data, words = sample(rng, seed)
    share = float(rng.uniform(0.03, 0.08))
    absent = rng.random(data.X.shape) < share
    X = np.where(absent, np.nan, data.X)
    return replace(data, X=X), f"{words}, {share:.0%} of the features missing"


def tied(rng: np.random.Generator, seed: int) -> tuple[Dataset, str]:
    """The second and the third column are the same, and tie for the second place; the fourth is noise."""
    n = int(rng.integers(100, 250))
    X = rng.normal(size=(n, 3))
    y = (X @ [2.0, 1.0, 0.0] + rng.logistic(size=n) > 0).astype(np.int64)
    return _dataset(seed, X[:, [0, 1, 1, 2]], y, "two of them equal")


def _frames(*frames: tuple[str, str, Difference]) -> tuple[Frame, ...]:
    """Frames with one difference of their kind and at most one of `_OTHERS`."""
    return tuple(
        Frame(left, right, (planted,), _OTHERS.get(right.partition(":")[0], ()), more=1)
        for left, right, planted in frames
    )


RANK = "solver.rank_tolerance"
STOP = "solver.tolerance"
_TIGHT = "tol=1e-13,max_iter=10000"
_NEWTON = f"sklearn.logistic:solver=newton-cholesky,penalty.l2={{penalty}},{_TIGHT}"
_LASSO = "sklearn.logistic:solver=saga,penalty.l1={penalty},tol=1e-13,max_iter=200000"
_GLM = "r.glm:epsilon=1e-11,maxit=100"
_FREE = f"sklearn.logistic:solver=newton-cholesky,C=inf,{_TIGHT}"
_RIDGE_R = "r.glmnet:alpha=0,lambda={penalty},standardize=false,thresh=1e-20"
_LASSO_R = "r.glmnet:alpha=1,lambda={penalty},standardize=false,thresh=1e-20"
_H2O = (
    "h2o.glm:lambda_=0,alpha=0,solver=IRLSM,beta_epsilon=1e-12,objective_epsilon=1e-14,gradient_epsilon=1e-12,"
    "max_iterations=200"
)
_LIBLINEAR = "solver=liblinear,max_iter=1000000"


def _is(setting: str, side: str, words: str, *accepted: str) -> Difference:
    return Difference(setting, side, words, accepted, labels=setting == "decision.threshold")


_SCALED = _is("features.standardize", "right", "standardize=true")
_SCALED_FIRST = _is("features.standardize", "left", "features.standardize=sd_n-1")
_REVERSED = _is("class.order", "left", "class.order=reversed")
_BEST = "selection.statistic=f,selection.count=2,selection.ties=first"
_PENALTY_STARTS = _is("penalty.intercept", "left", _LIBLINEAR)


def _stops(words: str) -> Difference:
    return _is(STOP, "left", words, "solver.algorithm")


def _missing(rule: str) -> Difference:
    return _is("missing", "left", f"missing={rule}")


def _ties(rule: str) -> Difference:
    return _is("selection.ties", "left", f"selection.ties={rule}")


def _threshold(words: str = "decision.threshold={threshold}") -> Difference:
    return _is("decision.threshold", "left", words)


_NO_INTERCEPT = _is("intercept", "right", "fit_intercept=False")
_OTHERS: dict[str, tuple[Difference, ...]] = {
    "sklearn.logistic": (
        _is("penalty.l2", "right", "penalty.l2={other}"),
        _is("class_weight", "right", "class_weight=balanced"),
        _NO_INTERCEPT,
    ),
    "sklearn.linear": (_NO_INTERCEPT,),
    "r.glm": (_is("link", "right", "link=probit,epsilon=1e-15,maxit=1000"),),
    "r.glmnet": (
        _is("penalty.l2", "right", "alpha=0,lambda={other}"),
        _is("intercept", "right", "intercept=false"),
        _SCALED,
    ),
}
"""By the model on the right: what may be planted there beside a kind's own difference."""

KINDS = (
    Kind("rank tolerance", nearly_collinear, (
        *_frames(
            ("r.lm", "r.lm", _is(RANK, "right", "tol={tiny}")),
            ("sklearn.linear", "sklearn.linear", _is(RANK, "left", "tol={tiny}")),
            ("sklearn.linear", "r.lm", _is(RANK, "left", "tol={tiny}")),
            ("r.lm:tol=1e-11", "r.glm", _is(RANK, "left", "tol=1e-7")),
        ),
    )),
    Kind("rank tolerance of a convergence tolerance", dummies, (
        Frame("r.glm", "r.glm", (_is(RANK, "left", "epsilon=1e-15"),)),
    )),
    Kind("decision threshold", sample, (
        *_frames(
            (_NEWTON, _NEWTON, _threshold()),
            (_GLM, _GLM, _threshold()),
            (_FREE, _GLM, _threshold()),
            (_RIDGE_R, _NEWTON, _threshold()),
            (f"{_H2O},decision.threshold=0.5", _GLM, _threshold("decision.threshold=")),
        ),
    )),
    Kind("penalised intercept", rare, (
        *_frames(
            (_NEWTON, _NEWTON, _PENALTY_STARTS),
            (_NEWTON, _RIDGE_R, _PENALTY_STARTS),
            (_LASSO, _LASSO, _PENALTY_STARTS),
            (f"{_NEWTON},{_LIBLINEAR}", f"{_NEWTON},{_LIBLINEAR}",
             _is("penalty.intercept", "left", "intercept_scaling={scaling}")),
        ),
    )),
    Kind("side that has not converged, scales", unlike_scales, (
        *_frames(
            (_FREE, _GLM, _stops("solver=lbfgs,tol=1e-4,max_iter=100")),
            (_FREE, _GLM, _stops("solver=saga,tol=1e-3,max_iter=100")),
        ),
    )),
    Kind("side that has not converged, iterations", sample, (
        *_frames(
            (_GLM, _GLM, _stops("maxit={few}")),
            (_FREE, _GLM, _stops("solver=newton-cg,max_iter={few}")),
            (_NEWTON, _NEWTON, _stops("solver=saga,max_iter={some}")),
            (_H2O, _H2O, _stops("max_iterations={few}")),
        ),
    )),
    Kind("standardised columns beside a penalty", sample, (
        *_frames(
            (_RIDGE_R, _RIDGE_R, _SCALED),
            (_LASSO_R, _LASSO_R, _SCALED),
            (_NEWTON, _RIDGE_R, _SCALED),
            (_LASSO, _LASSO_R, _SCALED),
            (_NEWTON, _NEWTON, _SCALED_FIRST),
            (_NEWTON, _RIDGE_R, _SCALED_FIRST),
        ),
    )),
    Kind("missing values", incomplete, (
        *_frames(
            (f"{_NEWTON},missing=mean", f"{_NEWTON},missing=mean", _missing("drop")),
            (f"{_NEWTON},missing=mean", f"{_RIDGE_R},missing=mean", _missing("level")),
            (f"{_FREE},missing=drop", _GLM, _missing("mean")),
            (f"{_FREE},missing=drop", _GLM, _missing("level")),
            (_GLM, _GLM, _missing("mean")),
            (_H2O, _H2O, _is("missing", "left", "missing_values_handling=Skip")),
        ),
    )),
    Kind("tie rule of a selection", tied, (
        *_frames(
            (f"{_GLM},{_BEST}", f"{_GLM},{_BEST}", _ties("average")),
            (f"{_FREE},{_BEST}", f"{_GLM},{_BEST}", _ties("none")),
            (f"{_NEWTON},{_BEST}", f"{_NEWTON},{_BEST}", _ties("all")),
        ),
    )),
    Kind("order of the classes", sample, (
        *_frames(
            (_NEWTON, _NEWTON, _REVERSED),
            (_FREE, _GLM, _REVERSED),
            (_GLM, _GLM, _REVERSED),
            (_NEWTON, _RIDGE_R, _REVERSED),
        ),
    )),
)  # fmt: skip
"""Each with its data, and with the calls in which it is planted."""

DECOYS = {
    "sklearn.logistic": ("random_state={seed}", "dual=False", "l1_ratio=0.0", "intercept_scaling=7.0",
                         "class_weight=none", "fit_intercept=True"),
    "sklearn.linear": ("positive=False", "fit_intercept=True"),
    "r.lm": ("singular.ok=true", "na.action=na.omit"),
    "r.glm": ("singular.ok=true", "link=logit", "etastart=zeros", "mustart=half"),
    "r.glmnet": ("intercept=true", "maxit=1000000", "type.logistic=Newton"),
    "h2o.glm": ("seed={seed}", "missing_values_handling=MeanImputation", "intercept=true"),
}  # fmt: skip
"""Words that are given to one side alone and change nothing; a few of them with the value of the default."""
