"""XGBoost, by its estimators in the manner of scikit-learn."""

from crossframe.frameworks.framework import Framework

FRAMEWORK = Framework(
    name="xgboost",
    title="XGBoost",
    engine="crossframe.frameworks.xgboost.engine:XGBoost",
    models="crossframe.frameworks.xgboost.models",
    order=46,
    # The wheel without the libraries of graphics cards; the other one gives the same module.
    packages=("xgboost-cpu", "scikit-learn"),
    modules=("xgboost",),
    start_code='import xgboost\nprint("xgboost " + xgboost.__version__)\n',
    start_seconds=1.5,
    colour=6,
)
