"""Stand-alone programs that reproduce one side of an explanation without crossframe.

A program reads a CSV or TSV file, trains one model on all of its rows and writes one score a row, with
the 17 significant digits that bring a float64 back unchanged. Its text is the model's own, see
`crossframe.frameworks.model.Program`.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import ArrayLike

from crossframe.core.environment import install
from crossframe.core.errors import CrossframeError, EngineMissing, ExitCode, UsageError
from crossframe.core.text import digits
from crossframe.core.types import FloatArray, Target, Task, Value
from crossframe.data import load
from crossframe.data.types import FileColumns
from crossframe.experiment.spec import own_settings, parse
from crossframe.explain.attribution.measures import digits_of_gap, largest_difference
from crossframe.explain.directions import SwitchDirection
from crossframe.explain.distance import of_scores
from crossframe.explain.explanation import FLOOR, Explanation
from crossframe.explain.switches import OPTIMUM
from crossframe.frameworks import tether
from crossframe.frameworks.model import Program
from crossframe.frameworks.r import runtime
from crossframe.frameworks.registry import model, models, require, versions
from crossframe.settings.family import spread

READABLE = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
"""Files that programs can be written for."""

BROKEN = 100 * FLOOR
"""Difference of two scores from which two programs that should agree do not."""


class ProgramFailed(CrossframeError):
    """A generated program ended with an error, took too long, or wrote no scores."""

    exit_code = ExitCode.CELLS_FAILED


@dataclass(frozen=True)
class Script:
    """A program.

    Attributes
    ----------
    suffix
        ``.py`` or ``.R``.
    text
        Its source.
    model
        ``framework.model`` that it trains.
    scores
        File that it writes, relative to the folder it runs in: a number for each row of the table.
    """

    suffix: str
    text: str
    model: str
    scores: str


def script(
    name: str,
    arguments: Mapping[str, Value],
    table: str,
    target: str,
    positive: Value,
    scores: str,
    versions: Mapping[str, str],
    *,
    purpose: str,
    columns: FileColumns | None = None,
    missing_words: tuple[str, ...] = (),
) -> Script:
    """The program that trains the model ``name`` with ``arguments`` on all rows of ``table``.

    The scores are probabilities of the class ``positive``; for least squares fitted values, and for a
    loss without probabilities the linear predictor. The other parameters are those of
    `crossframe.frameworks.model.Program`. A model that uses random numbers needs its seed in ``arguments``.

    Raises
    ------
    UsageError
        For a model that only crossframe has, or an argument that has no spelling in a script.
    """
    if name == OPTIMUM:
        raise UsageError(f"no script for {OPTIMUM}: nothing but crossframe has it")
    write = models()[name].program if name in models() else None
    if write is None:
        known = [m.name for m in models().values() if m.program]
        if name in models():
            raise UsageError(f"no program can be written for {name}", f"for these it can: {', '.join(known)}")
        raise UsageError.unknown("model with a script", name, known)
    text = write(
        Program(
            name, dict(arguments), table, target, positive, scores, dict(versions), purpose, columns,
            missing_words,
        )
    )  # fmt: skip
    return Script(".R" if text.startswith("#!/usr/bin/env Rscript") else ".py", text, name, scores)


def run(folder: Path, name: str, program: Script, *, limit: float = 600.0) -> FloatArray:
    """Write ``program`` to ``folder`` under ``name`` and its suffix, run it there, and read its scores.

    ``limit`` is in seconds. A score that R calls NA is NaN.

    Raises
    ------
    EngineMissing
        When the framework, or the program that runs the script, is not installed.
    ProgramFailed
        When the script fails, takes too long, or writes no scores. What a script that fails printed is in a
        file of its name and the suffix ``.log``.
    """
    interpreter = _interpreter(program)
    file = folder.resolve() / f"{name}{program.suffix}"
    file.write_text(program.text, encoding="utf-8")
    written = file.parent / program.scores
    written.unlink(missing_ok=True)
    file.with_suffix(".log").unlink(missing_ok=True)
    _execute([*interpreter, str(file)], file, limit)
    try:
        lines = written.read_text(encoding="utf-8").split()
        return np.array([math.nan if line == "NA" else float(line) for line in lines], dtype=np.float64)
    except (OSError, ValueError) as error:
        raise ProgramFailed(f"{file.name} left no scores in {written.name}: {error}") from error


def agreement(a: ArrayLike, b: ArrayLike) -> float:
    """Digits in which two programs' scores agree: -log10 of the largest difference."""
    return digits_of_gap(largest_difference(a, b))


