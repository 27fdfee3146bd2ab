"""Learning rates as declared and as measured, for every optimizer of every framework."""

from crossframe.audit.rates.figure import figure
from crossframe.audit.rates.measure import measurable, measure
from crossframe.audit.rates.report import document
from crossframe.frameworks.learning_rate import LearningRate, LearningRates, Path

__all__ = ["LearningRate", "LearningRates", "Path", "document", "figure", "measurable", "measure"]
