"""The numbers of the folds in a cross-validation, by rules that need no random numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crossframe.core.types import IntArray, Target

RULES = ("blocks", "modulo", "stratified", "leave_one_out")
"""Values of ``validation.assignment`` that are the same in every framework, the one of n folds last."""


def fold_numbers(assignment: str, folds: int, y: Target) -> IntArray:
    """The fold of each row of a target ``y`` (n,), (n,) from 0 to ``folds`` - 1 (leave_one_out: to n - 1).

    ``assignment`` is one of `RULES`. stratified deals the rows, sorted by class, to the folds in turn, which
    gives the number of rows of a class in each fold; the rows of the class fill the folds in their order, as
    scikit-learn's StratifiedKFold has it.

    Raises
    ------
    ValueError
        For another rule, or more folds than rows.
    """
    n = len(y)
    if assignment == "leave_one_out":
        return np.arange(n)
    if not 2 <= folds <= n:
        raise ValueError(f"{folds} folds of {n} rows: from 2 to {n} are possible")
    if assignment == "modulo":
        return np.arange(n) % folds
    if assignment == "blocks":
        sizes = n // folds + (np.arange(folds) < n % folds)
        return np.repeat(np.arange(folds), sizes)
    if assignment != "stratified":
        raise ValueError(f"the folds of {assignment} are drawn by a framework")
    _, first, classes = np.unique(y, return_index=True, return_inverse=True)
    # The classes in the order in which they come.
    classes = np.argsort(np.argsort(first))[classes]
    dealt = np.empty(n, dtype=np.int64)
    dealt[np.argsort(classes, kind="stable")] = np.arange(n) % folds
    made = np.empty(n, dtype=np.int64)
    for c in range(len(first)):
        # The folds of the class, in ascending order.
        made[classes == c] = np.sort(dealt[classes == c])
    return made


def rule_of(folds: Sequence[int], y: Target) -> tuple[str, int] | None:
    """The rule of `RULES` that gives these folds of the rows of ``y`` (n,), and how many they are.

    Which number a fold has does not matter. None where no rule gives them.
    """
    count = len(set(folds))
    if len(folds) != len(y) or count < 2:
        return None
    if count == len(y):
        return "leave_one_out", count
    for rule in RULES[:-1]:
        pairs = set(zip(folds, fold_numbers(rule, count, y).tolist(), strict=True))
        if len(pairs) == count:
            return rule, count
    return None
