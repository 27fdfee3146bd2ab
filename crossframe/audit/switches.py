"""One model fitted on a few draws: unchanged, with a setting switched, and with another seed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from crossframe.audit.samples import digits
from crossframe.core.types import IntArray, Value
from crossframe.data import DESIGNS
from crossframe.experiment.cells import RequestCell
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.dispatch import executor
from crossframe.experiment.executor import Executor
from crossframe.experiment.fits import FitCache
from crossframe.experiment.plan import Experiment
from crossframe.experiment.record import Record
from crossframe.experiment.store import Store
from crossframe.frameworks.contract import FitRequest
from crossframe.frameworks.pool import Pool
from crossframe.frameworks.registry import model as registered
from crossframe.settings.vocabulary import label_rule

_SIZES = (10, 40)
_DRAWS = 5
_SEED = 12345

Labels: TypeAlias = "list[IntArray | None]"
"""Labels of the evaluation rows, one array per draw; None where the fit gave none."""


@dataclass(frozen=True)
class Noise:
    """What another seed alone changes in a model, on the same training samples.

    ``changed`` of ``draws`` samples have a label that changes; ``flipped`` is the mean share of labels.
    A model that takes no seed has none.
    """

    model: str
    draws: int
    changed: int
    flipped: float


def shares_of(before: Labels, after: Labels) -> list[float]:
    """Share of labels that differ, draw by draw, where both fits gave some."""
    return [
        float(np.mean(a != b))
        for a, b in zip(before, after, strict=True)
        if a is not None and b is not None
    ]  # fmt: skip


class Switched:
    """A contestant, ready to be fitted on the draws with a setting switched.

    The draws are five of n = 10 and five of n = 40 rows of digits, 0 against 1, or 0, 1 and 2
    with ``three_classes``. A model that trains in
    racing threads is fitted in its reproducible mode, which `notes` states.
    """

    def __init__(
        self, contestant: Contestant, store: Store, pool: Pool, *, three_classes: bool = False
    ) -> None:
        self._contestant = contestant
        self.notes: tuple[str, ...] = ()
        if (mode := registered(contestant.model).reproducible) is not None:
            param, value = mode
            self._contestant = replace(contestant, native={**contestant.native, param: value})
            self.notes = (f"{contestant.name} is fitted with {param}={value}",)
        self._store, self._pool = store, pool
        data = digits(three_classes=three_classes)
        experiment = Experiment(
            data, DESIGNS["stratified"], _SIZES, _DRAWS, _SEED, (self._contestant,), threads=1
        )
        self._fits = FitCache(experiment, store, pool=pool)

    def noise(self, name: str) -> Noise:
        """What the next seed changes, all else unchanged; ``name`` is that of the model in the result."""
        param = next(
            (b.param for b in registered(self._contestant.model).bindings if b.setting == "seed"), ""
        )
        experiment = self._fits.experiment
        requests = [r for cell in experiment.cells() if isinstance(r := cell.prepare(), FitRequest)]
        again = [
            replace(r, seed=r.seed + 1, settings=_next(r.settings, "seed"), native=_next(r.native, param))
            for r in requests
        ]
        cells = [RequestCell(self._contestant.model, request) for request in again]
        run: Executor[RequestCell] = executor(
            self._store, jobs=os.cpu_count() or 1, process=self._pool.process
        )
        records = run.records(cells)[0]
        shares = shares_of(self.labels(), [_labels(records.get(cell.key)) for cell in cells])
        flipped = float(np.mean(shares)) if shares else 0.0
        return Noise(name, len(shares), sum(s > 0 for s in shares), flipped)

    def labels(self, setting: str = "", value: Value = None) -> Labels:
        """Labels of the evaluation rows by draw, None where the fit gave none; as it is, or switched.

        Raises `UsageError` where the model cannot express the value.
        """
        return [_labels(record) for record in self._fits.records(self._switched(setting, value))]

    def records(self, setting: str = "", value: Value = None) -> list[Record]:
        """The fits themselves, in the order of the draws; see `labels`."""
        return self._fits.records(self._switched(setting, value))

    def _switched(self, setting: str, value: Value) -> Contestant:
        c, of = self._contestant, registered(self._contestant.model)
        if setting == "decision.threshold":
            rule = label_rule(value)
            c = replace(c, name=f"{c.name} {setting}={value}", threshold=rule)
        elif setting:
            given = {k: v for k, v in c.native.items() if k not in of.shadowed({setting: value})}
            canonical, native = of.split({setting: value}, given)
            c = replace(
                c,
                name=f"{c.name} {setting}={value}",
                settings={**c.settings, **canonical},
                native={**given, **native},
            )
        return c


def _labels(record: Record | None) -> IntArray | None:
    return None if record is None or not record.fields["usable"] else record.arrays["labels"]


def _next(given: Mapping[str, Value], name: str) -> Mapping[str, Value]:
    """The given settings, with the seed ``name`` increased by one."""
    seed = given.get(name)
    return {**given, name: seed + 1} if isinstance(seed, int) else given
