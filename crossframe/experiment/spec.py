"""Contestants as people write them: ``h2o.mlp:standardize=false,classification_stop=-1``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.experiment.contestants import ALIASES, CONTESTANTS, GROUPS, Contestant, Selection
from crossframe.experiment.selection import STATISTICS
from crossframe.frameworks.registry import frameworks, model, models
from crossframe.settings.binding import choice, integer
from crossframe.settings.vocabulary import label_rule


def parse(text: str) -> Contestant:
    """One contestant, or one ``engine.model``, with overrides after a colon.

    A setting is written in canonical or in the framework's spelling. Raises `UsageError` with all
    problems of the text at once.
    """
    return _overridden(text, _base(text.strip().partition(":")[0]))


def parse_model(text: str) -> Contestant:
    """One ``engine.model`` with overrides after a colon; all else is the framework's own default.

    A contestant of the same name may have settings of its own, which are left out here. Raises `UsageError`
    with all problems of the text at once.
    """
    return _overridden(text, _plain(text.strip().partition(":")[0]))


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
        settings, native = model(base.model).split(given, base.native)
    except UsageError as error:
        errors.append(error)
    if errors:
        raise UsageError.many(errors)
    if not overrides:
        return base
    hidden = model(base.model).shadowed(settings)
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
    """Several contestants; a family's name stands for all its members, ``all`` for every one.

    Raises `UsageError` with the problems of all the texts at once.
    """
    chosen: dict[str, Contestant] = {}
    errors: list[UsageError] = []
    for text in texts:
        if text == "all" or text in GROUPS:
            group = [c for c in CONTESTANTS.values() if text in ("all", c.family)]
        else:
            try:
                group = [parse(text)]
            except UsageError as error:
                errors.append(error)
                continue
        chosen.update((c.name, c) for c in group)
    if errors:
        raise UsageError.many(errors)
    return list(chosen.values())


def _base(name: str) -> Contestant:
    name = ALIASES.get(name, name)
    if name in CONTESTANTS:
        return CONTESTANTS[name]
    if name in models():
        return _plain(name)
    engine, dot, _ = name.partition(".")
    if dot and engine not in {*frameworks(), *(c.partition(".")[0] for c in CONTESTANTS)}:
        raise UsageError.unknown("engine", engine, frameworks())
    raise UsageError.unknown("contestant", name, [*CONTESTANTS, *ALIASES, *models(), *GROUPS, "all"])


def _plain(name: str) -> Contestant:
    return Contestant(name, name, model(name).family, name, description=f"{name} with its defaults")


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
