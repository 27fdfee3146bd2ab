"""Which layer of a pre-trained network to reuse, one example a class, and the choices of transfer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from crossframe.claims.claim import Effect, Finding, Verdict, not_run, untested
from crossframe.claims.judge import (
    Key,
    above,
    cells_in_words,
    decisive,
    in_words,
    over_cells,
    where_it_holds,
)
from crossframe.core.statistics import Interval, bonferroni, student_mean
from crossframe.core.types import FloatArray
from crossframe.report.document import Part
from crossframe.report.table import Cell, Table
from crossframe.studies.gather import paired, place
from crossframe.studies.lab import Job, Lab
from crossframe.studies.transfer.claims import CLAIMS, FEW, LITTLE, MANY
from crossframe.studies.transfer.jobs import TARGETS, WIDTH
from crossframe.studies.transfer.trainers.reuse import LAYERS, PIXELS

SIZES = (8, 20, 80)
JUDGED = 20
"""Images of the two digits at which the choices are judged."""
EARLY, LATE = LAYERS[0], LAYERS[2]
CNN, SMALL, MLP = "CNN", f"CNN, {FEW:,} images", "MLP"
_PAIRS = tuple(f"{a} v {b}" for a, b in TARGETS)
_FRAMEWORKS = ("Keras", "scikit-learn")

Reused = Mapping[str, Mapping[str, FloatArray]]
"""Pre-training -> array of the trainer -> one row per seed; without pre-trainings that were not made."""


def compute(lab: Lab) -> Reused:
    """Pre-trainings by seed, each on the six digits that are in no target.

    The bundled digits have about `FEW` images of these six in all: there is no smaller pre-training of them.
    """
    where = place(lab)
    mnist = where["dataset"] == "mnist"
    # The bundled digits are a tenth of the images, and easier: more passes through them.
    passes = lab.quick(2, 5) if mnist else 20
    trainings = {
        CNN: ("cnn", MANY, passes),
        **({SMALL: ("cnn", FEW, passes * MANY // FEW)} if mnist else {}),
        MLP: ("mlp", MANY, passes),
    }
    jobs = {
        name: [
            Job(
                "crossframe.studies.transfer.trainers.reuse:reused",
                {**where, "pairs": [list(pair) for pair in TARGETS], "seed": lab.seed + k, "kind": kind,
                 "images": images, "epochs": epochs, "width": WIDTH, "sizes": list(SIZES),
                 "draws": lab.quick(5, 10)},
                "keras",
            )
            for k in range(lab.quick(8, 20))
        ]
        for name, (kind, images, epochs) in trainings.items()
    }  # fmt: skip
    if not (lab.has("keras") and lab.has("sklearn")):
        return {}
    return {
        name: {key: np.stack([r.arrays[key] for r in records]) for key in records[0].arrays}
        for name, records in paired(lab, jobs).items()
    }


def findings(reused: Reused) -> tuple[Finding, ...]:
    """The findings on layers, single examples and the choices, in the order of the file."""
    return (layer(reused), one_shot(reused), *(choice(reused, key) for key in _CHOICES))


def at(reused: Reused, kind: str, pair: str, layer: str, n: int) -> FloatArray:
    """Accuracy of logistic regression on a layer by seed, (seeds,)."""
    own: FloatArray = reused[kind][f"{pair}.layers"][:, (PIXELS, *LAYERS).index(layer), SIZES.index(n)]
    return own


def layer(reused: Reused) -> Finding:
    """The first pooling against the last hidden layer."""
    gaps = {
        (pair, n): at(reused, CNN, pair, EARLY, n) - at(reused, CNN, pair, LATE, n)
        for pair in _PAIRS
        for n in SIZES
        if reused
    }
    shown = "; ".join(
        f"{pair}, n = {n}: "
        + ", ".join(f"{name} {at(reused, CNN, pair, name, n).mean():.3f}" for name in (PIXELS, *LAYERS))
        for pair, n in gaps
    )
    return _judged("layer", gaps, lambda gap: above(gap, 0.0, LITTLE), f"{EARLY} - {LATE}", shown)


def one_shot(reused: Reused) -> Finding:
    """The nearer of two images by embedding against by pixels."""
    each = {pair: reused[CNN][f"{pair}.one"] for pair in _PAIRS if reused}
    gaps = {(pair, 2): one[:, 1] - one[:, 0] for pair, one in each.items()}
    shown = "; ".join(
        f"{pair}: pixels {one[:, 0].mean():.3f}, embedding {one[:, 1].mean():.3f}"
        for pair, one in each.items()
    )
    return _judged("one-shot", gaps, above, "embedding - pixels", shown)


def _where(reused: Reused, pair: str) -> FloatArray:
    """Best minus worst of the four layers, each chosen by the other seeds, (seeds,)."""
    table = np.stack([at(reused, CNN, pair, name, JUDGED) for name in LAYERS])
    seeds = np.arange(table.shape[1])
    others = np.array([np.delete(table, s, axis=1).mean(axis=1) for s in seeds])
    gap: FloatArray = table[others.argmax(axis=1), seeds] - table[others.argmin(axis=1), seeds]
    return gap


def beyond(gap: Interval) -> Verdict:
    """Whether a difference is more than `LITTLE` on either side: its whole interval is; within, it fails."""
    if not gap.exists:
        return Verdict.OPEN
    if gap.low > LITTLE or gap.high < -LITTLE:
        return Verdict.HOLDS
    return Verdict.FAILS if max(-gap.low, gap.high) <= LITTLE else Verdict.OPEN


def _enough(gap: Interval) -> Verdict:
    return above(gap, LITTLE)


_CHOICES: dict[str, tuple[str, Callable[[Reused, str], FloatArray], Callable[[Interval], Verdict]]] = {
    "difficulty-data": (
        f"{MANY:,} - {FEW:,} images",
        lambda r, pair: at(r, CNN, pair, LATE, JUDGED) - at(r, SMALL, pair, LATE, JUDGED),
        _enough,
    ),
    "difficulty-model": (
        "CNN - MLP",
        lambda r, pair: at(r, CNN, pair, LATE, JUDGED) - at(r, MLP, pair, LATE, JUDGED),
        beyond,
    ),
    "difficulty-where": ("best - worst layer", _where, _enough),
    "difficulty-head": (
        "linear - network on top",
        lambda r, pair: at(r, CNN, pair, LATE, JUDGED) - r[CNN][f"{pair}.head"][:, SIZES.index(JUDGED)],
        beyond,
    ),
}
"""Claim -> what is subtracted from what, the difference by seed, and its rule."""


def choice(reused: Reused, key: str) -> Finding:
    """One of the choices that are said to be difficult."""
    if key == "difficulty-data" and reused and SMALL not in reused:
        return untested(CLAIMS[key], f"needs {MANY:,} images of six digits: MNIST, which is not here")
    what, difference, rule = _CHOICES[key]
    gaps = {(pair, JUDGED): difference(reused, pair) for pair in _PAIRS if reused}
    return _judged(key, gaps, rule, what)


def _judged(
    key: str,
    gaps: Mapping[Key, FloatArray],
    rule: Callable[[Interval], Verdict],
    what: str,
    shown: str = "",
) -> Finding:
    """The finding on differences by seed, with intervals for all cells at once."""
    if not gaps:
        return not_run(CLAIMS[key], "keras")
    level = bonferroni(0.95, len(gaps))
    effects = {
        (pair, n): Effect.of(f"{what}, {pair}, n = {n}", student_mean(gap, level=level))
        for (pair, n), gap in gaps.items()
    }
    cells: dict[Key, Verdict] = {k: rule(e) for k, e in effects.items()}
    words = "; ".join(f"{pair}, n = {n} {in_words(e)}" for (pair, n), e in effects.items())
    words = f"{what}: {words} ({cells_in_words(cells)}){f'. Accuracies: {shown}' if shown else ''}"
    effect = decisive(effects, cells)
    return Finding(CLAIMS[key], over_cells(cells.values()), words, effect, _FRAMEWORKS, where_it_holds(cells))


def table(reused: Reused) -> tuple[Part, ...]:
    """Accuracy by pre-training and layer; nothing where there is none."""
    if not reused:
        return ()
    columns = (
        ("Pre-training", False, ""), ("What is used", False, ""),
        *((f"{pair}, n = {n}", True, "mean accuracy") for pair in _PAIRS for n in SIZES),
    )  # fmt: skip
    rows = [
        _row(kind, name, (at(reused, kind, pair, name, n).mean() for pair in _PAIRS for n in SIZES))
        for kind in reused
        for name in (PIXELS, *LAYERS)
        # The MLP has one layer less, and pixels are the same for every pre-training.
        if (name != PIXELS or kind == CNN) and (name != LAYERS[1] or kind != MLP)
    ]
    heads = (reused[CNN][f"{pair}.head"][:, k].mean() for pair in _PAIRS for k in range(len(SIZES)))
    rows.append(_row(CNN, f"{LATE}, network on top", heads))
    words = (
        "A network learns six digits; logistic regression with standardised columns learns two others from n "
        "images by the output of one of its layers. Of the MLP the first hidden layer stands for both "
        "poolings."
    )
    return (Part("layers", "Layer by layer", (words,), tables=(Table("Accuracy by layer", columns, rows),)),)


def _row(kind: str, name: str, values: Iterable[float]) -> list[Cell]:
    return [Cell(kind), Cell(name), *(Cell(f"{v:.3f}", float(v)) for v in values)]
