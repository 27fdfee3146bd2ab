"""What the executor carries out: a fit or a call in a process of its own, stored under a computed key."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from crossframe.experiment.keys import code_of
from crossframe.experiment.record import Record, from_result
from crossframe.frameworks.contract import FitRequest, FitResult
from crossframe.frameworks.host import STARTUP_LIMIT
from crossframe.frameworks.registry import framework, versions
from crossframe.frameworks.rscripts import folder

HOST_MODULE = "crossframe.frameworks.host"
RECORD_MODULE = "crossframe.experiment.record"


@dataclass(frozen=True)
class Host:
    """The process in which a cell is carried out; cells with equal ones share it.

    See `crossframe.frameworks.host.EngineProcess`; an empty ``where`` is the registered engine, which is
    probed before the first cell. What else answers (``module:Class``) is not.
    """

    engine: str
    threads: int | None = 1
    h2o_url: str | None = None
    where: str = ""

    @classmethod
    def of(cls, engine: str, threads: int | None = 1) -> Host:
        """The registered engine, on the cluster that is in use for it where there is one."""
        return cls(engine, threads, framework(engine).address())


@dataclass(frozen=True)
class MethodCall:
    """A method of what answers in the process, with its arguments, and the seconds that it may take."""

    method: str
    arguments: tuple[Any, ...] = ()
    limit: float = STARTUP_LIMIT


class AnyCell(Protocol):
    """What the executor can carry out.

    Attributes
    ----------
    key
        Under which the record is stored; it covers everything that can change the record.
    host
        The process in which it runs.
    timed_as, seconds
        A first estimate in seconds; of the cells with the same ``timed_as`` it is expected to be wrong by
        the same factor.
    """

    @property
    def key(self) -> str: ...  # noqa: D102
    @property
    def host(self) -> Host: ...  # noqa: D102
    @property
    def timed_as(self) -> str: ...  # noqa: D102
    @property
    def seconds(self) -> float: ...  # noqa: D102

    def prepare(self) -> FitRequest | MethodCall | Record:
        """The request for the process, or the record where the process is not needed."""

    def record(self, request: Any, answer: Any, attempts: int, before: tuple[str, ...]) -> Record:
        """The record of an answer to ``request``; ``before`` is the evidence of failed attempts."""


def key_of(material: Any) -> str:
    """SHA-256, in hexadecimal, of plain values written as JSON with sorted keys."""
    return hashlib.sha256(json.dumps(material, sort_keys=True).encode()).hexdigest()


def fit_code(model: str, *modules: str) -> str:
    """SHA-256 of all code that computes a fit of ``framework.model`` and its record.

    ``modules`` make the request besides; see `crossframe.experiment.keys.code_of`.
    """
    name, _, short = model.partition(".")
    sources = framework(name).sources(short)
    scripts = (folder() / script for script in framework(name).script_files(short))
    return code_of([*sources, HOST_MODULE, RECORD_MODULE, *modules], scripts)


@dataclass(frozen=True)
class RequestCell:
    """A fit of a request as it stands; its predictions are kept, and scored against nothing.

    ``model`` is ``framework.model``.
    """

    model: str
    request: FitRequest = field(compare=False, repr=False)

    @functools.cached_property
    def key(self) -> str:
        """Hash of the request, the engine's versions and the code that computes the fit."""
        r = self.request
        asked = [r.model, dict(r.settings), dict(r.native), r.fingerprint, r.names, r.evaluation.key]
        how = [r.columns, r.image_shape, r.seed, r.threads, r.task, r.classes]
        return key_of([asked, how, versions(self.host.engine), fit_code(self.model)])

    @property
    def host(self) -> Host:
        """The process of the engine, with the request's number of threads."""
        return Host.of(self.model.partition(".")[0], self.request.threads)

    @property
    def timed_as(self) -> str:
        """The name of the model: fits of one model are expected to take equally long."""
        return self.model

    @property
    def seconds(self) -> float:
        """The first estimate of the fit's time in seconds; see `crossframe.frameworks.model.Model`."""
        return framework(self.host.engine).model(self.model.partition(".")[2]).seconds

    def prepare(self) -> FitRequest | Record:
        """The request itself: there is nothing to prepare."""
        return self.request

    def record(
        self, request: FitRequest, result: FitResult, attempts: int, before: tuple[str, ...]
    ) -> Record:
        """The record of the fit, with its predictions and without scores."""
        return from_result(request, result, None, attempts=attempts, before=before)


def answer_alone(answer: Any, reported: Mapping[str, str]) -> Record:
    """A record of the plain ``answer``, and of the ``versions`` that the runtime reported."""
    return Record({"failed": False, "answer": answer, "versions": dict(reported)})


@dataclass(frozen=True)
class CallCell:
    """A call of a method in a process: reading defaults, measuring steps, a study's computation.

    Attributes
    ----------
    key
        See `call_key`.
    host, call
        The process, and what it is asked.
    timed_as, seconds
        See `AnyCell`.
    keep
        (answer, versions that the runtime reported) -> what is stored.
    """

    key: str
    host: Host
    call: MethodCall
    timed_as: str
    seconds: float = 1.0
    keep: Callable[[Any, Mapping[str, str]], Record] = field(default=answer_alone, compare=False)

    def prepare(self) -> MethodCall:
        """The method call itself: there is nothing to prepare."""
        return self.call

    def record(self, request: MethodCall, answer: Any, attempts: int, before: tuple[str, ...]) -> Record:
        """The record that ``keep`` makes of the answer and the reported versions."""
        return self.keep(*answer)


def call_key(what: Any, engine: str, modules: Iterable[str]) -> str:
    """Key of a call: ``what`` it is in plain values, the engine's versions, and the code of ``modules``."""
    scripts = (folder() / script for script in framework(engine).scripts)
    return key_of([what, versions(engine), code_of([*modules, HOST_MODULE], scripts)])
