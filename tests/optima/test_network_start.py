"""Starting weights and orders of the rows that the trainer draws itself."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from crossframe.frameworks.h2o.arithmetic import starting_weights as h2o_start
from crossframe.frameworks.h2o.arithmetic import uniform_weights
from crossframe.frameworks.keras import net as keras_net
from crossframe.frameworks.keras.loop import schedule
from crossframe.optima.network import NetworkSpec, numpy_order, random_start

NETWORK = NetworkSpec((300, 200), "relu")
RULES = ("glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal")


@pytest.mark.parametrize("rule", RULES)
def test_as_wide_as_kerass(rule: str) -> None:
    keras_net.start(1)
    import keras

    drawn = random_start(NETWORK, 100, 1, rule)
    theirs = keras.initializers.get(rule)
    for i, shape in enumerate([(100, 300), (300, 200)]):
        own = np.asarray(theirs.clone()(shape))
        assert drawn[2 * i].shape == shape
        assert drawn[2 * i].std() == pytest.approx(own.std(), rel=0.03)
        assert np.abs(drawn[2 * i]).max() == pytest.approx(np.abs(own).max(), rel=0.03)
        assert not drawn[2 * i + 1].any()


def test_h2os_draws_with_another_width() -> None:
    network = NetworkSpec((300, 200), "relu", arithmetic="mixed")
    h2o = h2o_start(network, 100, 5)
    plain = random_start(network, 100, 5, "glorot_uniform", uniform=uniform_weights(5))
    np.testing.assert_array_equal(h2o[0], plain[0])
    np.testing.assert_allclose(h2o[4], 4.0 * plain[4], rtol=1e-6)
    assert (h2o[1][0], h2o[3][0], h2o[5][0], plain[1][0]) == (0.5, 1.0, 0.0, 0.0)


def test_scikit_learns_biases_are_as_wide_as_its_weights() -> None:
    from sklearn.neural_network import MLPClassifier

    X = np.random.default_rng(0).normal(size=(40, 100))
    y = np.arange(40) % 2
    model = MLPClassifier((300,), learning_rate_init=1e-30, max_iter=1, random_state=1, solver="sgd", alpha=0)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        model.fit(X, y)
    network = NetworkSpec((300,), head="sigmoid1")
    drawn = random_start(network, 100, 1, "glorot_uniform", "glorot_uniform")
    for own, theirs in zip(drawn, [model.coefs_[0], model.intercepts_[0]], strict=False):
        assert np.abs(own).max() == pytest.approx(np.abs(theirs).max(), rel=0.03)
        assert own.std() == pytest.approx(theirs.std(), rel=0.1)


def test_epochs_are_those_of_kerass_engine() -> None:
    theirs = schedule(12, 5, 3, True, 9)
    ours = list(itertools.islice(numpy_order(12, 9), 3))
    np.testing.assert_array_equal(theirs.reshape(3, -1)[:, :12], ours)
    longer = list(itertools.islice(numpy_order(12, 9, 18), 2))
    np.testing.assert_array_equal(np.concatenate(ours), np.concatenate(longer))
