"""Runs a user's script in a process of its own, and reads what was recorded of the fits in it.

The script works in a temporary folder with copies of the files around it, so that it reads its files as ever;
it has no input, draws into no window, and is ended with all it has started when its time is over.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

from crossframe.core.environment import install, lacking, pip
from crossframe.core.errors import CrossframeError, EngineMissing, ExitCode, NothingToDo, UsageError
from crossframe.core.text import plural
from crossframe.explain.scripts import python_child
from crossframe.explain.scripts.given import LANGUAGES
from crossframe.explain.scripts.python_child import END
from crossframe.explain.scripts.working_folder import working_folder
from crossframe.frameworks import fitted, reseeding, rscripts, tether
from crossframe.frameworks.fitted import FITS, FittedModel, Recording
from crossframe.frameworks.r import runtime

TIME_LIMIT = 600.0
"""Seconds that a script may take, unless another limit is given."""

_PYTHON = "scikit-learn (and whatever subclasses its BaseEstimator), Keras, H2O and statsmodels"
_R = "lm, glm, glmnet, cv.glmnet, nnet, multinom, randomForest and ranger, and of Python through reticulate,"
_CHUNK = 65536
_SHOWN = 3
"""Fits that cannot be recorded, of which a sentence speaks."""


class ScriptFailed(CrossframeError):
    """A user's script ended with an error, or took longer than its time limit."""

    exit_code = ExitCode.CELLS_FAILED


def to_stderr(text: str) -> None:
    """Write to stderr at once: the script's output beside a result on stdout."""
    sys.stderr.write(text)
    sys.stderr.flush()


