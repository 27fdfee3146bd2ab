"""Every engine passes the kit, run for real."""

from __future__ import annotations

from crossframe.testing import EngineConformance


class TestSklearn(EngineConformance):
    engine = "sklearn"
    models = ("logistic", "mlp")


class TestR(EngineConformance):
    engine = "r"
    models = ("lm", "glm")


class TestH2O(EngineConformance):
    engine = "h2o"
    models = ("glm", "mlp")
    native = {"mlp": {"hidden": (8,), "epochs": 5, "reproducible": True}}


class TestKeras(EngineConformance):
    engine = "keras"
    models = ("logistic", "mlp", "cnn")
    native = {"cnn": {"epochs": 20}}


class TestRKeras(EngineConformance):
    engine = "rkeras"
    models = ("mlp",)
    native = {"mlp": {"epochs": 20}}


class TestReference(EngineConformance):
    engine = "reference"
    models = ("centre",)
    native = {"centre": {"threshold": 8.0}}
