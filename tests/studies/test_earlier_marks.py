"""Claims whose mark was replaced: on one constructed set of data the earlier mark gives another verdict."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from crossframe.audit.effects import SwitchEffect, judge, under_earlier
from crossframe.audit.suspicion import Role
from crossframe.audit.suspicions import SUSPICIONS
from crossframe.claims.claim import Claim, Finding, Mark, Source, Verdict
from crossframe.claims.judge import uncorrected, with_earlier
from crossframe.claims.setting_effect import SettingEffect
from crossframe.core.statistics import Interval
from crossframe.data import Dataset
from crossframe.experiment.record import Record
from crossframe.studies.catalogue import STUDIES
from crossframe.studies.gradient_failures import curves, lines
from crossframe.studies.phenomena import numerics, regular, training
from crossframe.studies.pixels import claims as pixels
from crossframe.studies.pixels.jobs import Labelled
from crossframe.studies.report import overview, page
from crossframe.studies.sgd import convex, ends, wells
from crossframe.studies.sgd.jobs import BATCHES, EVEN, RATES, WELLS, Walk
from crossframe.studies.sgd.solvers import SOLVERS
from crossframe.studies.study import StudyOutcome, StudyResult
from crossframe.studies.transfer import claims as transfer
from crossframe.studies.transfer import jobs
from crossframe.studies.transfer.images import against_scratch, frameworks

HOLDS, PARTLY, FAILS, OPEN = Verdict.HOLDS, Verdict.PARTLY, Verdict.FAILS, Verdict.OPEN


def around(mean: float, spread: float, count: int = 10) -> Any:
    """Values with exactly this mean, half of them ``spread`` above and half below."""
    return mean + spread * np.resize([1.0, -1.0], count)


def rounding() -> Finding:
    """The interval of the ratio contains 1."""
    rng = np.random.default_rng(3)
    base = rng.integers(0, 2, (4, 200)).astype(np.uint8)
    arrays = {"labels": base, "accuracy": np.full(4, 0.9)}
    return numerics.rounding(
        {"rounding.base": arrays, "rounding.double": {**arrays, "labels": np.roll(base, 1, axis=1)}}
    )


def many_starts() -> Finding:
    """A narrow network that has come to rest and whose last look is a spike."""
    still = np.full((3, 40), 0.01)
    spiked = still.copy()
    spiked[0, -1] = 0.07
    data = {"loss": still, "accuracy": np.full(3, 0.9)}
    return training.starts({"starts.keras": data, "starts.8": {**data, "loss": spiked}})


def dropout() -> Finding:
    """Better than the other two of one network, worse than ten networks."""
    means = {"none.": 0.88, "dropout.0.2": 0.90, "noise.sd 1": 0.88, "l2.0.001": 0.88, "bagging.": 0.92}
    return regular.dropout(
        {f"means.{k}": {"accuracy": around(v, 0.001 * n)} for n, (k, v) in enumerate(means.items())},
        "dropout",
    )


def labels(kind: str, *accuracy: float) -> Finding:
    arrays = {"train": np.ones(len(accuracy)), "accuracy": np.array(accuracy)}
    return regular.labels({f"labels.keras.{kind}": arrays}, f"{kind}-labels")


def grid(log_sharpness: Callable[[int, float, float], float], spread: float = 0.001) -> dict[str, ends.Ends]:
    """Keras's grid with a log eigenvalue of (stop, log batch, log rate), five seeds."""
    values = np.array([
        [[log_sharpness(k, math.log(b), math.log(r)) for r in RATES] for b in BATCHES]
        for k in range(len(ends.STOPS))
    ])  # fmt: skip
    noise = spread * np.random.default_rng(0).normal(size=(*values.shape, 5))
    measured = np.exp(values[..., None] + noise)
    made = {"sharpness": measured, "rise": measured, "loss": measured}
    return {"keras": ends.Ends("keras", BATCHES, RATES, made)}


def rate() -> Finding:
    """The largest batch goes the other way, which an average over the batches hides."""
    return ends.rate(grid(lambda k, b, r: (-0.6 if b < 5 else 0.3) * r))


def batch() -> Finding:
    """At the lowest loss every line falls, after equal epochs none does."""
    return ends.batch(grid(lambda k, b, r: (0.3 if k == len(ends.STOPS) - 1 else -0.3) * b))


