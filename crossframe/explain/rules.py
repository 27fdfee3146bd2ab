"""Rules of two frameworks' networks that no setting of either changes, and what each changes by itself."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.experiment.fits import FitCache
from crossframe.explain.bundles import Bundle, differing
from crossframe.explain.expression import EffectivePair, can_express, expressed
from crossframe.explain.hybrids import Sides
from crossframe.explain.paired import LABELS, SCORES, row_distances
from crossframe.explain.reference_network import NETWORK, completed, reference_network, unstated
from crossframe.frameworks.registry import model

LEAST = 1e-6
"""Mean difference of two scores from which on a rule is reported: below, it is the order of rounding."""

_FORMS: dict[tuple[str, str], str] = {
    ("adadelta", "h2o"): "H2O's ADADELTA (a bias steps by the mean squared gradient of its unit's weights, "
    "and square roots are approximate)",
    ("sgd", "h2o"): "H2O's gradient descent (its momentum stays at the start, and takes its share off the "
    "learning rate)",
    ("adadelta", "keras"): "Keras's ADADELTA (each weight by its own gradient, exact roots with epsilon "
    "inside)",
    **{
        (rule, "torch"): f"PyTorch's {rule} (epsilon is added after the correction for the start)"
        for rule in ("adam", "adamw")
    },
}
"""Update rule and form -> the words for it."""


@dataclass(frozen=True)
class RuleEffect:
    """A rule that differs although no setting does, and what it changes by itself.

    Attributes
    ----------
    setting
        Its name as a setting of the reference trainer.
    left, right
        What the two frameworks do, in words.
    scores, labels
        Mean difference of two scores of a row, and share of the labels that differ, between two networks of
        the reference trainer with the same random numbers that differ in nothing else.
    """

    setting: str
    left: str
    right: str
    scores: float
    labels: float


def rule_effects(fits: FitCache, sides: Sides, effective: EffectivePair) -> tuple[RuleEffect, ...]:
    """The rules in which two networks differ and that neither framework can be given, largest effect first.

    Each is switched in the reference trainer beside the settings of either side; the larger effect counts.
    Empty for other models, and for networks that the reference trainer lacks.
    """
    models = [model(side.model) for side in sides]
    if models[0].name == models[1].name or any(m.family != model(NETWORK).family for m in models):
        return ()
    try:
        own = (completed(effective[0]), completed(effective[1]))
    except UsageError:
        return ()
    rules = unstated(effective[0]).keys() | unstated(effective[1]).keys()
    effects = []
    bundles = [b for b in differing(*own) if not _given(sides, effective, b)]
    for member in (m for b in bundles for m in b.members if m.setting in rules):
        alone = Bundle(member.setting, member.setting, (member,), alone=True)
        if all(can_express(side, i, effective, alone) for i, side in enumerate(sides)):
            scores, labels, rule = _effect(fits, own, member.setting)
            if scores > LEAST or labels > 0:
                words = [_words(member.setting, settings.get(member.setting), rule) for settings in own]
                effects.append(RuleEffect(member.setting, words[0], words[1], scores, labels))
    return tuple(sorted(effects, key=lambda effect: (-effect.scores, effect.setting)))


def _given(sides: Sides, effective: EffectivePair, bundle: Bundle) -> bool:
    """Whether one of the sides can be given all of a bundle, as the other side has it: an early stop, say."""
    for i, side in enumerate(sides):
        with contextlib.suppress(UsageError):
            if not expressed(side, i, effective, bundle)[1]:
                return True
    return False


def _effect(
    fits: FitCache, own: tuple[Mapping[str, Value], Mapping[str, Value]], setting: str
) -> tuple[float, float, str]:
    """The larger effect of a setting of the trainer beside either side's others; the update rule there."""
    found = [(0.0, 0.0, "")]
    for which in (0, 1):
        try:
            pair = [
                reference_network({**own[which], setting: value}, f"reference {which} with {setting}={value}")
                for value in (own[0].get(setting), own[1].get(setting))
            ]
        except UsageError:
            continue
        fits.prepare(pair)
        left, right = (fits.records(made) for made in pair)
        distances = (row_distances(left, right, SCORES), row_distances(left, right, LABELS))
        if all(np.isfinite(d).any() for d in distances):
            rule = str(own[which].get("optimizer.rule"))
            found.append((float(np.nanmean(distances[0])), float(np.nanmean(distances[1])), rule))
    return max(found)


def _words(setting: str, value: Value, rule: str) -> str:
    """What a framework does, in words; ``rule`` is the update rule that both have."""
    if setting != "optimizer.form":
        return str(value)
    by = {"published": f"{rule} as published", "keras": f"Keras's {rule} (constants in single precision)"}
    return _FORMS.get((rule, str(value)), by.get(str(value), f"H2O's {rule}"))
