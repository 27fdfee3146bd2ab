"""Models that need no framework: a rule without data, certified optima, and a network trainer."""

from crossframe.frameworks.framework import Framework

FRAMEWORK = Framework(
    name="reference",
    title="no framework",
    engine="crossframe.frameworks.reference.engine:Reference",
    models="crossframe.frameworks.reference.models",
    order=60,
    start_seconds=0.2,
    audited=False,
)
