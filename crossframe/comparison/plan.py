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
from crossframe.models.contestants import Contestant
from crossframe.models.selection import select

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

    def validate(self) -> None:
        """Raise `UsageError` for sizes the data cannot give."""
        pool = self.design.pool_size(self.dataset)
        too_large = [n for n in self.sizes if n > pool]
        if too_large:
            raise UsageError(
                f"--n {', '.join(map(str, too_large))}: {self.dataset.name} has {pool} rows to draw "
                f"training samples from under the design {self.design.name}",
                f"use at most --n {pool}",
            )

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
                for contestant in self.contestants:
                    material = json.dumps([n, draw, shared[contestant.name]])
                    key = hashlib.sha256(material.encode()).hexdigest()
                    yield Cell(contestant, n, draw, key)

    def _shared_key(self, contestant: Contestant) -> str:
        """The part of the key that all cells of a contestant share."""
        engine = contestant.engine
        material = {
            "data": self.dataset.fingerprint,
            "design": self.design.name,
            "seed": self.seed,
            "contestant": _identity(resolve(contestant, self.dataset)),
            "threads": self.threads_of(engine),
            "versions": versions(engine),
            "code": _code(engine),
        }
        if engine == "h2o" and self.h2o_url is not None:
            material["h2o_url"] = self.h2o_url
        return json.dumps(material, sort_keys=True)


def _identity(contestant: Contestant) -> dict[str, Any]:
    """What makes two contestants give the same numbers, whatever they are called."""
    selection = contestant.selection
    return {
        "model": contestant.model,
        "selection": [selection.statistic, selection.count] if selection else None,
        "settings": dict(contestant.settings),
        "native": dict(contestant.native),
    }


@functools.cache
def _code(engine: str) -> str:
    """SHA-256 of the sources that make an engine's numbers: a changed rule is a changed cell."""
    package = Path(__file__).resolve().parents[1]
    files = [
        *package.glob(f"engines/{engine}*.py"),
        *package.glob(f"settings/{engine}*.py"),
        package / "models/selection.py",
        package / "data/designs.py",
    ]
    if engine == "rkeras":
        files += [*package.glob("engines/keras*.py"), *r_folder().glob("keras*.R")]
    elif engine == "r":
        files += [r_folder() / "bridge.R", r_folder() / "linear.R"]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def resolve(contestant: Contestant, dataset: Dataset) -> Contestant:
    """Fill in what depends on the data: the centre pixel's threshold is half of the maximum."""
    if contestant.model == "reference.centre" and "threshold" not in contestant.native:
        half: Value = (dataset.max_value or 1.0) / 2
        return replace(contestant, native={**contestant.native, "threshold": half})
    return contestant


class Requests:
    """Turns cells into fit requests, keeping the few evaluation sets that are in use."""

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self._evaluations: OrderedDict[bytes, EvalRows] = OrderedDict()

    @functools.lru_cache(maxsize=256)  # noqa: B019 - one instance per run
    def draw(self, n: int, index: int) -> Draw:
        """The draw of a cell."""
        e = self._experiment
        return e.design.draw(e.dataset, n, index, e.seed)

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
        draw = self.draw(cell.n, cell.draw)
        contestant = resolve(cell.contestant, e.dataset)
        X, y = e.dataset.X[draw.train], e.dataset.y[draw.train]
        names, columns = e.dataset.names, None
        if contestant.selection is not None:
            kept = select(contestant.selection.statistic, contestant.selection.count, X, y)
            if not kept.size:
                return None
            columns = tuple(int(j) for j in kept)
            X, names = np.ascontiguousarray(X[:, kept]), tuple(names[j] for j in columns)
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
            sizes.update(range(bounds[0], bounds[1] + 1, bounds[2] if len(bounds) == 3 else 1))
    if not sizes:
        raise UsageError(f"--n {text}: the range is empty", "write 10,80 or 10:80:5")
    if min(sizes) < 2:
        raise UsageError(
            f"--n {text}: a training sample of {min(sizes)} rows cannot hold two classes",
            "use sizes of at least 2",
        )
    return tuple(sorted(sizes))
