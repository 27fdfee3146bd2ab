"""A process that carries out jobs one after the other: ``python -m crossframe.studies.worker PID FD``.

A fresh interpreter that dies with its parent. It is not one of `multiprocessing`'s, which would
import the caller's own script once more.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from importlib import import_module
from multiprocessing.connection import Connection, Pipe
from typing import Any

from crossframe.engines.tether import die_with_parent, python_path

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


class Worker:
    """The parent's handle; ``key`` is that of the job in it."""

    def __init__(self) -> None:
        here, there = Pipe()
        environment = {**os.environ, "PYTHONPATH": python_path(), "TF_CPP_MIN_LOG_LEVEL": "2"}
        environment.update(dict.fromkeys(_ONE_THREAD, "1"))
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__, str(os.getpid()), str(there.fileno())],
            pass_fds=(there.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env=environment,
        )
        there.close()
        self.connection = here
        self.key = ""

    def submit(self, key: str, trainer: str, arguments: Mapping[str, Any]) -> None:
        """Start a job; wait on ``connection`` before `collect`."""
        self.key = key
        self.connection.send((trainer, dict(arguments)))

    def collect(self) -> tuple[Mapping[str, Any], Mapping[str, Any], str]:
        """Fields, arrays, and what went wrong; ``EOFError`` when the process is gone."""
        answer: tuple[Mapping[str, Any], Mapping[str, Any], str] = self.connection.recv()
        self.key = ""
        return answer

    def last_words(self) -> str:
        """The end of what the process wrote."""
        self._log.seek(0)
        return " ".join(self._log.read()[-400:].decode(errors="replace").split())

    def close(self) -> None:
        """End the process, whatever it does."""
        self.connection.close()
        self._process.kill()
        self._process.wait()
        self._log.close()


def _serve(pipe: Connection) -> None:
    while True:
        try:
            trainer, arguments = pipe.recv()
        except EOFError:
            return
        pipe.send(_carried_out(trainer, arguments))


def _carried_out(trainer: str, arguments: Mapping[str, Any]) -> tuple[Any, Any, str]:
    module, _, function = trainer.partition(":")
    try:
        found = getattr(import_module(f"crossframe.studies.trainers.{module}"), function)(**arguments)
    except Exception:
        return {}, {}, traceback.format_exc(limit=-3)
    return (*found, "")


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]))
    # Ctrl-C is the parent's to deal with.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _serve(Connection(int(sys.argv[2])))
