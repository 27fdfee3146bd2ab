"""Verdicts on constructed tables: intervals decide, and what is missing is said."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest

from crossframe.claims import accuracies, beam, conduct, leek, original, replications
from crossframe.claims.claim import REPLICATION, Effect, Verdict
from crossframe.claims.original import Point
from crossframe.claims.setting_effect import EQUAL, Direction, SettingEffect, direction, judge
from crossframe.core.statistics import Interval
from crossframe.core.text import condense
from crossframe.experiment.view import View
from crossframe.frameworks.contract import Status


@dataclass
class Tables:
    run: dict[str, Any]
    contestants: list[dict[str, Any]]
    cells: pd.DataFrame
    summary: pd.DataFrame
    pairs: pd.DataFrame


def tables(
    accuracy: dict[str, dict[int, tuple[float, float, float]]],
    gaps: dict[tuple[str, str], dict[int, tuple[float, float, float]]] | None = None,
    preset: str | None = None,
    **columns: Any,
) -> Tables:
    """``accuracy[name][n]`` and ``gaps[left, right][n]`` are (mean, low, high)."""
    sizes = sorted({n for by_n in accuracy.values() for n in by_n})
    contestants = [
        {"name": m, "title": m, "family": "network", "engine": "keras", "effective": {}, "inert": {}}
        for m in accuracy
    ]
    summary = [
        {"contestant": m, "n": n, "accuracy_mean": mean, "accuracy_low": low, "accuracy_high": high,
         "epochs": math.nan, "epochs_asked": math.nan, "updates": math.nan, **columns}
        for m, by_n in accuracy.items() for n, (mean, low, high) in by_n.items()
    ]  # fmt: skip
    pairs = [
        {"left": a, "right": b, "n": n, "difference": mean, "low": low, "high": high, "alike": 0.99,
         "coef_distance": columns.get("distance", math.nan)}
        for (a, b), by_n in (gaps or {}).items() for n, (mean, low, high) in by_n.items()
    ]  # fmt: skip
    cells = [
        {"contestant": m, "n": n, "status": columns.get("status", "converged"), "convergence": "",
         "evidence": columns.get("said", {}).get(m, []),
         "updates": columns.get("updates", math.nan)}
        for m, by_n in accuracy.items() for n in by_n
    ]  # fmt: skip
    run = {"preset": preset, "sizes": sizes}
    return Tables(run, contestants, pd.DataFrame(cells), pd.DataFrame(summary), pd.DataFrame(pairs))


SOME = {10: (0.9, 0.88, 0.92), 20: (0.95, 0.93, 0.97)}
AB = {"a": SOME, "b": SOME}
AHEAD, BEHIND, OPEN = (0.1, 0.05, 0.15), (-0.1, -0.15, -0.05), (0.1, -0.05, 0.25)


@pytest.mark.parametrize(
    ("at_10", "at_20", "verdict"),
    [
        (AHEAD, AHEAD, Verdict.HOLDS),
        (AHEAD, OPEN, Verdict.PARTLY),
        (AHEAD, BEHIND, Verdict.PARTLY),
        (OPEN, OPEN, Verdict.OPEN),
        (OPEN, BEHIND, Verdict.FAILS),
        ((0.1, math.nan, math.nan), OPEN, Verdict.OPEN),
    ],
)
def test_ahead(at_10: tuple[float, ...], at_20: tuple[float, ...], verdict: Verdict) -> None:
    view = View(tables(AB, {("a", "b"): {10: at_10, 20: at_20}}))  # type: ignore[dict-item]
    judged, words, *_ = accuracies.ahead(view, "a", "b", view.sizes)
    assert judged == verdict
    assert "at n = 10" in words


def test_a_pair_is_turned_round() -> None:
    view = View(tables(AB, {("b", "a"): {10: BEHIND, 20: BEHIND}}))
    judged, words, *_ = accuracies.ahead(view, "a", "b", view.sizes)
    assert judged == Verdict.HOLDS
    assert "+0.100 [+0.050, +0.150]" in words


def test_what_is_missing_is_named() -> None:
    judged, words, *_ = accuracies.ahead(View(tables(AB)), "a", "absent", [10])
    assert judged == Verdict.OPEN
    assert "absent" in words


@pytest.mark.parametrize(
    ("last", "verdict"),
    [
        ((0.0, -0.01, 0.01), Verdict.HOLDS),
        ((0.02, 0.01, 0.03), Verdict.PARTLY),
        ((0.08, 0.02, 0.14), Verdict.FAILS),
        ((0.08, -0.02, 0.18), Verdict.OPEN),
        ((0.08, math.nan, math.nan), Verdict.OPEN),
        ((0.3, 0.2, 0.4), Verdict.FAILS),
    ],
)
def test_narrows(last: tuple[float, float, float], verdict: Verdict) -> None:
    view = View(tables(AB, {("a", "b"): {10: AHEAD, 20: last}}))
    assert accuracies.narrows(view, "a", "b")[0] == verdict


@pytest.mark.parametrize(
    ("level", "verdict"),
    [(0.85, Verdict.HOLDS), (0.925, Verdict.PARTLY), (0.98, Verdict.FAILS)],
)
def test_reaches(level: float, verdict: Verdict) -> None:
    view = View(tables(AB))
    assert accuracies.reaches(view, "a", level, view.sizes)[0] == verdict


@pytest.mark.parametrize(
    ("gap", "verdict"),
    [
        ((0.0, -0.005, 0.005), Verdict.HOLDS),
        ((0.0, -0.05, 0.05), Verdict.OPEN),
        (AHEAD, Verdict.FAILS),
    ],
)
def test_alike(gap: tuple[float, float, float], verdict: Verdict) -> None:
    view = View(tables(AB, {("a", "b"): {10: gap, 20: gap}}))
    assert accuracies.alike(view, "a", "b", view.sizes)[0] == verdict


def test_an_inert_parameter_explains_nothing() -> None:
    made = tables({"leek.h2o.mlp": SOME})
    made.contestants[0] |= {"inert": {"rate": "used only with adaptive_rate=False"},
                            "effective": {"elastic_averaging": False}}  # fmt: skip
    view = View(made)
    assert conduct.in_force(view, "leek.h2o.mlp", "rate")[0] == Verdict.FAILS
    assert conduct.in_force(view, "leek.h2o.mlp", "elastic_averaging", False)[0] == Verdict.FAILS
    assert conduct.in_force(view, "leek.h2o.mlp", "rho")[0] == Verdict.OPEN


def test_updates_are_counted_in_every_fit() -> None:
    view = View(tables({"a": {10: SOME[10], 40: SOME[20]}}, updates=200.0))
    judged, words, *_ = conduct.counted(view, "a", 32, 200)
    assert judged == Verdict.PARTLY
    assert "1 of 2 fits" in words


@pytest.mark.parametrize(
    ("said", "status", "verdict"),
    [
        ({"a": ["fit: w"]}, Status.SEPARATED, Verdict.HOLDS),
        ({"a": ["fit: w"], "b": ["w"]}, Status.SEPARATED, Verdict.PARTLY),
        ({"a": ["predict: w"]}, Status.SEPARATED, Verdict.FAILS),
        ({"a": ["fit: w"]}, Status.CONVERGED, Verdict.OPEN),
    ],
)
def test_warns(said: dict[str, list[str]], status: Status, verdict: Verdict) -> None:
    """Only messages of the fit count, and only where the classes are separated."""
    view = View(tables(AB, said=said, status=str(status)))
    assert conduct.warns(view, "a", "b", "fit: ")[0] == verdict


def test_labels_agree_where_coefficients_do_not() -> None:
    gaps = {("a", "b"): {10: AHEAD}}
    assert conduct.same_labels(View(tables(AB, gaps, distance=1.0)), "a", "b")[0] == Verdict.HOLDS
    assert conduct.same_labels(View(tables(AB, gaps, distance=0.1)), "a", "b")[0] == Verdict.PARTLY
    assert conduct.same_labels(View(tables(AB, gaps)), "a", "b")[0] == Verdict.OPEN


def test_only_the_variant_without_decay_answers_for_it() -> None:
    gaps = {("leek.keras.mlp:decay=0", "leek.keras.mlp"): {10: AHEAD}}
    some = {"leek.keras.mlp": SOME, "leek.keras.mlp:decay=0": SOME}
    assert conduct.without_decay(View(tables(some, gaps)))[0] == Verdict.HOLDS
    other = {"leek.keras.mlp": SOME, "leek.keras.mlp:decay=0,epochs=50": SOME}
    assert conduct.without_decay(View(tables(other)))[0] == Verdict.OPEN


def test_a_published_point_knows_what_it_hides() -> None:
    point = Point(20, 0.943, None, 0.984)
    assert point.contains(0.95) is True
    assert point.contains(0.93) is None
    assert point.contains(0.99) is False
    assert point.contains(0.986) is True  # within the digitisation


def test_measured_means_against_the_published_spread() -> None:
    name = "leek.h2o.mlp"
    as_published = {p.n: (p.mean, p.mean, p.mean) for p in leek.CURVES[name]}
    assert (
        accuracies.inside(View(tables({name: as_published})), name, leek.CURVES[name], 10)[0] == Verdict.HOLDS
    )
    perfect = dict.fromkeys(as_published, (1.0, 1.0, 1.0))
    assert accuracies.inside(View(tables({name: perfect})), name, leek.CURVES[name], 10)[0] == Verdict.FAILS


@pytest.mark.parametrize(("engine", "verdict"), [("reference", Verdict.HOLDS), ("r", Verdict.OPEN)])
def test_only_a_rule_that_learns_nothing_needs_no_interval(engine: str, verdict: Verdict) -> None:
    made = tables({"a": {10: (0.99, math.nan, math.nan)}})
    made.contestants[0]["engine"] = engine
    view = View(made)
    assert accuracies.reaches(view, "a", 0.95, view.sizes)[0] == verdict


@pytest.mark.parametrize("preset", sorted(replications.QUIRKS))
def test_a_preset_without_its_contestants_can_tell_nothing(preset: str) -> None:
    findings = replications.findings(tables(AB, preset=preset))
    assert len(findings) > 5
    assert {f.label for f in findings} == {REPLICATION[Verdict.OPEN]}
    assert all(f.claim.source.name and f.words for f in findings)


def test_no_preset_no_claims() -> None:
    assert replications.findings(tables(AB)) == []


@pytest.mark.parametrize(
    ("gain", "verdict"),
    [(AHEAD, Verdict.HOLDS), (OPEN, Verdict.OPEN), (BEHIND, Verdict.FAILS)],
)
def test_threshold(gain: tuple[float, float, float], verdict: Verdict) -> None:
    mean, low, high = gain
    view = View(tables({"a": SOME}, half_gain=mean, half_gain_low=low, half_gain_high=high))
    assert conduct.threshold(view, "a", view.sizes)[0] == verdict


def test_long_enumerations_are_cut_so_that_messages_can_be_counted() -> None:
    long = "Dropping constant columns: " + ", ".join(f"pixel{i}" for i in range(90))
    assert condense(long) == "Dropping constant columns: pixel0, pixel1, pixel2, …"
    assert condense("constant: a, b, … and 9 more") == condense("constant: a, b, … and 8 more")
    assert condense("one, two, three") == "one, two, three"


def test_a_claim_whose_mark_was_replaced_is_judged_by_both() -> None:
    pair = ("pixel.best", "leekasso.welch.liblinear")
    close = {20: (0.005, -0.005, 0.015)}
    made = tables({name: {20: SOME[20]} for name in pair}, {pair: close}, preset="beam-2017")
    finding = next(f for f in replications.findings(made) if f.claim.key == "one-pixel")
    assert (finding.verdict, finding.under_replaced) == (Verdict.HOLDS, (Verdict.OPEN,))
    with pytest.raises(ValueError, match="every earlier mark needs its rule"):
        original.judged(
            {"one-pixel": finding.claim}, {"one-pixel": lambda view: original.Ruling(Verdict.OPEN, "")}
        )


def test_every_claim_has_its_own_key_and_a_mark_with_its_date() -> None:
    for entries in (leek.CLAIMS, beam.CLAIMS):
        claims = [entry.claim for entry in entries]
        assert len({claim.key for claim in claims}) == len(claims)
        assert all(claim.quantity and claim.mark and claim.fixed for claim in claims)


def size(mean: float, low: float, high: float, count: int = 20) -> Effect:
    return Effect.of("accuracy", Interval(mean, low, high, count=count))


@pytest.mark.parametrize(
    ("effect", "at_half", "expected"),
    [
        (size(*AHEAD), size(*AHEAD), Direction.UP),
        (size(*AHEAD), None, Direction.UP),
        (size(*AHEAD), size(-0.01, -0.02, 0.0), Direction.TURNED),
        (size(*BEHIND), size(*BEHIND), Direction.DOWN),
        (size(0.0, -EQUAL, EQUAL), None, Direction.NONE),
        (size(0.0, math.nan, math.nan), None, Direction.NONE),
        (size(0.0, math.nan, math.nan, count=9), None, Direction.OPEN),
        (size(*OPEN), None, Direction.OPEN),
    ],
)
def test_the_direction_of_a_change_of_accuracy(
    effect: Effect, at_half: Effect | None, expected: Direction
) -> None:
    assert direction(effect, at_half) is expected


@pytest.mark.parametrize(
    ("directions", "expected", "verdict"),
    [
        ((), SettingEffect.NOT_CHECKED, Verdict.NOT_RUN),
        (("up", "open"), SettingEffect.HELPS, Verdict.HOLDS),
        (("down", "open"), SettingEffect.HURTS, Verdict.FAILS),
        (("up", "down"), SettingEffect.DEPENDS, Verdict.PARTLY),
        (("up", "none"), SettingEffect.DEPENDS, Verdict.PARTLY),
        (("turned", "none"), SettingEffect.THRESHOLD, Verdict.OPEN),
        (("open", "none"), SettingEffect.CANNOT_TELL, Verdict.OPEN),
        (("none", "none"), SettingEffect.NONE, Verdict.FAILS),
    ],
)
def test_the_effect_of_a_setting_over_sizes(
    directions: tuple[str, ...], expected: SettingEffect, verdict: Verdict
) -> None:
    found = judge(map(Direction, directions))
    assert found is expected
    assert found.verdict is verdict
    assert judge(map(Direction, directions), unused=True) is SettingEffect.UNUSED