def _interpreter(program: Script) -> list[str]:
    """The command that runs a program; `EngineMissing` where its interpreter or a package is missing."""
    if program.suffix == ".py":
        name = program.model.partition(".")[0]
        require(name)
        # -P keeps Python from importing a numpy.py in the folder of the report.
        return [sys.executable, "-P"]
    home = runtime.home()
    rscript = runtime.rscript(home) if home else None
    if home is None or rscript is None:
        raise EngineMissing("R is not installed", install("R"))
    for package in re.findall(r"^library\((\w+)\)", program.text, re.MULTILINE):
        if not runtime.package_version(package, home):
            raise EngineMissing(f"R has no package {package}", install(package))
    return [str(rscript), "--vanilla"]


def _execute(command: list[str], file: Path, limit: float) -> None:
    process = subprocess.Popen(
        tether.command(*command),
        cwd=file.parent,
        env=_surroundings(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        output = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        _end(process)
        raise ProgramFailed(f"{file.name} was ended after its time limit of {limit:g} s") from None
    except BaseException:
        _end(process)
        raise
    if process.returncode != 0:
        log = file.with_suffix(".log")
        log.write_bytes(b"".join(output))
        raise ProgramFailed(
            f"{file.name} failed with exit status {process.returncode}; its output is in {log.name}"
        )


def _surroundings() -> dict[str, str]:
    """The environment, in which R reads the UTF-8 of scripts and tables as such."""
    variables = {**os.environ, "DO_NOT_TRACK": "1"}
    locale = variables.get("LC_ALL") or variables.get("LC_CTYPE") or variables.get("LANG") or ""
    if "utf" not in locale.lower():
        variables["LC_ALL"] = "C.UTF-8"
    return variables


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a script and all it has started; H2O's server has a process group of its own."""
    family = []
    with contextlib.suppress(psutil.NoSuchProcess):
        family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()
    process.communicate()


@dataclass(frozen=True)
class ProgramPair:
    """Two programs for the same answer, and the digits in which their scores agree.

    Attributes
    ----------
    towards
        The side whose answer both give.
    programs
        Their file names.
    digits, why_not
        Digits of agreement; None where a program could not be written or run, for the reason ``why_not``.
    texts
        Their sources.
    exit_code
        0; else there is a fault: a program failed, or what it needs is missing, or the two disagree.
    """

    towards: str
    programs: tuple[str, str]
    digits: float | None
    why_not: str = ""
    texts: tuple[str, ...] = ()
    exit_code: ExitCode = ExitCode.OK

    @property
    def words(self) -> str:
        """A sentence on what became of them, without a full stop."""
        if self.digits is None:
            return self.why_not
        both = f"{self.programs[0]} and {self.programs[1]}"
        if self.exit_code:
            return f"{both} do not confirm the recipe: they agree in {self.digits:.1f} digits only"
        if digits(self.digits) == "identical":
            return f"{both}, run when this page was made, write identical scores"
        return f"{both}, run when this page was made, agree in {self.digits:.1f} digits"

    def to_dict(self) -> dict[str, Any]:
        """The record as plain JSON values."""
        return {
            "towards": self.towards,
            "programs": list(self.programs),
            "digits": self.digits,
            "failed": bool(self.exit_code),
            "why_not": self.why_not,
        }


def why_none(e: Explanation) -> str:
    """Why no program can reproduce a side of an explanation of a user's file; empty: one may."""
    if e.file is None or not e.file.path.lower().endswith(READABLE):
        return "they read CSV and TSV files"
    if e.file.formula and e.file.formula.computed:
        return "they read the target from a column, and do not compute it"
    if len(e.data["classes"]) > 2:
        return "they fit two classes or numbers"
    if e.file.weights or e.file.offset:
        return "they take no weights of the rows and no offset"
    incomplete = bool(e.file.missing) and not e.file.dropped
    if incomplete or any(own_settings(parse(side)) for side in (e.left, e.right)):
        return "they do not prepare rows, as is done here before a framework gets them"
    return ""


def write_programs(e: Explanation, folder: Path) -> list[ProgramPair]:
    """Write and run, for either direction that closes, the side's program and the other side's.

    They are ``left-as-right.*`` with ``right.*``, and ``right-as-left.*`` with ``left.*``. A model
    without a program of its own (the reference model, say) is named, not written. None where `why_none`.
    """
    if e.file is None or why_none(e):
        return []
    folder.mkdir(parents=True, exist_ok=True)
    directions = (
        ("left-as-right", "right", e.from_left, e.right),
        ("right-as-left", "left", e.from_right, e.left),
    )
    # pandas takes half a second to import.
    from crossframe.data.table import missing_words

    words = missing_words(Path(e.file.path), [*e.file.missing]) if e.file.dropped else ()
    if e.file.formula:
        y = load(e.file.path, formula=e.file.formula.text, missing="drop", numbers=True).y
    else:
        used = dict.fromkeys([*(c.name for c in e.file.features), *e.file.missing])
        y = load(e.file.path, target=e.file.target, missing="drop", numbers=True, features=[*used]).y
    return [
        _pair(e, e.file, folder, (name, other_name), direction, other, words, y)
        for name, other_name, direction, other in directions
        if direction.closed
    ]


def _pair(
    e: Explanation,
    file: FileColumns,
    folder: Path,
    names: tuple[str, str],
    direction: SwitchDirection,
    other: str,
    words: tuple[str, ...],
    y: Target,
) -> ProgramPair:
    recipe = direction.recipe
    assert recipe is not None
    c = parse(other)
    task: Task = "numbers" if file.positive is None else "classes"
    native = model(c.model).for_task(c.settings, c.native, task)
    own = model(c.model).to_native(c.settings, native, e.data["rows"], spread(y, c.settings, native))
    models_and_arguments = [(recipe.model, dict(recipe.arguments)), (c.model, {**own, **recipe.other})]
    scores, files, texts = [], [], []
    try:
        for label, (name_of, arguments) in zip(names, models_and_arguments, strict=True):
            purpose = f"{e.left} and {e.right} on {Path(file.path).name}: {label.replace('-', ' ')}"
            program = script(
                name_of, arguments, os.path.relpath(Path(file.path).resolve(), folder.resolve()),
                file.target, "" if file.positive is None else file.positive, f"{label}.scores",
                versions(name_of.partition(".")[0]), purpose=purpose, columns=file, missing_words=words,
            )  # fmt: skip
            files.append(f"{label}{program.suffix}")
            texts.append(program.text)
            scores.append(run(folder, label, program))
    except UsageError as error:
        return ProgramPair(other, names, None, error.message)
    except (EngineMissing, ProgramFailed) as error:
        return ProgramPair(other, names, None, error.message, exit_code=error.exit_code)
    unit = of_scores(y).unit
    gap = largest_difference(scores[0] / unit, scores[1] / unit)
    code = ExitCode.OK if gap <= BROKEN else ExitCode.DIFFERS
    return ProgramPair(other, (files[0], files[1]), digits_of_gap(gap), texts=tuple(texts), exit_code=code)
