"""What crossframe keeps on a user's H2O cluster: named for its process, leased, and removed.

Everything that an engine makes on a cluster has a name that begins ``crossframe_MACHINE_PID_TOKEN_``. One of
these objects is a lease, whose name ends with the time when it runs out by the cluster's own clock; it is
renewed while the process lives. Whatever belongs to a process without a valid lease, or to an ended one of
this machine, is removed by the next run: its jobs are cancelled, its models and frames deleted. No other name
is touched.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import logging
import os
import re
import secrets
import socket
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil

from crossframe.frameworks.h2o.rest import Address, H2OGone, H2ORefused, Rest

SECONDS = 60
"""How long a lease is valid without renewal."""
_RENEWED = 15.0
"""Seconds between renewals: three of them may fail."""
_CANCELLED_LIMIT = 20.0
"""Seconds that a cancelled job may take to end; H2O looks at the request between two steps of a training."""
_SECOND_LOOK = 1.0
CALL_LIMIT = 30.0
"""Seconds that a call may take which is not part of a fit."""

_OWN = re.compile(r"crossframe_[0-9a-f]{8}_(\d+)_[0-9a-f]{8}(?=_)")
_LEASE = re.compile(rf"({_OWN.pattern})_lease_(\d+)")

_log = logging.getLogger(__name__)


@functools.cache
def machine() -> str:
    """Eight hexadecimal digits for this machine, others in a container with process numbers of its own."""
    parts = [socket.gethostname()]
    with contextlib.suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii"))
    with contextlib.suppress(OSError):
        parts.append(os.readlink("/proc/self/ns/pid"))
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:8]


class Lease:
    """The right of this process to objects on a cluster, renewed by a thread until `end`.

    Attributes
    ----------
    prefix
        With which the names of all its objects begin.
    lost
        Whether it ran out or the cluster was restarted meanwhile, so that its objects may be gone.
    """

    def __init__(self, place: Address) -> None:
        self.prefix = f"crossframe_{machine()}_{os.getpid()}_{secrets.token_hex(4)}"
        self.lost = False
        # A connection carries one call at a time, and that of the fits is in use while a job is waited for.
        self._rest = Rest(place, CALL_LIMIT)
        self._key = ""
        self._ended = threading.Event()
        self._renew()
        self._thread = threading.Thread(target=self._keep, name="H2O lease", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop renewing; the lease is removed with the other objects, see `remove`."""
        self._ended.set()
        self._thread.join(CALL_LIMIT)
        self._rest.close()

    def _keep(self) -> None:
        while not self._ended.wait(_RENEWED):
            # A fit notices for itself that the cluster does not answer; the next renewal may reach it.
            with contextlib.suppress(H2OGone, H2ORefused):
                self._renew()

    def _renew(self) -> None:
        before = self._key
        self._key = f"{self.prefix}_lease_{now(self._rest) + SECONDS}"
        if self._key == before:
            return
        self._rest.upload(self._key, b"lease of a crossframe run")
        if before:
            try:
                self._rest.raw("DELETE", f"/3/Frames/{before}")
            except H2ORefused as error:
                self.lost |= error.status == 404


def now(rest: Rest) -> int:
    """Seconds since 1970 by the cluster's own clock: the clocks of its users may differ."""
    nodes = rest.call("GET", "/3/Cloud", skip_ticks="true")["nodes"]
    return int(max(node["last_ping"] for node in nodes) // 1000)


def remove(rest: Rest, prefixes: Iterable[str]) -> None:
    """Cancel the jobs and delete the models and frames whose names begin with one of ``prefixes``."""
    owned = tuple(f"{prefix}_" for prefix in prefixes)
    if not owned:
        return
    _cancel(rest, owned)
    for key in _models(rest):
        if key.startswith(owned):
            rest.delete(f"/3/Models/{quote(key)}")
    # The lease goes last: what an interruption leaves still has an owner.
    for key in sorted(_frames(rest), key=lambda key: _LEASE.fullmatch(key) is not None):
        if key.startswith(owned):
            rest.delete(f"/3/Frames/{quote(key)}")


def sweep(rest: Rest) -> None:
    """Remove what crossframe processes that have ended have left on the cluster."""
    dead = _dead(rest)
    if dead:
        # A lease that was just being renewed may have been in no list: only what twice has none is removed.
        time.sleep(_SECOND_LOOK)
        dead &= _dead(rest)
    if dead:
        remove(rest, sorted(dead))
        _log.info("removed what %d ended processes of crossframe had left on the cluster", len(dead))


def remove_left(place: Address) -> None:
    """`sweep` over a connection of its own; a cluster that does not answer is left as it is."""
    rest = Rest(place, CALL_LIMIT)
    try:
        sweep(rest)
    except (H2OGone, H2ORefused) as error:
        _log.warning("%s: what ended runs left there could not be removed (%s)", place.shown, error)
    finally:
        rest.close()


def _dead(rest: Rest) -> set[str]:
    """Prefixes on the cluster whose process has ended or whose lease has run out."""
    time_there = now(rest)
    frames = _frames(rest)
    valid = {m[1] for m in map(_LEASE.fullmatch, frames) if m is not None and int(m[3]) > time_there}
    jobs = [str(job["dest"]["name"]) for job in _running(rest)]
    owners = [m for m in map(_OWN.match, [*frames, *_models(rest), *jobs]) if m is not None]
    return {m[0] for m in owners if m[0] not in valid or _ended_here(m[0], int(m[1]))}


def _ended_here(prefix: str, pid: int) -> bool:
    """Whether a prefix is of a process of this machine that has ended."""
    return prefix.split("_")[1] == machine() and not psutil.pid_exists(pid)


def _frames(rest: Rest) -> list[str]:
    return [str(f["frame_id"]["name"]) for f in rest.call("GET", "/3/Frames")["frames"]]


def _models(rest: Rest) -> list[str]:
    return [str(m["model_id"]["name"]) for m in rest.call("GET", "/3/Models")["models"]]


def _running(rest: Rest) -> list[dict[str, Any]]:
    jobs = rest.call("GET", "/3/Jobs")["jobs"]
    return [job for job in jobs if job["status"] in ("CREATED", "RUNNING") and job["dest"]]


def _cancel(rest: Rest, owned: tuple[str, ...]) -> None:
    """Cancel running jobs of these prefixes, and wait until they have ended: they lock their objects."""
    for job in _running(rest):
        if job["dest"]["name"].startswith(owned):
            with contextlib.suppress(H2ORefused):  # it has ended meanwhile
                rest.call("POST", f"/3/Jobs/{quote(job['key']['name'], safe='')}/cancel")
    limit = time.monotonic() + _CANCELLED_LIMIT
    while time.monotonic() < limit and any(j["dest"]["name"].startswith(owned) for j in _running(rest)):
        time.sleep(0.2)
