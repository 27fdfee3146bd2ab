"""How a user's H2O cluster is reached: credentials, verified TLS, and a sentence for whatever goes wrong."""

from __future__ import annotations

import ipaddress
import logging
import netrc
import os
import socket
import ssl
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from crossframe.core.environment import package_version
from crossframe.core.errors import UsageError
from crossframe.core.text import plural
from crossframe.frameworks.h2o.cluster import AUTHORITY, CERTIFICATE, PASSWORD, USER, Cluster
from crossframe.frameworks.h2o.rest import Address, H2OGone, H2ORefused, Rest
from crossframe.frameworks.h2o.server import CannotStart

_ANSWER_LIMIT = 30.0
"""Seconds within which a cluster has to describe itself."""
_FORMING_LIMIT = 30.0
"""Seconds for which a cluster that is still forming is waited for."""

_log = logging.getLogger(__name__)


def address_of(url: str) -> Address:
    """The address at ``url``, with the credentials and certificates that belong to it.

    Raises `UsageError` for a URL or a file that cannot be used.
    """
    try:
        place = Address.parse(url)
    except ValueError as error:
        raise UsageError(
            f"--h2o-url: {error}",
            f"write https://host:port; the user and password belong into {USER} and {PASSWORD}, or into "
            "the netrc file",
        ) from None
    if place.scheme == "https":
        place = replace(place, tls=_verifying())
    user = place.user or os.environ.get(USER, "")
    if PASSWORD in os.environ and user:
        return replace(place, user=user, password=os.environ[PASSWORD])
    login = _from_netrc(place.host)
    if login is not None and place.user in ("", login[0]):
        return replace(place, user=login[0], password=login[1])
    return replace(place, user=user)


def _verifying() -> ssl.SSLContext:
    """TLS that trusts the system's authorities and the given one, and has the given client certificate."""
    context = ssl.create_default_context()
    for variable, load in (
        (AUTHORITY, lambda file: context.load_verify_locations(cafile=file)),
        (CERTIFICATE, context.load_cert_chain),
    ):
        file = os.environ.get(variable)
        if not file:
            continue
        try:
            load(file)
        except OSError as error:  # an SSLError is one
            what = "authority's certificate" if variable == AUTHORITY else "client certificate and its key"
            raise UsageError(
                f"{file} cannot be used as {what}: {error.strerror or error}", f"{variable} names a PEM file"
            ) from None
    return context


def _from_netrc(host: str) -> tuple[str, str] | None:
    """User and password of ``host`` in the file named by NETRC, else in ~/.netrc; None: there are none."""
    file = Path(os.environ.get("NETRC") or "~/.netrc").expanduser()
    if not file.is_file():
        return None
    try:
        entry = netrc.netrc(str(file)).authenticators(host)
    except (netrc.NetrcParseError, OSError) as error:
        remedy = f"correct it, or set {USER} and {PASSWORD}"
        raise UsageError(f"{file} cannot be read: {error}", remedy) from None
    return None if entry is None else (entry[0], entry[2] or "")


def described(place: Address, *, lock: bool = True) -> Cluster:
    """The cluster at ``place``; with ``lock`` no further node can join it from now on.

    Logs a warning about what is sent unencrypted, and about an H2O of another version than the package's.
    Raises `CannotStart` where it cannot be used.
    """
    if place.scheme == "http" and not _on_loopback(place.host):
        _log.warning(
            "%s: data and password are sent unencrypted; give an https:// address where there is one",
            place.shown,
        )
    rest = Rest(place, _ANSWER_LIMIT)
    try:
        there = reached(rest, lock=lock)
    finally:
        rest.close()
    own = package_version("h2o")
    if own and own != there.version:
        _log.warning(
            "the cluster runs H2O %s, crossframe's rules were tested with %s: defaults and results are the "
            "cluster's; what its release lacks it refuses, and rules of activity may be another release's",
            there.version, own,
        )  # fmt: skip
    return there


