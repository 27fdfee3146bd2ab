"""Arrays to H2O frames and back, bit for bit.

Every parser of the server (CSV, Parquet, Avro) rebuilds a number from a decimal mantissa and exponent: whole
numbers arrive exactly, while many other doubles are some units in the last place off. So a column that
is not whole is sent as two whole ones, ``x = m * 2^e``, which the server multiplies: both the
power (`Math.pow` of whole arguments) and the product are exact.

Small tables travel as text; large ones, where the server shares a folder with this process, as files, see
`crossframe.frameworks.h2o.binary`.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from crossframe.core.types import Fingerprint, FloatArray, IntArray, Target
from crossframe.frameworks.h2o import binary
from crossframe.frameworks.h2o.rest import Rest

RESPONSE = "y"
"""Name of the response column on the server; the features are called c0, c1, ..."""
WEIGHTS, OFFSET = "weights", "offset"
"""Names of the columns with the weights and the offset of the rows."""
_CHUNK, _FILE = 1 << 22, 1 << 30
_ROWS = 4096
_MANTISSA_BITS = 53
_LOWEST_EXPONENT = -1074


def upload(rest: Rest, key: str, columns: Sequence[str], X: FloatArray, y: Target | None = None) -> None:
    """Make the frame ``key`` of the features ``X`` (n, k), NaN as missing, and the target ``y``.

    ``columns`` are the k names on the server. Whole numbers become a factor with the levels "0"
    and "1", float64 a column of numbers.
    """
    numbers = y is not None and y.dtype.kind == "f"
    k = X.shape[1] + numbers
    split = sorted({j for block in _blocks(X, y if numbers else None) for j in _fractional(block)})
    names = [*columns, *([RESPONSE] if numbers else []), *(f"e{j}" for j in split)]
    types = ["Numeric"] * len(names)
    kept = [*range(k)]
    if not numbers:
        # Without a target a column of zeros: the parser skips empty lines, as one of missing values is.
        kept.append(len(names))
        names.append("end" if y is None else RESPONSE)
        types.append("Numeric" if y is None else "Enum")

    def table(rows: slice) -> pa.Table:
        block = X[rows] if y is None or not numbers else np.column_stack([X[rows], y[rows]])
        whole, exponents = _whole_numbers(block, split)
        arrays = [pa.array(whole[:, j], mask=np.isnan(block[:, j])) for j in range(k)]
        arrays += [pa.array(exponents[:, j]) for j in range(len(split))]
        if not numbers:
            target = pa.array(np.zeros(len(block), np.int64) if y is None else y[rows])
            # Numbers in a Parquet file cannot become a factor.
            arrays.append(target if y is None else target.cast(pa.string()))
        return pa.table(arrays, names=names)

    parsed = f"{key}_parts" if split else key
    if rest.folder is not None and binary.is_large(len(X), k):
        with binary.parts(rest.folder, key, len(X), table) as files:
            sources = [
                rest.call("GET", f"/3/ImportFiles?path={quote(f)}")["destination_frames"][0] for f in files
            ]
            _parse(rest, sources, parsed, names, types, "PARQUET")
    else:
        text = io.BytesIO()
        options = pa_csv.WriteOptions(include_header=False, quoting_style="none")
        pa_csv.write_csv(table(slice(None)), text, options)
        rest.upload(f"{key}_raw", text.getvalue())
        _parse(rest, [f"{key}_raw"], parsed, names, types)
    if split:
        _multiply(rest, parsed, key, k, split, kept)


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
    _parse(rest, [raw], key, ["names", *values], ["String", *["Numeric"] * len(values)])


def _parse(
    rest: Rest, sources: list[str], key: str, names: Sequence[str], types: Sequence[str], form: str = "CSV"
) -> None:
    """Frame ``key`` of the ``sources`` one below the other, CSV or PARQUET, which the server then forgets."""
    job = rest.call(
        "POST",
        "/3/Parse",
        destination_frame=key,
        source_frames=sources,
        parse_type=form,
        separator=ord(","),
        check_header=-1,
        single_quotes=False,
        number_columns=len(names),
        column_names=names,
        column_types=types,
        # A Parquet file is one chunk.
        chunk_size=_CHUNK if form == "CSV" else _FILE,
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
    # Its end removes the intermediate columns.
    rest.delete(f"/4/sessions/session_{key}")
    rest.delete(f"/3/Frames/{parts}")


def _list(numbers: Sequence[int] | range) -> str:
    return "[" + " ".join(map(str, numbers)) + "]"


def _blocks(X: FloatArray, y: FloatArray | None) -> Iterator[FloatArray]:
    """``X``, and ``y`` as a last column, some rows at a time: what is computed of them stays small."""
    for begin in range(0, len(X), _ROWS):
        block = X[begin : begin + _ROWS]
        yield block if y is None else np.column_stack([block, y[begin : begin + _ROWS]])


def _fractional(X: FloatArray) -> list[int]:
    """The columns in which not every number is whole and has at most 53 bits."""
    filled = np.where(np.isnan(X), 0.0, X)
    split = ((filled != np.rint(filled)) | (np.abs(filled) >= 2.0**_MANTISSA_BITS)).any(axis=0)
    return [int(j) for j in np.flatnonzero(split)]


def _whole_numbers(X: FloatArray, split: list[int]) -> tuple[IntArray, IntArray]:
    """(m, e): ``X = m * 2^e`` with an e for each column of ``split``, of 0 in the others; NaN as m = 0."""
    whole = np.where(np.isnan(X), 0.0, X)
    fraction, exponent = np.frexp(whole[:, split])
    whole[:, split] = 0.0
    whole = whole.astype(np.int64)
    mantissa = np.ldexp(fraction, _MANTISSA_BITS).astype(np.int64)
    exponent = exponent.astype(np.int64) - _MANTISSA_BITS
    # A subnormal has fewer bits: its lowest ones are zero, and 2^e must not underflow.
    low = np.clip(_LOWEST_EXPONENT - exponent, 0, _MANTISSA_BITS)
    whole[:, split] = mantissa >> low
    return whole, exponent + low


def download(rest: Rest, key: str, rows: int = 0) -> dict[str, FloatArray]:
    """The columns of the frame ``key`` by name, (n,) each, without rounding; missing values as NaN.

    ``rows``: how many it has, as far as that is known; many are read from files.
    """
    if rest.folder is not None and rows >= binary.ROWS:
        with binary.saved(rest, key) as chunks:
            if chunks is not None:
                held = [*chunks]
                return {name: np.concatenate([chunk[name] for chunk in held]) for name in chunks.names}
    text = rest.raw("GET", f"/3/DownloadDataset?frame_id={key}&hex_string=true").decode()
    head, _, body = text.partition("\n")
    names = [name.strip('"') for name in head.split(",")]
    body = body.replace('"', "")
    gaps = any(gap in f"\n{body}\n" for gap in ("\n,", ",,", ",\n"))
    if gaps or "0x" in body:
        table = [[_double(field) for field in line.split(",")] for line in body.splitlines()]
        values = np.array(table, dtype=np.float64)
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


def received(rest: Rest, key: str, columns: Sequence[str], rows: int) -> str:
    """The fingerprint of the frame ``key`` of ``rows`` rows as the server holds it, X of the ``columns``.

    Its target, weights and offset are those that it has; see `crossframe.core.types.fingerprint`.
    """
    hashed = Fingerprint()
    beside: dict[str, list[FloatArray]] = {RESPONSE: [], WEIGHTS: [], OFFSET: []}

    def add(held: Mapping[str, FloatArray]) -> None:
        hashed.add(np.column_stack([held[name] for name in columns]))
        for name in beside.keys() & held.keys():
            beside[name].append(held[name])

    known = False
    if rest.folder is not None and binary.is_large(rows, len(columns)):
        with binary.saved(rest, key) as chunks:
            for held in chunks or ():
                add(held)
                known = True
    if not known:
        add(download(rest, key))
    y, weights, offset = (np.concatenate(values) if values else None for values in beside.values())
    return hashed.of(np.empty(0) if y is None else y, weights, offset)
