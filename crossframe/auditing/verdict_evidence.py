"""What the fits of the experiments say: effects with intervals, equality of bits, what was in force."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from crossframe.auditing.suspicion import Suspicion, Switch
from crossframe.auditing.suspicions import CONTEXT, SUSPICIONS
from crossframe.auditing.verdict_rule import LEVEL, Effect
from crossframe.comparison.result import CompareResult
from crossframe.comparison.stats import mean_interval
from crossframe.models.spec import parse
from crossframe.settings import bindings


def effects(
    suspicion: Suspicion,
    switch: Switch,
    results: Mapping[tuple[str, str], CompareResult],
    absent: Mapping[str, str],
) -> list[Effect]:
    """The effect of a switch at every n; none where its engine is missing."""
    group = switch.group
    left, right = (parse(t(suspicion.contestant)) for t in (switch.left, switch.right))
    if left.engine in absent or right.engine in absent:
        return []
    there, here = results[left.engine, group], results[right.engine, group]
    found = []
    for n in here.run["sizes"]:
        with_it, without = _cells(there, left.name, n), _cells(here, right.name, n)
        level = 1 - (1 - LEVEL) / len(here.run["sizes"])
        overlap = float(here.run["overlap"][str(n)])
        own, half = "accuracy", "accuracy_half"
        difference = (with_it[half if switch.same_fit else own] - without[own]).dropna()
        at_half = (with_it[half] - without[half]).dropna()
        mean, low, high, _ = mean_interval(difference.to_numpy(np.float64), overlap, level=level)
        mid, mid_low, mid_high, _ = mean_interval(at_half.to_numpy(np.float64), overlap, level=level)
        same = None
        if not switch.same_fit and there is here:
            same = _identical(here, left.name, right.name, n)
        names = (switch.change, switch.role, left.name, right.name)
        numbers = (mean, low, high, mid, mid_low, mid_high)
        found.append(Effect(*names, n, len(difference), *numbers, same))
    return found


def _cells(result: CompareResult, contestant: str, n: int) -> pd.DataFrame:
    """The usable fits of a contestant at n, by draw."""
    cells = result.cells
    chosen = cells[(cells["contestant"] == contestant) & (cells["n"] == n) & cells["usable"]]
    return chosen.set_index("draw")


def _identical(result: CompareResult, left: str, right: str, n: int) -> bool | None:
    """Whether all scores and labels of two contestants are the same bits on every draw."""
    pairs = result.pairs
    if not len(pairs):
        return None
    names = pairs["left"].isin((left, right)) & pairs["right"].isin((left, right))
    chosen = pairs[names & (pairs["n"] == n)]
    if len(chosen) != 1 or math.isnan(chosen["max_dp"].iloc[0]):
        return None
    return bool(chosen["max_dp"].iloc[0] == 0 and chosen["alike"].iloc[0] == 1)


def _described(result: CompareResult, name: str) -> Mapping[str, Any]:
    return next(c for c in result.contestants if c["name"] == name)


def unused(suspicion: Suspicion, result: CompareResult) -> str:
    """The word of the framework, or crossframe's rule, that what the proof changes is idle."""
    inert = _described(result, parse(suspicion.contestant).name)["inert"]
    if suspicion.proven not in inert:
        return ""
    words = str(inert[suspicion.proven]).rstrip(".")
    return words if words.startswith(suspicion.proven) else f"{suspicion.proven} is {words}"


def in_force(suspicion: Suspicion, result: CompareResult, declared: Declared) -> dict[str, Any]:
    """A suspicion's parameters, declared, asked for and in force, and what the fits as published did."""
    base = parse(suspicion.contestant)
    described = _described(result, base.name)
    asked, effective, inert = described["settings"], described["effective"], described["inert"]
    named = {b.param: b.setting for b in bindings(base.model)}
    parameters = []
    for name in suspicion.parameters:
        parameters.append({
            "name": name,
            "declared": _default(declared, base.model, suspicion.owner, name),
            "asked": asked.get(name, asked.get(named.get(name, ""))),
            "effective": effective.get(name),
            "active": name not in inert,
            "rule": inert.get(name, ""),
        })  # fmt: skip
    fits = [_fits(result, base.name, n) for n in result.run["sizes"]]
    return {"contestant": base.name, "parameters": parameters, "fits": fits}


def _fits(result: CompareResult, name: str, n: int) -> dict[str, Any]:
    """What the fits of a contestant did at n: medians and counts."""
    cells = result.cells
    chosen = cells[(cells["contestant"] == name) & (cells["n"] == n)]
    good = chosen[chosen["usable"]]
    found: dict[str, Any] = {"n": n, "draws": len(chosen), "usable": len(good)}
    for column in ("epochs", "epochs_asked", "updates", "iterations", "threshold"):
        values = good[column].dropna()
        found[column] = float(values.median()) if len(values) else None
    found["accuracy"] = float(good["accuracy"].mean()) if len(good) else None
    found["train_accuracy"] = float(good["train_accuracy"].mean()) if len(good) else None
    found["status"] = dict(Counter(chosen["status"]).most_common())
    nets = good[good["epochs"].notna()]
    found["ending"] = dict(Counter(str(word).partition(":")[0] for word in nets["convergence"]).most_common())
    found["example"] = str(good["convergence"].iloc[0]) if len(good) else ""
    found["evidence"] = dict(Counter(word for said in chosen["evidence"] for word in said).most_common())
    return found


Declared = Mapping[tuple[str, str], Mapping[str, Any]]
"""(``engine.model``, parameter) -> callable -> its declared default."""


def declared_defaults(engines: set[str]) -> Declared:
    """The defaults of the suspected models, read from the installed frameworks."""
    from crossframe.auditing.audit import audit

    models = sorted({c.model for s in SUSPICIONS if (c := parse(s.contestant)).engine in engines})
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for model in audit(models).models if models else ():
        for p in model.parameters:
            found.setdefault((model.model, p.name), {})[p.owner] = p.declared
    return found


def _default(declared: Declared, model: str, owner: str, name: str) -> Any:
    """That of ``owner`` where it has the parameter, else that of the only callable that has it."""
    by_owner = declared.get((model, name), {})
    if owner in by_owner:
        return by_owner[owner]
    return next(iter(by_owner.values())) if len(by_owner) == 1 else None


def context(results: Mapping[tuple[str, str], CompareResult]) -> list[dict[str, Any]]:
    """Accuracy of the published contestants, one row per contestant and n."""
    rows = []
    for text, title in CONTEXT.items():
        contestant = parse(text)
        result = results.get((contestant.engine, ""))
        if result is None:
            continue
        summary = result.summary
        for row in summary[summary["contestant"] == contestant.name].to_dict("records"):
            kept = ("n", "usable", "accuracy_mean", "accuracy_low", "accuracy_high", "train_accuracy_mean")
            rows.append({"contestant": contestant.name, "title": title, **{k: row[k] for k in kept}})
    return rows
