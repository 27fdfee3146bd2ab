"""The H2O cluster that is used in place of a server of crossframe's own, within a ``with connected(url)``.

Which cluster it is, how many nodes it has and which H2O they run decide numbers, so that they are part of the
versions of H2O and thereby of the key of every cell. Imports nothing heavy: every command imports it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

from crossframe.core.errors import EngineMissing

USER, PASSWORD = "CROSSFRAME_H2O_USER", "CROSSFRAME_H2O_PASSWORD"
"""Variables of the environment with the credentials; without them those of the netrc file are used."""
AUTHORITY, CERTIFICATE = "CROSSFRAME_H2O_CA", "CROSSFRAME_H2O_CERT"
"""Variables of the environment: PEM files with a certificate authority, and with a client certificate."""


@dataclass(frozen=True)
class Cluster:
    """A cluster as it describes itself, once no further node can join it.

    Attributes
    ----------
    url
        Its address without credentials.
    version
        Version of H2O on its nodes.
    nodes, threads
        Its nodes, and the threads of all of them together.
    """

    url: str
    version: str
    nodes: int
    threads: int

    @property
    def versions(self) -> dict[str, str]:
        """What of it can change a number, for people: the address is left out, as reports are published."""
        return {"h2o": self.version, "nodes": str(self.nodes), "threads": str(self.threads)}


_current: Cluster | None = None


def current() -> Cluster | None:
    """The cluster of the surrounding `connected`; None: H2O runs in a server of crossframe's own."""
    return _current


def address() -> str | None:
    """The URL of the cluster of the surrounding `connected`, None outside of it."""
    return None if _current is None else _current.url


@contextlib.contextmanager
def connected(
    url: str | None, authority: str | None = None, certificate: str | None = None
) -> Iterator[Cluster | None]:
    """Within the block H2O's models are fitted on the cluster at ``url``.

    User and password come from the environment (`USER`, `PASSWORD`) or the netrc file. At the end
    whatever processes that have ended have left on the cluster is removed.

    Parameters
    ----------
    url
        ``https://[user@]host[:port][/context]``; None: nothing changes.
    authority
        PEM file of a certificate authority to trust besides the system's; None: that of `AUTHORITY`.
    certificate
        PEM file with a client certificate and its key; None: that of `CERTIFICATE`.

    Raises
    ------
    UsageError
        For a URL or a file that cannot be used.
    EngineMissing
        When the cluster does not answer, refuses the credentials, has a certificate that is not trusted, is
        still forming, or has lost a node.
    """
    global _current
    if url is None:
        yield _current
        return
    from crossframe.frameworks.h2o import access, lease
    from crossframe.frameworks.h2o.server import CannotStart

    before = _current
    with files(authority, certificate):
        place = access.address_of(url)
        try:
            _current = access.described(place)
        except CannotStart as error:
            raise EngineMissing(f"h2o cannot run: {error.reason}", f"remedy: {error.remedy}") from None
        try:
            yield _current
        finally:
            _current = before
            lease.remove_left(place)


@contextlib.contextmanager
def files(authority: str | None, certificate: str | None) -> Iterator[None]:
    """Within the block the environment, which processes inherit, names these files; None: as before."""
    values = {AUTHORITY: authority, CERTIFICATE: certificate}
    given = {name: os.path.abspath(value) for name, value in values.items() if value is not None}
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
