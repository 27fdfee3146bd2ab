"""The sides of an explanation from what a person brings: scripts, and models of crossframe beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.text import plural
from crossframe.data.designs import WHOLE
from crossframe.experiment.fits import FitCache
from crossframe.experiment.plan import Experiment
from crossframe.experiment.spec import parse
from crossframe.experiment.store import Store
from crossframe.explain.fitted import sides
from crossframe.explain.fitted.result import Side
from crossframe.explain.scripts.given import file, is_script
from crossframe.explain.scripts.record import Started, record
from crossframe.frameworks.fitted import FittedModel, Recognised
from crossframe.frameworks.pool import Pool
from crossframe.frameworks.registry import model, require


class Runner:
    """Runs scripts, each once unless it is asked for again, and picks their fits.

    Parameters
    ----------
    data
        A table that the scripts find beside them.
    time_limit
        Seconds for one run of a script; None: the default.
    on_output
        Gets the scripts' output, a piece at a time.
    started
        A script that runs already.
    """

    def __init__(
        self,
        data: Path | None,
        time_limit: float | None,
        on_output: Callable[[str], None],
        started: Started | None = None,
    ) -> None:
        self._data, self._time_limit, self._on_output = data, time_limit, on_output
        self._started = started
        self._fits: dict[Path, tuple[FittedModel, ...]] = {}

    def fits(self, text: str) -> tuple[FittedModel, ...]:
        """All fits of the script that a side names, in the order in which they ended."""
        script = file(text)
        if script not in self._fits:
            if self._started is not None and self._started.script == script:
                self._fits[script] = self._started.finish(self._time_limit, self._on_output)[1]
            else:
                self._fits[script] = self._run(script)
        return self._fits[script]

    def side(self, text: str, name: str) -> Side:
        """The fit that a side names, by default the last one of its script."""
        path, _, which = text.partition("::")
        script = file(text)
        fit = chosen(self.fits(text), which, path)

        def again(changed: str | None, seed: int | None = None) -> FittedModel:
            return chosen(self._run(script, changed, seed), which, path)

        return Side(name=name, fit=fit, recognised=sides.recognised(fit), script=script, again=again)

    def _run(
        self, script: Path, changed: str | None = None, seed: int | None = None
    ) -> tuple[FittedModel, ...]:
        limit, output = self._time_limit, self._on_output
        return record(script, text=changed, data=self._data, seed=seed, time_limit=limit, on_output=output)[1]


def chosen(fits: Sequence[FittedModel], which: str, script: str) -> FittedModel:
    """The fit of that name or number, counted from 1; empty: the last. Raises `UsageError`."""
    if not which:
        return fits[-1]
    if which.isdigit() and 1 <= int(which) <= len(fits):
        return fits[int(which) - 1]
    named = [fit for fit in fits if fit.variable == which]
    if named:
        return named[-1]
    raise UsageError(
        f"{script}::{which}: the script has no such fit; it has {plural(len(fits), 'fit')}: "
        + ", ".join(f"{k} {fit.variable or fit.call}" for k, fit in enumerate(fits[:20], 1)),
        f"crossframe explain {script} --list shows them",
    )


def of_model(text: str, beside: FittedModel, store: Store, pool: Pool, seed: int) -> Side:
    """A model of crossframe, fitted to the data of the other side."""
    contestant = parse(text)
    require(contestant.engine)
    table = sides.dataset(beside, "the data of the other side")
    experiment = Experiment(table, WHOLE, (len(table.y),), 1, seed, (contestant,), threads=1)
    arrays = FitCache(experiment, store, pool=pool).records(contestant)[0].arrays
    if "score" not in arrays:
        raise UsageError(
            f"{text} cannot be fitted to the data of the other side", "see crossframe list models"
        )
    this = model(contestant.model)
    native = this.to_native(contestant.settings, contestant.native, len(table.y))
    labels = arrays.get("labels")
    coefficients = arrays.get("coefficients")
    fit = FittedModel(
        framework=contestant.engine, call=this.title, arguments=native, given=native, X=beside.X,
        columns=beside.columns, y=beside.y, classes=beside.classes, rows=beside.rows,
        score=np.array(arrays["score"]), labels=None if labels is None else labels.astype(float),
        intercept=None if coefficients is None else float(coefficients[0]),
        coefficients=None if coefficients is None else np.array(coefficients[1:]), seeded=True,
    )  # fmt: skip
    return Side(name=text, fit=fit, recognised=Recognised(contestant.model, native))


def names(left: str, right: str) -> tuple[str, str]:
    """What the sides are called: the files' names, or the paths of files of one name."""
    short = tuple(
        file(text).name + "".join(text.partition("::")[1:]) if is_script(text) else text
        for text in (left, right)
    )
    return distinct(left, right) if short[0] == short[1] else (short[0], short[1])


def distinct(left: str, right: str) -> tuple[str, str]:
    """Two names, with their sides where they are equal."""
    return (left, right) if left != right else (f"{left} (left)", f"{right} (right)")
