"""Documents and records as CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from crossframe.report.document import Document
from crossframe.report.table import Table


def plain(value: Any) -> Any:
    """``value`` as plain JSON values: numpy and pandas scalars unwrapped, NaN and infinities as None.

    A value of any other type becomes its text.
    """
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


def json_lines(document: Mapping[str, Any]) -> str:
    """A record as JSON with one line for each entry of its lists: compact, and with readable diffs."""

    def line(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))

    parts = []
    for name, value in document.items():
        rows = ",\n".join(map(line, value)) if isinstance(value, list) else ""
        parts.append(f"{line(name)}:" + (f"[\n{rows}\n]" if rows else line(value)))
    return "{\n" + ",\n".join(parts) + "\n}\n"


def csv_tables(document: Document) -> str:
    """Every table of a document under one heading row: part, table, then the cells by column name."""
    tables = [(heading, block) for heading, block in document.walk() if isinstance(block, Table)]
    names = list(dict.fromkeys(name for _, table in tables for name, *_ in table.columns))
    out = io.StringIO()
    writer = csv.DictWriter(out, ["part", "table", *names], restval="", lineterminator="\n")
    writer.writeheader()
    for heading, table in tables:
        for row in table.rows:
            cells = {
                name: cell.text if numeric else _harmless(cell.text)
                for (name, numeric, _), cell in zip(table.columns, row, strict=True)
            }
            writer.writerow({"part": heading, "table": table.caption, **cells})
    return out.getvalue()


def _harmless(text: str) -> str:
    """A text that a spreadsheet would run as a formula, quoted."""
    formula = text[:1] in ("=", "+", "@") or (text[:1] == "-" and not text[1:2].isdigit() and len(text) > 1)
    return f"'{text}" if formula else text


_RECORDS: dict[str, type] = {"document": Document}


def register(name: str, record: type) -> None:
    """Publish the JSON schema of a record; see `schemas`."""
    _RECORDS[name] = record


def schemas() -> dict[str, dict[str, Any]]:
    """Name -> JSON schema of every published record that has been registered."""
    return {name: msgspec.json.schema(record) for name, record in sorted(_RECORDS.items())}
