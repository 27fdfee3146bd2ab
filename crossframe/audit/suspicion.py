"""The records of a suspicion: the claim that one setting of a published experiment costs it accuracy."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from crossframe.claims.claim import Claim, Elsewhere, Mark, Source

FIXED = "2026-11-21 06:26 UTC"
"""When the rule was fixed that judges every suspicion; see `crossframe.claims.setting_effect.RULE`."""

MARK = (
    "borne out where the interval lies above 0 at one sample size at least, below 0 at none, and no size "
    "shows surely no effect; the other outcomes stand under “How a verdict is made”"
)
EARLIER_RULE = Mark(
    "the same without the outcome that depends on the threshold (an interval that left 0 out counted even "
    "where the effect was 0 or turned round with all labels cut at 0.5), and without positive controls",
    "2026-11-21 05:26 UTC",
    "an effect that turns with the threshold does not tell how well a model was trained, and a proof without "
    "a positive control has no power",
)


class Role(enum.StrEnum):
    """The part that an experiment plays in a verdict; the value is what a reader sees."""

    DECIDES = "decides"
    """The verdict rests on it."""
    PROOF = "proof, deterministic mode"
    """Two equal fits, to the last bit, prove that the changed parameter is not in use."""
    CONTROL = "positive control, deterministic mode"
    """The change of a proof where it is in use: if this changed nothing either, the proof would be void."""
    BITS = "deterministic mode"
    """Both fits in h2o's deterministic mode: equal or not, to the last bit."""
    BESIDE = "beside"
    """For comparison; the verdict does not depend on it."""

    @property
    def deterministic(self) -> bool:
        """Whether both fits are made in h2o's deterministic mode."""
        return self in (Role.PROOF, Role.CONTROL, Role.BITS)


@dataclass(frozen=True)
class Switch:
    """One change of a contestant, and nothing else.

    Attributes
    ----------
    change
        Overrides as people write them, ``rate=0.5``; also what the reader sees.
    role
        See `Role`.
    note
        What the change is, for a reader.
    other
        Another contestant in place of the base with overrides.
    same_fit
        No second fit: the labels of the same fit, cut at a score of 0.5.
    given
        Overrides of both fits, without which the change could not act.
    few
        Fits so slow that there are fewer samples.
    earlier
        The mark by which this experiment decided until another took its place.
    """

    change: str
    role: Role
    note: str
    other: str = ""
    same_fit: bool = False
    given: str = ""
    few: bool = False
    earlier: Mark | None = None

    @property
    def group(self) -> str:
        """The comparison that holds its fits: deterministic, few, or the main one (empty)."""
        return "deterministic" if self.role.deterministic else "few" if self.few else ""

    @property
    def description(self) -> str:
        """What the change is, with what both fits have in common beside."""
        return f"{self.note} (both fits with {self.given})" if self.given else self.note

    def left(self, base: str) -> str:
        """The contestant ``base`` with the change, as `crossframe.experiment.spec.parse` reads it."""
        if self.same_fit:
            return base
        if self.other:
            return self.other
        return f"{base}:{','.join([*self._common(), self.change])}"

    def right(self, base: str) -> str:
        """The contestant ``base`` without the change, as `crossframe.experiment.spec.parse` reads it."""
        common = self._common()
        return f"{base}:{','.join(common)}" if common else base

    def _common(self) -> list[str]:
        return ["reproducible=true"] * self.role.deterministic + [self.given] * bool(self.given)


@dataclass(frozen=True)
class Suspicion:
    """One suspicion: that a setting of a published contestant costs it accuracy.

    Attributes
    ----------
    key
        Its name in JSON and in links.
    title
        A few words, for headings and figures.
    text
        The suspicion in one sentence.
    voiced, link
        By whom, and where.
    background
        What the words mean.
    contestant, subject
        The contestant as published, and how the reader calls it.
    parameters
        The framework's parameters to show, the suspected one first.
    reading
        How to read the experiment.
    switches
        The experiments; exactly one decides.
    documentation
        The framework's own page.
    fits_matter
        Whether the reader is shown how the fits as published ended.
    owner
        The callable whose default counts where several have a parameter of the same name.
    elsewhere
        Other claim sets that judge it from other data.
    """

    key: str
    title: str
    text: str
    voiced: str
    link: str
    background: str
    contestant: str
    subject: str
    parameters: tuple[str, ...]
    reading: str
    switches: tuple[Switch, ...]
    documentation: str
    fits_matter: bool = False
    owner: str = ""
    elsewhere: tuple[Elsewhere, ...] = ()

    @property
    def claim(self) -> Claim:
        """The suspicion as a claim, with the mark by which it is judged and the earlier one."""
        decided = next((s.earlier for s in self.switches if s.earlier is not None), None)
        return Claim(
            self.key,
            self.text,
            Source(self.voiced, self.link),
            "accuracy with the setting switched away minus accuracy as published, paired by draw",
            MARK,
            FIXED,
            (decided or EARLIER_RULE,),
            set="suspicions",
            elsewhere=self.elsewhere,
        )

    @property
    def decisive(self) -> Switch:
        """The one experiment whose effects make the verdict."""
        return next(s for s in self.switches if s.role is Role.DECIDES)

    @property
    def proven(self) -> str:
        """The parameter that a proof changes; empty without one."""
        return next((s.change.partition("=")[0] for s in self.switches if s.role is Role.PROOF), "")
