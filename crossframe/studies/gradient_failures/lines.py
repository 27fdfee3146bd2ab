"""Parity of the directions of lines, decomposed or end to end: section 3.1 of the publication."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crossframe.comparison.record import Record
from crossframe.engines.base import FloatArray
from crossframe.report.document import Part
from crossframe.report.tables import Cell, Table
from crossframe.studies.claim import Claim, Finding, Verdict, not_run
from crossframe.studies.gradient_failures import judging as j
from crossframe.studies.gradient_failures.figures import Axes, Panel, Series, multiples
from crossframe.studies.intervals import over_seeds, proportion
from crossframe.studies.lab import Job, Lab
from crossframe.studies.study import Found

_TESTED = 2000
_LOST = 3
"""Images per tuple from which on the end-to-end net is said to fail."""

_DECOMPOSED = Claim(
    "lines-decomposed",
    "Told the direction of each line, a net learns the parity of k of them.",
    j.PAPER,
    "accuracy of at least .9 on fresh tuples for every k and every seed",
)
_FAILS = Claim(
    "lines-end-to-end",
    "Told the parity only, the same net learns nothing from tuples of three or more.",
    j.PAPER,
    "accuracy on fresh tuples within .5 +- .05 for every k >= 3 and every seed",
)
_WORKS = Claim(
    "lines-end-to-end-few",
    "Told the parity only, the same net does learn from one or two lines.",
    j.PAPER,
    "accuracy of at least .9 for k = 1 and k = 2 and every seed",
)
_SIGNAL = Claim(
    "lines-signal",
    "The gradient's signal-to-noise ratio vanishes with k end to end, and does not when decomposed.",
    j.PAPER,
    "of the part of the gradient that depends on the labels, at the start, last layer of the image's net, "
    "batches of 100, mean over nets: at k = 3 the end-to-end ratio is below a tenth of the decomposed one "
    "(ends of the intervals nearest to each other), and the decomposed one at least half of that at k = 1",
)
_FORMULA = Claim(
    "lines-formula",
    "The published script's formula gives that ratio.",
    j.HERE,
    "signal / noise with the signal squared taken off the noise, as published, is within 1 % of signal / "
    "variance for every k and loss",
)

Key = tuple[int, bool]
"""(k, whether decomposed)"""

_QUICK = {
    (1, True): 600,
    (2, True): 1000,
    (3, True): 2200,
    (1, False): 600,
    (2, False): 1000,
    (3, False): 1000,
}
"""Updates at the quick scale."""
_PUBLISHED = 20_000
"""Updates end to end at the paper's scale."""


def run(lab: Lab) -> Found:
    """Train on tuples both ways, and measure the gradients at the start."""
    sizes = lab.quick((1, 2, 3), (1, 2, 3, 4))
    seeds = lab.quick(2, 3)
    batch = lab.quick(64, 200)
    jobs: list[tuple[tuple[str, int, bool], Job]] = []
    for k in sizes:
        for told in (True, False):
            updates = lab.quick(_QUICK.get((k, told), 0), 2500 if told else _PUBLISHED)
            arguments = {"k": k, "told": told, "updates": updates, "every": 100, "batch": batch}
            jobs += [
                (
                    ("learn", k, told),
                    Job("failures_lines:learn", {**arguments, "seed": lab.seed + i}, "keras"),
                )
                for i in range(seeds)
            ]
    for k in (*sizes,):
        for told in (True, False):
            arguments = {"k": k, "told": told, "batches": lab.quick(100, 2000), "batch": 100}
            jobs += [
                (
                    ("ratio", k, told),
                    Job("failures_lines:ratio", {**arguments, "seed": lab.seed + i}, "keras"),
                )
                for i in range(lab.quick(3, 10))
            ]
    found = j.grid(lab, jobs)
    learnt = {(k, told): r for (what, k, told), r in found.items() if what == "learn"}
    ratios = {(k, told): r for (what, k, told), r in found.items() if what == "ratio"}
    findings = (_told(learnt), _blind(learnt), _few(learnt), _signal(ratios), _formula(ratios))
    return Found(findings, (_curves(learnt, batch), _ratios(ratios)), "")


def _words(learnt: Mapping[Key, list[Record]], told: bool, least: int, most: int) -> str:
    return "; ".join(
        f"k = {k} after {int(r[0].arrays['at'][-1]):,} updates: {j.listed(j.numbers(r, 'accuracy'))}"
        for (k, how), r in learnt.items()
        if how is told and least <= k <= most
    )


def _all(learnt: Mapping[Key, list[Record]], told: bool, least: int, most: int) -> FloatArray:
    parts = [j.numbers(r, "accuracy") for (k, how), r in learnt.items() if how is told and least <= k <= most]
    return np.concatenate(parts) if parts else np.array([])


