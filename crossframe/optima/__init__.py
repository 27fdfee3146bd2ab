"""Certified optima of linear models, a trainer of networks, update rules of optimisers, and diagnoses.

Nothing here knows a framework: arrays and numbers go in, and what comes out of the linear family carries a
proof. `solve` gives the optimum of a `Problem`.
"""

from crossframe.optima.exact import exact_least_squares
from crossframe.optima.linear import gradient, objective, solve
from crossframe.optima.problem import Problem, Solution, SolutionStatus

__all__ = ["Problem", "Solution", "SolutionStatus", "exact_least_squares", "gradient", "objective", "solve"]
