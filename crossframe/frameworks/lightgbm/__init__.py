"""LightGBM, by its estimators in the manner of scikit-learn."""

from crossframe.frameworks.framework import Framework

FRAMEWORK = Framework(
    name="lightgbm",
    title="LightGBM",
    engine="crossframe.frameworks.lightgbm.engine:LightGBM",
    models="crossframe.frameworks.lightgbm.models",
    order=47,
    packages=("lightgbm", "scikit-learn"),
    modules=("lightgbm",),
    start_code='import lightgbm\nprint("lightgbm " + lightgbm.__version__)\n',
    start_seconds=1.5,
    colour=7,
)
