"""What is installed, what is wrong with it, and the command that mends it."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from crossframe import checks, environment
from crossframe.checks import Check, State
from crossframe.errors import ExitCode

SCHEMA = 1
"""Version of the JSON's layout."""

_MARKS = {State.OK: "ok  ", State.WARN: "warn", State.FAIL: "FAIL"}

_START_R = """
import rpy2.rinterface as ri
ri.initr()
print(ri.baseenv["R.version.string"][0])
"""
_START_TENSORFLOW = """
import tensorflow, keras
print("tensorflow " + tensorflow.__version__ + ", keras " + keras.__version__)
"""
_START_SKLEARN = """
import sklearn.linear_model
print("scikit-learn " + sklearn.__version__)
"""


@dataclass(frozen=True)
class Report:
    """All checks, in the order in which they are shown."""

    checks: tuple[Check, ...]

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks because of which an engine cannot run."""
        return tuple(check for check in self.checks if check.state is State.FAIL)

    @property
    def exit_code(self) -> ExitCode:
        """``ENGINE_MISSING`` when an engine cannot run; warnings do not count."""
        return ExitCode.ENGINE_MISSING if self.failures else ExitCode.OK

    def to_json(self) -> str:
        """``{"schema": 1, "exit_code": ..., "checks": [...]}``, one record per check."""
        record = {
            "schema": SCHEMA,
            "exit_code": int(self.exit_code),
            "checks": [check.as_dict() for check in self.checks],
        }
        return json.dumps(record, indent=2)


def diagnose(*, quick: bool = False) -> Report:
    """Look at everything crossframe needs.

    Parameters
    ----------
    quick
        Judge by files and metadata alone; otherwise R, TensorFlow and scikit-learn are also started,
        each in a process of its own and side by side.
    """
    looks: list[Callable[[], Iterable[Check]]] = [
        checks.python,
        checks.packages,
        checks.lock_file,
        checks.r,
        checks.java,
        checks.data,
        checks.disk,
    ]
    if not quick:
        looks += _live()
    with ThreadPoolExecutor(max_workers=len(looks)) as pool:
        return Report(tuple(check for found in pool.map(_carried_out, looks) for check in found))


def _live() -> list[Callable[[], Iterable[Check]]]:
    def reinstall(*packages: str) -> str:
        pins = " ".join(f"'{name}'" for name in environment.requirements(*packages))
        return f"{environment.pip()} install --force-reinstall --no-deps {pins}"

    rpy2 = reinstall("rpy2", "rpy2-rinterface", "rpy2-robjects")
    looks: list[Callable[[], Iterable[Check]]] = []
    if environment.r_home() is not None:
        looks.append(partial(checks.starts, "R starts through rpy2", _START_R, rpy2))
    keras = reinstall("tensorflow", "keras")
    looks.append(partial(checks.starts, "TensorFlow starts", _START_TENSORFLOW, keras))
    looks.append(partial(checks.starts, "scikit-learn starts", _START_SKLEARN, reinstall("scikit-learn")))
    return looks


def _carried_out(look: Callable[[], Iterable[Check]]) -> list[Check]:
    try:
        return list(look())
    except ImportError as error:
        # A package that this check itself needs is missing; the check of the packages says how to mend it.
        name = getattr(look, "__name__", "check")
        return [Check(name, State.WARN, "not checked", "", f"Python cannot import {error.name}")]


def render(report: Report, width: int = 100) -> str:
    """The report as text: one line per check, detail and mending command below where there is one."""
    column = max((len(check.name) for check in report.checks), default=0)
    lines = []
    for check in report.checks:
        wanted = f"  (wanted {check.wanted})" if check.wanted and not check.ok else ""
        lines.append(f"{_MARKS[check.state]}  {check.name:<{column}}  {check.found}{wanted}")
        if not check.ok:
            indent = " " * (column + 8)
            if check.detail:
                lines += textwrap.wrap(check.detail, width, initial_indent=indent, subsequent_indent=indent)
            if check.mend:
                # Never wrapped: it is there to be copied.
                lines.append(f"{indent}mend: {check.mend}")
    warnings = sum(check.state is State.WARN for check in report.checks)
    good = sum(check.ok for check in report.checks)
    lines.append(f"\n{good} ok, {_count(warnings, 'warning')}, {_count(len(report.failures), 'failure')}")
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
