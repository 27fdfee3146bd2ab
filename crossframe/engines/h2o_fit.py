"""One model on H2O's server: build it, ask what it became, score the rows."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from crossframe import settings
from crossframe.engines import h2o_frames as frames
from crossframe.engines import h2o_outcome as outcome
from crossframe.engines.base import FitRequest, FitResult, FloatArray, IntArray, Status, Value
from crossframe.engines.h2o_rest import H2ORefused, Rest
from crossframe.engines.separation import certificate, proves_separation

ALGORITHMS = {"glm": "glm", "mlp": "deeplearning"}
"""crossframe's name of a model -> the server's."""

"""Settings that H2O has without a parameter for them."""

_WARNS = re.compile(r"\sWARN\s+\S+: (?!\w+: |Expected all Validation)(.*\S)")
"""A warning in the log; those that begin with a field's name come over REST as well."""
_TELLS = re.compile(r"\sINFO\s+\S+: (Achieved requested .*|Removed collinear .*|.*[Ee]arly stopping.*)")


@dataclass(frozen=True)
class Keys:
    """Names on the server: of the model to come, the training frame and the evaluation frame."""

    model: str
    train: str
    evaluation: str


@dataclass
class Clock:
    """Seconds by phase; a phase is what has passed since the last one ended."""

    laps: dict[str, float] = field(default_factory=dict)
    _since: float = field(default_factory=time.perf_counter)

    def lap(self, phase: str) -> None:
        """End a phase."""
        now = time.perf_counter()
        self.laps[phase] = self.laps.get(phase, 0.0) + now - self._since
        self._since = now


def build(rest: Rest, request: FitRequest, columns: Sequence[str], keys: Keys, clock: Clock) -> FitResult:
    """Train ``request.model`` on frame ``keys.train`` and score both frames.

    A model that the server refuses, or gives up, is a result with its words as evidence.
    """
    try:
        reply = rest.call(
            "POST",
            f"/3/ModelBuilders/{ALGORITHMS[request.model]}",
            training_frame=keys.train,
            response_column=frames.RESPONSE,
            model_id=keys.model,
            **_arguments(request),
        )
    except H2ORefused as error:
        return FitResult(Status.REFUSED, evidence=(str(error),))
    job = rest.wait(reply["job"])
    evidence = _evidence(reply, job, dict(zip(columns, request.names, strict=True)))
    if job["status"] != "DONE":
        return replace(_broken(str(job["exception"])), evidence=evidence)
    model = rest.call("GET", f"/3/Models/{keys.model}")["models"][0]
    clock.lap("fit")
    try:
        train = _scores(rest, keys.model, keys.train)
        evaluation = _scores(rest, keys.model, keys.evaluation)
    except H2ORefused as error:
        return replace(_broken(str(error)), evidence=(*evidence, str(error)))
    clock.lap("predict")

    in_force = outcome.parameters(model["parameters"], "actual_value")
    coefficients = None
    if request.model == "glm":
        coefficients = outcome.glm_coefficients(model, in_force, columns, request.names)
        ending = outcome.glm_ending(model, in_force, coefficients.aliased, " ".join(evidence))
        X, y = request.X_train, request.y_train
        if in_force["lambda_"] == 0.0 and proves_separation(X, y, coefficients):
            word = f"{ending.convergence}, {certificate(len(y))}"
            ending = replace(ending, status=Status.SEPARATED, convergence=word)
    else:
        ending = outcome.deep_learning_ending(model, in_force)
    inert = _inert(request.model, in_force, reply["messages"])
    active = {name: value for name, value in in_force.items() if name not in inert}
    known = settings.to_canonical(f"h2o.{request.model}", active, len(request.y_train))
    return FitResult(
        status=ending.status,
        score=evaluation[0],
        labels=evaluation[1],
        train_score=train[0],
        train_labels=train[1],
        threshold=model["output"]["default_threshold"],
        coefficients=coefficients,
        effective=in_force,
        canonical=known,
        inert=inert,
        updates=ending.updates,
        iterations=ending.iterations,
        epochs=ending.epochs,
        epochs_asked=ending.epochs_asked,
        convergence=ending.convergence,
        evidence=evidence,
        deterministic=request.model == "glm" or bool(in_force["reproducible"]),
    )


