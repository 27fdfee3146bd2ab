"""The reports of ``crossframe audit``, one function per question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from crossframe.audit import tables
from crossframe.audit.check import Checked
from crossframe.audit.conflicts import Conflicts
from crossframe.audit.drift import ChangeKind, Drift
from crossframe.audit.record import Audit
from crossframe.audit.snapshot import escaped
from crossframe.core.environment import portable
from crossframe.core.text import percent, plural
from crossframe.report.document import Document, Part
from crossframe.settings.vocabulary import titled

_DIGITS = {2: "0 against 1", 3: "0, 1 and 2"}
"""Number of classes -> which digits they are."""
_COLUMNS = (
    "A parameter is mapped where it has a canonical setting, the name under which every framework has it. An "
    "unmapped one can change a fitted number and has none; one that is outside cannot change what is fitted "
    "here. Share is the part of the mapped ones in mapped and unmapped. Active and inert are those with and "
    "without an effect in the fit: of the mapped ones that belong to what is fitted, and not to another "
    "optimizer, layer or distribution, and of those that crossframe passes itself. So they need not add up "
    "to the mapped ones."
)


def defaults(audit: Audit, *, everything: bool = False) -> Document:
    """The page of the plain audit: declared, passed and effective values, model by model.

    ``everything``: also parameters that cannot change what is fitted.
    """
    models = audit.models
    mapped, unmapped = (sum(m.count(s) for m in models) for s in ("mapped", "unmapped"))
    inert = sum(p.state == "inert" and not p.beside for m in models for p in m.parameters)
    share = percent(mapped / (mapped + unmapped)) if mapped + unmapped else "none"
    sentences = [
        f"{plural(len(models), 'model')}, {plural(mapped + unmapped, 'parameter')} that can change a fitted "
        f"number; {share} have a canonical setting, and {inert} have no effect in these fits.",
        *(
            f"{gone.engine} was not audited: {gone.reason}. To remedy it: {portable(gone.remedy)}"
            for gone in audit.missing
        ),
    ]
    parts = [Part("coverage", "Models", (_COLUMNS,), (tables.coverage(audit),))]
    for model in models:
        messages = tuple(f"The framework's message: {words}" for words in model.evidence)
        parts.append(
            Part(
                model.key,
                model.name,
                messages,
                (tables.parameters(model, everything=everything),),
                folded=(tables.rules(model),) if model.rules else (),
            )
        )
    return Document(
        "Defaults in force",
        f"read from the installed frameworks, and from one fit of each model on {_samples(audit)}",
        tuple(sentences),
        tuple(parts),
        details=1,
    )


def _samples(audit: Audit) -> str:
    """What the models were fitted on; those that refuse the digits are named."""
    sizes = dict.fromkeys(m.n for m in audit.models if not m.sample)
    others = dict.fromkeys(m.sample for m in audit.models if m.sample)
    samples = [f"{n} rows of scikit-learn's digits, {_DIGITS[audit.classes]}" for n in sizes]
    samples += [f"{one} ({', '.join(m.name for m in audit.models if m.sample == one)})" for one in others]
    return ", or ".join(samples) or "no row"


def conflicts(pairs: Sequence[Conflicts]) -> Document:
    """The page of pairs of models: effective settings that differ, and how often each changes a label."""
    parts, sentences = [], []
    for pair in pairs:
        name = f"{pair.left} and {pair.right}"
        shown = [tables.differences(pair)]
        others = (
            tables.inactive(pair), tables.same_names(pair), tables.same_settings(pair), tables.alone(pair)
        )  # fmt: skip
        shown += [t for t in others if t.rows]
        parts.append(Part(name.replace(" ", "-"), name, pair.notes, tuple(shown)))
        sentences.append(_consequence(pair))
    data = f"digits, {_DIGITS[pairs[0].classes if pairs else 2]}"
    switched = any(d.draws or d.why_not for pair in pairs for d in pair.differences)
    return Document(
        "Settings that differ in effect",
        f"each difference is switched in one model, all else unchanged: {data}, n = 10 and 40, five training "
        "samples each, the same seed"
        if switched
        else f"in force after one fit of each model, on {data}, where it takes them; nothing is switched",
        tuple(sentences),
        tuple(parts),
    )


def _consequence(pair: Conflicts) -> str:
    matter = [d.setting for d in pair.differences if d.above_noise]
    tried = [d for d in pair.differences if d.draws]
    words = f"{pair.left} and {pair.right}: {plural(len(pair.differences), 'setting')} in force differ"
    if not tried:
        return f"{words}; none was switched."
    words += (
        f"; of {len(tried)} that could be switched, {len(matter)} changed more labels than another seed does"
    )
    if matter:
        words += ", most of all " + titled(", ".join(matter[:3]))
    if pair.same_names:
        words += f". Same name, different meaning: {', '.join(clash.word for clash in pair.same_names)}"
    return words + "."


def checks(checked: Sequence[Checked]) -> Document:
    """The page of checked rules of activity: what each rule predicts, and what its experiments showed."""
    wrong = [c for c in checked if c.contradicted]
    tried = sum(len(c.outcomes) for c in checked)
    none = sum(not c.outcomes for c in checked)
    beyond = sum(o.out_of_reach for c in checked for o in c.outcomes)
    sentences = [
        f"{plural(len(checked), 'rule')}, {plural(tried, 'experiment')}, {len(wrong)} contradicted, "
        + (f"{beyond} refused by the framework for three classes, " if beyond else "")
        + f"{none} without an experiment.",
        *(
            f"{c.model} {c.param}: the rule says that it acts {c.rule}, and an experiment contradicts this."
            for c in wrong
        ),
    ]
    return Document(
        "Rules of activity, by experiment",
        "two fits that differ in one value: they must be equal to the bit where the rule says inactive, and "
        "differ where it says active",
        tuple(sentences),
        tuple(
            Part(
                model.replace(".", "-"),
                model,
                tables=(tables.checks([c for c in checked if c.model == model]),),
            )
            for model in dict.fromkeys(c.model for c in checked)
        ),
    )


def _counted(one: Drift) -> str:
    if not one.models:
        return f"no model could be compared; {plural(len(one.models_missing), 'model')} could not"
    changed = plural(len(one.changes), "change") if one.changes else "nothing has changed"
    changed += "".join(
        f", {len(known)} {word}"
        for word, known in (("accepted", one.accepted), ("ignored", one.ignored))
        if known
    )
    if one.models_missing:
        changed += f" in what could be compared; {plural(len(one.models_missing), 'model')} could not"
    return changed


def _effects(one: Drift) -> str:
    """How many of the changes alter a fit, do not, and were not tried; empty without changes."""
    alter = [c.parameter for c in one.changes if c.alters]
    same = sum(c.alters is False for c in one.changes)
    others = Counter(
        c.kind.value if c.kind is not ChangeKind.VALUE else "not tried"
        for c in one.changes
        if c.alters is None
    )
    words = (
        [f"{len(alter)} {'alters' if len(alter) == 1 else 'alter'} a fit ({', '.join(alter)})"]
        if alter
        else []
    )
    words += [f"{same} {'alters' if same == 1 else 'alter'} no fit"] if same else []
    words += [f"{count} {word}" for word, count in others.items()]
    return ": " + ", ".join(words) if words else ""


def _read(one: Drift) -> list[str]:
    """What of a release was read: not all of it, but what crossframe's models use."""
    if not one.callables:
        return []
    classes = [c for c in one.callables if c.rpartition(".")[0] not in one.callables]
    return [
        f"Of the release only what the models of crossframe use was read: {', '.join(classes)} "
        f"({', '.join(one.models)})."
    ]


def drift(drifts: Sequence[tuple[str, Drift]]) -> Document:
    """The page of drifts: what has changed since each snapshot or release, given as (name, drift)."""
    parts: list[Part] = []
    for name, one in drifts:
        lines = [
            f"{framework}: {part} {before or 'absent'} then, {after or 'absent'} now"
            for framework, part, before, after in one.versions
        ]
        lines += [f"{gone} is in the snapshot and was not audited here" for gone in one.models_missing]
        lines += [f"{new} is not in the snapshot" for new in one.models_added]
        key = f"against-{len(parts) + 1}"
        parts.append(
            Part(key, escaped(name), tuple(map(escaped, lines)), (tables.changes(one, escaped(name)),))
        )
    return Document(
        "What has changed",
        "declared defaults, values in force and activity, then and now",
        tuple(
            escaped(words, 10_000)
            for name, one in drifts
            for words in (f"{name}: {_counted(one)}{_effects(one)}.", *_read(one))
        ),
        tuple(parts),
    )
