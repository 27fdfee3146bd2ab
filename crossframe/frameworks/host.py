"""An engine in a child process of its own: started, given requests, timed, and killed if need be.

R, a JVM and TensorFlow never share a process: a crash or a hang loses one fit and no more. The
child is started as a fresh interpreter (not forked, and not by `multiprocessing`, which would import the
caller's script once more), takes requests over a pipe, and is killed when its parent ends.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

import psutil

from crossframe.core.errors import UsageError
from crossframe.frameworks import mapped, memory
from crossframe.frameworks.contract import (
    Availability,
    Engine,
    EngineConfig,
    EvalRows,
    FitRequest,
    FitResult,
    Status,
)
from crossframe.frameworks.initial_weights import ALTERED
from crossframe.frameworks.registry import framework
from crossframe.frameworks.tether import die_with_parent, python_path

STARTUP_LIMIT = 180.0
"""Seconds after which a runtime that starts (R, the JVM, TensorFlow) counts as hung."""

FAREWELL_LIMIT = 3.0
"""Seconds after which a waiting engine that releases what it holds on a cluster is killed."""

_KEPT_EVALUATIONS = 4
_PREFIX = "crossframe-"


class EngineDied(Exception):
    """The child ended or was killed; ``log`` is the end of its output."""

    def __init__(self, status: Status, reason: str, log: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.log = log


class _Recent:
    """The evaluation rows that the child holds; parent and child see the same requests in the same order."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, EvalRows | None] = OrderedDict()

    def use(self, key: str, rows: EvalRows | None) -> EvalRows | None:
        """The rows held for ``key``, or None; then holds ``rows`` for it and drops the oldest."""
        known = self._held.pop(key, None)
        self._held[key] = known or rows
        while len(self._held) > _KEPT_EVALUATIONS:
            self._held.popitem(last=False)
        return known


@dataclass
class _Child:
    process: subprocess.Popen[bytes]
    pipe: Connection
    scratch: Path
    sent: _Recent


