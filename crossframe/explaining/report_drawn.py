"""An explanation over draws as a report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from crossframe.attribution.inference import Interval
from crossframe.attribution.record import Share, Standing
from crossframe.auditing.tables import shown
from crossframe.engines.base import Value
from crossframe.explaining import figures
from crossframe.explaining.calibration import Calibrated
from crossframe.explaining.drawn_record import Drawn
from crossframe.explaining.explanation import Verdict
from crossframe.explaining.verification import Changed, Trial
from crossframe.report.document import Document, Part
from crossframe.report.tables import Cell, Table
from crossframe.report.text import MISSING, fixed, percent, signed, signed_interval, small

_MEANT = {
    Verdict.AGREE: "The two agree: no draw gives one of them another {metric}.",
    Verdict.NOISE: "The difference is within noise: it is not shared out among settings.",
    Verdict.EXPLAINED: "The difference is explained: switching settings closes it in the frameworks "
    "themselves.",
    Verdict.PARTLY: "The difference is explained in part: the switches that the frameworks have close most "
    "of it, not all.",
    Verdict.IMPLEMENTATION: "The difference is in the implementation: the referee closes it, and the "
    "frameworks have no settings for what that takes.",
    Verdict.UNEXPLAINED: "No switch of settings closes the difference.",
}


def document(found: Drawn) -> Document:
    """Everything that was found."""
    data, gap = found.data, found.gap
    parts = [Part("gap", "The difference", _gap_words(found), (_spread(found),))]
    parts.append(Part("diagnoses", "Diagnoses", tables=(_diagnoses(found), *_inert(found))))
    if found.calibration:
        parts.append(Part("calibration", "The referee against the frameworks", _CALIBRATION,
                          (_calibration(found.calibration, gap.metric),)))  # fmt: skip
    attribution, closing = found.attribution, found.closing
    if attribution is not None and found.attributed:
        towards = f"{found.left} switched towards {found.right}"
        parts.append(Part("causes", "Causes", _how(found), (_causes(attribution.shares),),
                          drawing=figures.shares(attribution, towards=towards)))  # fmt: skip
        drawn = figures.heat_map(attribution, towards=towards)
        if drawn is not None:
            parts.append(Part("interactions", "Interactions", drawing=drawn))
        if closing is not None:
            fall = figures.waterfall(closing, signed=True, unit=gap.metric, towards=towards)
            parts.append(Part("closing", "Closing it", (f"{str(closing)[:1].upper()}{str(closing)[1:]}.",),
                              drawing=fall))  # fmt: skip
    if found.verification is not None:
        trials = found.verification.trials
        parts.append(Part("proof", "Proof in the frameworks", _PROOF, (_trials(trials), _recipes(trials[0]))))
    return Document(
        f"Why {found.left} and {found.right} differ in {gap.metric}",
        f"{data['name']}, {data['rows']} training rows, {gap.draws} draws by the design {data['design']}, "
        f"{gap.seeds} seed{'s' if gap.seeds > 1 else ''} each",
        tuple(_headlines(found)),
        tuple(parts),
    )


def _headlines(found: Drawn) -> list[str]:
    gap = found.gap
    told = [_MEANT[found.verdict].format(metric=gap.metric)]
    told.append(
        f"{gap.metric.capitalize()}: {found.left} {fixed(gap.left)}, {found.right} {fixed(gap.right)}; "
        f"difference {_with(gap.difference, gap.interval)}."
    )
    if found.attribution is not None and found.causes:
        causes = [
            f"{s.setting} {percent(s.fraction)}"
            if s.fraction is not None
            else f"{s.setting} {signed(s.amount)}"
            for s in found.attribution.causes
        ]
        told.append(f"Causes, with their share of the difference: {', '.join(causes)}.")
    elif found.attribution is not None and not found.attributed:
        told.append(
            "With these draws the gap of the hybrids' maker cannot be told from 0; nothing is shared out."
        )
    elif found.attributed:
        told.append("No single setting's share can be told from 0 with these draws.")
    if found.trial is not None:
        told.append(_proved(found.trial, found))
    told += [d.words[:1].upper() + d.words[1:] + f" ({d.side})." for d in found.diagnoses
             if d.kind == "separation" and d.certificate.get("share")]  # fmt: skip
    return told


def _proved(trial: Trial, found: Drawn) -> str:
    words = " and ".join(
        f"{', '.join(side.switched)} switched in {name}"
        for side, name in ((trial.left, found.left), (trial.right, found.right))
        if side.switched
    )
    rest = f"With {words}, the frameworks differ by {_with(trial.gap, trial.interval)}"
    closed = f"{_part(trial.part)} of the difference is closed{_within(trial.part_interval)}"
    also = f"; neither can express {', '.join(trial.missing)}" if trial.missing else ""
    return f"{rest}: {closed}{also}."


def _gap_words(found: Drawn) -> tuple[str, ...]:
    gap = found.gap
    alone = (
        "Every draw gives both sides the same rows and seeds, and the difference is taken within the draw. "
        "The interval is that of its mean over training samples of this kind (95 %, after Nadeau and Bengio, "
        "for draws from one pool)."
    )
    said = [alone]
    if found.verdict is Verdict.NOISE:
        said.append(
            "It holds 0, or the sides differ in nothing but their seeds; to share it out would be to explain "
            "an accident. More draws narrow the interval"
            + (
                ", but only so far: the draws of this design share many rows."
                if found.data["overlap"] > 1 / (1 + gap.draws)
                else "."
            )
        )
    said.append(
        f"The two label {percent(gap.alike)} of the scored rows alike; their scores agree in "
        f"{fixed(gap.digits, 1)} digits (median)."
    )
    return tuple(said)


def _spread(found: Drawn) -> Table:
    gap = found.gap
    columns = (
        ("side", False, ""),
        (gap.metric, True, "mean over draws and seeds"),
        ("own spread", True, "mean difference to itself with another seed, same draws"),
    )
    rows = [
        [Cell(name), Cell(fixed(value), value), Cell(fixed(spread) if gap.seeds > 1 else MISSING, spread)]
        for name, value, spread in zip(
            (found.left, found.right), (gap.left, gap.right), gap.own_spread, strict=True
        )
    ]
    rows.append(
        [Cell("left less right"), Cell(_with(gap.difference, gap.interval), gap.difference), Cell("")]
    )
    return Table("both sides on the same draws", columns, rows)


def _diagnoses(found: Drawn) -> Table:
    columns = (("side", False, ""), ("kind", False, ""), ("finding", False, ""))
    rows = [[Cell(d.side), Cell(d.kind), Cell(d.words)] for d in found.diagnoses]
    return Table("before anything was switched", columns, rows)


def _inert(found: Drawn) -> list[Table]:
    if not found.inert:
        return []
    columns = (("setting", False, ""), ("side", False, ""), ("parameter", False, ""), ("why", False, ""))
    rows = [[Cell(i.setting), Cell(i.side), Cell(i.parameter), Cell(i.reason)] for i in found.inert]
    return [Table("settings without effect on one side", columns, rows)]


_CALIBRATION = (
    "The hybrids mix settings that no framework has together; the referee, a trainer with every rule "
    "written out, computes them all, the ends included. The shares are shares of its own gap. What it "
    "leaves of either side is told here and is in no share.",
)


def _calibration(rows: Sequence[Calibrated], metric: str) -> Table:
    columns = (
        ("side", False, ""),
        (f"{metric}, side less referee", True, "paired over the same draws and seeds, 95 %"),
        ("largest difference of a score", True, "over all rows, draws and seeds"),
        ("the referee", False, ""),
    )
    return Table("calibration", columns, [
        [Cell(c.side), Cell(_with(c.difference, c.interval), c.difference), Cell(small(c.largest), c.largest),
         Cell(str(c.fit))]
        for c in rows
    ])  # fmt: skip


def _how(found: Drawn) -> tuple[str, ...]:
    assert found.attribution is not None
    method = found.attribution.method
    by = ", ".join(f"{count} by {name}" for name, count in found.computed_by.items())
    said = [
        f"{method['evaluations']} hybrids of the left side with settings of the right one, each on every "
        f"draw: {by}. "
        + (
            "These are all there are."
            if method.get("name") == "exact"
            else f"They are those of {method['blocks']} blocks of random orders of switching."
        ),
        f"Intervals: {method['intervals']}. A share is a cause where its interval leaves out 0.",
    ]
    if method.get("replicates_lost"):
        said.append(f"{method['replicates_lost']} replicates are left out: a hybrid gave no answer there.")
    return tuple(said)


def _causes(shares: Sequence[Share]) -> Table:
    columns = (
        ("setting", False, ""),
        ("left", False, ""),
        ("right", False, ""),
        ("share", True, "Shapley share of the difference, with its interval"),
        ("closes", True, "the same in units of the metric"),
        ("first in", True, "what switching it alone closes"),
        ("last in", True, "what is left of the difference when it alone is not switched"),
        ("", False, ""),
    )
    rows = [
        [
            Cell(s.setting),
            Cell(str(s.left)),
            Cell(str(s.right)),
            Cell(f"{_part(s.fraction)}{_within(s.fraction_interval)}", s.fraction),
            Cell(_with(s.amount, s.interval), s.amount),
            Cell(_part(s.fraction_first), s.fraction_first),
            Cell(_part(s.fraction_last), s.fraction_last),
            Cell("" if s.standing is Standing.CAUSE else str(s.standing), mark="weak"),
        ]
        for s in shares
    ]
    return Table("shares of the difference", columns, rows)


_PROOF = (
    "The closing switches made in the frameworks themselves: each on the left side where that framework can "
    "express what the other does, else on the right one. What is left is measured on as many other draws, "
    "with other seeds, than those by which the switches were chosen. Where several ways were tried, the one "
    "that leaves least stands first.",
)


def _trials(trials: Sequence[Trial]) -> Table:
    columns = (
        ("switched on the left", False, ""),
        ("switched on the right", False, ""),
        ("neither can express", False, ""),
        ("left out of it", False, "parts for which the framework has no word"),
        ("difference left", True, "95 %"),
        ("closed", True, "share of the difference, 95 % after Fieller"),
    )
    return Table("what is left after the switches", columns, [
        [Cell(", ".join(t.left.switched)), Cell(", ".join(t.right.switched)), Cell(", ".join(t.missing)),
         Cell(", ".join(t.lacking)), Cell(_with(t.gap, t.interval), t.gap),
         Cell(f"{_part(t.part)}{_within(t.part_interval)}", t.part)]
        for t in trials
    ])  # fmt: skip


def _recipes(trial: Trial) -> Table:
    columns = (("side", False, ""), ("model", False, ""), ("what to pass", False, ""))
    rows = [
        [Cell(label), Cell(side.model), Cell(_passed(side))]
        for label, side in (("left", trial.left), ("right", trial.right))
    ]
    return Table("how to make the two alike", columns, rows)


_F1 = "label 1 from the score on that has the highest F1 on the training rows"


def _passed(side: Changed) -> str:
    told = [_spelled(side.arguments)]
    if side.threshold is not None:
        number = not isinstance(side.threshold, str)
        told.append(f"label 1 above {side.threshold:g}" if number else _F1)
    if side.selection is not None:
        told.append(f"features: {side.selection}")
    return "; ".join(t for t in told if t) or "nothing"


def _spelled(arguments: Mapping[str, Value]) -> str:
    return ", ".join(f"{k}={repr(v) if isinstance(v, float) else shown(v)}" for k, v in arguments.items())


def _with(value: float, interval: Interval | None) -> str:
    return f"{signed(value)} {signed_interval(*interval)}".strip() if interval else signed(value)


def _part(value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return MISSING
    return f"{round(100 * value) + 0:d} %".replace("-", "−")


def _within(interval: Interval | None) -> str:
    return f" [{_part(interval[0])}, {_part(interval[1])}]" if interval else ""
