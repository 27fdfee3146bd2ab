"""Study ``transfer``, on images: features of a network that never saw them, against training from scratch."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from crossframe.comparison.plan import Experiment
from crossframe.comparison.record import Record
from crossframe.data import DESIGNS, Dataset
from crossframe.engines.base import FloatArray
from crossframe.models.contestants import Contestant
from crossframe.report.document import Part
from crossframe.studies import transfer_figures as figures
from crossframe.studies.cells import Key, above, alike, deciding, over_cells, overall, written
from crossframe.studies.claim import Claim, Effect, Finding, Verdict, not_run
from crossframe.studies.lab import Job, Lab
from crossframe.studies.study import Ask
from crossframe.studies.transfer_claims import FRAMEWORKS, HERE, JAIN

HEAD, SCRATCH = "Keras head, pre-trained features", "CNN from scratch"
FEATURES, PIXELS = "pre-trained features", "pixels"

_DESIGN = DESIGNS["beam"]
_WIDTH = 32
_EPOCHS, _HEAD_EPOCHS = 100, 1000
_LITTLE = 0.01
_FITTED = 0.99
_ROWS = 1000

_IMAGES = Claim(
    "images",
    "With a handful of images, features of a network that was trained on other images beat training from "
    "scratch.",
    JAIN,
    "at every n, a Keras head on the frozen features is more accurate than the same network trained from "
    "scratch on the same images, both fitting these: the interval of the paired difference lies above 0; it "
    f"is not, where the interval ends below {_LITTLE}",
)
_WHICH = Claim(
    "images-frameworks",
    "Which framework fits the logistic regression on the features makes no difference.",
    HERE,
    f"with each framework's defaults, at every n: mean accuracies within {_LITTLE}, the interval of their "
    f"paired difference within {2 * _LITTLE}; it does, where the whole interval lies beyond {_LITTLE}",
)

Found = dict[Key, FloatArray]
"""(model, n) -> test accuracy per draw, NaN where a draw gave none."""


@dataclass(frozen=True)
class Images:
    """What the images gave."""

    findings: tuple[Finding, ...]
    parts: tuple[Part, ...]
    explain: tuple[Ask, ...] = ()


def images(lab: Lab, data: Dataset) -> Images:
    """Do the experiments and judge their claims."""
    sizes = lab.quick((8, 20, 80), (8, 12, 20, 40, 80))
    draws = lab.quick(10, 20)
    found: Found = {}
    fitted: Found = {}
    pretrained = _keras(lab, data, sizes, draws, found, fitted) if lab.has("keras") else []
    first = pretrained[0] if pretrained else None
    kinds = {PIXELS: data}
    if first is not None:
        X = np.ascontiguousarray(first.arrays["features"])
        names = tuple(f"unit {j}" for j in range(X.shape[1]))
        kinds[FEATURES] = replace(data, name="features", X=X, names=names, image_shape=None, max_value=None)
    plain = tuple(Contestant(k, k, "logistic", m, "", "with its defaults") for k, m in FRAMEWORKS.items())
    for kind, kept in kinds.items():
        records = lab.fits(Experiment(kept, _DESIGN, sizes, draws, lab.seed, plain))
        for framework in FRAMEWORKS:
            for n in sizes:
                scores = [_accuracy(records.get((framework, n, k))) for k in range(draws)]
                if not np.isnan(scores).all():
                    found[f"{framework}, {kind}", n] = np.array(scores)
    overlap = {n: _DESIGN.overlap(data, n) for n in sizes}
    which, ask = frameworks(found, overlap)
    table = _some(kinds[FEATURES], lab.seed) if FEATURES in kinds else None
    explain = (_ask(ask, draws, table),) if ask and table else ()
    means = {k: over_cells("accuracy", v, overlap[k[1]], 1) for k, v in found.items()}
    rows = [
        (left, right, {n: f"{written(e)} {compared(e)}" for n, e in effects.items()})
        for left, right, effects in differences(found, overlap, list(sizes))
    ]
    part = figures.images(means, {k: float(np.nanmean(v)) for k, v in fitted.items()}, rows, first)
    return Images((judged(found, overlap, fitted), which), (part,), explain)


def _keras(
    lab: Lab, data: Dataset, sizes: tuple[int, ...], draws: int, found: Found, fitted: Found
) -> list[Record]:
    """Heads on features, each draw with a pre-training of its own, and the CNN trained from scratch."""
    place = {"dataset": data.name, "data_dir": lab.data_dir if data.name == "mnist" else None}
    many = data.max_value == 255
    rows = {n: [_DESIGN.draw(data, n, k, lab.seed) for k in range(draws)] for n in sizes}
    test = rows[sizes[0]][0].evaluate.tolist()
    how = {"images": lab.quick(10_000, 60_000), "epochs": lab.quick(2, 5) if many else 40,
           "head_epochs": _HEAD_EPOCHS}  # fmt: skip
    jobs = [
        Job("transfer:image_features", {
            **place, **how, "seed": lab.seed + k, "width": _WIDTH, "test": test, "keep": k == 0,
            "train": [rows[n][k].train.tolist() for n in sizes]}, "keras")
        for k in range(draws)
    ]  # fmt: skip
    scratch = [
        Job("transfer:from_scratch", {
            **place, "seed": lab.seed, "train": [r.train.tolist() for r in rows[n]], "test": test,
            "epochs": _EPOCHS, "width": _WIDTH}, "keras")
        for n in sizes
    ]  # fmt: skip
    told = lab.run([*jobs, *scratch])
    heads, whole = told[:draws], told[draws:]
    nothing = np.full(len(sizes), math.nan)
    for key, into in (("accuracy", found), ("fitted", fitted)):
        table = np.stack([r.arrays[key] if r else nothing for r in heads])
        for i, n in enumerate(sizes):
            if not np.isnan(table[:, i]).all():
                into[HEAD, n] = table[:, i]
            if (record := whole[i]) is not None:
                into[SCRATCH, n] = record.arrays[key]
    # The frameworks get the features of the first one only.
    return [heads[0]] if heads[0] is not None else []


def _accuracy(record: Record | None) -> float:
    return float(record.fields["accuracy"]) if record and record.fields["usable"] else math.nan


def judged(found: Found, overlap: dict[int, float], fitted: Found) -> Finding:
    """A head on frozen features against the whole network from scratch, at every n."""
    sizes = [n for name, n in found if name == HEAD and (SCRATCH, n) in found]
    if not sizes:
        return not_run(_IMAGES, "keras")
    gains = {
        n: over_cells(
            f"features - scratch, n = {n}", found[HEAD, n] - found[SCRATCH, n], overlap[n], len(sizes)
        )
        for n in sizes
    }
    own = {
        n: min(float(np.nanmean(fitted[k, n])) for k in (HEAD, SCRATCH) if (k, n) in fitted) for n in sizes
    }
    # A model that does not fit its own images says nothing of the features, but of its training.
    cells: dict[Key, Verdict] = {
        ("Keras", n): above(e, 0.0, _LITTLE) if own[n] >= _FITTED else Verdict.CANNOT_TELL
        for n, e in gains.items()
    }
    verdict, where, words = overall(cells)
    told = "; ".join(
        f"n = {n}: {np.nanmean(found[HEAD, n]):.3f} and {np.nanmean(found[SCRATCH, n]):.3f}, {written(e)}"
        for n, e in gains.items()
    )
    said = (
        "0 against 1, which training from scratch tells nearly perfectly from a few images; "
        f"head on features and CNN from scratch, difference with intervals for all n at once: {told} "
        f"({words}). Each draw has a pre-training of its own; on the training images both are "
        f"right in at least {min(own.values()):.1%}. {_plainly(found, overlap, sizes)}"
    )
    effect = deciding({("Keras", n): e for n, e in gains.items()}, cells)
    return Finding(_IMAGES, verdict, said, effect, ("Keras",), where)


def _plainly(found: Found, overlap: dict[int, float], sizes: list[int]) -> str:
    """How one penalised logistic regression does on the features, and on raw pixels."""
    rows = differences(found, overlap, sizes)
    told = [
        f"{left} minus {right}: "
        + ", ".join(f"n = {n} {written(e)} {compared(e)}" for n, e in effects.items())
        for left, right, effects in rows
        if left.startswith("scikit-learn")
    ]
    return f"One penalised logistic regression: {'; '.join(told)}" if told else ""


def differences(
    found: Found, overlap: dict[int, float], sizes: list[int]
) -> list[tuple[str, str, dict[int, Effect]]]:
    """Each framework's logistic regression on features against the CNN from scratch, pixels against both."""
    told = []
    for kind, other in ((FEATURES, SCRATCH), (PIXELS, SCRATCH), (PIXELS, FEATURES)):
        for framework in FRAMEWORKS:
            left = f"{framework}, {kind}"
            right = other if other == SCRATCH else f"{framework}, {other}"
            there = [n for n in sizes if (left, n) in found and (right, n) in found]
            gaps = {
                n: over_cells("", found[left, n] - found[right, n], overlap[n], len(there)) for n in there
            }
            if gaps:
                told.append((left, right, gaps))
    return told


