"""Contestants as people write them: ``h2o.mlp:standardize=false,classification_stop=-1``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from crossframe.engines.base import Value
from crossframe.engines.registry import BUILT_IN
from crossframe.errors import UsageError
from crossframe.models.contestants import ALIASES, CONTESTANTS, FAMILIES, Contestant, Selection
from crossframe.models.selection import STATISTICS
from crossframe.settings import BINDINGS, shadowed, split
from crossframe.settings.base import choice, integer
from crossframe.settings.vocabulary import label_rule


def parse(text: str) -> Contestant:
    """One contestant, or one ``engine.model``, with overrides after a colon.

    A setting is written in canonical or in the framework's spelling. Raises `UsageError` with all
    problems of the text at once.
    """
    return _overridden(text, _base(text.strip().partition(":")[0]))


def parse_model(text: str) -> Contestant:
    """One ``engine.model`` with overrides after a colon; all else is the framework's own default.

    A contestant of the same name may have settings of its own, which are left out here.
    """
    name = text.strip().partition(":")[0]
    if name not in BINDINGS:
        raise UsageError.unknown("model", name, BINDINGS)
    return _overridden(text, _plain(name))


def _overridden(text: str, base: Contestant) -> Contestant:
    overrides = text.strip().partition(":")[2]
    given: dict[str, Value] = {}
    errors: list[UsageError] = []
    for part in filter(None, (p.strip() for p in overrides.split(","))):
        key, equals, value = part.partition("=")
        if not equals:
            errors.append(UsageError(f"{text}: {part!r} is not a setting", "write NAME=VALUE"))
        else:
            given[key.strip()] = value.strip()
    selection, threshold = base.selection, base.threshold
    try:
        selection = _selection(base, given)
        if "decision.threshold" in given:
            threshold = label_rule(given.pop("decision.threshold"))
        settings, native = split(base.model, given, base.native)
    except UsageError as error:
        errors.append(error)
    if errors:
        raise UsageError.many(errors)
    if not overrides:
        return base
    hidden = shadowed(base.model, settings)
    return replace(
        base,
        name=f"{base.name}:{overrides}",
        title=f"{base.title} ({overrides})",
        selection=selection,
        threshold=threshold,
        settings={**base.settings, **settings},
        native={**{k: v for k, v in base.native.items() if k not in hidden}, **native},
    )


def parse_many(texts: Sequence[str]) -> list[Contestant]:
    """Several contestants; a family's name stands for all its members, ``all`` for everybody."""
    found: dict[str, Contestant] = {}
    errors: list[UsageError] = []
    for text in texts:
        if text == "all" or text in FAMILIES:
            group = [c for c in CONTESTANTS.values() if text in ("all", c.family)]
        else:
            try:
                group = [parse(text)]
            except UsageError as error:
                errors.append(error)
                continue
        found.update((c.name, c) for c in group)
    if errors:
        raise UsageError.many(errors)
    return list(found.values())


def _base(name: str) -> Contestant:
    name = ALIASES.get(name, name)
    if name in CONTESTANTS:
        return CONTESTANTS[name]
    if name in BINDINGS:
        return _plain(name)
    engine, dot, _ = name.partition(".")
    engines = {*BUILT_IN, *(c.partition(".")[0] for c in CONTESTANTS)}
    if dot and engine not in engines:
        raise UsageError.unknown("engine", engine, BUILT_IN)
    raise UsageError.unknown("contestant", name, [*CONTESTANTS, *ALIASES, *BINDINGS, *FAMILIES, "all"])


def _plain(model: str) -> Contestant:
    family = {"mlp": "network", "cnn": "network", "nnet": "network", "centre": "rule"}
    kind = family.get(model.partition(".")[2], "logistic")
    return Contestant(model, model, kind, model, description=f"{model} with its defaults")


def _selection(base: Contestant, given: dict[str, Value]) -> Selection | None:
    """Take the settings of the selection out of ``given``."""
    selection = base.selection
    statistic = given.pop("selection.statistic", None)
    count = given.pop("selection.count", None)
    if statistic is not None:
        statistic = choice(*STATISTICS, "none").check("selection.statistic", statistic)
        selection = (
            None if statistic == "none" else replace(selection or Selection("f"), statistic=str(statistic))
        )
    if count is not None:
        kept = integer(1).check("selection.count", count)
        if selection is None:
            raise UsageError(
                f"{base.name} selects no features", "give selection.statistic=f or welch as well"
            )
        selection = replace(selection, count=int(kept))  # type: ignore[arg-type]
    return selection
