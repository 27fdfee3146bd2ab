"""Learning rates in scikit-learn: its network, its linear model by gradient descent, other solvers."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from crossframe.frameworks import learning_rate_sample as sample
from crossframe.frameworks.contract import EngineConfig
from crossframe.frameworks.learning_rate import Follower, LearningRate, Path, travelled
from crossframe.frameworks.sklearn.capture import PAGES
from crossframe.optima import updates as rules
from crossframe.optima.updates import Array

_NETWORK = PAGES.format(version="stable", page="sklearn.neural_network.MLPClassifier")
_LINEAR = PAGES.format(version="stable", page="sklearn.linear_model.SGDClassifier")
_LOGISTIC = PAGES.format(version="stable", page="sklearn.linear_model.LogisticRegression")
_LEAST_SQUARES = PAGES.format(version="stable", page="sklearn.linear_model.LinearRegression")
_SOLVERS = {
    "lbfgs": "none: quasi-Newton (L-BFGS with a line search)",
    "liblinear": "none: coordinate descent or trust-region Newton",
    "newton-cg": "none: Newton with conjugate gradients and a line search",
    "newton-cholesky": "none: Newton with a line search",
}

NETWORKS: dict[str, dict[str, Any]] = {
    "MLPClassifier(solver='adam', default)": {"solver": "adam"},
    "MLPClassifier(solver='sgd')": {"solver": "sgd"},
    "MLPClassifier(solver='sgd', learning_rate='invscaling')": {
        "solver": "sgd",
        "learning_rate": "invscaling",
    },
    "MLPClassifier(solver='sgd', learning_rate='adaptive')": {"solver": "sgd", "learning_rate": "adaptive"},
}
"""Name of a row -> the arguments that differ from the defaults."""


class SklearnRates:
    """The learning rates of scikit-learn, measured in an `EngineProcess`."""

    def __init__(self, config: EngineConfig) -> None:
        pass

    def measure(self, updates: int, sizes: Sequence[int]) -> tuple[list[LearningRate], dict[str, str]]:
        """The rows of all optimizers, and the version of scikit-learn by name.

        ``updates`` are followed one by one; ``sizes`` are numbers of digits for trainings by ``fit``.
        """
        import sklearn

        with _quiet():
            rows = [_network(name, options, updates, sizes) for name, options in NETWORKS.items()]
            rows.append(_quasi_newton())
            rows += [_linear(name, options, updates, sizes) for name, options in _linear_models().items()]
        return [*rows, *_without_rate()], {"scikit-learn": sklearn.__version__}

    def close(self) -> None:
        """Do nothing, because no resource is kept after a call."""


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress warnings: trainings here end before convergence on purpose."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def network(weights: Sequence[Array], **options: Any) -> Any:
    """An ``MLPClassifier`` of one hidden layer of tanh units that starts from ``weights``.

    It keeps the weights at the end of every epoch in ``ends``.
    """
    from sklearn.neural_network import MLPClassifier

    class FromWeights(MLPClassifier):  # type: ignore[misc]
        """``MLPClassifier`` whose initial weights are given."""

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

    ``rates`` are the effective rates of the updates so far; only the schedule ``adaptive`` needs them,
    which lowers the rate when the loss stalls, and so depends on more than the gradients.
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
    """Train the small network for ``updates`` rows with ``partial_fit``; ``options`` of `network`."""
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
        **follow_network(options, updates).measured(),
    )


def _network_path(options: dict[str, Any], n: int) -> Path:
    X, y = sample.digits(n)
    model = network(sample.start(X.shape[1], "logistic"), **options)
    model.fit(X, y)
    batch = min(200, n)
    path, net = travelled(model.ends)
    return Path(n, model.n_iter_ * -(-n // batch), model.n_iter_, batch, path, net, _ended(model))


def _ended(model: Any) -> str:
    """The reason why the training of a fitted estimator ended."""
    limit = f"max_iter={model.max_iter}"
    if model.n_iter_ >= model.max_iter:
        return limit
    rule = f"the loss fell by less than tol={model.tol:g} in {model.n_iter_no_change} epochs"
    return f"own rule, of {limit}: {rule}"


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


def _linear_models() -> dict[str, dict[str, Any]]:
    """Name of a row -> arguments, for every schedule that the live ``SGDClassifier`` has."""
    from sklearn.linear_model import SGDClassifier

    options = SGDClassifier._parameter_constraints["learning_rate"]
    known = sorted({name for option in options for name in getattr(option, "options", ())})
    default = SGDClassifier().learning_rate
    models: dict[str, dict[str, Any]] = {f"SGDClassifier({default!r}, default)": {}}
    for name in known:
        # Passive-aggressive steps are made for the hinge loss and refused with another one.
        loss = "hinge" if name.startswith("pa") else "log_loss"
        models[f"SGDClassifier({name!r}, {loss!r})"] = {"learning_rate": name, "loss": loss}
    return models


def linear_rate(params: dict[str, Any]) -> rules.Rate:
    """The learning rate of a schedule of ``SGDClassifier``, update by update."""
    if params["learning_rate"] == "optimal":
        return rules.optimal(params["alpha"])
    if params["learning_rate"] == "invscaling":
        return rules.inverse_scaling(params["eta0"], params["power_t"])
    return float(params["eta0"])


def follow_linear(options: dict[str, Any], updates: int) -> Follower:
    """Train ``SGDClassifier(**options)`` for ``updates`` rows with ``partial_fit``."""
    from sklearn.linear_model import SGDClassifier

    X, _ = sample.rows()
    weights: list[Array] = [w.astype(np.float64) for w in sample.start(X.shape[1], "linear")]
    model = SGDClassifier(**options)
    model.coef_, model.intercept_ = weights[0][None, :].copy(), weights[1].copy()
    params = model.get_params()
    aggressive = params["learning_rate"].startswith("pa")
    rule = rules.Sgd(linear_rate(params))
    leap = rules.PassiveAggressive(params["learning_rate"], params["eta0"], params["alpha"])
    state = rule.start(weights)
    follower = Follower()
    for x, y in sample.stream(updates):
        gradient = sample.linear_gradient(weights, x, y, params["loss"], params["alpha"])
        if aggressive:
            coef, intercept = leap.step(weights[0], float(weights[1][0]), x, 2 * y - 1)
            by_rule = [coef, np.array([intercept])]
        else:
            by_rule = rule.step(state, weights, gradient)
        model.partial_fit(x[None, :], [y], classes=[0, 1])
        new: list[Array] = [model.coef_[0].copy(), model.intercept_.copy()]
        follower.follow(weights, new, gradient, by_rule)
        weights = new
    return follower


def _linear(name: str, options: dict[str, Any], updates: int, sizes: Sequence[int]) -> LearningRate:
    """The row of one schedule: declared, followed update by update, and trained by ``fit``."""
    from sklearn.linear_model import SGDClassifier

    params = SGDClassifier(**options).get_params()
    kind = params["learning_rate"]
    schedules = {
        "optimal": f"1 / (alpha (t0 + t)), alpha={params['alpha']:g}, first rate alpha^(-1/4)",
        "constant": "constant",
        "invscaling": f"eta0 / t^{params['power_t']:g}",
        "adaptive": f"constant in partial_fit; fit takes a fifth whenever {params['n_iter_no_change']} "
        f"epochs gained less than tol={params['tol']:g}",
        "pa1": "min(eta0, loss / |x|^2) of each row",
        "pa2": "loss / (|x|^2 + 1/(2 eta0)) of each row",
    }
    formula = rules.PassiveAggressive.formula.get(kind, "w = w - eta g, g with the penalty's alpha w")
    return LearningRate(
        "sklearn",
        name,
        declared=params["eta0"],
        parameter="eta0",
        inactive="the schedule 'optimal' starts from alpha and t" if kind == "optimal" else "",
        schedule=schedules.get(kind, ""),
        formula=formula,
        source=_LINEAR,
        short=f"SGDClassifier {kind}",
        standard=not options,
        paths=tuple(_linear_path(options, n) for n in sizes),
        note=f"linear model, loss {params['loss']!r}",
        **follow_linear(options, updates).measured(),
    )


def _linear_path(options: dict[str, Any], n: int) -> Path:
    """``fit``, and again with each smaller ``max_iter``, which gives the weights after every epoch."""
    from sklearn.linear_model import SGDClassifier

    X, y = sample.digits(n)
    start = [w.astype(np.float64) for w in sample.start(X.shape[1], "linear")]

    def fitted(**more: Any) -> Any:
        model = SGDClassifier(random_state=1, **options, **more)
        # Copies, because scikit-learn writes into the given arrays.
        return model.fit(X, y, coef_init=start[0][None, :].copy(), intercept_init=start[1].copy())

    whole = fitted()
    ends: list[Sequence[Array]] = [start]
    for epoch in range(1, whole.n_iter_ + 1):
        model = fitted(max_iter=epoch)
        ends.append([model.coef_[0], model.intercept_])
    assert np.array_equal(ends[-1][0], whole.coef_[0]), "the epochs differ from those of the whole training"
    path, net = travelled(ends)
    return Path(n, round(whole.t_) - 1, whole.n_iter_, 1, path, net, _ended(whole))


def _without_rate() -> list[LearningRate]:
    """A row for least squares, and one for each solver of the live ``LogisticRegression``."""
    from sklearn.linear_model import LogisticRegression

    options = LogisticRegression._parameter_constraints["solver"]
    names = sorted({name for option in options for name in getattr(option, "options", ())})
    least_squares = "none: singular value decomposition, no iteration"
    rows = [LearningRate("sklearn", "LinearRegression", none=least_squares, source=_LEAST_SQUARES)]
    for name in names:
        title = f"LogisticRegression(solver={name!r})"
        if name in ("sag", "saga"):
            rows.append(_averaged_gradient(name, title))
        else:
            none = _SOLVERS.get(name, "none declared")
            rows.append(LearningRate("sklearn", title, none=none, source=_LOGISTIC))
    return rows


def _averaged_gradient(name: str, title: str) -> LearningRate:
    """The row of sag or saga, which compute their step from the rows: its rule and value on the sample."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.linear_model._sag import get_auto_step_size

    X, _ = sample.rows()
    alpha = 1.0 / (LogisticRegression().C * len(X))
    largest = float((X**2).sum(axis=1).max())
    step = get_auto_step_size(largest, alpha, "log", True, len(X), name == "saga")
    rule = {"sag": "1/L", "saga": "1/(2L + min(2 n alpha, L))"}[name]
    return LearningRate(
        "sklearn",
        title,
        none="none to declare: the step is computed from the rows",
        schedule=f"constant {rule}, L = (max|x|^2 + 1)/4 + alpha; {step:.3g} on the {len(X)} rows here",
        source=_LOGISTIC,
    )
