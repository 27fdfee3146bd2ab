"""Fits of statsmodels, where it is installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from crossframe.explain.scripts.record import record

pytestmark = pytest.mark.slow


def test_recorded_models(tmp_path: Path) -> None:
    pytest.importorskip("statsmodels")
    script = tmp_path / "fits.py"
    script.write_text(
        "import numpy as np\nimport pandas as pd\nimport statsmodels.api as sm\n"
        "import statsmodels.formula.api as smf\n"
        "rng = np.random.default_rng(0)\n"
        'd = pd.DataFrame(rng.normal(size=(80, 2)), columns=["a", "b"])\n'
        'd["y"] = (d.a + rng.normal(size=80) > 0).astype(int)\nd.loc[3, "a"] = np.nan\n'
        'm = smf.logit("y ~ a + b", d).fit(disp=0)\nm.summary()\n'
        'X = sm.add_constant(d[["b"]])\ng = sm.GLM(d.y, X, family=sm.families.Binomial()).fit()\n'
        'o = sm.OLS(d.b, d[["y"]]).fit()\n'
    )
    logit, glm, ols = record(script, on_output=lambda text: None)[1]
    assert [fit.call for fit in (logit, glm, ols)] == ["Logit", "GLM", "OLS"]
    assert logit.columns == ("a", "b")
    assert len(logit.y) == len(logit.rows) == 79
    assert "3" not in logit.rows
    assert logit.classes == glm.classes == ("0", "1")
    assert logit.coefficients is not None
    assert logit.standard_errors is not None
    assert logit.standard_errors.shape == (3,)
    predictor = logit.X @ logit.coefficients + logit.intercept
    assert np.allclose(logit.score, 1 / (1 + np.exp(-predictor)))
    assert ols.intercept == 0.0
    assert ols.classes == ()
