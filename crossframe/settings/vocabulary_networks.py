"""The canonical vocabulary of networks, their optimizers and their training."""

from __future__ import annotations

from collections.abc import Mapping

from crossframe.core.types import Value
from crossframe.settings.binding import Kind, Setting, choice, flag, integer, integers, number

OWN = "own"
"""Initial weights that the framework draws."""
_GIVEN = "given:"


def _source(value: Value) -> Value:
    text = str(value).lower()
    if text == OWN:
        return OWN
    seed = text.removeprefix(_GIVEN)
    if seed == text or not seed.isdecimal():
        raise ValueError
    return f"{_GIVEN}{int(seed)}"


SOURCE = Kind("own, or given:K with a whole number K of at least 0", _source)
"""The values of ``init.source``."""


def given_seed(source: Value) -> int | None:
    """K of the initial weights ``given:K``; None where the framework draws its own."""
    return int(str(source).removeprefix(_GIVEN)) if source not in (OWN, None) else None


GIVEN_RULES: dict[str, Value] = {"init.weights": "glorot_uniform", "init.biases": "zeros"}
"""The settings that hold for weights ``given:K``, whatever the framework's initializers are."""


def given_rules(source: Value) -> Mapping[str, Value]:
    """`GIVEN_RULES` for weights ``given:K``; empty where the framework draws its own."""
    return GIVEN_RULES if given_seed(source) is not None else {}


