"""The wheel in an environment of its own, outside any checkout: it is whole, and its commands work."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from matplotlib import get_cachedir

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.skipif(not (ROOT / "Makefile").exists(), reason="not run in a checkout")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds the wheel, and sees the dependencies of this one but not its crossframe."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run([*pip, *build], check=True, timeout=240)
    (wheel,) = folder.glob("crossframe-*.whl")
    venv.create(folder / "env", with_pip=False)
    (site,) = (folder / "env").glob("lib/python*/site-packages")
    subprocess.run([*pip, "install", "--no-deps", "--target", str(site), str(wheel)], check=True, timeout=240)
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return folder / "env" / "bin" / "python"


def run(python: Path, home: Path, *words: str) -> str:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "CROSSFRAME_", "PYTHON"))}
    done = subprocess.run(
        [python, *words],
        cwd=home,
        env={**kept, "HOME": str(home), "MPLCONFIGDIR": get_cachedir()},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


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
