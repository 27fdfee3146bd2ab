"""scikit-learn: its estimators, one module each in ``models``."""

from crossframe.frameworks.framework import Framework

_START = """
import sklearn.linear_model
print("scikit-learn " + sklearn.__version__)
"""

FRAMEWORK = Framework(
    name="sklearn",
    title="scikit-learn",
    engine="crossframe.frameworks.sklearn.engine:Sklearn",
    models="crossframe.frameworks.sklearn.models",
    order=10,
    packages=("scikit-learn", "scipy"),
    modules=("sklearn",),
    start_code=_START,
    start_seconds=1.5,
    colour=4,
    capture="crossframe.frameworks.sklearn.capture",
    adopt="crossframe.frameworks.sklearn.adopt",
    learning_rates="crossframe.frameworks.sklearn.learning_rates:SklearnRates",
)
