"""Learning rates in H2O's deep learning: its ADADELTA mode, its SGD mode, and SGD with momentum.

Real weights after every update come from a chain: each update is a model of its own, trained for
one epoch on a frame in which one row has a weight above 0, and continued from the model before
(``checkpoint``), with its accumulators and its count of rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from crossframe.core.types import Value
from crossframe.frameworks import learning_rate_sample as sample
from crossframe.frameworks.contract import EngineConfig
from crossframe.frameworks.h2o.learning_rates_server import TO_THE_END, WEIGHT, NetworkTrainer
from crossframe.frameworks.h2o.models.mlp import MODEL, ended
from crossframe.frameworks.h2o.rest import Rest, parameters
from crossframe.frameworks.h2o.server import Server
from crossframe.frameworks.learning_rate import Follower, LearningRate, Path, travelled
from crossframe.optima.updates import Adadelta, AnnealedSgd, ApproximateAdadelta, Array

_PAGES = "https://docs.h2o.ai/h2o/latest-stable/h2o-docs/data-science/algo-params"


@dataclass(frozen=True)
class Mode:
    """A way of training: its name, its options, and the documentation page of its parameter."""

    name: str
    options: Mapping[str, Value] = field(default_factory=dict)
    page: str = "rate"
    short: str = ""
    whole: bool = True
    """Whether trainings of H2O's own length are measured too."""


MODES = (
    Mode("ADADELTA (adaptive_rate=True, default)", page="adaptive_rate", short="ADADELTA"),
    Mode("SGD (adaptive_rate=False)", {"adaptive_rate": False}, short="SGD"),
    Mode(
        "SGD, momentum 0.9 (Nesterov, default)",
        {"adaptive_rate": False, "momentum_start": 0.9, "momentum_stable": 0.9},
        page="momentum_start",
        short="SGD, momentum",
    ),
    Mode(
        "SGD, momentum 0.9, nesterov_accelerated_gradient=False",
        {
            "adaptive_rate": False,
            "momentum_start": 0.9,
            "momentum_stable": 0.9,
            "nesterov_accelerated_gradient": False,
        },
        page="nesterov_accelerated_gradient",
        short="SGD, momentum, not Nesterov",
        whole=False,
    ),
    Mode(
        "SGD, momentum 0.5 to 0.99 over 10 rows",
        {"adaptive_rate": False, "momentum_start": 0.5, "momentum_stable": 0.99, "momentum_ramp": 10.0},
        page="momentum_ramp",
        short="SGD, momentum ramp",
        whole=False,
    ),
)

_SOLVER = f"{_PAGES}/solver.html"
_WITHOUT_A_RATE = (
    LearningRate(
        "h2o", "GLM (solver IRLSM)", none="none: IRLS with coordinate descent or ADMM inside", source=_SOLVER
    ),
    LearningRate(
        "h2o", "GLM (solver L_BFGS)", none="none: quasi-Newton (L-BFGS with a line search)", source=_SOLVER
    ),
)
"""Fits without a learning rate."""


class H2ORates:
    """The learning rates of H2O, measured on a server of its own in an `EngineProcess`."""

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._server: Server | None = None
        self._trainer: NetworkTrainer | None = None

    def measure(
        self, updates: int, sizes: Sequence[int], modes: Sequence[Mode] = MODES
    ) -> tuple[list[LearningRate], dict[str, str]]:
        """The rows, and the version of H2O by name. Raises `CannotStart` where H2O cannot run.

        ``updates`` are followed one by one; ``sizes`` are numbers of digits for whole trainings.
        """
        trainer = self.trainer()
        rows = [_measure(trainer, mode, updates, sizes) for mode in modes]
        return [*rows, *_WITHOUT_A_RATE], {"h2o": str(trainer.rest.call("GET", "/3/Cloud")["version"])}

    def trainer(self) -> NetworkTrainer:
        """The trainer of this object's server, which starts with the first call and ends with `close`."""
        if self._server is None or self._trainer is None:
            self._server = Server(self._config.scratch, self._config.threads)
            self._trainer = NetworkTrainer(Rest(self._server.address))
        return self._trainer

    def close(self) -> None:
        """Close the connection and end the server, if one was started."""
        if self._trainer is not None:
            self._trainer.rest.close()
        if self._server is not None:
            self._server.close()


