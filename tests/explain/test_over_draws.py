"""Gaps of accuracy over draws and seeds: real networks and real selections, small."""

from __future__ import annotations

import json

import numpy as np
import pytest

from crossframe.core.errors import UsageError
from crossframe.explain.api import explain
from crossframe.explain.bundles import differing, mixed
from crossframe.explain.explanation import Conclusion
from crossframe.explain.report import document


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("store") / "fits.sqlite"


def over_draws(store, left, right, **more):
    said = []
    found = explain(
        left,
        right,
        store=store,
        on_progress=said.append,
        **{"draws": 5, "design": "stratified"} | more,
    )
    assert found.over_draws
    told = found.to_dict()
    json.dumps(told, allow_nan=False)
    assert document(found).markdown()
    return found, told, said


def test_sides_that_differ_by_their_seed_alone(store):
    sides = (f"beam.sklearn.mlp:random_state={seed},max_iter=3" for seed in (1, 2))
    found, told, _ = over_draws(store, *sides, n=20)
    assert found.verdict is Conclusion.NOISE
    assert told["causes"] == []
    assert told["gap"]["alike"] < 1
    assert found.verdict.exit_code == 0


@pytest.mark.slow
def test_one_side_against_itself(store):
    found, told, _ = over_draws(store, "keras.mlp:epochs=3", "keras.mlp:epochs=3", n=10, draws=2)
    assert found.verdict is Conclusion.AGREE
    assert (told["causes"], told["gap"]["difference"]) == ([], 0.0)


@pytest.mark.slow
def test_the_epochs_of_a_network(store):
    found, told, said = over_draws(store, "beam.sklearn.mlp:max_iter=2", "beam.sklearn.mlp", n=80)
    assert found.verdict is Conclusion.EXPLAINED
    assert [c["setting"] for c in told["causes"]] == ["epochs"]
    (cause,) = told["causes"]
    assert (cause["left"], cause["right"]) == ("2", "200")
    assert cause["interval"] is not None
    assert told["recipe"]["left"]["arguments"]["max_iter"] == 200
    assert told["gap"]["left_after"] == 0
    assert any("2 combinations x 5 draws x 2 seeds = 20 fits" in line for line in said)


@pytest.mark.slow
def test_two_settings_of_a_network_and_one_without_effect(store):
    _, told, _ = over_draws(
        store,
        "beam.sklearn.mlp:max_iter=2,alpha=0.0002,momentum=0.5",
        "beam.sklearn.mlp",
        n=40,
        draws=10,
        metric="logloss",
    )
    shares = {c["setting"]: c["share"] for c in told["causes"]}
    assert shares["epochs"] > 0.9
    assert set(told["closing"]["settings"]) == {"epochs"}
    assert {b["name"] for b in told["bundles"]} == {"epochs", "penalty.l2"}
    assert np.isclose(sum(s["amount"] for s in [*told["causes"], *told["not_attributed"]]),
                      told["attribution"]["before"] - told["attribution"]["after"])  # fmt: skip


@pytest.mark.slow
def test_selection_loss_penalty_and_solver(store):
    found, told, _ = over_draws(store, "leekasso.f.lm", "leekasso.welch.liblinear", n=10, draws=12)
    assert {b["name"] for b in told["bundles"]} >= {"selection.statistic", "link", "penalty.l2"}
    assert {"r.lm", "sklearn.logistic", "the referee"} <= set(told["computed_by"])
    (proof,) = [d for d in found.diagnoses if d.kind == "separation"]
    assert (proof.side, proof.certificate["draws"]) == ("right", 12)
    assert proof.certificate["share"] > 0.5
    assert found.verdict is not Conclusion.AGREE


@pytest.mark.slow
def test_least_squares_against_logistic_regression_on_selected_columns(store):
    found, told, _ = over_draws(store, "leekasso.f.lm", "leekasso.f.glm", n=40)
    assert {b["name"] for b in told["bundles"]} <= {"link", "solver.algorithm"}
    assert found.verdict in (Conclusion.NOISE, Conclusion.AGREE, Conclusion.EXPLAINED)
    if told["causes"]:
        assert "link" in {c["setting"] for c in told["causes"]}


@pytest.mark.slow
def test_a_pair_of_linear_models_over_draws(store):
    found, _, _ = over_draws(
        store, "sklearn.logistic:C=1e-5", "sklearn.logistic", n=40, draws=6, metric="logloss"
    )
    assert found.verdict is Conclusion.EXPLAINED
    assert found.causes == ("penalty.l2",)


def test_models_of_different_kinds(store):
    for left, right in (("sklearn.logistic", "keras.mlp"), ("pixel.centre", "pixel.best")):
        with pytest.raises(UsageError, match="different families"):
            explain(left, right, store=store)


def test_impossible_words(store):
    for words in ({"metric": "auc"}, {"draws": 0}, {"design": "bootstrap"}, {"budget": 0}, {"seeds": -1}):
        with pytest.raises(UsageError):
            explain("beam.sklearn.mlp", "beam.sklearn.mlp:max_iter=2", store=store, **words)


def test_bundles_move_as_a_whole():
    left = {"optimizer.rule": "adadelta", "optimizer.rho": 0.99, "epochs": 20.0, "decision.threshold": 0.5}
    right = {"optimizer.rule": "adam", "optimizer.beta1": 0.9, "epochs": 200, "decision.threshold": "argmax"}
    bundles = differing(left, right)
    assert {b.name for b in bundles} == {"optimizer.rule", "epochs"}
    hybrid = mixed(left, right, ["optimizer.rule"])
    assert hybrid == {
        "optimizer.rule": "adam", "optimizer.beta1": 0.9, "epochs": 20.0, "decision.threshold": 0.5
    }  # fmt: skip


@pytest.mark.slow
def test_the_command(home, command):
    words = ("beam.sklearn.mlp:max_iter=2", "beam.sklearn.mlp", "--draws", "3", "--seeds", "1")
    done = command("explain", *words, "--n", "40,80", "--json", "--report", "why")
    told = json.loads(done.stdout)
    assert [e["data"]["rows"] for e in told["explanations"]] == [40, 80]
    assert "plan:" in done.stderr
    for n in (40, 80):
        page = (home / "why" / f"n-{n}" / "index.html").read_text()
        assert "Proof in the frameworks" in page or "noise" in page
