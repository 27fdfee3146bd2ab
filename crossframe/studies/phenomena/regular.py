"""Phenomena 5 and 6: dropout against other means at equal training loss; random and true labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from crossframe.claims.claim import Effect, Finding, Verdict, not_run
from crossframe.claims.judge import above, between, conjunction, restricted, where_settled, with_earlier
from crossframe.core.statistics import bonferroni, student_mean
from crossframe.core.types import FloatArray
from crossframe.report.table import Cell, Table
from crossframe.studies.phenomena import claims
from crossframe.studies.phenomena.jobs import MEANS, TARGET, Arrays, Computed
from crossframe.studies.phenomena.numerics import H2O, KERAS, SKLEARN
from crossframe.studies.phenomena.trainers.training import SHARED

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


def chosen(computed: Computed, kind: str) -> FloatArray | None:
    """Test accuracy by seed at the strength that is best for the other seeds; None: not computed."""
    names = [f"means.{kind}.{strength}" for strength in MEANS.get(kind, {"": {}})]
    names = [name for name in names if name in computed and not np.isnan(computed[name]["accuracy"]).any()]
    if not names:
        return None
    accuracy = np.array([computed[name]["accuracy"] for name in names])
    seeds = np.arange(accuracy.shape[1])
    best = [int(np.argmax(np.mean(np.delete(accuracy, s, axis=1), axis=1))) for s in seeds]
    held_out: FloatArray = accuracy[best, seeds]
    return held_out


def gains(computed: Computed) -> dict[str, Effect]:
    """Test accuracy of every means minus that of one network without any, paired by seed."""
    plain = chosen(computed, "none")
    effects = {}
    for kind, title in TITLES.items():
        own = chosen(computed, kind)
        if own is not None and plain is not None and kind != "none":
            effects[kind] = Effect.of(title, student_mean(own - plain))
    return effects


def _against(computed: Computed, others: tuple[str, ...], level: float) -> dict[str, Effect]:
    """Test accuracy of dropout minus that of ``others``, paired by seed; without those not computed."""
    own = chosen(computed, "dropout")
    gaps = {k: own - other for k in others if own is not None and (other := chosen(computed, k)) is not None}
    return {
        k: Effect.of(f"accuracy, dropout - {_SHORT[k]}", student_mean(gap, level=level))
        for k, gap in gaps.items()
    }


def _against_all(computed: Computed, key: str) -> Verdict:
    """The verdict of the earlier mark: noise, L2 and bagging in one claim, each interval of 95 %."""
    judged = _against(computed, tuple(_SHORT), 0.95)
    verdicts = [above(e) for e in judged.values()]
    if len(judged) < len(_SHORT):
        return Verdict.OPEN
    return Verdict.PARTLY if set(verdicts) > {Verdict.HOLDS} else conjunction(verdicts)


@with_earlier("dropout", _against_all)
def dropout(computed: Computed, key: str) -> Finding:
    """Dropout against noise and L2 (claim ``dropout``) or against bagging (``dropout-bagging``)."""
    claim = claims.CLAIMS[key]
    others = ("bagging",) if key == "dropout-bagging" else ("noise", "l2")
    # Bonferroni's level: the better of two comparisons is easily found above 0 by chance.
    judged = _against(computed, others, bonferroni(0.95, len(others)))
    if not any(name.startswith("means.") for name in computed):
        return not_run(claim, "keras")
    if len(judged) < len(others):
        return Finding(claim, Verdict.OPEN, "not all could be trained to that loss")
    words = "; ".join(f"{e.what} {e.value:+.4f} [{e.low:+.4f}, {e.high:+.4f}]" for e in judged.values())
    words += (
        "; bagging trains ten networks and averages them, dropout one"
        if key == "dropout-bagging"
        else " (97.5 % intervals)"
    )
    worst = min(judged, key=lambda k: judged[k].value)
    effect = judged[worst]
    verdict = conjunction(above(e) for e in judged.values())
    better = [_SHORT[k] for k, e in judged.items() if above(e) is Verdict.HOLDS]
    if verdict is not Verdict.HOLDS and better:
        where = f"against {' and '.join(better)}"
        return Finding(claim, Verdict.PARTLY, words, effect, (KERAS,), where)
    return Finding(claim, verdict, words, effect, (KERAS,))


def averaging(computed: Computed) -> Finding:
    """Whether the mean of ten bagged networks has a higher test accuracy than one network."""
    effects = gains(computed)
    if "bagging" not in effects:
        return not_run(claims.CLAIMS["averaging"], "keras")
    effect = effects["bagging"]
    words = f"ten bagged networks gain {effect.value:+.4f} in test accuracy over one"
    if "starts" in effects:
        words += f", ten on all of the images, from ten starts, {effects['starts'].value:+.4f}"
    effect = replace(effect, what="accuracy, bagging - one network")
    return Finding(claims.CLAIMS["averaging"], above(effect), words, effect, (KERAS,))


def _labelled(computed: Computed, key: str) -> dict[str, Arrays]:
    """By framework, what its networks do on random or on true labels."""
    kind = key.removesuffix("-labels")
    return {e: computed[f"labels.{e}.{kind}"] for e in _ENGINES if f"labels.{e}.{kind}" in computed}


def _by_means(computed: Computed, key: str) -> Verdict:
    """The verdict of the earlier marks: mean test accuracy within .03 of .10, or at least .80."""
    low, high = (0.07, 0.13) if key == "random-labels" else (0.80, 1.0)
    good = [
        a["train"].min() == 1 and low <= np.mean(a["accuracy"]) <= high
        for a in _labelled(computed, key).values()
    ]
    return where_settled(Verdict.HOLDS if g else Verdict.FAILS for g in good)


@with_earlier("random-labels", _by_means)
@with_earlier("true-labels", _by_means)
def labels(computed: Computed, key: str) -> Finding:
    """The claim ``random-labels`` or ``true-labels``, framework by framework."""
    claim, kind = claims.CLAIMS[key], key.removesuffix("-labels")
    arrays = _labelled(computed, key)
    if not arrays:
        return not_run(claim, "keras")
    tested = {
        e: Effect.of(f"test accuracy, {_ENGINES[e]}", student_mean(a["accuracy"])) for e, a in arrays.items()
    }
    words = "; ".join(
        f"{_ENGINES[e]}: training accuracy {a['train'].min():.3f}, test accuracy {tested[e].value:.3f} "
        f"[{tested[e].low:.3f}, {tested[e].high:.3f}]"
        + (f", on all test images {a['all'].mean():.3f}" if "all" in a else "")
        for e, a in arrays.items()
    )
    words += f". Where nothing else is said, on the first {SHARED:,} test images at most"
    if kind == "true" and "h2o" in arrays and "labels.unscaled" in computed:
        unscaled = student_mean(computed["labels.unscaled"]["accuracy"])
        words += (
            "; H2O with standardize=False, so that the pixels stay in [0, 1] as in the others: "
            f"{unscaled.value:.3f} [{unscaled.low:.3f}, {unscaled.high:.3f}]"
        )

    def judged(e: Effect) -> Verdict:
        return between(e, 0.07, 0.13) if kind == "random" else above(e, claims.GENERALISES)

    # A network that does not fit its own labels refutes the claim, whatever it does on others.
    cells = {
        _ENGINES[e]: judged(tested[e]) if a["train"].min() == 1 else Verdict.FAILS for e, a in arrays.items()
    }
    verdict = where_settled(cells.values())
    where = restricted(cells, "in", unsettled=True) if verdict is Verdict.PARTLY else ""
    effect = min(tested.values(), key=lambda e: e.value)
    return Finding(claim, verdict, words, effect, tuple(cells), where)


def means_table(computed: Computed) -> Table:
    """Test accuracy, log-loss and updates of every means of regularisation and strength."""
    columns = (
        ("Means", False, ""), ("Strength", False, ""), ("Test accuracy [95 %]", True, "mean over seeds"),
        ("Test log-loss", True, "mean over seeds"), ("Updates", True, "mean over seeds"),
            )  # fmt: skip
    rows = []
    for kind, title in TITLES.items():
        for strength in MEANS.get(kind, {"": {}}):
            arrays = computed.get(f"means.{kind}.{strength}")
            if arrays is None:
                continue
            reached = int(np.sum(np.isfinite(arrays["accuracy"])))
            if reached < len(arrays["accuracy"]):
                reached_by = f"training loss reached by {reached} of {len(arrays['accuracy'])}"
                rows.append([Cell(title), Cell(strength), Cell(reached_by), Cell(""), Cell("")])
                continue
            e = student_mean(arrays["accuracy"])
            rows.append([
                Cell(title), Cell(strength), Cell(f"{e.value:.4f} [{e.low:.4f}, {e.high:.4f}]", e.value),
                *(Cell(f"{arrays[k].mean():.4g}") for k in ("logloss", "updates")),
            ])  # fmt: skip
    return Table(
        f"Test images where the training loss, taken without dropout or noise, is {TARGET:g}", columns, rows
    )


def labels_table(computed: Computed) -> Table:
    """Training and test accuracy by framework, with true and with random labels."""
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
        arrays = computed.get(name)
        if arrays is None:
            continue
        e = student_mean(arrays["accuracy"])
        updates = f"{arrays['updates'].mean():.0f}" if "updates" in arrays else ""
        whole = f"{arrays['all'].mean():.3f}" if "all" in arrays else ""
        rows.append([
            Cell(title), Cell(kind), Cell(f"{arrays['train'].min():.3f}"),
            Cell(f"{e.value:.3f} [{e.low:.3f}, {e.high:.3f}]", e.value), Cell(whole),
            Cell(str(len(arrays["train"]))), Cell(updates),
        ])  # fmt: skip
    return Table("True and random labels", columns, rows)
