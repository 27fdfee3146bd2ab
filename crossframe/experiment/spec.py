"""Contestants as people write them: ``leek.h2o.mlp:standardize=false,classification_stop=-1``."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.data.types import Dataset
from crossframe.experiment.by_row import lacks
from crossframe.experiment.contestants import ALIASES, CONTESTANTS, GROUPS, Contestant
from crossframe.experiment.preparation import RULES, Selection
from crossframe.experiment.selection import STATISTICS
from crossframe.frameworks.registry import framework, model, models
from crossframe.settings.binding import choice
from crossframe.settings.vocabulary import VOCABULARY, label_rule


def parse(text: str) -> Contestant:
    """One contestant, or one ``framework.model`` with its defaults, with overrides after a colon.

    A setting is written in canonical or in the framework's spelling. Raises `UsageError` with all
    problems of the text at once.
    """
    return _parsed(text)


def _parsed(text: str, groups: Sequence[str] = ()) -> Contestant:
    """See `parse`; ``groups`` are other names that an error may suggest."""
    name, _, overrides = text.strip().partition(":")
    base = _base(name, groups)
    given: dict[str, Value] = {}
    errors: list[UsageError] = []
    for part in filter(None, (p.strip() for p in overrides.split(","))):
        key, equals, value = part.partition("=")
        if not equals:
            errors.append(UsageError(f"{text}: {part!r} is not a setting", "write NAME=VALUE"))
        elif key.strip() in given:
            errors.append(UsageError(f"{text}: {key.strip()} is given more than once", "give it once"))
        else:
            given[key.strip()] = value.strip()
    errors += _two_spellings(text, base, given)
    threshold = base.threshold
    try:
        if "decision.threshold" in given:
            threshold = label_rule(given.pop("decision.threshold"))
        ready, given = prepared(base, given)
        settings, native = model(base.model).split(given, base.native)
    except UsageError as error:
        errors.append(error)
    if errors:
        raise UsageError.many(errors)
    if not overrides:
        return base
    hidden = model(base.model).shadowed(settings)
    # "Logistic" is no title of another family.
    title = base.name if {"family", "link"} & {*settings, *native} else base.title
    return replace(
        ready,
        name=f"{base.name}:{overrides}",
        title=f"{title} ({overrides})",
        threshold=threshold,
        settings={**base.settings, **settings},
        native={**{k: v for k, v in base.native.items() if k not in hidden}, **native},
    )


def _two_spellings(text: str, base: Contestant, given: Mapping[str, Value]) -> list[UsageError]:
    """An error for each setting that is given in the canonical and in the framework's spelling."""
    this = model(base.model)
    # A setting that is named as another parameter is, such as a link beside a family, is that parameter.
    params = {b.setting: b.param for b in this.bindings if b.setting not in this.parameters}
    return [
        UsageError(f"{text}: {name} and {params[name]} are two spellings of one setting", "give one of them")
        for name in given
        if name in params and params[name] != name and params[name] in given
    ]


def contestants(dataset: Dataset | None = None) -> dict[str, Contestant]:
    """Those that stand for ``all`` on such data, by name: of two classes (also without data) `CONTESTANTS`.

    Of numbers, and of more classes, every model of a framework that fits these, with its defaults; a family
    that takes positive numbers only, where the target holds such.
    """
    if dataset is None or len(dataset.classes) == 2:
        return CONTESTANTS
    return {
        name: _of(Contestant(name, name, m.family, name, description=f"{name} with its defaults"), dataset)
        for name, m in models().items()
        if m.fits({}, {}, dataset)
        and not m.images_only
        and framework(m.framework).audited
        and (dataset.classes or _LEAST.get(m.always.get("family"), -math.inf) <= dataset.y.min())
    }


_LEAST: dict[Value, float] = {"poisson": 0.0, "gamma": math.ulp(0.0), "inverse_gaussian": math.ulp(0.0)}
"""Family of a generalised linear model -> the smallest number that it takes."""


