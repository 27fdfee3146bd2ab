"""The settings that close a gap as changes of the user's own scripts, run on copies."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from crossframe.core.errors import CrossframeError, UsageError
from crossframe.core.types import Value
from crossframe.explain.directions import SwitchDirection
from crossframe.explain.explanation import Conclusion
from crossframe.explain.fitted.ladder import ladder, weights_of
from crossframe.explain.fitted.result import FittedExplanation, ScriptRecipe, Side
from crossframe.explain.proof import Trial
from crossframe.explain.scripts import edit
from crossframe.explain.scripts.calls import calls
from crossframe.explain.scripts.given import LANGUAGES
from crossframe.explain.spelling import source
from crossframe.explain.switches import OPTIMUM
from crossframe.frameworks.fitted import FittedModel
from crossframe.frameworks.registry import model

_ACTS = 0.9
"""Part of the difference that a change may leave."""
_SCALER = "StandardScaler"


@dataclass(frozen=True)
class _Change:
    """What one side has to be passed, and what has to be done outside of its call."""

    side: Side
    model: str
    arguments: Mapping[str, Value]
    preparation: str = ""
    threshold: float | str | None = None


def recipes(
    made: FittedExplanation, most: int | None, on_progress: Callable[[str], None]
) -> tuple[ScriptRecipe, ...]:
    """For each side whose own settings bring it to the other one: the change, and what it gives.

    Of several changes at most ``most`` are run (None: all), those first that leave least in crossframe's own
    fits.
    """
    wanted = [each for each in _wanted(made) if any(change.side.script for change in each)][:most]
    # One after the other: Ctrl-C ends a script that the main thread waits for.
    tried = [_tried(made, changes, on_progress) for changes in wanted]
    # A change that does not act, as of a model inside a search, is none.
    tried = [recipe for recipe in tried if not recipe.diff or recipe.after < _ACTS * recipe.before]
    return tuple(sorted(tried, key=lambda r: (not r.diff, r.after if not math.isnan(r.after) else math.inf)))


def _wanted(made: FittedExplanation) -> Iterator[list[_Change]]:
    """The changes to be tried, each of one side or of both."""
    e = made.explanation
    if made.objective is not None and made.objective.certificate["other_penalty"]:
        yield from _of_objectives(made)
    if e is None or made.switched or e.verdict in (Conclusion.AGREE, Conclusion.NOISE):
        return
    for direction in sorted(e.directions, key=lambda d: d.left_over):
        if direction.recipe is not None and (direction.closed or e.verdict is Conclusion.PARTLY):
            yield list(_of_direction(made, direction))
    if e.trial is not None:
        yield list(_of_trial(made, e.trial))


def _of_direction(made: FittedExplanation, direction: SwitchDirection) -> Iterator[_Change]:
    recipe = direction.recipe
    assert recipe is not None
    side = made.left if direction.side == made.left.name else made.right
    yield _Change(side, recipe.model, recipe.arguments, recipe.preparation, recipe.threshold)
    if recipe.other:
        other = made.right if side is made.left else made.left
        yield _Change(other, recipe.other_model, recipe.other, _own_rule(made, other))


def _of_trial(made: FittedExplanation, trial: Trial) -> Iterator[_Change]:
    for side, changed in ((made.left, trial.left), (made.right, trial.right)):
        if changed.switched:
            yield _Change(side, changed.model, changed.arguments, changed.preparation, changed.threshold)


def _of_objectives(made: FittedExplanation) -> Iterator[list[_Change]]:
    """Either side with the other one's penalty, where its model is known to have that setting."""
    assert made.objective is not None
    strengths = made.objective.certificate["strengths"]
    for side, wanted in ((made.left, strengths[1]), (made.right, strengths[0])):
        if side.recognised is None:
            continue
        this, size = model(side.recognised.model), float(weights_of(side.fit).sum())
        params = {b.param for b in this.bindings if b.setting == "penalty.l2"}
        native = {name: value for name, value in side.recognised.native.items() if name not in params}
        try:
            canonical, same = this.split({"penalty.l2": wanted}, native)
            asked = this.to_native(canonical, {**native, **same}, size)
        except UsageError:
            continue
        tight = next(iter(this.limits(asked, {"penalty.l2": wanted, **canonical}, len(side.fit.y))), {})
        yield [_Change(side, this.name, {**asked, **tight})]


def _own_rule(made: FittedExplanation, side: Side) -> str:
    """What a side's script does to its features before the model, as a recipe writes it."""
    rule = made.standardize[0 if side is made.left else 1]
    return f"features.standardize={rule}" if rule not in ("", "none") else ""


