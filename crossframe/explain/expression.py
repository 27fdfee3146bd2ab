"""A bundle of settings as the other side has it, in a side's own framework."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.spec import own_settings
from crossframe.explain.bundles import NEUTRAL, THRESHOLD, WHOLE, Bundle, given, is_seed, same, value_of
from crossframe.explain.switches import switched
from crossframe.frameworks.registry import model
from crossframe.settings.vocabulary import VOCABULARY, label_rule
from crossframe.settings.vocabulary_networks import GIVEN_RULES, given_seed

EffectivePair = tuple[Mapping[str, Value], Mapping[str, Value]]
"""Effective settings of the left and the right side, in canonical names."""


def can_express(side: Contestant, which: int, settings: EffectivePair, bundle: Bundle) -> str:
    """Why ``side`` cannot take a bundle's values of the other side; empty: it can. See `expressed`."""
    try:
        expressed(side, which, settings, bundle)
    except UsageError as error:
        return error.message
    return ""


def expressed(
    side: Contestant, which: int, settings: EffectivePair, bundle: Bundle
) -> tuple[Contestant, list[str]]:
    """``side`` with a bundle's values of the other side, and the members that its framework lacks.

    ``which`` is 0 for the left side; ``settings`` are the effective ones of both. Raises `UsageError` where
    the leading setting cannot be expressed: then the bundle cannot be.
    """
    own, other = settings[which], settings[1 - which]
    if bundle.group == THRESHOLD:
        return replace(side, threshold=label_rule(other.get(THRESHOLD))), []
    known = {b.setting for b in model(side.model).bindings}
    wanted = {n: v for n, v in other.items() if bundle.takes(n) and not is_seed(n)}
    wanted |= {n: NEUTRAL[n] for n in own if bundle.takes(n) and n not in other and n in NEUTRAL}
    if other.get("optimizer.rule") == "adadelta" and bundle.takes("optimizer.learning_rate"):
        wanted["optimizer.learning_rate"] = value_of(other, "optimizer.learning_rate")
    if given_seed(wanted.get("init.source")) is not None:
        # Weights that are given need no rule by which they are drawn.
        wanted = {n: v for n, v in wanted.items() if n not in GIVEN_RULES}
        known |= {*GIVEN_RULES}
    wanted = _bounds(wanted, known)
    if not wanted:
        raise UsageError(f"the other side has no {bundle.name}")
    leading = {bundle.group, bundle.name}
    bare = made = _without(side, bundle)
    taken: dict[str, Value] = {}
    for name in sorted(wanted, key=lambda n: (n not in leading, list(VOCABULARY).index(n))):
        value = wanted[name]
        if name not in {*known, *own_settings(side)} and same(name, value, NEUTRAL.get(name)):
            continue
        try:
            # The whole bundle at once, because the meaning of an option may depend on its rule.
            made = switched(bare, own, {**taken, name: value})
        except UsageError:
            if name in leading or bundle.group in WHOLE:
                raise
            continue
        taken[name] = value
    if all(same(name, value, value_of(own, name)) for name, value in taken.items()):
        raise UsageError(f"{side.model} has no word for {bundle.name} as the other side has it")
    drops = any(wanted.get(name) for name in ("dropout.hidden", "dropout.input"))
    return made, _lacking(bundle, known | set(own_settings(made)), which, drops)


def _bounds(wanted: dict[str, Value], known: set[str]) -> dict[str, Value]:
    """The settings with a uniform distribution around 0 written in the parameters that the framework has."""
    scale, upper = wanted.get("init.scale"), wanted.get("init.upper")
    if wanted.get("init.weights") != "uniform" or ("init.upper" in known) == (upper is not None):
        return wanted
    rest = {n: v for n, v in wanted.items() if n not in ("init.scale", "init.lower", "init.upper")}
    if isinstance(scale, (int, float)):
        return {**rest, "init.lower": -scale, "init.upper": scale}
    return {**rest, "init.scale": upper}


def _lacking(bundle: Bundle, known: set[str], which: int, drops: bool) -> list[str]:
    """Members for which the framework has no parameter, where they can matter."""
    lacking = []
    for member in bundle.members:
        value = member.left if which else member.right
        inactive = member.setting == "dropout.inverted" and not drops
        if (
            member.setting not in known
            and not inactive
            and not same(member.setting, value, NEUTRAL.get(member.setting))
        ):
            lacking.append(member.setting)
    return lacking


def _without(side: Contestant, bundle: Bundle) -> Contestant:
    """``side`` without the settings of a bundle that it is given."""
    names = {name for name, (setting, _) in given(side).items() if bundle.takes(setting)}
    return replace(
        side,
        settings={k: v for k, v in side.settings.items() if k not in names},
        native={k: v for k, v in side.native.items() if k not in names},
    )
