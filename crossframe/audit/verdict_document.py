"""The page of the verdicts.

crossframe's own sentences may hold ``[words](link)`` and `code`; what a framework or a data set reports never
does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from crossframe.audit import verdict_tables as tables
from crossframe.audit.effects import deciding, label, meaning, sure
from crossframe.audit.suspicions import BEAM, LEEK
from crossframe.audit.verdict_figure import forest
from crossframe.claims.judge import uncorrected
from crossframe.claims.setting_effect import ENOUGH, EQUAL, SettingEffect
from crossframe.compare.tables import versions
from crossframe.core.text import plural, whole
from crossframe.report.document import Block, Document, Heading, Part, Rich, SourceText, VerdictLine

if TYPE_CHECKING:
    from crossframe.audit.verdicts import CheckedSuspicion, Verdicts

TITLE = "The suspicions of 2017, put to the test"
SUB = (
    "Two posts of 2017 disagreed on whether deep learning works on a few dozen images. Each side's result "
    "was explained by settings of the software. This page runs the experiments again and switches those "
    "settings, one at a time."
)
INTRODUCTION = (
    f"In May 2017 Jeff Leek published [\"Don't use deep learning your data isn't that big\"]({LEEK}). "
    "He distinguished handwritten zeros from ones (the MNIST images) with 10 to 80 training images, once "
    "with a linear model of the ten best pixels, the Leekasso, and once with a deep net: five layers of 160 "
    "tanh units, trained by the R package h2o. On the smallest samples the ten pixels won.",
    f"Four days later Andrew Beam answered: [\"You can probably use deep learning even if your data isn't "
    f'that big"]({BEAM}). His own nets, written in Keras, did well on the same task, and he suspected that '
    "Leek's net had not been trained properly: too small a learning rate, perhaps, or the way h2o averages "
    "its weights. His port of Leek's net to Keras did badly as well.",
    "A suspicion is checked here in two steps. First, what was in force: the setting as the framework "
    "reports it after training, which is not always what its documentation suggests. Second, the "
    "experiment: the published model is trained again on the same training images with that one setting "
    "changed, and both are scored on the same test images. The effect is the difference in accuracy (the "
    "share of test images labelled right), averaged over many random training samples of n images, with an "
    "interval for it. An interval that contains 0 gives no evidence of an effect.",
)
_ON_TRAINING_ROWS = (
    "The accuracy on training rows is that of the labels which the finished model gives them. The training "
    "error by which h2o ends is the one that it counts itself while it trains, which can be another number."
)
COMMAND = "crossframe audit --suspicions --report reports/suspicions-2017"
"""The command that makes the page."""


def document(verdicts: Verdicts) -> Document:
    """The whole page; a terminal gets the suspicions and the tables alone."""
    run = verdicts.run
    drawing = forest(verdicts)
    parts = [Part("context", "What the suspicions are to explain", body=list(context(verdicts)))]
    parts += [Part(f.suspicion.key, heading(f), body=list(suspicion(f))) for f in verdicts.suspicions]
    parts += [
        Part("rule", "How a verdict is made", body=list(rule(verdicts))),
        Part("again", "Run it again", body=list(again(verdicts))),
    ]
    return Document(
        TITLE,
        SUB,
        headlines(verdicts),
        parts,
        lead=[*map(Rich, INTRODUCTION), tables.summary(verdicts), *([] if drawing is None else [drawing])],
        summary=[
            Part("verdicts", "Verdicts", tables=(tables.summary(verdicts),)),
            Part("context", "What the suspicions are to explain", tables=(tables.context(verdicts),)),
            *map(_tables_alone, verdicts.suspicions),
            Part("rule", "How a verdict is made", tables=(tables.rule(),)),
        ],
        date=str(run["created"]),
        footer=f"Made by crossframe {run['crossframe']}. The same numbers are beside this page as "
        "verdicts.json and tables.csv.",
        version=str(run["crossframe"]),
        details=1,
    )


def _tables_alone(checked: CheckedSuspicion) -> Part:
    shown = (tables.in_force(checked), tables.fits(checked), *tables.experiments(checked))
    text = (checked.suspicion.text,)
    return Part(checked.suspicion.key, heading(checked), text, tuple(t for t in shown if t is not None))


def heading(checked: CheckedSuspicion) -> str:
    """The suspicion's title with its first letter in upper case."""
    title = checked.suspicion.title
    return title[0].upper() + title[1:]


