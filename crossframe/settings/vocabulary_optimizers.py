"""The canonical vocabulary of update rules of networks."""

from __future__ import annotations

from crossframe.settings.binding import Setting, choice, flag, integer, number

SETTINGS = (
    Setting(
        "optimizer.rule",
        "optimizer",
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
        "variant of the optimizer",
        "whose arithmetic an update rule of one name has",
        choice("published", "keras", "h2o", "torch"),
        formula="keras: constants in single precision; torch: epsilon of adam and adamw is added after the "
        "second moment is corrected for the start, published: before; h2o: adadelta with approximate roots, "
        "a bias's rate from its unit's weights; sgd row by row with rates by layer",
    ),
    Setting("optimizer.learning_rate", "learning rate", "factor of the update", number(0)),
    Setting("optimizer.momentum", "momentum", "share of the last step kept, in every update", number(0, 1)),
    Setting(
        "optimizer.momentum_ramp",
        "momentum ramp",
        "divisor of a constant shift of the momentum; documented as the rows over which it grows, which "
        "it does not",
        number(0),
        unit="rows",
        formula="momentum = start - (momentum_final - start) / momentum_ramp",
    ),
    Setting(
        "optimizer.momentum_final",
        "final momentum",
        "value that shifts the momentum by a constant; documented as the momentum after the ramp, which is "
        "not reached",
        number(0, 1),
        formula="momentum = start - (momentum_final - start) / momentum_ramp",
    ),
    Setting(
        "optimizer.memory",
        "form of the momentum",
        "what a step keeps of the steps before: all of them, ever less, or the gradient's last one alone",
        choice("heavy_ball", "one_update"),
        formula="heavy_ball: v = m v - rate g, w + v; one_update: w - rate g + m d, d = -rate g of the "
        "update before",
    ),
    Setting(
        "optimizer.nesterov",
        "Nesterov momentum",
        "whether momentum looks ahead",
        flag(),
        formula="v = m v - rate g; w + m v - rate g in place of w + v",
    ),
    Setting("optimizer.beta1", "beta 1", "decay of the first moment", number(0, 1)),
    Setting("optimizer.beta2", "beta 2", "decay of the second moment", number(0, 1)),
    Setting("optimizer.rho", "rho", "decay of the mean squared gradient", number(0, 1)),
    Setting(
        "optimizer.epsilon",
        "epsilon outside the root",
        "added to the root of the mean squared gradient, in units of the gradient",
        number(0),
        formula="sqrt(v) + epsilon",
    ),
    Setting(
        "optimizer.epsilon_inside",
        "epsilon inside the root",
        "added to the mean squared gradient under the root, in units of the squared gradient",
        number(0),
        formula="sqrt(v + epsilon)",
    ),
    Setting(
        "optimizer.skip_zero_inputs",
        "zero inputs skipped",
        "whether weights whose input is zero are left out of an update, optimizer state included",
        flag(),
        without=False,
    ),
    Setting(
        "optimizer.weight_decay",
        "weight decay",
        "share of the weights taken off per update, separately from the gradient",
        number(0),
        formula="w <- w - learning_rate * weight_decay * w",
        without=0.0,
    ),
    Setting(
        "optimizer.clip_norm",
        "gradient clipping by norm",
        "largest norm of one variable's gradient",
        number(0, open_low=True),
    ),
    Setting(
        "optimizer.clip_global_norm",
        "gradient clipping by global norm",
        "largest norm of the whole gradient",
        number(0, open_low=True),
    ),
    Setting(
        "optimizer.clip_value",
        "gradient clipping by value",
        "largest component of the gradient",
        number(0, open_low=True),
    ),
    Setting(
        "optimizer.amsgrad",
        "AMSGrad",
        "whether the largest second moment so far is used",
        flag(),
        without=False,
    ),
    Setting(
        "optimizer.centered",
        "centred squared gradient",
        "whether the mean squared gradient is centred",
        flag(),
    ),
    Setting(
        "optimizer.initial_accumulator",
        "initial accumulator",
        "first value of the sum of squared gradients",
        number(0),
    ),
    Setting(
        "optimizer.averaging",
        "weight averaging",
        "average of the weights over the updates that takes their place",
        choice("none", "mean", "moving"),
        formula="mean: all updates alike; moving: average = momentum * average + (1 - momentum) * weights",
        without="none",
    ),
    Setting(
        "optimizer.averaging_momentum",
        "momentum of the weight average",
        "share of the old moving average kept per update",
        number(0, 1),
    ),
    Setting(
        "optimizer.averaging_interval",
        "interval of the weight averaging",
        "updates after which the average replaces the weights",
        integer(1),
    ),
    Setting(
        "optimizer.loss_scale",
        "loss scale",
        "factor of the loss that is taken out of the gradient again",
        number(0),
    ),
    Setting(
        "optimizer.warmup",
        "learning rate warm-up",
        "updates over which the rate grows to its value",
        integer(0),
        unit="updates",
    ),
    # FTRL-proximal (McMahan et al. 2013): w minimises z w + (n^-p + beta)/(2 rate) w^2 + l2 w^2 + l1 |w|
    Setting(
        "optimizer.rate_power",
        "learning rate power of FTRL",
        "p: the rate falls with (sum of squared gradients)^p",
        number(high=0),
    ),
    Setting("optimizer.beta", "beta of FTRL", "added to (sum of squared gradients)^-p", number(0)),
    Setting(
        "optimizer.l1",
        "lasso penalty of FTRL",
        "lasso penalty inside the update rule",
        number(0),
        formula="l1 |w| per update",
    ),
    Setting(
        "optimizer.l2",
        "ridge penalty of FTRL",
        "ridge penalty inside the update rule",
        number(0),
        formula="l2 w^2",
    ),
    Setting(
        "optimizer.l2_shrinkage",
        "ridge shrinkage of FTRL",
        "ridge penalty of the gradient",
        number(0),
        formula="g + 2 shrinkage w",
    ),
    # Adafactor (Shazeer and Stern 2018)
    Setting(
        "optimizer.beta2_decay", "beta 2 decay of Adafactor", "d of beta2 = 1 - updates^d", number(high=0)
    ),
    Setting(
        "optimizer.epsilon_gradient",
        "gradient epsilon of Adafactor",
        "added to the squared gradient",
        number(0),
    ),
    Setting(
        "optimizer.epsilon_weights",
        "weight epsilon of Adafactor",
        "least root mean square of the weights that scales the rate",
        number(0),
    ),
    Setting(
        "optimizer.clip_update",
        "update clipping of Adafactor",
        "largest root mean square of an update",
        number(0, open_low=True),
    ),
    Setting(
        "optimizer.relative_rate",
        "relative step of Adafactor",
        "whether the rate is at most 1/sqrt(updates)",
        flag(),
    ),
    # Muon: matrices by orthogonal steps, the rest of the weights by AdamW
    Setting(
        "optimizer.orthogonal_steps",
        "Newton-Schulz iterations",
        "Newton-Schulz iterations of an update",
        integer(0),
    ),
    Setting(
        "optimizer.orthogonal_a",
        "Newton-Schulz coefficient a",
        "a of x <- a x + (b X + c X^2) x, X = x x'",
        number(),
    ),
    Setting("optimizer.orthogonal_b", "Newton-Schulz coefficient b", "b of that iteration", number()),
    Setting("optimizer.orthogonal_c", "Newton-Schulz coefficient c", "c of that iteration", number()),
    Setting(
        "optimizer.matrix_scale",
        "matrix scale of Muon",
        "s of the factor s sqrt(larger side) of a matrix's update",
        number(0),
    ),
    Setting(
        "optimizer.rest_rate",
        "learning rate of Muon's AdamW",
        "learning rate of the rest, relative to the matrices'",
        number(0),
    ),
    Setting("optimizer.rest_beta1", "beta 1 of Muon's AdamW", "beta1 of the rest", number(0, 1)),
    Setting("optimizer.rest_beta2", "beta 2 of Muon's AdamW", "beta2 of the rest", number(0, 1)),
    Setting(
        "optimizer.rest_weight_decay", "weight decay of Muon's AdamW", "weight decay of the rest", number(0)
    ),
)
"""Settings in the order of tables."""
