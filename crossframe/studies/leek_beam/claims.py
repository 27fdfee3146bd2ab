"""Claims of the study ``leek-beam``, and how they are judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crossframe.claims import conduct
from crossframe.claims.accuracies import absent, ahead, alike, settled
from crossframe.claims.claim import Effect, Finding, Verdict
from crossframe.claims.claim_set import read_claims
from crossframe.claims.judge import (
    above,
    at_least,
    below,
    between,
    conjunction,
    in_words,
    wins_from,
)  # fmt: skip
from crossframe.claims.original import Ruling, small
from crossframe.claims.setting_effect import EQUAL
from crossframe.core.statistics import Interval
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
    as_published,
    trained_for,
)  # fmt: skip

CLAIMS = read_claims(__package__, equal=f"{EQUAL:g}")
_COUNTS = {MLP: 120_000, CNN: 200_000}
_EASY = 0.02
_FAMILIES = ("leekasso", "logistic", "network")
"""Families of models that are compared on whether the task is too easy: no rule of one pixel."""


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
    without_stop = longer(training, H2O, trained_for(H2O, EPOCHS[H2O][PUBLISHED]))
    earlier = {
        "port-not-converged": (_by_two_means(training, PORT),),
        "h2o-not-converged": (_by_two_means(training, H2O), without_stop.verdict),
        "defaults": (_none_above(beam),),
        "redux": (_same_side(leek, beam),),
    }
    return tuple(rulings[key].finding(claim, earlier.get(key, ())) for key, claim in CLAIMS.items())


MLP_AFTER = {epochs: trained_for(MLP, epochs) for epochs in EPOCHS[MLP]}
"""Epochs -> Beam's MLP trained for them."""


def epochs_run(view: View, name: str, n: int, asked: int) -> str:
    """The median number of epochs that a net ran, and ``asked`` for where these are more."""
    run = view.value(name, n, "epochs")
    return str(asked) if run is None or run >= 0.99 * asked else f"the {run:.3g} of {asked} that it runs"


def longer(view: View, net: str, base: str = "", n: int = 10) -> Ruling:
    """What ten times the published epochs do to the log-loss of a net on training and test rows at n.

    ``base`` is the contestant that they are compared with, by default the net as published.
    """
    epochs = EPOCHS[net]
    names = trained_for(net, epochs[-1]), base or as_published(net)
    if missing := absent(view, *names):
        return missing
    changes = {where: view.difference(*names, n, column) for where, column in (
        ("the training rows", "train_logloss"), ("the test rows", "logloss")
    )}  # fmt: skip
    train, test = changes.values()
    before = epochs_run(view, names[1], n, epochs[PUBLISHED])
    words = f"{epochs[-1]} epochs in place of {before} at n = {n}: log-loss " + ", ".join(
        f"{in_words(change)} on {where}" for where, change in changes.items()
    )
    effect = Effect.of(f"change of the test log-loss by ten times the epochs, n = {n}", test)
    if below(train) is not Verdict.HOLDS:
        return Ruling(Verdict.FAILS if train.exists and train.low >= 0 else Verdict.OPEN, words, effect)
    if below(test) is Verdict.HOLDS:
        return Ruling(Verdict.HOLDS, f"{words}: not converged", effect)
    if above(test) is Verdict.HOLDS:
        return Ruling(Verdict.FAILS, f"{words}: over-fitted", effect)
    return Ruling(Verdict.OPEN, words, effect)


def _by_two_means(view: View, net: str) -> Verdict:
    """The verdict of the first mark: two mean accuracies at the smallest n, labels at 0.5."""
    train, test = (
        view.value(as_published(net), view.sizes[0], f"{rows}accuracy_half_mean") for rows in ("train_", "")
    )
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
    effect = Effect.of(f"lm minus h2o's net at p > 0.5, n = {n}", widest)
    return settled(map(above, gaps.values()), gaps, words, effect)


def _gains(view: View) -> dict[str, dict[int, Interval]]:
    """One of Keras's defaults changed -> n -> accuracy minus that with the defaults."""
    present = [name for name in DEFAULTS if {name, MLP} <= view.contestants.keys()]
    return {
        name.partition(":")[2]: {n: view.difference(name, MLP, n, "accuracy") for n in view.sizes}
        for name in present
    }


def _defaults(view: View) -> Ruling:
    if missing := absent(view, MLP, *DEFAULTS):
        return missing
    gains = _gains(view)
    most = {setting: max(each.items(), key=lambda item: item[1].value) for setting, each in gains.items()}
    shown = "; ".join(f"{setting} {in_words(gain)} at n = {n}" for setting, (n, gain) in most.items())
    best, (n, gain) = max(most.items(), key=lambda item: item[1][1].value)
    verdicts = [below(gain, EQUAL) for each in gains.values() for gain in each.values()]
    effect = Effect.of(f"largest gain over the defaults, by {best}, n = {n}", gain)
    return Ruling(conjunction(verdicts), f"the largest gains: {shown}", effect)


