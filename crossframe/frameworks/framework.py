"""The record of one framework, which its folder, or another package, registers.

A framework is one folder. Its ``__init__`` holds a `Framework`, each module of its ``models`` a `Model`;
nothing outside the folder knows more of either.
"""

from __future__ import annotations

import enum
import functools
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from crossframe.core.errors import UsageError

if TYPE_CHECKING:
    # It needs NumPy, for which `crossframe --help` must not wait.
    from crossframe.frameworks.model import Model


class CheckState(enum.StrEnum):
    """The result of a check of the installation.

    ``FAIL``: crossframe, or an engine that is installed, cannot run. ``WARN``: a limitation, which the check
    names, or an engine that is an extra and not installed.
    """

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Check:
    """One part of the installation: what is there, what is wanted, and the command that fixes it."""

    name: str
    state: CheckState
    found: str
    wanted: str = ""
    detail: str = ""
    remedy: str = ""

    @property
    def ok(self) -> bool:
        """Whether the state is ``OK``, so that nothing has to be installed."""
        return self.state is CheckState.OK


@dataclass(frozen=True, kw_only=True)
class Framework:
    """The description of one framework; registered as an entry point of ``crossframe.frameworks``.

    Attributes
    ----------
    name
        The part of ``framework.model`` before the point.
    title
        Its name for people: ``scikit-learn``.
    engine
        ``module:Class`` of its engine.
    models
        The package that has one module per model, each with a ``MODEL``; or the records themselves.
    order
        Its place in tables.
    packages
        Python distributions whose versions can change a number.
    modules
        Python modules that have to be importable.
    missing
        Whether something else is missing that it needs: (what, the command that installs it), or None.
    versions
        Versions of its parts outside Python packages: R, Java, a device.
    checks
        Checks of ``crossframe doctor`` beyond these; nothing is started.
    address
        The URL of a running cluster that is used in place of a process of its own; None: there is none.
    start_code
        Python code that starts it and prints its version, for ``crossframe doctor``.
    start_seconds
        A first guess of the time its runtime takes to start.
    all_cores
        Whether it computes with every core where no number of threads is given.
    arithmetic
        The framework that does the arithmetic, where that is another one.
    colour
        Number of its colour and marker in figures.
    capture
        Module that reads the declared defaults, and has ``documentation(owner, name, version)``; empty: the
        engine's ``defaults`` alone knows them.
    adopt
        Module with ``recognised``, which finds the model and the settings of a user's own fit, see
        `crossframe.frameworks.fitted`, and in Python with ``install`` and ``fitted``; empty: it has none.
    learning_rates
        ``module:Class`` that measures the steps of its optimisers; empty: it has none.
    scripts
        Names of the files of ``r_scripts/`` that take part in the numbers of all its models.
    audited
        Whether its models are audited when none is named.
    """

    name: str
    title: str
    engine: str
    models: str | tuple[Model, ...]
    order: int = 100
    packages: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    missing: Callable[[], tuple[str, str] | None] = lambda: None
    versions: Callable[[], Mapping[str, str]] = dict
    checks: Callable[[], Iterator[Check]] = lambda: iter(())
    address: Callable[[], str | None] = lambda: None
    start_code: str = ""
    start_seconds: float = 1.0
    all_cores: bool = False
    arithmetic: str = ""
    colour: int = 5
    capture: str = ""
    adopt: str = ""
    learning_rates: str = ""
    scripts: tuple[str, ...] = ()
    audited: bool = True

    def model(self, short: str) -> Model:
        """The model of that name, without the framework's. Raises `UsageError` for one that it lacks."""
        if isinstance(self.models, tuple):
            named = {m.short: m for m in self.models}
            if short in named:
                return named[short]
        elif short in _modules(self.models):
            record: Model = import_module(f"{self.models}.{short}").MODEL
            return record
        raise UsageError.unknown("model", f"{self.name}.{short}", [m.name for m in self.all_models()])

    def all_models(self) -> tuple[Model, ...]:
        """The records of its models, sorted by their ``order``; given records keep their order."""
        if isinstance(self.models, tuple):
            return self.models
        records = [self.model(short) for short in _modules(self.models)]
        return tuple(sorted(records, key=lambda m: (m.order, m.name)))

    def sources(self, short: str) -> tuple[str, ...]:
        """The modules that compute a fit of one of its models: its engine's, its own and the model's."""
        engine = self.engine.partition(":")[0]
        model = (f"{self.models}.{short}",) if isinstance(self.models, str) else ()
        return (engine, *((engine.rpartition(".")[0],) if "." in engine else ()), *model)

    def script_files(self, short: str) -> tuple[str, ...]:
        """Names of the files of ``r_scripts/`` that take part in the numbers of one of its models."""
        return (*self.scripts, *self.model(short).scripts)


@functools.cache
def _modules(package: str) -> tuple[str, ...]:
    """The modules of a package, without importing them: what begins with ``_`` is shared by models."""
    path = import_module(package).__path__
    return tuple(m.name for m in pkgutil.iter_modules(path) if not m.name.startswith("_"))
