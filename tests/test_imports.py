"""Heavy frameworks are imported by their engine only, and never before they are needed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import crossframe

PACKAGE = Path(crossframe.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
FRAMEWORKS = {"tensorflow", "keras", "h2o", "rpy2"}


def names_imported(nodes: Iterator[ast.AST] | list[ast.stmt]) -> set[str]:
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_no_framework_is_imported_with_the_module(file: Path) -> None:
    body = ast.parse(file.read_text(encoding="utf-8")).body
    assert not names_imported(body) & (FRAMEWORKS | {"sklearn"})


# What runs in a process that holds one framework only: engines, captures, and measurements of its own.
ALONE = {"engines", "capture", "trainers"}
MEASURES = {PACKAGE / "auditing/rates" / name for name in ("keras.py", "sklearn.py", "sklearn_linear.py")}
SHARED = [f for f in FILES if not ALONE & set(f.parts) and f not in MEASURES]


@pytest.mark.parametrize("file", SHARED, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_only_engines_import_a_framework(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert not names_imported(ast.walk(tree)) & FRAMEWORKS


@pytest.mark.parametrize("module", ["crossframe", "crossframe.cli"])
def test_the_command_line_starts_without_anything_heavy(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", f"import {module}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = {
        line.rsplit("|", 1)[1].strip().split(".")[0] for line in re.findall(r"import time:.*", done.stderr)
    }
    assert module.split(".")[0] in loaded
    assert not loaded & (FRAMEWORKS | {"numpy", "pandas", "pyarrow", "scipy", "sklearn", "matplotlib"})
