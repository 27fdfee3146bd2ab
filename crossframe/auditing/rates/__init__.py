"""Learning rates as declared and as measured, for every optimizer of every framework."""

from crossframe.auditing.rates.figure import figure
from crossframe.auditing.rates.measure import MEASURED, measure
from crossframe.auditing.rates.record import LearningRate, LearningRates, Path
from crossframe.auditing.rates.report import document, measured

__all__ = ["MEASURED", "LearningRate", "LearningRates", "Path", "document", "figure", "measure", "measured"]
