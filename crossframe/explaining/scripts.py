"""Stand-alone programs that reproduce one side of an explanation without crossframe, and their answers.

A program reads a CSV file, trains one model on all of its rows and writes one score a row, with the
17 significant digits that bring a float64 back unchanged. It is run before it is handed out.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from numpy.typing import ArrayLike

from crossframe import environment
from crossframe.attribution.measures import digits_of_gap, largest_difference
from crossframe.engines import tether
from crossframe.engines.base import FloatArray, Value
from crossframe.errors import CrossframeError, EngineMissing, UsageError
from crossframe.explaining import scripts_python, scripts_r
from crossframe.explaining.scripts_text import Wanted

MODELS = (*scripts_python.MODELS, *scripts_r.MODELS)
"""``engine.model`` that a program can be written for."""

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
        ``engine.model`` that it trains.
    scores
        File that it writes, relative to the folder it runs in: a number for each row of the table.
    """

    suffix: str
    text: str
    model: str
    scores: str


def script(
    model: str,
    arguments: Mapping[str, Value],
    table: str,
    target: str,
    positive: str,
    scores: str,
    versions: Mapping[str, str],
    *,
    purpose: str,
) -> Script:
    """The program that trains ``model`` with ``arguments`` on all rows of ``table``.

    The scores are probabilities of the class ``positive``; for least squares fitted values, and for a
    loss without probabilities the linear predictor. The parameters are those of
    `crossframe.explaining.scripts_text.Wanted`. What draws at random needs its seed among the
    arguments.

    Raises
    ------
    UsageError
        For a model that nothing but crossframe has, or an argument that has no spelling in a script.
    """
    if model == "reference.optimum":
        raise UsageError("no script for reference.optimum: nothing but crossframe has it")
    if model not in MODELS:
        raise UsageError.unknown("model with a script", model, MODELS)
    wanted = Wanted(model, dict(arguments), table, target, positive, scores, dict(versions), purpose)
    python = model in scripts_python.MODELS
    text = (scripts_python if python else scripts_r).text(wanted)
    return Script(".py" if python else ".R", text, model, scores)


def run(folder: Path, name: str, program: Script, *, limit: float = 600.0) -> FloatArray:
    """Write ``program`` to ``folder`` under ``name`` and its suffix, run it there, and read its scores.

    ``limit`` is in seconds. A score that R calls NA is NaN.

    Raises
    ------
    EngineMissing
        When the framework, or the program that runs the script, is not installed.
    CrossframeError
        When the script fails, takes too long, or writes no scores; with the end of what it said.
    """
    interpreter = _interpreter(program.model)
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


def _interpreter(model: str) -> list[str]:
    """The words before the name of a script; `EngineMissing` where it could not run."""
    engine = model.partition(".")[0]
    if engine != "r":
        there = environment.engine_available(engine)
        if not there.available:
            raise EngineMissing(f"{engine} cannot run: {there.reason}", f"mend: {there.mend}")
        # -P: a numpy.py in the folder of the report is not numpy.
        return [sys.executable, "-P"]
    home = environment.r_home()
    program = environment.rscript(home) if home else None
    if home is None or program is None:
        raise EngineMissing("R is not installed", environment.install("R"))
    if model == "r.glmnet" and not environment.r_package_version("glmnet", home):
        raise EngineMissing("R has no package glmnet", environment.install("glmnet"))
    return [str(program), "--vanilla"]


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
        said = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        _end(process)
        raise CrossframeError(f"{file} was ended after its time limit of {limit:g} s") from None
    except BaseException:
        _end(process)
        raise
    if process.returncode != 0:
        # What went wrong is on stderr, and on stdout where a program says everything there.
        out, err = (part.decode("utf-8", errors="replace").strip() for part in said)
        last = "\n".join((err or out).splitlines()[-_SHOWN_LINES:])
        raise CrossframeError(f"{file} failed with exit status {process.returncode}:\n{last}")


def _surroundings() -> dict[str, str]:
    """The environment, in which R reads the UTF-8 of scripts and tables as such."""
    found = {**os.environ, "DO_NOT_TRACK": "1"}
    locale = found.get("LC_ALL") or found.get("LC_CTYPE") or found.get("LANG") or ""
    if "utf" not in locale.lower():
        found["LC_ALL"] = "C.UTF-8"
    return found


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a script and all it has started; H2O's server has a process group of its own."""
    try:
        family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
    except psutil.NoSuchProcess:
        family = []
    for member in family:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue
    process.communicate()