def _of(contestant: Contestant, dataset: Dataset | None) -> Contestant:
    """The contestant as it is on such data: fitted to numbers, a model called logistic is a linear one."""
    if dataset is None or dataset.classes:
        return contestant
    about = f"{contestant.model}, fitted to numbers"
    if contestant.family != "logistic":
        return replace(contestant, description=about)
    return replace(contestant, description=about, family="linear", title=contestant.name)


def parse_many(texts: Sequence[str], dataset: Dataset | None = None) -> list[Contestant]:
    """Several contestants; a family's name stands for all its members, ``all`` for every one.

    ``dataset`` is what they will be fitted to, see `contestants`; without it a family may be empty. Raises
    `UsageError` with the problems of all the texts at once.
    """
    chosen: dict[str, Contestant] = {}
    errors: list[UsageError] = []
    own = contestants(dataset)
    for text in texts:
        if text == "all" or text in GROUPS:
            group = [c for c in own.values() if text in ("all", c.family)]
            if dataset is not None:
                group = [c for c in group if lacks(c, dataset) is None]
            if dataset is not None and not group:
                families = ", ".join(f for f in GROUPS if f in {c.family for c in own.values()})
                errors.append(
                    UsageError(
                        f"{text}: no contestant of this family is for {dataset.name}, {dataset.of}",
                        f"name one of {families}, or a model: FRAMEWORK.MODEL",
                    )
                )
        elif text in own and own is not CONTESTANTS:
            group = [own[text]]
        else:
            try:
                group = [_of(_parsed(text, (*GROUPS, "all")), dataset)]
            except UsageError as error:
                errors.append(error)
                continue
        chosen.update((c.name, c) for c in group)
    if errors:
        raise UsageError.many(errors)
    return list(chosen.values())


def engines_named(texts: Iterable[str]) -> set[str]:
    """The engines of the contestants that ``texts``, see `parse_many`, name themselves and not by a group."""
    return {parse(text).engine for text in texts if text not in ("all", *GROUPS)}


def _base(name: str, groups: Sequence[str]) -> Contestant:
    name = ALIASES.get(name, name)
    if name in CONTESTANTS:
        return CONTESTANTS[name]
    if name not in models():
        raise UsageError.unknown("model", name, [*CONTESTANTS, *ALIASES, *models(), *groups])
    return Contestant(name, name, model(name).family, name, description=f"{name} with its defaults")


def by_formula(contestant: Contestant, dataset: Dataset) -> Contestant:
    """A linear model with the intercept of the formula, or without one, unless the contestant is given it.

    Raises `UsageError` for one that always has an intercept.
    """
    this, made = model(contestant.model), dataset.file.formula if dataset.file else None
    params = {"intercept", *(b.param for b in this.bindings if b.setting == "intercept")}
    given = params & {*contestant.settings, *contestant.native}
    if made is None or given or not this.linear or this.adds_intercept is made.intercept:
        return contestant
    words = f"intercept={str(made.intercept).lower()}"
    try:
        return _of(parse(f"{contestant.name}{',' if ':' in contestant.name else ':'}{words}"), dataset)
    except UsageError:
        raise UsageError(
            f"--formula {made.text!r} has no intercept, and {contestant.name} always has one",
            "leave out '- 1' or '0 +', or give another model",
        ) from None


ANY_MODEL: dict[str, str] = {
    "missing": f"one of {', '.join(RULES)}",
    "class.order": "",
    "features.standardize": "",
    "features.contrasts": "",
    "features.reference": "",
    "weights": "",
    "offset": "",
    "selection.statistic": "",
    "selection.count": "",
    "selection.ties": "",
    "decision.threshold": "",
}
"""Settings that every model can be given, because they are made on its rows or its scores.

With the values that they take there, where those are not all of the vocabulary's.
"""


