"""A user's own fit of R, recorded by ``r_scripts/record.R`` or held by rpy2, recognised as one of ours."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.frameworks import rscripts
from crossframe.frameworks.fitted import FittedModel, Recognised, read
from crossframe.frameworks.folds import rule_of
from crossframe.frameworks.r import FRAMEWORK

_MODELS = {
    "lm": "lm", "glm": "glm", "glmnet": "glmnet", "cv.glmnet": "glmnet", "nnet": "nnet",
    "randomForest": "forest",
}  # fmt: skip
"""Function of R -> the model of crossframe that calls it."""

_ELSEWHERE: Mapping[str, Mapping[str, Value]] = {
    "glm": {"epsilon": 1e-8, "maxit": 25, "link": "logit"},
    "glmnet": {
        "fdev": 1e-5, "devmax": 0.999, "eps": 1e-6, "mnlam": 5, "pmin": 1e-9, "s": None, "exact": False,
    },
    "nnet": {"seed": None, "kind": "Mersenne-Twister", "entropy": False},
    "forest": {"seed": None, "kind": "Mersenne-Twister"},
}  # fmt: skip
"""Model -> the defaults of its parameters that another function takes, or that its function works out."""

_OWN_LINKS = {
    "gaussian": "identity", "poisson": "log", "Gamma": "inverse", "inverse.gaussian": "1/mu^2",
}  # fmt: skip
"""A family -> the link that it has where none is given."""

_WITHOUT_EFFECT = frozenset(
    {
        "x", "y", "formula", "data", "subset", "weights", "offset", "contrasts", "na.action", "family",
        "link", "control", "method", "model", "qr", "trace", "trace.it", "Hess", "type.gaussian", "xtest",
        "ytest", "do.trace", "keep.forest", "keep.inbag", "proximity", "oob.prox", "norm.votes", "nfolds",
        "type.measure", "foldid", "grouped", "keep", "parallel", "alignment",
    }
)  # fmt: skip
"""Arguments that are part of the data as recorded, are read from the fit, or change no prediction."""


_SCRIPTS = ("inference.R", "fitted.R", "recording.R", "tracing.R")
"""Files of ``r_scripts/`` that describe a model of a running R."""


def fitted(model: Any, X: Any = None, y: Any = None) -> FittedModel:
    """The fit of a model that rpy2 holds, and the rows to which R fitted it; ``X`` and ``y`` are not needed.

    Where the model does not hold its data, its call is evaluated once more in R's global environment. Raises
    `UsageError` for an object that is no such model, with R's own message.
    """
    import rpy2.robjects as ro

    own = ro.r("new.env(parent = baseenv())")
    for name in _SCRIPTS:
        ro.r["sys.source"](str(rscripts.folder() / name), own)
    # Caught in R: rpy2 prints an error beside raising it.
    write = ro.r('function(own, ...) tryCatch({ own$write_object(...); "" }, error = conditionMessage)')
    with tempfile.TemporaryDirectory(prefix="crossframe-r-") as folder:
        if problem := str(write(own, model, folder, ro.globalenv)[0]):
            raise UsageError(problem, "it takes models of lm, glm, glmnet, nnet, multinom and randomForest")
        return read(Path(folder))[1][-1]


def recognised(fit: FittedModel) -> Recognised | None:
    """The model of R and the settings of a recorded fit; None for one that crossframe does not have.

    What a script does to its columns before the fit, such as ``scale()``, is in the features already.
    """
    short = _MODELS.get(fit.call, "")
    arguments = fit.arguments
    if not short or len(fit.classes) > 2 or not _of_its_family(short, fit):
        return None
    passed = _passed(short, fit)
    native: dict[str, Value] = {}
    rest = []
    parameters = {binding.param: binding for binding in FRAMEWORK.model(short).bindings}
    for name, value in passed.items():
        plain = tuple(value) if isinstance(value, list) else value
        try:
            native[name] = parameters[name].kind.check(name, plain)
        except UsageError:
            rest.append(f"{name} = {_text(value)}")
    known = parameters.keys() | _WITHOUT_EFFECT
    rest += [f"{k} = {_text(v)}" for k, v in fit.given.items() if k not in known and v not in (False, None)]
    if fit.weights is not None:
        rest.append("weights of single rows")
    if fit.offset is not None:
        rest.append("an offset")
    if short in ("lm", "glm") and arguments.get("intercept") is False:
        rest.append("no intercept")
    if arguments.get("method", "") not in ("", "qr", "glm.fit"):
        rest.append(f"method = {arguments['method']}")
    if arguments.get("factors"):
        rest.append("features that are factors")
    if short == "glmnet" and fit.score is None:
        rest.append("a path of penalties, of which the script takes none")
    if short == "glmnet" and arguments.get("link"):
        rest.append("a family that is an object, which another solver fits")
    if fit.seeded and "seed" in parameters and "seed" not in native:
        rest.append("random numbers that are used between set.seed() and the fit")
    return Recognised(f"r.{short}", native, rest=tuple(rest))


def searched(fit: FittedModel) -> Recognised | None:
    """A recorded cv.glmnet with its folds and its rule, as the model that chooses its penalty itself.

    None where the script takes a penalty that neither rule chooses, or folds that neither a rule gives nor
    `set.seed` right before the fit; `recognised` is glmnet at the penalty that the script takes.
    """
    arguments = fit.arguments
    at_one = recognised(fit) if fit.call == "cv.glmnet" else None
    if at_one is None or at_one.rest:
        return None
    rules = [name for name in ("lambda.1se", "lambda.min") if arguments.get(name) == arguments.get("s")]
    folds = _folds(fit)
    if not rules or folds is None:
        return None
    # Where both rules choose one penalty, cv.glmnet's own default.
    wanted: dict[str, Any] = {**_passed("cv_glmnet", fit), "family": arguments["family"]}
    native: dict[str, Value] = {}
    for binding in FRAMEWORK.model("cv_glmnet").bindings:
        if binding.param in wanted and binding.param not in _OF_FOLDS:
            value = wanted[binding.param]
            try:
                plain = tuple(value) if isinstance(value, list) else value
                native[binding.param] = binding.kind.check(binding.param, plain)
            except UsageError:
                return None
    return Recognised("r.cv_glmnet", {**native, **folds, "s": rules[0]})


_OF_FOLDS = ("foldid", "nfolds", "s", "seed", "kind")


def _folds(fit: FittedModel) -> dict[str, Value] | None:
    """The folds of a cv.glmnet as settings of the model; None: no setting gives them."""
    arguments = fit.arguments
    if arguments.get("folds.drawn"):
        seed = arguments.get("seed")
        if seed is None:
            return None
        return {"foldid": "random", "nfolds": arguments["nfolds"], "seed": seed, "kind": arguments["kind"]}
    known = rule_of(arguments.get("folds") or (), fit.y)
    if known is None:
        return None
    rule, count = known
    return {"foldid": rule} if rule == "leave_one_out" else {"foldid": rule, "nfolds": count}


def _of_its_family(short: str, fit: FittedModel) -> bool:
    """Whether the model of crossframe has the loss of this fit."""
    arguments = fit.arguments
    if short == "nnet":
        return not arguments.get("softmax") and not arguments.get("censored")
    if short not in ("glm", "glmnet"):
        return True
    family = arguments["family"]
    link = arguments.get("link") or {"binomial": "logit", "gaussian": "identity"}.get(family)
    if family == "gaussian":
        return link == "identity" and not fit.classes
    if family != "binomial":
        kinds = {binding.param: binding.kind for binding in FRAMEWORK.model(short).bindings}
        return family in kinds["family"].options and not fit.classes
    links = ("logit",) if short == "glmnet" else ("logit", "probit", "cloglog", "cauchit", "identity")
    return link in links and bool(fit.classes)


def _passed(short: str, fit: FittedModel) -> dict[str, Any]:
    """The arguments in force that are not the defaults of the model's parameters."""
    arguments, elsewhere = fit.arguments, _ELSEWHERE.get(short, {})
    made = {
        name: arguments[name]
        for name in (binding.param for binding in FRAMEWORK.model(short).bindings)
        if arguments.get(name) is not None
        if name in fit.given or arguments[name] != elsewhere.get(name, arguments[name])
    }
    # Which rows are left out shows in the data; a family's own link is no setting.
    made.pop("na.action", None)
    if short in ("glm", "glmnet"):
        made["family"] = arguments["family"]
    if made.get("link") == _OWN_LINKS.get(arguments.get("family", "")):
        made.pop("link", None)
    if short == "nnet":
        # crossframe has defaults of its own for them.
        of_numbers = ("linout",) if fit.task == "numbers" else ()
        made |= {name: arguments[name] for name in ("size", "entropy", *of_numbers)}
    if short == "glmnet" and arguments.get("s") is not None and isinstance(made.get("lambda"), list):
        # A path of given penalties, and one of them: that penalty alone.
        made["lambda"] = made.pop("s")
        made.pop("exact", None)
    return made


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