def written(options: Mapping[str, Value], defaults: Mapping[str, Any]) -> ApproximateAdadelta | AnnealedSgd:
    """The update rule of a mode, by its options and else the declared defaults."""
    held = {**defaults, **options}
    if held["adaptive_rate"]:
        return ApproximateAdadelta(held["rho"], held["epsilon"], held["fast_mode"])
    return AnnealedSgd(
        rate=held["rate"],
        rate_annealing=held["rate_annealing"],
        rate_decay=held["rate_decay"],
        momentum_start=held["momentum_start"],
        momentum_ramp=held["momentum_ramp"],
        momentum_stable=held["momentum_stable"],
        nesterov=held["nesterov_accelerated_gradient"],
        fast_mode=held["fast_mode"],
    )


def follow(trainer: NetworkTrainer, options: Mapping[str, Value], updates: int) -> Follower:
    """Train the small network for ``updates`` rows, each a model continued from the one before."""
    X, y = sample.rows()
    rule = written(options, trainer.defaults())
    held = sample.start(X.shape[1])
    weights: list[Array] = [w.astype(np.float64) if w.ndim == 1 else w for w in held]
    state = rule.start(weights)
    textbook = Adadelta(1.0, rule.rho, rule.epsilon) if isinstance(rule, ApproximateAdadelta) else None
    book = textbook.start(weights) if textbook is not None else None
    singles, start = trainer.single_rows(X, y), trainer.initial(weights)
    follower = Follower()
    before = ""
    for u, (x, label) in enumerate(sample.stream(updates)):
        origin = {"checkpoint": before} if before else start
        model, new = trainer.train(
            singles[u % len(singles)], epochs=u + 1, weights_column=WEIGHT, **origin, **TO_THE_END, **options
        )
        gradient = sample.gradient(weights, x, label)
        by_book = textbook.step(book, weights, gradient) if textbook and book else None
        follower.follow(weights, new, gradient, rule.step(state, weights, gradient), by_book)
        weights, before = new, model
    return follower


def _measure(trainer: NetworkTrainer, mode: Mode, updates: int, sizes: Sequence[int]) -> LearningRate:
    defaults = trainer.defaults()
    rule = written(mode.options, defaults)
    effective = {**{name: defaults[name] for name in ("adaptive_rate", "rate")}, **mode.options}
    adaptive = isinstance(rule, ApproximateAdadelta)
    return LearningRate(
        "h2o",
        mode.name,
        declared=float(defaults["rate"]),
        parameter="rate",
        inactive=MODEL.inactive(effective).get("rate", ""),
        schedule="none: a rate of its own for every weight" if adaptive else _annealing(rule),
        epsilon=float(defaults["epsilon"]) if adaptive else None,
        epsilon_enters=ApproximateAdadelta.epsilon_enters if adaptive else "",
        formula=type(rule).formula,
        source=f"{_PAGES}/{mode.page}.html",
        paths=tuple(_path(trainer, mode.options, n) for n in sizes if mode.whole),
        short=mode.short,
        standard=not mode.options,
        note=_note(rule),
        **follow(trainer, mode.options, updates).measured(),
    )


def _annealing(rule: ApproximateAdadelta | AnnealedSgd) -> str:
    assert isinstance(rule, AnnealedSgd)
    momentum = f", times 1 - momentum = {1 - rule.momentum:.3g}" if rule.momentum else ""
    return f"rate / (1 + {rule.rate_annealing:g} * rows seen){momentum}"


def _note(rule: ApproximateAdadelta | AnnealedSgd) -> str:
    if isinstance(rule, ApproximateAdadelta):
        return "the textbook's rule differs by the approximate root and by the bias, which uses its weights"
    if rule.momentum_stable != rule.momentum_start:
        return f"the ramp is not climbed: the momentum is {rule.momentum:.3g} in every update"
    return ""


def _path(trainer: NetworkTrainer, options: Mapping[str, Value], n: int) -> Path:
    """Train on ``n`` digits with H2O's own epochs and stopping; then to the end of each of its epochs."""
    X, y = sample.digits(n)
    weights = sample.start(X.shape[1])
    frame, start = trainer.frame(X, y), trainer.initial(weights)
    model = trainer.model(trainer.train(frame, **start, **options)[0])
    training = ended(model, parameters(model["parameters"], "actual_value"))
    done = round(training["epochs"])
    ends: list[Sequence[Array]] = [weights]
    for epoch in range(1, done + 1):
        more = {**options, "epochs": epoch, "overwrite_with_best_model": False}
        ends.append(trainer.train(frame, **start, **more)[1])
    path, net = travelled(ends)
    return Path(n, done * n, done, 1, path, net, training["convergence"])
