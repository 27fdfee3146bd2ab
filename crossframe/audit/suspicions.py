"""The suspicions about Leek's and Beam's experiments of 2017, each with the experiment that tests it.

Texts may hold ``[words](link)`` and `code`; nothing that was measured is written here.
"""

from __future__ import annotations

from crossframe.audit.suspicion import EARLIER_RULE, Role, Suspicion, Switch
from crossframe.claims.claim import Elsewhere, Mark

LEEK = "https://simplystatistics.org/2017/05/31/deeplearning-vs-leekasso/"
BEAM = "https://beamandrew.github.io/deeplearning/2017/06/04/deep_learning_works.html"
H2O_DOCS = "https://docs.h2o.ai/h2o/latest-stable/h2o-docs/data-science/deep-learning.html"
KERAS_DOCS = "https://keras.io/api/optimizers/learning_rate_schedules/inverse_time_decay/"
SKLEARN_DOCS = (
    "https://scikit-learn.org/stable/modules/generated/sklearn.linear_model.LogisticRegression.html"
)
GLM_DOCS = "https://stat.ethz.ch/R-manual/R-patched/library/stats/html/glm.control.html"

_NET = "Leek's net in h2o"
_GOES_ON = "epochs=5,train_samples_per_iteration=0,classification_stop=-1"
"""Five rounds of training of one epoch each, without the stop at the first score without an error."""
_RACE = (
    "Outside its deterministic mode h2o trains with several threads that write to the same weights without "
    "waiting for each other: the same seed gives another model each time. What two such fits differ by is "
    "therefore noise unless it is consistent over many draws; equality can be shown only in the "
    "deterministic mode (`reproducible=true`: one thread)."
)

