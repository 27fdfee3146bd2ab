"""Diagnoses of two models over draws, made before any setting is switched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from crossframe.experiment.contestants import Contestant
from crossframe.experiment.fits import FitCache
from crossframe.experiment.plan import Requests
from crossframe.experiment.record import Record
from crossframe.explain.diagnoses import Diagnosis
from crossframe.explain.expression import EffectivePair
from crossframe.explain.paired import RESEEDED, Paired, reseeded
from crossframe.explain.replicates import Replicates
from crossframe.frameworks.registry import model
from crossframe.optima.diagnoses.separation import SeparationKind, separation

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


def diagnose_draws(
    fits: FitCache,
    sides: Sequence[Contestant],
    effective: EffectivePair,
    records: Sequence[Sequence[Record]],
    replicates: Replicates,
    paired: Paired,
) -> tuple[Diagnosis, ...]:
    """How each side's fits ended, its own spread, and the share of draws on which the classes separate."""
    diagnoses = []
    for label, side, settings, own in zip(_SIDES, sides, effective, records, strict=True):
        diagnoses += _training(label, own)
        diagnoses.append(_repeated(label, paired))
        other = reseeded(side)
        if other is not None:
            few = fits.first(min(RESEEDED, replicates.draws))
            diagnoses.append(_spread(label, own, few.records(other), replicates))
            fits.seconds += few.seconds
        elif replicates.seeds > 1:
            diagnoses.append(_spread(label, own, own, replicates))
        if settings.get("link") == "logit":
            diagnoses += _separable(fits, label, side, settings.get("intercept", True) is True, replicates)
    return tuple(diagnoses)


def _training(label: str, records: Sequence[Record]) -> list[Diagnosis]:
    """How the fits ended, and the epochs that were run."""
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
    return [Diagnosis("training", label, words, {"statuses": dict(statuses), **medians})]


def _repeated(label: str, paired: Paired) -> Diagnosis:
    """How much a second run of the same call changes, its seeds included."""
    which = _SIDES.index(label)
    scores, labels = paired.own_scores[which], paired.own_labels[which]
    fits = paired.run_again[which]
    many = f"{fits} of its fits" if fits > 1 else "one of its fits"
    words = f"{many} run again as it was: every score and label is the same"
    if scores or labels:
        words = (
            f"{many} run again as it was, with the same seeds: a score moves by {scores:.2g} on average and "
            f"{labels:.1%} of the labels change"
        )
    return Diagnosis("second run", label, words, {"scores": scores, "labels": labels, "fits": fits})


def _spread(
    label: str, records: Sequence[Record], others: Sequence[Record], replicates: Replicates
) -> Diagnosis:
    """How much another seed changes, with everything else equal; ``others`` have the other seeds.

    Of one side's own replicates the next one of the same draw has another seed.
    """
    moved, labels = [], []
    for i in range(len(others)):
        j = (i + replicates.draws) % len(records) if others is records else i
        if "score" in records[j].arrays and "score" in others[i].arrays:
            a, b = records[j].arrays, others[i].arrays
            moved.append(float(np.nanmax(np.abs(a["score"] - b["score"]))))
            labels.append(float(np.mean(a["labels"] != b["labels"])))
    if not moved or not max(moved):
        return Diagnosis("spread", label, "it is repeatable: another seed changes no score", {"largest": 0.0})
    words = f"another seed changes {np.mean(labels):.1%} of the labels and a score by up to {max(moved):.2g}"
    return Diagnosis("spread", label, words, {"labels": float(np.mean(labels)), "largest": max(moved)})


def _separable(
    fits: FitCache, label: str, side: Contestant, intercept: bool, replicates: Replicates
) -> list[Diagnosis]:
    """In how many draws the columns of the side separate the classes."""
    experiment = replace(fits.experiment, contestants=(side,))
    requests, counts, rows = Requests(experiment), Counter[SeparationKind](), 0
    for cell in experiment.cells():
        if cell.draw >= replicates.draws:
            break
        request = requests.request(cell)
        if request is None or request.X_train.size > PROVED or len(np.unique(request.y_train)) < 2:
            continue
        rows += 1
        counts[separation(request.X_train, request.y_train.astype(np.float64), intercept).kind] += 1
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
            "separation", label, words,
            {"draws": rows, "complete": complete, "quasi_complete": quasi,
             "share": (complete + quasi) / rows},
        )
    ]  # fmt: skip
