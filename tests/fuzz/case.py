"""One case of odd input: how it is run, and what may come of it."""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import re
import resource
import shutil
import signal
import stat
import struct
import subprocess
import sys
import termios
import threading
import time
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from matplotlib import get_cachedir

from crossframe.core.errors import ExitCode
from tests.command import environment

REFUSED = frozenset({ExitCode.USAGE})
DONE = frozenset({ExitCode.OK, ExitCode.DIFFERS, ExitCode.CELLS_FAILED})
ANY = frozenset(ExitCode) - {ExitCode.INTERNAL, ExitCode.INTERRUPTED}
"""Whatever the input: ``INTERNAL`` is documented as a defect of crossframe, and Ctrl-C is not pressed."""

SECONDS = 60.0
"""After which a command in this process is taken to hang; one of its own may take twice as long."""
PRECIOUS = "not crossframe's\n"
"""The text of a file that no command may touch."""
MEMORY = 6 * 2**30
"""Bytes of address space for a command in a process of its own."""

Make = Callable[[Path], None]
Check = Callable[["Outcome", Path], str]


@dataclass(frozen=True)
class Case:
    """A command in a folder of its own.

    Attributes
    ----------
    kind, name
        What is odd; together they name the test.
    words
        The command.
    make
        Puts its files into the working folder before.
    codes
        The exit codes it may end with.
    writes
        Files and folders below which it may write, beside those that ``words`` name by an option.
    check
        A further demand: what is wrong, or nothing.
    own_process
        Run it in a process of its own, with limited memory.
    terminal
        Run it on a terminal of 80 columns.
    stored
        The commands that have filled its store before.
    """

    kind: str
    name: str
    words: tuple[str, ...]
    make: Make = lambda work: None
    codes: frozenset[ExitCode] = ANY
    writes: tuple[str, ...] = ()
    check: Check = lambda outcome, work: ""
    own_process: bool = False
    terminal: bool = False
    stored: tuple[tuple[str, ...], ...] = ()

    @property
    def id(self) -> str:
        return f"{self.kind}: {self.name}"


@dataclass(frozen=True)
class Outcome:
    """What a command did. ``code`` is None where it did not end; ``warnings`` are Python's own."""

    code: int | None
    stdout: str
    stderr: str
    seconds: float
    warnings: tuple[str, ...] = ()


class Hangs(BaseException):
    """Raised in a command that does not end; no ``except Exception`` keeps it."""


