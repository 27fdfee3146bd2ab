"""A gap that no setting closes: the same name for two update rules."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from crossframe.explain.attribution.record import Standing
from crossframe.explain.explanation import Conclusion, Explanation
from crossframe.explain.report import document
from tests.explain.test_over_draws import over_draws, store

__all__ = ["store"]

COMMON = "hidden=20,epochs=5,rho=0.95,epsilon=1e-6"
H2O = (
    f"h2o.mlp:{COMMON},activation=Tanh,reproducible=true,standardize=false,ignore_const_cols=false,"
    "initial_weight_distribution=Uniform,initial_weight_scale=0.3,fast_mode=false,classification_stop=-1,"
    "stopping_rounds=0,overwrite_with_best_model=false,decision.threshold=0.5"
)
KERAS = (
    f"keras.mlp:{COMMON},activation=tanh,dropout=0,kernel_initializer=random_uniform,minval=-0.3,maxval=0.3,"
    "batch_size=1,optimizer=adadelta,learning_rate=1"
)


@pytest.fixture(scope="module")
def small_numbers(tmp_path_factory):
    """Two clouds two standard deviations apart, in units of which that is 0.04.

    H2O steps a bias by the mean squared gradient of its unit's weights, which such small inputs make small.
    """
    rng = np.random.default_rng(4)
    y = rng.integers(0, 2, 1500)
    X = 0.02 * (rng.standard_normal((1500, 5)) + 2 * (y[:, None] - 0.5))
    file = tmp_path_factory.mktemp("table") / "small.csv"
    header = ",".join([*(f"x{j}" for j in range(5)), "y"])
    np.savetxt(file, np.column_stack([X, y]), delimiter=",", header=header, comments="", fmt="%.8g")
    return file


@pytest.mark.slow
def test_adadelta_of_h2o_against_that_of_keras(store, small_numbers):
    found, told, _ = over_draws(
        store, H2O, KERAS, data=small_numbers, target="y", n=60, draws=6, seeds=1,
        metric="logloss",
    )  # fmt: skip
    assert found.verdict is Conclusion.IMPLEMENTATION
    assert [(c["setting"], c["left"], c["right"]) for c in told["causes"]] == [
        ("optimizer.form", "h2o", "keras")
    ]
    assert told["residual"]["name"] == "implementation"
    assert told["residual"]["settings"] == ["optimizer.form"]
    ends = [c for c in told["calibration"] if c["end"]]
    assert [c["fit"] for c in ends] == ["exact", "inside"]
    assert max(abs(b) for b in ends[1]["interval"]) < abs(told["gap"]["difference"]) / 2
    assert told["computed_by"] == {"the referee": 2}
    assert told["verification"] == []
    # On all rows, beside what another seed changes: the rule by name, with its own effect.
    (rule,) = told["same_rows"]["implementation"]
    assert (rule["setting"], rule["scores"] > 0.01) == ("optimizer.form", True)
    page = document(found).markdown()
    assert "H2O's ADADELTA (a bias steps by the mean squared gradient of its unit's weights" in page
    assert "with every other setting equal this changes a score by" in page


def test_a_setting_that_changes_nothing_leaves_the_rules_alone():
    def explained(**standings):
        shares = [
            SimpleNamespace(setting=name.replace("_", "."), standing=s) for name, s in standings.items()
        ]
        best = SimpleNamespace(
            bundles=[SimpleNamespace(name=s.setting) for s in shares],
            attribution=SimpleNamespace(shares=shares),
            calibration=(),
        )
        rules = [SimpleNamespace(setting="optimizer.form")]
        return Explanation.rules_alone.fget(SimpleNamespace(best=best, rules=rules))

    assert explained(optimizer_form=Standing.CAUSE)
    assert explained(optimizer_form=Standing.CAUSE, dropout_inverted=Standing.INERT)
    assert not explained(optimizer_form=Standing.CAUSE, epochs=Standing.CAUSE)
    assert not explained(dropout_inverted=Standing.INERT)


def test_words_that_only_one_framework_has_for_the_same_start():
    from crossframe.experiment.spec import parse
    from crossframe.explain.bundles import Bundle
    from crossframe.explain.expression import expressed
    from crossframe.explain.switches import SettingSwitch

    h2o = {"init.weights": "uniform", "init.scale": 0.3}
    keras = {"init.weights": "uniform", "init.lower": -0.05, "init.upper": 0.05}
    bundle = Bundle("init.weights", "init.weights", (SettingSwitch("init.scale", 0.3, 0.05),))
    sides = parse(H2O), parse(KERAS)
    left, _ = expressed(sides[0], 0, (h2o, keras), bundle)
    right, _ = expressed(sides[1], 1, (h2o, keras), bundle)
    assert left.settings["init.scale"] == 0.05
    assert (right.settings["init.lower"], right.settings["init.upper"]) == (-0.3, 0.3)


def test_what_does_nothing_is_no_difference():
    from crossframe.explain.bundles import differing

    left = {"architecture.hidden": 8, "dropout.inverted": False, "dropout.hidden": 0.0, "model.kept": "last",
            "stopping.rule": "framework", "stopping.train_error": -1.0, "stopping.rounds": 0,
            "optimizer.rule": "adadelta"}  # fmt: skip
    right = {"architecture.hidden": (8,), "dropout.inverted": True, "dropout.hidden": 0.0,
             "model.kept": "last", "stopping.rule": "none", "optimizer.rule": "adadelta",
             "optimizer.learning_rate": 1.0}  # fmt: skip
    assert differing(left, right) == ()
    stops = left | {"stopping.train_error": 0.0}
    told = right | {"dropout.hidden": 0.5, "optimizer.learning_rate": 0.5}
    assert {b.group for b in differing(stops, told)} == {
        "dropout.hidden", "stopping.rule", "optimizer.rule"
    }  # fmt: skip


def test_adadelta_with_the_arithmetic_of_another_framework_keeps_its_rate_of_1():
    from crossframe.explain.reference_network import completed, reference_network

    h2o = completed({"optimizer.rule": "adadelta", "optimizer.skip_zero_inputs": True, "epochs": 2.0})
    assert h2o["optimizer.form"] == "h2o"
    made = reference_network({**h2o, "optimizer.form": "keras"}, "as Keras has it")
    assert {**made.settings, **made.native}["optimizer.learning_rate"] == 1.0
