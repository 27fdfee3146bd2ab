"""Options of the commands that can use an H2O cluster which is there already."""

from __future__ import annotations

import argparse
import contextlib
from typing import Any

from crossframe.cli import paths
from crossframe.core.errors import UsageError


def add(parser: Any) -> None:
    """Add ``--h2o-url``, ``--h2o-ca`` and ``--h2o-cert``."""
    parser.add_argument(
        "--h2o-url",
        metavar="URL",
        help="an H2O cluster to use in place of an own server, https://host:port/context; user and password "
        "come from CROSSFRAME_H2O_USER and CROSSFRAME_H2O_PASSWORD or from the netrc file",
    )
    parser.add_argument(
        "--h2o-ca",
        type=paths.file,
        metavar="FILE",
        help="PEM file of the authority that signed its certificate, where the system does not trust it "
        "(CROSSFRAME_H2O_CA)",
    )
    parser.add_argument(
        "--h2o-cert",
        type=paths.file,
        metavar="FILE",
        help="PEM file with a client certificate and its key (CROSSFRAME_H2O_CERT)",
    )


def connected(a: argparse.Namespace) -> contextlib.AbstractContextManager[object]:
    """The cluster of these options, for a ``with`` block: `crossframe.frameworks.h2o.cluster.connected`."""
    url: str | None = getattr(a, "h2o_url", None)
    if url is None:
        return contextlib.nullcontext()
    if getattr(a, "cluster", None) is not None:
        raise UsageError(
            "--h2o-url with --cluster: workers on other machines do not use the cluster's H2O",
            "leave out one of them; --shard goes with --h2o-url",
        )
    from crossframe.frameworks.h2o.cluster import connected

    return connected(url, a.h2o_ca, a.h2o_cert)
