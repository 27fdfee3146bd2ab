"""What is to be run: an experiment, its cells, and the key under which each cell is stored."""

from __future__ import annotations

import functools
import hashlib
import os
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from crossframe.core.activity import doing
from crossframe.core.errors import DataError, UsageError
from crossframe.core.text import duration, plural
from crossframe.core.types import Value
from crossframe.data import Dataset, Design, Draw
from crossframe.experiment.by_row import lacks, with_power
from crossframe.experiment.cells import Host, fit_code, key_of
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.preparation import Preparation, Prepared, Selection, Unprepared, prepare
from crossframe.experiment.record import Record, failed, from_result
from crossframe.experiment.rows import Rows, rows_to_score
from crossframe.experiment.selection import select
from crossframe.frameworks.contract import FitRequest, FitResult, Status
from crossframe.frameworks.registry import framework, model, versions
from crossframe.settings.family import outside

MAX_SIZES = 1000
"""Sizes that one range may stand for: more is a slip of the keyboard."""

_REMEDIES = {
    0: "take regressions, such as sklearn.linear and r.lm, of networks sklearn.mlp_regressor and keras.mlp; "
    "where the numbers are names of classes, compare takes --classes",
    2: "take a classifier, such as sklearn.logistic and r.glm, of networks sklearn.mlp and keras.mlp",
    3: "take a model of several classes, such as sklearn.logistic, r.multinom, h2o.glm and keras.mlp",
}
"""What to do about a model that does not fit the target, by the number of classes; 3: more than two."""

_DRAWS_KEPT = 2**27
"""Bytes of row numbers of draws that are kept; a draw that is needed again is made again."""


