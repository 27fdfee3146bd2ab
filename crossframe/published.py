"""What the originals published, and which of their quirks a replication here follows."""

from __future__ import annotations

from dataclasses import dataclass

LEEK_POST = "Leek 2017-05-31, \"Don't use deep learning your data isn't that big\""
BEAM_POST = 'Beam 2017-06-04, "You can probably use deep learning even if your data isn\'t that big"'
BEAM_CODE = "Beam 2017, mnist.py"
BEAM_REDUX = "Beam 2017, leek_analysis.R"

DIGITISED = 0.003
"""Accuracy: how far a digitised value may lie from the published one."""


@dataclass(frozen=True)
class Point:
    """A point of a published learning curve, read off the figure to +-`DIGITISED`.

    ``mean`` accuracy over the replicates, ``low`` and ``high`` their 10th and 90th percentile;
    None where the figure covers that end of the bar.
    """

    n: int
    mean: float
    low: float | None
    high: float | None

    def contains(self, accuracy: float) -> bool | None:
        """Whether ``accuracy`` lies in the published spread; None when the end it would cross is hidden."""
        if self.high is not None and accuracy > self.high + DIGITISED:
            return False
        if self.low is not None and accuracy < self.low - DIGITISED:
            return False
        hidden = self.low is None if accuracy < self.mean else self.high is None
        return None if hidden else True


LEEK: dict[str, tuple[Point, ...]] = {
    "leekasso.f.lm": (
        Point(10, 0.893, 0.81, 0.965),
        Point(15, 0.886, 0.81, 0.979),
        Point(20, 0.943, None, 0.984),
        Point(25, 0.981, 0.974, 0.987),
        Point(30, 0.980, 0.963, 0.989),
        Point(35, 0.978, 0.959, 0.990),
        Point(40, 0.966, None, 0.981),
        Point(45, 0.985, 0.980, 0.989),
        Point(50, 0.954, 0.895, 0.989),
        Point(55, 0.985, 0.983, 0.987),
        Point(60, 0.985, 0.981, 0.989),
        Point(65, 0.986, 0.982, 0.992),
        Point(70, 0.982, 0.978, 0.986),
        Point(75, 0.984, 0.982, 0.990),
        Point(80, 0.985, None, None),
        Point(85, 0.987, 0.984, 0.991),
    ),
    "h2o.mlp": (
        Point(10, 0.797, 0.661, 0.917),
        Point(15, 0.798, 0.740, 0.846),
        Point(20, 0.891, 0.834, 0.939),
        Point(25, 0.855, 0.816, 0.907),
        Point(30, 0.915, 0.885, 0.956),
        Point(35, 0.931, 0.906, 0.953),
        Point(40, 0.952, 0.923, 0.972),
        Point(45, 0.916, 0.852, 0.963),
        Point(50, 0.943, 0.924, 0.962),
        Point(55, 0.932, 0.906, 0.964),
        Point(60, 0.963, 0.958, 0.968),
        Point(65, 0.957, 0.938, 0.974),
        Point(70, 0.957, 0.941, 0.974),
        Point(75, 0.958, 0.928, 0.977),
        Point(80, 0.971, 0.956, 0.988),
        Point(85, 0.965, 0.950, 0.978),
    ),
}
"""Leek's only figure, by contestant: 16 sizes of 5 replicates (his code says 15 sizes, to 80). The
low ends at n = 10 and 15 of the first are about .81: the other curve's bars cover them."""


@dataclass(frozen=True)
class Quirk:
    """A peculiarity of an original: ``followed`` here or not, and what is done instead."""

    text: str
    followed: bool
    instead: str = ""


LEEK_QUIRKS = (
    Quirk(
        "the 80/20 split and the draws are not stratified (the label is numeric, so caret cuts one bin)", True
    ),
    Quirk("sample sizes are rounded up: ceiling(n p)", True),
    Quirk(
        "pixels are ranked by the pooled-variance F test, ties take average ranks and every rank of 10 or "
        "less is kept, so that fewer or more than ten pixels can be kept at n = 10",
        True,
    ),
    Quirk(
        "linear regression on 0/1 labels, cut at 0.5, is the classifier; aliased coefficients are dropped",
        True,
    ),
    Quirk(
        "h2o.deeplearning keeps every default that the call does not name, the early stop at zero "
        "training error included",
        True,
    ),
    Quirk("labels of the net are cut where F1 on the training sample is largest, not at 0.5", True),
    Quirk(
        "data: the Kaggle Digit Recognizer subset of MNIST",
        False,
        "not obtainable without an account; the zeros and ones of the data set named above are split 80/20",
    ),
    Quirk(
        "R's random stream after set.seed(12345)",
        False,
        "draws come from NumPy's generator, so the samples are others of the same kind",
    ),
    Quirk(
        "the published figure has 16 sizes (10 to 85), the published code 15 (10 to 80)",
        False,
        "the code is followed; the size 85 of the figure has nothing to stand beside",
    ),
    Quirk("h2o of 2017", False, "the installed release, named under versions"),
)
BEAM_QUIRKS = (
    Quirk("pixels are raw, 0 to 255, in every model", True),
    Quirk('a "fold" is an independent, unstratified draw WITH replacement', True),
    Quirk("accuracy is measured on the last half of the 0/1 test images in file order", True),
    Quirk("Keras's default batch of 32, so that 200 epochs at n = 10 are 200 updates", True),
    Quirk(
        "\"MLP (Leek)\" takes h2o's rho = 0.99 for Keras's decay, which divides the learning rate by "
        "1 + 0.99 t, and does not standardise the inputs",
        True,
    ),
    Quirk("the CNN has a dropout of 0.2 that the post does not mention", True),
    Quirk("pixels are ranked by a Welch-type score with population variances plus 1e-6", True),
    Quirk("LogisticRegression(C=1e6) meant liblinear, with a penalised intercept", True),
    Quirk(
        "each model gets draws of its own",
        False,
        "all contestants share the draws, so that differences are paired",
    ),
    Quirk("no seed anywhere", False, "every draw and every fit is seeded"),
    Quirk("Keras 1.x and scikit-learn of 2017", False, "the installed releases, named under versions"),
    Quirk("the committed script stops with a NameError before it trains", False, "the evident intent is run"),
)
QUIRKS: dict[str, tuple[Quirk, ...]] = {"leek-2017": LEEK_QUIRKS, "beam-2017": BEAM_QUIRKS}
"""Preset -> the quirks of the original, followed ones first."""
