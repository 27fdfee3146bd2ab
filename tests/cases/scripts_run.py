"""What the proofs of scripts.toml share: scripts are run, as they are and with changes to their text.

Nothing here imports crossframe: Python and Rscript run the scripts.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Change = tuple[str, str, str]
"""Side (``left`` or ``right``), text of its script, and the text that replaces every occurrence of it."""

FOLDER = Path(__file__).parent / "scripts"
TO_A_FILE = {
    ".py": "\nimport numpy as _np\n_np.savetxt('out', _np.asarray({0}, float).ravel(), fmt='%.17g')\n",
    ".R": '\nwriteLines(sprintf("%.17g", as.numeric({0})), "out")\n',
}


@dataclass(frozen=True)
class Evidence:
    """What a proof computed.

    ``gap`` is the difference of the two sides' scores as they were brought (see `difference`), ``closed``
    what is left of it with every change, ``shares`` what each change closes of it: the mean of its effect
    alone and of its effect on top of all others, which is its Shapley value where there are two.
    ``coefficients`` is the same difference of the coefficients, ``spread`` the largest between reruns of one
    side with another seed, ``printed`` the largest deviation of a printed table from the other side without
    the cause, in units of the table's last digit, ``exact`` the answer of a proof in rational arithmetic.
    """

    gap: float
    closed: float = 0.0
    shares: Mapping[str, float] = field(default_factory=dict)
    coefficients: float = 0.0
    spread: float = 0.0
    printed: float | None = None
    exact: bool | None = None


def script(name: str, side: str) -> Path:
    """The file of a side, ``left.py``, of a case in `FOLDER`, or in another folder by its full path."""
    (file,) = (FOLDER / name).glob(f"{side}.*")
    return file


@functools.cache
def run(name: str, side: str, expression: str = "", changes: tuple[Change, ...] = ()) -> Array:
    """Value of an expression at the end of a side's script, after the changes that concern this side."""
    file = script(name, side)
    text = file.read_text(encoding="utf-8")
    for where, old, new in changes:
        if where == side:
            assert old in text, f"{name}/{file.name} has no {old!r}"
            text = text.replace(old, new)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for each in file.parent.iterdir():
            if each.suffix not in TO_A_FILE:
                shutil.copy(each, folder)
        text += TO_A_FILE[file.suffix].format(expression) if expression else ""
        (folder / file.name).write_text(text, encoding="utf-8")
        words = [sys.executable] if file.suffix == ".py" else ["Rscript", "--vanilla"]
        one = {k: "1" for k in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
        done = subprocess.run(
            [*words, file.name], cwd=folder, capture_output=True, text=True, timeout=280,
            env={**os.environ, **one, **quiet},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return np.loadtxt(folder / "out", ndmin=1) if expression else np.array([])


def difference(left: Array, right: Array) -> float:
    """Largest difference of probabilities, of numbers in standard deviations; share of unlike labels."""
    assert left.shape == right.shape, (left.shape, right.shape)
    both = np.concatenate([left, right])
    if np.isin(both, (0, 1)).all():
        return float(np.mean(left != right))
    unit = 1.0 if both.min() >= 0 and both.max() <= 1 else float(max(left.std(), right.std()))
    return float(np.max(np.abs(left - right)) / unit)


def compared(
    name: str,
    left: str | Array,
    right: str,
    changes: Mapping[str, Sequence[Change]] | None = None,
    coefficients: tuple[str, str] | None = None,
    seeds: Sequence[Change] = (),
) -> Evidence:
    """Run both sides with no, each, all but one, and all of the changes.

    ``left`` may be the numbers themselves, ``coefficients`` are two more expressions, ``seeds`` changes
    of a seed for reruns.
    """
    changes = changes or {}

    def side(which: str, expression: str | Array, made: Sequence[Change]) -> Array:
        if not isinstance(expression, str):
            return expression
        return run(name, which, expression, tuple(c for c in made if c[0] == which))

    def gap(chosen: set[str]) -> float:
        made = [change for key in changes if key in chosen for change in changes[key]]
        return difference(side("left", left, made), side("right", right, made))

    every = set(changes)
    before, after = gap(set()), gap(every)
    shares = {}
    for key in changes:
        gained = before - gap({key}) + gap(every - {key}) - after
        shares[key] = gained / 2 / before if before else 0.0
    expressions = {"left": left, "right": right}
    spread = max(
        (difference(side(c[0], expressions[c[0]], [c]), side(c[0], expressions[c[0]], [])) for c in seeds),
        default=0.0,
    )
    by_coefficients = 0.0
    if coefficients:
        by_coefficients = difference(run(name, "left", coefficients[0]), run(name, "right", coefficients[1]))
    return Evidence(before, after, shares, by_coefficients, spread)
