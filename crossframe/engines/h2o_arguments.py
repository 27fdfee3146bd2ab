"""A request as the server takes it: its spelling of the parameters, and small frames beside the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from crossframe import settings
from crossframe.engines import h2o_frames as frames
from crossframe.engines.base import FitRequest, FloatArray, Target, Value
from crossframe.engines.h2o_rest import Rest
from crossframe.settings.families import for_target

_BOUNDS = ("lower_bounds", "upper_bounds")


@dataclass
class Call:
    """What is sent to a model builder.

    Attributes
    ----------
    arguments
        In the server's spelling.
    frames
        Names of the frames made for it, to be removed after the fit.
    held
        crossframe's parameters that are frames on the server, as these frames hold them.
    """

    arguments: dict[str, Value | list[Value]]
    frames: list[str] = field(default_factory=list)
    held: dict[str, Value] = field(default_factory=dict)


def prepare(rest: Rest, request: FitRequest, columns: Sequence[str], prefix: str) -> Call:
    """The arguments of ``request``; what the server takes as a frame is made one, named by ``prefix``."""
    given = _given(request)
    call = Call({"seed": request.seed})
    if request.model == "glm":
        call.arguments["family"] = "binomial"
        call.held = dict.fromkeys((*_BOUNDS, "plug_values"))
    for name, value in given.items():
        if name not in call.held:
            spelled, sent = _spelled(name, value, given, request)
            call.arguments[spelled] = sent
    if given.get("plug_values") is not None:
        key = f"{prefix}_plug"
        frames.upload(rest, key, columns, np.full((1, len(columns)), given["plug_values"], np.float64))
        call.frames.append(key)
        call.arguments["plug_values"] = key
        call.held["plug_values"] = frames.lowest(rest, key)[columns[0]]
    bounds = {name: given[name] for name in _BOUNDS if given.get(name) is not None}
    if bounds:
        key = f"{prefix}_bounds"
        kept = [columns[j] for j in _varying(request.X_train, given)]
        frames.upload_named(rest, key, kept, {name: float(v) for name, v in bounds.items()})  # type: ignore[arg-type]
        call.frames.append(key)
        call.arguments["beta_constraints"] = key
        call.held |= {name: value for name, value in frames.lowest(rest, key).items() if name in bounds}
    return call


def target(request: FitRequest) -> Target:
    """What is to be sent: the Gaussian family takes numbers, also for two classes."""
    gaussian = request.model == "glm" and _given(request).get("family") == "gaussian"
    return request.y_train.astype(np.float64) if gaussian else request.y_train


def _given(request: FitRequest) -> dict[str, Value]:
    model = f"h2o.{request.model}"
    native = for_target(model, request.settings, request.native, request.task)
    return settings.to_native(model, request.settings, native, len(request.y_train))


def _spelled(
    name: str, value: Value, given: Mapping[str, Value], request: FitRequest
) -> tuple[str, Value | list[Value]]:
    """The server's name of a parameter, and its value: where it takes a list, a number becomes one."""
    if value is None:
        return name.rstrip("_"), None
    if name in ("lambda_", "alpha"):
        return name.rstrip("_"), [value]
    if name == "hidden":
        return name, list(value)  # type: ignore[arg-type]
    if name == "hidden_dropout_ratios":
        return name, [value] * len(given.get("hidden", (200, 200)))  # type: ignore[arg-type]
    if name == "class_sampling_factors":
        return name, [1.0, value]
    if name == "startval":
        return name, [value] * (len(_varying(request.X_train, given)) + 1)
    return name, value


def _varying(X: FloatArray, given: Mapping[str, Value]) -> list[int]:
    """The columns that the server keeps."""
    if not given.get("ignore_const_cols", True):
        return list(range(X.shape[1]))
    return [j for j in range(X.shape[1]) if len(np.unique(X[~np.isnan(X[:, j]), j])) > 1]
