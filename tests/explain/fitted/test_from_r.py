"""Models of a session of R: explained from R through reticulate, and from Python through rpy2."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed"),
]

ROOT = Path(__file__).parents[3]

SESSION = """
source(file.path("{root}", "r_scripts", "crossframe.R"))
fit <- glm(am ~ wt + hp, binomial, mtcars)
explained <- crossframe_explain(fit, "sklearn.logistic:C=1")
explained
cat("causes:", sapply(explained$causes, function(cause) cause$setting), "verdict:", explained$verdict, "\\n")
set.seed(1)
network <- nnet::nnet(am ~ wt, mtcars, size = 1, entropy = TRUE, trace = FALSE)
state <- .Random.seed
other <- crossframe_explain(network, nnet::multinom(vs ~ wt, d, trace = FALSE), data = list(d = mtcars))
cat("unchanged:", identical(state, .Random.seed), "verdict:", other$verdict, "\\n")
path <- glmnet::glmnet(as.matrix(mtcars[c("wt", "hp")]), mtcars$mpg)
refused <- list(
  quote(crossframe_explain("sklearn.logistic", "r.glm")),
  quote(crossframe_explain(fit, "sklearn.logisti")),
  quote(crossframe_explain(fit, loess(mpg ~ wt, mtcars))),
  quote(crossframe_explain(fit, path))
)
for (call in refused) cat("refused:", tryCatch(eval(call), error = conditionMessage), "\\n")
"""


def test_a_session_of_r_explains_its_models(tmp_path: Path) -> None:
    script = tmp_path / "session.R"
    script.write_text(SESSION.replace("{root}", str(ROOT)), encoding="utf-8")
    surroundings = {**os.environ, "RETICULATE_PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["Rscript", script.name], cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    text = done.stdout
    assert "fit and sklearn.logistic:C=1 differ because ridge penalty (penalty.l2)" in text
    assert "causes: penalty.l2 verdict: explained" in text
    assert "unchanged: TRUE verdict: other_data" in text
    refused = [line.removeprefix("refused: ") for line in text.splitlines() if line.startswith("refused: ")]
    assert refused[0].startswith("none of the two is a fit of this session")
    assert refused[1].startswith("unknown model 'sklearn.logisti'")
    assert refused[2].startswith("crossframe has no such model: an object of class loess")
    assert refused[3].startswith("a path of penalties: give the one that is meant as s = ...")


HELD = """
import rpy2.robjects as ro
from crossframe.core.errors import UsageError
from crossframe.explain.fitted.objects import fitted

ro.r("fit <- glm(am ~ wt + hp, binomial, mtcars)")
made = fitted(ro.r("fit"))
assert made.columns == ("wt", "hp") and made.classes == ("0", "1") and made.rows[0] == "Mazda RX4", made
assert [made.intercept, *made.coefficients] == list(ro.r("coef(fit)"))
assert list(made.score) == list(ro.r("fitted(fit)"))
ro.r("set.seed(3); net <- nnet::nnet(factor(am) ~ wt, mtcars, size = 2, trace = FALSE)")
before = list(ro.r(".Random.seed"))
made = fitted(ro.r("net"))
assert list(made.score) == list(ro.r("net$fitted.values")) and made.seeded is False
assert list(ro.r(".Random.seed")) == before
try:
    fitted(ro.r("loess(mpg ~ wt, mtcars)"))
except UsageError as error:
    print(error)
"""


def test_a_model_that_rpy2_holds_is_read(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HELD], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("crossframe has no such model: an object of class loess")
