"""Figures and tables of the study ``leek-beam``: causes, curves and scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from crossframe.claims.claim import Finding, Verdict
from crossframe.claims.judge import above, below, in_words
from crossframe.compare import curves
from crossframe.core.statistics import Interval
from crossframe.core.text import accuracy, finite, fixed
from crossframe.experiment.view import View
from crossframe.report.document import Part
from crossframe.report.style import Drawing
from crossframe.report.table import Cell, Table
from crossframe.studies.leek_beam import remedy
from crossframe.studies.leek_beam.answer import effect
from crossframe.studies.leek_beam.claims import epochs_run
from crossframe.studies.leek_beam.runs import (
    CAUSES,
    DESIGNS,
    EPOCHS,
    H2O,
    LIBLINEAR,
    LM,
    LOGISTIC,
    MLP,
    PORT,
    PRINCIPALS,
    PUBLISHED,
    as_published,
    trained_for,
)  # fmt: skip
from crossframe.studies.plots import Axes, Panel, Series, multiples

FIRST = 3
"""Parts that stand before the claims: what is compared, the curves and the causes."""

_SHOWN = (LM, H2O, LIBLINEAR, MLP, PORT, LOGISTIC)
"""Contestants of the first figure, in the order in which they entered the argument."""


def parts(
    findings: Sequence[Finding], leek: View, beam: View, larger: View, training: View, remedied: View
) -> tuple[Part, ...]:
    """The page's parts; the first `FIRST` stand before the claims."""
    views = {"leek": leek, "beam": beam}
    made = [
        Part("setting", "What is compared", paragraphs=_setting(leek, beam)),
        Part("curves", "Accuracy by number of training images", drawing=_curves(beam)),
        Part("causes", "What causes how much", tables=[_causes(views)]),
        Part("training", "Not converged, or over-fitted?", drawing=_losses(training),
             tables=[_longer(training)]),
        Part("remedy", "Which changes make h2o's net as accurate as Beam's", tables=[_remedies(remedied)]),
        *(Part(f"scores-{key}", f"Accuracy, AUC and log-loss: {DESIGNS[key]}", tables=[_scores(view)])
          for key, view in views.items()),
        Part("larger", "From 100 to 1,000 images", tables=[_scores(larger)]),
    ]  # fmt: skip
    return tuple(made)


def _setting(leek: View, beam: View) -> tuple[str, ...]:
    """What the two claimed, how the samples are made, and how to read the numbers."""
    n = leek.sizes[0]
    without = sum(not cell["usable"] for cell in leek.of(LM) if cell["n"] == n)
    lost = f" (lm on {without} at n = {n}, where the F test keeps no pixel)" if without else ""
    return (
        "Leek (2017): with few images a linear model on the ten pixels that differ most between the classes "
        '(the "Leekasso") does better than deep learning. Beam answered: a net that is trained well does '
        "better, and Leek's was not. Both separate 0 from 1 in MNIST.",
        f"Leek's design: {_first(leek)} Beam's design: {_first(beam)} Here there are {leek.run['draws']} "
        "samples for each n, the number of training images, and all models get the same.",
        "A bracket is a 95 % interval of the mean over samples; a difference is paired by sample, and leaves "
        f'out a sample on which one of the two has no result{lost}. "Surely": the interval '
        "excludes 0. A claim holds by its criterion, which was fixed before the first run; where that "
        "was replaced after results had been seen (The grounds say when and why), the verdict by the earlier "
        "one stands beside it.",
    )


def _first(view: View) -> str:
    """The first sentence of the description of a view's design, without its author."""
    described = str(view.run["design"]["describe"]).partition(": ")[2]
    return described.partition(". ")[0] + "."


def _curves(view: View) -> Drawing | None:
    drawing = curves.chosen(view, _SHOWN)
    if drawing is None:
        return None
    return msgspec.structs.replace(
        drawing, caption=f"All models, Leek's too, on Beam's samples. {drawing.caption}"
    )


def _causes(views: Mapping[str, View]) -> Table:
    columns = (
        ("Cause", False, "the setting"), ("Switch", False, "the change that was made, alone"),
        ("Design", False, ""),
        *((f"n = {n}", True, "accuracy with the switch minus that without [95 %], paired by draw")
          for n in views["beam"].sizes),
    )  # fmt: skip
    rows = []
    for cause in CAUSES:
        view = views[cause.design]
        if {cause.base, cause.switched} <= view.contestants.keys():
            gaps = [effect(view, cause, n) for n in view.sizes]
            cells = [Cell(in_words(gap), gap.value, mark=_mark(gap)) for gap in gaps]
            title = Cell(cause.title, link="#explain")
            rows.append([title, Cell(cause.change), Cell(DESIGNS[cause.design]), *cells])
    caption = "Accuracy with one setting switched minus that as published"
    return Table(caption, columns, rows)


