"""Certified optima of regressions by other links than the log, against their derivatives and against R."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from crossframe.core.types import FloatArray
from crossframe.optima import SolutionStatus
from crossframe.optima.links import solve_by_link

N = 80
_RNG = np.random.default_rng(2)
X: FloatArray = np.ascontiguousarray(_RNG.uniform(0.2, 2.0, size=(N, 3)))
WEIGHTS, OFFSET = _RNG.uniform(0.5, 2.0, N), _RNG.uniform(0.0, 0.3, N)
_ETA = 0.5 + X @ [0.5, 0.3, 0.8]
PAIRS = {
    ("poisson", "identity"): (_ETA, "poisson"),
    ("poisson", "sqrt"): (_ETA**2, "poisson"),
    ("gamma", "inverse"): (1 / _ETA, "Gamma"),
    ("inverse_gaussian", "inverse"): (1 / _ETA, "inverse.gaussian"),
    ("inverse_gaussian", "inverse_squared"): (_ETA**-0.5, "inverse.gaussian"),
}
_LINKS = {"inverse_squared": "1/mu^2"}


def target(family: str, mean: FloatArray) -> FloatArray:
    rng = np.random.default_rng(8)
    if family == "poisson":
        return rng.poisson(3 * mean).astype(np.float64)
    return rng.gamma(5.0, mean / 5) if family == "gamma" else rng.wald(mean, 5.0)


@pytest.mark.parametrize(("family", "link"), list(PAIRS))
def test_the_optimum_has_no_slope(family: str, link: str) -> None:
    """By the score function of any generalised linear model: (y - mu) / (V(mu) g'(mu)) is orthogonal to X."""
    y = target(family, PAIRS[family, link][0])
    best = solve_by_link(X, y, family, link, weights=WEIGHTS, offset=OFFSET)
    assert best.status is SolutionStatus.CERTIFIED
    assert best.digits >= 30
    s = best.intercept + X @ best.coefficients + OFFSET
    mean, slope = {
        "identity": (s, np.ones(N)), "sqrt": (s**2, 2 * s), "inverse": (1 / s, -1 / s**2),
        "inverse_squared": (s**-0.5, -0.5 * s**-1.5),
    }[link]  # fmt: skip
    variance = mean ** {"poisson": 1, "gamma": 2, "inverse_gaussian": 3}[family]
    score = WEIGHTS * (y - mean) * slope / variance
    size = np.abs(score).sum()
    assert abs(score.sum()) < 1e-13 * size
    assert (np.abs(X.T @ score) < 1e-13 * size).all()


def test_what_is_not_convex_or_has_no_single_optimum_is_refused() -> None:
    y = target("gamma", 1 / _ETA)
    with pytest.raises(ValueError, match="can be proved to be global"):
        solve_by_link(X, y, "gamma", "identity")
    with pytest.raises(ValueError, match="collinear"):
        solve_by_link(np.column_stack([X, X[:, 0]]), y, "gamma", "inverse")
    # The best line through counts of 0 on one side leads below 0.
    counts = np.repeat([0.0, 9.0], 5)
    with pytest.raises(ValueError, match=r"all means are above 0"):
        solve_by_link(np.arange(10.0)[:, None], counts, "poisson", "identity")


R_CODE = """
rows <- matrix(as.numeric(scan("rows.txt", "", quiet = TRUE)), ncol = 6, byrow = TRUE)
w <- rows[, 5]; o <- rows[, 6]
fit <- function(start) suppressWarnings(
  glm(rows[, 1] ~ rows[, 2:4], {family}, weights = w, offset = o, start = start))
b <- NULL
for (k in 1:60) b <- coef(fit(b))
cat(sprintf("%.17g", b))
"""
"""Fisher scoring begun again where it ended: by its tolerance of the deviance alone it stops at 8 digits."""


def by_r(folder: Path, family: str, *columns: FloatArray) -> FloatArray:
    """R's coefficients, the intercept first: of a target, three features, weights and offset."""
    rows = np.column_stack(columns)
    # R reads hexadecimal numbers exactly.
    (folder / "rows.txt").write_text("\n".join(" ".join(map(float.hex, row)) for row in rows.tolist()))
    code = R_CODE.replace("{family}", family)
    done = subprocess.run(
        ["Rscript", "--vanilla", "-e", code], cwd=folder, capture_output=True, text=True, check=True
    )
    return np.array(done.stdout.split(), dtype=np.float64)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("Rscript"), reason="R is not here")
@pytest.mark.parametrize(("family", "link"), list(PAIRS))
def test_r_has_ten_digits_of_it(tmp_path: Path, family: str, link: str) -> None:
    mean, of_r = PAIRS[family, link]
    y = target(family, mean)
    best = solve_by_link(X, y, family, link, weights=WEIGHTS, offset=OFFSET)
    theirs = by_r(tmp_path, f'{of_r}(link = "{_LINKS.get(link, link)}")', y, X, WEIGHTS, OFFSET)
    np.testing.assert_allclose(theirs, [best.intercept, *best.coefficients], rtol=1e-10)
