"""What ``crossframe.compare`` returns: the stored cells as tables."""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crossframe.comparison.record import Record, failed
from crossframe.comparison.stats import agreement, coefficient_distance, mean_interval, summary_table
from crossframe.engines.base import Status

_SCORES = ("accuracy", "accuracy_half", "auc", "logloss")
_NUMBERS = (*_SCORES, *(f"train_{name}" for name in _SCORES),
            "updates", "iterations", "epochs", "epochs_asked", "threshold")  # fmt: skip
_PHASES = ("transfer", "fit", "predict", "verify", "engine")


class CompareResult:
    """The cells of one run and the tables made of them.

    Attributes
    ----------
    run
        What was run: dataset, design, sizes, seed, versions, command, missing engines.
    contestants
        One dict per contestant: who it is, what was asked, what was in force.
    """

    def __init__(self, spec: Mapping[str, Any], records: Mapping[str, Record]) -> None:
        self.run: dict[str, Any] = dict(spec["run"])
        self._spec = spec
        self._records = {**self._never_run(spec), **records}
        # Timings are in it: fits that were computed again are other fits, whatever they gave.
        fits = json.dumps([spec, [(key, record.fields) for key, record in sorted(self._records.items())]])
        self.run["digest"] = hashlib.sha256(fits.encode() + _renderer()).hexdigest()[:16]
        self.contestants: list[dict[str, Any]] = [self._describe(c) for c in spec["contestants"]]

    @staticmethod
    def _never_run(spec: Mapping[str, Any]) -> dict[str, Record]:
        """Named skips for the cells whose engine is missing: the store does not keep them."""
        engines = {c["name"]: c["engine"] for c in spec["contestants"]}
        skips = {
            m["engine"]: failed(Status.ENGINE_MISSING, 0, (m["reason"], f"mend: {m['mend']}"))
            for m in spec["run"]["missing_engines"]
        }
        return {
            cell["key"]: skips[engines[cell["contestant"]]]
            for cell in spec["cells"]
            if engines[cell["contestant"]] in skips
        }

    def _describe(self, contestant: Mapping[str, Any]) -> dict[str, Any]:
        """A contestant with what its latest usable fit says was in force."""
        found: dict[str, Any] = {"effective": {}, "canonical": {}, "inert": {}, "deterministic": True}
        for cell in self._spec["cells"]:
            record = self._records.get(cell["key"])
            if cell["contestant"] == contestant["name"] and record and record.fields["usable"]:
                found = {name: record.fields[name] for name in found}
        return {**contestant, **found}

    @functools.cached_property
    def cells(self) -> pd.DataFrame:
        """One row per contestant, n and draw: scores, what really ran, status, evidence, timings."""
        rows = []
        for cell in self._spec["cells"]:
            record = self._records.get(cell["key"])
            if record is None:
                continue
            f = record.fields
            row = {name: cell[name] for name in ("contestant", "n", "draw", "key")}
            row |= {name: f[name] for name in ("status", "usable", "failed", "attempts", "convergence")}
            row |= {name: _float(f.get(name)) for name in _NUMBERS}
            row |= {name: f[name] for name in ("deterministic", "fingerprint", "fingerprint_ok")}
            row |= {"aliased": f.get("aliased", []), "evidence": f["evidence"]}
            timings = f.get("timings", {})
            row |= {f"seconds_{phase}": timings.get(phase, math.nan) for phase in _PHASES}
            rows.append(row)
        return pd.DataFrame(rows)

    @functools.cached_property
    def summary(self) -> pd.DataFrame:
        """One row per contestant and n: means over draws with 10-90 % range and 95 % interval.

        ``half_gain`` is what labels at p > 0.5 would gain over the framework's own, paired by fit.
        """
        return summary_table(self.cells, self._overlap)

    @property
    def _overlap(self) -> dict[int, float]:
        return {int(n): rho for n, rho in self.run["overlap"].items()}

    @functools.cached_property
    def pairs(self) -> pd.DataFrame:
        """One row per pair of contestants and n: paired difference and agreement, over draws.

        ``difference`` is the mean over draws of accuracy(left) - accuracy(right), with interval and
        p-value by `mean_interval`. ``alike``, ``max_dp`` and ``mean_dp`` are means over draws of
        `agreement`, ``digits`` its median and ``digits_min`` the smallest, ``coef_distance`` the
        median of `coefficient_distance`; all but ``alike`` exist only where both scores are
        probabilities, or come from the same model.
        """
        order = [c["name"] for c in self.contestants]
        rows: list[dict[str, Any]] = []
        for n in self.run["sizes"]:
            stacks = [s for s in (self._stack(n, d, order) for d in range(self.run["draws"])) if s]
            if not stacks:
                continue
            cube = {name: np.stack([s[name] for s in stacks]) for name in stacks[0]}
            for i, left in enumerate(order):
                for j in range(i + 1, len(order)):
                    both = ~np.isnan(cube["difference"][:, i, j])
                    if both.any():
                        picked = {name: values[both, i, j] for name, values in cube.items()}
                        rows.append(_pair(left, order[j], n, picked, self._overlap[n]))
        return pd.DataFrame(rows)

    def _stack(self, n: int, draw: int, order: list[str]) -> dict[str, Any] | None:
        """All pairs on one draw: entries of shape (contestants, contestants), NaN where unusable."""
        here = {
            name: record
            for name in order
            if (record := self._records.get(self._keys.get((name, n, draw), ""))) is not None
            and "score" in record.arrays
        }
        if len(here) < 2:
            return None
        at = [order.index(name) for name in here]
        records = list(here.values())
        accuracy = np.array([r.fields["accuracy"] for r in records])
        found = agreement(
            np.stack([r.arrays["score"] for r in records]), np.stack([r.arrays["labels"] for r in records])
        )
        comparable = _comparable(records)
        for name in ("max_dp", "mean_dp", "digits"):
            found[name] = np.where(comparable, found[name], np.nan)
        found["difference"] = accuracy[:, None] - accuracy[None, :]
        found["coef_distance"] = np.where(
            comparable, coefficient_distance(self._coefficients(records)), np.nan
        )
        out = {}
        for name, values in found.items():
            full = np.full((len(order), len(order)), np.nan)
            full[np.ix_(at, at)] = values
            out[name] = full
        return out

    def _coefficients(self, records: list[Record]) -> Any:
        width = 1 + max(
            (int(r.arrays["columns"].max()) + 1 for r in records if "columns" in r.arrays), default=0
        )
        beta = np.full((len(records), width), np.nan)
        for row, record in zip(beta, records, strict=True):
            if "coefficients" in record.arrays:
                row[:] = 0.0
                values = np.nan_to_num(record.arrays["coefficients"], nan=0.0)
                row[0], row[1 + record.arrays["columns"]] = values[0], values[1:]
        return beta

    @functools.cached_property
    def _keys(self) -> dict[tuple[str, int, int], str]:
        return {(c["contestant"], c["n"], c["draw"]): c["key"] for c in self._spec["cells"]}

    @property
    def failed(self) -> pd.DataFrame:
        """The cells that crashed, timed out, were corrupted, or whose engine is missing."""
        return self.cells[self.cells["failed"]] if len(self.cells) else self.cells

    def to_dict(self) -> dict[str, Any]:
        """What ``--json`` prints and ``result.json`` holds: plain, without NaN; schema 1."""
        from crossframe.report.export import as_dict

        return as_dict(self)

    def write_report(self, folder: Path | str, *, again: bool = True) -> Path:
        """Write the HTML report and its twins into ``folder``; returns the page's path.

        With ``again`` false a folder that shows these very fits already is left as it is.
        """
        from crossframe import report

        page, numbers = Path(folder) / "index.html", Path(folder) / "result.json"
        if not again and page.is_file() and numbers.is_file():
            with numbers.open(encoding="utf-8") as file:
                if any(self.run["digest"] in line for line in itertools.islice(file, 3)):
                    return page.resolve()
        return report.write(self, Path(folder))

    def _repr_html_(self) -> str:
        from crossframe import report

        return report.notebook(self)

    def __repr__(self) -> str:
        run = self.run
        return (
            f"<CompareResult {run['name']}: {len(self.contestants)} contestants, n = "
            f"{', '.join(map(str, run['sizes']))}, {run['draws']} draws, {len(self.cells)} cells>"
        )