def _told(learnt: Mapping[Key, list[Record]]) -> Finding:
    accuracy = _all(learnt, True, 1, 99)
    if not len(accuracy):
        return not_run(_DECOMPOSED, "keras")
    most = max(k for k, told in learnt if told)
    effect = over_seeds(f"accuracy at k = {most}", _all(learnt, True, most, most))
    words, one = _words(learnt, True, 1, 99), _all(learnt, True, 1, 1)
    if len(one) and most > 1:
        limit = (1 + (2 * float(one.mean()) - 1) ** most) / 2
        words += (
            f". {most} images, each recognised as well as the one at k = 1 and erring independently, would "
            f"give (1 + (2a - 1)^{most}) / 2 = {limit:.3f}: what is missing is the recognition of single "
            "lines, some of which leave the image, and not the parity"
        )
    cases = {f"k = {k}": _all(learnt, True, k, k) >= 0.9 for k, told in learnt if told}
    verdict, where = j.by_case(cases)
    return Finding(_DECOMPOSED, verdict, words, effect, (j.KERAS,), where=where)


def _blind(learnt: Mapping[Key, list[Record]]) -> Finding:
    accuracy = _all(learnt, False, _LOST, 99)
    if not len(accuracy):
        return not_run(_FAILS, "keras")
    right = round(float(accuracy.sum()) * _TESTED)
    effect = proportion("accuracy", right, _TESTED * len(accuracy))
    verdict = j.every(np.abs(accuracy - 0.5) <= 0.05)
    words, few = _words(learnt, False, _LOST, 99), _all(learnt, False, 2, 2)
    if len(few) and few.max() < 0.6:
        words += "; by then it has not learnt from two either, so that this need not be due to the third"
    last = min(int(r[0].arrays["at"][-1]) for (k, told), r in learnt.items() if k >= _LOST and not told)
    return j.so_far(_FAILS, verdict, words, effect, last, _PUBLISHED)


def _few(learnt: Mapping[Key, list[Record]]) -> Finding:
    shown = {k: bool(np.all(_all(learnt, False, k, k) >= 0.9)) for k in (1, 2) if (k, False) in learnt}
    if len(shown) < 2:
        return not_run(_WORKS, "keras")
    words, effect = _words(learnt, False, 1, 2), over_seeds("accuracy at k = 2", _all(learnt, False, 2, 2))
    last = int(learnt[2, False][0].arrays["at"][-1])
    if all(shown.values()):
        return j.finding(_WORKS, Verdict.HOLDS, words, effect)
    words += f"; published: {_PUBLISHED:,} updates, of which these are {last:,}"
    if shown[1] and last < _PUBLISHED:
        return Finding(_WORKS, Verdict.CANNOT_TELL, f"for k = 1 it does; {words}", effect, (j.KERAS,))
    return j.finding(_WORKS, Verdict.CANNOT_TELL if last < _PUBLISHED else Verdict.FAILS, words, effect)


def _signal(ratios: Mapping[Key, list[Record]]) -> Finding:
    if not {(1, True), (3, True), (3, False)} <= ratios.keys():
        return not_run(_SIGNAL, "keras")
    told = {k: over_seeds("", j.numbers(ratios[k, True], "labels")) for k in (1, 3)}
    blind = over_seeds("end-to-end ratio at k = 3", j.numbers(ratios[3, False], "labels"))
    whole = j.numbers(ratios[3, False], "unbiased")
    words = (
        f"signal / noise of the decomposed gradient {told[1].value:.3f} at k = 1 and {told[3].value:.3f} at "
        f"k = 3, of the end-to-end one {blind.value:.2g} [{blind.low:.2g}, {blind.high:.2g}] at k = 3. "
        f"Of the whole gradient, as published, the latter is {j.listed(whole, '{:.2g}'.format)} by net: "
        "where a net's answers pass the hinge its gradient has a part that no label changes, and that is "
        "no signal of the parity. The decomposed ratio grows about as the number of labels told, k; the "
        "end-to-end one is gone at k = 2 already"
        f"{_at_two(ratios)}"
    )
    gone, kept = blind.high < told[3].low / 10, told[3].value >= told[1].value / 2
    if gone and kept:
        return j.finding(_SIGNAL, Verdict.HOLDS, words, blind)
    lost = blind.low > told[3].high / 10 or told[3].high < told[1].low / 2
    return j.finding(_SIGNAL, Verdict.FAILS if lost else Verdict.CANNOT_TELL, words, blind)


