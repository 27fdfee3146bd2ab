"""The key of a cell covers the code that computes it, and nothing but the code."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crossframe.experiment.keys import closure
from crossframe.frameworks.conformance import request
from crossframe.frameworks.host import EngineProcess
from crossframe.frameworks.rscripts import folder

ROOT = Path(__file__).resolve().parents[2]
HERE = "tests.experiment.listing"
TRAINER = "crossframe.studies.sgd.trainers.machines"
EVERY = [pytest.param(60, id="every sixtieth"), pytest.param(1, id="all", marks=pytest.mark.slow)]

_KEYS = """
import json, sys
from pathlib import Path
from crossframe.data import DESIGNS, load
from crossframe.experiment.plan import Experiment
from crossframe.experiment.spec import parse
from crossframe.studies.lab import Job

names = ("sklearn.logistic", "sklearn.mlp", "r.glm", "r.glmnet")

def keys():
    contestants = tuple(map(parse, names))
    e = Experiment(load("digits"), DESIGNS["leek"], (10,), 1, 1, contestants)
    return {c.contestant.name: c.key for c in e.cells()} | {"job": Job(sys.argv[1], {}).key}

before = keys()
changed = {}
for name, added in json.load(sys.stdin):
    file = Path(name)
    text = file.read_text()
    file.write_text(added + "\\n" + text if added.startswith('\"\"\"') else text + "\\n" + added + "\\n")
    now = keys()
    changed[name + added] = [one for one in now if now[one] != before[one]]
    file.write_text(text)
print(json.dumps(changed))
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package that may be edited."""
    made = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "crossframe", made / "crossframe", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(folder(), made / "r_scripts")
    return made


def edited(copy: Path, edits: list[tuple[Path, str]]) -> list[list[str]]:
    """For each edit (a file of the copy, what is added to it) whose keys it changes."""
    asked = json.dumps([(str(file), added) for file, added in edits])
    done = subprocess.run(
        [sys.executable, "-c", _KEYS, f"{TRAINER}:x"],
        input=asked, capture_output=True, text=True, check=False, cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    changed: dict[str, Any] = json.loads(done.stdout)
    return [changed[str(file) + added] for file, added in edits]


def files_of(modules: list[str], copy: Path) -> list[Path]:
    """The files of modules, in the copy."""
    found = []
    for name in modules:
        path = copy.joinpath(*name.split("."))
        found.append(path / "__init__.py" if path.is_dir() else path.with_suffix(".py"))
    assert all(file.is_file() for file in found)
    return found


def imported(engine: str, where: str, *calls: Any) -> list[str]:
    """The modules that a process has imported after it has done its work."""
    process = EngineProcess(engine, where=f"{HERE}:{where}")
    try:
        if calls:
            process.call(*calls)
        else:
            assert process.fit(request("logistic" if engine == "sklearn" else "glm")).status.usable
        names: list[str] = process.call("modules")
    finally:
        process.close()
    return names


@pytest.mark.slow
@pytest.mark.parametrize(
    ("engine", "where", "key"),
    [pytest.param("sklearn", "Sklearn", "sklearn.logistic", marks=pytest.mark.slow), ("r", "R", "r.glm")],
)
@pytest.mark.parametrize("every", EVERY)
def test_every_file_that_a_fit_imports_is_in_its_key(
    engine: str, where: str, key: str, every: int, copy: Path
) -> None:
    modules = imported(engine, where)
    assert f"crossframe.frameworks.{engine}.engine" in modules
    files = files_of(modules, copy)[::every]
    changed = edited(copy, [(file, "_EDITED = 1") for file in files])
    assert [file for file, keys in zip(files, changed, strict=True) if key not in keys] == []


@pytest.mark.slow
@pytest.mark.parametrize("every", EVERY)
def test_every_file_that_a_job_imports_is_in_its_key(every: int, copy: Path) -> None:
    calls = ("run", "crossframe.studies.training.probes:normal", {"count": 1, "seed": 1})
    modules = set(imported("job", "Worker", *calls)) - {"crossframe.studies.training.probes"}
    files = files_of([*modules, *closure([TRAINER])], copy)[::every]
    changed = edited(copy, [(file, "_EDITED = 1") for file in files])
    assert [file for file, keys in zip(files, changed, strict=True) if "job" not in keys] == []


@pytest.mark.slow
def test_prose_changes_no_key(copy: Path) -> None:
    files = files_of(["crossframe.frameworks.sklearn.engine", "crossframe.experiment.record", TRAINER], copy)
    edits = [(file, added) for file in files for added in ("# a remark", '"""Other words."""')]
    assert edited(copy, edits) == [[]] * len(edits)


@pytest.mark.slow
def test_a_rule_of_another_framework_changes_no_key(copy: Path) -> None:
    files = files_of(["crossframe.frameworks.r.models.glm", "crossframe.frameworks.h2o.engine"], copy)
    assert edited(copy, [(file, "_EDITED = 1") for file in files]) == [["r.glm"], []]


@pytest.mark.slow
def test_an_r_script_changes_the_keys_of_r_alone(copy: Path) -> None:
    scripts = [copy / "r_scripts" / name for name in ("bridge.R", "glmnet.R")]
    of_all, of_one = edited(copy, [(script, "1") for script in scripts])
    assert of_all == ["r.glm", "r.glmnet"]
    assert of_one == ["r.glmnet"]


def test_another_package_is_followed_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").write_text("")
    (tmp_path / "mine" / "engine.py").write_text(
        "from mine import rule\n\n\ndef fit():\n    import mine.late\n"
    )
    (tmp_path / "mine" / "rule.py").write_text("from __future__ import annotations\n")
    (tmp_path / "mine" / "late.py").write_text("from crossframe.core import types\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    reached = closure(["mine.engine"])
    assert {"mine", "mine.engine", "mine.late", "mine.rule", "crossframe.core.types"} <= set(reached)
