"""Published claims, and what the measured cells of a preset's run say about each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crossframe.conduct import (
    all_epochs,
    counted,
    in_force,
    same_labels,
    threshold,
    underfits,
    warns,
    without_decay,
)
from crossframe.findings import PERFECT, Finding, Verdict, ahead, alike, inside, narrows, reaches
from crossframe.published import BEAM_CODE, BEAM_POST, BEAM_REDUX, LEEK_POST
from crossframe.report.view import Compared, View


@dataclass(frozen=True)
class Claim:
    """A published claim, where it stands, its verdict and what was measured, in words."""

    text: str
    source: str
    verdict: Verdict
    measured: str


def claims(result: Compared) -> list[Claim]:
    """The claims that belong to the run's preset, evaluated; none for a run without preset."""
    view = View(result)
    table = {"leek-2017": _LEEK, "beam-2017": _BEAM}.get(view.preset or "", ())
    return [Claim(text, source, *find(view)) for text, source, find in table]


def _small(view: View) -> list[int]:
    return [n for n in view.sizes if n <= 20]


def _from(view: View, n: int) -> list[int]:
    return [size for size in view.sizes if size >= n]


_Entry = tuple[str, str, Callable[[View], Finding]]
_H2O: tuple[_Entry, ...] = (
    ("h2o's net fails because its learning rate of 0.005 is too small", f"{BEAM_POST}, a guess",
     lambda v: in_force(v, "h2o.mlp", "rate")),
    ("h2o's net fails because of elastic averaging", f"{BEAM_POST}, a guess",
     lambda v: in_force(v, "h2o.mlp", "elastic_averaging", False)),
)  # fmt: skip
_LEEK: tuple[_Entry, ...] = (
    ("At low n (to 20) the ten-pixel linear model outperforms the deep net", LEEK_POST,
     lambda v: ahead(v, "leekasso.f.lm", "h2o.mlp", _small(v))),
    ("As n grows the net catches up", LEEK_POST, lambda v: narrows(v, "leekasso.f.lm", "h2o.mlp")),
    ("The ten-pixel linear model's curve, n ≥ 20", f"{LEEK_POST}, "
    f"figure", lambda v: inside(v, "leekasso.f.lm", 20)),
    ("The deep net's curve", f"{LEEK_POST}, figure", lambda v: inside(v, "h2o.mlp", 10)),
    ("The net is trained for 20 epochs", f"{LEEK_POST}, code", lambda v: all_epochs(v, "h2o.mlp")),
    ("The net fails on small samples by over-fitting", "the reading that the title of Leek's post invites",
     lambda v: underfits(v, "h2o.mlp")),
    ("Cutting labels at the F1-optimal score, not at 0.5, holds the net back at low n",
     "h2o's own default, not discussed in 2017", lambda v: threshold(v, "h2o.mlp", _small(v))),
    ("Ending at zero training error (classification_stop = 0) holds the net back at low n",
     "h2o's own default, not discussed in 2017",
     lambda v: ahead(v, "h2o.mlp:classification_stop=-1", "h2o.mlp", _small(v))),
    *_H2O,
)  # fmt: skip
_BEAM: tuple[_Entry, ...] = (
    ("The MLP is essentially perfect at every "
    "n", BEAM_POST, lambda v: reaches(v, "keras.mlp", PERFECT, v.sizes)),
    ("The CNN is essentially perfect at every "
    "n", BEAM_POST, lambda v: reaches(v, "keras.cnn", PERFECT, v.sizes)),
    ("The MLP is above \"MLP (Leek)\" at every "
    "n", BEAM_POST, lambda v: ahead(v, "keras.mlp", "keras.mlp-leek", v.sizes)),
    ("\"MLP (Leek)\" is poor at small n and "
    "recovers", BEAM_POST, lambda v: narrows(v, "keras.mlp", "keras.mlp-leek")),
    ("The failure of \"MLP (Leek)\" at small n is over-fitting", "the reading that Beam's post argues "
    "against",
     lambda v: underfits(v, "keras.mlp-leek")),
    ("Setting the decay of \"MLP (Leek)\" to 0, and nothing else, lifts it at small n",
     "implied by Keras's rule, lr / (1 + decay t)", without_decay),
    ("200 epochs of the MLP are 200 ⌈n/32⌉ updates", BEAM_CODE, lambda v: counted(v, "keras.mlp", 32, 200)),
    ("20 epochs of \"MLP (Leek)\" are 20 n "
    "updates", BEAM_CODE, lambda v: counted(v, "keras.mlp-leek", 1, 20)),
    ("R's glm warns on separable pixels, liblinear does not", f"{BEAM_CODE} and {BEAM_REDUX}",
     lambda v: warns(v, "leekasso.welch.glm", "leekasso.welch.liblinear")),
    ("glm and liblinear label alike although their coefficients are far apart", f"{BEAM_CODE} and "
    f"{BEAM_REDUX}",
     lambda v: same_labels(v, "leekasso.welch.glm", "leekasso.welch.liblinear")),
    ("The single best pixel is almost identical to ten, n ≥ 20", BEAM_POST,
     lambda v: alike(v, "pixel.best", "leekasso.welch.liblinear", _from(v, 20))),
    ("A rule without data, \"centre pixel black\", is accurate (at least 0.95)", BEAM_POST,
     lambda v: reaches(v, "pixel.centre", 0.95, v.sizes[:1])),
    *_H2O,
)  # fmt: skip
