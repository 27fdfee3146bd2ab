"""Two networks between which no setting differs: whether their libraries differ by more than rounding.

From the same initial weights, on the same batches and without dropout two such networks are the same
computation, and only the rounding of each operation is left to differ. How much that is, over all updates,
is seen by what double precision changes in either of them. Several seeds are compared, because rounding that
moves the input of a rectified linear unit across 0 is seldom and changes a thousand times as much.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace

from crossframe.core.errors import UsageError
from crossframe.core.text import agreement, small
from crossframe.core.types import Value
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.fits import FitCache
from crossframe.explain.attribution.measures import digits_of_gap
from crossframe.explain.bundles import differing
from crossframe.explain.diagnoses import Diagnosis
from crossframe.explain.expression import EffectivePair
from crossframe.explain.hybrids import Sides
from crossframe.explain.paired import largest, pinned
from crossframe.explain.reference_network import completed
from crossframe.explain.switches import switched
from crossframe.frameworks.registry import model
from crossframe.settings.vocabulary_networks import given_seed

KIND = "arithmetic"
ROUNDINGS = 10.0
"""Multiple of what double precision changes in one network up to which two differ by rounding."""
_RANDOM: Mapping[str, Value] = {"dropout.hidden": 0.0, "dropout.input": 0.0}
"""Settings without which a network takes no random numbers but its initial weights and the order of rows."""


def same_stream(sides: Sides) -> bool:
    """Whether two networks of different libraries take the same random numbers from the same seeds.

    Both are given the same initial weights, take the same batches, and draw nothing else.
    """
    if not _same_batches(sides) or pinned(sides[0]) != pinned(sides[1]):
        return False
    stated = [model(s.model).stated(s.settings, s.native, "classes") for s in sides]
    one, other = (own.get("init.source") for own in stated)
    drawn = any(own.get(name) for own in stated for name in _RANDOM)
    return one == other and given_seed(one) is not None and not drawn


def arithmetic(fits: FitCache, sides: Sides, effective: EffectivePair) -> list[Diagnosis]:
    """How far two networks between which no setting differs are from each other, beside their own rounding.

    ``fits`` are replicates on the same rows, whose batches are drawn with other seeds. Both are fitted in
    single precision, and in double precision where a side has it. Empty for one model on both sides, for
    networks that take other batches from the same seed, where a setting differs, and where a side cannot be
    given the start or none has double precision. The certificate has ``largest``, the largest
    difference of two scores of a row in single precision, ``own``, by side what double precision changes in
    it, and ``by_rounding``, whether the first is at most `ROUNDINGS` times one of the others.
    """
    if not _same_batches(sides) or differing(*_all_rules(effective)):
        return []
    try:
        single = [_started(side, own, "float32") for side, own in zip(sides, effective, strict=True)]
    except UsageError:
        return []
    double = {}
    for name, side, own in zip(("left", "right"), sides, effective, strict=True):
        with contextlib.suppress(UsageError):
            double[name] = _started(side, own, "float64")
    if not double:
        return []
    fits.prepare([*single, *double.values()])
    of_single = dict(zip(("left", "right"), map(fits.records, single), strict=True))
    gap = largest(*of_single.values())
    rounding = {name: largest(of_single[name], fits.records(made)) for name, made in double.items()}
    by_rounding = gap <= ROUNDINGS * max(rounding.values())
    names = {"left": model(sides[0].model).framework, "right": model(sides[1].model).framework}
    changed = " and ".join(f"those of {names[name]} by {small(size)}" for name, size in rounding.items())
    words = (
        "no setting differs between the two; from the same initial weights, on the same batches and without "
        f"dropout, in single precision, their scores have {agreement(digits_of_gap(gap))} ({small(gap)} at "
        f"most, {fits.experiment.draws} seeds); double precision changes {changed} at most: "
    )
    words += (
        f"what {names['left']} and {names['right']} compute otherwise is of the size of the rounding of "
        "single precision, whose operations they carry out in another order"
        if by_rounding
        else f"that is less than a {ROUNDINGS:.0f}th of it, so that rounding alone does not account for it"
    )
    return [Diagnosis(KIND, "both", words, {"largest": gap, "own": rounding, "by_rounding": by_rounding})]


def _same_batches(sides: Sides) -> bool:
    one, other = (model(side.model) for side in sides)
    return one.name != other.name and bool(one.batches) and one.batches == other.batches


def _all_rules(effective: EffectivePair) -> EffectivePair:
    """The settings with the rules that the frameworks do not name, where the reference trainer has all."""
    try:
        return completed(effective[0]), completed(effective[1])
    except UsageError:
        return effective


def _started(side: Contestant, own: Mapping[str, Value], precision: str) -> Contestant:
    """The side from initial weights that it is given, without dropout, in a precision."""
    wanted = {"precision": precision, **{name: value for name, value in _RANDOM.items() if own.get(name)}}
    if given_seed(own.get("init.source")) is None:
        wanted["init.source"] = "given:1"
    made = {name: value for name, value in wanted.items() if own.get(name) != value}
    return replace(switched(side, own, made), name=f"{side.name}[given weights, no dropout, {precision}]")
