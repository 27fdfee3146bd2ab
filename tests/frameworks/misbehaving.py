"""Engines with one fault each, hosted by the tests in place of the real ones.

Where no fit is answered the engine is the reference, which starts sooner than scikit-learn.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

import numpy as np

from crossframe.frameworks.contract import FitRequest, FitResult
from crossframe.frameworks.r.engine import R
from crossframe.frameworks.reference.engine import Reference
from crossframe.frameworks.sklearn.engine import Sklearn


class CorruptingR(R):  # type: ignore[misc]
    """One value changes on its way into R."""

    def _send(self, X, y):  # type: ignore[no-untyped-def]
        X = X.copy()
        X[0, 0] = np.nextafter(X[0, 0], np.inf)
        return super()._send(X, y)


class CorruptingSklearn(Sklearn):  # type: ignore[misc]
    """One label changes on its way into scikit-learn."""

    def _receive(self, X, y):  # type: ignore[no-untyped-def]
        y = y.copy()
        y[0] = 1 - y[0]
        return X, y


class CrashOnce(Sklearn):  # type: ignore[misc]
    """Killed with the first fit it is given; the mark is a file, for the process is gone."""

    def fit(self, request: FitRequest) -> FitResult:
        mark = os.environ["CROSSFRAME_TEST_MARK"]
        if not os.path.exists(mark):
            open(mark, "w").close()
            os.kill(os.getpid(), 9)
        return super().fit(request)


class CrashAlways(Sklearn):  # type: ignore[misc]
    """Killed with every fit."""

    def fit(self, request: FitRequest) -> FitResult:
        print("about to fall over", flush=True)
        os.kill(os.getpid(), 9)
        return super().fit(request)


class Hang(Reference):  # type: ignore[misc]
    """Never answers."""

    def fit(self, request: FitRequest) -> FitResult:
        time.sleep(3600)
        return super().fit(request)


class SlowToClose(Reference):  # type: ignore[misc]
    """Leaves a mark when it could close; the test names the file and how long closing takes."""

    def close(self) -> None:
        time.sleep(float(os.environ["CROSSFRAME_TEST_SECONDS"]))
        open(os.environ["CROSSFRAME_TEST_MARK"], "w").close()


class Raising(Sklearn):  # type: ignore[misc]
    """A defect in an engine's own code."""

    def fit(self, request: FitRequest) -> FitResult:
        raise ZeroDivisionError("defect")


class Hungry(Sklearn):  # type: ignore[misc]
    """Needs 300 MiB for a moment, and gives them back before it answers."""

    def fit(self, request: FitRequest) -> FitResult:
        result = super().fit(request)
        np.ones(300 * 2**17).sum()
        return result


class WithChild(Sklearn):  # type: ignore[misc]
    """Has a process of its own that needed 300 MiB and gave them back."""

    def fit(self, request: FitRequest) -> FitResult:
        code = "b'1' * (300 * 2**20); print(flush=True); input()"
        command = [sys.executable, "-c", code]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._child.stdout is not None
        self._child.stdout.readline()
        return super().fit(request)
