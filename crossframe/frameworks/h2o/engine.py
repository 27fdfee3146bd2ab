"""The H2O engine: a server of crossframe's own, or a cluster that is there already.

The server is spoken to over REST, as H2O's own clients do; each fit sends its training rows, and
takes back what the server holds (for the fingerprint), the model, and the scores as hexadecimal
doubles. The evaluation rows stay on the server from fit to fit. What lies on a user's cluster is leased, see
`crossframe.frameworks.h2o.lease`.
"""

from __future__ import annotations

import contextlib
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
from crossframe.frameworks.h2o import FRAMEWORK, _model, access, frames, lease
from crossframe.frameworks.h2o.capture import parameters, path
from crossframe.frameworks.h2o.cluster import Cluster
from crossframe.frameworks.h2o.fit import Clock, Keys, noteworthy, train
from crossframe.frameworks.h2o.rest import H2OGone, H2ORefused, Rest, plain
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
        self._cluster: Cluster | None = None
        self._lease: lease.Lease | None = None
        self._prefix = f"crossframe_{secrets.token_hex(4)}"
        self._count = 0
        self._evaluations: dict[str, str] = {}

    def probe(self) -> Availability:
        """Start or reach the server, and report which version runs on which Java."""
        try:
            rest = self._connected()
            if self._cluster is not None:
                return Availability(True, self._cluster.versions)
            cloud = rest.call("GET", "/3/Cloud")
        except CannotStart as error:
            return Availability(False, reason=error.reason, remedy=error.remedy)
        except UsageError as error:
            return Availability(False, reason=error.message, remedy=error.hint)
        except (H2OGone, H2ORefused) as error:
            return Availability(False, reason=str(error), remedy="crossframe doctor")
        assert self._server is not None
        versions = {"h2o": str(cloud["version"]), "threads": str(cloud["nodes"][0]["nthreads"])}
        return Availability(True, versions | {"java": self._server.java_version})

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
            When the server ends meanwhile, or the cluster cannot be used; the next call tries again.
        """
        try:
            return self._fit(self._connected(), request)
        except CannotStart as error:
            raise RuntimeError(f"{error.reason}; {error.remedy}") from error
        except H2OGone as error:
            tail = self._server.output()[-2000:].strip().splitlines()[-3:] if self._server else []
            self._discard()
            raise RuntimeError(" | ".join([str(error), *tail])) from error

    def close(self) -> None:
        """End crossframe's own server; remove everything of this engine from a user's cluster."""
        if self._lease is not None and self._rest is not None:
            self._lease.end()
            # What is left is removed when the lease has run out.
            with contextlib.suppress(H2OGone, H2ORefused):
                lease.remove(self._rest, [self._lease.prefix])
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
            received = frames.received(rest, keys.train, columns, len(X))
            clock.lap("verify")
            nodes = self._cluster.nodes if self._cluster is not None else 1
            result = train(model, rest, call, keys, clock, nodes)
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
            sent = fingerprint(rows.X, np.empty(0), None, rows.offset)
            if frames.received(rest, key, columns, len(rows.X)) != sent:
                rest.delete(f"/3/Frames/{key}")
                return None
            self._evaluations[rows.key] = key
        # The frame used last is removed last.
        self._evaluations[rows.key] = self._evaluations.pop(rows.key)
        return self._evaluations[rows.key]

    def _connected(self) -> Rest:
        """The connection to the server, which is started if none runs."""
        gone = self._server is not None and not self._server.alive
        if gone or (self._lease is not None and self._lease.lost):
            self._discard()
        if self._rest is None:
            if self._config.h2o_url is not None:
                self._rest = self._visit(self._config.h2o_url)
            else:
                self._server = Server(self._config.scratch, self._config.threads)
                self._rest = Rest(self._server.address, folder=self._server.folder)
        return self._rest

    def _visit(self, url: str) -> Rest:
        """A connection to a user's cluster, from which what ended runs left is removed, with a lease."""
        place = access.address_of(url)
        first = Rest(place, lease.CALL_LIMIT)
        try:
            cluster = access.reached(first)
            lease.sweep(first)
            self._lease = lease.Lease(place)
        except H2OGone as error:
            # Whatever lies on a node that is lost is waited for without end.
            reason = f"the H2O cluster at {place.shown} does not list its objects in {lease.CALL_LIMIT:.0f} s"
            remedy = "look at its nodes, and restart it: H2O cannot go on without one of them"
            raise CannotStart(reason, remedy) from error
        finally:
            first.close()
        self._cluster, self._prefix = cluster, self._lease.prefix
        return Rest(place)

    def _discard(self) -> None:
        """Close the connection, and end the server that this engine started, or its lease on a cluster."""
        if self._lease is not None:
            self._lease.end()
        if self._rest is not None:
            self._rest.close()
        if self._server is not None:
            self._server.close()
        self._server = self._rest = self._cluster = self._lease = None
        self._evaluations.clear()
