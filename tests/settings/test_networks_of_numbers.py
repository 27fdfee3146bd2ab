"""The settings of networks for a target of numbers: one loss and one penalty, in every framework's scale."""

from __future__ import annotations

import pytest

from crossframe.core.types import Value
from crossframe.frameworks.registry import model

N = 80
MODELS: dict[str, tuple[dict[str, Value], str, float, str]] = {
    "sklearn.mlp_regressor": ({"batch_size": 20}, "alpha", 20.0, "half"),
    "keras.mlp": ({"head": "linear1"}, "kernel_l2", 1.0, "full"),
    "h2o.mlp": ({"distribution": "gaussian"}, "l2", 2.0, "full"),
    "r.nnet": ({"linout": True}, "decay", float(N), "full"),
}
"""Model -> settings for numbers, its parameter for the ridge penalty, that per canonical one, the scale."""


@pytest.mark.parametrize("name", MODELS)
def test_a_penalty_is_relative_to_half_the_squared_error(name: str) -> None:
    native, param, each, scale = MODELS[name]
    this = model(name)
    given = this.for_task({}, {k: v for k, v in native.items() if k == "batch_size"}, "numbers")
    assert given == native
    arguments = this.to_native({"penalty.l2": 0.3}, native, N)
    assert arguments[param] == pytest.approx(0.3 * each)
    canonical = this.to_canonical(arguments, N)
    assert canonical["penalty.l2"] == pytest.approx(0.3)
    assert (canonical["architecture.head"], canonical["loss.scale"]) == ("linear1", scale)
    if name != "sklearn.mlp_regressor":
        # Of classes the same argument is another penalty.
        del arguments[next(iter(native))]
        assert this.to_canonical(arguments, N)["penalty.l2"] == pytest.approx(0.6)


def test_what_follows_from_the_kind_of_target() -> None:
    h2o, nnet, regressor = (model(name) for name in ("h2o.mlp", "r.nnet", "sklearn.mlp_regressor"))
    numbers: dict[str, Value] = {"distribution": "gaussian", "initial_weight_distribution": "UniformAdaptive"}
    assert h2o.to_canonical({**numbers, "loss": "Automatic"}, N)["loss"] == "squared_error"
    assert h2o.to_canonical({"distribution": "bernoulli", "loss": "Automatic"}, N)["loss"] == "log_loss"
    assert h2o.to_canonical(numbers, N)["init.weights"] == "glorot_uniform"
    assert h2o.to_native({"init.weights": "glorot_uniform"}, numbers, N)["initial_weight_distribution"] == (
        "UniformAdaptive"
    )
    for standardize, rule in ((True, "sd_n-1"), (False, "none")):
        assert h2o.to_canonical({**numbers, "standardize": standardize}, N)["target.standardize"] == rule
    assert nnet.to_native({}, {"linout": True}, N)["entropy"] is False
    assert nnet.to_native({}, {}, N) == {}
    assert regressor.to_canonical({"loss": "poisson"}, N)["architecture.head"] == "exp1"
