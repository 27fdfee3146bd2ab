"""The record of one model of one framework, and of a stand-alone program that fits it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from crossframe.core.types import Task, Value
from crossframe.data.types import Dataset, Feature, FileColumns, FormulaRecord
from crossframe.settings.probe import Probe
from crossframe.settings.translation import Spelling


@dataclass(frozen=True)
class Program:
    """The contents of a stand-alone program that fits one model.

    Attributes
    ----------
    model
        ``framework.model``.
    arguments
        Arguments of the model, in its framework's own spelling.
    table
        CSV or TSV file, relative to the program, with a header.
    target, positive
        Column to predict, and its value that is class 1; an empty text: the column holds numbers.
    scores
        File to write.
    versions
        Versions of the packages, by the names of `crossframe.frameworks.registry.versions`.
    purpose
        A sentence on what the program reproduces.
    columns
        Which columns of the table are features, their coding, and whether rows are dropped; None: all but
        the target are numbers, none of them missing.
    missing_words
        Spellings of missing values in the features, where rows are dropped.
    """

    model: str
    arguments: Mapping[str, Value]
    table: str
    target: str
    positive: Value
    scores: str
    versions: Mapping[str, str]
    purpose: str
    columns: FileColumns | None = None
    missing_words: tuple[str, ...] = ()

    @property
    def numbers(self) -> bool:
        """Whether the target is numbers, not two classes."""
        return self.positive == ""

    @property
    def text_target(self) -> bool:
        """Whether the target is two classes that the table spells as text."""
        return isinstance(self.positive, str) and not self.numbers

    @property
    def formula(self) -> FormulaRecord | None:
        """The formula that makes the features; None: each column is one, or is coded as one."""
        return self.columns.formula if self.columns else None

    @property
    def text_features(self) -> tuple[Feature, ...]:
        """The columns of text that are coded, each with its levels."""
        if made := self.formula:
            factors = [name for name in made.levels if name not in made.truth]
            return tuple(Feature(name, "text", made.levels[name]) for name in factors)
        return tuple(c for c in self.columns.features if c.kind == "text") if self.columns else ()

    @property
    def truth_columns(self) -> tuple[str, ...]:
        """The columns of true and false, the target among them."""
        features = self.columns.features if self.columns else ()
        target = (self.target,) if isinstance(self.positive, bool) else ()
        if self.formula:
            return (*target, *self.formula.truth)
        return (*target, *(c.name for c in features if c.kind == "truth"))

    @property
    def selected(self) -> tuple[str, ...]:
        """The columns that are features, where not all but the target are; else empty."""
        if self.formula:
            return self.formula.sources
        return tuple(c.name for c in self.columns.features) if self.columns and self.columns.unused else ()

    @property
    def incomplete(self) -> tuple[str, ...]:
        """The columns whose missing values leave out a row."""
        return tuple(self.columns.missing) if self.columns and self.columns.dropped else ()

    @property
    def tabs(self) -> bool:
        """Whether the fields of the table are separated by tabs."""
        return self.table.lower().endswith((".tsv", ".tsv.gz"))

    @property
    def gaussian(self) -> bool:
        """Whether a model with a family fits the Gaussian one."""
        named = self.arguments.get("family")
        return named == "gaussian" if named else self.arguments.get("link") == "identity"


Limits = Callable[[Mapping[str, Value], Mapping[str, Value], int], tuple[Mapping[str, Value], ...]]
"""(native settings, effective canonical settings, training rows) -> the native settings under which the
solver can do no better: first by its own algorithm, then, where it has one, by another."""


@dataclass(frozen=True, kw_only=True)
class Model(Spelling):
    """The description of one model of one framework; each has a module of its own.

    Attributes
    ----------
    title
        Its name in the framework: ``LogisticRegression``.
    family
        ``logistic``, ``linear``, ``network``, ``forest``, ``boosting`` or ``rule``: the group within which
        two models are meant to be the same.
    order
        Its place in tables, among the models of its framework.
    tasks
        Targets that it takes.
    several
        Whether it also takes more than two classes.
    several_by, of_several
        The parameter and the value that make it fit more than two classes, where a parameter decides that;
        and the canonical settings that hold of more than two classes alone.
    of_two
        Parameter -> its value in the experiments on two classes, given or by default, and the one that takes
        its place in those on three.
    numbers_by
        The parameter and the value that make it fit numbers: of a model with families its Gaussian one, of
        a network a unit without activation. None: no parameter decides which targets it takes.
    by_row
        What it takes beside features and target: ``weights`` of the rows, an ``offset``.
    callables
        The framework's functions or classes whose parameters are its declared defaults.
    base, probes
        Native settings of every experiment that tests a rule of activity, and the probe of each parameter.
    convex
        Whether `crossframe.optima` can certify the optimum that it seeks.
    stochastic
        Whether another seed can give another answer.
    adds_intercept
        Whether a linear model has an intercept where nothing is given for it.
    batches
        Of a network, the generator by which the rows of its batches are drawn: two networks with the same one
        take the same batches from the same seed. Empty: one of its framework's own.
    images_only
        Whether its features have to be all the pixels of an image.
    reproducible
        The parameter and the value with which the same request gives the same answer, where that is not
        so by default.
    limits
        The tightest settings of its solver, see `Limits`.
    relatives
        Models of the same framework that can express what this one cannot, the nearest first.
    adapt
        (native settings, effective canonical settings, requested canonical settings) -> further native
        settings that these require: another solver, where the present one does not take the penalty.
    contradictions
        (arguments, native settings as given) -> why they cannot be combined, as (reason, remedy);
        None: they can.
    program
        Writes a stand-alone program; None: there is none.
    scripts
        Names of the files of ``r_scripts/`` that take part in its numbers, beside its framework's.
    seconds, seconds_per_million
        First guesses for the plan: the time of a small fit, and the time for each million of rows x
        (columns + 300) of the training rows.
    """

    title: str
    family: str = "logistic"
    order: int = 100
    tasks: frozenset[Task] = frozenset({"classes"})
    several: bool = False
    several_by: tuple[str, Value] | None = None
    of_several: Mapping[str, Value] = field(default_factory=dict)
    of_two: Mapping[str, tuple[Value, Value]] = field(default_factory=dict)
    numbers_by: tuple[str, Value] | None = None
    by_row: frozenset[str] = frozenset()
    callables: tuple[str, ...] = ()
    base: Mapping[str, Value] = field(default_factory=dict)
    probes: Mapping[str, Probe] = field(default_factory=dict)
    convex: bool = False
    stochastic: bool = False
    reproducible: tuple[str, Value] | None = None
    adds_intercept: bool = True
    batches: str = ""
    images_only: bool = False
    limits: Limits = lambda native, effective, rows: ()
    relatives: tuple[str, ...] = ()
    adapt: Callable[[Mapping[str, Value], Mapping[str, Value], Mapping[str, Value]], Mapping[str, Value]] = (
        lambda native, effective, asked: {}
    )
    contradictions: Callable[[Mapping[str, Value], Mapping[str, Value]], tuple[str, str] | None] = (
        lambda arguments, native: None
    )
    program: Callable[[Program], str] | None = None
    scripts: tuple[str, ...] = ()
    seconds: float = 1.0
    seconds_per_million: float = 0.05

    def seconds_of(self, rows: int, columns: int) -> float:
        """A first guess of the time of a fit in seconds."""
        # A row costs something by itself: it is sent, and every layer of a network after the first sees it.
        return self.seconds + self.seconds_per_million * 1e-6 * rows * (columns + 300)

    @property
    def short(self) -> str:
        """The name within its framework: ``glm`` of ``r.glm``."""
        return self.name.partition(".")[2]

    @property
    def framework(self) -> str:
        """The name of its framework: ``r`` of ``r.glm``."""
        return self.name.partition(".")[0]

    @property
    def linear(self) -> bool:
        """Whether its score is a function of a linear predictor, whose coefficients it reports."""
        return self.family in ("logistic", "linear")

    @property
    def parameters(self) -> frozenset[str]:
        """Native names of all parameters that have a binding."""
        return frozenset(b.param for b in self.bindings)

    def source(self, arguments: Mapping[str, Value]) -> list[str]:
        """Arguments as they are written in the framework's own language; here Python's ``name=value``."""
        from crossframe.frameworks.programs import keywords

        return keywords(arguments)

    def for_task(
        self, settings: Mapping[str, Value], native: Mapping[str, Value], task: Task, classes: int = 2
    ) -> dict[str, Value]:
        """``native``, with what fits such a target where nothing else is given for it.

        That is what fits numbers, or with ``classes`` above 2 several classes.
        """
        by = self.numbers_by if task == "numbers" else self.several_by if classes > 2 else None
        if by is not None:
            name, value = by
            named = {b.setting for b in self.bindings if b.param == name}
            decide = {b.param for b in self.bindings if b.setting in named}
            if named.isdisjoint(settings) and decide.isdisjoint(native):
                return {name: value, **native}
        return dict(native)

    def fits(self, settings: Mapping[str, Value], native: Mapping[str, Value], dataset: Dataset) -> bool:
        """Whether it can be fitted to the target of a data set with these canonical and native settings."""
        if len(dataset.classes) > 2 and not self.several:
            return False
        return self.takes(settings, native, dataset.task)

    def stated(
        self, settings: Mapping[str, Value], native: Mapping[str, Value], task: Task
    ) -> dict[str, Value]:
        """The canonical settings that are known before a fit to a target of ``task``."""
        return self.to_canonical(self.to_native(settings, self.for_task(settings, native, task), 1), 1)

    def takes(self, settings: Mapping[str, Value], native: Mapping[str, Value], task: Task) -> bool:
        """Whether it can be fitted to a target of ``task`` with these canonical and native settings."""
        if task not in self.tasks:
            return False
        if task == "classes" or self.numbers_by is None:
            return True
        given = self.for_task(settings, native, task)
        link = settings.get("link", given.get("link", "identity"))
        stated = self.stated(settings, native, task)
        classes = stated.get("architecture.head") in ("softmax2", "sigmoid1")
        if "family" in stated:
            return stated["family"] != "binomial"
        return (
            link == "identity"
            and given.get("family", "gaussian") == "gaussian"
            and not (classes and stated.get("loss", "log_loss") == "log_loss")
        )