@dataclass(frozen=True)
class FitCell:
    """One contestant on one draw; ``key`` covers everything that can change its numbers.

    Carried out by `crossframe.experiment.executor.Executor`; ``experiment`` is the one that it belongs to.
    """

    contestant: Contestant
    n: int
    draw: int
    key: str
    experiment: Experiment = field(compare=False, repr=False)

    @property
    def host(self) -> Host:
        """The process of the contestant's engine, with the experiment's threads."""
        e = self.experiment
        return Host.of(self.contestant.engine, e.threads_of(self.contestant.engine))

    @property
    def timed_as(self) -> str:
        """The name of the model."""
        return self.contestant.model

    @property
    def seconds(self) -> float:
        """The first estimate of the fit's time in seconds; see `crossframe.frameworks.model.Model`."""
        selection, columns = self.contestant.selection, len(self.experiment.dataset.names)
        kept = columns if selection is None else min(selection.count, columns)
        return model(self.contestant.model).seconds_of(self.n, kept)

    def prepare(self) -> FitRequest | Record:
        """The request, or the record where there is nothing to fit."""
        if self.experiment.draw(self.n, self.draw).one_class(self.experiment.dataset.y):
            return failed(Status.ONE_CLASS, 1, ())
        return self.experiment.requests.request(self)

    def record(
        self, request: FitRequest, result: FitResult, attempts: int, before: tuple[str, ...]
    ) -> Record:
        """The scored fit; ``before`` is the evidence of failed attempts."""
        e = self.experiment
        rows = e.draw(self.n, self.draw).evaluate
        y = e.dataset.y[rows]
        if prepared := e.requests.prepared(self):
            offset = None if e.dataset.offset is None else e.dataset.offset[rows]
            y, result = (
                prepared.target(y),
                prepared.result(result, prepared.scored(e.dataset.X[rows]), offset),
            )
        threshold = self.contestant.threshold
        record = from_result(request, result, y, threshold=threshold, attempts=attempts, before=before)
        if prepared and "columns" in record.arrays:
            record = replace(record, arrays={**record.arrays, "columns": prepared.columns})
        return record


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
        For every framework; None: one, except those that take all cores as their users get them.
    time_limit
        Seconds per fit.
    preset
        The published experiment it follows.
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

    def draw(self, n: int, index: int) -> Draw:
        """Rows of one draw; a function of the data, the design, the seed, n and the index alone."""
        if (n, index) in self._draws:
            self._draws.move_to_end((n, index))
            return self._draws[n, index]
        draw = self.design.draw(self.dataset, n, index, self.seed)
        self._one_class[n, index] = draw.one_class(self.dataset.y)
        self._draws[n, index] = draw
        kept = max(2, _DRAWS_KEPT // max(1, draw.train.nbytes + draw.evaluate.nbytes))
        while len(self._draws) > kept:
            self._draws.popitem(last=False)
        return draw

    @functools.cached_property
    def _draws(self) -> OrderedDict[tuple[int, int], Draw]:
        return OrderedDict()

    @functools.cached_property
    def _one_class(self) -> dict[tuple[int, int], bool]:
        """Of every draw that was made so far, whether its training rows hold one class only."""
        return {}

    @functools.cached_property
    def requests(self) -> Requests:
        """The maker of fit requests for the cells; it keeps the evaluation rows in use."""
        return Requests(self)

    def one_class(self) -> dict[int, int]:
        """Per size with any, how many of the draws hold one class only."""
        for n in self.sizes:
            for index in range(self.draws):
                if (n, index) not in self._one_class:
                    self.draw(n, index)
        counts = {n: sum(self._one_class[n, b] for b in range(self.draws)) for n in self.sizes}
        return {n: count for n, count in counts.items() if count}

    def validate(self) -> None:
        """Raise `UsageError` for sizes beyond the data, and for models that cannot fit the target."""
        self._check_target()
        pool = self.design.pool_size(self.dataset)
        too_large = [n for n in self.sizes if n > pool]
        if too_large:
            raise UsageError(
                f"--n {', '.join(map(str, too_large))}: {self.dataset.name} has {pool} rows to draw "
                f"training samples from under the design {self.design.name}",
                f"use at most --n {pool}",
            )
        self.draw(self.sizes[0], 0)

    def _check_target(self) -> None:
        """Raise `UsageError` for contestants that cannot be fitted to the target."""
        data, all_of = self.dataset, self.contestants
        count = len(data.classes)
        target = f"the target of {data.name} " + (f"has {count} classes" if count else "holds numbers")
        lost = [c.name for c in all_of if not model(c.model).fits(c.settings, c.native, data)]
        if lost:
            takes = "numbers" if count == 2 else "two classes"
            raise UsageError(f"{', '.join(lost)}: of {takes}, but {target}", _REMEDIES[min(count, 3)])
        if lacking := [error for c in all_of if (error := lacks(c, data))]:
            raise UsageError.many(lacking)
        for c in all_of:
            if problem := outside(model(c.model).stated(c.settings, c.native, data.task), data.y):
                row, words = problem
                raise DataError(
                    f"{c.name}: {words}; the target of {data.name} is {data.y[row]:g} in {data.row(row)}",
                    "correct the row or leave it out, or give another family",
                )
        if count == 2:
            return
        of_two = {
            "class.order": [c for c in all_of if c.preparation.order != "given"],
            "selection.statistic": [c for c in all_of if c.selection is not None],
            "decision.threshold": [c for c in all_of if c.threshold is not None],
        }
        for setting, given in of_two.items():
            if given:
                own = setting in given[0].name
                raise UsageError(
                    f"{', '.join(c.name for c in given)}: {target}, not two classes, which {setting} is for",
                    f"leave {setting} out" if own else f"name the model alone: {given[0].model}",
                )

    def threads_of(self, engine: str) -> int:
        """Threads for an engine: ``threads``, else 1, or all cores where that is the framework's default.

        1 for a cluster that is there already: its threads are among its versions.
        """
        if framework(engine).address() is not None:
            return 1
        if self.threads is not None:
            return self.threads
        return os.cpu_count() or 1 if framework(engine).all_cores else 1

    def cells(self) -> Iterator[FitCell]:
        """Every cell with its key: by size, ascending, then by draw, then by contestant."""
        models = {c.model for c in self.contestants}
        code = {m: fit_code(m, __name__, "crossframe.experiment.preparation") for m in models}
        shared = {c.name: self._shared_key(c, code[c.model]) for c in self.contestants}
        for n in self.sizes:
            for draw in range(self.draws):
                rows = self.draw(n, draw)
                rows_of_draw = hashlib.sha256(rows.train.tobytes() + rows.evaluate.tobytes()).hexdigest()
                for contestant in self.contestants:
                    key = key_of([n, model_seed(self.seed, n, draw), rows_of_draw, shared[contestant.name]])
                    yield FitCell(contestant, n, draw, key, self)

    def listed(self, seconds: float | None = None) -> tuple[FitCell, ...]:
        """All `cells`, which takes seconds for many draws or rows: `crossframe.core.activity` names them.

        ``seconds``: how long the fits are expected to take, for the same words.
        """
        listed: list[FitCell] = []
        total = f"{len(self.sizes) * self.draws * len(self.contestants):,} fits"
        total += "" if seconds is None else f", which take about {duration(seconds)}"
        with doing(lambda: f"planning: {len(listed):,} of {total}"):
            listed.extend(self.cells())
        return tuple(listed)

    def _shared_key(self, contestant: Contestant, code: str) -> str:
        """The part of the key that all cells of a contestant share; ``code`` as in `fit_code`."""
        data, engine = self.dataset, contestant.engine
        # Only a preparation reads which columns are one text.
        file = data.file if contestant.preparation.changes else None
        return key_of(
            {
                # The fingerprint is that of the bytes: classes 0, 1 have the one of the numbers 0.0, 1.0.
                "data": [data.fingerprint, data.task, len(data.classes), data.names, data.image_shape],
                "features": [asdict(c) for c in file.features] if file else [],
                "contestant": identity(resolve(contestant, data)),
                "threads": self.threads_of(engine),
                "versions": versions(engine),
                "code": code,
            }
        )


def identity(contestant: Contestant) -> dict[str, Any]:
    """The parts of a contestant that determine its numbers, as plain values; its names do not."""
    selection = contestant.selection
    return {
        "model": contestant.model,
        "selection": [*asdict(selection).values()] if selection else None,
        "settings": dict(contestant.settings),
        "native": dict(contestant.native),
        "threshold": contestant.threshold,
        "preparation": asdict(contestant.preparation) if contestant.preparation.changes else None,
    }


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
        self._rows = Rows(experiment.dataset)

    @functools.lru_cache(maxsize=256)  # noqa: B019 - one instance per run
    def selected(self, n: int, index: int, selection: Selection) -> tuple[int, ...]:
        """Columns that a selection keeps on a draw: the same for every solver that gets them."""
        e = self._experiment
        draw = e.draw(n, index)
        X, y = e.dataset.X[draw.train], e.dataset.y[draw.train]
        kept = select(selection.statistic, selection.count, X, y, selection.ties)
        return tuple(int(j) for j in kept)

    def prepared(self, cell: FitCell) -> Prepared | None:
        """The rows of a contestant with a preparation; None for one without. Raises `Unprepared`."""
        contestant = cell.contestant
        if not contestant.preparation.changes:
            return None
        rule = with_power(contestant, self._experiment.dataset)
        return self._prepared(cell.n, cell.draw, rule, contestant.selection)

    @functools.lru_cache(maxsize=2)  # noqa: B019 - one instance per run
    def _prepared(self, n: int, index: int, rule: Preparation, selection: Selection | None) -> Prepared:
        e = self._experiment
        return prepare(rule, selection, e.dataset, e.draw(n, index).train)

    def request(self, cell: FitCell) -> FitRequest | Record:
        """What the cell's engine is asked, or the record where there is nothing to ask."""
        e = self._experiment
        draw = e.draw(cell.n, cell.draw)
        contestant = resolve(cell.contestant, e.dataset)
        columns: tuple[int, ...] | None = None
        fingerprint = ""
        try:
            prepared = self.prepared(cell)
        except Unprepared as error:
            return failed(error.status, 1, error.evidence)
        if prepared is not None:
            X, y, names = prepared.X, prepared.y, prepared.names
            weights, offset = prepared.weights, prepared.offset
            given = e.dataset.X[draw.evaluate]
            known = None if e.dataset.offset is None else e.dataset.offset[draw.evaluate]
            known = prepared.known(None if known is None else known[prepared.scored(given)])
            evaluation = rows_to_score(prepared.rows(given), names, known)
            if not len(evaluation.X):
                return failed(
                    Status.REFUSED, 1, ("missing=drop: a feature is missing in every row to score",)
                )
        else:
            rows, names = self._rows.training(draw), e.dataset.names
            X, y, weights, offset, fingerprint = rows.X, rows.y, rows.weights, rows.offset, rows.fingerprint
            evaluation = self._rows.evaluation(draw)
            if contestant.selection is not None:
                columns = self.selected(cell.n, cell.draw, contestant.selection)
                if not columns:
                    return failed(Status.NO_FEATURES, 1, ())
                X, names = np.ascontiguousarray(X[:, list(columns)]), tuple(names[j] for j in columns)
                fingerprint = ""
        request = FitRequest(
            model=contestant.model.partition(".")[2],
            settings=contestant.settings,
            native=contestant.native,
            X_train=X,
            y_train=y,
            names=names,
            evaluation=evaluation,
            columns=columns,
            image_shape=e.dataset.image_shape if columns is None and names == e.dataset.names else None,
            seed=model_seed(e.seed, cell.n, cell.draw),
            threads=e.threads_of(contestant.engine),
            time_limit=e.time_limit,
            task=e.dataset.task,
            classes=max(2, len(e.dataset.classes)),
            weights=weights,
            offset=offset,
        )
        if fingerprint:
            # Known from the gathering: the rows need not be read again.
            vars(request)["fingerprint"] = fingerprint
        return request


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
            # By its ends: Python has no length for a range beyond its largest index.
            count = max(0, (steps.stop - steps.start + steps.step - 1) // steps.step)
            if count > MAX_SIZES:
                raise UsageError(
                    f"--n {text}: {count} sizes", f"give at most {MAX_SIZES}; a step is the third number"
                )
            sizes.update(steps)
    if not sizes:
        raise UsageError(f"--n {text}: the range is empty", "write 10,80 or 10:80:5")
    if min(sizes) < 2:
        raise UsageError(
            f"--n {text}: a training sample of {plural(min(sizes), 'row')} is too small",
            "use sizes of at least 2",
        )
    return tuple(sorted(sizes))
