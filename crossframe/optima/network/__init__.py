"""A plain trainer of multilayer perceptrons in which every rule is written out and can be chosen.

Starting weights, order of the rows, scaling, arithmetic, updates, dropout, stopping and the weights kept
are settings of their own, so that the rules of several frameworks can be mixed::

    scaling = Scaling.of(X)
    network = NetworkSpec((160,) * 5, "tanh", arithmetic="mixed")
    training = TrainingSpec(ApproximateAdadelta(), epochs=20, stopping=Stopping())
    start = random_start(network, len(scaling.columns), seed, "glorot_uniform")
    trained = train(network, training, scaling(X), y, start, numpy_order(len(y), seed))
    probability = predict(network, trained.weights, scaling(X_new))

`crossframe.frameworks.h2o.arithmetic` and `crossframe.frameworks.keras.arithmetic` have the parts with
which it reproduces those frameworks; how nearly is asserted by ``tests/optima/test_network_h2o.py`` and
``test_network_keras.py``.
"""

from crossframe.optima.network.dropout import Dropout, InvertedDropout
from crossframe.optima.network.order import in_turn, numpy_order
from crossframe.optima.network.passes import gradient, predict
from crossframe.optima.network.scaling import Scaling, TargetScaling
from crossframe.optima.network.spec import NetworkSpec, Trained, TrainingSpec
from crossframe.optima.network.start import random_start
from crossframe.optima.network.stopping import Event, NoProgress, Stopping
from crossframe.optima.network.train import train

__all__ = [
    "Dropout",
    "Event",
    "InvertedDropout",
    "NetworkSpec",
    "NoProgress",
    "Scaling",
    "Stopping",
    "TargetScaling",
    "Trained",
    "TrainingSpec",
    "gradient",
    "in_turn",
    "numpy_order",
    "predict",
    "random_start",
    "train",
]