def _none_above(view: View) -> Verdict:
    """The verdict of the mark that was replaced: no gain lies surely above `EQUAL`."""
    gains = [gain for each in _gains(view).values() for gain in each.values()]
    if not gains:
        return Verdict.OPEN
    return Verdict.FAILS if any(above(gain, EQUAL) is Verdict.HOLDS for gain in gains) else Verdict.HOLDS


_SCRIPTS = ((REDUX, "leekasso.f.glm"), (MLP, LIBLINEAR))
"""Net and ten-pixel model of Beam's rerun in R, on Leek's samples, and of his script, on his own."""


def _by_script(leek: View, beam: View) -> dict[int, list[Interval]]:
    """n -> net minus ten pixels in R and in Python."""
    views = (leek, beam)
    return {
        n: [view.difference(*pair, n, "accuracy") for view, pair in zip(views, _SCRIPTS, strict=True)]
        for n in sorted({*leek.sizes} & {*beam.sizes})
    }


def _redux(leek: View, beam: View) -> Ruling:
    for view, pair in zip((leek, beam), _SCRIPTS, strict=True):
        if missing := absent(view, *pair):
            return missing
    verdicts, parts = [], []
    for n, gaps in _by_script(leek, beam).items():
        leads, trails = ([rule(g) is Verdict.HOLDS for g in gaps] for rule in (above, below))
        same, opposite = all(leads) or all(trails), any(leads) and any(trails)
        verdicts.append(Verdict.HOLDS if same else Verdict.FAILS if opposite else Verdict.OPEN)
        parts.append(f"{in_words(gaps[0])} in R and {in_words(gaps[1])} in Python at n = {n}")
    words = "net minus ten pixels (R: Leek's samples, with glm; Python: Beam's, with liblinear): "
    return Ruling(conjunction(verdicts), words + "; ".join(parts))


def _same_side(leek: View, beam: View) -> Verdict:
    """The verdict of the mark that was replaced: both intervals on one side of 0, or both around it."""
    gaps = _by_script(leek, beam).values()
    places = [[(g.low > 0) - (g.high < 0) for g in pair] for pair in gaps]
    return Verdict.HOLDS if all(a == b for a, b in places) else Verdict.FAILS


def _suffice(view: View) -> Ruling:
    if missing := absent(view, H2O, LM):
        return missing
    gaps = {n: view.difference(H2O, LM, n, "accuracy") for n in view.sizes}
    start = wins_from(gaps)
    behind = [str(n) for n, g in gaps.items() if below(g) is Verdict.HOLDS]
    words = "; ".join(f"{in_words(g)} at n = {n}" for n, g in gaps.items()) + ". The net is "
    words += f"surely behind at n = {', '.join(behind)}, and " if behind else ""
    if start is None:
        words += "not surely ahead at the largest n"
    else:
        words += f"surely ahead {'at' if start == max(gaps) else 'from'} n = {start}"
        words += "" if start == max(gaps) else " on"
    worst = min(gaps, key=lambda n: gaps[n].value)
    effect = Effect.of(f"h2o's net minus lm, smallest at n = {worst}", gaps[worst])
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
        if (family := view.contestants[name]["family"]) in _FAMILIES:
            best.setdefault(family, name)
    if len(best) < 2:
        return Ruling(Verdict.OPEN, "one family of models only")
    first = ranked[0]
    gaps = {name: view.difference(first, name, n, "accuracy") for name in best.values() if name != first}
    words = f"{view.named(first)} is the most accurate at n = {n}; ahead of " + ", ".join(
        f"{view.named(name)} by {in_words(g)}" for name, g in gaps.items()
    )
    widest = max(gaps.values(), key=lambda g: abs(g.value))
    verdict = conjunction(between(g, -_EASY, _EASY) for g in gaps.values())
    return Ruling(verdict, words, Effect.of(f"largest lead over another family's best, n = {n}", widest))


def _solver_cause(view: View) -> Ruling:
    if missing := absent(view, LIBLINEAR, LBFGS, GLM):
        return missing
    n = view.sizes[0]
    pairs = {"liblinear minus glm": (LIBLINEAR, GLM), "lbfgs minus glm": (LBFGS, GLM),
             "liblinear minus lbfgs": (LIBLINEAR, LBFGS)}  # fmt: skip
    gaps = {what: view.difference(*pair, n, "accuracy") for what, pair in pairs.items()}
    words = "; ".join(f"{what} {in_words(g)}" for what, g in gaps.items()) + f" at n = {n}"
    whole, penalty, solver = gaps.values()
    effect = Effect.of(f"lbfgs minus glm, n = {n}", penalty)
    if above(whole) is not Verdict.HOLDS:
        return Ruling(Verdict.OPEN, words, effect)
    if above(penalty) is Verdict.HOLDS and between(solver, -EQUAL, EQUAL) is Verdict.HOLDS:
        return Ruling(Verdict.FAILS, f"{words}: the penalty is the reason", effect)
    alone = above(penalty) is Verdict.FAILS and above(solver) is Verdict.HOLDS
    return Ruling(Verdict.HOLDS if alone else Verdict.OPEN, words, effect)
