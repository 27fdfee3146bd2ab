"""The tables of an explanation's document."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crossframe.core.text import (
    MISSING,
    digits,
    fixed,
    interval,
    percent,
    sentence,
    signed,
    signed_interval,
    small,
    whole,
)
from crossframe.explain import figures
from crossframe.explain.attribution.inference import Interval
from crossframe.explain.attribution.record import Share, Standing
from crossframe.explain.calibration import Calibrated
from crossframe.explain.diagnoses import Diagnosis
from crossframe.explain.directions import SwitchDirection
from crossframe.explain.explanation import Explanation
from crossframe.explain.members import Member
from crossframe.explain.proof import ChangedSide, Trial
from crossframe.explain.solver_limits import AS_CALLED
from crossframe.explain.spelling import source
from crossframe.report.table import Cell, Table, condensed, setting_cell, shown, text_columns
from crossframe.settings.vocabulary import titled

_SHORT = 24
"""Characters of a side's name that fit the head of a column."""
_TERMS = 40
"""Most coefficients that a table shows; all of them are in the JSON."""
_LARGEST = 3
"""Most settings of one switch that a sentence names."""
_CLOSES = 0.05
"""Share that a setting closes alone at least, to be named in a sentence."""
CERTIFIED = "(the exact minimum, computed by crossframe and proved by its gradient)"
"""Explains a certified optimum where the words first stand."""
_F1 = "labels cut where F1 on the training rows is highest"


def other_side(d: SwitchDirection, e: Explanation) -> str:
    """The name of the side towards which a direction is switched."""
    return e.right if d is e.from_left else e.left


def towards(d: SwitchDirection, e: Explanation) -> str:
    """A direction as a phrase: ``LEFT switched towards RIGHT``."""
    return f"{d.side} switched towards {other_side(d, e)}"


def with_interval(value: float, interval: Interval | None) -> str:
    """A signed number, followed by its interval where there is one."""
    return f"{signed(value)} {signed_interval(*interval)}".strip() if interval else signed(value)


def part(value: float | None) -> str:
    """A share in per cent, rounded to a whole number; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return MISSING
    return f"{round(100 * value) + 0:d} %".replace("-", "−")


def within(interval: Interval | None) -> str:
    """The interval of a share in brackets after a space; empty where there is none."""
    return f" [{part(interval[0])}, {part(interval[1])}]" if interval else ""


def causes(d: SwitchDirection, e: Explanation) -> tuple[Table, ...]:
    """Shares of one direction, with intervals over draws, and `members`; none where nothing was switched."""
    gap, over = "difference" if e.over_draws else "gap", e.over_draws
    closes = [("closes", True, "the same in units of the metric")] if over else []
    columns = (
        ("setting", False, ""),
        *((name, False, "its value on this side") for name in _named(e)),
        (
            "share",
            True,
            f"Shapley share of the {gap}{', with its interval' if over else ''}; negative: it enlarges it",
        ),
        *closes,
        ("switched first", True, "what switching it alone closes"),
        ("switched last", True, "what switching it closes when all others are switched"),
        ("", False, ""),
    )
    written = part if over else figures.per_cent
    rows = [
        [
            setting_cell(s.setting),
            *map(Cell, both_values(s, e)),
            Cell(f"{written(s.fraction)}{within(s.fraction_interval) if over else ''}", s.fraction),
            *([Cell(with_interval(s.amount, s.interval), s.amount)] if over else []),
            *(Cell(written(v), v) for v in (s.fraction_first, s.fraction_last)),
            Cell(_remark(s, d), mark="weak"),
        ]
        for s in d.attribution.shares
    ]
    caption = f"shares of the difference, {towards(d, e)}"
    return (Table(caption, columns, rows), *members(d, e)) if rows else ()


def members(d: SwitchDirection, e: Explanation) -> tuple[Table, ...]:
    """What each setting does alone of those that are switched together; none where there are no such."""
    written = part if e.over_draws else figures.per_cent
    columns = (
        ("switch", False, "what the setting is a part of, or comes along with"),
        ("setting", False, ""),
        *((name, False, "its value on this side") for name in _named(e)),
        ("alone", True, "share of the difference that it closes where the rest is not switched"),
        ("without it", True, "share that the switch closes where the setting stays as it is"),
        ("", False, ""),
    )
    rows = [
        [
            setting_cell(m.switch), setting_cell(m.setting), Cell(shown(m.left)), Cell(shown(m.right)),
            Cell(MISSING if m.alone is None else written(m.alone), m.alone),
            Cell("" if m.without is None else written(m.without), m.without),
            Cell(f"cannot be switched alone: {m.cannot}" if m.cannot else "", mark="weak"),
        ]
        for m in d.members
    ]  # fmt: skip
    caption = f"what is switched together, each setting alone, {towards(d, e)}"
    return (condensed(Table(caption, columns, rows)),) if rows else ()


def alone_words(d: SwitchDirection, e: Explanation) -> list[str]:
    """Sentences on the causes that are several settings: what the largest of these close alone."""
    written = part if e.over_draws else figures.per_cent
    lines = []
    for cause in d.attribution.causes:
        inside = [m for m in d.members if cause.setting in m.switch.split(", ") and _notable(m)]
        parts = sorted((m for m in inside if m.without is None), key=lambda m: -abs(m.alone or 0.0))
        closes = ", ".join(f"{titled(m.setting)} {_does(m.alone, written)}" for m in parts[:_LARGEST])
        lines += [sentence(f"{titled(cause.setting)} is several settings; alone, {closes}")] if closes else []
        lines += [
            sentence(
                f"{titled(m.setting)} comes along with {titled(m.switch)}: alone it "
                f"{_does(m.alone, written)}, and {m.switch} without it {_does(m.without, written)}"
            )
            for m in inside
            if m.without is not None
        ]
    return list(dict.fromkeys(lines))


def _does(share: float | None, written: Callable[[float | None], str]) -> str:
    if share is not None and share < 0:
        return f"enlarges the difference by {written(-share)}"
    return f"closes {written(share)}"


def _notable(member: Member) -> bool:
    return abs(member.alone or 0.0) >= _CLOSES


def _remark(share: Share, d: SwitchDirection) -> str:
    """Why a share is no cause; of one that is, whether its switch enlarges the gap."""
    if share.standing is not Standing.CAUSE:
        return str(share.standing)
    return "its switch enlarges the difference" if share.amount * d.attribution.before < 0 else ""


def both_values(share: Share, e: Explanation) -> tuple[str, str]:
    """A setting's values on either side, each with what its framework is passed where that says more."""
    values = (str(share.left), str(share.right)) if e.over_draws else _values(share)
    own = e.spellings.get(share.setting, ("", ""))
    left, right = (f"{v} ({p})" if p and v else v or p for v, p in zip(values, own, strict=True))
    return left, right


