"""The part of a cell's key that stands for code: whatever computes a number, and nothing else.

Nothing is listed by hand. From the modules that compute a cell every import is followed, and the syntax
trees of all files that are reached are hashed without comments, docstrings and layout: an edited rule is
another key, edited prose is not.
"""

from __future__ import annotations

import ast
import functools
import hashlib
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path


def code_of(modules: Iterable[str], files: Iterable[Path] = ()) -> str:
    """SHA-256 of the code of ``modules`` and of all that they import from their own packages.

    Parameters
    ----------
    modules
        Dotted names. Imports are followed within the packages that these begin with, inside functions
        too; what is imported for type checking alone is not followed.
    files
        Sources in other languages that take part (R scripts); hashed byte by byte.

    Raises
    ------
    ModuleNotFoundError
        For a module of ``modules`` that does not exist.
    """
    digest = hashlib.sha256()
    for name in closure(modules):
        file = _file(name)
        assert file is not None
        digest.update(f"{name} {_read(file)[0]}\n".encode())
    for path in sorted(files):
        digest.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def closure(modules: Iterable[str]) -> tuple[str, ...]:
    """``modules`` and every module that they import from their own packages, in order of name.

    Raises ModuleNotFoundError for a module of ``modules`` that does not exist.
    """
    roots = tuple(modules)
    for name in roots:
        if _file(name) is None:
            raise ModuleNotFoundError(name)
    packages = {name.partition(".")[0] for name in roots} | {__name__.partition(".")[0]}
    reached: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        file = _file(name)
        if name in reached or file is None:
            continue
        reached.add(name)
        # Importing a.b.c runs a and a.b as well.
        waiting += [".".join(name.split(".")[:k]) for k in range(1, name.count(".") + 1)]
        package = name if file.name == "__init__.py" else name.rpartition(".")[0]
        for level, target in _read(file)[1]:
            base = package.split(".")[: package.count(".") + 2 - level] if level else []
            full = ".".join([*base, target] if target else base)
            if full.partition(".")[0] in packages:
                waiting.append(full)
    return tuple(sorted(reached))


@functools.cache
def _file(module: str) -> Path | None:
    """The source of a module, which is not imported; None where the name is no module."""
    top, *rest = module.split(".")
    spec = find_spec(top)
    if spec is None or spec.origin is None:
        return None
    if not rest:
        return Path(spec.origin)
    path = Path(spec.origin).parent.joinpath(*rest)
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def _read(file: Path) -> tuple[str, tuple[tuple[int, str], ...]]:
    """SHA-256 of a file's code, and what it imports: (dots before it, dotted name)."""
    # Engines run in fresh processes, which import a file as it is now, edits included.
    status = file.stat()
    return _parsed(file, status.st_mtime_ns, status.st_size)


@functools.cache
def _parsed(file: Path, changed: int, size: int) -> tuple[str, tuple[tuple[int, str], ...]]:
    tree = ast.parse(file.read_bytes())
    imports = tuple(dict.fromkeys(_imports(tree)))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            # A string that stands alone is a docstring or a comment on an attribute.
            node.body = [s for s in body if not _is_prose(s)]  # type: ignore[attr-defined]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest(), imports


def _is_prose(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _imports(node: ast.AST) -> Iterator[tuple[int, str]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from ((0, alias.name) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            base = child.module or ""
            yield child.level, base
            # The imported name may be a module itself; `_file` decides.
            yield from ((child.level, f"{base}.{a.name}" if base else a.name) for a in child.names)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            for other in child.orelse:
                yield from _imports(other)
        else:
            yield from _imports(child)
