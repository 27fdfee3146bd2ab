"""The random forests of scikit-learn: one file of the folder, which takes part in every verb."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

import crossframe
from crossframe.audit.samples import SAMPLES
from crossframe.core.errors import UsageError
from crossframe.core.types import Task, Value
from crossframe.frameworks import sklearn as folder
from crossframe.frameworks.contract import EvalRows, FitRequest, FitResult, Status
from crossframe.frameworks.host import EngineProcess
from crossframe.frameworks.model import Program
from crossframe.frameworks.registry import models
from crossframe.frameworks.sklearn.models.forest import MODEL
from crossframe.settings.vocabulary import VOCABULARY
from tests.running import Engines

X, CLASSES, X_EVAL = SAMPLES["plain"]()
NUMBERS = X @ (1.0, 2.0, 3.0, 4.0) + np.sin(X[:, 0])
NAMES = ("a", "b", "c", "d")
SMALL: dict[str, Value] = {"n_estimators": 7}


@pytest.fixture(scope="module")
def process(engines: Engines) -> EngineProcess:
    return engines["sklearn"]


def fit(
    process: EngineProcess,
    native: Mapping[str, Value],
    settings: Mapping[str, Value] | None = None,
    *,
    task: Task = "classes",
    features: np.ndarray = X,
    seed: int = 1,
) -> FitResult:
    rows = EvalRows(hashlib.sha256(X_EVAL.tobytes()).hexdigest(), X_EVAL, NAMES)
    y = CLASSES if task == "classes" else NUMBERS
    native = {**SMALL, **native}
    return process.fit(
        FitRequest("forest", settings or {}, native, features, y, NAMES, rows, seed=seed, task=task)
    )


def test_no_other_file_of_the_framework_knows_it() -> None:
    """What is known of a model stands in its own file alone; the registry finds it there."""
    assert "sklearn.forest" in models()
    for path in Path(folder.__file__).parent.rglob("*.py"):
        if path.name != "forest.py":
            # Boosted trees have settings of the vocabulary that are named for forests.
            text = path.read_text()
            assert "RandomForest" not in text, path
            assert "sklearn.forest" not in text, path


def test_every_setting_of_a_forest_has_a_probe() -> None:
    assert set(MODEL.probes) == MODEL.parameters
    assert {b.setting for b in MODEL.bindings} | set(MODEL.always) <= set(VOCABULARY)


def test_the_target_decides_for_the_estimator(process: EngineProcess) -> None:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    classifier = RandomForestClassifier(7, random_state=3).fit(X, CLASSES)
    regressor = RandomForestRegressor(7, random_state=3).fit(X, NUMBERS)
    classes, numbers = fit(process, {}, seed=3), fit(process, {}, seed=3, task="numbers")
    np.testing.assert_array_equal(classes.score, classifier.predict_proba(X_EVAL)[:, 1])
    np.testing.assert_array_equal(classes.labels, classifier.predict(X_EVAL))
    np.testing.assert_array_equal(numbers.score, regressor.predict(X_EVAL))
    assert numbers.labels is None
    assert not numbers.is_probability
    assert (classes.canonical["forest.criterion"], numbers.canonical["forest.criterion"]) == (
        "gini",
        "squared_error",
    )
    # The root of four features, and all of them: words and shares are counts after the fit.
    assert classes.canonical["forest.features_per_split"] == 2
    assert numbers.canonical["forest.features_per_split"] == 4
    assert "7 trees grown" in classes.convergence


@pytest.mark.parametrize(
    ("settings", "native"),
    [
        ({"forest.max_depth": 0}, {"max_depth": None}),
        ({"forest.max_depth": 3}, {"max_depth": 3}),
        ({"forest.max_leaves": 0}, {"max_leaf_nodes": None}),
        ({"forest.max_leaves": 5}, {"max_leaf_nodes": 5}),
        ({"forest.features_per_split": 1}, {"max_features": 1}),
        ({"forest.features_per_split": 4}, {"max_features": 1.0}),
        ({"forest.sample_share": 1.0}, {"max_samples": None}),
        ({"forest.sample_share": 0.5}, {"max_samples": 30}),
        # of the 19.8 rows scikit-learn takes the whole part
        ({"forest.sample_share": 19 / 60}, {"max_samples": 0.33}),
        ({"forest.min_leaf": 6}, {"min_samples_leaf": 0.1}),
        ({"forest.min_split": 15}, {"min_samples_split": 0.25}),
        ({"forest.criterion": "entropy"}, {"criterion": "log_loss"}),
        ({"forest.bootstrap": False, "forest.sample_share": 1.0}, {"bootstrap": False}),
        ({"class_weight": "balanced_subsample"}, {"class_weight": "balanced_subsample"}),
        ({"forest.monotonic": (1, 0, 0, -1)}, {"monotonic_cst": (1, 0, 0, -1)}),
    ],
    ids=str,
)
def test_both_spellings_give_the_same_bits(
    process: EngineProcess, settings: dict[str, Value], native: dict[str, Value]
) -> None:
    ours, theirs = fit(process, {}, settings), fit(process, native)
    np.testing.assert_array_equal(ours.score, theirs.score)
    for name, value in settings.items():
        assert ours.canonical[name] == theirs.canonical[name] == value


def test_settings_as_text() -> None:
    """A whole number is a count and a fraction is a share: 1 is one feature, 1.0 are all."""
    _, native = MODEL.split({"max_features": "1", "max_samples": "1.0", "max_depth": "none"})
    assert {name: repr(value) for name, value in native.items()} == {
        "max_features": "1",
        "max_samples": "1.0",
        "max_depth": "None",
    }
    assert MODEL.split({"max_features": "sqrt", "forest.max_depth": "4"}) == (
        {"forest.max_depth": 4},
        {"max_features": "sqrt"},
    )
    with pytest.raises(UsageError, match="max_features"):
        MODEL.split({"max_features": "1.5"})


def test_without_bootstrap_every_tree_gets_every_row(process: EngineProcess) -> None:
    assert fit(process, {"bootstrap": False}).canonical["forest.sample_share"] == 1.0
    assert fit(process, {"bootstrap": False, "max_samples": 0.5}).status is Status.REFUSED
    with pytest.raises(UsageError, match="every tree gets every row"):
        MODEL.to_native({"forest.bootstrap": False, "forest.sample_share": 0.5}, {}, 60)
    given = {"bootstrap": False, "max_samples": 0.5}
    assert MODEL.contradictions(given, given) is not None
    assert MODEL.contradictions({"max_samples": 0.5}, {}) is None
    assert MODEL.adapt({"max_samples": 0.5}, {}, {"forest.bootstrap": False}) == {"max_samples": None}


def test_the_seed_decides_for_the_trees(process: EngineProcess) -> None:
    first, again, other = (fit(process, {}, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.score, again.score)
    assert not np.array_equal(first.score, other.score)
    assert MODEL.stochastic


def test_missing_values_take_a_branch(process: EngineProcess) -> None:
    features = X.copy()
    features[:5, 1] = np.nan
    result = fit(process, {}, features=features)
    assert result.status.usable
    assert result.canonical["missing"] == "branch"


def test_a_parameter_that_the_estimator_lacks_is_refused(process: EngineProcess) -> None:
    result = fit(process, {"class_weight": "balanced"}, task="numbers")
    assert result.status is Status.REFUSED
    assert result.evidence == ("RandomForestRegressor has no parameter class_weight",)


@pytest.mark.parametrize("task", ["classes", pytest.param("numbers", marks=pytest.mark.slow)])
def test_its_program_gives_the_same_scores(process: EngineProcess, tmp_path: Path, task: Task) -> None:
    import pandas as pd

    y = np.where(CLASSES == 1, "yes", "no") if task == "classes" else NUMBERS
    pd.DataFrame({**dict(zip(NAMES, X.T, strict=True)), "y": y}).to_csv(tmp_path / "rows.csv", index=False)
    arguments = {**SMALL, "max_depth": None, "max_features": 2, "random_state": 1}
    positive = "yes" if task == "classes" else ""
    wanted = Program("sklearn.forest", arguments, "rows.csv", "y", positive, "scores.txt", {}, "A forest.")
    assert MODEL.program is not None
    (tmp_path / "program.py").write_text(MODEL.program(wanted))
    subprocess.run([sys.executable, "program.py"], cwd=tmp_path, check=True, timeout=120)
    result = fit(process, {"max_features": 2}, task=task)
    np.testing.assert_array_equal(np.loadtxt(tmp_path / "scores.txt"), result.train_score)


@pytest.mark.slow
def test_it_takes_part_in_compare(tmp_path: Path) -> None:
    result = crossframe.compare(
        n=20,
        draws=2,
        contestants=["sklearn.forest:n_estimators=5", "sklearn.logistic"],
        store=tmp_path / "store.sqlite",
    )
    means = result.summary.groupby("contestant")["accuracy_mean"].first()
    assert means["sklearn.forest:n_estimators=5"] > 0.5


def test_it_takes_part_in_audit(tmp_path: Path) -> None:
    (model,) = crossframe.audit(["sklearn.forest:bootstrap=false"], store=tmp_path / "store.sqlite").models
    parameters = {p.name: p for p in model.parameters}
    assert {p.standing for p in model.parameters} == {"mapped", "outside"}
    features = parameters["max_features"]
    assert (features.declared, features.effective, features.state) == ("sqrt", 8, "active")
    assert parameters["max_samples"].state in ("inert", "inactive")
    assert "bootstrap" in parameters["max_samples"].note


@pytest.mark.slow
def test_it_takes_part_in_explain(tmp_path: Path) -> None:
    """A forest whose roots are never split, of few rows a tree, beside one of every row a tree."""
    result = crossframe.explain(
        "sklearn.forest:n_estimators=5,min_samples_split=41,max_samples=0.5",
        "sklearn.forest:n_estimators=5,bootstrap=false,forest.criterion=entropy",
        n=40,
        draws=6,
        store=tmp_path / "store.sqlite",
    )
    assert str(result.verdict) == "explained"
    assert result.causes == ("forest.min_split",)