def _named(e: Explanation) -> tuple[str, str]:
    """The names of the sides as headings of columns, ``left`` and ``right`` where they are too long."""
    both = (e.left, e.right)
    return both if max(map(len, both)) <= _SHORT and len(set(both)) == 2 else ("left", "right")


def _values(share: Share) -> tuple[str, str]:
    """A setting's values on the left and the right side; a tightened solver has one on its own side only."""
    values = str(share.left), str(share.right)
    for label, other in (("(left)", 0), ("(right)", 1)):
        if share.setting.endswith(label):
            rule, end = values if values[0].startswith(AS_CALLED) else values[::-1]
            words = f"{rule}, then {end}" if end else rule
            return (words, "") if other == 0 else ("", words)
    return shown(share.left), shown(share.right)


def steps(d: SwitchDirection, e: Explanation) -> Table:
    """The gap after each switch of the closing set."""
    closing = d.closing
    columns = (
        ("switched", False, ""),
        ("gap left", True, str(e.data["measure"])),
        ("digits", True, ""),
    )
    rows = [
        [setting_cell(s.setting or "nothing"), Cell(f"{s.gap:.3g}", s.gap), Cell(digits(s.digits), s.digits)]
        for s in (closing.steps if closing else ())
    ]
    return Table(
        f"{towards(d, e)}, one switch after the other: {'closed' if d.closed else 'not closed'}",
        columns,
        rows,
    )


def coefficients(e: Explanation) -> tuple[Table, ...]:
    """Both sides' coefficients and the digits in which they agree; none unless both report them."""
    columns = (("term", False, ""), *((name, True, "") for name in _named(e)), ("digits", True, ""))
    rows = [
        [Cell(term), *(Cell(MISSING if math.isnan(v) else f"{v:.7g}", v) for v in (left, right)),
         Cell(*_agreement(left, right))]
        for term, left, right in e.coefficients[:_TERMS]
    ]  # fmt: skip
    more = len(e.coefficients) - _TERMS
    of = ", relative to their mean over the classes" if len(e.data.get("classes", ())) > 2 else ""
    title = f"the coefficients of both{of}{f' (the first {_TERMS}; {more} more)' if more > 0 else ''}"
    return (Table(title, columns, rows),) if rows else ()


