"""What the fits of the experiments show: effects with intervals, equality of bits, effective settings."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from crossframe.audit.effects import SwitchEffect
from crossframe.audit.suspicion import Suspicion, Switch
from crossframe.audit.suspicions import CONTEXT, SUSPICIONS
from crossframe.claims.setting_effect import LEVEL
from crossframe.compare.result import CompareResult
from crossframe.core.statistics import corrected_mean
from crossframe.experiment.spec import parse
from crossframe.experiment.store import Store
from crossframe.frameworks.registry import model as registered


def effects(
    suspicion: Suspicion,
    switch: Switch,
    results: Mapping[tuple[str, str], CompareResult],
    absent: Mapping[str, str],
) -> list[SwitchEffect]:
    """The effect of a switch at every n, smallest first; empty where its engine is missing.

    ``results`` are by (engine, `Switch.group`); ``absent`` has the reason for each missing engine.
    """
    group = switch.group
    left, right = (parse(t(suspicion.contestant)) for t in (switch.left, switch.right))
    if left.engine in absent or right.engine in absent:
        return []
    there, here = results[left.engine, group], results[right.engine, group]
    measured = []
    for n in here.run["sizes"]:
        with_it, without = _cells(there, left.name, n), _cells(here, right.name, n)
        level = 1 - (1 - LEVEL) / len(here.run["sizes"])
        overlap = float(here.run["overlap"][str(n)])
        changed = with_it["accuracy_half" if switch.same_fit else "accuracy"]
        difference = (changed - without["accuracy"]).dropna()
        at_half = (with_it["accuracy_half"] - without["accuracy_half"]).dropna()
        own = corrected_mean(difference.to_numpy(np.float64), overlap, level=level)
        half = corrected_mean(at_half.to_numpy(np.float64), overlap, level=level)
        same = None
        if not switch.same_fit and there is here:
            same = _identical(here, left.name, right.name, n)
        measured.append(
            SwitchEffect(
                switch.change,
                switch.role,
                left.name,
                right.name,
                n,
                draws=len(difference),
                effect=own.value,
                low=own.low,
                high=own.high,
                half=half.value,
                half_low=half.low,
                half_high=half.high,
                identical=same,
            )
        )
    return measured


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
    """Why the parameter that the proof changes is inactive, in words; empty where it is active."""
    inert = _described(result, parse(suspicion.contestant).name)["inert"]
    if suspicion.proven not in inert:
        return ""
    words = str(inert[suspicion.proven]).rstrip(".")
    return words if words.startswith(suspicion.proven) else f"{suspicion.proven} is {words}"


def in_force(suspicion: Suspicion, result: CompareResult, declared: Declared) -> dict[str, Any]:
    """A suspicion's parameters (declared, requested, effective), and the fits as published at each n."""
    base = parse(suspicion.contestant)
    described = _described(result, base.name)
    asked, effective, inert = described["settings"], described["effective"], described["inert"]
    named = {b.param: b.setting for b in registered(base.model).bindings}
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
    """Medians of the work done, means of the accuracies, and counts of statuses and messages at n."""
    cells = result.cells
    chosen = cells[(cells["contestant"] == name) & (cells["n"] == n)]
    good = chosen[chosen["usable"]]
    row: dict[str, Any] = {"n": n, "draws": len(chosen), "usable": len(good)}
    for column in ("epochs", "epochs_asked", "updates", "iterations", "threshold"):
        values = good[column].dropna()
        row[column] = float(values.median()) if len(values) else None
    row["accuracy"] = float(good["accuracy"].mean()) if len(good) else None
    row["train_accuracy"] = float(good["train_accuracy"].mean()) if len(good) else None
    row["status"] = dict(Counter(chosen["status"]).most_common())
    nets = good[good["epochs"].notna()]
    row["ending"] = dict(Counter(str(word).partition(":")[0] for word in nets["convergence"]).most_common())
    row["example"] = str(good["convergence"].iloc[0]) if len(good) else ""
    row["evidence"] = dict(
        Counter(word for messages in chosen["evidence"] for word in messages).most_common()
    )
    return row


Declared = Mapping[tuple[str, str], Mapping[str, Any]]
"""(``engine.model``, parameter) -> callable -> its declared default."""


def declared_defaults(engines: set[str], store: Store | str | os.PathLike[str] | None) -> Declared:
    """The defaults of the suspected models of these ``engines``, read by an audit with this ``store``."""
    from crossframe.audit.audit import audit

    models = sorted({c.model for s in SUSPICIONS if (c := parse(s.contestant)).engine in engines})
    defaults: dict[tuple[str, str], dict[str, Any]] = {}
    for model in audit(models, store=store).models if models else ():
        for p in model.parameters:
            defaults.setdefault((model.model, p.name), {})[p.owner] = p.declared
    return defaults


def _default(declared: Declared, model: str, owner: str, name: str) -> Any:
    """The default of ``owner`` where it has the parameter, else of the only callable that has it."""
    by_owner = declared.get((model, name), {})
    if owner in by_owner:
        return by_owner[owner]
    return next(iter(by_owner.values())) if len(by_owner) == 1 else None


def context(results: Mapping[tuple[str, str], CompareResult]) -> list[dict[str, Any]]:
    """Accuracy of the published contestants, one row per contestant and n; ``results`` as in `effects`."""
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
