"""Judging how the data that a network needs grow with its size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crossframe.claims.claim import Effect, Finding, Verdict, not_run
from crossframe.claims.judge import between, in_words, over_cells, restricted
from crossframe.core.statistics import student_mean
from crossframe.core.text import plural
from crossframe.core.types import FloatArray
from crossframe.studies.practice.claims import CLAIMS, PROPORTION, TARGET, TARGET_OF_CLASSES
from crossframe.studies.practice.jobs import CLASSES, EACH, KERAS, SIZES, SKLEARN, WIDTHS, Computed

_FEWEST = 3
"""Sizes of network that a slope takes."""


@dataclass(frozen=True)
class Needs:
    """What a framework's networks need, without those that did not reach `TARGET` with every seed.

    Attributes
    ----------
    parameters
        (networks,).
    images
        Training images for `TARGET`, (networks, seeds).
    left_out
        How many networks did not reach it.
    """

    parameters: FloatArray
    images: FloatArray
    left_out: int

    @property
    def slopes(self) -> FloatArray:
        """Slope of log images over log parameters by seed; empty with too few networks."""
        if len(self.parameters) < _FEWEST:
            return np.array([])
        slopes: FloatArray = np.polyfit(np.log(self.parameters), np.log(self.images), 1)[0]
        return slopes


def needed(accuracy: FloatArray, sizes: Sequence[int] = SIZES, target: float = TARGET) -> FloatArray:
    """Images at which the accuracy (sizes, seeds) first is ``target``, (seeds,).

    Interpolated in their logarithm; NaN where it does not get there; the smallest size where it is there
    from the first.
    """
    images = np.full(accuracy.shape[1], np.nan)
    for seed, curve in enumerate(accuracy.T):
        over = np.flatnonzero(curve >= target)
        if not len(over):
            continue
        k = int(over[0])
        share = (target - curve[k - 1]) / (curve[k] - curve[k - 1]) if k else 0.0
        before = sizes[k - 1] if k else sizes[0]
        images[seed] = before * (sizes[k] / before) ** share
    return images


def needs(computed: Computed) -> dict[str, Needs]:
    """`Needs` by framework."""
    made = {}
    for framework in (KERAS, SKLEARN):
        arrays = [a for w in WIDTHS if (a := computed.get(f"sizes.{framework}.{w}")) is not None]
        if not arrays:
            continue
        images = np.stack([needed(a["accuracy"]) for a in arrays])
        parameters = np.array([float(a["parameters"][0]) for a in arrays])
        there = ~np.isnan(images).any(axis=1)
        made[framework] = Needs(parameters[there], images[there], int((~there).sum()))
    return made


def data_for_size(computed: Computed) -> Finding:
    """Whether the images needed grow in proportion to the parameters, in each framework."""
    each = needs(computed)
    if not each:
        return not_run(CLAIMS["data-for-size"], "keras")
    effects = {k: Effect.of(f"slope, {k}", student_mean(need.slopes)) for k, need in each.items()}
    cells = {k: between(e, *PROPORTION) for k, e in effects.items()}
    words = "; ".join(
        f"{k}: slope {in_words(effects[k], '+.2f')}, {_shown(need)}" for k, need in each.items()
    )
    verdict = over_cells(cells.values())
    where = restricted(cells, "in") if verdict is Verdict.PARTLY else ""
    effect = max(effects.values(), key=lambda e: e.value)
    return Finding(CLAIMS["data-for-size"], verdict, words, effect, tuple(each), where)


def images_by_classes(computed: Computed) -> dict[int, FloatArray]:
    """Number of classes -> images of all of them for `TARGET_OF_CLASSES`, (seeds,)."""
    return {
        count: count * needed(arrays["accuracy"], EACH, TARGET_OF_CLASSES)
        for count in CLASSES
        if (arrays := computed.get(f"classes.{count}")) is not None
    }


def data_for_complexity(computed: Computed) -> Finding:
    """Whether the images needed grow in proportion to the number of classes."""
    images = images_by_classes(computed)
    if len(images) < len(CLASSES):
        return not_run(CLAIMS["data-for-complexity"], "sklearn")
    # A draw in which some number of classes did not get there has no slope.
    each = np.stack([*images.values()])
    kept = each[:, ~np.isnan(each).any(axis=0)]
    slopes = np.polyfit(np.log(CLASSES), np.log(kept), 1)[0] if kept.size else np.array([])
    effect = Effect.of("slope", student_mean(slopes))
    means = ", ".join(
        f"{row.mean():.0f} for {count}" for count, row in zip(images, kept, strict=True) if len(row)
    )
    words = (
        f"slope {in_words(effect, '+.2f')} over {plural(kept.shape[1], 'draw')}; images for an accuracy of "
        f"{TARGET_OF_CLASSES:g}: {means or 'none'} classes"
    )
    return Finding(CLAIMS["data-for-complexity"], between(effect, *PROPORTION), words, effect, (SKLEARN,))


def _shown(need: Needs) -> str:
    """Mean images at the smallest and the largest network."""
    left = f" ({plural(need.left_out, 'network')} did not get there with every draw)" if need.left_out else ""
    if not len(need.parameters):
        return f"no accuracy of {TARGET:g}{left}"
    ends = (f"{need.images[k].mean():.0f} images with {need.parameters[k]:,.0f} parameters" for k in (0, -1))
    return f"{' and '.join(ends)} for an accuracy of {TARGET:g}{left}"