def _tried(
    made: FittedExplanation, changes: Sequence[_Change], on_progress: Callable[[str], None]
) -> ScriptRecipe:
    """The changed copies, run; or why there are none."""
    name, before = changes[0].side.name, made.ladder.gap
    beyond = [line for change in changes for line in _beyond(made, change)]
    if beyond:
        words = [_words(made, change) for change in changes]
        # Another threshold changes no score: these agree as they did.
        labels_alone = not any(words) and all(c.threshold is not None for c in changes) and len(beyond) == 1
        return ScriptRecipe(name, before=before, after=before if labels_alone else math.nan, why=beyond[0])
    try:
        texts = {change.side.name: _changed(made, change) for change in changes}
        on_progress(f"running a changed copy of {' and '.join(texts)}")
        fits = [_run(side, texts.get(side.name)) for side in (made.left, made.right)]
    except CrossframeError as error:
        return ScriptRecipe(name, before=before, why=f"the changed copy gives no fit ({error.message})")
    after = ladder(fits[0], fits[1], (made.left.name, made.right.name)).gap
    diffs = [edit.diff(_text(c.side), texts[c.side.name], c.side.name) for c in changes]
    words = [f"{w} in {c.side.name}" for c in changes if (w := _words(made, c))]
    return ScriptRecipe(name, " and ".join(words), "\n".join(filter(None, diffs)), before, after)


def _beyond(made: FittedExplanation, change: _Change) -> Iterator[str]:
    """What a change takes that no argument of the script's own call can do."""
    side, known = change.side, change.side.recognised
    if side.script is None or known is None:
        yield f"{side.name} has to be changed as well, and is no script"
        return
    if change.model != known.model or change.model == OPTIMUM:
        yield f"another model is needed: {change.model}"
    wanted = dict(part.split("=", 1) for part in change.preparation.split(", ") if part)
    rule = wanted.pop("features.standardize", "none")
    if rule != _rule(made, side) and not _without_step(made, change):
        how = "be left as they are" if rule == "none" else f"be standardised (features.standardize={rule})"
        yield f"its features have to {how} before the model"
    if wanted:
        yield f"its rows have to be prepared by {', '.join(f'{k}={v}' for k, v in wanted.items())}"
    if change.threshold is not None:
        yield f"its labels have to be those of scores above {change.threshold}"


def _rule(made: FittedExplanation, side: Side) -> str:
    return made.standardize[0 if side is made.left else 1] or "none"


def _without_step(made: FittedExplanation, change: _Change) -> bool:
    """Whether the change leaves out the one step of a pipeline, which standardises the features."""
    leaves_out = "features.standardize" not in change.preparation and _rule(made, change.side) != "none"
    return leaves_out and [step.name for step in change.side.fit.steps] == [_SCALER]


def _words(made: FittedExplanation, change: _Change) -> str:
    """The arguments that are changed, as the framework writes them."""
    without = f"without {_SCALER}()" if _without_step(made, change) else ""
    return ", ".join(filter(None, [source(change.model, _other(change)), without]))


def _other(change: _Change) -> dict[str, Value]:
    """The arguments that are not in force in the script itself."""
    known = change.side.recognised
    native = known.native if known else {}
    return {name: value for name, value in change.arguments.items() if native.get(name) != value}


def _text(side: Side) -> str:
    assert side.script is not None
    with side.script.open(encoding="utf-8", newline="") as file:
        return file.read()


def _changed(made: FittedExplanation, change: _Change) -> str:
    side, fit, known = change.side, change.side.fit, change.side.recognised
    assert side.script is not None
    language = LANGUAGES[side.script.suffix.lower()]
    arguments = dict(by_column(fit, _other(change)))
    if fit.call == "cv.glmnet" and "foldid" in arguments:
        # Of how many folds the vector is, which the script may say in other words.
        arguments["nfolds"] = change.arguments.get("nfolds", known.native.get("nfolds", 10) if known else 10)
    text = edit.edited(_text(side), language, fit.call, fit.line, fit.construct_line, arguments)
    if not _without_step(made, change):
        return text
    scalers = calls(text, "python", _SCALER)
    if len(scalers) != 1:
        raise UsageError(f"{side.name}: leave {_SCALER} out of the pipeline")
    return f'{text[: scalers[0].start]}"passthrough"{text[scalers[0].close + 1 :]}'


def by_column(fit: FittedModel, arguments: Mapping[str, Value]) -> Mapping[str, Value]:
    """A penalty of statsmodels for each column, where the script gives one for each: 0 stays 0."""
    own, one = fit.given.get("alpha"), arguments.get("alpha")
    if fit.framework != "statsmodels" or not isinstance(own, list) or not isinstance(one, float):
        return arguments
    # A `Value` has no floats in a row: settings have none, arguments of a script do.
    return {**arguments, "alpha": cast(Value, tuple(one if value else 0.0 for value in own))}


def _run(side: Side, text: str | None) -> FittedModel:
    if text is None:
        return side.fit
    assert side.again is not None
    return side.again(text, None)
