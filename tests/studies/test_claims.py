"""Rules that make verdicts of effects and of cells, findings and their words."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from crossframe.claims import judge
from crossframe.claims.claim import Claim, Effect, Finding, Mark, Source, Verdict, untested
from crossframe.core.errors import UsageError
from crossframe.core.statistics import Interval, bonferroni, corrected_mean
from crossframe.studies.api import study
from crossframe.studies.catalogue import STUDIES

HOLDS, FAILS, OPEN = Verdict.HOLDS, Verdict.FAILS, Verdict.OPEN
CLAIM = Claim("k", "Water is wet.", Source("Someone 2017"), "wetness", "wetness of at least 1", "2026-11-21")
NONE = Interval(0.0)


def interval(value: float, half: float) -> Interval:
    return Interval(value, value - half, value + half)


def between(low: float, high: float) -> Interval:
    return Interval((low + high) / 2, low, high)


def test_a_restricted_verdict_says_where() -> None:
    finding = Finding(CLAIM, Verdict.PARTLY, "", Effect.of("x", 1.0), where="in R")
    assert finding.label == "holds only in R"
    assert finding.to_dict()["verdict"] == "holds only in part"
    assert Finding(CLAIM, FAILS, "").label == "does not hold"
    assert Finding(CLAIM, FAILS, "", printed="not reproduced").label == "not reproduced"
    assert untested(CLAIM, "no water").label == "not tested here"


def test_a_replaced_mark_keeps_its_verdict() -> None:
    old = Mark("wetness of at least 2", "2026-11-20", "no liquid is that wet")
    claim = Claim("k", "Water is wet.", CLAIM.source, "wetness", "at least 1", "2026-11-21", (old,))
    made = Finding(claim, HOLDS, "", under_replaced=(FAILS,)).to_dict()
    assert made["replaced"][0]["reason"] == "no liquid is that wet"
    assert made["under_replaced"] == ["does not hold"]


def test_an_effect_is_an_interval_with_a_name() -> None:
    effect = Effect.of("gain", Interval(0.1, 0.05, 0.15, count=7), unit="s")
    assert str(effect) == "gain: 0.1 [0.05, 0.15] s"
    assert str(Effect.of("gain", 0.1, count=3)) == "gain: 0.1"
    assert list(effect.to_dict()) == ["what", "value", "low", "high", "unit", "count", "level"]


def test_an_interval_of_another_level_names_it() -> None:
    one_of_eight = Interval(0.1, 0.05, 0.15, bonferroni(0.95, 8))
    assert str(Effect.of("gain", one_of_eight)) == "gain: 0.1 [0.05, 0.15; 99.4 %]"
    assert judge.in_words(one_of_eight, "+.2f") == "+0.10 [+0.05, +0.15; 99.4 %]"
    assert judge.in_words(interval(0.1, 0.05), "+.2f") == "+0.10 [+0.05, +0.15]"


def test_only_claims_that_an_interval_decides_are_counted() -> None:
    measured = Effect.of("wetness", interval(1.5, 0.1))
    each_seed = replace(CLAIM, by_interval=False)
    findings = [Finding(CLAIM, HOLDS, "", measured), Finding(each_seed, HOLDS, "", measured),
                Finding(CLAIM, HOLDS, "", Effect.of("wetness", 1.5)), Finding(CLAIM, OPEN, "")]  # fmt: skip
    assert judge.with_interval(findings) == 1


def test_a_mark_asked_of_every_seed_is_not_judged_by_an_interval() -> None:
    modules = {entry.module for entry in STUDIES.values()}
    claims = [c for m in modules for c in import_module(f"crossframe.studies.{m}.claims").CLAIMS.values()]
    by_seed = {
        c.key for c in claims if re.search("every( one of ten)? seed", c.mark) and "interval" not in c.mark
    }
    assert {"parity-small", "stocks-few", "curves-conditioned"} <= by_seed
    assert by_seed <= {c.key for c in claims if not c.by_interval}
    # One computation suffices for `rounding`, and `close` tolerates twice its margin.
    assert {"rounding", "one-like-ten", "images-frameworks"} <= {c.key for c in claims if not c.by_interval}
    assert {"flat-best", "ten-pixels", "wells"} <= {c.key for c in claims if c.by_interval}


def test_one_effect_against_a_mark() -> None:
    assert [judge.close(e, 0.01) for e in (
        interval(0.005, 0.01), interval(0.05, 0.01), interval(-0.05, 0.01), interval(0.02, 0.02), NONE
    )] == [HOLDS, FAILS, FAILS, OPEN, OPEN]  # fmt: skip
    assert [judge.above(e, 0, 0.01) for e in (
        interval(0.1, 0.05), interval(-0.1, 0.05), interval(0, 0.005), interval(0.1, 0.2), NONE
    )] == [HOLDS, FAILS, FAILS, OPEN, OPEN]  # fmt: skip
    assert [judge.below(e, 1) for e in (
        between(0, 0.9), between(1.1, 1.5), between(0.1, 1.5), NONE, Interval(0.5), between(-2, 2)
    )] == [HOLDS, FAILS, OPEN, HOLDS, OPEN, OPEN]  # fmt: skip
    assert [judge.between(e, -1, 1) for e in (
        between(-1, 1), between(1.1, 2), between(-2, -1.1), between(0, 2), NONE
    )] == [HOLDS, FAILS, FAILS, OPEN, OPEN]  # fmt: skip
    assert [judge.at_least(e, 1) for e in (between(1, 2), between(0, 0.9), between(0, 1), NONE)] == [
        HOLDS, FAILS, OPEN, OPEN
    ]  # fmt: skip


def test_who_is_ahead_and_not_later_on_does_not_win_from_there() -> None:
    ahead, level = interval(0.1, 0.05), interval(0.1, 0.2)
    assert judge.wins_from({100: ahead, 10: level, 20: ahead}) == 20
    assert judge.wins_from({10: ahead, 20: level, 40: ahead}) == 40
    assert judge.wins_from({10: ahead, 20: ahead, 40: level}) is None
    assert judge.wins_from({10: ahead}) == 10
    assert judge.wins_from({10: ahead, 20: NONE}) is None
    assert judge.wins_from({}) is None


def test_repetitions_and_parts_of_a_mark() -> None:
    assert [judge.every(f) for f in ([True, True], [True, False], [False], [])] == [HOLDS, OPEN, FAILS, OPEN]
    assert judge.conjunction([HOLDS, HOLDS]) is HOLDS
    assert judge.conjunction([HOLDS, OPEN]) is OPEN
    assert judge.conjunction([OPEN, FAILS]) is FAILS


@pytest.mark.parametrize(
    ("cells", "over_cells", "where_settled", "one_refutes"),
    [
        ((HOLDS, HOLDS), HOLDS, HOLDS, HOLDS),
        ((HOLDS, OPEN), OPEN, Verdict.PARTLY, Verdict.PARTLY),
        ((HOLDS, FAILS, OPEN), Verdict.PARTLY, Verdict.PARTLY, Verdict.PARTLY),
        ((FAILS, OPEN), FAILS, OPEN, FAILS),
        ((FAILS, FAILS), FAILS, FAILS, FAILS),
        ((OPEN, OPEN), OPEN, OPEN, OPEN),
        ((), OPEN, OPEN, OPEN),
    ],
)
def test_several_cells(
    cells: tuple[Verdict, ...], over_cells: Verdict, where_settled: Verdict, one_refutes: Verdict
) -> None:
    assert judge.over_cells(cells) is over_cells
    assert judge.where_settled(cells) is where_settled
    assert judge.where_settled(cells, one_refutes=True) is one_refutes


def test_the_words_of_cells() -> None:
    good, bad, open_ = ("R", 20), ("H2O", 20), ("R", 40)
    cells = {good: HOLDS, bad: FAILS, open_: OPEN}
    assert judge.where_it_holds(cells) == "for R (n = 20)"
    assert judge.cells_in_words(cells) == (
        "holds for R (n = 20); does not for H2O (n = 20); open for R (n = 40)"
    )
    assert judge.where_it_holds({good: HOLDS, open_: OPEN}) == ""
    assert judge.restricted({"a": HOLDS, "b": OPEN}, "in", unsettled=True) == "in a; in b it cannot be told"


def test_the_effect_shown_is_one_that_the_verdict_rests_on() -> None:
    effects = {"a": Effect.of("a", 0.1), "b": Effect.of("b", 0.5), "c": Effect.of("c", math.nan)}
    assert judge.decisive(effects, {"a": FAILS, "b": HOLDS, "c": FAILS}) is effects["a"]
    assert judge.decisive(effects, {"a": HOLDS, "b": HOLDS}) is effects["b"]
    assert judge.decisive({}, {}) is None


def test_an_interval_that_does_not_exist_is_explained() -> None:
    flat = corrected_mean(np.full(5, 0.5), 0.0)
    assert judge.in_words(flat, ".2f") == "0.50 (the same every time, no interval)"
    assert judge.in_words(Interval(0.5, count=1), ".2f") == "0.50 (one value)"
    assert judge.in_words(interval(0.9, 0.2), ".2f", 1) == "0.90 [0.70, 1.00]"


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UsageError, match="pixel"):
        study("pixel")
    with pytest.raises(UsageError, match="scale"):
        study("pixels", scale="huge")


def test_every_study_has_the_same_shape() -> None:
    for entry in STUDIES.values():
        assert callable(entry.load().run)
