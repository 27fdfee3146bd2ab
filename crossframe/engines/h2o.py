"""The H2O engine: GLM and deep learning in a server of its own, or in a cluster that is there already.

The server is spoken to over REST, as H2O's own clients do; each fit sends its training rows, and
takes back what the server holds (for the fingerprint), the model, and the scores as hexadecimal
doubles. The evaluation rows stay on the server from fit to fit.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import replace

from crossframe import settings
from crossframe.capture.h2o import CALLABLES, parameters, path
from crossframe.engines import h2o_frames as frames
from crossframe.engines import h2o_outcome as outcome
from crossframe.engines.base import (
    Availability,
    Declared,
    EngineConfig,
    EvalRows,
    FitRequest,
    FitResult,
    FloatArray,
    Status,
    Target,
    fingerprint,
)
from crossframe.engines.h2o_arguments import target
from crossframe.engines.h2o_fit import ALGORITHMS, Clock, Keys, build, noteworthy
from crossframe.engines.h2o_rest import Address, H2OGone, H2ORefused, Rest
from crossframe.engines.h2o_server import CannotStart, Server
from crossframe.errors import UsageError

_KEPT_FRAMES = 3
"""Evaluation frames kept on the server; a run has one, two runs side by side have two."""


class H2O:
    """H2O-3: ``glm`` (binomial) and ``mlp`` (``h2o.deeplearning``)."""

    name = "h2o"

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._server: Server | None = None
        self._rest: Rest | None = None
        self._prefix = f"crossframe_{secrets.token_hex(4)}"
        self._count = 0
        self._evaluations: dict[str, str] = {}

    def probe(self) -> Availability:
        """Start or reach the server, and say which version runs on which Java."""
        try:
            cloud = self._connected().call("GET", "/3/Cloud")
        except CannotStart as error:
            return Availability(False, reason=error.reason, mend=error.mend)
        except (H2OGone, H2ORefused, UsageError, ValueError) as error:
            return Availability(False, reason=str(error), mend="check the address and the credentials")
        versions = {"h2o": str(cloud["version"]), "threads": str(cloud["nodes"][0]["nthreads"])}
        if self._server is not None:
            versions["java"] = self._server.java_version
        return Availability(True, versions)

    def capabilities(self) -> Mapping[str, tuple[str, ...]]:
        """The settings of the vocabulary that H2O has a parameter for."""
        return {
            model: tuple(b.setting for b in settings.bindings(f"{self.name}.{model}")) for model in ALGORITHMS
        }

    def defaults(self, model: str) -> tuple[Declared, ...]:
        """The defaults in the server's own description of the algorithm."""
        rest = self._connected()
        version = rest.call("GET", "/3/Cloud")["version"]
        declared = []
        for owner in CALLABLES[model]:
            where = path(owner)
            source = f"GET {where} of H2O {version}"
            found = parameters(rest.call("GET", where), owner)
            declared += [Declared(name, outcome.plain(v), source, owner) for name, v in found.items()]
        return tuple(declared)

    def fit(self, request: FitRequest) -> FitResult:
        """Train and predict; see the contract.

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

    def _fit(self, rest: Rest, request: FitRequest) -> FitResult:
        clock = Clock()
        columns = tuple(f"c{j}" for j in request.columns or range(request.X_train.shape[1]))
        evaluation = self._evaluation(rest, request.evaluation)
        if evaluation is None:
            return FitResult(Status.CORRUPTED, evidence=("the evaluation rows arrived altered",))
        train, model = self._new_key("train"), self._new_key("model")
        written = self._server.written if self._server is not None else 0
        try:
            self._hand_over(rest, train, columns, request.X_train, target(request))
            clock.lap("transfer")
            seen = fingerprint(*frames.echo(rest, train, columns))
            clock.lap("verify")
            result = build(rest, request, columns, Keys(model, train, evaluation), clock)
        finally:
            rest.delete(f"/3/Models/{model}")
            rest.delete(f"/3/Frames/{train}")
        said = []
        if self._server is not None:
            said = noteworthy(self._server.output(written), request, columns)
        return replace(
            result,
            evidence=tuple(dict.fromkeys([*result.evidence, *said])),
            fingerprint=seen,
            timings=clock.laps,
        )

    def close(self) -> None:
        """End the own server; of another one remove what is left there."""
        if self._server is None and self._rest is not None:
            try:
                for key in self._evaluations.values():
                    self._rest.delete(f"/3/Frames/{key}")
            except (H2OGone, H2ORefused):
                pass  # Nothing of ours is left on a server that has gone.
        self._discard()

    def _hand_over(self, rest: Rest, key: str, columns: tuple[str, ...], X: FloatArray, y: Target) -> None:
        """Send the training sample to the server as frame ``key``."""
        frames.upload(rest, key, columns, X, y)

    def _new_key(self, kind: str) -> str:
        """A name on the server that nobody else uses."""
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
            frames.upload(rest, key, columns, rows.X)
            held, none = frames.echo(rest, key, columns)
            if fingerprint(held, none) != fingerprint(rows.X, none):
                rest.delete(f"/3/Frames/{key}")
                return None
            self._evaluations[rows.key] = key
        # A frame just used is the last to be given up.
        self._evaluations[rows.key] = self._evaluations.pop(rows.key)
        return self._evaluations[rows.key]

    @property
    def server(self) -> Server | None:
        """The own server, if one runs."""
        return self._server

    def _connected(self) -> Rest:
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
        return Address(address.scheme, address.host, address.port, address.path, user, password)
    return address