class EngineProcess:
    """The parent's handle of one engine.

    `submit` does not block; the caller waits on `connection` (with
    ``multiprocessing.connection.wait``) until `deadline` and then calls `collect`.

    Parameters
    ----------
    engine
        Name of the framework; the registry knows its engine's class.
    threads, h2o_url
        See `EngineConfig`.
    where
        ``module:Class`` of the object that answers, in place of the registered engine: it has the methods
        of an engine, or others that are called by name (`submit_call`).

    Attributes
    ----------
    deadline
        When the time limit of the present request ends, by ``time.monotonic``; infinite while there is none.
    peak_memory
        Bytes, the largest resident size reported with a fit.
    versions
        Versions that the runtime reported to a probe; empty before.
    """

    def __init__(
        self,
        engine: str,
        *,
        threads: int | None = 1,
        h2o_url: str | None = None,
        where: str | None = None,
    ) -> None:
        self.engine = engine
        self.deadline = float("inf")
        self.peak_memory = 0
        self.versions: Mapping[str, str] = {}
        self._where = where or framework(engine).engine
        self._threads = threads
        self._h2o_url = h2o_url
        self._child: _Child | None = None
        self._busy = False
        self._expected = ""
        self._limit = 0.0

    @property
    def connection(self) -> Connection:
        """Readable when an answer is there or the child has died."""
        assert self._child is not None, "nothing was submitted"
        return self._child.pipe

    @property
    def pid(self) -> int | None:
        """Process number of the child, None while there is none."""
        return self._child.process.pid if self._child else None

    @property
    def running(self) -> bool:
        """Whether a child process was started and has not ended yet."""
        return self._child is not None

    def _start(self) -> _Child:
        if self._child is not None:
            return self._child
        try:
            scratch = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-{self.engine}-"))
        except OSError as error:
            raise EngineDied(
                Status.CRASHED, f"no folder for temporary files: {error.strerror or error}", ""
            ) from None
        config = EngineConfig(scratch, self._threads, self._h2o_url)
        own_end, child_end = Pipe()
        with (scratch / "log").open("wb") as log:
            process = subprocess.Popen(
                [
                    # -P: what lies in the user's folder is not to be imported in place of ours.
                    *(sys.executable, "-P", "-m", "crossframe.frameworks.host"),
                    *(str(os.getpid()), str(child_end.fileno()), self.engine),
                ],
                pass_fds=(child_end.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # R makes a folder for its session, which a killed one leaves behind.
                env=_environment(self._threads) | {"TMPDIR": str(scratch)},
                start_new_session=True,
            )
        child_end.close()
        self._child = _Child(process, own_end, scratch, _Recent())
        self._busy = False
        self._send((self._where, config))
        return self._child

    def _send(self, message: Any) -> None:
        assert self._child is not None
        try:
            mapped.send(self._child.pipe, message)
        except OSError:
            raise self._died(Status.CRASHED, "the engine's process ended") from None
        except MemoryError:
            raise self._died(Status.CRASHED, "the memory is not enough to send the rows") from None

    def submit(self, request: FitRequest) -> None:
        """Send a fit; starts the child if there is none. Raises `EngineDied`."""
        starting = self._child is None
        child = self._start()
        self._expected = request.fingerprint
        rows = request.evaluation
        if child.sent.use(rows.key, rows) is not None:
            request = replace(request, evaluation=replace(rows, X=rows.X[:0]))
        self._limit = request.time_limit
        self.deadline = time.monotonic() + request.time_limit + (STARTUP_LIMIT if starting else 0.0)
        self._ask("fit", (request,))

    def collect(self) -> FitResult:
        """The answer to the last `submit`, its fingerprint checked. Raises `EngineDied`."""
        result: FitResult = self.receive()
        self.peak_memory = max(self.peak_memory, result.peak_memory)
        altered = ""
        if result.status.usable and result.fingerprint != self._expected:
            received = result.fingerprint[:12] or "nothing"
            altered = f"sent {self._expected[:12]}, the framework holds {received}"
        elif result.initial_weights == ALTERED:
            altered = "the framework holds other initial weights than were sent"
        if altered:
            return FitResult(
                Status.CORRUPTED,
                fingerprint=result.fingerprint,
                evidence=(altered,),
                timings=result.timings,
            )
        return result

    def fit(self, request: FitRequest) -> FitResult:
        """`submit`, wait and `collect`; a dead or hung engine becomes a `Status`."""
        try:
            self.submit(request)
            self.wait()
            return self.collect()
        except EngineDied as death:
            return FitResult(death.status, evidence=(death.reason, *death.log.splitlines()[-3:]))

    def submit_call(self, method: str, *arguments: Any, limit: float = STARTUP_LIMIT) -> None:
        """Send a call of another method; `receive` its answer. Raises `EngineDied`."""
        self._start()
        self._limit = limit
        self.deadline = time.monotonic() + limit
        self._ask(method, arguments)

    def _ask(self, method: str, arguments: tuple[Any, ...]) -> None:
        self._busy = True
        self._send((method, arguments))

    def call(self, method: str, *arguments: Any, limit: float = STARTUP_LIMIT) -> Any:
        """Call another method of the engine, blocking. Raises `EngineDied`."""
        self.submit_call(method, *arguments, limit=limit)
        self.wait()
        return self.receive()

    def wait(self) -> None:
        """Block until there is an answer or the deadline has passed (then the child is killed)."""
        remaining = self.deadline - time.monotonic()
        if not self.connection.poll(None if remaining == float("inf") else max(0.0, remaining)):
            raise self.expire()

    def expire(self) -> EngineDied:
        """Kill a child that ran out of time; returns the error to raise or record."""
        return self._died(Status.TIMED_OUT, f"killed after its time limit of {self._limit:g} s")

    def receive(self) -> Any:
        """The answer to the last call, which blocks until it is there. Raises `EngineDied`."""
        assert self._child is not None
        try:
            kind, value = pickle.loads(self._child.pipe.recv_bytes())
        except (EOFError, OSError):
            raise self._died(Status.CRASHED, "the engine's process ended") from None
        except MemoryError:
            raise self._died(Status.CRASHED, "the memory is not enough for the answer") from None
        self._busy = False
        if kind == "error":
            # The engine's own code failed: its runtime is in an unknown state.
            raise self._died(Status.CRASHED, value)
        self.deadline = float("inf")
        if isinstance(value, Availability) and value.available:
            self.versions = value.versions
        return value

    def _died(self, status: Status, reason: str) -> EngineDied:
        child = self._child
        log = ""
        if child is not None:
            # A child that has just answered is alive; one whose pipe broke is about to be gone.
            if status is Status.CRASHED and self._busy:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.process.wait(timeout=1.0)
                code = child.process.returncode
                if code is not None and code < 0:
                    reason = f"{reason} (killed by signal {signal.Signals(-code).name})"
            with contextlib.suppress(OSError):
                log = (child.scratch / "log").read_text(errors="replace")[-2000:]
        self.close()
        return EngineDied(status, reason, log)

    def close(self) -> None:
        """End the child and everything it started; idempotent.

        An engine that waits for work first releases what it holds on a cluster; one that computes or
        hangs is killed at once.
        """
        child, self._child = self._child, None
        self.deadline = float("inf")
        if child is None:
            return
        if not self._busy:
            with contextlib.suppress(OSError):
                mapped.send(child.pipe, ("close", ()))
                child.pipe.poll(FAREWELL_LIMIT)
        child.pipe.close()
        # The child's session is its own; its servers were started tethered to it and fall with it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()
        shutil.rmtree(child.scratch, ignore_errors=True)


def remove_leftovers() -> None:
    """Delete scratch folders of crossframe processes that were killed before they could."""
    try:
        place = Path(tempfile.gettempdir())
    except FileNotFoundError:  # without a folder for temporary files there are none
        return
    for folder in place.glob(f"{_PREFIX}*-*-*"):
        owner = folder.name.removeprefix(_PREFIX).split("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _environment(threads: int | None) -> dict[str, str]:
    # BLAS and OpenMP read these when they are loaded, which is before an engine's first line.
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    limits = {} if threads is None else dict.fromkeys(names, str(threads))
    ours = {"PYTHONPATH": python_path(), "PYTHONUNBUFFERED": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    return os.environ | limits | ours


def _serve(pipe: Connection) -> None:
    where, config = mapped.receive(pipe)
    module, _, name = where.partition(":")
    engine: Engine = getattr(import_module(module), name)(config)
    recent = _Recent()
    while True:
        try:
            method, arguments = mapped.receive(pipe)
        except EOFError:
            engine.close()
            return
        try:
            if method == "fit":
                answer: Any = _fit(engine, arguments[0], recent)
            else:
                answer = getattr(engine, method)(*arguments)
            reply = ("value", answer)
        except Exception as error:
            traceback.print_exc()
            reply = ("error", f"{type(error).__name__}: {error}")
        pipe.send_bytes(pickle.dumps(reply, protocol=5))


def _fit(engine: Engine, request: FitRequest, recent: _Recent) -> FitResult:
    known = recent.use(request.evaluation.key, request.evaluation)
    if known is not None:
        request = replace(request, evaluation=known)
    begin = time.perf_counter()
    try:
        result = engine.fit(request)
    except UsageError as error:
        # A value that the translation refuses leaves the runtime as it was.
        result = FitResult(Status.CANNOT_EXPRESS, evidence=(f"{type(error).__name__}: {error}",))
    timings: Mapping[str, float] = {**result.timings, "engine": time.perf_counter() - begin}
    return replace(result, timings=timings, peak_memory=memory.peak())


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _serve(Connection(int(sys.argv[2])))
