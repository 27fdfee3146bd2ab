"""Declared defaults of H2O's algorithms: the schemas of the server's own model builders.

The file also runs alone, on any release of H2O-3 and without crossframe: ``python -I capture.py glm ...``
prints what ``capture`` returns, as JSON. It starts the server inside the installed h2o package on
loopback, under a password and a name of its own, asks it, and ends it. Java is needed; the Python client
is not used.
"""

from __future__ import annotations

import base64
import ctypes
import hashlib
import importlib.util
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_START_LIMIT = 120.0
_DOCS = "https://docs.h2o.ai/h2o/latest-stable/h2o-docs/data-science/"
_NAMED = (
    "alpha auc_type balance_classes beta_constraints beta_epsilon categorical_encoding checkpoint "
    "class_sampling_factors compute_p_values control_variables custom_metric_func distribution "
    "early_stopping export_checkpoints_dir family fold_assignment fold_column gainslift_bins "
    "gradient_epsilon huber_alpha ignore_const_cols ignored_columns interaction_pairs interactions "
    "intercept keep_cross_validation_fold_assignment keep_cross_validation_models "
    "keep_cross_validation_predictions lambda lambda_min_ratio lambda_search link "
    "max_active_predictors max_after_balance_size max_iterations max_runtime_secs "
    "missing_values_handling model_id nfolds nlambdas non_negative objective_epsilon offset_column "
    "plug_values prior quantile_alpha rate rate_annealing rate_decay remove_collinear_columns "
    "remove_offset_effects score_each_iteration seed single_node_mode solver standardize "
    "stopping_metric stopping_rounds stopping_tolerance theta training_frame tweedie_link_power "
    "tweedie_power tweedie_variance_power use_all_factor_levels validation_frame weights_column"
)
_PAGES = frozenset(_NAMED.split())
"""Parameters with a page of their own."""


def path(algorithm: str) -> str:
    """The path under which the REST interface describes ``algorithm``, its parameters and defaults."""
    return "/3/ModelBuilders/" + algorithm


def parameters(reply: Mapping[str, Any], algorithm: str) -> dict[str, Any]:
    """The defaults in the server's answer to ``GET path(algorithm)``, in its order.

    ``lambda`` is a keyword of Python: as in H2O's Python client it is ``lambda_``.
    """
    schema: Iterable[Mapping[str, Any]] = reply["model_builders"][algorithm]["parameters"]
    spelled = {"lambda": "lambda_"}
    return {spelled.get(p["name"], p["name"]): _plain(p.get("default_value")) for p in schema}


def documentation(owner: str, name: str, version: str) -> str:
    """Address of the page of parameter ``name``, else of algorithm ``owner``, in the latest documentation."""
    from crossframe.frameworks.h2o._model import models  # the rest of this file needs nothing of crossframe

    page = name.rstrip("_")
    if page in _PAGES:
        return _DOCS + "algo-params/" + page + ".html"
    return _DOCS + next(model.page for model in models() if owner in model.callables)


def capture(callables: list[str]) -> dict[str, Any]:
    """Every parameter of each algorithm, with its default; None where there is none.

    An algorithm that this release does not have is left out.

    Raises
    ------
    RuntimeError
        When Java or the server is missing, or the server does not start.
    """
    with tempfile.TemporaryDirectory(prefix="h2o-capture-") as folder, _Server(Path(folder)) as server:
        version = str(server.get("/3/Cloud")["version"])
        schemas: dict[str, Any] = {}
        for algorithm in callables:
            try:
                reply = server.get(path(algorithm))
            except urllib.error.HTTPError:
                continue
            schemas[algorithm] = {
                "call": "GET " + path(algorithm),
                "parameters": parameters(reply, algorithm),
            }
    return {"framework": "h2o", "versions": {"h2o": version}, "callables": schemas}