def context(verdicts: Verdicts) -> Iterator[Block]:
    """Blocks that introduce the accuracy of the published models, which the suspicions are to explain."""
    level = f"{100 * float(verdicts.run['level']):g} %"
    yield Rich(
        f"Mean accuracy of the models as they were published, on the training samples of this page, with "
        f"{level} intervals. The suspicions try to explain why some are less accurate than the others.",
    )
    yield tables.context(verdicts)


def suspicion(checked: CheckedSuspicion) -> Iterator[Block]:
    """Blocks of one suspicion: its text, its verdict, the effective settings and the experiments."""
    s = checked.suspicion
    yield Rich(f"**The suspicion.** {s.text}")
    yield Rich(f"**Voiced by.** {s.voiced} ([the post]({s.link}))")
    yield Rich(f"**What the words mean.** {s.background} ([documentation]({s.documentation}))")
    yield VerdictLine(tables.TONES[checked.verdict], label(checked.effects, checked.verdict))
    yield f"{checked.why} {meaning(checked.effects, checked.verdict)}"
    yield f"Criterion, fixed {s.claim.fixed}: {s.claim.mark}."
    for mark, verdict in zip(s.claim.replaced, checked.under_replaced, strict=True):
        yield f"{mark.judged(verdict)} The criterion was {mark.words}."
    yield from (f"Judged from other data too. {other.differs}" for other in s.elsewhere)
    if checked.verdict is SettingEffect.NOT_CHECKED:
        return
    yield Heading("What is in force")
    for table in (tables.in_force(checked), tables.fits(checked)):
        if table is not None:
            yield table
    examples = dict.fromkeys(str(f["example"]) for f in checked.in_force.get("fits", ()) if f["example"])
    if examples and s.fits_matter:
        yield f"How a fit ended, for example: {next(iter(examples))}."
        if any("classification_stop" in f["ending"] for f in checked.in_force["fits"]):
            yield _ON_TRAINING_ROWS
    yield Heading("The experiment")
    yield Rich(s.reading)
    yield from tables.experiments(checked)


def rule(verdicts: Verdicts) -> Iterator[Block]:
    """Blocks that describe how samples are drawn, intervals computed and verdicts reached."""
    run = verdicts.run
    sizes, level = len(run["sizes"]), float(run["level"])
    each, all_of_them = f"{100 * (1 - (1 - level) / sizes):.4g} %", f"{100 * level:g} %"
    overlap = max(float(rho) for rho in run["overlap"].values())
    yield Rich(
        "A verdict follows from the measured intervals by a fixed rule. It says what happens to the accuracy "
        f"without the setting. Effects below {EQUAL:g}, one image in a hundred, count as none; at least "
        f"{ENOUGH} samples are needed to say so without an interval.",
    )
    yield tables.rule()
    yield f"How samples are drawn. {run['design']['describe']}"
    yield Rich(
        "With and without the change, a model gets the same training images: differences are paired by "
        "sample. Their mean has Student's t interval with the variance (1/B + ρ/(1 − ρ)) s² for B samples "
        "that share rows with the chance ρ (Nadeau and Bengio, Machine Learning 52, 2003); here ρ is at most "
        f"{overlap:.2g}. Each interval is one of {each}, so that the {plural(sizes, 'size')} of a row hold "
        f"together with {all_of_them}.",
    )
    yield uncorrected(sum(f.verdict is not SettingEffect.NOT_CHECKED for f in verdicts.suspicions))
    yield Rich(
        "The intervals speak of samples from other pools of images of the same kind, scored on these test "
        "images. "
        "A design that splits anew for every sample would include other test images, but its overlap "
        "(ρ = 0.2) stays however many samples are drawn, and it balances the two classes, which neither "
        "Leek nor Beam did: ten images of which eight are zeros are part of what happened.",
    )
    yield Rich(
        "Where threads race, the difference between two fits holds the noise of the race as well; it is part "
        "of the interval. An experiment switches one setting with all others as published; what two of them "
        "do together is not tested here. An explanation (`crossframe explain`) gives a setting a share of a "
        "difference between two models: an average over all orders in which this setting and the others can "
        "be switched. A setting that does nothing, or harm, when it is switched alone can have a share, and "
        "the share is another number than the effect here.",
    )


