"""Contestants as text: overrides in both spellings, and errors that help."""

from __future__ import annotations

import pytest

from crossframe.core.errors import UsageError
from crossframe.experiment.contestants import CONTESTANTS, GROUPS
from crossframe.experiment.spec import parse, parse_many


def test_every_contestant_parses_to_itself():
    for name, contestant in CONTESTANTS.items():
        assert parse(name) is contestant


def test_both_spellings_of_one_setting():
    native = parse("h2o.mlp:standardize=false,classification_stop=-1")
    assert native.native["standardize"] is False
    assert native.native["classification_stop"] == -1
    canonical = parse("h2o.mlp:features.standardize=none")
    assert canonical.settings == {"features.standardize": "none"}
    assert canonical.native["activation"] == "Tanh"


def test_a_canonical_override_replaces_the_native_default():
    changed = parse("leekasso.welch.liblinear:solver.algorithm=lbfgs")
    assert "solver" not in changed.native
    assert changed.native["C"] == 1e6


def test_selection_is_a_setting_too():
    assert parse("leekasso.f.lm:selection.count=3").selection.count == 3
    assert parse("leekasso.f.lm:selection.statistic=none").selection is None


def test_models_without_a_contestant():
    assert parse("r.lm").model == "r.lm"
    assert parse("keras.logistic:epochs=5").engine == "keras"


def test_groups():
    assert len(parse_many(["all"])) == len(CONTESTANTS)
    for family in GROUPS:
        assert {c.family for c in parse_many([family])} == {family}
    assert len(parse_many(["leekasso", "leekasso.beam"])) == 10


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("h2o.mpl", ["unknown contestant 'h2o.mpl'", "did you mean h2o.mlp"]),
        ("torch.mlp", ["unknown engine 'torch'"]),
        (
            "sklearn.logistic:solvr=lbfgs",
            ["unknown setting of sklearn.logistic 'solvr'", "did you mean solver"],
        ),
        ("sklearn.logistic:solver=lbgfs", ["solver=lbgfs: unknown value", "did you mean lbfgs"]),
        ("sklearn.logistic:C=-1", ["C=-1: impossible value", "(0, inf]"]),
        ("r.glm:penalty.l2=1", ["r.glm cannot express penalty.l2"]),
        ("r.glm:maxit", ["'maxit' is not a setting", "NAME=VALUE"]),
        ("keras.mlp:selection.count=3", ["selects no features"]),
        ("leekasso.f.lm:selection.statistic=chi2", ["unknown value 'chi2'"]),
        ("h2o.mlp:epochs=ten,hidden=0", ["2 problems", "epochs=ten", "hidden=0"]),
    ],
)
def test_errors_name_the_culprit_and_the_remedy(text, words):
    with pytest.raises(UsageError) as caught:
        parse(text)
    for word in words:
        assert word in str(caught.value)