def _comparable(records: list[Record]) -> Any:
    """Whether two scores are the same quantity, shape (c, c): a fitted value is no probability."""
    probability = np.array([bool(r.fields["is_probability"]) for r in records])
    model = np.array([r.fields["model"] for r in records])
    same: Any = (probability[:, None] & probability[None, :]) | (model[:, None] == model[None, :])
    return same


@functools.cache
def _renderer() -> bytes:
    """SHA-256 of what makes a report: a page made by other code is an old page."""
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for name in ("report/*", "claims.py", "findings.py", "conduct.py", "published.py", "comparison/stats.py"):
        for file in sorted(package.glob(name)):
            if file.is_file():
                digest.update(file.read_bytes())
    return digest.digest()


def _pair(left: str, right: str, n: int, at: dict[str, Any], overlap: float) -> dict[str, Any]:
    mean, low, high, p = mean_interval(at["difference"], overlap)
    return {
        "left": left,
        "right": right,
        "n": n,
        "draws": len(at["difference"]),
        "difference": mean,
        "low": low,
        "high": high,
        "p_value": p,
        "alike": float(at["alike"].mean()),
        "max_dp": float(at["max_dp"].mean()),
        "mean_dp": float(at["mean_dp"].mean()),
        "digits": _median(at["digits"]),
        "digits_min": float(at["digits"].min()),
        "coef_distance": _median(at["coef_distance"]),
    }


def _median(values: Any) -> float:
    there = values[~np.isnan(values)]
    return float(np.median(there)) if len(there) else math.nan


def _float(value: Any) -> float:
    return math.nan if value is None else float(value)
