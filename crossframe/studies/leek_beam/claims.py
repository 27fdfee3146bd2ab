"""Claims of the study ``leek-beam``, and how they are judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crossframe.claims import conduct
from crossframe.claims.accuracies import absent, ahead, alike, gap, pairs_of
from crossframe.claims.claim import Claim, Effect, Finding, Verdict
from crossframe.claims.claim_set import read_claims
from crossframe.claims.judge import (
    above,
    at_least,
    below,
    between,
    conjunction,
    in_words,
    where_settled,
)  # fmt: skip
from crossframe.claims.original import Ruling, small
from crossframe.claims.setting_effect import EQUAL
from crossframe.experiment.view import View
from crossframe.studies.leek_beam import remedy
from crossframe.studies.leek_beam.runs import (
    CNN,
    DEFAULTS,
    EPOCHS,
    GLM,
    H2O,
    LBFGS,
    LIBLINEAR,
    LM,
    LOGISTIC,
    MLP,
    PORT,
    PUBLISHED,
    REDUX,
    trained_for,
)  # fmt: skip

CLAIMS = read_claims(__package__, equal=f"{EQUAL:g}")
_COUNTS = {MLP: 120_000, CNN: 200_000}
_EASY = 0.02


def judged(
    leek: View, beam: View, larger: View, training: View, remedied: View, parameters: Mapping[str, int]
) -> tuple[Finding, ...]:
    """A finding for every claim, in the order of the file.

    Parameters
    ----------
    leek, beam
        All contestants on the two designs.
    larger
        From 100 images on; Leek's design.
    training
        Nets trained for other numbers of epochs; Beam's design.
    remedied
        h2o's net with a few settings changed; Beam's design.
    parameters
        See `crossframe.studies.leek_beam.runs.parameters`.
    """
    rulings = {
        "leek-lead": ahead(leek, LM, H2O, small(leek)),
        "leek-lead-at-half": _at_half(leek, LM, H2O, small(leek)),
        "net-wins": ahead(beam, MLP, LIBLINEAR, beam.sizes),
        "third-party": alike(beam, LOGISTIC, MLP, beam.sizes),
        "threshold": conduct.threshold(leek, H2O, small(leek)),
        "port-not-converged": longer(training, PORT),
        "h2o-not-converged": longer(training, H2O),
        "h2o-remedy": remedy.few(remedied),
        "decay": ahead(beam, f"{PORT}:schedule.decay=0", PORT, small(beam)),
        "first-epochs": alike(training, MLP_AFTER[200], MLP_AFTER[50], training.sizes),
        "defaults": _defaults(beam),
        "cnn": ahead(beam, CNN, MLP, beam.sizes),
        "redux": _redux(leek, beam),
        "suffice": _suffice(larger),
        "parameters": _parameters(parameters),
        "too-easy": _too_easy(beam),
        "solver": ahead(beam, LIBLINEAR, GLM, small(beam)),
        "solver-cause": _solver_cause(beam),
    }
    earlier = {
        "port-not-converged": (_by_two_means(beam, PORT),),
        "h2o-not-converged": (_by_two_means(leek, H2O),),
    }
    return tuple(_finding(claim, rulings[key], earlier.get(key, ())) for key, claim in CLAIMS.items())


MLP_AFTER = {epochs: trained_for(MLP, epochs) for epochs in EPOCHS[MLP]}
"""Epochs -> Beam's MLP trained for them."""


def _finding(claim: Claim, ruling: Ruling, earlier: Sequence[Verdict]) -> Finding:
    return Finding(claim, ruling.verdict, ruling.words, ruling.effect, under_replaced=tuple(earlier))


def longer(view: View, net: str, n: int = 10) -> Ruling:
    """What ten times the published epochs do to the log-loss of a net on training and test rows at n."""
    epochs = EPOCHS[net]
    names = trained_for(net, epochs[-1]), trained_for(net, epochs[PUBLISHED])
    if missing := absent(view, *names):
        return missing
    changes = {where: view.difference(*names, n, column) for where, column in (
        ("the training rows", "train_logloss"), ("the test rows", "logloss")
    )}  # fmt: skip
    train, test = changes.values()
    words = f"{epochs[-1]} epochs in place of {epochs[PUBLISHED]} at n = {n}: log-loss " + ", ".join(
        f"{in_words(change)} on {where}" for where, change in changes.items()
    )
    effect = Effect.of(f"change of the test log-loss by ten times the epochs, n = {n}:", test)
    if below(train) is not Verdict.HOLDS:
        return Ruling(Verdict.FAILS if train.exists and train.low >= 0 else Verdict.OPEN, words, effect)
    if below(test) is Verdict.HOLDS:
        return Ruling(Verdict.HOLDS, f"{words}: not converged", effect)
    if above(test) is Verdict.HOLDS:
        return Ruling(Verdict.FAILS, f"{words}: over-fitted", effect)
    return Ruling(Verdict.OPEN, words, effect)


def _by_two_means(view: View, net: str) -> Verdict:
    """The verdict of the mark that was replaced: two mean accuracies at the smallest n, labels at 0.5."""
    train = view.value(net, view.sizes[0], "train_accuracy_half_mean") if net in view.contestants else None
    test = view.value(net, view.sizes[0], "accuracy_half_mean") if net in view.contestants else None
    if train is None or test is None:
        return Verdict.OPEN
    return Verdict.HOLDS if train < 0.95 else Verdict.FAILS if train - test > 0.05 else Verdict.OPEN


