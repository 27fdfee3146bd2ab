"""Labels that differ by their rule while scores differ too: a cause of its own, and part of the recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from crossframe.cli.explain import agreed_digits
from crossframe.explain.api import explain
from crossframe.explain.explanation import Conclusion, Explanation
from crossframe.explain.report import document

STRONG, PLAIN = "sklearn.logistic:C=0.1,decision.threshold=0.3", "sklearn.logistic"
MEAN = "sklearn.logistic:missing=mean,decision.threshold=f1_optimal"


def rare() -> pd.DataFrame:
    """160 rows, one in five of class 1, two weak features."""
    rng = np.random.default_rng(4)
    X = rng.normal(size=(160, 2))
    y = (X @ [0.8, -0.8] - 1.6 + rng.logistic(size=160) > 0).astype(int)
    return pd.DataFrame(X, columns=["a", "b"]).assign(y=y)


def holes() -> pd.DataFrame:
    """`rare` with every eighth value of a missing."""
    return rare().assign(a=lambda t: t.a.where(np.arange(len(t)) % 8 > 0))


@pytest.fixture(scope="module")
def explained(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("labels")

    def of(table: pd.DataFrame, left: str, right: str) -> Explanation:
        table.to_csv(folder / "t.csv", index=False)
        return explain(
            left, right, data=folder / "t.csv", target="y", missing="framework", store=folder / "s"
        )

    return of


def probabilities(table: pd.DataFrame, **settings: float) -> np.ndarray:
    X = table[["a", "b"]].to_numpy()
    return np.asarray(LogisticRegression(**settings).fit(X, table.y).predict_proba(X)[:, 1])


@pytest.mark.parametrize("swapped", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_the_rule_is_a_cause_beside_that_of_the_scores(explained: Any, swapped: bool) -> None:
    sides = (PLAIN, STRONG) if swapped else (STRONG, PLAIN)
    found = explained(rare(), *sides)
    # With digits asked for, two whose labels differ do not agree on any, nor do two without an explanation.
    assert agreed_digits(found) is agreed_digits(None) is None
    record = found.to_dict()
    strong, plain = probabilities(rare(), C=0.1), probabilities(rare())
    unlike = float(np.mean((strong > 0.3) != (plain > 0.5)))
    one_rule = [float(np.mean((strong > c) != (plain > c))) for c in (0.3, 0.5)]
    one_score = [float(np.mean((s > 0.3) != (s > 0.5))) for s in (strong, plain)]
    rule = (unlike - np.mean(one_rule) + np.mean(one_score)) / 2 / unlike
    assert record["verdict"] == "explained"
    assert [c["setting"] for c in record["causes"]] == ["penalty.l2", "decision.threshold"]
    assert record["causes"][0]["share"] == pytest.approx(1.0)
    of_labels = record["causes"][1]
    assert (of_labels["share"], of_labels["share_of_labels"]) == (0.0, pytest.approx(rule))
    (finding,) = [d for d in found.diagnoses if d.kind == "labels"]
    assert finding.certificate["share"] == pytest.approx(unlike)
    either = [one_rule[1], one_rule[0]] if swapped else one_rule
    assert finding.certificate["with_either_rule"] == pytest.approx(either)
    assert found.causes == ("penalty.l2", "decision.threshold")


def test_a_recipe_gives_the_labels_too_and_says_so(explained: Any) -> None:
    found = explained(rare(), STRONG, PLAIN)
    recipes = found.to_dict()["recipe"]
    assert [(recipes[side]["threshold"], recipes[side]["labels_differ"]) for side in ("left", "right")] == [
        (0.5, 0.0),
        (0.3, 0.0),
    ]
    page = document(found)
    assert (
        "sklearn.logistic with C=0.1, labels cut at 0.3; scores: identical to the last bit; labels: "
        "identical." in " ".join(page.headlines)
    )
    assert "threshold for labels (decision.threshold) is 0.3 in" in page.headlines[1]


def best_f1(score: np.ndarray, y: np.ndarray) -> float:
    """The highest of the scores from which on label 1 has the highest F1."""
    f1 = [2 * ((score >= c) & (y == 1)).sum() / ((score >= c).sum() + y.sum()) for c in score]
    return float(max(c for c, f in zip(score, f1, strict=True) if f == max(f1)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("left", "free", "refused"),
    [("sklearn.logistic:missing=drop", {}, False),
     pytest.param("r.glm:epsilon=1e-14", {"C": np.inf, "tol": 1e-10}, True, marks=pytest.mark.slow)],
)  # fmt: skip
def test_the_rule_of_either_side_for_both(
    explained: Any, left: str, free: dict[str, float], refused: bool
) -> None:
    """glm has no score of a row that it leaves out, so no best F1: the other side's number stands for it."""
    table = holes()
    there = table.a.notna().to_numpy()
    filled = table.fillna({"a": table.a.mean()})
    drop, whole = probabilities(table[there], **free), probabilities(filled, **free)
    number = best_f1(whole, filled.y.to_numpy())
    own = number if refused else best_f1(drop, filled.y.to_numpy()[there])
    mean = whole[there]
    by_half = float(np.mean((drop > 0.5) != (mean > 0.5)))
    by_f1 = float(np.mean((drop >= own) != (mean >= number)))
    assert by_f1 > 0
    right = ",".join([MEAN, *(f"{name}={value}" for name, value in free.items())])
    for sides, expected in (((left, right), [by_half, by_f1]), ((right, left), [by_f1, by_half])):
        found = explained(table, *sides)
        (finding,) = [d for d in found.diagnoses if d.kind == "labels"]
        assert finding.certificate["with_either_rule"] == pytest.approx(expected)
        assert "decision.threshold" in found.causes
        assert found.verdict is Conclusion.EXPLAINED
        assert {d.recipe.labels for d in found.directions} == {0.0}


def test_labels_by_one_rule_add_no_cause(explained: Any) -> None:
    found = explained(rare(), "sklearn.logistic:C=0.1", PLAIN)
    assert found.causes == ("penalty.l2",)
    assert "labels:" not in " ".join(document(found).headlines)
    assert "threshold" not in found.to_dict()["recipe"]["left"]


@pytest.mark.slow
def test_the_proof_of_two_networks_takes_the_rule_along(explained: Any) -> None:
    net = "sklearn.mlp:hidden_layer_sizes=2,random_state=1,max_iter"
    found = explained(rare(), f"{net}=2,decision.threshold=0.3", f"{net}=9")
    record = found.to_dict()
    assert [c["setting"] for c in record["causes"]] == ["epochs", "decision.threshold"]
    assert "decision.threshold" not in record["inert"]
    trial = found.trial
    assert (trial.left.threshold, trial.gap, trial.labels) == (0.5, 0.0, 0.0)
    assert "the labels are identical" in " ".join(document(found).headlines)