def ratio() -> Finding:
    """Eigenvalues within 1.2 of each other that rate / batch itself moves no further."""
    return ends.equal_ratios(grid(lambda k, b, r: 0.02 * (b - 2 * r), 0.0001))


def shares(rate: float, batch: int, share: float, *, even: bool = False) -> wells.WellShare:
    walk = Walk(rate, batch, EVEN if even else WELLS)
    return wells.WellShare(walk, Interval(share, share - 0.02, share + 0.02, count=2000), share, share, share)


def the_wells() -> Finding:
    """The share falls on the way from the least noise to the most."""
    peaked = [shares(0.02, 4, 0.2), shares(0.02, 2, 0.7), shares(0.02, 1, 0.6)]
    return wells.rises([*peaked, shares(0.02, 4, 0.5, even=True), shares(0.02, 1, 0.6, even=True)])


def posterior() -> Finding:
    """The share is near the Gibbs weight, and its interval reaches further off."""
    return wells.follows([replace(shares(0.01, 1, 0.5), theory=0.46)])


def convex_others() -> Finding:
    """A search that stopped above the certified optimum."""
    saga = next(s for s in SOLVERS if s.name == "saga")
    answers = tuple(
        convex.SolverAnswer(saga, p, True, d, math.nan, "converged", e)
        for p, d, e in (("lasso", 2.0, 1e-6), ("none", 9.0, 0.0), ("linear", 9.0, 0.0))
    )
    table = Dataset("t", np.zeros((2, 1)), np.array([0, 1]), ("a",), ("0", "1"), "two rows")
    certified = dict.fromkeys(("lasso", "none", "linear"), "28 digits")
    return convex.finding(convex.Convex("t", 2, answers, certified, table), "convex-others")


def heads(pretrained: float, random: float, spread: float = 0.01) -> jobs.Heads:
    """Test accuracies of 4 seeds on 20 splits."""
    values = {"a": pretrained, jobs.RANDOM: random}
    return {
        (kind, 8): (np.ones((4, 20)), np.tile(around(mean, spread, 4)[:, None], 20))
        for kind, mean in values.items()
    }


def sentences() -> Finding:
    """Random vectors above .65, and a gain over them that is large enough."""
    return transfer.sentences(heads(0.99, 0.68, 0.001), {})


def against_words() -> Finding:
    """A difference that is the same on every split, less than splits differ by."""
    test = heads(0.9, 0.5)
    wave = np.linspace(-0.4, 0.1, 20)
    test["a", 8][1][:] += wave
    plain = {(jobs.BAGS, "R glm", 8): 0.85 + wave + around(0.0, 0.001, 20)}
    return transfer.against_words(test, plain, {8: 0.6})


def images() -> Finding:
    """A framework whose logistic regression is weak on good features."""
    models = {jobs.SCRATCH: 0.9, jobs.HEAD: 0.95, f"R glm, {jobs.FEATURES}": 0.6}
    return against_scratch(targets(models))


def images_frameworks() -> Finding:
    """Frameworks that differ on hard digits, and not on 0 against 1."""
    hard = {f"scikit-learn, {jobs.FEATURES}": 0.95, f"R glm, {jobs.FEATURES}": 0.6}
    return frameworks({**targets(hard), jobs.EARLIER: targets(dict.fromkeys(hard, 0.99))[jobs.EARLIER]})


def targets(models: dict[str, float]) -> jobs.Targets:
    """Accuracies around the same mean on every pair of digits, all fitted."""
    scores = {(k, 8): around(v, 0.001 * n) for n, (k, v) in enumerate(models.items(), 1)}
    fitted = {(jobs.HEAD, 8): np.ones(10)}
    digits = (*jobs.TARGETS, jobs.EARLIER)
    return {pair: jobs.Pictures(pair, (8,), 10, {8: 0.01}, scores, fitted) for pair in digits}


def one_like_ten() -> Finding:
    """Three intervals that hold one by one and reach too far together."""
    one = {("glm", n): (around(0.9, 0.027, 12), np.full(12, 0.9), 0.0) for n in (20, 40, 80)}
    return pixels.one_like_ten(one)


def pairs() -> Finding:
    """Every best cut is right in .81 of few images, by an area of .6."""
    fields = {"by_accuracy": {"accuracy": 0.81, "pixel": 1}, "by_auc": {"auc": 0.6, "pixel": 1}}
    record = Record({**fields, "tested": 100, "ones": 50})
    return pixels.pairs({(a, b): record for a in range(10) for b in range(a)})


