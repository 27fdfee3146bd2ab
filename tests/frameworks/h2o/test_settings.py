"""How H2O's settings are spelled and refused; no server needed."""

from __future__ import annotations

import pytest

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.frameworks.h2o import FRAMEWORK
from crossframe.settings.vocabulary import VOCABULARY


@pytest.mark.parametrize("model", ["glm", "mlp"])
def test_every_setting_is_in_the_vocabulary_once(model: str) -> None:
    bound = [binding.setting for binding in FRAMEWORK.model(model).bindings]
    # The link of a GLM is that of its family, or a parameter of its own.
    twice = {setting for setting in bound if bound.count(setting) > 1}
    assert twice == ({"link"} if model == "glm" else set())
    assert set(bound) <= set(VOCABULARY)


@pytest.mark.parametrize(
    ("name", "given", "native"),
    [
        ("activation", "tanh_with_dropout", "TanhWithDropout"),
        ("activation", "rectifier", "Rectifier"),
        ("missing_values_handling", "skip", "Skip"),
        ("hidden", "160x160", (160, 160)),
        ("classification_stop", "-1", -1.0),
    ],
)
def test_python_and_r_spellings_are_taken(name: str, given: Value, native: Value) -> None:
    assert FRAMEWORK.model("mlp").split({name: given}) == ({}, {name: native})


@pytest.mark.parametrize(
    ("model", "name", "value", "words"),
    [
        ("mlp", "batch.size", 32, "row by row"),
        ("mlp", "optimizer.rule", "adam", "no counterpart of adam"),
        ("mlp", "features.standardize", "sd_n", "no counterpart of sd_n"),
        ("mlp", "standardise", True, "did you mean standardize"),
        ("mlp", "rho", 1.5, "a number in"),
        ("glm", "solver", "newton", "unknown value"),
        ("glm", "collinear", "alias", "no counterpart of alias"),
        ("glm", "epochs", 3, "cannot express epochs"),
    ],
)
def test_what_h2o_cannot_do_is_refused_beforehand(model: str, name: str, value: Value, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        FRAMEWORK.model(model).split({name: value})
