"""Parquet shards: rows of vectors, one vector a shape, written once and never changed.

Weights are 16-bit floats. Split into byte planes they would be hardly smaller, and DuckDB could not read
them; for the 32-bit embeddings it can, and there they save a tenth. Samples are 16-bit integers, which
Parquet stores as 32-bit ones: planes set their empty bytes apart and save a third.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from inrstore.errors import BadInput, CorruptShard, StorageFailed
from inrstore.records import THUMBNAIL_BYTES, FloatArray

from .storage import Storage

FORMAT = "1"
GROUP_BYTES = 8 << 20
"""Vectors in a row group, counted as 32-bit floats: the least that a reader of one row must decode."""
SHARD_BYTES = 128 << 20
"""Vectors in a shard that compaction makes, counted likewise."""
ADVICE = "run 'inrstore verify', then restore the file from a backup or remove and re-ingest its shapes"
HalfArray = NDArray[np.float16]
HALF_MAX = float(np.finfo(np.float16).max)


@dataclass(frozen=True)
class Layout:
    """What a folder of shards holds."""

    folder: str
    column: str
    planes: tuple[str, ...] = ()
    """Columns of vectors whose bytes are split into planes before compression."""
    finer: int = 1
    """How many times smaller than `GROUP_BYTES` and `SHARD_BYTES` its row groups and shards are."""


INRS = Layout("inrs", "weights")
EMBEDDINGS = Layout("embeddings", "embedding", planes=("embedding",))
SAMPLES = Layout("samples", "points", planes=("points", "values"))
PART_LABELS = Layout("part_labels", "points", planes=("points",))
THUMBNAILS = Layout("thumbnails", "webp", finer=16)
"""Small, because a picture is asked for alone: its whole group is read, and the directory of all groups."""


@dataclass(frozen=True)
class Written:
    """A shard that is on disk; it counts once the catalogue has it."""

    layout: Layout
    path: str
    rows: int
    bytes: int
    sha256: str


def to_half(change: FloatArray, what: str) -> HalfArray:
    """float32 rounded to float16, any shape. Errors: BadInput when it is not finite or above 65504."""
    if not np.isfinite(change).all():
        raise BadInput(f"{what}: NaN or infinite weights; the fit diverged, use a smaller learning rate")
    largest = float(np.abs(change).max(initial=0.0))
    if largest > HALF_MAX:
        raise BadInput(f"{what}: a weight is {largest:.3g} from its base, half precision ends at {HALF_MAX:.0f}")
    return change.astype(np.float16)


def inr_table(rows: Mapping[str, Sequence[Any]], change: HalfArray, metadata: Mapping[str, str]) -> pa.Table:
    """A table of networks: `rows` has shape, field, profile, error, steps; `change` is (n, W)."""
    columns = [
        pa.array(rows["shape"], pa.string()),
        pa.array(rows["field"], pa.string()),
        pa.array(rows["profile"], pa.string()),
        _vectors(change),
        pa.array(rows["error"], pa.float32()),
        pa.array(rows["steps"], pa.int32()),
    ]
    names = ["shape", "field", "profile", "weights", "error", "steps"]
    return pa.Table.from_arrays(columns, names=names, metadata={"format": FORMAT, **metadata})


def embedding_table(shapes: Sequence[str], matrix: FloatArray, metadata: Mapping[str, str]) -> pa.Table:
    """A table of embeddings: the ids of n shapes and their vectors (n, d)."""
    columns = [pa.array(shapes, pa.string()), _vectors(matrix)]
    return pa.Table.from_arrays(columns, names=["shape", "embedding"], metadata={"format": FORMAT, **metadata})


def sample_table(
    rows: Mapping[str, Sequence[str]],
    points: NDArray[np.uint16],
    values: NDArray[np.uint16],
    metadata: Mapping[str, str],
) -> pa.Table:
    """A table of kept samples: `rows` has shape and field; `points` is (n, 3m), all x first; `values` is (n, m)."""
    columns = [
        pa.array(rows["shape"], pa.string()),
        pa.array(rows["field"], pa.string()),
        _vectors(points),
        _vectors(values),
    ]
    names = ["shape", "field", "points", "values"]
    return pa.Table.from_arrays(columns, names=names, metadata={"format": FORMAT, **metadata})


def part_label_table(
    shapes: Sequence[str], points: NDArray[np.uint16], part: NDArray[np.uint8], names: Sequence[Sequence[str]]
) -> pa.Table:
    """A table of part labels of n shapes: `points` is (n, 3m), all x first; `part` is (n, m)."""
    columns = [
        pa.array(shapes, pa.string()),
        _vectors(points),
        _vectors(part),
        pa.array(names, pa.list_(pa.string())),
    ]
    names_of = ["shape", "points", "part", "names"]
    return pa.Table.from_arrays(columns, names=names_of, metadata={"format": FORMAT})


def thumbnail_table(shapes: Sequence[str], pictures: Sequence[bytes]) -> pa.Table:
    """A table of pictures: the ids of n shapes, and n WebP files."""
    columns = [pa.array(shapes, pa.string()), pa.array(pictures, pa.binary())]
    return pa.Table.from_arrays(columns, names=["shape", THUMBNAILS.column], metadata={"format": FORMAT})


def write(storage: Storage, layout: Layout, owner: str | None, table: pa.Table) -> Written:
    """Writes a table as a new shard, durably; `owner` is the id of its base or encoder. Errors: StorageFull."""
    sink = pa.BufferOutputStream()
    pictures = table.schema.field(layout.column).type == pa.binary()  # which are compressed as they are
    pq.write_table(
        table,
        sink,
        row_group_size=rows_within(GROUP_BYTES // layout.finer, _width(table.schema, layout)),
        compression={"shape": "zstd", layout.column: "none"} if pictures else "zstd",
        use_dictionary=[name for name in ("field", "profile") if name in table.column_names],
        use_byte_stream_split=[f"{name}.list.element" for name in layout.planes] or False,
        write_statistics=["shape"],
        write_page_checksum=True,
    )
    content = sink.getvalue()
    path = "/".join(filter(None, (layout.folder, owner, f"part-{uuid4().hex}.parquet")))
    storage.write(path, memoryview(content))
    return Written(layout, path, table.num_rows, content.size, hashlib.sha256(content).hexdigest())


def rows_within(budget: int, width: int) -> int:
    """How many rows of `width` 32-bit floats fit a budget of bytes, one at least."""
    return max(1, budget // (4 * width))


def read_vectors(storage: Storage, layout: Layout, path: str, rows: NDArray[np.int64]) -> FloatArray:
    """(n, width) vectors at the given rows of a shard; only the row groups that hold them are read.

    Page checksums are compared on the way. Errors: CorruptShard; FileNotFoundError when it is gone.
    """
    out: FloatArray | None = None
    for mine, inside, table in _groups_of(storage, path, rows, [layout.column]):
        block = _matrix(table, layout.column)
        if out is None:
            out = np.empty((len(rows), block.shape[1]), np.float32)
        out[mine] = block[inside]
    return np.empty((0, 0), np.float32) if out is None else out


def read_rows(storage: Storage, path: str, rows: NDArray[np.int64], columns: list[str]) -> list[dict[str, Any]]:
    """The given rows of a shard, in their order, lists as arrays; reads and raises as `read_vectors`."""
    out: list[dict[str, Any]] = [{} for _ in rows]
    for mine, inside, table in _groups_of(storage, path, rows, columns):
        for place_of, row in zip(np.flatnonzero(mine).tolist(), inside.tolist(), strict=True):
            cells = {name: table.column(name)[row] for name in columns}
            out[place_of] = {
                name: cell.values.to_numpy() if pa.types.is_fixed_size_list(cell.type) else cell.as_py()
                for name, cell in cells.items()
            }
    return out


def _groups_of(
    storage: Storage, path: str, rows: NDArray[np.int64], columns: list[str]
) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.int64], pa.Table]]:
    """For each row group that holds some of the rows: which of them, their rows inside it, and its columns."""
    with _open(storage, path) as file:
        starts = _starts(file)
        if len(rows) and int(rows.max()) >= starts[-1]:
            raise CorruptShard(f"{path} has {starts[-1]} rows, the catalogue expects more; {ADVICE}")
        groups = np.searchsorted(starts, rows, side="right") - 1
        for group in np.unique(groups):
            mine = groups == group
            yield mine, rows[mine] - starts[group], _read_group(storage, file, path, int(group), columns)


def read_table(storage: Storage, path: str) -> pa.Table:
    """A whole shard, read at once. Errors: CorruptShard; FileNotFoundError when it is gone."""
    with _parquet(storage, path, pa.BufferReader(storage.read(path))) as file:
        groups = range(file.metadata.num_row_groups)
        parts = [_read_group(storage, file, path, group, None) for group in groups]
    return pa.concat_tables(parts)


def check(storage: Storage, path: str, rows: int, sha256: str) -> tuple[str | None, list[str]]:
    """What is wrong with a shard, as a sentence or None, and the shape id of each of its rows; it is read once.

    Errors: StorageFailed.
    """
    try:
        content = storage.read(path)
        if hashlib.sha256(content).hexdigest() != sha256:
            return f"{path} was altered: its checksum differs", []
        with _parquet(storage, path, pa.BufferReader(content)) as file:
            shapes = file.read(columns=["shape"]).column("shape").to_pylist()
    except FileNotFoundError:
        return f"{path} is missing", []
    except StorageFailed:
        raise
    except (OSError, CorruptShard, pa.ArrowException) as error:
        return f"{path} cannot be read: {_line(error)}", []
    if len(shapes) != rows:
        return f"{path} has {len(shapes)} rows, the catalogue expects {rows}", shapes
    return None, shapes


def _open(storage: Storage, path: str) -> pq.ParquetFile:
    return _parquet(storage, path, storage.open(path))


def _parquet(storage: Storage, path: str, source: pa.NativeFile) -> pq.ParquetFile:
    try:
        with _whole(storage, path, "not a whole Parquet file"):
            return pq.ParquetFile(source, page_checksum_verification=True)
    except Exception:
        source.close()
        raise


def _read_group(storage: Storage, file: pq.ParquetFile, path: str, group: int, columns: list[str] | None) -> pa.Table:
    with _whole(storage, path, "altered or truncated"):
        return file.read_row_group(group, columns=columns)


@contextmanager
def _whole(storage: Storage, path: str, else_: str) -> Iterator[None]:
    """Errors: CorruptShard for what Arrow makes of a file; StorageFailed, FileNotFoundError if it cannot be had."""
    try:
        with storage.clear_errors(path, content=True):
            yield
    except (FileNotFoundError, StorageFailed):
        raise
    except (pa.ArrowException, OSError) as error:
        raise CorruptShard(f"{path} is {else_} ({_line(error)}); {ADVICE}") from error


def _line(error: Exception) -> str:
    """The first of the several lines that Arrow's errors have."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def _starts(file: pq.ParquetFile) -> NDArray[np.int64]:
    """First row of each row group, and the number of rows."""
    counts = [file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups)]
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _vectors(matrix: FloatArray | HalfArray | NDArray[np.uint16] | NDArray[np.uint8]) -> pa.FixedSizeListArray:
    flat = pa.array(np.ascontiguousarray(matrix).reshape(-1))
    return pa.FixedSizeListArray.from_arrays(flat, matrix.shape[1])


def _matrix(table: pa.Table, column: str) -> FloatArray:
    width = table.schema.field(column).type.list_size
    parts = [chunk.flatten().to_numpy().reshape(-1, width) for chunk in table.column(column).chunks]
    return np.concatenate(parts).astype(np.float32, copy=False)


def width(storage: Storage, layout: Layout, path: str) -> int:
    """Length of the vectors in a shard. Errors: CorruptShard; FileNotFoundError when it is gone."""
    with _open(storage, path) as file:
        return _width(file.schema_arrow, layout)


def _width(schema: pa.Schema, layout: Layout) -> int:
    """Length of the vectors, or that of one which has as many bytes as a picture at most."""
    kind = schema.field(layout.column).type
    return THUMBNAIL_BYTES // 4 if kind == pa.binary() else int(kind.list_size)
