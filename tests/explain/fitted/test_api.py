"""What the data and what the settings account for, where both differ."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression

from crossframe.experiment.store import opened
from crossframe.explain.fitted import objects, reruns, sides
from crossframe.explain.fitted.answer import answer
from crossframe.explain.fitted.api import explain_sides
from crossframe.explain.fitted.result import FittedExplanation, Side
from crossframe.explain.fitted.rungs import RungVerdict
from crossframe.frameworks.pool import Pool

_RNG = np.random.default_rng(3)
_X = _RNG.normal(size=(80, 2))
_Y = (_RNG.random(80) < 1 / (1 + np.exp(-2 * _X[:, 0]))).astype(int)


def _explained(models: list[LogisticRegression], rows: int, tmp_path: Path, pool: Pool) -> FittedExplanation:
    """Two models of scikit-learn: the left one is fitted without the first ``rows`` rows."""
    made = []
    for name, model, first in zip(("left", "right"), models, (rows, 0), strict=True):
        fit = objects.fitted(model.fit(_X[first:], _Y[first:]), _X[first:], _Y[first:])
        made.append(Side(name=name, fit=fit, recognised=sides.recognised(fit)))
    with opened(tmp_path / "store.sqlite") as store:
        return explain_sides(made[0], made[1], store, pool)


def _share(strengths: tuple[float, float], rows: int) -> float:
    """The Shapley share of the data with scikit-learn alone, on the common rows."""
    scores = {
        (data, setting): LogisticRegression(C=C, tol=1e-10)
        .fit(_X[first:], _Y[first:])
        .predict_proba(_X[rows:])[:, 1]
        for data, first in ((0, rows), (1, 0))
        for setting, C in enumerate(strengths)
    }

    def gap(one: tuple[int, int], other: tuple[int, int]) -> float:
        return float(np.abs(scores[one] - scores[other]).max())

    whole = gap((0, 0), (1, 1))
    towards = [
        # The data switched first, and the data switched last.
        np.mean([whole - gap((to, 1 - to), (to, to)), gap((1 - to, to), (to, to))])
        for to in (0, 1)
    ]
    return float(np.mean(towards)) / whole


@pytest.mark.slow
@pytest.mark.parametrize(
    ("strengths", "rows", "first"),
    [((1.0, 0.01), 4, "differ because"), ((1.0, 0.9), 30, "trains on")],
)
def test_the_larger_share_comes_first(
    strengths: tuple[float, float], rows: int, first: str, tmp_path: Path, pool: Pool
) -> None:
    made = _explained([LogisticRegression(C=C, tol=1e-10) for C in strengths], rows, tmp_path, pool)
    assert made.data_share == pytest.approx(_share(strengths, rows), abs=1e-4)
    lines = answer(made)
    assert "differ in their data and in their settings" in lines[0]
    assert first in lines[1]
    assert made.to_dict()["data_share"] == made.data_share


@pytest.mark.slow
def test_a_solver_that_takes_random_numbers_need_not_repeat_the_script(tmp_path: Path, pool: Pool) -> None:
    """liblinear's lasso visits the columns in a random order, which shows where it stops early."""
    lasso = {"solver": "liblinear", "l1_ratio": 1.0}
    models = [LogisticRegression(C=C, tol=0.1, **lasso) for C in (1.0, 0.1)]
    made = _explained(models, 0, tmp_path, pool)
    assert not made.why_not
    assert "penalty.l1" in made.causes


@pytest.mark.parametrize("seed", [1, None])
def test_scripts_that_repeat_themselves_by_a_seed_may_still_differ_by_chance(seed: int | None) -> None:
    fit = objects.fitted(ExtraTreesClassifier(3, random_state=1).fit(_X, _Y), _X, _Y)
    fit = replace(fit, seeded=True if seed else None)
    side = Side(name="a.py", fit=fit, again=lambda text, other: fit)
    rung = reruns.rung(side, side, lambda line: None)
    assert rung is not None
    assert rung.verdict is (RungVerdict.NOT_COMPARED if seed else RungVerdict.DIFFERS)
    assert ("fixes a seed" in rung.words) is bool(seed)
