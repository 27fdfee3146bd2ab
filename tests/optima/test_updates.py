"""The update rules, by what can be worked out by hand; against the frameworks: tests/audit/test_rates*."""

from __future__ import annotations

import math

import numpy as np
import pytest

from crossframe.optima import updates
from crossframe.optima.updates import AnnealedSgd, ApproximateAdadelta, Array, Rule

RULES: list[Rule] = [
    updates.Adadelta(),
    updates.Adafactor(),
    updates.Adagrad(),
    updates.Adam(),
    updates.Adam(weight_decay=0.004),
    updates.Adam(amsgrad=True),
    updates.Adamax(),
    updates.Ftrl(),
    updates.Lamb(),
    updates.Lion(),
    updates.Muon(),
    updates.Nadam(),
    updates.RmsProp(),
    updates.RmsProp(momentum=0.9, centered=True),
    updates.ScheduleFreeAdamW(),
    updates.Sgd(),
    updates.Sgd(momentum=0.9, nesterov=True),
]
EVERY = [
    *RULES,
    ApproximateAdadelta(),
    AnnealedSgd(),
    AnnealedSgd(momentum_start=0.5),
    AnnealedSgd(momentum_start=0.5, nesterov=False),
]


def sample(seed: int = 0) -> tuple[list[Array], list[Array]]:
    """Weights and gradients of a small network, in single precision."""
    rng = np.random.default_rng(seed)
    shapes = [(3, 4), (4,), (4, 2), (2,)]
    weights, gradients = ([rng.normal(size=s).astype(np.float32) for s in shapes] for _ in range(2))
    return weights, gradients


def step(
    rule: Rule | AnnealedSgd | ApproximateAdadelta, weights: list[Array], gradients: list[Array]
) -> list[Array]:
    return rule.step(rule.start(weights), weights, gradients)


@pytest.mark.parametrize("rule", EVERY, ids=repr)
def test_shape_and_precision_stay_and_nothing_given_is_changed(rule: Rule) -> None:
    weights, gradients = sample()
    before = [w.copy() for w in (*weights, *gradients)]
    new = step(rule, weights, gradients)
    assert [(w.shape, w.dtype) for w in new] == [(w.shape, w.dtype) for w in weights]
    for kept, given in zip(before, (*weights, *gradients), strict=True):
        np.testing.assert_array_equal(kept, given)


