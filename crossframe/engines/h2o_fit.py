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
from crossframe.engines.h2o_arguments import Call, prepare
from crossframe.engines.h2o_rest import H2ORefused, Rest
from crossframe.engines.separation import certificate, proves_separation

ALGORITHMS = {"glm": "glm", "mlp": "deeplearning"}
"""crossframe's name of a model -> the server's."""

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
    call = prepare(rest, request, columns, keys.train)
    try:
        return _build(rest, request, columns, keys, clock, call)
    finally:
        for key in call.frames:
            rest.delete(f"/3/Frames/{key}")


def _build(
    rest: Rest, request: FitRequest, columns: Sequence[str], keys: Keys, clock: Clock, call: Call
) -> FitResult:
    try:
        reply = rest.call(
            "POST",
            f"/3/ModelBuilders/{ALGORITHMS[request.model]}",
            training_frame=keys.train,
            response_column=frames.RESPONSE,
            model_id=keys.model,
            **call.arguments,
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
        train = _scores(rest, keys.model, keys.train, request)
        evaluation = _scores(rest, keys.model, keys.evaluation, request)
    except H2ORefused as error:
        return replace(_broken(str(error)), evidence=(*evidence, str(error)))
    clock.lap("predict")

    in_force = {**outcome.parameters(model["parameters"], "actual_value"), **call.held}
    in_force |= outcome.found_by_search(model, in_force)
    coefficients = None
    if request.model == "glm":
        coefficients = outcome.glm_coefficients(model, in_force, columns, request.names)
        ending = outcome.glm_ending(model, in_force, coefficients.aliased, " ".join(evidence))
        X, y = request.X_train, request.y_train
        free = in_force["lambda_"] == 0.0 and in_force["family"] == "binomial"
        if free and proves_separation(X, y, coefficients):
            word = f"{ending.convergence}, {certificate(len(y))}"
            ending = replace(ending, status=Status.SEPARATED, convergence=word)
    else:
        ending = outcome.deep_learning_ending(model, in_force)
    name, n = f"h2o.{request.model}", len(request.y_train)
    states = (in_force, {**in_force, **outcome.untold(model["parameters"])})
    inert = _inert(name, states, reply["messages"])
    ruled = _ruled(name)
    known: dict[str, Value] = {}
    for state in reversed(states):
        # What is idle by a rule the table leaves out itself; other conversions may look at it.
        told = {param: value for param, value in state.items() if param in ruled or param not in inert}
        known |= settings.to_canonical(name, told, n)
    return FitResult(
        status=ending.status,
        score=evaluation.score,
        labels=evaluation.labels,
        train_score=train.score,
        train_labels=train.labels,
        is_probability=evaluation.probable,
        threshold=_threshold(model, evaluation),
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


@dataclass(frozen=True)
class _Scored:
    """Scores of the rows of a frame, whether they are probabilities of 1, and labels, if any; -1 is none."""

    score: FloatArray
    probable: bool
    labels: IntArray | None


def _scores(rest: Rest, model: str, frame: str, request: FitRequest) -> _Scored:
    """Probabilities with the server's own labels, or fitted values; of classes these have Leek's rule."""
    key = f"{model}_{frame}"
    path = f"/3/Predictions/models/{model}/frames/{frame}"
    try:
        rest.call("POST", path, predictions_frame=key)
        found = frames.download(rest, key)
    finally:
        rest.delete(f"/3/Frames/{key}")
    if "predict" not in found:
        raise H2ORefused("the model predicts no class", 0, {})
    told, probable = found["predict"], "p1" in found
    if request.task == "numbers":
        return _Scored(told, False, None)
    labels = told if probable else np.where(told > 0.5, 1.0, 0.0 * told)
    score = found["p1"] if probable else told
    return _Scored(score, probable, np.where(np.isnan(labels), -1, labels).astype(np.int64))


def _threshold(model: Mapping[str, Any], scored: _Scored) -> float | None:
    """The server's own; Leek's rule for the fitted values of classes."""
    if scored.labels is None:
        return None
    return float(model["output"]["default_threshold"]) if scored.probable else 0.5


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
    name: str, states: Sequence[Mapping[str, Value]], messages: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    """Parameters of ``engine.model`` without effect: by the table of settings, and by the server's word.

    ``states`` are the settings in force, and the same without what the server chose: a rule may ask
    for the value or for who chose it, so that a parameter is idle when it is in both. Where the
    table has a rule the server's word counts for nothing: the rule was found by experiment.
    """
    in_force, _ = states
    reasons, too = (settings.inert(name, state) for state in states)
    bound = {b.param for b in settings.bindings(name)} - _ruled(name)
    said = {param: words for param, words in outcome.unused(messages).items() if param in bound}
    found = said | {param: why for param, why in reasons.items() if param in too}
    return {param: why for param, why in found.items() if param in in_force}


def _ruled(name: str) -> set[str]:
    """The parameters of ``engine.model`` whose activity has a rule."""
    return {b.param for b in settings.bindings(name) if b.active_if or b.never}
