"""H2O's REST interface over one kept connection: calls, jobs, refusals, and its records as plain values."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

from crossframe.core.types import Value

_KEEP_ALIVE = 10.0
"""Seconds after which the kept connection is not trusted any more; the server may have closed it."""
_CONNECT_TIMEOUT = 10.0
_NAMES = {"model_id", "training_frame", "validation_frame", "response_column", "ignored_columns"}
"""Parameters that only name things on the server."""


class H2OGone(RuntimeError):
    """The connection to the server failed: it ended, or does not answer."""


class H2ORefused(Exception):
    """The server answered, with an error; ``str()`` is its message, ``reply`` the decoded body."""

    def __init__(self, message: str, status: int, reply: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.status = status
        self.reply = reply


@dataclass(frozen=True)
class Address:
    """Address and credentials of a server.

    Attributes
    ----------
    path
        The context path, without trailing slash.
    tls
        How its certificate is verified; None with http.
    """

    scheme: str
    host: str
    port: int
    path: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = field(default=None, repr=False, compare=False)

    @classmethod
    def parse(cls, url: str) -> Address:
        """The address of ``http[s]://[user@]host[:port][/path]``; ValueError for another URL."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"{parts.scheme}://{parts.hostname or ''} is not the address of an H2O cluster")
        if parts.password is not None:
            raise ValueError(f"the URL of {parts.hostname} has a password, which other users could read")
        return cls(
            scheme=parts.scheme,
            host=parts.hostname,
            port=parts.port or {"http": 54321, "https": 443}[parts.scheme],
            path=parts.path.rstrip("/"),
            user=unquote(parts.username or ""),
        )

    @property
    def shown(self) -> str:
        """The URL without the credentials, for messages."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"


class Rest:
    """Calls to one server, one at a time, over one connection.

    Parameters
    ----------
    limit
        Seconds after which a call without an answer is given up; None: never.
    folder
        One that this process and the server read and write; None: they have none in common.
    """

    def __init__(self, address: Address, limit: float | None = None, folder: Path | None = None) -> None:
        self.address = address
        self.folder = folder
        self._limit = limit
        self._headers: dict[str, str] = {}
        if address.user:
            login = base64.b64encode(f"{address.user}:{address.password}".encode()).decode()
            self._headers["Authorization"] = f"Basic {login}"
        self._connection: http.client.HTTPConnection | None = None
        self._used = 0.0

    def raw(self, method: str, path: str, body: bytes | None = None, content: str = "") -> bytes:
        """The body of the answer; `H2ORefused` for an error, `H2OGone` where none comes."""
        headers = {**self._headers, "Content-Type": content} if content else self._headers
        try:
            connection = self._open()
            connection.request(method, self.address.path + path, body, headers)
            response = connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise H2OGone(f"the H2O server at {self.address.shown} is gone: {error!r}") from error
        self._used = time.monotonic()
        if response.status >= 400:
            raise _refusal(response.status, response.reason, answer)
        return answer

    def call(self, method: str, path: str, **arguments: object) -> dict[str, Any]:
        """The decoded JSON answer; arguments other than text are sent as JSON, None is left out."""
        form = {k: v if isinstance(v, str) else json.dumps(v) for k, v in arguments.items() if v is not None}
        if method == "POST":
            answer = self.raw(method, path, urlencode(form).encode(), "application/x-www-form-urlencoded")
        else:
            answer = self.raw(method, f"{path}?{urlencode(form)}" if form else path)
        reply: dict[str, Any] = json.loads(answer)
        return reply

    def upload(self, key: str, data: bytes) -> None:
        """Put ``data`` on the server under ``key``, as a file to be parsed."""
        boundary = "crossframe-7d1c0e5a4b"
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{key}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
        path = f"/3/PostFile?destination_frame={quote(key)}"
        self.raw("POST", path, body, f"multipart/form-data; boundary={boundary}")

    def wait(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """Wait until a job has ended; its last state, ``DONE`` or not.

        The pause between two requests grows with the run time of the job, so that polling delays it by
        at most a tenth and costs the server about 1 % of a core.
        """
        path = "/3/Jobs/" + quote(job["key"]["name"], safe="")
        begun = time.monotonic()
        while True:
            state: dict[str, Any] = self.call("GET", path)["jobs"][0]
            if state["status"] not in ("CREATED", "RUNNING"):
                return state
            time.sleep(min(max(0.002, (time.monotonic() - begun) / 20), 0.1))

    def delete(self, path: str) -> None:
        """Remove the object at ``path``; an object that does not exist is no error."""
        try:
            self.raw("DELETE", path)
        except H2ORefused as error:
            if error.status != 404:
                raise

    def close(self) -> None:
        """Close the connection; the next call opens another one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> http.client.HTTPConnection:
        if self._connection is not None and time.monotonic() - self._used > _KEEP_ALIVE:
            self.close()
        if self._connection is None:
            host, port = self.address.host, self.address.port
            self._connection = (
                http.client.HTTPSConnection(host, port, timeout=_CONNECT_TIMEOUT, context=self.address.tls)
                if self.address.scheme == "https"
                else http.client.HTTPConnection(host, port, timeout=_CONNECT_TIMEOUT)
            )
            self._connection.connect()
            self._connection.sock.settimeout(self._limit)
        return self._connection


def _refusal(status: int, reason: str, answer: bytes) -> H2ORefused:
    try:
        reply = json.loads(answer)
    except ValueError:
        reply = {}
    if not isinstance(reply, dict):
        reply = {}
    errors = [
        f"{m['field_name']}: {m['message']}" for m in reply.get("messages", []) if m["message_type"] == "ERRR"
    ]
    message = "; ".join(dict.fromkeys(errors)) or reply.get("exception_msg") or reply.get("msg") or reason
    return H2ORefused(str(message).strip(), status, reply)


def plain(value: Any) -> Value:
    """A value of the server's JSON: a list of one is its element, of whole numbers a tuple, the rest text."""
    if isinstance(value, list):
        if len(value) == 1:
            return plain(value[0])
        if all(isinstance(v, int) for v in value):
            return tuple(value)
        return str(value)
    if isinstance(value, dict):
        return str(value.get("name") or value.get("column_name"))
    return value  # type: ignore[no-any-return]


def python_name(name: str) -> str:
    """The server's name of a parameter as its Python client spells it: ``lambda`` is ``lambda_``."""
    return "lambda_" if name == "lambda" else name


def parameters(schema: Iterable[Mapping[str, Any]], which: str) -> dict[str, Value]:
    """``actual_value`` or ``default_value`` of every parameter of a schema, as plain values."""
    return {python_name(p["name"]): plain(p[which]) for p in schema if p["name"] not in _NAMES}


def table(model: Mapping[str, Any], name: str) -> dict[str, list[Any]]:
    """A table of a model's output: column name -> values."""
    record = model["output"][name]
    return {c["name"]: data for c, data in zip(record["columns"], record["data"], strict=True)}
