"""Figures and the table of the flat activation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crossframe.comparison.record import Record
from crossframe.report.document import Part
from crossframe.report.tables import Cell, Table
from crossframe.studies.gradient_failures import judging as j
from crossframe.studies.gradient_failures.figures import Axes, Panel, Series, multiples
from crossframe.studies.trainers.failures_flat import STEPS

REMEDIES = {
    "forward": "derivative replaced",
    "smooth": "smoothed step",
    "end-to-end": "net for the value",
    "classes": "net for the level",
}
OFFSET = 3.5
"""How far off the wrong bias starts."""


def pairs(found: Mapping[str, list[Record]]) -> dict[tuple[str, str], list[Record]]:
    """(framework, remedy) -> records of scikit-learn and H2O."""
    there = {(name, remedy): f"{name}, {remedy}" for name in (j.SKLEARN, j.H2O) for remedy in REMEDIES}
    return {key: found[words] for key, words in there.items() if words in found}


def curves(found: Mapping[str, list[Record]]) -> Part:
    """How far each remedy has come over the updates."""
    lines = []
    for mark, (name, words) in enumerate(REMEDIES.items()):
        for i, r in enumerate(found.get(name, [])):
            lines.append(Series("" if i else words, r.arrays["at"], r.arrays["accuracy"], mark))
    common = max((r.fields["common"] for r in found.get("forward", [])), default=0.5)
    caption = (
        "Share of 10,000 new points on the right one of 52 steps; y is the largest level not above w.x + b "
        "for "
        "100 inputs. Only about six of the levels are ever met, and one of them half of the time (dashed). "
        "Adam, fresh batches of 256, one line per seed."
    )
    said = "; ".join(
        f"{words}: {j.listed(j.numbers(found[name], 'accuracy'))}"
        for name, words in REMEDIES.items()
        if name in found
    )
    axes = Axes("updates", "on the right step", limits=(0, 1.03), height=3.0)
    panels = [Panel("", lines, ((common, "always the commonest step"),))]
    drawing = multiples("flat", "Four ways round a flat activation", caption, said, panels, axes)
    return Part("flat", "Flat activation", drawing=drawing)


def answers(found: Mapping[str, list[Record]]) -> Part:
    """What each remedy answers in the end, beside the step function."""
    panels = []
    for name, words in REMEDIES.items():
        for r in found.get(name, [])[:1]:
            order = np.argsort(r.arrays["value"])
            value, said = r.arrays["value"][order], r.arrays["answer"][order]
            panels.append(Panel(words, [Series("answers", value, said, 1, True, False)]))
    for panel in panels:
        values = np.sort(np.asarray(panel.series[0].x))
        truth = STEPS[np.searchsorted(STEPS, values, side="right") - 1]
        panel.series.insert(0, Series("step function", values, truth, 5))  # type: ignore[attr-defined]
    caption = (
        "What each remedy answers after its training for 500 new points, against w.x (the bias is taken "
        "off both): "
        "one seed. Answers below the lowest step shown are cut off."
    )
    axes = Axes("w.x", "answer less b", columns=4, limits=(-0.3, 0.25), height=2.4)
    drawing = multiples(
        "flat-answers", "What the remedies answer", caption, "Step function and answers.", panels, axes
    )
    return Part("flat-answers", "The answers", drawing=drawing)


def table(found: Mapping[str, list[Record]]) -> Part:
    """Every remedy in every framework."""
    columns = (
        ("Framework", False, ""), ("Remedy", False, ""), ("Right steps, by seed", False, ""),
        ("Exact answers", True, "share within 1e-4 of a level, mean over seeds"),
        ("Weights off by", True, "relative, mean over seeds; linear units only"),
    )  # fmt: skip
    named = {**REMEDIES, "right start": "smoothed step, bias starts right",
             "wrong start": f"smoothed step, bias starts {OFFSET} off", "straight": "none"}  # fmt: skip
    rows = [(j.KERAS, words, found[name]) for name, words in named.items() if name in found]
    rows += [(name, REMEDIES[remedy], records) for (name, remedy), records in pairs(found).items()]
    cells = [
        [
            Cell(framework),
            Cell(words),
            Cell(j.listed(j.numbers(records, "accuracy"))),
            Cell(f"{j.numbers(records, 'exact').mean():.1%}"),
            Cell(f"{j.numbers(records, 'weights').mean():.1%}" if "weights" in records[0].fields else ""),
        ]
        for framework, words, records in rows
    ]
    words = (
        "scikit-learn gets the same net, rule and fresh batches as Keras and its own start; "
        "h2o.deeplearning the "
        "same net, its own rule (ADADELTA) and scaling, and passes several times through fixed rows."
    )
    table = Table("Remedies by framework", columns, cells)
    return Part("flat-frameworks", "Remedies by framework", (words,), tables=(table,))
