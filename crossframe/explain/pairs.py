"""Which pairs can be explained, and by which hybrids."""

from __future__ import annotations

from crossframe.core.errors import UsageError
from crossframe.experiment.contestants import Contestant
from crossframe.explain.expression import EffectivePair
from crossframe.explain.hybrids import (
    FamilyHybrids,
    Hybrids,
    LinearHybrids,
    NetworkHybrids,
    OneModelHybrids,
    Sides,
)
from crossframe.explain.reference_network import NETWORK
from crossframe.explain.switches import OPTIMUM
from crossframe.frameworks.registry import model, models
from crossframe.settings.chosen import searches


def hybrids_over_draws(sides: Sides, effective: EffectivePair) -> Hybrids:
    """The hybrids of a pair that `check_pair` lets pass, where it is compared over draws."""
    left, right = (model(side.model) for side in sides)
    chosen = [searches(own) for own in effective]
    if chosen[0] != chosen[1]:
        other = sides[chosen.index(True)].name
        raise UsageError(
            f"over draws {other} chooses another penalty on each, and the other side has one",
            "compare the two on one sample, without --draws, --seeds and --metric",
        )
    if left.convex and right.convex:
        return LinearHybrids(sides, effective)
    if left.name == right.name:
        return OneModelHybrids(sides, effective)
    return (NetworkHybrids if _family_of(NETWORK) == left.family else FamilyHybrids)(sides, effective)


def check_pair(left: Contestant, right: Contestant) -> None:
    """Raise `UsageError` for two models that no setting turns into one another."""
    both = (model(left.model), model(right.model))
    if all(m.convex for m in both) or (left.model == right.model and left.family != "rule"):
        return
    one_family = both[0].family == both[1].family and not any(m.images_only for m in both)
    # The reference model cannot train every model of its family; those are not mixed with others.
    convex = {m.family for m in models().values() if m.convex}
    if one_family and both[0].family not in {"rule", _family_of(OPTIMUM), *convex}:
        return
    other = left if not both[0].convex else right
    linear = [m.name for m in models().values() if m.convex]
    networks = [m.name for m in models().values() if m.family == _family_of(NETWORK) and not m.images_only]
    raise UsageError(
        f"{left.name} and {right.name} are models of different families: {other.name} is not of the linear "
        "family",
        f"explain takes two linear models ({', '.join(linear)}), two networks ({', '.join(networks)}), two "
        "models of another family, or one model with two sets of settings",
    )


def _family_of(name: str) -> str:
    return model(name).family