@pytest.mark.parametrize("rule", EVERY, ids=repr)
def test_a_state_belongs_to_one_training(rule: Rule) -> None:
    weights, gradients = sample()
    once = step(rule, weights, gradients)
    state = rule.start(weights)
    rule.step(state, weights, [3 * g for g in gradients])
    again = step(rule, weights, gradients)
    for left, right in zip(once, again, strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("rule", [r for r in EVERY if not isinstance(r, updates.Ftrl)], ids=repr)
def test_it_goes_downhill(rule: Rule) -> None:
    # The loss is |w|^2 / 2 around a start away from 0; Ftrl jumps towards 0 at once whatever the loss.
    weights = [w.astype(np.float64) + 2 for w in sample()[0]]
    state = rule.start(weights)
    lengths = []
    for _ in range(50):
        lengths.append(math.sqrt(sum(float(np.sum(w**2)) for w in weights)))
        weights = rule.step(state, weights, list(weights))
    assert lengths[-1] < lengths[0]


@pytest.mark.parametrize(
    "rule", [updates.Adam(epsilon=0.0), updates.Adamax(epsilon=0.0), updates.Lion()], ids=repr
)
def test_first_step_is_the_learning_rate_whatever_the_gradient(rule: Rule) -> None:
    weights = [np.array([1.0, -2.0])]
    for scale in (1e-6, 1.0, 1e6):
        new = step(rule, weights, [np.array([scale, -scale])])
        np.testing.assert_allclose(new[0] - weights[0], [-0.001, 0.001], rtol=1e-9)


def test_adadelta_starts_at_a_rate_set_by_epsilon_alone() -> None:
    rho, epsilon, g = 0.95, 1e-6, 0.3
    new = step(updates.Adadelta(1.0, rho, epsilon), [np.array([0.0])], [np.array([g])])
    expected = -g * math.sqrt(epsilon) / math.sqrt((1 - rho) * g**2 + epsilon)
    np.testing.assert_allclose(new[0], [expected], rtol=1e-12)


def test_momentum_of_two_equal_gradients_by_hand() -> None:
    one = [np.array([1.0])]
    plain, ahead = updates.Sgd(0.1, 0.5), updates.Sgd(0.1, 0.5, nesterov=True)
    found = []
    for rule in (plain, ahead):
        state, weights = rule.start(one), [np.array([0.0])]
        for _ in range(2):
            weights = rule.step(state, weights, one)
        found.append(float(weights[0][0]))
    # v: -0.1, -0.15.  plain: -0.1 - 0.15.  ahead: (0.5 * -0.1 - 0.1) + (0.5 * -0.15 - 0.1).
    np.testing.assert_allclose(found, [-0.25, -0.325], rtol=1e-12)


def test_lambs_step_is_a_share_of_the_weights() -> None:
    weights, gradients = sample()
    new = step(updates.Lamb(learning_rate=0.01), weights, gradients)
    for old, w in zip(weights, new, strict=True):
        assert np.linalg.norm(w - old) == pytest.approx(0.01 * np.linalg.norm(old), rel=1e-5)


def test_muons_step_is_nearly_orthogonal() -> None:
    rng = np.random.default_rng(3)
    weights, gradient = [np.zeros((6, 4))], [rng.normal(size=(6, 4))]
    new = step(updates.Muon(weight_decay=0.0), weights, gradient)
    stretched = np.linalg.svd(new[0] / (0.001 * 0.2 * math.sqrt(6)), compute_uv=False)
    assert ((stretched > 0.6) & (stretched < 1.3)).all()


def test_adafactor_is_exact_where_the_squares_are_a_product() -> None:
    rows, columns = np.array([1.0, 2.0, 5.0]), np.array([0.5, 3.0])
    gradient = np.sqrt(np.outer(rows, columns))
    new = step(updates.Adafactor(), [np.zeros((3, 2))], [gradient])
    np.testing.assert_allclose(new[0], -0.001 * 0.001 * np.ones((3, 2)), rtol=1e-9)


def test_ftrl_keeps_a_known_share_of_the_start() -> None:
    w, g = 0.7, 2.0
    new = step(updates.Ftrl(), [np.array([w])], [np.array([g])])
    root = math.sqrt(0.1 + g**2)
    np.testing.assert_allclose(new[0], [w * (1 - math.sqrt(0.1) / root) - 0.001 * g / root], rtol=1e-9)


def test_schedule_free_weights_are_the_iterates_mean_when_momentum_is_all() -> None:
    rng = np.random.default_rng(1)
    rule = updates.ScheduleFreeAdamW(beta_1=1.0)
    weights: list[Array] = [np.array([1.0, 2.0])]
    state, iterates = rule.start(weights), []
    for _ in range(7):
        weights = rule.step(state, weights, [rng.normal(size=2)])
        iterates.append(state.slots[0]["iterate"])
    np.testing.assert_allclose(weights[0], np.mean(iterates, axis=0), rtol=1e-12)


def test_schedules() -> None:
    assert [updates.inverse_time(0.1, 0.5)(t) for t in (0, 2)] == [0.1, 0.05]
    assert [updates.inverse_scaling(0.1, 0.5)(t) for t in (0, 3)] == [0.1, 0.05]
    optimal = updates.optimal(1e-4)
    assert optimal(0) == pytest.approx(10.0)
    assert 1 / optimal(100) - 1 / optimal(0) == pytest.approx(100 * 1e-4)
    rule = updates.Sgd(updates.inverse_scaling(1.0, 1.0))
    state, weights = rule.start([np.zeros(1)]), [np.zeros(1)]
    for _ in range(3):
        weights = rule.step(state, weights, [np.ones(1)])
    assert float(weights[0][0]) == pytest.approx(-(1 + 1 / 2 + 1 / 3))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_h2os_root_is_near_and_not_exact(kind: type[np.floating]) -> None:
    x = np.geomspace(1e-12, 1e6, 5001).astype(kind)
    error = updates.approximate_sqrt(x) / np.sqrt(x.astype(np.float64)) - 1
    assert 0.03 < np.abs(error).max() < 0.045


def test_h2os_bias_takes_its_rate_from_the_weights_of_its_unit() -> None:
    weights = [np.zeros((2, 1), np.float32), np.zeros(1)]
    biases = []
    for kernel in (0.1, 10.0):
        biases.append(step(ApproximateAdadelta(), weights, [np.full((2, 1), kernel), np.ones(1)])[1])
    assert abs(biases[0][0]) > 50 * abs(biases[1][0])


def test_h2o_passes_over_a_zero_gradient_in_fast_mode_only() -> None:
    weights = [np.ones((2, 1), np.float32), np.zeros(1)]
    for fast, decayed in ((True, False), (False, True)):
        rule = ApproximateAdadelta(fast_mode=fast)
        state = rule.start(weights)
        rule.step(state, weights, [np.ones((2, 1)), np.ones(1)])
        before = state.slots[0]["squares"].copy()
        rule.step(state, weights, [np.array([[0.0], [1.0]]), np.ones(1)])
        assert (state.slots[0]["squares"][0, 0] < before[0, 0]) is np.bool_(decayed)


def test_h2os_rate_is_annealed_by_rows_and_decays_by_layer() -> None:
    rule = AnnealedSgd(rate=0.1, rate_annealing=0.5, rate_decay=0.25, rows=2)
    found = [rule.learning_rate(t, layer) for layer in (0, 1) for t in (1, 2, 3)]
    np.testing.assert_allclose(found, [0.1, 0.1, 0.05, 0.025, 0.025, 0.0125], rtol=1e-6)


def test_h2o_without_momentum_rounds_no_gradient() -> None:
    rng = np.random.default_rng(5)
    weights: list[Array] = [rng.normal(size=(4, 3)).astype(np.float32), rng.normal(size=3)]
    gradients = [rng.normal(size=w.shape) for w in weights]
    assert (gradients[1] != gradients[1].astype(np.float32)).all()
    for nesterov in (True, False):
        rule = AnnealedSgd(rate=0.1, rate_annealing=0.0, nesterov=nesterov)
        new = step(rule, weights, gradients)
        eta = float(np.float32(0.1))
        for found, w, g in zip(new, weights, gradients, strict=True):
            np.testing.assert_array_equal(found, (w - eta * g).astype(w.dtype))


def test_h2os_memory_without_nesterov_is_one_update_long() -> None:
    weights = [np.zeros((1, 1), np.float32), np.zeros(1)]
    ends = []
    for nesterov in (True, False):
        rule = AnnealedSgd(
            rate=1.0, rate_annealing=0.0, momentum_start=0.5, momentum_stable=0.5, nesterov=nesterov
        )
        state, held = rule.start(weights), list(weights)
        for g in (1.0, 0.5, 0.25):
            held = rule.step(state, held, [np.full((1, 1), g), np.full(1, g)])
        ends.append(float(held[1][0]))
    # eta = 0.5.  heavy ball: v = 1, 1, 0.75.  else: 0.5, 0.25 + 0.25, 0.125 + 0.125.
    np.testing.assert_allclose(ends, [-0.5 * 2.75, -1.25], rtol=1e-12)


def test_passive_aggressive_steps() -> None:
    x, coef = np.array([3.0, 4.0]), np.zeros(2)
    bounded, intercept = updates.PassiveAggressive("pa1", 0.01).step(coef, 0.0, x, 1)
    np.testing.assert_allclose([*bounded, intercept], [0.03, 0.04, 0.01])
    free, _ = updates.PassiveAggressive("pa1", 1.0).step(coef, 0.0, x, -1)
    np.testing.assert_allclose(free, -x / 25)
    soft, _ = updates.PassiveAggressive("pa2", 0.5).step(coef, 0.0, x, 1)
    np.testing.assert_allclose(soft, x / 26)
    still, _ = updates.PassiveAggressive("pa2", 0.5).step(x, 0.0, x, 1)
    np.testing.assert_array_equal(still, x)
