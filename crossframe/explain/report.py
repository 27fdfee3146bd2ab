"""An explanation as a document: what differs, what causes how much of it, and how to close it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crossframe.core.text import fixed, plural, sentence, whole
from crossframe.explain import columns, figures, path
from crossframe.explain import report_tables as tables
from crossframe.explain.answer import answer, digits_in_words, passed, reasons
from crossframe.explain.directions import SwitchDirection
from crossframe.explain.explanation import FLOOR, Conclusion, Explanation
from crossframe.explain.hybrids import REFERENCE
from crossframe.explain.inference.tables import part as inference_part
from crossframe.explain.outcomes import aligned
from crossframe.explain.prepared import KINDS
from crossframe.explain.programs import ProgramPair
from crossframe.explain.report_over_draws import (
    alike,
    fitted_on,
    in_the_metric,
    in_words,
    on_one_draw,
    proof_words,
    row_by_row,
    rule_words,
    what_draws_show,
)
from crossframe.explain.solver_limits import Shortfall
from crossframe.report.document import Document, Part, SourceText
from crossframe.report.table import Table
from crossframe.settings.vocabulary import WITH, titled

_RESIDUALS = {
    "rounding": "rounding",
    "tolerance": "the tolerances at which the solvers stop",
    "no unique optimum": "there is no optimum at which both could end",
    "unexplained": "no setting that was tried accounts for it",
}
"""What is left on one sample -> its description."""

_SHARE = (
    "A share is what the setting accounts for, in parts of the difference, averaged over all orders in which "
    "the settings can be switched; beside it what it closes when it is switched first, before all others, "
    "and last, after them. The effect of a setting that is switched alone, all others as they were, is the "
    "one of switching first, and can be small, or of the other sign, where the share is large."
)

_DETAILS = ("diagnoses", "outcomes", "coefficients", "inference", "rules", "path", "calibration",
            "interactions", "data")  # fmt: skip
"""Keys of the parts that stand below the heading "Details", which begins at the first of them."""

_NOTABLE = 5e-4
"""Share of the difference below which only the table names a cause."""
_BLOCKS = 5
"""Blocks of random orders below which the intervals over them are wide: t with few degrees of freedom."""
_NOTES = 4
"""Most remarks of one sort that are printed."""
_NOTED = 0.01
"""Part of the gap by which a switch enlarges it at least, to be remarked on."""
_SUFFIXES = {"py": "python", "R": "r"}

_REFERENCE = "the reference trainer"
_CALIBRATION = (
    "Between the two ends stand networks with settings that no framework has together; the reference "
    "trainer, in which every rule is a setting, computes all of them, the two ends included. The shares are "
    "shares of its own gap. Its difference from either framework is shown here and is in no share.",
)


@functools.lru_cache(maxsize=2)
def document(e: Explanation, ran: tuple[ProgramPair, ...] = ()) -> Document:
    """The page of an explanation; ``ran`` are the recipes that were written as programs and run."""
    data, gap = e.data, e.gap
    if e.over_draws:
        rows_alone = e.one_draw or e.row_by_row
        title = _title(e, "" if rows_alone else f" in {gap.metric}")
        facts = fitted_on(e)
    else:
        title = _title(e)
        facts = (
            f"{whole(data['rows'])} rows, {plural(data['features'], 'feature')} of {data['name']}; the "
            f"{data['measure']} is {gap.difference:.3g} ({digits_in_words(gap.difference)})"
        )
    if any(in_words(name) != name for name in (e.left, e.right)):
        facts = f"{e.left} and {e.right}; {facts}"
    first = [columns.part(e.file, data["classes"])] if e.file else []
    faults = [sentence(r.words) for r in ran if r.exit_code]
    lines = answer(e)
    headlines = (*lines, *_evidence(e), *faults)
    parts = (*first, *_ordered(e, _parts(e, ran)))
    details = next((k for k, part in enumerate(parts) if part.key in _DETAILS), None)
    return Document(title, facts, headlines, parts, answer=len(lines), details=details)


def _title(e: Explanation, by: str = "") -> str:
    """The question, or that there is no difference."""
    agree = e.verdict is Conclusion.AGREE and e.labels_alike
    left, right = map(in_words, (e.left, e.right))
    if e.left == e.right:
        return f"Two calls of {left} agree" if agree else f"Why two calls of {left} differ{by}"
    if agree:
        return f"{left} and {right} agree"
    ends = e.gap.interval if e.over_draws and not e.one_draw and not e.row_by_row else None
    at = f" at {plural(e.data['rows'], 'training row')}" if ends else ""
    if ends and e.gap.metric == "accuracy" and (ends[0] > 0 or ends[1] < 0):
        better, worse = (left, right) if ends[0] > 0 else (right, left)
        return f"Why {worse} is less accurate than {better}{at}"
    return f"Why {left} and {right} differ{by}{at}"


def _ordered(e: Explanation, parts: list[Part]) -> list[Part]:
    """The parts with contents; where neither side has an optimum, without the meaningless shares."""
    there = {
        part.key: part
        for part in parts
        if part.paragraphs or part.drawing or part.programs or any(t.rows for t in part.tables)
    }
    if len(e.no_optimum) == 2:
        first = [there.pop(key) for key in ("diagnoses", "path") if key in there]
        return first + [part for key, part in there.items() if key not in ("causes", "interactions")]
    return list(there.values())


def _parts(e: Explanation, ran: tuple[ProgramPair, ...]) -> list[Part]:
    unit = e.unit
    parts = [Part("same-rows", "These two fits", *_same_rows(e.same_rows))] if e.same_rows else []
    parts += [Part("gap", "The difference", _gap_words(e), (tables.both_sides(e),))] if e.over_draws else []
    if (best := e.best) is not None and (e.attributed or not e.over_draws):
        towards = tables.towards(best, e)
        others = [d for d in e.directions if d is not best]
        steps: tuple[Table, ...] = ()
        if not e.over_draws and e.gap.difference > e.floor:
            steps = tuple(tables.steps(d, e) for d in (best, *others))
        fall = None
        if best.closing is not None and (best.closed or e.over_draws):
            by = _REFERENCE if _by_reference(e) else ""
            fall = figures.waterfall(best.closing, signed=e.over_draws, unit=unit, towards=towards, by=by)
        parts += [
            Part("causes", "Causes", (*_how(e, best), *_not_switched(best, e)), tables.causes(best, e),
                 figures.shares(best.attribution, towards=towards),
                 folded=[t for d in others for t in tables.causes(d, e)]),
            Part("closing", "Closing it", _closing_words(e), steps, fall),
        ]  # fmt: skip
    elif best is not None:
        parts.append(Part("causes", "Causes", _not_switched(best, e)))
    if e.trial is not None and best is not None:
        parts.append(
            Part(
                "proof",
                "Proof in the frameworks",
                proof_words(e),
                (tables.trials(best.trials), tables.recipes(e)),
            )
        )
    certificates = [] if e.over_draws else [tables.certificate(d, e) for d in e.diagnoses if d.certificate]
    parts += [
        Part("recipe", "The recipe", _reached(ran), programs=tuple(_programs(ran))),
        Part("diagnoses", "Diagnoses", tables.optimum_words(e),
             (*tables.diagnoses(e), *tables.inactive(e)), folded=tuple(certificates)),
        Part("outcomes", "How the two fits ended",
             tables=(aligned(*e.outcomes),) if len(e.outcomes) == 2 else ()),
        Part("coefficients", "Coefficients", tables=tables.coefficients(e.same_rows or e)),
        *_inference(e),
        Part("rules", "Rules that no setting changes", tables=tables.rules(e)),
        Part("path", "Where the two solvers go",
             drawing=path.figure(*e.paths) if len(e.paths) == 2 else None),
    ]  # fmt: skip
    if best is not None and best.calibration:
        table = tables.calibration(best.calibration, unit)
        parts.append(
            Part("calibration", "The reference trainer against the frameworks", _CALIBRATION, (table,))
        )
    if best is not None and (e.attributed or not e.over_draws):
        drawing = figures.heat_map(best.attribution, towards=tables.towards(best, e))
        parts.append(Part("interactions", "Interactions", _together(best), drawing=drawing))
    return [*parts, Part("data", "Data and cost", tables=(tables.data(e),))]


def _inference(e: Explanation) -> list[Part]:
    made = e.inference
    return [] if made is None else [inference_part(made, (e.left, e.right), answered=made.by_definition)]


def _evidence(e: Explanation) -> list[str]:
    """What the answer rests on, in sentences."""
    if e.same_rows is not None:
        # Where the draws do not show the difference, nothing of it is shared out among settings but that
        # of the rows, which stands before.
        of_draws = [*answer(replace(e, same_rows=None)), *_evidence_over_draws(e)]
        return [
            *_evidence(e.same_rows),
            f"Over draws, {fitted_on(e)}:",
            *([_in_the_metric(e)] if e.row_by_row else [x for x in of_draws if x not in row_by_row(e)]),
        ]
    if e.over_draws:
        return _evidence_over_draws(e)
    lines = [sentence(d.words) for d in e.diagnoses if d.kind in (*KINDS, "separation", "rank", "labels")]
    if e.verdict is Conclusion.AGREE:
        return lines
    best = e.best
    assert best is not None
    lines += _by_coefficients(e)
    if len(e.no_optimum) < 2:
        lines += _shares(best, e)
    if e.no_optimum:
        lines += [path.growth_sentence(p) for p in e.paths if p is not None and p.optimum is None]
    if e.verdict is not Conclusion.NO_UNIQUE_OPTIMUM and best.left_over > e.floor:
        lines.append(
            f"What is left is a largest difference of {best.left_over:.3g}: {_RESIDUALS[e.residual]}."
        )
    by_rounding = e.residual == "rounding" and best.left_over > e.floor
    if by_rounding or e.verdict in (Conclusion.NOT_CONVERGED, Conclusion.IMPLEMENTATION):
        lines += [sentence(d.words) for d in e.diagnoses if d.kind == "scale"]
        lines += [_short(s) for s in e.shortfalls if s is not None and s.gap > FLOOR]
    return [line for line in lines if line not in reasons(e)]


def _in_the_metric(e: Explanation) -> str:
    gap = e.gap
    return (
        f"{gap.metric.replace('_', ' ').capitalize()}: {e.left} {fixed(gap.left)}, {e.right} "
        f"{fixed(gap.right)}; difference {tables.with_interval(gap.difference, gap.interval)}"
        f"{in_the_metric(e)}."
    )


def _evidence_over_draws(e: Explanation) -> list[str]:
    over = "seeds" if e.one_draw else "draws"
    lines = [*row_by_row(e), _in_the_metric(e)]
    if named := tables.listed_causes(e):
        lines.append(f"Causes, with their share of the difference: {', '.join(named)}.")
        lines += tables.interaction_words(e.attribution.causes if e.attribution else ())
        lines += tables.alone_words(e.best, e) if e.best else []
    elif e.attributed:
        lines.append(f"With these {over} no single setting's share is distinguishable from 0.")
        lines += _few_orders(e)
    elif e.best is not None and e.best.bundles and not (e.rules_alone or e.best.attribution.undefined):
        trained = " as the reference trainer computes them" if REFERENCE in e.best.computed_by else ""
        lines.append(
            f"With these {over} the gap between the two{trained} is not distinguishable from 0 and not "
            "attributed."
        )
    lines += rule_words(e)
    lines += [sentence(d.words) for d in e.diagnoses if d.kind in (*KINDS, "labels")]
    if e.best is not None and e.best.cannot:
        lines.append(f"Not switched, as {e.left} cannot express them: {titled(', '.join(e.best.cannot))}.")
    return lines + [
        f"{sentence(d.words).removesuffix('.')} ({d.side})."
        for d in e.diagnoses
        if d.kind == "separation" and d.certificate.get("share")
    ]


def _few_orders(e: Explanation) -> list[str]:
    """That shares have wide intervals for want of sampled orders, where these are few; else nothing."""
    blocks = e.attribution.method.get("blocks") if e.attribution else None
    if blocks is None or blocks >= _BLOCKS:
        return []
    return [
        f"Their intervals are wide because the orders of switching were sampled in {blocks} blocks only; a "
        "larger --budget makes more, and can name causes that this run leaves open."
    ]


def _shares(best: SwitchDirection, e: Explanation) -> list[str]:
    """Sentences on the shares of notable size, whatever their sign, and on what no share contains."""
    sized = [(abs(c.fraction), c) for c in best.attribution.causes if c.fraction is not None]
    notable = [c for size, c in sorted(sized, key=lambda pair: -pair[0]) if size >= _NOTABLE]
    if not notable:
        why = best.attribution.undefined
        return [sentence(f"the difference is not shared out: {why}")] if why else []
    named = ", ".join(map(tables.share_in_words, notable))
    lines = [f"Shares of the difference of {e.gap.difference:.3g}, {tables.towards(best, e)}: {named}."]
    lines += tables.interaction_words(best.attribution.causes)
    if any((c.fraction or 0) < 0 for c in notable):
        lines.append("A negative share: on average over all orders its switch enlarges the difference.")
    lines += tables.alone_words(best, e)
    rest = best.attribution.not_closed
    if rest >= _NOTABLE and best.left_over > FLOOR:
        lines.append(
            f"With all settings switched {figures.per_cent(rest)} of the difference is left, in no share."
        )
    return lines


def _by_coefficients(e: Explanation) -> list[str]:
    """A sentence where the scores are equal and only coefficients differ."""
    if "scores_apart" not in e.data:
        return []
    digits = digits_in_words(float(e.data["scores_apart"]))
    return [f"The scores of the two are the same ({digits}); what differs are the coefficients."]


def _short(side: Shortfall) -> str:
    words = f"{side.side} stops {side.gap:.2g} from the scores at the certified optimum of its own objective "
    words += tables.CERTIFIED
    if side.run_out is None:
        return f"{words}; it has no setting that makes its solver run longer, so none was tried."
    if not side.arguments:
        return f"{words}; none of the tighter settings of its solver that were tried brings it nearer."
    tight = f"{side.run_out:.2g} from them with the tightest settings tried"
    return f"{words}, and {tight}: {passed(side.model, side.arguments)}."


def _same_rows(e: Explanation) -> tuple[tuple[str, ...], tuple[Table, ...]]:
    """What the page does not say at its top of the two fits of the same rows, beside those over draws."""
    shares = tables.causes(e.best, e) if e.best is not None and (e.attributed or not e.over_draws) else ()
    return tuple(answer(e)[:1]), (*((tables.both_sides(e),) if e.over_draws else ()), *shares)


def _gap_words(e: Explanation) -> tuple[str, ...]:
    if e.one_draw:
        return on_one_draw(e)
    lines = [
        "Every draw gives both sides the same rows and seeds, and the difference is taken within the draw. "
        "The interval is that of its mean over training samples of this kind (95 %, after Nadeau and Bengio, "
        "for draws from one pool)."
    ]
    if e.verdict is Conclusion.NOISE:
        lines.append(
            "The interval contains 0, or the sides differ only in their seeds or in nothing, so the "
            "difference is not attributed to settings."
        )
    if e.row_by_row:
        lines.append(
            "Two questions: why these fits differ, row by row with the same seeds, which is shared out here "
            "and is exact where both calls repeat themselves; and whether it matters in the metric over "
            "other samples, for which there is the interval."
        )
    if e.gap.lost:
        lines.append(
            f"A side gave no answer on {e.gap.lost} of the {plural(e.gap.draws, 'draw')}; the means of both "
            "sides and of the difference are over the others."
        )
    lines += what_draws_show(e)
    return (*lines, alike(e))


def _how(e: Explanation, best: SwitchDirection) -> tuple[str, ...]:
    """Sentences on how the shares over draws were computed."""
    if not best.attribution.shares:
        return ()
    if not e.over_draws:
        return (_SHARE,)
    method = best.attribution.method
    names = {REFERENCE: _REFERENCE} if _by_reference(e) else {}
    by = ", ".join(f"{count} by {names.get(name, name)}" for name, count in best.computed_by.items())
    combinations = sum(best.computed_by.values())
    orders = "These are all there are."
    if method.get("name") != "exact":
        blocks = f"{method['blocks']} blocks of random orders of switching"
        orders = f"The shares are of {method['evaluations']} of them, in {blocks}."
    seed = "the same seed" if e.gap.seeds == 1 else f"{method.get('draws') or e.gap.seeds} seeds"
    each = f"with {seed}" if e.one_draw else "on every draw"
    lines = [
        _SHARE,
        f"{plural(combinations, 'combination')} of settings of the two, each {each}: {by}. {orders}",
        _intervals(method),
    ]
    if method.get("replicates_lost"):
        lines.append(
            f"{method['replicates_lost']} replicates are left out, because a combination gave no answer."
        )
    return tuple(lines)


def _intervals(method: Mapping[str, Any]) -> str:
    """What the intervals of the shares are taken over, or why there are none."""
    what, _, why = str(method["intervals"]).partition(": ")
    if what == "none":
        return f"The shares have no intervals: {why}."
    return f"Intervals: {method['intervals']}. A share counts as a cause where its interval excludes 0."


def _not_switched(d: SwitchDirection, e: Explanation) -> tuple[str, ...]:
    lines = [sentence(f"{titled(name)} was not switched: {why}") for name, why in d.cannot.items()]
    lines += [
        sentence(
            f"{titled(name).replace(WITH, ' and ')} are switched together, because no model has one "
            f"without the other: {why}"
        )
        for name, why in d.together.items()
    ]
    if e.over_draws:
        return tuple(lines)
    size = _NOTED * abs(d.attribution.before)
    larger = [e for e in d.attribution.enlargements if abs(e.then) - abs(e.before) >= size]
    lines += [sentence(str(note)) for note in larger[:_NOTES]]
    if d.computed_by_reference:
        lines.append(
            f"{plural(len(d.computed_by_reference), 'combination')} of settings that {d.side} cannot "
            f"express: each by its certified optimum {tables.CERTIFIED}."
        )
    return tuple(lines)


def _closing_words(e: Explanation) -> tuple[str, ...]:
    """The closing set over draws; on one sample, for each direction that does not close, the smallest gap."""
    if e.over_draws:
        closing = e.best.closing if e.best else None
        if closing is None:
            return ()
        elsewhere = (
            f"That is the gap as {_REFERENCE} computes it. What the switches leave in the frameworks, which "
            "may have no such setting, stands below."
        )
        return (sentence(str(closing)), *([elsewhere] if _by_reference(e) and e.trial else []))
    return tuple(
        f"No set of switches brings {d.side} to the answer of {tables.other_side(d, e)}: the nearest "
        f"leaves {d.left_over:.3g}."
        for d in e.directions
        if not d.closed and d.left_over > FLOOR
    )


def _by_reference(e: Explanation) -> bool:
    """Whether the gap over draws is that of the reference trainer, and not of the frameworks."""
    return e.over_draws and e.best is not None and bool(e.best.calibration)


def _together(d: SwitchDirection) -> tuple[str, ...]:
    """The notable interactions as sentences."""
    effects = {"together": "close more together than separately", "overlap": "have partly the same effect"}
    pairs = [p for p in d.attribution.interactions if p.notable]
    whole_gap = abs(d.attribution.before)
    sized = [(p, figures.per_cent(abs(p.index) / whole_gap)) for p in pairs[:_NOTES]]
    return tuple(
        sentence(f"{' and '.join(map(titled, p.settings))} {effects[p.kind]} ({size} of the gap)")
        for p, size in sized
    )


def _reached(ran: tuple[ProgramPair, ...]) -> tuple[str, ...]:
    return tuple(f"Towards {r.towards}: {r.words}." for r in ran)


def _programs(ran: tuple[ProgramPair, ...]) -> list[SourceText]:
    return [
        SourceText(name, _SUFFIXES.get(name.rpartition(".")[2], ""), text)
        for r in ran
        for name, text in zip(r.programs, r.texts, strict=False)
    ]
