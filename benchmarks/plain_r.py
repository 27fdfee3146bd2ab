"""R's lm and glm the way a notebook calls them through rpy2: data frames converted for each fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def _accuracy(call: str, X: Any, y: Any, Xe: Any, ye: Any) -> float:
    import rpy2.robjects as ro
    from rpy2.robjects import pandas2ri
    from rpy2.robjects.conversion import localconverter

    with localconverter(ro.default_converter + pandas2ri.converter):
        ro.globalenv["train"] = pd.DataFrame(X).add_prefix("x").assign(label=y)
        ro.globalenv["test"] = pd.DataFrame(Xe).add_prefix("x")
    score = np.asarray(ro.r(f"suppressWarnings(predict({call}, newdata = test, type = 'response'))"))
    return float(np.mean((score > 0.5) == np.asarray(ye)))


def fit_lm(X: Any, y: Any, Xe: Any, ye: Any) -> float:
    return _accuracy("lm(label ~ ., data = train)", X, y, Xe, ye)


def fit_glm(X: Any, y: Any, Xe: Any, ye: Any) -> float:
    return _accuracy("glm(label ~ ., data = train, family = binomial)", X, y, Xe, ye)
