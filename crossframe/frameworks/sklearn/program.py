"""The stand-alone program that fits one estimator of scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from crossframe.core.types import Task
from crossframe.frameworks.model import Program
from crossframe.frameworks.programs import call, python, read_rows, save_scores
from crossframe.frameworks.sklearn import FRAMEWORK

if TYPE_CHECKING:
    # It imports this module.
    from crossframe.frameworks.sklearn._model import SklearnModel

_PACKAGES = ("numpy", "pandas", "scikit-learn", "scipy")


def text(wanted: Program) -> str:
    """The program in Python that ``wanted`` describes, with the settings of its model."""
    model = cast("SklearnModel", FRAMEWORK.model(wanted.model.partition(".")[2]))
    task: Task = "numbers" if wanted.numbers else "classes"
    module, estimator = model.where(task)
    arguments = model.keywords(wanted.arguments)
    method = model.method(arguments, task)
    scores = f"model.{method}(X)" + ("[:, 1]" if method == "predict_proba" else "")
    imports, given = model.spelled(arguments)
    body = [
        "import numpy as np",
        "import pandas as pd",
        f"from {module} import {estimator}",
        *imports,
        "",
        *read_rows(wanted),
        "",
        call(estimator, given, "model = "),
        "model.fit(X, y)",
        "",
        save_scores(wanted, scores),
    ]
    return python(wanted, _PACKAGES, body)
