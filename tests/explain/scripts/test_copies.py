"""Causes that changed copies of two scripts show: a solver's limits, and class weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from crossframe.core.types import FloatArray
from crossframe.explain.explanation import Conclusion
from crossframe.explain.fitted.answer import answer
from crossframe.explain.fitted.copies import shown
from crossframe.explain.fitted.ladder import ladder
from crossframe.explain.fitted.result import FittedExplanation, Side
from crossframe.explain.fitted.rungs import Rung, RungVerdict
from crossframe.frameworks.fitted import FittedModel

RNG = np.random.default_rng(4)
X = RNG.normal(size=(40, 2))
Y = (np.arange(40) % 4 == 0).astype(float)
BASE = RNG.uniform(0.2, 0.6, size=40)

GLM = "g <- glm(y ~ a + b, binomial, d)\n"
MULTINOM = "library(nnet)\nm <- multinom(y ~ a + b, d, maxit = 50)\n"
FOREST_R = 'rf <- randomForest(y ~ ., d, classwt = c("0" = 1, "1" = 5))\n'
FOREST = "RandomForestClassifier(class_weight={0: 1, 1: 5}).fit(X, y)\n"


def _side(
    tmp_path: Path, name: str, text: str, score: Callable[[str, int], FloatArray], **fields: object
) -> Side:
    """A script whose fits have the scores that ``score`` makes of its text and the seed."""
    script = tmp_path / name
    script.write_text(text, encoding="utf-8")

    def fitted(text: str | None, seed: int | None) -> FittedModel:
        made = FittedModel(framework="r", call="glm", X=X, columns=("a", "b"), y=Y, classes=("0", "1"))
        now = text or script.read_text(encoding="utf-8")
        return replace(made, score=score(now, seed or 1), **fields)  # type: ignore[arg-type]

    return Side(name=name, fit=fitted(None, None), script=script, again=fitted)


def _made(left: Side, right: Side, verdict: Conclusion, **rungs: Rung) -> FittedExplanation:
    steps = ladder(left.fit, right.fit, (left.name, right.name))
    made = FittedExplanation(left=left, right=right, ladder=steps, verdict=verdict)
    return replace(made, **rungs)  # type: ignore[arg-type]


def _stopped(tmp_path: Path, off: Callable[[str], float]) -> FittedExplanation:
    left = _side(tmp_path, "a.R", GLM, lambda text, seed: BASE)
    right = _side(tmp_path, "b.R", MULTINOM, lambda text, seed: BASE + off(text), call="multinom", line=2)
    rung = Rung("objective", RungVerdict.SAME, "The same.", {"left_over": [1e-14, 1e-2]})
    return shown(_made(left, right, Conclusion.NOT_CONVERGED, objective=rung), lambda line: None)


def test_the_limits_of_a_solver_that_stopped_are_shown_by_a_copy_with_others(tmp_path: Path) -> None:
    def off(text: str) -> float:
        return 1e-6 if "reltol = 1e-15" in text else 0.02 if "maxit = 10000" in text else 0.1

    made = _stopped(tmp_path, off)
    assert made.causes == ("solver.max_iterations", "solver.tolerance_objective")
    assert "+m <- multinom(y ~ a + b, d, maxit = 10000, reltol = 1e-15)" in made.recipes[0].diff
    assert made.recipes[0].after == pytest.approx(1e-6)
    assert "with maxit = 10000, reltol = 1e-15 the difference is 1e-06" in answer(made)[1]


def test_a_copy_that_does_not_close_shows_nothing(tmp_path: Path) -> None:
    made = _stopped(tmp_path, lambda text: 0.02 if "maxit = 10000" in text else 0.1)
    assert made.copies is None
    assert not made.causes
    assert not made.recipes


def _weighted(tmp_path: Path, weights: dict[str, object], without: float = 0.0) -> FittedExplanation:
    def drawn(seed: int) -> FloatArray:
        return BASE + 0.01 * np.random.default_rng(seed).normal(size=40)

    left = _side(
        tmp_path, "a.R", FOREST_R, lambda text, seed: drawn(seed) + (0.2 if "classwt" in text else 0),
        call="randomForest", line=1, arguments={"classwt": [1, 5]},
    )  # fmt: skip
    right = _side(
        tmp_path, "b.py", FOREST,
        lambda text, seed: drawn(seed + 50) + (0 if "class_weight" in text else without),
        framework="sklearn", call="RandomForestClassifier", line=1, arguments={"class_weight": weights},
    )  # fmt: skip
    rung = Rung("rerun", RungVerdict.DIFFERS, "Farther.", {"between": 0.2, "own": [0.01, 0.01]})
    return shown(_made(left, right, Conclusion.UNEXPLAINED, rerun=rung), lambda line: None)


def test_class_weights_of_another_meaning_are_shown_by_copies_without_them(tmp_path: Path) -> None:
    made = _weighted(tmp_path, {"0": 1, "1": 5})
    assert made.verdict is Conclusion.EXPLAINED
    assert made.causes == ("class_weight",)
    first, second, *_ = answer(made)
    assert "weight their classes unlike" in first
    # 30 rows of the first class and 10 of the second: 5 times 3.
    assert "In a.R a row of class '1' counts 15 times one of class '0'" in second
    assert "In b.py a row of class '1' counts 5 times" in second
    assert "+RandomForestClassifier().fit(X, y)" in made.recipes[0].diff


def test_class_weights_are_no_cause_where_they_are_the_same_or_removing_them_closes_nothing(
    tmp_path: Path,
) -> None:
    assert _weighted(tmp_path, {"0": 1, "1": 15}).copies is None
    assert _weighted(tmp_path, {"0": 1, "1": 5}, without=0.3).copies is None
