"""H2O's REST interface over one kept connection: calls, jobs, and the words of a refusal."""

from __future__ import annotations

import base64
import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

_IDLE = 10.0
"""Seconds after which the kept connection is not trusted any more; the server may have closed it."""
_CONNECT_TIMEOUT = 10.0


class H2OGone(RuntimeError):
    """The server does not answer any more."""


class H2ORefused(Exception):
    """The server answered, with an error; ``str()`` is its message, ``reply`` the decoded body."""

    def __init__(self, message: str, status: int, reply: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.status = status
        self.reply = reply


@dataclass(frozen=True)
class Address:
    """Where a server listens, and who may call. ``path`` is a context path, without trailing slash."""

    scheme: str
    host: str
    port: int
    path: str = ""
    user: str = ""
    password: str = ""

    @classmethod
    def parse(cls, url: str) -> Address:
        """From ``http[s]://[user:password@]host[:port][/path]``; `ValueError` for anything else."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not the URL of an H2O cluster: {parts.scheme}://{parts.hostname or ''}")
        return cls(
            scheme=parts.scheme,
            host=parts.hostname,
            port=parts.port or {"http": 54321, "https": 443}[parts.scheme],
            path=parts.path.rstrip("/"),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )

    @property
    def shown(self) -> str:
        """The URL without the credentials."""
        return f"{self.scheme}://{self.host}:{self.port}{self.path}"


class Rest:
    """Calls to one server, one at a time, over one connection."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._headers: dict[str, str] = {}
        if address.user:
            word = base64.b64encode(f"{address.user}:{address.password}".encode()).decode()
            self._headers["Authorization"] = f"Basic {word}"
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
        """The decoded answer; arguments other than text are sent as JSON, those that are None not at all."""
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
        """Wait for a job; the answer is its last state, whatever that is.

        The pause between two questions grows with the time the job has run, so that they cost a
        job at most a tenth more time, and the server some 1 % of a core.
        """
        path = "/3/Jobs/" + quote(job["key"]["name"], safe="")
        begun = time.monotonic()
        while True:
            state: dict[str, Any] = self.call("GET", path)["jobs"][0]
            if state["status"] not in ("CREATED", "RUNNING"):
                return state
            time.sleep(min(max(0.002, (time.monotonic() - begun) / 20), 0.1))

    def delete(self, path: str) -> None:
        """Remove something; that it is not there any more is no error."""
        try:
            self.raw("DELETE", path)
        except H2ORefused as error:
            if error.status != 404:
                raise

    def close(self) -> None:
        """Give the connection up; the next call opens another one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> http.client.HTTPConnection:
        if self._connection is not None and time.monotonic() - self._used > _IDLE:
            self.close()
        if self._connection is None:
            kind = (
                http.client.HTTPSConnection if self.address.scheme == "https" else http.client.HTTPConnection
            )
            self._connection = kind(self.address.host, self.address.port, timeout=_CONNECT_TIMEOUT)
            self._connection.connect()
            self._connection.sock.settimeout(None)
        return self._connection


def _refusal(status: int, reason: str, answer: bytes) -> H2ORefused:
    try:
        reply = json.loads(answer)
    except ValueError:
        reply = {}
    if not isinstance(reply, dict):
        reply = {}
    said = [
        f"{m['field_name']}: {m['message']}" for m in reply.get("messages", []) if m["message_type"] == "ERRR"
    ]
    words = "; ".join(dict.fromkeys(said)) or reply.get("exception_msg") or reply.get("msg") or reason
    return H2ORefused(str(words).strip(), status, reply)
