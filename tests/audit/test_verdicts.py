"""The suspicions of 2017: data, rule and page; and h2o's real fits on the bundled digits."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from crossframe.audit import verdicts as subject
from crossframe.audit.effects import SwitchEffect, judge, label, meaning, why
from crossframe.audit.suspicion import Role, Suspicion
from crossframe.audit.suspicions import CONTEXT, SUSPICIONS
from crossframe.audit.verdicts import CheckedSuspicion, Verdicts
from crossframe.claims.setting_effect import ENOUGH, EQUAL, SettingEffect
from crossframe.core.errors import UsageError
from crossframe.experiment.spec import parse

RATE = SUSPICIONS[0]


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    """scikit-learn alone."""
    store = tmp_path_factory.mktemp("quick") / "store.sqlite"
    return subject.run(dataset="digits", draws=2, n=[10], store=store, engines=["sklearn"])


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verdicts]:
    """h2o and scikit-learn on two samples of ten digits; R and Keras left out."""
    folder = tmp_path_factory.mktemp("verdicts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        yield subject.run(
            dataset="digits", draws=2, n=[10], store=folder / "store.sqlite", engines=["h2o", "sklearn"]
        )


def found(verdicts: Verdicts, key: str) -> CheckedSuspicion:
    return next(f for f in verdicts.suspicions if f.suspicion.key == key)


def effects(of: CheckedSuspicion, change: str, role: Role) -> list[SwitchEffect]:
    return [e for e in of.effects if e.switch == change and e.role is role]


def parameter(of: CheckedSuspicion, name: str) -> dict[str, Any]:
    return next(p for p in of.in_force["parameters"] if p["name"] == name)


@pytest.mark.parametrize("suspicion", SUSPICIONS, ids=lambda s: s.key)
def test_every_experiment_is_one_that_compare_can_run(suspicion: Suspicion) -> None:
    assert [s.role for s in suspicion.switches].count(Role.DECIDES) == 1
    for switch in suspicion.switches:
        right, left = parse(switch.right(suspicion.contestant)), parse(switch.left(suspicion.contestant))
        assert (left.name == right.name) is switch.same_fit
        proofs = [s for s in suspicion.switches if s.role is Role.PROOF]
        controls = [s.change for s in suspicion.switches if s.role is Role.CONTROL]
        assert all(proof.change in controls for proof in proofs)


def test_the_published_contestants_are_those_of_compare() -> None:
    assert all(parse(name).origin for name in CONTEXT)


@pytest.mark.slow
def test_the_rate_is_inert_and_changing_it_changes_no_bit(measured: Verdicts) -> None:
    rate = found(measured, "rate")
    assert rate.verdict is SettingEffect.UNUSED
    assert all(e.identical for e in effects(rate, "rate=0.5", Role.PROOF))
    assert parameter(rate, "rate")["effective"] == parameter(rate, "rate")["declared"] == 0.005
    assert not parameter(rate, "rate")["active"]
    assert "adaptive_rate" in parameter(rate, "rate")["rule"]
    assert "2 of 2 pairs" in rate.why


@pytest.mark.slow
def test_adadelta_is_in_force_with_its_constants(measured: Verdicts) -> None:
    rate = found(measured, "rate")
    shown = {name: parameter(rate, name) for name in ("adaptive_rate", "rho", "epsilon")}
    assert {name: p["effective"] for name, p in shown.items()} == {
        "adaptive_rate": True, "rho": 0.99, "epsilon": 1e-8,
    }  # fmt: skip
    assert all(p["active"] for p in shown.values())
    for change in ("rho=0.9", "epsilon=1e-06"):
        assert [e.identical for e in effects(rate, change, Role.BITS)] == [False]


@pytest.mark.slow
def test_elastic_averaging_is_off(measured: Verdicts) -> None:
    elastic = found(measured, "elastic-averaging")
    assert elastic.verdict is SettingEffect.UNUSED
    assert parameter(elastic, "elastic_averaging")["effective"] is False
    assert not parameter(elastic, "elastic_averaging_moving_rate")["active"]
    proof = effects(elastic, "elastic_averaging_moving_rate=0.1", Role.PROOF)
    assert [e.identical for e in proof] == [True]


@pytest.mark.slow
def test_elastic_averaging_would_change_no_bit_of_a_net_that_stops_at_once(measured: Verdicts) -> None:
    on = effects(found(measured, "elastic-averaging"), "elastic_averaging=true", Role.BITS)
    assert [e.identical for e in on] == [True]


@pytest.mark.slow
def test_where_training_goes_on_elastic_averaging_and_its_constant_act(measured: Verdicts) -> None:
    elastic = found(measured, "elastic-averaging")
    for change in ("elastic_averaging=true", "elastic_averaging_moving_rate=0.1"):
        assert [e.identical for e in effects(elastic, change, Role.CONTROL)] == [False]


@pytest.mark.slow
def test_where_the_rate_is_in_use_it_acts(measured: Verdicts) -> None:
    assert [e.identical for e in effects(found(measured, "rate"), "rate=0.5", Role.CONTROL)] == [False]


@pytest.mark.slow
def test_more_epochs_are_run_only_without_the_early_stop(measured: Verdicts) -> None:
    epochs = found(measured, "epochs")
    assert [e.identical for e in effects(epochs, "epochs=200", Role.BITS)] == [True]
    assert [e.draws for e in effects(epochs, "epochs=100,classification_stop=-1", Role.DECIDES)] == [2]
    assert measured.run["draws_few"] == {"h2o": 2}


@pytest.mark.slow
def test_the_rule_that_ended_training_is_named_and_in_force(measured: Verdicts) -> None:
    epochs = found(measured, "epochs")
    (fits,) = epochs.in_force["fits"]
    assert fits["ending"] == {"classification_stop": 2}
    assert fits["epochs"] < fits["epochs_asked"] == 20
    assert [e.identical for e in effects(epochs, "classification_stop=-1", Role.BITS)] == [False]


@pytest.mark.slow
def test_the_threshold_is_judged_on_the_same_fits(measured: Verdicts) -> None:
    (effect,) = found(measured, "threshold").effects
    assert effect.left == effect.right == "leek.h2o.mlp"
    # Same scores on both sides, so that only the own labels of the published side can differ.
    assert effect.half == 0
    assert effect.draws == 2


def test_what_was_left_out_is_not_checked_and_says_so(quick: Verdicts) -> None:
    for key, engine in (("decay", "keras"), ("glm", "r"), ("rate", "h2o")):
        assert found(quick, key).verdict is SettingEffect.NOT_CHECKED
        assert found(quick, key).why == f"{engine} missing: it was not requested"
    assert found(quick, "intercept").verdict is not SettingEffect.NOT_CHECKED


def test_json_is_plain_and_complete(quick: Verdicts) -> None:
    plain = json.loads(json.dumps(quick.to_dict(), allow_nan=False))
    assert (plain["schema"], plain["kind"]) == (1, "crossframe-verdicts")
    assert [s["id"] for s in plain["suspicions"]] == [s.key for s in SUSPICIONS]
    experiment = next(s["experiments"][0] for s in plain["suspicions"] if s["experiments"])
    assert {"switch", "n", "draws", "effect", "low", "high", "identical"} <= set(experiment)
    assert set(plain["suspicions"][0]) >= {"suspicion", "in_force", "verdict", "why"}


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on")], attrs
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]


@pytest.mark.slow
def test_the_page_is_complete_and_shows_markup_as_text(measured: Verdicts, tmp_path: Path) -> None:
    clean = _Tags()
    clean.feed(measured.write(tmp_path / "clean").read_text())
    evil = "</p><script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1)) **b** `c` | d"
    first = measured.suspicions[0]
    parameters = [{**p, "rule": evil, "effective": evil} for p in first.in_force["parameters"]]
    fits = [{**f, "ending": {evil: 1}, "example": evil} for f in first.in_force["fits"]]
    run = {
        **measured.run,
        "dataset": {**measured.run["dataset"], "source": evil},
        "missing": dict.fromkeys(measured.run["missing"], evil),
    }
    worse = replace(first, why=evil, in_force={"parameters": parameters, "fits": fits})
    hostile = replace(measured, run=run, suspicions=(worse, *measured.suspicions[1:]))
    page = hostile.write(tmp_path / "page")
    seen = _Tags()
    seen.feed(page.read_text())
    # Where a line may end within a word depends on the words.
    assert [t for t in seen.tags if t != "wbr"] == [t for t in clean.tags if t != "wbr"]
    # Nothing is fetched: links lead to sections of the page or to documents.
    assert all(a.startswith(("#", "https://")) for a in seen.addresses)
    twin = (page.parent / "README.md").read_text()
    assert "<script" not in twin
    assert "<img" not in twin
    assert "[x](javascript" not in twin
    assert {p.name for p in page.parent.iterdir()} == {
        "README.md", "figures", "index.html", "tables.csv", "verdicts.json",
    }  # fmt: skip


@pytest.mark.slow
def test_the_page_tells_the_whole_story(measured: Verdicts, tmp_path: Path) -> None:
    page = measured.write(tmp_path).read_text()
    for f in measured.suspicions:
        assert f'<section id="{f.suspicion.key}"' in page
        assert f.verdict.value in page
    assert page.count("<svg") == 2
    assert "simplystatistics.org" in page
    assert "beamandrew.github.io" in page


def effect(
    low: float,
    high: float,
    n: int = 10,
    *,
    draws: int = 20,
    role: Role = Role.DECIDES,
    identical: bool | None = False,
    middle: float | None = None,
) -> SwitchEffect:
    mean = (low + high) / 2 if middle is None else middle
    return SwitchEffect("rate=0.5", role, "l", "r", n, draws, mean, low, high, identical=identical)


UP, DOWN, NIL, OPEN = (0.02, 0.08), (-0.08, -0.02), (-EQUAL, EQUAL), (-0.05, 0.06)


@pytest.mark.parametrize(
    ("intervals", "verdict"),
    [
        ([UP, UP], SettingEffect.HELPS),
        ([UP, OPEN], SettingEffect.HELPS),
        ([DOWN, OPEN], SettingEffect.HURTS),
        ([UP, DOWN], SettingEffect.DEPENDS),
        ([UP, NIL], SettingEffect.DEPENDS),
        ([DOWN, NIL, OPEN], SettingEffect.DEPENDS),
        ([NIL, NIL], SettingEffect.NONE),
        ([NIL, OPEN], SettingEffect.CANNOT_TELL),
        ([OPEN, OPEN], SettingEffect.CANNOT_TELL),
        ([(0.0, 0.08)], SettingEffect.CANNOT_TELL),
        ([], SettingEffect.NOT_CHECKED),
    ],
)
def test_the_rule(intervals: list[tuple[float, float]], verdict: SettingEffect) -> None:
    measured = [effect(*ends, n=10 * k) for k, ends in enumerate(intervals, 1)]
    assert judge(measured) is verdict
    # The framework's word alone decides nothing.
    assert judge(measured, unused="it is not used") is verdict


def test_no_interval_is_no_evidence_unless_many_samples_agree() -> None:
    unmoved = effect(math.nan, math.nan, middle=0.0, draws=ENOUGH)
    assert judge([unmoved]) is SettingEffect.NONE
    assert judge([replace(unmoved, draws=ENOUGH - 1)]) is SettingEffect.CANNOT_TELL
    assert judge([replace(unmoved, effect=0.01)]) is SettingEffect.CANNOT_TELL
    assert judge([replace(unmoved, draws=0)]) is SettingEffect.NOT_CHECKED


def test_unused_needs_the_word_and_the_bits() -> None:
    noise = effect(*OPEN)
    same = effect(math.nan, math.nan, role=Role.PROOF, identical=True, middle=0.0)
    other = replace(same, identical=False)
    assert judge([noise, same], unused="not used") is SettingEffect.UNUSED
    assert judge([noise, same]) is SettingEffect.CANNOT_TELL
    assert judge([noise, same, other], unused="not used") is SettingEffect.CANNOT_TELL
    assert "contradict" in why(RATE, [noise, same, other], SettingEffect.CANNOT_TELL, "not used")
    assert "contradict" not in why(RATE, [noise, same], SettingEffect.UNUSED, "not used")


def test_a_proof_without_power_proves_nothing() -> None:
    noise = effect(*OPEN)
    same = effect(math.nan, math.nan, role=Role.PROOF, identical=True, middle=0.0)
    acts = replace(same, role=Role.CONTROL, identical=False)
    assert judge([noise, same, acts], unused="not used") is SettingEffect.UNUSED
    for unknown in (True, None):
        idle = replace(acts, identical=unknown)
        assert judge([noise, same, acts, idle], unused="not used") is SettingEffect.CANNOT_TELL
        assert "no power" in why(RATE, [noise, same, idle], SettingEffect.CANNOT_TELL, "not used")


def test_an_effect_of_the_threshold_is_no_effect_of_the_training() -> None:
    turned = replace(effect(*DOWN, n=80), half=0.006, half_low=0.002, half_high=0.01)
    assert judge([effect(*OPEN), turned]) is SettingEffect.THRESHOLD
    assert "threshold at n = 80 (−0.050 [−0.080, −0.020], but +0.006" in why(
        RATE, [turned], SettingEffect.THRESHOLD, ""
    )
    # It counts as open where another size is sure, and where the sign stays it is an effect.
    assert judge([effect(*UP), turned]) is SettingEffect.HELPS
    assert judge([replace(turned, half=-0.01, half_low=-0.02, half_high=-0.001)]) is SettingEffect.HURTS
    # The same fits at another threshold: the threshold is what is judged.
    assert judge([replace(effect(*UP), left="l", right="l", half=0.0)]) is SettingEffect.HELPS


def test_borne_out_and_refuted_are_said_of_the_sure_sizes_only() -> None:
    measured = [effect(*UP, n=10), effect(*OPEN, n=20), effect(*DOWN, n=40)]
    assert meaning(measured, judge(measured)) == (
        "The suspicion is borne out at n = 10, refuted at n = 40, open at n = 20."
    )
    assert (
        meaning(measured[:2], SettingEffect.HELPS) == "The suspicion is borne out at n = 10, open at n = 20."
    )


def test_the_reason_attributes_nothing_to_an_interval_that_contains_0() -> None:
    words = why(RATE, [effect(*UP, n=10), effect(*OPEN, n=80)], SettingEffect.HELPS, "")
    assert "more accurate at n = 10 (+0.050 [+0.020, +0.080]);" in words
    assert "not distinguishable from 0 at n = 80 (+0.005 [−0.050, +0.060])." in words
    assert (
        label([effect(*UP, n=10), effect(*OPEN, n=80)], SettingEffect.HELPS)
        == "helps at n = 10, open elsewhere"
    )
    assert label([effect(*UP, n=10), effect(*UP, n=80)], SettingEffect.HELPS) == "helps"


def test_the_reason_tells_what_the_threshold_hides() -> None:
    hidden = replace(effect(*OPEN), half=0.12, half_low=0.01, half_high=0.23)
    words = why(RATE, [hidden], SettingEffect.CANNOT_TELL, "")
    assert words.endswith(
        "With the labels of both cut at 0.5: more accurate at n = 10 (+0.120 [+0.010, +0.230])."
    )
    shown = replace(effect(*UP), half=0.12, half_low=0.01, half_high=0.23)
    assert "0.5:" not in why(RATE, [shown], SettingEffect.HELPS, "").replace("With rate=0.5:", "")


def test_an_end_that_is_not_0_is_not_written_as_0() -> None:
    assert effect(0.0002, 0.018).words() == "+0.0091 [+0.0002, +0.0180]"
    assert effect(-0.01, 0.018).words() == "+0.004 [−0.010, +0.018]"


def test_what_cannot_be_run_is_refused_before_anything_is_run() -> None:
    with pytest.raises(UsageError, match="unknown engine"):
        subject.run(engines=["matlab"])
    with pytest.raises(UsageError, match="no interval"):
        subject.run(draws=1)


def test_the_committed_verdicts_make_their_page_again(tmp_path: Path) -> None:
    committed = Path(__file__).parents[2] / "reports/suspicions-2017"
    read = subject.read(committed / "verdicts.json")
    read.write(tmp_path)
    for name in ("verdicts.json", "README.md"):
        assert (tmp_path / name).read_bytes() == (committed / name).read_bytes()
