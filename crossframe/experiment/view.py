"""One reading of a stored comparison, shared by its report and the claims."""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
import pandas as pd

from crossframe.core.statistics import Interval, corrected_mean
from crossframe.core.text import condense, finite
from crossframe.experiment.metrics import Metric, metric_of
from crossframe.frameworks import registry

Row: TypeAlias = Mapping[str, Any]
"""One row of a table by column name."""


class Compared(Protocol):
    """What a report needs of ``crossframe.compare``'s result; the tables are described there."""

    @property
    def run(self) -> Mapping[str, Any]:
        """What was run: data, design, sizes, seed, versions, command, missing engines."""

    @property
    def contestants(self) -> Sequence[Mapping[str, Any]]:
        """One mapping per contestant: name, model, and settings."""

    @property
    def cells(self) -> pd.DataFrame:
        """One row per contestant, n and draw: scores, status and messages."""

    @property
    def summary(self) -> pd.DataFrame:
        """One row per contestant and n: means, intervals and medians."""

    @property
    def pairs(self) -> pd.DataFrame:
        """One row per pair of contestants and n: the paired difference and the agreement."""


FAMILY_TITLES = {
    "leekasso": "Ten best pixels, then a linear model",
    "logistic": "Logistic regression on all features",
    "linear": "Linear regression on all features",
    "network": "Neural networks",
    "forest": "Forests",
    "boosting": "Boosted trees",
    "rule": "Rules",
}
"""Family of a model or contestant -> heading, in the order of every table."""


def family_title(family: str) -> str:
    """The heading above a family; one that another package brings is its own heading."""
    return FAMILY_TITLES.get(family, family)


def framework_title(engine: str) -> str:
    """The title of a framework; its name where it is not registered here."""
    known = registry.frameworks().get(engine)
    return known.title if known else engine


_RECIPES = {
    "keras.mlp": "Beam's MLP",
    "rkeras.mlp": "Beam's MLP",
    "beam.sklearn.mlp": "Beam's MLP",
    "leek.h2o.mlp": "Leek's net",
    "leek.keras.mlp": "Leek's net",
    "sklearn.ridge": "ridge regression",
    "sklearn.lasso": "lasso",
    "sklearn.elasticnet": "elastic net",
    "sklearn.tweedie": "Tweedie regression",
}


def recipe(contestant: Row) -> str:
    """The name that contestants share if the difference between them is the framework's, not the model's."""
    base = str(contestant["name"]).partition(":")[0]
    if contestant["family"] == "leekasso":
        return "Leekasso, Welch ranks" if ".welch." in base else "Leekasso, F ranks"
    if contestant["family"] in ("logistic", "linear") and base not in _RECIPES:
        # Only a family that does not follow from the link is stated: Poisson, gamma, ...
        other = (contestant.get("canonical") or {}).get("family")
        return f"all-feature {contestant['family']} regression" + (f", {other}" if other else "")
    return _RECIPES.get(base, base)


