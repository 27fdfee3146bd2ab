"""The canonical vocabulary: every setting once, with its definition, unit and formula."""

from __future__ import annotations

from crossframe.settings.base import Setting, choice, flag, integer, integers, number

_SETTINGS = (
    # every classifier
    Setting(
        "decision.threshold",
        "score above which the label is 1; a framework's own rule may be no number: f1_optimal, argmax",
        number(0, 1),
    ),
    Setting(
        "rule.threshold", "pixel value above which a rule of one pixel says 1", number(0), unit="pixel value"
    ),
    Setting(
        "missing",
        "what is done with rows that have a missing feature",
        choice("error", "drop", "mean", "propagate"),
    ),
    Setting("precision", "floating-point type of the arithmetic", choice("float64", "float32")),
    Setting(
        "seed", "seed of the framework's random numbers", integer(-1), formula="-1: drawn from the clock"
    ),
    Setting(
        "validation.fraction",
        "share of the training rows held back to decide when to stop",
        number(0, 1),
    ),
    # feature selection
    Setting(
        "selection.statistic",
        "score by which features are ranked",
        choice("f", "welch", "none"),
        formula="f: one-way ANOVA F; welch: |m1-m0| / (sqrt(v0/n0 + v1/n1) + 1e-6), v with 1/n",
    ),
    Setting("selection.count", "features kept", integer(1), unit="features"),
    # linear family
    Setting("penalty.l2", "ridge penalty", number(0), formula="minimise mean loss + l2/2 |beta|^2"),
    Setting("penalty.l1", "lasso penalty", number(0), formula="minimise mean loss + l1 |beta|_1"),
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
    ),
    Setting("penalty.max_norm", "largest squared norm of the weights into a unit", number(0)),
    Setting("intercept", "whether there is an intercept", flag()),
    Setting(
        "features.standardize",
        "scaling of the features before the fit, by the training rows",
        choice("none", "sd_n", "sd_n-1", "max"),
        formula="sd: (x - mean) / sd, with 1/n or 1/(n-1); max: x / largest |x| of all columns",
    ),
    Setting(
        "features.drop_constant",
        "whether columns that are constant in the training rows are left out",
        flag(),
    ),
    Setting("class_weight", "weights of the classes in the loss", choice("none", "balanced")),
    Setting(
        "loss",
        "loss that is minimised",
        choice(
            "log_loss", "squared_error", "hinge", "modified_huber", "squared_hinge", "perceptron", "huber"
        ),
    ),
    Setting("penalty.feature", "factor of the penalty by feature", number(0)),
    Setting("bounds.lower", "smallest value a coefficient may take", number()),
    Setting("bounds.upper", "largest value a coefficient may take", number()),
    Setting(
        "collinear",
        "what is done with a column that others determine",
        choice("alias", "drop", "minimum_norm", "none"),
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
        "relative to the first; sag, saga: largest change of a coefficient relative to the largest",
    ),
    Setting(
        "solver.tolerance_coefficients",
        "largest change of a coefficient from one iteration to the next at which the solver stops",
        number(0),
    ),
    Setting(
        "solver.tolerance_objective",
        "relative change of the objective from one iteration to the next at which the solver stops",
        number(-1),
        formula="R glm: |dev - old| / (|dev| + 0.1), dev the deviance; H2O GLM: (old - obj) / old, obj the "
        "penalised mean loss, -1: the framework chooses",
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
    Setting("solver.dual", "whether the dual problem is solved", flag()),
    Setting("solver.start", "coefficients the solver starts from", choice("zeros", "framework")),
    Setting("path.length", "values of the penalty that are fitted, one after the other", integer(1)),
    Setting("path.ratio", "smallest penalty of the path relative to the largest", number(0)),
    Setting("path.search", "whether the penalty is chosen along a path", flag()),
    Setting("solver.rank_tolerance", "relative pivot below which a column counts as collinear", number(0)),
    # networks
    Setting("architecture.hidden", "units of the hidden layers", integers(), unit="units"),
    Setting(
        "architecture.activation",
        "activation of the hidden layers",
        choice("relu", "tanh", "sigmoid", "identity", "maxout", "selu", "gelu", "elu"),
    ),
    Setting("architecture.head", "output layer and loss", choice("softmax2", "sigmoid1")),
    Setting("architecture.padding", "border handling of convolutions", choice("valid", "same")),
    Setting("dropout.input", "share of inputs dropped in training", number(0, 1)),
    Setting("dropout.hidden", "share of hidden activations dropped in training", number(0, 1)),
    Setting("dropout.features", "share of convolutional features dropped in training", number(0, 1)),
    Setting(
        "init.weights",
        "distribution of the initial weights",
        choice("glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "uniform", "normal"),
    ),
    Setting(
        "init.scale", "half width (uniform) or standard deviation (normal) of the initial weights", number(0)
    ),
    Setting("init.biases", "initial biases", choice("zeros", "glorot_uniform")),
    Setting(
        "optimizer.rule",
        "update rule",
        choice("sgd", "adam", "adadelta", "rmsprop", "adagrad", "adamw", "nadam", "adamax", "lbfgs", "ftrl"),
    ),
    Setting("optimizer.learning_rate", "factor of the update", number(0)),
    Setting("optimizer.momentum", "share of the last step kept", number(0, 1)),
    Setting(
        "optimizer.momentum_ramp",
        "training rows over which the momentum grows to its final value",
        number(0),
        unit="rows",
    ),
    Setting("optimizer.momentum_final", "momentum after the ramp", number(0, 1)),
    Setting("optimizer.nesterov", "whether momentum looks ahead", flag()),
    Setting("optimizer.beta1", "decay of the first moment", number(0, 1)),
    Setting("optimizer.beta2", "decay of the second moment", number(0, 1)),
    Setting("optimizer.rho", "decay of the mean squared gradient", number(0, 1)),
    Setting("optimizer.epsilon", "added to the denominator", number(0)),
    Setting(
        "optimizer.skip_zero_inputs",
        "whether weights whose input is zero are left out of an update, optimizer state included",
        flag(),
    ),
    Setting(
        "optimizer.weight_decay",
        "share of the weights taken off per update, apart from the gradient",
        number(0),
        formula="w <- w - learning_rate * weight_decay * w",
    ),
    Setting("optimizer.clip_norm", "largest norm of one variable's gradient", number(0, open_low=True)),
    Setting("optimizer.clip_global_norm", "largest norm of the whole gradient", number(0, open_low=True)),
    Setting("optimizer.clip_value", "largest component of the gradient", number(0, open_low=True)),
    Setting("optimizer.amsgrad", "whether the largest second moment so far is used", flag()),
    Setting("optimizer.centered", "whether the mean squared gradient is centred", flag()),
    Setting("optimizer.initial_accumulator", "first value of the sum of squared gradients", number(0)),
    Setting("optimizer.averaging", "whether the average of the weights over the updates is returned", flag()),
    Setting("optimizer.averaging_momentum", "share of the old average kept per update", number(0, 1)),
    Setting("batch.accumulation", "batches whose gradients make one update", integer(1), unit="batches"),
    Setting(
        "schedule.kind",
        "how the learning rate changes",
        choice("constant", "inverse_time", "invscaling", "adaptive", "optimal", "pa1", "pa2", "adagrad"),
        formula="inverse_time: rate/(1 + decay t); invscaling: rate / t^power; adaptive: divided by 5 when "
        "there is no progress; optimal: 1/(alpha (t0 + t))",
    ),
    Setting("schedule.power", "exponent of the schedule invscaling", number()),
    Setting(
        "schedule.decay",
        "decay of the learning rate per update",
        number(0),
        formula="rate_t = rate / (1 + decay * t), t = updates done",
    ),
    Setting("schedule.layer_decay", "factor of the learning rate from one layer to the next", number(0)),
    Setting("batch.size", "rows per update", integer(1), unit="rows"),
    Setting("batch.order", "whether rows are reshuffled in each epoch", flag()),
    Setting(
        "batch.per_iteration",
        "rows trained between two averagings or scorings",
        integer(-2),
        unit="rows",
        formula="0: one epoch; -1: all rows; -2: the framework chooses",
    ),
    Setting("epochs", "passes over the training rows asked for", number(0), unit="epochs"),
    Setting(
        "stopping.rule",
        "what may end training before the epochs asked for",
        choice("none", "early_stopping", "tolerance", "framework"),
    ),
    Setting("stopping.rounds", "scoring events without improvement before stopping", integer(0)),
    Setting(
        "stopping.metric",
        "what early stopping watches",
        choice("auto", "logloss", "misclassification", "auc"),
    ),
    Setting(
        "stopping.tolerance",
        "improvement that counts",
        number(0),
        formula="H2O: relative to the best so far; scikit-learn: absolute, and with lbfgs the largest "
        "component of the gradient",
    ),
    Setting(
        "stopping.train_error", "training error at which training stops", number(-1), formula="-1: never"
    ),
    Setting(
        "scoring.each_iteration", "whether the network is scored after each iteration of training", flag()
    ),
    Setting("scoring.interval", "shortest time between two scorings", number(0), unit="seconds"),
    Setting("scoring.duty_cycle", "largest share of the training time spent on scoring", number(0, 1)),
    Setting("scoring.rows", "training rows used for scoring", integer(0), unit="rows", formula="0: all"),
    Setting("model.kept", "which state of the network is returned", choice("last", "best")),
    Setting("averaging", "elastic averaging over nodes", flag()),
    Setting("averaging.rate", "share of the average taken over by a node", number(0, 1)),
    Setting("averaging.penalty", "pull of a node towards the average", number(0)),
    Setting(
        "parallel.split_rows", "whether the training rows are split so that every thread has some", flag()
    ),
    Setting("reproducible", "whether racing threads are switched off", flag()),
    Setting("training.loop", "who runs the training loop", choice("xla", "graph", "fit")),
)

VOCABULARY: dict[str, Setting] = {setting.name: setting for setting in _SETTINGS}
