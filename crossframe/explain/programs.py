"""Stand-alone programs that reproduce one side of an explanation without crossframe.

A program reads a CSV file, trains one model on all of its rows and writes one score a row, with the
17 significant digits that bring a float64 back unchanged. Its text is the model's own, see
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

import numpy as np
import psutil
from numpy.typing import ArrayLike

from crossframe.core.environment import install
from crossframe.core.errors import CrossframeError, EngineMissing, UsageError
from crossframe.core.types import FloatArray, Target, Value
from crossframe.data import load
from crossframe.experiment.spec import parse_model
from crossframe.explain.attribution.measures import digits_of_gap, largest_difference
from crossframe.explain.directions import SwitchDirection
from crossframe.explain.distance import of_scores
from crossframe.explain.explanation import Explanation
from crossframe.explain.switches import OPTIMUM
from crossframe.frameworks import tether
from crossframe.frameworks.model import Program
from crossframe.frameworks.r import runtime
from crossframe.frameworks.registry import available, model, models, versions
from crossframe.settings.family import spread

_SHOWN_LINES = 12


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
    positive: str,
    scores: str,
    versions: Mapping[str, str],
    *,
    purpose: str,
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
        raise UsageError.unknown("model with a script", name, known)
    text = write(Program(name, dict(arguments), table, target, positive, scores, dict(versions), purpose))
    return Script(".R" if text.startswith("#!/usr/bin/env Rscript") else ".py", text, name, scores)


def run(folder: Path, name: str, program: Script, *, limit: float = 600.0) -> FloatArray:
    """Write ``program`` to ``folder`` under ``name`` and its suffix, run it there, and read its scores.

    ``limit`` is in seconds. A score that R calls NA is NaN.

    Raises
    ------
    EngineMissing
        When the framework, or the program that runs the script, is not installed.
    CrossframeError
        When the script fails, takes too long, or writes no scores; with the end of its output.
    """
    interpreter = _interpreter(program)
    file = folder.resolve() / f"{name}{program.suffix}"
    file.write_text(program.text, encoding="utf-8")
    written = file.parent / program.scores
    written.unlink(missing_ok=True)
    _execute([*interpreter, str(file)], file, limit)
    try:
        lines = written.read_text(encoding="utf-8").split()
        return np.array([math.nan if line == "NA" else float(line) for line in lines], dtype=np.float64)
    except (OSError, ValueError) as error:
        raise CrossframeError(f"{file} left no scores in {written}: {error}") from error


def agreement(a: ArrayLike, b: ArrayLike) -> float:
    """Digits in which two programs' scores agree: -log10 of the largest difference."""
    return digits_of_gap(largest_difference(a, b))


def _interpreter(program: Script) -> list[str]:
    """The command that runs a program; `EngineMissing` where its interpreter or a package is missing."""
    if program.suffix == ".py":
        name = program.model.partition(".")[0]
        there = available(name)
        if not there.available:
            raise EngineMissing(f"{name} cannot run: {there.reason}", f"remedy: {there.remedy}")
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
        raise CrossframeError(f"{file} was ended after its time limit of {limit:g} s") from None
    except BaseException:
        _end(process)
        raise
    if process.returncode != 0:
        # The error is on stderr, or on stdout where a program prints everything there.
        out, err = (part.decode("utf-8", errors="replace").strip() for part in output)
        last = "\n".join((err or out).splitlines()[-_SHOWN_LINES:])
        raise CrossframeError(f"{file} failed with exit status {process.returncode}:\n{last}")


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
    """

    towards: str
    programs: tuple[str, str]
    digits: float | None
    why_not: str = ""
    texts: tuple[str, ...] = ()


def write_programs(
    e: Explanation, folder: Path, table: Path, target: str, positive: str
) -> list[ProgramPair]:
    """Write and run, for either direction that closes, the side's program and the other side's.

    ``positive`` is class 1 of the target as the table spells it, empty for a target of numbers.
    They are ``left-as-right.*`` with ``right.*``, and ``right-as-left.*`` with ``left.*``. A model
    without a program of its own (the reference model, say) is named, not written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    near = os.path.relpath(table.resolve(), folder.resolve())
    pairs = (
        ("left-as-right", "right", e.from_left, e.right),
        ("right-as-left", "left", e.from_right, e.left),
    )
    y = load(table, target=target, missing="drop", numbers=True).y
    ran = []
    for name, other_name, direction, other in pairs:
        if direction.closed:
            ran.append(_pair(folder, near, target, positive, name, other_name, direction, other, e, y))
    return ran


def _pair(
    folder: Path, table: str, target: str, positive: str, name: str, other_name: str,
    direction: SwitchDirection, other: str, e: Explanation, y: Target,
) -> ProgramPair:  # fmt: skip
    recipe = direction.recipe
    assert recipe is not None
    c = parse_model(other)
    native = model(c.model).for_task(c.settings, c.native, "numbers" if not positive else "classes")
    own = model(c.model).to_native(c.settings, native, e.data["rows"], spread(y, c.settings, native))
    jobs: list[tuple[str, str, dict[str, Value]]] = [
        (name, recipe.model, dict(recipe.arguments)),
        (other_name, c.model, {**own, **recipe.other}),
    ]
    scores, files, texts = [], [], []
    try:
        for label, name_of, arguments in jobs:
            purpose = f"{e.left} and {e.right} on {Path(table).name}: {label.replace('-', ' ')}"
            program = script(
                name_of, arguments, table, target, positive, f"{label}.scores",
                versions(name_of.partition(".")[0]), purpose=purpose,
            )  # fmt: skip
            scores.append(run(folder, label, program))
            files.append(f"{label}{program.suffix}")
            texts.append(program.text)
    except CrossframeError as error:
        return ProgramPair(other, (name, other_name), None, error.message)
    unit = of_scores(y).unit
    digits = agreement(scores[0] / unit, scores[1] / unit)
    return ProgramPair(other, (files[0], files[1]), digits, texts=tuple(texts))