def same_answer() -> Finding:
    """Equal accuracies with other images right."""
    one, other = np.array([0, 1] * 50), np.array([1, 0] * 50)
    labelled = {"liblinear": Labelled(one, one, 0.5, 0.5), "h2o": Labelled(other, one, 0.5, 0.5)}
    return pixels.same_answer({(0, 3): labelled})


def signal() -> Finding:
    """The end-to-end ratio is between a hundredth and a tenth of the decomposed one."""
    values = {(1, True): 0.3, (3, True): 0.3, (3, False): 0.01}
    records = {
        key: [Record({"labels": v, "unbiased": v, "published": 1, "corrected": 1})
              for v in around(mean, 0.0005, 4)]
        for key, mean in values.items()
    }  # fmt: skip
    return lines.findings({}, records)[3]


def convolution() -> Finding:
    """Below 1 at the check, and above again before the end."""
    at = np.array([500, 5_000, 25_000, 50_000])
    record = Record({"condition": 1.0}, {"at": at, "loss": np.array([9.0, 2.0, 0.5, 3.0])})
    return curves.findings({"conv": [record, record]})[1]


CASES: dict[str, tuple[Callable[[], Finding], Verdict, *tuple[Verdict, ...]]] = {
    "rounding": (rounding, OPEN, HOLDS),
    "many-starts": (many_starts, HOLDS, PARTLY),
    "dropout": (dropout, HOLDS, PARTLY),
    "random-labels": (lambda: labels("random", 0.05, 0.10, 0.15), OPEN, HOLDS),
    "true-labels": (lambda: labels("true", 0.82, 0.825, 0.83), FAILS, HOLDS),
    "rate": (rate, PARTLY, HOLDS),
    "batch": (batch, HOLDS, FAILS),
    "ratio": (ratio, FAILS, HOLDS),
    "wells": (the_wells, PARTLY, HOLDS),
    "posterior": (posterior, OPEN, HOLDS),
    "convex-others": (convex_others, HOLDS, FAILS),
    "sentences": (sentences, HOLDS, FAILS),
    "against-words": (against_words, HOLDS, OPEN),
    "factor": (lambda: transfer.factor([2049, 4098]), FAILS, HOLDS),
    "images": (images, HOLDS, FAILS, HOLDS),
    "images-frameworks": (images_frameworks, FAILS, HOLDS),
    "one-like-ten": (one_like_ten, OPEN, HOLDS),
    "pairs": (pairs, FAILS, HOLDS),
    "same-pixel-same-answer": (same_answer, FAILS, HOLDS),
    "lines-signal": (signal, HOLDS, FAILS),
    "curves-convolution": (convolution, FAILS, HOLDS),
}
"""Claim -> its finding on constructed data, the verdict, and the verdicts under the earlier marks."""


@pytest.mark.parametrize("key", CASES)
def test_both_marks_are_judged_on_the_same_data(key: str) -> None:
    judged, verdict, *earlier = CASES[key]
    finding = judged()
    assert finding.claim.key == key
    assert (finding.verdict, finding.under_replaced) == (verdict, tuple(earlier))
    dates = [mark.fixed for mark in finding.claim.replaced]
    assert len(dates) == len(earlier)
    assert sorted(dates) == dates
    assert finding.claim.fixed > dates[-1]


def test_a_signal_at_two_is_the_one_measured() -> None:
    one = [Record({"labels": v, "unbiased": v, "published": 1, "corrected": 1}) for v in (0.25, 0.35)]
    ratios = {(1, True): one, (3, True): one, (3, False): one, (2, False): one}
    words = lines.findings({}, ratios)[3].words
    assert words.endswith("At k = 2, which is said to be learnt, the end-to-end ratio is 0.3 [-0.34, 0.94]")
    assert "At k = 2" not in lines.findings({}, {k: v for k, v in ratios.items() if k[0] != 2})[3].words


def test_every_replaced_mark_has_its_case() -> None:
    modules = {entry.module for entry in STUDIES.values()} - {"leek_beam"}  # judged in test_leek_beam
    sets = [import_module(f"crossframe.studies.{module}.claims").CLAIMS for module in modules]
    assert {key for known in sets for key, claim in known.items() if claim.replaced} == set(CASES)


