"""Writes the files beside it, each holding the table of `table()`, with pyarrow and polars: python make.py"""

import datetime
import decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq

HERE = Path(__file__).parent
ROWS = 40
START = datetime.datetime(2026, 1, 5)


def table() -> pa.Table:
    """A column of each type; the row of number 7 lacks what it may lack."""
    rows = range(ROWS)
    some = lambda value: [None if row == 7 else value(row) for row in rows]
    times = [START + datetime.timedelta(hours=row) for row in rows]
    columns = {
        "at": pa.array(times, pa.timestamp("us")),
        "at_s": pa.array(times, pa.timestamp("s")),
        "at_ms": pa.array(times, pa.timestamp("ms")),
        "at_ns": pa.array(times, pa.timestamp("ns")),
        "at_zone": pa.array(times, pa.timestamp("us", "Asia/Seoul")),
        "day": pa.array([START.date() + datetime.timedelta(days=row) for row in rows], pa.date32()),
        "day_ms": pa.array([START.date() + datetime.timedelta(days=row) for row in rows], pa.date64()),
        "clock": pa.array([time.time() for time in times], pa.time64("us")),
        "shop": pa.array(["서울" if row % 2 else "Busan, port" for row in rows]),
        "shop_large": pa.array(some(lambda row: f"shop {row}"), pa.large_string()),
        "shop_list": pa.array(some(lambda row: f"s{row % 3}")).dictionary_encode(),
        "open": pa.array(some(lambda row: row % 3 == 0)),
        "sales": pa.array(some(lambda row: row * 1.5), pa.float64()),
        "f32": pa.array(some(lambda row: row / 10), pa.float32()),
        "f16": pa.array(some(lambda row: row / 4), pa.float16()),
        "i8": pa.array(some(lambda row: -row), pa.int8()),
        "i16": pa.array(some(lambda row: -row), pa.int16()),
        "i32": pa.array(some(lambda row: -row), pa.int32()),
        "i64": pa.array(some(lambda row: 2**62 + row), pa.int64()),
        "u8": pa.array(some(lambda row: 200 + row), pa.uint8()),
        "u32": pa.array(some(lambda row: 2**31 + row), pa.uint32()),
        "u64": pa.array(some(lambda row: 2**63 + row), pa.uint64()),
        "price": pa.array(some(lambda row: decimal.Decimal(f"{row}.25")), pa.decimal128(12, 2)),
        "long": pa.array(some(lambda row: decimal.Decimal(f"123456789012345678901.{row:04}")), pa.decimal128(30, 4)),
        "nothing": pa.nulls(ROWS),
        "list": pa.array([[row] * (row % 3) for row in rows], pa.list_(pa.int64())),
        "place": pa.array([{"x": row, "y": "b"} for row in rows]),
        "bytes": pa.array([b"\xff"] * ROWS, pa.binary()),
        "last": pa.array(rows, pa.int64()),
    }
    return pa.table(columns)


def parquet(name: str, of: pa.Table, **settings) -> None:
    pq.write_table(of, HERE / name, **settings)


def main() -> None:
    whole = table()
    simple = whole.drop_columns(["nothing", "list", "place", "bytes"])
    parquet("snappy.parquet", whole)
    parquet("zstd_v2.parquet", whole, compression="zstd", data_page_version="2.0", row_group_size=16, data_page_size=64)
    parquet("gzip_plain.parquet", whole, compression="gzip", use_dictionary=False)
    parquet("lz4.parquet", whole, compression="lz4", version="1.0")
    parquet("brotli.parquet", whole.select(["at", "sales"]), compression="brotli")
    delta = {"at": "DELTA_BINARY_PACKED", "i32": "DELTA_BINARY_PACKED", "i64": "DELTA_BINARY_PACKED", "shop": "DELTA_BYTE_ARRAY"}
    delta |= {"shop_large": "DELTA_LENGTH_BYTE_ARRAY", "sales": "BYTE_STREAM_SPLIT", "f32": "BYTE_STREAM_SPLIT", "open": "RLE"}
    parquet("delta.parquet", simple.select(list(delta)), compression="none", use_dictionary=False, column_encoding=delta)
    parquet("int96.parquet", simple.select(["at", "sales"]), use_deprecated_int96_timestamps=True)
    feather.write_feather(whole, HERE / "lz4.feather", compression="lz4")
    feather.write_feather(whole, HERE / "zstd.arrow", compression="zstd", chunksize=16)
    with pa.ipc.new_stream(HERE / "stream.arrows", whole.schema) as out:
        out.write_table(whole, max_chunksize=16)
    frame = pl.from_arrow(simple.drop_columns(["f16"]))
    frame.write_parquet(HERE / "polars.parquet")
    frame.write_ipc(HERE / "polars.arrow", compression="zstd")


if __name__ == "__main__":
    main()
