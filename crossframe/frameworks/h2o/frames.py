"""Arrays to H2O frames and back, bit for bit.

Every parser of the server (CSV, Parquet, Avro) rebuilds a number from a decimal mantissa and exponent: whole
numbers arrive exactly, while many other doubles are some units in the last place off. So a column that
is not whole is sent as two whole ones, ``x = m * 2^e``, which the server multiplies: both the
power (`Math.pow` of whole arguments) and the product are exact.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from crossframe.core.types import FloatArray, IntArray, Target
from crossframe.frameworks.h2o.rest import Rest

RESPONSE = "y"
"""Name of the response column on the server; the features are called c0, c1, ..."""
WEIGHTS, OFFSET = "weights", "offset"
"""Names of the columns with the weights and the offset of the rows."""
_CHUNK = 1 << 22
_MANTISSA_BITS = 53
_LOWEST_EXPONENT = -1074


def upload(rest: Rest, key: str, columns: Sequence[str], X: FloatArray, y: Target | None = None) -> None:
    """Make the frame ``key`` of the features ``X`` (n, k), NaN as missing, and the target ``y``.

    ``columns`` are the k names on the server. Whole numbers become a factor with the levels "0"
    and "1", float64 a column of numbers.
    """
    numbers = y is not None and y.dtype.kind == "f"
    if y is not None and numbers:
        X, columns = np.column_stack([X, y]), [*columns, RESPONSE]
    whole, exponents, split = _whole_numbers(X)
    arrays = [pa.array(whole[:, j], mask=np.isnan(X[:, j])) for j in range(X.shape[1])]
    arrays += [pa.array(exponents[:, j]) for j in split]
    names = [*columns, *(f"e{j}" for j in split)]
    types = ["Numeric"] * len(arrays)
    kept = [*range(X.shape[1])]
    if not numbers:
        # Without a target a column of zeros: the parser skips empty lines, as one of missing values is.
        kept.append(len(arrays))
        arrays.append(pa.array(np.zeros(len(X), np.int64) if y is None else y))
        names.append("end" if y is None else RESPONSE)
        types.append("Numeric" if y is None else "Enum")
    text = io.BytesIO()
    pa_csv.write_csv(
        pa.table(arrays, names=names), text, pa_csv.WriteOptions(include_header=False, quoting_style="none")
    )
    raw = f"{key}_raw"
    rest.upload(raw, text.getvalue())
    parsed = f"{key}_parts" if split else key
    _parse(rest, raw, parsed, names, types)
    if split:
        _multiply(rest, parsed, key, X.shape[1], split, kept)


def upload_matrix(rest: Rest, key: str, matrix: FloatArray) -> None:
    """Make the frame ``key`` of these numbers alone, (rows, columns), none missing."""
    upload(rest, key, [f"c{j}" for j in range(matrix.shape[1] - 1)], matrix[:, :-1], matrix[:, -1])


def upload_named(rest: Rest, key: str, columns: Sequence[str], values: Mapping[str, float]) -> None:
    """Make the frame ``key`` with a row for each of ``columns``: its name, and the same ``values``.

    They are sent as decimals, which the server's parser may read some units in the last place off.
    """
    row = "".join(f",{value!r}" for value in values.values())
    raw = f"{key}_raw"
    rest.upload(raw, "".join(f"{name}{row}\n" for name in columns).encode())
    _parse(rest, raw, key, ["names", *values], ["String", *["Numeric"] * len(values)])


def _parse(rest: Rest, raw: str, key: str, names: Sequence[str], types: Sequence[str]) -> None:
    """Frame ``key`` of the uploaded CSV ``raw``, which is removed."""
    job = rest.call(
        "POST",
        "/3/Parse",
        destination_frame=key,
        source_frames=[raw],
        parse_type="CSV",
        separator=ord(","),
        check_header=-1,
        single_quotes=False,
        number_columns=len(names),
        column_names=names,
        column_types=types,
        chunk_size=_CHUNK,
        delete_on_done=True,
    )["job"]
    state = rest.wait(job)
    if state["status"] != "DONE":
        raise RuntimeError(f"H2O could not read the data: {state['exception']}")


def _multiply(rest: Rest, parts: str, key: str, k: int, split: list[int], kept: list[int]) -> None:
    """Frame ``key`` from mantissas and exponents, by the server's own arithmetic."""
    mantissas = _list(split)
    powers = _list(range(k, k + len(split)))
    product = f"(* (cols_py {parts} {mantissas}) (^ 2 (cols_py {parts} {powers})))"
    # The product of columns called c0 and e0 is called c0; `:=` puts it where the mantissas were.
    ast = f"(assign {key} (cols_py (:= {parts} {product} {mantissas} []) {_list(kept)}))"
    rest.call("POST", "/99/Rapids", ast=ast, session_id=f"session_{key}")
    rest.delete(f"/3/Frames/{parts}")


