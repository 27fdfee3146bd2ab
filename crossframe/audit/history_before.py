"""Changes of default older than what can be installed with a Python that crossframe runs on.

They are taken from release notes, pull requests and documentation, and were not run. Each was also
looked up in the published packages before and after it, but for TensorFlow's.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Older:
    """A change of default that was not run.

    Attributes
    ----------
    framework, release
        The framework, and the first release with the new default.
    parameter
        ``callable.parameter``.
    before, after
        In the framework's words.
    source
        Address of the official text.
    note
        What the two values do not say.
    """

    framework: str
    release: str
    parameter: str
    before: str
    after: str
    source: str
    note: str = ""


_SKLEARN = "https://github.com/scikit-learn/scikit-learn/pull/"
_SGD = "https://scikit-learn.org/0.21/modules/generated/sklearn.linear_model.SGDClassifier.html"
_KERAS = "https://github.com/keras-team/keras/pull/"
_TENSORFLOW = "https://github.com/tensorflow/tensorflow/pull/30941"
_EPSILON = "None stands for keras.backend.epsilon(), which is 1e-7"
_RATES = {"Adadelta": ("1.0", "0.001"), "Adagrad": ("0.01", "0.001"), "Adamax": ("0.002", "0.001"),
          "Nadam": ("0.002", "0.001")}  # fmt: skip

HISTORY_BEFORE: tuple[Older, ...] = (
    Older("scikit-learn", "0.20", "MLPClassifier.n_iter_no_change", "2, not a parameter", "10",
          _SKLEARN + "9457", "training loss may stand still for that many epochs before sgd or adam stops"),
    Older("scikit-learn", "0.21", "SGDClassifier.max_iter", "5", "1000", _SGD,
          "0.18: n_iter=5; 0.19 and 0.20: max_iter=None, which was 5 with tol=None"),
    Older("scikit-learn", "0.21", "SGDClassifier.tol", "None", "0.001", _SGD,
          "before: every epoch was run"),
    Older("scikit-learn", "0.22", "LogisticRegression.solver", "liblinear", "lbfgs", _SKLEARN + "11905",
          "liblinear penalises the intercept, lbfgs does not"),
    Older("scikit-learn", "0.22", "LogisticRegression.multi_class", "ovr", "auto", _SKLEARN + "11905",
          "no difference with two classes"),
    Older("scikit-learn", "0.22", "MLPClassifier.max_fun", "max_iter, which is 200", "15000",
          _SKLEARN + "9274", "evaluations of the loss that solver=lbfgs may use"),
    Older("keras", "2.1.0", "fit.epochs", "10", "1", _KERAS + "8192", "of Sequential"),
    *(Older("keras", "2.1.3", f"{rule}.epsilon", "1e-08", "None", _KERAS + "8710", _EPSILON)
      for rule in ("Adadelta", "Adagrad", "Adam", "Adamax", "Nadam", "RMSprop")),
    *(Older("keras", "TensorFlow 1.14", f"{rule}.learning_rate", *rates, _TENSORFLOW, "of tf.keras")
      for rule, rates in _RATES.items()),
    *(Older("keras", "2.4.0", f"{rule}.learning_rate", *rates, _KERAS + "12888",
            "of the package keras: taken back before 2.3; 2.4.0 hands over to tf.keras, which has it")
      for rule, rates in _RATES.items()),
)  # fmt: skip
"""By framework and release."""
