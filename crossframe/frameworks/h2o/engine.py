"""The H2O engine: a server of crossframe's own, or a cluster that is there already.

The server is spoken to over REST, as H2O's own clients do; each fit sends its training rows, and
takes back what the server holds (for the fingerprint), the model, and the scores as hexadecimal
doubles. The evaluation rows stay on the server from fit to fit.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Target, fingerprint
from crossframe.frameworks.contract import (
    Availability,
    Declared,
    EngineConfig,
    EvalRows,
    FitRequest,
    FitResult,
    Status,
)
from crossframe.frameworks.h2o import FRAMEWORK, _model, frames
from crossframe.frameworks.h2o.capture import parameters, path
from crossframe.frameworks.h2o.fit import Clock, Keys, noteworthy, train
from crossframe.frameworks.h2o.rest import Address, H2OGone, H2ORefused, Rest, plain
from crossframe.frameworks.h2o.server import CannotStart, Server

_KEPT_FRAMES = 3
"""Evaluation frames kept on the server; a run has one, two runs side by side have two."""


class H2O:
    """The engine of H2O-3, driven by its REST interface."""

    name = FRAMEWORK.name

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._server: Server | None = None
        self._rest: Rest | None = None
        self._prefix = f"crossframe_{secrets.token_hex(4)}"
        self._count = 0
        self._evaluations: dict[str, str] = {}

    def probe(self) -> Availability:
        """Start or reach the server, and report which version runs on which Java."""
        try:
            cloud = self._connected().call("GET", "/3/Cloud")
        except CannotStart as error:
            return Availability(False, reason=error.reason, remedy=error.remedy)
        except (H2OGone, H2ORefused, UsageError, ValueError) as error:
            return Availability(False, reason=str(error), remedy="check the address and the credentials")
        versions = {"h2o": str(cloud["version"]), "threads": str(cloud["nodes"][0]["nthreads"])}
        if self._server is not None:
            versions["java"] = self._server.java_version
        return Availability(True, versions)

    def capabilities(self) -> Mapping[str, tuple[str, ...]]:
        """Model name -> the canonical settings it can express."""
        return {m.short: tuple(b.setting for b in m.bindings) for m in _model.models()}

    def defaults(self, model: str) -> tuple[Declared, ...]:
        """The defaults in the server's own description of the algorithm."""
        rest = self._connected()
        version = rest.call("GET", "/3/Cloud")["version"]
        declared = []
        for owner in _model.model(model).callables:
            where = path(owner)
            source = f"GET {where} of H2O {version}"
            values = parameters(rest.call("GET", where), owner)
            declared += [Declared(name, plain(v), source, owner) for name, v in values.items()]
        return tuple(declared)

    def fit(self, request: FitRequest) -> FitResult:
        """Train and predict, see `Engine.fit`.

        Raises
        ------
        RuntimeError
            When the server ends meanwhile; the next call starts another one.
        """
        try:
            return self._fit(self._connected(), request)
        except H2OGone as error:
            tail = self._server.output()[-2000:].strip().splitlines()[-3:] if self._server else []
            self._discard()
            raise RuntimeError(" | ".join([str(error), *tail])) from error

    def close(self) -> None:
        """End crossframe's own server; on a user's cluster remove the frames that are left there."""
        if self._server is None and self._rest is not None:
            try:
                for key in self._evaluations.values():
                    self._rest.delete(f"/3/Frames/{key}")
            except (H2OGone, H2ORefused):
                pass  # A server that has ended holds no frames.
        self._discard()

    @property
    def server(self) -> Server | None:
        """The server that this engine started; None before the start and with a user's cluster."""
        return self._server

    def _fit(self, rest: Rest, request: FitRequest) -> FitResult:
        clock = Clock()
        model = _model.model(request.model)
        columns = tuple(f"c{j}" for j in request.columns or range(request.X_train.shape[1]))
        evaluation = self._evaluation(rest, request.evaluation)
        if evaluation is None:
            return FitResult(Status.CORRUPTED, evidence=("the evaluation rows arrived altered",))
        call = model.call(request, columns)
        keys = Keys(self._new_key("model"), self._new_key("train"), evaluation)
        written = self._server.written if self._server is not None else 0
        try:
            beside = {frames.WEIGHTS: request.weights, frames.OFFSET: request.offset}
            sent = {name: values for name, values in beside.items() if values is not None}
            X = np.column_stack([request.X_train, *sent.values()]) if sent else request.X_train
            self._hand_over(rest, keys.train, (*columns, *sent), X, model.target(call))
            clock.lap("transfer")
            received = fingerprint(*frames.echo(rest, keys.train, columns))
            clock.lap("verify")
            result = train(model, rest, call, keys, clock)
        finally:
            rest.delete(f"/3/Models/{keys.model}")
            rest.delete(f"/3/Frames/{keys.train}")
        logged = []
        if self._server is not None:
            logged = noteworthy(self._server.output(written), request, columns)
        return replace(
            result,
            evidence=tuple(dict.fromkeys([*result.evidence, *logged])),
            fingerprint=received,
            timings=clock.laps,
        )

    def _hand_over(self, rest: Rest, key: str, columns: tuple[str, ...], X: FloatArray, y: Target) -> None:
        """Send the training sample to the server as frame ``key``."""
        frames.upload(rest, key, columns, X, y)

    def _new_key(self, kind: str) -> str:
        """A name on the server that no other client uses."""
        self._count += 1
        return f"{self._prefix}_{kind}{self._count}"

    def _evaluation(self, rest: Rest, rows: EvalRows) -> str | None:
        """The frame of the evaluation rows, sent if it is not there; None when it arrived altered."""
        if rows.key not in self._evaluations:
            while len(self._evaluations) >= _KEPT_FRAMES:
                oldest = next(iter(self._evaluations))
                rest.delete(f"/3/Frames/{self._evaluations.pop(oldest)}")
            columns = [f"c{j}" for j in range(rows.X.shape[1])]
            key = self._new_key("evaluation")
            if rows.offset is None:
                frames.upload(rest, key, columns, rows.X)
            else:
                X = np.column_stack([rows.X, rows.offset])
                frames.upload(rest, key, [*columns, frames.OFFSET], X)
            held, none, _, offset = frames.echo(rest, key, columns)
            same_offset = rows.offset is None or np.array_equal(offset, rows.offset)  # type: ignore[arg-type]
            if fingerprint(held, none) != fingerprint(rows.X, none) or not same_offset:
                rest.delete(f"/3/Frames/{key}")
                return None
            self._evaluations[rows.key] = key
        # The frame used last is removed last.
        self._evaluations[rows.key] = self._evaluations.pop(rows.key)
        return self._evaluations[rows.key]

    def _connected(self) -> Rest:
        """The connection to the server, which is started if none runs."""
        if self._server is not None and not self._server.alive:
            self._discard()
        if self._rest is None:
            if self._config.h2o_url is not None:
                self._rest = Rest(_foreign(self._config.h2o_url))
            else:
                self._server = Server(self._config.scratch, self._config.threads)
                self._rest = Rest(self._server.address)
        return self._rest

    def _discard(self) -> None:
        """Close the connection, and end the server that this engine started."""
        if self._rest is not None:
            self._rest.close()
        if self._server is not None:
            self._server.close()
        self._server = self._rest = None
        self._evaluations.clear()


def _foreign(url: str) -> Address:
    """A cluster's address; credentials that the URL lacks come from the environment."""
    address = Address.parse(url)
    if not address.user and "CROSSFRAME_H2O_USER" in os.environ:
        user, password = os.environ["CROSSFRAME_H2O_USER"], os.environ.get("CROSSFRAME_H2O_PASSWORD", "")
        return replace(address, user=user, password=password)
    return address