SETTINGS = (
    Setting("architecture.hidden", "units of the hidden layers", integers(), unit="units"),
    Setting(
        "architecture.activation",
        "activation of the hidden layers",
        choice("relu", "tanh", "sigmoid", "identity", "maxout", "selu", "gelu", "elu"),
    ),
    Setting("architecture.head", "output layer and loss", choice("softmax2", "sigmoid1", "linear1")),
    Setting(
        "architecture.skip", "whether the inputs are connected to the output as well", flag(), without=False
    ),
    Setting("architecture.max_weights", "weights beyond which a network is refused", integer(1)),
    Setting(
        "architecture.filters",
        "filters of each pair of convolutions before a pooling",
        integers(),
        unit="filters",
    ),
    Setting("architecture.kernel", "height and width of a convolution", integer(1), unit="pixels"),
    Setting("architecture.stride", "step of a convolution", integer(1), unit="pixels"),
    Setting("architecture.dilation", "distance between the pixels that a convolution looks at", integer(1)),
    Setting("architecture.pool", "height and width of a pooling", integer(1), unit="pixels"),
    Setting("architecture.pool_stride", "step of a pooling", integer(1), unit="pixels"),
    Setting("architecture.pool_padding", "border handling of poolings", choice("valid", "same")),
    Setting("architecture.padding", "border handling of convolutions", choice("valid", "same")),
    Setting("dropout.input", "share of inputs dropped in training", number(0, 1), without=0.0),
    Setting("dropout.hidden", "share of hidden activations dropped in training", number(0, 1), without=0.0),
    Setting(
        "dropout.inverted",
        "whether what stays is divided by its share in training, and not multiplied by it in prediction",
        flag(),
    ),
    Setting("dropout.seed", "seed of each layer's dropped units", integer(0)),
    Setting("dropout.features", "share of convolutional features dropped in training", number(0, 1)),
    Setting(
        "init.source",
        "who draws the initial weights: the framework (own), or crossframe, which gives any framework the "
        "same ones bit for bit",
        SOURCE,
        formula="given:K: Glorot's uniform by numpy.random.default_rng(K), in float32, biases 0; an output "
        "pair has half of a single unit's weights, with opposite signs",
        without=OWN,
    ),
    Setting(
        "init.weights",
        "distribution of the initial weights",
        choice(
            "glorot_uniform",
            "glorot_uniform_x4_output",
            "glorot_normal",
            "he_uniform",
            "he_normal",
            "uniform",
            "normal",
            "lecun_uniform",
            "lecun_normal",
            "truncated_normal",
            "orthogonal",
        ),
        formula="glorot_uniform_x4_output: glorot_uniform, four times as wide in the output layer",
    ),
    Setting(
        "init.scale", "half width (uniform) or standard deviation (normal) of the initial weights", number(0)
    ),
    Setting("init.mean", "mean of normal initial weights", number()),
    Setting("init.lower", "smallest of uniform initial weights", number()),
    Setting("init.upper", "largest of uniform initial weights", number()),
    Setting("init.gain", "factor of an orthogonal matrix of initial weights", number()),
    Setting("init.seed", "seed of each layer's initial weights", integer(0)),
    Setting("init.input_axes", "axes of a layer's weights that count as its inputs", integers(0)),
    Setting("init.output_axes", "axes of a layer's weights that count as its units", integers(0)),
    Setting(
        "init.biases",
        "initial biases",
        choice("zeros", "glorot_uniform", "uniform", "half_then_one"),
        formula="half_then_one: of rectifiers, 0.5 in the first hidden layer and 1 in the others; else zeros",
        without="zeros",
    ),
    Setting(
        "optimizer.rule",
        "update rule",
        choice(
            "sgd",
            "adam",
            "adadelta",
            "rmsprop",
            "adagrad",
            "adamw",
            "nadam",
            "adamax",
            "lbfgs",
            "bfgs",
            "ftrl",
            "lion",
            "lamb",
            "adafactor",
            "muon",
            "schedule_free_adamw",
        ),
    ),
    Setting(
        "optimizer.form",
        "whose arithmetic an update rule of one name has",
        choice("published", "keras", "h2o"),
        formula="keras: constants in single precision; h2o: adadelta with approximate roots, a bias's rate "
        "from its unit's weights; sgd row by row with rates by layer",
    ),
    Setting("optimizer.learning_rate", "factor of the update", number(0)),
    Setting("optimizer.momentum", "share of the last step kept, in every update", number(0, 1)),
    Setting(
        "optimizer.momentum_ramp",
        "divisor of a constant shift of the momentum; documented as the rows over which it grows, which "
        "it does not",
        number(0),
        unit="rows",
        formula="momentum = start - (momentum_final - start) / momentum_ramp",
    ),
    Setting(
        "optimizer.momentum_final",
        "value that shifts the momentum by a constant; documented as the momentum after the ramp, which is "
        "not reached",
        number(0, 1),
        formula="momentum = start - (momentum_final - start) / momentum_ramp",
    ),
    Setting(
        "optimizer.memory",
        "what a step keeps of the steps before: all of them, ever less, or the gradient's last one alone",
        choice("heavy_ball", "one_update"),
        formula="heavy_ball: v = m v - rate g, w + v; one_update: w - rate g + m d, d = -rate g of the "
        "update before",
    ),
    Setting(
        "optimizer.nesterov",
        "whether momentum looks ahead",
        flag(),
        formula="v = m v - rate g; w + m v - rate g in place of w + v",
    ),
    Setting("optimizer.beta1", "decay of the first moment", number(0, 1)),
    Setting("optimizer.beta2", "decay of the second moment", number(0, 1)),
    Setting("optimizer.rho", "decay of the mean squared gradient", number(0, 1)),
    Setting(
        "optimizer.epsilon",
        "added to the root of the mean squared gradient, in units of the gradient",
        number(0),
        formula="sqrt(v) + epsilon",
    ),
    Setting(
        "optimizer.epsilon_inside",
        "added to the mean squared gradient under the root, in units of the squared gradient",
        number(0),
        formula="sqrt(v + epsilon)",
    ),
    Setting(
        "optimizer.skip_zero_inputs",
        "whether weights whose input is zero are left out of an update, optimizer state included",
        flag(),
        without=False,
    ),
    Setting(
        "optimizer.weight_decay",
        "share of the weights taken off per update, separately from the gradient",
        number(0),
        formula="w <- w - learning_rate * weight_decay * w",
        without=0.0,
    ),
    Setting("optimizer.clip_norm", "largest norm of one variable's gradient", number(0, open_low=True)),
    Setting("optimizer.clip_global_norm", "largest norm of the whole gradient", number(0, open_low=True)),
    Setting("optimizer.clip_value", "largest component of the gradient", number(0, open_low=True)),
    Setting("optimizer.amsgrad", "whether the largest second moment so far is used", flag(), without=False),
    Setting("optimizer.centered", "whether the mean squared gradient is centred", flag()),
    Setting("optimizer.initial_accumulator", "first value of the sum of squared gradients", number(0)),
    Setting(
        "optimizer.averaging",
        "average of the weights over the updates that takes their place",
        choice("none", "mean", "moving"),
        formula="mean: all updates alike; moving: average = momentum * average + (1 - momentum) * weights",
        without="none",
    ),
    Setting("optimizer.averaging_momentum", "share of the old moving average kept per update", number(0, 1)),
    Setting(
        "optimizer.averaging_interval", "updates after which the average replaces the weights", integer(1)
    ),
    Setting("optimizer.loss_scale", "factor of the loss that is taken out of the gradient again", number(0)),
    Setting("optimizer.warmup", "updates over which the rate grows to its value", integer(0), unit="updates"),
    # FTRL-proximal (McMahan et al. 2013): w minimises z w + (n^-p + beta)/(2 rate) w^2 + l2 w^2 + l1 |w|
    Setting("optimizer.rate_power", "p: the rate falls with (sum of squared gradients)^p", number(high=0)),
    Setting("optimizer.beta", "added to (sum of squared gradients)^-p", number(0)),
    Setting("optimizer.l1", "lasso penalty inside the update rule", number(0), formula="l1 |w| per update"),
    Setting("optimizer.l2", "ridge penalty inside the update rule", number(0), formula="l2 w^2"),
    Setting(
        "optimizer.l2_shrinkage", "ridge penalty of the gradient", number(0), formula="g + 2 shrinkage w"
    ),
    # Adafactor (Shazeer and Stern 2018)
    Setting("optimizer.beta2_decay", "d of beta2 = 1 - updates^d", number(high=0)),
    Setting("optimizer.epsilon_gradient", "added to the squared gradient", number(0)),
    Setting(
        "optimizer.epsilon_weights", "least root mean square of the weights that scales the rate", number(0)
    ),
    Setting("optimizer.clip_update", "largest root mean square of an update", number(0, open_low=True)),
    Setting("optimizer.relative_rate", "whether the rate is at most 1/sqrt(updates)", flag()),
    # Muon: matrices by orthogonal steps, the rest of the weights by AdamW
    Setting("optimizer.orthogonal_steps", "Newton-Schulz iterations of an update", integer(0)),
    Setting("optimizer.orthogonal_a", "a of x <- a x + (b X + c X^2) x, X = x x'", number()),
    Setting("optimizer.orthogonal_b", "b of that iteration", number()),
    Setting("optimizer.orthogonal_c", "c of that iteration", number()),
    Setting("optimizer.matrix_scale", "s of the factor s sqrt(larger side) of a matrix's update", number(0)),
    Setting("optimizer.rest_rate", "learning rate of the rest, relative to the matrices'", number(0)),
    Setting("optimizer.rest_beta1", "beta1 of the rest", number(0, 1)),
    Setting("optimizer.rest_beta2", "beta2 of the rest", number(0, 1)),
    Setting("optimizer.rest_weight_decay", "weight decay of the rest", number(0)),
    Setting(
        "batch.accumulation", "batches whose gradients make one update", integer(1), unit="batches", without=1
    ),
    Setting(
        "schedule.kind",
        "how the learning rate changes",
        choice("constant", "inverse_time", "invscaling", "adaptive", "optimal", "pa1", "pa2", "adagrad"),
        formula="inverse_time: rate/(1 + decay t); invscaling: rate / t^power; adaptive: divided by 5 when "
        "there is no progress; optimal: 1/(alpha (t0 + t))",
        without="constant",
    ),
    Setting("schedule.power", "exponent of the schedule invscaling", number()),
    Setting(
        "schedule.decay",
        "decay of the learning rate per update",
        number(0),
        formula="rate_t = rate / (1 + decay * t), t = updates done",
        without=0.0,
    ),
    Setting("schedule.interval", "updates over which the decay is counted once", integer(1), unit="updates"),
    Setting("schedule.staircase", "whether the rate changes once per interval only", flag()),
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
    Setting(
        "epochs.first",
        "epochs that count as done before training starts",
        integer(0),
        unit="epochs",
        without=0,
    ),
    Setting("epochs", "requested passes over the training rows", number(0), unit="epochs"),
    Setting(
        "stopping.rule",
        "what may end training before the requested epochs",
        choice("none", "early_stopping", "tolerance", "framework"),
        without="none",
    ),
    Setting(
        "stopping.rounds",
        "scorings in a row without improvement after which training stops",
        integer(0),
        without=0,
    ),
    Setting(
        "stopping.metric",
        "quantity that early stopping monitors",
        choice(
            "auto",
            "logloss",
            "misclassification",
            "auc",
            "auc_pr",
            "mse",
            "rmse",
            "mae",
            "rmsle",
            "lift_top_group",
            "mean_per_class_error",
        ),
    ),
    Setting(
        "stopping.tolerance",
        "improvement that counts, in the units of the monitored quantity",
        number(0),
        formula="best - tolerance of a loss, best + tolerance of an accuracy",
    ),
    Setting(
        "stopping.tolerance_relative",
        "improvement that counts, relative to the best so far",
        number(0),
    ),
    Setting("stopping.objective", "value of the objective at which training stops", number(0), without=0.0),
    Setting(
        "stopping.train_error",
        "training error at which training stops",
        number(-1),
        formula="-1: never",
        without=-1.0,
    ),
    Setting(
        "scoring.each_iteration", "whether the network is scored after each iteration of training", flag()
    ),
    Setting(
        "scoring.every",
        "iterations from one scoring to the next",
        integer(-1),
        unit="iterations",
        formula="-1: by time",
    ),
    Setting("scoring.interval", "shortest time between two scorings", number(0), unit="seconds"),
    Setting("scoring.duty_cycle", "largest share of the training time spent on scoring", number(0, 1)),
    Setting("scoring.rows", "training rows used for scoring", integer(0), unit="rows", formula="0: all"),
    Setting("model.kept", "which state of the network is returned", choice("last", "best"), without="last"),
    Setting("averaging", "elastic averaging of the weights over nodes and iterations", flag(), without=False),
    Setting("averaging.rate", "share of the present weights in the moving average", number(0, 1)),
    Setting(
        "averaging.penalty",
        "pull of a node's weights towards the average",
        number(0),
        formula="gradient + penalty * (w - average)",
    ),
    Setting(
        "parallel.split_rows", "whether the training rows are split so that every thread has some", flag()
    ),
    Setting("reproducible", "whether racing threads are switched off", flag()),
    Setting("training.loop", "who runs the training loop", choice("xla", "graph", "fit")),
    Setting("training.compiled", "whether the framework's own loop is compiled by XLA", flag()),
    Setting("training.eager", "whether the framework's own loop runs operation by operation", flag()),
    Setting("training.steps_per_call", "updates that one call of the framework's own loop makes", integer(1)),
)
"""Settings in the order of tables."""
