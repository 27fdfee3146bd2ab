"""The reports of ``crossframe audit``, one function per question."""

from __future__ import annotations

from collections.abc import Sequence

from crossframe.auditing import tables
from crossframe.auditing.check import Checked
from crossframe.auditing.conflicts import Conflicts
from crossframe.auditing.drift import Drift
from crossframe.auditing.record import Audit
from crossframe.auditing.snapshot import shown as safe
from crossframe.report.document import Document, Part
from crossframe.report.text import percent, plural


def defaults(audit: Audit, *, everything: bool = False) -> Document:
    """Every model: what is declared, what is passed, what is in force."""
    models = audit.models
    mapped, unmapped = (sum(m.count(s) for m in models) for s in ("mapped", "unmapped"))
    inert = sum(p.state == "inert" and not p.beside for m in models for p in m.parameters)
    share = percent(mapped / (mapped + unmapped)) if mapped + unmapped else "none"
    sentences = [
        f"{plural(len(models), 'model')}, {plural(mapped + unmapped, 'parameter')} that can change a fitted "
        f"number; {share} have a canonical setting, and {inert} have no effect in these fits.",
        *(f"{gone.engine} was not audited: {gone.reason}. To mend it: {gone.mend}" for gone in audit.missing),
    ]
    parts = [Part("coverage", "Models", tables=(tables.coverage(audit),))]
    for model in models:
        said = tuple(f"The framework said: {words}" for words in model.evidence)
        parts.append(
            Part(
                model.name.replace(" ", "-"),
                model.name,
                said,
                (tables.parameters(model, everything=everything),),
                folded=(tables.rules(model),) if model.rules else (),
            )
        )
    return Document(
        "Defaults in force",
        "read from the installed frameworks, and from one fit of each model on "
        f"{models[0].n if models else 0} rows of scikit-learn's digits, 0 against 1",
        tuple(sentences),
        tuple(parts),
    )


def conflicts(pairs: Sequence[Conflicts]) -> Document:
    """Pairs of models side by side."""
    parts, sentences = [], []
    for pair in pairs:
        name = f"{pair.left} and {pair.right}"
        found = [tables.differences(pair)]
        others = (tables.homonyms(pair), tables.synonyms(pair), tables.alone(pair))
        found += [t for t in others if t.rows]
        parts.append(Part(name.replace(" ", "-"), name, pair.notes, tuple(found)))
        sentences.append(_consequence(pair))
    return Document(
        "Settings that differ in effect",
        "each difference switched on one side, all else unchanged: digits, 0 against 1, n = 10 and 40, five "
        "training samples each, the same seed",
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
        words += ", most of all " + ", ".join(matter[:3])
    if pair.homonyms:
        words += f". One word, two meanings: {', '.join(h.word for h in pair.homonyms)}"
    return words + "."


def checks(found: Sequence[Checked]) -> Document:
    """Rules of activity against experiments."""
    wrong = [c for c in found if c.contradicted]
    tried = sum(len(c.outcomes) for c in found)
    none = sum(not c.outcomes for c in found)
    sentences = [
        f"{plural(len(found), 'rule')}, {plural(tried, 'experiment')}, {len(wrong)} contradicted, "
        f"{none} without an experiment.",
        *(
            f"{c.model} {c.param}: the rule says it acts {c.rule}, and the experiment says otherwise."
            for c in wrong
        ),
    ]
    return Document(
        "Rules of activity, by experiment",
        "two fits that differ in one value: the same bits where the rule says inert, other ones where it "
        "says active",
        tuple(sentences),
        tuple(
            Part(
                model.replace(".", "-"),
                model,
                tables=(tables.checks([c for c in found if c.model == model]),),
            )
            for model in dict.fromkeys(c.model for c in found)
        ),
    )


def _counted(one: Drift) -> str:
    changed = plural(len(one.changes), "change") if one.changes else "nothing has changed"
    if one.models_missing:
        changed += f" in what could be compared; {plural(len(one.models_missing), 'model')} could not"
    return changed


def drift(found: Sequence[tuple[str, Drift]]) -> Document:
    """What has changed since each of some snapshots or releases."""
    parts: list[Part] = []
    for name, one in found:
        said = [
            f"{framework}: {part} {before or 'absent'} then, {after or 'absent'} now"
            for framework, part, before, after in one.versions
        ]
        said += [f"{gone} is in the snapshot and was not audited here" for gone in one.models_missing]
        said += [f"{new} is not in the snapshot" for new in one.models_added]
        key = f"against-{len(parts) + 1}"
        parts.append(Part(key, safe(name), tuple(map(safe, said)), (tables.changes(one, safe(name)),)))
    return Document(
        "What has changed",
        "declared defaults, values in force and activity, then and now",
        tuple(f"{safe(name)}: {_counted(one)}." for name, one in found),
        tuple(parts),
    )
