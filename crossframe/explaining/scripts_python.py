"""Programs in Python that fit one model of scikit-learn or H2O, with their dependencies inline (PEP 723)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from crossframe.engines.base import Value
from crossframe.environment import package_version
from crossframe.errors import UsageError
from crossframe.explaining.scripts_text import Wanted, call, comment
from crossframe.settings import PASSED
from crossframe.settings.families import LEAST_SQUARES

_ESTIMATORS = {
    "sklearn.logistic": ("sklearn.linear_model", "LogisticRegression"),
    "sklearn.sgd": ("sklearn.linear_model", "SGDClassifier"),
    "sklearn.mlp": ("sklearn.neural_network", "MLPClassifier"),
    "sklearn.linear": ("sklearn.linear_model", "LinearRegression"),
    "sklearn.ridge": ("sklearn.linear_model", "Ridge"),
    "sklearn.lasso": ("sklearn.linear_model", "Lasso"),
    "sklearn.elasticnet": ("sklearn.linear_model", "ElasticNet"),
    "h2o.glm": ("h2o.estimators", "H2OGeneralizedLinearEstimator"),
}
MODELS = tuple(_ESTIMATORS)
"""``engine.model`` that have a program in Python."""

_NEEDS = {"sklearn": ("numpy", "pandas", "scikit-learn", "scipy"), "h2o": ("h2o", "numpy", "pandas")}
_PROBABLE = ("log_loss", "modified_huber")
"""Losses of SGDClassifier that come with probabilities."""
_SENT_AS_FRAMES = ("lower_bounds", "upper_bounds", "plug_values", "startval")
"""Numbers that H2O takes as frames or lists, made for the columns it keeps."""


def text(wanted: Wanted) -> str:
    """The program. Raises `UsageError` for an argument that is no argument of the framework's own."""
    engine = wanted.model.partition(".")[0]
    body = _h2o(wanted) if engine == "h2o" else _sklearn(wanted)
    return "\n".join(
        [
            *_metadata(_NEEDS[engine], wanted.versions),
            "",
            comment(wanted.purpose),
            "#",
            "# Run it in this folder: `uv run` installs what is listed above.",
            "",
            *body,
            "",
        ]
    )


def quoted(value: str) -> str:
    """A string literal of Python, in double quotes where it has nothing to hide."""
    return json.dumps(value, ensure_ascii=False) if value.isprintable() else repr(value)


def literal(value: Value) -> str:
    """A value as Python source."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    return repr(value)


def _metadata(packages: tuple[str, ...], versions: Mapping[str, str]) -> list[str]:
    # crossframe's own list leaves out what cannot change a number of an engine: pandas.
    known = {name: versions.get(name) or package_version(name) for name in packages}
    pinned = [f"{name}=={version}" if version else name for name, version in known.items()]
    return [
        "# /// script",
        f'# requires-python = ">={versions.get("python", "3.11")}"',
        "# dependencies = [",
        *(f"#     {quoted(package)}," for package in pinned),
        "# ]",
        "# ///",
    ]


def _arguments(wanted: Wanted) -> dict[str, Value]:
    given = {**PASSED.get(wanted.model, {}), **wanted.arguments}
    # crossframe spells None as the word in the parameters that also take words.
    return {k: None if v == "none" and k in ("class_weight", "penalty") else v for k, v in given.items()}


def _spelled(arguments: Mapping[str, Value]) -> list[str]:
    return [f"{name}={literal(value)}" for name, value in arguments.items()]


def _read(wanted: Wanted) -> str:
    spelled = [] if wanted.numbers else [f"dtype={{{quoted(wanted.target)}: str}}"]
    keywords = [quoted(wanted.table), *spelled, 'float_precision="round_trip"']
    return call("pd.read_csv", keywords, "data = ", "    ")


def _target(wanted: Wanted) -> list[str]:
    """The rows as arrays."""
    target = quoted(wanted.target)
    y = f"data[{target}].to_numpy(float)"
    if not wanted.numbers:
        y = f"(data[{target}] == {quoted(wanted.positive)}).astype(int)"
    return [f"X = data.drop(columns={target}).to_numpy(float)", f"y = {y}"]


def _sklearn(wanted: Wanted) -> list[str]:
    module, estimator = _ESTIMATORS[wanted.model]
    arguments = _arguments(wanted)
    probable = wanted.model != "sklearn.sgd" or arguments.get("loss", "hinge") in _PROBABLE
    scores = "model.predict_proba(X)[:, 1]" if probable else "model.decision_function(X)"
    if wanted.model in LEAST_SQUARES:
        scores = "model.predict(X)"
    return [
        "import numpy as np",
        "import pandas as pd",
        f"from {module} import {estimator}",
        "",
        _read(wanted),
        *_target(wanted),
        "",
        call(estimator, _spelled(arguments), "model = ", "    "),
        "model.fit(X, y)",
        "",
        f'np.savetxt({quoted(wanted.scores)}, {scores}, fmt="%.17g")',
    ]


def _h2o(wanted: Wanted) -> list[str]:
    module, estimator = _ESTIMATORS[wanted.model]
    arguments = _arguments(wanted)
    if framed := [name for name in _SENT_AS_FRAMES if arguments.get(name) is not None]:
        raise UsageError(f"a script for {wanted.model} cannot hold {', '.join(framed)}")
    family = "gaussian" if wanted.gaussian else "binomial"
    column = "predict" if wanted.gaussian else "p1"
    given = {k: v for k, v in arguments.items() if k != "family"}
    return [
        "import h2o",
        "import numpy as np",
        "import pandas as pd",
        "from h2o.backend import H2OLocalServer",
        f"from {module} import {estimator}",
        "",
        _read(wanted),
        *_target(wanted),
        "",
        "# A server of its own, on this machine: h2o.init() would join one that runs already.",
        "server = H2OLocalServer.start(nthreads=1)",
        "h2o.connect(server=server)",
        "h2o.no_progress()",
        'columns = [f"x{j}" for j in range(X.shape[1])]',
        'frame = h2o.H2OFrame(np.column_stack([X, y]), column_names=[*columns, "y"])',
        *([] if wanted.gaussian else ['frame["y"] = frame["y"].asfactor()']),
        "",
        call(estimator, [f'family="{family}"', *_spelled(given)], "model = ", "    "),
        'model.train(x=columns, y="y", training_frame=frame)',
        "",
        f'rows = model.predict(frame)["{column}"].as_data_frame(use_pandas=False, header=False)',
        f'np.savetxt({quoted(wanted.scores)}, np.array(rows, dtype=float), fmt="%.17g")',
        "",
        "h2o.connection().close()",
        "server.shutdown()",
    ]
