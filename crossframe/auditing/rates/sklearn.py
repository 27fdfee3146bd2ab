"""Learning rates in scikit-learn: the two solvers of its network; all else it has is called from here."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from crossframe import updates as rules
from crossframe.auditing.rates import sample
from crossframe.auditing.rates.none import sklearn_rows
from crossframe.auditing.rates.record import Follower, LearningRate, Path, travelled
from crossframe.auditing.rates.sklearn_linear import linear, linear_models
from crossframe.engines.base import EngineConfig
from crossframe.updates import Array

_NETWORK = "https://scikit-learn.org/stable/modules/generated/sklearn.neural_network.MLPClassifier.html"

NETWORKS: dict[str, dict[str, Any]] = {
    "MLPClassifier(solver='adam', default)": {"solver": "adam"},
    "MLPClassifier(solver='sgd')": {"solver": "sgd"},
    "MLPClassifier(solver='sgd', learning_rate='invscaling')": {
        "solver": "sgd",
        "learning_rate": "invscaling",
    },
    "MLPClassifier(solver='sgd', learning_rate='adaptive')": {"solver": "sgd", "learning_rate": "adaptive"},
}
"""Row -> what is set; everything else is the default."""


class SklearnRates:
    """Measures in a process of its own; see `crossframe.engines.host.EngineProcess`."""

    def __init__(self, config: EngineConfig) -> None:
        pass

    def measure(self, updates: int, sizes: Sequence[int]) -> tuple[list[LearningRate], dict[str, str]]:
        """The rows, and the version of what computed them."""
        import sklearn

        with _quiet():
            found = [_network(name, options, updates, sizes) for name, options in NETWORKS.items()]
            found.append(_quasi_newton())
            found += [linear(name, options, updates, sizes) for name, options in linear_models().items()]
        return [*found, *sklearn_rows(*sample.rows())], {"scikit-learn": sklearn.__version__}

    def close(self) -> None:
        """Nothing is held."""


@contextmanager
def _quiet() -> Iterator[None]:
    """An epoch fewer than asked for is meant here, and no cause for a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def network(weights: Sequence[Array], **options: Any) -> Any:
    """An ``MLPClassifier`` of one hidden layer of tanh units that starts from ``weights``.

    It keeps the weights at the end of every epoch in ``ends``.
    """
    from sklearn.neural_network import MLPClassifier

    class FromWeights(MLPClassifier):  # type: ignore[misc]
        """The start is given in place of drawn; all else is inherited."""

        def _init_coef(self, fan_in: int, fan_out: int, dtype: Any) -> tuple[Array, Array]:
            kernel, bias = next((k, b) for k, b in pairs if k.shape == (fan_in, fan_out))
            return kernel.astype(np.float64), bias.astype(np.float64)

        def _update_no_improvement_count(self, *arguments: Any) -> None:
            ends.append(held(self))
            super()._update_no_improvement_count(*arguments)

    pairs = list(zip(weights[0::2], weights[1::2], strict=True))
    ends: list[list[Array]] = [[w.astype(np.float64) for w in weights]]
    # `get_params` reads the signature of the class, which the inherited one keeps.
    model = FromWeights(
        hidden_layer_sizes=(weights[0].shape[1],), activation="tanh", random_state=1, **options
    )
    model.ends = ends
    return model


def held(model: Any) -> list[Array]:
    """The weights of a network: kernel and bias of each layer in turn."""
    return [
        np.array(array)
        for pair in zip(model.coefs_, model.intercepts_, strict=True)
        for array in pair
    ]  # fmt: skip


