"""The inference of two fits beside each other: digits of agreement, and the definitions that differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crossframe.core.text import agreement
from crossframe.core.types import FloatArray
from crossframe.explain.inference import formulas
from crossframe.explain.inference.definitions import Definitions, Inferred, definitions
from crossframe.explain.inference.likelihood import computable
from crossframe.explain.inference.reference import Reference
from crossframe.frameworks.inference import MEASURES
from crossframe.settings.vocabulary import titled

_SAME = 8.0
"""Digits from which on two numbers count as the same."""
_SOLVER = 3.0
"""Digits that standard errors have at least where a solver's last step alone makes them differ."""
_LARGEST = 1e9
"""Rows times squared columns beyond which nothing is computed again, which would take minutes."""
_TESTED = ("standard errors", "p-values", "intervals")
_TITLES = {"deviance": "deviance", "log_likelihood": "log-likelihood", "aic": "AIC",
           "dispersion": "dispersion", "residual_df": "residual degrees of freedom"}  # fmt: skip
_DISPERSIONS = {
    "fixed": "1",
    "ml": "the likeliest one",
    "pearson": "Pearson's over n - p",
    "pearson_n": "Pearson's over n",
    "pearson_n-1": "Pearson's over n - 1",
    "deviance": "deviance/(n - p)",
    "deviance_n": "deviance/n",
}
_MEANINGS = {True: "frequency", False: "analytic"}


@dataclass(frozen=True)
class Quantity:
    """One output of both fits.

    Attributes
    ----------
    name
        ``standard errors`` and so on.
    digits
        Digits of the worst term; infinite where both are equal.
    term
        That term; empty for a measure of fit.
    left, right
        Its two values.
    """

    name: str
    digits: float
    term: str
    left: float
    right: float

    @property
    def same(self) -> bool:
        """Whether the two agree in `_SAME` digits."""
        return self.digits >= _SAME


@dataclass(frozen=True)
class Cause:
    """A definition that differs: the setting, both values in words, and what it makes differ."""

    setting: str
    left: str
    right: str
    makes: str


