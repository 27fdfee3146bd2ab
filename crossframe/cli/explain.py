"""``crossframe explain``: its arguments and its output."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossframe.cli import cells, columns, explain_fitted, h2o_url, output, paths
from crossframe.cli.explain_options import refuse_useless
from crossframe.core.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from crossframe.explain.explanation import Explanation
    from crossframe.explain.programs import ProgramPair
    from crossframe.explain.selftest import Way


def add(commands: Any) -> None:
    """Add the parser of ``crossframe explain`` to the subparsers."""
    p = commands.add_parser(
        "explain",
        help="why two models give different answers on the same rows",
        description="Say why two models differ: diagnoses with certificates, the share of the difference "
        "that each setting causes, measured by switching it, and the settings that close it. The two are "
        "compared on one sample, score by score, networks and forests beside what another seed changes; "
        "with --draws also over many samples.",
        epilog="example: crossframe explain sklearn.logistic r.glm --data mine.csv --target outcome",
    )
    p.add_argument(
        "left",
        nargs="?",
        metavar="LEFT",
        help="framework.model, with overrides as in sklearn.logistic:C=10, or a contestant of compare; "
        "without a pair the notable gaps of the latest compare run are explained",
    )
    p.add_argument("right", nargs="?", metavar="RIGHT", help="the other one")
    p.add_argument(
        "--run",
        dest="compared",
        metavar="RUN",
        help="a compare run, by name or id: explain its notable gaps, or LEFT and RIGHT on its draws",
    )
    p.add_argument("--top", type=int, metavar="K", help="gaps of a run that are explained (default 5)")
    data = p.add_argument_group("data")
    data.add_argument(
        "--data", type=paths.file, metavar="FILE", help="your own CSV or Parquet file, with --target"
    )
    data.add_argument("--target", metavar="COLUMN", help="target column of --data: classes, or numbers")
    data.add_argument(
        "--classes",
        action="store_true",
        help="the numbers in --target are names of classes (default: of more than two, numbers to predict)",
    )
    data.add_argument("--positive", metavar="VALUE", help="target value that is class 1")
    data.add_argument(
        "--missing",
        choices=("refuse", "drop", "framework"),
        help="missing values: refuse (default), drop the rows for both sides, or leave them to each "
        "framework; with a rule of one side, as in r.glm:missing=mean, they are left to the sides",
    )
    columns.add(data)
    data.add_argument("--dataset", metavar="NAME", help="digits (default), mnist, auto")
    data.add_argument("--data-dir", type=paths.file, metavar="DIR", help="where to look for mnist.npz first")
    data.add_argument(
        "--n", metavar="N[,N...]", help="training rows (default 80); several sizes are explained one by one"
    )
    data.add_argument("--draw", type=int, metavar="K", help="another sample of --dataset")
    over = p.add_argument_group(
        "over draws", "--draws, --seeds or --metric ask whether the difference matters over samples, too"
    )
    over.add_argument("--draws", type=int, metavar="B", help="training samples (default 10)")
    over.add_argument(
        "--seeds", type=int, metavar="S", help="seeds on each sample (default 2; 1 where no seed is free)"
    )
    over.add_argument(
        "--design", help="how samples are drawn (default leek, and stratified for your own file)"
    )
    over.add_argument("--metric", help="what the two differ in: accuracy (default) or logloss")
    over.add_argument(
        "--budget",
        type=int,
        metavar="K",
        help="combinations of settings fitted at most (default 128, over draws 512)",
    )
    p.add_argument(
        "--threads",
        type=int,
        metavar="T",
        help="threads per framework (default 1; H2O's networks: all cores)",
    )
    p.add_argument(
        "--fail-over",
        type=float,
        metavar="DIGITS",
        help="exit code 1 when the two agree in fewer digits than this, whatever the explanation",
    )
    explain_fitted.add(p)
    test = p.add_argument_group("self-test")
    test.add_argument(
        "--self-test",
        action="store_true",
        help="plant known differences in random data and count how often exactly those are named; exit code "
        "1 below the mark",
    )
    test.add_argument("--family", choices=("linear", "networks", "all"), help="models tested (default all)")
    test.add_argument(
        "--cases", type=int, metavar="N", help="cases of each family (default 300 linear, 60 of networks)"
    )
    test.add_argument(
        "--seed",
        type=int,
        metavar="S",
        help="of the first case; those from 100001 on plant one kind after the other (default: some of "
        "either sort)",
    )
    test.add_argument(
        "--by",
        choices=("names", "scripts", "objects"),
        help="how the linear pairs are given to explain: by name (default), written out as scripts and "
        "run, or as fitted objects (scikit-learn's pairs alone)",
    )
    cells.add(p)
    h2o_url.add(p)
    p.add_argument(
        "--store",
        type=paths.file,
        metavar="FILE",
        help="SQLite file with the fits (default: user's data folder)",
    )
    output.add(p)
    p.add_argument(
        "--report",
        type=paths.folder,
        metavar="DIR",
        help="also write the report to a folder; that of a run's gaps is always written (reports/RUN)",
    )
    p.set_defaults(run=_run)


_MOST_DIGITS = 15
"""Two double-precision numbers that differ by rounding, 2.2e-16, agree in 15.65 digits."""


def _run(a: argparse.Namespace) -> ExitCode:
    if a.fail_over is not None and not 0 <= a.fail_over <= _MOST_DIGITS:
        raise UsageError(f"--fail-over {a.fail_over:g}: not a number of digits", f"0 to {_MOST_DIGITS}")
    if a.self_test:
        return _self_test(a)
    if explain_fitted.brought(a):
        return explain_fitted.run(a)
    if a.left is not None and a.right is None:
        raise UsageError("RIGHT is required beside LEFT", "see crossframe explain --help")
    if a.left is None or a.compared is not None:
        return _of_run(a)
    refuse_useless(a, "file" if a.data else "pair")
    from crossframe.experiment.plan import parse_sizes
    from crossframe.experiment.shards import independent_parts
    from crossframe.explain import sizes as by_size
    from crossframe.explain.report import document
    from crossframe.report.export import plain

    sizes = (None,) if a.n is None else parse_sizes(a.n)
    records, codes, over_draws = [], [], []
    explanations: list[Explanation] = []
    with independent_parts() as part:
        for n in sizes:
            with part:
                explanations.append(_explain(a, n))
    for n, explanation in zip(sizes, explanations, strict=True):
        folder = Path(a.report) / (by_size.folder(n) if len(sizes) > 1 and n else "") if a.report else None
        one_sample = not explanation.over_draws
        ran = _programs(a, explanation) if folder and one_sample else ()
        page = document(explanation, ran)
        records.append(plain({**explanation.to_dict(), "programs": [pair.to_dict() for pair in ran]}))
        output.emit(a, page)
        if folder:
            written = page.write(folder, {"result.json": json.dumps(records[-1], allow_nan=False) + "\n"})
            print(f"report: {written}", file=sys.stderr)
        if explanation.over_draws:
            over_draws.append(explanation)
        codes.append(_code(a.fail_over, agreed_digits(explanation), explanation.verdict.exit_code))
        codes += [pair.exit_code for pair in ran]
    if len(over_draws) > 1:
        _over_sizes(a, over_draws)
    if a.json:
        schema = records[0]["schema"]
        whole = records[0] if len(records) == 1 else {"schema": schema, "explanations": records}
        print(json.dumps(whole, allow_nan=False))
    return max(codes)


def _over_sizes(a: argparse.Namespace, explanations: list[Explanation]) -> None:
    """All sizes in one table, at the end and as the first page of the report."""
    from crossframe.explain import sizes

    document = sizes.document(explanations)
    output.emit(a, document)
    if a.report:
        print(f"report: {document.write(Path(a.report))}", file=sys.stderr)


def _self_test(a: argparse.Namespace) -> ExitCode:
    from crossframe.explain import selftest, selftest_page
    from crossframe.explain.selftest_families import LINEAR, NETWORKS
    from crossframe.report.export import plain

    if a.left is not None or a.data:
        raise UsageError("--self-test draws its own pairs and data", "leave out LEFT, RIGHT and --data")
    refuse_useless(a, "self_test")
    by, of = a.by or "names", a.family or "all"
    if a.cases is not None and a.cases < 1:
        raise UsageError(f"--cases {a.cases}: at least one case", "leave it out for the default")
    if a.seed is not None and a.seed < 0:
        raise UsageError(f"--seed {a.seed}: a seed is not negative", "the first one is 1")

    def on_case(tried: selftest.TriedCase, done: int, of: int) -> None:
        if not tried.exact or done == of or done % 20 == 0:
            note = "" if tried.exact else f"; seed {tried.case.seed} was not exact"
            print(f"[{done}/{of}] cases{note}", file=sys.stderr, flush=True)

    if by != "names" and of != "linear":
        raise UsageError(f"--by {by}: the linear pairs alone are written out", "give --family linear")
    families = [f for f in (LINEAR, NETWORKS) if of in (f.name, "all")]
    results = []
    for family in families:
        results.append(selftest.self_test(family, a.cases, a.seed, on_case, _way(by)))
        page = selftest_page.document(results[-1])
        output.emit(a, page)
        if a.report:
            folder = Path(a.report) / (family.name if len(families) > 1 else "")
            print(f"report: {page.write(folder)}", file=sys.stderr)
    if a.json:
        dicts = [plain(result.to_dict()) for result in results]
        whole = dicts[0] if len(dicts) == 1 else {"schema": selftest.SCHEMA, "families": dicts}
        print(json.dumps(whole, allow_nan=False))
    return max(result.exit_code for result in results)


def _way(by: str) -> Way:
    from crossframe.explain import selftest

    if by == "names":
        return selftest.by_name
    from crossframe.explain.fitted.selftest import by_objects, by_scripts

    return by_scripts if by == "scripts" else by_objects


def _of_run(a: argparse.Namespace) -> ExitCode:
    """The notable gaps of a compare run, or one pair on its draws, beside the run's report."""
    from crossframe.explain import runs

    if a.left is None and (a.data or a.target or a.formula):
        raise UsageError("--data names no pair to explain", "crossframe explain LEFT RIGHT --data FILE ...")
    refuse_useless(a, "run" if a.left else "gaps")
    if a.n is not None and not a.n.isdigit():
        raise UsageError(f"--n {a.n}: one size of the run", "see crossframe list runs")
    if a.top is not None and a.top < 1:
        raise UsageError(f"--top {a.top}: at least one gap", "the default is 5")
    explanations = runs.explain_run(
        a.compared or "latest", pair=(a.left, a.right) if a.left else None, n=int(a.n) if a.n else None,
        top=a.top or runs.TOP, store=a.store, on_progress=_progress,
    )  # fmt: skip
    page = runs.printed(explanations)
    output.emit(a, page, explanations.to_dict())
    folder = paths.report_folder(a.report, explanations.result.run["name"])
    written = runs.write_pages(explanations, folder)
    print(f"report: {written}", file=sys.stderr)
    codes = [_code(a.fail_over, agreed_digits(p.explanation), p.exit_code) for p in explanations.pairs]
    return max(codes, default=ExitCode.OK)


