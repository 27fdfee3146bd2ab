"""Where a fleet works: a Dask cluster, SLURM by way of submitit, or any executor of `concurrent.futures`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError
from concurrent.futures import Executor as AnyExecutor
from pathlib import Path
from typing import Any

from crossframe.core.environment import pip
from crossframe.core.errors import EngineMissing, UsageError
from crossframe.experiment.fleet import Fleet, FleetError, Pending, WorkerLost, ended
from crossframe.experiment.remote import Answer
from crossframe.experiment.store import Store

CONNECT = 10.0
"""Seconds that a scheduler may take to answer."""

_LARGE = 2**20
"""Bytes from which on a part is sent to its worker, and not with the task by way of the scheduler."""

_FORMS = (
    "tcp://HOST:PORT, the scheduler file FILE.json of Dask, or slurm:partition=P,time=MINUTES,cpus=C,jobs=J"
)


@contextlib.contextmanager
def on_cluster(
    store: Store, cluster: Any, *, mixed: bool = False, on_status: Callable[[str], None] = lambda words: None
) -> Iterator[None]:
    """Within the block, cells for ``store`` are carried out by ``cluster``; None: where they were before.

    ``cluster`` is a text as for ``--cluster``, a ``Client`` or cluster of Dask, or an executor of submitit or
    of `concurrent.futures`. See `Fleet` for the others.

    Raises
    ------
    UsageError
        For what is none of these, and for a scheduler that does not answer.
    EngineMissing
        Where the package for it is not installed.
    """
    if cluster is None:
        yield
        return
    before, fleet = store.fleet, Fleet(_workers(cluster), mixed=mixed, on_status=on_status)
    store.fleet = fleet
    try:
        yield
    finally:
        store.fleet = before
        fleet.close()


def _workers(cluster: Any) -> DaskWorkers | Submitted | ExecutorWorkers:
    if isinstance(cluster, str | os.PathLike):
        return _named(os.fspath(cluster))
    # An object of a package that was never imported does not exist.
    dask, submitit = sys.modules.get("distributed"), sys.modules.get("submitit")
    if dask is not None and isinstance(cluster, dask.Client):
        return DaskWorkers(cluster, own=False)
    if dask is not None and isinstance(cluster, dask.deploy.Cluster):
        return DaskWorkers(cluster.get_client(), own=True)
    if submitit is not None and isinstance(cluster, submitit.core.core.Executor):
        return Submitted(cluster, jobs=os.cpu_count() or 1)
    if isinstance(cluster, AnyExecutor):
        return ExecutorWorkers(cluster)
    raise UsageError(
        f"cluster={cluster!r}: not a cluster",
        "give a Client or a cluster of dask.distributed, an executor of submitit or concurrent.futures, "
        f"or {_FORMS}",
    )


def _named(text: str) -> DaskWorkers | Submitted:
    word, _, options = text.partition(":")
    if word in ("slurm", "local"):
        return _submitted(text, word, options)
    if "://" not in text and not text.endswith(".json"):
        raise UsageError(f"--cluster {text}: not a cluster", f"give {_FORMS}")
    if "://" not in text and not Path(text).is_file():
        raise UsageError(
            f"--cluster {text}: there is no such file", "dask scheduler --scheduler-file FILE.json writes it"
        )
    _require("distributed")
    from distributed import Client

    where = {"address": text} if "://" in text else {"scheduler_file": text}
    try:
        client = Client(**where, timeout=CONNECT, set_as_default=False, name="crossframe")
    except (OSError, ValueError, TypeError, TimeoutError) as error:
        # TypeError: a file without an address.
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise UsageError(
            f"--cluster {text}: no scheduler answers there within {CONNECT:.0f} s ({reason})",
            "start one (dask scheduler), or correct the address",
        ) from None
    # What becomes of the connection is said in the sentences of this module.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    return DaskWorkers(client, own=True)


def _require(package: str) -> None:
    from importlib.util import find_spec

    if find_spec(package) is None:
        extra = {"distributed": "dask", "submitit": "slurm"}[package]
        raise EngineMissing(
            f"--cluster needs the Python package {package}", f"remedy: {pip()} install 'crossframe[{extra}]'"
        )


class DaskWorkers:
    """The workers of a Dask cluster; each batch is a task for one of them, see `crossframe.experiment.fleet`.

    Parameters
    ----------
    client
        A ``distributed.Client``.
    own
        Whether it was made here, and ends with the run.
    """

    batch_seconds = 1.0
    forgetful = False

    def __init__(self, client: Any, *, own: bool) -> None:
        self._client, self._own = client, own
        self.where = f"the Dask cluster {client.scheduler.address if client.scheduler else ''}".strip()
        self._there: Mapping[str, Any] = {}

    def slots(self) -> Mapping[str, int]:
        """Threads of every worker, by its address."""
        if self._client.status == "running":
            # `scheduler_info` shares its answer with a task of the client that asks for no workers.
            with contextlib.suppress(OSError, TimeoutError):
                self._there = self._client.sync(self._client.scheduler.identity, n_workers=-1)["workers"]
        if self._client.status != "running":
            raise FleetError(
                f"the scheduler of {self.where} is gone; what was finished is kept",
                "start a cluster, and run the same command again",
            )
        return {address: int(worker["nthreads"]) for address, worker in self._there.items()}

    def submit(self, worker: str, function: Callable[..., Answer], *arguments: Any) -> Pending:
        """A task that runs on this worker and nowhere else."""
        try:
            sent = [
                self._client.scatter(a, workers=[worker], hash=False)
                if isinstance(a, bytes) and len(a) > _LARGE else a for a in arguments
            ]  # fmt: skip
            future = self._client.submit(function, *sent, workers=[worker], pure=False)
        except (OSError, TimeoutError, ValueError, KeyError) as error:
            raise WorkerLost(str(error)) from error
        return _DaskPending(self._client, future, worker)

    def close(self) -> None:
        """Close a client that was made here."""
        if self._own:
            self._client.close()


class _DaskPending:
    """A task; it is done when its answer is here, for which a busy worker may take its time."""

    def __init__(self, client: Any, future: Any, worker: str) -> None:
        self._future, self._worker = future, worker
        self._answer = asyncio.run_coroutine_threadsafe(_gathered(client, future), client.loop.asyncio_loop)

    def done(self) -> bool:
        return self._answer.done()

    def result(self) -> Answer:
        from distributed import KilledWorker

        try:
            return self._answer.result()
        except (CancelledError, KilledWorker) as error:
            raise WorkerLost(str(error)) from error
        except ImportError as error:
            raise _no_crossframe(self._worker, error) from error
        finally:
            self._future.release()

    def cancel(self) -> None:
        # Which ends the answer too; cancelled itself, it would leave a task whose exception asyncio prints.
        with contextlib.suppress(Exception):
            self._future.cancel()


async def _gathered(client: Any, future: Any) -> Answer:
    answer: Answer = await client.gather(future, asynchronous=True)
    return answer


def _no_crossframe(worker: str, error: ImportError) -> UsageError:
    return UsageError(
        f"the worker {worker} cannot run crossframe: {error}", "install the same version of it there"
    )


class ExecutorWorkers:
    """The processes or threads of an executor of `concurrent.futures`, which cannot be distinguished.

    Parameters
    ----------
    executor
        It stays open. It is given as many batches at the same time as it has processes or threads, where it
        says so, else one per core.
    """

    batch_seconds = 1.0
    forgetful = False

    def __init__(self, executor: AnyExecutor) -> None:
        self._executor = executor
        self._slots = getattr(executor, "_max_workers", None) or os.cpu_count() or 1
        self.where = f"the executor {type(executor).__name__}"

    def slots(self) -> Mapping[str, int]:
        """The name "" -> batches at the same time: its processes cannot be distinguished."""
        return {"": self._slots}

    def submit(self, worker: str, function: Callable[..., Answer], *arguments: Any) -> Pending:
        """A call of the executor's ``submit``."""
        try:
            return self._executor.submit(function, *arguments)
        except RuntimeError as error:
            raise ended(self.where, error) from error

    def close(self) -> None:
        """The executor is its maker's."""


