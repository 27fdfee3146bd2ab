"""Figures of the study ``practice``, and the table of its errors."""

from __future__ import annotations

import numpy as np

from crossframe.report.document import Part
from crossframe.report.table import Cell, Table
from crossframe.studies.plots import Axes, Panel, Series, multiples
from crossframe.studies.practice import errors, sizes, tuning
from crossframe.studies.practice.claims import BUDGET, TARGET
from crossframe.studies.practice.jobs import (
    ARCHITECTURES,
    BOUNDS,
    ERROR_SIZES,
    LINEAR,
    MLP,
    OPTIMISERS,
    Computed,
    Probabilities,
)


def parts(computed: Computed, measured: Probabilities) -> tuple[Part, ...]:
    """The parts of the page, for what was computed."""
    made = (_sizes(computed), _settings(computed), _search(computed), _errors(measured), _fooled(computed))
    return tuple(p for p in made if p.drawing is not None or any(table.rows for table in p.tables))


def _sizes(computed: Computed) -> Part:
    each = sizes.needs(computed)
    panels = [
        Panel(
            framework,
            [Series(f"draw {j + 1}", need.parameters, need.images[:, j], j % 6, True)
             for j in range(min(need.images.shape[1], 6))],
        )
        for framework, need in each.items()
        if len(need.parameters)
    ]  # fmt: skip
    caption = (
        f"Training images, of ten digits, at which the test accuracy first is {TARGET:g}, over the number of "
        "parameters of a network with one hidden layer. Both logarithmic: slope 1 is a proportion. "
        "Lines: draws of the images, the first six. Keras: SGD, 2,000 updates of 25 images; scikit-learn: "
        "L-BFGS."
    )
    description = "; ".join(f"{k}: mean slope {need.slopes.mean():+.2f}" for k, need in each.items())
    axes = Axes("parameters", "images needed", log_x=True, log_y=True, columns=2, height=2.8)
    drawing = multiples("sizes", "Data needed and size of the network", caption, description, panels, axes)
    return Part("sizes", "Data needed by the size of the network", drawing=drawing)


def _settings(computed: Computed) -> Part:
    columns = (
        ("Architecture", False, ""),
        *((f"{name}, {when}", True, "mean test accuracy")
          for when in tuning.accuracies(computed) for name in OPTIMISERS),
    )  # fmt: skip
    each = tuning.accuracies(computed)
    rows = [
        [Cell(name), *(Cell(f"{v:.3f}", v) for accuracy in each.values() for v in accuracy[i].mean(axis=-1))]
        for i, name in enumerate(ARCHITECTURES)
        if each
    ]
    words = (
        "Keras networks of relu layers on 800 images of ten digits, 600 updates of 50; the best of three "
        "rates (a tenth, once and ten times the default) is chosen by 200 further images."
    )
    return Part(
        "settings", "Optimiser and architecture", (words,), tables=(Table("Test accuracy", columns, rows),)
    )


def _search(computed: Computed) -> Part:
    each = tuning.curves(computed)
    lines = [
        Series(name, np.arange(1, BUDGET + 1), curve[:BUDGET].mean(axis=1), i, True)
        for i, (name, curve) in enumerate(each.items())
    ]
    caption = (
        "Expected test accuracy of the best, by 200 validation images, of so many settings drawn at random: "
        "of the network four architectures, four optimisers and three rates, of the logistic regression "
        "eight penalties on two scales of the pixels."
    )
    description = "; ".join(
        f"{k}: {v[0].mean():.3f} with one, {v[BUDGET - 1].mean():.3f} with {BUDGET}" for k, v in each.items()
    )
    axes = Axes("settings tried", "test accuracy", height=2.8)
    drawing = multiples("search", "What a search brings", caption, description, [Panel("", lines)], axes)
    return Part("search", "Accuracy by the budget of a search", drawing=drawing)


def _errors(measured: Probabilities) -> Part:
    columns = (
        ("Model", False, ""), ("n", True, "training images"),
        ("Bias squared", True, "without the variance's share"),
        ("Variance", True, "over training samples"), ("Sum", True, "mean squared error of a probability"),
    )  # fmt: skip
    rows = []
    for name, title in {MLP: "Keras MLP", **LINEAR}.items():
        for n in ERROR_SIZES:
            if (name, n) not in measured.scores:
                continue
            scores = errors.usable(measured.scores[name, n])
            values = [part(scores, measured.truth) for part in (errors.bias, errors.variance)]
            numbers = [Cell(f"{v:.4f}", v) for v in (*values, sum(values))]
            rows.append([Cell(title), Cell(str(n), n), *numbers])
    caption = "Bias and variance of the probability of a 9, of 4 against 9"
    return Part("errors", "Bias and variance", tables=(Table(caption, columns, rows),))


def _fooled(computed: Computed) -> Part:
    arrays = computed.get("fooled", {})
    at = np.array(BOUNDS) * 255
    lines = [
        Series(title, at, arrays[name].mean(axis=1), i, True)
        for i, (name, title) in enumerate((("network", "network"), ("linear", "softmax regression")))
        if name in arrays
    ]
    caption = (
        "Share of the rightly labelled test images whose label projected gradient steps change, over the "
        "largest change of a pixel. Keras, two hidden layers of 64, and scikit-learn, the same 1,000 images."
    )
    description = "; ".join(f"{s.label}: {np.asarray(s.y)[2]:.2f} at 8/255" for s in lines)
    axes = Axes(
        "largest change of a pixel, of 255", "share relabelled", log_x=True, limits=(-0.03, 1.03), height=2.8
    )
    drawing = multiples("fooled", "Images that fool", caption, description, [Panel("", lines)], axes)
    return Part("fooled", "Fooling images", drawing=drawing)
