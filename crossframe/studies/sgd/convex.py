"""The convex control: every solver on logistic problems with one optimum, against the certified one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from crossframe.comparison.plan import Experiment
from crossframe.comparison.record import Record
from crossframe.data import DESIGNS, Dataset, load
from crossframe.engines.base import FloatArray, Status
from crossframe.models.contestants import Contestant, Selection
from crossframe.models.spec import parse_model
from crossframe.studies.claim import Claim, Effect, Finding, Verdict
from crossframe.studies.lab import Lab
from crossframe.studies.sgd import claims
from crossframe.studies.study import Ask

PAIR = (4, 9)
COUNT = 10
ROWS = 500
PROBLEMS = {"ridge": "penalty.l2=0.01", "lasso": "penalty.l1=0.01", "none": ""}
"""Problem -> its penalty; the intercept is free in each."""
WORDS = {
    "ridge": "ridge, lambda 0.01",
    "lasso": "lasso, lambda 0.01",
    "none": "no penalty",
}

_SKLEARN = "max_iter=100000"
_H2O = "standardize=false,remove_collinear_columns=false"
_H2O_TIGHT = "beta_epsilon=1e-14,objective_epsilon=1e-16,gradient_epsilon=1e-14,max_iterations=100000"
_KERAS_TIGHT = (
    "optimizer=sgd,learning_rate=0.5,momentum=0.95,nesterov=true,batch_size=500,epochs=4000,floatx=float64"
)
_GLMNET = "standardize=false"


@dataclass(frozen=True)
class Solver:
    """A way to one of the problems.

    Attributes
    ----------
    given, tight
        Settings without the penalty: always, and in addition to go to the end.
    problems
        Those it can be given.
    own
        Whether it solves a problem of its own that only resembles the one asked for.
    """

    name: str
    title: str
    model: str
    given: str
    tight: str
    problems: tuple[str, ...]
    own: str = ""

    def contestant(self, problem: str, tight: bool) -> Contestant:
        """With its penalty; ``tight``: asked to go to the end."""
        penalty = PROBLEMS[problem]
        if problem == "none":
            penalty = {"sklearn.logistic": "C=inf", "h2o.glm": "lambda_=0"}.get(self.model, "")
        parts = (self.given, penalty, self.tight if tight else "")
        c = parse_model(f"{self.model}:{','.join(filter(None, parts))}")
        name = f"{self.name}.{problem}.{'tight' if tight else 'default'}"
        return replace(c, name=name, title=self.title, family="logistic", selection=Selection("welch", COUNT))


def _sklearn(
    name: str, tolerance: str, problems: tuple[str, ...] = ("ridge", "none"), own: str = ""
) -> Solver:
    tight = f"tol={tolerance},{_SKLEARN}"
    return Solver(name, f"scikit-learn {name}", "sklearn.logistic", f"solver={name}", tight, problems, own)


SOLVERS = (
    _sklearn("lbfgs", "1e-15"),
    _sklearn("newton-cg", "1e-14"),
    _sklearn("newton-cholesky", "1e-14"),
    _sklearn("sag", "1e-13"),
    _sklearn("saga", "1e-13", ("ridge", "lasso", "none")),
    _sklearn("liblinear", "1e-14", ("ridge", "lasso"), own="penalty.intercept=1"),
    Solver("glm", "R glm", "r.glm", "", "epsilon=1e-16,maxit=1000", ("none",)),
    Solver("glmnet", "R glmnet", "r.glmnet", _GLMNET, "thresh=1e-28,maxit=10000000", ("ridge", "lasso")),
    Solver("irlsm", "H2O GLM IRLSM", "h2o.glm", f"solver=IRLSM,{_H2O}", _H2O_TIGHT,
           ("ridge", "lasso", "none")),
    Solver("cod", "H2O GLM COORDINATE_DESCENT", "h2o.glm", f"solver=COORDINATE_DESCENT,{_H2O}", _H2O_TIGHT,
           ("ridge", "lasso", "none")),
    Solver("l-bfgs", "H2O GLM L_BFGS", "h2o.glm", f"solver=L_BFGS,{_H2O}", _H2O_TIGHT, ("ridge", "none")),
    Solver("keras", "Keras", "keras.logistic", "", _KERAS_TIGHT, ("ridge", "none")),
)  # fmt: skip

EXPLAIN = (
    Ask("sklearn.logistic:solver=liblinear,penalty.l2=0.01", "r.glmnet:penalty.l2=0.01,standardize=false"),
    Ask(
        "h2o.glm:solver=IRLSM,penalty.l1=0.01,standardize=false",
        "r.glmnet:penalty.l1=0.01,standardize=false",
    ),
)
"""Solvers that end elsewhere."""


@dataclass(frozen=True)
class Answer:
    """What a solver reached: ``digits`` of the certified optimum, ``own`` of that of its own problem.

    The digits are -log10 of the largest difference of a coefficient, the intercept among
    them, relative to the largest coefficient; NaN where there are none.
    """

    solver: Solver
    problem: str
    tight: bool
    digits: float
    own: float
    status: str


@dataclass(frozen=True)
class Convex:
    """All answers; ``certified``: problem -> what the referee says of its optimum."""

    data: str
    rows: int
    answers: tuple[Answer, ...]
    certified: dict[str, str]


def compute(lab: Lab) -> Convex:
    """Every solver on every problem that it can be given, by default and to the end."""
    data = load("auto", data_dir=lab.data_dir, digits=PAIR)
    top = data.max_value or 1.0
    unit: Dataset = replace(data, X=data.X / top, max_value=1.0, name=f"{data.name}/{top:g}")
    design = DESIGNS["beam"]
    rows = min(ROWS, design.pool_size(unit))
    contestants = [
        s.contestant(problem, tight) for s in SOLVERS for problem in s.problems for tight in (False, True)
    ]
    contestants += [_referee(problem) for problem in PROBLEMS]
    contestants += [_referee(p, s.own) for s in SOLVERS if s.own for p in s.problems]
    experiment = Experiment(unit, design, (rows,), 1, lab.seed, tuple(contestants), threads=1)
    records = {name: r for (name, _, _), r in lab.fits(experiment).items()}
    certified = {p: r for p in PROBLEMS if (r := records.get(f"optimum.{p}.")) and _unique(r)}
    answers = [
        Answer(s, p, tight, digits_of(r, certified[p]), _own(r, s, p, records), str(r.status))
        for s in SOLVERS
        for p in s.problems
        for tight in (False, True)
        if p in certified and (r := records.get(f"{s.name}.{p}.{'tight' if tight else 'default'}"))
    ]
    said = {p: str(r.fields["convergence"]) for p, r in certified.items()}
    return Convex(data.name, rows, tuple(answers), said)


def _referee(problem: str, own: str = "") -> Contestant:
    settings = ",".join(filter(None, (PROBLEMS[problem], own)))
    c = parse_model(f"reference.optimum:{settings}" if settings else "reference.optimum")
    name = f"optimum.{problem}.{own}"
    return replace(c, name=name, title=name, family="logistic", selection=Selection("welch", COUNT))


def _unique(record: Record) -> bool:
    return record.status is Status.CONVERGED


def _own(record: Record, solver: Solver, problem: str, records: dict[str, Record]) -> float:
    other = records.get(f"optimum.{problem}.{solver.own}")
    return digits_of(record, other) if solver.own and other is not None else math.nan


def digits_of(record: Record, optimum: Record) -> float:
    """Digits of agreement of the coefficients, 16 at most; NaN where there are none."""
    if "coefficients" not in record.arrays:
        return math.nan
    found, exact = (np.asarray(r.arrays["coefficients"], np.float64) for r in (record, optimum))
    return agreement(found, exact)


def agreement(found: FloatArray, exact: FloatArray) -> float:
    """-log10 of max |found - exact| / max |exact|, between 0 and 16."""
    error = float(np.max(np.abs(found - exact)) / np.max(np.abs(exact)))
    if math.isnan(error):
        return math.nan
    return float(min(16.0, max(0.0, -math.log10(error)))) if error > 0 else 16.0


JUDGED: dict[str, tuple[tuple[str, ...], bool]] = {
    claims.CONVEX.key: (("ridge",), True),
    claims.CONVEX_OTHERS.key: (("lasso", "none"), True),
    claims.DEFAULTS.key: (tuple(PROBLEMS), False),
}
"""Claim -> its problems, and whether the solvers are asked to go to the end."""


def finding(convex: Convex, claim: Claim) -> Finding:
    """All solvers that were given the very problem."""
    problems, tight = JUDGED[claim.key]
    judged = [a for a in convex.answers if a.problem in problems and a.tight is tight and not a.solver.own]
    if not judged:
        return Finding(claim, Verdict.CANNOT_TELL, "no framework could run")
    engines = tuple(dict.fromkeys(a.solver.title.partition(" ")[0] for a in judged))
    low = [a for a in judged if not a.digits >= claims.DIGITS]
    worst = min(judged, key=lambda a: -1.0 if math.isnan(a.digits) else a.digits)
    effect = Effect(
        f"fewest digits ({worst.solver.title}, {WORDS[worst.problem]}):", worst.digits, count=len(judged)
    )
    words = f"{len(judged) - len(low)} of {len(judged)} answers reach {claims.DIGITS:g} digits"
    if low and tight:
        words += f"; fewer: {_listed(low)}"
    if "none" in problems and "none" not in convex.certified:
        words += f"; {WORDS['none']}: left out, a line separates the classes or the referee found no optimum"
    if "ridge" in problems and tight:
        words += _caveat(convex)
    if not low:
        return Finding(claim, Verdict.HOLDS, words, effect, engines)
    good = [s.title for s in SOLVERS if any(a.solver == s for a in judged)
            and not any(a.solver == s for a in low)]  # fmt: skip
    if not good:
        return Finding(claim, Verdict.FAILS, words, effect, engines)
    return Finding(claim, Verdict.ONLY, words, effect, engines, f"with {', '.join(good)}")


def _listed(answers: Sequence[Answer]) -> str:
    return ", ".join(f"{a.solver.title} on {WORDS[a.problem]} ({a.digits:.1f})" for a in answers)


def _caveat(convex: Convex) -> str:
    own = [a for a in convex.answers if a.tight and a.solver.own]
    if not own:
        return ""
    told = ", ".join(
        f"{a.digits:.1f} digits here and {a.own:.1f} at its own optimum ({WORDS[a.problem]})" for a in own
    )
    return f". Not counted, because it penalises the intercept and so has another problem: liblinear, {told}"
