"""R's functions behind each model, and where they are documented.

Their ``formals()`` are read by `r_scripts/formals.R` in the engine's own R; nothing here runs alone.
"""

from __future__ import annotations

CALLABLES = {
    "lm": ("lm", "lm.fit"),
    "glm": ("glm", "glm.fit", "glm.control", "binomial"),
    "glmnet": ("glmnet", "glmnet.control", "predict.glmnet"),
    "nnet": ("nnet.default", "set.seed"),
}
"""Model of crossframe -> the functions whose parameters it has."""

PACKAGES = {
    "lm": "stats",
    "lm.fit": "stats",
    "glm": "stats",
    "glm.fit": "stats",
    "glm.control": "stats",
    "binomial": "stats",
    "glmnet": "glmnet",
    "glmnet.control": "glmnet",
    "predict.glmnet": "glmnet",
    "nnet.default": "nnet",
    "set.seed": "base",
}
"""Function -> the package it is in."""

NEEDS = {"glmnet": "glmnet", "nnet": "nnet"}
"""Model -> the package that does not come with every R."""

_PAGES = {
    "lm.fit": "lmfit",
    "glm.fit": "glm",
    "binomial": "family",
    "nnet.default": "nnet",
    "set.seed": "Random",
}


def documentation(owner: str, name: str, version: str) -> str:
    """The help page of the function: of the patched release of R, or of the package's own site."""
    page = _PAGES.get(owner, owner)
    package = PACKAGES[owner]
    if package == "glmnet":
        return f"https://glmnet.stanford.edu/reference/{page}.html"
    return f"https://stat.ethz.ch/R-manual/R-patched/library/{package}/html/{page}.html"
