"""The record of a model of R: its R function, package and help pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from crossframe.core.types import Value
from crossframe.frameworks.model import Model

R_MANUAL = "https://stat.ethz.ch/R-manual/R-patched/library/{package}/html/{page}.html"
"""Help pages of the packages that come with R, of the patched release."""


GENERATORS = (
    "Mersenne-Twister",
    "Wichmann-Hill",
    "Marsaglia-Multicarry",
    "Super-Duper",
    "Knuth-TAOCP",
    "Knuth-TAOCP-2002",
    "L'Ecuyer-CMRG",
)
"""Values of ``set.seed(kind=)``."""


@dataclass(frozen=True, kw_only=True)
class RModel(Model):
    """A model of R.

    Attributes
    ----------
    fitter
        Function of its script that fits it: ``fitter(X, y, X_eval, options, task)``, see ``bridge.R``; of
        a model of several classes with their number as a sixth parameter.
    package
        R package that it needs, where that does not come with every R; empty: base R is enough.
    packages
        Each of its ``callables`` -> its package.
    pages
        A callable -> the name of its help page, where the names differ.
    manual
        Address of a help page, with ``{package}`` and ``{page}``.
    iteration
        How the answer is computed without a learning rate: ``none: IRLS``; empty: it does not optimise.
    """

    fitter: str
    package: str = ""
    packages: Mapping[str, str] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    manual: str = R_MANUAL
    iteration: str = ""

    def source(self, arguments: Mapping[str, Value]) -> list[str]:
        """See `Model`: R's ``name = value``."""
        from crossframe.frameworks.r.program import literal, others, spelled

        written = spelled(others(arguments, ("link",)))
        if link := arguments.get("link"):
            # It is an argument of the family, not of glm.
            family = arguments.get("family", "binomial")
            written = [w for w in written if not w.startswith("family =")]
            written.insert(0, f"family = {family}(link = {literal(link)})")
        return written

    def page(self, function: str) -> str:
        """The address of the help page of one of its callables. Raises KeyError for another function."""
        return self.manual.format(package=self.packages[function], page=self.pages.get(function, function))


def models() -> tuple[RModel, ...]:
    """The records of all models of R, in the order of tables."""
    from crossframe.frameworks.r import FRAMEWORK

    return cast(tuple[RModel, ...], FRAMEWORK.all_models())


def packages() -> tuple[str, ...]:
    """The R packages beyond base R that models need, each once, in the order of the models."""
    return tuple(dict.fromkeys(m.package for m in models() if m.package))