class Submitted:
    """Jobs of SLURM, or processes of this machine, by way of submitit: each batch is a job.

    Parameters
    ----------
    executor
        ``submitit.AutoExecutor``, or another of submitit's.
    jobs
        Jobs that are queued or run at the same time.
    seconds
        Expected time of the cells of a job, which starts its engines anew.
    """

    forgetful = True

    def __init__(
        self, executor: Any, *, jobs: int, seconds: float = 300.0, folder: Path | None = None
    ) -> None:
        self._executor, self._jobs, self.batch_seconds = executor, jobs, seconds
        self._folder = folder
        self.failed = False
        self.where = f"submitit ({getattr(executor, 'cluster', type(executor).__name__)})"

    def slots(self) -> Mapping[str, int]:
        """The name "" -> jobs at the same time: which node takes a job is SLURM's choice."""
        return {"": self._jobs}

    def submit(self, worker: str, function: Callable[..., Answer], *arguments: Any) -> Pending:
        """Queue a job that makes this one call. Raises `FleetError` where submitit takes none."""
        try:
            return _Job(self._executor.submit(function, *arguments), self)
        except Exception as error:
            # submitit shows what sbatch has printed, in an exception of its own.
            if not isinstance(error, OSError) and type(error).__module__.partition(".")[0] != "submitit":
                raise
            raise FleetError(
                f"{self.where} takes no job: {error}", "correct the options of --cluster"
            ) from None

    def close(self) -> None:
        """Remove the folder of the jobs where it was made here; it stays where a job has failed."""
        if self._folder is not None and not self.failed:
            shutil.rmtree(self._folder, ignore_errors=True)


