"""One model on H2O's server: train it, read its record, score the rows."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from crossframe.core.types import FloatArray, IntArray, Value
from crossframe.frameworks.contract import FitRequest, FitResult, Status
from crossframe.frameworks.h2o import frames
from crossframe.frameworks.h2o._model import Call, H2OModel, TrainedModel
from crossframe.frameworks.h2o.rest import H2ORefused, Rest, parameters, python_name

_WARNING = re.compile(r"\sWARN\s+\S+: (?!\w+: |Expected all Validation)(.*\S)")
"""A warning in the log; those that begin with a field's name come over REST as well."""
_NOTE = re.compile(r"\sINFO\s+\S+: (Achieved requested .*|Removed collinear .*|.*[Ee]arly stopping.*)")


@dataclass(frozen=True)
class Keys:
    """Names on the server of the new model, the training frame and the evaluation frame."""

    model: str
    train: str
    evaluation: str


@dataclass
class Clock:
    """Seconds by phase; a phase lasts from the end of the one before to its `lap`."""

    laps: dict[str, float] = field(default_factory=dict)
    _since: float = field(default_factory=time.perf_counter)

    def lap(self, phase: str) -> None:
        """Add the seconds since the last lap to ``laps[phase]``."""
        now = time.perf_counter()
        self.laps[phase] = self.laps.get(phase, 0.0) + now - self._since
        self._since = now


def train(model: H2OModel, rest: Rest, call: Call, keys: Keys, clock: Clock, nodes: int = 1) -> FitResult:
    """Train ``model`` on frame ``keys.train`` of a cluster of ``nodes`` nodes, and score both frames.

    Where the server refuses or aborts the training, its message is the evidence of the result.
    """
    try:
        model.send_frames(rest, call, keys.train)
        return _train(model, rest, call, keys, clock, nodes)
    finally:
        for key in call.frames:
            rest.delete(f"/3/Frames/{key}")


def _train(model: H2OModel, rest: Rest, call: Call, keys: Keys, clock: Clock, nodes: int) -> FitResult:
    request = call.request
    try:
        reply = rest.call(
            "POST",
            f"/3/ModelBuilders/{model.algorithm}",
            training_frame=keys.train,
            response_column=frames.RESPONSE,
            model_id=keys.model,
            **call.arguments,
        )
    except H2ORefused as error:
        return FitResult(Status.REFUSED, evidence=(str(error),))
    job = rest.wait(reply["job"])
    evidence = _evidence(reply, job, dict(zip(call.columns, request.names, strict=True)))
    if job["status"] != "DONE":
        return FitResult(_broken(str(job["exception"])), evidence=evidence)
    record = rest.call("GET", f"/3/Models/{keys.model}")["models"][0]
    clock.lap("fit")
    try:
        train = _scores(rest, keys.model, keys.train, request, len(request.y_train))
        evaluation = _scores(rest, keys.model, keys.evaluation, request, len(request.evaluation.X))
    except H2ORefused as error:
        return FitResult(_broken(str(error)), evidence=(*evidence, str(error)))
    clock.lap("predict")

    schema = record["parameters"]
    effective = {**parameters(schema, "actual_value"), **call.held}
    effective |= model.searched(record, effective)
    unset = [p["name"] for p in schema if p["name"] in model.chosen and p["input_value"] is None]
    # A rule of activity may depend on a value, or on whether the server chose it.
    states = (effective, {**effective, **dict.fromkeys(map(python_name, unset))})
    inert = _inert(model, states, reply["messages"])
    ruled = _ruled(model)
    canonical: dict[str, Value] = {}
    for state in reversed(states):
        # `to_canonical` itself leaves out what is inactive by a rule; other conversions may read it.
        known = {param: value for param, value in state.items() if param in ruled or param not in inert}
        canonical |= model.to_canonical(known, request.size)
    trained = TrainedModel(request, call.columns, record, effective, evidence)
    described = model.describe(trained)
    if nodes > 1 and (words := model.on_nodes(trained, nodes)):
        canonical["parallel.nodes"] = nodes
        described["convergence"] = "; ".join(filter(None, [described.get("convergence", ""), words]))
    return FitResult(
        score=evaluation.score,
        labels=evaluation.labels,
        train_score=train.score,
        train_labels=train.labels,
        is_probability=evaluation.probable,
        threshold=_threshold(record, evaluation),
        effective=effective,
        canonical=canonical,
        inert=inert,
        evidence=evidence,
        initial_weights=call.initial_weights,
        **described,
    )


