"""What the committed reports say: claims with their verdicts, and quantities with their intervals."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossframe.claims.claim import Verdict

REPORTS = Path(__file__).resolve().parents[2] / "reports"
Records = Mapping[str, Any]
"""Page, by the path of its folder below `REPORTS` -> what its JSON holds."""


def records() -> dict[str, Any]:
    files = [*REPORTS.rglob("result.json"), *REPORTS.rglob("verdicts.json")]
    return {
        str(file.parent.relative_to(REPORTS)): json.loads(file.read_text(encoding="utf-8"))
        for file in sorted(files)
    }


@dataclass(frozen=True)
class Judgement:
    """A claim on a page; ``basis`` is what the page says of the data that it is judged from."""

    page: str
    finding: Mapping[str, Any]
    basis: str
    stated: bool
    """Whether the page says why its verdicts can differ from those of the same claims elsewhere."""

    @property
    def claim(self) -> str:
        return f"{self.finding['set']}/{self.finding['key']}"

    def opposes(self, other: Judgement) -> bool:
        return {self.finding["verdict"], other.finding["verdict"]} == {Verdict.HOLDS, Verdict.FAILS}

    @property
    def elsewhere(self) -> set[str]:
        return {other["claim"] for other in self.finding["elsewhere"]}

    @property
    def words(self) -> str:
        return self.finding["words"].rstrip(".").lower()


def judgements(pages: Records) -> Iterator[Judgement]:
    for page, record in pages.items():
        for part in record if isinstance(record, list) else [record]:
            if "findings" not in part:
                continue
            about = part.get("run") or {key: part[key] for key in ("scale", "data")}
            kept = {
                key: about[key]
                for key in ("design", "sizes", "draws", "seed", "scale", "data")
                if key in about
            }
            for finding in part["findings"]:
                yield Judgement(page, finding, json.dumps(kept), bool(part.get("basis")))


def contradictions(pages: Records) -> list[str]:
    """Claims with two verdicts for which the pages do not say what differs between their data or marks.

    Other draws alone excuse an open verdict, or one in part, but not that a claim holds on one page and fails
    on another.
    """
    known = list(judgements(pages))
    faults = []
    for a, b in itertools.combinations(known, 2):
        same = a.claim == b.claim
        linked = b.claim in a.elsewhere and a.claim in b.elsewhere
        if not same and a.words == b.words and not linked:
            faults.append(f"{a.page}, {b.page}: {a.words}: the same claim, and neither page says so")
        if not (same or b.claim in a.elsewhere or a.claim in b.elsewhere):
            continue
        if not same and not linked:
            faults.append(f"{a.page}, {b.page}: {a.claim}, {b.claim}: only one of them names the other")
        if a.finding["verdict"] == b.finding["verdict"]:
            continue
        explained = a.stated and b.stated if same and a.opposes(b) else linked or (a.stated and b.stated)
        if not explained or (a.basis, a.finding["mark"]) == (b.basis, b.finding["mark"]):
            verdicts = f"{a.finding['verdict']} / {b.finding['verdict']}"
            faults.append(f"{a.page}, {b.page}: {a.claim}, {b.claim}: {verdicts}")
    return faults


@dataclass(frozen=True)
class Quantity:
    """A mean over draws on a page; ``what`` is the same for the same quantity on every page."""

    page: str
    what: tuple[Any, ...]
    value: float
    low: float
    high: float
    draws: int


def quantities(pages: Records) -> Iterator[Quantity]:
    for page, record in pages.items():
        if isinstance(record, list):
            continue
        if "cells" in record:
            yield from _compared(page, record)
        elif "context" in record:
            yield from _suspected(page, record)
        elif record.get("gap", {}).get("metric") == "accuracy":
            yield from _explained(page, record)


def _compared(page: str, record: Any) -> Iterator[Quantity]:
    where = (record["run"]["dataset"]["fingerprint"], record["run"]["design"]["name"])
    for row in record["summary"]:
        at = (*where, row["contestant"], row["n"])
        ends = (row["accuracy_mean"], row["accuracy_low"], row["accuracy_high"])
        yield from _made(page, (*at, "accuracy"), *ends, row["usable"])
        ends = (row["half_gain"], row["half_gain_low"], row["half_gain_high"])
        yield from _made(page, (*at, "gain at 0.5"), *ends, row["usable"])
    for row in record["pairs"]:
        ends = (row["difference"], row["low"], row["high"])
        yield from _difference(page, where, row["left"], row["right"], row["n"], ends, row["draws"])


def _suspected(page: str, record: Any) -> Iterator[Quantity]:
    where = (record["run"]["dataset"]["fingerprint"], record["run"]["design"]["name"])
    for row in record["context"]:
        ends = (row["accuracy_mean"], row["accuracy_low"], row["accuracy_high"])
        yield from _made(page, (*where, row["contestant"], row["n"], "accuracy"), *ends, row["usable"])
    for entry in record["suspicions"]:
        for row in entry["experiments"]:
            ends = (row["effect"], row["low"], row["high"])
            if row["left"] != row["right"]:
                yield from _difference(page, where, row["left"], row["right"], row["n"], ends, row["draws"])
            else:
                yield from _made(page, (*where, row["left"], row["n"], "gain at 0.5"), *ends, row["draws"])


def _explained(page: str, record: Any) -> Iterator[Quantity]:
    gap, data = record["gap"], record["data"]
    where, n = (data["fingerprint"], data["design"]), data["rows"]
    used = gap["draws"] - gap.get("lost", 0)
    ends = (gap["difference"], *(gap["interval"] or (None, None)))
    yield from _difference(page, where, record["left"], record["right"], n, ends, used)
    for side in ("left", "right"):
        low, high = gap.get(f"{side}_interval") or (None, None)
        yield from _made(page, (*where, record[side], n, "accuracy"), gap[side], low, high, used)


def _difference(
    page: str, where: tuple[str, str], left: str, right: str, n: int, ends: Any, draws: int
) -> Iterator[Quantity]:
    value, low, high = ends
    if left > right:
        left, right, value = right, left, None if value is None else -value
        low, high = (None, None) if None in (low, high) else (-high, -low)
    yield from _made(page, (*where, left, right, n, "difference"), value, low, high, draws)


def _made(
    page: str, what: tuple[Any, ...], value: Any, low: Any, high: Any, draws: int
) -> Iterator[Quantity]:
    if None not in (value, low, high):
        yield Quantity(page, what, value, low, high, draws)


def disagreements(pages: Records) -> list[str]:
    """Quantities with two values from equally many draws, or whose intervals have no value in common."""
    by_what: dict[tuple[Any, ...], list[Quantity]] = {}
    for quantity in quantities(pages):
        by_what.setdefault(quantity.what, []).append(quantity)
    return [
        f"{a.page}, {b.page}: {' '.join(map(str, what[1:]))}: {a.value:.3f} [{a.low:.3f}, {a.high:.3f}] from "
        f"{a.draws} draws, {b.value:.3f} [{b.low:.3f}, {b.high:.3f}] from {b.draws}"
        for what, known in by_what.items()
        for a, b in itertools.combinations(known, 2)
        if max(a.low, b.low) > min(a.high, b.high)
        or (
            a.draws == b.draws and not math.isclose(a.value, b.value, abs_tol=_RACE if _races(what) else 1e-9)
        )
    ]


_RACE = 0.1
"""By what two fits of h2o's net, whose threads race, may differ on the same draws."""


def _races(what: Iterable[Any]) -> bool:
    return any("h2o.mlp" in str(name) for name in what)
