"""A formula as target and features of a user's table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crossframe.core.errors import DataError, UsageError
from crossframe.data import load
from crossframe.data.table import formula_sources
from crossframe.data.types import Feature


def table(rows: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "age": rng.normal(50, 9, rows).round(1),
            "region": rng.permutation(np.resize(["north", "south", "west"], rows)),
            "dose": rng.gamma(2, 2, rows).round(2) + 0.1,
            "flag": rng.permutation(np.resize([True, False], rows)),
            "two words": rng.normal(size=rows),
            "a.dot": rng.permutation(np.resize([0, 1, 2], rows)),
            "clinic": "A",
        }
    )
    frame["left"] = np.where(frame["age"] + rng.normal(0, 9, rows) > 50, "yes", "no")
    return frame


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("formula") / "table.csv"
    table().to_csv(made, index=False)
    return made


def test_every_column_is_what_target_gives(path: Path) -> None:
    drop = load(path, target="left", drop=["clinic"])
    dot = load(path, formula="left ~ . - clinic")
    assert (dot.names, dot.fingerprint, dot.classes) == (drop.names, drop.fingerprint, drop.classes)
    assert dot.file is not None
    assert drop.file is not None
    assert dot.file.features == drop.file.features


@pytest.mark.parametrize(
    ("right", "names"),
    [
        ("age + C(region) + log(dose)", "age region=south region=west log(dose)"),
        ("age*factor(region)", "age region=south region=west age:region=south age:region=west"),
        ("I(age^2) + sqrt(dose)", "I(age_**_2) sqrt(dose)"),
        ("factor(a.dot)", "a.dot=1 a.dot=2"),
        ("C(region, contr.sum) + C(flag, contr.sum)", "region[S.north] region[S.south] flag[S.False]"),
        ("C(region, contr.treatment('south'))", "region=north region=west"),
        ("C(region, levels=['west', 'south', 'north'])", "region=south region=north"),
        ("region - 1", "region=north region=south region=west"),
        ("flag:age", "flag=False:age flag=True:age"),
        ("`two words` + clinic", "two_words"),
        ("(age + dose)^2", "age dose age:dose"),
    ],
)
def test_names_of_the_columns(path: Path, right: str, names: str) -> None:
    assert " ".join(n.replace(" ", "_") for n in load(path, formula=f"left ~ {right}").names) == names


def test_the_numbers_are_those_of_the_terms(path: Path) -> None:
    frame = table()
    data = load(path, formula="left ~ log(dose) + I(flag * age) + C(region, contr.helmert) + flag:age")
    own = {
        "log(dose)": np.log(frame["dose"]),
        "I(flag * age)": frame["flag"] * frame["age"],
        "region[H.south]": frame["region"].map({"north": -1.0, "south": 1.0, "west": 0.0}),
        "region[H.west]": frame["region"].map({"north": -1.0, "south": -1.0, "west": 2.0}),
        "flag:age": frame["flag"] * frame["age"],
    }
    assert data.names == tuple(own)
    assert np.array_equal(data.X, np.column_stack([*own.values()]))


def test_the_record_of_the_terms(path: Path) -> None:
    formula = "left ~ age + C(region, contr.treatment('south')) + poly(dose, 2) + C(flag, contr.sum) - 1"
    file = load(path, formula=formula).file
    assert file is not None
    assert file.formula is not None
    assert file.features == (
        Feature("age"),
        Feature(
            "region",
            "text",
            ("north", "south", "west"),
            ("region=north", "region=south", "region=west"),
            "full",
        ),
        Feature("poly(dose, 2)", "term", (), ("poly(dose, 2)[1]", "poly(dose, 2)[2]")),
        Feature("flag", "truth", ("False", "True"), ("flag[S.False]",), "sum"),
    )
    assert (file.formula.intercept, file.formula.sources) == (False, ("age", "region", "dose", "flag"))
    assert file.unused == dict.fromkeys(["two words", "a.dot", "clinic"], "not in --formula")
    assert file.to_dict()["formula"] == formula


def test_a_target_that_is_computed(path: Path) -> None:
    data = load(path, formula="log(age) ~ dose", numbers=True)
    assert np.array_equal(data.y, np.log(table()["age"]))
    assert data.file is not None
    assert "age" not in data.file.unused
    assert load(path, formula="factor(left) ~ dose").classes == ("no", "yes")
    assert load(path, formula="log(age) ~ .", numbers=True).names[:2] == ("region=south", "region=west")


def test_missing_values_of_the_columns_in_use_count(path: Path, tmp_path: Path) -> None:
    gaps = table()
    gaps.loc[3, "age"], gaps.loc[[3, 5], "region"], gaps.loc[7, "dose"] = np.nan, None, np.nan
    gaps.to_csv(tmp_path / "gaps.csv", index=False)
    formula = "left ~ age*region"
    with pytest.raises(DataError, match="missing values in 2 of 40 rows"):
        load(tmp_path / "gaps.csv", formula=formula)
    kept = load(tmp_path / "gaps.csv", formula=formula, missing="drop")
    assert np.array_equal(kept.X, np.delete(load(path, formula=formula).X, [3, 5], axis=0))
    whole = load(tmp_path / "gaps.csv", formula=formula, missing="framework")
    assert np.isnan(whole.X).sum(axis=0).tolist() == [1, 2, 2, 2, 2]


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("left ~ agee", r"table\.csv: unknown column in --formula 'agee'\n  did you mean age"),
        ("left ~ lgo(dose)", "unknown function in --formula 'lgo'\n  did you mean log"),
        ("lft ~ dose", "unknown column in --formula 'lft'"),
        ("left ~ age +", r"'left ~ age \+' cannot be read"),
        ("left ~ log(dose", "cannot be read"),
        ("left ~ age | dose", "has several parts"),
        ("~ age", "names no target"),
        ("age", "names no target"),
        ("left + age ~ dose", "has 2 targets"),
        ("left ~ left + age", "the target 'left' is a feature too"),
        ("left ~ 1", "no feature beside the target"),
        ("left ~ clinic", "no feature is left"),
        ("left ~ log(age - 60)", r"log\(age - 60\) is -?(nan|inf) where age is "),
        ("left ~ dose*offset(age)", r"offset\(\) is no term"),
        ("left ~ log(dose, 2)", r"log\(dose, 2\) cannot be computed"),
        ("left ~ C(region, contr.treatment('east'))", "'east'.*is not among"),
        ("left ~ open('x')", "unknown function in --formula 'open'"),
        ("left ~ age.__class__", "is no term|unknown column|cannot be read"),
    ],
)
def test_a_formula_that_cannot_be(path: Path, formula: str, words: str) -> None:
    with pytest.raises(DataError, match=words) as error:
        load(path, formula=formula)
    assert "\n\n" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"target": "left"}, "and so does --target"),
        (
            {"target": "left", "features": ["age"], "drop": ["dose"]},
            "and so do --target and --features and --drop",
        ),
    ],
)
def test_a_formula_takes_the_place_of_the_other_options(
    path: Path, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        load(path, formula="left ~ age", **options)


def test_the_columns_for_r_are_of_the_rows_in_use(tmp_path: Path) -> None:
    """R's matrix is compared with the rows that train, and has the levels of all that are read."""
    frame = table().assign(w=1.0)
    frame.loc[3, "w"] = np.nan
    frame.to_csv(tmp_path / "w.csv", index=False)
    made = load(str(tmp_path / "w.csv"), formula="left ~ age + region", weights="w", missing="drop")
    assert made.file is not None
    assert formula_sources(made.file)["age"].tolist() == made.X[:, 0].tolist()
    assert len(made.X) == 39
    frame = table()
    frame.loc[3, ["age", "region"]] = [np.nan, "east"]
    frame.to_csv(tmp_path / "holes.csv", index=False)
    made = load(str(tmp_path / "holes.csv"), formula="left ~ age + region", missing="framework")
    assert made.file is not None
    sources = formula_sources(made.file)
    assert sources["age"].tolist() == made.X[made.complete, 0].tolist()
    assert sources["region"].cat.categories.tolist() == ["east", "north", "south", "west"]
