"""A finished run again: its result from the store or a file, and its experiment, to fit more on its draws."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import pandas as pd

from crossframe.compare.export import Comparison
from crossframe.compare.result import CompareResult
from crossframe.core.errors import DataError, UsageError
from crossframe.core.text import plural
from crossframe.data import DESIGNS, Dataset, load
from crossframe.experiment.contestants import ALIASES, RENAMED, Contestant
from crossframe.experiment.plan import Experiment
from crossframe.experiment.spec import own_settings, parse
from crossframe.experiment.store import Store, opened
from crossframe.frameworks.registry import frameworks, versions


def open_run(name: str = "latest", store: Store | str | os.PathLike[str] | None = None) -> CompareResult:
    """The result of a stored run, by its name, its id or the beginning of it, or ``latest``.

    Raises `UsageError` where there is none.
    """
    with opened(store) as kept:
        return result_of(kept.get_run(name), kept)


def result_of(spec: dict[str, Any], store: Store) -> CompareResult:
    """The result of a run from what the store holds of it; a warning names the cells that are damaged.

    Raises `UsageError` where there is none at all.
    """
    spec = _renamed(spec)
    result = CompareResult(spec, store.get(c["key"] for c in spec["cells"]))
    command = spec["run"]["command"] or "the same crossframe.compare()"
    lost = [c for c in spec["cells"] if c["key"] in store.damaged]
    if not len(result.cells):
        why = f": {len(lost)} records are damaged" if lost else ""
        raise UsageError(
            f"the run {spec['run']['name']} has no result in {store.path}{why}", f"run: {command}"
        )
    if lost:
        named = ", ".join(f"{c['contestant']} n={c['n']} draw {c['draw'] + 1}" for c in lost[:3])
        named += ", ..." if len(lost) > 3 else ""
        logging.getLogger("crossframe").warning(
            "%d of %d records of the run %s are damaged and left out: %s; to compute them again: %s",
            len(lost), len(spec["cells"]), spec["run"]["name"], named, command,
        )  # fmt: skip
    result.damaged = len(lost)
    return result


def described(c: Contestant) -> dict[str, Any]:
    """A contestant as a run's spec keeps it, in plain values."""
    decision = {} if c.threshold is None else {"decision.threshold": c.threshold}
    return {
        "name": c.name,
        "title": c.title,
        "family": c.family,
        "engine": c.engine,
        "model": c.model,
        "origin": c.origin,
        "description": c.description,
        "settings": {**own_settings(c), **decision, **c.settings, **c.native},
    }


def _settings(c: Contestant) -> dict[str, Any]:
    """A contestant's settings as they are once stored."""
    stored: dict[str, Any] = json.loads(json.dumps(described(c)["settings"]))
    return stored


class ReadComparison:
    """A comparison as a ``result.json`` holds it: what a report needs, see `Compared`."""

    def __init__(self, record: Comparison) -> None:
        names = _new_names(record.contestants)
        self.run = record.run
        self.contestants = [_with_name(c, "name", names) for c in record.contestants]
        self.cells = pd.DataFrame([_with_name(cell, "contestant", names) for cell in record.cells])
        self.cells["evidence"] = [[record.evidence[k] for k in cell["evidence"]] for cell in record.cells]
        self.summary = pd.DataFrame([_with_name(row, "contestant", names) for row in record.summary])
        self.pairs = pd.DataFrame(
            [_with_name(_with_name(row, "left", names), "right", names) for row in record.pairs]
        )


def read(path: Path) -> ReadComparison:
    """The comparison in a ``result.json``, from which its report can be made again.

    Raises `UsageError` for a file that holds none.
    """
    try:
        return ReadComparison(msgspec.json.decode(path.read_bytes(), type=Comparison))
    except (OSError, msgspec.DecodeError):
        raise UsageError(f"{path} holds no comparison", "run the command that made it again") from None


def _with_name(row: Mapping[str, Any], key: str, names: Mapping[str, str]) -> dict[str, Any]:
    return {**row, key: names.get(row[key], row[key])}


def _renamed(spec: Mapping[str, Any]) -> dict[str, Any]:
    """``spec`` with the present name of every contestant that had another one when it was stored."""
    names = _new_names(spec["contestants"])
    return {
        **spec,
        "contestants": [_with_name(c, "name", names) for c in spec["contestants"]],
        "cells": [_with_name(c, "contestant", names) for c in spec["cells"]],
    }


