"""What runs in the process of a user's Python script: the script, with every fit recorded.

``python python_child.py FOLDER SCRIPT ROOT``: FOLDER takes the recording, ROOT holds crossframe. The script
runs as ``python SCRIPT`` runs it. Nothing but the standard library is imported until it imports a framework
itself, because what it sets before that (threads, devices) has to act.
"""

from __future__ import annotations

import builtins
import importlib.machinery
import json
import os
import sys
import traceback
import types
import weakref
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

FULL = 100
"""Fits that are kept, the last ones."""

END = "end.json"
"""How the script ended: ``{"kind": "finished" | "exit" | "error", ...}``; absent where it was killed."""

WATCHED = {
    "sklearn.base": "crossframe.frameworks.sklearn.adopt",
    "keras.src.models.model": "crossframe.frameworks.keras.adopt",
    "h2o.estimators.estimator_base": "crossframe.frameworks.h2o.adopt",
    "statsmodels.base.model": "crossframe.frameworks.statsmodels.adopt",
}
"""Module of a framework -> what wraps its fits once it is imported, before any estimator is defined."""

_OWN = ("python_child.py", "adopting.py")
_VERSIONED = {"sklearn": "scikit-learn", "numpy": "numpy", "scipy": "scipy", "pandas": "pandas",
              "keras": "keras", "tensorflow": "tensorflow", "torch": "torch", "jax": "jax",
              "h2o": "h2o", "statsmodels": "statsmodels"}  # fmt: skip


class Recorder:
    """Writes each fit into the folder as soon as it has ended."""

    def __init__(self, folder: Path, script: Path) -> None:
        from crossframe.explain.scripts.python_source import Source

        self.folder = folder
        self.source = Source(script)
        self.fits: list[_Written] = []
        self.left_out = 0
        self.unreadable: list[str] = []

    def take(self, fit: Any, model: Any) -> None:
        """Take a fit from the framework's own call of it; see `crossframe.frameworks.adopting.OnFit`."""
        from crossframe.frameworks.fitted import plain

        place = self.source.place(sys._getframe())
        if isinstance(fit, str):
            self.unreadable.append(f"the fit on line {place.line}: {fit}" if place.line else fit)
        else:
            written = plain(self.source.described(fit, place), self.folder)
            self.fits.append(_Written(written, _reference(model)))
            while len(self.fits) > FULL:
                self.left_out += 1
                self._forget(self.fits.pop(0))
        self.write()

    def _forget(self, fit: _Written) -> None:
        used = {file for kept in self.fits for file in kept.files}
        for file in fit.files - used:
            (self.folder / file).unlink()

    def name(self, names: dict[str, Any]) -> None:
        """Give each fit the name under which the finished script holds its model."""
        own = {name: value for name, value in names.items() if not name.startswith("_")}
        held = {id(value): name for name, value in own.items()}
        # Of `for name, model in models.items(): model.fit(X, y)` the names are the keys.
        for values in [value for value in own.values() if isinstance(value, dict)]:
            held |= {id(value): key for key, value in values.items() if isinstance(key, str)}
        for fit in self.fits:
            model = fit.model()
            if model is not None and id(model) in held:
                fit.rename(held[id(model)])
        self.write()

    def write(self) -> None:
        """Write the recording as it is now; a process that is killed leaves the former one."""
        from crossframe.frameworks.fitted import FITS

        rest = {"versions": _versions(), "left_out": self.left_out, "unreadable": self.unreadable[-FULL:]}
        fits = ", ".join(fit.text for fit in self.fits)
        _replace(self.folder / FITS, f'{{"language": "python", "fits": [{fits}], {json.dumps(rest)[1:]}')


class _Written:
    """A fit as it is written: put into JSON once, because the recording is written anew after every fit."""

    def __init__(self, fit: dict[str, Any], model: Callable[[], Any]) -> None:
        self._fit = fit
        self.model = model
        self.text = json.dumps(fit)
        self.files = set(files_of(fit))

    def rename(self, variable: str) -> None:
        if variable != self._fit["variable"]:
            self._fit["variable"] = variable
            self.text = json.dumps(self._fit)


def files_of(fit: dict[str, Any]) -> list[str]:
    """The files of the arrays of a fit that is written as plain values."""
    return [v["file"] for v in fit.values() if isinstance(v, dict) and "file" in v]


def _reference(model: Any) -> Callable[[], Any]:
    try:
        return weakref.ref(model)
    except TypeError:
        return lambda: None


