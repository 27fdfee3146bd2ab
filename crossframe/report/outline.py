"""The parts of a report in their order, without markup."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from crossframe import claims as claim_set
from crossframe.published import QUIRKS, Quirk
from crossframe.report import curves, matrices, tables, training
from crossframe.report.explained import Pages
from crossframe.report.headlines import headlines
from crossframe.report.style import Drawing
from crossframe.report.tables import Table
from crossframe.report.text import plural, whole
from crossframe.report.view import Compared, View

TITLES = {
    "leek-2017": "Leek’s experiment of 2017, run again",
    "beam-2017": "Beam’s experiment of 2017, run again",
}

IN_FORCE = (
    "As the frameworks report them after training, in the words and units of one vocabulary; settings "
    "without effect are left out, a dash is a setting that the model does not have or does not tell. "
    "`crossframe audit LEFT RIGHT` switches each of them and says how often it matters."
)
"""What stands above the tables of settings that differ."""

METHOD = (
    ("Accuracy", "The share of scored rows whose label is right, with the labels that the framework's own "
    "users get; "
     "“p > 0.5” cuts every score at one half instead. The two differ where a framework chooses another "
     "threshold."),
    ("95 % interval of a mean", "Student's t over B draws. Training samples drawn from one pool overlap, "
     "so the variance of the mean is (1/B + ρ/(1 − ρ)) s², with ρ the expected share of rows that two draws "
     "have in common (C. Nadeau and Y. Bengio, “Inference for the generalization error”, Machine Learning "
     "52, 2003). It speaks of samples from other pools of the same kind, scored on these rows. Draws without "
     "any spread have no interval. No correction is made for the number of comparisons."),
    ("Paired difference", "Both contestants are trained and scored on the same draws; mean, interval and "
    "p value are those of the "
     "per-draw differences, with the same correction. They are not corrected for the number of pairs."),
    ("p10–p90", "10th and 90th percentile over the draws: the spread of single experiments, as in Leek's "
    "figure."),
    ("Digits of agreement", "−log₁₀ of the largest difference between two scores of a row over the "
    "largest score, between 0 and 15.7: "
     "15.7 is equality in float64, about 7 is float32, 0 is no digit in common."),
    ("Log-loss", "Mean of −log p(true class), natural logarithm, p clipped by the float64 epsilon, "
    "2.2e−16, at both ends; absent where the score is no "
     "probability (least squares)."),
    ("Status", "How a fit ended. Separated: a finite optimum does not exist, so coefficients say when the "
    "solver gave up. Rank "
     "deficient: some columns are determined by others and were dropped. Both are answers, not failures."),
    ("Updates", "Gradient updates for networks, iterations of the solver for the linear models; medians "
    "over the draws."),
)  # fmt: skip
"""Term -> how it is defined."""


@dataclass(frozen=True)
class Outline:
    """Everything a rendering shows.

    ``figures`` is by name, ``per_n`` and ``pairs`` are by n.
    """

    view: View
    title: str
    facts: str
    sentences: list[str]
    figures: dict[str, Drawing]
    claims: list[claim_set.Claim]
    quirks: tuple[Quirk, ...]
    published: list[Table]
    per_n: dict[int, Table]
    pairs: dict[int, Table]
    evidence: Table
    in_force: list[Table]
    versions: Table
    fingerprints: Table

    @functools.cached_property
    def prominent(self) -> list[int]:
        """The sizes shown without being asked: the smallest and the largest."""
        sizes = self.view.sizes
        return [sizes[0]] if len(sizes) == 1 else [sizes[0], sizes[-1]]

    @property
    def main(self) -> Drawing:
        """The figure of the first screen."""
        beam = self.figures.get("beam") if self.view.preset == "beam-2017" else None
        return beam or self.figures["curves"]

    @property
    def provenance(self) -> list[tuple[str, str]]:
        """(what, value) of the run's record."""
        run = self.view.run
        data, machine = run["dataset"], run["machine"]
        return [
            ("Data", f"{data['source'].rstrip('.')}; {whole(data['rows'])} rows, "
            f"{plural(data['features'], 'feature')}, classes "
             f"{data['classes'][0]} and {data['classes'][1]}"),
            *[("Note", str(note)) for note in data["notes"]],
            ("Data fingerprint", f"SHA-256 {data['fingerprint']}"),
            ("Design", str(run["design"]["describe"])),
            ("Sizes and draws", f"n = {', '.join(map(str, self.view.sizes))}; "
            f"{plural(run['draws'], 'draw')} each"),
            ("One-class draws", ", ".join(f"{k} at n = {n}" for n, k in run["one_class"].items()) or "none"),
            ("Seed and threads", f"{run['seed']}, {run['threads']}"),
            ("Machine", f"{machine['cpu']}, {plural(machine['cores'], 'core')}, "
            f"{machine['memory_gb']:.3g} GB, {machine['os']}"),
            ("Run", f"{run['id']}, {run['created']}, {run['wall_seconds']:.0f} s, crossframe "
            f"{run['crossframe']}"),
            *[("Missing", f"{m['engine']}: {m['reason']} (mend: "
            f"{m['mend']})") for m in run["missing_engines"]],
        ]  # fmt: skip

    def contestants(self) -> Iterable[tuple[Any, Table]]:
        """Every contestant with the table of its settings."""
        for contestant in self.view.contestants.values():
            yield contestant, tables.settings(contestant)


def outline(result: Compared, explained: Pages = MappingProxyType({})) -> Outline:
    """Everything that a report of ``result`` shows; figures are drawn here.

    ``explained`` are the pages that its pairs lead to.
    """
    view = View(result)
    run, preset = view.run, view.preset or ""
    makers = (
        curves.leek,
        curves.beam,
        curves.frameworks,
        curves.selection,
        training.fitting,
        training.updates,
        matrices.agreement,
    )
    drawn = [drawing for make in makers if (drawing := make(view))]
    engines = len({view.framework(name) for name in view.contestants} - {"reference"})
    return Outline(
        view=view,
        title=TITLES.get(preset, f"{plural(engines, 'framework')}, the same data: {run['dataset']['name']}"),
        facts=" ".join(
            part.rstrip(".") + "."
            for part in (
                f"{plural(len(view.contestants), 'contestant')} in {plural(engines, 'framework')}",
                f"Data: {run['dataset']['source']}",
                str(run["design"]["describe"]),
                f"{plural(run['draws'], 'draw')} at each n; brackets are 95 % intervals",
            )
        ),
        sentences=headlines(view),
        figures={drawing.name: drawing for drawing in drawn},
        claims=claim_set.claims(result),
        quirks=QUIRKS.get(preset, ()),
        published=tables.published(view) if preset == "leek-2017" else [],
        per_n={n: tables.summary(view, n) for n in view.sizes},
        pairs={n: table for n in view.sizes if (table := tables.notable(view, n, explained)).rows},
        evidence=tables.evidence(view),
        in_force=tables.in_force(view),
        versions=tables.versions(view),
        fingerprints=tables.fingerprints(view),
    )  # fmt: skip
