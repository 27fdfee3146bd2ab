"""What is to be run: an experiment, its cells, and the key under which each cell is stored."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from crossframe.data import Dataset, Design, Draw
from crossframe.engines.base import EvalRows, FitRequest, Value
from crossframe.engines.rscripts import folder as r_folder
from crossframe.environment import versions
from crossframe.errors import UsageError
from crossframe.models.contestants import Contestant, Selection
from crossframe.models.selection import select
from crossframe.settings.families import takes

MAX_SIZES = 1000
"""Sizes that one range may stand for: more is a slip of the keyboard."""

_EVALUATIONS_KEPT = 8


@dataclass(frozen=True)
class Cell:
    """One contestant on one draw; ``key`` covers everything that can change its numbers."""

    contestant: Contestant
    n: int
    draw: int
    key: str


@dataclass(frozen=True)
class Experiment:
    """Contestants, data, design and sizes of one ``compare``.

    Attributes
    ----------
    sizes
        Numbers of training rows, ascending.
    draws
        Training samples per size.
    seed
        Of the draws and, derived per draw, of the models.
    threads
        For every framework; None: one, except H2O, which takes all cores as its users get it.
    time_limit
        Seconds per fit.
    preset
        The published experiment it follows.
    h2o_url
        An H2O cluster to use in place of an own server; its version is its owner's affair, so
        that results of another address are other cells.
    """

    dataset: Dataset
    design: Design
    sizes: tuple[int, ...]
    draws: int
    seed: int
    contestants: tuple[Contestant, ...]
    threads: int | None = None
    time_limit: float = 600.0
    preset: str | None = None
    h2o_url: str | None = None

    def draw(self, n: int, index: int) -> Draw:
        """Rows of one draw; a function of the data, the design, the seed, n and the index alone."""
        if (n, index) not in self._draws:
            self._draws[n, index] = self.design.draw(self.dataset, n, index, self.seed)
        return self._draws[n, index]

    @functools.cached_property
    def _draws(self) -> dict[tuple[int, int], Draw]:
        return {}

    def one_class(self) -> dict[int, int]:
        """Per size with any, how many of the draws hold one class only."""
        y = self.dataset.y
        counts = {n: sum(self.draw(n, b).one_class(y) for b in range(self.draws)) for n in self.sizes}
        return {n: count for n, count in counts.items() if count}

    def validate(self) -> None:
        """Raise `UsageError` for sizes the data cannot give, and models of another kind of target."""
        task = self.dataset.task
        lost = [c.name for c in self.contestants if not takes(c.model, c.settings, c.native, task)]
        if lost:
            raise UsageError(
                f"{', '.join(lost)}: of two classes, but the target of {self.dataset.name} holds numbers",
                "sides that fit different kinds of target have no difference to be explained",
            )
        pool = self.design.pool_size(self.dataset)
        too_large = [n for n in self.sizes if n > pool]
        if too_large:
            raise UsageError(
                f"--n {', '.join(map(str, too_large))}: {self.dataset.name} has {pool} rows to draw "
                f"training samples from under the design {self.design.name}",
                f"use at most --n {pool}",
            )
        self.draw(self.sizes[0], 0)

    def threads_of(self, engine: str) -> int:
        """Threads the engine will be given."""
        if self.threads is not None:
            return self.threads
        return os.cpu_count() or 1 if engine == "h2o" else 1

    def cells(self) -> Iterator[Cell]:
        """Every cell, small samples first."""
        shared = {c.name: self._shared_key(c) for c in self.contestants}
        for n in self.sizes:
            for draw in range(self.draws):
                rows = self.draw(n, draw)
                drawn = hashlib.sha256(rows.train.tobytes() + rows.evaluate.tobytes()).hexdigest()
                for contestant in self.contestants:
                    material = json.dumps([n, model_seed(self.seed, n, draw), drawn, shared[contestant.name]])
                    key = hashlib.sha256(material.encode()).hexdigest()
                    yield Cell(contestant, n, draw, key)

    def _shared_key(self, contestant: Contestant) -> str:
        """The part of the key that all cells of a contestant share."""
        engine = contestant.engine
        material = {
            "data": self.dataset.fingerprint,
            "contestant": identity(resolve(contestant, self.dataset)),
            "threads": self.threads_of(engine),
            "versions": versions(engine),
            "code": code_of(engine),
        }
        if engine == "h2o" and self.h2o_url is not None:
            material["h2o_url"] = self.h2o_url
        return json.dumps(material, sort_keys=True)


def identity(contestant: Contestant) -> dict[str, Any]:
    """What makes two contestants give the same numbers, whatever they are called."""
    selection = contestant.selection
    return {
        "model": contestant.model,
        "selection": [selection.statistic, selection.count] if selection else None,
        "settings": dict(contestant.settings),
        "native": dict(contestant.native),
        "threshold": contestant.threshold,
    }


_EVERY_ENGINE = (
    "engines/base.py", "settings/base.py", "settings/__init__.py", "settings/elastic.py",
    "models/selection.py",
    "comparison/record.py", "referee/network/stopping.py",
)  # fmt: skip
_SOURCES = {
    "sklearn": ("engines/sklearn*.py", "settings/sklearn*.py"),
    "r": ("engines/r[._]*", "settings/r[._]*", "r_scripts/[!k]*.R"),
    "h2o": ("engines/h2o*.py", "settings/h2o*.py"),
    "keras": ("engines/keras*.py", "settings/keras*.py"),
    "rkeras": ("engines/rkeras.py", "engines/keras*.py", "settings/keras*.py", "r_scripts/keras.R"),
    "reference": ("engines/reference*.py", "settings/reference*.py", "referee/**/*.py", "updates/*.py"),
}
"""Sources that make an engine's numbers: a changed rule is a changed cell."""


