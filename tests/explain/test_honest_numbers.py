"""Numbers as they are: shares above 1, identical bits, digits, both sides' coefficients, minimal recipes."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from crossframe.core.text import percent
from crossframe.data import load
from crossframe.data.designs import DESIGNS
from crossframe.experiment.fits import FitCache
from crossframe.experiment.plan import Experiment
from crossframe.experiment.record import Record
from crossframe.experiment.spec import parse
from crossframe.experiment.store import opened
from crossframe.explain import proof
from crossframe.explain.api import explain
from crossframe.explain.attribution.attribute import attribute
from crossframe.explain.attribution.game import Game
from crossframe.explain.attribution.inference import Values
from crossframe.explain.outcomes import effective_settings
from crossframe.explain.paired import compared
from crossframe.explain.pairs import hybrids_over_draws
from crossframe.explain.proof import ChangedSide, Trial
from crossframe.explain.replicates import Repeated, Replicates, fewest_digits
from crossframe.explain.report import document
from crossframe.explain.report_tables import listed_causes
from tests.tables import table


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("honest") / "t.csv"
    table(60).to_csv(path, index=False)
    return path


def test_a_share_above_one_is_not_cut_off():
    values = {frozenset(): 1.0, frozenset("a"): -1.59, frozenset("b"): 2.59, frozenset("ab"): 0.0}
    shared = attribute(Game(("a", "b"), lambda subset: values[subset]))
    assert listed_causes(SimpleNamespace(attribution=shared)) == ["a 259.0 %", "b −159.0 %"]
    assert [percent(share) for share in (2.59, 1.0, 0.5)] == ["259.0 %", "100 %", "50.0 %"]


def test_a_share_is_rounded_to_the_nearest_tenth_but_not_to_all_or_nothing():
    shares = (2 / 102, 0.9994, 0.99999, 0.0006, 1e-9, 0.0)
    assert [percent(share) for share in shares] == [
        "2.0 %",
        "99.9 %",
        "> 99.9 %",
        "0.1 %",
        "< 0.1 %",
        "0.0 %",
    ]


def test_the_digits_of_several_fits_are_those_of_the_worst():
    one, other, far = (Record({}, {"score": np.full(3, p)}) for p in (0.5, 0.5 + 1e-8, 0.95))
    assert fewest_digits([one, one, one], [one, other, far]) == pytest.approx(-np.log10(0.45 / 0.95))
    assert np.isnan(fewest_digits([Record({}, {})], [one]))


def test_a_second_run_without_an_answer_is_no_repetition():
    fit, none = Record({}, {"score": np.ones(2), "labels": np.ones(2)}), Record({}, {})
    assert compared(([fit], [fit]), ([fit], [fit]), 0.0).repeatable
    assert not compared(([fit], [fit]), ([none], [fit]), 0.0).repeatable


def test_equal_bits_are_no_bound(file, tmp_path):
    pair = ("sklearn.logistic", "sklearn.logistic:max_iter=150")
    found = explain(*pair, data=file, target="y", store=tmp_path / "s")
    (first,) = document(found).headlines
    assert first.startswith("The two agree: their scores are identical to the last bit")


@pytest.mark.slow
def test_both_sides_have_coefficients_over_draws_too(file, tmp_path):
    found = explain(
        "sklearn.logistic:tol=1e-9", "sklearn.logistic:C=2,tol=1e-9", data=file, target="y", draws=2,
        store=tmp_path / "s",
    )  # fmt: skip
    page = document(found).markdown()
    assert "the coefficients of both" in page
    assert "| intercept |" in page


def test_a_penalty_in_a_recipe_over_draws_is_that_of_the_weighted_rows(tmp_path):
    """A sum over the rows, as C is, counts their weights: C is 1 / (l2 times the sum of the weights)."""
    table(80, w=np.full(80, 3)).to_csv(tmp_path / "t.csv", index=False)
    left, right = 0.1, 0.01
    found = explain(
        f"sklearn.logistic:penalty.l2={left}", f"sklearn.logistic:penalty.l2={right}", weights="w", draws=2,
        data=tmp_path / "t.csv", target="y", store=tmp_path / "s",
    )  # fmt: skip
    trials = found.best.trials
    (made,) = {t.left.arguments["C"] for t in trials if t.left.switched}
    assert made == pytest.approx(1 / (right * 3 * 64))
    (made,) = {t.right.arguments["C"] for t in trials if t.right.switched}
    assert made == pytest.approx(1 / (left * 3 * 64))


def test_of_several_proofs_the_intervals_hold_together(tmp_path, pool):
    """Of all but the first, which was chosen before, the best is taken."""
    net = "sklearn.mlp:hidden_layer_sizes=3,max_iter=2"
    sides = parse(net), parse(f"{net},alpha=0.1,learning_rate_init=0.1")
    digits = Experiment(load("digits"), Repeated(DESIGNS["leek"], 4), (30,), 4, 1, sides, threads=1)
    noise = {}

    def between(fits, pair):
        rng = np.random.default_rng(len(noise))
        return noise.setdefault(pair[0].name + pair[1].name, 0.1 * (pair != sides) + rng.normal(size=4) / 99)

    with opened(tmp_path / "s") as store:
        fits = FitCache(digits, store, pool=pool)
        effective = effective_settings(fits, sides[0]), effective_settings(fits, sides[1])
        hybrids = hybrids_over_draws(sides, effective)
        sets = [frozenset([name]) for name in hybrids.names]
        replicates = Replicates.of(digits, 4)
        trials = proof.prove(fits, hybrids, effective, sets, replicates, between)
    assert len(trials) > 2
    _, first, *others = noise.values()
    by_gap = {trial.gap: trial.interval for trial in trials}
    assert by_gap[first.mean()] == pytest.approx(replicates.mean(first)[1])
    assert len(others) == len(trials) - 1 > 1
    for rest in others:
        interval = by_gap[rest.mean()]
        assert interval == pytest.approx(replicates.rule.interval(Values(rest), len(others)))
        assert np.ptp(interval) > 1.2 * np.ptp(replicates.mean(rest)[1])


def test_of_two_proofs_that_close_the_smaller_one_comes_first():
    def trial(*switched: str, gap: float) -> Trial:
        left = ChangedSide("sklearn.mlp", switched, {}, None, None)
        right = ChangedSide("sklearn.mlp", (), {}, None, None)
        return Trial(left, right, (), (), gap, None, 1 - gap, None, exact=False, digits=1.0, fact=True)

    small, large, open_ = trial("a", gap=0.05), trial("a", "b", gap=0.0), trial("b", gap=0.5)
    assert sorted([open_, large, small], key=proof._order) == [small, large, open_]
