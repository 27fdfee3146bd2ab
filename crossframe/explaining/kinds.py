"""Which models can be explained against each other over draws, and who makes their hybrids."""

from __future__ import annotations

from crossframe.errors import UsageError
from crossframe.explaining.hybrids import Force, Linear, Maker, OneModel, Referee
from crossframe.explaining.switches import LINEAR
from crossframe.models.contestants import Contestant

NETWORKS = ("h2o.mlp", "keras.mlp", "rkeras.mlp", "sklearn.mlp", "r.nnet", "reference.mlp")
"""Multilayer perceptrons, whose hybrids across frameworks are the network referee's."""


def maker_of(sides: tuple[Contestant, Contestant], forces: tuple[Force, Force]) -> Maker:
    """Who makes the hybrids of a pair that `check` lets pass."""
    left, right = sides
    if left.model in LINEAR and right.model in LINEAR:
        return Linear(left, right, forces)
    return OneModel(left, right, forces) if left.model == right.model else Referee(forces)


def check(left: Contestant, right: Contestant) -> None:
    """Raise `UsageError` for two models that no setting turns into one another."""
    models = {left.model, right.model}
    if models <= set(LINEAR) or models <= set(NETWORKS) or (len(models) == 1 and left.family != "rule"):
        return
    other = left if left.model not in LINEAR else right
    raise UsageError(
        f"{left.name} and {right.name} are models of different kinds: {other.name} is not of the linear "
        "family",
        f"explain takes two linear models ({', '.join(LINEAR)}), two networks ({', '.join(NETWORKS)}), or "
        "one model with two sets of settings",
    )