def _agreement(left: float, right: float) -> tuple[str, float]:
    """The digits in which two numbers agree, as text and as a number."""
    if left == right:
        return "identical", math.inf
    if math.isnan(left) or math.isnan(right):
        return MISSING, math.nan
    agree = -math.log10(abs(left - right) / max(abs(left), abs(right)))
    return fixed(max(agree, 0.0), 1), agree


def optimum_words(e: Explanation) -> tuple[str, ...]:
    """What a certified optimum is, where a finding names it."""
    named = any("certified optimum" in d.words for d in e.diagnoses)
    return (f"A certified optimum is {CERTIFIED.strip('()')}.",) if named else ()


def diagnoses(e: Explanation) -> tuple[Table, ...]:
    """Table of the diagnoses: what each is about, and the finding; no table without any."""
    columns = text_columns("about", "finding")
    rows = [[Cell(f"{d.kind}, {_side(d, e)}"), Cell(d.words)] for d in e.diagnoses]
    return (Table("findings before any setting was switched", columns, rows),) if rows else ()


def _side(d: Diagnosis, e: Explanation) -> str:
    return {"left": e.left, "right": e.right}.get(d.side, d.side)


def certificate(d: Diagnosis, e: Explanation) -> Table:
    """The numbers that a finding can be checked by, one a row."""
    columns = text_columns("quantity", "value")
    rows = [
        [Cell(name), Cell(value)]
        for key, number in d.certificate.items()
        for name, value in _flat(key.replace("_", " "), number)
    ]
    return Table(f"certificate: {d.kind}, {_side(d, e)}", columns, rows)


def _flat(name: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, Mapping):
        return [(f"{name}: {key}", _number(inner)) for key, inner in value.items()]
    if isinstance(value, (list, tuple)):
        return [(name, ", ".join(map(_number, value)))]
    return [(name, _number(value))]


def _number(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "not checked"}[value]
    if isinstance(value, float):
        return f"{value:.6g}" if math.isfinite(value) else "none"
    return str(value)


def data(e: Explanation) -> Table:
    """What the two were fitted on, and what the explanation took."""
    about = e.data
    rows = [
        ("data", str(about["name"])),
        *([("sample", str(about["sample"]))] if "sample" in about else []),
        *_trained(e),
        *([("rows scored", whole(about["scored"]))] if "scored" in about else []),
        ("features", whole(about["features"])),
        ("target", f"classes {', '.join(map(str, about['classes']))}" if about["classes"] else "numbers"),
        ("fingerprint", f"SHA-256 {about['fingerprint']}"),
        *((f"seconds, {name.replace('_', ' ')}", f"{value:.3g}") for name, value in e.time.items()),
        *((f"peak memory, {name}", f"{value / 2**20:.0f} MiB") for name, value in e.memory.items()),
    ]
    columns = text_columns("what", "value")
    return Table(
        "what was fitted, and what the explanation took",
        columns,
        [[Cell(name), Cell(value)] for name, value in rows],
    )


def _trained(e: Explanation) -> list[tuple[str, str]]:
    """The rows that train; by side where missing values leave these unequal."""
    given = int(e.data["rows"])
    (each, *_) = [*(d.certificate["trained"] for d in e.diagnoses if d.kind == "missing"), [given, given]]
    if list(each) == [given, given]:
        return [("rows trained on", whole(given))]
    return [
        ("rows given to train on", whole(given)),
        (f"of these trained on, {e.left}", whole(each[0])),
        (f"of these trained on, {e.right}", whole(each[1])),
    ]


def listed_causes(e: Explanation) -> list[str]:
    """The causes with their share of the difference, in its units where the share is not known."""
    return [share_in_words(s) for s in (e.attribution.causes if e.attribution else ())]


def share_in_words(s: Share) -> str:
    """A setting with its share; where it interacts with others, with what it closes first and last."""
    amount = figures.per_cent(s.fraction) if s.fraction is not None else signed(s.amount)
    if not s.interacts or s.fraction_first is None or s.fraction_last is None:
        return f"{titled(s.setting)} {amount}"
    ends = (figures.per_cent(part) for part in (s.fraction_first, s.fraction_last))
    return f"{titled(s.setting)} {amount} (interacts: {' switched first, '.join(ends)} last)"


def interaction_words(shares: Sequence[Share]) -> list[str]:
    """What a share is where settings interact; empty where none of these does."""
    names = [titled(s.setting) for s in shares if s.interacts]
    if len(names) < 2:
        return []
    others = "the other is" if len(names) == 2 else "the others are"
    return [
        sentence(
            f"{' and '.join(names)} interact: what one closes depends on whether {others} switched already, "
            "so that a share is an average over the orders, and the cause is the settings together"
        )
    ]


