"""Beam's experiment of 2017: the quirks of his script, and what was claimed of it."""

from __future__ import annotations

from collections.abc import Callable

from crossframe.claims import leek
from crossframe.claims.accuracies import PERFECT, ahead, alike, narrows, reaches
from crossframe.claims.claim import Verdict
from crossframe.claims.claim_set import read_claims
from crossframe.claims.conduct import counted, same_labels, warns, without_decay
from crossframe.claims.judge import between, close
from crossframe.claims.original import Quirk, Rule, Ruling, judged
from crossframe.claims.setting_effect import EQUAL
from crossframe.core.statistics import Interval
from crossframe.experiment.view import View

QUIRKS = (
    Quirk("pixels are raw, 0 to 255, in every model", True),
    Quirk('a "fold" is an independent, unstratified draw WITH replacement', True),
    Quirk("accuracy is measured on the last half of the 0/1 test images in file order", True),
    Quirk("Keras's default batch of 32, so that 200 epochs at n = 10 are 200 updates", True),
    Quirk(
        "\"MLP (Leek)\" takes h2o's rho = 0.99 for Keras's decay, which divides the learning rate by 1 + "
        "0.99 t, and does not standardise the inputs",
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


def _one_pixel(view: View, rule: Callable[[Interval], Verdict]) -> Ruling:
    """Whether the best single pixel is as accurate as ten, from n = 20 on, by ``rule`` at each n."""
    sizes = [size for size in view.sizes if size >= 20]
    return alike(view, "pixel.best", "leekasso.welch.liblinear", sizes, rule)


_RULES: dict[str, Rule] = {
    "mlp-perfect": lambda v: reaches(v, "keras.mlp", PERFECT, v.sizes),
    "cnn-perfect": lambda v: reaches(v, "keras.cnn", PERFECT, v.sizes),
    "mlp-above-leek": lambda v: ahead(v, "keras.mlp", "leek.keras.mlp", v.sizes),
    "leek-recovers": lambda v: narrows(v, "keras.mlp", "leek.keras.mlp"),
    "leek-decay": without_decay,
    "mlp-updates": lambda v: counted(v, "keras.mlp", 32, 200),
    "leek-updates": lambda v: counted(v, "leek.keras.mlp", 1, 20),
    "glm-warns": lambda v: warns(v, "leekasso.welch.glm", "leekasso.welch.liblinear", "glm.fit: "),
    "same-labels": lambda v: same_labels(v, "leekasso.welch.glm", "leekasso.welch.liblinear"),
    "one-pixel": lambda v: _one_pixel(v, lambda gap: close(gap, EQUAL)),
    "centre-pixel": lambda v: reaches(v, "pixel.centre", 0.95, v.sizes[:1]),
}
_EARLIER: dict[str, tuple[Rule, ...]] = {
    "one-pixel": (lambda v: _one_pixel(v, lambda gap: between(gap, -EQUAL, EQUAL)),),
}
_CLAIMS = read_claims(
    "crossframe.claims", "beam.toml", perfect=PERFECT, equal=f"{EQUAL:g}", twice=f"{2 * EQUAL:g}"
)

CLAIMS = (*judged(_CLAIMS, _RULES, _EARLIER), *leek.GUESSES)
