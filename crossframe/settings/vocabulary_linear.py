"""The canonical vocabulary of the linear family."""

from __future__ import annotations

from crossframe.settings.binding import Setting, choice, flag, integer, integers, number

SETTINGS = (
    Setting(
        "penalty.l2",
        "ridge penalty",
        number(0),
        formula="minimise mean loss + l2/2 |beta|^2; the mean loss of least squares is RSS / (2n)",
        without=0.0,
    ),
    Setting(
        "penalty.l1", "lasso penalty", number(0), formula="minimise mean loss + l1 |beta|_1", without=0.0
    ),
    Setting(
        "penalty.strength",
        "lambda of an elastic net",
        number(0),
        formula="mean loss + strength * (mix |beta|_1 + (1-mix)/2 |beta|^2)",
    ),
    Setting("penalty.mix", "share of the lasso in an elastic net", number(0, 1)),
    Setting(
        "penalty.intercept",
        "weight of intercept^2 in the penalty relative to a coefficient's",
        number(0),
        formula="0: not penalised; 1: like a coefficient",
        without=0.0,
    ),
    Setting(
        "penalty.max_norm", "largest squared norm of the weights into a unit", number(0), without=3.4028235e38
    ),
    Setting("intercept", "whether there is an intercept", flag(), without=True),
    Setting(
        "features.standardize",
        "scaling of the features before the fit, by the training rows",
        choice("none", "sd_n", "sd_n-1", "max"),
        formula="sd: (x - mean) / sd, with 1/n or 1/(n-1); max: x / largest |x| of all columns",
        without="none",
    ),
    Setting(
        "features.drop_constant",
        "whether columns that are constant in the training rows are left out",
        flag(),
        without=False,
    ),
    Setting(
        "class_weight",
        "weights of the classes in the loss",
        choice("none", "balanced", "balanced_subsample"),
        formula="balanced: rows / (2 * rows of the class); balanced_subsample: by the rows of each tree",
        without="none",
    ),
    Setting(
        "loss",
        "loss that is minimised",
        choice(
            "log_loss",
            "squared_error",
            "hinge",
            "modified_huber",
            "squared_hinge",
            "perceptron",
            "huber",
            "epsilon_insensitive",
            "squared_epsilon_insensitive",
        ),
        without="log_loss",
    ),
    Setting(
        "loss.epsilon",
        "error beyond which the loss is linear (huber) or begins (epsilon-insensitive)",
        number(0),
    ),
    Setting(
        "penalty.norm",
        "which penalty of the coefficients is applied",
        choice("none", "l2", "l1", "elasticnet"),
    ),
    Setting("loss.weight", "factor of the loss relative to the penalties", number(0)),
    Setting(
        "loss.reduction",
        "how the losses of a batch are combined",
        choice("mean", "sum", "weighted_mean"),
        formula="mean: sum of weighted losses / rows; weighted_mean: / sum of the weights",
        without="mean",
    ),
    Setting(
        "loss.label_smoothing",
        "share of each label given to both classes alike",
        number(0, 1),
        formula="y (1 - smoothing) + smoothing / 2",
        without=0.0,
    ),
    Setting("penalty.feature", "factor of the penalty, by feature", integers(0)),
    Setting("bounds.lower", "smallest value a coefficient may take", number()),
    Setting("bounds.upper", "largest value a coefficient may take", number()),
    Setting("bounds.non_negative", "whether no coefficient may be below 0", flag()),
    Setting(
        "features.sparse",
        "whether rows are held without their zeros, for which features are not centred",
        flag(),
        without=False,
    ),
    Setting(
        "objective.scale",
        "factor of the summed loss beside the penalty",
        number(-1),
        formula="minimise scale * sum of losses + penalty; -1: 1/n, the mean loss",
    ),
    Setting(
        "class.prior",
        "share of class 1 to which the intercept is moved after the fit",
        number(-1, 1),
        formula="intercept - log(m (1-p) / (p (1-m))), m the share in the training rows; -1: not moved",
    ),
    Setting("inference.p_values", "whether standard errors and p-values are computed", flag()),
    Setting(
        "collinear",
        "what is done with a column that others determine",
        choice("alias", "drop", "minimum_norm", "none", "error"),
    ),
    Setting(
        "link",
        "link function of the generalised linear model",
        choice("logit", "probit", "cloglog", "cauchit", "identity"),
    ),
    Setting(
        "solver.algorithm",
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
            "auto",
        ),
    ),
    Setting(
        "solver.tolerance",
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
        "largest change of a coefficient from one iteration to the next at which the solver stops",
        number(0),
    ),
    Setting(
        "solver.tolerance_objective",
        "relative fall of the penalised objective in one iteration at which the solver stops",
        number(-1),
        formula="H2O GLM: (old - obj) / old; nnet: (old - obj) / (|old| + tolerance); -1: the framework "
        "chooses",
    ),
    Setting(
        "solver.tolerance_deviance",
        "relative change of the deviance from one iteration to the next at which the solver stops",
        number(0),
        formula="|dev - old| / (|dev| + 0.1)",
    ),
    Setting(
        "solver.tolerance_update",
        "largest change of the objective by the update of one coefficient, relative to the null deviance, "
        "at which coordinate descent stops",
        number(0),
    ),
    Setting(
        "solver.tolerance_gradient",
        "largest component of the objective's gradient at which the solver stops",
        number(-1),
        formula="-1: the framework chooses",
    ),
    Setting("solver.max_iterations", "largest number of iterations", integer(-1), unit="iterations"),
    Setting(
        "solver.max_evaluations",
        "largest number of evaluations of the objective",
        integer(1),
        unit="evaluations",
    ),
    Setting(
        "solver.selection",
        "order in which coordinate descent takes the coefficients",
        choice("cyclic", "random"),
    ),
    Setting("solver.dual", "whether the dual problem is solved", flag()),
    Setting("solver.start", "coefficients the solver starts from", choice("zeros", "framework")),
    Setting("solver.start_value", "value of every coefficient at which the solver starts", number()),
    Setting(
        "solver.max_features",
        "features with a coefficient other than 0 beyond which the solver stops",
        integer(-1),
        unit="features",
        formula="-1: the framework chooses",
    ),
    Setting("path.length", "values of the penalty that are fitted, one after the other", integer(1)),
    Setting("path.ratio", "smallest penalty of the path relative to the largest", number(0)),
    Setting("path.search", "whether the penalty is chosen along a path", flag()),
    Setting("path.cold_start", "whether each value of a path starts afresh", flag()),
    Setting("path.early_stopping", "whether a path ends when the deviance hardly falls any more", flag()),
    Setting(
        "path.at",
        "penalty at which the coefficients are read off a path; between two of its values by linear "
        "interpolation of the coefficients",
        number(0),
    ),
    Setting(
        "path.refit",
        "whether a penalty between two values of a path is fitted rather than interpolated",
        flag(),
    ),
    Setting("path.min_length", "values of the penalty below which a path does not end early", integer(1)),
    Setting(
        "path.min_gain",
        "share of the null deviance that the path must gain from one value to the next to go on",
        number(0),
    ),
    Setting("path.max_explained", "share of the null deviance explained at which a path ends", number(0, 1)),
    Setting("path.min_ratio", "lower bound of path.ratio", number(0)),
    Setting(
        "path.max_features",
        "features with a coefficient other than 0 beyond which a path ends",
        integer(0),
        unit="features",
    ),
    Setting(
        "path.max_entered",
        "features that ever had a coefficient other than 0 beyond which a path ends",
        integer(0),
        unit="features",
    ),
    Setting(
        "solver.curvature",
        "second derivative of the loss used in a step",
        choice("exact", "bound"),
        formula="exact: p (1-p); bound: its largest value 1/4",
    ),
    Setting("solver.min_probability", "distance of fitted probabilities from 0 and 1", number(0, 1)),
    Setting(
        "solver.rank_tolerance",
        "relative pivot, or singular value, below which a column, or a direction, counts as collinear",
        number(0),
    ),
)
"""Settings in the order of tables."""