@functools.cache
def code_of(engine: str) -> str:
    """SHA-256 of `_SOURCES` of an engine."""
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for pattern in (*_EVERY_ENGINE, *_SOURCES.get(engine, ())):
        root = r_folder().parent if pattern.startswith("r_scripts/") else package
        files = sorted(root.glob(pattern))
        if not files:
            raise FileNotFoundError(f"{pattern} of engine {engine}")
        for file in files:
            digest.update(file.read_bytes())
    return digest.hexdigest()


def resolve(contestant: Contestant, dataset: Dataset) -> Contestant:
    """Fill in what depends on the data: the centre pixel's threshold is half of the maximum."""
    given = {*contestant.native, *contestant.settings}
    if contestant.model == "reference.centre" and not given & {"threshold", "rule.threshold"}:
        half: Value = (dataset.max_value or 1.0) / 2
        return replace(contestant, native={**contestant.native, "threshold": half})
    return contestant


class Requests:
    """Turns cells into fit requests, keeping the few evaluation sets that are in use."""

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self._evaluations: OrderedDict[bytes, EvalRows] = OrderedDict()

    @functools.lru_cache(maxsize=256)  # noqa: B019 - one instance per run
    def selected(self, n: int, index: int, selection: Selection) -> tuple[int, ...]:
        """Columns that a selection keeps on a draw: the same for every solver that gets them."""
        e = self._experiment
        draw = e.draw(n, index)
        X, y = e.dataset.X[draw.train], e.dataset.y[draw.train]
        return tuple(int(j) for j in select(selection.statistic, selection.count, X, y))

    def evaluation(self, draw: Draw) -> EvalRows:
        """The evaluation rows of a draw, hashed once."""
        name = draw.evaluate.tobytes()
        if name not in self._evaluations:
            X = np.ascontiguousarray(self._experiment.dataset.X[draw.evaluate])
            key = hashlib.sha256(X.tobytes()).hexdigest()
            self._evaluations[name] = EvalRows(key, X, self._experiment.dataset.names)
            if len(self._evaluations) > _EVALUATIONS_KEPT:
                self._evaluations.popitem(last=False)
        self._evaluations.move_to_end(name)
        return self._evaluations[name]

    def request(self, cell: Cell) -> FitRequest | None:
        """What the cell's engine is asked; None when the selection kept no feature."""
        e = self._experiment
        draw = e.draw(cell.n, cell.draw)
        contestant = resolve(cell.contestant, e.dataset)
        X, y = e.dataset.X[draw.train], e.dataset.y[draw.train]
        names, columns = e.dataset.names, None
        if contestant.selection is not None:
            columns = self.selected(cell.n, cell.draw, contestant.selection)
            if not columns:
                return None
            X, names = np.ascontiguousarray(X[:, list(columns)]), tuple(names[j] for j in columns)
        return FitRequest(
            model=contestant.model.partition(".")[2],
            settings=contestant.settings,
            native=contestant.native,
            X_train=X,
            y_train=y,
            names=names,
            evaluation=self.evaluation(draw),
            columns=columns,
            image_shape=e.dataset.image_shape if columns is None else None,
            seed=model_seed(e.seed, cell.n, cell.draw),
            threads=e.threads_of(contestant.engine),
            time_limit=e.time_limit,
            task=e.dataset.task,
        )


def model_seed(seed: int, n: int, draw: int) -> int:
    """Seed of every model on a draw, in [1, 2^31): the same for all contestants."""
    state = int(np.random.SeedSequence([seed, n, draw]).generate_state(1)[0])
    return state % (2**31 - 1) + 1


def parse_sizes(text: str) -> tuple[int, ...]:
    """``10,80`` or ``10:80:5`` (both ends included) or a mixture, ascending and each once."""
    sizes: set[int] = set()
    for part in text.split(","):
        try:
            bounds = [int(p) for p in part.split(":")]
            if len(bounds) > 3 or (len(bounds) == 3 and bounds[2] < 1):
                raise ValueError
        except ValueError:
            raise UsageError(
                f"--n {text}: {part.strip()!r} is not a number of rows", "write 10,80 or 10:80:5"
            ) from None
        if len(bounds) == 1:
            sizes.add(bounds[0])
        else:
            steps = range(bounds[0], bounds[1] + 1, bounds[2] if len(bounds) == 3 else 1)
            if len(steps) > MAX_SIZES:
                raise UsageError(
                    f"--n {text}: {len(steps)} sizes", f"give at most {MAX_SIZES}; a step is the third number"
                )
            sizes.update(steps)
    if not sizes:
        raise UsageError(f"--n {text}: the range is empty", "write 10,80 or 10:80:5")
    if min(sizes) < 2:
        raise UsageError(
            f"--n {text}: a training sample of {min(sizes)} rows cannot hold two classes",
            "use sizes of at least 2",
        )
    return tuple(sorted(sizes))
