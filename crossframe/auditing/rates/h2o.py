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

from crossframe import settings
from crossframe.auditing.rates import sample
from crossframe.auditing.rates.h2o_bench import TO_THE_END, WEIGHT, Bench
from crossframe.auditing.rates.none import h2o_rows
from crossframe.auditing.rates.record import Follower, LearningRate, Path, travelled
from crossframe.engines import h2o_outcome as outcome
from crossframe.engines.base import EngineConfig, Value
from crossframe.engines.h2o_rest import Rest
from crossframe.engines.h2o_server import Server
from crossframe.updates import Adadelta, Array, H2OAdadelta, H2OSgd

_PAGES = "https://docs.h2o.ai/h2o/latest-stable/h2o-docs/data-science/algo-params"


@dataclass(frozen=True)
class Mode:
    """A way of training: its name, what is set for it, and what the declared rate is there."""

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


class H2ORates:
    """Measures on a server of its own; see `crossframe.engines.host.EngineProcess`."""

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._server: Server | None = None
        self._bench: Bench | None = None

    def measure(
        self, updates: int, sizes: Sequence[int], modes: Sequence[Mode] = MODES
    ) -> tuple[list[LearningRate], dict[str, str]]:
        """The rows, and the version of what computed them; `CannotStart` where H2O cannot run."""
        bench = self.bench()
        found = [_measure(bench, mode, updates, sizes) for mode in modes]
        return [*found, *h2o_rows()], {"h2o": str(bench.rest.call("GET", "/3/Cloud")["version"])}

    def bench(self) -> Bench:
        """A server to train on; it ends with `close`."""
        if self._server is None or self._bench is None:
            self._server = Server(self._config.scratch, self._config.threads)
            self._bench = Bench(Rest(self._server.address))
        return self._bench

    def close(self) -> None:
        """End the server."""
        if self._bench is not None:
            self._bench.rest.close()
        if self._server is not None:
            self._server.close()


def written(options: Mapping[str, Value], defaults: Mapping[str, Any]) -> H2OAdadelta | H2OSgd:
    """The rule of a mode: its options over the declared defaults."""
    held = {**defaults, **options}
    if held["adaptive_rate"]:
        return H2OAdadelta(held["rho"], held["epsilon"], held["fast_mode"])
    return H2OSgd(
        rate=held["rate"],
        rate_annealing=held["rate_annealing"],
        rate_decay=held["rate_decay"],
        momentum_start=held["momentum_start"],
        momentum_ramp=held["momentum_ramp"],
        momentum_stable=held["momentum_stable"],
        nesterov=held["nesterov_accelerated_gradient"],
        fast_mode=held["fast_mode"],
    )


def follow(bench: Bench, options: Mapping[str, Value], updates: int) -> Follower:
    """Train the small network row by row, each update a model continued from the one before."""
    X, y = sample.rows()
    rule = written(options, bench.defaults())
    held = sample.start(X.shape[1])
    weights: list[Array] = [w.astype(np.float64) if w.ndim == 1 else w for w in held]
    state = rule.start(weights)
    textbook = Adadelta(1.0, rule.rho, rule.epsilon) if isinstance(rule, H2OAdadelta) else None
    book = textbook.start(weights) if textbook is not None else None
    singles, start = bench.single_rows(X, y), bench.initial(weights)
    follower = Follower()
    before = ""
    for u, (x, label) in enumerate(sample.stream(updates)):
        origin = {"checkpoint": before} if before else start
        model, new = bench.train(
            singles[u % len(singles)], epochs=u + 1, weights_column=WEIGHT, **origin, **TO_THE_END, **options
        )
        gradient = sample.gradient(weights, x, label)
        by_book = textbook.step(book, weights, gradient) if textbook and book else None
        follower.follow(weights, new, gradient, rule.step(state, weights, gradient), by_book)
        weights, before = new, model
    return follower


def _measure(bench: Bench, mode: Mode, updates: int, sizes: Sequence[int]) -> LearningRate:
    defaults = bench.defaults()
    rule = written(mode.options, defaults)
    in_force = {**{name: defaults[name] for name in ("adaptive_rate", "rate")}, **mode.options}
    adaptive = isinstance(rule, H2OAdadelta)
    return LearningRate(
        "h2o",
        mode.name,
        declared=float(defaults["rate"]),
        parameter="rate",
        inactive=settings.inert("h2o.mlp", in_force).get("rate", ""),
        schedule="none: a rate of its own for every weight" if adaptive else _annealing(rule),
        epsilon=float(defaults["epsilon"]) if adaptive else None,
        epsilon_enters=H2OAdadelta.epsilon_enters if adaptive else "",
        formula=type(rule).formula,
        source=f"{_PAGES}/{mode.page}.html",
        paths=tuple(_path(bench, mode.options, n) for n in sizes if mode.whole),
        short=mode.short,
        standard=not mode.options,
        note=_note(rule),
        **follow(bench, mode.options, updates).found(),
    )


def _annealing(rule: H2OAdadelta | H2OSgd) -> str:
    assert isinstance(rule, H2OSgd)
    momentum = f", times 1 - momentum = {1 - rule.momentum:.3g}" if rule.momentum else ""
    return f"rate / (1 + {rule.rate_annealing:g} * rows seen){momentum}"


def _note(rule: H2OAdadelta | H2OSgd) -> str:
    if isinstance(rule, H2OAdadelta):
        return "the textbook's rule differs by the approximate root and by the bias, which uses its weights"
    if rule.momentum_stable != rule.momentum_start:
        return f"the ramp is not climbed: the momentum is {rule.momentum:.3g} in every update"
    return ""


def _path(bench: Bench, options: Mapping[str, Value], n: int) -> Path:
    """Train on ``n`` digits with H2O's own epochs and stopping; then to the end of each of its epochs."""
    X, y = sample.digits(n)
    weights = sample.start(X.shape[1])
    frame, start = bench.frame(X, y), bench.initial(weights)
    model = bench.model(bench.train(frame, **start, **options)[0])
    ending = outcome.deep_learning_ending(model, outcome.parameters(model["parameters"], "actual_value"))
    done = round(ending.epochs or 0)
    ends: list[Sequence[Array]] = [weights]
    for epoch in range(1, done + 1):
        more = {**options, "epochs": epoch, "overwrite_with_best_model": False}
        ends.append(bench.train(frame, **start, **more)[1])
    path, net = travelled(ends)
    return Path(n, done * n, done, 1, path, net, ending.convergence)
