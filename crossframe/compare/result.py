"""What ``crossframe.compare`` returns: the stored cells as tables."""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crossframe.core.statistics import agreement, coefficient_distance, corrected_mean
from crossframe.core.types import FloatArray
from crossframe.experiment.keys import code_of
from crossframe.experiment.metrics import ACCURACY, Metric, metric_of, number_scores
from crossframe.experiment.record import Record, failed
from crossframe.frameworks.contract import Status
from crossframe.settings.chosen import chosen_penalty

if TYPE_CHECKING:
    from crossframe.report.document import Document

_WORK = ("updates", "iterations", "epochs", "epochs_asked", "threshold")
_PHASES = ("transfer", "fit", "predict", "verify", "engine")


class CompareResult:
    """The cells of one run and the tables made of them.

    Attributes
    ----------
    run
        What was run: dataset, design, sizes, seed, versions, command, missing engines.
    contestants
        One dict per contestant: its names, the settings requested and those effective.
    damaged
        Cells that are left out because their stored records are damaged.
    """

    damaged = 0

    def __init__(self, spec: Mapping[str, Any], records: Mapping[str, Record]) -> None:
        self.run: dict[str, Any] = dict(spec["run"])
        self._metric = metric_of(self.run["dataset"]["classes"])
        self._spec = spec
        self._records = {**self._never_run(spec), **records}
        # The timings take part: fits that were computed again count as other fits, even with equal results.
        fits = json.dumps([spec, [(key, record.fields) for key, record in sorted(self._records.items())]])
        self.run["digest"] = hashlib.sha256(fits.encode() + _renderer()).hexdigest()[:16]
        self.contestants: list[dict[str, Any]] = [self._describe(c) for c in spec["contestants"]]

    @staticmethod
    def _never_run(spec: Mapping[str, Any]) -> dict[str, Record]:
        """Records for the cells whose engine is missing, which the store does not keep."""
        engines = {c["name"]: c["engine"] for c in spec["contestants"]}
        skips = {
            m["engine"]: failed(Status.ENGINE_MISSING, 0, (m["reason"], f"remedy: {m['remedy']}"))
            for m in spec["run"]["missing_engines"]
        }
        return {
            cell["key"]: skips[engines[cell["contestant"]]]
            for cell in spec["cells"]
            if engines[cell["contestant"]] in skips
        }

    def _describe(self, contestant: Mapping[str, Any]) -> dict[str, Any]:
        """A contestant with the effective settings that its latest usable fit reports."""
        state: dict[str, Any] = {"effective": {}, "canonical": {}, "inert": {}, "deterministic": True}
        for cell in self._spec["cells"]:
            record = self._records.get(cell["key"])
            if cell["contestant"] == contestant["name"] and record and record.fields["usable"]:
                state = {name: record.fields[name] for name in state}
        return {**contestant, **state}

    @functools.cached_property
    def cells(self) -> pd.DataFrame:
        """One row per contestant, n and draw: scores, work done, status, evidence, timings.

        ``penalty`` is there where a cross-validation chose one: as the lambda of an elastic net, relative to
        the mean loss.
        """
        columns = self._metric.columns
        numbers = (*columns, *(f"train_{name}" for name in columns), *_WORK)
        rows = []
        for cell in self._spec["cells"]:
            record = self._records.get(cell["key"])
            if record is None:
                continue
            f = record.fields
            row = {name: cell[name] for name in ("contestant", "n", "draw", "key")}
            row |= {name: f[name] for name in ("status", "usable", "failed", "attempts", "convergence")}
            row |= {name: _float(f.get(name)) for name in numbers}
            if len(self.run["dataset"]["classes"]) > 2:
                row |= {name: f.get(name, []) for name in ("recall", "precision")}
            row |= {name: f[name] for name in ("deterministic", "fingerprint", "fingerprint_ok")}
            row |= {"aliased": f.get("aliased", []), "evidence": f["evidence"]}
            row |= {"unscored": f.get("unscored", 0), "to_score": len(record.arrays.get("score", ()))}
            if (penalty := chosen_penalty(f.get("canonical", {}))) is not None:
                row["penalty"] = penalty
            timings = f.get("timings", {})
            row |= {f"seconds_{phase}": timings.get(phase, math.nan) for phase in _PHASES}
            rows.append(row)
        return pd.DataFrame(rows)

    @functools.cached_property
    def summary(self) -> pd.DataFrame:
        """One row per contestant and n: means over draws with 10-90 % range and 95 % interval.

        ``half_gain`` is what labels at p > 0.5 would gain over the framework's own, paired by fit.
        """
        return _summary(self.cells, self._overlap, self._metric)

    @property
    def _overlap(self) -> dict[int, float]:
        return {int(n): rho for n, rho in self.run["overlap"].items()}

    @functools.cached_property
    def pairs(self) -> pd.DataFrame:
        """One row per pair of contestants and n: paired difference and agreement, over draws.

        ``difference`` is the mean over draws of accuracy(left) - accuracy(right), with interval and
        p-value by `crossframe.core.statistics.corrected_mean`. ``alike``, ``max_dp`` and ``mean_dp`` are
        means over draws of `agreement`, ``digits`` its median and ``digits_min`` the smallest,
        ``coef_distance`` the median of `coefficient_distance`; all but ``alike`` exist only where both
        scores are probabilities, or come from the same model. Scores and labels of ``class.order=reversed``
        are turned back; its coefficients, which are of the other class, have no distance to others. Where
        the target holds numbers, ``difference`` is that of R², those of RMSE and MAE stand beside it with
        their intervals (``rmse_difference``, ``rmse_low``, ``rmse_high``, ``mae_...``), and ``alike`` is
        missing.
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
        swaps = np.array([name in self._reversed for name in here])
        records = [_of_class_1(r) if s else r for r, s in zip(here.values(), swaps, strict=True)]
        m = len(records[0].arrays["score"])
        scores = np.stack([r.arrays["score"].reshape(-1) for r in records])
        if self._metric is ACCURACY:
            # Of more than two classes each row has several scores, and one label.
            labels = [np.repeat(r.arrays["labels"], scores.shape[1] // m) for r in records]
            measures, comparable = agreement(scores, np.stack(labels)), _comparable(records)
            measures["difference"] = _differences(records, "accuracy")
        else:
            measures, comparable = agreement(scores, np.zeros_like(scores, dtype=np.int8)), True
            measures["alike"] = np.full_like(measures["alike"], np.nan)
            measures["difference"] = _differences(records, self._metric.key)
            measures |= {f"{key}_difference": _differences(records, key) for key in self._metric.losses}
        for name in ("max_dp", "mean_dp", "digits"):
            measures[name] = np.where(comparable, measures[name], np.nan)
        measures["coef_distance"] = np.where(
            comparable & (swaps[:, None] == swaps), coefficient_distance(self._coefficients(records)), np.nan
        )
        out = {}
        for name, values in measures.items():
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
    def _reversed(self) -> set[str]:
        """The contestants that are fitted to 1 - y."""
        return {c["name"] for c in self.contestants if c["settings"].get("class.order") == "reversed"}

    @functools.cached_property
    def _keys(self) -> dict[tuple[str, int, int], str]:
        return {(c["contestant"], c["n"], c["draw"]): c["key"] for c in self._spec["cells"]}

    @property
    def failed(self) -> pd.DataFrame:
        """The cells that crashed, timed out, were corrupted, or whose engine is missing."""
        return self.cells[self.cells["failed"]] if len(self.cells) else self.cells

    @property
    def refused(self) -> pd.DataFrame:
        """The cells that their framework refused, or with a setting that it cannot express."""
        words = {str(Status.REFUSED), str(Status.CANNOT_EXPRESS)}
        return self.cells[self.cells["status"].isin(words)] if len(self.cells) else self.cells

    def to_dict(self) -> dict[str, Any]:
        """What ``--json`` prints and ``result.json`` holds; see `crossframe.compare.export.Comparison`."""
        from crossframe.compare.export import as_dict

        return as_dict(self)

    def document(self, folder: Path | str | None = None) -> Document:
        """The report as a document; its pairs lead to the explanations of this run in ``folder``/explain."""
        from crossframe.compare import explained, report

        pages = {} if folder is None else explained.pages(Path(folder), str(self.run["id"]))
        return report.document(self, pages)

    def write_report(self, folder: Path | str, *, again: bool = True) -> Path:
        """Write the HTML report and its twins into ``folder``; returns the page's path.

        With ``again`` false a folder that shows these very fits already is left as it is.
        """
        from crossframe.compare import report

        page, numbers = Path(folder) / "index.html", Path(folder) / "result.json"
        if not again and page.is_file() and numbers.is_file():
            with numbers.open(encoding="utf-8") as file:
                if any(self.run["digest"] in line for line in itertools.islice(file, 3)):
                    return page.resolve()
        return report.write(self, Path(folder))

    def _repr_html_(self) -> str:
        from crossframe.compare import report

        return report.notebook(self)

    def __repr__(self) -> str:
        run = self.run
        return (
            f"<CompareResult {run['name']}: {len(self.contestants)} contestants, n = "
            f"{', '.join(map(str, run['sizes']))}, {run['draws']} draws, {len(self.cells)} cells>"
        )


def _of_class_1(record: Record) -> Record:
    """The record of a fit to 1 - y with scores, labels and target of y; -1 is no label."""
    arrays = dict(record.arrays)
    labels = arrays["labels"]
    arrays |= {"score": 1 - arrays["score"], "labels": np.where(labels < 0, labels, 1 - labels)}
    if "truth" in arrays:
        arrays["truth"] = 1 - arrays["truth"]
    return replace(record, arrays=arrays)


def _differences(records: list[Record], key: str) -> FloatArray:
    """A score of the one less that of the other, shape (c, c): on the rows that both have a prediction of."""
    value = np.array([r.fields[key] for r in records])
    made: FloatArray = value[:, None] - value[None, :]
    truth = next((r.arrays["truth"] for r in records if "truth" in r.arrays), None)
    if truth is None:
        return made
    each = [r.arrays["score"] for r in records]
    there = [~np.isnan(score).reshape(len(truth), -1).any(axis=1) for score in each]
    for i, j in np.ndindex(made.shape):
        both = there[i] & there[j]
        if not both.any():
            made[i, j] = math.nan
        elif key == "accuracy":
            right = [(records[k].arrays["labels"] == truth)[both].astype(np.float64) for k in (i, j)]
            made[i, j] = (right[0] - right[1]).mean()
        else:
            one, other = (number_scores(truth[both], each[k][both])[key] for k in (i, j))
            made[i, j] = one - other
    return made


def _comparable(records: list[Record]) -> Any:
    """Whether two scores are the same quantity, shape (c, c); a fitted value and a probability are not."""
    probability = np.array([bool(r.fields["is_probability"]) for r in records])
    model = np.array([r.fields["model"] for r in records])
    same: Any = (probability[:, None] & probability[None, :]) | (model[:, None] == model[None, :])
    return same


@functools.cache
def _renderer() -> bytes:
    """SHA-256 of the code and templates that make a report: other code makes another page."""
    assets = (Path(str(file)) for file in resources.files("crossframe.report").iterdir())
    templates = Path(str(resources.files("crossframe.report"))) / "templates"
    files = [f for f in (*assets, *templates.iterdir()) if f.is_file() and f.suffix != ".py"]
    return code_of(["crossframe.compare.report"], files).encode()


def _summary(cells: pd.DataFrame, overlap: dict[int, float], metric: Metric) -> pd.DataFrame:
    """See `CompareResult.summary`; ``overlap`` is that of the design by n."""
    scores = ((metric.key, metric.low, 1.0), *((loss, 0.0, math.inf) for loss in metric.losses))
    means = [*metric.others, *(f"train_{name}" for name in metric.columns if name != "auc")]
    rows = []
    for (contestant, n), group in cells.groupby(["contestant", "n"], sort=False):
        usable, rho = group[group["usable"]], overlap[int(n)]  # type: ignore[call-overload]
        row: dict[str, object] = {
            "contestant": contestant, "n": n, "draws": len(group), "usable": len(usable)
        }  # fmt: skip
        for score, low, high in scores:
            spread = _spread(usable[score], rho, low, high)
            row |= {f"{score}_{name}": value for name, value in spread.items()}
        row |= {f"{score}_mean": _over(np.mean, usable[score]) for score in means}
        if metric is ACCURACY:
            gains = (usable["accuracy_half"] - usable["accuracy"]).to_numpy(dtype=np.float64)
            gain = corrected_mean(gains, rho)
            row |= {"half_gain": gain.value, "half_gain_low": gain.low, "half_gain_high": gain.high}
        chosen = ("penalty",) if "penalty" in usable else ()
        for count in ("updates", "epochs", "epochs_asked", "iterations", *chosen):
            row[count] = _over(np.median, usable[count])
        row["seconds"] = _over(np.median, usable["seconds_fit"])
        counts = Counter(group["status"])
        row["statuses"] = ", ".join(f"{status} {k}" for status, k in counts.most_common())
        messages = Counter(message for evidence in group["evidence"] for message in evidence).most_common(1)
        row["evidence"] = "".join(f"{message} ({k} of {len(group)})" for message, k in messages)
        rows.append(row)
    return pd.DataFrame(rows)


def _spread(column: pd.Series[float], overlap: float, lower: float, upper: float) -> dict[str, float]:
    """Mean, 10th and 90th percentile, and the 95 % interval cut at [``lower``, ``upper``]; by these names."""
    values: FloatArray = np.asarray(column.dropna(), dtype=np.float64)
    mean = corrected_mean(values, overlap)
    p10, p90 = np.percentile(values, [10, 90]) if len(values) else (math.nan, math.nan)
    low = max(mean.low, lower) if mean.exists else math.nan
    high = min(mean.high, upper) if mean.exists else math.nan
    return {"mean": mean.value, "p10": float(p10), "p90": float(p90), "low": low, "high": high}


def _over(statistic: Callable[[Any], Any], column: pd.Series[float]) -> float:
    """A statistic of the values that are not missing; NaN without any."""
    values = column.dropna().to_numpy(dtype=np.float64)
    return float(statistic(values)) if len(values) else math.nan


def _pair(left: str, right: str, n: int, at: dict[str, Any], overlap: float) -> dict[str, Any]:
    gap = corrected_mean(at["difference"], overlap)
    row = {
        "left": left,
        "right": right,
        "n": n,
        "draws": len(at["difference"]),
        "difference": gap.value,
        "low": gap.low,
        "high": gap.high,
        "p_value": gap.p_value,
        "alike": float(at["alike"].mean()),
        "max_dp": float(at["max_dp"].mean()),
        "mean_dp": float(at["mean_dp"].mean()),
        "digits": _median(at["digits"]),
        "digits_min": float(at["digits"].min()),
        "coef_distance": _median(at["coef_distance"]),
    }
    for name in (name for name in at if name.endswith("_difference")):
        loss = corrected_mean(at[name], overlap)
        key = name.removesuffix("_difference")
        row |= {name: loss.value, f"{key}_low": loss.low, f"{key}_high": loss.high}
    return row


def _median(values: Any) -> float:
    there = values[~np.isnan(values)]
    return float(np.median(there)) if len(there) else math.nan


def _float(value: Any) -> float:
    return math.nan if value is None else float(value)
