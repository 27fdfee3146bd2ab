"""The explanation of two fits that somebody made: what differs in their data and in their settings."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossframe.core.errors import ExitCode
from crossframe.explain.attribution.measures import digits_of_gap
from crossframe.explain.explanation import Conclusion, Explanation
from crossframe.explain.fitted.ladder import Ladder
from crossframe.explain.fitted.rungs import Rung, RungVerdict
from crossframe.explain.inference.compared import ComparedInference
from crossframe.frameworks.fitted import FittedModel, Recognised

if TYPE_CHECKING:
    from crossframe.report.document import Document

SCHEMA = 1


class DataConclusion(enum.StrEnum):
    """A conclusion that no setting is a cause of; beside those of `Conclusion`."""

    OTHER_DATA = "other_data"
    OTHER_COLUMNS = "other_columns"
    REPARAMETRISED = "reparametrised"

    @property
    def phrase(self) -> str:
        """The conclusion in a few words."""
        return _PHRASES[self]

    @property
    def exit_code(self) -> ExitCode:
        """0 where the predictions are the same."""
        return ExitCode.OK if self is DataConclusion.REPARAMETRISED else ExitCode.DIFFERS


_PHRASES = {
    DataConclusion.OTHER_DATA: "the two were fitted to other data",
    DataConclusion.OTHER_COLUMNS: "the two were fitted to other columns",
    DataConclusion.REPARAMETRISED: "another parametrisation, the same predictions",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Side:
    """One of the two fits.

    Attributes
    ----------
    name
        What sentences call it: the script's name.
    fit
        As it was recorded.
    recognised
        The model of crossframe that it is one of; None: of none.
    script
        The script that makes it; None: it is an object, or the model of crossframe itself.
    again
        Runs the script again, as it is or a changed copy, with its own seeds or another one, and gives the
        fit.
    note
        A sentence on a constant column that is the intercept, or on how the penalty was chosen; empty: none.
    """

    name: str
    fit: FittedModel
    recognised: Recognised | None = None
    script: Path | None = None
    again: Callable[[str | None, int | None], FittedModel] | None = None
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The side as plain JSON values, without its data."""
        fit, made = self.fit, self.recognised
        return {
            "name": self.name, "framework": fit.framework, "call": fit.call, "given": dict(fit.given),
            "line": fit.line, "variable": fit.variable, "rows": len(fit.y), "features": list(fit.columns),
            "classes": list(fit.classes), "steps": [step.name for step in fit.steps],
            "model": made.model if made else None, "settings": dict(made.native) if made else None,
            "not_expressed": list(made.rest) if made else None, "messages": list(fit.messages),
        }  # fmt: skip


