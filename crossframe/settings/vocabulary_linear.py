"""The canonical vocabulary of the linear family."""

from __future__ import annotations

from crossframe.settings import (
    vocabulary_families,
    vocabulary_inference,
    vocabulary_solvers,
    vocabulary_validation,
)
from crossframe.settings.binding import Kind, Setting, choice, flag, integers, number

LEVEL = Kind("first, last or a level's name", str)

SETTINGS = (
    Setting(
        "penalty.l2",
        "ridge penalty",
        "ridge penalty",
        number(0),
        formula="minimise mean loss + l2/2 |beta|^2; the mean loss of least squares is RSS / (2n)",
        without=0.0,
    ),
    Setting(
        "penalty.l1",
        "lasso penalty",
        "lasso penalty",
        number(0),
        formula="minimise mean loss + l1 |beta|_1",
        without=0.0,
    ),
    Setting(
        "penalty.strength",
        "elastic net lambda",
        "lambda of an elastic net",
        number(0),
        formula="mean loss + strength * (mix |beta|_1 + (1-mix)/2 |beta|^2)",
    ),
    Setting("penalty.mix", "elastic net mixing", "share of the lasso in an elastic net", number(0, 1)),
    Setting(
        "penalty.intercept",
        "penalty of the intercept",
        "weight of intercept^2 in the penalty relative to a coefficient's",
        number(0),
        formula="0: not penalised; 1: like a coefficient",
        without=0.0,
    ),
    Setting(
        "penalty.max_norm",
        "max-norm constraint",
        "largest squared norm of the weights into a unit",
        number(0),
        without=3.4028235e38,
    ),
    Setting("intercept", "intercept", "whether there is an intercept", flag(), without=True),
    Setting(
        "features.standardize",
        "scaling of the features",
        "scaling of the features before the fit, by the training rows",
        choice("none", "sd_n", "sd_n-1", "max"),
        formula="sd: (x - mean) / sd, with 1/n or 1/(n-1); max: x / largest |x| of all columns",
        without="none",
    ),
    Setting(
        "features.contrasts",
        "coding of text columns",
        "how a column of text with k levels becomes columns of numbers",
        choice("treatment", "sum", "helmert", "poly", "full"),
        formula="treatment: 0 and 1 for each level but the reference; sum: the same for each but the last, "
        "whose rows are -1 in all of them; helmert: column j is j for level j + 1, -1 before it, 0 after it; "
        "poly: orthonormal polynomials of degree 1 to k - 1 in the number of the level; R's contr.treatment, "
        "contr.sum, contr.helmert and contr.poly. full: 0 and 1 for every level, as OneHotEncoder() and "
        "get_dummies() have it",
        without="treatment",
    ),
    Setting(
        "features.reference",
        "reference level",
        "the level of a text column that has no column of its own under treatment contrasts",
        LEVEL,
        formula="first or last in order, or a level's name: then in each column that has this level, and the "
        "first in the others; R's contr.treatment(base=)",
        without="first",
    ),
    Setting(
        "features.drop_constant",
        "removal of constant columns",
        "whether columns that are constant in the training rows are left out",
        flag(),
        without=False,
    ),
    Setting(
        "class_weight",
        "class weights",
        "weights of the classes in the loss",
        choice("none", "balanced", "balanced_subsample"),
        formula="balanced: rows / (2 * rows of the class); balanced_subsample: by the rows of each tree",
        without="none",
    ),
    Setting(
        "loss",
        "loss function",
        "loss that is minimised",
        choice(
            "log_loss",
            "squared_error",
            "poisson",
            "hinge",
            "modified_huber",
            "squared_hinge",
            "perceptron",
            "huber",
            "epsilon_insensitive",
            "squared_epsilon_insensitive",
            "absolute_error",
            "quantile",
            "exponential",
            "gamma",
            "tweedie",
        ),
        without="log_loss",
    ),
    Setting(
        "loss.quantile",
        "quantile of the loss",
        "quantile that is predicted (quantile), or that of the absolute errors beyond which the loss is "
        "linear (huber)",
        number(0, 1),
    ),
    Setting(
        "loss.scale",
        "scale of the squared error",
        "how the error of a number counts in the loss of a network: half of its square, or all of it",
        choice("half", "full"),
        formula="half: (y - f)^2 / 2; full: (y - f)^2. Penalties are relative to half of it, so that full "
        "doubles the whole objective and its gradient, as twice the learning rate does",
    ),
    Setting(
        "target.standardize",
        "scaling of the target",
        "scaling of a target of numbers before the fit, by the training rows; predictions are scaled back",
        choice("none", "sd_n-1"),
        formula="sd_n-1: (y - mean) / sd, sd with 1/(n-1)",
        without="none",
    ),
    Setting(
        "loss.epsilon",
        "threshold of the loss",
        "error beyond which the loss is linear (huber) or begins (epsilon-insensitive)",
        number(0),
    ),
    Setting(
        "penalty.norm",
        "type of penalty",
        "which penalty of the coefficients is applied",
        choice("none", "l2", "l1", "elasticnet"),
    ),
    Setting("loss.weight", "weight of the loss", "factor of the loss relative to the penalties", number(0)),
    Setting(
        "loss.reduction",
        "reduction of the batch loss",
        "how the losses of a batch are combined",
        choice("mean", "sum", "weighted_mean"),
        formula="mean: sum of weighted losses / rows; weighted_mean: / sum of the weights",
        without="mean",
    ),
    Setting(
        "loss.label_smoothing",
        "label smoothing",
        "share of each label given to both classes alike",
        number(0, 1),
        formula="y (1 - smoothing) + smoothing / 2",
        without=0.0,
    ),
    Setting(
        "penalty.feature", "penalty factors of the features", "factor of the penalty, by feature", integers(0)
    ),
    Setting(
        "penalty.trim",
        "rule that trims coefficients",
        "which penalised coefficients are set to 0 after the fit",
        choice("gradient", "size", "none"),
        formula="gradient: where the gradient of the loss is below the penalty's by penalty.trim_gradient; "
        "size: below penalty.trim_size",
    ),
    Setting(
        "penalty.trim_size",
        "size below which coefficients vanish",
        "size of a penalised coefficient below which it is set to 0",
        number(0),
    ),
    Setting(
        "penalty.trim_gradient",
        "gradient at which coefficients vanish",
        "distance of the gradient of the loss from the lasso penalty, relative to the penalty, beyond which "
        "a coefficient is set to 0",
        number(0),
    ),
    Setting(
        "penalty.trim_check",
        "accuracy required for trimming",
        "excess of the gradient of the loss over the lasso penalty, relative to the penalty, beyond which no "
        "coefficient is set to 0",
        number(0),
    ),
    Setting(
        "bounds.lower", "lower bounds of coefficients", "smallest value a coefficient may take", number()
    ),
    Setting("bounds.upper", "upper bounds of coefficients", "largest value a coefficient may take", number()),
    Setting(
        "bounds.non_negative", "non-negative coefficients", "whether no coefficient may be below 0", flag()
    ),
    Setting(
        "features.sparse",
        "sparse features",
        "whether rows are held without their zeros, for which features are not centred",
        flag(),
        without=False,
    ),
    Setting(
        "objective.scale",
        "scale of the summed loss",
        "factor of the summed loss beside the penalty",
        number(-1),
        formula="minimise scale * sum of losses + penalty; -1: 1/n, the mean loss",
    ),
    Setting(
        "class.prior",
        "prior of class 1",
        "share of class 1 to which the intercept is moved after the fit",
        number(-1, 1),
        formula="intercept - log(m (1-p) / (p (1-m))), m the share in the training rows; -1: not moved",
    ),
    *vocabulary_inference.SETTINGS,
    *vocabulary_families.SETTINGS,
    *vocabulary_solvers.SETTINGS,
    *vocabulary_validation.SETTINGS,
)
"""Settings in the order of tables."""
