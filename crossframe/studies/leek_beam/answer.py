"""The answer of the study ``leek-beam`` in sentences, made of verdicts and of what was measured."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from crossframe.claims.accuracies import interval
from crossframe.claims.claim import Finding, Verdict
from crossframe.claims.conduct import in_force
from crossframe.claims.judge import above, between, in_words
from crossframe.claims.original import small
from crossframe.claims.setting_effect import EQUAL
from crossframe.core.statistics import Interval
from crossframe.core.text import accuracy
from crossframe.experiment.view import View
from crossframe.frameworks.contract import Status
from crossframe.studies.leek_beam.runs import (
    CAUSES,
    DECAY,
    GLM,
    H2O,
    LIBLINEAR,
    LM,
    LOGISTIC,
    MLP,
    PORT,
    THRESHOLD,
    Cause,
)  # fmt: skip


def effect(view: View, cause: Cause, n: int) -> Interval:
    """Accuracy with the switch minus that without, paired by draw."""
    if cause.switched == cause.base:
        row = view.row(cause.base, n)
        return (
            Interval(math.nan)
            if row is None
            else interval(row, "half_gain", "half_gain_low", "half_gain_high")
        )
    return view.difference(cause.switched, cause.base, n, "accuracy")


class Answer:
    """Who was right, by how much, and why; one sentence a method.

    Attributes
    ----------
    leek, beam
        All contestants on the two designs.
    n
        The smallest number of training images.
    """

    def __init__(self, findings: Sequence[Finding], leek: View, beam: View) -> None:
        self.leek, self.beam, self.n = leek, beam, beam.sizes[0]
        self._findings = {finding.claim.key: finding for finding in findings}

    def sentences(self) -> tuple[str, ...]:
        """All of them."""
        return (
            f"{self._who()}.", f"{self._net()}.", f"{self._port()}.", f"{self._suspected()}.",
            f"{self._third()}.",
        )  # fmt: skip

    def _by(self, key: str, holds: str, partly: str, fails: str, open_: str) -> str:
        """The words for the verdict on a claim; ``open_`` also where it was not run."""
        words = {Verdict.HOLDS: holds, Verdict.PARTLY: partly, Verdict.FAILS: fails}
        return words.get(self._findings[key].verdict, open_)

    def _score(self, view: View, name: str) -> str:
        row = view.row(name, self.n)
        return accuracy(row) if row else "no result"

    def _where(self, left: str, right: str) -> str:
        """At which n one contestant is surely ahead of another on Beam's samples."""
        gaps = {n: self.beam.difference(left, right, n, "accuracy") for n in self.beam.sizes}
        ahead = [str(n) for n, gap in gaps.items() if above(gap) is Verdict.HOLDS]
        return f"surely ahead at n = {', '.join(ahead)}" if ahead else "nowhere surely ahead"

    def _who(self) -> str:
        repeats = self._by("leek-lead", "holds", "holds at some n", "does not hold", "is open")
        beats = self._by("net-wins", "holds", "holds at some n", "does not hold", "is open")
        both = "Each was right about what he ran" if repeats == "holds" and beats.startswith("holds") else (
            f"Leek's claim {repeats} on what he ran, Beam's {beats} on what he ran"
        )  # fmt: skip
        return (
            f"{both}: with {self.n} images of Leek's samples his ten pixels with lm have an accuracy of "
            f"{self._score(self.leek, LM)} and h2o's net as he ran it {self._score(self.leek, H2O)}; on "
            f"Beam's samples his Keras net has {self._score(self.beam, MLP)} and his ten pixels with "
            f"liblinear {self._score(self.beam, LIBLINEAR)}, and the net is {self._where(MLP, LIBLINEAR)}"
        )

    def _most(self, view: View, cause: Cause) -> bool:
        """Whether no other switch of the same net gains surely more than ``cause``, which surely gains."""
        gains = {
            c: effect(view, c, self.n) for c in CAUSES if (c.base, c.design) == (cause.base, cause.design)
        }
        sure = [c for c, gain in gains.items() if above(gain) is Verdict.HOLDS]
        return cause in sure and max(sure, key=lambda c: gains[c].value) is cause

    def _net(self) -> str:
        gain = in_words(effect(self.leek, THRESHOLD, self.n))
        last = small(self.leek)[-1]
        rule = "H2O cuts where F1 is largest on the training rows"
        if self._most(self.leek, THRESHOLD):
            words = (
                "What cost Leek's net most is no property of deep learning but the threshold for labels: "
                f"{rule}, and the same fits cut at p > 0.5 gain {gain} at n = {self.n}"
            )
        else:
            words = (
                f"{rule}; the same fits cut at p > 0.5 differ by {gain} at n = {self.n}, so that the "
                "threshold is not shown to be what cost Leek's net most"
            )
        return f"{words}; then " + self._by(
            "leek-lead-at-half",
            "the ten pixels with lm still lead",
            "the ten pixels with lm lead at some n only",
            "the net is ahead of the ten pixels with lm",
            f"neither it nor lm is surely ahead to n = {last}",
        )

    def _port(self) -> str:
        cause = "what cost it most is" if self._most(self.beam, DECAY) else "what may have cost it most is"
        converged = self._by(
            "port-not-converged", "It had not converged", "", "It had converged, or was over-fitted",
            "It may not have converged",
        )  # fmt: skip
        own = self._by(
            "h2o-not-converged", "had not converged either", "", "had converged, or was over-fitted",
            "may have converged or not, or be over-fitted: that cannot be settled with these samples",
        )  # fmt: skip
        return (
            f'"MLP (Leek)", Beam\'s copy of that net in Keras, has {self._score(self.beam, PORT)} at n = '
            f"{self.n}; {cause} a learning rate that decays: without that decay alone it has "
            f"{in_words(effect(self.beam, DECAY, self.n))} more. {converged} "
            f"({self._measured('port-not-converged')}); h2o's own net, which stops at zero training error, "
            f"{own} ({self._measured('h2o-not-converged')})"
        )

    def _measured(self, key: str) -> str:
        """What was measured for a claim, without the conclusion at its end."""
        return re.sub(r": [a-z -]+$", "", self._findings[key].words.rstrip("."))

    def _suspected(self) -> str:
        off = [in_force(self.beam, H2O, *of).verdict for of in (("rate",), ("elastic_averaging", False))]
        optimizer = (
            "plays no part: its learning rate of 0.005 is not used with ADADELTA, and elastic averaging is "
            "off" if off == [Verdict.FAILS, Verdict.FAILS]
            else "may play a part: its learning rate or its elastic averaging is in force here"
        )  # fmt: skip
        glm = [cell for cell in self.beam.of(GLM) if cell["n"] == self.n]
        separated = sum(cell["status"] == Status.SEPARATED for cell in glm)
        share = f"on {separated} of {len(glm)} samples at n = {self.n} the classes are separated"
        right = self._by(
            "solver", f"is right at n = {' and '.join(map(str, small(self.beam)))}", "is right at some n",
            "is not borne out", "is not settled",
        )  # fmt: skip
        cause = self._by(
            "solver-cause", "the solver is why", "", "the penalty is why, not the solver",
            "these accuracies do not settle whether the solver or the penalty is why",
        )  # fmt: skip
        return (
            f"What Beam suspected in h2o's optimizer {optimizer}. His suspicion that R's glm is less "
            f"reliable than liblinear {right}"
            + (f" ({share}, and glm has no finite optimum)" if separated else "")
            + f"; {cause} ({self._measured('solver-cause')})"
        )  # fmt: skip

    def _third(self) -> str:
        gaps = {n: self.beam.difference(LOGISTIC, MLP, n, "accuracy") for n in self.beam.sizes}
        near = {n: between(gap, -EQUAL, EQUAL) for n, gap in gaps.items()}
        further = [str(n) for n, verdict in near.items() if verdict is Verdict.FAILS]
        within = [str(n) for n, verdict in near.items() if verdict is Verdict.HOLDS]
        if further:
            place = f"is surely more than {EQUAL:g} from Beam's net at n = {', '.join(further)}"
        elif len(within) == len(near):
            place = f"is within {EQUAL:g} of Beam's net at every n: it does as well"
        else:
            place = f"is nowhere surely more than {EQUAL:g} from Beam's net" + (
                f" and surely within that at n = {', '.join(within)}" if within else ""
            )
        return (
            "A third model, not run in 2017: scikit-learn's default logistic regression on all pixels has "
            f"{self._score(self.beam, LOGISTIC)} at n = {self.n}, and {place}"
        )
