"""The canonical vocabulary of the solvers of linear models."""

from __future__ import annotations

from crossframe.settings.binding import Setting, choice, flag, integer, number

SETTINGS = (
    Setting(
        "solver.algorithm",
        "solver",
        "optimiser of a convex model",
        choice(
            "qr",
            "irls",
            "coordinate_descent",
            "lbfgs",
            "liblinear",
            "newton-cg",
            "newton-cholesky",
            "sag",
            "saga",
            "coordinate_descent_naive",
            "svd",
            "cholesky",
            "lsqr",
            "sparse_cg",
            "newton",
            "bfgs",
            "cg",
            "slsqp",
            "auto",
        ),
    ),
    Setting(
        "solver.tolerance",
        "stopping tolerance",
        "scikit-learn's tol; the quantity it bounds differs by solver, so that equal values of two "
        "solvers are not equally tight",
        number(0),
        formula="lbfgs, newton-cg: largest component of the gradient of the mean loss and penalty; "
        "newton-cholesky: that, and half the squared Newton decrement; liblinear: projected gradient "
        "relative to the first; sag, saga: largest change of a coefficient relative to the largest; "
        "coordinate descent of Lasso and ElasticNet: duality gap relative to the null deviance",
    ),
    Setting(
        "solver.tolerance_coefficients",
        "tolerance on the coefficients",
        "largest change of a coefficient from one iteration to the next at which the solver stops",
        number(0),
    ),
    Setting(
        "solver.tolerance_objective",
        "tolerance on the objective",
        "relative fall of the penalised objective in one iteration at which the solver stops",
        number(-1),
        formula="H2O GLM: (old - obj) / old; nnet: (old - obj) / (|old| + tolerance); -1: the framework "
        "chooses",
    ),
    Setting(
        "solver.tolerance_deviance",
        "tolerance on the deviance",
        "relative change of the deviance from one iteration to the next at which the solver stops",
        number(0),
        formula="|dev - old| / (|dev| + 0.1)",
    ),
    Setting(
        "solver.tolerance_deviance_change",
        "tolerance on the deviance's change",
        "change of the deviance, not relative to it, at which the solver stops",
        number(0),
        formula="|dev - old|",
    ),
    Setting(
        "solver.tolerance_update",
        "tolerance on a coordinate update",
        "largest change of the objective by the update of one coefficient, relative to the null deviance, "
        "at which coordinate descent stops",
        number(0),
    ),
    Setting(
        "solver.tolerance_gradient",
        "tolerance on the gradient",
        "largest component of the objective's gradient at which the solver stops",
        number(-1),
        formula="-1: the framework chooses",
    ),
    Setting(
        "solver.max_iterations",
        "maximum iterations",
        "largest number of iterations",
        integer(-1),
        unit="iterations",
    ),
    Setting(
        "solver.max_evaluations",
        "maximum evaluations",
        "largest number of evaluations of the objective",
        integer(1),
        unit="evaluations",
    ),
    Setting(
        "solver.selection",
        "coordinate order",
        "order in which coordinate descent takes the coefficients",
        choice("cyclic", "random"),
    ),
    Setting("solver.dual", "dual problem", "whether the dual problem is solved", flag()),
    Setting(
        "solver.start",
        "starting coefficients",
        "coefficients the solver starts from",
        choice("zeros", "framework"),
    ),
    Setting(
        "solver.start_iterations",
        "IRLS iterations before the solver",
        "iterations of IRLS by which another solver gets its starting coefficients",
        integer(0),
        unit="iterations",
    ),
    Setting(
        "solver.hessian_ridge",
        "ridge in a Newton step",
        "number that is added to the diagonal of the mean loss's Hessian in a Newton step",
        number(0),
    ),
    Setting(
        "solver.start_value",
        "starting value of the coefficients",
        "value of every coefficient at which the solver starts",
        number(),
    ),
    Setting(
        "solver.max_features",
        "nonzero coefficients before stopping",
        "features with a coefficient other than 0 beyond which the solver stops",
        integer(-1),
        unit="features",
        formula="-1: the framework chooses",
    ),
    Setting(
        "path.length",
        "number of penalties",
        "values of the penalty that are fitted, one after the other",
        integer(1),
    ),
    Setting(
        "path.ratio",
        "smallest to largest penalty",
        "smallest penalty of the path relative to the largest",
        number(0),
    ),
    Setting("path.search", "penalty path", "whether the penalty is chosen along a path", flag()),
    Setting(
        "path.cold_start", "cold starts on the path", "whether each value of a path starts afresh", flag()
    ),
    Setting(
        "path.early_stopping",
        "early stopping of the path",
        "whether a path ends when the deviance hardly falls any more",
        flag(),
    ),
    Setting(
        "path.at",
        "penalty read off the path",
        "penalty at which the coefficients are read off a path; between two of its values by linear "
        "interpolation of the coefficients",
        number(0),
    ),
    Setting(
        "path.refit",
        "refit between penalties",
        "whether a penalty between two values of a path is fitted rather than interpolated",
        flag(),
    ),
    Setting(
        "path.min_length",
        "minimum length of the path",
        "values of the penalty below which a path does not end early",
        integer(1),
    ),
    Setting(
        "path.min_gain",
        "minimum gain in deviance explained",
        "share of the null deviance that the path must gain from one value to the next to go on",
        number(0),
    ),
    Setting(
        "path.max_explained",
        "maximum deviance explained",
        "share of the null deviance explained at which a path ends",
        number(0, 1),
    ),
    Setting("path.min_ratio", "lower bound of penalty ratio", "lower bound of path.ratio", number(0)),
    Setting(
        "path.max_features",
        "maximum nonzero coefficients",
        "features with a coefficient other than 0 beyond which a path ends",
        integer(0),
        unit="features",
    ),
    Setting(
        "path.max_entered",
        "maximum coefficients ever nonzero",
        "features that ever had a coefficient other than 0 beyond which a path ends",
        integer(0),
        unit="features",
    ),
    Setting(
        "solver.curvature",
        "curvature of the loss",
        "second derivative of the loss used in a step",
        choice("exact", "bound"),
        formula="exact: p (1-p); bound: its largest value 1/4",
    ),
    Setting(
        "solver.min_probability",
        "minimum fitted probability",
        "distance of fitted probabilities from 0 and 1",
        number(0, 1),
    ),
    Setting(
        "solver.rank_tolerance",
        "tolerance for the rank",
        "relative pivot, or singular value, below which a column, or a direction, counts as collinear",
        number(0),
    ),
)
"""Settings in the order of tables."""