def _at_two(ratios: Mapping[Key, list[Record]]) -> str:
    if (2, False) not in ratios:
        return ""
    e = over_seeds("", j.numbers(ratios[2, False], "labels"))
    return f" ({e.value:.2g} [{e.low:.2g}, {e.high:.2g}]), which is said to be learnt"


def _formula(ratios: Mapping[Key, list[Record]]) -> Finding:
    if not ratios:
        return not_run(_FORMULA, "keras")
    off = {
        key: float(np.mean(j.numbers(r, "published") / j.numbers(r, "corrected")))
        for key, r in ratios.items()
    }
    worst = max(off, key=lambda key: abs(np.log(off[key])))
    effect = over_seeds(
        "published / corrected", j.numbers(ratios[worst], "published") / j.numbers(ratios[worst], "corrected")
    )
    words = (
        f"furthest off at k = {worst[0]}, {'decomposed' if worst[1] else 'end to end'}; it is right only "
        "where the squared mean gradient is small or near 1, and the part of it that is noise stays in both: "
        "without any signal either gives 1 / (number of batches)"
    )
    right = all(abs(v - 1) <= 0.01 for v in off.values())
    return j.finding(_FORMULA, Verdict.HOLDS if right else Verdict.FAILS, words, effect)


def _curves(learnt: Mapping[Key, list[Record]], batch: int) -> Part:
    panels = []
    for k in sorted({k for k, _ in learnt}):
        lines = []
        for told, mark, words in ((True, 0, "decomposed"), (False, 1, "end to end")):
            for i, r in enumerate(learnt.get((k, told), [])):
                lines.append(Series("" if i else words, r.arrays["at"], r.arrays["accuracy"], mark))
        panels.append(Panel(f"k = {k}", lines, ((0.5, "chance"),)))
    caption = (
        f"Accuracy of the parity of k lines' directions on 2,000 fresh tuples; two seeds, Adam, batches of "
        f"{batch} fresh tuples. Decomposed: the directions are told as well while training."
    )
    said = f"Decomposed: {_words(learnt, True, 1, 9)}. End to end: {_words(learnt, False, 1, 9)}."
    axes = Axes("updates", "accuracy of the tuple's label", limits=(0.4, 1.03), own_y=False)
    drawing = multiples("lines", "Lines: decomposed and end to end", caption, said, panels, axes)
    return Part("lines", "Decomposition: the parity of lines' directions", drawing=drawing)


def _ratios(ratios: Mapping[Key, list[Record]]) -> Part:
    columns = (
        ("k", True, "images per tuple"), ("Loss", False, ""),
        ("Signal / noise of the labels [95 %]", True,
         "of the part of the gradient that the labels change, freed of what is noise; mean over nets"),
        ("Of all", True, "of the whole gradient, freed of what is noise"),
        ("Corrected", True, "squared mean gradient / variance"),
        ("As published", True, "squared mean gradient S / (mean squared gradient - S^2)"),
        ("Nets", True, ""), ("Batches", True, "per net"),
    )  # fmt: skip
    rows = []
    for (k, told), records in sorted(ratios.items(), key=lambda item: (item[0][0], not item[0][1])):
        e = over_seeds("", j.numbers(records, "labels"))
        rows.append([
            Cell(str(k), k),
            Cell("decomposed" if told else "end to end"),
            Cell(f"{e.value:.2g} [{e.low:.2g}, {e.high:.2g}]", e.value),
            *(Cell(f"{j.numbers(records, n).mean():.3g}") for n in ("unbiased", "corrected", "published")),
            Cell(str(e.count), e.count),
            Cell(str(records[0].fields["batches"])),
        ])  # fmt: skip
    ks = sorted({k for k, _ in ratios})
    lines = []
    for told, mark, words in ((True, 0, "decomposed"), (False, 1, "end to end")):
        there = [k for k in ks if (k, told) in ratios]
        nets = [j.numbers(ratios[k, told], "labels") for k in there]
        lines += [
            Series("" if i else words, there, [n[i] for n in nets], mark, True)
            for i in range(min(map(len, nets), default=0))
        ]
    caption = (
        "Signal-to-noise ratio of what the labels change in the gradient with respect to the last layer of "
        "the image's net, before any training, over batches of 100 tuples: one line per net."
    )
    said = "; ".join(f"k = {r[0].text}, {r[1].text}: {r[2].text}" for r in rows)
    axes = Axes("images per tuple k", "signal / noise", ticks=ks, height=2.8)
    drawing = multiples("lines-signal", "The signal in the gradient", caption, said, [Panel("", lines)], axes)
    table = Table("Signal and noise of the gradient", columns, rows)
    return Part("lines-signal", "Why: the gradient's signal-to-noise ratio", drawing=drawing, tables=(table,))
