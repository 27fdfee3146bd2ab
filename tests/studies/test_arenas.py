"""The study ``arenas``: who leads, its rules on constructed accuracies, its tables, and the whole of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from crossframe.claims.claim import Verdict
from crossframe.cli.main import main
from crossframe.data import DESIGNS
from crossframe.studies.arenas import answer, figures, jobs, tables
from crossframe.studies.arenas.claims import CLAIMS, Measured, averaged, beyond_zero_one, judged
from crossframe.studies.arenas.jobs import CNN, LEEKASSO, LOGISTIC, MLP, Arena
from crossframe.studies.arenas.leads import count, leads

HOLDS, PARTLY, FAILS, OPEN = Verdict.HOLDS, Verdict.PARTLY, Verdict.FAILS, Verdict.OPEN
DRAWS = 8


def arena(
    score: Callable[[str, int], float], spread: float = 0.002, sizes: tuple[int, ...] = (10, 100),
    names: tuple[str, ...] = tuple(jobs.TITLES), seed: int = 0,
) -> Arena:  # fmt: skip
    """Accuracies that lie around ``score(name, n)``."""
    rng = np.random.default_rng(seed)
    scores = {(k, n): score(k, n) + spread * rng.normal(size=DRAWS) for k in names for n in sizes}
    return Arena("made up", dict.fromkeys(sizes, 0.01), scores)


def every_pair(score: Callable[[str, int], float], spread: float = 0.002) -> dict[tuple[int, int], Arena]:
    return {pair: arena(score, spread, seed=k) for k, pair in enumerate(jobs.PAIRS)}


def crossing(name: str, n: int) -> float:
    """Linear models lead at 10 and nets at 100; logistic regression and the CNN within their sort."""
    best = {LOGISTIC: 0.01, CNN: 0.01}.get(name, 0.0)
    return 0.8 + best + (0.05 if (name in jobs.NETS) is (n > 10) else 0.0)


def measured(score: Callable[[str, int], float] = crossing, spread: float = 0.002) -> Measured:
    pairs = every_pair(score, spread)
    linear = (LOGISTIC, LEEKASSO, MLP)
    table = arena(lambda name, n: 0.9 if name in jobs.LINEAR else 0.8, sizes=(10, 100), names=linear)
    return Measured(pairs, leads(pairs), arena(score, spread, (10, 100, 300)), table, table)


def test_the_leader_is_compared_with_the_other_sort() -> None:
    lead = leads({(0, 1): arena(crossing)})
    assert (lead[(0, 1), 10].leader, lead[(0, 1), 100].leader) == (LOGISTIC, CNN)
    assert lead[(0, 1), 10].rival in jobs.NETS
    assert lead[(0, 1), 10].surely
    assert not lead[(0, 1), 10].net
    tie = leads({(0, 1): arena(lambda name, n: 0.8 + 0.05 * (name != LEEKASSO), 0.02, seed=1)})
    assert not any(each.surely for each in tie.values())


def test_of_pairs_without_a_difference_hardly_any_leads_surely() -> None:
    same = leads(every_pair(lambda name, n: 0.9, 0.02))
    assert sum(lead.surely for lead in same.values()) <= 1
    assert len(same) == 90


def test_a_sure_lead_has_an_interval_that_says_so() -> None:
    mixed = every_pair(lambda name, n: 0.8 + (0.015 if name in jobs.NETS else 0.0), 0.01)
    made = leads(mixed)
    assert 0 < sum(lead.surely for lead in made.values()) < 90
    for lead in made.values():
        assert lead.surely is (lead.gap.low > 0)
    assert len({lead.gap.level for lead in made.values()}) == 1


def test_means_over_pairs_are_taken_draw_by_draw() -> None:
    pairs = {pair: arena(lambda name, n: 0.8, 0.0) for pair in jobs.PAIRS}
    wave = np.linspace(-0.1, 0.1, DRAWS)
    for k, each in enumerate(pairs.values()):
        each.scores[MLP, 10][:] += 0.02 + wave * (1 if k % 2 else -1)
    gaps = averaged(pairs, MLP, LOGISTIC)
    assert gaps[10].value == pytest.approx(0.02)
    # One pair of 45 is left over of the waves, which are opposite in every two.
    assert gaps[10].high - gaps[10].low < 0.02
    assert set(gaps) == {10, 100}
    del pairs[4, 9].scores[MLP, 100]  # type: ignore[attr-defined]
    assert set(averaged(pairs, MLP, LOGISTIC)) == {10}


def test_zero_and_one_against_the_others() -> None:
    pairs = every_pair(crossing)
    pairs[0, 1] = arena(lambda name, n: crossing(name, n) + 0.03 * (name == MLP))
    gaps = beyond_zero_one(pairs)
    assert all(gap.value == pytest.approx(-0.03, abs=0.005) for gap in gaps.values())


def test_every_claim_has_a_finding_and_the_page_an_answer() -> None:
    m = measured()
    findings = judged(m)
    assert [f.claim.key for f in findings] == list(CLAIMS)
    verdicts = {f.claim.key: f.verdict for f in findings}
    assert verdicts == {
        "ten-pixels": PARTLY, "all-pixels": PARTLY, "convolution": HOLDS, "zero-one": HOLDS,
        "linear-at-ten": HOLDS, "nets-at-most": HOLDS, "suffice": HOLDS, "wide": HOLDS, "plain": HOLDS,
    }  # fmt: skip
    assert next(f for f in findings if f.claim.key == "all-pixels").where == "for MLP (n = 100)"
    assert (count(m.leads, 10, net=False), count(m.leads, 100, net=True)) == (45, 45)
    words = answer.sentences(m, findings)
    assert "the MLP surely beats logistic regression at n = 100, the largest" in words[0]
    assert "at n = 10 a net on 0 (surely on 0) and a linear model on 45 (surely on 45)" in words[1]


def test_the_other_way_round_every_claim_is_refuted() -> None:
    turned = measured(lambda name, n: crossing(name, 110 - n) - 0.02 * (name == CNN))
    verdicts = {f.claim.key: f.verdict for f in judged(turned)}
    assert verdicts["linear-at-ten"] is verdicts["nets-at-most"] is verdicts["suffice"] is FAILS
    assert verdicts["convolution"] is FAILS


def test_without_a_framework_every_claim_is_not_run() -> None:
    nothing = Arena("", {}, {})
    m = Measured({}, {}, nothing, nothing, nothing)
    assert {f.verdict for f in judged(m)} == {Verdict.NOT_RUN}
    assert answer.sentences(m, judged(m)) == figures.parts(m) == ()


def test_the_cnn_makes_two_hundred_updates_or_ten_epochs() -> None:
    assert [jobs.epochs(n) for n in (10, 30, 100, 300, 1000)] == [200, 200, 50, 20, 10]


def test_the_two_tables() -> None:
    wide, plain = tables.wide(), tables.plain()
    assert (wide.X.shape, plain.X.shape) == ((569, 495), (442, 10))
    assert wide.X.shape[1] > DESIGNS["stratified"].pool_size(wide)
    at = wide.names.index("mean radius * mean texture")
    assert (wide.X[:, at] == wide.X[:, 0] * wide.X[:, 1]).all()
    assert len(set(wide.names)) == 495
    assert abs(plain.y.mean() - 0.5) < 0.01


@pytest.mark.slow
def test_the_whole_study(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On three pairs of digits with few draws: what was stored is not made again."""
    monkeypatch.setattr(jobs, "PAIRS", ((0, 1), (3, 5), (4, 9)))
    monkeypatch.setattr(jobs, "DRAWS", {"paper": {10: 2, 40: 3}})
    monkeypatch.setattr(jobs, "DEPTH", {"paper": {10: 2, 40: 3, 100: 2}})
    monkeypatch.setattr(jobs, "TABLE", {"paper": ((10, 30), 3)})
    command = ["study", "arenas", "--scale", "paper", "--json", "--store", str(tmp_path / "s")]
    for computed in (106, 0):
        assert main([*command, "--report", str(tmp_path)]) == 0
        (result,) = json.loads(capsys.readouterr().out)
        assert result["computed"] == computed
    assert [f["key"] for f in result["findings"]] == list(CLAIMS)
    assert "not run" not in {f["verdict"] for f in result["findings"]}
    assert (tmp_path / "figures" / "map.svg").is_file()
    assert "these change its accuracy by" in (tmp_path / "README.md").read_text()