@dataclass(frozen=True)
class ScriptRecipe:
    """A change of a user's own script, and what it does to the predictions.

    Attributes
    ----------
    side
        The script that is changed, by its name.
    change
        The arguments that are changed, in the framework's spelling.
    diff
        The change as a unified diff; empty: it cannot be made as one.
    before, after
        Largest difference of two scores as the scripts are, and with the changed copy, which was run.
    why
        Why there is no diff, or why the changed copy gave no fit; else empty.
    """

    side: str
    change: str = ""
    diff: str = ""
    before: float = math.nan
    after: float = math.nan
    why: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The recipe as plain JSON values."""
        digits = [None if math.isnan(gap) else digits_of_gap(gap) for gap in (self.before, self.after)]
        return {
            "side": self.side, "change": self.change, "diff": self.diff, "digits_before": digits[0],
            "digits_after": digits[1], "why": self.why,
        }  # fmt: skip


@dataclass(frozen=True)
class DataSwitch:
    """Both models fitted to the data of one side.

    Attributes
    ----------
    data
        The side whose data these are.
    gap
        Largest difference of two scores.
    """

    data: str
    gap: float


@dataclass(frozen=True, eq=False, repr=False)
class FittedExplanation:
    """Why two fits differ that scripts made, or that are at hand as objects.

    Attributes
    ----------
    left, right
        The sides.
    ladder
        What they have in common, without knowing their models.
    verdict
        The conclusion.
    rung
        The question whose answer is the cause, where it is no setting; empty else.
    explanation
        The settings' shares, where both models are recognised: on their common data, or where the data differ
        on those of the side for which both models come closer. Else None.
    switched
        Where the data differ: both models on the data of either side.
    data_share
        Where data and settings differ: the Shapley share of the data in the largest difference of two scores
        of a common row, the mean of both directions; the settings have the rest. NaN: not measured.
    recipes
        Changes of the scripts.
    why_not
        Why the settings of two recognised models were not switched; empty: they were, or are not recognised.
    objective
        What either side's predictions are the optimum of; None: not asked, or not known.
    copies
        The settings that changed copies of the scripts show to be causes; None: there are no such copies,
        or they show none.
    rerun
        What running the scripts again changes; None: they were not.
    remainder
        A sentence on a solver that stopped early, where the predictions differ by nothing else; else empty.
    standardize
        The ``features.standardize`` that the sides' scripts apply before the model in the explanation.
    inference
        Standard errors, tests and measures of fit; None: not of the same data, or neither has any.
    """

    left: Side
    right: Side
    ladder: Ladder
    verdict: Conclusion | DataConclusion
    rung: str = ""
    explanation: Explanation | None = None
    switched: tuple[DataSwitch, ...] = ()
    data_share: float = math.nan
    recipes: tuple[ScriptRecipe, ...] = ()
    why_not: str = ""
    objective: Rung | None = None
    rerun: Rung | None = None
    copies: Rung | None = None
    remainder: str = ""
    standardize: tuple[str, str] = ("", "")
    inference: ComparedInference | None = None

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """Every question, that of the reruns last."""
        return (*self.ladder.rungs, *filter(None, (self._inferred, self.objective, self.rerun, self.copies)))

    @property
    def _inferred(self) -> Rung | None:
        """The answer about standard errors and tests; None: neither side has any."""
        made = self.inference
        if made is None:
            return None
        verdict = RungVerdict.DIFFERS if made.differs else RungVerdict.SAME
        if made.why_not:
            verdict = RungVerdict.NOT_COMPARED
        return Rung("inference", verdict, made.summary, made.to_dict())

    @property
    def seed_spreads(self) -> dict[str, float]:
        """Side -> the largest change of a score by another seed, where other seeds were run."""
        spreads = [d for d in self.explanation.diagnoses if d.kind == "spread"] if self.explanation else []
        return {
            (self.left if d.side == "left" else self.right).name: float(d.certificate["largest"])
            for d in spreads
            if "largest" in d.certificate
        }

    @property
    def causes(self) -> tuple[str, ...]:
        """Canonical settings with a share of the difference, or in which the objectives differ."""
        if self.copies is not None:
            return tuple(self.copies.certificate["causes"])
        if self.explanation is not None:
            return self.explanation.causes
        if self.objective is not None and self.objective.differs:
            there = self.objective.certificate
            standardized = there["standardized"]
            settings = {
                "class_weight": there["other_weights"],
                "penalty.l2": there["other_penalty"],
                "features.standardize": standardized[0] != standardized[1],
            }
            return tuple(setting for setting, differs in settings.items() if differs)
        if self.rung == "inference" and self.inference is not None:
            return tuple(dict.fromkeys(cause.setting for cause in self.inference.causes))
        return ("decision.threshold",) if self._by_threshold else ()

    @property
    def _by_threshold(self) -> bool:
        return self.rung == "labels" and self.verdict is Conclusion.EXPLAINED

    def __str__(self) -> str:
        return self.document().brief()

    def __repr__(self) -> str:
        return f"<FittedExplanation of {self.left.name} and {self.right.name}: {self.verdict.phrase}>"

    def _repr_html_(self) -> str:
        return self.document().notebook("common", "change", "causes")

    def document(self) -> Document:
        """The page; see `crossframe.explain.fitted.document`."""
        from crossframe.explain.fitted.document import document

        return document(self)

    def to_dict(self) -> dict[str, Any]:
        """What ``--json`` prints, schema 1."""
        from crossframe.explain.fitted.answer import answer

        shares = self.explanation.to_dict()["causes"] if self.explanation else []
        causes = shares or [{"setting": setting, "share": None} for setting in self.causes]
        return {
            "schema": SCHEMA, "kind": "fitted", "verdict": str(self.verdict), "rung": self.rung or None,
            "answer": answer(self), "causes": causes,
            "left": self.left.to_dict(), "right": self.right.to_dict(),
            "rungs": [rung.to_dict() for rung in self.rungs],
            "digits": None if math.isnan(self.ladder.gap) else digits_of_gap(self.ladder.gap),
            "switched": [{"data": s.data, "digits": digits_of_gap(s.gap)} for s in self.switched],
            "data_share": None if math.isnan(self.data_share) else self.data_share,
            "explanation": self.explanation.to_dict() if self.explanation else None,
            "recipes": [recipe.to_dict() for recipe in self.recipes],
        }  # fmt: skip
