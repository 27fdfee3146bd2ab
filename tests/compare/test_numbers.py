"""A comparison on a target of numbers: metrics, defaults, tables, figures, and what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from crossframe import compare
from crossframe.compare import again
from crossframe.compare.report import document
from crossframe.compare.result import CompareResult
from crossframe.core.errors import UsageError
from crossframe.core.statistics import corrected_mean
from crossframe.data import load
from crossframe.experiment.spec import contestants, parse_many
from crossframe.experiment.store import opened
from tests.command import Done
from tests.tables import table

NAMES = ("sklearn.linear", "sklearn.forest:n_estimators=5", "sklearn.poisson")


@pytest.fixture(scope="module")
def diabetes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("numbers") / "diabetes.csv"
    load_diabetes(as_frame=True).frame.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def store(diabetes: Path) -> Path:
    return diabetes.parent / "store.sqlite"


@pytest.fixture(scope="module")
def result(diabetes: Path, store: Path) -> CompareResult:
    return compare("50,200", data=diabetes, target="target", contestants=NAMES, draws=3, store=store)


def test_scores_are_those_of_scikit_learn(result: CompareResult, diabetes: Path, store: Path) -> None:
    with opened(store) as kept:
        experiment = again.experiment(kept.get_run("latest"))
    data = experiment.dataset
    assert experiment.design.name == "random"
    cells = result.cells[result.cells["contestant"] == "sklearn.linear"]
    for cell in cells.to_dict("records"):
        draw = experiment.draw(cell["n"], cell["draw"])
        fit = LinearRegression().fit(data.X[draw.train], data.y[draw.train])
        for rows, prefix in ((draw.evaluate, ""), (draw.train, "train_")):
            y, predicted = data.y[rows], fit.predict(data.X[rows])
            assert cell[f"{prefix}r2"] == pytest.approx(r2_score(y, predicted), rel=1e-12)
            assert cell[f"{prefix}rmse"] == pytest.approx(root_mean_squared_error(y, predicted), rel=1e-12)
            assert cell[f"{prefix}mae"] == pytest.approx(mean_absolute_error(y, predicted), rel=1e-12)


def test_paired_differences_and_their_intervals(result: CompareResult) -> None:
    row = result.pairs[result.pairs["n"] == 200].iloc[0]
    by_draw = result.cells[result.cells["n"] == 200].pivot_table(
        index="draw", columns="contestant", values=["r2", "rmse", "mae"]
    )
    for key, names in (
        ("r2", ("difference", "low", "high")),
        ("rmse", ("rmse_difference", "rmse_low", "rmse_high")),
    ):
        gaps = by_draw[key][row["left"]] - by_draw[key][row["right"]]
        expected = corrected_mean(gaps.to_numpy(), 88 / 442)
        assert [row[name] for name in names] == pytest.approx([expected.value, expected.low, expected.high])
    assert np.isnan(row["alike"])


def test_the_page_and_the_files(result: CompareResult, tmp_path: Path) -> None:
    page = result.write_report(tmp_path)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "At n = 200 the highest R² is that of sklearn.linear with 0." in text
    assert "| Contestant | Framework | R² \\[95 %\\] | p10–p90 | RMSE \\[95 %\\] | MAE \\[95 %\\] |" in text
    assert "a target of numbers" in text
    for word in ("ccuracy", "og-loss", "AUC", "labelled alike", "p > 0.5", " nan"):
        assert word not in text, word
    assert "R² on the scored rows" in page.read_text(encoding="utf-8")
    record = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert record["run"]["dataset"]["classes"] == []
    assert {"r2_mean", "r2_low", "rmse_mean", "mae_p90", "train_r2_mean"} <= record["summary"][0].keys()
    assert "accuracy" not in record["cells"][0]
    assert document(again.read(tmp_path / "result.json")).headlines == document(result).headlines


def test_defaults_are_the_models_that_fit_numbers(tmp_path: Path) -> None:
    counts = pd.DataFrame({"x": np.arange(20), "y": np.arange(20) % 7})
    names = []
    for shift in (0, 1, -5):
        counts.assign(y=counts["y"] + shift).to_csv(tmp_path / "counts.csv", index=False)
        names.append(contestants(load(tmp_path / "counts.csv", target="y", numbers=True)))
    zeros, positive, negative = map(set, names)
    assert {"sklearn.linear", "r.lm", "r.glm", "h2o.mlp", "keras.mlp", "statsmodels.ols"} <= negative
    assert not {"sklearn.logistic", "keras.cnn", "pixel.best", "reference.optimum"} & positive
    assert positive - zeros == {"sklearn.gamma"}
    assert zeros - negative == {"sklearn.poisson"}
    assert {c.family for c in names[0].values()} == {"linear", "network", "forest", "boosting"}


def test_a_model_called_logistic_is_a_linear_one(diabetes: Path) -> None:
    data = load(diabetes, target="target", numbers=True)
    for text in ("r.glm", "r.glm:epsilon=1e-9"):
        (glm,) = parse_many([text], data)
        assert (glm.family, glm.title, glm.description) == ("linear", text, "r.glm, fitted to numbers")


def test_rows_without_a_prediction_are_left_out_and_counted(tmp_path: Path) -> None:
    data = table(60).assign(y=lambda d: d["z"] * 3.0)
    data.loc[::6, "x"] = np.nan
    data.to_csv(tmp_path / "t.csv", index=False)
    names = ["sklearn.linear:missing=drop", "sklearn.linear:missing=mean"]
    made = compare(data=tmp_path / "t.csv", target="y", contestants=names, draws=2, store=tmp_path / "s")
    dropped, mean = (made.cells[made.cells["contestant"] == name] for name in names)
    assert dropped["unscored"].sum() > 0 == mean["unscored"].sum()
    # The target is a feature: each is exact where it predicts.
    assert list(dropped["r2"]) == pytest.approx([1.0, 1.0])
    assert abs(made.pairs["rmse_difference"].iloc[0]) < 1e-9


REFUSED = {
    "leekasso": "leekasso: no contestant of this family is for diabetes, whose target holds numbers\n"
    "  name one of linear, network, forest, boosting, or a model: FRAMEWORK.MODEL",
    "leekasso.f.lm": "the target of diabetes holds numbers, not two classes, which selection.statistic is "
    "for\n  name the model alone: r.lm",
    "sklearn.logistic,r.lm": "sklearn.logistic: of two classes, but the target of diabetes holds numbers"
    "\n  take regressions, such as sklearn.linear and r.lm",
    "r.glm:family=binomial": "r.glm:family=binomial: of two classes, but the target",
    "sklearn.linear:decision.threshold=0.4": "is for\n  leave decision.threshold out",
}


@pytest.mark.parametrize("names", REFUSED)
def test_contestants_of_classes_are_refused(names: str, diabetes: Path) -> None:
    with pytest.raises(UsageError) as caught:
        compare(data=diabetes, target="target", contestants=names.split(","))
    assert REFUSED[names] in str(caught.value)


def test_the_command(
    command: Callable[..., Done], diabetes: Path, store: Path, result: CompareResult
) -> None:
    words = ("compare", "--data", str(diabetes), "--target", "target", "--store", str(store), "--draws", "3")
    wanted = (*words, "--n", "50,200", "--contestants", ",".join(NAMES))
    done = command(*wanted, "--no-report")
    assert "0 to run: no framework is started" in done.stderr
    assert re.search(r"sklearn.linear +0\.\d{3} \[[-.\d]+, [.\d]+\] +.*\d\d\.\d\d .*converged", done.stdout)
    assert "n = 200  R²: mean [95 % interval] over 3 draws" in done.stdout
    refused = command(*words, "--design", "stratified", "--contestants", "sklearn.linear", code=2).stderr
    assert "--design stratified: the target of diabetes holds numbers, not classes" in refused
