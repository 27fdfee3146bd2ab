"""The report of a comparison as a `Document`, and the files that stand beside its page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from crossframe.claims import replications
from crossframe.claims.claim import REPLICATION, Finding
from crossframe.claims.judge import uncorrected, with_interval
from crossframe.compare import claim_tables, curves, export, matrices, per_class, tables, terminal, training
from crossframe.compare.explained import Pages, pages
from crossframe.compare.headlines import headlines
from crossframe.core.text import plural, whole
from crossframe.experiment.view import Compared, Row, View
from crossframe.report import html
from crossframe.report.document import (
    Claims,
    Document,
    Fold,
    Heading,
    Items,
    Judged,
    Part,
    Rich,
    SourceText,
    Terms,
)
from crossframe.report.style import Drawing

TITLES = {
    "leek-2017": "Leek’s experiment of 2017, run again",
    "beam-2017": "Beam’s experiment of 2017, run again",
}

_DETAILS = ("every-n", "tables")
"""Keys of the parts with which the details begin."""

_REPEATED = (
    "The run repeats the experiment with its {draws} at each n, which leave many verdicts open, and other "
    "draws can change one. `crossframe study leek-beam --scale paper` judges the main claims from 40 draws."
)

_OTHER_SIZES = "At the smallest and at the largest n; all the others are in {file}."

_PAIRS = (
    "Pairs of the same model, so that the difference is that of the frameworks, their solvers or defaults, "
    "at the smallest and at the largest n, and wherever one is explained. All {count} pairs are in "
    "`pairs.csv`. A difference leads to its explanation; where there is none yet, the last column has the "
    "command that makes it. `crossframe explain` alone explains the notable ones."
)

_EFFECTIVE = (
    "As the frameworks report them after training, in the words and units of one vocabulary; settings "
    "without effect are left out, a dash is a setting that the model does not have or does not report. "
    "`crossframe audit LEFT RIGHT` switches each of them and says how often it matters."
)

METHOD = (
    ("Accuracy", "The share of scored rows whose label is right, with the labels that the framework's own "
    "users get; "
     "“p > 0.5” cuts every score at one half instead. The two differ where a framework chooses another "
     "threshold. Rows without a score, where a missing feature is not replaced, are left out and counted."),
    ("95 % interval of a mean", "Student's t over B draws. Training samples drawn from one pool overlap, "
     "so the variance of the mean is (1/B + ρ/(1 − ρ)) s², with ρ the expected share of rows that two draws "
     "have in common (C. Nadeau and Y. Bengio, “Inference for the generalization error”, Machine Learning "
     "52, 2003). It speaks of samples from other pools of the same kind; where every draw is scored on the "
     "same rows, of these rows. Draws without any spread have no interval. No correction is made for the "
     "number of comparisons."),
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
    ("Status", "How a fit ended. Converged: the framework's own stopping rule was met, which need not be "
     "near the optimum. Separated: there is no finite optimum, and the coefficients are those at "
     "which the solver stopped. Rank deficient: some columns are determined by others and were dropped. "
     "Both are answers, not failures."),
    ("Updates", "Gradient updates for networks, iterations of the solver for the linear models; medians "
     "over the draws."),
)  # fmt: skip
"""(term, definition), for two classes."""

_OF_NUMBERS = {
    "R²": "1 − Σ e² / Σ (y − ȳ)², with e the difference between a scored row's number y and its prediction, "
    "and ȳ the mean over the scored rows: 1 is exact, 0 is as good as predicting ȳ, and it can be negative. "
    "scikit-learn's `r2_score`. Rows without a prediction, where a missing feature is not replaced, are left "
    "out and counted.",
    "RMSE and MAE": "√(mean e²) and mean |e|, in the unit of the target; scikit-learn's "
    "`root_mean_squared_error` and `mean_absolute_error`.",
}
"""Terms of a target of numbers."""

_OF_CLASSES = {
    "Accuracy": "The share of scored rows whose label is right, with the labels that the framework's own "
    "users get. Rows without a score, where a missing feature is not replaced, are left out and counted.",
    "Recall and precision": "Of a class: the share of its rows that are labelled so, and the share of the "
    "rows labelled so that belong to it; scikit-learn's `recall_score` and `precision_score`. A class "
    "without a scored row on a draw has no recall there, one that no row is labelled has no precision.",
}
"""Terms of more than two classes."""

_FIGURES = (
    curves.main_figure,
    curves.leading,
    curves.deviations,
    curves.frameworks,
    curves.selection,
    training.fitting,
    training.updates,
    matrices.agreement,
)


def document(result: Compared, explained: Pages = MappingProxyType({})) -> Document:
    """Everything that a report of a run shows, its figures included.

    ``explained`` are the pages that its pairs lead to, see `crossframe.compare.explained.pages`. Raises
    nothing of its own; a run without one usable fit has empty tables.
    """
    view = View(result)
    run, preset = view.run, view.preset or ""
    findings = replications.findings(result)
    drawings = {drawing.name: drawing for make in _FIGURES if (drawing := make(view))}
    lead = (drawings.get("beam") if preset == "beam-2017" else None) or next(iter(drawings.values()))
    engines = len({view.framework(name) for name in view.contestants} - {"reference"})
    parts = list(_parts(view, findings, [d for d in drawings.values() if d is not lead], explained))
    facts = (
        f"{plural(len(view.contestants), 'contestant')} in {plural(engines, 'framework')}",
        f"Data: {run['dataset']['source']}",
        str(run["design"]["describe"]),
        f"{plural(run['draws'], 'draw')} at each n; brackets are 95 % intervals",
    )
    return Document(
        title=TITLES.get(preset, f"{plural(engines, 'framework')}, the same data: {run['dataset']['name']}"),
        facts=" ".join(part.rstrip(".") + "." for part in facts),
        headlines=[*_counted(findings), *headlines(view)],
        parts=parts,
        lead=(lead,),
        summary=terminal.summary(view),
        date=str(run["created"])[:10],
        footer=f"Made by crossframe {run['crossframe']} from run {run['id']}. The same numbers are "
        "beside this page as cells.csv, summary.csv, pairs.csv and result.json.",
        version=str(run["crossframe"]),
        details=next(k for k, part in enumerate(parts) if part.key in _DETAILS),
    )


def _parts(view: View, findings: list[Finding], drawings: list[Drawing], explained: Pages) -> Iterator[Part]:
    if findings:
        judged = [Judged(f.claim.words, f.label, _measured(f), f.claim.source.name) for f in findings]
        again = _REPEATED.format(draws=plural(int(view.run["draws"]), "draw"))
        yield Part("claims", "What was claimed, what was measured", body=(Claims(judged), Rich(again)))
    else:
        yield Part(view.metric.key, view.metric.title, tables=(tables.means(view, _ends(view.sizes)),))
    if findings or len(view.sizes) > 2:
        title = f"{view.metric.title} at every n"
        yield Part("every-n", title, tables=(tables.means(view, view.sizes),))
    if findings:
        quirks = replications.QUIRKS.get(view.preset or "", ())
        yield Part("grounds", "The criteria, and where the run departs from the original", body=(
            *claim_tables.grounds(findings, measured=False),
            uncorrected(with_interval(findings)),
            *(tables.published(view) if view.preset == "leek-2017" else ()),
            Heading("Quirks of the original that were followed"),
            Items([q.text for q in quirks if q.followed]),
            Heading("Where this run departs from it"),
            Items([f"{q.text}: {q.instead}" for q in quirks if not q.followed]),
        ))  # fmt: skip
    yield Part("tables", "Every contestant", body=(
        _OTHER_SIZES.format(file="summary.csv"), *(tables.summary(view, n) for n in _ends(view.sizes)),
    ))  # fmt: skip
    if len(view.classes) > 2:
        each = (per_class.table(view, n) for n in _ends(view.sizes))
        yield Part("classes", "Recall and precision of each class", body=tuple(each))
    yield Part("figures", "A closer look", body=drawings)
    shown = [n for n in view.sizes if n in _ends(view.sizes) or n in {key[2] for key in explained}]
    pairs = [table for n in shown if (table := tables.notable(view, n, explained)).rows]
    about = Rich(_PAIRS.format(count=whole(view.pair_count)))
    yield Part("pairs", "Pairwise differences", body=(about, *pairs))
    evidence = tables.evidence(view)
    silent = "No framework gave a warning or a message."
    yield Part("evidence", "Messages of the frameworks", body=(evidence if evidence.rows else silent,))
    if effective := tables.effective(view):
        yield Part("defaults", "Settings in force that differ", body=(Rich(_EFFECTIVE), *effective))
    yield Part("settings", "Settings", body=[_contestant(c) for c in view.contestants.values()])
    yield Part("method", "Method", body=(Terms(_method(view)),))
    yield Part("provenance", "Run it again", body=(
        SourceText("", "sh", str(view.run["command"])),
        Terms(_provenance(view)),
        tables.versions(view.run["versions"]),
        tables.fingerprints(view),
    ))  # fmt: skip


def _counted(findings: list[Finding]) -> list[str]:
    """How many of the claims came out how, in a sentence; none without claims."""
    counts = Counter(f.label for f in findings)
    outcomes = ", ".join(f"{count} {label}" for label, count in counts.most_common())
    return [f"{plural(len(findings), 'claim')}: {outcomes}."] if findings else []


def _measured(finding: Finding) -> str:
    """What was measured, with the verdicts by earlier marks that are other ones."""
    other = [REPLICATION[v] for v in finding.under_replaced if v is not finding.verdict]
    return finding.words + (f" By the earlier criterion: {', '.join(other)}." if other else "")


def _ends(sizes: list[int]) -> list[int]:
    """The smallest and the largest n."""
    return list(dict.fromkeys((sizes[0], sizes[-1])))


def _contestant(contestant: Row) -> Fold:
    notes = [str(contestant["description"])]
    if not contestant["deterministic"]:
        notes.append("Not deterministic: the same request may give another answer.")
    return Fold(
        str(contestant["title"]),
        (" ".join(notes), Terms(tables.settings(contestant))),
        code=str(contestant["name"]),
        note=str(contestant["origin"] or ""),
    )


def _provenance(view: View) -> list[tuple[str, str]]:
    """(what, value) of the run's record."""
    run = view.run
    data, machine, threads = run["dataset"], run["machine"], run["threads"]
    if isinstance(threads, Mapping):
        threads = ", ".join(f"{framework} {count}" for framework, count in threads.items())
    return [
        ("Data", f"{data['source'].rstrip('.')}; {whole(data['rows'])} rows, "
         f"{plural(data['features'], 'feature')}, {_target(view.classes)}"),
        *(("Note", str(note)) for note in data["notes"]),
        ("Data fingerprint", f"SHA-256 {data['fingerprint']}"),
        ("Design", str(run["design"]["describe"])),
        ("Sizes and draws", f"n = {', '.join(map(str, view.sizes))}; {plural(run['draws'], 'draw')} each"),
        ("One-class draws", ", ".join(f"{k} at n = {n}" for n, k in run["one_class"].items()) or "none"),
        ("Seed", str(run["seed"])),
        ("Threads", str(threads)),
        ("Machine", f"{machine['cpu']}, {plural(machine['cores'], 'core')}, "
         f"{machine['memory_gb']:.3g} GB, {machine['os']}"),
        ("Run", f"{run['id']}, {run['created']}, {run['wall_seconds']:.0f} s, "
         f"crossframe {run['crossframe']}"),
        *(("Missing", f"{m['engine']}: {m['reason']} (remedy: {m['remedy']})")
          for m in run["missing_engines"]),
    ]  # fmt: skip


