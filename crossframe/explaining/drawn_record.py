"""The explanation of a gap over draws: verdict, shares, proof, and what is left."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from crossframe.attribution.closing import Closing
from crossframe.attribution.inference import Interval
from crossframe.attribution.record import Attribution, Finding
from crossframe.explaining.bundles import Bundle
from crossframe.explaining.calibration import Calibrated, Fit
from crossframe.explaining.diagnoses import Diagnosis
from crossframe.explaining.drawn_diagnoses import Inert
from crossframe.explaining.explanation import SCHEMA, Verdict
from crossframe.explaining.verification import CLOSED, HALF, Changed, Trial, Verification

__all__ = ["CLOSED", "Drawn", "Gap"]


@dataclass(frozen=True)
class Gap:
    """The gap of two sides, left less right.

    Attributes
    ----------
    left, right
        Mean of the metric over the draws.
    difference, interval
        Paired over the draws.
    own_spread
        Mean difference of each side to itself with another seed.
    digits
        Median over the fits of the digits in which the scores agree.
    alike
        Mean share of rows that both label alike.
    """

    metric: str
    left: float
    right: float
    difference: float
    interval: Interval | None
    draws: int
    seeds: int
    own_spread: tuple[float, float]
    digits: float
    alike: float


@dataclass(frozen=True)
class Drawn:
    """Why the scores of two models differ over draws and seeds.

    Attributes
    ----------
    noise
        The comparison of the gap with the sides' own spread.
    bundles
        What was switched; `attribution` has their shares.
    attribution, closing, verification
        None where there was nothing to share out.
    calibration
        The referee against the frameworks, where it made the hybrids.
    computed_by
        How many hybrids each framework, or the referee, computed.
    time
        Seconds: ``total``, and of it ``fits``.
    memory
        Bytes by engine, the largest resident size of its processes; ``crossframe`` is this process.
    """

    left: str
    right: str
    data: Mapping[str, Any]
    gap: Gap
    noise: Mapping[str, Any]
    agrees: bool
    inside_noise: bool
    bundles: tuple[Bundle, ...]
    attribution: Attribution | None
    closing: Closing | None
    verification: Verification | None
    calibration: tuple[Calibrated, ...]
    computed_by: Mapping[str, int]
    inert: tuple[Inert, ...]
    diagnoses: tuple[Diagnosis, ...]
    time: Mapping[str, float] = field(default_factory=dict)
    memory: Mapping[str, int] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """`Verdict.EXPLAINED` is said only of a closing that the frameworks themselves confirm.

        `Verdict.IMPLEMENTATION`: the referee, which reproduces both sides, closes the gap, and the
        frameworks have no settings for what it takes; `unsaid` names that.
        """
        if self.agrees:
            return Verdict.AGREE
        if self.inside_noise:
            return Verdict.NOISE
        trial = self.trial
        if trial is not None and trial.closes and not trial.missing:
            return Verdict.EXPLAINED
        if trial is not None and abs(1 - trial.part) <= 1 - HALF and trial.at_least(0.0):
            return Verdict.PARTLY
        proved = self.unsaid and self.causes and self.reproduced
        return Verdict.IMPLEMENTATION if proved else Verdict.UNEXPLAINED

    @property
    def trial(self) -> Trial | None:
        """The best proof in the frameworks."""
        return self.verification.best if self.verification else None

    @property
    def causes(self) -> tuple[str, ...]:
        """Settings with a share that is more than its noise."""
        return tuple(share.setting for share in self.attribution.causes) if self.attribution else ()

    @property
    def differs(self) -> tuple[Calibrated, ...]:
        """Ends of the lattice that the referee does not reproduce."""
        return tuple(c for c in self.calibration if c.end and c.fit is Fit.DIFFERS)

    @property
    def reproduced(self) -> bool:
        """Whether the referee gives both ends of the lattice, to less than `HALF` of the gap."""
        return all(c.fit is Fit.EXACT or c.within(HALF * abs(self.gap.difference))
                   for c in self.calibration if c.end)  # fmt: skip

    @property
    def unsaid(self) -> tuple[str, ...]:
        """Settings that close the gap for the referee, and for which the frameworks have no word."""
        if self.closing is None or not self.closing.closed:
            return ()
        trial = self.trial
        return tuple(self.closing.settings) if trial is None else (*trial.missing, *trial.lacking)

    @property
    def residual(self) -> str:
        """What is left after the closing switches."""
        trial = self.trial
        if self.agrees or (trial is not None and trial.gap == 0):
            return "nothing"
        if self.inside_noise or (trial is not None and trial.in_noise):
            return "random stream" if any(self.gap.own_spread) else "noise"
        named = self.unsaid and self.verdict is not Verdict.UNEXPLAINED
        return "implementation" if named else "unexplained"

    def to_dict(self) -> dict[str, Any]:
        """Schema 1; the names of the settings are the canonical ones."""
        told = self.attribution.to_dict() if self.attribution else {}
        trial = self.trial
        found = {
            "schema": SCHEMA,
            "verdict": str(self.verdict),
            "left": self.left,
            "right": self.right,
            "data": dict(self.data),
            "gap": {**asdict(self.gap), "left_after": trial.gap if trial else None,
                    "interval_after": trial.interval if trial else None},
            "digits_before": self.gap.digits,
            "digits_after": trial.digits if trial else None,
            "causes": told.get("causes", []),
            "not_attributed": told.get("not_attributed", []),
            "inert": list(dict.fromkeys([*told.get("inert", []), *(i.setting for i in self.inert)])),
            "inert_because": [asdict(i) for i in self.inert],
            "interactions": told.get("interactions", []),
            "bundles": [asdict(b) for b in self.bundles],
            "noise": dict(self.noise),
            "attribution": told,
            "closing": self.closing.to_dict() if self.closing else None,
            "verification": [t.to_dict() for t in self.verification.trials] if self.verification else [],
            "calibration": [c.to_dict() for c in self.calibration],
            "computed_by": dict(self.computed_by),
            "diagnoses": [asdict(d) for d in self.diagnoses],
            "recipe": {
                "left": _recipe(trial.left, trial) if trial else {},
                "right": _recipe(trial.right, trial) if trial else {},
            },
            "residual": {
                "gap": trial.gap if trial else self.gap.difference,
                "name": self.residual,
                "settings": list(self.unsaid) if self.residual == "implementation" else [],
            },
            "time": dict(self.time),
            "memory": dict(self.memory),
        }  # fmt: skip
        plain: dict[str, Any] = _finite(found)
        return plain

    @property
    def attributed(self) -> bool:
        """Whether the gap was shared out."""
        return self.attribution is not None and self.attribution.finding is Finding.ATTRIBUTED


def _recipe(changed: Changed, trial: Trial) -> dict[str, Any]:
    return {"closes": trial.closes and not trial.missing, **asdict(changed)}


def _finite(value: Any) -> Any:
    """The same with None for numbers that are not finite, all through dicts, lists and tuples."""
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
