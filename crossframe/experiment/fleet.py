"""The workers of a cluster: what they have to do for a run, and what is known of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from crossframe.core.errors import CrossframeError, ExitCode
from crossframe.experiment.cells import Host
from crossframe.experiment.parts import Packed
from crossframe.experiment.remote import KEPT_FOR, Answer
from crossframe.frameworks.contract import Availability


class FleetError(CrossframeError):
    """The cluster has ended, or has no worker left; what was finished is kept."""

    exit_code = ExitCode.CELLS_FAILED


def ended(where: str, error: BaseException) -> FleetError:
    """An executor has ended, as ``error`` says: a process of it was killed, or it was shut down."""
    return FleetError(
        f"{where} has ended ({error}); what was finished is kept", "make another executor, and call it again"
    )


class WorkerLost(Exception):
    """A worker ended with what was sent to it."""


class Pending(Protocol):
    """What was sent to a worker, as `concurrent.futures.Future` has it."""

    def done(self) -> bool:
        """Whether `result` answers at once: it has ended, well or not."""

    def result(self) -> Answer:
        """The answer; raises what went wrong, `WorkerLost` where the worker is gone."""

    def cancel(self) -> Any:
        """Withdraw it, if it has not begun."""


class Workers(Protocol):
    """Workers of a cluster.

    Attributes
    ----------
    where
        The cluster in words, for messages.
    batch_seconds
        Expected time of the cells that are sent together.
    forgetful
        Whether each batch has a process of its own, to which all it needs has to be sent.
    """

    where: str
    batch_seconds: float
    forgetful: bool

    def slots(self) -> Mapping[str, int]:
        """Name of every worker that is there -> how many batches it carries out at the same time.

        The one name "" stands for workers that cannot be distinguished. Raises `FleetError` where the cluster
        has ended.
        """

    def submit(self, worker: str, function: Callable[..., Answer], *arguments: Any) -> Pending:
        """Have ``function(*arguments)`` called by a worker. Raises `WorkerLost`."""

    def close(self) -> None:
        """Give up the connection, where it was made here."""


@dataclass
class KnownWorker:
    """What a run has learnt of a worker so far, and what it has sent there."""

    slots: int
    checked: set[str] = field(default_factory=set)
    """Engines whose versions were compared."""
    refused: dict[str, Availability] = field(default_factory=dict)
    """Engines that it cannot run, or only in other versions."""
    held: set[str] = field(default_factory=set)
    """Parts that were sent to it."""
    warm: Counter[Host] = field(default_factory=Counter)
    """Processes that it has for each host."""
    ready: set[Host] = field(default_factory=set)
    """Those of them whose engine has answered."""
    used: float = 0.0

    def forget(self) -> None:
        """It gives up what it holds after a while without cells, see `remote.KEPT_FOR`."""
        if time.monotonic() - self.used > KEPT_FOR:
            self.held.clear()
            self.warm.clear()
            self.ready.clear()
        self.used = time.monotonic()


class Fleet:
    """The workers of a cluster, and what is known of them from one run to the next.

    Parameters
    ----------
    workers
        See `crossframe.experiment.clusters`.
    mixed
        Workers with other versions than this machine are left out where they differ; else that is an error.
    on_status
        Called now and then with a line on the fleet.
    """

    def __init__(
        self, workers: Workers, *, mixed: bool = False, on_status: Callable[[str], None] = lambda words: None
    ) -> None:
        self.workers, self.mixed, self.on_status = workers, mixed, on_status
        self.packed = Packed()
        self.whole: set[str] = set()
        """Parts that a worker could not make from their recipe: they are sent in full."""
        self.known: dict[str, KnownWorker] = {}

    @property
    def slots(self) -> int:
        """Batches that all workers carry out at the same time."""
        return sum(worker.slots for worker in list(self.known.values()))

    def close(self) -> None:
        """Give up the connection to the cluster."""
        self.workers.close()
