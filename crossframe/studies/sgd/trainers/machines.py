"""Linear support vector machines of scikit-learn on one strictly convex problem."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.studies.training import Outcome


def machines(*, X: Sequence[Sequence[float]], y: Sequence[int], C: float) -> Outcome:
    """Four ways to the linear machine with squared hinge loss, the intercept penalised like a weight.

    J(w) = |w|^2 / 2 + C sum_i max(0, 1 - s_i w'z_i)^2, z_i the row with a 1, s_i = 2 y_i - 1. It is
    strictly convex, so that it has one minimum. liblinear minimises it by trust-region Newton steps
    (``dual=False``) and its dual by coordinate descent (``dual=True``), libsvm cannot; SciPy's L-BFGS
    is a third way, and Newton's method on J itself the reference.

    Returns
    -------
    arrays
        ``coefficients`` (solvers, p + 1), the intercept last; ``gradient`` (solvers,): largest
        absolute entry of the gradient of J there; the last solver is the reference. Those before are in
        the order of `SOLVERS`, each with its default tolerance and then asked to go to the end.
    """
    from scipy.optimize import minimize
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import LinearSVC

    Z = np.column_stack([np.asarray(X, np.float64), np.ones(len(y))])
    sign = 2.0 * np.asarray(y) - 1
    solutions = []
    for dual in (False, True):
        for tolerance, most in ((1e-4, 1000), (1e-14, 1_000_000)):
            # random_state: the order of the coordinates of the dual.
            net = LinearSVC(dual=dual, C=C, tol=tolerance, max_iter=most, random_state=1)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                net.fit(Z[:, :-1], y)
            solutions.append(np.append(net.coef_[0], net.intercept_))
    for tolerance in (1e-5, 1e-12):
        options = {"maxiter": 100_000, "maxfun": 1_000_000, "ftol": 1e-16, "gtol": tolerance}
        solved = minimize(_value, np.zeros(Z.shape[1]), (Z, sign, C), jac=_slope, method="L-BFGS-B",
                        options=options)  # fmt: skip
        solutions.append(solved.x)
    solutions.append(_newton(Z, sign, C))
    slopes = [float(np.max(np.abs(_slope(w, Z, sign, C)))) for w in solutions]
    return {}, {"coefficients": np.array(solutions), "gradient": np.array(slopes)}


SOLVERS = ("LinearSVC, primal Newton", "LinearSVC, dual coordinate descent", "SciPy L-BFGS")


def _value(w: FloatArray, Z: FloatArray, sign: FloatArray, C: float) -> float:
    short = np.maximum(0, 1 - sign * (Z @ w))
    return float(w @ w / 2 + C * short @ short)


def _slope(w: FloatArray, Z: FloatArray, sign: FloatArray, C: float) -> FloatArray:
    slope: FloatArray = w - 2 * C * Z.T @ (sign * np.maximum(0, 1 - sign * (Z @ w)))
    return slope


def _newton(Z: FloatArray, sign: FloatArray, C: float) -> FloatArray:
    """Newton's method with halved steps; J is piecewise quadratic, so that it ends on the minimum."""
    w = np.zeros(Z.shape[1])
    for _ in range(100):
        slope = _slope(w, Z, sign, C)
        inside = Z[sign * (Z @ w) < 1]
        step = np.linalg.solve(np.eye(len(w)) + 2 * C * inside.T @ inside, slope)
        size = 1.0
        while size > 1e-10 and _value(w - size * step, Z, sign, C) > _value(w, Z, sign, C):
            size /= 2
        if np.max(np.abs(step)) <= 1e-15 * np.max(np.abs(w), initial=1.0):
            break
        w = w - size * step
    return w
