"""The recipes of an explanation as programs that stand alone, run, with the digits they reach."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from crossframe.data import load
from crossframe.engines.base import Target, Value
from crossframe.environment import versions
from crossframe.errors import CrossframeError
from crossframe.explaining import scripts
from crossframe.explaining.apart import of_scores
from crossframe.explaining.explanation import Explanation
from crossframe.explaining.linear import Direction
from crossframe.models.spec import parse_model
from crossframe.settings import to_native
from crossframe.settings.families import for_target, spread


@dataclass(frozen=True)
class Ran:
    """Two programs that give one answer, and in how many digits they really do."""

    towards: str
    programs: tuple[str, str]
    digits: float | None
    why_not: str = ""
    texts: tuple[str, ...] = ()


def write(found: Explanation, folder: Path, table: Path, target: str, positive: str) -> list[Ran]:
    """Write and run, for either direction that closes, the side's program and the other side's.

    ``positive`` is class 1 of the target as the table spells it, empty for a target of numbers.
    They are ``left-as-right.*`` with ``right.*``, and ``right-as-left.*`` with ``left.*``. A model
    without a program of its own (the referee, Keras) is told, not written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    near = os.path.relpath(table.resolve(), folder.resolve())
    pairs = (
        ("left-as-right", "right", found.from_left, found.right),
        ("right-as-left", "left", found.from_right, found.left),
    )
    y = load(table, target=target, missing="drop", numbers=True).y
    told = []
    for name, other_name, direction, other in pairs:
        if direction.closing.closed:
            told.append(_pair(folder, near, target, positive, name, other_name, direction, other, found, y))
    return told


def _pair(
    folder: Path, table: str, target: str, positive: str, name: str, other_name: str,
    direction: Direction, other: str, found: Explanation, y: Target,
) -> Ran:  # fmt: skip
    c = parse_model(other)
    native = for_target(c.model, c.settings, c.native, "numbers" if not positive else "classes")
    own = to_native(c.model, c.settings, native, found.data["rows"], spread(y, c.settings, native))
    jobs: list[tuple[str, str, dict[str, Value]]] = [
        (name, direction.model, dict(direction.recipe)),
        (other_name, c.model, {**own, **direction.other}),
    ]
    scores, files, texts = [], [], []
    try:
        for label, model, arguments in jobs:
            purpose = f"{found.left} and {found.right} on {Path(table).name}: {label.replace('-', ' ')}"
            program = scripts.script(
                model, arguments, table, target, positive, f"{label}.scores",
                versions(model.partition(".")[0]), purpose=purpose,
            )  # fmt: skip
            scores.append(scripts.run(folder, label, program))
            files.append(f"{label}{program.suffix}")
            texts.append(program.text)
    except CrossframeError as error:
        return Ran(other, (name, other_name), None, error.message)
    unit = of_scores(y).unit
    digits = scripts.agreement(scores[0] / unit, scores[1] / unit)
    return Ran(other, (files[0], files[1]), digits, texts=tuple(texts))