def _mark(gap: Interval) -> str:
    sure = Verdict.HOLDS in (above(gap), below(gap))
    return "strong" if sure else "weak"


def _scores(view: View) -> Table:
    columns = (
        ("Contestant", False, ""), ("n", True, "training images"),
        ("Accuracy [95 %]", True, "mean over the draws; the framework's own labels"),
        ("p > 0.5", True, "mean accuracy when labels are cut at a score of 0.5"),
        ("AUC", True, "mean area under the ROC curve"),
        ("Log-loss", True, "mean; a dash where the score is no probability"),
        ("Draws", True, "with a usable fit"),
    )  # fmt: skip
    rows = []
    for name in PRINCIPALS:
        for n in view.sizes:
            row = view.row(name, n)
            if row is None:
                continue
            used = sum(bool(c["usable"]) for c in view.of(name) if c["n"] == n)
            rows.append([
                Cell(view.title(name)), Cell(str(n), n), Cell(accuracy(row), finite(row["accuracy_mean"])),
                *(Cell(fixed(row[key]), finite(row[key]))
                  for key in ("accuracy_half_mean", "auc_mean", "logloss_mean")),
                Cell(str(used), used),
            ])  # fmt: skip
    return Table("The threshold changes the accuracy, not AUC or log-loss", columns, rows)


def _longer(view: View) -> Table:
    columns = (
        ("Net", False, ""), ("n", True, ""), ("Epochs", True, "published, and ten times as many"),
        ("Training log-loss", True, "change [95 %]"), ("Test log-loss", True, "change [95 %]"),
        ("Test accuracy", True, "change [95 %], labels at p > 0.5"),
    )  # fmt: skip
    rows = []
    for net, epochs in EPOCHS.items():
        names = trained_for(net, epochs[-1]), as_published(net)
        if not {*names} <= view.contestants.keys():
            continue
        for n in view.sizes:
            changes = [view.difference(*names, n, c) for c in ("train_logloss", "logloss", "accuracy_half")]
            cells = [Cell(in_words(change), change.value, mark=_mark(change)) for change in changes]
            title = view.title(names[1]).partition(" (epochs")[0]
            before = epochs_run(view, names[1], n, epochs[PUBLISHED])
            rows.append([Cell(title), Cell(str(n), n), Cell(f"{before} → {epochs[-1]}"), *cells])
    return Table("Ten times the published epochs", columns, rows)


def _remedies(view: View) -> Table:
    columns = (
        ("Changes", True, "how many"), ("What is changed", False, ""),
        *((f"{words}, n = {n}", True, "accuracy minus that of Beam's net [95 %]")
          for n in view.sizes for words in ("First half", "Second half")),
    )  # fmt: skip
    rows = []
    halves = remedy.halves(view)
    for tried in remedy.remedies():
        if {tried.contestant, MLP} <= view.contestants.keys():
            gaps = [tried.behind(view, n, draws) for n in view.sizes for draws in halves]
            cells = [Cell(in_words(gap), gap.value, mark=_mark(gap)) for gap in gaps]
            rows.append([Cell(str(tried.size), tried.size), Cell(str(tried)), *cells])
    return Table("Chosen on the first half of the draws, proved on the second", columns, rows)


def _losses(view: View) -> Drawing | None:
    panels = []
    n = view.sizes[0]
    for net, epochs in EPOCHS.items():
        names = {e: trained_for(net, e) for e in epochs}
        if not {*names.values()} <= view.contestants.keys():
            continue
        series: list[Series] = []
        for mark, (label, column) in enumerate((("training rows", "train_logloss_mean"),
                                                ("test rows", "logloss_mean"))):  # fmt: skip
            values = [view.value(name, n, column) for name in names.values()]
            at = [(e, v) for e, v in zip(epochs, values, strict=True) if v]
            series.append(Series(label, [e for e, _ in at], [v for _, v in at], mark, points=True))
        panels.append(Panel(_heading(view, names[epochs[0]]), series))
    axes = Axes(x="epochs", y="log-loss", log_x=True, log_y=True, columns=3)
    caption = (
        f"Mean log-loss over the draws at n = {n}, by number of epochs; the fifth point is the published "
        "number, H2O's without its stop at zero training error. Where both lines still fall, the net is not "
        "converged; where the upper rises, it over-fits."
    )
    return multiples("training", "Log-loss by epochs", caption, f"{len(panels)} nets.", panels, axes)


def _heading(view: View, name: str) -> Any:
    return view.title(name).partition(" (epochs")[0].partition(",")[0]
