"""The two forms of an explanation's JSON: of linear models on one sample, and over seeds or draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from crossframe.explain.attribution.measures import digits_of_gap
from crossframe.explain.attribution.record import Share, Standing
from crossframe.explain.bundles import THRESHOLD
from crossframe.explain.diagnoses import Diagnosis
from crossframe.explain.hybrids import REFERENCE

if TYPE_CHECKING:
    from crossframe.explain.explanation import Explanation


def cause_of_labels(finding: Diagnosis) -> dict[str, Any]:
    """The rule for labels as one of the JSON's ``causes``: it has no share of the difference of scores.

    ``share_of_labels`` is its part of the rows that the two label differently.
    """
    left, right = finding.certificate["rules"]
    nothing = Share(THRESHOLD, Standing.CAUSE, 0.0, 0.0, 0.0, None, 0.0, 0.0, 0.0, None, left, right)
    return {**nothing.to_dict(), "share_of_labels": finding.certificate["share_of_rule"]}


def on_one_sample(e: Explanation) -> dict[str, Any]:
    """What `Explanation.to_dict` has of two fits of linear models."""
    best = e.best
    assert best is not None
    assert best.recipe is not None
    recipes = zip(("left", "right"), e.directions, strict=True)
    return {
        "gap": {"largest_difference": e.gap.difference, "left_after": best.left_over},
        "digits_before": e.gap.digits,
        "digits_after": digits_of_gap(best.left_over),
        "recipe": {side: d.recipe.to_dict(d.closing) for side, d in recipes if d.recipe and d.closing},
        "residual": {
            "gap": best.left_over,
            "name": e.residual,
            "rounding": e.rounding,
            "distance_from_the_optimum": best.recipe.distance,
        },
        "outcomes": [o.to_dict() for o in e.outcomes],
        "coefficients": [
            {"term": term, "left": left, "right": right} for term, left, right in e.coefficients
        ],
        "inference": e.inference.to_dict() if e.inference else None,
        "shortfalls": [None if s is None else asdict(s) for s in e.shortfalls],
        "directions": [d.to_dict() for d in e.directions],
    }


def over_draws(e: Explanation, shares: Mapping[str, Any]) -> dict[str, Any]:
    """What `Explanation.to_dict` has of two models with several seeds or draws."""
    trial, best = e.trial, e.best
    # A setting may be a cause although a parameter that seems to carry it has no effect.
    causes = {c["setting"] for c in shares.get("causes", [])}
    inert = [*shares.get("inert", []), *(i.setting for i in e.inactive if i.setting not in causes)]
    return {
        "gap": {**asdict(e.gap), "left_after": trial.gap if trial else None,
                "interval_after": trial.interval if trial else None},
        "digits_before": e.gap.digits,
        "digits_after": trial.digits if trial else None,
        "not_attributed": shares.get("not_attributed", []),
        "inert": list(dict.fromkeys(inert)),
        "inert_because": [asdict(i) for i in e.inactive],
        "bundles": [asdict(b) for b in best.bundles] if best else [],
        "noise": dict(e.noise),
        "implementation": [asdict(rule) for rule in e.rules],
        "attribution": dict(shares),
        "closing": best.closing.to_dict() if best and best.closing else None,
        "verification": [t.to_dict() for t in best.trials] if best else [],
        "calibration": [c.to_dict() for c in best.calibration] if best else [],
        "computed_by": {"the referee" if m == REFERENCE else m: k for m, k in best.computed_by.items()}
        if best else {},
        "cannot_be_switched": dict(best.cannot) if best else {},
        "switched_together": dict(best.together) if best else {},
        "members": [m.to_dict() for m in best.members] if best else [],
        "recipe": {
            "left": trial.recipe(trial.left) if trial else {},
            "right": trial.recipe(trial.right) if trial else {},
        },
        "residual": {
            "gap": trial.gap if trial else e.gap.difference,
            "name": e.residual,
            "settings": list(e.inexpressible) if e.residual == "implementation" else [],
        },
    }  # fmt: skip
