"""The convex control: every solver on logistic problems with one optimum, against the certified one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from crossframe.claims.claim import Claim, Effect, Finding, Verdict, not_run
from crossframe.claims.judge import with_earlier
from crossframe.core.types import FloatArray
from crossframe.data import DESIGNS, Dataset, load
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.plan import Experiment
from crossframe.experiment.preparation import Selection
from crossframe.experiment.record import Record
from crossframe.experiment.selection import select
from crossframe.experiment.spec import parse
from crossframe.frameworks.contract import Status
from crossframe.studies.lab import Job, Lab
from crossframe.studies.sgd import claims
from crossframe.studies.sgd.solvers import (
    COST,
    COUNT,
    EXPLAIN,
    LAMBDA,
    PAIR,
    PROBLEMS,
    ROWS,
    SOLVERS,
    WORDS,
    Solver,
)
from crossframe.studies.sgd.trainers.machines import SOLVERS as SVMS
from crossframe.studies.study import PairToExplain


@dataclass(frozen=True)
class SolverAnswer:
    """What a solver reached: ``digits`` of the certified optimum, ``own`` of that of its own problem.

    The digits are -log10 of the largest difference of a coefficient, the intercept among
    them, relative to the largest coefficient; NaN where there are none. ``excess`` is the
    problem's objective at the answer minus the one at the certified optimum.
    """

    solver: Solver
    problem: str
    tight: bool
    digits: float
    own: float
    status: str
    excess: float = math.nan


@dataclass(frozen=True)
class Machines:
    """Support vector machines: ``digits`` (solvers, 2), default and run to the end; reference slope."""

    digits: FloatArray
    gradient: float


@dataclass(frozen=True)
class Convex:
    """All answers; ``certified``: problem -> its certified optimum; ``table``: the rows."""

    data: str
    rows: int
    answers: tuple[SolverAnswer, ...]
    certified: dict[str, str]
    table: Dataset
    machines: Machines | None = None

    @property
    def to_explain(self) -> tuple[PairToExplain, ...]:
        """Pairs to be explained, on these rows."""
        return tuple(PairToExplain(left, right, table=self.table) for left, right in EXPLAIN)


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
    contestants += [_certified(problem) for problem in PROBLEMS]
    contestants += [_certified(p, s.own) for s in SOLVERS if s.own for p in s.problems]
    experiment = Experiment(unit, design, (rows,), 1, lab.seed, tuple(contestants), threads=1)
    records = {name: r for (name, _, _), r in lab.fits(experiment).items()}
    certified = {p: r for p in PROBLEMS if (r := records.get(f"optimum.{p}.")) and _unique(r)}
    table = _table(experiment, rows)
    answers = [
        SolverAnswer(
            s, p, tight, digits_of(r, certified[p]), _own(r, s, p, records), str(r.status),
            excess(p, table, r, certified[p]),
        )
        for s in SOLVERS
        for p in s.problems
        for tight in (False, True)
        if p in certified and (r := records.get(f"{s.name}.{p}.{'tight' if tight else 'default'}"))
    ]  # fmt: skip
    certificates = {p: str(r.fields["convergence"]) for p, r in certified.items()}
    return Convex(data.name, rows, tuple(answers), certificates, table, _machines(lab, table))


def _table(experiment: Experiment, rows: int) -> Dataset:
    """The training rows with the pixels that every solver is given."""
    whole, rows_ = experiment.dataset, experiment.draw(rows, 0).train
    kept = [int(j) for j in select("welch", COUNT, whole.X[rows_], whole.y[rows_])]
    return Dataset(
        name="convex",
        X=np.ascontiguousarray(whole.X[rows_][:, kept]),
        y=whole.y[rows_],
        names=tuple(whole.names[j] for j in kept),
        classes=whole.classes,
        source=f"{rows} training rows of {whole.name}, {' v '.join(map(str, PAIR))}, ten pixels",
    )


def excess(problem: str, table: Dataset, record: Record, optimum: Record) -> float:
    """Objective at an answer minus at the optimum; NaN where there are no coefficients."""
    if "coefficients" not in record.arrays:
        return math.nan
    at, best = (np.asarray(r.arrays["coefficients"], np.float64) for r in (record, optimum))
    return objective(problem, table.X, table.y, at) - objective(problem, table.X, table.y, best)


def objective(problem: str, X: FloatArray, y: FloatArray, b: FloatArray) -> float:
    """Mean loss of ``b`` (p + 1,), its intercept first, and the problem's penalty on the others."""
    z = b[0] + X @ b[1:]
    loss = (y - z) ** 2 / 2 if problem == "linear" else np.logaddexp(0, z) - y * z
    ridge, lasso = (LAMBDA if problem == p else 0.0 for p in ("ridge", "lasso"))
    return float(loss.mean() + ridge / 2 * b[1:] @ b[1:] + lasso * np.abs(b[1:]).sum())


