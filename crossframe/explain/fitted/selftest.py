"""The self-test by way of scripts and objects: planted sides written out, run, recorded and recognised."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from crossframe.core.errors import UsageError
from crossframe.data.types import Dataset
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.store import Store
from crossframe.explain import programs
from crossframe.explain.bundles import THRESHOLD
from crossframe.explain.fitted import objects, sides
from crossframe.explain.fitted.api import explain_sides
from crossframe.explain.fitted.brought import Runner
from crossframe.explain.fitted.result import FittedExplanation, Side
from crossframe.explain.selftest import Answer, Question
from crossframe.frameworks.pool import Pool
from crossframe.frameworks.registry import model
from crossframe.settings.family import spread

_TARGET = "target"


def by_scripts(question: Question, store: Store, pool: Pool) -> Answer | None:
    """Write the sides of a case as scripts, run these, and ask about what was recorded."""
    if question.sides is None or question.data is None:
        return None
    with tempfile.TemporaryDirectory(prefix="crossframe-selftest-") as folder:
        here = Path(folder)
        _table(question.data).to_csv(here / "table.csv", index=False, float_format="%.17g")
        try:
            files = [_script(side, question.data, here / name)
                     for side, name in zip(question.sides, ("left", "right"), strict=True)]  # fmt: skip
        except UsageError:
            return None
        runner = Runner(None, None, lambda text: None)
        both = [runner.side(str(file), file.name) for file in files]
        return _answer(explain_sides(both[0], both[1], store, pool, changes=0))


def by_objects(question: Question, store: Store, pool: Pool) -> Answer | None:
    """Fit the estimators of a case in this process, and ask about the objects; scikit-learn's alone."""
    if question.sides is None or question.data is None:
        return None
    if any(side.engine != "sklearn" for side in question.sides):
        return None
    data, both = question.data, []
    for side, name in zip(question.sides, ("left", "right"), strict=True):
        kind = model(side.model)
        native = kind.to_native(side.settings, side.native, len(data.y))
        estimator = kind.estimator(data.task)(**kind.keywords(native))  # type: ignore[attr-defined]
        fit = objects.fitted(estimator, data.X, data.y)
        both.append(Side(name=name, fit=fit, recognised=sides.recognised(fit)))
    return _answer(explain_sides(both[0], both[1], store, pool, changes=0))


def _answer(made: FittedExplanation) -> Answer:
    named = made.explanation.named if made.explanation else frozenset([made.rung] if made.rung else [])
    # What is planted are differences of scores; H2O's rule for labels comes with every script of it.
    return named - {THRESHOLD}, str(made.verdict)


def _table(data: Dataset) -> pd.DataFrame:
    table = pd.DataFrame(data.X, columns=list(data.names))
    return table.assign(**{_TARGET: data.y if data.task == "numbers" else np.asarray(data.classes)[data.y]})


def _script(side: Contestant, data: Dataset, file: Path) -> Path:
    """Write the program that fits a side. Raises `UsageError` where there is none."""
    given = side.settings, side.native
    native = model(side.model).to_native(*given, len(data.y), spread(data.y, *given))
    positive = "" if data.task == "numbers" else data.classes[1]
    made = programs.script(
        side.model,
        native,
        "table.csv",
        _TARGET,
        positive,
        f"{file.name}.scores",
        {},
        purpose="A planted side.",
    )
    path = file.with_suffix(made.suffix)
    path.write_text(made.text, encoding="utf-8")
    return path
