"""A script run again with another seed: another draw of its fits, on the same rows."""

from __future__ import annotations

import runpy
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from crossframe.core.types import FloatArray
from crossframe.explain.fitted import reruns
from crossframe.explain.fitted.result import Side
from crossframe.explain.fitted.rungs import RungVerdict
from crossframe.explain.scripts.record import record
from crossframe.frameworks.fitted import FittedModel

FOREST = """\
import numpy as np
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

np.random.seed(1)
X = np.random.normal(size=(60, 2))
y = (X[:, 0] + np.random.normal(size=60) > 0).astype(int)
X, _, y, _ = train_test_split(X, y, random_state=2)
trees = make_pipeline(ExtraTreesClassifier(3, max_depth=2, bootstrap=True, random_state=STATE)).fit(X, y)
same = LogisticRegression(random_state=4).fit(X, y)
"""

R = """
set.seed(1)
d <- data.frame(x = rnorm(30))
d$y <- d$x + rnorm(30)
line <- lm(y ~ x, d)
d$z <- rnorm(30)
set.seed(3)
net <- nnet::nnet(y ~ x + z, d, size = 2, linout = TRUE, trace = FALSE, maxit = 20)
"""

KERAS = """
import keras, random
import numpy as np
from keras import layers

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3))
y = X[:, 0]
SEEDS
start = keras.initializers.GlorotUniform(seed=4)
net = keras.Sequential([layers.Input((3,)), layers.Dense(4, kernel_initializer=INITIALIZER), layers.Dense(1)])
net.compile(optimizer="adam", loss="mse")
net.fit(X, y, epochs=1, shuffle=False, verbose=0)
"""


def _written(tmp_path: Path, name: str, text: str) -> Path:
    script = tmp_path / name
    script.write_text(text, encoding="utf-8")
    return script


def _fits(script: Path, seed: int | None) -> tuple[FittedModel, ...]:
    return record(script, seed=seed, on_output=lambda text: None)[1]


def _score(fit: FittedModel) -> FloatArray:
    assert fit.score is not None
    return fit.score


_slow = pytest.mark.slow


@pytest.mark.slow
@pytest.mark.parametrize(
    "state", ["3", pytest.param("np.random.RandomState(3)", marks=_slow), pytest.param("None", marks=_slow)]
)
def test_another_seed_is_another_draw_of_the_same_rows(state: str, tmp_path: Path) -> None:
    script = _written(tmp_path, "forest.py", FOREST.replace("STATE", state))
    here = runpy.run_path(str(script))
    trees, alike = _fits(script, 100)
    assert np.array_equal(trees.X, here["X"])
    assert not np.array_equal(_score(trees), here["trees"].predict_proba(here["X"])[:, 1])
    other = here["trees"].set_params(extratreesclassifier__random_state=100).fit(here["X"], here["y"])
    assert np.array_equal(_score(trees), other.predict_proba(here["X"])[:, 1])
    assert np.array_equal(_score(alike), here["same"].predict_proba(here["X"])[:, 1])


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_another_seed_of_r_leaves_what_follows_a_fit_without_random_numbers(tmp_path: Path) -> None:
    script = _written(tmp_path, "net.R", R)
    (line, net), (alike, other) = (_fits(script, seed) for seed in (None, 100))
    assert np.array_equal(_score(line), _score(alike))
    assert np.array_equal(net.X, other.X)
    assert not np.array_equal(_score(net), _score(other))
    assert (net.arguments["seed"], other.arguments["seed"]) == (3, 100)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seeds", "initializer"),
    [("keras.utils.set_random_seed(1)", "start"), ("random.seed(1)", "'glorot_uniform'")],
)
def test_another_seed_of_keras(seeds: str, initializer: str, tmp_path: Path) -> None:
    text = KERAS.replace("SEEDS", seeds).replace("INITIALIZER", initializer)
    script = _written(tmp_path, "net.py", text)
    first, again, other = (_fits(script, seed)[0] for seed in (None, None, 100))
    assert np.array_equal(_score(first), _score(again))
    assert np.array_equal(first.X, other.X)
    assert not np.array_equal(_score(first), _score(other))


RNG = np.random.default_rng(5)
X = RNG.normal(size=(40, 2))


def _side(name: str, again: Callable[[FittedModel, int], FittedModel], **fields: object) -> Side:
    """A side whose scores are those that ``again`` makes of a seed, 1 in the script."""
    empty = FittedModel(framework="sklearn", call="Trees", X=X, columns=("a", "b"), y=X[:, 0], seeded=True)
    fit = again(replace(empty, **fields), 1)  # type: ignore[arg-type]
    return Side(name=name, fit=fit, again=lambda text, seed: again(fit, seed or 1))


def _drawn(spread: float, mean: float = 0.0) -> Callable[[FittedModel, int], FittedModel]:
    def again(fit: FittedModel, seed: int) -> FittedModel:
        score = np.random.default_rng(seed).normal(mean, spread, len(X))
        return replace(fit, score=score, arguments={"random_state": seed})

    return again


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        ((1.0, 0.0), (1.0, 0.0), RungVerdict.SAME),
        ((1.0, 0.0), (1.0, 3.0), RungVerdict.DIFFERS),
        # Nearer to each other than the left one to itself.
        ((1.0, 0.0), (0.2, 0.1), RungVerdict.SAME),
        ((0.0, 0.0), (0.0, 1.0), RungVerdict.DIFFERS),
    ],
)
def test_a_difference_no_larger_than_that_of_another_seed_is_noise(
    left: tuple[float, float], right: tuple[float, float], verdict: RungVerdict
) -> None:
    rung = reruns.rung(_side("a.py", _drawn(*left)), _side("b.py", _drawn(*right)), lambda line: None)
    assert rung is not None
    assert rung.verdict is verdict
    assert ("do not vary alike: b.py varies less" in rung.words) is (right[0] == 0.2)
    assert ("no chance" in rung.words) is (not left[0])


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "because it fixes a seed"),
        ({"seeded": None, "framework": "python"}, "where it takes random numbers is not known"),
        ({"seeded": None, "framework": "r", "arguments": {"Wts": "w"}}, "makes the weights itself"),
        ({"seeded": None, "X": None}, "fits other rows"),
    ],
)
def test_the_same_predictions_are_no_proof_where_the_seed_may_not_have_changed(
    fields: dict[str, object], why: str
) -> None:
    def again(fit: FittedModel, seed: int) -> FittedModel:
        return replace(fit, score=X[:, 1], X=X if "X" not in fields else X + seed)

    side = _side("a.py", again, **{k: v for k, v in fields.items() if k != "X"})
    rung = reruns.rung(side, side, lambda line: None)
    assert rung is not None
    assert rung.verdict is RungVerdict.NOT_COMPARED
    assert why in rung.words
