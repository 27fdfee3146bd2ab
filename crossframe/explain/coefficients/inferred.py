"""Standard errors and p-values of a table beside those of a fit with the same coefficients."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.explain.coefficients import standard_errors
from crossframe.explain.coefficients.designs import Design, Source
from crossframe.explain.coefficients.finding import TableFinding, TableVerdict, TermCheck
from crossframe.explain.coefficients.levels import clusters
from crossframe.explain.coefficients.standard_errors import StandardErrors
from crossframe.explain.fitted.alignment import equal_columns
from crossframe.explain.inference import formulas, reference
from crossframe.explain.inference.reference import NORMAL, Reference
from crossframe.frameworks.fitted import FittedModel

_SAME = 1e-4
"""Relative difference of two standard errors up to which they count as the same."""
_EXACT = 1e-7
"""Relative error of the standard errors of a fit."""
_SHOWN = 3
_DIFFERING = {
    "inference.covariance": "the estimate of their covariance",
    "inference.divisor": "the divisor of their variance",
    "inference.dispersion": "the dispersion of their variance",
}


def of_table(made: TableFinding, best: FloatArray, source: Source, clustered: bool) -> TableFinding:
    """A finding with the formula of the table's standard errors and the distribution of its p-values.

    ``best`` (1 + p,) is the optimum; columns of the file are tried as clusters if ``clustered``.
    """
    table, objective, design = source.table, made.objective, made.design
    assert objective is not None
    assert design is not None
    rows = [source.start, *source.slopes]
    cs = [None if i is None else table.coefficients[i] for i in rows]
    if objective.penalised or all(c is None or c.standard_error is None for c in cs):
        return made
    if objective.scale != 1.0 or objective.shift:
        design = replace(design, y=objective.scale * design.y + objective.shift)
    groups = clusters(source.frame.iloc[design.rows], source.target) if clustered else {}
    errors = standard_errors.judge(
        design, objective.link, best,
        np.array([math.nan if c is None or c.standard_error is None else c.standard_error for c in cs]),
        np.array([0.0 if c is None else c.standard_error_tolerance for c in cs]),
        tuple("" if c is None else c.term for c in cs), groups,
    )  # fmt: skip
    made = replace(made, standard_errors=errors, clusters=groups)
    if errors is None or not errors.formula or errors.wrong:
        return made
    shown = [j for j, c in enumerate(cs) if c is not None and c.standard_error is not None]
    counts = {name: int(codes.max()) + 1 for name, codes in groups.items()}
    several = reference.candidates(len(design.y), design.parameters, counts)
    terms = [c for c in cs if c is not None and c.standard_error is not None]
    references = reference.judge(terms, best[shown], np.array(errors.values), several)
    return replace(made, references=tuple(references))


@dataclass(frozen=True)
class Compared:
    """What the standard errors and p-values of a table and of a fit have in common.

    Attributes
    ----------
    causes
        ``inference.covariance``, ``inference.divisor`` and ``inference.distribution``, as far as they differ.
    words
        A sentence for each, and one on what is the same.
    """

    causes: tuple[str, ...]
    words: tuple[str, ...]


def compared(finding: TableFinding, fit: FittedModel, names: tuple[str, str]) -> Compared | None:
    """The inference of a table beside that of a fit; None: their coefficients differ, or are not comparable.

    ``names`` are those of the table and of the fit.
    """
    design, own = finding.design, finding.standard_errors
    if design is None or fit.coefficients is None or len(design.y) != len(fit.y):
        return None
    places = dict(equal_columns(design.whole[0], fit.X))
    if not places.keys() >= set(range(design.X.shape[1])):
        return None
    values = np.concatenate([[fit.intercept or 0.0], fit.coefficients])
    at = [0] * (design.intercept == "printed") + [1 + places[j] for j in range(design.X.shape[1])]
    if finding.verdict is TableVerdict.NO_OPTIMUM:
        reached = zip(["the intercept"] * (at[0] == 0) + list(finding.slopes), values[at], strict=True)
        largest = sorted(reached, key=lambda each: -abs(each[1]))[:_SHOWN]
        where = ", ".join(f"{term} {value:.6g}" for term, value in largest)
        return Compared((), (f"{names[1]} has {where}.",))
    if finding.objective is None or finding.verdict is TableVerdict.ALTERED:
        return None
    terms = _ordered(finding)
    size = np.abs(own.values if own and len(own.values) == len(at) else values[at])
    if len(terms) != len(at) or (np.abs(values[at] - [c.optimum for c in terms]) > _SAME * size).any():
        return None
    same = f"{names[0]} and {names[1]} have the same coefficients"
    if own is None or fit.standard_errors is None or len(own.values) != len(at):
        return Compared((), (f"{same}.",))
    errors, causes = fit.standard_errors[at], []
    printed = np.array(own.printed)
    exact = own.formula and not own.wrong and np.allclose(errors, own.values, rtol=_SAME, atol=0)
    words = [f"{same} and the same standard errors{'' if exact else ', to the printed digits'}."]
    if not (np.abs(errors - printed) <= np.array(own.limits) + _SAME * np.abs(printed)).all():
        intercept = "printed" if fit.intercept else "none"
        theirs = standard_errors.judge(
            Design(fit.X, fit.y, design.rows, fit.weights, intercept, ()), finding.objective.link, values,
            fit.standard_errors, _EXACT * np.abs(fit.standard_errors), ("(Intercept)", *fit.columns),
            finding.clusters,
        )  # fmt: skip
        each = zip(terms, own.printed, errors.tolist(), strict=True)
        shown = "; ".join([f"{c.term} {a:.6g} and {b:.6g}" for c, a, b in each][:_SHOWN])
        cause, line = _of_errors(own, theirs, names)
        causes += [cause] if cause else []
        words = [f"{same}, and other standard errors ({shown}): {line}."]
    by, degrees = _reference(fit, finding), {r.degrees for r in finding.references}
    if by is not None and degrees and by.degrees not in degrees:
        causes.append("inference.distribution")
        words.append(
            f"Their p-values and intervals differ by the reference distribution (inference.distribution): "
            f"{finding.references[0]} in {names[0]}, {by} in {names[1]}."
        )
    return Compared(tuple(causes), tuple(words))


def _ordered(finding: TableFinding) -> list[TermCheck]:
    """The checked terms, the intercept first, then in the order of the design's columns."""
    slopes = {term: k for k, term in enumerate(finding.slopes)}
    return sorted(finding.checks, key=lambda c: slopes.get(c.term, -1))