def _target(classes: list[str]) -> str:
    """The target in words: its classes, or that it holds numbers."""
    return f"classes {', '.join(classes[:-1])} and {classes[-1]}" if classes else "a target of numbers"


def _method(view: View) -> list[tuple[str, str]]:
    """The terms of `METHOD` that such a target has, and those that are its own."""
    if len(view.classes) == 2:
        return [*METHOD]
    own = _OF_CLASSES if view.classes else _OF_NUMBERS
    left_out = {*own, "Accuracy"} | (set() if view.classes else {"Log-loss"})
    return [*own.items(), *((term, words) for term, words in METHOD if term not in left_out)]


def write(result: Compared, folder: Path) -> Path:
    """Write the whole report and return the path of its page.

    ``index.html`` (one self-contained file), ``README.md`` with ``figures/*.svg``, ``cells.csv``,
    ``summary.csv``, ``pairs.csv`` and ``result.json``, the page last (see
    `crossframe.report.document.write_files`). Pairs lead to the explanations of this run that lie in
    ``folder``/explain. The same result with the same explanations gives the same bytes.

    Raises
    ------
    OSError
        When the folder cannot be written.
    """
    made = document(result, pages(folder, str(result.run["id"])))
    others = {**export.as_csv(result), "result.json": export.as_json(result)}
    return made.write(folder, others, tables=False)


def notebook(result: Compared) -> str:
    """A compact HTML fragment: the headlines, the learning curves and the tables of the first and last n."""
    view = View(result)
    shown = [tables.summary(view, n) for n in _ends(view.sizes)]
    return html.fragment(headlines(view), curves.main_figure(view), shown)