def reached(rest: Rest, *, lock: bool = True) -> Cluster:
    """The cluster behind a connection, after it has formed; see `described`. Raises `CannotStart`."""
    limit = time.monotonic() + _FORMING_LIMIT
    cloud = _cloud(rest)
    while not cloud["consensus"]:
        if time.monotonic() > limit:
            nodes = plural(cloud["cloud_size"], "node")
            reason = f"the H2O cluster at {rest.address.shown} is still forming: {nodes} so far"
            raise CannotStart(reason, "wait until all of its nodes have joined, then run the command again")
        time.sleep(0.5)
        cloud = _cloud(rest)
    if cloud["bad_nodes"] or not cloud["cloud_healthy"]:
        reason = (
            f"{cloud['bad_nodes']} of the {plural(cloud['cloud_size'], 'node')} of the H2O cluster at "
            f"{rest.address.shown} do not answer"
        )
        raise CannotStart(reason, "restart the cluster: H2O cannot go on without a node")
    if lock and not cloud["locked"]:
        # Its number of nodes is part of the keys. H2O locks itself with the first job; this is earlier.
        rest.call("POST", "/3/CloudLock", reason="crossframe")
        cloud = _cloud(rest)
    threads = sum(node["nthreads"] for node in cloud["nodes"])
    return Cluster(rest.address.shown, str(cloud["version"]), int(cloud["cloud_size"]), threads)


def _cloud(rest: Rest) -> dict[str, Any]:
    """What the cluster says of itself; `CannotStart`, with the reason in words, where it does not."""
    shown = rest.address.shown
    try:
        cloud = rest.call("GET", "/3/Cloud", skip_ticks="true")
    except H2ORefused as error:
        raise CannotStart(*_refused(error, rest.address)) from None
    except H2OGone as error:
        raise CannotStart(*_unreachable(error.__cause__, rest.address)) from None
    except UnicodeError:
        raise CannotStart(f"the host {rest.address.host} is not known", "check host and port") from None
    except ValueError:
        cloud = {}
    if "cloud_size" not in cloud:
        raise CannotStart(f"{shown} answers, but is no H2O cluster", "check host, port and context path")
    return cloud


def _refused(error: H2ORefused, place: Address) -> tuple[str, str]:
    """(Reason, remedy) for an answer that is an error."""
    remedy = f"set {USER} and {PASSWORD}, or add an entry of {place.host} to the netrc file"
    if error.status == 401 and place.user:
        return f"the H2O cluster at {place.shown} refuses user {place.user} with this password (401)", remedy
    if error.status == 401:
        return f"the H2O cluster at {place.shown} asks for a user and a password (401)", remedy
    if error.status == 403:
        return f"{place.shown} forbids the access (403)", remedy
    if error.status == 404:
        remedy = "check port and context path, as in https://host:port/context"
        return f"{place.shown} answers, but has no H2O cluster at this path (404)", remedy
    return f"{place.shown} answers with an error ({error.status}): {error}", "look into the cluster's log"


def _unreachable(cause: BaseException | None, place: Address) -> tuple[str, str]:
    """(Reason, remedy) where no answer came."""
    shown, remedy = place.shown, "check host and port, and whether the cluster runs"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (
            f"the certificate of {shown} is not trusted: {cause.verify_message}",
            f"--h2o-ca FILE (or {AUTHORITY}) with the certificate of its authority in PEM, and the host name "
            "that the certificate has",
        )
    certificate = f"--h2o-cert FILE (or {CERTIFICATE}) with certificate and key in PEM"
    if isinstance(cause, ssl.SSLError) and "CERTIFICATE" in (cause.reason or ""):
        return f"{shown} asks for a client certificate: {cause.reason}", certificate
    # A server that gets no certificate may be gone before its reason is read.
    if place.scheme == "https" and isinstance(
        cause, (ssl.SSLEOFError, ConnectionResetError, BrokenPipeError)
    ):
        return f"{shown} closes the connection; perhaps it asks for a client certificate", certificate
    if isinstance(cause, ssl.SSLError):
        return (
            f"{shown} does not speak TLS: {cause.reason or cause}",
            f"try http://{shown.partition('//')[2]}",
        )
    if isinstance(cause, socket.gaierror):
        return f"the host {place.host} is not known", remedy
    if isinstance(cause, ConnectionRefusedError):
        return f"nothing listens at {shown}", remedy
    if isinstance(cause, TimeoutError):
        return f"{shown} does not answer", remedy
    if place.scheme == "http":
        return (
            f"{shown} closes the connection without an answer of HTTP ({type(cause).__name__})",
            f"try https://{shown.partition('//')[2]}",
        )
    return f"{shown} cannot be reached: {cause}", remedy


def _on_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
