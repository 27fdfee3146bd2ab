"""Learning rates of scikit-learn's linear model trained by gradient descent: its schedules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from crossframe import updates as rules
from crossframe.auditing.rates import sample
from crossframe.auditing.rates.record import Follower, LearningRate, Path, travelled
from crossframe.updates import Array

_LINEAR = "https://scikit-learn.org/stable/modules/generated/sklearn.linear_model.SGDClassifier.html"


def linear_models() -> dict[str, dict[str, Any]]:
    """Row -> what is set, for every schedule that the live ``SGDClassifier`` knows."""
    from sklearn.linear_model import SGDClassifier

    options = SGDClassifier._parameter_constraints["learning_rate"]
    known = sorted({name for option in options for name in getattr(option, "options", ())})
    default = SGDClassifier().learning_rate
    found: dict[str, dict[str, Any]] = {f"SGDClassifier({default!r}, default)": {}}
    for name in known:
        # Passive-aggressive steps are made for the hinge loss and refused with another one.
        loss = "hinge" if name.startswith("pa") else "log_loss"
        found[f"SGDClassifier({name!r}, {loss!r})"] = {"learning_rate": name, "loss": loss}
    return found


def linear_rate(params: dict[str, Any]) -> rules.Rate:
    """The learning rate of a schedule of ``SGDClassifier``, update by update."""
    if params["learning_rate"] == "optimal":
        return rules.optimal(params["alpha"])
    if params["learning_rate"] == "invscaling":
        return rules.inverse_scaling(params["eta0"], params["power_t"])
    return float(params["eta0"])


def follow_linear(options: dict[str, Any], updates: int) -> Follower:
    """Train the linear model row by row with ``partial_fit``."""
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


def linear(name: str, options: dict[str, Any], updates: int, sizes: Sequence[int]) -> LearningRate:
    """One row: a schedule declared, followed, and trained to the end."""
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
        **follow_linear(options, updates).found(),
    )


def _linear_path(options: dict[str, Any], n: int) -> Path:
    """``fit``, and then again to the end of each of its epochs: the same rows in the same order."""
    from sklearn.linear_model import SGDClassifier

    X, y = sample.digits(n)
    start = [w.astype(np.float64) for w in sample.start(X.shape[1], "linear")]

    def fitted(**more: Any) -> Any:
        model = SGDClassifier(random_state=1, **options, **more)
        # Copies, for scikit-learn trains in the very arrays that it is given.
        return model.fit(X, y, coef_init=start[0][None, :].copy(), intercept_init=start[1].copy())

    whole = fitted()
    ends: list[Sequence[Array]] = [start]
    for epoch in range(1, whole.n_iter_ + 1):
        model = fitted(max_iter=epoch)
        ends.append([model.coef_[0], model.intercept_])
    assert np.array_equal(ends[-1][0], whole.coef_[0]), "the epochs are not those of the whole training"
    path, net = travelled(ends)
    ended = f"max_iter={whole.max_iter}"
    if whole.n_iter_ < whole.max_iter:
        ended = f"own rule, of {ended}: the loss fell by less than tol={whole.tol:g} in "
        ended += f"{whole.n_iter_no_change} epochs"
    return Path(n, round(whole.t_) - 1, whole.n_iter_, 1, path, net, ended)
