"""The cause of each question on networks, forests and boosting, established without crossframe."""

from __future__ import annotations

import os
import sys
from fractions import Fraction

from tests.cases.proving import direction_separates
from tests.cases.scripts_run import Evidence
from tests.questions import tables
from tests.questions.proofs import compared

SCORES = "net.predict(X, verbose=0)"


def net_without_hidden_layer() -> Evidence:
    # The line x1 + x2 = 3 has the classes on its sides: no finite weights are best.
    data = tables.corners()
    table = {
        "x1": [Fraction(str(v)) for v in data["x1"]],
        "x2": [Fraction(str(v)) for v in data["x2"]],
        "y": list(data["label"]),
    }
    direction = {"1": Fraction(-3), "x1": Fraction(1), "x2": Fraction(1)}
    evidence = compared(6, "model.predict_proba(X)[:, 1]", SCORES)
    assert evidence.gap > 0.1
    return Evidence(evidence.gap, exact=direction_separates(table, direction, 1))


def sgd_networks() -> Evidence:
    # MLPRegressor's objective is half the squared error and alpha / (2 B) |w|^2 of B rows: Keras's L2 is
    # alpha / B, and its rate half of scikit-learn's.
    return compared(
        12,
        "mlp.predict(X)",
        "mlp.predict(X, verbose=0)",
        {
            "penalty.l2": [("right", "L2(1.0)", "L2(1.0 / 100)")],
            "optimizer.learning_rate": [("right", "learning_rate=0.01", "learning_rate=0.005")],
        },
        seeds=[("left", "random_state=0", f"random_state={k}") for k in (1, 2)],
    )


def five_epochs() -> Evidence:
    return compared(
        13,
        "sk_model.predict(X)",
        "tf_model.predict(X, verbose=0)",
        seeds=[("left", "random_state=1", f"random_state={k}") for k in (2, 3)],
    )


def broadcast_target() -> Evidence:
    # The target is a vector: beside a column it becomes a matrix of all rows' targets.
    column = "(output - keras.ops.reshape(target, (-1, 1))) ** 2"
    return compared(14, SCORES, SCORES, {"loss": [("right", "(output - target) ** 2", column)]})


def convolutions() -> Evidence:
    seeds = [(side, "set_random_seed(1)", "set_random_seed(2)") for side in ("left", "right")]
    return compared(15, SCORES, SCORES, seeds=seeds)


def torch_backend() -> Evidence:
    """Where torch is installed, on a processor: as two seeds."""
    seeds = [("left", "set_random_seed(1)", "set_random_seed(2)")]
    return compared(16, SCORES, SCORES, seeds=seeds)


def keras_from_r() -> Evidence:
    os.environ.setdefault("RETICULATE_PYTHON", sys.executable)
    right = "unlist(py_to_r(model$predict(x, verbose = 0L)$ravel()$tolist()))"
    again = [("right", "check <- keras$Sequential(layers)", "keras$utils$set_random_seed(1L)")]
    evidence = compared(
        17,
        "model.predict(x, verbose=0)",
        right,
        {"rerun": again},
        seeds=[("left", "set_random_seed(1)", "set_random_seed(2)")],
    )
    # The network that was only looked at took from the seed's state: with that set again, all numbers agree.
    assert evidence.closed < 1e-5
    return evidence


def forest_class_weights() -> Evidence:
    # Without weights the two agree as two seeds do: both have class weights, of another meaning.
    plain = [("left", ', classwt = c("0" = 1, "1" = 5)', ""), ("right", "class_weight={0: 1, 1: 5}, ", "")]
    return compared(
        18,
        'predict(rf, claims, type = "prob")[, 2]',
        "rf.predict_proba(X)[:, 1]",
        {"class_weight": plain},
        seeds=[("left", "set.seed(1)", "set.seed(2)"), ("right", "random_state=1", "random_state=2")],
    )


def boosting_on_samples() -> Evidence:
    scores = "bst.predict_proba(X)[:, 1]"
    seeds = [("left", "random_state=123", f"random_state={k}") for k in (1, 2, 3)]
    evidence = compared(20, scores, scores, seeds=seeds)
    # Without samples the two agree to the last digit.
    whole = [(s, "subsample=0.5, max_features=0.5, ", "") for s in ("left", "right")]
    assert compared(20, scores, scores, {"rerun": whole}).closed < 1e-12
    return evidence