def own_settings(contestant: Contestant) -> dict[str, Value]:
    """The settings of a contestant's selection and preparation, which hold whatever its framework has.

    Canonical names and values, as `prepared` takes them.
    """
    rule, selection = contestant.preparation, contestant.selection
    own: dict[str, Value] = {"missing": rule.missing, "features.standardize": rule.standardize}
    own |= {"features.contrasts": rule.contrasts, "features.reference": rule.reference}
    own |= {"weights": rule.weights, "offset": rule.offset}
    if rule.order != "given":
        own["class.order"] = rule.order
    if selection is not None:
        own["selection.statistic"] = selection.statistic
        own["selection.count"] = selection.count
        own["selection.ties"] = selection.ties
    return {name: value for name, value in own.items() if value != ""}


def missing_rule(contestant: Contestant) -> str:
    """The value of ``missing`` that a contestant is given, in either spelling; empty: none."""
    bound = next((b for b in model(contestant.model).bindings if b.setting == "missing"), None)
    if bound is not None and bound.param in contestant.native:
        return str(bound.decode(contestant.native[bound.param], 1))
    return contestant.preparation.missing or str(contestant.settings.get("missing", ""))


def prepared(
    base: Contestant, given: Mapping[str, Value], *, steps: bool = True
) -> tuple[Contestant, dict[str, Value]]:
    """``base`` with those of the ``given`` settings that are made to hold before its framework; the others.

    A setting that its model has, with that value, is left to the model. ``steps``: features may be
    standardised before a model that has no such setting. Raises `UsageError`.
    """
    rest = dict(given)
    this, rule = model(base.model), base.preparation
    has = {b.setting for b in this.bindings}
    base = replace(base, selection=_selection(base, rest))
    if "class.order" in rest:
        rule = replace(rule, order=str(_checked("class.order", rest.pop("class.order"))))
    if "features.contrasts" in rest:
        rule = replace(rule, contrasts=str(_checked("features.contrasts", rest.pop("features.contrasts"))))
    if "features.reference" in rest:
        rule = replace(rule, reference=str(_checked("features.reference", rest.pop("features.reference"))))
    if "weights" in rest:
        rule = replace(rule, weights=str(_checked("weights", rest.pop("weights"))))
    if "offset" in rest:
        rule = replace(rule, offset=str(_checked("offset", rest.pop("offset"))))
    if steps and "features.standardize" in rest and "features.standardize" not in has:
        scale = str(_checked("features.standardize", rest.pop("features.standardize")))
        rule = replace(rule, standardize=scale)
    if "missing" in rest:
        how = str(_checked("missing", rest["missing"]))
        if _left_to_model(base, how):
            rule = replace(rule, missing="")
            rest = {k: v for k, v in rest.items() if k != "missing" or k in has}
        elif how in RULES:
            rule = replace(rule, missing=how)
            del rest["missing"]
        else:
            raise UsageError(
                f"{base.name}: {this.name} cannot express missing={how}",
                f"give {', '.join(RULES[:-1])} or {RULES[-1]}",
            )
    return replace(base, preparation=rule), rest


def _left_to_model(base: Contestant, how: str) -> bool:
    """Whether a contestant's model itself does with missing features what is asked for."""
    this = model(base.model)
    if this.always.get("missing") == how:
        return True
    with contextlib.suppress(UsageError):
        return "missing" in this.split({"missing": how}, base.native)[0]
    return False


def _checked(name: str, value: Value) -> Value:
    return VOCABULARY[name].kind.check(name, value)


def _selection(base: Contestant, given: dict[str, Value]) -> Selection | None:
    """Take the settings of the selection out of ``given``."""
    selection = base.selection
    statistic = given.pop("selection.statistic", None)
    count, ties = given.pop("selection.count", None), given.pop("selection.ties", None)
    if statistic is not None:
        statistic = choice(*STATISTICS, "none").check("selection.statistic", statistic)
        selection = (
            None if statistic == "none" else replace(selection or Selection("f"), statistic=str(statistic))
        )
    if selection is None and not (count is ties is None):
        raise UsageError(f"{base.name} selects no features", "give selection.statistic=f or welch as well")
    if count is not None and selection is not None:
        kept = _checked("selection.count", count)
        selection = replace(selection, count=int(kept))  # type: ignore[arg-type]
    if ties is not None and selection is not None:
        selection = replace(selection, ties=str(_checked("selection.ties", ties)))
    return selection
