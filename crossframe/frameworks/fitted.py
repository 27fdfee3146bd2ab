"""A model that somebody else fitted: the call, the data as the framework got them, and what came out.

Recorded in the process that fitted it, in Python or in R, and read here from the files that both write.
A folder holds one recording. ``fits.json`` is its `Recording`; an array is a file of little-endian float64
in row-major order, named after the SHA-256 of its bytes, so that a table fitted a hundred times is written
once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from crossframe.core.types import FloatArray, Task, Value

FITS = "fits.json"
"""The file of a recording's `Recording`."""


@dataclass(frozen=True)
class Step:
    """A transformer that a pipeline applies before its model: its class and its arguments in force."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class FittedModel:
    """One fit, as it was made.

    Attributes
    ----------
    framework
        ``sklearn``, ``keras``, ``h2o``, ``statsmodels`` or ``r``; the package's name for any other.
    call
        The class or function that was called: ``LogisticRegression``, ``glm``.
    arguments
        Every argument in force by its name in the framework: plain values, and the text of what is none.
    given
        Those of them that the script itself passes, where that is known.
    X
        (n, p) features as the model itself got them, after every step before it; no column of ones.
    columns
        The p names.
    y
        (n,) target: numbers, or the positions in ``classes``.
    classes
        The classes as they are spelled, in the framework's own order; empty for numbers.
    weights, offset
        (n,), or None.
    rows
        (n,) names of the rows, as strings: a pandas index, R's row names. Empty: they have none.
    raw, raw_columns
        Features as they were given to the first of the ``steps``; None: there are no steps.
    steps
        What a pipeline does before its model, in order.
    score
        Predictions on the rows X: (n,) the probability of the second of two classes, or the fitted mean;
        (n, k) the probabilities of more than two classes. None: the model gives none.
    labels
        (n,) predicted class as positions in ``classes``; None for numbers.
    intercept, coefficients
        0.0 without an intercept; (p,) in the order of ``columns``, NaN for what is left out. None: the model
        is not linear, or has more than two classes.
    inference
        (p + 1, 5), the intercept's first, as `crossframe.frameworks.inference.Inference.table`; None: the
        framework gives none.
    measures
        Measures of fit, as there.
    seeded
        Whether the script fixes the random numbers that this fit uses; None: it uses none, or unknown.
    messages
        Warnings of the framework during the fit.
    variable, line
        The name that the script gives the fit, empty where it gives none, and the line of the call that
        fits, 0 where unknown.
    construct_line
        The line that writes the model's arguments, where that is another one; else 0.
    seconds
        Duration of the fit.
    search
        The search over arguments that chose these and fitted the model last, ``GridSearchCV``; empty: none.
    """

    framework: str
    call: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    X: FloatArray
    columns: tuple[str, ...]
    y: FloatArray
    classes: tuple[str, ...] = ()
    weights: FloatArray | None = None
    offset: FloatArray | None = None
    rows: tuple[str, ...] = ()
    raw: FloatArray | None = None
    raw_columns: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    score: FloatArray | None = None
    labels: FloatArray | None = None
    intercept: float | None = None
    coefficients: FloatArray | None = None
    inference: FloatArray | None = None
    measures: Mapping[str, float] = field(default_factory=dict)
    seeded: bool | None = None
    messages: tuple[str, ...] = ()
    variable: str = ""
    line: int = 0
    construct_line: int = 0
    seconds: float = 0.0
    search: str = ""

    @property
    def task(self) -> Task:
        """Whether the target is classes or numbers."""
        return "classes" if self.classes else "numbers"

    @property
    def standard_errors(self) -> FloatArray | None:
        """(p + 1,), the intercept's first; None: the framework gives none."""
        return None if self.inference is None else self.inference[:, 0]

    @property
    def title(self) -> str:
        """The call with the arguments that the script passes: ``LogisticRegression(C=10)``."""
        passed = ", ".join(f"{name}={value!r}" for name, value in self.given.items())
        return f"{self.call}({passed})"


@dataclass(frozen=True)
class Recording:
    """The fits of one script, in the order in which they ended.

    Attributes
    ----------
    language
        ``python`` or ``r``.
    fits
        As plain values, arrays by the names of their files.
    versions
        Versions of the language and of the packages that were loaded.
    left_out
        Fits that were made beyond those that a recording holds.
    unreadable
        A sentence for each fit that cannot be recorded, and why.
    """

    language: str
    fits: tuple[dict[str, Any], ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    left_out: int = 0
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recognised:
    """A fitted model as crossframe's own contestants are written.

    Attributes
    ----------
    model
        ``framework.model``: ``sklearn.logistic``.
    native
        The settings of it that are not its defaults, in the framework's spelling.
    standardize
        What the steps before it do to every feature: a value of ``features.standardize``, or ``none``.
    threshold
        Label 1 above this score; None: the framework's own rule.
    rest
        Parts of the call that no setting of the model expresses, each in a few words; their effect is not
        explained by switching settings.
    """

    model: str
    native: Mapping[str, Value]
    standardize: str = "none"
    threshold: float | None = None
    rest: tuple[str, ...] = ()


_ARRAYS = ("X", "y", "weights", "offset", "raw", "score", "labels", "coefficients", "inference")


def write(folder: Path, recording: Recording) -> None:
    """Write a recording whose fits are plain values; the arrays are there already, see `write_array`."""
    # Not msgspec's JSON, which has no infinity: C=inf is a common argument.
    (folder / FITS).write_text(json.dumps(msgspec.to_builtins(recording)), encoding="utf-8")


def write_array(folder: Path, array: FloatArray) -> dict[str, Any]:
    """Write an array, unless its file is there, and return how a fit refers to it."""
    plain = np.ascontiguousarray(array, dtype="<f8")
    name = f"{hashlib.sha256(plain.tobytes()).hexdigest()[:16]}.f64"
    if not (folder / name).exists():
        plain.tofile(folder / name)
    return {"file": name, "shape": list(plain.shape)}


def plain(fit: FittedModel, folder: Path) -> dict[str, Any]:
    """A fit as plain values, its arrays written to the folder."""
    made = msgspec.to_builtins({k: v for k, v in vars(fit).items() if k not in _ARRAYS}, enc_hook=str)
    arrays = {name: getattr(fit, name) for name in _ARRAYS}
    return {**made, **{k: None if v is None else write_array(folder, v) for k, v in arrays.items()}}


def read(folder: Path) -> tuple[Recording, tuple[FittedModel, ...]]:
    """A recording and its fits; `FileNotFoundError` where the folder has none."""
    recording = msgspec.convert(json.loads((folder / FITS).read_text(encoding="utf-8")), Recording)
    return recording, tuple(_fit(folder, each) for each in recording.fits)


def _fit(folder: Path, each: Mapping[str, Any]) -> FittedModel:
    arrays = {
        name: None if at is None else np.fromfile(folder / at["file"], dtype="<f8").reshape(at["shape"])
        for name in _ARRAYS
        for at in [each.get(name)]
    }
    plain_fields = {k: v for k, v in each.items() if k not in _ARRAYS}
    steps = tuple(msgspec.convert(each.get("steps", ()), tuple[Step, ...]))
    tuples = {k: tuple(v) for k, v in plain_fields.items() if isinstance(v, list)}
    return FittedModel(**{**plain_fields, **tuples, "steps": steps, **arrays})
