"""Other arguments in a user's own script: what the changed script passes when it runs, and what stays."""

from __future__ import annotations

import math
import subprocess
from pathlib import Path
from typing import Any

import pytest

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.explain.scripts.edit import diff, edited

INF = math.inf
DATA = """import warnings
warnings.simplefilter("ignore")
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn import linear_model
X = np.arange(24.0).reshape(12, 2) % 7
y = np.arange(12) % 3 // 2
"""


def line_of(script: str, mark: str) -> int:
    """The first line that holds the mark."""
    return script[: script.index(mark)].count("\n") + 1


PYTHON: dict[str, tuple[str, str, str, dict[str, Value], dict[str, object], tuple[str, ...]]] = {
    # name: script, call, mark on its line, arguments, get_params() of clf afterwards, the diff
    "no argument": (
        "clf = LogisticRegression().fit(X, y)\n", "LogisticRegression", "clf", {"C": INF}, {"C": INF},
        ("-clf = LogisticRegression().fit(X, y)", '+clf = LogisticRegression(C=float("inf")).fit(X, y)'),
    ),
    "several lines with comments": (
        "clf = LogisticRegression(\n    solver='liblinear',  # small data\n    C=10,  # weak\n"
        "    tol=1e-4,\n)\n",
        "LogisticRegression", "clf", {"C": 2.0, "max_iter": 500}, {"C": 2.0, "max_iter": 500, "tol": 1e-4},
        ("-    C=10,  # weak", "+    C=2.0,  # weak", "+    max_iter=500,"),
    ),
    "an argument to remove, with a comment": (
        "clf = LogisticRegression(\n    solver='liblinear',  # small data\n    C=10,\n)\n",
        "LogisticRegression", "clf", {"C": None, "solver": None}, {"C": 1.0, "solver": "lbfgs"},
        ("-    solver='liblinear',  # small data", "-    C=10,", "+    # small data"),
    ),
    "the last argument to remove": (
        "clf = LogisticRegression(solver='liblinear',\n                         C=10)\n",
        "LogisticRegression", "clf", {"C": None}, {"C": 1.0, "solver": "liblinear"},
        ("-clf = LogisticRegression(solver='liblinear',", "-                         C=10)",
         "+clf = LogisticRegression(solver='liblinear')"),
    ),
    "by position": (
        "clf = Ridge(10, fit_intercept=False).fit(X, y)\n", "Ridge", "clf", {"alpha": 0.5},
        {"alpha": 0.5, "fit_intercept": False},
        ("-clf = Ridge(10, fit_intercept=False).fit(X, y)",
         "+clf = Ridge(0.5, fit_intercept=False).fit(X, y)"),
    ),
    "a value that is there already": (
        "clf = LogisticRegression(C=np.inf, tol=0.0001)\n", "LogisticRegression", "clf",
        {"C": INF, "tol": 1e-4}, {"C": INF}, (),
    ),
    "in a pipeline, with a module's name and non-ASCII text": (
        "größe = 'é'; clf = make_pipeline(StandardScaler(), linear_model.LogisticRegression(\n"
        "    C=(1 + 1), class_weight={0: 1, 1: 2}))[-1]  # Schätzer\n",
        "LogisticRegression", "größe", {"C": 0.5, "class_weight": "none"}, {"C": 0.5, "class_weight": None},
        ("-    C=(1 + 1), class_weight={0: 1, 1: 2}))[-1]  # Schätzer",
         "+    C=0.5, class_weight=None))[-1]  # Schätzer"),
    ),
    "two calls": (
        "other = LogisticRegression(C=3)\nclf = LogisticRegression(C=4)\n", "LogisticRegression", "clf",
        {"C": 1.0}, {"C": 1.0}, ("-clf = LogisticRegression(C=4)", "+clf = LogisticRegression(C=1.0)"),
    ),
    "a variable": (
        "c = 7\nclf = LogisticRegression(C=c, solver=(lambda a, b: a)('saga', c))\n",
        "LogisticRegression", "clf",
        {"C": 1.0, "solver": "lbfgs"}, {"C": 1.0, "solver": "lbfgs"},
        ("-clf = LogisticRegression(C=c, solver=(lambda a, b: a)('saga', c))",
         '+clf = LogisticRegression(C=1.0, solver="lbfgs")'),
    ),
    "a dict": (
        "kw = {'C': 10, 'solver': 'saga'}\nclf = LogisticRegression(**kw)\n", "LogisticRegression", "clf",
        {"C": 2.0, "tol": 1e-9, "solver": None}, {"C": 2.0, "tol": 1e-9, "solver": "lbfgs"},
        ("-kw = {'C': 10, 'solver': 'saga'}", "-clf = LogisticRegression(**kw)", "+kw = {'C': 2.0}",
         "+clf = LogisticRegression(tol=1e-09, **kw)"),
    ),
    "an f-string": (
        "clf = LogisticRegression(C=float(f'{10}.{5}'))\nprint(f'{clf.C:>{10}}, ok')\n",
        "LogisticRegression", "clf", {"C": 2.0}, {"C": 2.0},
        ("-clf = LogisticRegression(C=float(f'{10}.{5}'))", "+clf = LogisticRegression(C=2.0)"),
    ),
    "None that is no default": (
        "clf = RandomForestClassifier(max_features='log2', max_depth=3)\n", "RandomForestClassifier", "clf",
        {"max_features": None, "max_depth": None}, {"max_features": None, "max_depth": None},
        ("-clf = RandomForestClassifier(max_features='log2', max_depth=3)",
         "+clf = RandomForestClassifier(max_features=None)"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("case", PYTHON)
def test_a_python_script_passes_the_new_arguments(
    case: str, ends: str, capsys: pytest.CaptureFixture[str]
) -> None:
    body, call, mark, arguments, expected, changed = PYTHON[case]
    script = (DATA + body).replace("\n", ends)
    after = edited(script, "python", call, line_of(script, mark), 0, arguments)
    assert after.count("\r") == after.count(ends) * (ends == "\r\n")
    shown = diff(script, after, "mine.py").splitlines()
    assert [each for each in shown[2:] if not each.startswith("@@")] == list(changed)
    names: dict[str, Any] = {}
    exec(compile(after, "mine.py", "exec"), names)
    params = names["clf"].get_params()
    assert {name: params[name] for name in expected} == expected


UNCERTAIN = {
    "two on a line": ("a, clf = LogisticRegression(), LogisticRegression()\n", "several calls"),
    "a dict that is changed": ("kw = dict(C=1)\nkw['C'] = 2\nclf = LogisticRegression(**kw)\n", r"by \*\*kw"),
    "none of its own": ("clf = [LogisticRegression][0]()\n", "no call LogisticRegression"),
    "set_params": ("clf = LogisticRegression()\nclf.set_params(C=3)\n", "line 12 sets C with set_params"),
    "an attribute": ("clf = LogisticRegression()\nclf.C = 3\n", "line 12 sets clf.C"),
    "a loop over functions": (
        "def one():\n    return LogisticRegression()\n"
        "def two():\n    return LogisticRegression()\nclf = two()\n",
        "not known which call",
    ),
}


@pytest.mark.parametrize("case", UNCERTAIN)
def test_what_is_not_certain_is_left_to_the_user(case: str) -> None:
    body, words = UNCERTAIN[case]
    script = DATA + body
    with pytest.raises(UsageError, match=words) as error:
        edited(script, "python", "LogisticRegression", line_of(script, "clf"), 0, {"C": 2.0})
    assert error.value.hint == "pass C=2.0 to LogisticRegression by hand"


R_DATA = """d <- data.frame(y = rep(c(0, 1, 1), 20), x = sin(1:60), z = cos(1:60))
x <- as.matrix(d[2:3]); y <- d$y
"""
R: dict[str, tuple[str, str, dict[str, Value], str, tuple[str, ...]]] = {
    # name: script, call, arguments, an expression that is TRUE afterwards, changed lines of the diff
    "a control": (
        "fit <- glm(y ~ x, family = binomial, data = d)\n", "glm", {"epsilon": 1e-12, "maxit": 100},
        "fit$control$epsilon == 1e-12 && fit$control$maxit == 100",
        ("-fit <- glm(y ~ x, family = binomial, data = d)",
         "+fit <- glm(y ~ x, family = binomial, data = d, "
         "control = glm.control(epsilon = 1e-12, maxit = 100))"),
    ),
    "in a list, and the link of a family by position": (
        "fit <- glm(y ~ x, binomial, d, control = list(maxit = 50))\n", "glm",
        {"epsilon": 1e-12, "link": "probit"},
        "fit$control$epsilon == 1e-12 && fit$control$maxit == 50 && fit$family$link == 'probit'",
        ("-fit <- glm(y ~ x, binomial, d, control = list(maxit = 50))",
         '+fit <- glm(y ~ x, binomial(link = "probit"), d, control = list(maxit = 50, epsilon = 1e-12))'),
    ),
    "a control that is emptied": (
        'fit <- glm(y ~ x, fam=binomial("logit"), data=d, control=glm.control(eps=1e-3))\n', "glm",
        {"epsilon": None, "link": "probit"}, "fit$control$epsilon == 1e-8 && fit$family$link == 'probit'",
        ('-fit <- glm(y ~ x, fam=binomial("logit"), data=d, control=glm.control(eps=1e-3))',
         '+fit <- glm(y ~ x, fam=binomial("probit"), data=d)'),
    ),
    "a pipe, a variable and a raw string": (
        "ctrl <- glm.control(epsilon = 1e-3) # r\"(\nnote <- r\"(a \"glm(\" ) in text)\"\n"
        "fit <- d |>\n  glm(y ~ x, family = \"binomial\", data = _, control = ctrl)\n", "glm",
        {"epsilon": 1e-12, "family": "gaussian"},
        "fit$control$epsilon == 1e-12 && fit$family$family == 'gaussian'",
        ("-ctrl <- glm.control(epsilon = 1e-3) # r\"(", "+ctrl <- glm.control(epsilon = 1e-12) # r\"(",
         '-  glm(y ~ x, family = "binomial", data = _, control = ctrl)',
         '+  glm(y ~ x, family = "gaussian", data = _, control = ctrl)'),
    ),
    "several lines, a namespace and non-ASCII text": (
        "größe <- 'é' # (\nfit <- stats::glm(\n  y ~ x,\n  family = binomial(),  # logit\n  data = d\n)\n",
        "glm",
        {"na.action": "na.fail", "maxit": 50}, "fit$control$maxit == 50",
        ("-  data = d", "+  data = d, na.action = na.fail, control = glm.control(maxit = 50)"),
    ),
    "lm": (
        "fit <- lm(y ~ ., d,\n          tol = 1e-7)\n", "lm", {"tol": None, "singular.ok": False},
        "fit$rank == 3",
        ("-fit <- lm(y ~ ., d,", "-          tol = 1e-7)", "+fit <- lm(y ~ ., d, singular.ok = FALSE)"),
    ),
    "glmnet": (
        'library(glmnet)\nfit <- x |> glmnet(y, "binomial", alpha=0,lambda=.1)\n', "glmnet",
        {"lambda": 0.5, "s": 0.5, "standardize": False, "alpha": 0.0, "family": "binomial"},
        "fit$lambda == 0.5 && identical(fit$call$standardize, FALSE)",
        ('-fit <- x |> glmnet(y, "binomial", alpha=0,lambda=.1)',
         '+fit <- x |> glmnet(y, "binomial", alpha=0,lambda=0.5, standardize=FALSE)'),
    ),
    "seeds": (
        "library(randomForest)\nif (TRUE)\n  fit <-\n    randomForest(x, factor(y), ntree = 10)\n",
        "randomForest", {"seed": 3, "ntree": 20, "classwt": "none"}, "fit$ntree == 20",
        ("+set.seed(3)", "-    randomForest(x, factor(y), ntree = 10)",
         "+    randomForest(x, factor(y), ntree = 20)"),
    ),
    "a seed that is there": (
        "library(nnet)\nset.seed(1); fit <- nnet(y ~ ., d, size=3, trace=FALSE)\n", "nnet",
        {"seed": 3, "maxit": 20},
        "fit$n[2] == 3",
        ("-set.seed(1); fit <- nnet(y ~ ., d, size=3, trace=FALSE)",
         "+set.seed(3); fit <- nnet(y ~ ., d, size=3, trace=FALSE, maxit=20)"),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def r_scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every R script after its change."""
    return {
        name: edited(R_DATA + body, "r", call, line_of(R_DATA + body, "fit <-"), 0, arguments)
        for name, (body, call, arguments, _, _) in R.items()
    }


@pytest.mark.parametrize("case", R)
def test_an_r_script_changes_by_few_lines(case: str, r_scripts: dict[str, str]) -> None:
    shown = diff(R_DATA + R[case][0], r_scripts[case], "mine.R").splitlines()
    assert [each for each in shown[2:] if not each.startswith("@@")] == list(R[case][4])


@pytest.mark.slow
@pytest.mark.xdist_group("r")
def test_r_scripts_pass_the_new_arguments(r_scripts: dict[str, str], tmp_path: Path) -> None:
    """In one process of R, each script in an environment of its own."""
    for i, script in enumerate(r_scripts.values()):
        (tmp_path / f"{i}.R").write_text(script.replace("\n", "\r\n"), encoding="utf-8", newline="")
    checks = "\n".join(
        f"e <- new.env(); sys.source('{i}.R', e, keep.source = TRUE); stopifnot(eval(quote({R[name][3]}), e))"
        for i, name in enumerate(r_scripts)
    )
    (tmp_path / "all.R").write_text(checks + '\ncat("all\\n")\n')
    done = subprocess.run(
        ["Rscript", "all.R"], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.endswith("all\n"), done.stderr


KERAS = """from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense
model = Sequential([Dense(8, activation="relu"), Dense(1, activation="sigmoid")])
model.compile("adam", loss="binary_crossentropy")
model.fit(X, y, 32, epochs=10)
"""
IN_KERAS: dict[str, tuple[str, dict[str, Value], tuple[str, ...]]] = {
    "fit": ("", {"epochs": 20, "batch_size": 7, "loop": "fit"}, ("+model.fit(X, y, 7, epochs=20)",)),
    "another rule": ("", {"optimizer": "sgd"}, ('+model.compile("sgd", loss="binary_crossentropy")',)),
    "an option of a rule given by its name": (
        "",
        {"lr": 0.1, "beta_1": 0.5},
        (
            "+from tensorflow.keras.optimizers import Adam",
            '+model.compile(Adam(learning_rate=0.1, beta_1=0.5), loss="binary_crossentropy")',
        ),
    ),
    "an option of a rule with options": (
        "import keras\nopt = keras.optimizers.Adam(1e-3)\n",
        {"learning_rate": 0.1, "beta_1": 0.5},
        ("+opt = keras.optimizers.Adam(0.1, beta_1=0.5)",),
    ),
    "a rule with options in place of one": (
        "import tensorflow as tf\nopt = tf.keras.optimizers.Adam(1e-3)\n",
        {"optimizer": "sgd", "momentum": 0.9},
        ("+opt = tf.keras.optimizers.SGD(momentum=0.9)",),
    ),
    "hidden layers": (
        "",
        {"activation": "tanh", "use_bias": False},
        (
            '+model = Sequential([Dense(8, activation="tanh", use_bias=False), '
            'Dense(1, activation="sigmoid", use_bias=False)])',
        ),
    ),
}


@pytest.mark.parametrize("case", IN_KERAS)
def test_a_keras_script(case: str) -> None:
    before, arguments, expected = IN_KERAS[case]
    script = before + (KERAS.replace('"adam"', "opt") if before else KERAS)
    after = edited(script, "python", "Sequential", line_of(script, "model.fit"), 0, arguments)
    assert [each for each in diff(script, after, "net.py").splitlines()[3:] if each[0] == "+"] == list(
        expected
    )
    compile(after, "net.py", "exec")


def test_a_network_of_other_layers_is_left_to_the_user() -> None:
    with pytest.raises(UsageError, match="no single argument of Keras sets hidden"):
        edited(KERAS, "python", "Sequential", 5, 0, {"hidden": (3,)})


def test_h2o_takes_a_list_or_a_number() -> None:
    script = 'm = H2OGeneralizedLinearEstimator(family="binomial", Lambda=[0.1], alpha=0)\n'
    after = edited(script, "python", "H2OGeneralizedLinearEstimator", 1, 0, {"lambda_": 0.1, "alpha": 1.0})
    assert after == script.replace("alpha=0", "alpha=1.0")
    script = "m = H2ODeepLearningEstimator(hidden=[10, 10])\n"
    after = edited(script, "python", "H2ODeepLearningEstimator", 1, 0, {"hidden": (5, 5), "epochs": 3.0})
    assert after == "m = H2ODeepLearningEstimator(hidden=[5, 5], epochs=3.0)\n"


def test_no_change_is_no_diff() -> None:
    assert diff("a\r\nb\n", "a\nb\n", "x.py") == ""
    assert diff("a\nb\n", "a\nc\n", "x.py") == "--- x.py\n+++ x.py\n@@ -2 +2 @@\n-b\n+c\n"


STATSMODELS = (
    'X = sm.add_constant(X)\nfirst = sm.Logit(y, X).fit(method="bfgs", maxiter=2)\nnet = sm.OLS(y, X)\n'
)
STATSMODELS += "net.fit_regularized(\n    alpha=2.0, L1_wt=0.5)\n"


@pytest.mark.parametrize(
    ("call", "line", "arguments", "expected"),
    [
        (
            "Logit", 2, {"method": "newton", "tol": 1e-13, "maxiter": None},
            'first = sm.Logit(y, X).fit(method="newton", tol=1e-13)',
        ),
        ("OLS", 4, {"alpha": 0.5, "L1_wt": 0.0}, "    alpha=0.5, L1_wt=0.0)"),
    ],
)  # fmt: skip
def test_the_fit_of_a_statsmodels_script(
    call: str, line: int, arguments: dict[str, Value], expected: str
) -> None:
    made = edited(STATSMODELS, "python", call, line, 0, arguments)
    assert [each for each in diff(STATSMODELS, made, "a.py").splitlines() if each.startswith("+")][1:] == [
        f"+{expected}"
    ]


@pytest.mark.parametrize(
    ("line", "arguments", "why"),
    [
        (2, {"add_constant": False}, "no plain argument of the fit sets add_constant"),
        (2, {"alpha": 1.0}, r"takes fit_regularized\(\), and the script calls fit\(\)"),
        (4, {"method": "newton"}, r"takes fit\(\), and the script calls fit_regularized\(\)"),
        (3, {"maxiter": 5}, "which call fits"),
    ],
)
def test_what_no_argument_of_the_fit_does_is_left_to_the_user(
    line: int, arguments: dict[str, Value], why: str
) -> None:
    with pytest.raises(UsageError, match=why):
        edited(STATSMODELS, "python", "Logit", line, 0, arguments)
