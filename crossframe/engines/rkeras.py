"""R driving Keras through reticulate: the network of Beam's R script, built and trained from R.

R runs in a child process under Rscript, where it embeds this Python. It gets its requests as lines
of JSON and its arrays as files; ``r_scripts/keras.R`` is what it runs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from crossframe import environment
from crossframe.engines import keras_net, keras_report, rscripts, tether
from crossframe.engines.base import (
    Availability,
    Declared,
    EngineConfig,
    FitRequest,
    FitResult,
    FloatArray,
    IntArray,
    Status,
)
from crossframe.settings.keras import BINDINGS

_REPLY = "crossframe> "


class _NoR(Exception):
    """There is no Rscript to start."""


class _Refused(Exception):
    """R, Keras or TensorFlow cannot make what was asked for; ``str()`` is the message."""


class RKeras:
    """The engine ``rkeras``; model ``mlp``."""

    name = "rkeras"

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._child: subprocess.Popen[str] | None = None
        self._versions: dict[str, str] = {}
        self._evaluation: tuple[Any, ...] = ()

    def probe(self) -> Availability:
        """Start R, let it import Keras, and say the versions of both."""
        try:
            self._started()
        except _NoR as error:
            return Availability(False, reason=str(error), mend=environment.install("R"))
        except RuntimeError as error:
            return Availability(
                False,
                reason=f"R cannot drive Keras: {error}",
                mend=f"{environment.install('reticulate')}; {environment.install('jsonlite')}; "
                f"{environment.pip()} install tensorflow keras",
            )
        return Availability(True, self._versions)

    def capabilities(self) -> Mapping[str, tuple[str, ...]]:
        """Model name -> the canonical settings it can express."""
        return {"mlp": tuple(dict.fromkeys(b.setting for b in BINDINGS["rkeras.mlp"]))}

    def defaults(self, model: str) -> tuple[Declared, ...]:
        """Keras's own defaults, read in R's Python."""
        self._started()
        rows = self._ask({"do": "declared", "model": f"{self.name}.{model}"})["declared"]
        entries = [keras_net.from_json(row) for row in rows]
        return tuple(
            Declared(str(e["name"]), e["value"], str(e["provenance"]), str(e["owner"])) for e in entries
        )

    def fit(self, request: FitRequest) -> FitResult:
        """Train and predict in R. What cannot be built as it was asked for is a status.

        Raises
        ------
        RuntimeError
            When R ends meanwhile, or anything else fails; the next call starts R again.
        """
        self._started()
        try:
            return self._fit(request)
        except _Refused as error:
            return FitResult(Status.REFUSED, evidence=(str(error),))

    def close(self) -> None:
        """End R; the next call would start it again."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
        self._child, self._evaluation = None, ()

    def hand_over(self, X: FloatArray, y: IntArray) -> dict[str, str]:
        """Write the training sample where R reads it: little-endian float64, row by row."""
        return {"X": self._write("X", X), "y": self._write("y", y.astype(np.float64))}

    def _fit(self, request: FitRequest) -> FitResult:
        model = f"{self.name}.{request.model}"
        net = keras_net.resolve(model, request)
        began = perf_counter()
        question: dict[str, Any] = {
            "do": "fit",
            "net": json.dumps(net),
            "features": len(request.names),
            "seed": str(request.seed),
            "score": self._path("score"),
            "train_score": self._path("train_score"),
            **self.hand_over(request.X_train, request.y_train),
        }
        key = (request.evaluation.key, request.columns)
        if key != self._evaluation:
            question["X_eval"] = self._write("X_eval", request.X_eval)
        written = perf_counter()
        # A refusal leaves open which rows R holds; then they are sent again.
        self._evaluation = ()
        answer = self._ask(question)
        self._evaluation = key
        done = json.loads(answer["done"])
        done["effective"] = keras_net.from_json(json.dumps(done["effective"]))
        done["timings"]["transfer"] = written - began + answer["transfer"]
        return keras_report.result(
            model,
            len(request.y_train),
            np.fromfile(question["score"]),
            np.fromfile(question["train_score"]),
            done,
            evidence=(*answer["evidence"], *json.loads(answer["said"])),
        )

    def _path(self, name: str) -> str:
        return str(self._config.scratch.absolute() / f"keras-{name}.bin")

    def _write(self, name: str, array: FloatArray) -> str:
        array.astype("<f8").tofile(self._path(name))
        return self._path(name)

    def _started(self) -> None:
        if self._child is not None:
            return
        home = environment.r_home()
        program = environment.rscript(home) if home else None
        if program is None:
            raise _NoR(f"there is no Rscript in {home}" if home else "R is not installed")
        variables = os.environ | {
            "RETICULATE_PYTHON": sys.executable,
            "PYTHONPATH": tether.python_path(),
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }
        script = str(rscripts.folder() / "keras.R")
        with self._stderr.open("w") as stderr:
            self._child = subprocess.Popen(
                tether.command(str(program), "--vanilla", script),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                env=variables,
                # reticulate puts the working folder first among those that Python imports from.
                cwd=self._config.scratch,
                # Ctrl-C is for the process that the user started; it decides what ends.
                start_new_session=True,
            )
        try:
            answer = self._ask({"do": "start", "threads": self._config.threads})
        except RuntimeError:
            self.close()
            raise
        own = {"R": answer["r"], "reticulate": answer["reticulate"]}
        self._versions = own | json.loads(answer["versions"])

    @property
    def _stderr(self) -> Path:
        return self._config.scratch / "keras-R.stderr"

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """R's answer to a question; `_Refused` or RuntimeError with R's message when there is none."""
        assert self._child is not None
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        printed = []
        try:
            self._child.stdin.write(json.dumps(question) + "\n")
            self._child.stdin.flush()
            for line in self._child.stdout:
                if line.startswith(_REPLY):
                    answer: dict[str, Any] = json.loads(line.removeprefix(_REPLY))
                    break
                if line.strip():
                    printed.append(line)
            else:
                raise BrokenPipeError
        except BrokenPipeError:
            self.close()
            last = self._stderr.read_text(errors="replace").strip().splitlines()[-5:]
            words = "; ".join([*map(str.strip, printed[-5:]), *last]) or "it left no message"
            raise RuntimeError(f"the R process ended: {words}") from None
        if "refused" in answer:
            raise _Refused(answer["refused"])
        if "failed" in answer:
            raise RuntimeError(answer["failed"])
        return answer
