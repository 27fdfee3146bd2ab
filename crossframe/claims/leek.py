"""Leek's experiment of 2017: his figure, the quirks of his script, and what was claimed of it."""

from __future__ import annotations

from crossframe.claims.accuracies import ahead, inside, narrows
from crossframe.claims.claim_set import read_claims
from crossframe.claims.conduct import all_epochs, in_force, threshold
from crossframe.claims.original import Point, Quirk, Rule, judged, small

CURVES: dict[str, tuple[Point, ...]] = {
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
    "leek.h2o.mlp": (
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


QUIRKS = (
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


NET_SETTINGS: dict[str, Rule] = {
    "net-rate": lambda v: in_force(v, "leek.h2o.mlp", "rate"),
    "net-averaging": lambda v: in_force(v, "leek.h2o.mlp", "elastic_averaging", False),
}
"""Beam's guesses about Leek's net, judged on either experiment."""

_RULES: dict[str, Rule] = {
    "linear-ahead": lambda v: ahead(v, "leekasso.f.lm", "leek.h2o.mlp", small(v)),
    "net-catches-up": lambda v: narrows(v, "leekasso.f.lm", "leek.h2o.mlp"),
    "linear-curve": lambda v: inside(v, "leekasso.f.lm", CURVES["leekasso.f.lm"], 20),
    "net-curve": lambda v: inside(v, "leek.h2o.mlp", CURVES["leek.h2o.mlp"], 10),
    "net-epochs": lambda v: all_epochs(v, "leek.h2o.mlp"),
    "net-threshold": lambda v: threshold(v, "leek.h2o.mlp", small(v)),
    "net-early-stop": lambda v: ahead(v, "leek.h2o.mlp:classification_stop=-1", "leek.h2o.mlp", small(v)),
    **NET_SETTINGS,
}
_CLAIMS = read_claims("crossframe.claims", "leek.toml")

CLAIMS = judged(_CLAIMS, _RULES)
GUESSES = judged(_CLAIMS, NET_SETTINGS)
