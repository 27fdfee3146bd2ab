"""The referee for networks: a plain trainer with every rule written out.

It reproduces Keras to rounding, and ``h2o.deeplearning`` in its deterministic mode from the seed
alone: starting weights, order of the rows, scaling, updates, stopping, and the weights kept. Every
rule is a setting of its own, so that those of both frameworks can be mixed::

    scaling = H2OScaling.of(X)
    network = NetworkSpec((160,) * 5, "tanh", arithmetic="h2o")
    training = TrainingSpec(H2OAdadelta(), epochs=20, stopping=Stopping())
    start = h2o_start(network, len(scaling.columns), seed)
    found = train(network, training, scaling(X), y, start, h2o_order(len(y), seed))
    probability = predict(network, found.weights, scaling(X_new))

So measured with h2o 3.46 after 200 and 1,600 updates of Leek's network: the kernels are H2O's bit
for bit, the probabilities differ by 3e-15 at most, which is the rounding of two exponential
functions. With Keras 3.15, 200 updates (`as_keras`): in double precision weights differ by 2e-15 at
most, in single precision by as much as Keras's compiled loop differs from its other one.
"""

from crossframe.referee.network.dropout import H2ODropout, InvertedDropout
from crossframe.referee.network.keras import as_keras
from crossframe.referee.network.order import h2o_order, in_turn, numpy_order
from crossframe.referee.network.passes import gradient, predict
from crossframe.referee.network.scaling import H2OScaling
from crossframe.referee.network.spec import NetworkSpec, Trained, TrainingSpec
from crossframe.referee.network.start import drawn_start, h2o_start
from crossframe.referee.network.stopping import Event, NoProgress, Stopping
from crossframe.referee.network.train import train

__all__ = [
    "Event",
    "H2ODropout",
    "H2OScaling",
    "InvertedDropout",
    "NetworkSpec",
    "NoProgress",
    "Stopping",
    "Trained",
    "TrainingSpec",
    "as_keras",
    "drawn_start",
    "gradient",
    "h2o_order",
    "h2o_start",
    "in_turn",
    "numpy_order",
    "predict",
    "train",
]