def _machines(lab: Lab, table: Dataset) -> Machines | None:
    if not lab.has("sklearn"):
        return None
    arguments = {"X": table.X.tolist(), "y": table.y.tolist(), "C": COST}
    (record,) = lab.run([Job("crossframe.studies.sgd.trainers.machines:machines", arguments, "sklearn")])
    if record is None:
        return None
    *solutions, exact = np.asarray(record.arrays["coefficients"], np.float64)
    digits = np.array([digits_between(w, exact) for w in solutions]).reshape(-1, 2)
    return Machines(digits, float(record.arrays["gradient"][-1]))


def _certified(problem: str, own: str = "") -> Contestant:
    settings = ",".join(filter(None, (PROBLEMS[problem], own)))
    c = parse(f"reference.optimum:{settings}" if settings else "reference.optimum")
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
    reached, exact = (np.asarray(r.arrays["coefficients"], np.float64) for r in (record, optimum))
    return digits_between(reached, exact)


def digits_between(reached: FloatArray, exact: FloatArray) -> float:
    """-log10 of max |reached - exact| / max |exact|, between 0 and 16; NaN for a coefficient that is none."""
    error = float(np.max(np.abs(reached - exact)) / np.max(np.abs(exact)))
    if math.isnan(error):
        return math.nan
    return float(min(16.0, max(0.0, -math.log10(error)))) if error > 0 else 16.0


JUDGED: dict[str, tuple[tuple[str, ...], bool]] = {
    "convex": (("ridge",), True),
    "convex-others": (("lasso", "none", "linear"), True),
    "convex-defaults": (("ridge", "lasso", "none"), False),
}
"""Claim -> its problems, and whether the solvers are asked to go to the end."""


def _answers(convex: Convex, problems: Sequence[str], tight: bool) -> list[SolverAnswer]:
    """The answers of all solvers that were given the very problem."""
    return [a for a in convex.answers if a.problem in problems and a.tight is tight and not a.solver.own]


def _low(answers: Sequence[SolverAnswer]) -> list[SolverAnswer]:
    return [a for a in answers if not a.digits >= claims.DIGITS]


def _reaching(answers: Sequence[SolverAnswer]) -> list[str]:
    """Titles of the solvers all of whose answers have the digits."""
    low = _low(answers)
    return [s.title for s in SOLVERS if any(a.solver == s for a in answers)
            and not any(a.solver == s for a in low)]  # fmt: skip


def _by_digits(convex: Convex, key: str) -> Verdict:
    """The verdict of the earlier mark: the digits alone, on the lasso and without a penalty."""
    answers = _answers(convex, ("lasso", "none"), True)
    if not answers:
        return Verdict.OPEN
    if not _low(answers):
        return Verdict.HOLDS
    return Verdict.PARTLY if _reaching(answers) else Verdict.FAILS