def network_rule(params: dict[str, Any], rates: Sequence[float]) -> rules.Rule:
    """The rule of a network with these parameters.

    ``rates`` are those in force in each update so far; only the schedule ``adaptive`` needs them,
    which cuts the rate when the loss stalls, and so depends on more than the gradients.
    """
    if params["solver"] == "adam":
        return rules.Adam(params["learning_rate_init"], params["beta_1"], params["beta_2"], params["epsilon"])
    schedule: rules.Rate = params["learning_rate_init"]
    if params["learning_rate"] == "invscaling":
        schedule = rules.inverse_scaling(params["learning_rate_init"], params["power_t"])
    elif params["learning_rate"] == "adaptive":
        schedule = lambda t: rates[t]  # noqa: E731
    return rules.Sgd(schedule, params["momentum"], params["nesterovs_momentum"])


def follow_network(options: dict[str, Any], updates: int) -> Follower:
    """Train the small network row by row with ``partial_fit``."""
    X, _ = sample.rows()
    weights: list[Array] = [w.astype(np.float64) for w in sample.start(X.shape[1], "logistic")]
    model = network(weights, **options)
    params = model.get_params()
    rates: list[float] = []
    rule = network_rule(params, rates)
    state = rule.start(weights)
    follower = Follower()
    for x, y in sample.stream(updates):
        optimizer = getattr(model, "_optimizer", None)
        rates.append(optimizer.learning_rate if optimizer else params["learning_rate_init"])
        gradient = sample.gradient(weights, x, y, params["alpha"])
        model.partial_fit(x[None, :], [y], classes=[0, 1])
        new = held(model)
        follower.follow(weights, new, gradient, rule.step(state, weights, gradient))
        weights = new
    return follower


def _network(name: str, options: dict[str, Any], updates: int, sizes: Sequence[int]) -> LearningRate:
    from sklearn.neural_network import MLPClassifier

    params = MLPClassifier(**options).get_params()
    adam, constant = params["solver"] == "adam", params["learning_rate"] == "constant"
    schedule = {
        "constant": "constant",
        "invscaling": f"rate / (t + 1)^{params['power_t']:g}, t rows seen",
        "adaptive": f"a fifth whenever the loss has not fallen by tol={params['tol']:g} in "
        f"{params['n_iter_no_change']} epochs; a row is an epoch of partial_fit",
    }["constant" if adam else params["learning_rate"]]
    rule = network_rule(params, [])
    return LearningRate(
        "sklearn",
        name,
        declared=params["learning_rate_init"],
        parameter="learning_rate_init",
        schedule=schedule,
        epsilon=params["epsilon"] if adam else None,
        epsilon_enters=rule.epsilon_enters if adam else "",
        formula=rule.formula,
        source=_NETWORK,
        short=" ".join(["MLP", params["solver"], *([] if adam or constant else [params["learning_rate"]])]),
        standard=params["solver"] == MLPClassifier().solver,
        paths=tuple(_network_path(options, n) for n in sizes),
        note=f"one logistic unit; the gradient includes the penalty alpha={params['alpha']:g}",
        **follow_network(options, updates).found(),
    )


def _network_path(options: dict[str, Any], n: int) -> Path:
    X, y = sample.digits(n)
    model = network(sample.start(X.shape[1], "logistic"), **options)
    model.fit(X, y)
    batch = min(200, n)
    path, net = travelled(model.ends)
    ended = f"max_iter={model.max_iter}"
    if model.n_iter_ < model.max_iter:
        ended = f"own rule, of {ended}: the loss fell by less than tol={model.tol:g} in "
        ended += f"{model.n_iter_no_change} epochs"
    return Path(n, model.n_iter_ * -(-n // batch), model.n_iter_, batch, path, net, ended)


def _quasi_newton() -> LearningRate:
    from sklearn.neural_network import MLPClassifier

    return LearningRate(
        "sklearn",
        "MLPClassifier(solver='lbfgs')",
        none="none: quasi-Newton (L-BFGS with a line search)",
        declared=MLPClassifier().learning_rate_init,
        parameter="learning_rate_init",
        inactive="used only with solver 'sgd' or 'adam'",
        source=_NETWORK,
    )
