"""Linear periodic functions and the boundaries of levels: rules on made-up numbers, the exact gradient."""

from __future__ import annotations

import numpy as np
import pytest

from crossframe.claims.claim import Verdict
from crossframe.core.types import FloatArray
from crossframe.experiment.record import Record
from crossframe.studies.gradient_failures import flat, periodic
from crossframe.studies.gradient_failures.jobs import HARD
from crossframe.studies.gradient_failures.trainers.flat import STEPS
from crossframe.studies.gradient_failures.trainers.periodic import direction, spreads

HOLDS, PARTLY, FAILS, OPEN = Verdict.HOLDS, Verdict.PARTLY, Verdict.FAILS, Verdict.OPEN


def noise(size: int | tuple[int, ...] = 8, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).normal(size=size)


def _learnt(**explained: list[float]) -> periodic.By:
    arrays = {"at": np.array([5000])}
    return {int(d[1:]): [Record({"explained": v}, arrays) for v in values] for d, values in explained.items()}


def _gradients(slope: float, spread: float) -> periodic.By:
    made = {}
    for d in (4, 8, 12):
        shares = 2.0 ** (slope * d + spread * noise(3, d))
        made[d] = [Record({"variance": v, "slope": 1.0}, {}) for v in shares]
    return made


def test_nothing_is_learnt_where_the_training_could_have() -> None:
    assert HARD == 30
    easy, nothing = [0.95, 0.99], [-0.06, 0.02]
    assert periodic.findings(_learnt(d2=easy, d30=nothing), {})[0].verdict is HOLDS
    assert periodic.findings(_learnt(d2=easy, d30=[0.3, 0.6]), {})[0].verdict is FAILS
    assert periodic.findings(_learnt(d2=easy, d30=[0.03, 0.6]), {})[0].verdict is OPEN
    assert periodic.findings(_learnt(d2=[0.95, 0.5], d30=nothing), {})[0].verdict is OPEN
    assert [f.verdict for f in periodic.findings({}, {})] == [Verdict.NOT_RUN] * 2
    for slope, spread, verdict in ((-1.0, 0.01, HOLDS), (-0.2, 0.01, FAILS), (-0.5, 1.0, OPEN)):
        assert periodic.findings({}, _gradients(slope, spread))[1].verdict is verdict
    assert len(periodic.table(_learnt(d2=easy, d30=nothing), _gradients(-1, 0.1)).tables[0].rows) == 5


def test_what_a_gradient_tells_of_a_direction_is_that_of_a_grid_of_points() -> None:
    d, rng = 3, np.random.default_rng(0)
    axis = np.linspace(-5, 5, 41)
    X = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, d)
    weight = np.exp(-(X**2).sum(axis=1) / 2)
    active = weight / weight.sum() * ((X[:, 0] > 0) + 0.5 * (X[:, 0] == 0))
    w = rng.normal(size=(60, d))
    w *= np.sqrt(d) / np.linalg.norm(w, axis=1, keepdims=True)
    means = (np.cos(X @ w.T) * active[:, None]).T @ X
    along, across = spreads(d)
    assert means[:, 0].var() == pytest.approx(along, rel=0.3)
    assert np.sum(means[:, 1:] ** 2, axis=1).mean() == pytest.approx(across, rel=0.2)
    assert np.linalg.norm(direction(7, 1)) == pytest.approx(np.sqrt(7))


@pytest.mark.parametrize(
    ("near", "far", "verdict"), [(60, 0, HOLDS), (10, 50, FAILS), (17, 3, OPEN), (0, 0, OPEN)]
)
def test_levels_are_mistaken_at_their_boundaries_or_elsewhere(near: int, far: int, verdict: Verdict) -> None:
    step = float(STEPS[30])
    value = np.array([step + 0.01] * near + [step + 0.3] * far + [step + 0.5] * 5)
    answer = np.array([step - 1.0] * (near + far) + [step] * 5)
    right = np.searchsorted(STEPS, value, side="right") - 1
    answer[near + far :] = STEPS[right[near + far :]]
    record = Record({}, {"value": value, "answer": answer})
    assert flat._boundary([record]).verdict is verdict
