"""A framework is imported by its own folder only, and not before it is needed; the layers: `lint-imports`."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

import crossframe

PACKAGE = Path(crossframe.__file__).parent
# The scripts of the demo are no modules: nothing imports them.
MODULES = [f for f in PACKAGE.rglob("*.py") if f.parent != PACKAGE / "demo"]
FRAMEWORKS = {"tensorflow", "keras", "h2o", "rpy2"}
HEAVY = FRAMEWORKS | {"sklearn"}


@pytest.fixture(scope="module")
def trees() -> dict[Path, ast.Module]:
    """Those that name a framework: to parse them all takes seconds."""
    texts = {f.relative_to(PACKAGE): f.read_text(encoding="utf-8") for f in MODULES}
    named = re.compile(r"\b(?:import|from)\s.*\b(?:" + "|".join(sorted(HEAVY)) + r")\b")
    return {f: ast.parse(text) for f, text in texts.items() if named.search(text)}


def names_imported(nodes: Iterable[ast.AST]) -> set[str]:
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def alone(file: Path) -> bool:
    """Whether it runs in a process that holds one framework only: its folder, and what trains for a study."""
    return (file.parts[0] == "frameworks" and len(file.parts) > 2) or bool(
        {"trainers", "training"} & set(file.parts)
    )


def test_no_framework_is_imported_with_a_module(trees: dict[Path, ast.Module]) -> None:
    at_import = {str(f): names_imported(tree.body) & HEAVY for f, tree in trees.items()}
    assert {f: names for f, names in at_import.items() if names} == {}


def test_only_its_own_folder_imports_a_framework(trees: dict[Path, ast.Module]) -> None:
    shared = {str(f): names_imported(ast.walk(t)) & FRAMEWORKS for f, t in trees.items() if not alone(f)}
    assert {f: names for f, names in shared.items() if names} == {}


@pytest.mark.parametrize("module", ["crossframe", "crossframe.cli.main"])
def test_the_command_line_starts_without_anything_heavy(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", f"import {module}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = {
        line.rsplit("|", 1)[1].strip().split(".")[0] for line in re.findall(r"import time:.*", done.stderr)
    }
    assert module.split(".")[0] in loaded
    assert not loaded & (HEAVY | {"numpy", "pandas", "pyarrow", "scipy", "matplotlib"})


@pytest.mark.slow
def test_what_crossframe_exports_is_callable_under_its_name() -> None:
    """Folders have the names of public functions: importing a module of one must not hide the function."""
    code = (
        "import crossframe, crossframe.compare.api, crossframe.audit.audit, crossframe.explain.api\n"
        "functions = crossframe.compare, crossframe.audit, crossframe.explain, crossframe.study\n"
        "assert all(map(callable, functions)), functions\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