@dataclass(frozen=True)
class ComparedInference:
    """The inference of two fits.

    Attributes
    ----------
    quantities
        Each output that both have.
    terms
        Each term with both standard errors and p-values.
    causes
        The definitions that differ, each proved: either side's numbers come out by its own.
    words, of_fit
        Why standard errors and tests do not agree, and why measures of fit do not, a sentence each.
    why_not
        Why nothing is compared, in a sentence; else empty.
    """

    quantities: tuple[Quantity, ...] = ()
    terms: tuple[tuple[str, float, float, float, float], ...] = ()
    causes: tuple[Cause, ...] = ()
    words: tuple[str, ...] = ()
    of_fit: tuple[str, ...] = ()
    why_not: str = ""

    @property
    def by_definition(self) -> bool:
        """Whether what every summary prints, standard errors and p-values, differs by a definition."""
        return any(cause.makes in ("standard errors", "p-values") for cause in self.causes)

    @property
    def differs(self) -> bool:
        """Whether standard errors and tests differ by a definition, or by more than a solver leaves."""
        return self.by_definition or any(q.digits < _SOLVER for q in self.quantities if q.name in _TESTED)

    @property
    def summary(self) -> str:
        """In how many digits the two agree, and why not in more, in sentences."""
        if self.why_not:
            return self.why_not
        known = [(name, q.digits) for name in _TESTED if (q := self.quantity(name)) is not None]
        listed = ", ".join(f"{name} {agreement(digits)}" for name, digits in known)
        return " ".join([f"Beside the estimates: {listed}.", *self.words])

    def quantity(self, name: str) -> Quantity | None:
        """One output; None: not both have it."""
        return next((q for q in self.quantities if q.name == name), None)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON; digits are null where both are equal."""
        return {
            "quantities": [
                {"name": q.name, "digits": None if math.isinf(q.digits) else q.digits, "term": q.term or None,
                 "left": q.left, "right": q.right}
                for q in self.quantities
            ],
            "terms": [
                {"term": t, "standard_error": [a, b], "p_value": [p, q]} for t, a, b, p, q in self.terms
            ],
            "causes": [
                {"setting": c.setting, "left": c.left, "right": c.right, "of": c.makes} for c in self.causes
            ],
            "words": [*self.words, *self.of_fit],
            "why_not": self.why_not or None,
        }  # fmt: skip


_OF_COUNTS = (
    "Standard errors of a negative binomial are not computed again here. By the documentation glm.nb and "
    "statsmodels' GLM take a dispersion of 1 and the normal distribution, glm with MASS's family Pearson's "
    "dispersion and t before R 4.3, and statsmodels' NegativeBinomial the information of the size as well.",
)


def compared(left: Inferred, right: Inferred) -> ComparedInference:
    """The inference of two fits to the same rows."""
    pairs = [(i, right.terms.index(t)) for i, t in enumerate(left.terms) if t in right.terms]
    rows = [len(side.sample.y) + side.not_counted for side in (left, right)]
    if rows[0] != rows[1]:
        return ComparedInference(why_not="Standard errors are not compared: the two have other rows.")
    if not pairs:
        return ComparedInference(why_not="Standard errors are not compared: the two have no term in common.")
    at = tuple(np.array([pair[k] for pair in pairs]) for k in (0, 1))
    quantities = tuple(_quantities(left, right, at[0], at[1]))
    terms = tuple(
        (left.terms[i], *(float(s.table[k, c]) for c in (0, 2) for s, k in ((left, i), (right, j))))
        for i, j in pairs
    )
    if not all(_computable(side) for side in (left, right)):
        counts = any(side.sample.family == "negative_binomial" for side in (left, right))
        return ComparedInference(quantities, terms, words=_OF_COUNTS if counts else ())  # type: ignore[arg-type]
    if (left.sample.link, left.sample.distribution) != (right.sample.link, right.sample.distribution):
        # Beside estimates of unlike models no definition is a cause.
        return ComparedInference(quantities, terms)  # type: ignore[arg-type]
    made = _Judged(left, right, definitions(left), definitions(right), quantities)
    tests, measures = list(made.tests()), list(made.measures())
    return ComparedInference(
        quantities,
        terms,  # type: ignore[arg-type]
        tuple(cause for cause, _ in (*tests, *measures) if cause is not None),
        tuple(line for _, line in tests),
        tuple(line for _, line in measures),
    )


def _computable(side: Inferred) -> bool:
    """Whether the inference of a side is computed again.

    Its model is known, that takes seconds, and no column is determined by others.
    """
    sample = side.sample
    if len(sample.y) * sample.Z.shape[1] ** 2 > _LARGEST or not computable(sample.link, sample.family):
        return False
    size = np.linalg.norm(sample.Z, axis=0)
    return bool((size > 0).all() and np.linalg.matrix_rank(sample.Z / size) == sample.Z.shape[1])


def _quantities(left: Inferred, right: Inferred, i: FloatArray, j: FloatArray) -> Iterator[Quantity]:
    """Each output of both; ``i`` and ``j`` are the terms in common."""
    names = [left.terms[k] for k in i]
    one, other = left.table[i], right.table[j]
    error = np.fmax(one[:, 0], other[:, 0])
    a, b = left.estimates[i], right.estimates[j]
    yield from _worst("estimates", names, a, b, np.fmax(np.fmax(abs(a), abs(b)), error))
    yield from _worst("standard errors", names, one[:, 0], other[:, 0], error)
    larger = np.fmax(abs(one), abs(other))
    yield from _worst("statistics", names, one[:, 1], other[:, 1], np.fmax(larger[:, 1], 1.0))
    yield from _worst("p-values", names, one[:, 2], other[:, 2], np.fmax(larger[:, 2], 1e-6))
    ends = [(one[:, c], other[:, c]) for c in (3, 4)]
    yield from _worst(
        "intervals", names * 2, np.concatenate([e[0] for e in ends]), np.concatenate([e[1] for e in ends]),
        np.concatenate([error, error]),
    )  # fmt: skip
    for name in MEASURES:
        if name in left.measures and name in right.measures:
            p, q = np.array([left.measures[name]]), np.array([right.measures[name]])
            yield from _worst(_TITLES[name], [""], p, q, np.fmax(abs(p), abs(q)))


def _worst(
    name: str, terms: Sequence[str], a: FloatArray, b: FloatArray, size: FloatArray
) -> Iterator[Quantity]:
    """The term in which two arrays differ most, relative to ``size``; nothing where both have no numbers."""
    with np.errstate(all="ignore"):
        off = np.where(a == b, 0.0, np.abs(a - b) / size)
    known = np.flatnonzero(np.isfinite(off))
    if len(known):
        k = int(known[np.argmax(off[known])])
        digits = -math.log10(off[k]) if off[k] > 0 else math.inf
        yield Quantity(name, max(digits, 0.0), terms[k], float(a[k]), float(b[k]))


@dataclass(frozen=True)
class _Judged:
    """The definitions of both sides beside each other."""

    left: Inferred
    right: Inferred
    of_left: Definitions
    of_right: Definitions
    quantities: tuple[Quantity, ...]

    @property
    def _names(self) -> tuple[str, str]:
        return self.left.name, self.right.name

    def tests(self) -> Iterator[tuple[Cause | None, str]]:
        """Each cause of other standard errors and tests with its sentence, or a sentence alone."""
        yield from self._errors()
        yield from self._tests("p-values", "inference.distribution", "distribution")
        yield from self._tests("intervals", "inference.interval", "interval")

    def measures(self) -> Iterator[tuple[Cause | None, str]]:
        """Each cause of another deviance, AIC or dispersion with its sentence, or a sentence alone."""
        yield from self._dispersion()
        yield from self._likelihood()
        yield from self._aic()

    def _differs(self, name: str) -> Quantity | None:
        quantity = next((q for q in self.quantities if q.name == name), None)
        return None if quantity is None or quantity.same else quantity

    def _errors(self) -> Iterator[tuple[Cause | None, str]]:
        quantity = self._differs("standard errors")
        if quantity is None:
            return
        one, other = self.of_left, self.of_right
        places = min(max(6, math.floor(quantity.digits) + 2), 17)
        shown = f"{quantity.term} {quantity.left:.{places}g} and {quantity.right:.{places}g}"
        differ = f"The standard errors differ ({shown}, {agreement(quantity.digits)})"
        if not one.covariance or not other.covariance:
            none = " and ".join(
                name for name, made in zip(self._names, (one, other), strict=True) if not made.covariance
            )
            yield None, f"{differ}; those of {none} come out by none of the formulas that were tried."
            return
        both = [name for name in one.covariance if name in other.covariance]
        if not both:
            a, b = one.covariance[0], other.covariance[0]
            setting = formulas.cause(a, b)
            yield (
                Cause(setting, formulas.in_words(a), formulas.in_words(b), "standard errors"),
                f"{differ} by the {titled(setting)}: in {self._names[0]} they are {formulas.in_words(a)}, in "
                f"{self._names[1]} {formulas.in_words(b)}. By the formula of {self._names[1]} those of "
                f"{self._names[0]} agree with it: {agreement(self._switched(b))}.",
            )
            return
        how = f"by the same formula, {formulas.in_words(both[0])}"
        counted = [f"{'not ' if side.not_counted else ''}counted" for side in (self.left, self.right)]
        if counted[0] != counted[1]:
            setting, what = "weights.meaning", "rows of weight 0"
            each = " and ".join(f"{a} in {name}" for a, name in zip(counted, self._names, strict=True))
            yield (
                Cause(setting, f"{what} {counted[0]}", f"{what} {counted[1]}", "standard errors"),
                f"{differ} by the {titled(setting)}: {what} are {each}; both are {how}.",
            )
            return
        meanings = [_MEANINGS[side.sample.frequency] for side in (self.left, self.right)]
        if meanings[0] != meanings[1]:
            setting = "weights.meaning"
            yield (
                Cause(setting, meanings[0], meanings[1], "standard errors"),
                f"{differ} by the {titled(setting)}: {meanings[0]} in {self._names[0]}, {meanings[1]} in "
                f"{self._names[1]}; both are {how}.",
            )
            return
        early = [name for name, made in zip(self._names, (one, other), strict=True) if made.early]
        if early:
            rest = agreement(self._switched(both[0], anew=True))
            which = f"{' and '.join(early)} has the weights of the step before its solver's last"
            then = f"At the last estimates they agree ({rest}); a smaller tolerance brings them nearer."
            yield None, f"{differ}, although they are {how}: {which}. {then}"
            return
        estimates = next(q for q in self.quantities if q.name == "estimates")
        if estimates.digits > quantity.digits + 3:
            yield None, f"{differ}, as far as their solvers go; both are {how}."
            return
        yield None, f"{differ} with the estimates, which have {agreement(estimates.digits)}; both are {how}."

    def _switched(self, formula: str, *, anew: bool = False) -> float:
        """Digits in which the left side's standard errors by a formula agree with the right side's.

        The right side's are as reported, or ``anew`` by the same formula at its estimates.
        """
        one = formulas.formulas(self.left.sample, self.left.estimates)[formula]
        other = self.right.errors
        if anew:
            other = formulas.formulas(self.right.sample, self.right.estimates)[formula]
        there = dict(zip(self.right.terms, other.tolist(), strict=True))
        pairs = [(v, there[t]) for t, v in zip(self.left.terms, one.tolist(), strict=True) if t in there]
        worst = max(abs(a - b) / (max(a, b) or 1.0) for a, b in pairs)
        return -math.log10(worst) if worst else math.inf

    def _tests(self, what: str, setting: str, which: str) -> Iterator[tuple[Cause | None, str]]:
        quantity = self._differs(what)
        one: tuple[Reference, ...] = getattr(self.of_left, which)
        other: tuple[Reference, ...] = getattr(self.of_right, which)
        if quantity is None or not one or not other or {r.degrees for r in one} & {r.degrees for r in other}:
            return
        yield (
            Cause(setting, str(one[0]), str(other[0]), what),
            f"The {what} differ by the {titled(setting)}: {one[0]} in {self._names[0]}, {other[0]} in "
            f"{self._names[1]}.",
        )

    def _measure(
        self, name: str, setting: str, one: Sequence[str], other: Sequence[str], words: Callable[[str], str]
    ) -> Iterator[tuple[Cause | None, str]]:
        """A measure of fit that differs by a definition: ``one`` and ``other`` are those of the sides."""
        quantity = self._differs(name)
        if quantity is None or not one or not other or set(one) & set(other):
            return
        a, b = words(one[0]), words(other[0])
        yield (
            Cause(setting, a, b, name),
            f"The {name} differs ({quantity.left:.8g} and {quantity.right:.8g}) by the {titled(setting)}: "
            f"{a} in {self._names[0]}, {b} in {self._names[1]}.",
        )

    def _dispersion(self) -> Iterator[tuple[Cause | None, str]]:
        one, other = self.of_left.dispersion, self.of_right.dispersion
        setting = "inference.dispersion"
        if one and other and {one[0].removesuffix("_n")} == {other[0].removesuffix("_n")}:
            setting = "inference.divisor"
        yield from self._measure("dispersion", setting, one, other, _DISPERSIONS.__getitem__)

    def _likelihood(self) -> Iterator[tuple[Cause | None, str]]:
        one, other = self.of_left.likelihood, self.of_right.likelihood
        name = "log-likelihood"
        yield from self._measure(name, "inference.likelihood", one, other, _DISPERSIONS.__getitem__)

    def _aic(self) -> Iterator[tuple[Cause | None, str]]:
        """By what it counts, and by the dispersion in its likelihood."""
        one, other = self.of_left.aic, self.of_right.aic
        if set(one) & set(other):
            return
        a, b = (sorted({f"p+{more}".removesuffix("+0") for _, more in side}) for side in (one, other))
        yield from self._measure("AIC", "inference.aic_parameters", a, b, "{} parameters".format)
        p, q = ([name for name, _ in side] for side in (one, other))
        yield from self._measure("AIC", "inference.likelihood", p, q, _DISPERSIONS.__getitem__)
