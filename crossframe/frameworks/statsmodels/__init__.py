"""statsmodels: its regressions, one module each in ``models``."""

from crossframe.frameworks.framework import Framework

_START = """
import statsmodels.api
import statsmodels
print("statsmodels " + statsmodels.__version__)
"""

FRAMEWORK = Framework(
    name="statsmodels",
    title="statsmodels",
    engine="crossframe.frameworks.statsmodels.engine:Statsmodels",
    models="crossframe.frameworks.statsmodels.models",
    order=15,
    packages=("statsmodels", "scipy"),
    modules=("statsmodels",),
    start_code=_START,
    start_seconds=2.0,
    colour=5,
    capture="crossframe.frameworks.statsmodels.capture",
    adopt="crossframe.frameworks.statsmodels.adopt",
)
