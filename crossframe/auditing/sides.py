"""One side of a conflict: a model fitted as it is, with a setting switched, and with another seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from crossframe import settings
from crossframe.comparison.plan import Experiment, Requests
from crossframe.comparison.record import relabelled
from crossframe.data import DESIGNS, load
from crossframe.engines.base import FitRequest, FitResult, IntArray, Value
from crossframe.engines.host import EngineProcess
from crossframe.models.contestants import Contestant
from crossframe.settings.vocabulary import label_rule

_SIZES = (10, 40)
_DRAWS = 5
_SEED = 12345

Labels: TypeAlias = "list[IntArray | None]"
"""Of the evaluation rows by draw, None where the fit gave none."""


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


class Side:
    """One model, ready to be fitted on the draws with a setting switched."""

    def __init__(self, contestant: Contestant) -> None:
        self._contestant = contestant
        self.notes: tuple[str, ...] = ()
        if contestant.model == "h2o.mlp":
            native = {**contestant.native, "reproducible": True}
            self._contestant = replace(contestant, native=native)
            self.notes = (f"{contestant.name} is fitted with reproducible=True",)
        self._process = EngineProcess(contestant.engine)
        self._fits: list[FitResult] | None = None

    def close(self) -> None:
        """End the engine's process."""
        self._process.close()

    def noise(self, name: str) -> Noise:
        """What the next seed changes, all else unchanged."""
        c, draws = self._contestant, _requests(self._contestant)
        param = next((b.param for b in settings.bindings(c.model) if b.setting == "seed"), "")
        again = [
            replace(
                request,
                seed=request.seed + 1,
                settings=_next(request.settings, "seed"),
                native=_next(request.native, param),
            )
            for request in draws
        ]  # fmt: skip
        fits = [self._process.fit(request) for request in again]
        shares = shares_of(self.labels(), [f.labels if f.status.usable else None for f in fits])
        flipped = float(np.mean(shares)) if shares else 0.0
        return Noise(name, len(shares), sum(s > 0 for s in shares), flipped)

    def labels(self, setting: str = "", value: Value = None) -> Labels:
        """Labels of the evaluation rows by draw, None where the fit gave none; as it is, or switched.

        Raises `UsageError` where the model cannot express the value.
        """
        if self._fits is None:
            self._fits = self._fitted(self._contestant)
        if not setting:
            return [f.labels if f.status.usable else None for f in self._fits]
        if setting == "decision.threshold":
            rule, requests = label_rule(value), _requests(self._contestant)
            return [relabelled(f, rule, r.y_train).labels for f, r in zip(self._fits, requests, strict=True)]
        c = self._contestant
        given = {k: v for k, v in c.native.items() if k not in settings.shadowed(c.model, {setting: value})}
        canonical, native = settings.split(c.model, {setting: value}, given)
        switched = replace(c, settings={**c.settings, **canonical}, native={**given, **native})
        return [f.labels if f.status.usable else None for f in self._fitted(switched)]

    def _fitted(self, contestant: Contestant) -> list[FitResult]:
        return [self._process.fit(request) for request in _requests(contestant)]


def _next(given: Mapping[str, Value], name: str) -> Mapping[str, Value]:
    """What is given, a seed among it one higher."""
    seed = given.get(name)
    return {**given, name: seed + 1} if isinstance(seed, int) else given


def _requests(c: Contestant) -> list[FitRequest]:
    experiment = Experiment(load("digits"), DESIGNS["stratified"], _SIZES, _DRAWS, _SEED, (c,), threads=1)
    requests = Requests(experiment)
    return [r for cell in experiment.cells() if (r := requests.request(cell)) is not None]
