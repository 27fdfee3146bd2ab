"""Diagnoses that come before any attribution: one module and one record each.

- `separation`: no finite optimum exists, or one does; exact either way
- `rank`: columns that others determine
- `stationarity`: an answer against the optimum of its own objective
- `recovery`: the objective of which an answer is the optimum
- `floor`: digits that rounding leaves
"""