class Started:
    """A script that runs in a process of its own; as a context, it is ended with the block.

    Parameters
    ----------
    script
        A .py or .R file; it is run, with what it does.
    text
        A changed version of it, which is run in its place.
    data
        A table that the script finds under its file name in its working folder.
    seed
        In place of the seeds that the script gives its fits; None: its own. See
        `crossframe.frameworks.reseeding`.

    Attributes
    ----------
    script
        As it was given.

    Raises
    ------
    UsageError
        For a file that is no script, or is missing (exit code 2).
    EngineMissing
        Without R, for a script of R (4).
    """

    def __init__(
        self, script: Path, *, text: str | None = None, data: Path | None = None, seed: int | None = None
    ) -> None:
        language = LANGUAGES.get(script.suffix.lower())
        if language is None:
            raise UsageError(f"{script} is no script of Python (.py) or R (.R)")
        for file in (script, data):
            if file is not None and not file.is_file():
                raise UsageError(f"{file} is not a file" if file.exists() else f"there is no file {file}")
        self.script, self._data, self._language, self._seed = script, data, language, seed
        # Temporary files of the script go with the rest, also those of a server that it leaves behind. By
        # its name a later process deletes the folder, if this one is killed.
        prefix = f"crossframe-{os.getpid()}-script-"
        self._scratch = tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)
        try:
            self._process = self._begun(Path(self._scratch.name), text)
        except BaseException:
            self._scratch.cleanup()
            raise

    def _begun(self, scratch: Path, text: str | None) -> subprocess.Popen[bytes]:
        self._folder, self._temporary = scratch / "recording", scratch / "tmp"
        for each in (self._folder, self._temporary):
            each.mkdir()
        here = working_folder(scratch / "run", self.script, self._data)
        if text is not None:
            (here / self.script.name).unlink()
            (here / self.script.name).write_text(text, encoding="utf-8", newline="")
        return subprocess.Popen(
            tether.command(*_command(self._language, self._folder, here / self.script.name)),
            cwd=here,
            env=_surroundings(self._temporary, self._seed),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def finish(
        self, time_limit: float | None = None, on_output: Callable[[str], None] = to_stderr
    ) -> tuple[Recording, tuple[FittedModel, ...]]:
        """Wait for the script, at most ``time_limit`` seconds from now; see `record`."""
        limit = TIME_LIMIT if time_limit is None else time_limit
        for text in _output(self._process, time.monotonic() + limit):
            on_output(text)
        status = self._process.poll()
        self._end()
        folder, name = self._folder, self.script.name
        end = _read(folder / END) or _end_of_r(_read(folder / FITS), status)
        fits: tuple[FittedModel, ...] = ()
        recording = Recording(self._language)
        if (folder / FITS).is_file():
            recording, fits = fitted.read(folder)
        _check(self.script, self._data, recording, status, end, limit)
        for why in recording.unreadable[-_SHOWN:]:
            on_output(f"{name}: not recorded: {why}\n")
        return recording, fits

    def _end(self) -> None:
        """Kill the script, if it runs, and all it has started, which its folder for temporary files shows.

        H2O's server has a process group of its own, and outlives a script that does not stop it.
        """
        if self._process.stdout is None or self._process.stdout.closed:
            return
        own = psutil.Process().username()
        for each in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if each.username() == own and each.environ().get("TMPDIR") == str(self._temporary):
                    each.kill()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process.stdout.close()

    def __enter__(self) -> Started:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        self._scratch.cleanup()


def record(
    script: Path,
    *,
    text: str | None = None,
    data: Path | None = None,
    seed: int | None = None,
    time_limit: float | None = None,
    on_output: Callable[[str], None] = to_stderr,
) -> tuple[Recording, tuple[FittedModel, ...]]:
    """The fits of a script, in the order in which they ended; at least one.

    Parameters
    ----------
    script, text, data, seed
        See `Started`.
    time_limit
        Seconds after which it is ended; None: `TIME_LIMIT`.
    on_output
        Takes what it prints, as it comes.

    Raises
    ------
    UsageError
        For a file that is no script, or is missing (exit code 2).
    EngineMissing
        Without R, or where the script needs a package that is not installed (4).
    NothingToDo
        Where it fits no model that is recorded (5).
    ScriptFailed
        Where it ends with an error, or by the time limit (6).
    """
    with Started(script, text=text, data=data, seed=seed) as started:
        return started.finish(time_limit, on_output)


def _command(language: str, folder: Path, script: Path) -> list[str]:
    given = [str(folder), str(script), str(Path(__file__).resolve().parents[3])]
    if language == "python":
        return [sys.executable, python_child.__file__, *given]
    home = runtime.home()
    program = runtime.rscript(home) if home else None
    if program is None:
        raise EngineMissing(f"{script.name} needs R, which is not installed", install("R"))
    # The user's profile is read once, by the process of the script.
    return [str(program), "--no-init-file", str(rscripts.folder() / "record.R"), *given]


def _output(process: subprocess.Popen[bytes], deadline: float) -> Iterator[str]:
    """What it prints, until it has ended or the deadline has passed.

    Not until the pipe is closed: a process that the script leaves behind may hold it open.
    """
    assert process.stdout is not None
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    os.set_blocking(process.stdout.fileno(), False)
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            ended = process.poll() is not None
            ready = selector.select(0 if ended else 0.05)
            chunk = os.read(process.stdout.fileno(), _CHUNK) if ready else None
            if chunk:
                yield decode(chunk)
                time.sleep(0.005)  # many lines at once, for a script that prints each by itself
            elif ended:
                break
            elif chunk == b"":  # it has closed its output, and goes on
                time.sleep(0.05)
            if time.monotonic() > deadline and process.poll() is None:
                break
    if rest := decode(b"", True):
        yield rest


def _surroundings(temporary: Path, seed: int | None) -> dict[str, str]:
    variables = {
        **os.environ,
        "MPLBACKEND": "Agg",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
        "TMPDIR": str(temporary),
    }
    if seed is not None:
        variables[reseeding.VARIABLE] = str(seed)
    locale = variables.get("LC_ALL") or variables.get("LC_CTYPE") or variables.get("LANG") or ""
    if "utf" not in locale.lower():
        variables["LC_ALL"] = "C.UTF-8"
    return variables


def _read(file: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return content
    return {}


def _end_of_r(recording: dict[str, Any], status: int | None) -> dict[str, Any]:
    """How a script of R ended, which its recording says: see `python_child.END`."""
    if recording.get("language") != "r" or status is None or status < 0:
        return {}
    error = recording.get("error")
    if status == 0 or not isinstance(error, dict):
        return {"kind": "exit", "status": status} if status else {"kind": "finished"}
    return {"kind": "error", **error, "missing": error.get("package")}


def _check(
    script: Path, data: Path | None, recording: Recording, status: int | None,
    end: dict[str, Any], limit: float,
) -> None:  # fmt: skip
    """Raise the error that the end of the script means, if it does."""
    name, kind = script.name, end.get("kind")
    made = len(recording.fits) + recording.left_out
    ended = f"; {plural(made, 'fit')} had ended" if made else "; no fit had ended"
    line = f" on line {end['line']}" if end.get("line") else ""
    if status is None:
        raise ScriptFailed(
            f"{name} was ended after its time limit of {limit:g} s{ended}",
            "give it more seconds with --time-limit, or make the script shorter",
        )
    if kind == "error":
        _raise_error(name, data, end, line, ended)
    if status and kind != "exit":
        why = f"was killed by signal {-status}" if status < 0 else f"failed with exit status {status}"
        raise ScriptFailed(f"{name} {why}{ended}", "what it printed above says why")
    if recording.fits:
        return
    if recording.unreadable:
        raise UsageError(
            f"no fit of {name} can be compared: {'; '.join(recording.unreadable[-_SHOWN:])}",
            "a model has to be fitted to a table of numbers and one target",
        )
    if kind == "exit" and end.get("status"):
        raise ScriptFailed(
            f"{name} exits{line} with status {end['status']} before it fits a model",
            "what it printed above says why; it runs without arguments and without input",
        )
    recorded = _R if recording.language == "r" else _PYTHON
    none = f"exits{line} before it fits a model" if kind == "exit" and line else "fits no model"
    raise NothingToDo(
        f"{name} {none} that is recorded",
        f"fits of {recorded} in the script's own process are recorded; a model of another kind can be given "
        "as an object (crossframe.explain in Python) or as a table of coefficients",
    )


def _raise_error(name: str, data: Path | None, end: dict[str, Any], line: str, ended: str) -> None:
    if end.get("memory"):
        raise ScriptFailed(
            f"{name} ran out of memory{line}{ended}", "use fewer rows, or give it more memory (ulimit -v)"
        )
    if missing := end.get("missing"):
        package, remedy = _package(str(missing), name)
        raise EngineMissing(f"{name} needs the package {package}{line}, which is not installed", remedy)
    why = " ".join(str(end.get("message", "")).split())
    hint = "correct the script; its error is above, as it is"
    if "No such file or directory" in why:
        hint = "put the file beside the script"
        hint += "" if data else ", or give the table with --data: the script finds it under its file name"
    elif end.get("type") == "KeyboardInterrupt":
        raise KeyboardInterrupt
    shown = f"{end.get('type')}: {why}" if end.get("type") else why
    raise ScriptFailed(f"{name} fails{line}: {shown[:300]}{ended}", hint)


_IMPORTED = {"cv2": "opencv-python", "PIL": "pillow", "yaml": "PyYAML", "bs4": "beautifulsoup4"}
"""Module -> its distribution, where a script is likely to import it and the names differ."""


def _package(module: str, script: str) -> tuple[str, str]:
    """The package that has a module (or an R package), and the command that installs it."""
    if script.lower().endswith(".r"):
        return module, install(module)
    top = module.partition(".")[0]
    if top in _IMPORTED:
        return _IMPORTED[top], f"{pip()} install {_IMPORTED[top]}"
    package = lacking(ModuleNotFoundError(name=top))[1].rpartition("install ")[2]
    remedy = f"{pip()} install {package}; or put {top}.py beside the script, if it is a file of yours"
    return top, remedy
