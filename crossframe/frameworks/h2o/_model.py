"""The record of a model of H2O: its algorithm, its arguments, and what it reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from crossframe.core.types import Target, Value
from crossframe.frameworks.contract import FitRequest
from crossframe.frameworks.h2o import FRAMEWORK, frames
from crossframe.frameworks.h2o.rest import Rest
from crossframe.frameworks.model import Model
from crossframe.frameworks.programs import keywords


@dataclass
class Call:
    """A fit in the arguments of a model builder of the server.

    Attributes
    ----------
    request, columns
        The request, and the server's names of its k features.
    native
        The settings in the spelling of H2O's Python client.
    arguments
        The settings in the server's spelling.
    frames
        Names of the frames made for the arguments, to be removed after the fit.
    held
        Parameters that are frames on the server, with their values as these frames hold them.
    initial_weights
        See `FitResult`, as the frames hold them.
    """

    request: FitRequest
    columns: Sequence[str]
    native: Mapping[str, Value]
    arguments: dict[str, Value | Sequence[Value]] = field(default_factory=dict)
    frames: list[str] = field(default_factory=list)
    held: dict[str, Value] = field(default_factory=dict)
    initial_weights: str = ""

    @property
    def kept(self) -> list[str]:
        """The columns that the server keeps: constant ones are left out unless it is asked to keep them."""
        X = self.request.X_train
        if not self.native.get("ignore_const_cols", True):
            return list(self.columns)
        return [c for c, x in zip(self.columns, X.T, strict=True) if len(np.unique(x[~np.isnan(x)])) > 1]


@dataclass(frozen=True)
class TrainedModel:
    """A trained model as the server describes it.

    Attributes
    ----------
    request, columns
        The request, and the server's names of its k features.
    reply
        The model's record, decoded from JSON.
    effective
        The values of its parameters after training.
    evidence
        Warnings of the fit.
    """

    request: FitRequest
    columns: Sequence[str]
    reply: Mapping[str, Any]
    effective: Mapping[str, Value]
    evidence: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class H2OModel(Model):
    """A model of H2O.

    Attributes
    ----------
    algorithm
        Name of its model builder in the REST interface.
    page
        Page of the documentation that lists the parameters.
    sent
        Arguments that are sent by default.
    lists
        Parameters for which the server takes a list -> the function from one value to that list.
    framed
        Parameters for which the server takes a frame.
    send_frames
        (server, call, name on the server) -> nothing: makes the frames of the parameters ``framed``,
        and adds them to the call.
    chosen
        Parameters, by the server's names, that it chooses where none is given.
    searched
        (the model's record, parameters after training) -> the values at which a search ended.
    describe
        The fields of `FitResult` that depend on the model: ``status``, ``convergence``, ``coefficients``,
        ``updates``, ``iterations``, ``epochs``, ``epochs_asked``, ``deterministic``.
    on_nodes
        (trained model, number of nodes above 1) -> what a cluster of several nodes did otherwise, in words;
        empty where one node trained it, as on a cluster of one.
    """

    algorithm: str
    page: str
    sent: Mapping[str, Value] = field(default_factory=dict)
    lists: Mapping[str, Callable[[Any, Call], list[Value]]] = field(default_factory=dict)
    framed: tuple[str, ...] = ()
    send_frames: Callable[[Rest, Call, str], None] = lambda rest, call, key: None
    chosen: tuple[str, ...] = ()
    searched: Callable[[Mapping[str, Any], Mapping[str, Value]], Mapping[str, Value]] = (
        lambda reply, effective: {}
    )
    describe: Callable[[TrainedModel], dict[str, Any]]
    on_nodes: Callable[[TrainedModel, int], str] = lambda fit, nodes: f"on a cluster of {nodes} nodes"

    def source(self, arguments: Mapping[str, Value]) -> list[str]:
        """See `Model`: in Python, with lists where the client takes lists."""
        hidden = arguments.get("hidden")
        layers = len(hidden) if isinstance(hidden, tuple) else 2
        ratios = {k: v for k, v in arguments.items() if k == "hidden_dropout_ratios"}
        listed: dict[str, list[Value]] = {name: [value] * layers for name, value in ratios.items()}
        listed |= {name: list(value) for name, value in arguments.items() if isinstance(value, tuple)}
        plain = {name: value for name, value in arguments.items() if name not in listed}
        return [*(f"{name}={value}" for name, value in listed.items()), *keywords(plain)]

    def call(self, request: FitRequest, columns: Sequence[str]) -> Call:
        """The call for ``request``, without the arguments that the server takes as frames.

        Raises `UsageError` for a setting that the model cannot express.
        """
        given = self.for_task(request.settings, request.native, request.task, request.classes)
        native = self.to_native(request.settings, given, request.size)
        call = Call(request, columns, native, held=dict.fromkeys(self.framed))
        call.arguments = {"seed": request.seed, **self.sent}
        if request.weights is not None:
            call.arguments["weights_column"] = frames.WEIGHTS
        if request.offset is not None:
            call.arguments["offset_column"] = frames.OFFSET
        for name, value in native.items():
            if name not in self.framed:
                listed = value is not None and name in self.lists
                # `lambda` is a keyword of Python, where the parameter has an underscore.
                call.arguments[name.rstrip("_")] = self.lists[name](value, call) if listed else value
        return call

    def target(self, call: Call) -> Target:
        """The target to send, (n,): families of numbers take numbers, also for two classes."""
        y = call.request.y_train
        # The server has a threshold of its own wherever it fits classes.
        stated = self.to_canonical(call.native, len(y))
        return y if stated["decision.threshold"] == "f1_optimal" else y.astype(np.float64)


def model(short: str) -> H2OModel:
    """The model of that name, without the framework's. Raises `UsageError` for one that H2O lacks."""
    record = FRAMEWORK.model(short)
    assert isinstance(record, H2OModel)
    return record


def models() -> tuple[H2OModel, ...]:
    """The records of all models of H2O, in the order of tables."""
    return tuple(model(m.short) for m in FRAMEWORK.all_models())
