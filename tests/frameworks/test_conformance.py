"""Every framework passes the conformance kit, run for real."""

from __future__ import annotations

from typing import ClassVar

from crossframe.frameworks.conformance import EngineConformance


class TestSklearn(EngineConformance):
    framework = "sklearn"


class TestStatsmodels(EngineConformance):
    framework = "statsmodels"
    # Newton's method refuses more columns than rows, whose Hessian has no inverse.
    native: ClassVar = {"logit": {"method": "bfgs"}, "probit": {"method": "bfgs"}}


class TestR(EngineConformance):
    framework = "r"


class TestH2O(EngineConformance):
    framework = "h2o"
    native: ClassVar = {"mlp": {"hidden": (8,), "epochs": 5, "reproducible": True}}


class TestKeras(EngineConformance):
    framework = "keras"
    native: ClassVar = {"cnn": {"epochs": 20}}


class TestRKeras(EngineConformance):
    framework = "rkeras"
    native: ClassVar = {"mlp": {"epochs": 20}}


class TestReference(EngineConformance):
    framework = "reference"
    native: ClassVar = {"centre": {"threshold": 8.0}, "optimum": {"l2": 0.01}, "mlp": {"epochs": 20}}
