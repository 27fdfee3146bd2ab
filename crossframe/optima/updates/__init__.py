"""Update rules of optimizers, written out in NumPy.

A rule is a frozen record of its settings; what it remembers from update to update is a `State`::

    rule = Adam(learning_rate=0.001)
    state = rule.start(weights)
    weights = rule.step(state, weights, gradients)

``weights`` and ``gradients`` are lists of arrays, in networks kernel (inputs, units) and bias
(units,) of each layer in turn. A rule computes in double precision and rounds the new weights to the
precision of the old ones, once per update.
"""

from crossframe.optima.updates.adaptive import Adadelta, Adagrad, Ftrl, RmsProp
from crossframe.optima.updates.base import Array, Rate, Rule, State
from crossframe.optima.updates.matrix import Adafactor, Muon
from crossframe.optima.updates.mixed import AnnealedSgd, ApproximateAdadelta, approximate_sqrt
from crossframe.optima.updates.moments import Adam, Adamax, Lamb, Lion, Nadam, ScheduleFreeAdamW
from crossframe.optima.updates.sgd import PassiveAggressive, Sgd, inverse_scaling, inverse_time, optimal

__all__ = [
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "Adamax",
    "AnnealedSgd",
    "ApproximateAdadelta",
    "Array",
    "Ftrl",
    "Lamb",
    "Lion",
    "Muon",
    "Nadam",
    "PassiveAggressive",
    "Rate",
    "RmsProp",
    "Rule",
    "ScheduleFreeAdamW",
    "Sgd",
    "State",
    "approximate_sqrt",
    "inverse_scaling",
    "inverse_time",
    "optimal",
]
