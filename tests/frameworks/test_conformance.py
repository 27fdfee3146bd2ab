"""Every framework passes the conformance kit, run for real."""

from __future__ import annotations

from typing import ClassVar

import pytest

from crossframe.frameworks.conformance import EngineConformance
from crossframe.frameworks.host import EngineProcess


class TestSklearn(EngineConformance):
    framework = "sklearn"
    # By default a leaf has as many rows as the sample.
    native: ClassVar = {
        "hist_boosting": {"min_samples_leaf": 2, "max_iter": 10},
        "lasso_cv": {"alphas": 10},
        "elasticnet_cv": {"alphas": 10},
        "logistic_cv": {"Cs": 3},
        "forest": {"n_estimators": 10},
        "boosting": {"n_estimators": 10},
    }


class TestStatsmodels(EngineConformance):
    framework = "statsmodels"
    excluded = frozenset({"negative_binomial"})
    # Newton's method refuses more columns than rows, whose Hessian has no inverse.
    native: ClassVar = {key: {"method": "bfgs"} for key in ("logit", "probit", "mnlogit")}


class TestR(EngineConformance):
    framework = "r"
    excluded = frozenset({"glm_nb"})
    native: ClassVar = {
        "gbm": {"n.minobsinnode": 2},
        "ranger": {"num.trees": 50},
        # One standard error above the least loss of few rows no feature may be left.
        "cv_glmnet": {"nlambda": 10, "s": "lambda.min"},
    }


class TestH2O(EngineConformance):
    framework = "h2o"
    native: ClassVar = {"mlp": {"hidden": (8,), "epochs": 5, "reproducible": True}}
    only = ("glm", "mlp")


@pytest.mark.slow
class TestTreesOfH2O(EngineConformance):
    framework = "h2o"
    # By default a leaf of boosted trees has ten rows, half of the sample.
    native: ClassVar = {"gbm": {"min_rows": 2.0, "ntrees": 10}, "drf": {"ntrees": 10}}
    only = ("gbm", "drf")


class TestKeras(EngineConformance):
    framework = "keras"
    # What XLA compiles in a second; the rules and the contestants have the rest.
    native: ClassVar = {"mlp": {"epochs": 20, "hidden": (8,), "optimizer": "sgd"}, "cnn": {"epochs": 20}}

    @pytest.mark.slow
    def test_selected_columns(self, process: EngineProcess) -> None:
        super().test_selected_columns(process)


class TestRKeras(EngineConformance):
    framework = "rkeras"
    native: ClassVar = {"mlp": {"epochs": 20}}

    @pytest.mark.slow
    def test_selected_columns(self, process: EngineProcess) -> None:
        super().test_selected_columns(process)


class TestReference(EngineConformance):
    framework = "reference"
    native: ClassVar = {"centre": {"threshold": 8.0}, "optimum": {"l2": 0.01}, "mlp": {"epochs": 20}}