def _explain(a: argparse.Namespace, n: int | None) -> Explanation:
    from crossframe.explain.api import explain

    return explain(
        a.left, a.right, data=a.data, data_dir=a.data_dir, target=a.target, positive=a.positive,
        classes=a.classes, missing=a.missing or "refuse", n=n,
        dataset="digits" if a.dataset is None else a.dataset,
        draw=a.draw or 0, draws=a.draws, seeds=a.seeds,
        design=a.design, metric=a.metric, budget=a.budget,
        paths=bool(a.report), threads=a.threads, store=a.store, on_progress=_progress,
        **columns.given(a),
    )  # fmt: skip


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def agreed_digits(explanation: Explanation | None) -> float | None:
    """The digits on which the two agree; None where labels differ, and without an explanation."""
    from crossframe.core.text import finite

    if explanation is None or not explanation.labels_alike:
        return None
    return finite(explanation.gap.digits)


def _code(fail_over: float | None, digits: float | None, verdict: ExitCode) -> ExitCode:
    """The exit code: by ``fail_over`` digits where given, else by the verdict."""
    if fail_over is None:
        return verdict
    return ExitCode.OK if digits is not None and digits >= fail_over else ExitCode.DIFFERS


def _programs(a: argparse.Namespace, explanation: Explanation) -> tuple[ProgramPair, ...]:
    """Write the recipes beside the report, run them, and print what became of them."""
    from crossframe.explain.programs import why_none, write_programs

    if not a.data:
        return ()
    if why := why_none(explanation):
        print(f"no programs are written for {a.data}: {why}", file=sys.stderr)
    ran = write_programs(explanation, Path(a.report))
    for pair in ran:
        print(f"towards {pair.towards}: {pair.words}", file=sys.stderr)
    return tuple(ran)
