"""The experiment of a stored run, so that more can be fitted on its very draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from crossframe.core.errors import DataError, UsageError
from crossframe.data import DESIGNS, load
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.plan import Experiment
from crossframe.experiment.spec import parse


def loading(
    name_or_path: str,
    *,
    target: str | None,
    positive: str | None,
    digits: tuple[int, int],
    missing: str,
    data_dir: Path | None,
) -> dict[str, Any]:
    """The arguments of `crossframe.data.load` as plain values, with absolute paths."""
    own = target is not None
    return {
        "name_or_path": str(Path(name_or_path).resolve()) if own else name_or_path,
        "target": target,
        "positive": positive,
        "digits": list(digits),
        "missing": missing,
        "data_dir": str(data_dir.resolve()) if data_dir is not None else None,
    }


def experiment(spec: Mapping[str, Any]) -> Experiment:
    """The experiment that a run's spec describes: same rows, draws, seeds and contestants.

    Raises
    ------
    UsageError
        For a run that was stored before runs kept what their data were loaded from.
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
    arguments = dict(spec["loading"])
    name = arguments.pop("name_or_path")
    dataset = load(name, **{**arguments, "digits": tuple(arguments["digits"])})
    if dataset.fingerprint != run["dataset"]["fingerprint"]:
        raise DataError(f"{name} has changed since the run {run['name']}", "run crossframe compare again")
    return Experiment(
        dataset=dataset,
        design=DESIGNS[run["design"]["name"]],
        sizes=tuple(run["sizes"]),
        draws=run["draws"],
        seed=run["seed"],
        contestants=tuple(_contestant(c["name"], len(dataset.names)) for c in spec["contestants"]),
        threads=spec["threads"],
        time_limit=spec["time_limit"],
        preset=run["preset"],
    )


def _contestant(name: str, features: int) -> Contestant:
    """The contestant of this name; a selection keeps at most all features."""
    contestant = parse(name)
    if contestant.selection is None or contestant.selection.count <= features:
        return contestant
    return replace(contestant, selection=replace(contestant.selection, count=features))