class View:
    """Look-ups over a `Compared`; rows are plain mappings.

    Attributes
    ----------
    run
        The run's record.
    contestants
        By name, in the order of the families.
    sizes
        The sample sizes n, ascending.
    cells
        One row per contestant, n and draw.
    """

    def __init__(self, result: Compared) -> None:
        self.run = result.run
        order = {family: i for i, family in enumerate(FAMILY_TITLES)}
        ranked = sorted(result.contestants, key=lambda c: order.get(c["family"], len(order)))
        self.contestants: dict[str, Row] = {c["name"]: c for c in ranked}
        self.sizes = sorted(int(n) for n in result.run["sizes"])
        self.cells = _records(result.cells)
        self._cells: dict[str, list[Row]] = {}
        for cell in self.cells:
            self._cells.setdefault(cell["contestant"], []).append(cell)
        self._result = result

    @property
    def classes(self) -> list[str]:
        """The names of the classes; empty where the target holds numbers."""
        return [str(name) for name in self.run["dataset"]["classes"]]

    @functools.cached_property
    def metric(self) -> Metric:
        """The score by which contestants are ranked: accuracy, or R² where the target holds numbers."""
        return metric_of(self.classes)

    @functools.cached_property
    def _summary(self) -> dict[tuple[str, int], Row]:
        return {(r["contestant"], int(r["n"])): r for r in _records(self._result.summary)}

    @functools.cached_property
    def _pairs(self) -> dict[tuple[str, str, int], Row]:
        return {(r["left"], r["right"], int(r["n"])): r for r in _records(self._result.pairs)}

    @property
    def preset(self) -> str | None:
        """The published experiment this run repeats, if any."""
        return self.run.get("preset")

    def title(self, name: str) -> str:
        """The contestant's title; KeyError for a name that did not take part."""
        return str(self.contestants[name]["title"])

    def named(self, name: str) -> str:
        """The title without commas, for use inside a sentence."""
        return self.title(name).replace(", ", " · ")

    def engine(self, name: str) -> str:
        """The title of the contestant's framework; see `framework_title`."""
        return framework_title(str(self.contestants[name]["engine"]))

    def framework(self, name: str) -> str:
        """The framework that does the arithmetic, whichever language calls it."""
        engine = str(self.contestants[name]["engine"])
        known = registry.frameworks().get(engine)
        return (known.arithmetic if known else "") or engine

    def row(self, name: str, n: int) -> Row | None:
        """The summary of a contestant at n; None where there is none."""
        return self._summary.get((name, n))

    def value(self, name: str, n: int, column: str) -> float | None:
        """One number of a contestant's summary at n, by ``column``; None where it is missing."""
        row = self.row(name, n)
        return finite(row.get(column)) if row else None

    def at(self, n: int) -> list[Row]:
        """The summaries at n, in the order of the contestants."""
        return [row for name in self.contestants if (row := self.row(name, n))]

    def of(self, name: str) -> list[Row]:
        """The cells of one contestant, empty for a name without cells."""
        return self._cells.get(name, [])

    def statuses(self, name: str, n: int) -> list[tuple[str, int]]:
        """The statuses of a contestant's cells at n with their counts, most frequent first."""
        return Counter(str(cell["status"]) for cell in self.of(name) if cell["n"] == n).most_common()

    def pair(self, left: str, right: str, n: int) -> Row | None:
        """The comparison of two contestants at n, its difference taken as left minus right."""
        if row := self._pairs.get((left, right, n)):
            return row
        if not (row := self._pairs.get((right, left, n))):
            return None
        low, high = finite(row["low"]), finite(row["high"])
        return {
            **row,
            "left": left,
            "right": right,
            "difference": -float(row["difference"]),
            "low": math.nan if high is None else -high,
            "high": math.nan if low is None else -low,
        }

    def difference(
        self,
        left: str,
        right: str,
        n: int,
        column: str | tuple[str, str],
        draws: Collection[int] | None = None,
    ) -> Interval:
        """Mean over draws of left minus right in a ``column`` of the cells, paired by draw, with interval.

        ``column`` may be two names, one a side. Draws on which one of the two has no such number are left
        out, and those that are not among ``draws`` where these are given; see
        `crossframe.core.statistics.corrected_mean`.
        """
        columns = (column, column) if isinstance(column, str) else column
        values = [
            {
                int(cell["draw"]): finite(cell[key])
                for cell in self.of(name)
                if cell["n"] == n and (draws is None or cell["draw"] in draws)
            }
            for name, key in zip((left, right), columns, strict=True)
        ]
        pairs = [(a, values[1].get(draw)) for draw, a in values[0].items()]
        gaps = [a - b for a, b in pairs if a is not None and b is not None]
        return corrected_mean(np.array(gaps), float(self.run["overlap"][str(n)]))

    def recipes(self) -> dict[str, list[str]]:
        """The names of the contestants by recipe; see `recipe`."""
        groups: dict[str, list[str]] = {}
        for name, contestant in self.contestants.items():
            groups.setdefault(recipe(contestant), []).append(name)
        return groups

    def notable(self, n: int) -> list[Row]:
        """The pairs at n that share a recipe, largest difference first."""
        rows = [
            row
            for row in self._pairs.values()
            if int(row["n"]) == n
            and row["left"] in self.contestants
            and row["right"] in self.contestants
            and recipe(self.contestants[row["left"]]) == recipe(self.contestants[row["right"]])
        ]
        return sorted(rows, key=lambda r: (-abs(finite(r["difference"]) or 0.0), r["left"], r["right"]))

    @property
    def pair_count(self) -> int:
        """The number of pairs of contestants, summed over all n."""
        return len(self._pairs)

    def messages(self) -> list[tuple[str, str, int, int]]:
        """(contestant, message, fits that gave it, fits), most frequent first within a contestant."""
        messages = []
        for name in self.contestants:
            cells = self.of(name)
            counts: dict[str, int] = {}
            for cell in cells:
                for message in dict.fromkeys(map(condense, cell["evidence"])):
                    counts[message] = counts.get(message, 0) + 1
            ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
            messages += [(name, message, count, len(cells)) for message, count in ranked]
        return messages

    def ranked(self, n: int) -> list[Row]:
        """The summaries at n that have a mean of the `metric`, the best first; equal ones by name."""
        mean = f"{self.metric.key}_mean"
        scored = (row for row in self.at(n) if finite(row[mean]) is not None)
        return sorted(scored, key=lambda row: (-float(row[mean]), row["contestant"]))

    def principals(self) -> list[str]:
        """The contestants of the main figure, in the order of the tables.

        All of up to six; else the best and the worst by `metric` at the smallest and the largest n, and of
        every other framework the best at the largest n.
        """
        if len(self.contestants) <= 6:
            return list(self.contestants)
        last = self.ranked(self.sizes[-1])
        chosen = {
            row["contestant"] for rows in (self.ranked(self.sizes[0]), last) for row in rows[:1] + rows[-1:]
        }
        engines = {self.contestants[name]["engine"] for name in chosen}
        for row in last:
            engine = self.contestants[row["contestant"]]["engine"]
            if engine not in engines:
                engines.add(engine)
                chosen.add(row["contestant"])
        return [name for name in self.contestants if name in chosen]


def _records(table: pd.DataFrame) -> list[Row]:
    records: list[Row] = table.to_dict("records")  # type: ignore[assignment]
    return records
