"""The wheel in an environment of its own, outside any checkout: it is whole, and its commands work.

Without its dependencies, doctor names what is missing, and so does every other command.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from matplotlib import get_cachedir
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (ROOT / "Makefile").exists(), reason="not run in a checkout"),
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run([*pip, *build], check=True, timeout=240)
    (wheel,) = folder.glob("crossframe-*.whl")
    return wheel


@pytest.fixture(scope="module")
def python(wheel: Path) -> Path:
    """An environment that holds the wheel, and sees the dependencies of this one but not its crossframe."""
    folder = wheel.parent
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    site = environment(folder / "env")
    subprocess.run([*pip, "install", "--no-deps", "--target", str(site), str(wheel)], check=True, timeout=240)
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return folder / "env" / "bin" / "python"


@pytest.fixture(scope="module")
def base(wheel: Path) -> Path:
    """An environment of the wheel and what it asks for without an extra: ``pip install crossframe``."""
    site = environment(wheel.parent / "base")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    here = Path(sysconfig.get_paths()["purelib"])
    metadata = next(site.glob("crossframe-*.dist-info")) / "METADATA"
    names, asked = set[str](), re.findall(r"^Requires-Dist: (.*)$", metadata.read_text(), re.MULTILINE)
    while asked:
        requirement = Requirement(asked.pop())
        marker = requirement.marker
        if requirement.name in names or (marker and not marker.evaluate({"extra": ""})):
            continue
        names.add(requirement.name)
        package = distribution(requirement.name)
        asked += package.requires or []
        for top in {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
            (site / top).symlink_to(here / top)
    assert not names & {"h2o", "keras", "numba", "rpy2", "statsmodels", "tensorflow"}
    return wheel.parent / "base" / "bin" / "python"


@pytest.fixture(scope="module")
def bare(wheel: Path) -> Path:
    """An environment that holds the wheel and nothing else: ``pip install --no-deps`` unpacks it just so."""
    site = environment(wheel.parent / "bare")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return wheel.parent / "bare" / "bin" / "python"


def environment(folder: Path) -> Path:
    """Makes an empty environment; its folder of packages."""
    venv.create(folder, with_pip=False)
    (site,) = folder.glob("lib/python*/site-packages")
    return site


def run(python: Path, home: Path, *words: str, code: int = 0, **variables: str) -> str:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "CROSSFRAME_", "PYTHON"))}
    done = subprocess.run(
        [python, *words],
        cwd=home,
        env={**kept, "HOME": str(home), "MPLCONFIGDIR": get_cachedir(), **variables},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + (done.stderr if code else "")


def test_the_wheel_holds_what_the_checkout_has(python: Path, tmp_path: Path) -> None:
    code = (
        "import crossframe; from pathlib import Path; from crossframe.frameworks.r import renv; "
        "from crossframe.frameworks.rscripts import folder; "
        "print(Path(crossframe.__file__).parent, renv.path(), *sorted(p.name for p in folder().iterdir()))"
    )
    package, lock, *scripts = run(python, tmp_path, "-c", code).split()
    assert Path(package).is_relative_to(python.parents[1])
    assert Path(lock).is_file()
    assert Path(lock).is_relative_to(package)
    assert scripts == sorted(p.name for p in (ROOT / "r_scripts").iterdir())


@pytest.mark.slow
def test_the_wheel_compares(python: Path, tmp_path: Path) -> None:
    words = ("compare", "--dataset", "digits", "--n", "10", "--draws", "1", "--threads", "1")
    shown = run(
        python,
        tmp_path,
        "-m",
        "crossframe",
        *words,
        "--contestants",
        "leekasso.f.lm,sklearn.logistic",
    )
    assert "Leekasso, F test + R lm" in shown
    assert "engine missing" not in shown
    assert (tmp_path / "reports" / "digits-leek" / "index.html").is_file()


@pytest.mark.slow
def test_the_base_package_works_without_any_extra(base: Path, tmp_path: Path) -> None:
    def command(*words: str, code: int = 0) -> str:
        without_r_and_java = str(base.parent)
        return run(base, tmp_path, "-m", "crossframe", *words, code=code, PATH=without_r_and_java)

    report = json.loads(command("doctor", "--json"))
    checks = {check["name"]: check for check in report["checks"]}
    assert {c["name"] for c in report["checks"] if c["state"] == "fail"} == set()
    assert checks["rpy2"]["remedy"].endswith("-m pip install 'crossframe[r]'")
    assert "sklearn.logistic" in command("list", "models")
    left_out = command("compare", "--dataset", "digits", "--n", "10", "--draws", "1", code=6)
    for extra in ("h2o", "keras", "r"):
        assert f"-m pip install 'crossframe[{extra}]'" in left_out
    two = command("compare", "--dataset", "digits", "--n", "10", "--draws", "1", "--contestants",
                  "sklearn.logistic,leekasso.f.liblinear")  # fmt: skip
    assert "engine missing" not in two
    pair = ("explain", "sklearn.logistic", "sklearn.logistic:C=1000", "--n", "20")
    assert "penalty.l2" in command(*pair)
    refused = command("explain", "sklearn.logistic", "h2o.glm", "--n", "20", code=4)
    assert "-m pip install 'crossframe[h2o]'" in refused
    assert "penalty of the intercept" in command("demo")


def test_doctor_needs_nothing_but_python(bare: Path, tmp_path: Path) -> None:
    report = json.loads(run(bare, tmp_path, "-m", "crossframe", "doctor", "--json", code=4))
    checks = {check["name"]: check for check in report["checks"]}
    assert checks["Python"]["ok"]
    asked = {"numpy": "numpy", "rich": "rich", "scikit-learn": "scikit-learn", "h2o": "crossframe[h2o]"}
    for name, what in asked.items():
        assert checks[name]["found"] == "not installed"
        assert f"-m pip install '{what}" in checks[name]["remedy"]
    assert "'numpy<3,>=2.1' " in checks["all of these"]["remedy"]
    assert {"R", "Java"} <= set(checks)
    # What cannot be checked says why, and how to change that.
    unchecked = [check for check in report["checks"] if check["found"] == "not checked"]
    assert unchecked
    assert all("is not installed" in check["detail"] and check["remedy"] for check in unchecked)


@pytest.mark.parametrize(
    "words", ["compare", "audit", "explain sklearn.logistic r.glm", "study --all", "report", "list models"]
)
def test_a_command_names_the_package_that_is_missing(words: str, bare: Path, tmp_path: Path) -> None:
    printed = run(bare, tmp_path, "-m", "crossframe", *words.split(), code=4)
    what, remedy = printed.splitlines()
    package = re.fullmatch(r"crossframe: the Python package ([\w-]+) is not installed", what)
    assert package, printed
    assert f"-m pip install '{package[1]}" in remedy
    assert "crossframe doctor" in remedy
