"""The coding of text columns by a side's own contrasts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from crossframe.core.errors import UsageError
from crossframe.data import Dataset, load
from crossframe.experiment.coding import CONTRASTS, codings, matrix
from crossframe.experiment.preparation import Preparation, Selection, Unprepared, prepare
from crossframe.experiment.spec import own_settings, parse
from tests.data.test_formula import table

TRAIN = np.arange(30)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("coding") / "table.csv"
    table().to_csv(made, index=False)
    return made


@pytest.fixture(scope="module")
def data(path: Path) -> Dataset:
    return load(path, formula="left ~ age + region + flag + C(a.dot)")


@pytest.mark.parametrize("contrasts", ["sum", "helmert", "poly"])
def test_a_side_has_the_columns_that_a_formula_gives(contrasts: str, path: Path, data: Dataset) -> None:
    right = " + ".join(f"C({name}, contr.{contrasts})" for name in ("region", "flag", "a.dot"))
    wanted = load(path, formula=f"left ~ age + {right}")
    made = prepare(Preparation(contrasts=contrasts), None, data, TRAIN)
    assert made.names == wanted.names
    assert np.allclose(made.X, wanted.X[TRAIN], rtol=0, atol=1e-15)
    assert contrasts == "poly" or np.array_equal(made.X, wanted.X[TRAIN])
    assert np.array_equal(
        made.rows(data.X), prepare(Preparation(contrasts=contrasts), None, data, np.arange(40)).X
    )


def test_the_reference_level_and_a_column_for_every_level(data: Dataset) -> None:
    names = {
        "last": "age region=north region=south flag=False a.dot=0 a.dot=1",
        "south": "age region=north region=west flag=True a.dot=1 a.dot=2",
    }
    for reference, own in names.items():
        assert " ".join(prepare(Preparation(reference=reference), None, data, TRAIN).names) == own
    full = prepare(Preparation(contrasts="full"), None, data, TRAIN)
    assert full.X[:, 1:4].sum(axis=1).tolist() == [1.0] * len(TRAIN)
    # The numbers of columns that the data set has not follow all of its own.
    assert full.columns.tolist() == [0, *range(6, 14)]


def test_what_comes_before_and_after(data: Dataset) -> None:
    rule = Preparation(contrasts="sum", standardize="sd_n")
    kept = prepare(rule, Selection("f", 3), data, TRAIN)
    whole = prepare(Preparation(contrasts="sum"), None, data, TRAIN)
    own = whole.X[:, [whole.names.index(name) for name in kept.names]]
    assert np.allclose(kept.X, (own - own.mean(axis=0)) / own.std(axis=0), atol=1e-14)
    assert np.allclose(kept.rows(data.X)[TRAIN], kept.X, atol=1e-14)
    gaps = data.X.copy()
    gaps[2, 1:3] = np.nan
    holes = Dataset("holes", gaps, data.y, data.names, data.classes, "", file=data.file)
    assert np.isnan(prepare(Preparation(contrasts="sum"), None, holes, TRAIN).X).sum(axis=1).tolist()[2] == 2


def test_the_matrices_span_the_same_space() -> None:
    for kind in CONTRASTS:
        both = np.column_stack([np.ones(4), matrix(kind, 4)])
        assert np.linalg.matrix_rank(both) == 4
    assert np.allclose(matrix("poly", 4).T @ matrix("poly", 4), np.eye(3))
    assert matrix("helmert", 3).tolist() == [[-1, -1], [1, -1], [0, 2]]
    assert matrix("sum", 3).tolist() == [[1, 0], [0, 1], [-1, -1]]


@pytest.mark.parametrize(
    ("formula", "rule", "words"),
    [
        ("left ~ age", Preparation(contrasts="sum"), "features.contrasts=sum: table has no column of text"),
        ("left ~ C(region, contr.sum)", Preparation(contrasts="helmert"), "has no column of text"),
        (
            "left ~ age*region",
            Preparation(contrasts="sum"),
            "age:region is an interaction of text; .*C\\(region",
        ),
        ("left ~ region", Preparation(reference="east"), "no column of text has the level east"),
    ],
)
def test_what_cannot_be_coded(path: Path, formula: str, rule: Preparation, words: str) -> None:
    with pytest.raises(Unprepared, match=words):
        prepare(rule, None, load(path, formula=formula), TRAIN)


def test_the_settings_of_any_model(data: Dataset) -> None:
    side = parse("r.glm:features.contrasts=treatment,features.reference=south")
    assert own_settings(side) == {"features.contrasts": "treatment", "features.reference": "south"}
    assert not parse("r.glm:features.contrasts=treatment").preparation.changes
    with pytest.raises(UsageError, match=r"features\.contrasts=dummy: unknown value"):
        parse("sklearn.ridge:features.contrasts=dummy")
    assert [c.name for c in codings(data, "sum", "")] == ["region", "flag", "a.dot"]
