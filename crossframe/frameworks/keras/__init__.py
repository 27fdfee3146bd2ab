"""Keras on TensorFlow."""

from crossframe.frameworks.framework import Framework
from crossframe.frameworks.keras.runtime import device

FRAMEWORK = Framework(
    name="keras",
    title="Keras",
    engine="crossframe.frameworks.keras.engine:Keras",
    models="crossframe.frameworks.keras.models",
    order=40,
    packages=("tensorflow", "keras"),
    modules=("tensorflow", "keras"),
    versions=device,
    start_code=(
        "import tensorflow, keras\n"
        'print("tensorflow " + tensorflow.__version__ + ", keras " + keras.__version__)\n'
    ),
    start_seconds=8.0,
    colour=2,
    capture="crossframe.frameworks.keras.capture",
    adopt="crossframe.frameworks.keras.adopt",
    learning_rates="crossframe.frameworks.keras.learning_rates:KerasRates",
)
