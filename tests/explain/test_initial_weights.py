"""Networks that start from the same weights: equal settings agree, and who draws the weights is a cause."""

from __future__ import annotations

import numpy as np
import pytest

from crossframe.experiment.spec import parse
from crossframe.explain.api import explain
from crossframe.explain.bundles import Bundle, bundled
from crossframe.explain.explanation import Conclusion
from crossframe.explain.expression import expressed
from crossframe.explain.switches import SettingSwitch

SKLEARN = (
    "sklearn.mlp:hidden_layer_sizes=6,activation=tanh,solver=sgd,momentum=0,alpha=0,learning_rate_init=0.125,"
    "max_iter=30,n_iter_no_change=30,batch_size=40,shuffle=no"
)
REFERENCE = (
    "reference.mlp:architecture.hidden=6,architecture.activation=tanh,architecture.head=sigmoid1,"
    "optimizer.rule=sgd,optimizer.learning_rate=0.125,epochs=30,batch.size=40,batch.order=no"
)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """40 rows of four features, in a file."""
    rng = np.random.default_rng(3)
    X = rng.standard_normal((40, 4))
    y = X @ [1.0, -1.0, 0.7, 0.4] + 0.3 * rng.standard_normal(40) > 0
    folder = tmp_path_factory.mktemp("table")
    file = folder / "clouds.csv"
    np.savetxt(file, np.column_stack([X, y]), delimiter=",", header="a,b,c,d,y", comments="", fmt="%.17g")
    return {"data": file, "target": "y", "store": folder / "fits.sqlite"}


def start(found):
    """The finding on the initial weights of both sides."""
    return [d.certificate["equal"] for d in found.diagnoses if d.kind == "initial weights"]


def test_two_frameworks_agree_from_the_same_weights(table):
    found = explain(f"{SKLEARN},init.source=given:1", f"{REFERENCE},init.source=given:1", **table)
    assert found.verdict is Conclusion.AGREE
    assert found.gap.paired.largest < 1e-12
    assert start(found) == [True]


@pytest.mark.parametrize("other", ["own", pytest.param("given:2", marks=pytest.mark.slow)])
def test_who_draws_the_weights_is_a_cause(table, other):
    found = explain(f"{SKLEARN},init.source=given:1", f"{SKLEARN},init.source={other}", **table)
    assert (found.verdict, found.causes) == (Conclusion.EXPLAINED, ("init.source",))
    (share,) = found.to_dict()["causes"]
    assert share["share"] == pytest.approx(1)
    assert start(found) == ([] if other == "own" else [False])


@pytest.mark.slow
def test_other_weights_of_two_frameworks_are_the_cause(table):
    found = explain(f"{SKLEARN},init.source=given:1", f"{REFERENCE},init.source=given:2", **table)
    assert (found.verdict, found.causes) == (Conclusion.EXPLAINED, ("init.source",))


def test_given_weights_need_no_word_for_their_rule():
    """H2O has no Glorot uniform, but can be given the weights."""
    h2o = {"init.source": "own", "init.weights": "glorot_uniform_x4_output", "init.biases": "half_then_one"}
    keras = {"init.source": "given:4", "init.weights": "glorot_uniform", "init.biases": "zeros"}
    members = tuple(SettingSwitch(name, h2o[name], keras[name]) for name in h2o)
    (bundle,) = bundled({"init.weights": members})
    assert bundle == Bundle("init.source", "init.weights", members)
    made, lacking = expressed(parse("h2o.mlp"), 0, (h2o, keras), bundle)
    assert (made.settings, made.native, lacking) == ({"init.source": "given:4"}, {}, [])