def both_sides(e: Explanation) -> Table:
    """The metric of either side over draws, its own spread, and the difference."""
    gap = e.gap
    columns = (
        ("side", False, ""),
        (gap.metric.replace("_", " "), True, "mean over draws and seeds, 95 %"),
        ("own spread", True, "mean difference to itself with another seed, same draws"),
    )
    means = ((gap.left, gap.left_interval), (gap.right, gap.right_interval))
    rows = [
        [
            Cell(name),
            Cell(f"{fixed(value)} {interval(*ends) if ends else ''}".strip(), value),
            Cell(fixed(spread) if gap.seeds > 1 else MISSING, spread),
        ]
        for name, (value, ends), spread in zip((e.left, e.right), means, gap.own_spread, strict=True)
    ]
    difference = Cell(with_interval(gap.difference, gap.interval), gap.difference)
    return Table(
        f"both sides on the same {'rows' if e.one_draw else 'draws'}",
        columns,
        [*rows, [Cell("left less right"), difference, Cell("")]],
    )


def inactive(e: Explanation) -> tuple[Table, ...]:
    """Settings without effect on one side; none where there are none."""
    columns = text_columns("setting", "side", "parameter", "why")
    rows = [[setting_cell(i.setting), Cell(i.side), Cell(i.parameter), Cell(i.reason)] for i in e.inactive]
    return (Table("settings without effect on one side", columns, rows),) if rows else ()


def calibration(rows: Sequence[Calibrated], metric: str) -> Table:
    """The reference trainer against the frameworks."""
    columns = (
        ("side", False, ""),
        (f"{metric}, side minus reference trainer", True, "paired over the same draws and seeds, 95 %"),
        ("largest difference of a score", True, "over all rows, draws and seeds"),
        ("the reference trainer", False, ""),
    )
    return Table("calibration", columns, [
        [Cell(c.side), Cell(with_interval(c.difference, c.interval), c.difference),
         Cell(small(c.largest), c.largest), Cell(str(c.fit))]
        for c in rows
    ])  # fmt: skip


def rules(e: Explanation) -> tuple[Table, ...]:
    """Rules in which two networks differ and that no setting changes; none where there are none."""
    columns = (
        ("rule", False, "a setting of the reference trainer"),
        *((name, False, "what its framework does") for name in _named(e)),
        ("score", True, "mean difference of two scores of a row, everything else equal"),
        ("labels", True, "share of the labels that differ"),
    )
    rows = [
        [setting_cell(r.setting), Cell(r.left), Cell(r.right), Cell(small(r.scores), r.scores),
         Cell(percent(r.labels), r.labels)]
        for r in e.rules
    ]  # fmt: skip
    return (Table("what each changes by itself, by the reference trainer", columns, rows),) if rows else ()


def trials(made: Sequence[Trial]) -> Table:
    """Table of the trials: what was switched in which framework, and the difference that is left."""
    columns = (
        ("switched on the left", False, ""),
        ("switched on the right", False, ""),
        ("neither can express", False, ""),
        ("not included", False, "parts of these settings for which the framework has no parameter"),
        ("difference left", True, "95 %"),
        ("closed", True, "share of the difference, 95 % after Fieller"),
    )
    return Table("what is left after the switches", columns, [
        [*(setting_cell(", ".join(names))
           for names in (t.left.switched, t.right.switched, t.missing, t.lacking)),
         Cell(with_interval(t.gap, t.interval), t.gap),
         Cell(f"{part(t.part)}{within(t.part_interval)}", t.part)]
        for t in made
    ])  # fmt: skip


def recipes(e: Explanation) -> Table:
    """What to pass to the two sides in the best trial."""
    columns = text_columns("side", "model", "what to pass")
    trial = e.trial
    sides = (("left", trial.left), ("right", trial.right)) if trial else ()
    rows = [[Cell(label), Cell(side.model), Cell(what_to_pass(side))] for label, side in sides]
    title = "how to make the two alike" if trial and trial.closes else "what was switched in the frameworks"
    return Table(title, columns, rows)


def label_words(threshold: float | str) -> str:
    """A rule for labels as an instruction."""
    return _F1 if isinstance(threshold, str) else f"labels cut at {threshold:.12g}"


def what_to_pass(side: ChangedSide) -> str:
    """The arguments of a side in a trial, with what is done outside of its framework."""
    words = [source(side.model, side.arguments)]
    if side.threshold is not None:
        words.append(label_words(side.threshold))
    if side.selection is not None:
        words.append(f"features: {side.selection}")
    if side.preparation:
        words.append(f"rows prepared by {side.preparation}")
    return "; ".join(w for w in words if w) or "nothing"
