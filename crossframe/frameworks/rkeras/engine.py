"""R driving Keras through reticulate: networks built and trained from R.

R runs ``r_scripts/keras.R`` in a child process under Rscript, where it embeds this Python. It gets its
requests as lines of JSON and its arrays as files.
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

from crossframe.core import environment
from crossframe.core.types import FloatArray, Target
from crossframe.frameworks import rscripts, tether
from crossframe.frameworks.contract import Availability, Declared, EngineConfig, FitRequest, FitResult, Status
from crossframe.frameworks.keras import net as keras_net
from crossframe.frameworks.keras import report as keras_report
from crossframe.frameworks.keras import run as keras_run
from crossframe.frameworks.keras._model import KerasModel
from crossframe.frameworks.r import runtime
from crossframe.frameworks.rkeras import FRAMEWORK

_REPLY = "crossframe> "
_MODULES = {"net": keras_net, "run": keras_run, "report": keras_report}
"""Modules of crossframe that R imports."""


class _NoR(Exception):
    """There is no Rscript to start."""


class _Refused(Exception):
    """R, Keras or TensorFlow cannot make the requested network; ``str()`` is the message."""


class RKeras:
    """The engine of Keras from R, in an R process that starts with the first call that needs it."""

    name = "rkeras"

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._child: subprocess.Popen[str] | None = None
        self._versions: dict[str, str] = {}
        self._evaluation: tuple[Any, ...] = ()

    def probe(self) -> Availability:
        """Start R and let it import Keras; versions of R, reticulate, TensorFlow and Keras."""
        try:
            self._started()
        except _NoR as error:
            return Availability(False, reason=str(error), remedy=environment.install("R"))
        except RuntimeError as error:
            return Availability(
                False,
                reason=f"R cannot drive Keras: {error}",
                remedy=f"{environment.install('reticulate')}; {environment.install('jsonlite')}; "
                f"{environment.pip()} install tensorflow keras",
            )
        return Availability(True, self._versions)

    def capabilities(self) -> Mapping[str, tuple[str, ...]]:
        """Model name -> the canonical settings it can express."""
        models = FRAMEWORK.all_models()
        return {m.short: tuple(dict.fromkeys(b.setting for b in m.bindings)) for m in models}

    def defaults(self, model: str) -> tuple[Declared, ...]:
        """Keras's own defaults of a model, read in the Python that R embeds."""
        self._started()
        rows = self._ask({"do": "declared", "model": f"{self.name}.{model}"})["declared"]
        entries = [keras_net.from_json(row) for row in rows]
        return tuple(
            Declared(str(e["name"]), e["value"], str(e["provenance"]), str(e["owner"])) for e in entries
        )

    def fit(self, request: FitRequest) -> FitResult:
        """Train and predict in R, see `Engine.fit`. A network that cannot be built is refused.

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
        """End the R process; the next call starts another one."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
        self._child, self._evaluation = None, ()

    def hand_over(self, X: FloatArray, y: Target) -> dict[str, str]:
        """Write the training sample where R reads it: little-endian float64, row by row."""
        return {"X": self._write("X", X), "y": self._write("y", y.astype(np.float64))}

    def _fit(self, request: FitRequest) -> FitResult:
        model = FRAMEWORK.model(request.model)
        assert isinstance(model, KerasModel)
        net = keras_net.resolve(model, request)
        began = perf_counter()
        request_to_r: dict[str, Any] = {
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
            request_to_r["X_eval"] = self._write("X_eval", request.X_eval)
        written = perf_counter()
        # After a refusal it is not known which rows R holds, so that they are sent again.
        self._evaluation = ()
        answer = self._ask(request_to_r)
        self._evaluation = key
        done = json.loads(answer["done"])
        done["effective"] = keras_net.from_json(json.dumps(done["effective"]))
        done["timings"]["transfer"] = written - began + answer["transfer"]
        return keras_report.result(
            model,
            len(request.y_train),
            np.fromfile(request_to_r["score"]),
            np.fromfile(request_to_r["train_score"]),
            done,
            request.task,
            evidence=(*answer["evidence"], *json.loads(answer["messages"])),
        )

    def _path(self, name: str) -> str:
        return str(self._config.scratch.absolute() / f"keras-{name}.bin")

    def _write(self, name: str, array: FloatArray) -> str:
        array.astype("<f8").tofile(self._path(name))
        return self._path(name)

    def _started(self) -> None:
        if self._child is not None:
            return
        home = runtime.home()
        program = runtime.rscript(home) if home else None
        if program is None:
            raise _NoR(f"there is no Rscript in {home}" if home else "R is not installed")
        variables = os.environ | {
            "RETICULATE_PYTHON": sys.executable,
            "PYTHONPATH": tether.python_path(),
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }
        script = str(rscripts.folder() / FRAMEWORK.scripts[0])
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
                # Ctrl-C must reach only the process that the user started.
                start_new_session=True,
            )
        try:
            modules = {part: module.__name__ for part, module in _MODULES.items()}
            answer = self._ask({"do": "start", "threads": self._config.threads, "modules": modules})
        except RuntimeError:
            self.close()
            raise
        own = {"R": answer["r"], "reticulate": answer["reticulate"]}
        self._versions = own | json.loads(answer["versions"])

    @property
    def _stderr(self) -> Path:
        return self._config.scratch / "keras-R.stderr"

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """R's answer to a request. Raises `_Refused`, or RuntimeError where R fails or ends."""
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
            output = "; ".join([*map(str.strip, printed[-5:]), *last]) or "it left no message"
            raise RuntimeError(f"the R process ended: {output}") from None
        if "refused" in answer:
            raise _Refused(answer["refused"])
        if "failed" in answer:
            raise RuntimeError(answer["failed"])
        return answer
