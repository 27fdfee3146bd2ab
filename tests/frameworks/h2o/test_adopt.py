"""A user's estimators of H2O's Python client, whose server the script starts itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import psutil
import pytest

from crossframe.explain.scripts.record import record
from crossframe.frameworks.fitted import FittedModel
from crossframe.frameworks.h2o.adopt import recognised

SCRIPT = """\
import socket
import numpy as np
import pandas as pd
import h2o
from h2o.estimators import H2OGeneralizedLinearEstimator, H2ODeepLearningEstimator

with socket.socket() as free:
    free.bind(("localhost", 0))
    port = free.getsockname()[1] // 2 * 2
h2o.init(port=port, nthreads=1, max_mem_size="400m")
rng = np.random.default_rng(0)
d = pd.DataFrame(rng.normal(size=(120, 3)), columns=list("abc"))
d["g"] = rng.choice(["u", "v", "w"], 120)
d["y"] = np.where(d["a"] + rng.normal(size=120) > 0, "yes", "no")
f = h2o.H2OFrame(d)
for name in ("g", "y"):
    f[name] = f[name].asfactor()
glm = H2OGeneralizedLinearEstimator(family="binomial", lambda_=0.01, alpha=0.5)
glm.train(x=["a", "b", "g"], y="y", training_frame=f)
line = H2OGeneralizedLinearEstimator(lambda_=0)
line.train(x=["b", "a"], y="c", training_frame=f)
net = H2ODeepLearningEstimator(hidden=[5, 5], epochs=2, seed=1, reproducible=True)
net.train(x=["a", "b"], y="y", training_frame=f)
"""


def fit(**fields: object) -> FittedModel:
    given = {"framework": "h2o", "X": np.zeros((2, 1)), "columns": ("x",), "y": np.zeros(2), **fields}
    return FittedModel(**given)  # type: ignore[arg-type]


def test_families_and_algorithms_that_are_ours() -> None:
    glm = {"call": "H2OGeneralizedLinearEstimator", "classes": ("no", "yes")}
    made = recognised(fit(**glm, arguments={"family": "binomial"}, given={"lambda_": [0.1], "alpha": None}))
    assert made is not None
    assert dict(made.native) == {"lambda_": 0.1, "family": "binomial"}
    assert recognised(fit(**glm, arguments={"family": "quasibinomial"}, given={})) is None
    assert recognised(fit(call="H2OGradientBoostingEstimator")) is None


@pytest.mark.slow
@pytest.mark.xdist_group("h2o")
def test_recorded_estimators(tmp_path: Path) -> None:
    script = tmp_path / "trains.py"
    script.write_text(SCRIPT)
    output: list[str] = []
    glm, line, net = record(script, on_output=output.append)[1]
    made = [recognised(each) for each in (glm, line, net)]
    assert [each.model for each in made if each] == ["h2o.glm", "h2o.glm", "h2o.mlp"]
    assert dict(made[0].native) == {"family": "binomial", "lambda_": 0.01, "alpha": 0.5}  # type: ignore[union-attr]
    assert dict(made[1].native) == {"family": "gaussian", "lambda_": 0.0}  # type: ignore[union-attr]
    assert glm.columns == ("a", "b", "g.u", "g.v", "g.w")
    assert (glm.classes, line.classes) == (("no", "yes"), ())
    assert line.columns == ("b", "a")
    d = np.random.default_rng(0).normal(size=(120, 3))
    # As the server has them: its parser rounds once more than NumPy.
    assert np.allclose(line.X, d[:, [1, 0]], rtol=2e-15, atol=0)
    assert line.coefficients is not None
    assert np.allclose(line.X @ line.coefficients + line.intercept, line.score, atol=1e-12)
    assert [each.seeded for each in (glm, net)] == [None, True]
    assert [each.variable for each in (glm, line, net)] == ["glm", "line", "net"]
    # Predicting afterwards printed no bar of its own.
    assert "".join(output).count("Build progress") == 3
    servers = [p.info["cmdline"] or [] for p in psutil.process_iter(["cmdline"])]
    assert not any("max_mem_size" in part or "-Xmx400m" in part for line in servers for part in line)
