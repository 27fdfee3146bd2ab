"""The study ``practice``: its rules on made-up numbers, its trainers, and the whole of it."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crossframe.claims.claim import Verdict
from crossframe.cli.main import main
from crossframe.core.types import FloatArray
from crossframe.studies.practice import errors, figures, fooling, jobs, sizes, tuning
from crossframe.studies.practice.claims import BUDGET, CLAIMS
from crossframe.studies.practice.jobs import LOGISTIC, MLP, SIZES, TEN, WIDTHS, Probabilities
from crossframe.studies.practice.trainers.fooling import outputs, slopes

HOLDS, PARTLY, FAILS, OPEN = Verdict.HOLDS, Verdict.PARTLY, Verdict.FAILS, Verdict.OPEN
SEEDS = 5


def noise(size: int | tuple[int, ...] = SEEDS, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).normal(size=size)


def _sizes(slope: float, spread: float = 0.002, framework: str = jobs.KERAS) -> dict[str, Any]:
    """Curves of accuracy that reach .70 at images in proportion to the parameters to the power ``slope``."""
    made = {}
    for k, width in enumerate(WIDTHS):
        parameters = 800.0 * width
        start = np.log(150.0) + slope * np.log(parameters / 25_600)
        curve = 0.70 + 0.1 * (np.log(SIZES)[:, None] - start - spread * noise(seed=k))
        made[f"sizes.{framework}.{width}"] = {"accuracy": curve, "parameters": np.array([parameters])}
    return made


@pytest.mark.parametrize(
    ("slope", "spread", "verdict"), [(0.7, 0.01, HOLDS), (-0.2, 0.01, FAILS), (0.5, 0.3, OPEN)]
)
def test_data_grow_with_the_size_or_do_not(slope: float, spread: float, verdict: Verdict) -> None:
    assert sizes.data_for_size(_sizes(slope, spread)).verdict is verdict


def test_one_framework_can_differ_and_networks_that_fall_short_are_left_out() -> None:
    both = {**_sizes(0.7), **_sizes(-0.2, framework=jobs.SKLEARN)}
    finding = sizes.data_for_size(both)
    assert (finding.verdict, finding.where) == (PARTLY, "in Keras")
    both["sizes.Keras.8"]["accuracy"] = np.full((len(SIZES), SEEDS), 0.5)
    assert "1 network did not get there" in sizes.data_for_size(both).words
    for width in WIDTHS[:3]:
        both[f"sizes.Keras.{width}"]["accuracy"] = np.full((len(SIZES), SEEDS), 0.5)
    few = sizes.data_for_size({k: v for k, v in both.items() if "Keras" in k})
    assert few.verdict is OPEN
    assert few.effect is not None
    assert np.isnan(few.effect.value)


def _classes(slope: float, spread: float) -> dict[str, Any]:
    made = {}
    for k, count in enumerate(jobs.CLASSES):
        start = np.log(8.0) + (slope - 1) * np.log(count / 5) + spread * noise(seed=k)
        made[f"classes.{count}"] = {"accuracy": 0.8 + 0.1 * (np.log(jobs.EACH)[:, None] - start)}
    return made


@pytest.mark.parametrize(
    ("slope", "spread", "verdict"), [(1.0, 0.05, HOLDS), (1.8, 0.05, FAILS), (1.5, 0.5, OPEN)]
)
def test_data_grow_with_the_classes_or_do_not(slope: float, spread: float, verdict: Verdict) -> None:
    finding = sizes.data_for_complexity(_classes(slope, spread))
    assert finding.verdict is verdict
    if verdict is HOLDS:
        assert finding.effect is not None
        assert finding.effect.value == pytest.approx(slope, abs=0.1)


def test_the_images_needed_lie_between_two_sizes() -> None:
    curve = np.array([0.5, 0.6, 0.65, 0.75, 0.8, 0.9])[:, None]
    assert sizes.needed(curve)[0] == pytest.approx(np.sqrt(100 * 200))
    assert sizes.needed(curve + 0.5)[0] == SIZES[0]
    assert np.isnan(sizes.needed(curve - 0.5)[0])


def _grid(by_optimiser: float, by_architecture: float, spread: float = 0.001) -> dict[str, Any]:
    """Networks whose accuracy differs by so much from optimiser to optimiser and between architectures."""
    made: dict[str, Any] = {}
    for (i, a), (k, o) in itertools.product(enumerate(jobs.ARCHITECTURES), enumerate(jobs.OPTIMISERS)):
        value = 0.8 + by_optimiser * k + by_architecture * i + spread * noise((3, SEEDS), 10 * i + k)
        made[f"tuning.{a}.{o}"] = {"accuracy": value, "validation": value}
    return made


@pytest.mark.parametrize(
    ("effects", "verdict"), [((0.02, 0.005), HOLDS), ((0.005, 0.02), FAILS), ((0.001, 0.001), OPEN)]
)
def test_the_optimiser_matters_as_much_or_does_not(effects: tuple[float, float], verdict: Verdict) -> None:
    assert tuning.optimiser(_grid(*effects, spread=0.003)).verdict is verdict


def test_the_best_of_several_settings_is_the_mean_over_all_sets() -> None:
    tested, chosen = noise((6, 2), 1), noise((6, 2), 2)
    means = tuning.expected(tested, chosen)
    for b, seed in itertools.product((1, 2, 4, 6), (0, 1)):
        sets = itertools.combinations(range(6), b)
        best = [tested[max(s, key=lambda k: chosen[k, seed]), seed] for s in sets]
        assert means[b - 1, seed] == pytest.approx(np.mean(best))


def _searched(net_spread: float, linear: float, noisy: float = 0.001) -> dict[str, Any]:
    """Settings of a network that differ by ``net_spread``, and of a linear model, which is so accurate."""
    made = _grid(net_spread, 0.0)
    value = linear + 0.001 * np.arange(BUDGET)[:, None] + noisy * noise((1, SEEDS), 3)
    return {**made, "tuning.linear": {"accuracy": value, "validation": value}}


def test_a_search_pays_for_the_network_or_does_not() -> None:
    wide = _searched(0.05, 0.9)
    assert tuning.search(wide).verdict is HOLDS
    assert tuning.low_budget(wide).verdict is HOLDS
    assert "from a budget of" in tuning.low_budget(wide).words
    # Ahead at some budgets and overtaken at the last ones: the network leads from none on.
    late = wide["tuning.linear"] = {k: v.copy() for k, v in wide["tuning.linear"].items()}
    late["accuracy"][-1] = late["validation"][-1] = 0.97
    passing = tuning.curves(wide)
    assert (passing[tuning.LINEAR][4] + 0.005 < passing[tuning.NET][4]).all()
    assert "from a budget of" not in tuning.low_budget(wide).words
    narrow = _searched(0.0, 0.7)
    assert tuning.search(narrow).verdict is FAILS
    assert tuning.low_budget(narrow).verdict is FAILS
    assert tuning.low_budget(_searched(0.0, 0.8, 0.05)).verdict is OPEN


def _probabilities(net: tuple[float, float], linear: tuple[float, float], draws: int = 20) -> Probabilities:
    """Probabilities so far off in the mean, with such a standard deviation over draws."""
    truth = np.tile([0, 1], 50)
    scores = {}
    for k, (name, (off, sd)) in enumerate(((MLP, net), (LOGISTIC, linear), (TEN, linear))):
        for n in jobs.ERROR_SIZES:
            scores[name, n] = np.abs(truth - off) + sd * noise((draws, len(truth)), 100 * k + n)
    return Probabilities(truth, scores)


def test_bias_and_variance_add_up_and_are_those_that_were_put_in() -> None:
    made = _probabilities((0.2, 0.1), (0.3, 0.05), draws=400)
    scores = made.scores[MLP, 20]
    squared = np.mean((scores - made.truth) ** 2)
    parts = errors.bias(scores, made.truth), errors.variance(scores, made.truth)
    assert parts == pytest.approx((0.04, 0.01), rel=0.02)
    assert sum(parts) == pytest.approx(squared, rel=1e-12)


def test_bias_and_variance_are_compared_draw_by_draw() -> None:
    textbook = _probabilities((0.2, 0.2), (0.3, 0.1))
    assert errors.finding(textbook, "net-variance").verdict is HOLDS
    assert errors.finding(textbook, "net-bias").verdict is HOLDS
    turned = _probabilities((0.3, 0.1), (0.2, 0.2))
    assert errors.finding(turned, "net-variance").verdict is FAILS
    assert errors.finding(turned, "net-bias").verdict is FAILS
    # A draw without a fit is left out of both.
    textbook.scores[LOGISTIC, 20][3] = np.nan
    assert errors.finding(textbook, "net-variance").verdict is HOLDS
    alike = _probabilities((0.2, 0.1), (0.2, 0.1), draws=4)
    assert errors.finding(alike, "net-bias").verdict is OPEN


def _fooled(network: float, linear: float, certain: list[float], spread: float = 0.02) -> dict[str, Any]:
    shares = {"network": network, "linear": linear}
    arrays = {k: v + spread * noise((len(jobs.BOUNDS), SEEDS), i) for i, (k, v) in enumerate(shares.items())}
    scores = {"accuracy": np.full(SEEDS, 0.9), "linear_accuracy": np.full(SEEDS, 0.85)}
    return {"fooled": {**arrays, **scores, "noise": np.array(certain)}}


def test_images_that_fool() -> None:
    easy = _fooled(0.8, 0.3, [1.0, 0.95])
    assert [f(easy).verdict for f in (fooling.imperceptible, fooling.linear, fooling.noise)] == [HOLDS] * 3
    hard = _fooled(0.2, 0.4, [0.5, 0.1])
    assert [f(hard).verdict for f in (fooling.imperceptible, fooling.linear, fooling.noise)] == [FAILS] * 3
    unsure = _fooled(0.5, 0.45, [1.0, 0.1], spread=0.1)
    assert [f(unsure).verdict for f in (fooling.imperceptible, fooling.linear, fooling.noise)] == [OPEN] * 3


def test_slopes_are_quotients_of_differences() -> None:
    layers = [(noise((4, 6), 1), noise(6, 2)), (noise((6, 3), 3), noise(3, 4))]
    X, y = noise((5, 4), 5), np.array([0, 1, 2, 0, 1])
    logs, slope = slopes(layers, X, y)
    scores = outputs(layers, X)
    right = scores[np.arange(5), y]
    assert logs == pytest.approx(right - np.log(np.exp(scores).sum(axis=1)))
    for k in range(4):
        moved = X.copy()
        moved[:, k] += 1e-6
        assert (slopes(layers, moved, y)[0] - logs) / 1e-6 == pytest.approx(slope[:, k], abs=1e-4)


def test_without_a_framework_every_claim_is_not_run() -> None:
    nothing = Probabilities(np.array([0, 1]), {})
    computed = (sizes.data_for_size, sizes.data_for_complexity, tuning.optimiser, tuning.search,
                tuning.low_budget, fooling.imperceptible, fooling.linear, fooling.noise)  # fmt: skip
    findings = [judge({}) for judge in computed] + [errors.finding(nothing, key) for key in ("net-bias",)]
    assert {f.verdict for f in findings} == {Verdict.NOT_RUN}
    assert figures.parts({}, nothing) == ()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_whole_study(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the quick scale decides, with every framework that takes part."""
    command = ["study", "practice", "--json", "--store", str(tmp_path / "s"), "--report", str(tmp_path)]
    assert main(command) == 0
    (result,) = json.loads(capsys.readouterr().out)
    verdicts = {f["key"]: f["verdict"] for f in result["findings"]}
    assert list(verdicts) == list(CLAIMS)
    assert "not run" not in verdicts.values()
    assert verdicts["data-for-size"] == "does not hold"
    assert verdicts["noise-images"] == "holds"
    page = (tmp_path / "README.md").read_text()
    for part in ("Data needed by", "Optimiser and architecture", "budget of a search", "Bias and", "Fooling"):
        assert part in page
    assert (tmp_path / "figures" / "sizes.svg").exists()
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)[0]["computed"] == 0
