"""Figures say what the attribution says, and stand in a page in both schemes and widths."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from crossframe.explain import figures, path
from crossframe.explain.attribution.attribute import GapTerms, attribute
from crossframe.explain.attribution.closing import at_floor, by_part, close
from crossframe.explain.attribution.game import Game
from crossframe.explain.attribution.inference import IntervalRule
from crossframe.report.style import COLOURS
from crossframe.settings.vocabulary import titled
from tests.explain.attribution import games

SETTINGS = ("penalty.l2", "features.standardize", "penalty.intercept")


def deterministic(v):
    return Game(SETTINGS, lambda s: float(v[sum(1 << SETTINGS.index(name) for name in s)]))


@pytest.fixture(scope="module")
def additive():
    game = deterministic(games.additive([0.3, 0.1, 0.0]))
    found = attribute(game, GapTerms(floor=1e-8))
    return found, close(game, at_floor(1e-8), found.amounts())


@pytest.fixture(scope="module")
def noisy():
    rng = np.random.default_rng(5)
    v = games.additive([0.2, 0.05, 0.001])[:, None] + rng.normal(0, 0.004, size=(8, 12))
    game = Game(SETTINGS, lambda s: v[sum(1 << SETTINGS.index(name) for name in s)].tolist())
    found = attribute(game, GapTerms(signed=True, rule=IntervalRule(overlap=0.1)))
    return found, close(game, by_part(found.before, 0.9), found.amounts())


def parsed(drawing):
    for svg in (drawing.wide, drawing.narrow):
        ET.fromstring(svg)
    return drawing


def texts(svg):
    return re.findall(r">([^<>\n]+)</text>", svg)


def test_bars_tell_the_shares_and_leave_out_what_is_inert(additive):
    drawing = parsed(figures.shares(additive[0]))
    named = "ridge penalty (penalty.l2) 75.0 %; scaling of the features (features.standardize) 25.0 %."
    assert drawing.description == named
    assert {"ridge penalty", "penalty.l2"} <= {*texts(drawing.wide)}
    assert "penalty.intercept" not in drawing.wide
    assert "no intervals" in drawing.caption


def test_bars_have_intervals_where_there_are_draws(noisy):
    found, _ = noisy
    drawing = parsed(figures.shares(found, towards="a switched towards b"))
    first = found.shares[0]
    low, high = map(figures.per_cent, first.fraction_interval)
    share = figures.per_cent(first.fraction)
    assert f"{titled(first.setting)} {share} [{low}, {high}]" in drawing.description
    assert drawing.caption.startswith("a switched towards b. ")
    assert "Bonferroni" in drawing.caption


@pytest.mark.slow
def test_the_waterfall_ends_where_the_closing_ends(additive, noisy):
    digits = parsed(figures.waterfall(additive[1]))
    last = additive[1].steps[-1]
    assert digits.description.endswith(f"{titled(last.setting)} {last.digits:.1f}.")
    assert "no smaller set does" in digits.caption
    closing = noisy[1]
    signed = parsed(figures.waterfall(closing, signed=True))
    assert figures.amount(closing.gap) in texts(signed.wide)
    assert "difference of accuracy" in texts(signed.wide)


def test_nothing_is_drawn_of_nothing():
    agree = attribute(deterministic(np.zeros(8)), GapTerms(floor=1e-8))
    assert figures.shares(agree) is None
    assert figures.heat_map(agree) is None
    game = deterministic(np.zeros(8))
    assert figures.waterfall(close(game, at_floor(1e-8), {})) is None


def test_the_heat_map_names_what_works_together():
    game = deterministic(games.unanimity(3, [0, 1], 0.4))
    found = attribute(game, GapTerms(floor=1e-8))
    drawing = parsed(figures.heat_map(found))
    named = ("ridge penalty (penalty.l2)", "scaling of the features (features.standardize)")
    assert drawing.description in (
        f"Notable interactions: {' and '.join(both)} 100.0 %." for both in (named, named[::-1])
    )
    assert texts(drawing.wide).count("50.0 %") == 2
    one = attribute(deterministic(games.additive([0.3, 0.0, 0.0])), GapTerms(floor=1e-8))
    assert figures.heat_map(one) is None


def test_every_colour_follows_the_scheme(additive, noisy):
    light = {value for value, _ in COLOURS.values()}
    for drawing in (figures.shares(noisy[0]), figures.waterfall(additive[1]), figures.heat_map(noisy[0])):
        for svg in (drawing.wide, drawing.narrow):
            fixed = set(re.findall(r"(?<!,)#[0-9a-f]{6}\b", svg))
            assert not fixed & light
            assert fixed <= {"#000000", "#ffffff"}, fixed


@pytest.mark.parametrize(
    ("share", "said"),
    [(None, "–"), (0.0, "0"), (0.99997, "> 99.9 %"), (1.0, "100.0 %"), (-0.031, "−3.1 %"), (1e-5, "< 0.1 %")],
)
def test_a_share_below_one_is_not_written_as_all_of_it(share, said):
    assert figures.per_cent(share) == said


@pytest.mark.slow
def test_the_path_tells_both_ends():
    left = path.SolverPath("a", (1, 2, 4), (1.0, 1.5, 1.9), (0.5, 0.2, 1e-6), np.array([2.0, 0.0]))
    right = path.SolverPath("b", (1, 2), (3.0, 4.0), (0.3, 1e-9), np.array([4.0, 0.0]))
    drawing = parsed(path.figure(left, right))
    assert "a: the distance goes from 0.5 after 1 to 1e-06 after 4 iterations" in drawing.description
    assert "distance of the two optima" in texts(drawing.wide)
    growing = parsed(path.figure(left, path.SolverPath("b", (1, 2), (3.0, 9.0), (np.nan, np.nan), None)))
    assert "b: the coefficients' length goes from 3 after 1 to 9 after 2" in growing.description
    assert path.figure(None, None) is None
