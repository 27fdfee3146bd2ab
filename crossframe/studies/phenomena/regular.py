"""Phenomena 5 and 6: dropout against other means at equal training loss; random and true labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from crossframe.engines.base import FloatArray
from crossframe.report.tables import Cell, Table
from crossframe.studies.claim import Claim, Effect, Finding, Verdict
from crossframe.studies.intervals import over_seeds
from crossframe.studies.phenomena import claims
from crossframe.studies.phenomena.measures import above
from crossframe.studies.phenomena.numerics import H2O, KERAS, SKLEARN
from crossframe.studies.phenomena.plan import MEANS, Got

TITLES = {
    "none": "one network, nothing",
    "dropout": "dropout",
    "noise": "Gaussian noise",
    "l2": "L2 penalty",
    "bagging": "ten on bootstrap samples",
    "starts": "ten on all images",
}
_SHORT = {"noise": "Gaussian noise", "l2": "L2 penalty", "bagging": "bagging"}
_ENGINES = {"keras": KERAS, "sklearn": SKLEARN, "h2o": H2O}


def chosen(got: Got, kind: str) -> FloatArray | None:
    """Test accuracy by seed at the strength that is best for the other seeds; None: not computed."""
    names = [f"means.{kind}.{strength}" for strength in MEANS.get(kind, {"": {}})]
    names = [name for name in names if name in got and not np.isnan(got[name]["accuracy"]).any()]
    if not names:
        return None
    accuracy = np.array([got[name]["accuracy"] for name in names])
    seeds = np.arange(accuracy.shape[1])
    best = [int(np.argmax(np.mean(np.delete(accuracy, s, axis=1), axis=1))) for s in seeds]
    told: FloatArray = accuracy[best, seeds]
    return told


def gains(got: Got) -> dict[str, Effect]:
    """Test accuracy of every means minus that of one network without any, paired by seed."""
    plain = chosen(got, "none")
    found = {}
    for kind, title in TITLES.items():
        own = chosen(got, kind)
        if own is not None and plain is not None and kind != "none":
            found[kind] = over_seeds(title, own - plain)
    return found


def dropout(got: Got) -> Finding:
    """Dropout minus the others."""
    own = chosen(got, "dropout")
    others = {kind: chosen(got, kind) for kind in ("noise", "l2", "bagging")}
    found = {
        kind: over_seeds(f"accuracy, dropout - {_SHORT[kind]}", own - other)
        for kind, other in others.items()
        if own is not None and other is not None
    }
    if len(found) < len(others):
        return Finding(claims.DROPOUT, Verdict.CANNOT_TELL, "not all could be trained to that loss")
    words = "; ".join(f"{e.what} {e.value:+.4f} [{e.low:+.4f}, {e.high:+.4f}]" for e in found.values())
    words += "; bagging trains ten networks"
    effect = min(found.values(), key=lambda e: e.value)
    verdict, better = above(found.values(), 0.0), [_SHORT[k] for k, e in found.items() if e.low > 0]
    if verdict is not Verdict.HOLDS and better:
        where = f"against {' and '.join(better)}"
        return Finding(claims.DROPOUT, Verdict.ONLY, words, effect, (KERAS,), where)
    return Finding(claims.DROPOUT, verdict, words, effect, (KERAS,))


def averaging(got: Got) -> Finding:
    """Ten bagged networks against one."""
    found = gains(got)
    if "bagging" not in found:
        return Finding(claims.AVERAGING, Verdict.CANNOT_TELL, "Keras could not run")
    effect = found["bagging"]
    words = f"ten bagged networks gain {effect.value:+.4f} in test accuracy over one"
    if "starts" in found:
        words += f", ten on all of the images, from ten starts, {found['starts'].value:+.4f}"
    effect = replace(effect, what="accuracy, bagging - one network")
    return Finding(claims.AVERAGING, above([effect], 0.0), words, effect, (KERAS,))


def labels(got: Got, kind: str) -> Finding:
    """Random or true labels, in every framework."""
    claim = claims.RANDOM if kind == "random" else claims.TRUE
    found = {e: got[f"labels.{e}.{kind}"] for e in _ENGINES if f"labels.{e}.{kind}" in got}
    if not found:
        return Finding(claim, Verdict.CANNOT_TELL, "no framework could run")
    right = {e: _meets(claim, a["train"], a["accuracy"]) for e, a in found.items()}
    words = "; ".join(
        f"{_ENGINES[e]}: training accuracy {a['train'].min():.3f}, test accuracy {a['accuracy'].mean():.3f}"
        f"{' (on at most 1,000 images)' if e == 'h2o' else ''}"
        for e, a in found.items()
    )
    engines = tuple(_ENGINES[e] for e in found)
    first = next(iter(found))
    effect = over_seeds(f"test accuracy, {_ENGINES[first]}", found[first]["accuracy"])
    verdict = Verdict.HOLDS if all(right.values()) else Verdict.FAILS
    if verdict is Verdict.FAILS and any(right.values()):
        where = "in " + ", ".join(_ENGINES[e] for e, good in right.items() if good)
        return Finding(claim, Verdict.ONLY, words, effect, engines, where)
    return Finding(claim, verdict, words, effect, engines)


def _meets(claim: Claim, train: FloatArray, test: FloatArray) -> bool:
    if train.min() < 1:
        return False
    return abs(test.mean() - 0.1) <= 0.03 if claim is claims.RANDOM else bool(test.mean() >= 0.8)


def means_table(got: Got) -> Table:
    """Every means and strength."""
    columns = (
        ("Means", False, ""), ("Strength", False, ""), ("Test accuracy [95 %]", True, "mean over seeds"),
        ("Test log-loss", True, "mean over seeds"), ("Updates", True, "mean over seeds"),
        ("Training loss", True, "where it stopped, taken without dropout or noise"),
    )  # fmt: skip
    rows = []
    for kind, title in TITLES.items():
        for strength in MEANS.get(kind, {"": {}}):
            arrays = got.get(f"means.{kind}.{strength}")
            if arrays is None:
                continue
            reached = int(np.sum(np.isfinite(arrays["accuracy"])))
            if reached < len(arrays["accuracy"]):
                said = f"training loss reached by {reached} of {len(arrays['accuracy'])}"
                rows.append([Cell(title), Cell(strength), Cell(said), Cell(""), Cell(""), Cell("")])
                continue
            e = over_seeds("accuracy", arrays["accuracy"])
            rows.append([
                Cell(title), Cell(strength), Cell(f"{e.value:.4f} [{e.low:.4f}, {e.high:.4f}]", e.value),
                *(Cell(f"{arrays[k].mean():.4g}") for k in ("logloss", "updates", "loss")),
            ])  # fmt: skip
    return Table("Test images at equal training loss", columns, rows)


def labels_table(got: Got) -> Table:
    """Every framework, both kinds of labels."""
    columns = (
        ("Framework", False, ""), ("Labels", False, ""), ("Training accuracy", True, "smallest of the seeds"),
        ("Test accuracy [95 %]", True, "on true labels, mean over seeds; H2O: on at most 1,000 images"),
        ("Seeds", True, ""), ("Updates", True, "mean, to a training loss of 0.01"),
    )  # fmt: skip
    rows = []
    for engine, title in _ENGINES.items():
        for kind in ("true", "random"):
            arrays = got.get(f"labels.{engine}.{kind}")
            if arrays is None:
                continue
            seeds = len(arrays["train"])
            e = over_seeds("accuracy", arrays["accuracy"])
            updates = f"{arrays['updates'].mean():.0f}" if "updates" in arrays else ""
            rows.append([
                Cell(title), Cell(kind), Cell(f"{arrays['train'].min():.3f}"),
                Cell(f"{e.value:.3f} [{e.low:.3f}, {e.high:.3f}]", e.value), Cell(str(seeds)), Cell(updates),
            ])  # fmt: skip
    return Table("True and random labels", columns, rows)
