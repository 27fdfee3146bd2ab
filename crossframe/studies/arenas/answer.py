"""The answer of the study ``arenas`` in sentences, made of what was measured."""

from __future__ import annotations

from crossframe.claims.claim import Finding, Verdict
from crossframe.claims.judge import in_words, wins_from
from crossframe.studies.arenas.claims import Gaps, Measured, averaged, gaps
from crossframe.studies.arenas.jobs import LEEKASSO, LOGISTIC, MLP, NETS, TITLES, Arena
from crossframe.studies.arenas.leads import Leads, count

_MODELS = {LOGISTIC: "logistic regression", LEEKASSO: "the ten-feature model"}

_LIKE_OTHERS = {
    Verdict.HOLDS: "stands for the others",
    Verdict.PARTLY: "does not stand for the others at every n",
    Verdict.FAILS: "does not stand for the others",
}


def sentences(measured: Measured, findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """Where a network starts to win: on average, pair by pair, on 4 against 9, and on tables."""
    m = measured
    if not m.leads:
        return ()
    (zero_one,) = (finding for finding in findings if finding.claim.key == "zero-one")
    stands = _LIKE_OTHERS.get(zero_one.verdict, "may or may not stand for the others")
    on_average = [
        _beats(net, linear, each)
        for linear in (LOGISTIC, LEEKASSO)
        for net in NETS
        if (each := averaged(m.pairs, net, linear))
    ]
    return (
        f"On average over all pairs of digits {'; '.join(on_average)}.",
        _pair_by_pair(m.leads),
        f"0 against 1, the pair of 2017, {stands}: the MLP's lead over ten features, "
        f"mean of the other pairs minus 0 against 1, is {zero_one.words.partition(' (')[0]}.",
        f"On 4 against 9 {_in_depth(m.depth)}.",
        f"With more columns than rows {_on_table(m.wide)}; on a plain table {_on_table(m.plain)}.",
    )


def _beats(net: str, linear: str, each: Gaps) -> str:
    """From which number of training rows on a net is surely ahead of a linear model, in words."""
    n = wins_from(each)
    if n is None:
        return f"the {TITLES[net]} is not surely ahead of {_MODELS[linear]} at n = {max(each):,}"
    later = f"at n = {n:,}, the largest" if n == max(each) else f"from n = {n:,} on"
    where = "at every n" if n == min(each) else later
    return f"the {TITLES[net]} surely beats {_MODELS[linear]} {where}"


def _pair_by_pair(leads: Leads) -> str:
    parts = []
    for n in sorted({n for _, n in leads}):
        here = [lead for (_, at), lead in leads.items() if at == n]
        counts = [
            f"{sort} on {sum(lead.net is net for lead in here)} (surely on {count(leads, n, net=net)})"
            for net, sort in ((True, "a net"), (False, "a linear model"))
        ]
        parts.append(f"at n = {n:,} {' and '.join(counts)}")
    pairs = len({pair for pair, _ in leads})
    return f"Of the {pairs} pairs, the most accurate model is {'; '.join(parts)}."


def _in_depth(arena: Arena) -> str:
    each = {net: gaps(arena, net, LOGISTIC) for net in NETS}
    beaten = [_beats(net, LOGISTIC, known) for net, known in each.items() if known]
    return f"{' and '.join(beaten)}; accuracies {arena.at_most()}"


def _on_table(arena: Arena) -> str:
    each = gaps(arena, MLP, LOGISTIC)
    if not each:
        return "nothing was measured"
    n = max(each, key=lambda at: abs(each[at].value))
    return f"{_beats(MLP, LOGISTIC, each)} (largest difference {in_words(each[n])}, at n = {n:,})"
