"""``crossframe explain`` on scripts and tables: the answer, the changed script, and what cannot be asked."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crossframe.core.errors import UsageError
from crossframe.explain.public import explain
from tests.command import INTERRUPTIBLE, environment, in_process

_LBFGS = """\
import pandas as pd
from sklearn.linear_model import LogisticRegression

d = pd.read_csv("table.csv")
print("rows", len(d))
model = LogisticRegression(
    max_iter=500,  # enough
)
model.fit(d[["a", "b"]], d["y"])
"""
_LIBLINEAR = """\
import pandas as pd
from sklearn.linear_model import LogisticRegression as LR

d = pd.read_csv("table.csv")
first = LR(solver="liblinear", C=2).fit(d[["a"]], d["y"])
fit = LR(solver="liblinear").fit(d[["a", "b"]], d["y"])
"""
_SCALED = """\
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

d = pd.read_csv("table.csv")
fit = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)).fit(d[["a", "b"]], d["y"])
"""
_GLM = """\
d <- read.csv("table.csv")
d$extra <- ifelse(d$a > 1.5, NA, d$b)
fit <- glm(y ~ a + b, data = d[!is.na(d$extra), ], family = binomial)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("scripts")
    rng = np.random.default_rng(5)
    X = rng.normal(size=(80, 2)) * [1, 3]
    y = (rng.random(80) < 1 / (1 + np.exp(-X @ [1, 0.3] - 0.8))).astype(int)
    pd.DataFrame(X, columns=["a", "b"]).assign(y=y).to_csv(made / "table.csv", index=False)
    scripts = {"lbfgs.py": _LBFGS, "liblinear.py": _LIBLINEAR, "scaled.py": _SCALED, "glm.R": _GLM}
    for name, text in scripts.items():
        (made / name).write_text(text, encoding="utf-8")
    return made


def _asked(
    folder: Path, capsys: pytest.CaptureFixture[str], left: str, right: str, *words: str
) -> dict[str, Any]:
    sides = [
        str(folder / side) if "." in side and (folder / side).exists() else side for side in (left, right)
    ]
    store = ("--store", str(folder / "store.sqlite"))
    done = in_process(capsys, "explain", *sides, "--json", *store, *words, code=(0, 1))
    record: dict[str, Any] = json.loads(done.stdout)
    return record


def _named(made: dict[str, Any]) -> list[str]:
    return [cause["setting"] for cause in made["causes"]]


@pytest.mark.slow
def test_two_scripts_are_explained_and_the_change_of_one_closes_the_gap(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = _asked(folder, capsys, "liblinear.py", "lbfgs.py")
    assert made["verdict"] == "explained"
    assert "penalty.intercept" in _named(made)
    assert made["answer"][0].startswith("liblinear.py and lbfgs.py differ because penalty of the intercept")
    recipe = made["recipes"][0]
    assert recipe["digits_after"] >= 7 > recipe["digits_before"]
    assert "solver=" in recipe["diff"]
    assert (folder / "lbfgs.py").read_text() == _LBFGS


@pytest.mark.slow
def test_the_fits_of_a_script_are_listed_and_another_than_the_last_is_compared(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = str(folder / "liblinear.py")
    fits = json.loads(in_process(capsys, "explain", script, "--list", "--json").stdout)["fits"]
    assert [(f["name"], f["line"], f["features"]) for f in fits] == [("first", 5, 1), ("fit", 6, 2)]
    done = in_process(capsys, "explain", f"{script}::second", script, code=2)
    assert "liblinear.py::second: the script has no such fit; it has 2 fits: 1 first, 2 fit" in done.stderr


def test_a_script_beside_a_model_gives_it_its_rows_and_prints_nothing_into_the_result(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = str(folder / "lbfgs.py")
    store = ("--store", str(folder / "store.sqlite"))
    done = in_process(capsys, "explain", script, "sklearn.logistic:max_iter=500", *store)
    assert "lbfgs.py and sklearn.logistic:max_iter=500 agree" in done.stdout
    assert "rows 80" not in done.stdout
    assert "rows 80" in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--n", "20"], "--n has no use with a script"),
        (["--by", "names"], "--by has no use with a script"),
        (["--list", "--fail-over", "6"], "--fail-over has no use with --list"),
        (["--time-limit", "0"], "not a number of seconds"),
    ],
)
def test_options_without_effect_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    script = str(folder / "lbfgs.py")
    assert message in in_process(capsys, "explain", script, script, *words, code=2).stderr


def test_objects_need_their_rows(folder: Path) -> None:
    with pytest.raises(UsageError, match="do not keep the rows"):
        explain(object(), "r.glm")
    with pytest.raises(UsageError, match="target: without effect"):
        explain(str(folder / "lbfgs.py"), "r.glm", target="y")


@pytest.mark.slow
def test_a_step_that_differs_is_a_setting_and_is_taken_out_of_the_pipeline(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = _asked(folder, capsys, "scaled.py", "lbfgs.py")
    assert (made["verdict"], made["rung"]) == ("explained", "columns")
    assert _named(made) == ["features.standardize"]
    assert '"passthrough"' in made["recipes"][0]["diff"]
    assert made["recipes"][0]["digits_after"] >= 12


@pytest.mark.slow
def test_rows_that_one_script_leaves_out_are_named_beside_its_settings(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = _asked(folder, capsys, "lbfgs.py", "glm.R")
    left_out = np.flatnonzero(pd.read_csv(folder / "table.csv")["a"] > 1.5)
    assert (made["verdict"], made["rung"]) == ("other_data", "rows")
    rows = f"lbfgs.py alone has {len(left_out)} rows (index {', '.join(map(str, left_out[:5]))}"
    assert "the data account for" in made["answer"][0]
    assert rows in " ".join(made["answer"])
    assert "penalty.l2" in _named(made)
    assert made["recipes"] == []


@pytest.mark.slow
def test_fitted_objects_of_scikit_learn_and_of_others_are_taken(folder: Path, tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    table = pd.read_csv(folder / "table.csv")
    X, y = table[["a", "b"]], table["y"]

    class Half:
        def predict_proba(self, X: pd.DataFrame) -> np.ndarray[Any, Any]:
            return np.full((len(X), 2), 0.5)

    lbfgs = LogisticRegression().fit(X, y)
    made = explain(LogisticRegression(C=0.1), lbfgs, X, y, store=tmp_path / "store.sqlite")
    assert made.verdict == "explained"
    assert made.causes[0] == "penalty.l2"
    assert "differ because" in made._repr_html_()
    other = explain(lbfgs, Half(), X, y, store=tmp_path / "store.sqlite")
    assert other.verdict == "unexplained"
    assert "no model that crossframe can fit by itself" in str(other)


@pytest.mark.slow
def test_ctrl_c_ends_the_scripts_that_run(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text("print('begun', flush=True)\nimport time\ntime.sleep(300)\n", "utf-8")
    command = [sys.executable, "-c", INTERRUPTIBLE, "explain", "slow.py", "slow.py"]
    running = subprocess.Popen(
        command, cwd=tmp_path, env=environment(tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert running.stderr is not None
    while "begun" not in running.stderr.readline():
        assert running.poll() is None
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode == 130
