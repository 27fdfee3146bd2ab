"""Starting weights and orders of the rows that the trainer draws itself."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from crossframe.core.errors import UsageError
from crossframe.frameworks.h2o.arithmetic import starting_weights as h2o_start
from crossframe.frameworks.h2o.arithmetic import uniform_weights
from crossframe.frameworks.keras import net as keras_net
from crossframe.frameworks.keras.loop import schedule
from crossframe.frameworks.registry import model
from crossframe.optima.network import NetworkSpec, Scaling, numpy_order, random_start

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


def test_biases_as_wide_as_kerass_of_that_name() -> None:
    """Keras's glorot_uniform of a bias knows the units alone, unlike scikit-learn's."""
    keras_net.start(1)
    import keras

    table = model("keras.mlp")
    rule = table.to_canonical({"bias_initializer": "glorot_uniform"}, 1)["init.biases"]
    drawn = random_start(NETWORK, 100, 1, "glorot_uniform", str(rule))
    for i, units in enumerate(NETWORK.hidden):
        theirs = np.asarray(keras.initializers.GlorotUniform()((units,)))
        assert np.abs(drawn[2 * i + 1]).max() == pytest.approx(np.abs(theirs).max(), rel=0.03)
    with pytest.raises(UsageError, match="its units alone"):
        table.to_native({"init.biases": "glorot_uniform"}, {}, 1)


def test_the_standard_deviation_of_a_column_may_be_1() -> None:
    from sklearn.preprocessing import StandardScaler

    X = np.array([[0.0, 5.0, 1.0], [1.0, 5.0, 4.0], [2.0, 5.0, 2.0]])
    np.testing.assert_allclose(Scaling.by("sd_n", X)(X), StandardScaler().fit_transform(X), atol=1e-15)


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