def complaints(case: Case, folder: Path, filled: Path | None, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run the case below ``folder``, and say what it must not have done; nothing where all is well.

    ``filled`` is the folder of the store that the case gets a copy of, where it does.
    """
    prepared(folder)
    if filled is not None:
        shutil.copytree(filled, folder / "store", dirs_exist_ok=True)
    case.make(folder / "work")
    before = tree(folder)
    outcome = run(case, folder, monkeypatch)
    wrong = list(_wrong(case, outcome))
    wrong += _written(case, folder, before, tree(folder))
    if outcome.code is not None and (more := case.check(outcome, folder / "work")):
        wrong.append(more)
    return [*wrong, _described(case.words, outcome)] if wrong else []


def prepared(folder: Path) -> None:
    """Make the folders of a case: its home, its working folder, its store, and one that it must not touch."""
    for name in ("home", "work", "store", "tmp", "beside"):
        (folder / name).mkdir()
    (folder / "beside" / "precious.txt").write_text(PRECIOUS)


def run(case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    """What the command does in the folders below ``folder``."""
    variables = {
        "HOME": str(folder / "home"),
        "CROSSFRAME_STORE": str(folder / "store" / "store.sqlite"),
        "COLUMNS": "80",
        "MPLCONFIGDIR": get_cachedir(),
        # Nothing is fetched.
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
        "no_proxy": "",
        "PIP_NO_INDEX": "1",
        "UV_OFFLINE": "1",
    }
    if case.terminal or case.own_process:
        return _in_its_own_process(case, folder, variables)
    return _in_this_process(case.words, folder, variables, monkeypatch)


def _described(words: tuple[str, ...], outcome: Outcome) -> str:
    command = " ".join(ascii(w)[1:-1] if w.isprintable() and " " not in w else ascii(w) for w in words)
    command = command if len(command) < 600 else command[:300] + " ... " + command[-200:]
    tails = (
        f"{name}: ...{text[-1500:]!a}"
        for name, text in (("stdout", outcome.stdout), ("stderr", outcome.stderr))
    )
    return "\n  ".join(
        (f"crossframe {command}", f"exit code {outcome.code}, {outcome.seconds:.1f} s", *tails)
    )


# ---- running


def _in_this_process(
    words: tuple[str, ...], folder: Path, variables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> Outcome:
    from crossframe.cli.main import main

    with monkeypatch.context() as patch:
        for name in [v for v in os.environ if v.startswith(("XDG_", "CROSSFRAME_", "KERAS_HOME"))]:
            patch.delenv(name)
        for name, value in variables.items():
            patch.setenv(name, value)
        patch.chdir(folder / "work")
        code: int | None = None
        begin = time.perf_counter()
        with warnings.catch_warnings(record=True) as raised, _streams(folder):
            # As Python itself has them: pytest makes errors of them.
            warnings.resetwarnings()
            for ignored in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
                warnings.simplefilter("ignore", ignored)
            try:
                with _alarm(SECONDS):
                    code = int(main(words))
            except SystemExit as ended:
                code = int(ended.code or 0)
            except Hangs:
                pass
        seconds = time.perf_counter() - begin
    texts = tuple(f"{w.category.__name__}: {w.message}" for w in raised)
    return Outcome(code, _text(folder / "stdout"), _text(folder / "stderr"), seconds, texts)


@contextmanager
def _streams(folder: Path) -> Iterator[None]:
    """stdout and stderr, also those of child processes, go to files, in the encoding of a usual terminal."""
    streams = sys.stdout, sys.stderr
    for stream in streams:
        stream.flush()
    saved = os.dup(1), os.dup(2)
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
    sys.stdout = open(1, "w", encoding="utf-8", errors="strict", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.close()
        sys.stdout, sys.stderr = streams
        for number, copy in enumerate(saved, start=1):
            os.dup2(copy, number)
            os.close(copy)


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise `Hangs` after ``seconds``; pytest's own alarm goes on afterwards."""

    def hangs(number: int, frame: FrameType | None) -> None:
        raise Hangs

    handler = signal.signal(signal.SIGALRM, hangs)
    before = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *before)
        signal.signal(signal.SIGALRM, handler)


def _in_its_own_process(case: Case, folder: Path, variables: Mapping[str, str]) -> Outcome:
    env = environment(folder / "home", **variables, TMPDIR=str(folder / "tmp"), TERM="xterm-256color")
    main, other = os.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
    shown = bytearray()

    def read() -> None:
        # A terminal whose last writer has gone is an OSError on Linux.
        with suppress(OSError):
            while data := os.read(main, 65536):
                shown.extend(data)

    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        streams = (other, other) if case.terminal else (out, err)
        limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))  # noqa: E731
        begin = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, "-m", "crossframe", *case.words],
            cwd=folder / "work",
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=streams[0],
            stderr=streams[1],
            preexec_fn=limit,
            start_new_session=True,
        )
        os.close(other)
        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        try:
            code: int | None = child.wait(2 * SECONDS)
        except subprocess.TimeoutExpired:
            code = None
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        seconds = time.perf_counter() - begin
        reader.join(5.0)
    os.close(main)
    # A terminal turns every line end into two characters.
    terminal = bytes(shown).decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    return Outcome(code, _text(folder / "stdout") + terminal, _text(folder / "stderr"), seconds)


def _text(file: Path) -> str:
    # What is no UTF-8 becomes half a surrogate pair, which `_wrong` does not let pass.
    text = file.read_bytes().decode("utf-8", "surrogateescape")
    file.unlink()
    return text


# ---- judging

