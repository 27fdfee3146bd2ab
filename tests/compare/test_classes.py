"""A comparison on more than two classes: metrics, the table of each class, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, precision_score, recall_score

from crossframe import compare
from crossframe.compare import again
from crossframe.compare.report import document
from crossframe.compare.result import CompareResult
from crossframe.core.errors import UsageError
from crossframe.experiment.store import opened
from tests.command import Done

NAMES = ("sklearn.logistic:max_iter=500", "sklearn.forest:n_estimators=5")


@pytest.fixture(scope="module")
def iris(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("classes") / "iris.csv"
    bunch = load_iris(as_frame=True)
    frame = bunch.frame.assign(species=np.array(bunch.target_names)[bunch.target])
    frame.drop(columns="target").to_csv(path, index=False)
    frame.drop(columns="species").to_csv(path.with_name("numbered.csv"), index=False)
    return path


@pytest.fixture(scope="module")
def store(iris: Path) -> Path:
    return iris.parent / "store.sqlite"


@pytest.fixture(scope="module")
def result(iris: Path, store: Path) -> CompareResult:
    return compare("60", data=iris, target="species", contestants=NAMES, draws=3, store=store)


def test_scores_are_those_of_scikit_learn(result: CompareResult, store: Path) -> None:
    with opened(store) as kept:
        experiment = again.experiment(kept.get_run("latest"))
    data = experiment.dataset
    assert data.classes == ("setosa", "versicolor", "virginica")
    for cell in result.cells[result.cells["contestant"] == NAMES[0]].to_dict("records"):
        draw = experiment.draw(60, cell["draw"])
        assert np.bincount(data.y[draw.train]).tolist() == [20, 20, 20]
        fit = LogisticRegression(max_iter=500).fit(data.X[draw.train], data.y[draw.train])
        X, y = data.X[draw.evaluate], data.y[draw.evaluate]
        labels = fit.predict(X)
        assert cell["accuracy"] == accuracy_score(y, labels)
        assert cell["logloss"] == pytest.approx(log_loss(y, fit.predict_proba(X)), rel=1e-9)
        assert cell["recall"] == recall_score(y, labels, average=None).tolist()
        assert cell["precision"] == precision_score(y, labels, average=None).tolist()
        assert np.isnan(cell["auc"])


@pytest.mark.slow
def test_the_page_and_the_files(result: CompareResult, tmp_path: Path) -> None:
    result.write_report(tmp_path)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "| Contestant | Class | Recall \\[95 %\\] | Precision \\[95 %\\] |" in text
    assert "classes setosa, versicolor and virginica" in text
    assert "AUC" not in text
    record = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert [row["class"] for row in record["per_class"][:3]] == ["setosa", "versicolor", "virginica"]
    assert len(record["cells"][0]["recall"]) == 3
    assert document(again.read(tmp_path / "result.json")).headlines == document(result).headlines


def test_a_class_that_a_sample_lacks(iris: Path, tmp_path: Path) -> None:
    """Under this design the samples are not stratified, and four rows seldom hold all three classes."""
    made = compare(
        "4",
        data=iris,
        target="species",
        contestants=[NAMES[0]],
        draws=6,
        design="random",
        store=tmp_path / "s",
    )
    cells = made.cells[made.cells["usable"]]
    lacking = [cell for cell in cells.to_dict("records") if 0.0 in cell["recall"]]
    assert lacking
    assert all(cell["logloss"] > 1 for cell in lacking)


def test_numbers_that_are_names_of_classes(command: Callable[..., Done], iris: Path) -> None:
    words = ("compare", "--data", str(iris.with_name("numbered.csv")), "--target", "target", "--draws", "2")
    words += ("--n", "60", "--contestants", "sklearn.forest:n_estimators=5", "--no-report")
    assert "n = 60  R²" in command(*words).stdout
    printed = command(*words, "--classes").stdout
    assert "n = 60  accuracy" in printed
    assert "classes, n = 60  recall / precision: means over 2 draws" in printed


REFUSED = {
    ("sklearn.forest", "r.glm"): "r.glm: of two classes, but the target of iris has 3 classes",
    ("rule",): "rule: no contestant of this family is for iris, of 3 classes",
    ("sklearn.logistic:class.order=reversed",): "has 3 classes, not two classes, which class.order is for",
}


@pytest.mark.parametrize("names", REFUSED)
def test_contestants_of_two_classes_are_refused(names: tuple[str, ...], iris: Path) -> None:
    with pytest.raises(UsageError) as caught:
        compare(data=iris, target="species", contestants=names)
    assert REFUSED[names] in str(caught.value)
    assert caught.value.hint
