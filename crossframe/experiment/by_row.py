"""Weights and offset of the rows: whether a contestant can be fitted to them, and what it makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crossframe.core.errors import UsageError
from crossframe.core.types import Task, Value, as_float
from crossframe.data.types import Dataset
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.preparation import Preparation
from crossframe.frameworks.registry import model
from crossframe.settings.family import POWERS

_SCALING = ("poisson", "gamma", "tweedie")
"""Families whose deviance is that of a rate, times a power of the exposure."""


def lacks(contestant: Contestant, dataset: Dataset) -> UsageError | None:
    """Why a contestant cannot be fitted to the weights or the offset of a data set; None: it can."""
    this, rule, name = model(contestant.model), contestant.preparation, contestant.name
    given = f"{name}{',' if ':' in name else ':'}"
    for what, how, values in (
        ("weights", rule.weights, dataset.weights),
        ("offset", rule.offset, dataset.offset),
    ):
        if how and values is None:
            option = "--weights" if what == "weights" else "--offset or --exposure"
            return UsageError(f"{name}: {dataset.name} has no {what}", f"name the column with {option}")
    rates = rule.offset == "rate"
    scales = _scales(contestant, dataset.task)
    if rates and not scales:
        return UsageError(
            f"{name}: offset=rate is for the log link of the Poisson, gamma and Tweedie families",
            f"{name.replace('offset=rate', 'offset=none')} leaves the offset out",
        )
    if dataset.offset is not None and rule.offset in ("", "given") and "offset" not in this.by_row:
        remedy = f"{given}offset=none fits it without"
        if scales:
            remedy = (
                f"{given}offset=rate divides the target by the exposure and weights the row by it: without a "
                "penalty the same fit"
            )
        return UsageError(f"{name}: {this.title} has no offset", remedy)
    if dataset.offset is not None and len(dataset.classes) > 2 and rule.offset != "none":
        return UsageError(
            f"{name}: one offset for a row says nothing of {len(dataset.classes)} classes",
            f"{given}offset=none fits it without",
        )
    weighted = rates or (dataset.weights is not None and rule.weights != "none")
    if not weighted or ("weights" in this.by_row and contestant.selection is None):
        return None
    what = f"{this.title} is fitted" if contestant.selection is None else "features are selected"
    remedy = f"{given}weights=none lets every row count once"
    needed = {"weights"} | ({"offset"} & dataset.by_row if rule.offset in ("", "given") else set())
    for relative in this.relatives if contestant.selection is None else ():
        if model(relative).by_row >= needed:
            remedy = f"{relative} takes them; {remedy}"
            break
    return UsageError(f"{name}: {what} without weights of the rows", remedy)


def taken(contestant: Contestant, values: Mapping[str, Value]) -> dict[str, Value]:
    """``values`` of settings, with the weights and the offset in the form in which a contestant takes them.

    Raises `UsageError` where it takes none.
    """
    this, made = model(contestant.model), dict(values)
    if made.get("weights", "none") != "none" and "weights" not in this.by_row:
        raise UsageError(f"{this.title} is fitted without weights of the rows")
    if made.get("offset") == "given" and "offset" not in this.by_row:
        if not _scales(contestant, "numbers"):
            raise UsageError(f"{this.title} has no offset")
        made["offset"] = "rate"
    return made


def _scales(contestant: Contestant, task: Task) -> bool:
    """Whether a fit to rates, weighted by exposures, is that with the offset, see `Preparation`."""
    this = model(contestant.model)
    stated = this.stated(contestant.settings, contestant.native, task)
    log = stated.get("link") == "log" and stated.get("family") in _SCALING
    return log and "weights" in this.by_row


def with_power(contestant: Contestant, dataset: Dataset) -> Preparation:
    """What is done to a contestant's rows, with the power of its family where they become rates."""
    rule = contestant.preparation
    if rule.offset != "rate":
        return rule
    stated = model(contestant.model).stated(contestant.settings, contestant.native, dataset.task)
    power = POWERS.get(str(stated.get("family")), stated.get("family.power", 1.5))
    return replace(rule, power=as_float(power))