class _Job:
    """A job of submitit; its state is looked at twice a second, in files of a shared folder."""

    def __init__(self, job: Any, of: Submitted) -> None:
        self._job, self._of = job, of
        self._looked, self._ended = 0.0, False

    def done(self) -> bool:
        if not self._ended and time.monotonic() - self._looked > 0.5:
            self._ended, self._looked = bool(self._job.done()), time.monotonic()
        return self._ended

    def result(self) -> Answer:
        from submitit.core.utils import FailedJobError, UncompletedJobError

        try:
            answer: Answer = self._job.result()
        except FailedJobError as error:
            # The call itself has raised; submitit hands its traceback over, between two lines of dashes.
            self._of.failed = True
            *_, said = re.findall(r"^[A-Za-z_][\w.]*: .*", str(error), re.MULTILINE) or [str(error)]
            raise FleetError(
                f"a job of {self._of.where} failed: {said}", f"its output is in {self._job.paths.stderr}"
            ) from error
        except UncompletedJobError as error:
            self._of.failed = True
            raise WorkerLost(str(error)) from error
        except BaseException:
            self._of.failed = True
            raise
        return answer

    def cancel(self) -> None:
        # scancel fails for a job that SLURM has forgotten.
        with contextlib.suppress(Exception):
            self._job.cancel(check=False)


_OPTIONS = {
    "partition": "slurm_partition", "account": "slurm_account", "time": "timeout_min",
    "cpus": "cpus_per_task", "memory": "mem_gb",
}  # fmt: skip
"""Key of ``--cluster slurm:KEY=VALUE`` -> submitit's name of it."""


def _submitted(text: str, kind: str, options: str) -> Submitted:
    given: dict[str, str] = {}
    for option in filter(None, options.split(",")):
        key, equals, value = (part.strip() for part in option.partition("="))
        if not (equals and value) or key not in {*_OPTIONS, "jobs", "seconds", "folder"}:
            raise UsageError(
                f"--cluster {text}: {option!r} is no option of it",
                "known: " + ", ".join(f"{name}=..." for name in (*_OPTIONS, "jobs", "seconds", "folder")),
            )
        given[key] = value
    numbers: dict[str, int] = {}
    for key in given.keys() & {"time", "cpus", "memory", "jobs", "seconds"}:
        if not given[key].isdigit() or not int(given[key]):
            raise UsageError(f"--cluster {text}: {key}={given[key]}", "give a whole number above 0")
        numbers[key] = int(given.pop(key))
    _require("submitit")
    from submitit import AutoExecutor

    folder = Path(given.pop("folder", f"crossframe-jobs-{os.getpid()}")).expanduser().absolute()
    made_here = None if folder.exists() else folder
    jobs, seconds = numbers.pop("jobs", os.cpu_count() or 1), numbers.pop("seconds", 300)
    try:
        executor = AutoExecutor(folder=folder, cluster=kind)
    except RuntimeError as error:
        raise UsageError(f"--cluster {text}: {error}", "run it where sbatch is on the PATH") from None
    chosen = {_OPTIONS[key]: value for key, value in {**given, **numbers}.items()}
    if kind == "local":
        chosen = {key: value for key, value in chosen.items() if not key.startswith("slurm_")}
    executor.update_parameters(name="crossframe", **chosen)
    logging.getLogger("submitit").setLevel(logging.ERROR)
    return Submitted(executor, jobs=jobs, seconds=seconds, folder=made_here)