def _of_errors(own: StandardErrors, theirs: StandardErrors | None, names: tuple[str, str]) -> tuple[str, str]:
    """The cause of other standard errors, and what either side has; no cause: not known of both."""
    both = (own, theirs or StandardErrors("", "", ()))
    if not all(errors.formula and not errors.wrong for errors in both):
        return "", "none of the formulas that were tried gives both"
    if shared := [name for name in own.holding if name in both[1].holding]:
        return "", f"both are {formulas.in_words(shared[0])}, as far as their solvers go"
    cause = formulas.cause(own.formula, both[1].formula)
    what = _DIFFERING[cause]
    each = [
        f"those of {name} are {formulas.in_words(errors.formula)}"
        for name, errors in zip(names, both, strict=True)
    ]
    return cause, f"{what} differs ({cause}), because {', '.join(each)}"


def _reference(fit: FittedModel, finding: TableFinding) -> Reference | None:
    """The distribution by which a framework makes p-values; None: not known."""
    known = fit.arguments
    if isinstance(known.get("use_t"), bool):
        if not known["use_t"]:
            return NORMAL
        degrees = known.get("df_resid_inference")
        if not isinstance(degrees, (int, float)):
            return None
        counts = {name: int(codes.max()) + 1 for name, codes in finding.clusters.items()}
        several = reference.candidates(len(fit.y), _parameters(fit), counts)
        return next((each for each in several if each.degrees == degrees), None)
    if fit.framework == "r" and fit.call in ("lm", "glm"):
        fixed = str(known.get("family", "gaussian")) in ("binomial", "poisson")
        return NORMAL if fixed else reference.candidates(len(fit.y), _parameters(fit), {})[1]
    return None


def _parameters(fit: FittedModel) -> int:
    assert fit.coefficients is not None
    return int(np.isfinite(fit.coefficients).sum()) + bool(fit.intercept)
