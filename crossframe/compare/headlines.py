"""The results of a run in a few sentences, made from its numbers."""

from __future__ import annotations

from crossframe.core.text import (
    accuracy,
    agreement,
    condense,
    epochs,
    finite,
    fixed,
    percent,
    plural,
    signed,
    signed_interval,
    whole,
)
from crossframe.experiment.view import Row, View
from crossframe.frameworks.contract import Status


def headlines(view: View) -> list[str]:
    """Three to six sentences: who leads, the largest difference, who trained too little, and warnings."""
    sentences = [_leader(view, view.sizes[0])]
    if len(view.sizes) > 1:
        sentences.append(_leader(view, view.sizes[-1]))
    sentences += [*_unscored(view), _largest(view), _threshold(view)]
    sentences += [_training(view), _warnings(view), _broken(view)]
    return [sentence for sentence in sentences if sentence]


def _named(view: View, row: Row) -> str:
    return f"{view.named(row['contestant'])} with {accuracy(row, view.metric.key)}"


def _leader(view: View, n: int) -> str:
    rows = view.ranked(n)
    if not rows:
        return f"At n = {n} no contestant could be scored."
    best, worst = rows[0], rows[-1]
    sentence = f"At n = {n} {view.metric.best} {_named(view, best)}"
    if best is worst:
        return sentence + "."
    tied = sum(_tied(view, best, other, n) for other in rows[1:])
    if tied:
        sentence += f" ({tied} of the other {len(rows) - 1} are not significantly worse)"
    return f"{sentence}; {view.metric.worst} {_named(view, worst)}."


def _unscored(view: View) -> list[str]:
    """A sentence on each contestant that left rows without a score, which its metric does not speak of."""
    lines = []
    for name in view.contestants:
        # A run stored by another version does not have the number.
        cells = [cell for cell in view.of(name) if cell.get("unscored")]
        if cells:
            without = sum(int(cell["unscored"]) for cell in cells)
            rows = sum(int(cell["to_score"]) for cell in view.of(name))
            lines.append(
                f"{view.named(name)} gave no score to {whole(without)} of {plural(rows, 'row')}: its "
                f"{view.metric.words} is over the others, and a difference from it over the rows that both "
                "score."
            )
    return lines


def _tied(view: View, best: Row, other: Row, n: int) -> bool:
    pair = view.pair(best["contestant"], other["contestant"], n)
    if pair is None:
        return False
    low = finite(pair["low"])
    # Equal on every draw: there is no interval, and no difference.
    return finite(pair["difference"]) == 0 if low is None else low <= 0


def _largest(view: View) -> str:
    largest = [
        pair for n in view.sizes for pair in view.notable(n)[:1] if finite(pair["difference"]) is not None
    ]
    if not largest:
        return ""
    pair = max(largest, key=lambda r: abs(float(r["difference"])))
    if not round(float(pair["difference"]), 4):
        return f"Of the same model no two frameworks differed in mean {view.metric.words}."
    pair = pair if pair["difference"] > 0 else view.pair(pair["right"], pair["left"], int(pair["n"])) or pair
    low = finite(pair["low"])
    alike = (
        f"{percent(pair['alike'])} of the scored rows labelled alike"
        if view.classes
        else agreement(pair["digits"])
    )
    doubt = " (an interval that includes zero)" if low is not None and low <= 0 else ""
    return (
        f"The largest difference of one model by framework or solver is that between "
        f"{view.named(pair['left'])} and {view.named(pair['right'])} "
        f"at n = {pair['n']}: {signed(pair['difference'])} "
        f"{signed_interval(pair['low'], pair['high'])}{doubt}, "
        f"with {alike}."
    )


def _threshold(view: View) -> str:
    """The fit whose own labels lose most against p > 0.5, if the loss is larger than its noise."""
    gains = [
        (gain, name, row)
        for name in view.contestants
        for n in view.sizes
        if (row := view.row(name, n))
        and (gain := finite(row.get("half_gain"))) is not None
        and (finite(row["half_gain_low"]) or 0.0) > 0
    ]
    if not gains:
        return ""
    gain, name, row = max(gains, key=lambda item: item[0])
    return (
        f"Labels are not always p > 0.5: by its own threshold {view.named(name)} has "
        f"{fixed(row['accuracy_mean'])} at n = {row['n']}; cut at 0.5 the same fits gain {signed(gain)} "
        f"{signed_interval(row['half_gain_low'], row['half_gain_high'])}."
    )


def _training(view: View) -> str:
    short = []
    for name in view.contestants:
        rows = [row for n in view.sizes if (row := view.row(name, n)) and cut_short(row)]
        if rows:
            least = min(rows, key=lambda r: float(r["epochs"]) / float(r["epochs_asked"]))
            done = epochs(least).replace(" / ", " of ")
            short.append(f"{view.named(name)} ({done} at n = {least['n']})")
    if not short:
        return ""
    return f"Fewer epochs run than asked for, in the median: {'; '.join(short)}."


def cut_short(row: Row) -> bool:
    """Whether the fits of a summary ran fewer than 99 % of the epochs requested, in the median."""
    run, asked = finite(row["epochs"]), finite(row["epochs_asked"])
    return run is not None and asked is not None and run < 0.99 * asked


def _warnings(view: View) -> str:
    counts: dict[str, int] = {}
    fits = 0
    for cell in view.cells:
        fits += 1
        if len(cell["evidence"]):
            engine = view.engine(cell["contestant"])
            counts[engine] = counts.get(engine, 0) + 1
    if not counts:
        return f"No framework gave a warning in {plural(fits, 'fit')}."
    parts = [f"{engine} in {whole(k)}" for engine, k in sorted(counts.items(), key=lambda item: -item[1])]
    return (
        f"Of {plural(fits, 'fit')}, these came with a warning or message of the framework: "
        f"{', '.join(parts)}."
    )


def _broken(view: View) -> str:
    parts = []
    failed = sum(bool(cell["failed"]) for cell in view.cells)
    if failed:
        parts.append(f"{plural(failed, 'fit')} failed")
    parts += _refused(view)
    single = sum(view.run["one_class"].values())
    if single:
        parts.append(f"{plural(single, 'draw')} held one class only, on which nothing was trained")
    parts += [f"{m['engine']} was missing ({m['reason']})" for m in view.run["missing_engines"]]
    sentence = "; ".join(parts)
    return sentence[:1].upper() + sentence[1:] + "." if sentence else ""


def _refused(view: View) -> list[str]:
    """The fits that a framework refused, by contestant, with its commonest message."""
    messages: dict[str, list[str]] = {}
    for cell in view.cells:
        if cell["status"] in (Status.REFUSED, Status.CANNOT_EXPRESS):
            given = condense(str(cell["evidence"][0])) if len(cell["evidence"]) else str(cell["status"])
            messages.setdefault(cell["contestant"], []).append(given)
    return [
        f"{view.named(name)} refused {len(given)} of {plural(len(view.of(name)), 'fit')} "
        f"({max(given, key=given.count).rstrip('.')})"
        for name, given in messages.items()
    ]
