"""Sides that code text in unlike ways: what is the same, the map of the coefficients, and the cause."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from crossframe.compare import again
from crossframe.core.errors import UsageError
from crossframe.data import Dataset, load
from crossframe.experiment.coding import codings
from crossframe.explain.api import explain
from crossframe.explain.coding import mapping
from crossframe.explain.explanation import Explanation
from crossframe.explain.programs import write_programs
from crossframe.explain.report import document
from crossframe.frameworks.pool import Pool
from tests.command import in_process
from tests.data.test_formula import table

FORMULA = "age ~ dose + region"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("coding") / "table.csv"
    table().to_csv(made, index=False)
    return made


def asked(path: Path, pool: Pool, left: str, right: str, formula: str = FORMULA) -> Explanation:
    return explain(left, right, data=path, formula=formula, store=path.with_name("s.sqlite"), pool=pool)


def found(e: Explanation) -> str:
    (words,) = (d.words for d in e.diagnoses if d.kind == "coding")
    return words


@pytest.mark.slow
def test_without_a_penalty_predictions_are_the_same_and_coefficients_are_mapped(
    path: Path, pool: Pool
) -> None:
    e = asked(path, pool, "sklearn.linear:features.contrasts=sum", "sklearn.linear")
    assert str(e.verdict) == "agree"
    words = found(e)
    assert (
        "sklearn.linear:features.contrasts=sum has sum contrasts, sklearn.linear treatment contrasts" in words
    )
    assert "the two models and their predictions are the same" in words
    assert "intercept = intercept + region[S.north]" in words
    assert "region=south = -region[S.north] + region[S.south]" in words
    assert "region=west = -2 region[S.north] - region[S.south]" in words
    assert "So mapped, the coefficients agree to " in words
    assert any("predictions are the same" in line for line in document(e).headlines)


@pytest.mark.parametrize("right_first", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_with_a_penalty_the_coding_is_the_cause(right_first: bool, path: Path, pool: Pool) -> None:
    pair = ("sklearn.ridge:features.contrasts=sum", "sklearn.ridge")
    pair = pair[::-1] if right_first else pair
    e = asked(path, pool, *pair)
    assert (str(e.verdict), e.causes) == ("explained", ("features.contrasts",))
    assert "a penalty or an early end depends on the columns" in found(e)
    for side, direction in zip(pair, reversed(e.directions), strict=True):
        assert direction.recipe is not None
        assert direction.closing is not None
        assert direction.closing.gap < 1e-12
        assert direction.recipe.preparation == side.partition(":")[2]


@pytest.fixture(scope="module")
def coded(path: Path) -> Dataset:
    return load(path, formula="left ~ age + region + C(a.dot)")


@pytest.mark.parametrize(
    ("start", "end"), [("treatment", "sum"), ("sum", "poly"), ("helmert", "treatment"), ("full", "helmert")]
)
def test_the_map_keeps_the_effects_of_the_levels(coded: Dataset, start: str, end: str) -> None:
    data = coded
    rng = np.random.default_rng(1)
    a, b = codings(data, start, ""), codings(data, end, "last")
    values = {"age": 2.0, "intercept": 3.0} | {n: rng.normal() for c in a for n in c.names}
    mapped = {t: sum(f * values[n] for n, f in parts.items()) for t, parts in mapping(a, b, data).items()}

    def effects(made, own):
        total = own["intercept"] + 2.0 * own["age"]
        for c in made:
            total = np.add.outer(total, c.matrix @ [own[name] for name in c.names])
        return total

    assert np.allclose(effects(a, values), effects(b, mapped))


def test_a_model_that_always_has_an_intercept_is_refused(path: Path, pool: Pool) -> None:
    with pytest.raises(UsageError, match=r"'age ~ dose - 1' has no intercept, and r\.lm always has one"):
        asked(path, pool, "sklearn.linear", "r.lm", "age ~ dose - 1")


@pytest.mark.slow
def test_the_intercept_is_that_of_the_formula(path: Path, pool: Pool) -> None:
    e = asked(path, pool, "sklearn.linear", "sklearn.linear:intercept=true", "age ~ dose + region - 1")
    assert (e.left, e.right) == ("sklearn.linear:intercept=false", "sklearn.linear:intercept=true")
    assert e.data["features"] == 4
    assert str(e.verdict) == "agree"
    assert asked(path, pool, "statsmodels.ols", "r.lm").left == "statsmodels.ols:intercept=true"


@pytest.mark.slow
def test_the_command_says_what_r_makes_of_the_formula(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = (
        "explain",
        "sklearn.linear",
        "sklearn.ridge",
        "--data",
        str(path),
        "--store",
        str(path.with_name("s")),
    )
    done = in_process(capsys, *words, "--formula", "age ~ log(dose) + C(region)")
    assert "R's model.matrix gives the same 3 columns to the last bit" in " ".join(done.stdout.split())
    done = in_process(capsys, *words, "--formula", "age ~ dose", "--target", "age", code=2)
    assert "--formula names the target and the features, and so does --target" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("right", ["r.glm", "statsmodels.logit", "r.glmnet:lambda=0.01,standardize=false"])
def test_the_programs_of_a_formula_prove_it(right: str, path: Path, pool: Pool, tmp_path: Path) -> None:
    formula = "left ~ age*C(region, contr.sum) + flag + sqrt(dose) + I(age^2) + a.dot"
    e = asked(path, pool, "sklearn.logistic", right, formula)
    made = write_programs(e, tmp_path)
    assert made
    assert not any(pair.exit_code for pair in made), [pair.words for pair in made]
    # What the reference model alone expresses has no program.
    written = [pair.digits for pair in made if pair.digits is not None]
    assert written
    assert min(written) > 8
    # The pair that agrees is written: the left side as it is, or with the right one's settings.
    texts = [program.read_text() for program in tmp_path.glob("*.py")]
    assert texts
    assert all("from formulaic import Formula" in text and '#     "formulaic==' in text for text in texts)


def test_a_run_has_its_formula_again(path: Path) -> None:
    arguments = again.loading(
        str(path), target=None, positive=None, digits=(0, 1), missing="refuse", data_dir=None, classes=False,
        features=None, drop=(), formula=FORMULA,
    )  # fmt: skip
    data = again.dataset_of(json.loads(json.dumps(arguments)))
    assert data.fingerprint == load(path, formula=FORMULA, numbers=True).fingerprint