def present_name(name: str) -> str:
    """What a contestant is called now that was stored as ``name``, with its overrides."""
    base, colon, overrides = name.partition(":")
    return f"{({**ALIASES, **RENAMED}).get(base, base)}{colon}{overrides}"


def _new_names(contestants: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Former name -> present one, of the renamed contestants whose settings are the same."""
    names: dict[str, str] = {}
    for c in contestants:
        name = present_name(c["name"])
        with contextlib.suppress(UsageError):
            if name != c["name"] and _settings(parse(name)) == c["settings"]:
                names[c["name"]] = name
    return names


def loading(
    name_or_path: str,
    *,
    target: str | None,
    positive: str | None,
    digits: tuple[int, int],
    missing: str,
    data_dir: Path | None,
    classes: bool,
    features: Sequence[str] | None,
    drop: Sequence[str],
    formula: str | None,
    beside: Mapping[str, str | None] = MappingProxyType({}),
) -> dict[str, Any]:
    """The arguments of `dataset_of` as plain values, with absolute paths; ``beside`` are columns' roles."""
    own = target is not None or formula is not None
    return {
        "name_or_path": str(Path(name_or_path).expanduser().resolve()) if own else name_or_path,
        "target": target,
        "positive": positive,
        "digits": list(digits),
        "missing": missing,
        "data_dir": str(data_dir.expanduser().resolve()) if data_dir is not None else None,
        "classes": classes,
        "features": None if features is None else list(features),
        "drop": list(drop),
        "formula": formula,
        **{option: column for option, column in beside.items() if column is not None},
    }


def experiment(spec: Mapping[str, Any]) -> Experiment:
    """The experiment that a run's spec describes: same rows, draws, seeds and contestants.

    Raises
    ------
    UsageError
        For a run that was stored before runs kept what their data were loaded from, of a contestant that
        has other settings now, or made on another cluster.
    DataError
        When the data are not there any more or have changed.
    """
    run = spec["run"]
    if "loading" not in spec:
        again = run["command"] or "the same crossframe.compare()"
        raise UsageError(
            f"the run {run['name']} was stored by an earlier crossframe, without where its data are",
            f"run it once more, which fits nothing anew: {again}",
        )
    _check_clusters(run)
    spec = _renamed(spec)
    dataset = dataset_of(spec["loading"])
    if dataset.fingerprint != run["dataset"]["fingerprint"]:
        name = spec["loading"]["name_or_path"]
        raise DataError(f"{name} has changed since the run {run['name']}", "run crossframe compare again")
    return Experiment(
        dataset=dataset,
        design=DESIGNS[run["design"]["name"]],
        sizes=tuple(run["sizes"]),
        draws=run["draws"],
        seed=run["seed"],
        contestants=tuple(_contestant(c, len(dataset.names)) for c in spec["contestants"]),
        threads=spec["threads"],
        time_limit=spec["time_limit"],
        preset=run["preset"],
    )


def _check_clusters(run: Mapping[str, Any]) -> None:
    """Raise `UsageError` where a framework would run on another number of nodes than in the run."""
    for name, before in run["versions"].items():
        if name not in frameworks():
            continue
        url = frameworks()[name].address()
        there, here = before.get("nodes"), versions(name).get("nodes") if url else None
        if there != here:
            made, now = (f"on a cluster of {plural(int(k), 'node')}" if k else "here" for k in (there, here))
            remedy = f"give the cluster of the run, --{name}-url URL" if there else f"leave out --{name}-url"
            words = f"the run {run['name']} was computed {made}, and its models would be fitted {now}"
            raise UsageError(words, remedy)


def dataset_of(arguments: Mapping[str, Any]) -> Dataset:
    """The data set that a run was loaded from, by what `loading` gave.

    Raises what `crossframe.data.load` raises.
    """
    numbers = not arguments.get("classes", False)
    given = {k: v for k, v in arguments.items() if k != "classes"}
    return load(**{**given, "digits": tuple(given["digits"]), "numbers": numbers, "several": True})


def _contestant(stored: Mapping[str, Any], features: int) -> Contestant:
    """The contestant of this name; a selection keeps at most all features.

    Raises `UsageError` where it had other settings in the run.
    """
    contestant = parse(stored["name"])
    if contestant.selection is not None and contestant.selection.count > features:
        contestant = replace(contestant, selection=replace(contestant.selection, count=features))
    if _settings(contestant) != stored["settings"]:
        raise UsageError(
            f"{stored['name']} had other settings when the run was stored", "run crossframe compare again"
        )
    return contestant
