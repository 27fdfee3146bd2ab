"""What the verdict page says, piece by piece, without markup of HTML or Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from crossframe.auditing import verdict_tables as tables
from crossframe.auditing.suspicions import BEAM, LEEK
from crossframe.auditing.verdict_rule import ENOUGH, Verdict, deciding, label, meaning, sure
from crossframe.findings import EQUAL
from crossframe.report.tables import Table
from crossframe.report.text import plural, whole

if TYPE_CHECKING:
    from crossframe.auditing.verdicts import Found, Verdicts

TITLE = "The suspicions of 2017, put to the test"
SUB = (
    "Two posts of 2017 disagreed on whether deep learning works on a few dozen images. Each side's result "
    "was explained by settings of the software. This page runs the experiments again and switches those "
    "settings, one at a time."
)
INTRODUCTION = (
    f"In May 2017 Jeff Leek published [\"Don't use deep learning your data isn't that big\"]({LEEK}). "
    "He told handwritten zeros from ones (the MNIST images) with 10 to 80 training images, once with a "
    "linear model of the ten best pixels, the Leekasso, and once with a deep net: five layers of 160 tanh "
    "units, trained by the R package h2o. On the smallest samples the ten pixels won.",
    f"Four days later Andrew Beam answered: [\"You can probably use deep learning even if your data isn't "
    f'that big"]({BEAM}). His own nets, written in Keras, did well on the same task, and he suspected that '
    "Leek's net had not been trained properly: too small a learning rate, perhaps, or the way h2o averages "
    "its weights. His port of Leek's net to Keras did badly as well.",
    "A suspicion is checked here in two steps. First, what was in force: the setting as the framework "
    "reports it after training, which is not always what its documentation leads one to expect. Second, the "
    "experiment: the published model is trained again on the same training images with that one setting "
    "changed, and both are scored on the same test images. The effect is the difference in accuracy (the "
    "share of test images labelled right), averaged over many random training samples of n images, with an "
    "interval for it. An interval that contains 0 is no evidence of an effect.",
)
COMMAND = "crossframe audit --suspicions --report reports/suspicions-2017"
"""Makes the page."""

Piece = tuple[str, str] | Table
"""(kind, words) with the kind ``ours`` (may hold links, code and bold), ``said`` (as it stands),
``heading``, ``command``, or the tone of a verdict (`crossframe.auditing.verdict_tables.TONES`)."""


def heading(found: Found) -> str:
    """A suspicion's title as a heading."""
    title = found.suspicion.title
    return title[0].upper() + title[1:]


def context(verdicts: Verdicts) -> Iterator[Piece]:
    """What the suspicions are to explain."""
    level = f"{100 * float(verdicts.run['level']):g} %"
    yield (
        "ours",
        f"Mean accuracy of the models as they were published, on the training samples of this page, with "
        f"{level} intervals. What falls short of the others is what the suspicions try to explain.",
    )
    yield tables.context(verdicts)


def suspicion(found: Found) -> Iterator[Piece]:
    """One suspicion in full."""
    s = found.suspicion
    yield "ours", f"**The suspicion.** {s.text}"
    yield "ours", f"**Voiced by.** {s.voiced} ([the post]({s.link}))"
    yield "ours", f"**What the words mean.** {s.background} ([documentation]({s.documentation}))"
    yield tables.TONES[found.verdict], label(found.effects, found.verdict)
    yield "said", f"{found.why} {meaning(found.effects, found.verdict)}"
    if found.verdict is Verdict.NOT_CHECKED:
        return
    yield "heading", "What is in force"
    for table in (tables.in_force(found), tables.fits(found)):
        if table is not None:
            yield table
    examples = dict.fromkeys(str(f["example"]) for f in found.in_force.get("fits", ()) if f["example"])
    if examples and s.fits_matter:
        yield "said", f"In the framework's own words, for example: {next(iter(examples))}."
    yield "heading", "The experiment"
    yield "ours", s.reading
    yield from tables.experiments(found)


def rule(verdicts: Verdicts) -> Iterator[Piece]:
    """How verdicts, samples and intervals are made."""
    run = verdicts.run
    sizes, level = len(run["sizes"]), float(run["level"])
    each, all_of_them = f"{100 * (1 - (1 - level) / sizes):.4g} %", f"{100 * level:g} %"
    overlap = max(float(rho) for rho in run["overlap"].values())
    yield (
        "ours",
        "A verdict follows from the measured intervals by a fixed rule. It says what happens to the accuracy "
        f"without the setting. Effects below {EQUAL:g}, one image in a hundred, count as none; at least "
        f"{ENOUGH} samples are needed to say so without an interval.",
    )
    yield tables.rule()
    yield "said", f"How the samples are drawn. {run['design']['describe']}"
    yield (
        "ours",
        "With and without the change, a model gets the same training images: differences are paired by "
        "sample. Their mean has Student's t interval with the variance (1/B + ρ/(1 − ρ)) s² for B samples "
        "that share rows with the chance ρ (Nadeau and Bengio, Machine Learning 52, 2003); here ρ is at most "
        f"{overlap:.2g}. Each interval is one of {each}, so that the {plural(sizes, 'size')} of a row hold "
        f"together with {all_of_them}; nothing is corrected for the number of suspicions.",
    )
    yield (
        "ours",
        "The intervals speak of other training samples from the same images, scored on the same test images. "
        "A design that splits anew for every sample would include other test images, but its overlap "
        "(ρ = 0.2) stays however many samples are drawn, and it balances the two classes, which neither "
        "Leek nor Beam did: ten images of which eight are zeros are part of what happened.",
    )
    yield (
        "ours",
        "Where threads race, the difference between two fits holds the noise of the race as well; it is part "
        "of the interval. An experiment switches one setting with all others as published; what two of them "
        "do together is not tested here.",
    )


def again(verdicts: Verdicts) -> Iterator[Piece]:
    """Where the numbers come from."""
    run = verdicts.run
    data, machine = run["dataset"], run["machine"]
    yield "command", COMMAND
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
    for fact in facts:
        yield "said", fact
    yield tables.versions(verdicts)


def headlines(verdicts: Verdicts) -> list[str]:
    """What was found, in sentences."""
    by_tone = Counter(
        tables.TONES[f.verdict] + (" in part" if label(f.effects, f.verdict) != f.verdict.value else "")
        for f in verdicts.found
    )
    said = ", ".join(
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
    sentences = [f"{plural(len(verdicts.found), 'suspicion')}: {said}."]
    for verdict, words in _GROUPS.items():
        group = [f for f in verdicts.found if f.verdict is verdict]
        if group:
            sentences.append(f"{words}: {'; '.join(_brief(f) for f in group)}.")
    return sentences


_GROUPS = {
    Verdict.UNUSED: "Not used at all",
    Verdict.HELPS: "More accurate without it",
    Verdict.HURTS: "Less accurate without it",
    Verdict.DEPENDS: "Depends on n",
    Verdict.NONE: "No effect measured",
    Verdict.THRESHOLD: "Depends on the threshold",
    Verdict.CANNOT_TELL: "Cannot be told at this sample size",
    Verdict.NOT_CHECKED: "Not checked",
}


def _brief(found: Found) -> str:
    sizes = sure(found.effects, found.verdict)
    first = next((e for e in deciding(found.effects, found.verdict) if e.n in sizes), None)
    return found.suspicion.title + (f" ({first.words()} at n = {first.n})" if first else "")
