"""The referee: optima that are none of the contestants' and carry a proof."""

from crossframe.referee.exact import exact_least_squares
from crossframe.referee.linear import gradient, objective, solve
from crossframe.referee.problem import Problem, Solution, SolutionStatus

__all__ = ["Problem", "Solution", "SolutionStatus", "exact_least_squares", "gradient", "objective", "solve"]
