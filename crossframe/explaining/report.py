"""An explanation as a report: what differs, what causes how much of it, and how to close it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from crossframe.attribution.measures import digits_of_gap
from crossframe.auditing.tables import shown
from crossframe.engines.base import Value
from crossframe.explaining import figures, path, sides
from crossframe.explaining import report_tables as tables
from crossframe.explaining.endings import Shortfall
from crossframe.explaining.explanation import Explanation
from crossframe.explaining.linear import FLOOR, Direction
from crossframe.explaining.recipes import Ran
from crossframe.report.document import Document, Part, Program
from crossframe.report.text import plural, whole

_MEANT = {
    "agree": f"The two agree: no two scores of a row differ by more than {FLOOR:.0e}.",
    "explained": "The difference is explained: switching settings closes it.",
    "partly_explained": "Switching settings closes most of the difference, not all of it.",
    "implementation": "No setting that was tried aligns the two: what is left is in how they compute.",
    "no_unique_optimum": "There is no finite optimum: what each prints is where its solver gave up.",
    "not_converged": "A solver stopped far from the optimum of its own objective.",
    "noise": "The difference is not larger than what the sides' own random spread makes.",
    "unexplained": "No switch of settings closes the difference.",
}
"""Verdict -> the first sentence of the report."""

_TOLD = 5e-4
"""Share of the difference below which a cause is left to the table."""

_NOTES = 4
"""Remarks of one kind that are printed."""

_SUFFIXES = {"py": "python", "R": "r"}


def document(found: Explanation, ran: Sequence[Ran] = ()) -> Document:
    """Everything that was found; ``ran`` are the recipes that were written as programs and run."""
    data = found.data
    return Document(
        f"Why {found.left} and {found.right} differ" if found.gap else f"{found.left} and {found.right}",
        f"{whole(data['rows'])} rows, {plural(data['features'], 'feature')} of {data['name']}; the "
        f"{data['measure']} is {found.gap:.3g} ({_digits(found.gap)})",
        tuple(_headlines(found)),
        tuple(_ordered(found, _parts(found, ran))),
    )


def _ordered(found: Explanation, parts: list[Part]) -> list[Part]:
    """The parts that say anything; without an optimum there is none whose shares mean anything."""
    there = {part.key: part for part in parts if _says(part)}
    if len(found.endless) == 2:
        first = [there.pop(key) for key in ("diagnoses", "path") if key in there]
        return first + [part for key, part in there.items() if key not in ("causes", "interactions")]
    return list(there.values())


def _parts(found: Explanation, ran: Sequence[Ran]) -> list[Part]:
    best = found.best
    rest = found.from_right if best is found.from_left else found.from_left
    towards = tables.towards(best, found)
    drawn = figures.shares(best.attribution, towards=towards)
    both = tuple(found.outcomes)
    return [
        Part("causes", "Causes", _left_out(best), tables.causes(best, found), drawn,
             folded=tables.causes(rest, found)),
        Part("closing", "Closing it", _not_closed(found),
             (tables.steps(best, found), tables.steps(rest, found)) if found.gap > FLOOR else (),
             figures.waterfall(best.closing, towards=towards) if best.closing.closed else None),
        Part("recipe", "The recipe", _reached(ran), programs=tuple(_programs(ran))),
        Part("diagnoses", "Diagnoses", tables=tables.diagnoses(found),
             folded=tuple(tables.certificate(d, found) for d in found.diagnoses if d.certificate)),
        Part("outcomes", "How the two fits ended",
             tables=(sides.aligned(both[0], both[1]),) if len(both) == 2 else ()),
        Part("path", "Where the two solvers go",
             drawing=path.figure(*found.paths) if len(found.paths) == 2 else None),
        Part("interactions", "Interactions", _together(best),
             drawing=figures.heat_map(best.attribution, towards=towards)),
        Part("data", "Data and cost", tables=(tables.data(found),)),
    ]  # fmt: skip


def _says(part: Part) -> bool:
    return bool(part.paragraphs or part.drawing or part.programs or any(t.rows for t in part.tables))


def _headlines(found: Explanation) -> list[str]:
    verdict = str(found.verdict)
    lines = [_meant(found)]
    lines += [_sentence(d.words) for d in found.diagnoses if d.kind in ("separation", "rank")]
    if verdict == "agree":
        return lines
    best = found.best
    lines += _by_coefficients(found)
    if len(found.endless) < 2:
        lines += _shares(best, found)
    lines += [line for d in (found.from_left, found.from_right) if (line := _recipe(d, found))]
    if found.endless:
        lines += [path.growth(p) for p in found.paths if p is not None and p.optimum is None]
    if verdict != "no_unique_optimum" and best.closing.gap > FLOOR:
        lines.append(f"What is left is a largest difference of {best.closing.gap:.3g}: {found.residual}.")
    if verdict in ("not_converged", "implementation"):
        lines += [_short(s) for s in found.shortfalls if s is not None and s.gap > FLOOR]
    return lines


def _meant(found: Explanation) -> str:
    """The verdict in a sentence."""
    if len(found.endless) == 1 and found.gap:
        side = found.left if "left" in found.endless else found.right
        words = f"{side} has no finite optimum: its coefficients are where its solver gave up."
        return words if found.verdict == "no_unique_optimum" else f"{words} {_MEANT[str(found.verdict)]}"
    return _MEANT.get(str(found.verdict), f"Verdict: {found.verdict}.")


def _shares(best: Direction, found: Explanation) -> list[str]:
    """The largest shares, whatever their sign, and whether they cancel."""
    there = [(c.setting, c.fraction) for c in best.attribution.causes if c.fraction is not None]
    told = [(name, share) for name, share in there if abs(share) >= _TOLD]
    told.sort(key=lambda cause: -abs(cause[1]))
    if not told:
        return []
    named = ", ".join(f"{name} {figures.per_cent(share)}" for name, share in told[:3])
    lines = [f"Shares of the difference, {tables.towards(best, found)}: {named}."]
    if abs(told[0][1]) > 1:
        lines.append("Effects cancel: a share beyond 100 % is undone by others of the opposite sign.")
    return lines


def _by_coefficients(found: Explanation) -> list[str]:
    """That the scores say nothing, where only coefficients differ."""
    if "scores_apart" not in found.data:
        return []
    digits = _digits(float(found.data["scores_apart"]))
    return [f"The scores of the two are the same ({digits}); what differs are the coefficients."]


def _short(side: Shortfall) -> str:
    words = f"{side.side} stops {side.gap:.2g} from the scores at the certified optimum of its own objective"
    if side.run_out is None:
        return f"{words}; it has no setting that runs its solver on, so none was tried."
    return f"{words}, and {side.run_out:.2g} from them with what was tried: {_spelled(side.arguments)}."


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def _digits(gap: float) -> str:
    return f"{digits_of_gap(gap) + 0.0:.1f} digits of agreement"


def _recipe(d: Direction, found: Explanation) -> str:
    other = tables.other_side(d, found)
    if not d.closing.closed:
        return ""
    if d.model == "reference.optimum":
        words = f"{d.side} has no settings that give the answer of {other}; the referee reproduces it"
        return f"{words}: {_digits(d.closing.gap)}."
    words = f"To make {d.side} give the answer of {other}: {d.model} with {_spelled(d.recipe)}"
    if d.other:
        words += f" (and {other} run to its end with {_spelled(d.other)})"
    target = "right" if d is found.from_left else "left"
    if target in found.endless:
        far = "" if math.isnan(d.coefficients) else f" (relative distance {d.coefficients:.2g})"
        words += f"; the scores have {_digits(d.closing.gap)}, the coefficients have no limit{far}"
        return f"{words}."
    return f"{words}; {_digits(d.closing.gap)}."


def _spelled(arguments: Mapping[str, Value]) -> str:
    """All digits: a recipe with six of them gives six."""
    told = [f"{k}={repr(v) if isinstance(v, float) else shown(v)}" for k, v in arguments.items()]
    return ", ".join(told) or "its defaults"


def _together(d: Direction) -> tuple[str, ...]:
    """The notable interactions in words."""
    kinds = {"together": "do more together than each by itself", "overlap": "do in part the same"}
    pairs = [p for p in d.attribution.interactions if p.notable]
    whole_gap = abs(d.attribution.before - d.attribution.after)
    told = [(p, figures.per_cent(abs(p.index) / whole_gap)) for p in pairs[:_NOTES]]
    return tuple(f"{' and '.join(p.settings)} {kinds[p.kind]} ({size} of the gap)." for p, size in told)


def _left_out(d: Direction) -> tuple[str, ...]:
    said = [f"{name} was not switched: {why}." for name, why in d.cannot.items()]
    said += [_sentence(str(note)) for note in d.attribution.enlargements[:_NOTES]]
    if d.by_referee:
        said.append(
            f"{plural(len(d.by_referee), 'hybrid')} that {d.side} cannot express: computed by the referee, "
            "as certified optima."
        )
    return tuple(said)


def _not_closed(found: Explanation) -> tuple[str, ...]:
    """What stands in the way, by direction."""
    return tuple(
        f"No set of switches brings {d.side} to the answer of {tables.other_side(d, found)}: the nearest "
        f"leaves {d.closing.gap:.3g}."
        for d in (found.from_left, found.from_right)
        if not d.closing.closed and d.closing.gap > FLOOR
    )


def _reached(ran: Sequence[Ran]) -> tuple[str, ...]:
    return tuple(
        f"Towards {r.towards}: not written, {' '.join(r.why_not.split())}."
        if r.digits is None
        else f"Towards {r.towards}: {r.programs[0]} and {r.programs[1]}, run when this page was made, "
        f"agree in {r.digits:.1f} digits."
        for r in ran
    )


def _programs(ran: Sequence[Ran]) -> list[Program]:
    return [
        Program(name, _SUFFIXES.get(name.rpartition(".")[2], ""), text)
        for r in ran
        for name, text in zip(r.programs, r.texts, strict=False)
    ]