def again(verdicts: Verdicts) -> Iterator[Block]:
    """Blocks that describe how to repeat the run: command, data, sizes, seed, machine and versions."""
    run = verdicts.run
    data, machine = run["dataset"], run["machine"]
    yield SourceText("", "sh", COMMAND)
    samples = tables.samples(verdicts)
    facts = [
        f"Data: {str(data['source']).rstrip('.')}; {whole(data['rows'])} rows, "
        f"{plural(data['features'], 'feature')}; SHA-256 {data['fingerprint']}.",
        f"{samples[0].upper()}{samples[1:]}. Sizes: n = {', '.join(map(str, run['sizes']))}. "
        f"Seed {run['seed']}.",
        f"Threads: {', '.join(f'{e} {t}' for e, t in run['threads'].items())}. Machine: {machine['cpu']}, "
        f"{plural(machine['cores'], 'core')}, {machine['os']}. The fits took {run['wall_seconds']:.0f} s.",
        *(f"Not checked: {engine} missing ({reason})." for engine, reason in run["missing"].items()),
    ]
    yield from facts
    yield versions(run["versions"])


def headlines(verdicts: Verdicts) -> list[str]:
    """The verdicts in sentences: a count of each, then the suspicions grouped by verdict."""
    by_tone = Counter(
        tables.TONES[f.verdict] + (" in part" if label(f.effects, f.verdict) != f.verdict.value else "")
        for f in verdicts.suspicions
    )
    counts = ", ".join(
        f"{count} {words}"
        for tone, words in (
            ("yes", "borne out"),
            ("yes in part", "borne out at some sample sizes and open at the others"),
            ("partly", "depending on the sample size"),
            ("no", "refuted or without a measurable effect"),
            ("no in part", "refuted at some sample sizes and open at the others"),
            ("open", "open"),
        )
        if (count := by_tone[tone])
    )
    sentences = [f"{plural(len(verdicts.suspicions), 'suspicion')}: {counts}."]
    for verdict, words in _GROUPS.items():
        group = [f for f in verdicts.suspicions if f.verdict is verdict]
        if group:
            sentences.append(f"{words}: {'; '.join(_brief(f) for f in group)}.")
    return sentences


_GROUPS = {
    SettingEffect.UNUSED: "Not used at all",
    SettingEffect.HELPS: "More accurate without it",
    SettingEffect.HURTS: "Less accurate without it",
    SettingEffect.DEPENDS: "Depends on n",
    SettingEffect.NONE: "No effect measured",
    SettingEffect.THRESHOLD: "Depends on the threshold",
    SettingEffect.CANNOT_TELL: "Undecided at this sample size",
    SettingEffect.NOT_CHECKED: "Not checked",
}


def _brief(checked: CheckedSuspicion) -> str:
    sizes = sure(checked.effects, checked.verdict)
    first = next((e for e in deciding(checked.effects, checked.verdict) if e.n in sizes), None)
    return checked.suspicion.title + (f" ({first.words()} at n = {first.n})" if first else "")
