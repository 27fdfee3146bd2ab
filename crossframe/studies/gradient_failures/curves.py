"""Encoding piecewise-linear curves: section 4 of the publication."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crossframe.comparison.record import Record
from crossframe.report.document import Part
from crossframe.studies.claim import Claim, Effect, Finding, Verdict, not_run
from crossframe.studies.gradient_failures import judging as j
from crossframe.studies.gradient_failures.figures import Axes, Panel, Series, multiples
from crossframe.studies.intervals import over_seeds
from crossframe.studies.lab import Job, Lab
from crossframe.studies.study import Found

NETS = {"dense": "dense layer", "conv": "convolution", "conditioned": "conditioned convolution"}

_FAST = Claim(
    "curves-conditioned",
    "A convolution whose inputs are preconditioned learns to find the knots in 500 updates.",
    j.PAPER,
    "squared error of the knots' parameters (summed over the points, on new curves) below 1e-6 after 500 "
    "updates, for every one of ten seeds",
)
_SLOW = Claim(
    "curves-convolution",
    "Without conditioning the convolution gets there too, but takes more than ten times as many updates.",
    j.PAPER,
    "that error still above 1 after 5,000 updates, and below 1 from some check on to the end of the "
    "training, for every seed",
)
_DENSE = Claim(
    "curves-dense",
    "A dense layer, which could hold the exact answer, is far from it after as many updates.",
    j.PAPER,
    "that error at least half of what an answer of zeros has, after 10,000 updates, for every seed",
)
_AUTO = Claim(
    "curves-autoencoder",
    "An autoencoder redraws the curve and misses the knots.",
    j.PAPER,
    "for every seed: curve redrawn to 1 % of its mean square, squared error within two points of a knot more "
    "than twice that elsewhere, second differences further off than a straight line's",
)


def run(lab: Lab) -> Found:
    """Train the four nets."""
    seeds = range(lab.seed, lab.seed + 3)
    checks = {
        "dense": [500, 2_000, 5_000, 10_000, *lab.quick([], [25_000, 50_000])],
        "conv": [500, *range(1_000, lab.quick(25_000, 50_000) + 1, 1_000)],
        "conditioned": [0, 10, 20, 50, 100, 150, 200, 250, 300, 400, 500],
    }
    jobs = [
        (net, Job("failures_curves:direct", {"net": net, "checks": at, "seed": seed}, "keras"))
        for net, at in checks.items()
        for seed in (range(lab.seed, lab.seed + 10) if net == "conditioned" else seeds)
    ]
    at = lab.quick([500, 3_000], [500, 10_000])
    jobs += [("auto", Job("failures_curves:autoencoder", {"checks": at, "seed": s}, "keras")) for s in seeds]
    found = j.grid(lab, jobs)
    findings = (
        _reached(found.get("conditioned", [])), _late(found.get("conv", [])),
        _stuck(found.get("dense", [])), _redrawn(found.get("auto", [])),
    )  # fmt: skip
    return Found(findings, (_losses(found), _drawn(found)), "")


def _at(record: Record, updates: int) -> float:
    """Loss at one of the checks."""
    return float(record.arrays["loss"][int(np.flatnonzero(record.arrays["at"] == updates)[0])])


def _below(record: Record, level: float) -> float:
    """Updates at the first check with a smaller loss."""
    hits = np.flatnonzero(record.arrays["loss"] < level)
    return float(record.arrays["at"][hits[0]]) if len(hits) else np.inf


def _settled(record: Record, level: float) -> float:
    """Updates at the check from which on the loss stays smaller."""
    above = np.flatnonzero(record.arrays["loss"] >= level)
    last = int(above[-1]) + 1 if len(above) else 0
    return float(record.arrays["at"][last]) if last < len(record.arrays["at"]) else np.inf


def _updates(count: float) -> str:
    return f"{count:,.0f}" if np.isfinite(count) else "none of the checks"


def _reached(records: list[Record]) -> Finding:
    if not records:
        return not_run(_FAST, "keras")
    last = np.array([_at(r, 500) for r in records])
    good = int(np.sum(last < 1e-6))
    there = np.array([_below(r, 1e-6) < np.inf for r in records])
    words = (
        f"median error {np.median(last):.1e} after 500 updates, below 1e-6 for {good} of {len(last)} seeds, "
        f"worst {last.max():.1e}; at 200 the worst is {max(_at(r, 200) for r in records):.1e}. Condition of "
        f"the windows' second moments {records[0].fields['condition']:.3g}"
    )
    if back := int(np.sum(there & (last >= 1e-6))):
        words += f"; {back} had been below 1e-6 before: Adam with rate .99 throws them back"
    effect = Effect("median error after 500 updates", float(np.median(last)), count=len(last))
    if 0 < good < len(last):
        where = f"for {good} of {len(last)} seeds"
        return Finding(_FAST, Verdict.ONLY, words, effect, (j.KERAS,), where=where)
    return j.finding(_FAST, j.every(last < 1e-6), words, effect)


def _late(records: list[Record]) -> Finding:
    if not records:
        return not_run(_SLOW, "keras")
    first, settled = [_below(r, 1.0) for r in records], [_settled(r, 1.0) for r in records]
    end = j.listed([float(r.arrays["loss"][-1]) for r in records], "{:.2g}".format)
    words = (
        f"first below 1 after {j.listed(first, _updates)} updates, and from there to the end at "
        f"{int(records[0].arrays['at'][-1]):,} after {j.listed(settled, _updates)}, by seed (checked every "
        f"1,000); error at the end {end}; condition {records[0].fields['condition']:.3g}"
    )
    effect = over_seeds("updates until the error first is 1", np.array(first))
    shown = [_at(r, 5_000) > 1 and np.isfinite(done) for r, done in zip(records, settled, strict=True)]
    if 0 < sum(shown) < len(shown):
        where = f"for {sum(shown)} of {len(shown)} seeds"
        return Finding(_SLOW, Verdict.ONLY, words, effect, (j.KERAS,), where=where)
    return j.finding(_SLOW, j.every(shown), words, effect)


def _stuck(records: list[Record]) -> Finding:
    if not records:
        return not_run(_DENSE, "keras")
    share = np.array([_at(r, 10_000) / r.fields["zero"] for r in records])
    end = int(records[0].arrays["at"][-1])
    words = (
        f"error {j.listed([_at(r, 10_000) for r in records], '{:.1f}'.format)} after 10,000 updates, of "
        f"{records[0].fields['zero']:.1f} for zeros; condition of the curves' matrix "
        f"{records[0].fields['condition']:.3g}"
    )
    if end > 10_000:
        last = [float(r.arrays["loss"][-1]) for r in records]
        words += f"; {j.listed(last, '{:.1f}'.format)} after {end:,}"
    effect = over_seeds("error after 10,000 updates, share of that of zeros", share)
    return j.finding(_DENSE, j.every(share >= 0.5), words, effect)


def _redrawn(records: list[Record]) -> Finding:
    if not records:
        return not_run(_AUTO, "keras")
    curve, near, kink = (
        np.array([r.arrays[n][-1] for r in records]) for n in ("curve_error", "near", "kink_error")
    )
    words = (
        f"after {int(records[0].arrays['at'][-1]):,} updates the curve is off by "
        f"{j.listed(curve, '{:.2%}'.format)} "
        f"of its mean square, near a knot {j.listed(near, '{:.1f}'.format)} times as much as elsewhere; its "
        f"second differences are off by {j.listed(kink, '{:.0f}'.format)} times their mean square"
    )
    shown = (curve <= 0.01) & (near > 2) & (kink > 1)
    return j.finding(_AUTO, j.every(shown), words, over_seeds("error near a knot over elsewhere", near))


def _losses(found: Mapping[str, list[Record]]) -> Part:
    lines = []
    for mark, (net, words) in enumerate(NETS.items()):
        for i, r in enumerate(found.get(net, [])):
            kept = r.arrays["at"] > 0
            lines.append(Series("" if i else words, r.arrays["at"][kept], r.arrays["loss"][kept], mark))
    zero = next((r.fields["zero"] for records in found.values() for r in records if "zero" in r.fields), 1.0)
    caption = (
        "Squared error of the changes of slope, summed over the 100 points, mean over 1,000 new curves; "
        "one "
        "line per seed. All three nets are linear and can hold the exact answer; they start from zero "
        "weights "
        "and take Adam with the published rates (1e-4, .05, .99)."
    )
    said = "; ".join(
        f"{NETS[net]}: {j.listed([float(r.arrays['loss'][-1]) for r in found[net]], '{:.2g}'.format)} after "
        f"{int(found[net][0].arrays['at'][-1]):,} updates, by seed"
        for net in NETS
        if net in found
    )
    axes = Axes("updates", "squared error", log_x=True, log_y=True, height=3.2)
    panels = [Panel("", lines, ((zero, "zeros"),))]
    drawing = multiples("curves", "Finding the knots of curves", caption, said, panels, axes)
    return Part("curves", "Conditioning: piecewise-linear curves", drawing=drawing)


def _drawn(found: Mapping[str, list[Record]]) -> Part:
    panels, x = [], np.arange(100)
    for net, words in {**NETS, "auto": "autoencoder"}.items():
        for record in found.get(net, [])[:1]:
            at = record.arrays["at"]
            first = int(np.flatnonzero(at >= 500)[0])
            for i in dict.fromkeys((first, len(at) - 1)):
                lines = [
                    Series("curve", x, record.arrays["curve"], 5),
                    Series("rebuilt from the net's answer", x, record.arrays["found"][i], 1),
                ]
                panels.append(Panel(f"{words.replace('convolution', 'conv.')}, {int(at[i]):,}", lines))
    caption = (
        "One new curve and what is rebuilt from the net's answer after so many updates: from the changes "
        "of slope "
        "that it found, or as the autoencoder draws it. A curve that looks right can have its knots all "
        "wrong: "
        "judge by the errors above."
    )
    axes = Axes("point", "height", columns=4, own_y=True, height=1.9)
    drawing = multiples(
        "curves-drawn", "The curves that come back", caption, f"{len(panels)} panels.", panels, axes
    )
    return Part("curves-drawn", "What the nets give back", drawing=drawing)
