"""Causes that changed copies of the scripts show, where crossframe cannot fit both models by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, product

import numpy as np

from crossframe.core.errors import CrossframeError
from crossframe.core.types import FloatArray, Value
from crossframe.explain.explanation import Conclusion
from crossframe.explain.fitted.ladder import classes, ladder, weights_by_class
from crossframe.explain.fitted.result import FittedExplanation, ScriptRecipe, Side
from crossframe.explain.fitted.rungs import Rung, RungVerdict
from crossframe.explain.scripts import edit
from crossframe.explain.scripts.given import LANGUAGES
from crossframe.frameworks.fitted import FittedModel

_LIMITS: Mapping[str, Sequence[tuple[str, str, Value]]] = {
    "multinom": (("solver.max_iterations", "maxit", 10_000), ("solver.tolerance_objective", "reltol", 1e-15))
}
"""Function without a model in crossframe -> what makes its solver go on: setting, argument, value."""
_NAMED = 0.05
"""Part of the difference from which a setting is a cause."""
_REST = 0.01
"""Part of the difference that may remain."""
_SEEDS = ((100_103, 100_104), (100_105, 100_106))
"""Of the changed copies of either side."""
_AS_FAR = 1.25
"""Multiple of the distance of two copies of one script up to which those of both are no farther."""

Changes = Mapping[str, Mapping[str, Value | None]]
"""Side -> the arguments that its copy passes; None: the argument is removed."""


def shown(made: FittedExplanation, on_progress: Callable[[str], None]) -> FittedExplanation:
    """The explanation with the settings whose change in copies, which are run, closes the difference.

    As it was where there is none such. Asked of a solver that stopped early, and of class weights.
    """
    if any(side.again is None or side.script is None for side in (made.left, made.right)):
        return made
    try:
        if made.verdict is Conclusion.NOT_CONVERGED and made.objective is not None and not made.recipes:
            return _stopped(made, on_progress)
        if made.verdict is Conclusion.UNEXPLAINED and made.rerun is not None and made.rerun.differs:
            return _weighted(made, on_progress)
    except CrossframeError:
        # A call that cannot be changed, or a copy that fails, shows nothing.
        return made
    return made


def _stopped(made: FittedExplanation, on_progress: Callable[[str], None]) -> FittedExplanation:
    assert made.objective is not None
    left_over = made.objective.certificate["left_over"]
    side, other = (made.left, made.right) if left_over[0] > left_over[1] else (made.right, made.left)
    arguments: dict[str, Value | None] = {}
    gaps, causes = [made.ladder.gap], []
    for setting, argument, value in _LIMITS.get(side.fit.call, ()):
        arguments[argument] = value
        on_progress(f"running a changed copy of {side.name}")
        copy = _run(side, _text(side, arguments), None)
        gaps.append(ladder(copy, other.fit, (side.name, other.name)).gap)
        if gaps[-2] - gaps[-1] > _NAMED * gaps[0]:
            causes.append(setting)
    if not causes or not gaps[-1] <= _REST * gaps[0]:
        return made
    words = f"Its solver stopped at its limits: with {_spelled(arguments)} the difference is {gaps[-1]:.2g}."
    recipe = _recipe(made, {side.name: arguments}, gaps[-1])
    return replace(made, recipes=(recipe,), copies=_rung(words, causes, gaps[0], gaps[-1]))


def _weighted(made: FittedExplanation, on_progress: Callable[[str], None]) -> FittedExplanation:
    sides = (made.left, made.right)
    given = [_argument(side.fit) for side in sides]
    ratios = [ratio for side in sides if (ratio := _ratios(side.fit)) is not None]
    if not any(given) or len(ratios) < 2 or classes(made.left.fit) != classes(made.right.fit):
        return made
    if np.allclose(ratios[0], ratios[1], rtol=_REST):
        return made
    changes: Changes = {
        side.name: {name: None} for side, name in zip(sides, given, strict=True) if name is not None
    }
    on_progress(f"running changed copies of {' and '.join(changes)}")
    texts = [_text(side, changes.get(side.name, {})) for side in sides]
    runs = [
        [_run(side, text, seed) for seed in seeds]
        for side, text, seeds in zip(sides, texts, _SEEDS, strict=True)
    ]
    own = [_mean_distance(combinations(_scores(each), 2)) for each in runs]
    rows = made.ladder.rows
    one, other = _scores(runs[0]), _scores(runs[1])
    between = _mean_distance(product([a[rows.left] for a in one], [b[rows.right] for b in other]))
    before = float(made.rerun.certificate.get("between", np.nan)) if made.rerun else np.nan
    if not between <= max(_AS_FAR * max(own), _REST * before) or not between < (1 - _NAMED) * before:
        return made
    words = " ".join(
        f"In {side.name} a row of class {_spelled_class(side.fit, -1)} counts {ratio[-1]:.4g} times one of "
        f"class {_spelled_class(side.fit, 0)}{_priors(side.fit)}."
        for side, ratio in zip(sides, ratios, strict=True)
    )
    words += f" Without class weights the two differ by {between:.3g} on average, beside {before:.3g}"
    words += ": no more than another seed changes." if any(own) else "."
    gap = ladder(runs[0][0], runs[1][0], (made.left.name, made.right.name)).gap
    recipe, rung = _recipe(made, changes, gap), _rung(words, ["class_weight"], before, between)
    return replace(made, verdict=Conclusion.EXPLAINED, rung="", recipes=(recipe,), copies=rung)


def _rung(words: str, causes: Sequence[str], before: float, after: float) -> Rung:
    return Rung("copies", RungVerdict.SAME, words, {"causes": [*causes], "before": before, "after": after})


def _argument(fit: FittedModel) -> str | None:
    """The argument by which a fit weights its classes; None: it does not."""
    given = (name for name in ("class_weight", "classwt") if fit.arguments.get(name) not in (None, "none"))
    return next(given, None) if fit.classes else None


def _ratios(fit: FittedModel) -> FloatArray | None:
    """What a row of each class counts beside one of the first class; None: not known."""
    name, number = _argument(fit), len(classes(fit))
    counts = np.bincount(fit.y.astype(np.int64), minlength=number) if number else np.zeros(0)
    value = fit.arguments.get(name) if name else None
    if not number or not counts.all() or fit.weights is not None:
        return None
    if value is None:
        weights = np.ones(number)
    elif value == "balanced":
        weights = 1 / counts
    elif isinstance(value, Mapping):
        weights = weights_by_class(fit, value)
    elif name == "classwt" and isinstance(value, (list, tuple)) and len(value) == number:
        # randomForest's are priors: a row of class c counts classwt_c n / n_c.
        weights = np.array(value, dtype=float) / counts
    else:
        return None
    ratios: FloatArray = weights / weights[0] if weights[0] else weights
    return ratios


def _priors(fit: FittedModel) -> str:
    return ", because randomForest takes classwt for priors" if fit.arguments.get("classwt") else ""


def _spelled_class(fit: FittedModel, which: int) -> str:
    return repr((fit.classes or classes(fit))[which])


def _spelled(arguments: Mapping[str, Value | None]) -> str:
    return ", ".join(f"no {n}" if v is None else f"{n} = {v:g}" for n, v in arguments.items())


def _text(side: Side, arguments: Mapping[str, Value | None]) -> str:
    """The script with these arguments of its fit."""
    assert side.script is not None
    fit, language = side.fit, LANGUAGES[side.script.suffix.lower()]
    text = side.script.read_text(encoding="utf-8")
    if not arguments:
        return text
    return edit.edited(text, language, fit.call, fit.line, fit.construct_line, arguments)


def _run(side: Side, text: str, seed: int | None) -> FittedModel:
    assert side.again is not None
    return side.again(text, seed)


def _recipe(made: FittedExplanation, changes: Changes, after: float) -> ScriptRecipe:
    diffs = [
        edit.diff(_text(side, {}), _text(side, changes[side.name]), side.name)
        for side in (made.left, made.right)
        if side.name in changes
    ]
    words = " and ".join(f"{_spelled(arguments)} in {name}" for name, arguments in changes.items())
    return ScriptRecipe(next(iter(changes)), words, "\n".join(diffs), made.ladder.gap, after)


def _scores(fits: Sequence[FittedModel]) -> list[FloatArray]:
    return [fit.score for fit in fits if fit.score is not None]


def _mean_distance(pairs: Iterable[tuple[FloatArray, FloatArray]]) -> float:
    """The mean absolute difference of two scores of a row over the pairs; NaN without a pair."""
    distances = [float(np.abs(a - b).mean()) for a, b in pairs]
    return float(np.mean(distances)) if distances else np.nan