@with_earlier("convex-others", _by_digits)
def finding(convex: Convex, key: str) -> Finding:
    """All solvers that were given the very problem."""
    claim, (problems, tight) = claims.CLAIMS[key], JUDGED[key]
    judged = _answers(convex, problems, tight)
    if not convex.certified:
        return not_run(claim, "reference")
    if not judged:
        return not_run(claim, "sklearn")
    engines = tuple(dict.fromkeys(a.solver.title.partition(" ")[0] for a in judged))
    low = _low(judged)
    worst = min(judged, key=lambda a: -1.0 if math.isnan(a.digits) else a.digits)
    effect = Effect.of(
        f"fewest digits ({worst.solver.title}, {WORDS[worst.problem]})", worst.digits, count=len(judged)
    )
    words = f"{len(judged) - len(low)} of {len(judged)} answers reach {claims.DIGITS:g} digits"
    if low and tight:
        words += f"; fewer: {_listed(low)}"
    missing = [p for p in problems if p not in convex.certified]
    if missing:
        words += (
            f"; left out, since no single optimum could be certified: {', '.join(WORDS[p] for p in missing)}"
        )
    if "ridge" in problems and tight:
        words += _caveat(convex)
    if not low and not missing:
        return Finding(claim, Verdict.HOLDS, words, effect, engines)
    if key == "convex-others":
        return _one_optimum(claim, low, missing, words, effect, engines)
    good = _reaching(judged)
    if not good:
        return Finding(claim, Verdict.FAILS, words, effect, engines)
    return Finding(claim, Verdict.PARTLY, words, effect, engines, f"with {', '.join(good)}")


def _one_optimum(
    claim: Claim,
    low: Sequence[SolverAnswer],
    missing: Sequence[str],
    words: str,
    effect: Effect,
    engines: tuple[str, ...],
) -> Finding:
    """What is judged is the optimum, not the solvers: an answer above it is a search that stopped early."""
    if low and all(a.excess > 0 for a in low):
        words += (
            ". Their objectives lie above the certified one, so that they are unfinished searches, "
            "stopped by the solver's own rule, and no second optimum"
        )
        verdict = Verdict.HOLDS if not missing else Verdict.PARTLY
    else:
        verdict = Verdict.PARTLY if not low else Verdict.OPEN
    solved = [WORDS[p] for p in JUDGED[claim.key][0] if p not in missing]
    where = f"for {', '.join(solved)}" if verdict is Verdict.PARTLY else ""
    return Finding(claim, verdict, words, effect, engines, where)


def machine(convex: Convex) -> Finding:
    """Whether all algorithms for the support vector machine agree with Newton's method."""
    if convex.machines is None:
        return not_run(claims.CLAIMS["convex-svm"], "sklearn")
    default, tight = convex.machines.digits.T
    words = (
        f"squared hinge loss, the intercept penalised, C {COST:g}; digits of the coefficients of Newton's "
        f"method (its gradient {convex.machines.gradient:.0e}) by default and to the end: "
        + "; ".join(f"{n} {a:.1f} and {b:.1f}" for n, a, b in zip(SVMS, default, tight, strict=True))
        + ". R and H2O have no such machine here"
    )
    effect = Effect.of(f"fewest digits ({SVMS[int(np.argmin(tight))]})", float(tight.min()), count=len(tight))
    verdict = Verdict.HOLDS if tight.min() >= claims.DIGITS else Verdict.OPEN
    return Finding(claims.CLAIMS["convex-svm"], verdict, words, effect, ("scikit-learn", "SciPy"))


def _listed(answers: Sequence[SolverAnswer]) -> str:
    return ", ".join(
        f"{a.solver.title} on {WORDS[a.problem]} ({a.digits:.1f} digits, objective {a.excess:+.0e})"
        for a in answers
    )


def _caveat(convex: Convex) -> str:
    own = [a for a in convex.answers if a.tight and a.solver.own]
    if not own:
        return ""
    own_digits = ", ".join(
        f"{a.digits:.1f} digits here and {a.own:.1f} at its own optimum ({WORDS[a.problem]})" for a in own
    )
    return (
        ". Not counted, because it penalises the intercept and so has another problem: liblinear, "
        f"{own_digits}"
    )