class _Server:
    """The installed package's own server, for as long as the ``with`` block runs."""

    def __init__(self, folder: Path) -> None:
        password = secrets.token_urlsafe(24)
        login = folder / "login.conf"
        login.touch(mode=0o600)
        login.write_text("capture: MD5:" + hashlib.md5(password.encode(), usedforsecurity=False).hexdigest())
        login_code = base64.b64encode(("capture:" + password).encode()).decode()
        self._headers = {"Authorization": "Basic " + login_code}
        self._output = folder / "output.txt"
        command = [
            _java(),
            "-Xmx512m",
            "-Djava.io.tmpdir=" + str(folder),
            "-Dsys.ai.h2o.telemetry.disabled=true",
            "-Dsys.ai.h2o.ext.core.toggle.XGBoost=false",
            # Old releases refuse a Java that is younger than they are, and run on it.
            "-Dsys.ai.h2o.debug.noJavaVersionCheck=true",
            "-jar",
            _jar(),
            *("-ip", "127.0.0.1", "-web_ip", "127.0.0.1", "-nthreads", "1"),
            *("-baseport", str(20000 + secrets.randbelow(30000)), "-name", secrets.token_hex(12)),
            *("-hash_login", "-login_conf", str(login)),
            *("-ice_root", str(folder), "-log_dir", str(folder), "-flow_dir", str(folder)),
            *_no_other_nodes(_jar()),
        ]
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                # Releases before 3.34 make classes in a way that Java closes from 16 on; Java 8 does not
                # look at this variable, and would not know the option.
                env=os.environ | {"JDK_JAVA_OPTIONS": "--add-opens=java.base/java.lang=ALL-UNNAMED"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )

    def __enter__(self) -> _Server:
        try:
            self._address = self._await_address()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._end()

    def get(self, where: str) -> dict[str, Any]:
        """The JSON object at the path ``where``. Raises urllib's URLError without an answer."""
        request = urllib.request.Request(self._address + where, headers=self._headers)
        # The server is on this machine: a proxy of the environment must not be used.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as answer:
            reply: dict[str, Any] = json.loads(answer.read())
        return reply

    def _await_address(self) -> str:
        limit = time.monotonic() + _START_LIMIT
        refused = ""
        while time.monotonic() < limit:
            ended = self._process.poll() is not None
            output = self._output.read_text(errors="replace")
            open_at = re.search(r"Open H2O Flow in your web browser: http://127\.0\.0\.1:(\d+)", output)
            if open_at is not None:
                self._address = "http://127.0.0.1:" + open_at.group(1)
                try:
                    self.get("/3/Cloud")
                    return self._address
                except (urllib.error.URLError, ConnectionError, ValueError) as error:
                    refused = str(error)  # the port is open before its handlers are
                    time.sleep(0.2)
            if ended:
                break
            time.sleep(0.05)
        tail = self._output.read_text(errors="replace").strip().splitlines()[-5:]
        raise RuntimeError("the H2O server did not start: " + " | ".join([refused, *tail]).strip(" |"))

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()


def _no_other_nodes(jar: str) -> tuple[str, ...]:
    """The option that closes the socket for other nodes, which have no password; empty in old releases."""
    with zipfile.ZipFile(jar) as archive:
        options = archive.read("water/H2O$OptArgs.class")
    return ("-disable_net",) if b"disable_net" in options else ()


def _die_with_parent() -> None:
    """Make the kernel kill the server when this process ends: prctl(PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _java() -> str:
    for home in ("H2O_JAVA_HOME", "", "JAVA_HOME"):
        folder = os.environ.get(home, "") if home else None
        if folder != "":
            program = shutil.which("java", path=os.path.join(folder, "bin") if folder else None)
            if program:
                return program
    raise RuntimeError("Java is neither on the PATH nor in JAVA_HOME")


def _jar() -> str:
    spec = importlib.util.find_spec("h2o")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        jar = Path(folder) / "backend" / "bin" / "h2o.jar"
        if jar.is_file():
            return str(jar)
    raise RuntimeError("the Python package h2o, which brings the server, is not installed")


def _plain(value: Any) -> Any:
    """A default of the schema as plain JSON; an object on the server is its name."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), -float("inf"))):
        return str(value)
    if isinstance(value, dict):
        return str(value.get("name") or value.get("column_name"))
    return value


if __name__ == "__main__":
    print(json.dumps(capture(sys.argv[1:]), indent=1))