_OWN_TERMINAL_CODES = re.compile(r"\x1b\[[0-9;]*m|\x1b\[\?25[lh]|\x1b\[[0-9]*[AK]|\x1b\[2K|\r")
"""Colours, and what a progress bar needs: the cursor hidden, a line up, a line cleared, its start."""
FOREIGN_COLOUR = "\x1b[5;7;35m"
"""Blinking, reversed and magenta: crossframe never prints this, so that it comes from a name."""
_TURNING = frozenset("\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of writing, and line breaks that are no newline."""


def _wrong(case: Case, outcome: Outcome) -> Iterator[str]:
    words = case.words
    both = outcome.stdout + outcome.stderr
    if outcome.code is None:
        yield "it hangs"
        return
    if outcome.code not in case.codes:
        yield f"exit code {outcome.code}, not one of {sorted(map(int, case.codes))}"
    if "Traceback (most recent call last)" in both:
        yield "a traceback"
    if "this is a defect of crossframe" in both:
        yield "'this is a defect of crossframe'"
    for name, text in (("stdout", outcome.stdout), ("stderr", outcome.stderr)):
        if case.terminal and FOREIGN_COLOUR in text:
            yield f"{name}: the colour of a name"
        plain = _OWN_TERMINAL_CODES.sub("", text) if case.terminal else text
        control = {c for c in plain if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"}
        machine = name == "stdout" and any(form in words for form in ("--json", "--csv", "--markdown"))
        control |= set() if machine else _TURNING & set(plain)
        if control:
            first = min(plain.index(c) for c in control)
            shown = ascii(plain[max(0, first - 60) : first + 20])
            yield f"{name}: raw {', '.join(f'U+{ord(c):04X}' for c in sorted(control))}, as in {shown}"
    if outcome.code and not case.terminal and not outcome.stderr.strip():
        yield f"exit code {outcome.code} without a word on stderr"
    if outcome.code == ExitCode.USAGE and not case.terminal and "crossframe: " not in outcome.stderr:
        yield "exit code 2 without its sentence"
    if outcome.code == ExitCode.OK and "--json" in words and not case.terminal:
        try:
            json.loads(outcome.stdout, parse_constant=_no_json)
        except ValueError as error:
            yield f"stdout is no JSON: {error}"
    if outcome.warnings:
        yield f"Python's warnings: {'; '.join(sorted(set(outcome.warnings)))[:300]}"


def _no_json(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


Tree = dict[str, tuple[Any, ...]]


def tree(folder: Path) -> Tree:
    """Everything below ``folder`` with its contents; no link is followed."""
    entries: Tree = {}
    for place, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            path = Path(place, name)
            status = path.lstat()
            if stat.S_ISREG(status.st_mode):
                small = status.st_size <= 2**20
                what = sha256(path.read_bytes()).hexdigest() if small else status.st_mtime_ns
                entries[str(path.relative_to(folder))] = (stat.S_IMODE(status.st_mode), status.st_size, what)
            else:
                target = os.readlink(path) if path.is_symlink() else ""
                entries[str(path.relative_to(folder))] = (stat.S_IFMT(status.st_mode), target)
    return entries


def _written(case: Case, folder: Path, before: Tree, after: Tree) -> list[str]:
    """What has changed below ``folder`` that the command was not given to write to."""
    words = case.words
    given = [os.path.normpath(f"work/{path}") for path in case.writes] + ["store"]
    for option in ("--report", "--save", "--store"):
        values = [v for w, v in itertools.pairwise(words) if w == option]
        values += [w.partition("=")[2] for w in words if w.startswith(f"{option}=")]
        # Only what lies in the working folder: a case that names another one says so itself.
        given += [f"work/{os.path.normpath(v)}" for v in values if v and not v.startswith(("/", ".."))]
    if words and words[0] in ("compare", "report", "explain") and "--no-report" not in words:
        given.append("work/reports")
    changed = {path for path in {*before, *after} if before.get(path) != after.get(path)}
    on_the_way = {str(parent) for one in given for parent in Path(one).parents}

    def is_given(path: str) -> bool:
        inside = any(path == one or path.startswith(f"{one}/") for one in given)
        beside = path.endswith(("-wal", "-shm", "-journal")) and path.rpartition("-")[0] in given
        return inside or beside or (path not in before and path in on_the_way)

    foreign = sorted(path for path in changed if not is_given(path))
    return [f"written outside of what it was given: {', '.join(map(ascii, foreign[:5]))}"] if foreign else []
