"""What a store holds: counted by model, as a table, and without what is not needed any more."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossframe.core.errors import UsageError
from crossframe.experiment.store import Store, StoreError

if TYPE_CHECKING:
    import pandas as pd

NOT_RECORDED = "not recorded"
"""The model of a cell that an earlier version has stored and that no run has."""

_SCORES = ("accuracy", "accuracy_half", "auc", "logloss", "r2", "rmse", "mae")
_PLACE = ("run", "contestant", "n", "draw")
_FLAGS = ("usable", "failed", "deterministic")
_COUNTS = ("n", "draw", "attempts", "rows", "unscored", "peak_memory")
_TRAIN_SCORES = tuple(f"train_{name}" for name in _SCORES)
_NUMBERS = ("updates", "iterations", "epochs", "threshold", *_SCORES, *_TRAIN_SCORES, "seconds")
_PLAIN = (
    "status", *_FLAGS, "attempts", "rows", *_NUMBERS[:-1], "unscored", "convergence", "digest", "fingerprint",
    "peak_memory",
)  # fmt: skip
_BYTES = "length(CAST(record AS BLOB)) + length(CAST(arrays AS BLOB))"
_OLDEST = 36_500
"""Days of the longest age that cells are asked for, a hundred years."""

_AS_JSON = {"settings": "canonical", "effective": "effective", "evidence": "evidence"}


def by_model(store: Store) -> list[dict[str, Any]]:
    """Model, cells, failed ones, bytes and the newest, one row for each model, in order of its name."""
    models = _Models(store)
    rows: dict[str, dict[str, Any]] = {}
    for key, model, failed, size, created in store.cells(f"key, model, failed, {_BYTES}, created"):
        name = models.of(key, model)
        row = rows.setdefault(name, {"model": name, "cells": 0, "failed": 0, "bytes": 0, "newest": ""})
        row["cells"] += 1
        row["failed"] += failed
        row["bytes"] += size
        row["newest"] = max(row["newest"], str(created))
    return [rows[name] for name in sorted(rows)]


def file_size(store: Store) -> int:
    """Bytes of the store's file and of its log."""
    files = (store.path, Path(f"{store.path}-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def table(store: Store) -> pd.DataFrame:
    """Every undamaged cell, by time and key; damaged ones are added to ``store.damaged``.

    What the columns hold is in the help of ``crossframe store export``.
    """
    import pandas as pd

    models, places = _Models(store), _places(store)
    stored = {key: (model, created) for key, model, created in store.cells("key, model, created")}
    rows = []
    for key in sorted(stored, key=lambda key: (str(stored[key][1]), key)):
        record = store.get([key]).get(key)
        if record is not None:
            f, (model, created) = record.fields, stored[key]
            row = {"key": key, "model": models.of(key, model), "created": created}
            row |= places.get(key, {}) | {name: f.get(name) for name in _PLAIN}
            row["seconds"] = f.get("timings", {}).get("engine")
            rows.append(row | {name: json.dumps(f[of]) for name, of in _AS_JSON.items() if of in f})
    made = pd.DataFrame(rows, columns=["key", "model", "created", *_PLACE, *_PLAIN, "seconds", *_AS_JSON])
    types = {**dict.fromkeys(_NUMBERS, "Float64"), **dict.fromkeys(_COUNTS, "Int64")}
    return made.astype({**types, **dict.fromkeys(_FLAGS, "boolean")})


@dataclass(frozen=True)
class Pruning:
    """Cells that can go.

    Attributes
    ----------
    keys
        Of the cells.
    size
        Bytes of them.
    runs
        Names of the runs that have some of them, whose reports will lack these.
    """

    keys: tuple[str, ...]
    size: int
    runs: tuple[str, ...]


def prunable(
    store: Store, *, failed: bool = False, older_than: float | None = None, unused: bool = False
) -> Pruning:
    """The cells that meet all conditions: failed, older than a number of days, not in any run.

    Raises `UsageError` without a condition, and `StoreError` where a run is damaged and ``unused`` is asked.
    """
    if not failed and not unused and older_than is None:
        raise UsageError("which cells?", "--failed, --older-than DAYS or --unused; several mean all of them")
    if older_than is not None and not 0 <= older_than <= _OLDEST:
        raise UsageError(f"--older-than {older_than:g}: not a number of days", f"from 0 to {_OLDEST:,}")
    runs = store.specs()
    if unused and any(spec is None for spec in runs.values()):
        raise StoreError(
            f"a run in {store.path} is damaged, and its cells are not known", "see crossframe list runs"
        )
    used = {cell["key"]: spec["run"]["name"] for spec in runs.values() if spec for cell in spec["cells"]}
    limit = ""
    if older_than is not None:
        limit = (datetime.now(UTC) - timedelta(days=older_than)).isoformat(timespec="milliseconds")
    chosen = [
        (key, size)
        for key, has_failed, size, created in store.cells(f"key, failed, {_BYTES}, created")
        if (has_failed or not failed)
        and (not limit or str(created) < limit)
        and (key not in used or not unused)
    ]
    keys = tuple(key for key, _ in chosen)
    named = dict.fromkeys(used[key] for key in keys if key in used)
    return Pruning(keys, sum(size for _, size in chosen), tuple(named))


def remove(store: Store, keys: Sequence[str]) -> None:
    """Delete cells, all of them or none, and give their space back to the disk."""
    with store.transaction() as db:
        db.executemany("DELETE FROM cells WHERE key = ?", ((key,) for key in keys))
    store.compact()


class _Models:
    """What a cell's model is called; of those that an earlier version has stored by the runs."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_key: dict[str, str] | None = None

    def of(self, key: str, model: str | None) -> str:
        if model:
            return model
        if self._by_key is None:
            self._by_key = {}
            for spec in filter(None, self._store.specs().values()):
                models = {c["name"]: c.get("model", NOT_RECORDED) for c in spec["contestants"]}
                self._by_key |= {cell["key"]: models[cell["contestant"]] for cell in spec["cells"]}
        return self._by_key.get(key, NOT_RECORDED)


def _places(store: Store) -> dict[str, dict[str, Any]]:
    """Key of a cell -> the newest run that has it, and contestant, n and draw there."""
    return {
        cell["key"]: {"run": spec["run"]["name"], **{k: cell[k] for k in ("contestant", "n", "draw")}}
        for spec in filter(None, reversed(store.specs().values()))
        for cell in spec["cells"]
    }
