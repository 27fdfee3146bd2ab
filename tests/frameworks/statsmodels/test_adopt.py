"""Users' fits of statsmodels: recorded, and recognised as models that give the same numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crossframe.explain.fitted import sides
from crossframe.explain.scripts.record import record
from crossframe.frameworks.contract import EvalRows, FitRequest
from crossframe.frameworks.fitted import FittedModel
from crossframe.frameworks.statsmodels.adopt import recognised
from tests.running import Engines

X = np.arange(12.0).reshape(6, 2)
Y = np.array([0.0, 1.0, 0.0, 1.0, 1.0, 0.0])
TWO = ("0", "1")
BINOMIAL = {"family": "Binomial", "link": "Logit"}
CONSTANT = {"add_constant": True}


def fit(call: str, arguments: dict[str, Any], given: tuple[str, ...] = (), **fields: Any) -> FittedModel:
    """A fit whose script passes the arguments that are ``given``."""
    passed = {name: arguments[name] for name in given}
    return FittedModel(
        framework="statsmodels", call=call, arguments=arguments, given=passed, X=X, columns=("a", "b"), y=Y,
        **{"score": Y, "classes": TWO, **fields},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("recorded", "model", "native"),
    [
        (fit("Logit", {"method": "newton", "maxiter": 35, "disp": 0}, ("disp",)), "logit", {}),
        (fit("Logit", {**CONSTANT, "method": "bfgs", "maxiter": 99, "gtol": 1e-5}, ("maxiter",)), "logit",
         {**CONSTANT, "method": "bfgs", "maxiter": 99}),
        (fit("Logit", {**CONSTANT, "method": "l1", "alpha": 2, "alpha_const": 0.0}, ("alpha",)), "logit",
         {**CONSTANT, "method": "l1", "alpha": 2.0, "alpha_const": 0.0}),
        (fit("Probit", {"method": "newton", "cov_type": "HC0"}, ("cov_type",)), "probit", {}),
        (fit("GLM", {**BINOMIAL, **CONSTANT, "method": "IRLS", "tol": 1e-8}, ("tol",)), "glm",
         {"family": "binomial", "link": "logit", **CONSTANT}),
        (fit("GLM", {**BINOMIAL, "link": "CLogLog", "tol": 1e-4}, ("tol",)), "glm",
         {"family": "binomial", "link": "cloglog", "tol": 1e-4}),
        (fit("GLM", {"family": "Gaussian", "link": "Identity"}, classes=()), "glm",
         {"family": "gaussian", "link": "identity"}),
        (fit("OLS", {**CONSTANT, "method": "qr"}, ("method",), classes=()), "ols",
         {**CONSTANT, "method": "qr"}),
        (fit("OLS", {"method": "elastic_net", "alpha": 0.1, "L1_wt": 1}, ("alpha",), classes=()), "ols",
         {"method": "elastic_net", "alpha": 0.1}),
    ],
)  # fmt: skip
def test_the_settings_of_a_call_are_those_that_are_not_the_defaults(
    recorded: FittedModel, model: str, native: dict[str, Any]
) -> None:
    made = recognised(recorded)
    assert made is not None
    assert (made.model, dict(made.native), made.rest) == (f"statsmodels.{model}", native, ())


def test_the_families_of_numbers_are_recognised() -> None:
    counts = recognised(fit("GLM", {"family": "Poisson", "link": "Log"}, classes=()))
    assert counts is not None
    assert counts.model == "statsmodels.glm"
    assert counts.native == {"family": "poisson", "link": "log"}


@pytest.mark.parametrize(
    "recorded",
    [
        fit("WLS", {}),
        fit("GLM", {"family": "NegativeBinomial", "link": "Log"}, classes=()),
        fit("GLM", {"family": "Gaussian", "link": "Log"}, classes=()),
        # Shares of successes are no classes.
        fit("GLM", BINOMIAL, classes=()),
        fit("GLM", {"family": "Binomial", "link": "LogLog"}),
    ],
)
def test_what_is_no_model_of_ours(recorded: FittedModel) -> None:
    assert recognised(recorded) is None


@pytest.mark.parametrize(
    ("recorded", "rest"),
    [
        (fit("Logit", {"method": "nm"}, ("method",)), ("method='nm'",)),
        (fit("Logit", {"method": "bfgs", "norm": 2}, ("norm",)), ("norm=2",)),
        (fit("OLS", {"method": "elastic_net", "refit": True}, ("refit",), classes=()), ("refit=True",)),
        (fit("OLS", {}, classes=(), weights=np.arange(6.0)), ("weights of single rows",)),
        (fit("GLM", BINOMIAL, offset=np.arange(6.0)), ("an offset",)),
    ],
)
def test_what_no_setting_expresses(recorded: FittedModel, rest: tuple[str, ...]) -> None:
    made = recognised(recorded)
    assert made is not None
    assert made.rest == rest


DATA = """
import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf

rng = np.random.default_rng(0)
d = pd.DataFrame(rng.normal(size=(80, 2)) + [1, 0], columns=["a", "b"])
d["y"] = (d.a + rng.logistic(size=80) > 0.5).astype(int)
d["z"] = d.a - d.b + rng.normal(size=80)
X = sm.add_constant(d[["a", "b"]])
"""
FITS = """
formula = smf.logit("y ~ a + b", d).fit(disp=0)
formula.summary()
bfgs = sm.Logit(d.y, X).fit(method="bfgs", maxiter=100, disp=0, gtol=1e-8)
lasso = sm.Logit(d.y, X).fit_regularized(alpha=[0, 2.0, 2.0], disp=0)
probit = sm.Probit(d.y, d[["a", "b"]]).fit(disp=0, cov_type="HC0")
glm = sm.GLM(d.y, X, family=sm.families.Binomial(sm.families.links.CLogLog())).fit(tol=1e-10)
gaussian = sm.GLM(d.z, X).fit()
last = sm.OLS(d.z, sm.add_constant(d[["a", "b"]], prepend=False)).fit()
qr = smf.ols("z ~ a + b - 1", d).fit(method="qr")
net = sm.OLS(d.z, X).fit_regularized(alpha=np.array([0.1, 0.1, 0.1]), L1_wt=0.5)
ridge = sm.OLS(d.z, X).fit_regularized(alpha=0.1, L1_wt=0.0)
"""
OTHERS = """
weighted = sm.GLM(d.y, X, family=sm.families.Binomial(), freq_weights=np.arange(80) + 1).fit()
unlike = sm.Logit(d.y, X).fit_regularized(alpha=[0, 2.0, 1.0], disp=0)
poisson = sm.GLM(d.y, X, family=sm.families.Poisson(), offset=d.b).fit()
"""


@pytest.mark.slow
def test_what_is_recognised_gives_the_predictions_of_the_fit(tmp_path: Path, engines: Engines) -> None:
    script = tmp_path / "fits.py"
    script.write_text(DATA + FITS + OTHERS)
    recording, fits = record(script, on_output=lambda text: None)
    assert not recording.unreadable
    assert [f.variable for f in fits] == [
        line.partition(" ")[0] for line in (FITS + OTHERS).splitlines() if " = " in line
    ]
    named = {f.variable: f for f in fits}
    for line in FITS.split("\n"):
        if " = " not in line:
            continue
        one = named[line.partition(" ")[0]]
        made = sides.recognised(one)
        assert made is not None, line
        assert not made.rest, line
        table, y = np.ascontiguousarray(one.X), one.y.astype(np.int64) if one.classes else one.y
        short = made.model.partition(".")[2]
        again = engines["statsmodels"].fit(
            FitRequest(short, {}, made.native, table, y, one.columns, EvalRows(line, table, one.columns),
                       task=one.task)
        )  # fmt: skip
        np.testing.assert_allclose(again.score, one.score, atol=1e-12, err_msg=line)
        assert one.standard_errors is None or one.standard_errors.shape == (3,)
    assert named["formula"].title == "Logit(endog='y', exog='Intercept + a + b', disp=0)"
    assert sides.recognised(named["weighted"]).rest == ("weights of single rows",)  # type: ignore[union-attr]
    assert sides.recognised(named["unlike"]).rest == ("alpha=[0, 2.0, 1.0]",)  # type: ignore[union-attr]
    assert named["poisson"].offset is not None
    assert sides.recognised(named["poisson"]).rest == ("an offset",)  # type: ignore[union-attr]


@pytest.mark.slow
def test_a_script_against_one_of_scikit_learn(tmp_path: Path, command: Any) -> None:
    save = f'd.to_csv("{tmp_path}/d.csv", index=False)\n'
    left, right = tmp_path / "mine_statsmodels.py", tmp_path / "other_sklearn.py"
    left.write_text(DATA + save + "fit = sm.Logit(d.y, X).fit(disp=0)\n")
    right.write_text(
        "import pandas as pd\nfrom sklearn.linear_model import LogisticRegression\n"
        f'd = pd.read_csv("{tmp_path}/d.csv")\n'
        'LogisticRegression(C=0.1).fit(d[["a", "b"]], d["y"])\n'
    )
    text = " ".join(command("explain", str(left), str(right)).stdout.split())
    assert "explained by settings" in text
    assert "because ridge penalty (penalty.l2) is 0 in mine_statsmodels.py and 0.125 (C=0.1)" in text
    assert 'With tol=1e-14, C=float("inf") in other_sklearn.py, the two agree in' in text
    assert "Logit(endog='y', exog='const + a + b', disp=0)" in text


@pytest.mark.slow
def test_standard_errors_beside_those_of_lm(tmp_path: Path) -> None:
    """On the tables that come with statsmodels, Longley's among them, whose condition number is 5e9."""
    (tmp_path / "ours.py").write_text(
        "import importlib\nimport numpy as np\nimport pandas as pd\nimport statsmodels.api as sm\n"
        f"for name in {TABLES!r}:\n"
        '    d = importlib.import_module(f"statsmodels.datasets.{name}").load()\n'
        "    X, y = np.asarray(d.exog, float)[:500], np.asarray(d.endog, float)[:500]\n"
        "    X = X.reshape(len(X), -1)\n    y = y.reshape(len(y), -1)[:, 0]\n"
        "    X = X[:, np.ptp(X, axis=0) > 0]\n"
        '    frame = pd.DataFrame(X).add_prefix("x").assign(y=y)\n'
        f'    frame.to_csv("{tmp_path}/" + name + ".csv", index=False, float_format="%.17g")\n'
        '    sm.OLS(y, sm.add_constant(X, has_constant="add")).fit()\n'
    )
    tables = ", ".join(f'"{name}"' for name in TABLES)
    (tmp_path / "theirs.R").write_text(
        f"for (name in c({tables})) {{\n"
        f'  d <- read.csv(file.path("{tmp_path}", paste0(name, ".csv")))\n'
        "  lm(y ~ ., data = d)\n}\n"
    )
    ours, theirs = (
        record(tmp_path / name, on_output=lambda text: None)[1] for name in ("ours.py", "theirs.R")
    )
    assert len(ours) == len(theirs) == len(TABLES)
    for name, one, other in zip(TABLES, ours, theirs, strict=True):
        assert one.standard_errors is not None
        assert other.standard_errors is not None
        np.testing.assert_allclose(one.standard_errors, other.standard_errors, rtol=1e-9, err_msg=name)
        np.testing.assert_allclose(one.coefficients, other.coefficients, rtol=1e-8, err_msg=name)


TABLES = ["longley", "stackloss", "scotland", "statecrime", "ccard", "spector", "cpunish", "copper",
          "randhie", "star98", "fair", "cancer", "committee", "strikes", "heart", "engel"]  # fmt: skip