def noteworthy(log: str, request: FitRequest, columns: Sequence[str]) -> list[str]:
    """Lines of the server's ``log`` that warn, or report a rule or a choice that no reply contains."""
    names = dict(zip(columns, request.names, strict=True))
    matches = [_WARNING.search(line) or _NOTE.search(line) for line in log.splitlines()]
    return [_with_names(match[1], names) for match in matches if match]


@dataclass(frozen=True)
class _Scored:
    """Scores of a frame's rows, whether they are probabilities, and labels; -1: no label.

    Of more than two classes a score is (m, K), and 0 for a class without a training row.
    """

    score: FloatArray
    probable: bool
    labels: IntArray | None


def _scores(rest: Rest, model: str, frame: str, request: FitRequest, rows: int) -> _Scored:
    """Probabilities with the server's labels, or fitted values, which Leek's rule labels for classes.

    ``rows``: how many the frame has.
    """
    key = f"{model}_{frame}"
    path = f"/3/Predictions/models/{model}/frames/{frame}"
    try:
        rest.call("POST", path, predictions_frame=key)
        held = frames.download(rest, key, rows)
    finally:
        rest.delete(f"/3/Frames/{key}")
    if "predict" not in held:
        raise H2ORefused("the model predicts no class", 0, {})
    predicted, probable = held["predict"], "p1" in held
    if request.task == "numbers":
        return _Scored(predicted, False, None)
    if request.classes > 2:
        nothing = np.zeros(len(predicted))
        score = np.column_stack([held.get(f"p{c}", nothing) for c in range(request.classes)])
        return _Scored(score, True, np.where(np.isnan(predicted), -1, predicted).astype(np.int64))
    labels = predicted if probable else np.where(predicted > 0.5, 1.0, 0.0 * predicted)
    score = held["p1"] if probable else predicted
    return _Scored(score, probable, np.where(np.isnan(labels), -1, labels).astype(np.int64))


def _threshold(record: Mapping[str, Any], scored: _Scored) -> float | None:
    """The server's threshold; 0.5 (Leek's rule) for the fitted values of classes; None of several."""
    if scored.labels is None or scored.score.ndim > 1:
        return None
    return float(record["output"]["default_threshold"]) if scored.probable else 0.5


def _broken(message: str) -> Status:
    """The status of a training that gave no usable model, from the server's ``message``."""
    unstable = re.search(r"unstable|instability|exponential growth|NaN", message) is not None
    return Status.DIVERGED if unstable else Status.REFUSED


def _evidence(reply: Mapping[str, Any], job: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, ...]:
    messages = [m["message"] for m in reply["messages"] if m["message_type"] in ("WARN", "ERRR")]
    messages += job["warnings"] or []
    if job["exception"]:
        # The server wraps its message in the address of the node.
        wrapping = r"^DistributedException from \S+ '|', caused by .*"
        text = re.sub(wrapping, "", str(job["exception"]), flags=re.S)
        messages.append(" ".join(text.split()))
    return tuple(dict.fromkeys(_with_names(message, names) for message in messages))


def _with_names(message: str, names: Mapping[str, str]) -> str:
    """``message`` with the user's feature names in place of the server's, the first ten of a long list."""
    listed = re.search(r"\[(c\d+(?:, c\d+)*)\]", message)
    if listed is None:
        return message
    columns = listed[1].split(", ")
    shown = ", ".join(names.get(c, c) for c in sorted(columns, key=lambda c: int(c[1:]))[:10])
    more = f" and {len(columns) - 10} more" if len(columns) > 10 else ""
    return message.replace(listed[0], f"{shown}{more}")


def _inert(
    model: H2OModel, states: Sequence[Mapping[str, Value]], messages: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    """Parameters without effect, with the reason: by their rules, else by the server's messages.

    ``states`` are the effective settings, and the same without those that the server chose: a parameter
    is inactive when it is so in both. If it has a rule the server's message is ignored, because rules
    were established by experiment.
    """
    effective, _ = states
    reasons, unchosen = (model.inactive(state) for state in states)
    unruled = model.parameters - _ruled(model)
    unused = {python_name(m["field_name"]): m["message"] for m in messages if m["message_type"] == "TRACE"}
    listed = {param: message for param, message in unused.items() if param in unruled}
    listed |= {param: why for param, why in reasons.items() if param in unchosen}
    return {param: why for param, why in listed.items() if param in effective}


def _ruled(model: H2OModel) -> set[str]:
    """The parameters whose activity has a rule."""
    return {b.param for b in model.bindings if b.active_if or b.never}
