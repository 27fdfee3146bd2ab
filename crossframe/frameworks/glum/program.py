"""The stand-alone program that fits one model of glum."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from crossframe.core.types import Task
from crossframe.frameworks.glum import FRAMEWORK
from crossframe.frameworks.model import Program
from crossframe.frameworks.programs import call, python, read_rows, save_scores

if TYPE_CHECKING:
    # It imports this module.
    from crossframe.frameworks.glum._model import GlumModel

_PACKAGES = ("numpy", "pandas", "glum", "scipy")


def text(wanted: Program) -> str:
    """The program in Python that ``wanted`` describes, with the settings of its model."""
    task: Task = "numbers" if wanted.numbers else "classes"
    model = cast("GlumModel", FRAMEWORK.model(wanted.model.partition(".")[2]))
    arguments = model.keywords(model.for_task({}, wanted.arguments, task))
    body = [
        "import numpy as np",
        "import pandas as pd",
        f"from glum import {model.title}",
        "",
        *read_rows(wanted),
        "",
        call(model.title, model.source(arguments), "model = "),
        "model.fit(X, y)",
        "",
        save_scores(wanted, "model.predict(X)"),
    ]
    return python(wanted, _PACKAGES, body)
