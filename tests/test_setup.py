"""The files that make a fresh checkout work: pins, lock files, make, the script behind ``make setup``."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import crossframe
from crossframe.frameworks.r import renv

ROOT = Path(crossframe.__file__).parents[1]
pytestmark = pytest.mark.skipif(not (ROOT / "Makefile").exists(), reason="not run in a checkout")

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ASKED = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
FOR_DOCS = PROJECT["optional-dependencies"]["docs"]


def _pins(lock: str) -> dict[str, str]:
    return {
        canonicalize_name(name): pin for name, pin in re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE)
    }


LOCK, DOCS_LOCK = (
    (ROOT / name).read_text(encoding="utf-8") for name in ("requirements.lock", "requirements-docs.lock")
)
PINS, DOCS_PINS = _pins(LOCK), _pins(DOCS_LOCK)


@pytest.mark.parametrize("line", ASKED)
def test_the_lock_holds_what_is_asked_for(line: str) -> None:
    asked = Requirement(line)
    assert asked.specifier.contains(PINS[canonicalize_name(asked.name)])


@pytest.mark.parametrize("line", FOR_DOCS)
def test_the_lock_of_the_site_holds_what_is_asked_for_it(line: str) -> None:
    asked = Requirement(line)
    assert asked.specifier.contains(DOCS_PINS[canonicalize_name(asked.name)])


def test_the_lock_of_the_site_pins_nothing_a_second_time() -> None:
    assert not PINS.keys() & DOCS_PINS.keys()


@pytest.mark.parametrize(("lock", "pins"), [(LOCK, PINS), (DOCS_LOCK, DOCS_PINS)])
def test_every_pin_has_hashes_and_no_line_an_address(lock: str, pins: dict[str, str]) -> None:
    entries = re.split(r"\n(?=[a-z])", lock.split("\n", 1)[1])
    assert len(entries) == len(pins)
    for entry in entries:
        assert re.fullmatch(r"[\w.-]+==\S+( \\\n    --hash=sha256:[0-9a-f]{64})+\n?", entry)


def test_renv_lock_holds_what_the_r_code_calls() -> None:
    _, packages = renv.read(ROOT / "renv.lock")
    assert set(renv.packages()) <= set(packages)
    assert "://" not in (ROOT / "renv.lock").read_text(encoding="utf-8")


def test_versions_agree() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {crossframe.__version__}\n" in citation


def test_ci_runs_make_test_and_pytest_comes_last() -> None:
    ci = ROOT / ".ci" / "run"
    assert os.access(ci, os.X_OK)
    assert ci.read_text(encoding="utf-8").splitlines()[-1] == "exec make test"
    # Under `make test` itself this would be a nested make, which tells of its folders.
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(
        ["make", "-n", "test"], cwd=ROOT, capture_output=True, text=True, check=True, env=plain
    )
    assert "-m pytest" in done.stdout.splitlines()[-1]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what the setup script reads."""
    for name in ("pyproject.toml", "requirements.lock", "scripts/setup.sh"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_setup_without_a_usable_python_says_what_to_do(checkout: Path) -> None:
    before = sorted(checkout.rglob("*"))
    done = subprocess.run(
        ["bash", "scripts/setup.sh"], cwd=checkout, capture_output=True, text=True,
        env={**os.environ, "PYTHON": "python-that-is-not-there"},
    )  # fmt: skip
    assert done.returncode == 2
    assert "make setup PYTHON=" in done.stderr
    assert sorted(checkout.rglob("*")) == before


def test_no_generated_part_of_the_readme_is_empty():
    text = (ROOT / "README.md").read_text()
    parts = re.findall(r"<!-- begin (\w+) -->\n(.*?)<!-- end \1 -->", text, flags=re.DOTALL)
    assert parts
    for name, body in parts:
        assert len(body.replace("```text", "").replace("```", "").strip()) > 100, name
