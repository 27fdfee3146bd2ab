"""Phenomena 5 and 6: dropout against other means at equal training loss; random and true labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from crossframe.comparison.stats import mean_interval
from crossframe.engines.base import FloatArray
from crossframe.report.tables import Cell, Table
from crossframe.studies.claim import Claim, Effect, Finding, Verdict, not_run
from crossframe.studies.intervals import over_seeds
from crossframe.studies.phenomena import claims
from crossframe.studies.phenomena.measures import above
from crossframe.studies.phenomena.numerics import H2O, KERAS, SKLEARN
from crossframe.studies.phenomena.plan import MEANS, TARGET, Got
from crossframe.studies.trainers.phenomena import SHARED

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


def dropout(got: Got, claim: Claim) -> Finding:
    """Dropout minus other means in one network, or minus ten bagged networks."""
    kinds = ("bagging",) if claim is claims.DROPOUT_BAGGING else ("noise", "l2")
    own = chosen(got, "dropout")
    gaps = {k: own - other for k in kinds if own is not None and (other := chosen(got, k)) is not None}
    if not any(name.startswith("means.") for name in got):
        return not_run(claim, "keras")
    if len(gaps) < len(kinds):
        return Finding(claim, Verdict.CANNOT_TELL, "not all could be trained to that loss")
    # Bonferroni's level: the better of two comparisons is easily found above 0 by chance.
    judged = {k: _interval(f"accuracy, dropout - {_SHORT[k]}", gap, 1 - 0.05 / len(gaps))
              for k, gap in gaps.items()}  # fmt: skip
    words = "; ".join(f"{e.what} {e.value:+.4f} [{e.low:+.4f}, {e.high:+.4f}]" for e in judged.values())
    words += (
        "; bagging trains ten networks and averages them, dropout one"
        if claim is claims.DROPOUT_BAGGING
        else " (97.5 % intervals)"
    )
    worst = min(judged, key=lambda k: judged[k].value)
    effect = judged[worst]
    verdict, better = above(judged.values(), 0.0), [_SHORT[k] for k, e in judged.items() if e.low > 0]
    if verdict is not Verdict.HOLDS and better:
        where = f"against {' and '.join(better)}"
        return Finding(claim, Verdict.ONLY, words, effect, (KERAS,), where)
    return Finding(claim, verdict, words, effect, (KERAS,))


def _interval(what: str, values: FloatArray, level: float) -> Effect:
    mean, low, high, _ = mean_interval(values, 0.0, level=level)
    return Effect(what, mean, low, high, count=len(values), level=level)


def averaging(got: Got) -> Finding:
    """Ten bagged networks against one."""
    found = gains(got)
    if "bagging" not in found:
        return not_run(claims.AVERAGING, "keras")
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
        return not_run(claim, "keras")
    told = {e: over_seeds(f"test accuracy, {_ENGINES[e]}", a["accuracy"]) for e, a in found.items()}
    words = "; ".join(
        f"{_ENGINES[e]}: training accuracy {a['train'].min():.3f}, test accuracy {told[e].value:.3f} "
        f"[{told[e].low:.3f}, {told[e].high:.3f}]"
        + (f", on all test images {a['all'].mean():.3f}" if "all" in a else "")
        for e, a in found.items()
    )
    words += f". Where nothing else is said, on the first {SHARED:,} test images at most"
    if kind == "true" and "h2o" in found and "labels.unscaled" in got:
        e = over_seeds("", got["labels.unscaled"]["accuracy"])
        words += (
            "; H2O with standardize=False, so that the pixels stay in [0, 1] as in the others: "
            f"{e.value:.3f} [{e.low:.3f}, {e.high:.3f}]"
        )
    engines = tuple(_ENGINES[e] for e in found)
    effect = min(told.values(), key=lambda e: e.value)
    low, high = (0.07, 0.13) if claim is claims.RANDOM else (claims.GENERALISES, 1.0)
    fitted = {e: bool(a["train"].min() == 1) for e, a in found.items()}
    right = [e for e in found if fitted[e] and told[e].low >= low and told[e].high <= high]
    wrong = [e for e in found if not fitted[e] or told[e].high < low or told[e].low > high]
    if len(right) == len(found):
        return Finding(claim, Verdict.HOLDS, words, effect, engines)
    if right:
        where = f"in {', '.join(_ENGINES[e] for e in right)}"
        unsure = [_ENGINES[e] for e in found if e not in right and e not in wrong]
        where += f"; in {', '.join(unsure)} it cannot be told" if unsure else ""
        return Finding(claim, Verdict.ONLY, words, effect, engines, where)
    verdict = Verdict.FAILS if len(wrong) == len(found) else Verdict.CANNOT_TELL
    return Finding(claim, verdict, words, effect, engines)


def means_table(got: Got) -> Table:
    """Every means and strength."""
    columns = (
        ("Means", False, ""), ("Strength", False, ""), ("Test accuracy [95 %]", True, "mean over seeds"),
        ("Test log-loss", True, "mean over seeds"), ("Updates", True, "mean over seeds"),
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
                rows.append([Cell(title), Cell(strength), Cell(said), Cell(""), Cell("")])
                continue
            e = over_seeds("accuracy", arrays["accuracy"])
            rows.append([
                Cell(title), Cell(strength), Cell(f"{e.value:.4f} [{e.low:.4f}, {e.high:.4f}]", e.value),
                *(Cell(f"{arrays[k].mean():.4g}") for k in ("logloss", "updates")),
            ])  # fmt: skip
    return Table(
        f"Test images where the training loss, taken without dropout or noise, is {TARGET:g}", columns, rows
    )


def labels_table(got: Got) -> Table:
    """Every framework, both kinds of labels."""
    columns = (
        ("Framework", False, ""), ("Labels", False, ""), ("Training accuracy", True, "smallest of the seeds"),
        (f"Test accuracy [95 %], first {SHARED:,} images at most", True, "on true labels, mean over seeds"),
        ("On all test images", True, "mean over seeds; H2O is not scored on all"),
        ("Seeds", True, ""), ("Updates", True, "mean, to a training loss of 0.01"),
    )  # fmt: skip
    rows = []
    names = {f"labels.{e}.{k}": (title, k) for e, title in _ENGINES.items() for k in ("true", "random")}
    names["labels.unscaled"] = "H2O, standardize=False", "true"
    for name, (title, kind) in names.items():
        arrays = got.get(name)
        if arrays is None:
            continue
        e = over_seeds("accuracy", arrays["accuracy"])
        updates = f"{arrays['updates'].mean():.0f}" if "updates" in arrays else ""
        whole = f"{arrays['all'].mean():.3f}" if "all" in arrays else ""
        rows.append([
            Cell(title), Cell(kind), Cell(f"{arrays['train'].min():.3f}"),
            Cell(f"{e.value:.3f} [{e.low:.3f}, {e.high:.3f}]", e.value), Cell(whole),
            Cell(str(len(arrays["train"]))), Cell(updates),
        ])  # fmt: skip
    return Table("True and random labels", columns, rows)
