"""Diagnoses of two models over draws, made before any setting is switched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from crossframe.experiment.contestants import Contestant
from crossframe.experiment.plan import Experiment, Requests
from crossframe.experiment.record import Record
from crossframe.explain.diagnoses import Diagnosis
from crossframe.explain.expression import EffectivePair
from crossframe.explain.paired import Paired
from crossframe.frameworks.contract import FitRequest
from crossframe.frameworks.registry import model
from crossframe.optima.diagnoses.separation import SeparationKind, separation
from crossframe.optima.multinomial import differences

PROVED = 50_000
"""Numbers in a training sample up to which its separation is proved in fractions."""

_SIDES = ("left", "right")


@dataclass(frozen=True)
class Inactive:
    """A setting that has no effect on one side, while the other side's value is effective."""

    setting: str
    side: str
    parameter: str
    reason: str


def inactive_settings(
    sides: Sequence[Contestant], effective: EffectivePair, records: Sequence[Sequence[Record]]
) -> tuple[Inactive, ...]:
    """Settings that have no effect on a side, by the framework's report or its documentation.

    Only those that are effective on the other side, or that the side was given: a reader could otherwise
    take them for a cause. A parameter is listed too whose setting is fixed by a rule of the model, as the
    batch of h2o.deeplearning is. ``records`` are the fits of the left and of the right side.
    """
    inactive = []
    for which, side in enumerate(sides):
        canonical = {b.param: b.setting for b in model(side.model).bindings}
        usable = next((r for r in records[which] if r.fields["usable"]), None)
        reasons: Mapping[str, str] = usable.fields["inert"] if usable else {}
        for parameter, reason in reasons.items():
            setting = canonical.get(parameter, parameter)
            given = {*side.settings, *side.native}
            asked = setting in given or parameter in given
            acts = setting in effective[which] and setting not in model(side.model).always
            own, other = effective[which].get(setting), effective[1 - which].get(setting)
            if not acts and (asked or other not in (None, own)):
                inactive.append(Inactive(setting, _SIDES[which], parameter, reason))
    return tuple(inactive)


def training(which: int, records: Sequence[Record]) -> Diagnosis:
    """How the fits of one side (0: left) ended, and the epochs that were run."""
    statuses = Counter(r.fields["status"] for r in records)
    words = "; ".join(f"{status}: {count} of {len(records)} fits" for status, count in statuses.most_common())
    medians: dict[str, float] = {}
    for name in ("epochs", "epochs_asked", "updates", "iterations"):
        values = [float(r.fields[name]) for r in records if r.fields.get(name) is not None]
        if values:
            medians[name] = float(np.median(values))
    if "epochs" in medians and medians["epochs"] < medians.get("epochs_asked", 0.0):
        run, asked = medians["epochs"], medians["epochs_asked"]
        words += f"; a median of {run:g} of the {asked:g} epochs asked for were run"
    return Diagnosis("training", _SIDES[which], words, {"statuses": dict(statuses), **medians})


def repeated(which: int, paired: Paired) -> Diagnosis:
    """How much a second run of the same call changes, with the same seeds; 0 is the left side."""
    scores, labels = paired.own_scores[which], paired.own_labels[which]
    fits = paired.run_again[which]
    many = f"{fits} of its fits" if fits > 1 else "one of its fits"
    of_numbers = np.isnan(labels)
    words = f"{many} run again as it was: every score{'' if of_numbers else ' and label'} is the same"
    if scores or labels > 0:
        words = (
            f"{many} run again as it was, with the same seeds: a score moves by {scores:.2g} on average"
            f"{'' if of_numbers else f' and {labels:.1%} of the labels change'}"
        )
    return Diagnosis("second run", _SIDES[which], words, {"scores": scores, "labels": labels, "fits": fits})


def seed_spread(which: int, records: Sequence[Record], others: Sequence[Record]) -> Diagnosis:
    """How much another seed changes, with everything else equal; ``others`` have the other seeds."""
    moved, labels = [], []
    for one, other in zip(records, others, strict=True):
        if "score" in one.arrays and "score" in other.arrays:
            moved.append(float(np.nanmax(np.abs(one.arrays["score"] - other.arrays["score"]))))
        if "labels" in one.arrays and "labels" in other.arrays:
            labels.append(float(np.mean(one.arrays["labels"] != other.arrays["labels"])))
    side = _SIDES[which]
    if not moved:
        return Diagnosis("spread", side, "no fit with another seed gives a score", {})
    if not max(moved):
        return Diagnosis("spread", side, "it is repeatable: another seed changes no score", {"largest": 0.0})
    words = f"another seed changes a score by up to {max(moved):.2g}"
    if not labels:
        return Diagnosis("spread", side, words, {"largest": max(moved)})
    share = float(np.mean(labels))
    words = words.replace("changes a score", f"changes {share:.1%} of the labels and a score")
    return Diagnosis("spread", side, words, {"labels": share, "largest": max(moved)})


def same_start(left: Sequence[Record], right: Sequence[Record]) -> list[Diagnosis]:
    """Whether two networks start from the same weights, as either received them; empty unless both are given.

    Compared are the fingerprints of the fits of either side, pair by pair.
    """
    pairs = [
        (a.fields["initial_weights"], b.fields["initial_weights"])
        for a, b in zip(left, right, strict=True)
        if "initial_weights" in a.fields and "initial_weights" in b.fields
    ]
    if not pairs:
        return []
    equal = all(a == b for a, b in pairs)
    words = (
        f"both sides received the same initial weights, SHA-256 {pairs[0][0][:12]}"
        if equal
        else "the two sides received other initial weights"
    )
    hashes = {"left": sorted({a for a, _ in pairs}), "right": sorted({b for _, b in pairs})}
    return [Diagnosis("initial weights", "both", words, {"equal": equal, **hashes})]


def separable(experiment: Experiment, which: int, side: Contestant, intercept: bool) -> list[Diagnosis]:
    """In how many draws of an experiment the columns of a side (0: left) separate the classes."""
    experiment = replace(experiment, contestants=(side,))
    requests, counts, rows = Requests(experiment), Counter[SeparationKind](), 0
    for cell in experiment.cells():
        request = requests.request(cell)
        if (
            not isinstance(request, FitRequest)
            or np.isnan(request.X_train).any()
            or request.X_train.size > PROVED
            or len(np.unique(request.y_train)) < 2
        ):
            continue
        rows += 1
        X, y = request.X_train, request.y_train
        if request.classes > 2:
            # A class below another in a row is one row of two classes, whose first column is the intercept's.
            Z = np.column_stack([np.ones((len(X), int(intercept))), X])
            pairs = differences(Z, y.astype(np.int64), request.classes)
            counts[separation(pairs, np.ones(len(pairs)), intercept=False).kind] += 1
        else:
            counts[separation(X, y.astype(np.float64), intercept).kind] += 1
    if not rows:
        return []
    complete, quasi = counts[SeparationKind.COMPLETE], counts[SeparationKind.QUASI_COMPLETE]
    if complete + quasi == 0:
        words = f"in none of {rows} draws do the columns it gets separate the classes"
    else:
        words = (
            f"in {complete + quasi} of {rows} draws the columns it gets separate the classes ({complete} "
            f"completely, {quasi} quasi-completely): without a penalty there is no finite optimum"
        )
    return [
        Diagnosis(
            "separation", _SIDES[which], words,
            {"draws": rows, "complete": complete, "quasi_complete": quasi,
             "share": (complete + quasi) / rows},
        )
    ]  # fmt: skip
