"""Claim sets as data: a TOML file with the claims, their sources, marks and the dates of these."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from crossframe.claims.claim import Claim, Elsewhere, Mark, Source


def read_claims(package: str, file: str = "claims.toml", **numbers: object) -> dict[str, Claim]:
    """The claims of a file by key, in the file's order.

    The file has the name of the ``set``, the date ``fixed``, a table ``sources`` (each with ``name`` and
    ``link``), and for each claim a table ``claims.KEY`` with ``words``, the key of its ``source``,
    ``quantity`` and ``mark``. A claim may have a date ``fixed`` of its own, ``replaced`` marks (each with
    ``words``, ``fixed`` and ``reason``; their rules are given to `crossframe.claims.judge.with_earlier`),
    ``untested``, the reason why there is no experiment, ``elsewhere``, other claim sets that judge the same
    claim (each with ``claim``, as set/key, and ``differs``, what differs between the two), and
    ``by_interval = false``, see `crossframe.claims.claim.Claim`.

    Parameters
    ----------
    package
        The dotted name of the package in which the file lies.
    numbers
        Stand in the marks for ``{name}``: the thresholds by which the rules judge, so that text and rule
        agree.

    Raises
    ------
    KeyError
        For a source, or a number in a mark, that is not there.
    """
    content = tomllib.loads(files(package).joinpath(file).read_text(encoding="utf-8"))
    sources = {key: Source(**fields) for key, fields in content["sources"].items()}
    return {
        key: Claim(
            key,
            fields["words"],
            sources[fields["source"]],
            fields["quantity"],
            fields["mark"].format(**numbers),
            str(fields.get("fixed", content["fixed"])),
            tuple(Mark(m["words"], str(m["fixed"]), m["reason"]) for m in fields.get("replaced", ())),
            fields.get("untested", ""),
            content["set"],
            tuple(Elsewhere(**other) for other in fields.get("elsewhere", ())),
            fields.get("by_interval", True),
        )
        for key, fields in content["claims"].items()
    }
