"""One model fitted on a few draws: unchanged, with a setting switched, and with another seed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from crossframe.audit.record import untupled
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
from crossframe.settings import elastic
from crossframe.settings.vocabulary import label_rule

SIZES = (10, 40)
"""Training rows of the draws."""
_DRAWS = 5
_SEED = 12345

Labels: TypeAlias = "list[IntArray | None]"
"""Labels of the evaluation rows, one array per draw; None where the fit gave none."""

ByRows: TypeAlias = "Mapping[int, Value]"
"""The values of a setting by the number of training rows."""


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
        self.name = contestant.name
        self.notes: tuple[str, ...] = ()
        if (mode := registered(contestant.model).reproducible) is not None:
            param, value = mode
            self._contestant = replace(contestant, native={**contestant.native, param: value})
            self.notes = (f"{contestant.name} is fitted with {param}={value}",)
        self._store, self._pool = store, pool
        data = digits(three_classes=three_classes)
        experiment = Experiment(
            data, DESIGNS["stratified"], SIZES, _DRAWS, _SEED, (self._contestant,), threads=1
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

    def in_force(self, setting: str) -> ByRows:
        """The effective value of a canonical setting in the first usable fit of each size that reports it."""
        return {n: own[setting] for n, own in self._effective().items() if setting in own}

    def labels(self, setting: str = "", value: Value | ByRows = None) -> Labels:
        """Labels of the evaluation rows by draw, None where the fit gave none; as it is, or switched.

        ``value`` is the same for all draws, or one for each of their sizes. Raises `UsageError` where the
        model cannot express the value.
        """
        return [_labels(record) for record in self.records(setting, value)]

    def records(self, setting: str = "", value: Value | ByRows = None) -> list[Record]:
        """The fits themselves, in the order of the draws; see `labels`."""
        own = self._effective() if setting in elastic.PARTS else {}
        of_size = [
            self._switched(setting, value[n] if isinstance(value, Mapping) else value, own.get(n, {}))
            for n in SIZES
        ]
        self._fits.prepare(of_size)
        return [fit for n, one in zip(SIZES, of_size, strict=True) for fit in self._of(n, one)]

    def _of(self, n: int, contestant: Contestant) -> list[Record]:
        """The fits of a contestant on ``n`` rows, one a draw."""
        start = SIZES.index(n) * _DRAWS
        return self._fits.records(contestant)[start : start + _DRAWS]

    def _effective(self) -> dict[int, dict[str, Value]]:
        """By size, the effective canonical settings of the first fit that can be used; empty without one."""
        usable = {n: [r for r in self._of(n, self._contestant) if r.fields["usable"]] for n in SIZES}
        return {n: untupled(fits[0].fields["canonical"]) if fits else {} for n, fits in usable.items()}

    def _switched(self, setting: str, value: Value, own: Mapping[str, Value]) -> Contestant:
        """The contestant with the setting switched, where ``own`` are its effective settings."""
        c, of = self._contestant, registered(self._contestant.model)
        if not setting:
            return c
        if setting == "decision.threshold":
            return replace(c, name=f"{c.name} {setting}={value}", threshold=label_rule(value))
        values, kept, native = {setting: value}, dict(c.settings), dict(c.native)
        if setting in elastic.PARTS and {*elastic.WHOLE} <= {b.setting for b in of.bindings}:
            # The part of an elastic net that is not switched keeps its value.
            values = {**{part: own[part] for part in elastic.PARTS if part in own}, **values}
            kept = {k: v for k, v in kept.items() if k not in (*elastic.PARTS, *elastic.WHOLE)}
            native.pop("penalty", None)
        native = {k: v for k, v in native.items() if k not in of.shadowed(values)}
        canonical, same = of.split(values, native)
        name = " ".join([c.name, *(f"{k}={v}" for k, v in values.items())])
        return replace(c, name=name, settings={**kept, **canonical}, native={**native, **same})


def _labels(record: Record | None) -> IntArray | None:
    return None if record is None or not record.fields["usable"] else record.arrays["labels"]


def _next(given: Mapping[str, Value], name: str) -> Mapping[str, Value]:
    """The given settings, with the seed ``name`` increased by one."""
    seed = given.get(name)
    return {**given, name: seed + 1} if isinstance(seed, int) else given
