"""Where the parameters of R's functions show an effect, and where they must not."""

from __future__ import annotations

from crossframe.auditing.probe import Probe
from crossframe.engines.base import Value

BASE: dict[str, dict[str, Value]] = {
    "r.lm": {},
    "r.glm": {},
    "r.glmnet": {},
    "r.nnet": {"size": 3, "maxit": 30},
}
"""Settings of every fit."""

_REFUSES = "its other value ends in an error, so that there is no second fit to compare"

_MISSING = Probe(sample="missing", why_not=_REFUSES)
_SINGULAR = Probe(sample="collinear", why_not=_REFUSES)

_LM = {
    # the last column is a sum: what rounding leaves of it is above 1e-20
    "tol": Probe((1e-7, 1e-20), sample="collinear"),
    "na.action": _MISSING,
    "singular.ok": _SINGULAR,
}

_GLM = {
    "family": Probe(("binomial", "gaussian")),
    "link": Probe(("logit", "probit")),
    "epsilon": Probe((1e-8, 1e-2)),
    "maxit": Probe((2, 25)),
    "na.action": _MISSING,
    "singular.ok": _SINGULAR,
    # two iterations: at the optimum the start is forgotten, to rounding
    "etastart": Probe((None, "zeros"), {"maxit": 2}),
    "start": Probe((None, "zeros"), {"maxit": 2, "etastart": None}, ({"etastart": "zeros"},)),
    "mustart": Probe(
        (None, "half"),
        {"maxit": 2, "etastart": None, "start": None},
        ({"etastart": "zeros"}, {"start": "zeros"}),
    ),
}

_FREE: dict[str, Value] = {"lambda": None}
_ONE = ({"lambda": 0.05},)

_GAUSSIAN = ({"family": "gaussian"},)

_GLMNET = {
    "family": Probe(("binomial", "gaussian"), {"lambda": 0.05}),
    "alpha": Probe((1.0, 0.25), {"lambda": 0.05}),
    "lambda": Probe((0.05, 0.1)),
    "nlambda": Probe((20, 30), {**_FREE, "s": 0.05}, _ONE),
    "lambda.min.ratio": Probe((0.05, 0.1), _FREE, _ONE),
    "eps": Probe((1e-6, 0.05), _FREE, _ONE),
    "fdev": Probe((1e-5, 1e-2), _FREE, _ONE),
    "devmax": Probe((0.999, 0.1), _FREE, _ONE),
    "mnlam": Probe((5, 30), {**_FREE, "fdev": 1e-2}, _ONE),
    "dfmax": Probe((5, 1), _FREE, _ONE),
    "pmax": Probe((4, 2)),
    "s": Probe((0.05, 0.1), {**_FREE, "exact": False}, _ONE, also=({"lambda": 0.03, "exact": True},)),
    "exact": Probe((False, True), {"s": 0.05}, ({"s": None},)),
    "penalty.factor": Probe(((1, 1, 1, 1), (1, 0, 1, 2)), {"lambda": 0.05}),
    "standardize": Probe((True, False), {"lambda": 0.05}),
    "intercept": Probe((True, False), {"lambda": 0.05}),
    "lower.limits": Probe((-0.01, -5.0), {"lambda": 0.001, "intercept": False}),
    "upper.limits": Probe((0.01, 5.0), {"lambda": 0.05}),
    "thresh": Probe((1e-7, 1e-2), {"lambda": 0.05}),
    "maxit": Probe((100_000, 50)),
    "type.logistic": Probe(("Newton", "modified.Newton"), {"family": "binomial", "lambda": 0.05}, _GAUSSIAN),
    "pmin": Probe((1e-9, 0.1), {"family": "binomial", "lambda": 0.001}, _GAUSSIAN),
}

_NNET = {
    "size": Probe((3, 2)),
    "skip": Probe((False, True)),
    "linout": Probe((False, True), {"entropy": False}, ({"entropy": True},), refused=True),
    "entropy": Probe((True, False), {"linout": False}, ({"linout": True},), refused=True),
    "decay": Probe((0.0, 0.1)),
    "rang": Probe((0.7, 0.1)),
    "seed": Probe((1, 2), {"rang": 0.7}, ({"rang": 0.0},)),
    "kind": Probe(("Mersenne-Twister", "Wichmann-Hill"), {"rang": 0.7}, ({"rang": 0.0},)),
    "maxit": Probe((30, 5)),
    "abstol": Probe((1e-4, 20.0)),
    "reltol": Probe((1e-8, 0.1)),
    "MaxNWts": Probe((1000, 100)),
}

PROBES: dict[str, dict[str, Probe]] = {
    "r.lm": _LM,
    "r.glm": _GLM,
    "r.glmnet": _GLMNET,
    "r.nnet": _NNET,
}
"""Framework's parameter -> its probe, by model."""