def noteworthy(log: str, request: FitRequest, columns: Sequence[str]) -> list[str]:
    """The lines of the server's log that warn, or tell of a rule or a choice no other place shows."""
    names = dict(zip(columns, request.names, strict=True))
    found = [_WARNS.search(line) or _TELLS.search(line) for line in log.splitlines()]
    return [_with_names(line[1], names) for line in found if line]


def _arguments(request: FitRequest) -> dict[str, Value | list[Value]]:
    """The builder's parameters in the server's spelling."""
    model = f"h2o.{request.model}"
    given = settings.to_native(model, request.settings, request.native, len(request.y_train))
    arguments: dict[str, Value | list[Value]] = {"seed": request.seed}
    if request.model == "glm":
        arguments["family"] = "binomial"
    for name, value in given.items():
        if name == "lambda_":
            arguments["lambda"] = [value]
        elif name == "alpha":
            arguments["alpha"] = [value]
        elif name == "hidden":
            arguments["hidden"] = list(value)  # type: ignore[arg-type]
        elif name == "hidden_dropout_ratios":
            layers = given.get("hidden", (200, 200))
            arguments[name] = [value] * len(layers)  # type: ignore[arg-type]
        else:
            arguments[name] = value
    return arguments


def _scores(rest: Rest, model: str, frame: str) -> tuple[FloatArray, IntArray]:
    """(probability of 1, the server's own label) for the rows of a frame; no label is -1."""
    key = f"{model}_{frame}"
    path = f"/3/Predictions/models/{model}/frames/{frame}"
    try:
        rest.call("POST", path, predictions_frame=key)
        found = frames.download(rest, key)
    finally:
        rest.delete(f"/3/Frames/{key}")
    labels = found["predict"]
    return found["p1"], np.where(np.isnan(labels), -1, labels).astype(np.int64)


def _broken(words: str) -> FitResult:
    unstable = re.search(r"unstable|instability|exponential growth|NaN", words) is not None
    return FitResult(Status.DIVERGED if unstable else Status.REFUSED)


def _evidence(reply: Mapping[str, Any], job: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, ...]:
    said = [m["message"] for m in reply["messages"] if m["message_type"] in ("WARN", "ERRR")]
    said += job["warnings"] or []
    if job["exception"]:
        # The server wraps its words in the address of the node they come from.
        words = re.sub(
            r"^DistributedException from \S+ '|', caused by .*", "", str(job["exception"]), flags=re.S
        )
        said.append(" ".join(words.split()))
    return tuple(dict.fromkeys(_with_names(words, names) for words in said))


def _with_names(words: str, names: Mapping[str, str]) -> str:
    """The user's feature names in place of the server's; a long list of them as its length."""
    listed = re.search(r"\[(c\d+(?:, c\d+)*)\]", words)
    if listed is None:
        return words
    columns = listed[1].split(", ")
    shown = ", ".join(names.get(c, c) for c in sorted(columns, key=lambda c: int(c[1:]))[:10])
    more = f" and {len(columns) - 10} more" if len(columns) > 10 else ""
    return words.replace(listed[0], f"{shown}{more}")


def _inert(
    model: str, in_force: Mapping[str, Value], messages: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    """Parameters without effect here: by the table of settings, by the server's own word, and by what
    its source does on one node."""
    bound = {b.param for b in settings.bindings(f"h2o.{model}")}
    reasons = settings.inert(f"h2o.{model}", in_force)
    reasons |= {name: words for name, words in outcome.unused(messages).items() if name in bound}
    if in_force.get("elastic_averaging"):
        for name in (
            "elastic_averaging",
            "elastic_averaging_moving_rate",
            "elastic_averaging_regularization",
        ):
            reasons[name] = "averages nodes, and there is one"
    if in_force.get("mini_batch_size", 1) != 1:
        reasons["mini_batch_size"] = "the server sets it back to 1"
    if in_force.get("stopping_rounds") == 0:
        for name in ("stopping_metric", "stopping_tolerance"):
            reasons.setdefault(name, "used only with stopping_rounds above 0")
    if in_force.get("momentum_start") == 0 and in_force.get("momentum_stable") == 0:
        reasons.setdefault("nesterov_accelerated_gradient", "looks ahead by the momentum, and there is none")
    return {name: reason for name, reason in reasons.items() if name in in_force}
