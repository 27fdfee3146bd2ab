"""Every engine passes the kit, run for real."""

from __future__ import annotations

from typing import ClassVar

from crossframe.testing import EngineConformance


class TestSklearn(EngineConformance):
    engine = "sklearn"
    models = ("logistic", "mlp", "sgd", "linear", "ridge", "lasso", "elasticnet")


class TestR(EngineConformance):
    engine = "r"
    models = ("lm", "glm", "glmnet", "nnet")


class TestH2O(EngineConformance):
    engine = "h2o"
    models = ("glm", "mlp")
    native: ClassVar = {"mlp": {"hidden": (8,), "epochs": 5, "reproducible": True}}


class TestKeras(EngineConformance):
    engine = "keras"
    models = ("logistic", "mlp", "cnn")
    native: ClassVar = {"cnn": {"epochs": 20}}


class TestRKeras(EngineConformance):
    engine = "rkeras"
    models = ("mlp",)
    native: ClassVar = {"mlp": {"epochs": 20}}


class TestReference(EngineConformance):
    engine = "reference"
    models = ("centre", "optimum", "mlp")
    native: ClassVar = {"centre": {"threshold": 8.0}, "optimum": {"l2": 0.01}, "mlp": {"epochs": 20}}
