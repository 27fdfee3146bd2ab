"""What is recorded of a Python script, and that the script is none the wiser."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest

from crossframe.explain.fitted.brought import Runner
from crossframe.explain.scripts.record import Started, record
from crossframe.frameworks.fitted import FittedModel

SCRIPT = """\
import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 2))
y = np.where(X[:, 0] + rng.normal(size=60) > 0, "yes", "no")
weights = np.arange(60) % 3 + 1.0
größe = LogisticRegression(C=10,
                           solver="liblinear")
print("schön:", größe.fit(
    X, y, sample_weight=weights).coef_)
steps = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1)).fit(X, y)
search = GridSearchCV(steps, {"logisticregression__C": [0.1, 0.2]}, cv=2).fit(X, y)
models = {"small": Ridge(0.5), "large": Ridge(alpha=50.0)}
for name, model in models.items():
    model.fit(X, X[:, 0])
scores = cross_val_score(Ridge(alpha=3), X, X[:, 1], cv=2)
three = LogisticRegression().fit(X, np.arange(60) % 3)
StandardScaler().fit(X)
print(np.random.get_state()[2], steps.predict(X[:3]))
"""


@pytest.fixture(scope="module")
def output() -> list[str]:
    return []


@pytest.fixture(scope="module")
def fits(tmp_path_factory: pytest.TempPathFactory, output: list[str]) -> tuple[FittedModel, ...]:
    script = tmp_path_factory.mktemp("scripts") / "größe.py"
    script.write_text(SCRIPT, encoding="utf-8")
    return record(script, on_output=output.append)[1]


def test_every_fit_is_recorded_and_no_transformer(fits: tuple[FittedModel, ...]) -> None:
    calls = [fit.call for fit in fits]
    assert calls == ["LogisticRegression"] * 3 + ["Ridge"] * 4 + ["LogisticRegression"]
    assert all(fit.framework == "sklearn" for fit in fits)


def test_the_data_are_those_that_the_model_got(fits: tuple[FittedModel, ...]) -> None:
    X = np.random.default_rng(0).normal(size=(60, 2))
    first, pipeline = fits[:2]
    assert np.array_equal(first.X, X)
    assert first.raw is None
    assert first.classes == ("no", "yes")
    assert np.array_equal(first.weights, np.arange(60) % 3 + 1.0)
    assert [step.name for step in pipeline.steps] == ["StandardScaler"]
    assert np.array_equal(pipeline.raw, X)
    assert np.allclose(pipeline.X, (X - X.mean(axis=0)) / X.std(axis=0), atol=1e-14)


def test_the_results_are_its_own(fits: tuple[FittedModel, ...]) -> None:
    first, three = fits[0], fits[-1]
    predictor = first.X @ first.coefficients + first.intercept
    assert np.allclose(first.score, 1 / (1 + np.exp(-predictor)), atol=1e-15)
    assert np.array_equal(first.labels, (predictor > 0).astype(float))
    assert three.score.shape == (60, 3)
    assert three.coefficients is None


def test_arguments_and_what_the_script_writes(fits: tuple[FittedModel, ...]) -> None:
    assert dict(fits[0].given) == {"C": 10, "solver": "liblinear"}
    assert fits[0].arguments["tol"] == 1e-4
    assert dict(fits[3].given) == {"alpha": 0.5}
    assert dict(fits[5].given) == {"alpha": 3}


def test_lines_and_names(fits: tuple[FittedModel, ...]) -> None:
    assert [(fit.line, fit.construct_line, fit.variable) for fit in fits] == [
        (13, 11, "größe"), (15, 0, "steps"), (16, 15, "search"), (19, 17, "small"), (19, 17, "large"),
        (20, 0, ""), (20, 0, ""), (21, 0, "three"),
    ]  # fmt: skip


def test_a_search_is_what_it_chose(fits: tuple[FittedModel, ...]) -> None:
    assert [fit.search for fit in fits[1:3]] == ["", "GridSearchCV"]
    assert fits[2].arguments["C"] in (0.1, 0.2)
    assert np.array_equal(fits[2].X, fits[1].X)


def test_warnings_are_kept(fits: tuple[FittedModel, ...]) -> None:
    assert fits[1].messages[0].startswith("ConvergenceWarning: lbfgs failed to converge")
    assert fits[0].messages == ()


def test_random_numbers_are_known_where_they_are_used(fits: tuple[FittedModel, ...]) -> None:
    assert fits[0].seeded is False  # liblinear draws, and the script fixes nothing
    assert fits[1].seeded is None


def test_the_output_is_passed_on(fits: tuple[FittedModel, ...], output: list[str]) -> None:
    assert "".join(output).startswith("schön: [[")


@pytest.mark.slow
def test_the_script_does_what_it_does_without(
    tmp_path: Path, fits: tuple[FittedModel, ...], output: list[str]
) -> None:
    script = tmp_path / "größe.py"
    script.write_text(SCRIPT, encoding="utf-8")
    plain = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        check=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
    )
    recorded = "".join(output)
    # Each stream in its own order: both go into one pipe.
    assert all(line in recorded for line in plain.stdout.splitlines())
    assert sorted(recorded.splitlines()) == sorted((plain.stdout + plain.stderr).splitlines())


@pytest.mark.slow
def test_the_last_hundred_are_kept_and_counted(tmp_path: Path) -> None:
    script = tmp_path / "many.py"
    script.write_text(
        "from sklearn.linear_model import Ridge\n"
        "for a in range(130):\n"
        "    Ridge(alpha=a + 1).fit([[1.0 + a], [2.0]], [1.0, 2.0])\n"
    )
    recording, fits = record(script, on_output=lambda text: None)
    assert (len(fits), recording.left_out) == (100, 30)
    assert [fits[0].arguments["alpha"], fits[-1].arguments["alpha"]] == [31, 130]
    assert fits[0].X[0, 0] == 31


@pytest.mark.slow
def test_files_are_where_the_script_looks_for_them(tmp_path: Path) -> None:
    here = tmp_path / "project" / "code"
    here.mkdir(parents=True)
    (tmp_path / "project" / "data").mkdir()
    table = "a,y\n1,0.5\n2,1\n4,2.5\n"
    for file in (here / "own.csv", tmp_path / "project" / "data" / "near.csv", tmp_path / "given.csv"):
        file.write_text(table)
    (here / "result.txt").write_text("the user's")
    (here / "helper.py").write_text("ALPHA = 7.0\n")
    script = here / "reads.py"
    script.write_text(
        "from pathlib import Path\nimport numpy as np\nimport helper\n"
        "from sklearn.linear_model import Ridge\n"
        'for file in ("own.csv", "../data/near.csv", "given.csv", Path(__file__).parent / "own.csv"):\n'
        '    d = np.loadtxt(file, delimiter=",", skiprows=1)\n'
        'Path("result.txt").write_text("another")\nPath("new.txt").write_text("new")\n'
        "model = Ridge(alpha=helper.ALPHA).fit(d[:, :1], d[:, 1])\n"
    )
    before = sorted(p.name for p in here.iterdir())
    (fit,) = record(script, data=tmp_path / "given.csv", on_output=lambda text: None)[1]
    assert fit.arguments["alpha"] == 7.0
    assert sorted(p.name for p in here.iterdir()) == before
    assert (here / "result.txt").read_text() == "the user's"


@pytest.mark.slow
def test_a_changed_text_runs_in_its_place(tmp_path: Path) -> None:
    script = tmp_path / "one.py"
    text = "from sklearn.linear_model import Ridge\nm = Ridge(alpha=1).fit([[1.0], [2.0]], [1.0, 2.0])\n"
    script.write_text(text)
    changed = record(script, text=text.replace("alpha=1", "alpha=2"), on_output=lambda text: None)[1]
    assert [fit.arguments["alpha"] for fit in changed] == [2]
    assert script.read_text() == text


@pytest.mark.slow
def test_an_estimator_of_the_script_itself(tmp_path: Path) -> None:
    script = tmp_path / "own.py"
    script.write_text(
        "import numpy as np\nfrom sklearn.base import BaseEstimator, ClassifierMixin\n"
        "class Majority(ClassifierMixin, BaseEstimator):\n"
        "    def __init__(self, rate=0.5):\n        self.rate = rate\n"
        "    def fit(self, X, y):\n        self.classes_ = np.unique(y)\n        return self\n"
        "    def predict(self, X):\n        np.random.rand()\n"
        "        return np.full(len(X), self.classes_[-1])\n"
        "np.random.seed(1)\n"
        "m = Majority(rate=0.3).fit([[1.0], [2.0]], [True, False])\nprint(np.random.rand())\n"
        "from sklearn.linear_model import Ridge\nRidge().fit([[1.0], [2.0]], [[1, 2], [3, 4]])\n"
    )
    output: list[str] = []
    (fit,) = record(script, on_output=output.append)[1]
    number, unrecorded = "".join(output).splitlines()
    assert unrecorded.startswith("own.py: not recorded: the fit on line 16: Ridge has 2 targets")
    assert (fit.framework, fit.call, fit.classes) == ("python", "Majority", ("False", "True"))
    assert dict(fit.given) == {"rate": 0.3}
    assert fit.score is None
    assert fit.labels is not None
    assert list(fit.labels) == [1, 1]
    # Predicting after the fit took no number of the script's.
    assert float(number) == np.random.RandomState(1).rand()


@pytest.mark.slow
def test_an_estimator_of_the_script_in_other_processes(tmp_path: Path) -> None:
    script = tmp_path / "jobs.py"
    script.write_text(
        "import numpy as np\nfrom sklearn.linear_model import Ridge\n"
        "from sklearn.model_selection import GridSearchCV\n"
        "class Mine(Ridge):\n"
        "    def fit(self, X, y, sample_weight=None):\n        return super().fit(X, y)\n"
        "X = np.arange(24.0).reshape(12, 2) ** 2\n"
        'g = GridSearchCV(Mine(), {"alpha": [1.0, 2.0]}, cv=2, n_jobs=2).fit(X, X[:, 0])\n'
    )
    (fit,) = record(script, on_output=lambda text: None)[1]
    assert (fit.call, fit.search, fit.variable) == ("Mine", "GridSearchCV", "g")
    assert fit.X.shape == (12, 2)


@pytest.mark.slow
def test_a_started_script_runs_once_and_ends_with_its_block(tmp_path: Path) -> None:
    script, runs = tmp_path / "one.py", tmp_path / "runs"
    script.write_text(f"""\
from pathlib import Path

with Path({str(runs)!r}).open("a") as file:
    file.write("run ")
import numpy as np
from sklearn.linear_model import Ridge

Ridge().fit(np.eye(3), [1.0, 2.0, 3.0])
""")
    with Started(script) as started:
        runner = Runner(None, None, lambda text: None, started)
        assert [len(runner.fits(str(script))) for _ in range(2)] == [1, 1]
    assert runs.read_text() == "run "
    script.write_text("import time\ntime.sleep(600)\n")
    before = psutil.Process().children()
    with Started(script):
        (process,) = [child for child in psutil.Process().children() if child not in before]
    assert not process.is_running()
