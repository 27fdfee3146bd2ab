"""What can be said of two models over draws before anything is switched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from crossframe.comparison.plan import Requests
from crossframe.comparison.record import Record
from crossframe.diagnosing.separation import Kind, separation
from crossframe.explaining.bench import Bench
from crossframe.explaining.diagnoses import Diagnosis
from crossframe.explaining.hybrids import Force
from crossframe.explaining.replicates import Replicates
from crossframe.models.contestants import Contestant
from crossframe.settings import bindings

PROVED = 50_000
"""Numbers in a training sample up to which its separation is proved in fractions."""

_SIDES = ("left", "right")


@dataclass(frozen=True)
class Inert:
    """A setting that has no effect on one side, while the other side's is in force."""

    setting: str
    side: str
    parameter: str
    reason: str


def inert(
    sides: Sequence[Contestant], forces: Sequence[Force], records: Sequence[Sequence[Record]]
) -> tuple[Inert, ...]:
    """Settings that the framework itself or its documentation names as without effect on a side.

    Only those that the other side has in force, or that the side was told: of them a reader would
    think that they matter.
    """
    found = []
    for which, side in enumerate(sides):
        canonical = {b.param: b.setting for b in bindings(side.model)}
        usable = next((r for r in records[which] if r.fields["usable"]), None)
        reasons: Mapping[str, str] = usable.fields["inert"] if usable else {}
        for parameter, reason in reasons.items():
            setting = canonical.get(parameter, parameter)
            told = {*side.settings, *side.native}
            asked = setting in told or parameter in told
            if setting not in forces[which] and (asked or setting in forces[1 - which]):
                found.append(Inert(setting, _SIDES[which], parameter, reason))
    return tuple(found)


def diagnose(
    bench: Bench,
    sides: Sequence[Contestant],
    forces: Sequence[Force],
    records: Sequence[Sequence[Record]],
    replicates: Replicates,
) -> tuple[Diagnosis, ...]:
    """Endings, early stopping and own spread of each side, and the share of draws that are separable."""
    found = []
    for label, side, force, own in zip(_SIDES, sides, forces, records, strict=True):
        found += _training(label, own)
        if replicates.seeds > 1:
            found.append(_spread(label, own, replicates))
        if force.get("link") == "logit":
            found += _separable(bench, label, side, force.get("intercept", True) is True, replicates)
    return tuple(found)


def _training(label: str, records: Sequence[Record]) -> list[Diagnosis]:
    """How the fits ended, and the epochs really run."""
    said = Counter(r.fields["status"] for r in records)
    words = "; ".join(f"{status}: {count} of {len(records)} fits" for status, count in said.most_common())
    told: dict[str, float] = {}
    for name in ("epochs", "epochs_asked", "updates", "iterations"):
        values = [float(r.fields[name]) for r in records if r.fields.get(name) is not None]
        if values:
            told[name] = float(np.median(values))
    if "epochs" in told and told["epochs"] < told.get("epochs_asked", 0.0):
        words += f"; a median of {told['epochs']:g} of the {told['epochs_asked']:g} epochs asked for were run"
    return [Diagnosis("training", label, words, {"statuses": dict(said), **told})]


def _spread(label: str, records: Sequence[Record], replicates: Replicates) -> Diagnosis:
    """What another seed changes, everything else equal."""
    there = ["score" in r.arrays for r in records]
    moved, labels = [], []
    for i in range(len(records)):
        j = (i + replicates.draws) % len(records)
        if there[i] and there[j]:
            a, b = records[i].arrays, records[j].arrays
            moved.append(float(np.nanmax(np.abs(a["score"] - b["score"]))))
            labels.append(float(np.mean(a["labels"] != b["labels"])))
    if not moved or not max(moved):
        return Diagnosis(
            "spread", label, "it repeats itself: another seed changes no score", {"largest": 0.0}
        )
    words = f"another seed changes {np.mean(labels):.1%} of the labels and a score by up to {max(moved):.2g}"
    return Diagnosis("spread", label, words, {"labels": float(np.mean(labels)), "largest": max(moved)})


def _separable(
    bench: Bench, label: str, side: Contestant, intercept: bool, replicates: Replicates
) -> list[Diagnosis]:
    """In how many draws the columns that the side gets separate the classes."""
    experiment = replace(bench.experiment, contestants=(side,))
    requests, kinds, rows = Requests(experiment), Counter[Kind](), 0
    for cell in experiment.cells():
        if cell.draw >= replicates.draws:
            break
        request = requests.request(cell)
        if request is None or request.X_train.size > PROVED or len(np.unique(request.y_train)) < 2:
            continue
        rows += 1
        kinds[separation(request.X_train, request.y_train.astype(np.float64), intercept).kind] += 1
    if not rows:
        return []
    complete, quasi = kinds[Kind.COMPLETE], kinds[Kind.QUASI_COMPLETE]
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
