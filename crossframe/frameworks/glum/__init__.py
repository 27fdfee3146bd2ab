"""glum: generalised linear models with an elastic net; one module a model in ``models``."""

from crossframe.frameworks.framework import Framework

_START = """
import glum
print("glum " + glum.__version__)
"""

FRAMEWORK = Framework(
    name="glum",
    title="glum",
    engine="crossframe.frameworks.glum.engine:Glum",
    models="crossframe.frameworks.glum.models",
    order=17,
    packages=("glum", "tabmat", "scipy"),
    modules=("glum",),
    start_code=_START,
    start_seconds=1.5,
    colour=5,
    capture="crossframe.frameworks.glum.capture",
    adopt="crossframe.frameworks.glum.adopt",
)
