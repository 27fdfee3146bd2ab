"""The stand-alone program that fits one model of statsmodels."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from crossframe.core.types import Task
from crossframe.frameworks.model import Program
from crossframe.frameworks.programs import call, python, read_rows, save_scores
from crossframe.frameworks.statsmodels import FRAMEWORK

if TYPE_CHECKING:
    # It imports this module.
    from crossframe.frameworks.statsmodels._model import StatsmodelsModel

_PACKAGES = ("numpy", "pandas", "statsmodels", "scipy")


def text(wanted: Program) -> str:
    """The program in Python that ``wanted`` describes, with the settings of its model."""
    task: Task = "numbers" if wanted.numbers else "classes"
    model = cast("StatsmodelsModel", FRAMEWORK.model(wanted.model.partition(".")[2]))
    built, fit, passed = model.call(model.for_task({}, wanted.arguments, task))
    constant = wanted.arguments.get("add_constant") is True
    made = 'sm.add_constant(X, has_constant="add")' if constant else "X"
    body = [
        "import numpy as np",
        "import pandas as pd",
        "import statsmodels.api as sm",
        "",
        *read_rows(wanted),
        f"exog = {made}",
        "",
        call(f"sm.{model.title}", ["y", "exog", *model.source(built)], "model = "),
        call(f"model.{fit}", model.source(passed), "results = "),
        "",
        save_scores(wanted, "results.predict(exog)"),
    ]
    return python(wanted, _PACKAGES, body)
