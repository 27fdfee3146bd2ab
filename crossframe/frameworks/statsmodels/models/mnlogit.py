"""MNLogit: softmax regression by maximum likelihood, with coefficients relative to the first class."""

from __future__ import annotations

from dataclasses import replace

from crossframe.frameworks.statsmodels.models._likelihood import model

MODEL = replace(
    model("statsmodels.mnlogit", "MNLogit", 25, "logit"),
    several=True,
    by_row=frozenset(),
    of_several={"class.scheme": "multinomial", "class.parametrization": "reference"},
    # They are models of two classes.
    relatives=(),
    program=None,
)