def _at_half(view: View, left: str, right: str, sizes: Sequence[int]) -> Ruling:
    """Whether ``left``, which cuts its labels at 0.5 anyway, leads where ``right`` cuts them there too."""
    if missing := absent(view, left, right):
        return missing
    gaps = {n: view.difference(left, right, n, ("accuracy", "accuracy_half")) for n in sizes}
    shown = "; ".join(f"{in_words(gap)} at n = {n}" for n, gap in gaps.items())
    words = f"{view.named(left)} minus {view.named(right)}, labels of both at p > 0.5: {shown}"
    n, widest = max(gaps.items(), key=lambda item: abs(item[1].value))
    effect = Effect.of(f"lm minus h2o's net at p > 0.5, n = {n}:", widest)
    return Ruling(where_settled(map(above, gaps.values()), one_refutes=True), words, effect)


def _defaults(view: View) -> Ruling:
    if missing := absent(view, MLP, *DEFAULTS):
        return missing
    gaps = {(name, n): view.difference(name, MLP, n, "accuracy") for name in DEFAULTS for n in view.sizes}
    (name, n), most = max(gaps.items(), key=lambda item: item[1].value)
    words = f"the best change is {name.partition(':')[2]} at n = {n}: {in_words(most)}"
    verdicts = [Verdict.FAILS if above(g, EQUAL) is Verdict.HOLDS else Verdict.HOLDS for g in gaps.values()]
    return Ruling(
        conjunction(verdicts),
        words,
        Effect.of(f"largest gain over the defaults, by {name.partition(':')[2]}, n = {n}:", most),
    )


def _redux(leek: View, beam: View) -> Ruling:
    pairs = ((leek, REDUX, "leekasso.f.glm"), (beam, MLP, LIBLINEAR))
    for view, net, linear in pairs:
        if missing := absent(view, net, linear):
            return missing
    verdicts, parts = [], []
    for n in sorted({*leek.sizes} & {*beam.sizes}):
        here, there = (view.difference(net, linear, n, "accuracy") for view, net, linear in pairs)
        sides = [(g.low > 0) - (g.high < 0) for g in (here, there)]
        verdicts.append(
            Verdict.HOLDS if sides[0] == sides[1] else Verdict.OPEN if 0 in sides else Verdict.FAILS
        )
        parts.append(f"{in_words(here)} in R and {in_words(there)} in Python at n = {n}")
    return Ruling(conjunction(verdicts), "net minus Leekasso: " + "; ".join(parts))


def _suffice(view: View) -> Ruling:
    if missing := absent(view, H2O, LM):
        return missing
    pairs = pairs_of(view, H2O, LM, view.sizes)
    gaps = {int(pair["n"]): gap(pair) for pair in pairs}
    crossed = [n for n, g in gaps.items() if g.low > 0]
    words = "; ".join(f"{in_words(g)} at n = {n}" for n, g in gaps.items())
    words += (
        f". The net is surely ahead from n = {crossed[0]} on" if crossed else ". It is never surely ahead"
    )
    worst = min(gaps, key=lambda n: gaps[n].value) if gaps else 0
    effect = Effect.of(f"h2o's net minus lm, smallest at n = {worst}:", gaps[worst]) if gaps else None
    return Ruling(conjunction(at_least(g, -EQUAL) for g in gaps.values()), words, effect)


def _parameters(counts: Mapping[str, int]) -> Ruling:
    if not counts:
        return Ruling(Verdict.NOT_RUN, "Keras is not installed")
    words = " and ".join(f"{counts[name]:,} ({name})" for name in _COUNTS)
    near = [abs(counts[name] / about - 1) <= 0.05 for name, about in _COUNTS.items()]
    return Ruling(Verdict.HOLDS if all(near) else Verdict.FAILS, words)


def _too_easy(view: View) -> Ruling:
    n = view.sizes[-1]
    ranked = [row["contestant"] for row in view.ranked(n)]
    best: dict[str, str] = {}
    for name in ranked:
        best.setdefault(view.contestants[name]["family"], name)
    if len(best) < 2:
        return Ruling(Verdict.OPEN, "one family of models only")
    first = ranked[0]
    gaps = {name: view.difference(first, name, n, "accuracy") for name in best.values() if name != first}
    words = f"{view.named(first)} is the most accurate at n = {n}; ahead of " + ", ".join(
        f"{view.named(name)} by {in_words(g)}" for name, g in gaps.items()
    )
    widest = max(gaps.values(), key=lambda g: abs(g.value))
    verdict = conjunction(between(g, -_EASY, _EASY) for g in gaps.values())
    return Ruling(verdict, words, Effect.of(f"largest lead over another family's best, n = {n}:", widest))


def _solver_cause(view: View) -> Ruling:
    if missing := absent(view, LIBLINEAR, LBFGS, GLM):
        return missing
    n = view.sizes[0]
    pairs = {"liblinear minus glm": (LIBLINEAR, GLM), "lbfgs minus glm": (LBFGS, GLM),
             "liblinear minus lbfgs": (LIBLINEAR, LBFGS)}  # fmt: skip
    gaps = {what: view.difference(*pair, n, "accuracy") for what, pair in pairs.items()}
    words = "; ".join(f"{what} {in_words(g)}" for what, g in gaps.items()) + f" at n = {n}"
    whole, penalty, solver = gaps.values()
    effect = Effect.of(f"lbfgs minus glm, n = {n}:", penalty)
    if above(whole) is not Verdict.HOLDS:
        return Ruling(Verdict.OPEN, words, effect)
    if above(penalty) is Verdict.HOLDS and between(solver, -EQUAL, EQUAL) is Verdict.HOLDS:
        return Ruling(Verdict.FAILS, f"{words}: the penalty is the reason", effect)
    alone = above(penalty) is Verdict.FAILS and above(solver) is Verdict.HOLDS
    return Ruling(Verdict.HOLDS if alone else Verdict.OPEN, words, effect)