SUSPICIONS = (
    Suspicion(
        "rate",
        "rate = 0.005",
        "Leek's net learns badly because its learning rate of 0.005 is too small.",
        "A guess in Beam's answer; he gave the same number to his own port of the net.",
        BEAM,
        "The learning rate is the factor by which a training step follows the slope of the error. "
        "`h2o.deeplearning` has a parameter `rate`, 0.005 by default. It also has "
        "`adaptive_rate`, true by default: then the steps are set by "
        "[ADADELTA](https://arxiv.org/abs/1212.5701), a rule that derives the size of each weight's step "
        "from the sizes of its earlier gradients and steps. ADADELTA has two constants, `rho` and "
        "`epsilon`, and no learning rate.",
        "leek.h2o.mlp",
        _NET,
        ("rate", "adaptive_rate", "rho", "epsilon"),
        _RACE + " The last experiment makes the rate active, by switching ADADELTA off: it shows whether "
        "0.005 would have mattered had it been in use.",
        (
            Switch("rate=0.5", Role.PROOF, "a hundred times the rate"),
            Switch(
                "rate=0.5", Role.CONTROL, "the same where the rate is in use", given="adaptive_rate=false"
            ),
            Switch("rho=0.9", Role.BITS, "another constant of ADADELTA: is it in force?"),
            Switch("epsilon=1e-06", Role.BITS, "the other constant of ADADELTA: is it in force?"),
            Switch("rate=0.5", Role.DECIDES, "a hundred times the rate, threads racing as published"),
            Switch("adaptive_rate=false", Role.BESIDE, "ADADELTA off, so that the rate of 0.005 is used"),
        ),
        H2O_DOCS,
        elsewhere=(
            Elsewhere(
                "leek/net-rate",
                "The repeated experiments of 2017 judge it by the framework's own report alone.",
            ),
        ),
    ),
    Suspicion(
        "elastic-averaging",
        "elastic averaging",
        "Leek's net learns badly because h2o trains by elastic averaging.",
        "A guess in Beam's answer.",
        BEAM,
        "Elastic averaging pulls the weights, after each round of training, towards a moving average: of "
        "the copies that the machines of a cluster train, or of the one copy there is. h2o offers it as "
        "`elastic_averaging`, with two constants.",
        "leek.h2o.mlp",
        _NET,
        ("elastic_averaging", "elastic_averaging_moving_rate", "elastic_averaging_regularization"),
        _RACE + " Elastic averaging is off by default, and it acts between rounds of training: a net that is "
        "trained in one round has nothing to average. The proof and its controls therefore go on for five "
        "epochs, each a round. The proof changes a constant of elastic averaging as it is, off; the controls "
        "switch it on, and change the constant where it is on. The last two experiments switch it on in "
        "Leek's own call: where training ends within the first round, not even that changes a prediction.",
        (
            Switch(
                "elastic_averaging_moving_rate=0.1",
                Role.PROOF,
                "another constant, 0.9 by default",
                given=_GOES_ON,
            ),
            Switch("elastic_averaging=true", Role.CONTROL, "switched on", given=_GOES_ON),
            Switch(
                "elastic_averaging_moving_rate=0.1",
                Role.CONTROL,
                "the proof's change where averaging is on",
                given=f"{_GOES_ON},elastic_averaging=true",
            ),
            Switch("elastic_averaging=true", Role.BITS, "switched on in Leek's own call"),
            Switch("elastic_averaging=true", Role.DECIDES, "switched on, threads racing as published"),
        ),
        H2O_DOCS,
        elsewhere=(
            Elsewhere(
                "leek/net-averaging",
                "The repeated experiments of 2017 judge it by the framework's own report alone.",
            ),
        ),
    ),
    Suspicion(
        "epochs",
        "20 epochs",
        "Leek's net is trained too briefly: 20 epochs are too few.",
        "Beam suspected a lack of convergence, and trained his own nets for 200 epochs.",
        BEAM,
        "An epoch is one pass over the training rows. The number asked for is an upper limit: h2o ends "
        "training early by its own rules. One of them, `classification_stop`, ends it at the first check "
        "that finds the share of misclassified training rows at or below this value, 0 by default. "
        "Another, `stopping_rounds`, ends it when so many checks in a row bring nothing.",
        "leek.h2o.mlp",
        _NET,
        ("epochs", "classification_stop", "stopping_rounds", "overwrite_with_best_model"),
        "The table of fits says how many epochs were run and which rule ended them. Asking for more "
        "epochs alone changes nothing where that rule ends training before they are reached. The experiment "
        "that decides asks for 100 and switches the rule off (−1); its fits take long, so that it has fewer "
        "samples, and wider intervals. Beside it: the rule off, with the 20 epochs of the script.",
        (
            Switch(
                "epochs=100,classification_stop=-1",
                Role.DECIDES,
                "five times the epochs, the early stop off; fewer samples, because it is slow",
                few=True,
            ),
            Switch(
                "classification_stop=-1",
                Role.BESIDE,
                "the early stop off: all 20 epochs",
                earlier=Mark(
                    "the rule of that time, without the outcome that depends on the threshold, on all 20 "
                    "epochs of the script with the early stop off",
                    EARLIER_RULE.fixed,
                    f"to run all 20 epochs cannot show whether 20 are too few; now a hundred decide; "
                    f"and {EARLIER_RULE.reason}",
                ),
            ),
            Switch("epochs=200", Role.BITS, "ten times the epochs, the early stop left on"),
            Switch("classification_stop=-1", Role.BITS, "the early stop off: is the rule in force?"),
        ),
        H2O_DOCS,
        fits_matter=True,
        elsewhere=(
            Elsewhere(
                "leek/net-early-stop",
                "The repeated experiment of Leek switches the early stop off as the earlier criterion "
                "did, on his design, from five draws.",
            ),
        ),
    ),
    Suspicion(
        "tanh",
        "tanh",
        "Leek's net learns badly because of its tanh units.",
        "Implied by Beam's answer, whose own net has rectifier units, as one would build it in 2017.",
        BEAM,
        "A unit passes its input through a fixed curve, the activation. Leek's net takes the hyperbolic "
        "tangent, which is flat far from 0; a rectifier is 0 below 0 and the input itself above.",
        "leek.h2o.mlp",
        _NET,
        ("activation",),
        "Everything else stays, the width of the initial weights included.",
        (Switch("activation=Rectifier", Role.DECIDES, "rectifier units"),),
        H2O_DOCS,
    ),
    Suspicion(
        "standardize",
        "standardisation on few rows",
        "Leek's net learns badly because h2o standardises every pixel by a mean and a standard deviation "
        "that were estimated on as few as ten rows.",
        "Not voiced in 2017; raised when the experiment was run again. Beam's nets get raw pixels.",
        BEAM,
        "To standardise is to subtract the mean of the training rows and to divide by their standard "
        "deviation. A pixel that is white in nine of ten rows has a small one, so that another image may "
        "have a value far beyond any seen in training.",
        "leek.h2o.mlp",
        _NET,
        ("standardize", "ignore_const_cols"),
        "Without it the net gets pixels from 0 to 255: the scale of the inputs changes with the noise of its "
        "estimate, and this experiment cannot separate the two.",
        (Switch("standardize=false", Role.DECIDES, "raw pixels"),),
        H2O_DOCS,
    ),
    Suspicion(
        "decay",
        "decay = 0.99 in Beam's port",
        'Beam\'s port of Leek\'s net, "MLP (Leek)", fails because of its decay of 0.99, which is no setting '
        "of the original.",
        "Not voiced in 2017; the value stands in the published script. h2o's manual has 0.99 for `rho`, a "
        "constant of ADADELTA.",
        BEAM,
        "Keras's decay divides the learning rate by 1 + decay × t at update t: with 0.99 it is halved after "
        "one update and a two-hundredth after 200. The net of the port hardly moves.",
        "leek.keras.mlp",
        "Beam's port in Keras",
        ("decay", "optimizer", "learning_rate", "momentum", "nesterov"),
        "Only the decay is set to 0; the 20 epochs, the tanh units and the rate of 0.005 stay.",
        (Switch("schedule.decay=0", Role.DECIDES, "a constant learning rate of 0.005"),),
        KERAS_DOCS,
        fits_matter=True,
        owner="SGD",
        elsewhere=(
            Elsewhere(
                "beam/leek-decay",
                "The repeated experiment of Beam judges it at its smallest n alone, from five of "
                "these draws.",
            ),
            Elsewhere(
                "leek-beam/decay",
                "The study of the argument of 2017 judges it at every n to 20.",
            ),
        ),
    ),
    Suspicion(
        "intercept",
        "liblinear's intercept",
        "Beam's ten-pixel model is held back because liblinear penalises the intercept.",
        "Implied by Beam's change of solver: Leek fits least squares, Beam's Python script "
        "`LogisticRegression(C=1e6)`, which meant liblinear then.",
        BEAM,
        "A penalty pulls coefficients towards 0, by less the larger `C` is (1 by default, 1e6 in the "
        "script). liblinear, a solver for logistic regression, counts the intercept among the coefficients; "
        "statistics leaves it out. `intercept_scaling` makes its share as small as one likes.",
        "leekasso.beam",
        "the ten-pixel model of Beam's Python script",
        ("intercept_scaling", "C", "solver", "tol", "max_iter"),
        "A small tolerance goes with the scaling, because the solver would otherwise stop early on the "
        "larger problem. Beside it: the default penalty, and a solver that leaves the intercept free.",
        (
            Switch("intercept_scaling=1e4,tol=1e-12", Role.DECIDES, "the intercept all but unpenalised"),
            Switch("C=1", Role.BESIDE, "scikit-learn's default penalty in place of 1e6"),
            Switch(
                "lbfgs in place of liblinear",
                Role.BESIDE,
                "another solver, the intercept unpenalised, C=1e6",
                other="leekasso.welch.lbfgs",
            ),
        ),
        SKLEARN_DOCS,
        fits_matter=True,
    ),
    Suspicion(
        "glm",
        "glm's convergence",
        "The ten-pixel model of Beam's R script is held back because R's glm does not converge.",
        "Implied by Beam's R script, which puts glm in the place of Leek's least squares; glm says so "
        "itself in its warnings.",
        BEAM,
        "Two classes are separated when a plane through the data has all rows of either on its own side. The "
        "likelihood then grows for ever with the coefficients: there is no best fit, and glm stops where the "
        "relative change of the deviance falls below `epsilon` (1e-8) or after `maxit` (25) iterations, "
        "with a warning or without.",
        "leekasso.f.glm",
        "the ten-pixel model of Beam's R script",
        ("maxit", "epsilon", "tol"),
        "Beside it: a smaller `epsilon`, which also makes the tolerance smaller by which glm drops collinear "
        "columns (`tol` is epsilon/1000 where that is below 1e-7), so that it is another model as well; and "
        "solvers that answer where no finite optimum exists, on the same pixels.",
        (
            Switch("maxit=1000", Role.DECIDES, "as many iterations as its stopping rule asks for"),
            Switch("epsilon=1e-14,maxit=1000", Role.BESIDE, "a stricter stopping rule as well"),
            Switch(
                "liblinear in place of glm",
                Role.BESIDE,
                "a faint penalty (C=1e6), so that an optimum exists",
                other="leekasso.f.liblinear",
            ),
            Switch(
                "least squares in place of glm", Role.BESIDE, "Leek's own model", other="leekasso.f.lm"
            ),
        ),
        GLM_DOCS,
        fits_matter=True,
    ),
    Suspicion(
        "threshold",
        "labels at the F1 threshold",
        "Leek's net is scored too low because h2o does not cut its probabilities at one half.",
        "Not voiced in 2017.",
        LEEK,
        "A net gives a probability; a label needs a threshold. h2o takes the one that maximises F1 on the "
        "training rows: F1 is the harmonic mean of the share of predicted ones that are ones and the share "
        "of ones that are predicted. Where a net has all training rows right, every threshold between its "
        "highest 0 and its lowest 1 has the same F1, and which of them is taken decides on new rows.",
        "leek.h2o.mlp",
        _NET,
        (),
        "No second fit: the probabilities of the same fits are cut at 0.5, so that nothing but the threshold "
        "differs and the race between threads plays no part.",
        (Switch("decision.threshold=0.5", Role.DECIDES, "the same fits, cut at 0.5", same_fit=True),),
        H2O_DOCS,
        fits_matter=True,
        elsewhere=(
            Elsewhere(
                "leek/net-threshold",
                "The repeated experiment of Leek judges it on his design, from five draws and to n = "
                "20; where h2o's threads race, even the same draw gives another fit.",
            ),
            Elsewhere(
                "leek-beam/threshold",
                "The study of the argument of 2017 judges it on Leek's design, to n = 20.",
            ),
        ),
    ),
)  # fmt: skip
"""In the order of the page."""

CONTEXT = {
    "leekasso.f.lm": "Leek's ten-pixel model, least squares (R)",
    "leek.h2o.mlp": "Leek's deep net (h2o)",
    "leekasso.beam": "Beam's ten-pixel model, liblinear (scikit-learn)",
    "keras.mlp": "Beam's own net (Keras)",
    "leek.keras.mlp": "Beam's port of Leek's net (Keras)",
}
"""Contestants as published, whose accuracy the suspicions are to explain."""