def _list(numbers: Sequence[int] | range) -> str:
    return "[" + " ".join(map(str, numbers)) + "]"


def _whole_numbers(X: FloatArray) -> tuple[IntArray, IntArray, list[int]]:
    """(m, e, columns with an e): ``X = m * 2^e``, e = 0 in columns of whole numbers; NaN as m = 0."""
    filled = np.where(np.isnan(X), 0.0, X)
    split = np.flatnonzero(
        ((filled != np.rint(filled)) | (np.abs(filled) >= 2.0**_MANTISSA_BITS)).any(axis=0)
    )
    whole = np.zeros(X.shape, np.int64)
    exponents = np.zeros(X.shape, np.int64)
    plain = np.setdiff1d(np.arange(X.shape[1]), split)
    whole[:, plain] = filled[:, plain]
    fraction, exponent = np.frexp(filled[:, split])
    mantissa = np.ldexp(fraction, _MANTISSA_BITS).astype(np.int64)
    exponent = exponent.astype(np.int64) - _MANTISSA_BITS
    # A subnormal has fewer bits: its lowest ones are zero, and 2^e must not underflow.
    low = np.clip(_LOWEST_EXPONENT - exponent, 0, _MANTISSA_BITS)
    whole[:, split] = mantissa >> low
    exponents[:, split] = exponent + low
    return whole, exponents, [int(j) for j in split]


def download(rest: Rest, key: str) -> dict[str, FloatArray]:
    """The columns of the frame ``key`` by name, (n,) each, without rounding; missing values as NaN."""
    text = rest.raw("GET", f"/3/DownloadDataset?frame_id={key}&hex_string=true").decode()
    head, _, body = text.partition("\n")
    names = [name.strip('"') for name in head.split(",")]
    body = body.replace('"', "")
    gaps = any(gap in f"\n{body}\n" for gap in ("\n,", ",,", ",\n"))
    if gaps or "0x" in body:
        rows = [[_double(field) for field in line.split(",")] for line in body.splitlines()]
        values = np.array(rows, dtype=np.float64)
    else:
        values = np.loadtxt(io.StringIO(body), delimiter=",", ndmin=2)
    return dict(zip(names, values.T, strict=True))


def lowest(rest: Rest, key: str) -> dict[str, float]:
    """The smallest value of each numeric column of the frame ``key``, as the server holds it."""
    columns = rest.call("GET", f"/3/Frames/{key}")["frames"][0]["columns"]
    return {c["label"]: float(c["mins"][0]) for c in columns if c["type"] in ("int", "real")}


def _double(text: str) -> float:
    if "0x" in text:
        return float.fromhex(text)
    return float(text) if text else float("nan")


def echo(
    rest: Rest, key: str, columns: Sequence[str]
) -> tuple[FloatArray, FloatArray, FloatArray | None, FloatArray | None]:
    """``(X, y, weights, offset)`` of the frame ``key``, X of the ``columns``.

    y is empty for a frame without a target; weights and offset are None where it has none.
    """
    held = download(rest, key)
    X = np.column_stack([held[name] for name in columns])
    return X, held.get(RESPONSE, np.empty(0)), held.get(WEIGHTS), held.get(OFFSET)
