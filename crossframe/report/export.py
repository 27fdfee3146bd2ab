"""The numbers of a run as CSV and JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from crossframe.report.view import Compared

SCHEMA_VERSION = 1


def plain(value: Any) -> Any:
    """``value`` as JSON knows it: numpy and pandas scalars unwrapped, NaN and infinities as null."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, (bool, int, str)) else str(value)


def messages(result: Compared) -> list[str]:
    """Every message of the evidence once, in the order of its first appearance."""
    return list(dict.fromkeys(message for found in result.cells["evidence"] for message in found))


def as_dict(result: Compared) -> dict[str, Any]:
    """Everything, as JSON knows it, without NaN.

    ``evidence`` holds each message once and a cell the positions of its own, since one message may
    name hundreds of columns and stand in hundreds of cells.
    """
    said = messages(result)
    place = {message: i for i, message in enumerate(said)}
    cells = [
        {**row, "evidence": [place[m] for m in row["evidence"]]} for row in result.cells.to_dict("records")
    ]
    document = {
        "schema": SCHEMA_VERSION,
        "run": result.run,
        "contestants": result.contestants,
        "evidence": said,
        "cells": cells,
        "summary": result.summary.to_dict("records"),
        "pairs": result.pairs.to_dict("records"),
    }
    found: dict[str, Any] = plain(document)
    return found


def as_json(result: Compared) -> str:
    """`as_dict` as text, a line for each row of a table: as small as JSON is, and it diffs."""

    def line(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))

    parts = []
    for name, value in as_dict(result).items():
        rows = ",\n".join(map(line, value)) if isinstance(value, list) else ""
        parts.append(f"{line(name)}:" + (f"[\n{rows}\n]" if rows else line(value)))
    return "{\n" + ",\n".join(parts) + "\n}\n"


def as_csv(result: Compared) -> dict[str, str]:
    """File name -> content.

    Lists are joined by spaces; evidence is the positions of the messages in ``result.json``.
    """
    place = {message: str(i) for i, message in enumerate(messages(result))}
    cells = result.cells.copy()
    cells["evidence"] = [" ".join(place[m] for m in found) for found in cells["evidence"]]
    cells["aliased"] = [" ".join(map(str, found)) for found in cells["aliased"]]
    tables = {"cells.csv": cells, "summary.csv": result.summary, "pairs.csv": result.pairs}
    return {name: table.to_csv(index=False, lineterminator="\n") for name, table in tables.items()}