def _versions() -> dict[str, str]:
    loaded = {
        title: str(getattr(sys.modules[module], "__version__", ""))
        for module, title in _VERSIONED.items()
        if module in sys.modules
    }
    return {"python": sys.version.split()[0], **loaded}


def _replace(file: Path, text: str) -> None:
    beside = file.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, file)


class _Finder(MetaPathFinder):
    """Calls a function with each module that it waits for, as soon as that is imported."""

    def __init__(self, waiting: dict[str, Callable[[types.ModuleType], None]]) -> None:
        self.waiting = waiting

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec that Python itself finds, with a loader that goes on to the function."""
        imported = self.waiting.pop(name, None)
        if imported is None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, imported)
        return spec


class _Loader(Loader):
    def __init__(self, loader: Any, imported: Callable[[types.ModuleType], None]) -> None:
        self.loader, self.imported = loader, imported

    def create_module(self, spec: ModuleSpec) -> types.ModuleType | None:
        made: types.ModuleType | None = self.loader.create_module(spec)
        return made

    def exec_module(self, module: types.ModuleType) -> None:
        spec = module.__spec__
        assert spec is not None
        spec.loader = module.__loader__ = self.loader
        self.loader.exec_module(module)
        self.imported(module)


def install(on_fit: Callable[[Any, Any], None]) -> None:
    """Record the fits of the frameworks that are imported from now on, with other seeds where asked for."""

    from crossframe.frameworks import reseeding

    def adopted(adopt: str) -> Callable[[types.ModuleType], None]:
        return lambda module: import_module(adopt).install(on_fit)

    waiting = {name: adopted(adopt) for name, adopt in WATCHED.items()}
    if (seed := reseeding.asked()) is not None:
        reseeding.install(seed)
        waiting |= {name: lambda module: reseeding.install_in(module, seed) for name in reseeding.SEEDED}
    sys.meta_path.insert(0, _Finder(waiting))


def main(folder: Path, script: Path) -> None:
    """Run the script as Python's own ``__main__``, and end as it ends."""
    recorder = Recorder(folder, script)
    install(recorder.take)
    module = types.ModuleType("__main__")
    vars(module).update(
        __file__=str(script), __builtins__=builtins, __cached__=None, __annotations__={},
        __loader__=importlib.machinery.SourceFileLoader("__main__", str(script)),
    )  # fmt: skip
    sys.modules["__main__"] = module
    sys.argv[:] = [str(script)]
    sys.path[0] = str(script.parent)
    end: dict[str, Any] = {"kind": "finished"}
    status: Any = 0
    try:
        exec(compile(script.read_bytes(), str(script), "exec", dont_inherit=True), vars(module))
    except SystemExit as leaving:
        end, status = (
            {"kind": "exit", "status": _status(leaving.code), "line": _line(leaving, script)},
            leaving,
        )
    except BaseException as error:
        status = 1
        end = {
            "kind": "error",
            "type": type(error).__name__,
            "message": str(error),
            "line": _line(error, script),
            "missing": error.name if isinstance(error, ModuleNotFoundError) else None,
            "memory": isinstance(error, MemoryError),
        }
        own = _shown(error.__traceback__)
        sys.excepthook(type(error), error.with_traceback(own), own)
    if recorder.fits:
        recorder.name(vars(module))
    _replace(folder / END, json.dumps(end))
    if isinstance(status, SystemExit):
        raise status
    sys.exit(status)


def _shown(trace: types.TracebackType | None) -> types.TracebackType | None:
    """A traceback without the frames of crossframe, as Python shows it without."""
    if trace is None:
        return None
    rest = _shown(trace.tb_next)
    if os.path.basename(trace.tb_frame.f_code.co_filename) in _OWN and "crossframe" in str(
        trace.tb_frame.f_globals.get("__name__")
    ):
        return rest
    trace.tb_next = rest
    return trace


def _status(code: Any) -> int:
    return 0 if code is None else code if isinstance(code, int) else 1


def _line(error: BaseException, script: Path) -> int:
    """The line of the script on which an error began; of several, the innermost."""
    if isinstance(error, SyntaxError) and error.filename == str(script):
        return error.lineno or 0
    lines = [
        n for frame, n in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == str(script)
    ]
    return lines[-1] if lines else 0


if __name__ == "__main__":
    # From its own folder Python would take this package's modules for those that the script imports.
    sys.path[0] = sys.argv[3]
    from crossframe.explain.scripts import python_child

    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    python_child.main(Path(sys.argv[1]), Path(sys.argv[2]))
