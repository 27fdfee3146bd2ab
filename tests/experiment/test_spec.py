"""Contestants as text: overrides in both spellings, and errors that help."""

from __future__ import annotations

import json
import sys

import pytest

from crossframe.cli.progress import Progress
from crossframe.compare import again
from crossframe.compare.api import compare
from crossframe.core.errors import UsageError
from crossframe.experiment.contestants import CONTESTANTS, GROUPS, Contestant
from crossframe.experiment.plan import identity
from crossframe.experiment.spec import parse, parse_many
from crossframe.experiment.store import opened
from crossframe.frameworks.registry import model, models


def test_every_contestant_parses_to_itself():
    for name, contestant in CONTESTANTS.items():
        assert parse(name) is contestant


def test_a_name_means_the_same_in_every_command():
    """A contestant that is called as a model is that model with its defaults."""
    for name in CONTESTANTS.keys() & models():
        plain = Contestant(name, name, model(name).family, name)
        assert identity(CONTESTANTS[name]) == identity(plain)
    assert parse("leek.h2o.mlp").native["activation"] == "Tanh"
    assert not parse("h2o.mlp").native
    assert parse("keras.mlp-leek:decay=0").name == "leek.keras.mlp:decay=0"


def test_both_spellings_of_one_setting():
    native = parse("leek.h2o.mlp:standardize=false,classification_stop=-1")
    assert native.native["standardize"] is False
    assert native.native["classification_stop"] == -1
    canonical = parse("leek.h2o.mlp:features.standardize=none")
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
        # Of two classes no contestant is a linear regression, or of trees.
        assert {c.family for c in parse_many([family])} == {family} - {"linear", "forest", "boosting"}
    assert len(parse_many(["leekasso", "leekasso.beam"])) == 10


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("h2o.mpl", ["unknown model 'h2o.mpl'", "did you mean h2o.mlp"]),
        ("matlab.mlp", ["unknown model 'matlab.mlp'"]),
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


def test_a_stored_run_is_read_with_the_present_names(tmp_path, capsys):
    """Settings decide: a contestant that was stored under a former name, and a model of that name today."""
    few = {"n": 20, "draws": 1, "dataset": "digits", "store": tmp_path / "s", "jobs": 1}
    listener = Progress(quiet=False, first_line=sys.stderr)
    compare(**few, contestants=["beam.sklearn.mlp:max_iter=2", "sklearn.mlp:max_iter=2"], listener=listener)
    assert "sklearn.mlp is the model with its defaults; the contestant is beam" in capsys.readouterr().err
    with opened(tmp_path / "s") as kept:
        text = json.dumps(kept.get_run("latest"))
        spec = json.loads(text.replace("beam.sklearn.mlp:", "former:").replace("sklearn.mlp:", "plain:")
                          .replace("former:", "sklearn.mlp:"))  # fmt: skip
        names = [c["name"] for c in again.result_of(spec, kept).contestants]
        assert names == ["beam.sklearn.mlp:max_iter=2", "plain:max_iter=2"]
        assert [c.name for c in again.experiment(json.loads(text)).contestants][1] == "sklearn.mlp:max_iter=2"
        other = json.loads(text.replace('"max_iter": 2', '"max_iter": 3'))
        with pytest.raises(UsageError, match="had other settings when the run was stored"):
            again.experiment(other)
