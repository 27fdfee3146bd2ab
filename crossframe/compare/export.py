"""The numbers of a run as CSV and JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from crossframe.claims import replications
from crossframe.compare.per_class import MEASURES, per_class
from crossframe.experiment.view import Compared, View
from crossframe.report import export

SCHEMA_VERSION = 1


class Comparison(msgspec.Struct, frozen=True):
    """What ``crossframe compare --json`` prints and ``result.json`` holds; a missing number is null.

    Attributes
    ----------
    schema
        Version of this record.
    run
        What was run: data, design, sizes, seed, versions, command, missing engines.
    contestants
        Who took part, with the settings asked for, effective and without effect.
    evidence
        Every message of a framework once.
    cells
        One per contestant, n and draw; its ``evidence`` are positions in the list above.
    summary
        One per contestant and n: means, percentiles and intervals over the draws.
    pairs
        One per two contestants and n: paired differences and agreement.
    findings
        Of a preset, the published claims: mark, its date, earlier marks, verdicts and what was measured.
    per_class
        Of more than two classes, one per contestant, n and class: recall and precision with their intervals.
    """

    schema: int
    run: dict[str, Any]
    contestants: list[dict[str, Any]]
    evidence: list[str]
    cells: list[dict[str, Any]]
    summary: list[dict[str, Any]]
    pairs: list[dict[str, Any]]
    findings: list[dict[str, Any]] = []
    per_class: list[dict[str, Any]] = []


export.register("compare", Comparison)


def _messages(result: Compared) -> dict[str, int]:
    """Every message of the evidence -> its position, in the order of first appearance."""
    messages = dict.fromkeys(message for evidence in result.cells["evidence"] for message in evidence)
    return {message: place for place, message in enumerate(messages)}


def as_dict(result: Compared) -> dict[str, Any]:
    """A run as `Comparison`, plain.

    ``evidence`` holds each message once and a cell the positions of its own, since one message may
    name hundreds of columns and stand in hundreds of cells.
    """
    place = _messages(result)
    cells = [
        {**row, "evidence": [place[m] for m in row["evidence"]]} for row in result.cells.to_dict("records")
    ]
    document = {
        "schema": SCHEMA_VERSION,
        "run": result.run,
        "contestants": result.contestants,
        "evidence": list(place),
        "cells": cells,
        "summary": result.summary.to_dict("records"),
        "pairs": result.pairs.to_dict("records"),
        "findings": [finding.to_dict() for finding in replications.findings(result)],
    }
    if classes := per_class(View(result)):
        document["per_class"] = classes
    return {name: export.plain(value) for name, value in document.items()}


def as_json(result: Compared) -> str:
    """`as_dict` as text, a line for each row of a table."""
    return export.json_lines(as_dict(result))


def as_csv(result: Compared) -> dict[str, str]:
    """File name -> content.

    Lists are joined by spaces; evidence is the positions of the messages in ``result.json``.
    """
    place = _messages(result)
    cells = result.cells.copy()
    cells["evidence"] = [" ".join(str(place[m]) for m in evidence) for evidence in cells["evidence"]]
    cells["aliased"] = [" ".join(map(str, columns)) for columns in cells["aliased"]]
    for name in MEASURES:
        if name in cells:
            cells[name] = [" ".join(map(str, shares)) for shares in cells[name]]
    tables = {"cells.csv": cells, "summary.csv": result.summary, "pairs.csv": result.pairs}
    return {name: table.to_csv(index=False, lineterminator="\n") for name, table in tables.items()}
