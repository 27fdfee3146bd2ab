"""Fits without a learning rate: what finds the answer in its place."""

from __future__ import annotations

from crossframe.auditing.rates.record import LearningRate

_SKLEARN = "https://scikit-learn.org/stable/modules/generated/sklearn.linear_model.{}.html"
_SOLVERS = {
    "lbfgs": "none: quasi-Newton (L-BFGS with a line search)",
    "liblinear": "none: coordinate descent or trust-region Newton",
    "newton-cg": "none: Newton with conjugate gradients and a line search",
    "newton-cholesky": "none: Newton with a line search",
}
_R = (
    ("lm", "none: QR decomposition, no iteration", "stats/html/lm.html"),
    ("glm", "none: IRLS (Fisher scoring)", "stats/html/glm.html"),
    ("nnet", "none: quasi-Newton (BFGS with a line search)", "nnet/html/nnet.html"),
    ("glmnet", "none: coordinate descent", ""),
)


def sklearn_rows(X: object, y: object) -> list[LearningRate]:
    """A row for each solver of the live ``LogisticRegression``, and for least squares.

    The step of sag and saga is computed from the rows; ``X`` (n, k) and ``y`` (n,) are an example.
    """
    from sklearn.linear_model import LogisticRegression

    options = LogisticRegression._parameter_constraints["solver"]
    names = sorted({name for option in options for name in getattr(option, "options", ())})
    page = _SKLEARN.format("LogisticRegression")
    rows = [LearningRate("sklearn", "LinearRegression", source=_SKLEARN.format("LinearRegression"),
                         none="none: singular value decomposition, no iteration")]  # fmt: skip
    for name in names:
        title = f"LogisticRegression(solver={name!r})"
        if name in ("sag", "saga"):
            rows.append(_averaged_gradient(name, title, page, X))
        else:
            rows.append(LearningRate("sklearn", title, none=_SOLVERS.get(name, "none declared"), source=page))
    return rows


def _averaged_gradient(name: str, title: str, page: str, X: object) -> LearningRate:
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.linear_model._sag import get_auto_step_size

    rows = np.asarray(X)
    alpha = 1.0 / (LogisticRegression().C * len(rows))
    largest = float((rows**2).sum(axis=1).max())
    step = get_auto_step_size(largest, alpha, "log", True, len(rows), name == "saga")
    rule = {"sag": "1/L", "saga": "1/(2L + min(2 n alpha, L))"}[name]
    return LearningRate(
        "sklearn",
        title,
        none="none to declare: the step is computed from the rows",
        schedule=f"constant {rule}, L = (max|x|^2 + 1)/4 + alpha; {step:.3g} on the {len(rows)} rows here",
        source=page,
    )


def h2o_rows() -> list[LearningRate]:
    """H2O's generalized linear models."""
    page = "https://docs.h2o.ai/h2o/latest-stable/h2o-docs/data-science/algo-params/solver.html"
    return [
        LearningRate("h2o", "GLM (solver IRLSM)", none="none: IRLS with coordinate descent or ADMM inside",
                     source=page),
        LearningRate("h2o", "GLM (solver L_BFGS)", none="none: quasi-Newton (L-BFGS with a line search)",
                     source=page),
    ]  # fmt: skip


def r_rows() -> list[LearningRate]:
    """R's models."""
    base = "https://stat.ethz.ch/R-manual/R-devel/library/"
    glmnet = "https://glmnet.stanford.edu/reference/glmnet.html"
    return [LearningRate("r", name, none=why, source=base + page if page else glmnet)
            for name, why, page in _R]  # fmt: skip