def test_what_can_no_longer_be_measured_stays_open_under_the_earlier_mark() -> None:
    falls = grid(lambda k, b, r: 0.3 * (b - r))
    assert ends.rate(falls).under_replaced == (HOLDS,)
    h2o = {m: v[:, :1].copy() for m, v in falls["keras"].values.items()}
    for values in h2o.values():
        values[0] = math.nan
    both = {**falls, "h2o": ends.Ends("h2o", BATCHES[:1], RATES, h2o)}
    assert (ends.rate(both).verdict, ends.rate(both).under_replaced) == (HOLDS, (PARTLY,))
    assert ends.batch(both).under_replaced == (HOLDS,)


def test_what_was_not_run_is_not_run_under_any_mark() -> None:
    for finding in (training.starts({}), transfer.factor([]), pixels.pairs({})):
        assert finding.verdict is Verdict.NOT_RUN
        assert finding.under_replaced == (Verdict.NOT_RUN,)
    assert regular.dropout({}, "dropout-bagging").under_replaced == ()


def test_a_mark_without_a_rule_is_an_error() -> None:
    claim = Claim("k", "w", Source("s"), "q", "m", "2026-11-21", (Mark("m", "2026-11-20", "r"),))
    with pytest.raises(ValueError, match="1 earlier marks, 0 rules"):
        with_earlier("k")(lambda: Finding(claim, HOLDS, ""))()


def test_the_page_shows_both_marks_and_both_verdicts() -> None:
    finding = transfer.factor([2049, 4098])
    result = StudyResult("transfer", "Pre-training", "quick", StudyOutcome((finding,), ()), 1.0, 1)
    document = page(result)
    both = "does not hold (by the earlier criterion: holds)"
    why = "Earlier criterion (2026-11-21 08:58 UTC): holds. Why it was replaced: so wide that 34,163"
    console = Console(file=io.StringIO(), width=2000)
    document.show(console)
    for text in (document.html(), document.markdown(), console.file.getvalue()):
        assert both in text
        assert why in text.replace("\\", "")
        assert uncorrected(0) in text.replace("\\", "")
    index = overview([result]).markdown()
    assert both in index
    assert result.basis in index.replace("\\", "")
    assert "at scale quick. At scale paper" in result.basis


def test_expected_errors_are_counted_over_all_claims() -> None:
    assert "of the 68 judged so here at most 1.7 are expected" in uncorrected(68)


def test_twenty_epochs_are_judged_by_both_experiments() -> None:
    epochs = next(s for s in SUSPICIONS if s.key == "epochs")
    effects = [
        SwitchEffect("epochs=100,classification_stop=-1", Role.DECIDES, "a", "b", 10, 5, 0.05, 0.02, 0.08),
        SwitchEffect("classification_stop=-1", Role.BESIDE, "c", "b", 10, 20, -0.05, -0.08, -0.02),
        SwitchEffect("classification_stop=-1", Role.BITS, "c", "b", 10, 3, 0.05, 0.02, 0.08),
    ]
    assert judge(effects) is SettingEffect.HELPS
    (verdict,) = under_earlier(epochs, effects)
    (mark,) = epochs.claim.replaced
    assert verdict is SettingEffect.HURTS
    assert mark.judged(verdict).startswith("Earlier criterion (2026-11-21 05:26 UTC): hurts. Why it was")


def test_suspicions_are_judged_by_the_earlier_rule_too() -> None:
    tanh, rate = (next(s for s in SUSPICIONS if s.key == key) for key in ("tanh", "rate"))
    turned = SwitchEffect(
        "activation=Rectifier", Role.DECIDES, "a", "b", 10, 20, -0.05, -0.08, -0.02, 0.05, 0.02, 0.08
    )
    assert judge([turned]) is SettingEffect.THRESHOLD
    assert under_earlier(tanh, [turned]) == [SettingEffect.HURTS]
    proof, control = (
        SwitchEffect("rate=0.5", role, "a", "b", 10, 3, 0.0, math.nan, math.nan, identical=True)
        for role in (Role.PROOF, Role.CONTROL)
    )
    assert judge([proof, control], unused="rate is not used") is not SettingEffect.UNUSED
    assert under_earlier(rate, [proof, control], unused=True) == [SettingEffect.UNUSED]
    for suspicion in SUSPICIONS:
        assert suspicion.claim.fixed > suspicion.claim.replaced[0].fixed