def compared(effect: Effect) -> str:
    """A difference in a word."""
    if effect.high < 0:
        return "worse"
    word = {Verdict.HOLDS: "better", Verdict.FAILS: "no better", Verdict.CANNOT_TELL: "open"}
    return word[above(effect, 0.0, _LITTLE)]


def frameworks(found: Found, overlap: dict[int, float]) -> tuple[Finding, tuple[str, str, int] | None]:
    """Every two frameworks on the same features; with the two that lie furthest apart, and at which n."""
    there = [k for k in FRAMEWORKS if any(name == f"{k}, {FEATURES}" for name, _ in found)]
    sizes = sorted({n for name, n in found if name.endswith(FEATURES)})
    pairs = [
        (a, b, n)
        for a, b in combinations(there, 2)
        for n in sizes
        if all((f"{k}, {FEATURES}", n) in found for k in (a, b))
    ]
    if not pairs:
        missing = next((m.partition(".")[0] for k, m in FRAMEWORKS.items() if k not in there), "keras")
        return not_run(_WHICH, missing if there else "keras"), None
    gaps = {
        (a, b, n): over_cells(
            f"{a} - {b}, n = {n}",
            found[f"{a}, {FEATURES}", n] - found[f"{b}, {FEATURES}", n],
            overlap[n],
            len(pairs),
        )
        for a, b, n in pairs
    }
    cells: dict[Key, Verdict] = {(f"{a} v {b}", n): alike(e, _LITTLE) for (a, b, n), e in gaps.items()}
    verdict, where, words = overall(cells)
    widest = max(gaps, key=lambda k: abs(gaps[k].value))
    low = float(np.nanmin([np.nanmean(found[f"{k}, {FEATURES}", n]) for k in there for n in sizes]))
    said = (
        f"{words}. Widest: {gaps[widest].what} {written(gaps[widest])}, the worst mean accuracy "
        f"is {low:.3f}. R's glm has no penalty, and at n <= {_WIDTH} more coefficients than rows; "
        "scikit-learn and H2O penalise, and H2O labels by a threshold of its own. The features are those of "
        "one pre-training; intervals are over draws, for all comparisons at once"
    )
    settled = cells[f"{widest[0]} v {widest[1]}", widest[2]] is Verdict.FAILS
    return Finding(_WHICH, verdict, said, gaps[widest], tuple(there), where), widest if settled else None


def _some(data: Dataset, seed: int) -> Dataset:
    """A random thousand of the rows, without a test set of their own: what a file can hand on."""
    rows = np.random.default_rng(seed).permutation(len(data.y))[:_ROWS]
    return replace(data, X=data.X[rows], y=data.y[rows], test_rows=None)


def _ask(pair: tuple[str, str, int], draws: int, table: Dataset) -> Ask:
    """The pair for ``crossframe explain``: same features, design, size and number of draws."""
    left, right, n = pair
    options = {"design": _DESIGN.name, "n": n, "draws": draws, "metric": "accuracy"}
    return Ask(FRAMEWORKS[left], FRAMEWORKS[right], options, table)
